"""A staff member takes a conversation over."""

from bot.domain.conversations import Conversation
from bot.domain.messages import Author
from bot.domain.staff import StaffMember
from bot.errors import InvalidTransition
from bot.ports import Clock, Responses, Storage


async def claim_conversation(
    conversation_id: str,
    *,
    staff: StaffMember,
    storage: Storage,
    responses: Responses,
    now: Clock,
    instead_of: int | None = None,
) -> None:
    """Let the member answer from now on and tell the citizen who it is; claiming what one holds changes nothing.

    `instead_of` is the id of the colleague from whom it is taken knowingly, because they are not there any more.
    Raises ConversationNotFound, and InvalidTransition where somebody else holds it.
    """
    async with storage.begin() as unit:
        conversation = await unit.get_conversation(conversation_id)
        if conversation.is_held and conversation.assignee_id == staff.id:
            return
        if instead_of is not None:
            _release(conversation, instead_of)
        at = now()
        conversation.claim(staff_id=staff.id, staff_name=staff.display_name, at=at)
        await unit.save_conversation(conversation)
        reply = responses.reply("utter_staff_joined", conversation.language, name=staff.display_name)
        await unit.add_outgoing(conversation, reply, author=Author.SYSTEM, at=at, meta={"language": conversation.language})
        await unit.commit()


def _release(conversation: Conversation, holder_id: int) -> None:
    if not conversation.is_held or conversation.assignee_id != holder_id:
        raise InvalidTransition("the colleague does not hold it any more")
    reason, office_id, service_id = conversation.handoff_reason, conversation.office_id, conversation.service_id
    conversation.return_to_bot()
    if reason is not None and office_id is not None:
        conversation.note_handoff(reason=reason, office_id=office_id, service_id=service_id)
