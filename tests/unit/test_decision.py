"""What is done with an understood message: answer, ask back, hand over, or say that we don't know."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from rasa_sdk import Tracker

from actions.decision import Answer, Clarify, HandOff, Say, decide, is_about_service
from actions.understanding import Understanding, understand
from bot.domain.services import Aspect
from bot.knowledge.aspects import AspectWords
from bot.knowledge.loader import load_knowledge
from tests.engine_process import PROJECT_DIR

KNOWLEDGE = load_knowledge(PROJECT_DIR / "data")
WORDS = AspectWords.load(PROJECT_DIR / "data" / "aspects.yml")
NOTHING = Understanding(
    text="",
    intent="out_of_scope",
    intent_confidence=0.4,
    service=None,
    office=None,
    ranking=(("", 0.6),),
    remembered_service=None,
    remembered_office=None,
    remembered_aspect=None,
    pending=None,
    failures=0,
    language="de",
    now=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
    is_button=False,
)
FEE_OF_PASSPORT = replace(
    NOTHING, text="was kostet ein reisepass", intent="ask_fee", intent_confidence=0.9, service="reisepass",
    ranking=(("reisepass", 0.9), ("personalausweis", 0.2)),
)  # fmt: skip
FOLLOW_UP = replace(
    NOTHING, text="und was kostet das", intent="ask_fee", intent_confidence=0.8, remembered_service="reisepass"
)


def test_a_sure_service_is_answered_with_the_aspect_asked() -> None:
    """One service far ahead of all others is answered."""
    assert decide(FEE_OF_PASSPORT, KNOWLEDGE) == Answer(Aspect.FEE, service="reisepass")


def test_a_bare_name_gets_the_procedure() -> None:
    """`Reisepass` asks for nothing in particular and gets the way to one."""
    u = replace(FEE_OF_PASSPORT, text="Reisepass", intent="name_service")

    assert decide(u, KNOWLEDGE) == Answer(Aspect.PROCEDURE, service="reisepass")


def test_services_close_together_are_offered() -> None:
    """Where two are about as likely, the citizen chooses, and what was asked is kept for the choice."""
    u = replace(FEE_OF_PASSPORT, ranking=(("reisepass", 0.55), ("personalausweis", 0.5), ("kita", 0.1)))

    assert decide(u, KNOWLEDGE) == Clarify(("reisepass", "personalausweis"), "ask_fee")


def test_at_most_three_are_offered() -> None:
    """A choice of more than three is no help."""
    ids = ("reisepass", "personalausweis", "kinderausweis", "kita", "wohngeld")
    u = replace(FEE_OF_PASSPORT, ranking=tuple((id_, 0.5) for id_ in ids))

    decided = decide(u, KNOWLEDGE)

    assert isinstance(decided, Clarify)
    assert len(decided.options) <= 3


def test_the_service_of_the_dialogue_settles_a_close_call() -> None:
    """In a dialogue about the passport a short doubtful question is about the passport."""
    u = replace(
        FEE_OF_PASSPORT, text="und für mein kind?", remembered_service="reisepass",
        ranking=(("kinderausweis", 0.5), ("reisepass", 0.45)),
    )  # fmt: skip

    assert decide(u, KNOWLEDGE) == Answer(Aspect.FEE, service="reisepass")


def test_a_button_is_no_matter_of_likelihood() -> None:
    """A pressed button names its service; no ranking is asked."""
    u = replace(NOTHING, text='/ask_fee{"service": "kita"}', intent="ask_fee", service="kita", ranking=(), is_button=True)

    assert decide(u, KNOWLEDGE) == Answer(Aspect.FEE, service="kita")


def test_a_follow_up_keeps_the_service() -> None:
    """`und was kostet das` is about the service of the turn before."""
    assert decide(FOLLOW_UP, KNOWLEDGE) == Answer(Aspect.FEE, service="reisepass")


def test_without_a_topic_the_bot_asks_for_one() -> None:
    """`was kostet das` as the first sentence is answered by the question what it is about, not by a guess."""
    assert decide(replace(FOLLOW_UP, remembered_service=None), KNOWLEDGE) == Say("utter_which_service")


def test_hours_of_nobody_in_particular_are_the_general_offices() -> None:
    """`wann habt ihr offen` is answered for the office where everything begins."""
    u = replace(NOTHING, text="wann habt ihr samstag offen", intent="ask_opening_hours", intent_confidence=0.9)

    assert decide(u, KNOWLEDGE) == Answer(Aspect.OPENING_HOURS, office="buergerbuero")


def test_hours_in_a_dialogue_about_an_office_are_that_offices() -> None:
    """After the registry office `und morgen?` stays with the registry office."""
    u = replace(
        NOTHING,
        text="wann habt ihr offen",
        intent="ask_opening_hours",
        intent_confidence=0.9,
        remembered_office="standesamt",
    )

    assert decide(u, KNOWLEDGE) == Answer(Aspect.OPENING_HOURS, office="standesamt")


def test_an_office_is_answered_by_its_tasks_where_nothing_else_is_asked() -> None:
    """`Standesamt` alone gets what the office does."""
    u = replace(NOTHING, text="Standesamt", intent="name_service", office="standesamt")

    assert decide(u, KNOWLEDGE) == Answer(Aspect.RESPONSIBILITY, office="standesamt")


@pytest.mark.parametrize(
    ("pending", "decided"),
    [
        ("human", HandOff("citizen_asked")),
        ("service:kita", Answer(Aspect.PROCEDURE, service="kita")),
        (None, Say("utter_affirm", smalltalk=True)),
    ],
)
def test_yes_says_yes_to_what_was_asked(pending: str | None, decided: object) -> None:
    """`ja` means the offer of the turn before, and nothing where there was none."""
    assert decide(replace(NOTHING, text="ja", intent="affirm", pending=pending), KNOWLEDGE) == decided


def test_no_is_taken_for_a_misunderstanding() -> None:
    """`nein` never repeats the answer."""
    assert decide(replace(FOLLOW_UP, text="nein", intent="deny"), KNOWLEDGE) == Say("utter_deny")


def test_what_is_surely_no_matter_of_the_town_hall_is_said_so() -> None:
    """The weather gets no service, however much it resembles one."""
    u = replace(NOTHING, text="wie wird das wetter", intent_confidence=0.95)

    assert decide(u, KNOWLEDGE) == Say("utter_out_of_scope")


def test_not_understanding_counts_and_calls_a_person_the_second_time() -> None:
    """Nobody has to say it a third time."""
    first = decide(NOTHING, KNOWLEDGE)
    second = decide(replace(NOTHING, failures=1), KNOWLEDGE)

    assert first == Say("utter_no_answer", failed=True)
    assert second == HandOff("bot_failed")


def test_a_plainly_named_service_wins_over_a_doubtful_wish_for_a_person() -> None:
    """`ich will heiraten` is no call for a person; a sure call for one stays a call."""
    u = replace(FEE_OF_PASSPORT, intent="request_human", intent_confidence=0.5)

    assert is_about_service(u)
    assert not is_about_service(replace(u, intent_confidence=0.95))
    assert not is_about_service(replace(u, service=None))


def tracker(message: dict[str, Any], **slots: Any) -> Tracker:
    """A tracker with only what the actions read."""
    return Tracker("c1", slots, message, [], False, None, {}, "action_listen")


def test_a_tracker_is_read_with_the_moment_of_the_turn() -> None:
    """Intent, entities, ranking, slots and the moment arrive as they were given."""
    message = {
        "text": "was kostet ein reisepass",
        "intent": {"name": "ask_fee", "confidence": 0.9},
        "entities": [{"entity": "service", "value": "reisepass"}],
        "service_ranking": [{"service": "reisepass", "score": 0.9}, {"service": "", "score": 0.1}],
        "metadata": {"now": "2026-12-24T10:00:00+01:00"},
    }

    u = understand(tracker(message, language="en", failures=1.0, pending="human"), WORDS)

    assert (u.intent, u.aspect, u.service, u.candidates) == ("ask_fee", Aspect.FEE, "reisepass", [("reisepass", 0.9)])
    assert (u.language, u.failures, u.pending, u.is_button, u.names_none) == ("en", 1, "human", False, False)
    assert u.now == datetime(2026, 12, 24, 9, 0, tzinfo=UTC)


def test_an_empty_tracker_is_read_too() -> None:
    """`rasa shell` gives neither moment nor slots; the actions work all the same, in German and now."""
    u = understand(tracker({}), WORDS)

    assert (u.intent, u.aspect, u.language, u.failures, u.names_none) == ("", None, "de", 0, True)
    assert u.now.tzinfo is not None


def test_a_place_and_a_time_ask_for_its_hours() -> None:
    """`Wertstoffhof Montag?` says what is meant without a verb."""
    u = replace(NOTHING, text="wertstoffhof montag?", intent="name_service", intent_confidence=0.9, office="wertstoffhof")

    assert decide(u, KNOWLEDGE) == Answer(Aspect.OPENING_HOURS, office="wertstoffhof")


def test_and_another_office_asks_the_same_again() -> None:
    """After the hours of one office `und das Bürgerbüro?` asks for the hours of the other."""
    u = replace(NOTHING, text="und das bürgerbüro?", office="buergerbuero", remembered_aspect="opening_hours")

    assert decide(u, KNOWLEDGE) == Answer(Aspect.OPENING_HOURS, office="buergerbuero")


def test_and_on_sunday_asks_the_hours_of_the_same_office() -> None:
    """A mere day after a question about hours."""
    u = replace(
        NOTHING,
        text="und am sonntag?",
        remembered_aspect="opening_hours",
        remembered_office="bauamt",
        remembered_service=None,
    )

    assert decide(u, KNOWLEDGE) == Answer(Aspect.OPENING_HOURS, office="bauamt")


def test_words_name_the_aspect_where_the_intent_does_not() -> None:
    """The model sees only that a service is named; the word `billiger` says what is asked."""
    u = replace(FEE_OF_PASSPORT, intent="name_service", words_aspect=Aspect.FEE)

    assert decide(u, KNOWLEDGE) == Answer(Aspect.FEE, service="reisepass")


def test_a_button_of_a_service_that_is_gone_gets_no_guess() -> None:
    """An old button names what the editors have removed."""
    u = replace(FEE_OF_PASSPORT, service="abgeschafft", is_button=True)

    assert decide(u, KNOWLEDGE) == Say("utter_no_answer", failed=True)
