"""The composition root: the one place where settings become a running application.

Parts are entered in one exit stack: HTTP session, alarm, channels. A channel that can't start is reported in
one line and in the health check; everything else runs.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import aiohttp
import structlog
from starlette.applications import Starlette

from bot.alarms import Alarms
from bot.analyser import analyser_of
from bot.analyses.analyst import Analyst
from bot.analyses.door import analysis_routes, analyst_routes
from bot.auth.gate import Gate
from bot.auth.oidc import provider_of
from bot.caps import ActCap
from bot.channels import Channels
from bot.config import Role, Settings
from bot.delivery import Dispatcher
from bot.desk import Desk
from bot.digests.desk import DigestDesk
from bot.digests.door import digest_routes
from bot.digests.plan import plan
from bot.doors import Doors
from bot.following import Following
from bot.health import Health, Watched
from bot.heart import BeatFile, Heart
from bot.lookout import Lookout
from bot.metrics import Metrics
from bot.names import Names, Resolver
from bot.preparing import Outside, prepare
from bot.privacy import Privacy
from bot.prompt import prompt
from bot.punctual import Punctual
from bot.rehearser import Rehearser
from bot.staff.sender import StaffSender
from bot.supervision import Part, Supervisor
from bot.webchat.desk import DemoDoor
from bot.webchat.routes import routes as chat_routes
from bot.webchat.stuffing import ScanCap
from bot.webchat.watching import CameDue, Watch
from bot.webhooks.declared import endpoints, subscriptions
from bot.webhooks.dispatcher import WebhookDispatcher
from bot.webhooks.door import WebhookDoor
from scheduler.drain import Chore, DrainLoop
from storage.peers import peers_at
from surveys.errors import StorageBusy
from surveys.ports import Bell, Storage
from surveys.program import Program
from surveys.service import webchat
from surveys.service.context import Context
from surveys.service.starting import Configured
from surveys.service.zones import follow

__all__ = ["DRAIN_SECONDS", "LOOP", "App", "Outside", "build", "prepare"]

DRAIN_SECONDS = 6
LOOP = "drain loop"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A running application: serve ``asgi`` and run ``run`` beside it. Only a worker comes round the loop."""

    desk: Desk
    ctx: Context
    storage: Storage
    loop: DrainLoop
    dispatcher: Dispatcher
    webhooks: WebhookDispatcher
    staff: StaffSender
    channels: Channels
    asgi: Starlette
    bell: Bell
    watch: Watch
    analyst: Analyst
    rehearser: Rehearser | None
    supervisor: Supervisor
    works: bool
    admin_token: str
    gate: Gate

    async def run(self) -> None:
        """Do what is due and hold the channels' connections until cancelled; then drain."""
        keep = self.supervisor.keep
        bell = partial(self.bell.run, _both(self.loop.wake, self.watch.ring))
        beside: dict[str, Part] = {**self.channels.runners(), "bell": bell, "watch": self.watch.run}
        if self.works:
            beside["analyses"] = self.analyst.run
        if self.rehearser:
            beside["rehearsals"] = self.rehearser.run
        async with asyncio.TaskGroup() as tasks:
            parts = [tasks.create_task(keep(name, part)) for name, part in beside.items()]
            draining = tasks.create_task(keep(LOOP, self.loop.run)) if self.works else None
            try:
                await (asyncio.shield(draining) if draining else asyncio.Event().wait())
            finally:
                self.watch.close()
                for part in parts:
                    part.cancel()
                if draining:
                    await self._finish(draining)

    def leave(self) -> None:
        """Begin nothing that may last: no request to a platform, no stream to a browser."""
        self.dispatcher.stop()
        self.watch.close()

    async def _finish(self, draining: asyncio.Task[None]) -> None:
        """Let the requests under way end; what hangs is given up and will be unknown."""
        self.dispatcher.stop()
        self.webhooks.stop()
        self.staff.stop()
        self.loop.stop()
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await draining
                await self.dispatcher.settled()
                await self.webhooks.settled()
                await self.staff.settled()
        except TimeoutError:
            _log.warning("a request to a platform hung; what became of it is unknown")


