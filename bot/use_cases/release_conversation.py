"""A staff member gives a conversation back to the team."""

from bot.domain.staff import StaffMember
from bot.errors import InvalidTransition
from bot.knowledge.knowledge import Knowledge
from bot.ports import Clock, Promise, Responses, Storage
from bot.use_cases.expiry import Expiry


async def release_conversation(
    conversation_id: str,
    *,
    staff: StaffMember,
    storage: Storage,
    responses: Responses,
    knowledge: Knowledge,
    promise: Promise,
    now: Clock,
) -> None:
    """Let the next colleague take it, or where the office is closed, make it a ticket at once.

    Raises ConversationNotFound, and InvalidTransition for all but the holder.
    """
    expiry = Expiry(storage, responses, knowledge, promise, now())
    async with storage.begin() as unit:
        conversation = await unit.get_conversation(conversation_id)
        if conversation.assignee_id != staff.id:
            raise InvalidTransition("only the person who holds the conversation may do this")
        await expiry.to_team(unit, conversation)
        await unit.commit()
