"""What a deployment holds around so many answers: customers, events, decisions, asks, deliveries, what staff did.

Each answer has an event, a decision, an ask and a delivery of its own, at its own instant; its number tells all of
them, and whose they are. One decision in a thousand said no, one delivery in a thousand is not known to have arrived.
"""

from datetime import date, timedelta
from typing import Final

from sqlalchemy import Connection, text

from benchmarks.history import DAYS, MIXED, NUMBERS, PADDED, TIME, customers_of, program, settle
from storage.engine import parse, writing_engine

_WHO: Final = f"{MIXED} % :customers"
_AT: Final = '"2026-11-01T00:00:00+00:00"'
_ASKED: Final = f'[["held","turn",{_AT},{{}}],["asked","turn",{_AT},{{}}]]'
_SKIPPED: Final = f'[["skipped","cap",{_AT},{{"cap":"1/30d","cooldown_days": 90}}]]'
_NAMED: Final = '{"id": null, "email": null, "locale": null, "timezone": null, "identifiers": []}'
_STEPS: Final = "invited,delivered,started,answered,completed"

_CUSTOMERS: Final = (
    (
        "INSERT INTO person (id, subject_id, created_at, external_id, attributes)"
        " SELECT {id}, {id}, {time}, {name}, '{{}}' FROM numbers WHERE i < :customers"
    ),
    (
        "INSERT INTO identifier (namespace, value, person_id)"
        " SELECT 'id', {name}, {id} FROM numbers WHERE i < :customers"
    ),
    (
        "INSERT INTO address"
        ' (number, id, person_id, channel, account, "user", chat, created_at, reachable)'
        " SELECT i + 1, {id}, {id}, 'webchat', 'web', {id}, {id}, {time}, true FROM numbers"
        " WHERE i < :customers"
    ),
    (
        "INSERT INTO consent (number, person_id, purpose, granted, at, source, text_version)"
        " SELECT i + 1, {id}, 'service_survey', true, {time}, 'web', '1' FROM numbers"
        " WHERE i < :customers"
    ),
)
_ANSWERED: Final = (
    (
        "INSERT INTO event (number, id, source, source_id, type, subject, time, time_stated, customer,"
        " refs, data, person_id, received_at, reversing) SELECT i + 1, {id}, 'shop', {id}, {type},"
        " 'order-' || i, {time}, true, {customer}, '[]', {data}, {who}, {time}, false FROM numbers"
    ),
    (
        "INSERT INTO decision"
        " (number, id, event_id, trigger, program_version, verdicts, person_id, decided_at)"
        " SELECT i + 1, {id}, {id}, {trigger}, 'bench', {verdicts}, {who}, {time} FROM numbers"
    ),
    (
        "INSERT INTO invitation (number, id, decision_id, event_id, trigger, person_id, subject_id,"
        " occasion, program_version, survey, survey_version, touchpoint, stage, instrument, event_at,"
        " ask_by, state, created_at, due_at, sent_at, address_id, channel, language, reached)"
        " SELECT i + 1, {id}, {id}, {id}, {trigger}, {who}, {who}, 'order-' || i, 'bench',"
        " 'checkout-csat', 1, 'checkout', 'purchase', 'csat', {time}, {time},"
        " CASE WHEN i % 1000 = 7 THEN 'waiting' ELSE 'finished' END, {time},"
        " CASE WHEN i % 1000 = 7 THEN {time} END, {time}, {who}, 'webchat', 'ko', :steps FROM numbers"
    ),
    (
        "INSERT INTO slot (number, invitation_id, person_id, instrument, stage, at)"
        " SELECT i + 1, {id}, {who}, 'csat', 'purchase', {time} FROM numbers"
    ),
    (
        "INSERT INTO delivery (number, id, key, person_id, address_id, channel, delivery_class, kind,"
        " state, created_at, invitation_id, step, seq, args, fence, attempts, sent_at)"
        " SELECT i + 1, {id}, {id}, {who}, {who}, 'webchat', 'proactive', 'question',"
        " CASE WHEN i % 1000 = 9 THEN 'parked' ELSE 'sent' END,"
        " {time}, {id}, 'score', 1, '{{}}', 1, 1, {time} FROM numbers"
    ),
    (
        "INSERT INTO audit (number, at, by, act, subject, details)"
        " SELECT i + 1, {time}, 'staff:minji@example.com', CASE WHEN i % 9 = 0 THEN 'key' ELSE 'look' END,"
        " {who}, '{{}}' FROM numbers WHERE i < :deeds"
    ),
)


def surround(url: str, answers: int, today: date) -> None:
    """Store what belongs to so many answers, which are there already."""
    engine = writing_engine(parse(url), patience=30, size=1)
    values = {
        "answers": answers,
        "customers": customers_of(answers),
        "deeds": answers // 10,
        "days": DAYS,
        "first": (today - timedelta(days=DAYS - 1)).isoformat(),
        "steps": _STEPS,
    }
    with engine.begin() as connection:
        for each in (*_CUSTOMERS, *_ANSWERED):
            connection.execute(text(_filled(connection, each)), values)
    settle(engine)
    engine.dispose()


def _filled(connection: Connection, statement: str) -> str:
    db = connection.dialect.name
    padded = PADDED[db].format
    told = statement.format(
        id=padded("i"),
        name=f"'customer-' || {padded('i')}",
        who=padded(_WHO),
        time=TIME[db],
        type=_one_of("on"),
        trigger=_one_of("id"),
        customer=f"'{_NAMED}'",
        data=_of_json(db, "'{\"amount\": ' || (i % 90000) || '}'"),
        verdicts=_of_json(db, f"CASE WHEN i % 1000 = 3 THEN '{_SKIPPED}' ELSE '{_ASKED}' END"),
    )
    into, select, rest = told.partition(" SELECT ")
    return f"{into} {NUMBERS[db]}{select}{rest}"


def _one_of(part: str) -> str:
    """Return an expression for the trigger that an answer came of."""
    triggers = program().triggers
    cases = " ".join(
        f"WHEN {number} THEN '{getattr(each, part)}'" for number, each in enumerate(triggers)
    )
    return f"(CASE {MIXED} / 31 % {len(triggers)} {cases} END)"


def _of_json(db: str, expression: str) -> str:
    return f"CAST({expression} AS json)" if db == "postgresql" else expression
