"""Benches of the console's pages about what happened, who was asked and what staff set, over years of answers."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Final

from benchmarks.around import surround
from benchmarks.asking import PERCENTILES, taken
from benchmarks.databases import databases
from benchmarks.figures import Figure
from benchmarks.history import make, program
from benchmarks.sizes import Size
from bot.app import build
from bot.config import load
from bot.server import settle
from storage.opening import open_storage

_SURVEYS: Final = "/console/surveys"
_SOMEBODY: Final = "0000000000000000000007"
PAGES: Final[Mapping[str, str]] = {
    "surveys": _SURVEYS,
    "new": f"{_SURVEYS}/new",
    "edit": f"{_SURVEYS}/edit/checkout",
    "plan": f"{_SURVEYS}/edit/checkout/plan",
    "test": f"{_SURVEYS}/edit/checkout/test",
    "versions": f"{_SURVEYS}/versions",
    "version": f"{_SURVEYS}/versions/1",
    "people_beginning": "/console/people?q=customer-00",
    "people_named": f"/console/people?q=customer-{_SOMEBODY}",
    "person": f"/console/people/{_SOMEBODY}",
    "decisions": "/console/decisions",
    "decisions_rare": "/console/decisions?verdict=skipped&rule=cap",
    "decisions_nowhere": "/console/decisions?rule=never&since=2024-01-01",
    "decisions_channel": "/console/decisions?channel=slack&stage=purchase",
    "deliveries": "/console/deliveries",
    "deliveries_sent": "/console/deliveries?state=sent",
    "audit": "/console/audit",
    "audit_nobody": "/console/audit?who=nobody",
    "gallery": "/console/templates",
    "template": "/console/templates/finance-counsel",
    "settings": "/console/settings",
    "team": "/console/team",
}
NAMES: Final = tuple(f"console_{page}_{which}" for page in PAGES for which in PERCENTILES)


async def console(size: Size) -> AsyncIterator[Figure]:
    """Ask for each page again and again, with each number of answers on each database."""
    for db in size.databases:
        with databases(db) as new:
            for answers in size.history:
                today = datetime.now(UTC).date()
                made = make(new(), answers, today)
                surround(made.url, answers, today)
                async for figure in _asked(db, made.url, answers, size):
                    yield figure


async def _asked(db: str, url: str, answers: int, size: Size) -> AsyncIterator[Figure]:
    settings = load({"AFTERTOUCH_DATABASE_URL": url}, None)
    async with (
        open_storage(url) as storage,
        build(settings, storage=storage, program=program()) as app,
    ):
        settle()
        for page, path in PAGES.items():
            for which, took in zip(PERCENTILES, await taken(app.asgi, path, size), strict=True):
                yield Figure(name=f"console_{page}_{which}", db=db, n=answers, unit="ms", ours=took)
