"""Commands for a running server, over its loopback admin calls; keys and orders also work without one."""

import getpass
import json
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from itertools import islice
from typing import Any, Final

import aiohttp

from bot.analyser import analyser_of
from bot.analyses.analyst import Analyst
from bot.analyses.door import parse_kinds, parse_where
from bot.app import Outside, prepare
from bot.auth.commands import StaffCommands
from bot.auth.passwords import Passwords
from bot.config import Settings
from bot.digests.desk import DigestDesk
from bot.digests.plan import plan
from bot.doors import ADMIN_HEADER
from bot.doors import create_key as store_key
from bot.orders import Order, obeyed
from bot.pace import Pace
from bot.privacy import sweep
from bot.program_file import read_configured, read_program
from bot.publishing import Wish, published
from bot.server import admin_path
from bot.theming.door import tags_to_json
from bot.webhooks.declared import subscriptions
from storage.opening import open_storage
from storage.peers import peers_at
from surveys.errors import AnotherWriter, InvalidInput
from surveys.importing import ImportedRow
from surveys.service.importing import (
    CHUNK,
    Stored,
    TakenBack,
    note_import,
    note_undo,
    row_to_json,
    store_rows,
    take_back,
    would_take_back,
)
from surveys.service.theming import retag_page, tag_by_hand

_NO_SERVER: Final = (
    "no server that takes commands is running on this database: the demo takes none, "
    "`aftertouch serve` does"
)


class _Refused(InvalidInput):
    """The server refused; ``status`` is its answer's."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__("", problem)
        self.status = status


async def create_key(settings: Settings, scopes: list[str]) -> str:
    """Return a new API key's token."""
    by = _operator()
    try:
        async with open_storage(settings.database_url) as storage:
            ctx = await prepare(storage, read_configured(settings.program), Outside())
            return await store_key(storage, ctx, scopes, by)
    except AnotherWriter:
        return str((await _ask_server(settings, "keys", {"scopes": scopes, "by": by}))["token"])


async def give_order(settings: Settings, order: Order, fields: Mapping[str, str]) -> str:
    """Carry an operator's order out, by the server where one owns the database; return what was done.

    ``fields`` are the order as the server reads it. Raises NotFound or NotWaiting, or InvalidInput saying the same.
    """
    by = _operator()
    try:
        async with open_storage(settings.database_url) as storage:
            ctx = await prepare(storage, read_configured(settings.program), Outside())
            return await obeyed(storage, ctx, order, by)
    except AnotherWriter:
        return str((await _ask_server(settings, "orders", {**fields, "by": by}))["done"])


async def command_staff(settings: Settings, said: Mapping[str, str]) -> dict[str, Any]:
    """Change the staff list, by the server where one owns the database; return what to print.

    Raises InvalidInput or NotFound; what the server refuses is an InvalidInput.
    """
    by = _operator()
    try:
        async with open_storage(settings.database_url) as storage:
            ctx = await prepare(storage, read_configured(settings.program), Outside())
            staff = StaffCommands(
                storage=storage, ctx=ctx, passwords=Passwords(), base=settings.base
            )
            return await staff.obey(said, by)
    except AnotherWriter:
        done: dict[str, Any] = (await _ask_server(settings, "staff", {**said, "by": by}))["done"]
        return done


async def publish_program(settings: Settings, wish: Wish) -> dict[str, Any]:
    """Publish a program, by the server where one owns the database; return the plan and the ``number`` in force.

    Raises ProgramFault, NotOwned or BaseMoved, or InvalidInput saying the same.
    """
    by = _operator()
    try:
        async with open_storage(settings.database_url) as storage:
            ctx = await prepare(storage, read_configured(settings.program), Outside())
            return await published(storage, ctx, wish, by)
    except AnotherWriter:
        return await _ask_server(settings, "program", {**wish.to_json(), "by": by})


async def apply_retention(settings: Settings) -> dict[str, int]:
    """Take away what has been kept long enough, by the server where one owns the database; return how much, by kind."""
    try:
        async with open_storage(settings.database_url) as storage:
            ctx = await prepare(storage, read_configured(settings.program), Outside())
            return await sweep(storage, ctx, settings.retention.keeping)
    except AnotherWriter:
        counts: dict[str, int] = (await _ask_server(settings, "retention", {}))["counts"]
        return counts


