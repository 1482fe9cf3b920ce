"""Handoffs: tickets and the list from which staff members work."""

from datetime import datetime

from sqlalchemy import Select, func, insert, select, union, update

from bot.domain.conversations import Conversation
from bot.domain.handoffs import Ticket
from bot.domain.messages import Author
from bot.errors import NotFound
from bot.ports import HeldConversation, QueueEntry
from bot.storage.base import Part
from bot.storage.conversations import columns
from bot.storage.rows import TICKET_FIELDS, to_conversation, to_ticket
from bot.storage.tables import conversations, is_open, is_snoozed, is_unanswered, messages, staff, ticket_numbers, tickets

_ticket_columns = [tickets.c[name] for name in TICKET_FIELDS]
_TICKET_AT = len(columns)
_TICKET_END = _TICKET_AT + len(TICKET_FIELDS)
_due_first = (tickets.c.due_at, tickets.c.created_at, tickets.c.number)


class Handoffs(Part):
    """The part of the unit of work about tickets and the queue."""

    async def add_ticket(self, ticket: Ticket) -> None:
        """Store a new one, its number from `next_ticket_number`."""
        await self._execute(insert(tickets).values({name: getattr(ticket, name) for name in TICKET_FIELDS}))
        self._touch(ticket.conversation_id)

    async def next_ticket_number(self, *, at: datetime) -> str:
        """The year of `at` (in its own zone) and a running number, e.g. 2026-0042; waits for a transaction that took one."""
        statement = self._insert(ticket_numbers).values(year=at.year, last_number=1)
        counted = statement.on_conflict_do_update(
            index_elements=["year"], set_={"last_number": ticket_numbers.c.last_number + 1}
        ).returning(ticket_numbers.c.last_number)
        number: int = (await self._execute(counted)).scalar_one()
        return f"{at.year}-{number:04}"

    async def find_open_ticket(self, conversation_id: str) -> Ticket | None:
        """The open ticket of the conversation that was opened last, or None."""
        found = await self.list_open_tickets(conversation_id)
        return max(found, key=lambda ticket: (ticket.created_at, ticket.number), default=None)

    async def list_open_tickets(self, conversation_id: str) -> list[Ticket]:
        """The open tickets of the conversation, the one that is due first at the beginning."""
        here = (tickets.c.conversation_id == conversation_id) & is_unanswered
        rows = await self._execute(select(*_ticket_columns).where(here).order_by(*_due_first))
        return [to_ticket(row) for row in rows]

    async def close_ticket(self, number: str, *, at: datetime) -> None:
        """Close it; one that is closed stays as it is; raises NotFound."""
        touched = (
            await self._execute(select(tickets.c.conversation_id).where(tickets.c.number == number))
        ).scalar_one_or_none()
        if touched is None:
            raise NotFound("no ticket with this number")
        here = (tickets.c.number == number) & is_unanswered
        if (await self._execute(update(tickets).where(here).values(closed_at=at))).rowcount:
            self._touch(touched)

    async def find_ticket(self, number: str) -> Ticket | None:
        """The ticket with this number, open or closed."""
        row = (await self._execute(select(*_ticket_columns).where(tickets.c.number == number))).one_or_none()
        return to_ticket(row) if row else None

    async def list_tickets_due(self, before: datetime) -> list[Ticket]:
        """Open tickets that are due before this moment and were not escalated, the first due first."""
        here = (is_unanswered, tickets.c.escalated_at.is_(None), tickets.c.due_at <= before)
        rows = await self._execute(select(*_ticket_columns).where(*here).order_by(tickets.c.due_at))
        return [to_ticket(row) for row in rows]

    async def escalate_ticket(self, number: str, *, at: datetime) -> None:
        """Note that its team was told; raises NotFound."""
        statement = update(tickets).where(tickets.c.number == number).values(escalated_at=at)
        touched = (await self._execute(statement.returning(tickets.c.conversation_id))).scalar_one_or_none()
        if touched is None:
            raise NotFound("no ticket with this number")
        self._touch(touched)

    async def list_unannounced_tickets(self) -> list[Ticket]:
        """Open tickets of which the team was not told, the oldest first."""
        here = (is_unanswered, tickets.c.announced_at.is_(None))
        rows = await self._execute(select(*_ticket_columns).where(*here).order_by(tickets.c.created_at))
        return [to_ticket(row) for row in rows]

    async def note_announced(self, number: str, *, at: datetime) -> None:
        """The team was told; raises NotFound."""
        statement = update(tickets).where(tickets.c.number == number).values(announced_at=at)
        if (await self._execute(statement)).rowcount == 0:
            raise NotFound("no ticket with this number")

    async def move_ticket(self, number: str, *, office_id: str, service_id: str | None, due_at: datetime) -> None:
        """Another office answers it, whose team was told nothing yet; raises NotFound."""
        statement = update(tickets).where(tickets.c.number == number)
        statement = statement.values(
            office_id=office_id, service_id=service_id, due_at=due_at, announced_at=None, escalated_at=None
        )
        touched = (await self._execute(statement.returning(tickets.c.conversation_id))).scalar_one_or_none()
        if touched is None:
            raise NotFound("no ticket with this number")
        self._touch(touched)

    async def list_queue(self) -> list[QueueEntry]:
        """Waiting conversations by time, then held and snoozed ones, then those with a ticket by due time, older tickets first.

        `last_text` is what the citizen said last, `unread` counts the citizen's messages since a person last answered.
        """
        entries: dict[str, QueueEntry] = {}
        for row in await self._execute(_queue()):
            ticket = to_ticket(row[_TICKET_AT:_TICKET_END]) if row[_TICKET_AT] is not None else None
            entries.setdefault(row.id, QueueEntry(to_conversation(row), ticket, row.last_text or "", row.unread))
        return sorted(entries.values(), key=_queue_order)

    async def list_waiting_since(self, before: datetime) -> list[Conversation]:
        """Conversations nobody has claimed since `before`, longest wait first."""
        waiting = (is_open, conversations.c.assignee_id.is_(None), conversations.c.waiting_since <= before)
        rows = await self._execute(select(*columns).where(*waiting).order_by(conversations.c.waiting_since))
        return [to_conversation(row) for row in rows]

    async def list_snoozed_until(self, before: datetime) -> list[Conversation]:
        """Snoozed conversations whose time has come."""
        due = (is_snoozed, conversations.c.snoozed_until <= before)
        rows = await self._execute(select(*columns).where(*due).order_by(conversations.c.snoozed_until))
        return [to_conversation(row) for row in rows]

    async def list_held(self, conversation_id: str | None = None) -> list[HeldConversation]:
        """Conversations that somebody holds, the one held longest first; only this one if an id is given."""
        statement = _held()
        if conversation_id is not None:
            statement = statement.where(conversations.c.id == conversation_id)
        rows = await self._execute(statement)
        return [HeldConversation(to_conversation(row), row.unanswered_since, row.is_holder_active) for row in rows]


