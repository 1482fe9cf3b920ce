"""What is done with an understood message: answer, ask back, hand over, or say that we don't know."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from rasa_sdk import Tracker

from actions.decision import Answer, Both, Clarify, HandOff, Refer, Say, decide, is_about_service
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
    NOTHING, text="was kostet ein reisepass", intent="ask_fee", intent_confidence=0.9,
    words_aspect=Aspect.FEE, ranking=(("reisepass", 0.95), ("personalausweis", 0.01), ("", 0.01)),
)  # fmt: skip
FOLLOW_UP = replace(
    NOTHING, text="und was kostet das", intent="ask_fee", intent_confidence=0.9, words_aspect=Aspect.FEE,
    ranking=(("", 0.9), ("kita", 0.01)), remembered_service="reisepass", context_ranking=(("reisepass", 0.95), ("", 0.02)),
)  # fmt: skip


def test_a_sure_service_is_answered_with_the_aspect_asked() -> None:
    """One service far ahead of all others is answered."""
    assert decide(FEE_OF_PASSPORT, KNOWLEDGE) == Answer(Aspect.FEE, service="reisepass")


def test_a_bare_name_gets_the_procedure() -> None:
    """`Reisepass` asks for nothing in particular and gets the way to one."""
    u = replace(FEE_OF_PASSPORT, text="Reisepass", intent="name_service", words_aspect=None)

    assert decide(u, KNOWLEDGE) == Answer(Aspect.PROCEDURE, service="reisepass")


def test_services_close_together_are_offered() -> None:
    """Where two are about as likely, the citizen chooses, and what was asked is kept for the choice."""
    u = replace(FEE_OF_PASSPORT, ranking=(("reisepass", 0.48), ("personalausweis", 0.47), ("kita", 0.001)))

    assert decide(u, KNOWLEDGE) == Clarify(("reisepass", "personalausweis"), "ask_fee")


def test_at_most_four_are_offered() -> None:
    """A choice of more than four is no help; the likeliest come first."""
    ids = ("reisepass", "personalausweis", "kinderausweis", "kita", "wohngeld", "hundesteuer")
    u = replace(FEE_OF_PASSPORT, ranking=tuple((id_, 0.17 - 0.001 * place) for place, id_ in enumerate(ids)))

    assert decide(u, KNOWLEDGE) == Clarify(ids[:4], "ask_fee")


def test_one_doubtful_service_is_offered_with_a_second() -> None:
    """A choice has at least two, so that the citizen sees that it is one."""
    u = replace(FEE_OF_PASSPORT, ranking=(("reisepass", 0.3), ("", 0.29), ("personalausweis", 0.0001)))

    assert decide(u, KNOWLEDGE) == Clarify(("reisepass", "personalausweis"), "ask_fee")


def test_a_service_that_is_gone_is_neither_answered_nor_offered() -> None:
    """A model of yesterday may rank an entry that the editors have removed since."""
    gone = replace(FEE_OF_PASSPORT, ranking=(("abgeschafft", 0.95), ("", 0.01)))
    beside = replace(FEE_OF_PASSPORT, ranking=(("abgeschafft", 0.4), ("reisepass", 0.3), ("kita", 0.29)))

    assert decide(gone, KNOWLEDGE) == Say("utter_no_answer", failed=True)
    assert decide(beside, KNOWLEDGE) == Clarify(("reisepass", "kita"), "ask_fee")


def test_the_service_of_the_dialogue_settles_a_close_call() -> None:
    """In a dialogue about the passport a short doubtful question is about the passport."""
    u = replace(
        FEE_OF_PASSPORT, text="und für mein kind?", remembered_service="reisepass",
        ranking=(("wohngeld", 0.49), ("reisepass", 0.48)),
    )  # fmt: skip

    decided = decide(u, KNOWLEDGE)
    assert isinstance(decided, Answer)
    assert (decided.aspect, decided.service) == (Aspect.FEE, "reisepass")


def test_what_may_be_meant_instead_is_offered_beside_an_answer() -> None:
    """An answer that is not beyond doubt names the next likely services, two at most; a certain one does not."""
    ranking = (("reisepass", 0.7), ("personalausweis", 0.1), ("kita", 0.09), ("wohngeld", 0.08))

    decided = decide(replace(FEE_OF_PASSPORT, ranking=ranking), KNOWLEDGE)

    assert decided == Answer(Aspect.FEE, service="reisepass", alternatives=("personalausweis", "kita"))


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
    u = replace(NOTHING, text="Standesamt", intent="name_service", office="standesamt", ranking=(("", 0.1), ("kita", 0.01)))

    assert decide(u, KNOWLEDGE) == Answer(Aspect.RESPONSIBILITY, office="standesamt")


@pytest.mark.parametrize(
    ("pending", "decided"),
    [
        ("human", HandOff("citizen_asked")),
        ("services:kita", Answer(Aspect.PROCEDURE, service="kita")),
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
    u = replace(FEE_OF_PASSPORT, intent="request_human", intent_confidence=0.3)

    assert is_about_service(u)
    assert not is_about_service(replace(u, intent_confidence=0.99))
    assert not is_about_service(replace(u, ranking=(("", 0.95), ("reisepass", 0.05))))
    assert not is_about_service(replace(u, ranking=(("reisepass", 0.05), ("", 0.04))))
    assert not is_about_service(replace(u, ranking=()))


def tracker(message: dict[str, Any], **slots: Any) -> Tracker:
    """A tracker with only what the actions read."""
    return Tracker("c1", slots, message, [], False, None, {}, "action_listen")


def test_a_tracker_is_read_with_the_moment_of_the_turn() -> None:
    """Intent, entities, ranking, slots and the moment arrive as they were given."""
    message = {
        "text": "was kostet ein reisepass",
        "intent": {"name": "ask_fee", "confidence": 0.9},
        "intent_ranking": [{"name": "ask_fee", "confidence": 0.9}, {"name": "greet", "confidence": 0.05}],
        "entities": [{"entity": "service", "value": "reisepass"}, {"entity": "office", "value": "buergerbuero"}],
        "subject_ranking": [
            {"subject": "reisepass", "score": 0.9},
            {"subject": "referral:finanzamt", "score": 0.05},
            {"subject": "", "score": 0.02},
        ],
        "metadata": {"now": "2026-12-24T10:00:00+01:00"},
    }

    u = understand(tracker(message, language="en", failures=1.0, pending="human", current_place="nordstadt"), WORDS)

    assert (u.intent, u.aspect, u.candidates) == ("ask_fee", Aspect.FEE, [("reisepass", 0.9)])
    assert (u.best, u.referral) == (("reisepass", 0.9), ("finanzamt", 0.05))
    assert (u.score("referral:finanzamt"), u.score("kita"), u.score(None)) == (0.05, 0.0, 0.0)
    assert u.intents == (("ask_fee", 0.9), ("greet", 0.05))
    assert (u.service, u.area, u.office, u.words_aspect) == (None, None, "buergerbuero", Aspect.FEE)
    assert (u.remembered_place, u.parts) == ("nordstadt", ())
    assert (u.language, u.failures, u.pending, u.is_button, u.names_none) == ("en", 1, "human", False, False)
    assert u.now == datetime(2026, 12, 24, 9, 0, tzinfo=UTC)


def test_a_button_is_read_with_what_stands_on_it() -> None:
    """Its service and area count; a text's service is a matter of the ranking."""
    entities = [{"entity": "service", "value": "muellabfuhr"}, {"entity": "area", "value": "mitte"}]
    message = {"text": "/ask_deadline", "intent": {"name": "ask_deadline", "confidence": 1.0}, "entities": entities}

    u = understand(tracker(message), WORDS)

    assert (u.is_button, u.service, u.area, u.office, u.aspect) == (True, "muellabfuhr", "mitte", None, Aspect.DEADLINE)


