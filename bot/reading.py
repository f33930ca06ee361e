"""Commands that only read: results and explanations, straight from the database."""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from bot.analyser import Analysing, analyser_of
from bot.analyses.reading import MOST_ALERTS, newest_alerts
from bot.analyses.reading import say as analysis_text
from bot.auth.commands import listed
from bot.clock import SystemClock
from bot.config import Settings
from bot.digests.desk import body_of
from bot.digests.plan import one_of, plan
from bot.out.files import write_answers
from bot.program_file import read_program
from bot.sheets.forms import form_named
from bot.sheets.results import write_results
from storage.opening import open_storage
from surveys.errors import InvalidInput, SchemaMismatch
from surveys.language.texts import pick, say
from surveys.model import Json
from surveys.ports import Clock, UnitOfWork
from surveys.program import Program
from surveys.results import Query, ResultTable, Window, parse_query, run
from surveys.results.auditing import Audit, audit_window
from surveys.results.themes import ThemeTable, theme_table
from surveys.service.alerting import lines_of
from surveys.service.explaining import as_json as plain
from surveys.service.explaining import why
from surveys.service.exporting import export
from surveys.service.identities import describe, find_person
from surveys.service.importing import CHUNK, how_many_there
from surveys.service.ledger import in_words as ledger_in_words
from surveys.service.ledger import ledger_of
from surveys.service.operating import Backlog, backlog
from surveys.service.reasons import in_words
from surveys.service.retention import KINDS, would_take
from surveys.service.theming import tags_of
from surveys.staff_messages import StaffBody
from surveys.themes import Found, dictionary
from surveys.themes.tags import Tag


async def explain(
    settings: Settings, query: str, *, language: str, as_json: bool
) -> tuple[tuple[str, ...], bool]:
    """Return printable lines about a customer or an event, and whether anything was found."""
    async with open_storage(settings.database_url, writable=False) as storage:
        explanations = await storage.read(lambda tx: why(tx, query))
        program = await storage.read(lambda tx: _live(tx, settings))
    if as_json:
        return (json.dumps(plain(explanations), ensure_ascii=False, indent=2),), bool(explanations)
    language = pick(language)
    if not explanations:
        return (say(language, "why.none", query=query),), False
    return in_words(explanations, program, language), True


async def person(settings: Settings, query: str) -> dict[str, Json]:
    """Return a customer with her chats as plain JSON; raises NotFound."""
    async with open_storage(settings.database_url, writable=False) as storage:
        return await storage.read(lambda tx: describe(tx, find_person(tx, query)))


async def held(settings: Settings, query: str) -> tuple[dict[str, Json], Program]:
    """Return everything that is held about a customer, and the program to tell it by; raises NotFound."""
    async with open_storage(settings.database_url, writable=False) as storage:
        program = await storage.read(lambda tx: _live(tx, settings))
        now = SystemClock().now()
        found = await storage.read(
            lambda tx: export(tx, find_person(tx, query).id, program=program, now=now)
        )
    return found, program


async def consents(
    settings: Settings, query: str, language: str
) -> tuple[list[dict[str, Json]], tuple[str, ...]]:
    """Return a customer's consent ledger as JSON and as printable lines; raises NotFound."""
    async with open_storage(settings.database_url, writable=False) as storage:
        program = await storage.read(lambda tx: _live(tx, settings))
        ledger = await storage.read(lambda tx: ledger_of(tx, find_person(tx, query).id, program))
    return ledger, ledger_in_words(ledger, program, language, SystemClock().now())


async def raised(settings: Settings, language: str) -> tuple[dict[str, Json], tuple[str, ...]]:
    """Return the newest alerts as JSON and as printable lines."""
    async with open_storage(settings.database_url, writable=False) as storage:
        program = await storage.read(lambda tx: _live(tx, settings))
        told = await storage.read(partial(newest_alerts, limit=MOST_ALERTS))
        found = await storage.read(lambda tx: tx.alerts.newest(MOST_ALERTS))
    zone = ZoneInfo(program.company.zone)
    lines = tuple(
        f"{alert.at.astimezone(zone).date()}  {heading}. {evidence}"
        for alert in found
        for heading, evidence, _ in [lines_of(program, alert, language)]
    )
    return told, lines or (analysis_text(language, "alerts.none"),)


async def outlived(settings: Settings) -> dict[str, int]:
    """Count what the retention job would take away now, by kind."""
    now = SystemClock().now()
    keeping = settings.retention.keeping
    async with open_storage(settings.database_url, writable=False) as storage:
        return await storage.read(
            lambda tx: {kind: would_take(tx, now, keeping, kind) for kind in KINDS}
        )


async def results(settings: Settings, query: Query, clock: Clock | None = None) -> ResultTable:
    """Return the results of a query, of the days until the clock's today."""
    now = (clock or SystemClock()).now()
    async with open_storage(settings.database_url, writable=False) as storage:
        return await storage.read(lambda tx: run(tx, _live(tx, settings), query, now))


async def staff(settings: Settings) -> list[dict[str, Any]]:
    """Return the staff list, oldest first."""
    async with open_storage(settings.database_url, writable=False) as storage:
        return await storage.read(listed)