def _held() -> Select[tuple[object, ...]]:
    said = messages.alias()
    answered = (
        select(func.coalesce(func.max(messages.c.seq), 0))
        .where(messages.c.conversation_id == said.c.conversation_id, messages.c.author == Author.STAFF.value)
        .scalar_subquery()
    )
    unanswered_since = (
        select(func.min(said.c.created_at))
        .where(said.c.conversation_id == conversations.c.id, said.c.author == Author.CITIZEN.value, said.c.seq > answered)
        .scalar_subquery()
    )
    is_holder_active = func.coalesce(staff.c.is_active, False)
    return (
        select(*columns, unanswered_since.label("unanswered_since"), is_holder_active.label("is_holder_active"))
        .outerjoin(staff, staff.c.id == conversations.c.assignee_id)
        .where(is_open, conversations.c.assignee_id.is_not(None))
        .order_by(conversations.c.held_since, conversations.c.id)
    )


def _queue() -> Select[tuple[object, ...]]:
    last_text = (
        select(messages.c.text)
        .where(messages.c.conversation_id == conversations.c.id, messages.c.author == Author.CITIZEN.value)
        .order_by(messages.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    listed = union(
        select(conversations.c.id).where(is_open),
        select(conversations.c.id).where(is_snoozed),
        select(tickets.c.conversation_id).where(is_unanswered),
    )
    return (
        select(*columns, *_ticket_columns, conversations.c.unread, last_text.label("last_text"))
        .outerjoin(tickets, (tickets.c.conversation_id == conversations.c.id) & is_unanswered)
        .where(conversations.c.id.in_(listed))
        .order_by(*_due_first)
    )


def _queue_order(entry: QueueEntry) -> tuple[int, datetime, datetime, str]:
    """Group, moment, and for what has the same moment (all tickets of one evening) who came first."""
    conversation, ticket = entry.conversation, entry.ticket
    if conversation.is_waiting:
        return 0, conversation.waiting_since or conversation.created_at, conversation.created_at, conversation.id
    if conversation.is_with_people or ticket is None:
        return 1, conversation.last_message_at or conversation.created_at, conversation.created_at, conversation.id
    return 2, ticket.due_at, ticket.created_at, ticket.number
