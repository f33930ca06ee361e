"""Digests: what they say, in every form and both languages, and that each goes out once."""

import asyncio
import html
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bot.config import Settings, load
from bot.digests.content import Content, Tone, content_of
from bot.digests.desk import RETRY, DigestDesk
from bot.digests.plan import Digest, plan
from bot.digests.rendering import MOST_UNITS, render
from surveys.errors import InvalidInput, NotFound, StorageBusy
from surveys.model import CountRule
from surveys.ports import Storage, UnitOfWork
from surveys.results import Change, Labels, Pain, Query, ResultTable, Row, WeekPoint, Window
from surveys.results.comparable import told
from surveys.service import operating
from surveys.statistics import Estimate
from tests.fakes.slack_blocks import block_faults
from tests.journeys import PROGRAM
from tests.world import World

T = TypeVar("T")
NOW = datetime(2026, 11, 23, 0, 0, 5, tzinfo=UTC)
"""Monday, nine o'clock and five seconds in Seoul."""

NINE = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
WEEKLY = {
    "id": "weekly",
    "cron": "0 9 * * 1",
    "to": ["slack:C1", "telegram:-1", "file:w-{date}.html"],
}


def settings(*digests: dict[str, Any], folder: str | None = "pages") -> Settings:
    return Settings.model_validate({"digests": digests, "pages_folder": folder})


def weekly(**parts: Any) -> Digest:
    return plan(settings(WEEKLY | parts), PROGRAM)["weekly"]


def row(stage: str = "purchase", **parts: Any) -> Row:
    filled: dict[str, Any] = {
        "stage": stage,
        "touchpoint": None,
        "instrument": "nps",
        "series": "nps:0-10:up:std1",
        "n": 180,
        "score": Estimate(value=22.4, low=12.2, high=31.6, method="adjusted_wald_3"),
        "mean": None,
        "distribution": None,
        "invited": 500,
        "delivered": 490,
        "answered": 186,
        "labels": Labels(
            stage={"ko": "구매", "en": "Purchase"},
            touchpoint=None,
            instrument={"ko": "추천 의향", "en": "NPS"},
        ),
    }
    return Row(**(filled | parts))


def weeks(*values: float | None) -> tuple[WeekPoint, ...]:
    first = date(2026, 9, 7)
    return tuple(
        WeekPoint(week=first + timedelta(weeks=n), value=value, n=None if value is None else 9)
        for n, value in enumerate(values)
    )


WORSE = Change(
    against="2026-10", value=28, n=150, difference=-6.0, low=-11.2, high=-1.4, p_holm=0.01,
    verdict="worse",
)  # fmt: skip
PAIN = Pain(id="late", label={"ko": "늦은 <배송>", "en": "late <delivery>"}, count=12)
ROWS = (
    row(change=WORSE, spark=weeks(0, 30, None, -10), pain=PAIN),
    row("retention", n=12, series="nps:0-10:up:own", wordings_differ=True),
    row("advocacy", n=None, score=None, answered=None),
    row("awareness", n=None, score=None, answered=0),
    row("unplanned", n=None, score=None, answered=0, invited=0),
)


def table(*rows: Row) -> ResultTable:
    window = Window(
        rule=CountRule.MONTH, since=date(2026, 11, 1), until=date(2026, 11, 30), period="2026-11"
    )
    return ResultTable(
        rows=rows, recoveries=(), query=Query(), window=window, zone="Asia/Seoul", as_of=NOW,
        compared=window.before(),
    )  # fmt: skip


def content(*rows: Row, digest: Digest | None = None, late: datetime | None = None) -> Content:
    return content_of(
        digest or weekly(),
        table(*(rows or ROWS)),
        PROGRAM,
        late=late,
        link="https://ask.example/console",
    )


FOOT = (
    "2026-11-23 09:00 KST 기준. 점수 곁은 95% 신뢰구간이고, 참고용은 응답 30명 미만입니다. "
    "고객 한 분을 단계마다 한 번만 셉니다."
)

# --- what they say --------------------------------------------------------------------------------


