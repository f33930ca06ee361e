"""When a platform's bucket has room again, and what settles a delivery whose outcome is unknown."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
UNKNOWN = sa.text("state = 'unknown'")


def upgrade() -> None:
    """Add the buckets, the number of resends, and the queue of unknown deliveries."""
    op.create_table(
        "pace",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("free_at", INSTANT, nullable=False),
        sa.Column("address_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("scope", name="pk_pace"),
    )
    op.create_index("ix_pace_address_id", "pace", ["address_id"], unique=False)
    op.add_column(
        "delivery", sa.Column("resends", sa.Integer(), nullable=False, server_default=sa.text("0"))
    )
    op.create_index(
        "ix_delivery_unsettled",
        "delivery",
        ["due_at"],
        unique=False,
        sqlite_where=UNKNOWN,
        postgresql_where=UNKNOWN,
    )
