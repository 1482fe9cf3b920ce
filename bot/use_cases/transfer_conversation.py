"""A conversation goes to another office or to a colleague."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.conversations import Conversation
from bot.domain.handoffs import Note, Result
from bot.domain.messages import clean_text
from bot.domain.offices import Office
from bot.domain.services import in_language
from bot.domain.staff import StaffMember
from bot.errors import InvalidTransition, NotAllowed
from bot.knowledge.knowledge import Knowledge
from bot.ports import Clock, Promise, Responses, Storage, UnitOfWork
from bot.use_cases.assign_conversation import get_member
from bot.use_cases.claim_conversation import hold
from bot.use_cases.hand_off import Handoff, open_ticket
from bot.use_cases.handoff_records import begin_record, end_record
from bot.use_cases.say_to_citizen import say_to_citizen
from bot.use_cases.ticket_question import find_question

TRANSFERRED = "utter_transferred"
BECOMES_TICKET = "utter_transferred_becomes_ticket"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a conversation goes: one of both is given."""

    office_id: str | None = None
    staff_id: int | None = None


async def transfer_conversation(
    conversation_id: str,
    *,
    staff: StaffMember,
    to: Destination,
    note: str | None,
    storage: Storage,
    responses: Responses,
    knowledge: Knowledge,
    promise: Promise,
    now: Clock,
) -> None:
    """Into the queue of an office that is open, onto the desk of one that is closed as a ticket, or to a colleague.

    The citizen reads where it went and is asked nothing twice. Raises ConversationNotFound, NotFound, NotAllowed for all
    but the holder and leads, InvalidTransition for what no person has, a colleague who is not there, or an office that
    never opens.
    """
    if (to.office_id is None) == (to.staff_id is None):
        raise InvalidTransition("an office or a colleague, one of both")
    cleaned = clean_text(note) if note and note.strip() else None
    step = _Transfer(staff, responses, knowledge, promise, now())
    async with storage.begin() as unit:
        conversation = await unit.get_conversation(conversation_id)
        step.check_may(conversation)
        if cleaned is not None:
            await unit.add_note(Note(conversation_id, staff.id, staff.display_name, cleaned, step.at))
        if to.staff_id is not None:
            await step.to_colleague(unit, conversation, to.staff_id)
        else:
            await step.to_office(unit, conversation, knowledge.get_office(to.office_id or ""))
        await unit.save_conversation(conversation)
        await unit.commit()


@dataclass(frozen=True, slots=True)
class _Transfer:
    staff: StaffMember
    responses: Responses
    knowledge: Knowledge
    promise: Promise
    at: datetime

    def check_may(self, conversation: Conversation) -> None:
        if not conversation.is_with_people:
            raise InvalidTransition("no person has it")
        if conversation.assignee_id != self.staff.id and not self.staff.role.leads:
            raise NotAllowed("only the person who holds the conversation or a lead may do this")

    async def to_colleague(self, unit: UnitOfWork, conversation: Conversation, staff_id: int) -> None:
        member = await get_member(unit, staff_id)
        if conversation.is_held and conversation.assignee_id == member.id:
            return
        if not member.is_available(self.at):
            raise InvalidTransition("the colleague is not there now")
        if conversation.assignee_id is not None:
            conversation.release(at=self.at)
        await hold(unit, conversation, member, responses=self.responses, at=self.at)

    async def to_office(self, unit: UnitOfWork, conversation: Conversation, office: Office) -> None:
        _check_opens(office, self.at)
        await self._move_ticket(unit, conversation, office)
        if conversation.assignee_id is not None:
            conversation.release(at=self.at)
        conversation.move_to(office.id, service_id=self.knowledge.keep_if_competent(conversation.service_id, office))
        if office.opening_hours.is_open(self.at):
            await self._queue(unit, conversation, office)
        else:
            await self._ticket(unit, conversation, office)

    async def _move_ticket(self, unit: UnitOfWork, conversation: Conversation, office: Office) -> None:
        """What the office before had promised goes along; where the new one has promised something itself, that counts."""
        tickets = {each.office_id: each for each in await unit.list_open_tickets(conversation.id)}
        ticket = tickets.get(conversation.office_id or "")
        if ticket is None or ticket.office_id == office.id:
            return
        if office.id in tickets:
            await unit.close_ticket(ticket.number, at=self.at)
            return
        handoff = Handoff(ticket.reason, office, ticket.service_id, ticket.question)
        due_at = ticket.due_at if handoff.is_live(self.at) else handoff.due_at(self.at)
        service_id = self.knowledge.keep_if_competent(ticket.service_id, office)
        await unit.move_ticket(ticket.number, office_id=office.id, service_id=service_id, due_at=due_at)

    async def _queue(self, unit: UnitOfWork, conversation: Conversation, office: Office) -> None:
        conversation.waiting_since = self.at
        await end_record(unit, conversation.id, Result.FORWARDED, at=self.at)
        await begin_record(unit, conversation, office_id=office.id, at=self.at)
        name = in_language(office.name, conversation.language)
        await say_to_citizen(unit, conversation, TRANSFERRED, responses=self.responses, at=self.at, office=name)

    async def _ticket(self, unit: UnitOfWork, conversation: Conversation, office: Office) -> None:
        reason = conversation.handoff_reason or "citizen_asked"
        words = await find_question(unit, conversation)
        service_id = conversation.service_id
        conversation.return_to_bot()
        await end_record(unit, conversation.id, Result.BECAME_TICKET, at=self.at)
        await open_ticket(
            Handoff(reason, office, service_id, words), conversation, BECOMES_TICKET, added=BECOMES_TICKET,
            unit=unit, responses=self.responses, promise=self.promise, at=self.at,
        )  # fmt: skip


def _check_opens(office: Office, at: datetime) -> None:
    """Raise InvalidTransition for an office where nobody would ever answer."""
    try:
        office.opening_hours.add_open_time(at, office.reply_within)
    except LookupError as e:
        raise InvalidTransition("the office never opens") from e