async def send_digest(settings: Settings, digest_id: str) -> list[str]:
    """Send a digest now, by the server where one owns the database, else with its next start; return where to."""
    by = _operator()
    try:
        async with open_storage(settings.database_url) as storage:
            program = read_program(settings.program)
            base = settings.base if settings.public_url else ""
            ctx = await prepare(storage, program, Outside(), base=base)
            digests = plan(settings, program)
            desk = DigestDesk(storage=storage, ctx=ctx, digests=digests, wake=lambda: None)
            return [*await desk.send(digest_id, by)]
    except AnotherWriter:
        return await _have_digest_sent(settings, digest_id, by)


async def _have_digest_sent(settings: Settings, digest_id: str, by: str) -> list[str]:
    """Have the server send it; where only the config has the digest, the refusal says what to do."""
    try:
        reply = await _ask_server(settings, "digests", {"id": digest_id, "by": by})
    except _Refused as refused:
        declared = plan(settings, read_program(settings.program))
        if refused.status != HTTPStatus.NOT_FOUND or digest_id not in declared:
            raise
        problem = f"the config has digest {digest_id!r}, the running server not yet: restart it"
        raise InvalidInput("", problem) from refused
    places: list[str] = reply["to"]
    return places


async def analyse(
    settings: Settings, kinds: list[str], filters: Mapping[str, str]
) -> dict[str, int]:
    """Work out these kinds of analyses, all for none, by the server where one owns the database; return how much.

    With filters those are worked out that carry any, and kept.
    """
    wanted, where = parse_kinds(kinds), parse_where(dict(filters))
    try:
        async with open_storage(settings.database_url) as storage:
            program = read_program(settings.program)
            told = subscriptions(settings.webhooks)
            ctx = await prepare(storage, program, Outside(), told=told)
            leases = peers_at(settings.database_url).leases
            analyst = Analyst(storage=storage, ctx=ctx, leases=leases, every=Pace.NEVER)
            return await (analyst.narrow(where, _operator()) if where else analyst.analyse(wanted))
    except AnotherWriter:
        body = {"kinds": list(wanted), "where": dict(where)}
        asked = await _ask_server(settings, "analyses", body)
        counts: dict[str, int] = asked["counts"]
        return counts


async def tag_answer(
    settings: Settings, answer: str, *, add: list[str], remove: list[str]
) -> list[dict[str, Any]]:
    """Add and take away themes of an answer, by the server where one owns the database; return its tags."""
    by = _operator()
    try:
        async with open_storage(settings.database_url) as storage:
            ctx = await prepare(storage, read_configured(settings.program), Outside())
            return tags_to_json(
                await storage.write(
                    lambda tx: tag_by_hand(tx, ctx, answer, add=add, remove=remove, by=by)
                )
            )
    except AnotherWriter:
        body = {"answer": answer, "add": add, "remove": remove, "by": by}
        themes: list[dict[str, Any]] = (await _ask_server(settings, "themes/tag", body))["themes"]
        return themes


async def find_themes_again(settings: Settings, told: Callable[[int, int], None]) -> int:
    """Ask the dictionary about all answers again, a page a commit; return how many changed.

    ``told`` hears after each page how many answers it was and how many there are in all.
    """
    async with open_storage(settings.database_url, writable=False) as storage:
        total = await storage.read(lambda tx: tx.themes.how_many_said())
    try:
        async with open_storage(settings.database_url) as storage:
            words = analyser_of(settings.themes_analyser)
            program = read_program(settings.program)
            ctx = await prepare(storage, program, Outside(), analyser=words)

            async def here(after: str) -> Sequence[Any]:
                return await storage.write(lambda tx: retag_page(tx, ctx, after))

            return await _page_by_page(here, lambda count: told(count, total))
    except AnotherWriter:

        async def there(after: str) -> Sequence[Any]:
            page: list[Any] = (await _ask_server(settings, "themes/page", {"after": after}))["page"]
            return page

        return await _page_by_page(there, lambda count: told(count, total))


async def take_in(
    settings: Settings,
    rows: Iterable[ImportedRow],
    details: Mapping[str, Any],
    import_id: str,
    told: Callable[[int], None],
) -> Stored:
    """Store answers of another tool, a chunk a commit, by the server where one owns the database.

    Cut off, it goes on from where it was when it is done again. ``told`` hears how many rows each chunk had.
    """
    by = _operator()
    try:
        async with open_storage(settings.database_url) as storage:
            words = analyser_of(settings.themes_analyser)
            program = read_program(settings.program)
            ctx = await prepare(storage, program, Outside(), analyser=words)
            await storage.write(lambda tx: note_import(tx, ctx, by, details))

            async def here(chunk: Sequence[ImportedRow]) -> Stored:
                return await storage.write(lambda tx: store_rows(tx, ctx, chunk, import_id))

            return await _chunk_by_chunk(rows, here, told)
    except AnotherWriter:
        begins = {"begins": dict(details), "by": by, "rows": [], "import": import_id}
        await _ask_server(settings, "import", begins)

        async def there(chunk: Sequence[ImportedRow]) -> Stored:
            body = {"rows": [row_to_json(row) for row in chunk], "import": import_id}
            return Stored(**(await _ask_server(settings, "import", body))["stored"])

        return await _chunk_by_chunk(rows, there, told)


