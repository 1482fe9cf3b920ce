"""Rows to domain objects and back."""

from datetime import date
from typing import Any

from sqlalchemy import Row

from bot.domain.conversations import Conversation, ConversationStatus
from bot.domain.handoffs import HandoffRecord, Note, Result, Ticket
from bot.domain.messages import Author, Button, Link, Message
from bot.domain.staff import Role, StaffMember

CONVERSATION_FIELDS = (
    "id",
    "channel",
    "address",
    "created_at",
    "language",
    "status",
    "assignee_id",
    "assignee_name",
    "office_id",
    "service_id",
    "handoff_reason",
    "waiting_since",
    "held_since",
    "snoozed_until",
    "dialogue_state",
    "last_message_at",
)
TICKET_FIELDS = (
    "number",
    "conversation_id",
    "office_id",
    "service_id",
    "reason",
    "question",
    "created_at",
    "due_at",
    "closed_at",
    "escalated_at",
    "access_code",
)
HANDOFF_FIELDS = (
    "conversation_id",
    "office_id",
    "reason",
    "requested_at",
    "service_id",
    "id",
    "claimed_at",
    "staff_id",
    "replied_at",
    "ended_at",
    "result",
    "rating",
    "comment",
    "comment_asked_at",
)


def to_conversation(row: Row[Any]) -> Conversation:
    """From a row that begins with CONVERSATION_FIELDS."""
    values: dict[str, Any] = dict(zip(CONVERSATION_FIELDS, row, strict=False))
    values["status"] = ConversationStatus(values["status"])
    return Conversation(**values)


def from_conversation(conversation: Conversation) -> dict[str, Any]:
    """The columns that belong to the domain; numbering, token and lease are the storage's own."""
    values: dict[str, Any] = {name: getattr(conversation, name) for name in CONVERSATION_FIELDS}
    values["status"] = conversation.status.value
    return values


def to_message(row: Row[Any]) -> Message:
    """From a row of `messages`."""
    reviewed_on: date | None = row.reviewed_on
    return Message(
        conversation_id=row.conversation_id,
        seq=row.seq,
        author=Author(row.author),
        text=row.text,
        created_at=row.created_at,
        author_name=row.author_name,
        source_id=row.source_id,
        payload=row.payload,
        buttons=tuple(Button(each["title"], each["payload"]) for each in row.buttons),
        links=tuple(Link(each["title"], each["url"]) for each in row.links),
        source_title=row.source_title,
        source_url=row.source_url,
        reviewed_on=reviewed_on,
        meta=row.meta,
    )


def from_message(message: Message) -> dict[str, Any]:
    """The columns of `messages` except channel and `awaits_turn`."""
    return {
        "conversation_id": message.conversation_id,
        "seq": message.seq,
        "author": message.author.value,
        "text": message.text,
        "created_at": message.created_at,
        "author_name": message.author_name,
        "source_id": message.source_id,
        "payload": message.payload,
        "buttons": [{"title": each.title, "payload": each.payload} for each in message.buttons],
        "links": [{"title": each.title, "url": each.url} for each in message.links],
        "source_title": message.source_title,
        "source_url": message.source_url,
        "reviewed_on": message.reviewed_on,
        "meta": message.meta,
    }


def to_ticket(values: Any) -> Ticket:
    """From the values of TICKET_FIELDS in order."""
    return Ticket(*values)


def to_handoff_record(row: Row[Any]) -> HandoffRecord:
    """From a row that begins with HANDOFF_FIELDS."""
    values: dict[str, Any] = dict(zip(HANDOFF_FIELDS, row, strict=False))
    values["result"] = Result(values["result"]) if values["result"] else None
    return HandoffRecord(**values)


def from_handoff_record(record: HandoffRecord) -> dict[str, Any]:
    """The columns of `handoffs` but the id."""
    values: dict[str, Any] = {name: getattr(record, name) for name in HANDOFF_FIELDS if name != "id"}
    values["result"] = record.result.value if record.result else None
    return values


def to_note(row: Row[Any]) -> Note:
    """From a row of `notes`."""
    return Note(row.conversation_id, row.author_id, row.author_name, row.text, row.created_at, row.id)


def to_staff_member(row: Row[Any]) -> StaffMember:
    """From a row of `staff`."""
    return StaffMember(
        id=row.id,
        username=row.username,
        display_name=row.display_name,
        is_active=row.is_active,
        role=Role(row.role),
        email=row.email,
        offices=tuple(row.offices),
        is_away=row.is_away,
        seen_at=row.seen_at,
    )
