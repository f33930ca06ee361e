"""What results by stage, by segment and by theme need."""

import sqlalchemy as sa
from alembic import op

from storage.migrations import star_v1

revision = "0006"
down_revision = "0005"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SCORES = tuple(f"s{score}" for score in range(11))
STEPS = ("invited", "delivered", "started", "answered", "completed")
RULED = tuple(
    f"{rule}_{score}" for rule in ("all", "newest", "month", "quarter") for score in SCORES
)


def upgrade() -> None:
    """Add what each part of the results needs."""
    _segments()
    _cohorts()
    _side_cubes()
    _newest_answers()
    _reading_answers()
    _analyses()
    _staff()
    _themes()
    _verbatims()
    _star()


def _segments() -> None:
    """Add to which segments a customer belonged when she was asked; nobody knows it of earlier asks."""
    op.create_table(
        "segment_set",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_segment_set"),
        sa.UniqueConstraint("content", name="uq_segment_set_content"),
    )
    op.add_column("invitation", sa.Column("segments", sa.String(), nullable=True))
    op.add_column("answer", sa.Column("segment_set_id", NUMBER, nullable=True))


def _cohorts() -> None:
    """Add how far each invitation came, and count the steps between delivered and finished."""
    op.add_column(
        "invitation", sa.Column("reached", sa.String(), nullable=False, server_default="")
    )
    for step in ("started", "completed"):
        op.add_column("funnel", sa.Column(step, sa.Integer(), nullable=False, server_default="0"))
    _write_down_how_far_they_came()
    op.execute("UPDATE funnel SET started = answered")
    finished = "i.reached LIKE '%completed'"
    scored = "a.invitation_id = i.id AND a.question = 'score' AND a.score IS NOT NULL"
    op.execute(
        "UPDATE funnel SET completed = (SELECT count(*) FROM invitation AS i JOIN answer AS a"  # noqa: S608 constants
        f" ON {scored} WHERE {finished} AND i.fell_due_on = funnel.day"
        " AND a.dimension_id = funnel.dimension_id)"
    )


def _write_down_how_far_they_came() -> None:
    """Read it off the answers, the dialogues and the messages that are still there."""
    thanked = {
        "sqlite": "json_extract(interview, '$.thanked')",
        "postgresql": "coalesce((interview ->> 'thanked')::boolean, false)",
    }[op.get_bind().dialect.name]
    unproven = (
        "EXISTS (SELECT 1 FROM delivery AS d WHERE d.invitation_id = invitation.id"
        " AND d.step = 'ask' AND d.target_id IS NULL AND d.state <> 'sent')"
        " AND NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.invitation_id = invitation.id"
        " AND d.step IN ('ask', 'remind') AND d.target_id IS NULL AND d.state = 'sent')"
    )
    scored = (
        "EXISTS (SELECT 1 FROM answer AS a WHERE a.invitation_id = invitation.id"
        " AND a.question = 'score' AND a.score IS NOT NULL)"
    )
    op.execute(
        "UPDATE invitation SET reached = 'invited'"  # noqa: S608 constants
        f" || CASE WHEN sent_at IS NULL OR ({unproven}) THEN '' ELSE ',delivered' END"
        f" || CASE WHEN {scored} THEN ',started,answered' ELSE '' END"
        f" || CASE WHEN {scored} AND {thanked} THEN ',completed' ELSE '' END"
        " WHERE fell_due_on IS NOT NULL"
    )


