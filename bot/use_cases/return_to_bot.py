"""A staff member gives a conversation back to the bot."""

from bot.domain.handoffs import StaffMember
from bot.domain.messages import Author
from bot.ports import Clock, Responses, Storage


async def return_to_bot(
    conversation_id: str, *, staff: StaffMember, storage: Storage, responses: Responses, now: Clock
) -> None:
    """Let the bot answer again, close the ticket, and tell the citizen; raises ConversationNotFound, InvalidTransition."""
    async with storage.begin() as unit:
        conversation = await unit.get_conversation(conversation_id)
        conversation.check_held_by(staff.id)
        conversation.return_to_bot()
        await unit.save_conversation(conversation)
        ticket = await unit.find_open_ticket(conversation_id)
        if ticket is not None:
            await unit.close_ticket(ticket.number, at=now())
        reply = responses.reply("utter_returned_to_bot", conversation.language)
        await unit.add_outgoing(conversation, reply, author=Author.SYSTEM, at=now())
        await unit.commit()
