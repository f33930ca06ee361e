"""The first schema: everything that one ask needs, from the event to the counted answer."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create all tables."""
    _create_person()
    _create_identifier()
    _create_address()
    _create_consent()
    _create_link()
    _create_web_session()
    _create_inbox()
    _create_event()
    _create_event_occasion()
    _create_decision()
    _create_invitation()
    _create_button_token()
    _create_contact_clock()
    _create_slot()
    _create_delivery()
    _create_attempt()
    _create_pause()
    _create_dimension()
    _create_answer()
    _create_answer_version()
    _create_newest_answer()
    _create_histogram()
    _create_funnel()
    _create_api_key()
    _create_note()
    _create_program()


def _create_person() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("locale", sa.String(), nullable=True),
        sa.Column("timezone", sa.String(), nullable=True),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("paused_until", INSTANT, nullable=True),
        sa.Column("opted_out_at", INSTANT, nullable=True),
        sa.Column("erased_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("external_id", name="uq_person_external_id"),
    )


def _create_identifier() -> None:
    op.create_table(
        "identifier",
        sa.Column("namespace", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("namespace", "value", name="pk_identifier"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_identifier_person_id", "identifier", ["person_id"], unique=False)


def _create_address() -> None:
    op.create_table(
        "address",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("chat", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("reachable", sa.Boolean(), nullable=False),
        sa.Column("locale", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_address"),
        sa.UniqueConstraint("channel", "account", "user", name="uq_address_channel_account_user"),
        sa.UniqueConstraint("id", name="uq_address_id"),
    )
    op.create_index("ix_address_person_id", "address", ["person_id"], unique=False)


def _create_consent() -> None:
    op.create_table(
        "consent",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("text_version", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_consent"),
    )
    op.create_index("ix_consent_of_person", "consent", ["person_id", "at"], unique=False)


def _create_link() -> None:
    op.create_table(
        "link",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name="pk_link"),
    )


def _create_web_session() -> None:
    op.create_table(
        "web_session",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("address_id", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_web_session"),
    )


def _create_inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_inbox"),
        sa.UniqueConstraint("id", name="uq_inbox_id"),
        sa.UniqueConstraint("source", "key", name="uq_inbox_source_key"),
    )
    op.create_index(
        "ix_inbox_arrived",
        "inbox",
        ["received_at", "number"],
        unique=False,
        sqlite_where=sa.text("state = 'new'"),
        postgresql_where=sa.text("state = 'new'"),
    )
    op.create_index(
        "ix_inbox_due",
        "inbox",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state = 'new'"),
        postgresql_where=sa.text("state = 'new'"),
    )


def _create_event() -> None:
    op.create_table(
        "event",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("time", INSTANT, nullable=False),
        sa.Column("time_stated", sa.Boolean(), nullable=False),
        sa.Column("customer", sa.JSON(), nullable=False),
        sa.Column("refs", sa.JSON(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("handler", sa.String(), nullable=True),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("reversing", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_event"),
        sa.UniqueConstraint("id", name="uq_event_id"),
        sa.UniqueConstraint("source_id", "source", name="uq_event_source_id_source"),
    )
    op.create_index("ix_event_of_person", "event", ["person_id", "time"], unique=False)
    op.create_index("ix_event_subject", "event", ["subject"], unique=False)


def _create_event_occasion() -> None:
    op.create_table(
        "event_occasion",
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_event_occasion_event_id"),
        sa.PrimaryKeyConstraint("occasion", "event_id", name="pk_event_occasion"),
        sqlite_with_rowid=False,
    )


def _create_decision() -> None:
    op.create_table(
        "decision",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("trigger", sa.String(), nullable=False),
        sa.Column("program_version", sa.String(), nullable=False),
        sa.Column("verdicts", sa.JSON(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_decision"),
        sa.UniqueConstraint("event_id", "trigger", name="uq_decision_event_id_trigger"),
        sa.UniqueConstraint("id", name="uq_decision_id"),
    )
    op.create_index("ix_decision_of_person", "decision", ["person_id", "decided_at"], unique=False)


def _create_invitation() -> None:
    op.create_table(
        "invitation",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("trigger", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("program_version", sa.String(), nullable=False),
        sa.Column("survey", sa.String(), nullable=False),
        sa.Column("survey_version", sa.Integer(), nullable=False),
        sa.Column("touchpoint", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("instrument", sa.String(), nullable=False),
        sa.Column("event_at", INSTANT, nullable=False),
        sa.Column("ask_by", INSTANT, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("hold_rule", sa.String(), nullable=True),
        sa.Column("fell_due_on", sa.Date(), nullable=True),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("closes_at", INSTANT, nullable=True),
        sa.Column("address_id", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("handler", sa.String(), nullable=True),
        sa.Column("interview", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_invitation"),
        sa.UniqueConstraint("id", name="uq_invitation_id"),
        sa.UniqueConstraint(
            "person_id", "trigger", "occasion", name="uq_invitation_person_id_trigger_occasion"
        ),
    )
    op.create_index(
        "ix_invitation_due",
        "invitation",
        ["due_at", "number"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index("ix_invitation_event_id", "invitation", ["event_id"], unique=False)
    op.create_index(
        "ix_invitation_live",
        "invitation",
        ["person_id", "created_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('waiting', 'open')"),
        postgresql_where=sa.text("state IN ('waiting', 'open')"),
    )


def _create_button_token() -> None:
    op.create_table(
        "button_token",
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("invitation_id", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_button_token"),
        sqlite_with_rowid=False,
    )


def _create_contact_clock() -> None:
    op.create_table(
        "contact_clock",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_contact_clock"),
    )


def _create_slot() -> None:
    op.create_table(
        "slot",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("invitation_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("instrument", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_slot"),
        sa.UniqueConstraint("invitation_id", name="uq_slot_invitation_id"),
    )
    op.create_index("ix_slot_of_person", "slot", ["person_id", "at"], unique=False)


def _create_delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("address_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("delivery_class", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("invitation_id", sa.String(), nullable=True),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("args", sa.JSON(), nullable=False),
        sa.Column("token", sa.String(), nullable=True),
        sa.Column("target_id", sa.String(), nullable=True),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("ref", sa.JSON(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_delivery"),
        sa.UniqueConstraint("id", name="uq_delivery_id"),
        sa.UniqueConstraint("key", name="uq_delivery_key"),
    )
    op.create_index(
        "ix_delivery_due",
        "delivery",
        ["channel", "due_at"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_delivery_expiring",
        "delivery",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index("ix_delivery_invitation_id", "delivery", ["invitation_id"], unique=False)
    op.create_index("ix_delivery_state", "delivery", ["state", "created_at"], unique=False)
    op.create_index(
        "ix_delivery_told",
        "delivery",
        ["address_id", "sent_at"],
        unique=False,
        sqlite_where=sa.text("sent_at IS NOT NULL"),
        postgresql_where=sa.text("sent_at IS NOT NULL"),
    )
    op.create_index(
        "ix_delivery_waiting",
        "delivery",
        ["address_id", "created_at"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )


def _create_attempt() -> None:
    op.create_table(
        "attempt",
        sa.Column("delivery_id", sa.String(), nullable=False),
        sa.Column("fence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("ref", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("delivery_id", "fence", name="pk_attempt"),
        sqlite_with_rowid=False,
    )


def _create_pause() -> None:
    op.create_table(
        "pause",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("address_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("scope", name="pk_pause"),
    )
    op.create_index("ix_pause_address_id", "pause", ["address_id"], unique=False)


def _create_dimension() -> None:
    op.create_table(
        "dimension",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("trigger", sa.String(), nullable=False),
        sa.Column("survey", sa.String(), nullable=False),
        sa.Column("touchpoint", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("instrument", sa.String(), nullable=False),
        sa.Column("scale", sa.String(), nullable=False),
        sa.Column("polarity", sa.String(), nullable=False),
        sa.Column("wording", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dimension"),
        sa.UniqueConstraint(
            "trigger",
            "survey",
            "touchpoint",
            "stage",
            "instrument",
            "scale",
            "polarity",
            "wording",
            "channel",
            "language",
            name="uq_dimension",
        ),
    )


def _create_answer() -> None:
    op.create_table(
        "answer",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("invitation_id", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("dimension_id", NUMBER, nullable=False),
        sa.Column("survey_version", sa.Integer(), nullable=False),
        sa.Column("answered_at", INSTANT, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("order", sa.Float(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("choice", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("handler", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["dimension_id"], ["dimension.id"], name="fk_answer_dimension_id"),
        sa.PrimaryKeyConstraint("id", name="pk_answer"),
        sa.UniqueConstraint("invitation_id", "question", name="uq_answer_invitation_id_question"),
    )
    op.create_index("ix_answer_subject_id", "answer", ["subject_id"], unique=False)


def _create_answer_version() -> None:
    op.create_table(
        "answer_version",
        sa.Column("answer_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("order", sa.Float(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("choice", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name="fk_answer_version_answer_id"),
        sa.PrimaryKeyConstraint("answer_id", "version", name="pk_answer_version"),
        sqlite_with_rowid=False,
    )


def _create_newest_answer() -> None:
    op.create_table(
        "newest_answer",
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("answer_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint(
            "subject_id", "rule", "period", "stage", "series", name="pk_newest_answer"
        ),
        sqlite_with_rowid=False,
    )


def _create_histogram() -> None:
    op.create_table(
        "histogram",
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("dimension_id", NUMBER, nullable=False),
        sa.Column("s0", sa.Integer(), nullable=False),
        sa.Column("s1", sa.Integer(), nullable=False),
        sa.Column("s2", sa.Integer(), nullable=False),
        sa.Column("s3", sa.Integer(), nullable=False),
        sa.Column("s4", sa.Integer(), nullable=False),
        sa.Column("s5", sa.Integer(), nullable=False),
        sa.Column("s6", sa.Integer(), nullable=False),
        sa.Column("s7", sa.Integer(), nullable=False),
        sa.Column("s8", sa.Integer(), nullable=False),
        sa.Column("s9", sa.Integer(), nullable=False),
        sa.Column("s10", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dimension_id"], ["dimension.id"], name="fk_histogram_dimension_id"
        ),
        sa.PrimaryKeyConstraint("rule", "period", "day", "dimension_id", name="pk_histogram"),
        sqlite_with_rowid=False,
    )


def _create_funnel() -> None:
    op.create_table(
        "funnel",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("dimension_id", NUMBER, nullable=False),
        sa.Column("invited", sa.Integer(), nullable=False),
        sa.Column("delivered", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["dimension_id"], ["dimension.id"], name="fk_funnel_dimension_id"),
        sa.PrimaryKeyConstraint("day", "dimension_id", name="pk_funnel"),
        sqlite_with_rowid=False,
    )


def _create_api_key() -> None:
    op.create_table(
        "api_key",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_api_key"),
        sa.UniqueConstraint("id", name="uq_api_key_id"),
    )


def _create_note() -> None:
    op.create_table(
        "note",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_note"),
    )


def _create_program() -> None:
    op.create_table(
        "program",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_program"),
    )
