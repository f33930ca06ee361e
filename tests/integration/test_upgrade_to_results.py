"""A database from before results had sides and cohorts had steps goes on with exact counts."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, Table, insert, select

from storage.engine import parse, writing_engine
from storage.opening import open_storage, prepare
from storage.recounting import check
from surveys.model import CountRule, FunnelCount
from surveys.service.cohorts import tags
from surveys.service.recounting import Tagger
from tests.faults.test_database_upgrade_rows import at_revision
from tests.programs import standard

DAY = date(2026, 10, 5)
FAR = (date(2020, 1, 1), date(2030, 1, 1))
MOMENT = 1_790_000_000_000_000
TAGS = tags(
    standard().survey("checkout-csat"),
    trigger="checkout",
    touchpoint="checkout",
    stage="purchase",
    instrument="csat",
    channel="webchat",
    language="ko",
)


def _old_rows(moment: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return a customer's answered ask, one that nobody answered, and one whose message is unproven, as 0005 kept them."""
    program = standard()
    asked = {
        "event_id": "",
        "decision_id": "",
        "trigger": "checkout",
        "program_version": program.version,
        "survey": "checkout-csat",
        "survey_version": 1,
        "touchpoint": "checkout",
        "stage": "purchase",
        "instrument": "csat",
        "event_at": moment,
        "ask_by": moment,
        "state": "finished",
        "created_at": moment,
        "fell_due_on": DAY,
        "channel": "webchat",
        "language": "ko",
        "person_id": "",
        "subject_id": "kim",
    }
    told = [{"thanked": True}, {"thanked": False}, {"thanked": False}]
    sent = [moment, moment, None]
    asks = [
        {**asked, "id": f"i{n}", "occasion": f"o{n}", "sent_at": at, "interview": said}
        for n, (said, at) in enumerate(zip(told, sent, strict=True))
    ]
    answer = {
        "id": "a",
        "invitation_id": "i0",
        "question": "score",
        "subject_id": "kim",
        "dimension_id": 1,
        "survey_version": 1,
        "answered_at": moment,
        "day": DAY,
        "order": 1.0,
        "version": 1,
        "score": 4,
        "handler": "mina",
    }
    bucket = {"day": DAY, "dimension_id": 1, **{f"s{n}": int(n == 4) for n in range(11)}}
    periods = (("all", ""), ("newest", ""), ("month", "2026-10"), ("quarter", "2026-Q4"))
    named = {name: getattr(TAGS, name) for name in TAGS.__dataclass_fields__}
    key = {"subject_id": "kim", "stage": "purchase", "series": TAGS.series, "answer_id": "a"}
    return [
        (
            "program",
            {"version": program.version, "content": program.to_json(), "created_at": moment},
        ),
        ("dimension", {"id": 1, **named}),
        *(("invitation", ask) for ask in asks),
        ("answer", answer),
        *(("histogram", {"rule": r, "period": p, **bucket}) for r, p in periods),
        *(("newest_answer", {"rule": r, "period": p, **key}) for r, p in periods[1:]),
        ("funnel", {"day": DAY, "dimension_id": 1, "invited": 3, "delivered": 2, "answered": 1}),
    ]


def _fill(url: str) -> None:
    engine = writing_engine(parse(url), patience=1, size=1)
    with engine.begin() as connection:
        known = MetaData()
        sqlite = connection.dialect.name == "sqlite"
        moment: Any = MOMENT if sqlite else "2026-10-05T00:00:00+00:00"
        for name, row in _old_rows(moment):
            table = Table(name, known, autoload_with=connection, extend_existing=True)
            connection.execute(insert(table), row)
        assert connection.execute(select(known.tables["answer"].c.id)).all() == [("a",)]
    engine.dispose()


@pytest.mark.parametrize("db", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def test_old_counts_and_cohorts_stay_exact(
    db: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if db == "sqlite":
        url = f"sqlite:///{tmp_path / 'old.sqlite3'}"
    else:
        url = request.getfixturevalue("empty_postgres_url")
    at_revision(url, "0005")
    _fill(url)

    prepare(url)

    assert check(url, Tagger(), lambda *_: None) == ()
    async with open_storage(url, writable=False) as storage:
        scores, funnel, handled = await storage.read(
            lambda tx: (
                tx.reports.scores(CountRule.NEWEST, *FAR),
                tx.reports.funnel(*FAR),
                tx.reports.side_values("handler"),
            )
        )
    assert [sum(row.counts) for row in scores] == [1]
    assert funnel == (
        FunnelCount(dimensions=TAGS, invited=3, delivered=2, answered=1, started=1, completed=1),
    )
    assert handled == ()