def test_the_text_tells_scores_with_intervals_changes_and_what_is_hidden() -> None:
    assert render(content()).text.splitlines() == [
        "고객 경험 요약 · 초록마켓",
        "2026-11-01 – 2026-11-30",
        "2026-10-01 – 2026-10-31과 비교",
        "",
        "구매 — NPS: +22 (+12 – +32) · 응답 180명 · 응답률 38%",
        "  ▅▆·▄  ▼ 나빠졌습니다 -6 (-11 – -1)",
        "  불편 1위: 늦은 <배송> (12명)",
        "구매 — NPS · own: +22 (+12 – +32) · 응답 12명 · 응답률 38% · 참고용",
        "구매 — NPS: 응답한 분이 다섯 명이 안 되어 보이지 않습니다.",
        "구매 — NPS: 아직 응답이 없습니다.",
        "",
        FOOT,
        "https://ask.example/console",
    ]


def test_the_same_in_english() -> None:
    lines = render(content(digest=weekly(language="en"))).text.splitlines()
    assert lines[0] == "Customer experience digest · Green Market"
    assert lines[4:7] == [
        "Purchase — NPS: +22 (+12 – +32) · 180 customers · response rate 38%",
        "  ▅▆·▄  ▼ worse -6 (-11 – -1)",
        "  Top pain point: late <delivery> (12)",
    ]


def test_a_hidden_number_is_in_no_form() -> None:
    few = row(n=None, score=None, answered=None, invited=7777, delivered=7776)
    body = render(content(few))
    for form in (body.text, body.telegram, str(body.blocks), body.page):
        assert "7777" not in form
        assert "7776" not in form


def test_what_may_not_be_compared_says_why_and_what_has_no_verdict_says_none() -> None:
    refused = Change(against="2026-10", refused=("wording",))
    plain = replace(WORSE, verdict=None)
    lines = content(
        row(change=refused), row(change=plain), row(change=replace(plain, look=True))
    ).lines

    assert [line.change.partition(" ")[0] for line in lines] == ["비교하지", "변화", "살펴볼"]
    mixed = replace(plain, notes=("channel_mix",))
    assert told("channel_mix", "ko") in content(row(change=mixed)).lines[0].change
    assert told("wording", "ko") in lines[0].change
    assert [line.tone for line in lines] == [Tone.NONE] * 3


def test_a_spark_needs_two_weeks() -> None:
    lines = content(row(spark=weeks(5.0, None)), row(spark=weeks(None, -100, 0, 100))).lines
    assert [line.spark for line in lines] == ["", "·▁▅█"]


def test_only_the_stages_that_are_wanted_are_told() -> None:
    digest = weekly(stages=["retention"])
    assert [line.name for line in content(digest=digest).lines] == ["NPS · own"]
    nowhere = weekly(stages=["advocacy"], language="en")
    assert "Nobody was asked" in render(content(row(), digest=nowhere)).text


# --- forms ----------------------------------------------------------------------------------------


def test_telegram_takes_it_whole_or_with_a_count_of_what_was_left_out() -> None:
    short = render(content()).telegram
    assert "<b>구매</b> — NPS" in short
    assert "늦은 &lt;배송&gt;" in short
    assert short.endswith('<a href="https://ask.example/console">콘솔에서 보기</a>')

    long = render(content(*[row(change=WORSE, pain=PAIN)] * 90)).telegram
    assert len(long.encode("utf-16-le")) // 2 <= MOST_UNITS
    shown = long.count("<b>구매</b>")
    assert f"외 {90 - shown}개" in long
    assert long.count("<b>") == long.count("</b>")


def test_slack_takes_the_blocks() -> None:
    for rows in (ROWS, (row(),) * 90, (row("none", invited=0, answered=0, n=None, score=None),)):
        assert block_faults([dict(block) for block in render(content(*rows)).blocks]) == []
    assert "외 50개" in str(render(content(*[row()] * 90)).blocks)
    assert "늦은 &lt;배송&gt;" in str(render(content()).blocks)


def test_the_page_stands_alone_and_escapes() -> None:
    page = render(content()).page
    assert html.escape("늦은 <배송>") in page
    assert "<배송>" not in page
    assert 'lang="ko"' in page
    for foreign in ("<script", "<link", "<img", "src=", "url(", "@import"):
        assert foreign not in page


def test_a_late_one_says_so() -> None:
    assert "2026-11-23 09:00 KST에 보낼 것을" in render(content(late=NINE)).text


# --- which there are ------------------------------------------------------------------------------


