"""Answers and results leave as files: over the API and by command, with and without a server, never unnoticed."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from bot import doors
from storage.opening import open_inline
from surveys.model import Deed
from surveys.ports import Storage
from tests.commands import refuse, running_on
from tests.e2e.deployment import Deployment, deployed
from tests.unit.test_talking import asked

NOVEMBER = "period=2026-11"


@pytest.fixture
async def database(tmp_path: Path) -> str:
    """A database in which one customer answered in November 2026."""
    url = f"sqlite:///{tmp_path / 'a.sqlite3'}"
    async with open_inline(url) as storage:
        world, phone = await asked(storage)
        await phone.taps("1")
        live = world.program
        await world.write(lambda tx: tx.programs.put(live.version, live.to_json(), world.clock.at))
    return url


@asynccontextmanager
async def running(database: str) -> AsyncIterator[Deployment]:
    async with deployed(database, {}) as deployment:
        yield deployment


async def fetch(deployment: Deployment, path: str, **headers: str) -> tuple[int, str, bytes]:
    auth = {"Authorization": f"Bearer {deployment.key}"} | headers
    async with deployment.http.get(deployment.url + path, headers=auth) as answer:
        return answer.status, answer.headers["Content-Type"], await answer.read()


async def deeds(storage: Storage) -> list[Deed]:
    return [d for d in await storage.read(lambda tx: tx.audit.newest(99)) if "answers" in d.act]


def lines(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


async def test_answers_are_handed_out_as_files_and_that_is_audited(database: str) -> None:
    async with running(database) as deployment:
        for form, start in (("csv", b"id,version"), ("xlsx", b"PK"), ("parquet", b"PAR1")):
            path = f"/v1/exports/answers?{NOVEMBER}&format={form}"
            status, kind, body = await fetch(deployment, path)
            assert (status, body[: len(start)]) == (200, start), (kind, body[:200])
        _, kind, body = await fetch(deployment, f"/v1/exports/answers?{NOVEMBER}&bom=1")
        assert body.startswith(b"\xef\xbb\xbf")
        (row,) = lines(body)
        assert (row["score"], row["stage"]) == ("1", "purchase")

        noted = [deed.details["what"] for deed in await deeds(deployment.app.storage)]
        assert sorted(noted) == ["csv 2026-11", "csv 2026-11", "parquet 2026-11", "xlsx 2026-11"]
        assert (await deployment.get("/v1/answers")).body["answers"][0]["score"] == 1


async def test_what_is_wrong_is_named_and_a_key_for_results_is_none_for_answers(
    database: str,
) -> None:
    async with running(database) as deployment:
        for query in ("format=pdf", "format=json", "bom=yes", "period=2026", "limit=3"):
            status, _, body = await fetch(deployment, f"/v1/exports/answers?{query}")
            assert (status, query.partition("=")[0] in body.decode()) == (400, True)
        app = deployment.app
        assert await deeds(app.storage) == []
        deployment.key = await doors.create_key(app.storage, app.ctx, ["results:read"])
        for path in ("/v1/answers", f"/v1/exports/answers?{NOVEMBER}"):
            assert (await fetch(deployment, path))[0] == 403
        assert (await fetch(deployment, f"/v1/results?{NOVEMBER}&format=csv"))[0] == 200


async def test_results_come_as_files_by_parameter_and_by_header(database: str) -> None:
    async with running(database) as deployment:
        get = partial(fetch, deployment)
        _, kind, by_name = await get(f"/v1/results?{NOVEMBER}&format=csv")
        assert kind == "text/csv; charset=utf-8"
        assert (await get(f"/v1/results?{NOVEMBER}", Accept="text/csv"))[2] == by_name
        assert (await get(f"/v1/results?{NOVEMBER}&format=xlsx"))[2].startswith(b"PK")
        assert (await get(f"/v1/results?{NOVEMBER}", Accept="*/*"))[1] == "application/json"
        told = (await deployment.get(f"/v1/results?{NOVEMBER}")).body
        rows = lines(by_name)
        assert [row["stage"] for row in rows] == [
            row["stage"] for row in (*told["rows"], *told["recoveries"])
        ]
        hidden = next(row for row in rows if row["invited"] not in ("", "0"))
        assert (hidden["n"], hidden["score"], hidden["suppressed"]) == ("", "", "true")
        status, _, body = await get("/v1/results?format=pdf")
        assert (status, b"format" in body) == (400, True)


def parts_left_in(folder: Path) -> list[Path]:
    return [*folder.glob("*.part")]


async def test_commands_export_beside_a_server_and_without_one(
    database: str, tmp_path: Path
) -> None:
    run = partial(asyncio.to_thread, running_on(database))
    out = tmp_path / "answers.csv"
    told = await run("export", "answers", "--out", str(out), "--period", "2026-11", "--bom")
    assert told == f"{out}: 1 rows\n"
    assert lines(out.read_bytes())[0]["score"] == "1"

    table = tmp_path / "results.xlsx"
    where = ("--where", "by=touchpoint", "--format", "xlsx", "--period", "2026-11")
    await run("export", "results", "--out", str(table), *where)
    assert table.read_bytes().startswith(b"PK")

    nowhere = tmp_path / "no" / "a.csv"
    for arguments in (
        ("answers", "--out", str(nowhere)),
        ("answers", "--out", str(out), "--since", "9"),
        ("results", "--out", str(out), "--where", "colour=red"),
        ("results", "--out", str(out), "--where", "red"),
    ):
        assert await asyncio.to_thread(refuse, database, "export", *arguments) is not None
    assert lines(out.read_bytes())[0]["score"] == "1"
    assert await asyncio.to_thread(parts_left_in, tmp_path) == []
    async with open_inline(database) as storage:
        (deed,) = await deeds(storage)
        assert deed.details == {"what": "csv 2026-11"}