async def take_import_back(
    settings: Settings, import_id: str, told: Callable[[int], None], *, dry_run: bool
) -> int:
    """Take back all answers that an import brought, a chunk a commit; return how many, or how many it would be.

    Cut off, it goes on from where it was when it is done again. ``told`` hears how many answers each chunk had.
    """
    by = _operator()
    try:
        async with open_storage(settings.database_url, writable=not dry_run) as storage:
            if dry_run:
                work = partial(would_take_back, import_id=import_id)
                return await _all_of(lambda after: storage.read(partial(work, after=after)), told)
            ctx = await prepare(storage, read_configured(settings.program), Outside())
            await storage.write(lambda tx: note_undo(tx, ctx, by, import_id))
            taking = partial(take_back, import_id=import_id)
            return await _all_of(lambda after: storage.write(partial(taking, after=after)), told)
    except AnotherWriter:

        async def there(after: str) -> TakenBack:
            body = {"import": import_id, "after": after, "by": by}
            return TakenBack(**(await _ask_server(settings, "import/undo", body))["taken"])

        return await _all_of(there, told)


async def _all_of(take: Callable[[str], Awaitable[TakenBack]], told: Callable[[int], None]) -> int:
    taken, total = await take(""), 0
    while True:
        total += taken.answers
        told(taken.answers)
        if not taken.last:
            return total
        taken = await take(taken.last)


async def _chunk_by_chunk(
    rows: Iterable[ImportedRow],
    store: Callable[[Sequence[ImportedRow]], Awaitable[Stored]],
    told: Callable[[int], None],
) -> Stored:
    total, left = Stored(), iter(rows)
    while chunk := list(islice(left, CHUNK)):
        total += await store(chunk)
        told(len(chunk))
    return total


async def _page_by_page(
    page: Callable[[str], Awaitable[Sequence[Any]]], told: Callable[[int], None]
) -> int:
    last, changed = "", 0
    while True:
        last, count, different = await page(last)
        changed += int(different)
        told(count)
        if not last:
            return changed


def _operator() -> str:
    """Return who types, as the audit trail names them."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a container's user without a name
        return f"cli:uid-{os.getuid()}"


async def log_in(settings: Settings) -> str:
    """Return a link that opens the console once, from anywhere; raises InvalidInput without a server."""
    return str((await _ask_server(settings, "logins", {}))["url"])


async def make_links(settings: Settings, customer: str, channel: str | None) -> dict[str, str]:
    """Return one-time links of a customer by channel; raises InvalidInput without a server."""
    wanted = {"customer": customer, "channel": channel}
    links: dict[str, str] = (await _ask_server(settings, "links", wanted))["links"]
    return links


async def list_webhooks(settings: Settings) -> list[dict[str, Any]]:
    """Return how each destination of webhooks stands; raises InvalidInput without a server."""
    rows: list[dict[str, Any]] = (await _ask_server(settings, "webhooks", {}))["webhooks"]
    return rows


async def enable_webhook(settings: Settings, name: str) -> int:
    """Let a destination be sent to again; return how many messages wait for it."""
    return int((await _ask_server(settings, "webhooks/enable", {"name": name}))["waiting"])


async def try_webhook(settings: Settings, name: str) -> dict[str, Any]:
    """Have a test message sent; return whether it was ``accepted``, else the ``reason``."""
    return await _ask_server(settings, "webhooks/test", {"name": name})


async def _ask_server(settings: Settings, what: str, body: dict[str, Any]) -> dict[str, Any]:
    path = admin_path(settings)
    try:
        note = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as exc:
        raise InvalidInput("", _NO_SERVER) from exc
    url = f"http://127.0.0.1:{note['port']}/admin/{what}"
    async with aiohttp.ClientSession() as session:
        try:
            async with session.post(url, json=body, headers={ADMIN_HEADER: note["token"]}) as reply:
                content: dict[str, Any] = await reply.json(content_type=None)
        except aiohttp.ClientError as exc:
            raise InvalidInput(str(path), "the server that wrote this is not running") from exc
    if reply.status != HTTPStatus.CREATED:
        raise _Refused(reply.status, str(content.get("detail", reply.status)))
    return content
