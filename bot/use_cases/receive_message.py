"""A citizen's message is stored, and with it decided who answers: the bot, or a person."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.conversations import Conversation, ConversationStatus
from bot.domain.handoffs import Result
from bot.domain.messages import IncomingMessage, Message, clean_text
from bot.errors import ConversationNotFound, DuplicateMessage
from bot.ports import Clock, Responses, Storage, UnitOfWork
from bot.use_cases.handoff_records import end_record
from bot.use_cases.rate_handoff import Feedback, keep_feedback, to_feedback
from bot.use_cases.say_to_citizen import say_to_citizen
from bot.use_cases.start_conversation import TELEGRAM, add_with_greeting

GREET = "/greet"
RETURN_TO_BOT = "/return_to_bot"
UNSUPPORTED = "/unsupported_message"


async def receive_message(message: IncomingMessage, *, storage: Storage, responses: Responses, now: Clock) -> Message:
    """Store the message once, however often the channel hands it in; the answer follows from the worklist.

    Raises MessageEmpty, MessageTooLong, ConversationNotFound (widget only: Telegram chats start by writing).
    """
    cleaned = replace(message, text=clean_text(message.text))
    for _ in range(2):
        try:
            return await _store(cleaned, storage, responses, now())
        except DuplicateMessage:
            async with storage.begin(read_only=True) as unit:
                stored = await unit.find_by_source(message.channel, message.source_id)
            if stored is not None:
                return stored
    raise DuplicateMessage("the same message is being stored by another process")


async def _store(message: IncomingMessage, storage: Storage, responses: Responses, at: datetime) -> Message:
    async with storage.begin() as unit:
        conversation, is_new = await _find_or_start(unit, message, responses, at)
        payload = await _payload(unit, conversation, message)
        last = await unit.find_handoff(conversation.id)
        feedback = to_feedback(last, payload, message.text if _is_typed(message) else None, at=at)
        route = _Route.of(conversation, payload, feedback, is_new=is_new)
        route.apply(conversation, at=at)
        stored = await unit.add_incoming(
            conversation,
            source_id=message.source_id,
            text=message.text,
            payload=payload,
            at=at,
            awaits_turn=route.awaits_turn,
        )
        if route.cancels_waiting:
            await end_record(unit, conversation.id, Result.CITIZEN_LEFT, at=at)
        await keep_feedback(unit, last, route.feedback)
        if route.response:
            await say_to_citizen(unit, conversation, route.response, responses=responses, at=at)
        await unit.save_conversation(conversation)
        await unit.commit()
    return stored


async def _find_or_start(
    unit: UnitOfWork, message: IncomingMessage, responses: Responses, at: datetime
) -> tuple[Conversation, bool]:
    conversation = await unit.find_by_address(message.channel, message.address)
    if conversation is not None:
        return conversation, False
    if message.channel != TELEGRAM:
        raise ConversationNotFound("no such conversation")
    conversation = Conversation(
        id=uuid.uuid4().hex,
        channel=message.channel,
        address=message.address,
        created_at=at,
        language=message.language or "de",
    )
    await add_with_greeting(unit, conversation, responses, at=at)
    return conversation, True


async def _payload(unit: UnitOfWork, conversation: Conversation, message: IncomingMessage) -> str | None:
    if message.button is not None:
        return await unit.find_button(conversation.id, message.button)
    return message.payload


def _is_typed(message: IncomingMessage) -> bool:
    return message.button is None and message.payload is None


@dataclass(frozen=True, slots=True)
class _Route:
    """Who deals with a message, and what is said at once; feedback reopens nothing and is for nobody to answer."""

    awaits_turn: bool
    response: str | None = None
    feedback: Feedback | None = None
    cancels_waiting: bool = False

    @classmethod
    def of(cls, conversation: Conversation, payload: str | None, feedback: Feedback | None, *, is_new: bool) -> "_Route":
        if not conversation.is_with_people:
            if feedback is not None:
                return cls(False, feedback.response, feedback)
            if payload == RETURN_TO_BOT:
                return cls(False, "utter_waiting_cancelled")
            return cls(awaits_turn=not (is_new and payload == GREET))
        if payload == RETURN_TO_BOT and conversation.is_waiting:
            return cls(False, "utter_waiting_cancelled", cancels_waiting=True)
        if payload == RETURN_TO_BOT:
            return cls(False, "utter_return_while_held")
        return cls(False, "utter_unsupported_message_to_staff" if payload == UNSUPPORTED else None)

    def apply(self, conversation: Conversation, *, at: datetime) -> None:
        """Change who has the conversation."""
        if conversation.status is ConversationStatus.RESOLVED and self.feedback is None:
            conversation.reopen()
        elif conversation.is_snoozed:
            conversation.wake(at=at)
        elif self.cancels_waiting:
            conversation.return_to_bot()
