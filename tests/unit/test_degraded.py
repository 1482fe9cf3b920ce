"""What citizens get while the engine is away: answers by keyword, or a person; never silence, never an error."""

import asyncio
import random
import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.assistant.degraded import DegradedAnswerer
from bot.assistant.steady import SteadyAssistant
from bot.domain.turns import Decision, Turn
from bot.errors import AssistantUnavailable
from bot.knowledge.answers import Answers
from bot.knowledge.dialogue_acts import DialogueActs
from bot.knowledge.loader import load_knowledge
from tests.engine_process import PROJECT_DIR

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ANSWERS = Answers.load(PROJECT_DIR, load_knowledge(PROJECT_DIR / "data"))
ANSWERER = DegradedAnswerer(ANSWERS, DialogueActs.load(PROJECT_DIR / "data" / "nlu" / "dialogue.yml"))


async def ask(text: str, **fields: Any) -> Turn:
    """A turn of the degraded answerer, in German on a Monday morning unless told otherwise."""
    wanted = {"payload": None, "state": {}, "language": "de", "now": NOW, "conversation_id": "c1", **fields}
    return await ANSWERER.answer(text, **wanted)


@pytest.mark.parametrize(
    ("text", "service", "aspect"),
    [
        ("Was kostet ein Reisepass?", "reisepass", "fee"),
        ("reisepas kosten", "reisepass", "fee"),
        ("Ich habe meinen Perso verloren, was nun?", "personalausweis_verlust", None),
        ("welche unterlagen für wohngeld", "wohngeld", "documents"),
        ("Hundesteuer", "hundesteuer", "procedure"),
    ],
)
async def test_a_named_service_is_answered(text: str, service: str, aspect: str | None) -> None:
    """Who names a service gets the town's own answer with its source, marked as degraded."""
    turn = await ask(text)

    assert (turn.decision, turn.service, turn.degraded) == (Decision.ANSWER, service, True)
    assert aspect in (None, turn.aspect)
    assert turn.replies[0].source_url


async def test_a_follow_up_is_about_the_service_before() -> None:
    """`und was kostet das` works without the engine, from the state that it left."""
    turn = await ask("und was kostet das?", state={"current_service": "reisepass", "failures": 1})

    assert (turn.service, turn.aspect) == ("reisepass", "fee")
    assert turn.state["current_service"] == "reisepass"
    assert turn.state["failures"] == 1


async def test_an_office_is_answered_by_its_hours() -> None:
    """`wann hat das Standesamt offen` is about the office."""
    turn = await ask("wann hat das Standesamt offen")

    assert (turn.office, turn.aspect, turn.service) == ("standesamt", "opening_hours", None)


async def test_hours_of_nobody_in_particular_are_the_general_offices() -> None:
    """`habt ihr offen` names no office; the general one answers."""
    turn = await ask("wann habt ihr Samstag offen?")

    assert (turn.office, turn.aspect) == ("buergerbuero", "opening_hours")
    assert "09:00" in turn.replies[0].text or "9:00" in turn.replies[0].text


@pytest.mark.parametrize("text", ["mein Nachbar ist laut", "asdf", "👍", "?", "Ich bin so wütend!", "x" * 4000])
async def test_what_is_not_found_goes_to_a_person(text: str) -> None:
    """The nearest entry is never given for the right one."""
    turn = await ask(text)

    assert (turn.decision, turn.handoff_reason, turn.replies) == (Decision.HANDOFF, "degraded", ())


@pytest.mark.parametrize(
    ("text", "reason"),
    [("ich möchte mit einem Menschen sprechen", "citizen_asked"), ("ist mein Ausweis schon da", "personal_case")],
)
async def test_a_person_is_called_for_the_same_reasons(text: str, reason: str) -> None:
    """Asking for a person, or for one's own case, leads to one."""
    turn = await ask(text)

    assert (turn.decision, turn.handoff_reason) == (Decision.HANDOFF, reason)