def test_parts_are_read_each_for_itself() -> None:
    """Each part has its own meaning and the dialogue of the whole message."""
    part = {
        "text": "wie lange dauert das", "intent": {"name": "ask_duration", "confidence": 0.8},
        "subject_ranking": [{"subject": "", "score": 0.9}],
    }  # fmt: skip
    message = {"text": "was kostet das und wie lange dauert das", "intent": {"name": "ask_fee"}, "parts": [part]}

    u = understand(tracker(message, current_service="reisepass", language="en"), WORDS)

    (only,) = u.parts
    assert (u.aspect, only.aspect, only.text, only.names_none) == (Aspect.FEE, Aspect.DURATION, part["text"], True)
    assert (only.remembered_service, only.language, only.now, only.parts) == ("reisepass", "en", u.now, ())


def test_an_unsure_intent_leaves_the_aspect_to_the_words() -> None:
    """Where the model has no idea, a plain word such as `billiger` says what is asked; else nothing does."""
    unsure = replace(NOTHING, intent="greet", intent_confidence=0.02, intents=(("greet", 0.02), ("ask_form", 0.01)))

    assert unsure.asked_aspect is None
    assert replace(unsure, words_aspect=Aspect.FEE).asked_aspect is Aspect.FEE
    assert replace(unsure, intents=(("greet", 0.02), ("ask_form", 0.9))).asked_aspect is Aspect.FORM


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
    u = replace(
        NOTHING, text="und das bürgerbüro?", intent="name_service", office="buergerbuero", remembered_aspect="opening_hours"
    )

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
    u = replace(FEE_OF_PASSPORT, intent="name_service", intents=(("name_service", 0.9), ("ask_form", 0.01)))

    assert decide(u, KNOWLEDGE) == Answer(Aspect.FEE, service="reisepass")


