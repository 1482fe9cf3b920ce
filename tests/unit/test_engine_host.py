"""What the engine hands to the web process after a turn, without a model: the form of a turn, and one that says nothing."""

import json
import warnings
from datetime import UTC, datetime
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from bot.assistant.engine_client import to_turn
from bot.domain.turns import Answered, Candidate, Decision
from bot.knowledge.loader import shared_knowledge
from tests.engine_process import PROJECT_DIR

KNOWLEDGE = shared_knowledge(PROJECT_DIR / "data")
SLOTS = {
    "language": "de", "current_service": "reisepass", "current_office": "buergerbuero", "current_aspect": "fee",
    "current_place": "nordstadt", "pending": None, "failures": 0,
}  # fmt: skip
RANKING = [
    {"subject": "reisepass", "score": 0.7},
    {"subject": "referral:finanzamt", "score": 0.2},
    {"subject": "", "score": 0.06},
    {"subject": "kita", "score": 0.04},
]


@pytest.fixture(scope="module")
def host() -> ModuleType:
    """The engine's host; Rasa warns while it is imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from bot.engine import host as module
    return module


def answered(text: str, aspect: str, service: str | None = "reisepass") -> dict[str, Any]:
    """What an answering action utters."""
    custom = {"decision": "answer", "service": service, "office": "buergerbuero", "aspect": aspect}
    return {"text": text, "buttons": [{"title": "T", "payload": "/x", "type": "postback"}], "custom": custom}


def result(host: ModuleType, *messages: dict[str, Any], intent: str = "ask_fee", ranking: Any = RANKING) -> dict[str, Any]:
    """The object of a turn in which this was uttered, as it arrives in the web process."""
    parsed = {"subject_ranking": ranking} if ranking is not None else {}
    latest = SimpleNamespace(parse_data=parsed, intent={"name": intent, "confidence": 0.9})
    tracker = SimpleNamespace(latest_message=latest, get_slot=SLOTS.get)
    found: dict[str, Any] = json.loads(json.dumps(host.to_turn(SimpleNamespace(messages=list(messages)), tracker)))
    return found


def test_an_answer_has_the_form_that_the_client_reads(host: ModuleType) -> None:
    """Both sides of the socket agree, down to the last field."""
    turn = to_turn(result(host, answered(" 37,50 € \n", "fee")))

    assert (turn.decision, turn.intent, turn.aspect, turn.service) == (Decision.ANSWER, "ask_fee", "fee", "reisepass")
    assert [reply.text for reply in turn.replies] == ["37,50 €"]
    assert turn.candidates == (Candidate("reisepass", 0.7), Candidate("kita", 0.04))
    assert (turn.confidence, turn.referral, turn.also_answered) == (0.7, None, ())
    assert turn.state == {name: value for name, value in SLOTS.items() if name != "language"}


def test_the_first_of_two_answers_gives_the_fields(host: ModuleType) -> None:
    """The second is told beside it, and both are replies."""
    turn = to_turn(result(host, answered("37,50 €", "fee"), answered("vier Wochen", "duration")))

    assert [reply.text for reply in turn.replies] == ["37,50 €", "vier Wochen"]
    assert (turn.aspect, turn.intent) == ("fee", "ask_fee")
    assert turn.also_answered == (Answered("reisepass", "buergerbuero", "duration"),)


def test_a_referral_is_told_by_its_id(host: ModuleType) -> None:
    """It is no candidate, for it is no service."""
    message = {"text": "Das macht das Finanzamt.", "custom": {"decision": "fallback", "referral": "finanzamt"}}
    turn = to_turn(result(host, message, intent="out_of_scope", ranking=[RANKING[1]]))

    assert (turn.decision, turn.referral, turn.service) == (Decision.FALLBACK, "finanzamt", None)
    assert (turn.candidates, turn.confidence) == ((), 0.2)


def test_a_choice_has_its_options_and_a_handoff_its_reason(host: ModuleType) -> None:
    """A handoff needs no words: the web process finds them by the hours."""
    choice = to_turn(result(host, {"text": "?", "custom": {"decision": "clarify", "options": ["kita", "reisepass"]}}))
    person = to_turn(result(host, {"custom": {"decision": "handoff", "handoff_reason": "citizen_asked"}}))

    assert (choice.decision, choice.options) == (Decision.CLARIFY, ("kita", "reisepass"))
    assert (person.decision, person.handoff_reason, person.replies) == (Decision.HANDOFF, "citizen_asked", ())


@pytest.mark.parametrize(("intent", "decision"), [("greet", "smalltalk"), ("out_of_scope", "fallback")])
def test_a_mere_sentence_is_small_talk_or_a_fallback(host: ModuleType, intent: str, decision: str) -> None:
    """What a rule utters without an action; a button has no ranking."""
    turn = to_turn(result(host, {"text": "Hallo!"}, intent=intent, ranking=None))

    assert (turn.decision, turn.intent, turn.confidence, turn.candidates) == (decision, intent, 0.9, ())


class Processor:
    """Utters what it is told to, and keeps what it was asked."""

    def __init__(self, *messages: dict[str, Any], error: Exception | None = None) -> None:
        self.output = SimpleNamespace(messages=list(messages), error=error)
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def run_turn(self, text: str, *, sender_id: str, slots: dict[str, Any], metadata: dict[str, Any]) -> Any:
        self.asked.append((text, slots))
        return self.output, SimpleNamespace(latest_message=None, get_slot=slots.get)


async def turn(host: ModuleType, processor: Processor, **fields: Any) -> dict[str, Any]:
    """A turn of a host over this processor."""
    request = host.TurnRequest(
        **{"conversation_id": "c1", "text": "Hallo", "now": datetime(2026, 11, 23, 9, 0, tzinfo=UTC), **fields}
    )
    found: dict[str, Any] = await host.Host(processor, KNOWLEDGE).turn(request)
    return found


async def test_a_written_payload_is_no_button(host: ModuleType) -> None:
    """Only what was pressed is a command; what was typed is text, whatever it looks like."""
    processor = Processor({"text": "Hallo!"})

    await turn(host, processor, text='/ask_fee{"service": "kita"}')
    await turn(host, processor, payload="/help", state={"current_service": "kita"}, language="en")

    assert [text for text, _ in processor.asked] == ['ask_fee{"service": "kita"}', "/help"]
    assert processor.asked[1][1] == {"current_service": "kita", "language": "en"}


@pytest.mark.parametrize(
    ("text", "state", "asked"),
    [
        ("die zweite", {"current_aspect": "fee"}, '/ask_fee{"service": "reisepass"}'),
        ("letzteres bitte", {}, '/name_service{"service": "kinderausweis"}'),
        ("die zweite", {"pending": None}, "die zweite"),
        ("die vierte", {}, "die vierte"),
    ],
)
async def test_a_choice_that_is_typed_counts_as_the_button(
    host: ModuleType, text: str, state: dict[str, Any], asked: str
) -> None:
    """What was offered just before can be chosen by its place, about what was asked."""
    processor = Processor({"text": "Gern."})

    await turn(host, processor, text=text, state={"pending": "services:personalausweis,reisepass,kinderausweis", **state})

    assert [asked for asked, _ in processor.asked] == [asked]


async def test_silence_and_errors_are_raised(host: ModuleType) -> None:
    """The web process answers by keyword then, instead of leaving the citizen without a word."""
    with pytest.raises(host.SilentTurn):
        await turn(host, Processor())
    with pytest.raises(ZeroDivisionError):
        await turn(host, Processor({"text": "x"}, error=ZeroDivisionError()))
