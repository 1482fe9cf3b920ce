"""Questions from a file, and their answers as objects, without an engine."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot import asking as asking_module
from bot.asking import Asker, Dialogue, EngineStart, QuestionsInvalid, ask_all, read_questions
from bot.assistant.engine_client import EngineClient, EngineStatus
from bot.errors import AssistantUnavailable
from bot.knowledge.answers import Answers
from bot.knowledge.loader import load_knowledge
from tests.engine_process import PROJECT_DIR

ANSWERS = Answers.load(PROJECT_DIR, load_knowledge(PROJECT_DIR / "data"))
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def to_content(**changes: Any) -> dict[str, Any]:
    """A turn as an engine sends it."""
    empty: dict[str, Any] = {
        "replies": [], "decision": "smalltalk", "state": {}, "intent": "greet", "aspect": None, "service": None,
        "office": None, "confidence": 0.5, "candidates": [], "options": [], "handoff_reason": None, "referral": None, "also_answered": [],
        "language": "de",
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
    "line",
    [
        "{",
        "[]",
        '"text"',
        '{"id": 1}',
        '{"text": 3}',
        '{"turns": [{"bot": "x"}]}',
        '{"turns": ["x"]}',
        "null",
        '{"text": "x", "turns": null}',
        '{"text": "x", "turns": "yes"}',
    ],
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

    questions: list[dict[str, Any]] = [{"id": 7, "turns": [{"user": "kindergarten"}, {"user": "fee?"}]}, {"text": "Hallo"}]
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


async def test_an_object_names_everything_that_was_answered() -> None:
    """Two questions in one message: services and aspects in the order of the replies, each once."""
    also = [{"service": "reisepass", "office": "buergerbuero", "aspect": "duration"}]
    content = to_content(decision="answer", aspect="fee", service="reisepass", also_answered=also)
    office = to_content(decision="answer", aspect="location", office="standesamt")

    both = await asker(lambda _: httpx.Response(200, json=content)).ask("Was kostet das und wie lange?", Dialogue("1"))
    place = await asker(lambda _: httpx.Response(200, json=office)).ask("Wo ist das Standesamt?", Dialogue("2"))

    assert (both["services"], both["aspects"], both["referral"]) == (["reisepass"], ["fee", "duration"], None)
    assert (place["services"], place["aspects"]) == ([], ["location"])


async def test_an_object_says_to_whom_the_citizen_was_sent() -> None:
    """A matter of another authority is told apart from what the bot did not understand."""
    content = to_content(decision="fallback", intent="out_of_scope", referral="finanzamt")

    result = await asker(lambda _: httpx.Response(200, json=content)).ask("Wo ist meine Steuererklärung?", Dialogue("1"))

    assert (result["decision"], result["referral"], result["services"], result["aspects"]) == (
        "fallback",
        "finanzamt",
        [],
        [],
    )


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


class Supervisor:
    """What a supervisor says of its engine."""

    def __init__(self, state: str) -> None:
        self.status = EngineStatus(state)
        self.restarts = 0


class Client(EngineClient):
    """An engine that dies at the first question, and comes back where the test lets it."""

    def __init__(self, supervisor: Supervisor) -> None:
        super().__init__(urls=[], socket=None, timeout=1)
        self.supervisor = supervisor
        self.is_alive = True

    async def status(self) -> EngineStatus:
        return EngineStatus("ready" if self.is_alive else "down")


@pytest.fixture
async def started(monkeypatch: pytest.MonkeyPatch) -> tuple[EngineStart, Supervisor, Client, asyncio.Event]:
    """An engine that was ready once; the event ends its supervisor."""
    monkeypatch.setattr(asking_module, "LOOK_SECONDS", 0.001)
    supervisor, supervisor_ends = Supervisor("ready"), asyncio.Event()
    client = Client(supervisor)

    async def supervise() -> None:
        await supervisor_ends.wait()

    start = EngineStart(supervisor, client, asyncio.create_task(supervise()))  # type: ignore[arg-type]
    await start.wait()
    return start, supervisor, client, supervisor_ends


Started = tuple[EngineStart, Supervisor, Client, asyncio.Event]


async def test_a_question_that_met_a_dead_engine_is_asked_again(started: Started) -> None:
    """Of thousands of questions none is lost to a crash; also while the supervisor has not noticed it."""
    start, supervisor, client, _ = started
    asked: list[str] = []

    def respond(body: dict[str, Any]) -> httpx.Response:
        asked.append(body["text"])
        if len(asked) == 2:
            client.is_alive = False
            asyncio.get_running_loop().call_later(0.02, come_back)
        return httpx.Response(200 if client.is_alive else 503, json=to_content())

    def come_back() -> None:
        supervisor.restarts += 1
        client.is_alive = True

    engine = asker(respond).engine
    questions = [{"text": "eins"}, {"text": "zwei"}, {"text": "drei"}]
    results = [each async for each in ask_all(Asker(engine, ANSWERS, NOW, start.wait), questions)]

    assert asked == ["eins", "zwei", "zwei", "drei"]
    assert not [each for each in results if "error" in each]


async def test_a_question_is_asked_twice_at_most(started: Started) -> None:
    """One that the engine fails on for good has its error, the others their answers."""
    asked: list[str] = []

    def respond(body: dict[str, Any]) -> httpx.Response:
        asked.append(body["text"])
        return httpx.Response(500 if body["text"] == "kaputt" else 200, json=to_content())

    engine = asker(respond).engine
    questions = [{"text": "kaputt"}, {"text": "Hallo"}]
    results = [each async for each in ask_all(Asker(engine, ANSWERS, NOW, started[0].wait), questions)]

    assert asked == ["kaputt", "kaputt", "Hallo"]
    assert ["error" in each for each in results] == [True, False]


@pytest.mark.parametrize("how", ["failed", "restarts", "supervisor"])
async def test_an_engine_that_does_not_come_back_is_not_waited_for_again(started: Started, how: str) -> None:
    """Whatever ends it: the first wait ends with an error, and so does each later one, at once."""
    start, supervisor, client, supervisor_ends = started
    client.is_alive = False
    if how == "failed":
        supervisor.status = EngineStatus("failed")
    elif how == "supervisor":
        supervisor_ends.set()
    else:
        asyncio.get_running_loop().call_later(0.01, setattr, supervisor, "restarts", 2)

    async with asyncio.timeout(2):
        for _ in range(2):
            with pytest.raises(AssistantUnavailable, match="does not start"):
                await start.wait()


async def test_an_engine_that_ends_at_its_first_start_is_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command ends with one line where no engine can be started, and where its supervisor died."""
    monkeypatch.setattr(asking_module, "LOOK_SECONDS", 0.001)
    supervisor = Supervisor("starting")
    running = asyncio.create_task(asyncio.sleep(0))
    start = EngineStart(supervisor, Client(supervisor), running)  # type: ignore[arg-type]

    async with asyncio.timeout(2):
        with pytest.raises(AssistantUnavailable, match="does not start"):
            await start.wait()