@asynccontextmanager
async def build(
    settings: Settings,
    *,
    storage: Storage,
    program: Program | Configured,
    outside: Outside | None = None,
    demo: DemoDoor | None = None,
    beat: BeatFile | None = None,
) -> AsyncIterator[App]:
    """Put the application together over an open storage; ``beat`` is what it is checked against."""
    outside = outside or Outside()
    storage = watched = Watched(storage)
    told = subscriptions(settings.webhooks)
    base = settings.base if settings.public_url else ""
    pacing, words = settings.pacing, analyser_of(settings.themes_analyser)
    ctx = await prepare(storage, program, outside, pacing, told, base, words, applies=True)
    storage = Following(watched, ctx.live)
    receivers, definitions = endpoints(settings.webhooks), outside.zones()
    await storage.write(lambda tx: follow(tx, ctx, definitions))
    metrics = Metrics()
    heart = Heart(storage=storage, ctx=ctx, file=beat)
    await heart.start()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(heart.stop)
        connector = aiohttp.TCPConnector(resolver=Resolver(Names(), allow_private=True))
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        alarm = await stack.enter_async_context(outside.alarm())
        peers = peers_at(settings.database_url)
        at_doors = prompt(storage, settings.database_url)
        cap = ActCap(at_doors, ctx, outside.clock)
        watch = Watch(_looking_for_browsers(storage), outside.clock)
        spread = _both(peers.bell.ring, watch.ring)
        wake = _both(alarm.rang.set, spread)
        desk = Desk(storage=at_doors, ctx=ctx, wake=wake, metrics=metrics, cap=cap)
        chores_of = Desk(storage=storage, ctx=ctx, wake=spread, metrics=metrics).chores
        channels = await stack.enter_async_context(
            outside.channels(
                settings,
                http=http,
                storage=storage,
                ctx=ctx,
                receive=desk.receive,
                leases=peers.leases,
                order=desk.ordered,
            )
        )
        dispatcher = await stack.enter_async_context(
            Dispatcher(
                storage=storage,
                ctx=ctx,
                messengers=channels.messengers,
                metrics=metrics,
                wake=alarm.rang.set,
                before=heart.before_sending,
                orders=lambda: desk.orders,
            )
        )
        webhooks = await stack.enter_async_context(
            WebhookDispatcher(
                storage=storage, ctx=ctx, endpoints=receivers, metrics=metrics, wake=wake
            )
        )
        telling = await stack.enter_async_context(
            StaffSender(
                storage=storage,
                ctx=ctx,
                tellers=channels.tellers,
                folder=settings.pages_folder,
                metrics=metrics,
                wake=wake,
                before=heart.before_sending,
            )
        )
        analyst = Analyst(
            storage=storage, ctx=ctx, leases=peers.leases, every=settings.analyses_every
        )
        digests = DigestDesk(
            storage=storage, ctx=ctx, digests=plan(settings, ctx.program), wake=wake
        )
        if Role.WORKER in settings.roles:
            await digests.declare()
        sending = (
            dispatcher.drain,
            dispatcher.look_up,
            webhooks.drain,
            digests.make,
            telling.drain,
        )
        lookout = Lookout(storage=storage, ctx=ctx, health=channels.health)
        punctual = Punctual(storage=storage, ctx=ctx)
        privacy = Privacy(storage=storage, ctx=ctx, keeping=settings.retention.keeping)
        chores = (
            heart.chore,
            lookout.chore,
            analyst.chore,
            punctual.chore,
            *chores_of,
            *sending,
            *privacy.chores,
        )
        loop = DrainLoop(
            chores=[_guarded(chore) for chore in chores],
            next_due=_looking_ahead(storage),
            alarm=alarm,
            rang=alarm.rang,
            clock=outside.clock,
            late=lambda span: metrics.lateness.observe(span.total_seconds()),
        )
        works = Role.WORKER in settings.roles
        alarms, supervisor = Alarms(storage=storage, metrics=metrics), Supervisor()
        health = Health(
            storage=watched,
            loop=loop if works else None,
            channels=channels,
            webhooks=webhooks.health,
            clock=outside.clock,
            roles=settings.roles,
            alarms=alarms,
            broken=supervisor.broken,
        )
        rehearser = Rehearser(storage=storage, ctx=ctx, leases=peers.leases)
        doors = Doors(
            settings,
            storage=at_doors,
            ctx=ctx,
            desk=desk,
            channels=channels,
            demo=demo is not None,
            ring=_both(rehearser.ring, analyst.ring),
            provider=provider_of(settings.oidc, settings.base, http, ctx),
        )
        chat = chat_routes(
            desk,
            company=_company(ctx),
            frame_ancestors=" ".join(("'self'", *settings.webchat.origins)),
            allowed_origins=frozenset(settings.webchat.origins),
            demo=demo,
            watch=watch,
            scans=ScanCap(outside.clock.now),
        )
        customers = [*chat, *channels.routes()] if Role.INTAKE in settings.roles else []
        staff = [
            *doors.routes(),
            *WebhookDoor(webhooks, receivers, doors.is_admin).routes(),
            *digest_routes(digests, doors.is_admin),
            *analyst_routes(analyst, doors.is_admin),
            *(analysis_routes(at_doors, doors.require) if Role.CONSOLE in settings.roles else ()),
        ]
        routes = [*staff, *customers, *health.routes(), *metrics.routes(alarms.look)]
        yield App(
            desk=desk,
            ctx=ctx,
            storage=storage,
            loop=loop,
            dispatcher=dispatcher,
            webhooks=webhooks,
            staff=telling,
            channels=channels,
            asgi=Starlette(routes=doors.gate.enforce(routes)),
            bell=peers.bell,
            watch=watch,
            analyst=analyst,
            rehearser=rehearser if Role.CONSOLE in settings.roles else None,
            supervisor=supervisor,
            works=works,
            admin_token=doors.admin_token,
            gate=doors.gate,
        )


