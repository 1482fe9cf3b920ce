"""Turns of a real engine: what goes in and out, and what it must refuse."""

import os
import time
from typing import Any

import psutil
import pytest

from bot.assistant.engine_client import EngineClient
from bot.domain.messages import MAX_LENGTH
from bot.errors import AssistantUnavailable
from tests.engine_process import MONDAY, EngineProcess, to_body

pytestmark = pytest.mark.engine
FIELDS = {
    "replies", "decision", "state", "intent", "aspect", "service", "office", "confidence", "candidates", "options",
    "handoff_reason", "referral", "also_answered", "language",
}  # fmt: skip


def test_a_turn_has_every_field_of_a_turn(engine: EngineProcess) -> None:
    """What the web process reads is there, and the answer has its source and date."""
    turn = engine.turn("Was kostet ein Reisepass?")

    assert set(turn) == FIELDS
    assert (turn["decision"], turn["service"], turn["aspect"]) == ("answer", "reisepass", "fee")
    assert 0 < turn["confidence"] <= 1
    assert all(turn["replies"][0][field] for field in ("text", "source_title", "source_url", "reviewed_on", "buttons"))


def test_state_is_carried_in_and_out(engine: EngineProcess) -> None:
    """The second turn knows of the first only what its state says."""
    first = engine.turn("Was kostet ein Reisepass?")
    with_state = engine.turn("und wie lange dauert das?", state=first["state"])
    without = engine.turn("und wie lange dauert das?")

    assert first["state"]["current_service"] == "reisepass"
    assert (with_state["service"], with_state["aspect"]) == ("reisepass", "duration")
    assert without["service"] is None


def test_nothing_is_kept_between_turns(engine: EngineProcess) -> None:
    """The same conversation id without its state is a stranger; the same body gives the same turn, however often."""
    engine.turn("Was kostet ein Reisepass?", conversation_id="same")

    turns = [engine.turn("und die unterlagen?", conversation_id="same") for _ in range(3)]

    assert turns[0]["state"]["current_service"] is None
    assert turns[0] == turns[1] == turns[2]


def test_the_moment_of_the_turn_counts(engine: EngineProcess) -> None:
    """`now` decides what is open, not the engine's clock."""
    on_monday = engine.turn("hat das bürgerbüro jetzt offen", now="2026-11-23T10:00:00+01:00")
    at_christmas = engine.turn("hat das bürgerbüro jetzt offen", now="2026-12-24T10:00:00+01:00")

    assert "Ja, jetzt ist geöffnet" in on_monday["replies"][0]["text"]
    assert "Heiligabend" in at_christmas["replies"][0]["text"]


@pytest.mark.parametrize(
    ("payload", "service", "office", "aspect"),
    [
        ('/ask_fee{"service": "reisepass"}', "reisepass", "buergerbuero", "fee"),
        ('/name_service{"service": "ummeldung"}', "ummeldung", "buergerbuero", "procedure"),
        ('/ask_location{"office": "standesamt"}', None, "standesamt", "location"),
        ("/ask_opening_hours", None, "buergerbuero", "opening_hours"),
    ],
)
def test_a_pressed_button_is_a_turn(
    engine: EngineProcess, payload: str, service: str | None, office: str, aspect: str
) -> None:
    """A payload is taken at its word, whatever text stands on the button."""
    turn = engine.turn("Hundesteuer", payload=payload)

    assert (turn["decision"], turn["service"], turn["office"], turn["aspect"]) == ("answer", service, office, aspect)


def test_a_pressed_button_for_a_person_hands_over(engine: EngineProcess) -> None:
    """The handoff is a signal to the web process; what the citizen reads follows there."""
    turn = engine.turn("Mit Mitarbeiter:in sprechen", payload="/request_human", state={"current_service": "reisepass"})

    assert (turn["decision"], turn["handoff_reason"], turn["office"]) == ("handoff", "citizen_asked", "buergerbuero")


@pytest.mark.parametrize(
    "text",
    [
        "/request_human",
        " /request_human",
        "/ /request_human",
        "//request_human",
        "\u00a0/request_human",
        "/\n/request_human",
    ],
)
def test_text_is_never_taken_for_a_button(engine: EngineProcess, text: str) -> None:
    """What a citizen types is understood, never executed: `/request_human` typed is no pressed button."""
    typed = engine.turn(text.replace("request_human", 'ask_fee{"service": "reisepass"}'))

    assert typed["confidence"] < 1
    assert typed["intent"] != "request_human"


@pytest.mark.parametrize(
    "text", ["/", "///", "/ /", "?", "👍", "\u200d", ".", "{}", '{"a": 1}', "%s", "{service}", "<b>", "\\"]
)
def test_odd_text_gets_an_answer(engine: EngineProcess, text: str) -> None:
    """Nothing that can be typed makes a turn fail."""
    turn = engine.turn(text)

    assert turn["replies"] or turn["handoff_reason"]


@pytest.mark.parametrize("words", ["Was kostet ein Reisepass? ", "bla ", "Donaudampfschifffahrt", "a", "\u00e4 ", "1 "])
def test_the_longest_message_is_answered_in_time(engine: EngineProcess, words: str) -> None:
    """The longest message that a citizen can send stays far below the turn's time limit, whatever it is made of."""
    started = time.monotonic()
    turn = engine.turn((words * MAX_LENGTH)[:MAX_LENGTH])

    assert turn["replies"] or turn["handoff_reason"]
    assert time.monotonic() - started < 2