def test_a_button_of_a_service_that_is_gone_gets_no_guess() -> None:
    """An old button names what the editors have removed."""
    u = replace(FEE_OF_PASSPORT, service="abgeschafft", is_button=True)

    assert decide(u, KNOWLEDGE) == Say("utter_no_answer", failed=True)


@pytest.mark.parametrize(
    ("text", "intent"),
    [("nein, den reisepass", "deny"), ("reisepass meine ich", "name_service"), ("und reisepass?", "ask_procedure")],
)
def test_a_correction_asks_the_same_again(text: str, intent: str) -> None:
    """After the fee of an identity card `nein, den Reisepass` asks for the fee of a passport."""
    u = replace(
        FEE_OF_PASSPORT, text=text, intent=intent, words_aspect=None,
        remembered_service="personalausweis", remembered_aspect="fee",
    )  # fmt: skip

    assert decide(u, KNOWLEDGE) == Answer(Aspect.FEE, service="reisepass")


def test_a_whole_question_about_another_service_asks_what_it_asks() -> None:
    """What was asked before counts only where the message itself says nothing."""
    u = replace(FEE_OF_PASSPORT, remembered_service="personalausweis", remembered_aspect="documents")

    assert decide(u, KNOWLEDGE) == Answer(Aspect.FEE, service="reisepass")


@pytest.mark.parametrize(
    "text", ["Ausweis", "ich brauche bitte einen Ausweis", "anmelden", "Müll?", "driving licence", "kimlik"]
)
def test_an_ambiguous_word_asks_back(text: str) -> None:
    """Two to four services are offered, however sure the model is of one."""
    decided = decide(replace(FEE_OF_PASSPORT, text=text, intent="name_service", words_aspect=None), KNOWLEDGE)

    assert isinstance(decided, Clarify)
    assert 2 <= len(set(decided.options)) == len(decided.options) <= 4
    assert decided.intent == "ask_procedure"


def test_an_ambiguous_word_in_a_question_is_none() -> None:
    """What goes beyond the word is something to go by."""
    u = replace(FEE_OF_PASSPORT, text="was kostet ein ausweis für den urlaub in kanada")

    assert decide(u, KNOWLEDGE) == Answer(Aspect.FEE, service="reisepass")


def test_an_ambiguous_word_within_its_dialogue_is_none() -> None:
    """Who talks about the identity card all the time and says `Ausweis` is not asked which one."""
    u = replace(
        FEE_OF_PASSPORT, text="Ausweis", words_aspect=None, remembered_service="personalausweis",
        ranking=(("personalausweis", 0.95), ("", 0.01)),
    )  # fmt: skip

    decided = decide(u, KNOWLEDGE)

    assert isinstance(decided, Answer)
    assert decided.service == "personalausweis"


def test_a_matter_of_others_is_referred() -> None:
    """Tax returns are no matter of the town, and it says whose."""
    u = replace(NOTHING, text="steuererklärung abgeben", ranking=(("referral:finanzamt", 0.95), ("", 0.01)))

    assert decide(u, KNOWLEDGE) == Refer("finanzamt")


@pytest.mark.parametrize(
    "ranking",
    [
        (("referral:abgeschafft", 0.95), ("", 0.01)),
        (("", 0.98), ("referral:finanzamt", 0.01)),
        (("referral:finanzamt", 0.01),),
    ],
    ids=["gone", "unlikely", "weak"],
)
def test_a_doubtful_referral_is_none(ranking: tuple[tuple[str, float], ...]) -> None:
    """One that the editors have removed, or that is no more than a remote likeness."""
    assert decide(replace(NOTHING, ranking=ranking), KNOWLEDGE) == Say("utter_no_answer", failed=True)


def test_a_likelier_service_is_no_matter_of_others() -> None:
    """The town answers its own matters itself."""
    u = replace(FEE_OF_PASSPORT, ranking=(("reisepass", 0.95), ("referral:finanzamt", 0.04)))

    assert decide(u, KNOWLEDGE) == Answer(Aspect.FEE, service="reisepass")