def test_windows_are_of_the_day_it_is_sent() -> None:
    assert weekly().query(NOW).since_days == 7
    assert weekly(since="previous month").query(NOW).period == "2026-10"
    assert weekly(since="previous quarter").query(NOW).period == "2026-Q3"
    january = datetime(2026, 12, 31, 16, tzinfo=UTC)  # New Year in Seoul
    assert weekly(since="Previous  Month").query(january).period == "2026-12"
    assert weekly(since="previous quarter").query(january).period == "2026-Q4"
    assert weekly().destinations(january)[2] == "file:w-2027-01-01.html"


@pytest.mark.parametrize(
    ("parts", "where"),
    [
        ({"cron": "0 9 * *"}, "digests.0.cron"),
        ({"to": ["mail:a@example.com"]}, "digests.0.to"),
        ({"to": ["file:../a.html"]}, "digests.0.to"),
        ({"zone": "Mars/Olympus"}, "digests.0.zone"),
        ({"since": "a week"}, "digests.0.since"),
        ({"compare": "yesterday"}, "digests.0.compare"),
        ({"stages": ["nowhere"]}, "digests.0.stages"),
        ({"language": "xx"}, "digests.0.language"),
    ],
)
def test_what_is_wrong_with_one_is_named(parts: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidInput) as fault:
        weekly(**parts)
    assert fault.value.where == where


def test_two_of_one_name_and_files_without_a_folder_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"digests\.1\.id"):
        plan(settings(WEEKLY, WEEKLY), PROGRAM)
    with pytest.raises(InvalidInput, match="pages_folder"):
        plan(settings(WEEKLY, folder=None), PROGRAM)


