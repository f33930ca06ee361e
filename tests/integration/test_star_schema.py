"""The views for BI tools: what the document promises of them, on both databases."""

import re
import sqlite3
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from storage.opening import open_inline, open_storage
from surveys.instruments import INSTRUMENTS, instrument
from surveys.model import CountRule, Side, Typed
from surveys.ports import Storage, UnitOfWork
from surveys.results import headline
from tests.contract import examples as ex
from tests.sqlite import migrated
from tests.unit.test_talking import asked

DOCUMENT = Path(__file__).parents[2] / "docs" / "star-schema.md"
SAID = "두 번이나 설명해야 했어요"
Ask = Callable[[str], list[tuple[Any, ...]]]


class Star:
    """A database and who reads its views beside us."""

    def __init__(self, storage: Storage, url: str) -> None:
        self.storage = storage
        self._url = url

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        if self._url.startswith("sqlite"):
            connection = sqlite3.connect(self._url.removeprefix("sqlite:///"))
            try:
                return connection.execute(query).fetchall()
            finally:
                connection.close()
        with psycopg.connect(self._url) as server:
            return server.execute(query.encode()).fetchall()

    def columns(self, view: str) -> list[str]:
        if self._url.startswith("sqlite"):
            return [row[1] for row in self.ask(f"PRAGMA table_info({view})")]
        told = f"information_schema.columns WHERE table_name = '{view}' ORDER BY ordinal_position"
        return [row[0] for row in self.ask(f"SELECT column_name FROM {told}")]  # noqa: S608 ours

    def views(self) -> set[str]:
        listed = {
            True: "SELECT name FROM sqlite_master WHERE type = 'view'",
            False: "SELECT table_name FROM information_schema.views WHERE table_schema = 'public'",
        }
        return {row[0] for row in self.ask(listed[self._url.startswith("sqlite")])}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def star(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Star]:
    """An empty database of either kind."""
    if request.param == "sqlite":
        url = migrated(tmp_path / "a.sqlite3")
        async with open_inline(url) as storage:
            yield Star(storage, url)
    else:
        new_url: Callable[[], str] = request.getfixturevalue("postgres_url_factory")
        url = new_url()
        async with open_storage(url) as server:
            yield Star(server, url)


def promised() -> dict[str, list[str]]:
    """Return the columns of each view as the document lists them."""
    parts = re.split(r"^### (v1_\w+)$", DOCUMENT.read_text("utf-8"), flags=re.MULTILINE)
    sections = zip(parts[1::2], parts[2::2], strict=True)
    return {
        name: re.findall(r"^\| `(\w+)` \|", text.split("\n## ")[0], flags=re.MULTILINE)
        for name, text in sections
    }


def example() -> str:
    """Return the document's last query."""
    queries: list[str] = re.findall(
        r"```sql\n(.*?)```", DOCUMENT.read_text("utf-8"), flags=re.DOTALL
    )
    return queries[-1]


async def test_the_views_have_the_columns_that_the_document_promises(star: Star) -> None:
    wanted = promised()
    assert star.views() == set(wanted)
    assert {view: star.columns(view) for view in wanted} == wanted
    granted = re.findall(r"GRANT SELECT ON (.*) TO", DOCUMENT.read_text("utf-8"))
    assert granted[0].split(", ") == sorted(wanted)


def answers(unit: UnitOfWork) -> None:
    """Add one answer at every point of every scale, and a second one of the first customer."""
    for kind in INSTRUMENTS.values():
        for score in () if kind.words else kind.scores:
            name = f"{kind.id}-{score}"
            tags = ex.dimensions(instrument=kind.id, scale=kind.scale)
            given = ex.answer(
                name, invitation_id=f"i-{name}", subject_id=f"s-{name}", dimensions=tags, score=score,
                segments=(Side(attribute="tier", value="gold"),),
            )  # fmt: skip
            unit.answers.add(given)
            reason = replace(given, id=f"r-{name}", question="reason", score=None, choice="late")
            unit.answers.add(reason)
    later = {"answered_at": ex.at(60), "score": 10, "subject_id": "s-nps-0"}
    tags = ex.dimensions(instrument="nps", scale=INSTRUMENTS["nps"].scale)
    unit.answers.add(ex.answer("again", invitation_id="i-again", dimensions=tags, **later))


