"""Runs one turn through Rasa without keeping anything: dialogue state in, replies and new state out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from rasa.core.actions.action import Action, RemoteAction
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SessionStarted, SlotSet, deserialise_events
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa_sdk.executor import ActionExecutor

from bot.engine.meanings import Meaning, Meanings
from bot.engine.question_parts import find_questions
from bot.knowledge.aspects import AspectWords

State = dict[str, Any]
NOTHING_PARSED = {"text": "", "intent": {"name": None, "confidence": 0.0}, "entities": []}


class TurnOutput(OutputChannel):
    """Collects what is uttered in one turn, and the first error, which Rasa itself would swallow."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.error: Exception | None = None

    @classmethod
    def name(cls) -> str:
        """Name of the channel in Rasa's terms."""
        return "rathausbote"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep the message whole: text, buttons and custom data together."""
        self.messages.append(message)


def to_events(events: list[dict[str, Any]]) -> list[Event]:
    """Events of an action as Rasa's own; slots are made here, because Rasa's reader takes a millisecond for each."""
    others = [event for event in events if event["event"] != "slot"]
    slots = [SlotSet(event["name"], event.get("value")) for event in events if event["event"] == "slot"]
    return [*slots, *deserialise_events(others)]


class LocalAction(RemoteAction):
    """Executes a custom action in this process instead of asking an action server."""

    def __init__(self, name: str, executor: ActionExecutor) -> None:
        super().__init__(name, action_endpoint=None)
        self._executor = executor

    async def run(
        self, output_channel: OutputChannel, nlg: NaturalLanguageGenerator, tracker: DialogueStateTracker, domain: Domain
    ) -> list[Event]:
        """Run the action; an error is kept on the channel, because Rasa would go on in silence."""
        call = {"next_action": self.name(), "tracker": tracker.current_state(EventVerbosity.NONE), "domain": {}}
        try:
            result = await self._executor.run(call)
            assert result is not None
            uttered = await self._utter_responses(result["responses"], output_channel, nlg, tracker)
        except Exception as e:
            if isinstance(output_channel, TurnOutput):
                output_channel.error = e
            raise
        return [*uttered, *to_events(result["events"])]


class StatelessProcessor(MessageProcessor):
    """A MessageProcessor whose trackers live for one turn only."""

    def __init__(
        self,
        model_path: str,
        generator: NaturalLanguageGenerator,
        executor: ActionExecutor,
        service_names: Mapping[str, str],
        aspect_words: AspectWords,
    ) -> None:
        super().__init__(model_path, InMemoryTrackerStore(Domain.empty()), InMemoryLockStore(), generator)
        self._executor = executor
        self._service_names = service_names
        self._aspect_words = aspect_words
        self._meanings = Meanings(self._parse_texts)

    def predict_next_with_tracker_if_should(self, tracker: DialogueStateTracker) -> tuple[Action, PolicyPrediction]:
        """Predict as always, but run custom actions here."""
        action, prediction = super().predict_next_with_tracker_if_should(tracker)
        if isinstance(action, RemoteAction):
            action = LocalAction(action.name(), self._executor)
        return action, prediction

    def _parse_message_with_graph(
        self, message: UserMessage, tracker: DialogueStateTracker, only_output_properties: bool = True
    ) -> dict[str, Any]:
        """Parse the text, and in one run with it the same text in other cuts, unless they are known.

        `parts` holds what each part of a message with several questions means alone, `in_context` what the text means
        behind the name of the service that the dialogue is about.
        """
        text = message.text or ""
        if text.startswith("/"):
            return cast("dict[str, Any]", super()._parse_message_with_graph(message, tracker, only_output_properties))
        about = self._service_names.get(tracker.get_slot("current_service") or "")
        parts = find_questions(text, self._aspect_words)
        meaning, *others = self._meanings.find([text, *parts, *([f"{about}: {text}"] if about else [])])
        return {
            **NOTHING_PARSED,
            **meaning,
            "parts": others[: len(parts)],
            "in_context": others[-1] if about else None,
        }

    def _parse_texts(self, texts: list[str]) -> list[Meaning]:
        target = self.model_metadata.nlu_target
        inputs = {PLACEHOLDER_MESSAGE: [UserMessage(text) for text in texts], PLACEHOLDER_TRACKER: None}
        parsed = self.graph_runner.run(inputs=inputs, targets=[target])[target]
        return [each.as_dict(only_output_properties=True) for each in parsed]

    async def parse(self, text: str, slots: State) -> dict[str, Any]:
        """Only understand a message in a dialogue that has these slots."""
        return dict(await self.parse_message(UserMessage(text), self._tracker("nobody", slots)))

    async def run_turn(
        self, text: str, *, sender_id: str, slots: State, metadata: dict[str, Any]
    ) -> tuple[TurnOutput, DialogueStateTracker]:
        """Answer one message in a dialogue that has these slots."""
        output = TurnOutput()
        tracker = self._tracker(sender_id, slots)
        message = UserMessage(text, output, sender_id, input_channel=output.name(), metadata=metadata)
        await self._handle_message_with_tracker(message, tracker)
        tracker = await self.run_action_extract_slots(output, tracker)
        await self._run_prediction_loop(output, tracker)
        return output, tracker

    def _tracker(self, sender_id: str, slots: State) -> DialogueStateTracker:
        known = {name: value for name, value in slots.items() if name in {slot.name for slot in self.domain.slots}}
        events = [
            ActionExecuted(ACTION_SESSION_START_NAME),
            SessionStarted(),
            *(SlotSet(name, value) for name, value in known.items()),
            ActionExecuted(ACTION_LISTEN_NAME),
        ]
        return DialogueStateTracker.from_events(sender_id, events, self.domain.slots, domain=self.domain)