def _both(first: Callable[[], None], second: Callable[[], None]) -> Callable[[], None]:
    def wake() -> None:
        first()
        second()

    return wake


def _looking_for_browsers(storage: Storage) -> CameDue:
    async def came_due(after: datetime, until: datetime) -> tuple[tuple[str, str], ...]:
        return await storage.read(lambda tx: webchat.came_due(tx, after, until))

    return came_due


def _guarded(chore: Chore) -> Chore:
    """The job's edge: a chore that fails is logged and tried again at the next wake-up."""

    async def run() -> int:
        try:
            return await chore()
        except StorageBusy as busy:
            _log.warning("storage is busy", problem=str(busy))
        except Exception:  # noqa: BLE001 one bad row must not stop the clock
            _log.exception("a chore failed")
        return 0

    return run


def _looking_ahead(storage: Storage) -> Callable[[], Awaitable[datetime | None]]:
    """Ask for the next due instant; while the storage can't tell, the sweep wakes the loop all the same."""

    async def next_due() -> datetime | None:
        try:
            return await storage.read(lambda tx: tx.next_due())
        except StorageBusy as busy:
            _log.warning("storage is busy", problem=str(busy))
        except Exception:  # noqa: BLE001 the job's edge: the clock must not stop
            _log.exception("what is due next is unknown")
        return None

    return next_due


def _company(ctx: Context) -> Callable[[str], str]:
    def name(language: str) -> str:
        company = ctx.program.company
        return company.name.get(language) or company.name[company.language]

    return name
