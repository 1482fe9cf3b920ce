"""Decides what to do with an understood message: answer, ask back, hand over, or say that we don't know."""

from dataclasses import dataclass, replace

from actions.dialogue_context import in_dialogue
from actions.understanding import Understanding, to_aspect
from bot.domain.services import Aspect
from bot.knowledge.answers import OFFICE_ASPECTS
from bot.knowledge.knowledge import Knowledge

# Measured on the project's labelled questions; docs/understanding.md says how.
SURE = 0.40
AHEAD = 1.5
AHEAD_IN_DIALOGUE = 1.0
BEYOND_DOUBT = 0.9
MOST_ALTERNATIVES = 2
WORTH_OFFERING = 0.03
DOUBTFUL_BUT_OFFERED = 0.08
SURE_REFERRAL = 0.3
DOUBTFUL_ACT = 0.75
DOUBTFUL_CASE = 0.95
PLAINLY_NAMED = 0.6
SURE_OUT_OF_SCOPE = 0.5
SURE_PART = 0.5
WORTH_TRYING = 0.1
MOST_OPTIONS = 4
LEAST_OPTIONS = 2
FAILURES_UNTIL_HANDOFF = 2
SHORT_WORDS = 9
CORRECTION_WORDS = 5
PLACE_AND_TIME_WORDS = 7
SAME_AGAIN_WORDS = 4
BARE_NAME_WORDS = 4
PLACE_WORDS = 8


KINDRED = {Aspect.DURATION: Aspect.DEADLINE, Aspect.DEADLINE: Aspect.DURATION}


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer this aspect of a service, else of an office; `alternatives` are services that may be meant instead."""

    aspect: Aspect
    service: str | None = None
    office: str | None = None
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Both:
    """The message holds two questions, and both are answered."""

    first: Answer
    second: Answer


@dataclass(frozen=True, slots=True)
class Clarify:
    """Offer these services as buttons; the pressed one is asked about with `intent`."""

    options: tuple[str, ...]
    intent: str


@dataclass(frozen=True, slots=True)
class Refer:
    """Not the town's matter: say whose it is."""

    referral: str


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


Decided = Answer | Both | Clarify | Refer | HandOff | Say


def is_about_service(u: Understanding) -> bool:
    """`ich will heiraten` sounds like `ich will einen Menschen`: a plainly named service wins over a doubtful act."""
    subject, score = u.best
    doubtful = DOUBTFUL_CASE if u.intent == "ask_case_status" else DOUBTFUL_ACT
    return bool(subject) and u.intent_confidence < doubtful and score >= PLAINLY_NAMED


def decide(u: Understanding, knowledge: Knowledge) -> Decided:
    """What to do with this message."""
    if u.is_button and (u.service or u.office):
        return _pressed(u, knowledge)
    if u.intent == "affirm" and not _names_service(u):
        return _affirmed(u, knowledge)
    if u.intent == "deny" and not _names_service(u):
        return Say("utter_deny") if u.pending != "human" else Say("utter_thank", smalltalk=True)
    if (offered := knowledge.find_ambiguous(u.text)) and u.remembered_service not in offered:
        return Clarify(offered, (u.asked_aspect or Aspect.PROCEDURE).intent)
    return _about_two(u, knowledge) or _about_one(u, knowledge)


def _about_one(u: Understanding, knowledge: Knowledge) -> Decided:
    weighed = in_dialogue(u, knowledge)
    return (
        _about_named_office(u, knowledge)
        or _at_another_time(u)
        or _refer(weighed, knowledge)
        or _about_service(weighed, knowledge, plainly=u)
        or _about_office(u, knowledge)
        or _unclear(weighed, knowledge)
    )


def _pressed(u: Understanding, knowledge: Knowledge) -> Decided:
    if u.service is not None and u.service not in knowledge.services:
        return Say("utter_no_answer", failed=True)  # an old button
    return Answer(u.aspect or Aspect.PROCEDURE, service=u.service, office=u.office)


def _affirmed(u: Understanding, knowledge: Knowledge) -> Decided:
    if u.pending == "human":
        return HandOff("citizen_asked")
    if len(u.offered) == 1 and u.offered[0] in knowledge.services:
        return Answer(Aspect.PROCEDURE, service=u.offered[0])
    return Say("utter_affirm", smalltalk=True)


