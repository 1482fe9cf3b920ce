"""Questions from a file, and their answers as objects, without an engine."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.asking import Asker, Dialogue, QuestionsInvalid, ask_all, read_questions
from bot.assistant.engine_client import EngineClient
from bot.knowledge.answers import Answers
from bot.knowledge.loader import load_knowledge
from tests.engine_process import PROJECT_DIR

ANSWERS = Answers.load(PROJECT_DIR, load_knowledge(PROJECT_DIR / "data"))
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def to_content(**changes: Any) -> dict[str, Any]:
    """A turn as an engine sends it."""
    empty: dict[str, Any] = {
        "replies": [], "decision": "smalltalk", "state": {}, "intent": "greet", "aspect": None, "service": None,
        "office": None, "confidence": 0.5, "candidates": [], "options": [], "handoff_reason": None, "language": "de",
    }  # fmt: skip
    return {**empty, **changes}


def asker(respond: Callable[[dict[str, Any]], httpx.Response]) -> Asker:
    """An asker whose engine is a function of the turn's body."""
    client = EngineClient(urls=["http://engine"], socket=None, timeout=5)
    client._client = httpx.AsyncClient(transport=httpx.MockTransport(lambda r: respond(json.loads(r.content))))
    return Asker(client, ANSWERS, NOW)


def write(path: Path, *lines: str) -> Path:
    """A file of lines."""
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_questions_are_read_in_order(tmp_path: Path) -> None:
    """Single questions, dialogues, further fields and empty lines."""
    file = write(
        tmp_path / "q.jsonl", '{"id": "a", "text": "Hallo", "services": ["kita"]}', "", '{"turns": [{"user": "x"}]}'
    )

    assert read_questions(file) == [{"id": "a", "text": "Hallo", "services": ["kita"]}, {"turns": [{"user": "x"}]}]


def test_a_line_ends_at_a_line_feed_only(tmp_path: Path) -> None:
    """JSON may hold Unicode's line separators as they are; a byte order mark and Windows' line ends do no harm."""
    file = tmp_path / "q.jsonl"
    file.write_bytes('\ufeff{"text": "eins\u2028zwei\x85drei"}\r\n{"text": "vier"}\r\n'.encode())

    assert [each["text"] for each in read_questions(file)] == ["eins\u2028zwei\x85drei", "vier"]


@pytest.mark.parametrize(
    "line", ["{", "[]", '"text"', '{"id": 1}', '{"text": 3}', '{"turns": [{"bot": "x"}]}', '{"turns": ["x"]}', "null"]
)
def test_a_line_that_is_no_question_is_named(tmp_path: Path, line: str) -> None:
    """File and line of the first mistake are said before anything is asked."""
    file = write(tmp_path / "q.jsonl", '{"text": "Hallo"}', line)

    with pytest.raises(QuestionsInvalid, match=r"q\.jsonl:2: "):
        read_questions(file)


def test_a_file_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    """Missing, a folder, or not UTF-8: one sentence, no traceback."""
    (tmp_path / "latin.jsonl").write_bytes('{"text": "Tür"}'.encode("latin-1"))

    for path in (tmp_path / "missing.jsonl", tmp_path, tmp_path / "latin.jsonl"):
        with pytest.raises(QuestionsInvalid, match="can't be read"):
            read_questions(path)


async def test_a_dialogue_carries_state_and_language_and_numbers_its_turns() -> None:
    """Each turn gets what the one before left; a new question begins anew. Ids come back as they were given."""
    bodies: list[dict[str, Any]] = []

    def respond(body: dict[str, Any]) -> httpx.Response:
        bodies.append(body)
        return httpx.Response(200, json=to_content(state={"current_service": "kita"}, language="en"))

    questions = [{"id": 7, "turns": [{"user": "kindergarten"}, {"user": "fee?"}]}, {"text": "Hallo"}]
    results = [each async for each in ask_all(asker(respond), questions)]

    assert [(each["id"], each.get("turn")) for each in results] == [(7, 1), (7, 2), (2, None)]
    assert [body["state"] for body in bodies] == [{}, {"current_service": "kita"}, {}]
    assert [body["language"] for body in bodies] == ["de", "en", "de"]


async def test_one_failed_question_does_not_end_the_others() -> None:
    """Of thousands of lines one that the engine fails on has an error in its place."""

    def respond(body: dict[str, Any]) -> httpx.Response:
        return httpx.Response(500) if body["text"] == "kaputt" else httpx.Response(200, json=to_content())

    questions = [{"text": "Hallo"}, {"text": "kaputt"}, {"text": " "}, {"text": "x" * 4001}, {"text": "Hallo"}]
    results = [each async for each in ask_all(asker(respond), questions)]

    codes = [each.get("error", {}).get("code") for each in results]
    assert codes == [None, "assistant_unavailable", "message_empty", "message_too_long", None]


async def test_an_object_has_the_fields_of_the_contract() -> None:
    """Names and types that outside programs rely on."""
    reply = {
        "text": "37,50 €", "buttons": [{"title": "Unterlagen", "payload": "/x"}], "links": [{"title": "T", "url": "https://u"}],
        "source_title": "Q", "source_url": "https://q", "reviewed_on": "2026-11-20",
    }  # fmt: skip
    content = to_content(
        replies=[reply], decision="answer", aspect="fee", service="reisepass", office="buergerbuero",
        candidates=[{"service": "reisepass", "score": 0.9}], options=["reisepass"],
    )  # fmt: skip

    result = await asker(lambda _: httpx.Response(200, json=content)).ask("Was kostet ein Reisepass?", Dialogue("q1"))

    assert {key: result[key] for key in ("id", "decision", "aspect", "service", "office", "candidates", "options")} == {
        "id": "q1", "decision": "answer", "aspect": "fee", "service": "reisepass", "office": "buergerbuero",
        "candidates": [{"service": "reisepass", "score": 0.9}], "options": ["reisepass"],
    }  # fmt: skip
    assert result["replies"] == [{**reply, "buttons": [{"title": "Unterlagen"}]}]
    assert result["ms"] >= 0


async def test_a_handoff_says_what_a_citizen_would_read() -> None:
    """Within the hours a person in the chat, outside them a number and a promise; nothing is stored for it."""
    content = to_content(decision="handoff", handoff_reason="citizen_asked")
    open_now = asker(lambda _: httpx.Response(200, json=content))
    at_night = Asker(open_now.engine, ANSWERS, datetime(2026, 11, 23, 2, 0, tzinfo=UTC))

    live = await open_now.ask("Mensch bitte", Dialogue("1"))
    ticket = await at_night.ask("Mensch bitte", Dialogue("1"))

    assert "an einen Menschen weiter: Bürgerbüro" in live["replies"][-1]["text"]
    assert "Ihre Nummer" in ticket["replies"][-1]["text"]
    assert "Dienstag, 24. November 2026, 09:30 Uhr" in ticket["replies"][-1]["text"]


@pytest.mark.parametrize(
    "content", [{}, [], to_content(decision="guess"), to_content(replies=[{}]), to_content(candidates=[{"x": 1}])]
)
async def test_an_answer_of_another_form_is_no_answer(content: Any) -> None:
    """An engine of another release is treated like one that does not answer."""
    result = await asker(lambda _: httpx.Response(200, json=content)).ask("Hallo", Dialogue("1"))

    assert result["error"]["code"] == "assistant_unavailable"
