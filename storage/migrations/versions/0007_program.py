"""What a program needs that staff change while it runs."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add what each part needs."""
    _versions()
    _staff_members()
    _contact_rules()
    _seen_events()
    _overview()
    _trials()
    _planned_publishes()


def _versions() -> None:
    """Add published versions, with their text and who owns which part, and drafts of the next one."""
    op.create_table(
        "program_version",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("owners", sa.JSON(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("published_at", INSTANT, nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("reverts", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_program_version"),
    )
    op.create_table(
        "program_draft",
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("saved_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("part", name="pk_program_draft"),
    )


def _staff_members() -> None:
    """Add who is on the staff list, their sessions and the links that log them in."""
    op.create_table(
        "staff_member",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("issuer", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("disabled_at", INSTANT, nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_staff_member"),
        sa.UniqueConstraint("id", name="uq_staff_member_id"),
        sa.UniqueConstraint("email", name="uq_staff_member_email"),
        sa.UniqueConstraint("issuer", "subject", name="uq_staff_member_issuer_subject"),
    )
    op.create_table(
        "staff_session",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.Column("agent", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_staff_session"),
        sa.UniqueConstraint("id", name="uq_staff_session_id"),
    )
    op.create_index("ix_staff_session_member_id", "staff_session", ["member_id"])
    op.create_index("ix_staff_session_expires_at", "staff_session", ["expires_at"])
    op.create_table(
        "staff_login",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_staff_login"),
        sa.UniqueConstraint("id", name="uq_staff_login_id"),
    )
    op.create_index("ix_staff_login_expires_at", "staff_login", ["expires_at"])


def _contact_rules() -> None:
    """Add what proves a consent, and an index by which a burst of closed cases is seen."""
    op.add_column("consent", sa.Column("channel", sa.String(), nullable=True))
    op.add_column("consent", sa.Column("proof", sa.String(), nullable=True))
    op.execute(
        "UPDATE consent SET channel ="
        " (SELECT address.channel FROM address WHERE address.id = consent.address_id)"
    )
    handled = sa.text("handler IS NOT NULL")
    op.create_index(
        "ix_event_handled",
        "event",
        ["handler", "type", "time"],
        sqlite_where=handled,
        postgresql_where=handled,
    )


def _seen_events() -> None:
    """Add an index by which a form learns which types of events come, and what the newest of a type say."""
    op.create_index("ix_event_type", "event", ["type", "received_at"])


def _overview() -> None:
    """Let the log of decisions be read by time, names by how they begin, and chats by who has them."""
    op.create_index("ix_decision_at", "decision", ["decided_at", "number"])
    op.create_index("ix_address_user", "address", ["user"])
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("identifier", "value", type_=sa.String(collation="C"))


def _trials() -> None:
    """Add programs that staff tried on themselves and nobody published."""
    op.create_table(
        "tried_program",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_tried_program"),
    )


def _planned_publishes() -> None:
    """Add publishes at a set time."""
    op.create_table(
        "planned_publish",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("trigger", sa.String(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("drafts", sa.JSON(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("take", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("named", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.Column("wall", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("why", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_planned_publish"),
    )
    waits = sa.text("state = 'waiting'")
    op.create_index(
        "ix_planned_publish_due",
        "planned_publish",
        ["due_at"],
        sqlite_where=waits,
        postgresql_where=waits,
    )
