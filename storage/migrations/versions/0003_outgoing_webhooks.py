"""What other systems are told, and how each of them has been doing."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PENDING = sa.text("state = 'pending'")
FAILED = sa.text("state = 'failed'")


def upgrade() -> None:
    """Add the queues of outgoing webhooks and their destinations."""
    _create_webhook_message()
    _create_webhook_destination()


def _create_webhook_message() -> None:
    op.create_table(
        "webhook_message",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("destination", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("data", sa.JSON(), nullable=True),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_webhook_message"),
        sa.UniqueConstraint("id", name="uq_webhook_message_id"),
    )
    op.create_index(
        "ix_webhook_message_due",
        "webhook_message",
        ["destination", "due_at"],
        unique=False,
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )
    op.create_index(
        "ix_webhook_message_failed",
        "webhook_message",
        ["destination"],
        unique=False,
        sqlite_where=FAILED,
        postgresql_where=FAILED,
    )


def _create_webhook_destination() -> None:
    op.create_table(
        "webhook_destination",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("leased_until", INSTANT, nullable=True),
        sa.Column("paused_until", INSTANT, nullable=True),
        sa.Column("accepted_at", INSTANT, nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_webhook_destination"),
    )
