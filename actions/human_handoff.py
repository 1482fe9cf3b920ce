"""The action that asks for a person; whether live or as a ticket is decided by the office's hours, outside Rasa."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.context import answers
from actions.decision import SURE, is_about_service
from actions.understanding import understand

REASONS = {"request_human": "citizen_asked", "ask_case_status": "personal_case"}


class ActionHumanHandoff(Action):
    """Signals the handoff, with the office of the service that the conversation is about."""

    def name(self) -> str:
        """The name in domain.yml."""
        return "action_human_handoff"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        """Say why and for which office; the words to the citizen follow from the hours."""
        u = understand(tracker, answers().aspects)
        if is_about_service(u):
            return [FollowupAction("action_answer_question")]
        subject, score = u.best
        named = subject if subject in answers().knowledge.services and score >= SURE else None
        service = named or (u.remembered_service if u.names_none else None)
        office = answers().knowledge.competent_office(service, u.office or u.remembered_office)
        dispatcher.utter_message(
            json_message={
                "decision": "handoff",
                "handoff_reason": REASONS.get(u.intent, "citizen_asked"),
                "service": service,
                "office": office.id,
            }
        )
        return [SlotSet("failures", 0), SlotSet("pending", None)]
