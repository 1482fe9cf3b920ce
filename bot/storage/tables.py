"""The tables as SQLAlchemy Core metadata; moments are stored in UTC and read back aware."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    literal_column,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment; ValueError for one without a zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - inherited
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_Id = BigInteger().with_variant(Integer(), "sqlite")

conversations = Table(
    "conversations",
    metadata,
    Column("id", String, primary_key=True),
    Column("channel", String, nullable=False),
    Column("address", String, nullable=False),
    Column("token_hash", String),
    Column("created_at", UtcDateTime, nullable=False),
    Column("language", String, nullable=False),
    Column("status", String, nullable=False),
    Column("assignee_id", Integer),
    Column("assignee_name", String),
    Column("office_id", String),
    Column("service_id", String),
    Column("handoff_reason", String),
    Column("waiting_since", UtcDateTime),
    Column("held_since", UtcDateTime),
    Column("snoozed_until", UtcDateTime),
    Column("dialogue_state", JSON, nullable=False),
    Column("last_message_at", UtcDateTime),
    Column("next_seq", Integer, nullable=False),
    Column("unread", Integer, nullable=False),
    Column("lease_owner", String),
    Column("lease_until", UtcDateTime),
    Column("citizen_typed_at", UtcDateTime),
    Column("staff_typed_at", UtcDateTime),
    UniqueConstraint("channel", "address"),
)
# Literals, not parameters: SQLite and prepared PostgreSQL statements find a partial index only by its exact condition.
is_open = conversations.c.status == literal_column("'open'")
is_snoozed = conversations.c.status == literal_column("'snoozed'")
Index("ix_conversations_open", conversations.c.waiting_since, postgresql_where=is_open, sqlite_where=is_open)
Index("ix_conversations_snoozed", conversations.c.snoozed_until, postgresql_where=is_snoozed, sqlite_where=is_snoozed)
Index("ix_conversations_last_message_at", conversations.c.last_message_at)

messages = Table(
    "messages",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("channel", String, nullable=False),
    Column("source_id", String),
    Column("author", String, nullable=False),
    Column("author_name", String),
    Column("text", Text, nullable=False),
    Column("payload", Text),
    Column("buttons", JSON, nullable=False),
    Column("links", JSON, nullable=False),
    Column("source_title", Text),
    Column("source_url", Text),
    Column("reviewed_on", Date),
    Column("meta", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("awaits_turn", Boolean, nullable=False),
    PrimaryKeyConstraint("conversation_id", "seq"),
    UniqueConstraint("channel", "source_id"),
)
awaits_turn = messages.c.awaits_turn.is_(True)
Index(
    "ix_messages_awaiting",
    messages.c.created_at,
    messages.c.conversation_id,
    messages.c.seq,
    postgresql_where=awaits_turn,
    sqlite_where=awaits_turn,
)
Index(
    "ix_messages_awaiting_of_conversation",
    messages.c.conversation_id,
    messages.c.seq,
    postgresql_where=awaits_turn,
    sqlite_where=awaits_turn,
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("channel", String, nullable=False),
    Column("address", String, nullable=False),
    Column("conversation_id", String, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("status", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("lease_owner", String),
    Column("lease_until", UtcDateTime),
    Column("delivered_at", UtcDateTime),
    Column("external_id", String),
    ForeignKeyConstraint(["conversation_id", "seq"], ["messages.conversation_id", "messages.seq"], ondelete="CASCADE"),
    Index("ix_deliveries_conversation_id_seq", "conversation_id", "seq"),
)
is_pending = deliveries.c.status == literal_column("'pending'")
Index(
    "ix_deliveries_pending",
    deliveries.c.channel,
    deliveries.c.address,
    deliveries.c.id,
    postgresql_where=is_pending,
    sqlite_where=is_pending,
)

tickets = Table(
    "tickets",
    metadata,
    Column("number", String, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("office_id", String, nullable=False),
    Column("service_id", String),
    Column("reason", String, nullable=False),
    Column("question", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("escalated_at", UtcDateTime),
    Column("announced_at", UtcDateTime),
    Column("access_code", String),
    Index("ix_tickets_conversation_id", "conversation_id"),
)
is_unanswered = tickets.c.closed_at.is_(None)
Index("ix_tickets_open", tickets.c.due_at, postgresql_where=is_unanswered, sqlite_where=is_unanswered)

ticket_numbers = Table(
    "ticket_numbers",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("last_number", Integer, nullable=False),
)

handoffs = Table(
    "handoffs",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("office_id", String, nullable=False),
    Column("service_id", String),
    Column("reason", String, nullable=False),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("claimed_at", UtcDateTime),
    Column("staff_id", Integer),
    Column("replied_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("result", String),
    Column("rating", Integer),
    Column("comment", Text),
    Column("comment_asked_at", UtcDateTime),
    Column("announced_at", UtcDateTime),
    Index("ix_handoffs_conversation_id", "conversation_id"),
    Index("ix_handoffs_office_id_requested_at", "office_id", "requested_at"),
)

notes = Table(
    "notes",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("author_id", Integer),
    Column("author_name", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

viewings = Table(
    "viewings",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("staff_id", ForeignKey("staff.id", ondelete="CASCADE"), nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("conversation_id", "staff_id"),
)

staff = Table(
    "staff",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("username", String, nullable=False, unique=True),
    Column("display_name", String, nullable=False),
    Column("password_hash", String, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("role", String, nullable=False, server_default="staff"),
    Column("email", String),
    Column("offices", JSON, nullable=False, server_default="[]"),
    Column("is_away", Boolean, nullable=False, server_default=false()),
    Column("seen_at", UtcDateTime),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String, primary_key=True),
    Column("staff_id", ForeignKey("staff.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)
