"""What staff did, and a queue of the incoming messages that failed for good."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FAILED = sa.text("state = 'failed'")


def upgrade() -> None:
    """Add the audit trail and the index of what failed."""
    op.create_table(
        "audit",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
    )
    op.create_index(
        "ix_inbox_failed",
        "inbox",
        ["received_at", "number"],
        unique=False,
        sqlite_where=FAILED,
        postgresql_where=FAILED,
    )
