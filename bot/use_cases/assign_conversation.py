"""A lead gives a conversation to a member of the staff."""

from bot.domain.staff import StaffMember
from bot.errors import NotAllowed, NotFound
from bot.ports import Clock, Responses, Storage, UnitOfWork
from bot.use_cases.claim_conversation import check_answers_citizens, hold


async def assign_conversation(
    conversation_id: str, *, lead: StaffMember, staff_id: int, storage: Storage, responses: Responses, now: Clock
) -> None:
    """Let the member answer, whoever held it before; giving it to its holder changes nothing.

    Raises NotAllowed where the role does not lead or the member may not answer, ConversationNotFound, NotFound.
    """
    if not lead.role.leads:
        raise NotAllowed("only a lead assigns conversations")
    at = now()
    async with storage.begin() as unit:
        conversation = await unit.get_conversation(conversation_id)
        member = await get_member(unit, staff_id)
        if conversation.is_held and conversation.assignee_id == member.id:
            return
        if conversation.is_with_people and conversation.assignee_id is not None:
            conversation.release(at=at)
        await hold(unit, conversation, member, responses=responses, at=at)
        await unit.commit()


async def get_member(unit: UnitOfWork, staff_id: int) -> StaffMember:
    """An active member who answers citizens; raises NotFound, NotAllowed."""
    member = next((each for each in await unit.list_staff() if each.id == staff_id and each.is_active), None)
    if member is None:
        raise NotFound("no active staff member with this id")
    check_answers_citizens(member)
    return member
