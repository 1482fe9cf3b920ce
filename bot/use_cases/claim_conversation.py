"""A staff member takes a conversation over."""

from datetime import datetime

from bot.domain.conversations import Conversation
from bot.domain.staff import StaffMember
from bot.errors import InvalidTransition, NotAllowed
from bot.ports import Clock, Responses, Storage, UnitOfWork
from bot.use_cases.handoff_records import begin_record, change_record
from bot.use_cases.say_to_citizen import say_to_citizen

NO_OFFICE = ""


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
    Raises ConversationNotFound, NotAllowed, and InvalidTransition where somebody else holds it.
    """
    check_answers_citizens(staff)
    async with storage.begin() as unit:
        conversation = await unit.get_conversation(conversation_id)
        if conversation.is_held and conversation.assignee_id == staff.id:
            return
        if instead_of is not None:
            if conversation.assignee_id != instead_of:
                raise InvalidTransition("the colleague does not hold it any more")
            conversation.release(at=now())
        await hold(unit, conversation, staff, responses=responses, at=now())
        await unit.commit()


def check_answers_citizens(staff: StaffMember) -> None:
    """Raise NotAllowed for a role that does not talk to citizens."""
    if not staff.role.answers_citizens:
        raise NotAllowed("this role does not answer citizens")


async def hold(
    unit: UnitOfWork, conversation: Conversation, staff: StaffMember, *, responses: Responses, at: datetime
) -> None:
    """The member has it from now on, the record knows, and the citizen reads who it is; the caller commits."""
    conversation.claim(staff_id=staff.id, staff_name=staff.display_name, at=at)
    await unit.save_conversation(conversation)
    await begin_record(unit, conversation, office_id=await _office_of(unit, conversation), at=at)
    await change_record(unit, conversation.id, lambda record: record.claim(staff_id=staff.id, at=at))
    await say_to_citizen(unit, conversation, "utter_staff_joined", responses=responses, at=at, name=staff.display_name)


async def _office_of(unit: UnitOfWork, conversation: Conversation) -> str:
    ticket = await unit.find_open_ticket(conversation.id)
    return conversation.office_id or (ticket.office_id if ticket else NO_OFFICE)