@pytest.mark.parametrize(
    ("text", "words"), [("Hallo", "Guten Tag"), ("es brennt", "112"), ("datenschutz", "musterstadt.example/datenschutz")]
)
async def test_dialogue_acts_have_their_sentences(text: str, words: str) -> None:
    """Greeting, emergency and privacy don't need the engine."""
    turn = await ask(text)

    assert turn.decision is Decision.SMALLTALK
    assert words in turn.replies[0].text


async def test_yes_after_the_offer_of_a_person_calls_one() -> None:
    """What the engine offered one turn ago still holds."""
    turn = await ask("ja bitte", state={"pending": "human"})

    assert (turn.decision, turn.handoff_reason) == (Decision.HANDOFF, "citizen_asked")


@pytest.mark.parametrize("text", ["mein Nachbar ist laut", "ich möchte mit einem Menschen sprechen"])
async def test_a_handoff_forgets_what_was_offered_before(text: str) -> None:
    """A `ja` after the person has left is no answer to a question from before the handoff."""
    turn = await ask(text, state={"pending": "services:reisepass", "failures": 1, "current_service": "kita"})

    assert turn.decision is Decision.HANDOFF
    assert turn.state == {"pending": None, "failures": 0, "current_service": "kita"}


class SlowActs(DialogueActs):
    """Takes as long to read a message as the test wants."""

    def __init__(self) -> None:
        super().__init__({})
        self.may_go_on = threading.Event()
        self.went_on = False

    def find_intent(self, text: str) -> str | None:
        self.went_on = self.may_go_on.wait(5)
        return None


async def test_others_are_served_while_a_long_message_is_read() -> None:
    """The event loop is free meanwhile: here it is what lets the reading go on."""
    acts = SlowActs()
    answering = asyncio.create_task(
        DegradedAnswerer(ANSWERS, acts).answer(
            "Reisepass", payload=None, state={}, language="de", now=NOW, conversation_id="c1"
        )
    )
    await asyncio.sleep(0)
    acts.may_go_on.set()

    assert (await answering).service == "reisepass"
    assert acts.went_on


async def test_yes_to_the_guessed_service_answers_it() -> None:
    """`Meinen Sie Reisepass?` – `ja` – although the engine died in between."""
    turn = await ask("ja", state={"pending": "services:reisepass"})

    assert (turn.decision, turn.service, turn.aspect) == (Decision.ANSWER, "reisepass", "procedure")


@pytest.mark.parametrize(
    ("payload", "service", "office", "aspect"),
    [
        ('/ask_fee{"service": "reisepass"}', "reisepass", "buergerbuero", "fee"),
        ('/name_service{"service": "ummeldung"}', "ummeldung", "buergerbuero", "procedure"),
        ('/ask_location{"office": "standesamt"}', None, "standesamt", "location"),
        ("/ask_opening_hours", None, "buergerbuero", "opening_hours"),
    ],
)
async def test_buttons_work(payload: str, service: str | None, office: str, aspect: str) -> None:
    """A pressed button asks for exactly what stands on it, whatever its text."""
    turn = await ask("Hundesteuer", payload=payload)

    assert (turn.decision, turn.service, turn.office, turn.aspect) == (Decision.ANSWER, service, office, aspect)


@pytest.mark.parametrize("payload", ["/request_human", "/greet", "/ask_privacy", "/help", "/unsupported_message"])
async def test_buttons_and_commands_of_the_dialogue_work(payload: str) -> None:
    """What Telegram's commands and the greeting's buttons send is understood."""
    turn = await ask("", payload=payload)

    expected = Decision.HANDOFF if payload == "/request_human" else Decision.SMALLTALK
    assert turn.decision is expected


@pytest.mark.parametrize(
    "payload", ['/ask_fee{"service": "abgeschafft"}', '/ask_fee{"service": 3}', "/ask_fee{broken", "/nonsense", "/"]
)
async def test_an_old_button_is_no_error(payload: str) -> None:
    """A button of last year, whose service is gone, leads to a person; nothing unknown gets into the state."""
    turn = await ask("", payload=payload)

    assert turn.decision is Decision.HANDOFF
    assert turn.service is None
    assert "abgeschafft" not in str(turn.state)