async def test_bands_reasons_and_segments_are_those_of_the_product(star: Star) -> None:
    await star.storage.write(answers)

    told = star.ask("SELECT instrument, score, band, has_comment, imported FROM v1_answer")
    assert {(name, score): band for name, score, band, _, _ in told} == {
        (kind.id, score): kind.band(score)
        for kind in INSTRUMENTS.values()
        if not kind.words
        for score in kind.scores
    }
    assert {row[3:] for row in told} == {(0, 0)}
    assert set(star.ask("SELECT reason FROM v1_reason")) == {("late",)}
    assert set(star.ask("SELECT segment, value FROM v1_segment")) == {("tier", "gold")}


async def test_the_documents_example_counts_as_results_do(star: Star) -> None:
    await star.storage.write(answers)
    days = (date(2026, 11, 1), date(2026, 11, 30))

    ((stage, _, year, month, customers, score),) = star.ask(example())
    (counted,) = [
        each
        for each in await star.storage.read(
            lambda unit: unit.reports.scan(CountRule.MONTH, *days, ())
        )
        if each.dimensions.instrument == "nps"
    ]
    kind = instrument("nps")
    estimate = headline(kind, tuple(counted.counts[point] for point in kind.scores))
    assert estimate is not None
    assert (stage, year, month) == (counted.dimensions.stage, 2026, 11)
    assert customers == sum(counted.counts) == 11
    assert float(score) == round(estimate.value, 1)


async def test_no_view_tells_who_a_customer_is_or_what_she_wrote(star: Star) -> None:
    world, phone = await asked(star.storage, email="kim@example.com")
    await phone.taps("1")
    await phone.reads()
    await phone.acts(Typed(text=SAID))
    live = world.program
    await world.write(lambda tx: tx.programs.put(live.version, live.to_json(), world.clock.at))
    await world.write(lambda tx: tx.notes.set("program", live.version))

    told = {view: str(star.ask(f"SELECT * FROM {view}")) for view in star.views()}  # noqa: S608 ours
    for secret in ("'kim'", "kim@example.com", SAID, f"'{phone.user}'", "'o1'"):
        assert [view for view, rows in told.items() if secret in rows] == []
    assert star.ask("SELECT has_comment, score FROM v1_answer") == [(1, 1)]
    (row,) = star.ask("SELECT state, invited, delivered, answered, sent_on FROM v1_invitation")
    assert (row[1:4], str(row[4])) == ((1, 1, 1), str(world.ctx.day(world.clock.now())))
    stages = star.ask("SELECT stage_id, label_ko, label_en FROM v1_stage ORDER BY position")
    assert stages == [(s.id, s.label["ko"], s.label["en"]) for s in live.stages]
    points = star.ask("SELECT touchpoint_id, stage_id FROM v1_touchpoint ORDER BY position")
    assert points == [(point.id, point.stage) for point in live.touchpoints]


async def test_instants_are_utc_and_days_the_companys(star: Star) -> None:
    await star.storage.write(lambda unit: unit.answers.add(ex.answer("a1")))
    ((at, day),) = star.ask("SELECT answered_at, day FROM v1_answer")
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    assert moment.astimezone(UTC).replace(microsecond=0) == ex.START.replace(microsecond=0)
    assert str(day) == str(ex.DAY)


async def test_every_day_of_the_time_has_its_calendar(star: Star) -> None:
    first, last = date(2026, 12, 20), date(2027, 1, 12)

    def work(unit: UnitOfWork) -> None:
        unit.answers.add(ex.answer("a1", invitation_id="i1", day=first))
        unit.answers.add(ex.answer("a2", invitation_id="i2", day=last))

    assert star.ask("SELECT * FROM v1_day") == []
    await star.storage.write(work)
    told = star.ask("SELECT * FROM v1_day ORDER BY day")
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    assert [(str(row[0]), *row[1:]) for row in told] == [
        (str(day), day.year, (day.month + 2) // 3, day.month, *day.isocalendar()) for day in days
    ]
