"""What an operator types: lists, settling, dead letters, the switch; with a server and without one."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.doors import ADMIN_HEADER
from storage.opening import open_storage
from surveys.errors import InvalidInput, NotFound, NotWaiting
from surveys.model import Deed, DeliveryState, InboxState
from surveys.ports import UnitOfWork
from surveys.service.holding import is_held
from surveys.service.pauses import pauses
from tests.backlog import LETTER, park
from tests.commands import Run, refuse, running_on, told
from tests.e2e.process import aftertouch, serving
from tests.sqlite import migrated
from tests.world import NOON


@pytest.fixture
def database(tmp_path: Path) -> str:
    return migrated(tmp_path / "a.sqlite3")


@pytest.fixture
def run(database: str) -> Run:
    return running_on(database)


async def _fill(database: str) -> str:
    async with open_storage(database) as storage:
        return await park(storage)


@pytest.fixture
def parked(database: str) -> str:
    return asyncio.run(_fill(database))


def look(database: str, work: Callable[[UnitOfWork], Any]) -> Any:
    async def read() -> Any:
        async with open_storage(database, writable=False) as storage:
            return await storage.read(work)

    return asyncio.run(read())


def state(database: str, delivery_id: str) -> DeliveryState:
    delivery = look(database, lambda tx: tx.deliveries.get(delivery_id))
    found: DeliveryState = delivery.state
    return found


def deeds(database: str) -> list[tuple[str, str, bool]]:
    trail: tuple[Deed, ...] = look(database, lambda tx: tx.audit.newest(9))
    return [(deed.act, deed.subject, deed.by.startswith("cli:")) for deed in trail]


def test_deliveries_are_listed_as_a_table_in_both_languages_and_as_json(
    run: Run, parked: str
) -> None:
    english, korean = run("deliveries", "--lang", "en"), run("deliveries")
    (told,) = json.loads(run("deliveries", "--json"))

    assert [word in english for word in (parked, "Parked", "kim", "Purchase · Checkout")] == [
        True
    ] * 4
    assert "확인 필요" in korean
    assert (told["id"], told["state"], told["customer"]) == (parked, "parked", "kim")
    assert [attempt["outcome"] for attempt in told["attempts"]] == ["unknown"]


@pytest.mark.parametrize(
    ("settlement", "wanted"),
    [
        ("sent", DeliveryState.SENT),
        ("resend", DeliveryState.PENDING),
        ("drop", DeliveryState.FAILED),
    ],
)
def test_a_delivery_is_settled_once(
    run: Run, database: str, parked: str, settlement: str, wanted: DeliveryState
) -> None:
    assert run("deliveries", "settle", parked, "--as", settlement, "--lang", "en")

    assert state(database, parked) is wanted
    assert deeds(database) == [("settle", parked, True)]
    again = refuse(database, "deliveries", "settle", parked, "--as", settlement)
    assert isinstance(again, NotWaiting)
    assert state(database, parked) is wanted
    assert run("deliveries", "--lang", "en") == "Nothing waits for a decision.\n"


def test_a_dead_letter_is_listed_without_its_content_then_retried(
    run: Run, database: str, parked: str
) -> None:
    table, listed = run("inbox", "--lang", "en"), json.loads(run("inbox", "--json"))
    assert "[bold]금액[/bold]" in table
    assert listed == [
        {
            "id": "letter-1",
            "source": "event:shop",
            "key": "e99",
            "received_at": NOON.isoformat(),
            "tries": 5,
            "error": LETTER.error,
        }
    ]

    run("inbox", "retry", "letter-1")
    assert look(database, lambda tx: tx.inbox.get("letter-1")).state is InboxState.NEW
    assert isinstance(refuse(database, "inbox", "drop", "letter-1"), NotWaiting)


def test_a_dead_letter_is_dropped(run: Run, database: str, parked: str) -> None:
    run("inbox", "drop", "letter-1")

    entry = look(database, lambda tx: tx.inbox.get("letter-1"))
    assert (entry.state, entry.body) == (InboxState.DONE, None)
    assert deeds(database) == [("drop", "letter-1", True)]


def test_sending_is_held_and_released_without_a_server(run: Run, database: str) -> None:
    assert run("hold", "--reason", "잘못된 가격", "--lang", "en") == "Sending is on hold.\n"
    assert look(database, is_held)
    assert run("release", "--lang", "en") == "Sending goes on.\n"
    assert not look(database, is_held)
    assert run("release", "--lang", "en") == "Sending was not on hold.\n"


def test_what_waits_is_given_up_before_the_release_where_told(
    run: Run, database: str, parked: str
) -> None:
    run("deliveries", "settle", parked, "--as", "resend")
    assert run("release", "--drop-waiting", "--lang", "en") == "Sending was not on hold.\n"
    run("hold")

    said = run("release", "--drop-waiting", "--lang", "en")
    assert said == "The questions that waited are given up; sending goes on.\n"
    assert state(database, parked) is DeliveryState.FAILED
    assert not look(database, is_held)


def test_a_survey_or_a_trigger_is_paused_and_goes_on(database: str, run: Run) -> None:
    assert run("pause", "checkout-csat", "--lang", "en").startswith("Paused")
    assert run("pause", "trigger:support", "--lang", "en").startswith("Paused")
    assert run("pause", "checkout-csat", "--lang", "en").startswith("Nothing changed")
    assert [(each.of, each.id) for each in look(database, pauses)] == [
        ("survey", "checkout-csat"),
        ("trigger", "support"),
    ]

    assert run("resume", "checkout-csat", "--lang", "en").startswith("Resumed")
    assert run("resume", "trigger:support", "--lang", "en").startswith("Resumed")
    assert look(database, pauses) == ()
    assert isinstance(refuse(database, "pause", "lunch"), InvalidInput)
    assert isinstance(refuse(database, "pause", "survey:lunch"), NotFound)


def test_what_is_not_there_or_makes_no_sense_is_refused(database: str, parked: str) -> None:
    nothing = refuse(database, "deliveries", "settle", "d99", "--as", "sent")
    nonsense = refuse(database, "deliveries", "settle", parked, "--as", "maybe")
    long = refuse(database, "hold", "--reason", "x" * 201)

    assert isinstance(nothing, NotFound)
    assert isinstance(nonsense, InvalidInput)
    assert "sent, resend, drop" in str(nonsense)
    assert isinstance(long, InvalidInput)


async def test_a_running_server_carries_the_orders_out(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        held = await told("hold", "--reason", "wrong price", "--lang", "en", environ=server.environ)
        unknown = await aftertouch(
            "inbox", "retry", "nothing", cwd=tmp_path, environ=server.environ
        )
        note = json.loads((tmp_path / "a.sqlite3.admin").read_text())
        url = f"{server.url}/admin/orders"
        order = {"act": "release", "by": "cli:x"}
        async with server.http.post(url, json=order) as stranger:
            refused = stranger.status
        headers = {ADMIN_HEADER: note["token"]}
        async with server.http.post(url, json={"act": "release"}, headers=headers) as nameless:
            anonymous = nameless.status
        released = await told("release", "--lang", "en", environ=server.environ)

    assert held == (0, "Sending is on hold.\n", "")
    assert unknown == (1, "", "aftertouch: there is no inbox entry 'nothing'\n")
    assert (refused, anonymous) == (403, 400)
    assert released == (0, "Sending goes on.\n", "")