async def test_english_is_answered_in_english() -> None:
    """The language of the conversation holds."""
    turn = await ask("passport fee", language="en")

    assert turn.language == "en"
    assert turn.replies[0].text == ANSWERS.knowledge.services["reisepass"].answers["fee"]["en"].strip()


async def test_a_language_without_its_own_text_has_a_note() -> None:
    """Without the engine, too: a line in the citizen's language, then the German answer."""
    turn = await ask("Reisepass", language="tr", payload='/ask_fee{"service": "reisepass"}')

    note, text = turn.replies[0].text.split("\n\n", 1)
    assert note == ANSWERS.responses.text("utter_language_note", "tr")
    assert text == ANSWERS.knowledge.services["reisepass"].answers["fee"]["de"].strip()


async def test_another_authoritys_hours_are_not_the_towns() -> None:
    """Child benefit is no matter of the Bürgerbüro, and its hours are not given for it."""
    turn = await ask("Kindergeld", payload='/ask_opening_hours{"service": "kindergeld"}')

    assert turn.replies[0].text == ANSWERS.knowledge.services["kindergeld"].answers["opening_hours"]["de"].strip()


@pytest.mark.parametrize("text", ["ja", "nein", "Nordstadt", "Bahnhofstraße 5"])
async def test_a_place_that_the_engine_asked_for_is_no_error(text: str) -> None:
    """The engine died after it had asked for the district: a sentence or a person, and the question is forgotten."""
    turn = await ask(text, state={"pending": "place:muellabfuhr/procedure", "current_service": "muellabfuhr"})

    assert turn.replies or turn.handoff_reason


async def test_nothing_that_can_be_typed_is_an_error() -> None:
    """Random text, payloads and states always give a reply or a person."""
    chance = random.Random(7)
    letters = "abcäöüß /{}\"':;,.!?0123456789\n\t€👍\u200d"
    states = [{}, {"current_service": "gone"}, {"current_service": 4}, {"pending": "services:gone"}, {"pending": "human"}]
    states += [{"pending": "place:muellabfuhr/deadline"}, {"current_place": 4}]
    for _ in range(200):
        text = "".join(chance.choices(letters, k=chance.randrange(60)))
        payload = chance.choice([None, None, "/" + text])

        turn = await ask(text, payload=payload, state=chance.choice(states))

        assert turn.replies or turn.handoff_reason


class Broken:
    """An engine that does not answer."""

    async def answer(self, text: str, **_: Any) -> Turn:
        raise AssistantUnavailable("no engine answered")


class Working:
    """An engine that does."""

    async def answer(self, text: str, **_: Any) -> Turn:
        return Turn((), Decision.SMALLTALK, intent="greet")


async def test_the_steady_assistant_asks_the_engine_first() -> None:
    """Keywords answer only where the engine does not."""
    arguments: dict[str, Any] = {"payload": None, "state": {}, "language": "de", "now": NOW, "conversation_id": "c1"}

    with_engine = await SteadyAssistant(Working(), ANSWERER).answer("Reisepass", **arguments)
    without = await SteadyAssistant(Broken(), ANSWERER).answer("Reisepass", **arguments)

    assert (with_engine.intent, with_engine.degraded) == ("greet", False)
    assert (without.service, without.degraded) == ("reisepass", True)


async def test_the_log_says_nothing_of_what_was_asked(caplog: pytest.LogCaptureFixture) -> None:
    """A degraded answer is logged with the conversation's id and without the citizen's words."""
    await SteadyAssistant(Broken(), ANSWERER).answer(
        "Reisepass für Herta Geheim", payload=None, state={}, language="de", now=NOW, conversation_id="c1"
    )

    assert "degraded answer" in caplog.text
    assert "Herta" not in caplog.text
