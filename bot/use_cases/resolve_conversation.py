"""A staff member has answered everything."""

from bot.domain.conversations import Conversation
from bot.domain.handoffs import Result
from bot.domain.staff import StaffMember
from bot.ports import Clock, Responses, Storage
from bot.use_cases.end_handoff import end_handoff

HELPED = (Result.ANSWERED, Result.FORWARDED)


async def resolve_conversation(
    conversation_id: str,
    *,
    staff: StaffMember,
    result: Result = Result.ANSWERED,
    storage: Storage,
    responses: Responses,
    now: Clock,
) -> None:
    """End the conversation and its tickets and tell the citizen, who is asked whether it helped, if it may have.

    Raises ConversationNotFound, InvalidTransition.
    """
    asks = ("utter_ask_rating",) if result in HELPED else ()
    await end_handoff(
        conversation_id,
        Conversation.resolve,
        ("utter_staff_resolved", *asks),
        staff=staff,
        result=result,
        storage=storage,
        responses=responses,
        now=now,
    )
