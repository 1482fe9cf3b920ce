"""A staff member gives a conversation back to the queue of the team."""

from bot.domain.staff import StaffMember
from bot.errors import InvalidTransition
from bot.ports import Clock, Responses, Storage
from bot.use_cases.say_to_citizen import say_to_citizen

BACK_IN_QUEUE = "utter_back_in_queue"


async def release_conversation(
    conversation_id: str, *, staff: StaffMember, storage: Storage, responses: Responses, now: Clock
) -> None:
    """Let the next colleague take it; raises ConversationNotFound, and InvalidTransition for all but the holder."""
    at = now()
    async with storage.begin() as unit:
        conversation = await unit.get_conversation(conversation_id)
        if conversation.assignee_id != staff.id:
            raise InvalidTransition("only the person who holds the conversation may do this")
        conversation.release(at=at)
        await unit.save_conversation(conversation)
        await say_to_citizen(unit, conversation, BACK_IN_QUEUE, responses=responses, at=at)
        await unit.commit()
