"""The operators' page over HTTP: shows what waits, and takes its forms (no script needed)."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.auth.callers import Caller
from bot.auth.guard import Guard
from bot.console.asking import check
from bot.console.backlog import Staff, backlog_page, staff
from bot.console.look import Look
from bot.console.pages import HEADERS, deliveries_page, render
from bot.console.sent import many, sent
from bot.console.staffing.menu import OPERATOR, SURVEYS, menu
from bot.console.staffing.telling import Trail
from bot.console.sure import Doubt, is_sure, told
from bot.console.texts import say
from bot.http_bodies import BodyTooLarge, EncodingRefused, read_body
from bot.http_errors import HttpProblem
from bot.orders import Act, Order, parse_order
from surveys.errors import InvalidInput, NotFound, NotWaiting, StorageBusy
from surveys.journey import say as choose
from surveys.model import DeliveryState
from surveys.program import Program
from surveys.service.at_stake import AtStake
from surveys.service.operating import Backlog, Messages, Settlement, Standing

PATH = "/console/deliveries"
MOST_BYTES = 4096
_ASKED_BACK = (Act.HOLD, Act.RELEASE_DROP)
SHOWN = 100
_NOTES = frozenset(
    f"done.{done}" for done in (*Settlement, *Act, "not_held", "gone") if done is not Act.SETTLE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operating:
    """What the application does for an operator; ``caller`` says who asks."""

    standing: Callable[[], Awaitable[Standing]]
    backlog: Callable[[int], Awaitable[Backlog]]
    messages: Callable[[DeliveryState | None, str], Awaitable[Messages]]
    at_stake: Callable[[], Awaitable[AtStake]]
    obey: Callable[[Order, str], Awaitable[str]]
    caller: Callable[[Request], Caller]
    now: Callable[[], datetime]
    guard: Guard


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorsDoor:
    """Serves the page and what every other page of the console shows of it."""

    operating: Operating
    program: Callable[[], Program]
    look: Callable[[Request], Look]

    async def staff(self, request: Request, language: str) -> Staff:
        """Return what waits, in numbers, and the hold."""
        standing = await self.operating.standing()
        return self._staff(request, standing, language)

    async def page(self, request: Request) -> Response:
        """Show what waits, and messages by ``state`` from ``before`` on; ``note`` tells what the form that led here did."""
        look = self.look(request)
        note = request.query_params.get("note", "")
        wanted = look.parameters.get("state", "")
        check("state", wanted, ("", *DeliveryState))
        state = DeliveryState(wanted) if wanted else None
        backlog = await self.operating.backlog(SHOWN)
        before = look.parameters.get("before", "")
        found = await self.operating.messages(state, before if before.isprintable() else "")
        now = self.operating.now()
        messages = sent(found, state, self.program(), look.language, now)
        teller = self._trail(backlog, look.language)
        content = backlog_page(self.program(), backlog, look.language, now, teller)
        seen = self._staff(request, backlog.standing, look.language)
        told = note if note in _NOTES else ""
        html = deliveries_page(content, messages, look, seen, self.program(), told)
        headers = {**HEADERS, "Content-Language": look.language, "Vary": "Accept-Language"}
        return HTMLResponse(html, headers=headers)

    async def act(self, request: Request) -> Response:
        """Carry out one form and lead back to the page; what stops everything or gives up questions is asked back first."""
        fields = await _fields(request)
        caller = self.operating.caller(request)
        try:
            order = parse_order(fields)
            if order.act in _ASKED_BACK and not is_sure(fields):
                return await self._asked_back(request, order, fields)
            done = await self.operating.obey(order, caller.by)
        except InvalidInput as exc:
            raise HttpProblem(400, "Bad form", str(exc)) from exc
        except (NotFound, NotWaiting):  # somebody else was first: the page shows how it stands now
            done = "gone"
        except StorageBusy as exc:
            raise HttpProblem(503, "Busy", str(exc), {"Retry-After": "5"}) from exc
        look = self.look(request)
        return RedirectResponse(look.page(PATH, note=f"done.{done}"), HTTPStatus.SEE_OTHER)

    async def _asked_back(
        self, request: Request, order: Order, fields: Mapping[str, str]
    ) -> Response:
        look, program, act = self.look(request), self.program(), order.act.value
        language = look.language
        does, *counted = told(language, act, await self.operating.at_stake())
        pending = await self._pending(language) if order.act is Act.HOLD else ()
        reason = (say(language, "sure.reason", reason=order.reason),) if order.reason else ()
        title = say(language, f"sure.{act}.title")
        doubt = Doubt(
            title=title,
            told=(does, *pending, *counted, *reason),
            button=say(language, f"sure.{act}.button"),
            fields=fields,
            action=look.page(PATH),
            back=look.page(SURVEYS if fields.get("from") == "surveys" else PATH),
        )
        company = choose(program.company.name, language, program.company.language)
        staff = await self.staff(request, language)
        html = render("sure.html", title, company, look, staff, doubt=doubt)
        headers = {**HEADERS, "Content-Language": language, "Vary": "Accept-Language"}
        return HTMLResponse(html, headers=headers)

    def _trail(self, backlog: Backlog, language: str) -> Trail:
        staff = {member.id: member for member in backlog.staff}
        known = backlog.customers
        return Trail(language=language, program=self.program(), people=known, staff=staff)

    async def _pending(self, language: str) -> tuple[str, ...]:
        """Return how many messages of the page's own count a hold keeps."""
        found = await self.operating.messages(None, "")
        count = many(found.counts.get(DeliveryState.PENDING, 0))
        return (say(language, "sure.hold.messages", messages=count),)

    def _staff(self, request: Request, standing: Standing, language: str) -> Staff:
        caller = self.operating.caller(request)
        seen = staff(self.program(), standing, language, self.operating.guard.token(caller.session))
        return replace(seen, may_act=caller.may(OPERATOR), pages=menu(caller, language))


async def _fields(request: Request) -> dict[str, str]:
    try:
        body = await read_body(request, MOST_BYTES)
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)
    except (BodyTooLarge, EncodingRefused, ValueError) as exc:
        raise HttpProblem(400, "Bad form", str(exc)) from exc
    return dict(pairs)