def part(text: str, aspect: Aspect, *ranking: tuple[str, float]) -> Understanding:
    """A part of a message that asks plainly for an aspect."""
    return replace(
        NOTHING,
        text=text,
        intent=aspect.intent,
        intent_confidence=0.95,
        words_aspect=aspect,
        ranking=ranking or (("", 0.95),),
    )


FEE_PART = part("was kostet ein reisepass", Aspect.FEE, ("reisepass", 0.95))
DURATION_PART = part("wie lange dauert das", Aspect.DURATION)


def test_two_aspects_of_one_service_are_both_answered() -> None:
    """`Was kostet ein Pass und wie lange dauert das?`: the second part is about the service of the first."""
    u = replace(FEE_OF_PASSPORT, parts=(FEE_PART, DURATION_PART))

    assert decide(u, KNOWLEDGE) == Both(
        Answer(Aspect.FEE, service="reisepass"), Answer(Aspect.DURATION, service="reisepass")
    )


def test_two_services_are_both_answered() -> None:
    """`Was kostet ein Pass und wo melde ich den Hund an?`, in the order in which they were asked."""
    dog = part("wie melde ich meinen hund an", Aspect.PROCEDURE, ("hundesteuer", 0.95))
    u = replace(FEE_OF_PASSPORT, ranking=(("reisepass", 0.5), ("hundesteuer", 0.49)), parts=(FEE_PART, dog))

    assert decide(u, KNOWLEDGE) == Both(
        Answer(Aspect.FEE, service="reisepass"), Answer(Aspect.PROCEDURE, service="hundesteuer")
    )


@pytest.mark.parametrize(
    "parts",
    [
        (FEE_PART, FEE_PART),
        (FEE_PART, replace(NOTHING, text="vielen dank schon mal", intent="thank", intent_confidence=0.9)),
        (FEE_PART, part("ich bin umgezogen", Aspect.PROCEDURE, ("ummeldung", 0.95))),
        (FEE_PART, part("weiß nicht", Aspect.PROCEDURE, ("ummeldung", 0.02), ("", 0.01))),
        (FEE_PART,),
        (),
    ],
    ids=["the same", "thanks", "a detail", "nothing", "one part", "no part"],
)
def test_one_question_has_one_answer(parts: tuple[Understanding, ...]) -> None:
    """A repetition, thanks or a detail that the whole message is not about add no answer of their own."""
    assert decide(replace(FEE_OF_PASSPORT, parts=parts), KNOWLEDGE) == Answer(Aspect.FEE, service="reisepass")


def test_two_questions_in_a_dialogue_are_about_its_service() -> None:
    """`was kostet das und wie lange dauert es` names no service in either part."""
    parts = (part("was kostet das", Aspect.FEE), DURATION_PART)
    u = replace(FOLLOW_UP, text="was kostet das und wie lange dauert es", parts=parts)

    assert decide(u, KNOWLEDGE) == Both(
        Answer(Aspect.FEE, service="reisepass"), Answer(Aspect.DURATION, service="reisepass")
    )


@pytest.mark.parametrize("failures", [0, 1, 5])
def test_what_is_out_of_scope_is_no_failure(failures: int) -> None:
    """Nobody is handed over to a person because they asked for the weather, however often."""
    u = replace(
        NOTHING, text="wie wird das wetter", intent_confidence=0.98, failures=failures,
        ranking=(("", 0.95), ("kita", 0.02), ("reisepass", 0.01)),
    )  # fmt: skip

    assert decide(u, KNOWLEDGE) == Say("utter_out_of_scope")


@pytest.mark.parametrize("pending", [None, "human", "service:gone", "place:muellabfuhr/procedure", "place:", "x"])
@pytest.mark.parametrize("intent", ["affirm", "deny", "", "ask_", "ask_nothing", "out_of_scope", "ask_fee"])
@pytest.mark.parametrize("ranking", [(), (("", 1.0),), (("gone", 1.0),), (("referral:gone", 1.0),)])
def test_odd_states_are_decided(pending: str | None, intent: str, ranking: tuple[tuple[str, float], ...]) -> None:
    """Slots and rankings of another release lead to a sentence, an offer or a person, never to an exception."""
    u = replace(
        NOTHING, text="hm", intent=intent, intent_confidence=1.0, ranking=ranking, pending=pending, office="gone",
        remembered_service="gone", remembered_office="gone", remembered_aspect="fee",
    )  # fmt: skip

    decided = decide(u, KNOWLEDGE)

    assert isinstance(decided, Answer | Say | HandOff | Clarify)
    assert getattr(decided, "service", None) is None
