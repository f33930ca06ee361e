"""Rows C03 to C05, C07 and C08: nights that lose or repeat an hour, zones that are elsewhere, change or are none."""

import zoneinfo
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot import clock as system
from surveys.decisions import Facts, RulingKind, rule
from surveys.model import Consent, Event, Person, Purpose
from surveys.ports import Storage, UnitOfWork
from surveys.program import Program
from tests.clock_changes import CLOCK_CHANGES
from tests.e2e.chats import seen
from tests.e2e.deployment import Deployment, deployed, until
from tests.e2e.webchat_chat import webchat
from tests.phones import Phone
from tests.programs import varied
from tests.world import NOON, World

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


# --- C03, C04: the hour that is skipped, the hour that comes twice ----------------------------------


async def questions_by_minute(
    storage: Storage, quiet_end: str, event: str, since: str, until: str
) -> list[str]:
    """Walk a New Yorker's night minute by minute; return when questions came, in UTC."""
    rules = {"quiet_hours": {"start": "21:00", "end": quiet_end}}
    world = World(storage, varied(rules=rules, triggers={"checkout": {"after": "0s"}}))
    world.clock.at = datetime.fromisoformat(event)
    phone = Phone(world)
    await phone.starts(await world.customer("kim", timezone="America/New_York"))
    await world.happens("order.paid", "kim")
    came, count = [], (await phone.reads()).count("question")
    assert count == 0

    world.clock.at = datetime.fromisoformat(since)
    while world.clock.at < datetime.fromisoformat(until):
        now = (await phone.reads()).count("question")
        came += [f"{world.clock.at:%H:%M}"] * (now - count)
        count = now
        world.clock.at += MINUTE
    return came


async def test_c03_what_waits_for_a_skipped_time_goes_out_once_when_the_clock_has_jumped(
    storage: Storage,
) -> None:
    """On 8 March 2026 New York has no 02:30: 01:59 EST is followed by 03:00 EDT, 07:00 in UTC."""
    came = await questions_by_minute(
        storage, "02:30", "2026-03-08T05:00Z", "2026-03-08T06:30Z", "2026-03-08T08:00Z"
    )

    assert came == ["07:00"]


async def test_c04_what_waits_for_a_repeated_time_goes_out_once_the_first_time(
    storage: Storage,
) -> None:
    """On 1 November 2026 New York has 01:30 twice: at 05:30 and at 06:30 in UTC."""
    came = await questions_by_minute(
        storage, "01:30", "2026-11-01T03:00Z", "2026-11-01T05:00Z", "2026-11-01T07:00Z"
    )

    assert came == ["05:30"]


# --- C05: quiet hours over midnight, elsewhere ------------------------------------------------------


def facts_at(at: datetime, zone: str, program: Program) -> Facts:
    """A customer of that zone has paid just now."""
    person = Person(id="p1", subject_id="s1", created_at=at, external_id="kim", timezone=zone)
    consent = Consent(
        person_id="p1",
        purpose=Purpose.SERVICE_SURVEY,
        granted=True,
        at=at,
        source="test",
        text_version="1",
    )
    return Facts(
        program=program,
        trigger=program.trigger("checkout"),
        event=Event(source="shop", id="e1", type="order.paid", subject="o1", time=at),
        now=at,
        salt="salt",
        person=person,
        known=True,
        reachable=True,
        consents=(consent,),
    )


@pytest.mark.parametrize(("zone", "day"), CLOCK_CHANGES, ids=str)
def test_c05_no_minute_of_a_day_with_a_clock_change_asks_in_the_customers_night(
    zone: str, day: date
) -> None:
    """The company is elsewhere. By day the ask is clear at once; by night it is held to the next 08:00."""
    program = varied(triggers={"checkout": {"after": "0s"}})
    assert program.company.zone == "Asia/Seoul"
    local = ZoneInfo(zone)
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - 14 * HOUR
    for minute in range(54 * 60):
        at = start + minute * MINUTE
        ruling = rule(facts_at(at, zone, program))
        by_day = 8 <= at.astimezone(local).hour < 21
        if by_day:
            assert ruling.kind is RulingKind.CLEAR, at
            continue
        assert (ruling.kind, ruling.rule) == (RulingKind.HELD, "quiet_hours"), at
        assert ruling.until is not None
        assert f"{ruling.until.astimezone(local):%H:%M}" == "08:00", at
        assert ruling.until - at <= 12 * HOUR, at


