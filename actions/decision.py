"""Decides what to do with an understood message: answer, ask back, hand over, or say that we don't know."""

from dataclasses import dataclass

from actions.understanding import Understanding
from bot.domain.services import Aspect
from bot.knowledge.answers import OFFICE_ASPECTS
from bot.knowledge.knowledge import Knowledge

CLOSE = 0.12
WORTH_OFFERING = 0.30
SURE_FOLLOW_UP = 0.5
SURE_OUT_OF_SCOPE = 0.8
PLACE_AND_TIME_WORDS = 7
SAME_AGAIN_WORDS = 4
DOUBTFUL_ACT = 0.75
PLAINLY_NAMED = 0.6
MOST_OPTIONS = 3
FAILURES_UNTIL_HANDOFF = 2
SHORT_FOLLOW_UP_WORDS = 9


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer this aspect of a service, else of an office."""

    aspect: Aspect
    service: str | None = None
    office: str | None = None


@dataclass(frozen=True, slots=True)
class Clarify:
    """Offer these services as buttons; the pressed one is asked about with `intent`."""

    options: tuple[str, ...]
    intent: str


@dataclass(frozen=True, slots=True)
class HandOff:
    """A person is needed."""

    reason: str


@dataclass(frozen=True, slots=True)
class Say:
    """A standard sentence; `failed` counts towards the handoff after repeated failure."""

    response: str
    failed: bool = False
    smalltalk: bool = False


Decided = Answer | Clarify | HandOff | Say


def is_about_service(u: Understanding) -> bool:
    """`ich will heiraten` sounds like `ich will einen Menschen`: a plainly named service wins over a doubtful act."""
    return u.service is not None and u.intent_confidence < DOUBTFUL_ACT and _score(u, u.service) >= PLAINLY_NAMED


def decide(u: Understanding, knowledge: Knowledge) -> Decided:
    """What to do with this message."""
    if u.service is not None and u.service not in knowledge.services:
        return Say("utter_no_answer", failed=True)  # an old button, or a model older than the files
    if u.intent == "affirm":
        return _affirmed(u, knowledge)
    if u.intent == "deny" and not u.service:
        return Say("utter_deny") if u.pending != "human" else Say("utter_thank", smalltalk=True)
    return _about_service(u, knowledge) or _about_office(u, knowledge) or _follow_up(u, knowledge) or _unclear(u)


def _affirmed(u: Understanding, knowledge: Knowledge) -> Decided:
    if u.pending == "human":
        return HandOff("citizen_asked")
    offered = (u.pending or "").removeprefix("service:")
    if offered in knowledge.services:
        return Answer(Aspect.PROCEDURE, service=offered)
    return Say("utter_affirm", smalltalk=True)


def _about_service(u: Understanding, knowledge: Knowledge) -> Decided | None:
    if u.service is None:
        return None
    aspect = u.asked_aspect or _hours_if_a_time_is_named(u, u.service, knowledge) or Aspect.PROCEDURE
    if u.is_button:
        return Answer(aspect, service=u.service)
    top = _score(u, u.service)
    if u.intent == "out_of_scope" and u.intent_confidence > SURE_OUT_OF_SCOPE and top < PLAINLY_NAMED:
        return None
    if u.office is not None and aspect in OFFICE_ASPECTS and top < PLAINLY_NAMED:
        return None
    close = [service for service, score in u.candidates if score >= max(WORTH_OFFERING, top - CLOSE)]
    if len(close) > 1 and u.remembered_service in close and _is_short(u):
        return Answer(aspect, service=u.remembered_service)
    if len(close) > 1:
        return Clarify(tuple(close[:MOST_OPTIONS]), aspect.intent)
    return Answer(aspect, service=u.service)


def _hours_if_a_time_is_named(u: Understanding, subject: str, knowledge: Knowledge) -> Aspect | None:
    """`Wertstoffhof Montag`: a place and a time, so its hours are meant."""
    is_a_place = subject in knowledge.offices and len(u.text.split()) <= PLACE_AND_TIME_WORDS
    return Aspect.OPENING_HOURS if is_a_place and u.names_a_time else None


def _about_office(u: Understanding, knowledge: Knowledge) -> Decided | None:
    if u.office is not None:
        return _about_named_office(u, u.office, knowledge)
    asked = u.asked_aspect
    if asked is Aspect.OPENING_HOURS and u.names_none and u.remembered_service is None:
        return Answer(asked, office=u.remembered_office or knowledge.general_office.id)
    if not (u.names_none and _is_short(u)):
        return None
    if u.remembered_aspect == Aspect.OPENING_HOURS and u.remembered_office and u.names_a_time:
        return Answer(Aspect.OPENING_HOURS, office=u.remembered_office)
    if asked is Aspect.APPOINTMENT and u.remembered_service is None and u.remembered_office:
        return Answer(asked, office=u.remembered_office)
    if asked in (Aspect.LOCATION, Aspect.CONTACT, Aspect.OPENING_HOURS):
        return Answer(asked, office=u.remembered_office or knowledge.competent_office(u.remembered_service).id)
    return None


def _about_named_office(u: Understanding, office: str, knowledge: Knowledge) -> Decided | None:
    aspect = u.asked_aspect if u.asked_aspect in OFFICE_ASPECTS else _hours_if_a_time_is_named(u, office, knowledge)
    if aspect is None and len(u.text.split()) <= SAME_AGAIN_WORDS and u.remembered_aspect in OFFICE_ASPECTS:
        aspect = Aspect(u.remembered_aspect)  # `und das Bürgerbüro?`
    if aspect or u.intent in ("name_service", "out_of_scope") or _is_short(u):
        return Answer(aspect or Aspect.RESPONSIBILITY, office=office)
    return None


def _follow_up(u: Understanding, knowledge: Knowledge) -> Decided | None:
    """`und was kostet das?`: no service is named, the one before is meant."""
    if u.remembered_service not in knowledge.services or u.aspect is None or u.intent_confidence < SURE_FOLLOW_UP:
        return None
    strongest = u.candidates[0][1] if u.candidates else 0.0
    if not u.names_none and strongest >= WORTH_OFFERING and not _is_short(u):
        return None
    return Answer(u.aspect, service=u.remembered_service)


def _unclear(u: Understanding) -> Decided:
    if u.intent == "out_of_scope" and u.intent_confidence > 0.5:
        return Say("utter_out_of_scope")
    options = [service for service, score in u.candidates if score >= WORTH_OFFERING][:MOST_OPTIONS]
    if options and not u.names_none:
        return Clarify(tuple(options), (u.aspect or Aspect.PROCEDURE).intent)
    if u.aspect is not None and u.intent_confidence > 0.5 and _is_short(u):
        return Say("utter_which_service")
    if u.failures + 1 >= FAILURES_UNTIL_HANDOFF:
        return HandOff("bot_failed")
    return Say("utter_no_answer", failed=True)


def _score(u: Understanding, service: str) -> float:
    return next((score for each, score in u.ranking if each == service), 0.0)


def _is_short(u: Understanding) -> bool:
    return len(u.text.split()) <= SHORT_FOLLOW_UP_WORDS
