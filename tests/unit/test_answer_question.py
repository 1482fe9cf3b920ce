"""The actions: what is uttered, and what the dialogue remembers afterwards, without Rasa around them."""

from collections.abc import Iterator
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import context
from actions.answer_question import ActionAnswerQuestion
from actions.human_handoff import ActionHumanHandoff
from bot.domain.services import Aspect
from bot.knowledge.answers import Answers
from tests.engine_process import PROJECT_DIR

NOW = "2026-11-23T10:00:00+01:00"
PASSPORT = ("reisepass", 0.95)
WASTE = ("muellabfuhr", 0.95)
NOBODY = ("", 0.95)


@pytest.fixture(scope="module", autouse=True)
def town() -> Iterator[Answers]:
    """The town's knowledge, as the actions load it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BOT_PROJECT_DIR", str(PROJECT_DIR))
        context.answers.cache_clear()
        context.places.cache_clear()
        yield context.answers()
    context.answers.cache_clear()
    context.places.cache_clear()


def meaning(
    text: str, intent: str, *ranking: tuple[str, float], confidence: float = 0.95, **entities: str
) -> dict[str, Any]:
    """A parsed message."""
    return {
        "text": text,
        "intent": {"name": intent, "confidence": confidence},
        "intent_ranking": [{"name": intent, "confidence": confidence}],
        "entities": [{"entity": kind, "value": value} for kind, value in entities.items()],
        "subject_ranking": [{"subject": subject, "score": score} for subject, score in ranking],
        "metadata": {"now": NOW},
    }


async def act(
    message: dict[str, Any], action: Any = None, **slots: Any
) -> tuple[list[dict[str, Any]], dict[str, Any], list[dict[str, Any]]]:
    """What an action uttered, the slots it set, and its other events."""
    dispatcher = CollectingDispatcher()
    tracker = Tracker("c1", slots, message, [], False, None, {}, "action_listen")
    events: list[dict[str, Any]] = [
        dict(event) for event in await (action or ActionAnswerQuestion()).run(dispatcher, tracker, {})
    ]
    kept = {event["name"]: event["value"] for event in events if event["event"] == "slot"}
    return dispatcher.messages, kept, [event for event in events if event["event"] != "slot"]


async def test_an_answer_is_uttered_and_remembered(town: Answers) -> None:
    """The approved text with its source, and what a follow-up question needs."""
    uttered, slots, _ = await act(meaning("was kostet ein reisepass", "ask_fee", PASSPORT), failures=1, pending="human")

    (message,) = uttered
    service = town.knowledge.services["reisepass"]
    assert message["text"] == service.answers[Aspect.FEE]["de"].strip()
    assert {key: message["custom"][key] for key in ("decision", "service", "office", "aspect", "source_url")} == {
        "decision": "answer", "service": "reisepass", "office": service.office, "aspect": "fee",
        "source_url": service.source.url,
    }  # fmt: skip
    assert slots == {
        "current_service": "reisepass", "current_office": service.office, "current_aspect": "fee", "current_place": None,
        "pending": None, "failures": 0,
    }  # fmt: skip


@pytest.mark.parametrize("language", ["de", "en", "tr", "ar"])
async def test_a_place_is_asked_for(town: Answers, language: str) -> None:
    """When the bin is emptied depends on the district: a button for each, and the question is kept."""
    uttered, slots, _ = await act(meaning("wann kommt die müllabfuhr", "ask_deadline", WASTE), language=language)

    (message,) = uttered
    responsibility = town.knowledge.find_responsibility("muellabfuhr", Aspect.DEADLINE)
    assert responsibility is not None
    assert message["text"].endswith(responsibility.ask[language])
    assert [button["payload"] for button in message["buttons"]] == [
        f'/ask_deadline{{"service": "muellabfuhr", "area": "{area}"}}' for area in town.knowledge.areas
    ]
    assert (slots["pending"], slots["current_place"]) == ("place:muellabfuhr/deadline", None)


@pytest.mark.parametrize(
    ("text", "area", "place"),
    [
        ("Nordstadt", "nordstadt", "nordstadt"),
        ("in Mitte", "mitte", "mitte"),
        ("ich wohne in der Bahnhofstraße 5", "mitte", "Bahnhofstraße"),
        ("holtwick bitte", "holtwick", "holtwick"),
    ],
)
async def test_a_place_that_is_told_is_answered(town: Answers, text: str, area: str, place: str) -> None:
    """Whatever the model makes of a street's name, it is the answer to what was asked, and it is remembered."""
    asked = {"pending": "place:muellabfuhr/procedure", "current_service": "muellabfuhr", "current_aspect": "procedure"}

    uttered, slots, _ = await act(meaning(text, "out_of_scope", NOBODY), **asked)

    responsibility = town.knowledge.find_responsibility("muellabfuhr", Aspect.PROCEDURE)
    assert responsibility is not None
    assert uttered[0]["text"] == responsibility.answers[area]["de"].strip()
    assert (slots["pending"], slots["current_place"], slots["current_service"]) == (None, place, "muellabfuhr")


