"""The HTTP doors that need credentials: intake, results, console, and the local admin calls."""

import asyncio
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from urllib.parse import urlsplit

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot import api_keys
from bot.api_keys import Authenticator
from bot.auth.callers import caller_of
from bot.auth.commands import StaffCommands
from bot.auth.gate import Gate
from bot.auth.local import from_this_machine, is_local
from bot.auth.needs import Door
from bot.auth.oidc import Provider
from bot.caps import Throttle
from bot.channels import Channels
from bot.config import HookSettings, Role, Settings, secrets_of
from bot.console.beside import Beside, Wanted, beside
from bot.console.operators import Operating
from bot.console.problems import told
from bot.console.routes import lost
from bot.console.routes import routes as console_routes
from bot.console.sent import DEPTH, SHOWN
from bot.desk import Desk
from bot.editor.frame import Editing
from bot.editor.routes import editor_routes
from bot.gallery.door import gallery_routes
from bot.http_bodies import read_body
from bot.http_errors import HttpProblem
from bot.importing.door import import_routes
from bot.installed import installed
from bot.intake.admission import Admission
from bot.intake.post_customers import CustomersDoor, Found, Ids, Reach
from bot.intake.post_events import EventsDoor
from bot.intake.post_hooks import Connection, HooksDoor
from bot.intake.problems import answering
from bot.intake.registry import load_vendors
from bot.intake.rights import RightsDoor
from bot.intake.routes import intake_routes
from bot.orders import parse_order
from bot.out.answers_door import AnswersDoor
from bot.out.export_door import ExportDoor
from bot.privacy import sweep
from bot.publishing import publishing_routes
from bot.staffing import staffing_of
from bot.strict_json import parse_object
from bot.takeout import Takeout
from bot.theming.door import ThemesDoor
from surveys.errors import ChannelUnavailable, InvalidInput
from surveys.model import Address, Channel, Deed, Person
from surveys.ports import Storage, UnitOfWork
from surveys.results import Query, ResultTable, run, run_all
from surveys.results.build import Further
from surveys.service import asking, at_stake
from surveys.service.context import Context
from surveys.service.identities import find_person
from surveys.service.joining import bring, was_split
from surveys.service.logging_in import host_link
from surveys.service.operating import backlog, messages, standing
from surveys.service.people import create_link
from surveys.service.shadows import contradicts

ADMIN_HEADER = "x-aftertouch-admin"
MOST_ADMIN_BYTES = 4096
KEY_EVENTS_AT_ONCE, KEY_EVENTS_PER_SECOND = 5000, 500.0
_log = structlog.get_logger(__name__)


