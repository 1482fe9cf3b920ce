"""The end of a handoff, alike whether the conversation is resolved or goes back to the bot."""

from collections.abc import Callable

from bot.domain.conversations import Conversation
from bot.domain.handoffs import Result
from bot.domain.staff import StaffMember
from bot.ports import Clock, Responses, Storage
from bot.use_cases.handoff_records import end_record
from bot.use_cases.say_to_citizen import say_to_citizen


async def end_handoff(
    conversation_id: str,
    step: Callable[[Conversation], None],
    sentences: tuple[str, ...],
    *,
    staff: StaffMember,
    result: Result,
    storage: Storage,
    responses: Responses,
    now: Clock,
) -> None:
    """Let the holder take the step, close every open ticket and tell the citizen, who reads the name where it is asked for.

    Raises ConversationNotFound, and InvalidTransition for all but the holder.
    """
    at = now()
    async with storage.begin() as unit:
        conversation = await unit.get_conversation(conversation_id)
        conversation.check_held_by(staff.id)
        step(conversation)
        await unit.save_conversation(conversation)
        for ticket in await unit.list_open_tickets(conversation_id):
            await unit.close_ticket(ticket.number, at=at)
        await end_record(unit, conversation_id, result, at=at)
        for sentence in sentences:
            await say_to_citizen(unit, conversation, sentence, responses=responses, at=at, name=staff.display_name)
        await unit.commit()
