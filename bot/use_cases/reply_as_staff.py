"""A staff member answers a citizen."""

from bot.domain.messages import Author, Message, Reply, clean_text
from bot.domain.staff import StaffMember
from bot.ports import Clock, Storage
from bot.use_cases.handoff_records import change_record


async def reply_as_staff(
    conversation_id: str, text: str, *, staff: StaffMember, client_message_id: str, storage: Storage, now: Clock
) -> Message:
    """Send the text in the citizen's chat; the same `client_message_id` again gives the message that was sent.

    Raises ConversationNotFound, MessageEmpty, MessageTooLong, and InvalidTransition for all but the holder.
    """
    cleaned = clean_text(text)
    source_id = f"console:{conversation_id}:{staff.id}:{client_message_id}"
    async with storage.begin() as unit:
        conversation = await unit.get_conversation(conversation_id)
        sent = await unit.find_by_source(conversation.channel, source_id)
        if sent is not None:
            return sent
        conversation.check_held_by(staff.id)
        message = await unit.add_outgoing(
            conversation,
            Reply(cleaned),
            author=Author.STAFF,
            at=now(),
            author_name=staff.display_name,
            source_id=source_id,
            meta={"language": conversation.language},
        )
        await change_record(unit, conversation_id, lambda record: record.reply(at=message.created_at))
        await unit.commit()
    return message
