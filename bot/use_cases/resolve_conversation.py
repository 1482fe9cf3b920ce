"""A staff member has answered everything."""

from bot.domain.conversations import Conversation
from bot.domain.staff import StaffMember
from bot.ports import Clock, Responses, Storage
from bot.use_cases.end_handoff import end_handoff


async def resolve_conversation(
    conversation_id: str, *, staff: StaffMember, storage: Storage, responses: Responses, now: Clock
) -> None:
    """End the conversation and its tickets, and tell the citizen; raises ConversationNotFound, InvalidTransition."""
    await end_handoff(
        conversation_id,
        Conversation.resolve,
        "utter_staff_resolved",
        staff=staff,
        storage=storage,
        responses=responses,
        now=now,
    )
