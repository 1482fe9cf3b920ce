"""The record of handoffs, notes among staff, who looks at a conversation and who types in it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Column, ColumnElement, Table, exists, func, insert, or_, select, update

from bot.domain.conversations import Conversation
from bot.domain.handoffs import HandoffRecord, Note
from bot.domain.messages import Author
from bot.ports import Typing
from bot.storage.base import Part
from bot.storage.conversations import columns
from bot.storage.rows import HANDOFF_FIELDS, from_handoff_record, to_conversation, to_handoff_record, to_note
from bot.storage.tables import (
    conversations,
    handoffs,
    is_open,
    is_snoozed,
    is_unanswered,
    messages,
    notes,
    staff,
    tickets,
    viewings,
)

_handoff_columns = [handoffs.c[name] for name in HANDOFF_FIELDS]


class Records(Part):
    """The part of the unit of work about what staff know of a conversation."""

    async def add_handoff(self, record: HandoffRecord) -> None:
        """Store a new one."""
        await self._execute(insert(handoffs).values(from_handoff_record(record)))
        self._touch(record.conversation_id)

    async def save_handoff(self, record: HandoffRecord) -> None:
        """Store what changed."""
        await self._execute(update(handoffs).where(handoffs.c.id == record.id).values(from_handoff_record(record)))
        self._touch(record.conversation_id)

    async def find_handoff(self, conversation_id: str) -> HandoffRecord | None:
        """The last one of the conversation, be it over or not."""
        here = handoffs.c.conversation_id == conversation_id
        last = select(*_handoff_columns).where(here).order_by(handoffs.c.id.desc()).limit(1)
        row = (await self._execute(last)).one_or_none()
        return to_handoff_record(row) if row else None

    async def list_rated_handoffs(self, conversation_id: str) -> list[HandoffRecord]:
        """Those of the conversation that the citizen rated, the latest first."""
        here = (handoffs.c.conversation_id == conversation_id) & handoffs.c.rating.is_not(None)
        rows = await self._execute(select(*_handoff_columns).where(here).order_by(handoffs.c.id.desc()))
        return [to_handoff_record(row) for row in rows]

    async def list_unannounced_waiting(self) -> list[Conversation]:
        """Conversations of which the team was not told since they came into the queue, the longest wait first."""
        is_new = handoffs.c.announced_at.is_(None) | (handoffs.c.announced_at < conversations.c.waiting_since)
        untold = handoffs.c.ended_at.is_(None) & is_new
        waiting = is_open & conversations.c.assignee_id.is_(None)
        statement = select(*columns).join(handoffs, handoffs.c.conversation_id == conversations.c.id)
        rows = await self._execute(statement.where(waiting, untold).order_by(conversations.c.waiting_since))
        return [to_conversation(row) for row in rows]

    async def note_waiting_announced(self, conversation_id: str, *, at: datetime) -> None:
        """The team was told that the citizen waits."""
        here = (handoffs.c.conversation_id == conversation_id) & handoffs.c.ended_at.is_(None)
        await self._execute(update(handoffs).where(here).values(announced_at=at))

    async def list_handoffs(self, offices: Collection[str] | None = None, *, since: datetime) -> list[HandoffRecord]:
        """Those that were requested since, the latest first; of these offices only, if any are given."""
        statement = select(*_handoff_columns).where(handoffs.c.requested_at >= since)
        if offices is not None:
            statement = statement.where(handoffs.c.office_id.in_(offices))
        rows = await self._execute(statement.order_by(handoffs.c.requested_at.desc(), handoffs.c.id.desc()))
        return [to_handoff_record(row) for row in rows]

    async def add_note(self, note: Note) -> Note:
        """Store it; gives it with its id."""
        values = {
            "conversation_id": note.conversation_id,
            "author_id": note.author_id,
            "author_name": note.author_name,
            "text": note.text,
            "created_at": note.created_at,
        }
        row = (await self._execute(insert(notes).values(values).returning(notes))).one()
        self._touch(note.conversation_id)
        return to_note(row)

    async def list_notes(self, conversation_id: str) -> list[Note]:
        """All of the conversation, the oldest first."""
        rows = await self._execute(select(notes).where(notes.c.conversation_id == conversation_id).order_by(notes.c.id))
        return [to_note(row) for row in rows]

    async def note_viewing(self, conversation_id: str, staff_id: int, *, at: datetime | None) -> None:
        """A member has the conversation open now, or with None no longer."""
        here = (viewings.c.conversation_id == conversation_id) & (viewings.c.staff_id == staff_id)
        if at is None:
            await self._execute(viewings.delete().where(here))
        else:
            values = {"conversation_id": conversation_id, "staff_id": staff_id, "seen_at": at}
            statement = self._insert(viewings).values(values)
            await self._execute(
                statement.on_conflict_do_update(index_elements=["conversation_id", "staff_id"], set_={"seen_at": at})
            )
        self._touch(conversation_id)

    async def list_viewers(self, conversation_id: str, *, since: datetime) -> list[tuple[int, str]]:
        """Id and name of each member who had it open since."""
        here = (viewings.c.conversation_id == conversation_id) & (viewings.c.seen_at >= since)
        statement = select(staff.c.id, staff.c.display_name).join(viewings, viewings.c.staff_id == staff.c.id)
        rows = await self._execute(statement.where(here).order_by(staff.c.display_name))
        return [(row.id, row.display_name) for row in rows]

    async def note_typing(self, conversation_id: str, author: Author, *, at: datetime | None) -> None:
        """The citizen or the person is typing now, or with None no longer."""
        column = "citizen_typed_at" if author is Author.CITIZEN else "staff_typed_at"
        statement = update(conversations).where(conversations.c.id == conversation_id).values({column: at})
        await self._execute(statement)
        self._touch(conversation_id)

    async def find_typing(self, conversation_id: str) -> Typing:
        """When each side typed last."""
        here = conversations.c.id == conversation_id
        statement = select(conversations.c.citizen_typed_at, conversations.c.staff_typed_at).where(here)
        row = (await self._execute(statement)).one_or_none()
        return Typing(row.citizen_typed_at, row.staff_typed_at) if row else Typing(None, None)

    async def search_conversations(self, text: str, *, limit: int) -> list[Conversation]:
        """Conversations that people were asked for and in which the text occurs, the latest first.

        Case counts for nothing; it is looked for in what staff may read: messages, notes, ticket numbers and comments.
        """
        pattern = f"%{_escaped(text.lower())}%"

        def occurs(table: Table, column: Column[str], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
            holds = func.lower(column).like(pattern, escape="\\")
            return exists().where(table.c.conversation_id == conversations.c.id, holds, *conditions)

        found = (
            occurs(messages, messages.c.text, _is_for_staff()),
            occurs(notes, notes.c.text),
            occurs(tickets, tickets.c.number),
            occurs(handoffs, handoffs.c.comment),
        )
        asked = exists().where(handoffs.c.conversation_id == conversations.c.id)
        statement = (
            select(*columns)
            .where(or_(asked, _has_open_ticket()), or_(*found))
            .order_by(conversations.c.last_message_at.desc())
            .limit(limit)
        )
        return [to_conversation(row) for row in await self._execute(statement)]


def _is_for_staff() -> ColumnElement[bool]:
    """Of a conversation that people do not have now, what was said until the end of its last handoff.

    The same rule as `Accessed.is_for_staff` in bot/console/access.py: or a search would tell what may not be read.
    """
    ended_at = (
        select(handoffs.c.ended_at)
        .where(handoffs.c.conversation_id == conversations.c.id)
        .order_by(handoffs.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    is_current = or_(is_open, is_snoozed, _has_open_ticket())
    return or_(is_current, ended_at.is_(None), messages.c.created_at <= ended_at)


def _has_open_ticket() -> ColumnElement[bool]:
    return exists().where(tickets.c.conversation_id == conversations.c.id, is_unanswered)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