def _side_cubes() -> None:
    """Add the counts by one side, a segment's value or who handled the case; and every count by month, too."""
    op.create_table(
        "side",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("attribute", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_side"),
        sa.UniqueConstraint("attribute", "value", name="uq_side"),
    )
    for suffix in ("", "_month"):
        _cube(f"side_histogram{suffix}", ("side_id", "day", "dimension_id"), RULED)
        _cube(f"side_funnel{suffix}", ("side_id", "day", "dimension_id"), STEPS)
    _cube("histogram_month", ("rule", "period", "day", "dimension_id"), SCORES)
    _cube("funnel_month", ("day", "dimension_id"), STEPS)
    _add_up("histogram", "rule, period, ", SCORES)
    _add_up("funnel", "", STEPS)


def _cube(table: str, key: tuple[str, ...], counts: tuple[str, ...]) -> None:
    """Add a table of counts by these columns, the last two of them the day and the tags."""
    words = (sa.Column(name, sa.String(), nullable=False) for name in ("rule", "period"))
    op.create_table(
        table,
        *(word for word in words if word.name in key),
        *((sa.Column("side_id", NUMBER, nullable=False),) if "side_id" in key else ()),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("dimension_id", NUMBER, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in counts),
        sa.PrimaryKeyConstraint(*key, name=f"pk_{table}"),
        sqlite_with_rowid=False,
    )


def _add_up(table: str, place: str, counts: tuple[str, ...]) -> None:
    """Fill a table by month from the one by day."""
    first = {
        "sqlite": "date(day, 'start of month')",
        "postgresql": "CAST(date_trunc('month', day) AS date)",
    }[op.get_bind().dialect.name]
    names, sums = ", ".join(counts), ", ".join(f"sum({name})" for name in counts)
    key = f"{place}{first}, dimension_id"
    op.execute(
        f"INSERT INTO {table}_month ({place}day, dimension_id, {names})"  # noqa: S608 constants
        f" SELECT {key}, {sums} FROM {table} GROUP BY {key} ORDER BY {key}"
    )


def _newest_answers() -> None:
    """Read which answers are newest off the answers themselves, in the order of their index."""
    op.drop_table("newest_answer")
    op.drop_index("ix_answer_subject_id", table_name="answer")
    op.create_index(
        "ix_answer_in_line",
        "answer",
        [
            "subject_id",
            "day",
            "answered_at",
            "id",
            "dimension_id",
            "score",
            "segment_set_id",
            "handler",
        ],
        unique=False,
    )


def _reading_answers() -> None:
    """Add how to read answers a page at a time, by time and by what has changed since."""
    op.add_column("answer", sa.Column("changed", NUMBER, nullable=True))
    op.create_index("ix_answer_by_time", "answer", ["answered_at", "id"], unique=False)
    fresh, numbered = sa.text("changed IS NULL"), sa.text("changed IS NOT NULL")
    for name, columns, condition in (
        ("ix_answer_fresh", ["answered_at", "id"], fresh),
        ("ix_answer_changed", ["changed"], numbered),
    ):
        op.create_index(
            name,
            "answer",
            columns,
            unique=False,
            sqlite_where=condition,
            postgresql_where=condition,
        )


def _analyses() -> None:
    """Add what analyses leave: their newest findings, and what got worse."""
    op.create_table(
        "analysis",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name="pk_analysis"),
    )
    op.create_table(
        "alert",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("instrument", sa.String(), nullable=False),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("raised_at", INSTANT, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("bad", sa.Integer(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("usual", sa.Float(), nullable=False),
        sa.Column("restart", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_alert"),
        sa.UniqueConstraint("id", name="uq_alert_id"),
    )
    op.create_index("ix_alert_at", "alert", ["at"], unique=False)


def _staff() -> None:
    """Add what staff are told, and when what recurs happens next."""
    op.create_table(
        "staff_message",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("destination", sa.String(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("ref", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_staff_message"),
        sa.UniqueConstraint("id", name="uq_staff_message_id"),
    )
    for name, columns, condition in (
        ("due", ["due_at"], sa.text("state = 'pending'")),
        ("sending", ["destination", "started_at"], sa.text("state = 'sending'")),
        ("unknown", ["started_at"], sa.text("state = 'unknown'")),
        ("ended", ["ended_at"], sa.text("ended_at IS NOT NULL")),
    ):
        op.create_index(
            f"ix_staff_message_{name}",
            "staff_message",
            columns,
            unique=False,
            sqlite_where=condition,
            postgresql_where=condition,
        )
    op.create_table(
        "recurrence",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("last_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_recurrence"),
    )


def _themes() -> None:
    """Add what answers are about, and count it: apart, and by side over all channels and languages."""
    op.create_table(
        "answer_theme",
        sa.Column("answer_id", sa.String(), nullable=False),
        sa.Column("theme", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("meant", sa.Boolean(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name="fk_answer_theme_answer_id"),
        sa.PrimaryKeyConstraint("answer_id", "theme", name="pk_answer_theme"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_answer_theme_day", "answer_theme", ["day"], unique=False)
    op.create_table(
        "theme_count",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("dimension_id", NUMBER, nullable=False),
        sa.Column("theme", sa.String(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in SCORES),
        sa.ForeignKeyConstraint(
            ["dimension_id"], ["dimension.id"], name="fk_theme_count_dimension_id"
        ),
        sa.PrimaryKeyConstraint("day", "dimension_id", "theme", name="pk_theme_count"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "side_theme_count",
        sa.Column("side_id", NUMBER, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("dimension_id", NUMBER, nullable=False),
        sa.Column("theme", sa.String(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in SCORES),
        *(
            sa.ForeignKeyConstraint(
                [f"{table}_id"], [f"{table}.id"], name=f"fk_side_theme_count_{table}_id"
            )
            for table in ("side", "dimension")
        ),
        sa.PrimaryKeyConstraint(
            "side_id", "day", "dimension_id", "theme", name="pk_side_theme_count"
        ),
        sqlite_with_rowid=False,
    )


def _verbatims() -> None:
    """Add how to read the newest comments of a place."""
    said = sa.text("text IS NOT NULL")
    op.create_index(
        "ix_answer_said_there",
        "answer",
        ["dimension_id", "answered_at"],
        unique=False,
        sqlite_where=said,
        postgresql_where=said,
    )


def _star() -> None:
    """Add the views for whoever reads the database; last, since they rest on everything above."""
    for name, query in star_v1.views(op.get_bind().dialect.name).items():
        op.execute(f"CREATE VIEW {name} AS {query}")
