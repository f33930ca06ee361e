"""Fills a database with years of answers at once, in set-based SQL, and counts them by the command that does."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from time import perf_counter
from typing import Final

from sqlalchemy import Connection, Engine, text

from benchmarks.seeding import bench_program
from storage.engine import parse, writing_engine
from storage.opening import prepare
from storage.recounting import rebuild
from storage.sql.shapes import table_of
from storage.tables.counting import AnswerRow
from surveys.model import Channel
from surveys.program import Program
from surveys.service.cohorts import tags
from surveys.service.recounting import Tagger

YEARS: Final = 3
DAYS: Final = 365 * YEARS
PLANS: Final = ("free", "basic", "gold", "business")
REGIONS: Final = tuple(f"region-{number:02}" for number in range(17))
HANDLERS: Final = 20
TRIGGERS: Final = 10
ANSWERS_A_CUSTOMER: Final = 6
_ODD: Final = 2654435761
"""Knuth's multiplier: spreads consecutive numbers over 32 bits."""
MIXED: Final = f"(i * {_ODD} % 4294967296)"
"""An answer's number, spread; over the number of customers it tells whose answer it is."""

NUMBERS: Final = {
    "sqlite": "WITH RECURSIVE numbers(i) AS (VALUES(0) UNION ALL SELECT i + 1 FROM numbers"
    " WHERE i + 1 < :answers)",
    "postgresql": "WITH numbers AS (SELECT i FROM generate_series(0, CAST(:answers AS bigint) - 1) AS i)",
}
_DAY: Final = {
    "sqlite": "date(:first, '+' || (i * :days / :answers) || ' days')",
    "postgresql": "CAST(:first AS date) + CAST(i * :days / :answers AS integer)",
}
TIME: Final = {
    "sqlite": "(unixepoch(:first) + i * :days * 86400 / :answers) * 1000000",
    "postgresql": "CAST(:first AS timestamp) AT TIME ZONE 'UTC'"
    " + (i * :days * 86400 / :answers) * interval '1 second'",
}
PADDED: Final = {"sqlite": "printf('%022d', {})", "postgresql": "lpad(CAST({} AS text), 22, '0')"}
_INDEX: Final = "ix_answer_in_line"
"""Made when all answers are there, in one sorted go."""


@dataclass(frozen=True, slots=True)
class Made:
    """A database full of answers, and how many of them a second were counted."""

    url: str
    answers: int
    counted: float


def program() -> Program:
    """Return the benches' program with two segments."""
    content = json.loads(bench_program().to_json())
    content["segments"] = [
        {"id": name, "label": {"ko": name, "en": name}, "from": f"customer.{name}"}
        for name in ("plan", "region")
    ]
    return Program.from_json(json.dumps(content))