async def test_c05_a_question_of_the_night_is_sent_at_eight_where_the_customer_is(
    storage: Storage,
) -> None:
    """22:00 in Helsinki is 05:00 in Seoul, where it is 15:00 when Helsinki's morning comes."""
    world = World(storage, varied(triggers={"checkout": {"after": "0s"}}))
    world.clock.at = datetime(2026, 11, 2, 20, tzinfo=UTC)
    phone = Phone(world)
    await phone.starts(await world.customer("kim", timezone="Europe/Helsinki"))
    await world.happens("order.paid", "kim")

    while "question" not in await phone.reads():
        world.clock.at += MINUTE

    assert world.clock.at.astimezone(ZoneInfo("Europe/Helsinki")).strftime("%H:%M") == "08:00"


# --- C07: a zone is defined anew --------------------------------------------------------------------

Define = Callable[[str, str], None]
KATHMANDU = "Asia/Kathmandu"


@pytest.fixture
def define(tmp_path: Path) -> Iterator[Define]:
    """Let a zone be what another one is now, as an update of tzdata would."""
    folder, usual = tmp_path / "zoneinfo", zoneinfo.TZPATH

    def move(zone: str, like: str) -> None:
        file = folder / zone
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(system._definition(like))
        use(str(folder), *usual)

    yield move
    use(*usual)


def use(*folders: str) -> None:
    zoneinfo.reset_tzpath(to=folders)
    ZoneInfo.clear_cache()


async def due_of_the_question(deployment: Deployment) -> datetime | None:
    def look(tx: UnitOfWork) -> datetime | None:
        (event,) = tx.events.search("e1")
        due = [i.due_at for i in tx.invitations.of_event(event.id) if i.hold_rule == "quiet_hours"]
        return due[0] if due else None

    found: datetime | None = await deployment.app.storage.read(look)
    return found


@pytest.mark.parametrize(
    ("like", "eight"), [("Asia/Dhaka", "02:00"), ("Asia/Kolkata", "02:30")], ids=["east", "west"]
)
async def test_c07_an_ask_of_the_night_follows_its_zone_when_that_moves(
    database_url: str, define: Define, like: str, eight: str
) -> None:
    """08:00 in Kathmandu is 02:15 in UTC, until Nepal moves its clocks a quarter of an hour."""
    async with webchat() as chats, deployed(database_url, {}) as deployment:
        chat = await chats.join(deployment, "c1", "ko")
        await deployment.customer("c1", timezone=KATHMANDU)
        night = datetime.now(UTC).replace(hour=17, minute=15, second=0, microsecond=0) - DAY
        deployment.clock.behind = datetime.now(UTC) - night
        event = deployment.event("c1", time=(night - 2 * HOUR).isoformat())
        assert (await deployment.signed(event)).status == 202
        before = await due_of_the_question(deployment)

        await deployment.stop()
        define(KATHMANDU, like)
        await deployment.start()

        async def moved() -> bool:
            due = await due_of_the_question(deployment)
            return due is not None and f"{due:%H:%M}" == eight

        await until(moved)
        after = await due_of_the_question(deployment)
        assert after is not None
        early = await chat.see()
        deployment.clock.behind = datetime.now(UTC) - after
        deployment.app.loop.wake()
        await seen(chat, 1)
        deployment.clock.behind -= HOUR
        deployment.app.loop.wake()
        came = await chat.see()

    assert before is not None
    assert f"{before:%H:%M}" == "02:15"
    assert (len(early), len(came)) == (0, 1)


async def test_c07_a_restart_under_the_same_definitions_recalls_nothing(database_url: str) -> None:
    async with deployed(database_url, {}) as deployment:
        first = await deployment.app.storage.read(lambda tx: tx.notes.get("zones"))
        await deployment.restart()
        again = await deployment.app.storage.read(lambda tx: tx.notes.get("zones"))

    assert first == again == system.zones()


# --- C08: a zone that is none -----------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Asia", "../etc/passwd", "\uc11c\uc6b8", " "])
async def test_c08_an_unknown_zone_counts_as_the_companys_and_is_named_in_the_verdict(
    storage: Storage, zone: str
) -> None:
    world = World(storage, varied(triggers={"checkout": {"after": "0s"}}))
    world.clock.at = NOON + 11 * HOUR  # 23:00 in Seoul
    phone = Phone(world)
    await phone.starts(await world.customer("kim", timezone=zone))
    await world.happens("order.paid", "kim", id="e")

    ((decision,),) = [explained.decisions for explained in await world.why("e")]
    (verdict,) = decision.verdicts
    while "question" not in await phone.reads():
        world.clock.at += 30 * MINUTE

    assert (verdict.rule, verdict.values["unknown_zone"]) == ("quiet_hours", zone)
    assert verdict.values["zone"] == "Asia/Seoul"
    assert world.clock.at.astimezone(ZoneInfo("Asia/Seoul")).strftime("%H:%M") == "08:00"