class Doors:
    """Builds the routes over the parts of one application.

    ``admin_token`` opens ``/admin``; the command line of the same machine reads it from a file that only the
    owner can read.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        storage: Storage,
        ctx: Context,
        desk: Desk,
        channels: Channels,
        demo: bool,
        ring: Callable[[], None],
        provider: Provider | None = None,
    ) -> None:
        self._settings = settings
        self._storage = storage
        self._ctx = ctx
        self._desk = desk
        self._channels = channels
        self._demo = demo
        self._ring = ring
        self._auth = Authenticator(storage, ctx.clock)
        self._themes = ThemesDoor(storage, self._auth.authenticate, ctx, self.is_admin)
        self.admin_token = secrets.token_urlsafe(32)
        self._staffing = staffing_of(settings, storage, ctx, provider)
        self._guard = self._staffing.guard
        self.gate = Gate(
            storage=storage,
            now=ctx.now,
            keys=self._auth,
            guard=self._guard,
            cookies=self._staffing.cookies,
            is_public=not is_local(urlsplit(settings.base).hostname),
            refuse=partial(told, program=lambda: ctx.program, demo=demo),
        )

    def routes(self) -> list[BaseRoute]:
        """Return those of our roles; whichever they are, the command line can ask for a key."""
        roles = self._settings.roles
        return [
            *(self._intake() if Role.INTAKE in roles else ()),
            *(self._console() if Role.CONSOLE in roles else ()),
            *self._themes.admin_routes(),
            *import_routes(self._storage, self._ctx, self.is_admin),
            *publishing_routes(self._storage, self._ctx, self.is_admin),
            Route("/admin/keys", answering(self._new_key), methods=["POST"]),
            Route("/admin/orders", answering(self._order), methods=["POST"]),
            Route("/admin/staff", answering(self._command_staff), methods=["POST"]),
            Route("/admin/retention", answering(self._retain), methods=["POST"]),
            Route("/admin/links", answering(self._new_links), methods=["POST"]),
            *(self._lost() if Role.CONSOLE in roles else ()),
        ]

    def _lost(self) -> list[Door]:
        return lost(lambda: self._ctx.program, demo=self._demo)

    def _console(self) -> list[BaseRoute]:
        return [
            *self._themes.routes(),
            Route("/", _home),
            *console_routes(
                read_results=self._read_results,
                require=self.require,
                admit=self.gate.admit,
                program=lambda: self._ctx.program,
                demo=self._demo,
                operating=self._operating(),
                staffing=self._staffing,
                installed=installed(self._settings, self._channels, self._ctx.clock),
                read_beside=self._read_beside,
                read_tables=self._read_tables,
                ring=self._ring,
            ),
            *gallery_routes(
                program=lambda: self._ctx.program, operating=self._operating(), demo=self._demo
            ),
            *editor_routes(
                self._editing(),
                program=lambda: self._ctx.program,
                operating=self._operating(),
                demo=self._demo,
            ),
            *AnswersDoor(self._storage, self._auth.authenticate, self._ctx).routes(),
            *ExportDoor(self._storage, self._auth.authenticate, self._ctx).routes(),
            Route("/admin/logins", answering(self._new_login), methods=["POST"]),
        ]

    def _operating(self) -> Operating:
        return Operating(
            standing=lambda: self._storage.read(standing),
            backlog=lambda limit: self._storage.read(lambda tx: backlog(tx, limit)),
            messages=lambda state, before: self._storage.read(
                lambda tx: messages(tx, state, before, SHOWN, DEPTH, self._ctx.now())
            ),
            at_stake=lambda: self._storage.read(at_stake.everything),
            obey=self._desk.obey,
            caller=caller_of,
            now=self._ctx.now,
            guard=self._guard,
        )

    def _editing(self) -> Editing:
        return Editing(
            storage=self._storage,
            ctx=self._ctx,
            guard=self._guard,
            obey=self._desk.obey,
            ordered=self._desk.ordered,
            links=lambda: self._reach().links,
            rehearse=self._ring,
        )

    # --- intake ---

    def _intake(self) -> list[BaseRoute]:
        ctx, settings = self._ctx, self._settings
        accept = Admission(self._desk.accept, lambda: asyncio.get_running_loop().time())
        events = EventsDoor(
            accept,
            self._auth.authenticate,
            secrets_of(settings.events_secret),
            ctx.clock,
            Throttle(ctx.now, per_second=KEY_EVENTS_PER_SECOND, burst=KEY_EVENTS_AT_ONCE),
        )
        vendors = load_vendors()
        connections = {
            name: Connection(vendor=hook.vendor or "", secrets=secrets_of(hook.secret))
            for name, hook in settings.hooks.items()
        }
        _check_vendors(settings.hooks, tuple(vendors))
        customers = CustomersDoor(
            self._storage,
            self._auth.authenticate,
            ctx.clock,
            Ids(new_id=ctx.new_id, new_token=ctx.new_token),
            self._reach(),
            self._reconsider,
            self._bring,
        )
        hooks = HooksDoor(accept, vendors, connections, ctx.clock)
        rights = RightsDoor(self._storage, self._auth.authenticate, ctx)
        takeout = Takeout(self._storage, ctx)
        return [*intake_routes(events, hooks, customers, rights), *takeout.routes()]

    def _reach(self) -> Reach:
        links: dict[Channel, Callable[[str], str | None]] = {
            Channel.WEBCHAT: lambda token: f"{self._settings.base}/chat#t={token}"
        }
        if self._channels.telegram is not None:
            links[Channel.TELEGRAM] = self._channels.telegram.deep_link
        slack = self._find_in_slack if self._channels.slack is not None else None
        return Reach(links=links, slack=slack)

    async def _find_in_slack(self, email: str | None, user_id: str | None) -> Found | None:
        slack = self._channels.slack
        try:
            user = await slack.find_user(email, user_id) if slack else None
        except ChannelUnavailable as problem:
            _log.warning("customer not looked up", problem=str(problem))
            return None
        if slack is None or user is None or slack.account is None:
            return None
        return Found(
            account=slack.account,
            user=user.address_user(slack.account),
            chat=user.chat,
            locale=user.locale,
        )

    def _bring(self, tx: UnitOfWork, address: Address, person: Person) -> bool:
        """Let the company's word say whose chat it is, unless staff or the customer have said otherwise."""
        holder = tx.people.get(address.person_id)
        others = holder is not None and contradicts(tx, holder, person.external_id)
        if others or was_split(tx, address, person):
            return False
        bring(tx, self._ctx, address, person, how="match")
        return True

    def _reconsider(self, tx: UnitOfWork, person_id: str) -> None:
        asking.reconsider(tx, self._ctx, person_id)

    # --- results ---

    async def _read_results(self, query: Query) -> ResultTable:
        return await self._storage.read(
            lambda tx: run(tx, self._ctx.program, query, self._ctx.now())
        )

    async def _read_tables(
        self, queries: Sequence[Query], further: Further
    ) -> tuple[ResultTable, ...]:
        return await self._storage.read(
            lambda tx: run_all(tx, self._ctx.program, queries, self._ctx.now(), further)
        )

    async def _read_beside(self, wanted: Wanted) -> Beside:
        return await self._storage.read(lambda tx: beside(tx, self._ctx, wanted))

    async def require(self, request: Request, scope: str) -> None:
        """Let a request through that carries a key with this scope."""
        key = await self._auth.authenticate(request.headers.get("authorization"))
        if key is None:
            raise HttpProblem(
                HTTPStatus.UNAUTHORIZED,
                "Unauthorized",
                "send a valid API key: Authorization: Bearer sk_...",
                {"WWW-Authenticate": "Bearer"},
            )
        if not key.allows(scope):
            raise HttpProblem(HTTPStatus.FORBIDDEN, "Forbidden", f"the key lacks the scope {scope}")

    # --- admin ---

    def is_admin(self, request: Request) -> bool:
        """Say whether the command line of this machine asks."""
        given = request.headers.get(ADMIN_HEADER, "")
        fits = hmac.compare_digest(given.encode(errors="replace"), self.admin_token.encode())
        return from_this_machine(request) and fits

    async def _new_login(self, request: Request) -> Response:
        if not self.is_admin(request):
            return JSONResponse({"detail": "not allowed"}, HTTPStatus.FORBIDDEN)
        token = await self._storage.write(lambda tx: host_link(tx, self._ctx))
        url = f"{self._settings.base}/console/login?once={token}"
        return JSONResponse({"url": url}, HTTPStatus.CREATED)

    async def _order(self, request: Request) -> Response:
        if not self.is_admin(request):
            return JSONResponse({"detail": "not allowed"}, HTTPStatus.FORBIDDEN)
        body = parse_object(await read_body(request, MOST_ADMIN_BYTES))
        order, by = parse_order(body), _commander(body.get("by"))
        return JSONResponse({"done": await self._desk.obey(order, by)}, HTTPStatus.CREATED)

    async def _command_staff(self, request: Request) -> Response:
        if not self.is_admin(request):
            return JSONResponse({"detail": "not allowed"}, HTTPStatus.FORBIDDEN)
        body = parse_object(await read_body(request, MOST_ADMIN_BYTES))
        staff = StaffCommands(
            storage=self._storage,
            ctx=self._ctx,
            passwords=self._staffing.passwords,
            base=self._settings.base,
        )
        done = await staff.obey(body, _commander(body.get("by")))
        return JSONResponse({"done": done}, HTTPStatus.CREATED)

    async def _new_links(self, request: Request) -> Response:
        if not self.is_admin(request):
            return JSONResponse({"detail": "not allowed"}, HTTPStatus.FORBIDDEN)
        body = parse_object(await read_body(request, MOST_ADMIN_BYTES))
        links = self._reach().links
        wanted = body.get("channel")
        if wanted is not None and wanted not in [channel.value for channel in links]:
            raise InvalidInput("channel", f"must be one of {', '.join(links)}")
        channels = [channel for channel in links if wanted in (None, channel.value)]

        def write(tx: UnitOfWork) -> dict[Channel, str]:
            person = find_person(tx, str(body.get("customer", "")))
            now, new_token = self._ctx.now(), self._ctx.new_token
            return {
                each: create_link(tx, person.id, each, now=now, new_token=new_token)
                for each in channels
            }

        tokens = await self._storage.write(write)
        urls = {each.value: links[each](token) for each, token in tokens.items()}
        return JSONResponse({"links": {n: u for n, u in urls.items() if u}}, HTTPStatus.CREATED)

    async def _retain(self, request: Request) -> Response:
        if not self.is_admin(request):
            return JSONResponse({"detail": "not allowed"}, HTTPStatus.FORBIDDEN)
        counts = await sweep(self._storage, self._ctx, self._settings.retention.keeping)
        return JSONResponse({"counts": counts}, HTTPStatus.CREATED)

    async def _new_key(self, request: Request) -> Response:
        if not self.is_admin(request):
            return JSONResponse({"detail": "not allowed"}, HTTPStatus.FORBIDDEN)
        body = parse_object(await read_body(request, MOST_ADMIN_BYTES))
        scopes = body.get("scopes")
        if not isinstance(scopes, list) or not all(isinstance(s, str) for s in scopes):
            raise InvalidInput("scopes", "must be a list of scopes")
        by = _commander(body.get("by", "cli:unnamed"))
        token = await create_key(self._storage, self._ctx, scopes, by)
        return JSONResponse({"token": token}, HTTPStatus.CREATED)


def _commander(by: object) -> str:
    """Return who types a command; raises InvalidInput."""
    if not isinstance(by, str) or not by.startswith("cli:"):
        raise InvalidInput("by", "must say who orders this: cli:<user>")
    return by


async def _home(_: Request) -> Response:
    return RedirectResponse("/console")


async def create_key(storage: Storage, ctx: Context, scopes: list[str], by: str = "") -> str:
    """Store a new API key and return its token, which nothing can tell again; the audit trail has whose act it is."""
    now = ctx.now()
    key, token = api_keys.create(
        scopes, now=now, new_id=ctx.new_id, new_secret=lambda: secrets.token_bytes(32)
    )

    def work(tx: UnitOfWork) -> None:
        tx.keys.add(key)
        if by:
            details = {"scopes": ", ".join(sorted(key.scopes))}
            tx.audit.add(Deed(at=now, by=by, act="key_create", subject=key.id, details=details))

    await storage.write(work)
    return token


def _check_vendors(hooks: Mapping[str, HookSettings], vendors: tuple[str, ...]) -> None:
    for name, hook in hooks.items():
        if hook.vendor not in (None, *vendors):
            raise InvalidInput(f"hooks.{name}.vendor", f"must be one of {', '.join(vendors)}")
