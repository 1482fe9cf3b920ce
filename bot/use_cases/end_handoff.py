"""The end of a handoff, alike whether the conversation is resolved or goes back to the bot."""

from collections.abc import Callable

from bot.domain.conversations import Conversation
from bot.domain.messages import Author
from bot.domain.staff import StaffMember
from bot.ports import Clock, Responses, Storage


async def end_handoff(
    conversation_id: str,
    step: Callable[[Conversation], None],
    response: str,
    *,
    staff: StaffMember,
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
        reply = responses.reply(response, conversation.language, name=staff.display_name)
        await unit.add_outgoing(conversation, reply, author=Author.SYSTEM, at=at, meta={"language": conversation.language})
        await unit.commit()