def _names_service(u: Understanding) -> bool:
    return bool(u.candidates) and u.candidates[0][1] >= SURE and not u.names_none


def _about_two(u: Understanding, knowledge: Knowledge) -> Both | None:
    """`Was kostet der Pass und wie lange dauert das?`: both are asked plainly, each in its own part."""
    about, answers = u.remembered_service, dict[Answer, bool]()
    for part in u.parts:
        decided = _about_one(replace(part, remembered_service=about), knowledge)
        if isinstance(decided, Answer) and decided.service and _is_plain(part, decided, u):
            about, decided = decided.service, replace(decided, alternatives=())
            answers.setdefault(decided, part.words_aspect is not None)
    services = {answer.service for answer in answers}
    if len(answers) != 2 or (len(services) == 1 and not all(answers.values())):
        return None
    first, second = answers
    return Both(first, second)


def _is_plain(part: Understanding, decided: Answer, whole: Understanding) -> bool:
    """Whether a part is a question of its own and not a detail of a story."""
    if part.names_none:
        return part.words_aspect is not None and part.words_aspect == decided.aspect
    return part.score(decided.service) >= SURE_PART and (
        whole.best[0] == decided.service or whole.score(decided.service) >= DOUBTFUL_BUT_OFFERED
    )


def _refer(u: Understanding, knowledge: Knowledge) -> Decided | None:
    referral, score = u.referral
    is_best = not (u.candidates and u.candidates[0][1] > score)
    if referral is None or referral not in knowledge.referrals or not is_best or score < SURE_REFERRAL:
        return None
    return Refer(referral)


def _about_service(u: Understanding, knowledge: Knowledge, *, plainly: Understanding) -> Decided | None:
    """The likeliest service; `plainly` is the message without the dialogue, which may leave no doubt alone."""
    known = [(service, score) for service, score in u.candidates if service in knowledge.services]
    if not known or _is_rather_an_act(u):
        return None
    service, top = known[0]
    rival = max([score for subject, score in u.ranking if subject != service], default=0.0)
    ahead = AHEAD_IN_DIALOGUE if u.remembered_service or u.offered else AHEAD
    if top < SURE or top < ahead * rival:
        return None
    is_certain = max(top, plainly.score(service)) >= BEYOND_DOUBT
    others = () if is_certain else tuple(each for each, score in known[1:] if score >= WORTH_OFFERING)
    return Answer(_aspect_for(u, service, knowledge), service=service, alternatives=others[:MOST_ALTERNATIVES])


def _is_rather_an_act(u: Understanding) -> bool:
    """Whether the message is no question about a service although some service comes first."""
    if u.intent == "out_of_scope":
        return u.intent_confidence >= SURE_OUT_OF_SCOPE and u.best[1] < BEYOND_DOUBT
    return False


def _aspect_for(u: Understanding, service: str, knowledge: Knowledge) -> Aspect:
    """The aspect that is asked; a correction or another name (`nein, den Reisepass`) asks the same as before."""
    hours = _hours_if_a_time_is_named(u, service, knowledge)
    if hours is not None:
        return hours
    is_bare = len(u.text.split()) <= CORRECTION_WORDS and u.words_aspect is None
    is_other = service in u.offered or u.remembered_service not in (None, service)
    if is_bare and is_other and (same := _same_aspect(u)):
        return same
    return _available(u, service, knowledge) or u.asked_aspect or Aspect.PROCEDURE


def _same_aspect(u: Understanding) -> Aspect | None:
    return Aspect(u.remembered_aspect) if u.remembered_aspect in set(Aspect) else None


def _available(u: Understanding, service: str, knowledge: Knowledge) -> Aspect | None:
    """The asked aspect, or where the entry has no text for it, the next likely one for which it has."""
    answers = knowledge.services[service].answers
    if u.asked_aspect is None or u.asked_aspect in answers or u.asked_aspect in OFFICE_ASPECTS:
        return u.asked_aspect
    likely = [aspect for name, score in u.intents if score >= WORTH_TRYING and (aspect := to_aspect(name)) in answers]
    other_time = KINDRED.get(u.asked_aspect)
    return likely[0] if likely else other_time if other_time in answers else u.asked_aspect


