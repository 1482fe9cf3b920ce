"""Words with a rating, e-mails about those who wait, and codes by which a citizen finds a ticket again."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """To this revision."""
    for name in ("comment_asked_at", "announced_at"):
        op.add_column("handoffs", sa.Column(name, MOMENT, nullable=True))
    op.execute("UPDATE handoffs SET announced_at = requested_at")
    op.add_column("tickets", sa.Column("access_code", sa.String(), nullable=True))


def downgrade() -> None:
    """To the revision before."""
    op.drop_column("tickets", "access_code")
    for name in ("announced_at", "comment_asked_at"):
        op.drop_column("handoffs", name)
