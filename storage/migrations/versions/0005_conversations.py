"""What conversations with one person over several channels need."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add what each part of the conversation needs."""
    _identity()
    _sequences()
    _control()
    _replies()
    _choices()


def _identity() -> None:
    """Add who got what of whom, where consent was given, and indexes by person."""
    op.create_table(
        "joining",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("giver_id", sa.String(), nullable=False),
        sa.Column("heir_id", sa.String(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("undone_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_joining"),
        sa.UniqueConstraint("id", name="uq_joining_id"),
    )
    op.create_index("ix_joining_giver_id", "joining", ["giver_id"], unique=False)
    op.create_index("ix_joining_heir_id", "joining", ["heir_id"], unique=False)
    op.add_column("person", sa.Column("preferred_channel", sa.String(), nullable=True))
    op.add_column("person", sa.Column("joined_to", sa.String(), nullable=True))
    op.create_index("ix_person_joined_to", "person", ["joined_to"], unique=False)
    op.add_column("consent", sa.Column("address_id", sa.String(), nullable=True))
    for table in ("delivery", "link", "webhook_message"):
        op.create_index(f"ix_{table}_person_id", table, ["person_id"], unique=False)


def _sequences() -> None:
    """Add in which wording somebody is asked, and which answer an ask goes back to."""
    op.add_column("invitation", sa.Column("wording", sa.String(), nullable=True))
    op.add_column("invitation", sa.Column("origin_id", sa.String(), nullable=True))
    follows = sa.text("origin_id IS NOT NULL")
    op.create_index(
        "ix_invitation_origin",
        "invitation",
        ["origin_id"],
        unique=False,
        sqlite_where=follows,
        postgresql_where=follows,
    )


def _control() -> None:
    """Add how to find the menus of no invitation, what has been kept long enough, and who is being erased."""
    menus = sa.text("token IS NOT NULL AND invitation_id IS NULL AND target_id IS NULL")
    said = sa.text("text IS NOT NULL")
    erased = sa.text("erased_at IS NOT NULL")
    sent = sa.text("state = 'sent'")
    for name, table, column, condition in (
        ("ix_delivery_menu", "delivery", "token", menus),
        ("ix_answer_said", "answer", "answered_at", said),
        ("ix_person_erased", "person", "erased_at", erased),
        ("ix_webhook_message_sent", "webhook_message", "ended_at", sent),
    ):
        op.create_index(
            name,
            table,
            [column],
            unique=False,
            sqlite_where=condition,
            postgresql_where=condition,
        )
    op.create_index("ix_link_expires_at", "link", ["expires_at"], unique=False)
    for column in ("address_id", "expires_at"):
        op.create_index(f"ix_web_session_{column}", "web_session", [column], unique=False)


def _replies() -> None:
    """Add how each score was given, and how surely and by which rule a typed one was read."""
    for table in ("answer", "answer_version"):
        op.add_column(table, sa.Column("given", sa.String(), nullable=True))
        op.add_column(table, sa.Column("confidence", sa.Float(), nullable=True))
        op.add_column(table, sa.Column("rule", sa.String(), nullable=True))


def _choices() -> None:
    """Add which choice, to stop or to be asked again, was the last in a chat."""
    op.add_column("address", sa.Column("choice_order", sa.Float(), nullable=True))
    op.add_column("address", sa.Column("chosen_at", INSTANT, nullable=True))
