"""A staff member gives a conversation back to the bot."""

from bot.domain.conversations import Conversation
from bot.domain.handoffs import Result
from bot.domain.staff import StaffMember
from bot.ports import Clock, Responses, Storage
from bot.use_cases.end_handoff import end_handoff


async def return_to_bot(
    conversation_id: str, *, staff: StaffMember, storage: Storage, responses: Responses, now: Clock
) -> None:
    """Let the bot answer again, close the tickets, and tell the citizen; raises ConversationNotFound, InvalidTransition."""
    await end_handoff(
        conversation_id,
        Conversation.return_to_bot,
        ("utter_returned_to_bot",),
        staff=staff,
        result=Result.RETURNED,
        storage=storage,
        responses=responses,
        now=now,
    )
