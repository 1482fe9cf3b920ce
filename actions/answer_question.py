"""The action behind every question about a service or an office."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.context import answers
from actions.decision import Answer, Clarify, HandOff, Say, decide
from actions.understanding import Understanding, understand
from bot.domain.messages import Reply
from bot.domain.services import in_language
from bot.knowledge.answers import Question


class ActionAnswerQuestion(Action):
    """Looks up the answer, or asks back, or says honestly that there is none."""

    def name(self) -> str:
        """The name in domain.yml."""
        return "action_answer_question"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        """Decide, utter, and remember what the conversation is about."""
        understanding = understand(tracker, answers().aspects)
        decided = decide(understanding, answers().knowledge)
        match decided:
            case Answer():
                return _answer(dispatcher, understanding, decided)
            case Clarify():
                return _clarify(dispatcher, understanding, decided)
            case HandOff():
                dispatcher.utter_message(json_message={"decision": "handoff", "handoff_reason": decided.reason})
                return [SlotSet("failures", 0), SlotSet("pending", None)]
            case Say():
                return _say(dispatcher, understanding, decided)


def _answer(dispatcher: CollectingDispatcher, u: Understanding, decided: Answer) -> list[EventType]:
    knowledge = answers().knowledge
    service = knowledge.find_service(decided.service)
    office = knowledge.competent_office(decided.service, decided.office)
    text = "" if u.is_button else u.text
    question = Question(decided.aspect, u.language, u.now, service, None if service else office, text)
    utter(
        dispatcher,
        answers().reply(question),
        decision="answer",
        service=decided.service,
        office=office.id,
        aspect=decided.aspect.value,
    )
    return [
        SlotSet("current_service", knowledge.still_about(u.remembered_service, decided.service, office)),
        SlotSet("current_office", office.id),
        SlotSet("current_aspect", decided.aspect.value),
        SlotSet("pending", None),
        SlotSet("failures", 0),
    ]


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
    return [SlotSet("pending", f"service:{first}" if not others else None)]


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
