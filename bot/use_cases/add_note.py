"""A staff member leaves a note for colleagues."""

from bot.domain.handoffs import Note
from bot.domain.messages import clean_text
from bot.domain.staff import StaffMember
from bot.ports import Clock, Storage


async def add_note(conversation_id: str, text: str, *, staff: StaffMember, storage: Storage, now: Clock) -> Note:
    """Store it; raises ConversationNotFound, MessageEmpty, MessageTooLong."""
    cleaned = clean_text(text)
    async with storage.begin() as unit:
        await unit.get_conversation(conversation_id)
        note = await unit.add_note(Note(conversation_id, staff.id, staff.display_name, cleaned, now()))
        await unit.commit()
    return note