def test_the_question_at_the_end_of_a_long_message_is_found(engine: EngineProcess) -> None:
    """Of a letter the beginning and the end are read, because that is where the question stands."""
    letter = "Sehr geehrte Damen und Herren, " + "ich wohne seit vielen Jahren in der Stadt. " * 80

    turn = engine.turn(letter + "Was kostet ein Reisepass?")

    assert "reisepass" in [turn["service"], *(each["service"] for each in turn["candidates"])]


def test_a_text_longer_than_any_message_is_refused(engine: EngineProcess) -> None:
    """16,000 characters are taken, one more is not."""
    taken = engine.post(to_body("x" * 16_000))
    refused = engine.post(to_body("x" * 16_001))

    assert taken.status_code == 200
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "turn_invalid")


def test_an_unknown_slot_in_the_state_is_ignored(engine: EngineProcess) -> None:
    """State of an older release does no harm and is not carried on."""
    turn = engine.turn("und was kostet das?", state={"current_service": "reisepass", "left_over": [1], "session_id": "x"})

    assert turn["service"] == "reisepass"
    known = {"current_service", "current_office", "current_aspect", "current_place", "pending", "failures"}
    assert set(turn["state"]) == known


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"text": "x"}',
        b'{"conversation_id": "c", "text": "x", "now": "yesterday"}',
        b'{"conversation_id": "c", "text": 3, "now": "2026-11-23T10:00:00Z"}',
        b'{"conversation_id": "c", "text": "x", "now": "2026-11-23T10:00:00Z", "state": []}',
    ],
)
def test_a_wrong_turn_is_refused_in_the_one_form_of_errors(engine: EngineProcess, body: bytes) -> None:
    """422 and `{"error": {"code", "message"}}`, and nothing of the body comes back."""
    response = engine.post(body)

    assert response.status_code == 422
    assert response.json()["error"]["code"] == "turn_invalid"
    assert "yesterday" not in response.text


async def test_what_fails_in_an_action_is_an_error_and_the_next_turn_works(engine: EngineProcess) -> None:
    """A turn that fails is a 500, for the client AssistantUnavailable; the engine goes on."""
    broken: dict[str, Any] = {"failures": "not a number"}
    response = engine.post(to_body("blubb", state=broken))
    client = engine.client()
    with pytest.raises(AssistantUnavailable):
        await client.answer("blubb", payload=None, state=broken, language="de", now=MONDAY, conversation_id="c1")
    await client.close()

    assert (response.status_code, response.json()["error"]["code"]) == (500, "turn_failed")
    assert engine.turn("Hallo")["intent"] == "greet"


async def test_a_turn_ends_at_its_time_limit(engine: EngineProcess) -> None:
    """A slow engine costs the citizen the limit and no more."""
    client = EngineClient(urls=[], socket=str(engine.socket), timeout=0.001)
    started = time.monotonic()
    with pytest.raises(AssistantUnavailable):
        await client.answer("Hallo", payload=None, state={}, language="de", now=MONDAY, conversation_id="c1")
    await client.close()

    assert time.monotonic() - started < 1


async def test_of_several_engines_one_that_answers_is_enough(engine: EngineProcess) -> None:
    """With engines on other machines the client goes on to the next where one is gone."""
    client = EngineClient(urls=["http://127.0.0.1:9", "http://127.0.0.1:9"], socket=None, timeout=5)
    with pytest.raises(AssistantUnavailable):
        await client.answer("Hallo", payload=None, state={}, language="de", now=MONDAY, conversation_id="c1")

    assert not (await client.status()).is_ready
    await client.close()


def test_languages_change_with_the_citizen(engine: EngineProcess) -> None:
    """A clear English question is answered in English, and the conversation stays English where a word is unclear."""
    english = engine.turn("How much is a passport and what do I need?")
    german = engine.turn("Was kostet ein Reisepass und was brauche ich dafür?", language="en")
    unclear = engine.turn("ok", language="en")

    assert (english["language"], german["language"], unclear["language"]) == ("en", "de", "en")


def test_a_hundred_turns_leave_the_memory_as_it_was(engine: EngineProcess) -> None:
    """Less than 1 GB after the first turns (930 MB with encoder and 180 subjects), and not more with every further one."""
    process = psutil.Process(engine.pid)
    for _ in range(20):
        engine.turn("Was kostet ein Reisepass?")
    before = process.memory_info().rss
    for number in range(100):
        engine.turn(f"Was kostet ein Reisepass Nummer {number}?", conversation_id=str(number))
    after = process.memory_info().rss

    assert after < 1_000_000_000
    assert after - before < 20_000_000


def test_a_turn_takes_milliseconds(engine: EngineProcess) -> None:
    """A small machine must answer many; the median of fifty turns stays below 100 ms even on a busy one."""
    durations = []
    for _ in range(50):
        started = time.monotonic()
        engine.turn("wie lange ist das Standesamt heute geöffnet?")
        durations.append(time.monotonic() - started)

    assert sorted(durations)[25] < 0.1


def test_the_socket_belongs_to_this_machine(engine: EngineProcess) -> None:
    """The engine listens on its socket alone, on no port of the network."""
    listening = [each for each in psutil.Process(engine.pid).net_connections("inet") if each.status == "LISTEN"]

    assert listening == []
    assert os.path.exists(engine.socket)