def test_they_are_read_from_the_config_file(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(
        "digests:\n- id: weekly\n  cron: 0 9 * * 1\n  to: [slack:C1]\n  language: en\n", "utf-8"
    )
    (digest,) = plan(load({}, file), PROGRAM).values()
    assert (digest.language, digest.schedule) == ("en", "0 9 * * 1 Asia/Seoul")
    file.write_text("digests:\n- {id: weekly, cron: 0 9 * * 1, to: []}\n", "utf-8")
    with pytest.raises(InvalidInput, match=r"digests\.0\.to"):
        load({}, file)


# --- when they go out -----------------------------------------------------------------------------


def desk(world: World, *digests: dict[str, Any], storage: Storage | None = None) -> DigestDesk:
    return DigestDesk(
        storage=storage or world.storage,
        ctx=world.ctx,
        digests=plan(settings(*digests), world.program),
        wake=lambda: None,
    )


def world_at(storage: Storage, at: datetime) -> World:
    world = World(storage, PROGRAM)
    world.clock.at = at
    return world


async def ids(world: World) -> list[str]:
    found = await world.storage.read(lambda tx: tx.staff_messages.newest(99))
    return sorted(message.id for message in found)


async def due(world: World) -> datetime | None:
    return await world.storage.read(lambda tx: tx.recurrences.next_due())


ONCE = [f"digest:weekly:20261123T0000Z:{number}" for number in (1, 2, 3)]


async def test_one_that_is_due_goes_to_all_its_destinations_once(storage: Storage) -> None:
    world = world_at(storage, NINE - timedelta(hours=1))
    digests = desk(world, WEEKLY)
    await digests.declare()
    assert (await due(world), await digests.make()) == (NINE, 0)

    world.clock.at = NOW
    assert [await digests.make(), await digests.make()] == [1, 0]

    assert await ids(world) == ONCE
    assert await due(world) == NINE + timedelta(weeks=1)
    told = await storage.read(lambda tx: tx.staff_messages.get(ONCE[0]))
    assert told is not None
    assert told.body is not None
    assert "보낼 것을" not in told.body.text


async def test_what_was_missed_comes_once_and_late(storage: Storage) -> None:
    world = world_at(storage, NINE - timedelta(hours=1))
    await desk(world, WEEKLY).declare()
    world.clock.at = NOW + timedelta(weeks=3, hours=1)

    digests = desk(world, WEEKLY)  # a new process
    await digests.declare()
    assert [await digests.make(), await digests.make()] == [1, 0]

    assert await ids(world) == ONCE
    assert await due(world) == NINE + timedelta(weeks=4)
    told = await storage.read(lambda tx: tx.staff_messages.get(ONCE[0]))
    assert told is not None
    assert told.body is not None
    assert "2026-11-23 09:00 KST에 보낼 것을" in told.body.text


class Crashing:
    """See surveys.ports.Storage; what is written is lost, or its answer is."""

    def __init__(self, storage: Storage, *, keeps: bool) -> None:
        self._storage, self._keeps = storage, keeps

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        return await self._storage.read(work)

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        if self._keeps:
            await self._storage.write(work)
        message = "the process dies here"
        raise StorageBusy(message)

    async def wipe(self) -> bool:
        return await self._storage.wipe()


@pytest.mark.parametrize("keeps", [True, False], ids=["after the commit", "before it"])
async def test_a_crash_at_the_commit_sends_it_neither_twice_nor_not_at_all(
    storage: Storage, keeps: bool
) -> None:
    world = world_at(storage, NINE - timedelta(hours=1))
    await desk(world, WEEKLY).declare()
    world.clock.at = NOW
    with pytest.raises(StorageBusy):
        await desk(world, WEEKLY, storage=Crashing(storage, keeps=keeps)).make()

    again = desk(world, WEEKLY)
    await again.declare()
    await again.make()
    assert await ids(world) == ONCE


async def test_of_several_workers_one_sends_it(storage: Storage) -> None:
    world = world_at(storage, NINE - timedelta(hours=1))
    await desk(world, WEEKLY).declare()
    world.clock.at = NOW

    made = await asyncio.gather(*(desk(world, WEEKLY).make() for _ in range(4)))
    assert sum(made) == 1
    assert await ids(world) == ONCE


async def test_a_changed_schedule_is_reckoned_anew_and_one_that_left_is_gone() -> None:
    world = world_at(World().storage, NINE - timedelta(hours=1))
    daily = {"id": "daily", "cron": "30 8 * * *", "to": ["slack:C1"]}
    await desk(world, WEEKLY, daily).declare()
    assert await due(world) == NINE - timedelta(minutes=30)

    await desk(world, WEEKLY | {"cron": "0 10 * * 1"}).declare()
    assert await due(world) == NINE + timedelta(hours=1)
    await desk(world).declare()
    assert await due(world) is None


async def test_while_sending_is_held_none_is_made() -> None:
    world = world_at(World().storage, NINE - timedelta(hours=1))
    digests = desk(world, WEEKLY)
    await digests.declare()
    world.clock.at = NOW
    await world.write(lambda tx: operating.hold(tx, world.ctx, "why", "cli:x"))
    assert await digests.make() == 0
    await world.write(lambda tx: operating.release(tx, world.ctx, "cli:x"))
    assert await digests.make() == 1


class Unreadable(Crashing):
    """Results can't be read, once."""

    def __init__(self, storage: Storage) -> None:
        super().__init__(storage, keeps=True)
        self.reads = 0

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        self.reads += 1
        if self.reads == 2:
            message = "a bug in the results"
            raise ValueError(message)
        return await self._storage.read(work)

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        return await self._storage.write(work)


async def test_one_that_cannot_be_made_is_tried_again_and_stops_no_other() -> None:
    world = world_at(World().storage, NINE - timedelta(hours=1))
    other = {"id": "other", "cron": "0 9 * * *", "to": ["slack:C2"]}
    await desk(world, WEEKLY, other).declare()
    world.clock.at = NOW

    assert await desk(world, WEEKLY, other, storage=Unreadable(world.storage)).make() == 1
    assert await due(world) == NOW + RETRY


async def test_one_is_sent_by_hand_beside_its_schedule() -> None:
    world = world_at(World().storage, NOW)
    digests = desk(world, WEEKLY)
    await digests.declare()
    before = await due(world)

    assert await digests.send("weekly", "cli:minji") == (
        "slack:C1",
        "telegram:-1",
        "file:w-2026-11-23.html",
    )
    await digests.send("weekly", "cli:minji")

    assert len(await ids(world)) == 6
    assert await due(world) == before
    (deed, _) = await world.storage.read(lambda tx: tx.audit.newest(2))
    assert (deed.act, deed.subject, deed.by) == ("digest", "weekly", "cli:minji")
    with pytest.raises(NotFound):
        await digests.send("monthly", "cli:minji")