def _hours_if_a_time_is_named(u: Understanding, subject: str, knowledge: Knowledge) -> Aspect | None:
    """`Wertstoffhof Montag`: a place and a time, so its hours are meant."""
    is_a_place = subject in knowledge.offices and len(u.text.split()) <= PLACE_AND_TIME_WORDS
    return Aspect.OPENING_HOURS if is_a_place and u.names_a_time else None


def _about_named_office(u: Understanding, knowledge: Knowledge) -> Decided | None:
    """An office is named: its record answers where, when, how to reach it; the service is kept where one is plain."""
    if u.office is None or u.is_button:
        return None
    aspect = u.asked_aspect if u.asked_aspect in OFFICE_ASPECTS else _hours_if_a_time_is_named(u, u.office, knowledge)
    if aspect is None and len(u.text.split()) <= SAME_AGAIN_WORDS and u.remembered_aspect in OFFICE_ASPECTS:
        aspect = Aspect(u.remembered_aspect)  # `und das Bürgerbüro?`
    service = u.best[0] if u.best[0] in knowledge.services and u.best[1] >= SURE else None
    is_plain = u.intent != "out_of_scope" or u.names_a_time or (aspect is not None and u.remembered_office is not None)
    if aspect is not None and is_plain and (service is None or knowledge.is_general(service)):
        return Answer(aspect, service=service, office=u.office)
    is_bare = len(u.text.split()) <= BARE_NAME_WORDS and u.intent != "out_of_scope"
    if service is None and is_bare and u.best[1] < PLAINLY_NAMED:
        return Answer(Aspect.RESPONSIBILITY, office=u.office)
    return None


def _about_office(u: Understanding, knowledge: Knowledge) -> Decided | None:
    asked = u.asked_aspect
    if not (u.names_none and _is_short(u)):
        return None
    if not u.asks_for_aspect:
        return None
    if asked is Aspect.OPENING_HOURS:
        return Answer(asked, office=u.remembered_office or knowledge.general_office.id)
    if asked in (Aspect.LOCATION, Aspect.CONTACT, Aspect.APPOINTMENT) and u.remembered_office:
        return Answer(asked, office=u.remembered_office)
    return None


def _at_another_time(u: Understanding) -> Decided | None:
    """A mere time after a question about hours: `und am Sonntag?`"""
    is_about_hours = u.remembered_aspect == Aspect.OPENING_HOURS and u.remembered_office is not None
    if not (is_about_hours and u.names_a_time and u.names_none and _is_short(u)):
        return None
    return Answer(Aspect.OPENING_HOURS, service=u.remembered_service, office=u.remembered_office)


def _unclear(u: Understanding, knowledge: Knowledge) -> Decided:
    if (options := _worth_offering(u, knowledge)) and not _is_rather_an_act(u):
        return Clarify(options, (u.asked_aspect or Aspect.PROCEDURE).intent)
    if u.intent == "out_of_scope" and u.intent_confidence >= SURE_OUT_OF_SCOPE:
        return Say("utter_out_of_scope")
    if u.asks_for_aspect and _is_short(u) and u.names_none:
        return Say("utter_which_service")
    if u.failures + 1 >= FAILURES_UNTIL_HANDOFF:
        return HandOff("bot_failed")
    return Say("utter_no_answer", failed=True)


def _worth_offering(u: Understanding, knowledge: Knowledge) -> tuple[str, ...]:
    """Two to four services that the message may be about; none where it is likelier about something else."""
    known = [(service, score) for service, score in u.candidates if service in knowledge.services]
    others = max([score for subject, score in u.ranking if not subject or ":" in subject], default=0.0)
    if not known or known[0][1] < DOUBTFUL_BUT_OFFERED or others >= SURE_OUT_OF_SCOPE:
        return ()
    likely = [service for service, score in known if score >= WORTH_OFFERING]
    return tuple(likely if len(likely) >= LEAST_OPTIONS else [service for service, _ in known[:LEAST_OPTIONS]])[
        :MOST_OPTIONS
    ]


def _is_short(u: Understanding) -> bool:
    return len(u.text.split()) <= SHORT_WORDS
