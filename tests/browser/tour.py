"""Every page that the running application serves, found by rule in its table of routes."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Final

from bot.auth.needs import Door
from bot.demo.run import play
from bot.demo.shop import shop_program
from storage.opening import open_storage
from surveys.overview import LogWanted, Place
from surveys.ports import UnitOfWork
from surveys.program.patching import edit
from surveys.service.planned import Shown, due_of, plan_publish
from surveys.service.publishing import Proposal, in_force
from surveys.staffing import Role
from surveys.stored_programs import Owner, Source
from tests.backlog import look_into, park
from tests.e2e.deployment import Deployment, Wall, deployed
from tests.sqlite import migrated
from tests.staffing import COOKIE, Browser, enter, hire

_PARAMETER: Final = re.compile(r"\{([a-z_]+)(?::[a-z]+)?\}")


class Unfillable(AssertionError):
    """A route has a parameter that the tour knows no value for: name one in ``FILLED``."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A page: its name, its address without a look, and whether a stranger opens it."""

    name: str
    path: str
    alone: bool = False

    def seen(self, language: str) -> str:
        """Return the address in a language; a customer's own pages take the browser's."""
        if not self.path.startswith("/console"):
            return self.path
        return f"{self.path}{'&' if '?' in self.path else '?'}lang={language}"


@dataclass(frozen=True, slots=True)
class Tour:
    """A deployment that has something for every page to show, and the admin's cookie."""

    deployment: Deployment
    cookie: str
    stops: Sequence[Stop]


Fill = Callable[[Deployment], Awaitable[str]]


def _just(value: str) -> Fill:
    async def fill(_: Deployment) -> str:
        return value

    return fill


async def _person(deployment: Deployment) -> str:
    """Return the customer about whom most was decided."""
    now = deployment.clock.now()
    wanted = LogWanted(since=now - timedelta(days=365), before=Place(now, 0))
    page = await deployment.app.storage.read(lambda tx: tx.overview.decisions(wanted, 1000, 1000))
    people = Counter(each.decision.person_id for each in page.found if each.decision.person_id)
    return people.most_common(1)[0][0]


async def _answer(deployment: Deployment) -> str:
    """Return the score beside which a reason or words stand."""

    def said(tx: UnitOfWork) -> str:
        (first,) = tx.themes.said("", 1)
        return next(each.id for each in tx.answers.of_invitation(first) if each.question == "score")

    return await deployment.app.storage.read(said)


async def _planned(deployment: Deployment) -> str:
    """Plan a publish of this deployment for the day after tomorrow, unless one waits; return its id."""
    app, day = deployment.app, deployment.clock.now() + timedelta(days=2)

    def work(tx: UnitOfWork) -> str:
        if waiting := tx.planned_publishes.waiting():
            return waiting[0].id
        text = edit(in_force(tx).text, "trigger:delivery", {"after": "90m"}).text
        wanted = Proposal(text=text, by=Owner.CONSOLE, author="staff:minji", source=Source.CONSOLE)
        due = due_of(app.ctx, f"{day:%Y-%m-%dT%H:%M}")
        return plan_publish(tx, app.ctx, wanted, due, Shown(trigger="delivery")).id

    return await app.storage.write(work)


FILLED: Final[dict[str, Fill]] = {
    "/v1/customers/{customer:path}": _just("nobody"),
    "/v1/answers/{answer}": _just("none"),
    "/v1/analyses/{kind}": _just("none"),
    "/chat/static/{version}": _just("now"),
    "/chat/static/{version}/{name}": _just("chat.css"),
    "/chat/{other}": _just("none"),
    "/chat/api/say/{language}": _just("ko"),
    "/chat/api/scan/{code}": _just("none"),
    "/console/people/{person}": _person,
    "/console/answers/{answer}": _answer,
    "/console/stages/{place}": _just("purchase"),
    "/console/touchpoints/{place}": _just("delivery"),
    "/console/templates/{place}": _just("finance-counsel"),
    "/console/surveys/versions/{number}": _just("1"),
    "/console/surveys/planned/{planned}": _planned,
    "/console/surveys/edit/{place}": _just("delivery"),
    "/console/{rest:path}": _just("nowhere"),
}
"""A value for the last parameter of each address that a route's own begins with."""


async def stops_of(browser: Browser) -> tuple[Stop, ...]:
    """Return every address that the route table answers to GET, and some that show more of the same pages.

    Only what is HTML counts. Raises Unfillable for a route whose parameters nobody gave a value.
    """
    deployment = browser.deployment
    paths = {
        route.path: await filled(deployment, route.path)
        for route in deployment.app.asgi.routes
        if isinstance(route, Door) and "GET" in (route.methods or ())
    }
    pages = [
        Stop(_named(route), path) for route, path in paths.items() if await _is_html(browser, path)
    ]
    return (*pages, *await _more(deployment))


async def _is_html(browser: Browser, path: str) -> bool:
    """Ask as a browser does that has chosen neither language nor theme."""
    seen = await browser.get(path)
    assert seen.status != HTTPStatus.INTERNAL_SERVER_ERROR, f"GET {path} fails"
    return seen.headers.get("Content-Type", "").startswith("text/html")


async def filled(deployment: Deployment, path: str) -> str:
    filled = path
    for each in _PARAMETER.finditer(path):
        known = FILLED.get(path[: each.end()])
        if known is None:
            problem = f"GET {path}: tests.browser.tour.FILLED has no value for {each[0]}"
            raise Unfillable(problem)
        filled = filled.replace(each[0], await known(deployment), 1)
    return filled


def _named(path: str) -> str:
    inside = path.removeprefix("/console").strip("/") or ("map" if "console" in path else "home")
    return _PARAMETER.sub(r"\1", inside).replace("/", "-")


async def _more(deployment: Deployment) -> tuple[Stop, ...]:
    """Return pages that a route shows to some only, or when it is asked for more."""
    _, unused = await hire(deployment, "jun-of-the-night-shift@example.com", Role.VIEWER)
    return (
        Stop("login-alone", "/console/login?next=/console/me", alone=True),
        Stop("login-link", unused, alone=True),
        Stop("problem-refused", "/console?colour=red"),
        Stop("people-found", "/console/people?q=c000"),
        Stop("people-nobody", "/console/people?q=nobody&theme=light"),
        Stop("decisions-refused", "/console/decisions?since=yesterday"),
        Stop("deliveries-parked", "/console/deliveries?state=parked"),
        Stop("deliveries-sent", "/console/deliveries?state=sent"),
        Stop("audit-refused", "/console/audit?since=yesterday&theme=dark"),
        Stop("templates-slack", "/console/templates?industry=finance&channel=slack"),
        Stop("touchpoint-split", "/console/touchpoints/delivery?split=segment.region"),
    )


@asynccontextmanager
async def touring(folder: Path, days: int) -> AsyncIterator[Tour]:
    """Run a shop that was busy for some days: answers, asks that wait, a parked question, a dead letter, staff."""
    url = migrated(folder / "tour.sqlite3")
    await play(url, days=days, say={"replay": ""}, quiet=True)
    async with open_storage(url) as storage:
        await look_into(storage, await park(storage, Wall(timedelta(minutes=10)).now()))
    async with deployed(url, {}, program=shop_program()) as deployment:
        deployment.clock.behind = timedelta()
        deployment.app.loop.wake()
        browser = Browser(deployment)
        _, invitation = await hire(deployment, "minji@example.com", Role.ADMIN)
        await enter(browser, invitation)
        yield Tour(deployment, browser.jar[COOKIE], await stops_of(browser))
