"""How this Aftertouch is set: connections and their health, rules, pauses, keys, hooks, how long what is kept.

What the config file or the program owns is only shown, and the page says who owns it. API keys are the one thing that
is made and ended here.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from babel import Locale
from starlette.requests import Request
from starlette.responses import Response

from bot import api_keys
from bot.auth.callers import caller_of
from bot.console.addresses import SETTINGS
from bot.console.people.door import ADMIN
from bot.console.people.keys import KeyGiven, create, parse_key, revoke
from bot.console.people.saying import zone_in_words
from bot.console.people_texts import named, say
from bot.console.staffing.frame import Frame, Staffing, fields_of
from bot.http_errors import HttpProblem
from surveys.errors import InvalidInput, NotFound
from surveys.journey import say as choose
from surveys.model import ApiKey, WebhookMessage
from surveys.pausing import Pause
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.service.pauses import pauses
from surveys.service.retention import KINDS, Keeping
from surveys.service.webhooks import Standing, standings
from surveys.statistics import HIDDEN_BELOW, INDICATIVE_BELOW

LOGGED = 30
MONTH = 31
"""Days of a month in the config file's ``13mo``, see bot.config."""
DAYS = ("", "30", "90", "365")
"""How long a key may live; "" for until it is revoked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What was found about one thing, in words; ``mend`` says what to do about it, or ""."""

    check: str
    label: str
    state: str
    told: str
    mend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What the config file set up.

    Attributes:
        health: each channel's ``state`` and ``reason``.
        hooks: each vendor connection with its vendor; "" where the path says it.
        receivers: each outgoing webhook with scheme and host: the rest of its address may be a secret.
        examine: what ``aftertouch doctor`` finds, in a language; it asks the platforms.
    """

    health: Callable[[], Mapping[str, Mapping[str, str]]]
    hooks: Mapping[str, str]
    receivers: Mapping[str, str]
    keeping: Keeping
    base: str
    examine: Callable[[str], Awaitable[Sequence[Examined]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLine:
    """A key as its list shows it: what is kept of it is not the key."""

    id: str
    scopes: tuple[str, ...]
    since: str
    until: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """An outgoing webhook."""

    name: str
    to: str
    state: str
    waiting: str
    failed: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """A survey or trigger whose asks wait; ``subject`` is what resumes it."""

    what: str
    subject: str
    by: str
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What is read at one instant; the keys only for whoever may make them."""

    receivers: tuple[Standing, ...]
    told: tuple[WebhookMessage, ...]
    pauses: tuple[Pause, ...]
    keys: tuple[ApiKey, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsDoor:
    """Serves the page, the doctor's page, and the form about keys."""

    frame: Frame
    staffing: Staffing
    installed: Installed

    async def page(self, request: Request) -> Response:
        """Show the settings."""
        return await self._shown(request)

    async def doctor(self, request: Request) -> Response:
        """Look at everything now, and show what was found."""
        findings = await self.installed.examine(self.frame.look(request).language)
        return await self.frame.show(request, "doctor.html", "doctor", findings=findings)

    async def keys(self, request: Request) -> Response:
        """Make or revoke a key; a new one is shown this once."""
        fields, by = await fields_of(request), caller_of(request).by
        storage, ctx = self.staffing.storage, self.staffing.ctx
        if fields.get("act") == "revoke":
            key_id = fields.get("id", "")
            try:
                await storage.write(lambda tx: revoke(tx, ctx, key_id, by))
            except NotFound as gone:
                raise HttpProblem(HTTPStatus.NOT_FOUND, "Not found", str(gone)) from gone
            return self.frame.lead(request, SETTINGS, note="revoked")
        try:
            given = parse_key(fields, DAYS)
        except InvalidInput as fault:
            return await self._shown(request, fault=fault.where, typed=fields, status=400)
        token = await storage.write(lambda tx: create(tx, ctx, given, by))
        return await self._shown(request, token=token, made=given)

    async def _shown(
        self,
        request: Request,
        *,
        status: int = HTTPStatus.OK,
        fault: str = "",
        typed: Mapping[str, str] | None = None,
        token: str = "",
        made: KeyGiven | None = None,
    ) -> Response:
        caller, language = caller_of(request), self.frame.look(request).language
        may_all = caller.may(ADMIN)

        read = await self.staffing.storage.read(lambda tx: _read(tx, keys=may_all))
        now = self.staffing.ctx.now()
        return await self.frame.show(
            request,
            "settings.html",
            "settings",
            status=status,
            channels=self._channels(language),
            rules=_rules(self.frame.program(), language, now),
            stages=_stages(self.frame.program(), language),
            trigger=next((each.id for each in self.frame.program().triggers), ""),
            keeping=[
                (named(language, "keeping", kind), self._span(kind, language)) for kind in KINDS
            ],
            hooks=[*self.installed.hooks.items()],
            base=self.installed.base,
            receivers=[self._receiver(each, language) for each in read.receivers],
            log=[self._told(each, language) for each in read.told],
            pauses=[self._pause(each, language) for each in read.pauses],
            keys=[self._key(key, now, language) for key in reversed(read.keys)],
            scopes=api_keys.SCOPES,
            days=DAYS,
            fault=fault,
            typed=typed or {},
            made=token,
            made_scopes=sorted(made.scopes) if made else (),
            may_all=may_all,
            note="revoked" if request.query_params.get("note") == "revoked" and not fault else "",
            token=self.staffing.guard.token(caller.session),
        )

    def _pause(self, pause: Pause, language: str) -> Paused:
        return Paused(
            what=f"{say(language, f'pauses.{pause.of}')} {pause.id}",
            subject=f"{pause.of}:{pause.id}",
            by=pause.by,
            since=self.frame.at(pause.since),
        )

    def _channels(self, language: str) -> list[tuple[str, str, str, str]]:
        """Return each channel's name, stable state, state in words, and reason."""
        return [
            (
                named(language, "channel", name),
                told["state"],
                named(language, "health", told["state"]),
                named(language, "off", told.get("reason", "")),
            )
            for name, told in self.installed.health().items()
        ]

    def _span(self, kind: str, language: str) -> str:
        """Return in words how long a kind of row is kept, in months of 31 days where these come out even."""
        span: timedelta | None = getattr(self.installed.keeping, kind)
        if span is None:
            return say(language, "keeping.ever")
        months, rest = divmod(span.days, MONTH)
        if months and not rest:
            return say(language, "keeping.months", n=str(months), days=str(span.days))
        return say(language, "keeping.days", n=str(span.days))

    def _receiver(self, standing: Standing, language: str) -> Receiver:
        known = standing.destination
        return Receiver(
            name=known.name,
            to=self.installed.receivers.get(known.name, ""),
            state=named(language, "receiver", known.state),
            waiting=f"{standing.waiting:,}",
            failed=f"{standing.failed:,}",
            error=known.reason or "",
        )

    def _told(self, message: WebhookMessage, language: str) -> tuple[str, ...]:
        return (
            self.frame.at(message.ended_at or message.created_at),
            message.destination,
            message.type.value,
            named(language, "webhook", message.state),
            str(message.tries),
            message.reason or "",
        )

    def _key(self, key: ApiKey, now: datetime, language: str) -> KeyLine:
        is_over = key.expires_at is not None and now >= key.expires_at
        state = "revoked" if key.revoked_at else "expired" if is_over else "live"
        return KeyLine(
            id=key.id,
            scopes=tuple(sorted(key.scopes)),
            since=self.frame.at(key.created_at),
            until=self.frame.at(key.expires_at) if key.expires_at else "",
            state=state,
        )


def _read(tx: UnitOfWork, *, keys: bool) -> _Read:
    return _Read(
        receivers=standings(tx),
        told=tx.overview.webhooks(LOGGED),
        pauses=pauses(tx),
        keys=tx.keys.all() if keys else (),
    )


def _stages(program: Program, language: str) -> list[str]:
    return [choose(each.label, language, program.company.language) for each in program.stages]


def _rules(program: Program, language: str, now: datetime) -> Iterator[tuple[str, str]]:
    """Yield what the program rules, by the key of its name."""
    none = say(language, "rule.none")
    rules, quiet = program.contact_rules, program.contact_rules.quiet_hours
    cap = {"asks": str(rules.cap.asks), "days": str(rules.cap.days)}
    yield "cap", say(language, "rule.cap.value", **cap)
    yield "cooldown", say(language, "rule.cooldown.value", days=str(rules.cooldown_days))
    yield "quiet", f"{quiet.start}–{quiet.end}" if quiet else none
    countries = Locale.parse(language).territories
    yield "holidays", countries.get(rules.holidays, rules.holidays) if rules.holidays else none
    yield "zone", zone_in_words(program.company.zone, language, now)
    yield "sample", f"{HIDDEN_BELOW} / {INDICATIVE_BELOW}"
