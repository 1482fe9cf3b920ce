"""The action behind every question about a service or an office."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.context import answers, places
from actions.decision import PLACE_WORDS, Answer, Both, Clarify, Decided, HandOff, Refer, Say, decide
from actions.understanding import Understanding, to_aspect, understand
from bot.domain.messages import Reply
from bot.domain.services import Aspect, in_language
from bot.domain.turns import OFFERED_SERVICES
from bot.knowledge.answers import Question

PLACE_ASKED = "place:"


class ActionAnswerQuestion(Action):
    """Looks up the answer, or asks back, or says honestly that there is none."""

    def name(self) -> str:
        """The name in domain.yml."""
        return "action_answer_question"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        """Decide, utter, and remember what the conversation is about."""
        understanding = understand(tracker, answers().aspects)
        return carry_out(dispatcher, understanding, _place_told(understanding) or decide(understanding, answers().knowledge))


def carry_out(dispatcher: CollectingDispatcher, u: Understanding, decided: Decided) -> list[EventType]:
    """Say what was decided; the slots that follow from it."""
    match decided:
        case Answer():
            return _answer(dispatcher, u, decided)
        case Both(first, second):
            _answer(dispatcher, u, first)
            return _answer(dispatcher, u, second)
        case Clarify():
            return _clarify(dispatcher, u, decided)
        case Refer():
            return _refer(dispatcher, u, decided)
        case HandOff():
            dispatcher.utter_message(json_message={"decision": "handoff", "handoff_reason": decided.reason})
            return [SlotSet("failures", 0), SlotSet("pending", None)]
        case Say():
            return _say(dispatcher, u, decided)


def _place_told(u: Understanding) -> Answer | None:
    """The bot asked for the district or street, and this message names one."""
    pending = u.pending or ""
    if not pending.startswith(PLACE_ASKED) or u.is_button or len(u.text.split()) > PLACE_WORDS:
        return None
    service, _, aspect = pending.removeprefix(PLACE_ASKED).partition("/")
    is_known = service in answers().knowledge.services and aspect in set(Aspect)
    if not is_known or places().find(u.text, asked=True) is None:
        return None
    return Answer(Aspect(aspect), service=service)


def _answer(dispatcher: CollectingDispatcher, u: Understanding, decided: Answer) -> list[EventType]:
    knowledge = answers().knowledge
    service = knowledge.find_service(decided.service)
    office = knowledge.competent_office(decided.service, decided.office)
    named = knowledge.find_office(decided.office)
    place = _place_of(u)
    question = Question(
        decided.aspect, u.language, u.now, service, named or (None if service else office),
        "" if u.is_button else u.text, place,
    )  # fmt: skip
    utter(
        dispatcher,
        answers().reply(question),
        decision="answer",
        service=decided.service,
        office=(named or office).id,
        aspect=decided.aspect.value,
    )
    if decided.alternatives:
        _offer_instead(dispatcher, u, decided)
    asks = answers().asks_for_place(question)
    about = knowledge.still_about(u.remembered_service, decided.service, office)
    return [
        SlotSet("current_service", about),
        SlotSet("current_office", (named or office).id),
        SlotSet("current_aspect", decided.aspect.value),
        SlotSet("current_place", place),
        SlotSet("pending", f"{PLACE_ASKED}{decided.service}/{decided.aspect.value}" if asks else None),
        SlotSet("failures", 0),
    ]


def _offer_instead(dispatcher: CollectingDispatcher, u: Understanding, decided: Answer) -> None:
    """A second message with the services that may be meant instead."""
    options = list(decided.alternatives)
    buttons = answers().service_buttons(options, decided.aspect.intent, u.language)
    utter(dispatcher, Reply(answers().responses.text("utter_or_else", u.language), tuple(buttons)), options=options)


def _place_of(u: Understanding) -> str | None:
    """A place that is named now, else the one told before."""
    if u.is_button:
        return u.area or u.remembered_place
    found = places().find(u.text, asked=(u.pending or "").startswith(PLACE_ASKED))
    return found.key if found else u.remembered_place


def _clarify(dispatcher: CollectingDispatcher, u: Understanding, decided: Clarify) -> list[EventType]:
    first, *others = decided.options
    key, values = "utter_clarify", {}
    if not others:
        service = answers().knowledge.services[first]
        key, values = "utter_clarify_one", {"service": in_language(service.name, u.language)}
    buttons = answers().service_buttons(list(decided.options), decided.intent, u.language)
    human = answers().responses.reply("utter_no_answer", u.language).buttons
    reply = Reply(answers().responses.text(key, u.language, **values), (*buttons, *human))
    utter(dispatcher, reply, decision="clarify", options=list(decided.options))
    aspect = to_aspect(decided.intent)
    return [
        SlotSet("pending", OFFERED_SERVICES + ",".join(decided.options)),
        SlotSet("current_aspect", aspect.value if aspect else None),
    ]


def _refer(dispatcher: CollectingDispatcher, u: Understanding, decided: Refer) -> list[EventType]:
    reply = answers().refer(decided.referral, u.language)
    utter(dispatcher, reply, decision="fallback", referral=decided.referral)
    return [SlotSet("pending", None), SlotSet("failures", 0)]


def _say(dispatcher: CollectingDispatcher, u: Understanding, decided: Say) -> list[EventType]:
    decision = "smalltalk" if decided.smalltalk else "fallback"
    dispatcher.utter_message(response=decided.response, json_message={"decision": decision})
    failures = u.failures + 1 if decided.failed else u.failures
    return [SlotSet("failures", failures), SlotSet("pending", "human" if decided.failed else None)]


def utter(dispatcher: CollectingDispatcher, reply: Reply, **meaning: object) -> None:
    """Hand a reply to Rasa; what the bot must know beyond text and buttons travels as `json_message`."""
    provenance = {
        "links": [{"title": link.title, "url": link.url} for link in reply.links],
        "source_title": reply.source_title,
        "source_url": reply.source_url,
        "reviewed_on": reply.reviewed_on.isoformat() if reply.reviewed_on else None,
    }
    dispatcher.utter_message(
        text=reply.text,
        buttons=[{"title": button.title, "payload": button.payload} for button in reply.buttons],
        json_message={**meaning, **provenance},
    )
