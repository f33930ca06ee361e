"""What has been kept long enough goes, once a day and in small batches; what is counted stays."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.config import load
from bot.privacy import Privacy, sweep
from surveys.errors import InvalidInput
from surveys.model import InboxState, Typed, WebhookMessage, WebhookState, WebhookType
from surveys.ports import Storage, UnitOfWork
from surveys.service.retention import KINDS, Keeping, is_due, note_done, would_take
from surveys.staff_messages import StaffMessage, StaffState
from tests.contract import examples as ex
from tests.programs import standard, varied
from tests.unit.test_talking import answers, asked
from tests.world import World

YEARS = timedelta(days=1000)
SAID = "두 번이나 설명해야 했어요"


def webhook(world: World) -> WebhookMessage:
    now = world.clock.now()
    return WebhookMessage(
        id="msg",
        destination="crm",
        type=WebhookType.ANSWER_RECORDED,
        created_at=now,
        data=None,
        person_id=None,
        state=WebhookState.SENT,
        due_at=None,
        ended_at=now,
    )


def staff_message(world: World) -> StaffMessage:
    now = world.clock.now()
    return StaffMessage(
        id="digest",
        kind="digest",
        destination="slack:C1",
        body=None,
        created_at=now,
        due_at=None,
        state=StaffState.SENT,
        ended_at=now,
    )


async def lived(storage: Storage) -> World:
    """A customer who has answered in words, and one row of each other kind."""
    world, phone = await asked(storage)
    await phone.taps("1")
    await phone.reads()
    await phone.acts(Typed(text=SAID))
    await phone.reads()
    failed = ex.entry(
        "failed",
        state=InboxState.FAILED,
        due_at=None,
        body={"text": SAID},
        error=f"ValueError: {SAID}",
        received_at=world.clock.now(),
    )

    def work(tx: UnitOfWork) -> None:
        tx.inbox.add(failed)
        tx.links.add(ex.link("h", expires_at=world.clock.now()))
        tx.webhooks.add(webhook(world))
        tx.staff_messages.add(staff_message(world))

    await world.write(work)
    return world


async def counted(world: World, keeping: Keeping) -> dict[str, int]:
    now = world.clock.now()
    return await world.storage.read(
        lambda tx: {kind: would_take(tx, now, keeping, kind) for kind in KINDS}
    )


async def test_nothing_young_goes(storage: Storage) -> None:
    world = await lived(storage)

    assert set((await sweep(world.storage, world.ctx, Keeping())).values()) == {0}
    assert (await answers(world))["comment"].text == SAID


async def test_a_rehearsal_counts_what_then_goes(storage: Storage) -> None:
    world = await lived(storage)
    await world.later(days=YEARS.days)
    expected = await counted(world, Keeping())
    assert all(expected.values()), expected

    assert await sweep(world.storage, world.ctx, Keeping()) == expected
    assert set((await counted(world, Keeping())).values()) == {0}


async def test_words_go_and_scores_stay(storage: Storage) -> None:
    world = await lived(storage)
    (event,) = await world.storage.read(lambda tx: tx.events.of_occasions(["o1"]))
    (ask,) = await world.storage.read(lambda tx: tx.invitations.of_event(event.id))
    world.clock.at += YEARS
    await sweep(world.storage, world.ctx, Keeping())

    left = await world.storage.read(lambda tx: tx.answers.of_invitation(ask.id))
    assert {a.question: (a.score, a.text) for a in left}["score"] == (1, None)
    assert [a.text for a in left if a.text] == []


async def test_a_failed_message_loses_its_content_and_is_still_known(storage: Storage) -> None:
    world = await lived(storage)
    world.clock.at += timedelta(days=8)
    await sweep(world.storage, world.ctx, Keeping())

    entry = await world.storage.read(lambda tx: tx.inbox.find("event:shop", "failed"))
    assert entry is not None
    assert (entry.state, entry.body, entry.error) == (InboxState.DONE, None, None)


async def test_an_event_is_known_by_its_own_row_when_its_key_is_gone(storage: Storage) -> None:
    world = await lived(storage)
    world.clock.at += timedelta(days=40)
    await sweep(world.storage, world.ctx, Keeping())
    assert await world.storage.read(lambda tx: tx.inbox.find("event:shop", "e1")) is None

    assert await world.happens("order.paid", "kim", id="e1") == "duplicate"


async def test_what_is_kept_for_ever_stays(storage: Storage) -> None:
    world = await lived(storage)
    world.clock.at += YEARS
    keeping = replace(Keeping(), **dict.fromkeys(KINDS))

    assert set((await counted(world, keeping)).values()) == {0}
    assert set((await sweep(world.storage, world.ctx, keeping)).values()) == {0}


async def test_the_daily_job_takes_one_batch_at_a_time_and_rests_for_a_day(
    storage: Storage,
) -> None:
    world = await lived(storage)
    world.clock.at += YEARS
    expected = await counted(world, Keeping())
    job = Privacy(storage=world.storage, ctx=world.ctx, keeping=Keeping())
    rounds = 0
    while await job.retain():
        rounds += 1

    assert rounds > len(KINDS)
    assert sum(expected.values()) > 0
    assert set((await counted(world, Keeping())).values()) == {0}
    world.clock.at += timedelta(hours=23)
    assert await job.retain() == 0
    world.clock.at += timedelta(hours=1)
    assert await job.retain() == 1


# --- settings ---------------------------------------------------------------------------------------


def test_spans_are_days_months_years_or_for_ever() -> None:
    environ = {
        "AFTERTOUCH_RETENTION_EVENTS": "2y",
        "AFTERTOUCH_RETENTION_LINKS": "3mo",
        "AFTERTOUCH_RETENTION_FAILED": "2d",
        "AFTERTOUCH_RETENTION_ANSWER_TEXTS": "forever",
    }
    keeping = load(environ, None).retention.keeping

    assert keeping == replace(
        Keeping(),
        events=timedelta(days=732),
        links=timedelta(days=93),
        failed=timedelta(days=2),
        answer_texts=None,
    )


@pytest.mark.parametrize(
    ("name", "span"),
    [
        ("EVENTS", "soon"),
        ("EVENTS", "0d"),
        ("FAILED", "8d"),
        ("FAILED", "forever"),
        ("INBOX", "6d"),
        ("MESSAGES", "1d"),
    ],
)
def test_a_span_that_breaks_a_promise_is_refused(name: str, span: str) -> None:
    with pytest.raises(InvalidInput, match=f"retention.{name.lower()}"):
        load({f"AFTERTOUCH_RETENTION_{name}": span}, None)


async def test_an_ask_that_waits_longer_than_events_are_kept_is_made(storage: Storage) -> None:
    after = {t.id: {"after": "20d", "occurrence": None} for t in standard().triggers}
    world = World(storage, varied(rules={"quiet_hours": None}, triggers=after))
    session = await world.browser(await world.customer("kim"))
    await world.happens("order.paid", "kim")
    world.clock.at += timedelta(days=15)
    await sweep(world.storage, world.ctx, Keeping(events=timedelta(days=7)))
    await world.later(days=5)

    assert [b.prompt.kind for b in await world.sees(session)] == ["question"]


@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(days=1)])
async def test_the_daily_job_is_due_again_after_a_day_or_when_the_clock_was_set_back(
    storage: Storage, jump: timedelta
) -> None:
    world = World(storage)
    await world.write(lambda tx: note_done(tx, world.ctx, 0))
    assert not await world.storage.read(lambda tx: is_due(tx, world.ctx))
    world.clock.at += jump

    assert await world.storage.read(lambda tx: is_due(tx, world.ctx))
