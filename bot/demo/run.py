"""``aftertouch demo``: replay, check against the simulator's own ledger, then stay up and live on."""

import asyncio
import json
import os
import shutil
import sys
import webbrowser
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random  # noqa: TID251 the type of the injected source
from time import perf_counter
from typing import Any

import typer

from bot import clock as system
from bot.analyses.analyst import analyse
from bot.app import Outside, build, prepare
from bot.clock import SetClock
from bot.config import Settings
from bot.demo.live import LiveMarket
from bot.demo.market import events
from bot.demo.replay import Ledger, Replay
from bot.demo.shop import shop_program
from bot.desk import Desk
from bot.logs import configure
from bot.server import listening, run
from storage.lock import FileLock
from storage.opening import open_inline, open_storage
from surveys.errors import AnotherWriter, InvalidInput
from surveys.model import CountRule, ScoreCount
from surveys.ports import UnitOfWork
from surveys.stored_analyses import KINDS

Cells = Counter[tuple[str, int]]
FOLDER = Path(".demo")
HOST = "127.0.0.1"
FIRST_PORT = 8765
_SEED = 20_261_121
_SAY = {
    "ko": {
        "start": "초록마켓의 {days}일을 실제 처리 과정 그대로 재생합니다 (토큰 없음, 127.0.0.1 밖으로 나가지 않음)",
        "again": "지난번 데모의 데이터를 지우고 처음부터 시작합니다",
        "replay": "{days}일치 이벤트 {n:,}건 재생 (한두 분, 바쁜 컴퓨터에서는 서너 분)",
        "step": "  {percent}%  이벤트 {n:,}건",
        "analyse": "답변을 분석합니다",
        "done": "이벤트 {events:,} · 질문 {asked:,} · 답변 {answers:,} · 의견 {comments:,} · {seconds:.0f}초",
        "checked": "시뮬레이터 장부와 저장된 답변이 모두 일치합니다",
        "broken": "장부와 저장된 답변이 다릅니다: {problems}",
        "console": "여정 지도  {url}/console",
        "chat": "웹 채팅    {url}/chat      <- 고객이 되어 직접 답해 보세요",
        "first": '처음이라면 여정 지도 맨 위의 세 걸음부터 (README의 "처음 둘러보기")',
        "live": "이벤트가 계속 들어옵니다. 멈추려면 Ctrl-C (다음 데모는 처음부터 다시 시작합니다)",
        "next": '다음: {command}   (README의 "처음 5분")',
        "reset": "{folder} 를 지웠습니다",
    },
    "en": {
        "start": "Replaying {days} days of Green Market through the real pipeline (no token, nothing leaves 127.0.0.1)",
        "again": "the former demo's data is removed; this one starts afresh",
        "replay": "replaying {n:,} events of {days} days (a minute or two; three or four on a busy machine)",
        "step": "  {percent}%  {n:,} events",
        "analyse": "analysing the answers",
        "done": "{events:,} events · {asked:,} questions · {answers:,} answers · {comments:,} comments · {seconds:.0f} s",
        "checked": "the simulator's ledger and the stored answers agree",
        "broken": "the ledger and the stored answers differ: {problems}",
        "console": "journey map  {url}/console",
        "chat": "web chat     {url}/chat      <- answer as a customer yourself",
        "first": 'first time here? begin with the three steps above the map ("A first walk" of the README)',
        "live": "events keep arriving; Ctrl-C stops (the next demo starts afresh)",
        "next": 'next: {command}   ("The first five minutes" of the README)',
        "reset": "removed {folder}",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """How a replay went; ``problems`` is empty when ledger, answers and counts agree."""

    ledger: Ledger
    stored: int
    counted: int
    problems: tuple[str, ...]
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return the smoke test's one line."""
        return {
            "ok": not self.problems,
            "events": self.ledger.events,
            "asked": self.ledger.asked,
            "answers_sent": self.ledger.answers,
            "answers_stored": self.stored,
            "answers_counted": self.counted,
            "comments": self.ledger.comments,
            "skipped": self.ledger.skipped,
            "problems": list(self.problems),
            "seconds": round(self.seconds, 1),
        }


def demo(
    *, smoke: bool, as_json: bool, reset: bool, open_browser: bool, days: int, language: str
) -> int:
    """Run the command; return its exit code. Raises InvalidInput while another demo runs in the folder."""
    say = _SAY.get(language, _SAY["ko"])
    configure(json_lines=False, quiet=True)
    FOLDER.mkdir(exist_ok=True)
    with _alone():
        if reset:
            return _reset(say)
        database = FOLDER / ("smoke.sqlite3" if smoke else "demo.sqlite3")
        played = _replayed(database, say, days=days, quiet=as_json)
        if as_json:
            typer.echo(json.dumps(played.to_json()))
        else:
            _report(say, played)
        if smoke or played.problems:
            return 1 if played.problems else 0
        asyncio.run(_stay(f"sqlite:///{database}", say, open_browser=open_browser))
    typer.echo(say["next"].format(command=_next_command()))
    return 0


def _reset(say: dict[str, str]) -> int:
    shutil.rmtree(FOLDER, ignore_errors=True)
    typer.echo(say["reset"].format(folder=FOLDER))
    return 0


@contextmanager
def _alone() -> Iterator[None]:
    """Keep a second demo off the folder: it would delete the data under this one."""
    try:
        lock = FileLock(FOLDER / "demo")
    except AnotherWriter as taken:
        problem = "a demo is running here; stop it (Ctrl-C there), or start one in another folder"
        raise InvalidInput(str(FOLDER), problem) from taken
    try:
        yield
    finally:
        lock.release()


def _replayed(database: Path, say: dict[str, str], *, days: int, quiet: bool) -> Played:
    if not quiet:
        typer.echo(say["start"].format(days=days))
        if database.exists():
            typer.echo(say["again"])
    _fresh(database)
    return asyncio.run(play(f"sqlite:///{database}", days=days, say=say, quiet=quiet))


def _next_command() -> str:
    """Return what to type next, as it works in a terminal where the environment is not active."""
    if shutil.which("aftertouch"):
        return "aftertouch init"
    activate = Path(os.path.relpath(sys.executable)).with_name("activate")
    return f". {activate} && aftertouch init"


async def play(url: str, *, days: int, say: dict[str, str], quiet: bool) -> Played:
    """Replay into an empty database, work out what takes a night, and compare with the ledger."""
    began = perf_counter()
    program = shop_program()
    end = system.SystemClock().now().replace(microsecond=0)
    clock = SetClock(end - timedelta(days=days))
    rng = Random(_SEED)  # noqa: S311 a simulation, not a secret
    outside = Outside(clock=clock, rng=rng)
    happened = events(rng, clock.at, end)
    async with open_inline(url) as storage:
        ctx = await prepare(storage, program, outside)
        desk = Desk(storage=storage, ctx=ctx, wake=_nobody)
        replay = Replay(storage=storage, ctx=ctx, desk=desk, clock=clock, rng=rng, end=end)
        title = say["replay"].format(days=days, n=len(happened))
        with _bar(title, len(happened), say, quiet=quiet) as progress:
            await replay.run(happened, progress)
        if not quiet:
            typer.echo(say["analyse"])
        await analyse(storage, ctx, KINDS)
        stored, kept = await storage.read(lambda tx: _both(tx, ctx.day(end)))
    return _compare(replay.ledger, stored, kept, perf_counter() - began)


def _both(tx: UnitOfWork, today: date) -> tuple[Cells, Cells]:
    """Return the stored answers and the kept counts, both before any suppression."""
    stored = tx.reports.recount(date(2000, 1, 1), today)
    kept = tx.reports.scores(CountRule.ALL, date(2000, 1, 1), today)
    return _cells(stored), _cells(kept)


def _cells(rows: tuple[ScoreCount, ...]) -> Cells:
    cells: Cells = Counter()
    for row in rows:
        for score, n in enumerate(row.counts):
            cells[row.dimensions.touchpoint, score] += n
    return cells


def _compare(ledger: Ledger, stored: Cells, kept: Cells, seconds: float) -> Played:
    sent = ledger.scores
    problems = tuple(
        f"{touchpoint} score {score}: sent {sent[cell]}, stored {stored[cell]}, kept {kept[cell]}"
        for cell in sorted({*sent, *stored, *kept})
        if not sent[cell] == stored[cell] == kept[cell]
        for touchpoint, score in [cell]
    )
    return Played(
        ledger=ledger,
        stored=sum(stored.values()),
        counted=sum(kept.values()),
        problems=problems,
        seconds=seconds,
    )


def _report(say: dict[str, str], played: Played) -> None:
    ledger = played.ledger
    typer.echo(
        say["done"].format(
            events=ledger.events,
            asked=ledger.asked,
            answers=ledger.answers,
            comments=ledger.comments,
            seconds=played.seconds,
        )
    )
    if played.problems:
        typer.echo(say["broken"].format(problems="; ".join(played.problems[:5])))
    else:
        typer.echo(say["checked"])


async def _stay(url: str, say: dict[str, str], *, open_browser: bool) -> None:
    """Serve on the next free port, with the market going on and a door for visitors."""
    with _free_port() as listener:
        port = listener.getsockname()[1]
        settings = Settings(database_url=url, host=HOST, port=port)
        async with open_storage(url) as storage:
            program = shop_program()
            market = LiveMarket(Random())  # noqa: S311 a simulation, not a secret
            async with build(settings, storage=storage, program=program, demo=market) as app:
                market.join(app)
                await app.analyst.analyse()  # the console is full from its first page
                base = f"http://{HOST}:{port}"
                for line in ("console", "chat", "first", "live"):
                    typer.echo("  " + say[line].format(url=base))
                if open_browser and not os.environ.get("SSH_CONNECTION") and sys.stdout.isatty():
                    webbrowser.open(f"{base}/console")
                await run(app, listener, market.run)


@contextmanager
def _free_port() -> Any:
    for port in (*range(FIRST_PORT, FIRST_PORT + 20), 0):
        try:
            with listening(HOST, port) as listener:
                yield listener
                return
        except InvalidInput:
            continue


@contextmanager
def _bar(title: str, total: int, say: dict[str, str], *, quiet: bool) -> Any:
    """Yield a progress callback: a bar on a terminal, plain lines elsewhere, nothing when quiet."""
    if quiet:
        yield lambda _: None
        return
    if not sys.stdout.isatty():
        typer.echo(title)
        yield lines(total, say["step"])
        return
    from rich.progress import Progress  # noqa: PLC0415 loaded only for a terminal

    with Progress() as progress:
        task = progress.add_task(title, total=total)
        update: Callable[[int], None] = lambda n: progress.update(task, completed=n)  # noqa: E731
        yield update


def lines(total: int, line: str) -> Callable[[int], None]:
    """Return a progress callback that prints a line for each tenth."""
    tenths = 0

    def reached(n: int) -> None:
        nonlocal tenths
        if 10 * n // total > tenths:
            tenths = 10 * n // total
            typer.echo(line.format(percent=10 * tenths, n=n))

    return reached


def _fresh(database: Path) -> None:
    for leftover in FOLDER.glob(f"{database.name}*"):
        leftover.unlink()


def _nobody() -> None:
    """Nothing to wake: the replay looks for due rows itself."""
