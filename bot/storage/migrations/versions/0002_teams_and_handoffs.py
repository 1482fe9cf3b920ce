"""Teams, roles and presence of staff, the record of handoffs, notes, snoozing, escalation, who looks and who types."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


MOMENT = sa.DateTime(timezone=True)
SNOOZED = sa.text("status = 'snoozed'")


def upgrade() -> None:
    """To this revision."""
    for name in ("snoozed_until", "citizen_typed_at", "staff_typed_at"):
        op.add_column("conversations", sa.Column(name, MOMENT, nullable=True))
    op.create_index(
        "ix_conversations_snoozed",
        "conversations",
        ["snoozed_until"],
        postgresql_where=SNOOZED,
        sqlite_where=SNOOZED,
    )
    for name in ("escalated_at", "announced_at"):
        op.add_column("tickets", sa.Column(name, MOMENT, nullable=True))
    op.execute("UPDATE tickets SET announced_at = created_at")
    op.add_column("staff", sa.Column("role", sa.String(), nullable=False, server_default="staff"))
    op.add_column("staff", sa.Column("email", sa.String(), nullable=True))
    op.add_column("staff", sa.Column("offices", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("staff", sa.Column("is_away", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("staff", sa.Column("seen_at", MOMENT, nullable=True))
    _create_handoffs()
    _create_notes()
    op.create_table(
        "viewings",
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_viewings_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_viewings_staff_id_staff", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("conversation_id", "staff_id", name="pk_viewings"),
    )


def _create_handoffs() -> None:
    op.create_table(
        "handoffs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("office_id", sa.String(), nullable=False),
        sa.Column("service_id", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("claimed_at", MOMENT, nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("replied_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_handoffs_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_handoffs"),
    )
    op.create_index("ix_handoffs_conversation_id", "handoffs", ["conversation_id"])
    op.create_index("ix_handoffs_office_id_requested_at", "handoffs", ["office_id", "requested_at"])


def _create_notes() -> None:
    op.create_table(
        "notes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("author_name", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_notes_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notes"),
    )
    op.create_index("ix_notes_conversation_id", "notes", ["conversation_id"])


def downgrade() -> None:
    """To the revision before."""
    op.drop_table("viewings")
    op.drop_table("notes")
    op.drop_table("handoffs")
    for name in ("seen_at", "is_away", "offices", "email", "role"):
        op.drop_column("staff", name)
    for name in ("announced_at", "escalated_at"):
        op.drop_column("tickets", name)
    op.drop_index("ix_conversations_snoozed", "conversations")
    for name in ("staff_typed_at", "citizen_typed_at", "snoozed_until"):
        op.drop_column("conversations", name)