async def test_a_pressed_district_is_answered(town: Answers) -> None:
    """The button below the question says the same as the word."""
    message = meaning("/ask_deadline", "ask_deadline", service="muellabfuhr", area="lindern")

    uttered, slots, _ = await act(message, pending="place:muellabfuhr/deadline")

    responsibility = town.knowledge.find_responsibility("muellabfuhr", Aspect.DEADLINE)
    assert responsibility is not None
    assert uttered[0]["text"] == responsibility.answers["lindern"]["de"].strip()
    assert (slots["pending"], slots["current_place"]) == (None, "lindern")


async def test_a_place_is_asked_for_once(town: Answers) -> None:
    """Who has told the district gets every later answer for it at once."""
    uttered, slots, _ = await act(meaning("wann kommt die müllabfuhr", "ask_deadline", WASTE), current_place="holtwick")

    assert uttered[0]["text"].startswith("Müllabfuhr in Holtwick")
    assert (slots["pending"], slots["current_place"]) == (None, "holtwick")


async def test_another_question_instead_of_a_place_is_answered(town: Answers) -> None:
    """Nobody is held to the question for the place."""
    message = meaning("was kostet denn ein reisepass für kinder", "ask_fee", PASSPORT)

    uttered, slots, _ = await act(message, pending="place:muellabfuhr/procedure", current_service="muellabfuhr")

    assert uttered[0]["custom"]["service"] == "reisepass"
    assert (slots["pending"], slots["current_service"]) == (None, "reisepass")


@pytest.mark.parametrize("pending", ["place:abgeschafft/procedure", "place:", "place:muellabfuhr", "service:"])
async def test_what_was_asked_of_a_service_that_is_gone_is_forgotten(pending: str) -> None:
    """A state of another release never ends in silence."""
    uttered, slots, _ = await act(meaning("hm hm hm", "out_of_scope", NOBODY, confidence=0.01), pending=pending)

    assert uttered
    assert slots["pending"] != pending


async def test_two_questions_have_two_replies(town: Answers) -> None:
    """Both in their order; the dialogue goes on with the second."""
    whole = meaning("was kostet ein reisepass und wie lange dauert das", "ask_fee", PASSPORT)
    parts = [
        meaning("was kostet ein reisepass", "ask_fee", PASSPORT),
        meaning("wie lange dauert das", "ask_duration", NOBODY),
    ]

    uttered, slots, _ = await act({**whole, "parts": parts})

    texts = town.knowledge.services["reisepass"].answers
    assert [message["text"] for message in uttered] == [
        texts[Aspect.FEE]["de"].strip(), texts[Aspect.DURATION]["de"].strip()
    ]  # fmt: skip
    assert [message["custom"]["aspect"] for message in uttered] == ["fee", "duration"]
    assert (slots["current_service"], slots["current_aspect"]) == ("reisepass", "duration")


async def test_a_doubtful_answer_offers_what_else_may_be_meant(town: Answers) -> None:
    """The answer first, then a second message with a button for each of the others that asks the same."""
    uttered, slots, _ = await act(meaning("was kostet ein pass", "ask_fee", ("reisepass", 0.7), ("kinderausweis", 0.2)))

    answer, instead = uttered
    assert (answer["custom"]["decision"], answer["custom"]["service"]) == ("answer", "reisepass")
    assert instead["text"] == town.responses.text("utter_or_else", "de")
    assert instead["custom"]["options"] == ["kinderausweis"]
    assert [button["payload"] for button in instead["buttons"]] == ['/ask_fee{"service": "kinderausweis"}']
    assert slots["pending"] is None


