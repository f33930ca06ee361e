"""One set of counts reads the same in the terminal, over the API and on the page."""

import csv
import io
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import aiohttp
import typer
from starlette.applications import Starlette
from starlette.requests import Request
from typer.testing import CliRunner

from bot.cli_results import results_command
from bot.console.routes import routes
from bot.sheet import CSV_FIELDS
from storage.memory.store import MemoryStorage
from surveys.model import CountRule, Dimensions, FunnelStep
from surveys.ports import UnitOfWork
from surveys.results import Query, ResultTable, run
from surveys.results.display import change_interval_text, change_text
from surveys.statistics import mean_text, nps_text, percent_text, rounded
from tests.contract.examples import add_score, add_step, answer
from tests.journeys import FUNNEL, NOW, PROGRAM, SCORES
from tests.serving import serve

DAYS = (date(2026, 8, 24), date(2026, 10, 3), date(2026, 11, 21))
THE_DAY_BEFORE = date(2026, 8, 23)


def keep(tx: UnitOfWork) -> None:
    """Spread the counts over the window, and put as many again just before it."""
    for score in SCORES:
        for value, count in enumerate(score.counts):
            for nth in range(count):
                add_score(tx, DAYS[nth % 3], score.dimensions, value, rule=CountRule.NEWEST)
            for rule in (CountRule.NEWEST, CountRule.ALL):
                add_score(tx, THE_DAY_BEFORE, score.dimensions, value, count, rule=rule)
            for nth in range(count):
                answered(tx, score.dimensions, value, nth)
    for cohort in FUNNEL:
        for step in FunnelStep:
            add_step(tx, step, DAYS[1], cohort.dimensions, getattr(cohort, step))


def answered(tx: UnitOfWork, dimensions: Dimensions, score: int, nth: int) -> None:
    """Keep an answer of the day before, of a customer who gave no other."""
    name = f"{dimensions}-{score}-{nth}"
    own = {"invitation_id": name, "subject_id": name, "dimensions": dimensions, "score": score}
    tx.answers.add(answer(name, day=THE_DAY_BEFORE, **own))


async def stored() -> MemoryStorage:
    storage = MemoryStorage()
    await storage.write(keep)
    return storage


async def open_to_all(_: Request, __: str) -> None:
    return None


async def over_http(storage: MemoryStorage, *paths: str) -> list[str]:
    async def read(query: Query) -> ResultTable:
        return await storage.read(lambda tx: run(tx, PROGRAM, query, NOW))

    app = Starlette(
        routes=routes(
            read_results=read, require=open_to_all, admit=open_to_all, program=lambda: PROGRAM
        )
    )
    async with serve(app) as url, aiohttp.ClientSession(url) as session:
        bodies = []
        for path in paths:
            async with session.get(path) as response:
                bodies.append(await response.text())
        return bodies


def in_terminal(tables: dict[str, ResultTable], *arguments: str) -> str:
    app = typer.Typer()
    app.command("results")(results_command(lambda query, _: tables[query.by]))
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


def as_shown(row: dict[str, Any]) -> list[str]:
    """Return the cells that every table shows of a row of the API, rounded as the rules say."""
    if row["suppressed"]:
        return ["–", "–", "–", "–"]
    signed = row["instrument"] == "nps"
    show = nps_text if signed else percent_text
    low = nps_text(row["ci_low"]) if signed else str(rounded(row["ci_low"]))
    average = "–" if row["mean"] is None else mean_text(row["mean"], row["n"])
    return [show(row["score"]), f"{low} – {show(row['ci_high'])}", average, str(row["n"])]


def cells_of_page(html: str) -> list[list[str]]:
    body = html.partition("<tbody>")[2].partition("</tbody>")[0]
    rows = re.findall(r"<tr.*?</tr>", body, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[re.sub(r" *<span.*?</span>", "", cell) for cell in row] for row in cells]


def cells_of_terminal(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("│")]
    cells = [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]
    return [[re.sub(r" \((표본 부족|참고용)\)", "", cell) for cell in row] for row in cells]


def without_total(rows: list[list[str]]) -> list[list[str]]:
    return [row for row in rows if row[0] != "모두"]


async def test_terminal_api_and_page_show_the_same_numbers() -> None:
    storage = await stored()
    stages = await storage.read(lambda tx: run(tx, PROGRAM, Query(), NOW))
    points = await storage.read(lambda tx: run(tx, PROGRAM, Query(by="touchpoint"), NOW))
    tables = {"stage": stages, "touchpoint": points}

    api, api_points, page = await over_http(
        storage,
        "/v1/results?by=stage&since=90d",
        "/v1/results?by=touchpoint&since=90d",
        "/console?since=90d&lang=ko",
    )
    terminal = in_terminal(tables, "--by", "stage", "--since", "90d", "--format", "json")
    rows = json.loads(api)["rows"]
    point_rows = json.loads(api_points)["rows"]

    assert json.loads(terminal) == json.loads(api)
    assert [row["n"] for row in rows] == [None, 270, 12, 120]
    shown = [row[3:7] for row in cells_of_page(page)]
    assert sorted(shown) == sorted(as_shown(row) for row in rows + point_rows)
    told = without_total(cells_of_terminal(in_terminal(tables)))
    assert [row[3:7] for row in told] == list(map(as_shown, rows))
    for row in rows:
        if not row["suppressed"]:
            assert f'<p class="score">{as_shown(row)[0]}</p>' in page


async def test_a_comparison_is_the_same_everywhere() -> None:
    storage = await stored()
    query = Query(compare="previous")
    table = await storage.read(lambda tx: run(tx, PROGRAM, query, NOW))

    (api, page) = await over_http(
        storage, "/v1/results?compare=previous", "/console?compare=previous&lang=ko"
    )
    terminal = in_terminal({"stage": table}, "--compare", "previous")

    changes = [row["change"] for row in json.loads(api)["rows"]]
    told = [row[11:13] for row in without_total(cells_of_terminal(terminal))]
    assert [each["refused"] for each in changes] == [["few"], [], [], []]
    assert told == [
        [change_text(row.change), change_interval_text(row.change)] for row in table.rows
    ]
    assert told[0] == ["–", "–"]
    for difference, interval in told[1:]:
        assert difference in page
        assert interval in page


async def test_csv_holds_the_api_values_with_unknown_left_empty() -> None:
    storage = await stored()
    table = await storage.read(lambda tx: run(tx, PROGRAM, Query(), NOW))

    text = in_terminal({"stage": table}, "--format", "csv")

    got = list(csv.DictReader(io.StringIO(text)))
    wanted = json.loads(json.dumps(table.to_json()))["rows"]
    assert tuple(got[0]) == CSV_FIELDS
    assert set(CSV_FIELDS) == set(wanted[0]) - {"labels"}
    for line, row in zip(got, wanted, strict=True):
        for name in CSV_FIELDS:
            value = row[name]
            is_text = isinstance(value, str)
            text_value = value if is_text else json.dumps(value, separators=(",", ":"))
            assert line[name] == ("" if value is None else text_value)


def untouched(query: Query, config: Path | None) -> ResultTable:
    raise AssertionError("a bad query never reaches storage")


def test_the_command_names_a_bad_option() -> None:
    app = typer.Typer()
    app.command("results")(results_command(untouched))

    result = CliRunner().invoke(app, ["--since", "90"])

    assert result.exit_code == 2
    assert "--since" in result.output
