"""``aftertouch program templates`` and ``program add``, as typed."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.opening import open_storage
from surveys.errors import InvalidInput
from surveys.model import CustomerHint, Event, StoredEvent
from surveys.program import default_program_text, load_program
from tests.commands import refuse, running_on

SEEN = datetime(2026, 11, 20, 3, 4, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A program of the company's own, with comments and Windows' line breaks."""
    path = tmp_path / "program.yaml"
    path.write_bytes(("\ufeff" + default_program_text().replace("\n", "\r\n")).encode())
    return path


@pytest.fixture
def nowhere(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/none.sqlite3"


def test_the_list_is_told_by_industry_and_stage_in_words_and_as_json(nowhere: str) -> None:
    run = running_on(nowhere)

    lines = run("program", "templates", "--industry", "travel", "--lang", "en").splitlines()
    told = json.loads(run("program", "templates", "--stage", "advocacy", "--json"))

    assert lines[0] == "Travel and booking (travel)"
    assert [line.split()[0] for line in lines[1::2]] == [
        "travel-search",
        "travel-quote",
        "travel-booking",
        "travel-trip",
        "travel-recommend",
    ]
    assert lines[5].split() == ["travel-booking", "purchase", "CSAT", "order.paid", "+30m"]
    assert [(each["industry"], each["instrument"]) for each in told] == [
        (trade, "nps") for trade in ("commerce", "saas", "travel", "food", "finance")
    ]
    assert told[0] | {"title": 0, "purpose": 0} == {
        "id": "commerce-recommend",
        "industry": "commerce",
        "stage": "advocacy",
        "title": 0,
        "purpose": 0,
        "instrument": "nps",
        "event": "order.delivered",
        "after": "14d",
        "max_wait": "7d",
        "touchpoint": "recommend",
    }


def test_a_template_is_shown_and_put_into_the_file_with_every_line_of_it_kept(
    file: Path, nowhere: str
) -> None:
    before = file.read_bytes()

    out = running_on(nowhere)(
        *("program", "add", "commerce-delivery", "--to", str(file), "--lang", "en")
    )

    after = file.read_bytes()
    lines = iter(after.splitlines())
    assert all(line in lines for line in before.splitlines())
    assert after.startswith(b"\xef\xbb\xbf#")
    assert after.count(b"\n") == after.count(b"\r\n")
    program = load_program(after.decode("utf-8-sig"), "p")
    assert program.trigger("commerce-delivery").survey == "commerce-delivery-csat"
    assert "│ How satisfied were you with the delivery of your order?" in out
    assert "│ [1] [2] [3] [4] [5]" in out
    assert "- It asks at the touchpoint delivery, which the program has already." in out
    assert "- order.delivered starts delivery, recommend as well. The cap is 1 in 30 days" in out
    assert f"put it in force: aftertouch program apply {file}" in out
    assert not list(file.parent.glob(".*"))


def test_a_dry_run_writes_nothing(file: Path, nowhere: str) -> None:
    before = file.read_bytes()

    out = running_on(nowhere)("program", "add", "saas-trial", "--to", str(file), "--dry-run")

    assert file.read_bytes() == before
    assert "│ 다음 문장에 얼마나 동의하십니까?" in out
    assert "  - id: saas-trial\n    on: subscription.paid" in out
    assert f"{file} 파일은 그대로입니다." in out


async def seen(database: str) -> None:
    event = Event(
        source="shop",
        id="e1",
        type="cart.abandoned",
        subject="c1",
        time=SEEN,
        customer=CustomerHint(id="c-1"),
    )
    stored = StoredEvent(id="1", event=event, person_id=None, received_at=SEEN)
    async with open_storage(database) as storage:
        await storage.write(lambda tx: tx.events.add(stored, reversing=False))


async def test_whether_its_event_ever_came_is_told_or_said_to_be_unknown(
    file: Path, nowhere: str, tmp_path: Path
) -> None:
    database = f"sqlite:///{tmp_path}/a.sqlite3"
    await seen(database)
    wish = ("program", "add", "--dry-run", "--lang", "en", "--to", str(file))

    def told(of: str, template: str) -> str:
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 a command has a loop of its own

        with ThreadPoolExecutor(1) as threads:
            return threads.submit(running_on(of), *wish, template).result()

    assert "The event cart.abandoned came last at Fri, Nov 20, 12:04" in told(
        database, "commerce-cart"
    )
    assert "The event trip.completed has never been seen here." in told(database, "travel-trip")
    assert "Whether the event trip.completed was ever seen is unknown: " in told(
        nowhere, "travel-trip"
    )


def test_what_cannot_be_done_is_one_sentence(file: Path, nowhere: str, tmp_path: Path) -> None:
    def told(*more: str) -> str:
        fault = refuse(nowhere, "program", "add", *more)
        assert isinstance(fault, InvalidInput)
        return str(fault)

    here = ("--to", str(file))
    gone = tmp_path / "gone.yaml"
    faulty = tmp_path / "faulty.yaml"
    faulty.write_text("languages: [ko]\n")

    assert "did you mean 'food-menu'?" in told("fod-menu", *here)
    assert "no stage 'buying'; choose one with --stage: awareness," in told(
        "food-menu", *here, "--stage", "buying"
    )
    assert "triggers.8.id" in told("food-menu", *here, "--id", "Food Menu")
    assert "aftertouch program show > program.yaml" in told("food-menu")
    assert told("food-menu", "--to", str(gone)).startswith(f"{gone}: cannot be read: ")
    assert f"{faulty}:1: stages: is missing" in told("food-menu", "--to", str(faulty))