async def test_an_ambiguous_word_is_asked_back_with_buttons(town: Answers) -> None:
    """A button for each service, and one for a person; nothing else of the dialogue changes."""
    uttered, slots, _ = await act(meaning("Ausweis", "name_service", ("personalausweis", 0.95)))

    (message,) = uttered
    offered = message["custom"]["options"]
    assert message["custom"]["decision"] == "clarify"
    assert 2 <= len(offered) <= 4
    payloads = [button["payload"] for button in message["buttons"]]
    assert payloads[: len(offered)] == [f'/ask_procedure{{"service": "{id_}"}}' for id_ in offered]
    assert payloads[-1] == "/request_human"
    assert slots == {"pending": "services:" + ",".join(offered), "current_aspect": "procedure"}


@pytest.mark.parametrize("language", ["de", "en", "uk"])
async def test_a_matter_of_others_is_referred(town: Answers, language: str) -> None:
    """The citizen reads whose it is, with the link; it counts as no failure."""
    message = meaning("steuererklärung", "out_of_scope", ("referral:finanzamt", 0.95))

    uttered, slots, _ = await act(message, language=language, failures=1, pending="human")

    referral = town.knowledge.referrals["finanzamt"]
    assert uttered[0]["text"] == referral.text[language].strip()
    assert (uttered[0]["custom"]["decision"], uttered[0]["custom"]["referral"]) == ("fallback", "finanzamt")
    assert [link["url"] for link in uttered[0]["custom"]["links"]] == [referral.link_url]
    assert slots == {"pending": None, "failures": 0}


async def test_what_is_out_of_scope_is_said() -> None:
    """The standard sentence, without counting."""
    uttered, slots, _ = await act(meaning("wie wird das wetter", "out_of_scope", NOBODY, confidence=0.98), failures=1)

    assert uttered[0]["response"] == "utter_out_of_scope"
    assert slots == {"failures": 1, "pending": None}


async def test_not_understanding_is_counted_and_then_a_person_is_called() -> None:
    """The first time a person is offered, the second time called."""
    message = meaning("qwertz", "out_of_scope", NOBODY, confidence=0.01)

    uttered, slots, _ = await act(message)
    called, after, _ = await act(message, **slots)

    assert (uttered[0]["response"], slots) == ("utter_no_answer", {"failures": 1, "pending": "human"})
    assert called[0]["custom"] == {"decision": "handoff", "handoff_reason": "bot_failed"}
    assert after == {"failures": 0, "pending": None}


async def test_a_person_is_called_for_the_office_of_the_service() -> None:
    """Who asks for a person in a dialogue about a service is handed to its office."""
    message = meaning("ich möchte mit einem menschen sprechen", "request_human", NOBODY)

    uttered, slots, others = await act(message, ActionHumanHandoff(), current_service="eheschliessung", failures=1)

    assert uttered[0]["custom"] == {
        "decision": "handoff", "handoff_reason": "citizen_asked", "service": "eheschliessung", "office": "standesamt",
    }  # fmt: skip
    assert (slots, others) == ({"failures": 0, "pending": None}, [])


async def test_the_state_of_an_own_case_is_a_matter_for_a_person() -> None:
    """The reason is told apart, and the named service counts more than the remembered one."""
    message = meaning("wo bleibt mein reisepass", "ask_case_status", PASSPORT)

    uttered, _, _ = await act(message, ActionHumanHandoff(), current_service="eheschliessung")

    assert (uttered[0]["custom"]["handoff_reason"], uttered[0]["custom"]["service"]) == ("personal_case", "reisepass")


async def test_a_plainly_named_service_calls_nobody() -> None:
    """`ich will heiraten` resembles a call for a person; the question is answered instead, and nothing is uttered yet."""
    message = meaning("ich will heiraten", "request_human", ("eheschliessung", 0.95), confidence=0.2)

    uttered, slots, others = await act(message, ActionHumanHandoff())

    assert (uttered, slots) == ([], {})
    assert [(event["event"], event["name"]) for event in others] == [("followup", "action_answer_question")]