async def audited(settings: Settings, query: Query) -> Audit:
    """Return what can be told of the counts that a query's window hides."""
    now = SystemClock().now()
    async with open_storage(settings.database_url, writable=False) as storage:
        return await storage.read(lambda tx: audit_window(tx, _live(tx, settings), query, now))


async def themes(settings: Settings, query: Query) -> ThemeTable:
    """Return what customers write about."""
    now = SystemClock().now()

    def look(tx: UnitOfWork) -> ThemeTable:
        program = _live(tx, settings)
        return theme_table(tx, program, dictionary(program.themes), query, now)

    async with open_storage(settings.database_url, writable=False) as storage:
        return await storage.read(look)


async def tags(settings: Settings, answer: str) -> tuple[Tag, ...]:
    """Return the tags of an answer; raises NotFound."""
    async with open_storage(settings.database_url, writable=False) as storage:
        return await storage.read(lambda tx: tags_of(tx, answer))


async def words_found(
    settings: Callable[[], Settings], text: str, kind: Analysing, file: Path | None = None
) -> tuple[Found, ...]:
    """Return the themes of a text by the live program's words, or by a file's; raises InvalidInput without the analyser."""
    program = read_program(file) if file else await _in_force(settings())
    return dictionary(program.themes, analyser_of(kind)).find(text)


async def _in_force(settings: Settings) -> Program:
    async with open_storage(settings.database_url, writable=False) as storage:
        return await storage.read(lambda tx: _live(tx, settings))


async def already_there(settings: Settings, keys: Iterable[str]) -> int | None:
    """Count which of these rows of another tool have been stored; None where there is no database to look into."""
    count, left = 0, iter(keys)
    try:
        async with open_storage(settings.database_url, writable=False) as storage:
            while page := list(islice(left, CHUNK)):
                count += await storage.read(partial(how_many_there, keys=page))
    except (InvalidInput, SchemaMismatch):
        return None
    return count


async def digests(settings: Settings) -> list[tuple[str, str, str, str]]:
    """Return each digest of the config: its id, its schedule, when it comes next, where it goes."""
    now = SystemClock().now()
    async with open_storage(settings.database_url, writable=False) as storage:
        program = await storage.read(lambda tx: _live(tx, settings))
        stored = {each.name: each for each in await storage.read(lambda tx: tx.recurrences.all())}
    rows = []
    for each in plan(settings, program).values():
        known = stored.get(each.name)
        due_at = known.due_at if known and known.rule == each.schedule else each.rule.after(now)
        next_at = (
            due_at.astimezone(ZoneInfo(each.zone)).isoformat(" ", "minutes") if due_at else "-"
        )
        rows.append((each.id, each.schedule, next_at, ", ".join(each.to)))
    return rows


async def digest(settings: Settings, digest_id: str) -> StaffBody:
    """Return what a digest would say now; raises NotFound."""
    link = f"{settings.base}/console" if settings.public_url else ""
    async with open_storage(settings.database_url, writable=False) as storage:
        program = await storage.read(lambda tx: _live(tx, settings))
        wanted = one_of(plan(settings, program), digest_id)
        return await body_of(storage, wanted, program, SystemClock().now(), link=link)


async def answers_window(settings: Settings, asked: Mapping[str, str]) -> Window:
    """Return the days that ``since`` or ``period`` mean today in the company's zone; raises InvalidInput."""
    query = parse_query(asked)
    async with open_storage(settings.database_url, writable=False) as storage:
        program = await storage.read(lambda tx: _live(tx, settings))
    return query.window(SystemClock().now().astimezone(ZoneInfo(program.company.zone)).date())


async def export_answers(
    settings: Settings, window: Window, out: BinaryIO, form: str, *, bom: bool
) -> int:
    """Write the window's answers; return how many."""
    async with open_storage(settings.database_url, writable=False) as storage:
        return await write_answers(storage, window, out, form_named(form), bom=bom)


async def export_results(
    settings: Settings, asked: Mapping[str, str], out: BinaryIO, form: str, *, bom: bool
) -> int:
    """Write the results of a query; return how many rows that were."""
    return write_results(
        await results(settings, parse_query(asked)), out, form_named(form), bom=bom
    )


async def staff_messages(settings: Settings, limit: int) -> list[dict[str, str | None]]:
    """Return the newest messages to staff as plain JSON; ``at`` is when it ended, else when it began to wait."""
    async with open_storage(settings.database_url, writable=False) as storage:
        newest = await storage.read(lambda tx: tx.staff_messages.newest(limit))
    return [
        {
            "id": message.id,
            "kind": message.kind,
            "to": message.destination,
            "state": message.state.value,
            "at": (message.ended_at or message.started_at or message.created_at).isoformat(),
            "reason": message.reason,
        }
        for message in newest
    ]


async def waiting(settings: Settings, limit: int) -> tuple[Backlog, Program]:
    """Return what waits for an operator, and the program to tell it by."""
    async with open_storage(settings.database_url, writable=False) as storage:
        found = await storage.read(lambda tx: backlog(tx, limit))
        return found, await storage.read(lambda tx: _live(tx, settings))


def _live(tx: UnitOfWork, settings: Settings) -> Program:
    """Return the program that the server last started with, else the configured one."""
    version = tx.notes.get("program")
    stored = tx.programs.get(version) if version else None
    return Program.from_json(stored) if stored else read_program(settings.program)