def customers_of(answers: int) -> int:
    """Return how many customers gave so many answers."""
    return max(answers // ANSWERS_A_CUSTOMER, 1)


def make(url: str, answers: int, today: date) -> Made:
    """Fill an empty database with so many scores, evenly over three years up to today, and count them."""
    prepare(url)
    engine = writing_engine(parse(url), patience=30, size=1)
    _fill(engine, answers, today)
    settle(engine)
    begun = perf_counter()
    rebuild(url, Tagger(), lambda *_: None)
    took = perf_counter() - begun
    with engine.begin() as connection:
        _invite(connection)
    settle(engine)
    engine.dispose()
    return Made(url, answers, answers / took)


def _fill(engine: Engine, answers: int, today: date) -> None:
    with engine.begin() as connection:
        _name_dimensions(connection)
        _name_segments(connection)
        (index,) = (each for each in table_of(AnswerRow).indexes if each.name == _INDEX)
        index.drop(connection)
        first = (today - timedelta(days=DAYS - 1)).isoformat()
        values = {"answers": answers, "days": DAYS, "first": first}
        connection.execute(text(_answers(connection, answers)), values)
        index.create(connection)


def _name_dimensions(connection: Connection) -> None:
    for number, row in enumerate(_dimensions(), 1):
        names = ", ".join(f'"{name}"' for name in row)
        binds = ", ".join(f":{name}" for name in row)
        connection.execute(
            text(f"INSERT INTO dimension (id, {names}) VALUES (:id, {binds})"),  # noqa: S608 field names
            {"id": number, **row},
        )


def _dimensions() -> Iterator[dict[str, str]]:
    """Yield the tags of ten triggers in every channel and language."""
    known = program()
    planned = [t for t in known.triggers if t.survey != "recovered"]
    for number, trigger in enumerate((*planned, *planned)[:TRIGGERS]):
        touchpoint = known.touchpoint(trigger.touchpoint)
        survey = known.survey(trigger.survey)
        for channel, language in product(Channel, ("ko", "en")):
            made = tags(
                survey,
                trigger=trigger.id if number < len(planned) else f"{trigger.id}-again",
                touchpoint=touchpoint.id,
                stage=touchpoint.stage,
                instrument=survey.instrument,
                channel=channel.value,
                language=language,
            )
            yield {name: getattr(made, name) for name in made.__dataclass_fields__}


def _name_segments(connection: Connection) -> None:
    sets = (
        {"id": number, "content": json.dumps({"plan": p, "region": r}, separators=(",", ":"))}
        for number, (p, r) in enumerate(product(PLANS, REGIONS), 1)
    )
    connection.execute(
        text("INSERT INTO segment_set (id, content) VALUES (:id, :content)"), list(sets)
    )
    sides = (
        *(("plan", value) for value in PLANS),
        *(("region", value) for value in REGIONS),
        *(("handler", f"staff-{number}") for number in range(HANDLERS)),
    )
    connection.execute(
        text("INSERT INTO side (id, attribute, value) VALUES (:id, :attribute, :value)"),
        [{"id": n, "attribute": a, "value": v} for n, (a, v) in enumerate(sides, 1)],
    )


def _answers(connection: Connection, answers: int) -> str:
    """Return the statement that makes the answers; every value follows from the answer's number."""
    db = connection.dialect.name
    mixed, customers = MIXED, customers_of(answers)
    dimensions = connection.scalar(text("SELECT count(*) FROM dimension"))
    sets = len(PLANS) * len(REGIONS)
    score = f"CASE WHEN {mixed} / 97 % 3 = 0 THEN {mixed} / 7 % 5 + 1 ELSE 4 + {mixed} / 11 % 2 END"
    padded = PADDED[db].format
    return (
        "INSERT INTO answer (id, invitation_id, question, subject_id, dimension_id, survey_version,"  # noqa: S608 constants
        ' answered_at, day, "order", version, score, handler, given, segment_set_id)'
        f" {NUMBERS[db]} SELECT {padded('i')}, {padded('i')}, 'score',"
        f" {padded(f'{mixed} % {customers}')}, {mixed} / 31 % {dimensions} + 1, 1,"
        f" {TIME[db]}, {_DAY[db]}, 1, 1, {score},"
        f" CASE WHEN {mixed} / 31 % {dimensions} / 6 = 4 THEN 'staff-' || ({mixed} / 13 % {HANDLERS}) END,"
        f" 'tapped', {mixed} % {customers} % {sets} + 1 FROM numbers"
    )


def _invite(connection: Connection) -> None:
    """Count three invitations to each answer, for whose rows no bench has a use."""
    steps = "3 * {0}, 3 * {0}, {0}, {0}, {0}"
    plain = " + ".join(f"s{score}" for score in range(11))
    ruled = " + ".join(f"all_s{score}" for score in range(11))
    for table, place, total, only in (
        ("histogram", "", plain, "WHERE rule = 'all'"),
        ("histogram_month", "", plain, "WHERE rule = 'all'"),
        ("side_histogram", "side_id, ", ruled, ""),
        ("side_histogram_month", "side_id, ", ruled, ""),
    ):
        into = table.replace("histogram", "funnel")
        counted = steps.format(f"({total})")
        connection.execute(
            text(
                f"INSERT INTO {into} ({place}day, dimension_id, invited, delivered, started,"  # noqa: S608 constants
                f" answered, completed) SELECT {place}day, dimension_id, {counted} FROM {table} {only}"
            )
        )


def settle(engine: Engine) -> None:
    """Let PostgreSQL have its statistics, as in a deployment that runs."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
