"""The platforms and the public address: asked as a server would ask them, and nothing is changed there."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

from bot import channels
from bot.channels import slack_access, telegram_access
from bot.config import Settings
from bot.doctor.findings import Finding, State, Words, left_out, raw, words
from bot.patience import Passing
from bot.setting_up import slack_wanted
from surveys.errors import ChannelMisconfigured, ChannelUnavailable
from surveys.ports import Clock

DEADLINE: Final = 10.0
"""Seconds for the clock and the public address."""

OFF_A_LITTLE, OFF = timedelta(seconds=10), timedelta(seconds=120)
"""Slack and Standard Webhooks refuse signatures that are 300 s old, so we refuse theirs."""

_MANY: Final = 100
_RECENT: Final = timedelta(hours=1)
_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FAR: Final = 2**36
"""Seconds: an instant that a calendar still has."""
_FAULTS: Final = (aiohttp.ClientError, TimeoutError, OSError, ValueError)


async def examine(settings: Settings, clock: Clock) -> tuple[Finding, ...]:
    """Ask all of them at once; who is off is not asked."""
    configured = channels.check(settings)
    async with aiohttp.ClientSession() as session:
        asked = await asyncio.gather(
            _clock(settings, configured, session, clock),
            _telegram(settings, configured, session, clock),
            _slack(settings, configured, session),
            _public_url(settings, session),
        )
    return tuple(finding for part in asked for finding in part)


# --- the clock -----------------------------------------------------------------------------------


async def _clock(
    settings: Settings,
    configured: Mapping[str, str],
    session: aiohttp.ClientSession,
    clock: Clock,
) -> tuple[Finding, ...]:
    """Hold our clock against a platform's, which every answer over HTTP tells."""
    bases = {"telegram": settings.telegram.base_url, "slack": settings.slack.base_url}
    asked = [urlsplit(bases[name]) for name in configured]
    if not asked:
        told, mend = words("clock.nobody"), words("clock.compare")
        return (Finding(check="clock", state=State.UNKNOWN, told=told, mend=mend),)
    origin = f"{asked[0].scheme}://{asked[0].netloc}/"
    try:
        theirs = await _date(session, origin)
    except _FAULTS:
        told, mend = words("clock.silent", host=str(asked[0].hostname)), words("down.mend")
        return (Finding(check="clock", state=State.UNKNOWN, told=told, mend=mend),)
    return (judged(clock.now() - theirs, str(asked[0].hostname)),)


async def _date(session: aiohttp.ClientSession, origin: str) -> datetime:
    timeout = aiohttp.ClientTimeout(total=DEADLINE)
    async with session.head(origin, timeout=timeout, allow_redirects=False) as answer:
        told = parsedate_to_datetime(answer.headers.get("Date", ""))
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def judged(ahead: timedelta, host: str) -> Finding:
    """Return what it means that our clock is so far ahead of theirs."""
    told = words("clock.against", seconds=f"{ahead.total_seconds():+.0f}", host=host)
    off = abs(ahead)
    if off <= OFF_A_LITTLE:
        return Finding(check="clock", state=State.OK, told=told)
    state = State.WARN if off <= OFF else State.FAIL
    return Finding(check="clock", state=state, told=told, mend=words("clock.mend"))


# --- Telegram --------------------------------------------------------------------------------------


async def _telegram(
    settings: Settings,
    configured: Mapping[str, str],
    session: aiohttp.ClientSession,
    clock: Clock,
) -> tuple[Finding, ...]:
    off = _not_ready("telegram", configured)
    if off is not None:
        return off, _left_out("telegram_webhook", off)
    from bot.telegram.upkeep import Upkeep  # noqa: PLC0415 an SDK is loaded only where used

    upkeep = Upkeep(telegram_access(settings), session)
    try:
        me, info = await upkeep.me(), await upkeep.webhook()
    except (ChannelMisconfigured, ChannelUnavailable) as problem:
        down = _down("telegram", problem)
        return down, _left_out("telegram_webhook", down)
    told = words("answers", who=f"@{me.get('username')}")
    return (
        Finding(check="telegram", state=State.OK, told=told),
        _webhook(settings, info, clock.now()),
    )


def _webhook(settings: Settings, info: Mapping[str, Any], now: datetime) -> Finding:
    """Judge how updates come in: by the chosen way, soon, and without errors."""
    check, url, waiting = "telegram_webhook", info["url"], info["pending_update_count"]
    shown = {"how": url or "polling", "n": str(waiting)}
    if bool(url) is not (settings.telegram.mode == "webhook"):
        told = words("webhook.other", **shown, mode=settings.telegram.mode)
        return Finding(check=check, state=State.WARN, told=told, mend=words("webhook.setup"))
    error = info.get("last_error_message")
    if error:
        failed = _FIRST + timedelta(seconds=min(abs(info["last_error_date"]), _FAR))
        told = words("webhook.error", **shown, at=f"{failed:%Y-%m-%d %H:%M}", error=str(error))
        state = State.FAIL if now - failed < _RECENT and waiting else State.WARN
        return Finding(check=check, state=state, told=told, mend=words("webhook.reach"))
    told = words("webhook.ok", **shown)
    if waiting > _MANY:
        return Finding(check=check, state=State.WARN, told=told, mend=words("webhook.start"))
    return Finding(check=check, state=State.OK, told=told)


# --- Slack -----------------------------------------------------------------------------------------


async def _slack(
    settings: Settings, configured: Mapping[str, str], session: aiohttp.ClientSession
) -> tuple[Finding, ...]:
    off = _not_ready("slack", configured)
    if off is not None:
        return off, _left_out("slack_scopes", off)
    from bot.slack.upkeep import identify  # noqa: PLC0415 an SDK is loaded only where used

    try:
        found = await identify(slack_access(settings), session)
    except (ChannelMisconfigured, ChannelUnavailable) as problem:
        down = _down("slack", problem)
        return down, _left_out("slack_scopes", down)
    told = words("answers", who=f"@{found.bot} ({found.team})")
    return (
        Finding(check="slack", state=State.OK, told=told),
        _scopes(settings, found.scopes),
    )


def _scopes(settings: Settings, granted: frozenset[str] | None) -> Finding:
    from bot.slack.manifest import drift  # noqa: PLC0415 an SDK is loaded only where used

    check = "slack_scopes"
    if granted is None:
        told, mend = words("scopes.unknown"), words("scopes.compare")
        return Finding(check=check, state=State.UNKNOWN, told=told, mend=mend)
    missing, extra = drift(slack_wanted(settings), granted)
    if missing:
        told, mend = words("scopes.missing", names=", ".join(missing)), words("scopes.reinstall")
        return Finding(check=check, state=State.FAIL, told=told, mend=mend)
    if extra:
        told, mend = words("scopes.extra", names=", ".join(extra)), words("scopes.less")
        return Finding(check=check, state=State.WARN, told=told, mend=mend)
    return Finding(check=check, state=State.OK, told=words("scopes.ok"))


# --- the public address ------------------------------------------------------------------------------


async def _public_url(settings: Settings, session: aiohttp.ClientSession) -> tuple[Finding, ...]:
    url = settings.public_url
    if not url:
        told, mend = words("public.none"), words("public.set")
        return (Finding(check="public_url", state=State.WARN, told=told, mend=mend),)
    timeout = aiohttp.ClientTimeout(total=DEADLINE)
    try:
        async with session.get(
            f"{url.rstrip('/')}/readyz", timeout=timeout, allow_redirects=False
        ) as answer:
            status = answer.status
    except _FAULTS as fault:
        return (_unreachable(words("public.gone", url=url, why=type(fault).__name__)),)
    if status != HTTPStatus.OK:
        return (_unreachable(words("public.other", url=url, status=str(status))),)
    return (Finding(check="public_url", state=State.OK, told=words("answers", who=url)),)


def _unreachable(told: Words) -> Finding:
    return Finding(check="public_url", state=State.WARN, told=told, mend=words("public.mend"))


# --- what several have in common ---------------------------------------------------------------------


def _not_ready(name: str, configured: Mapping[str, str]) -> Finding | None:
    """Return why the platform can't be asked; None where it can."""
    if name not in configured:
        return Finding(check=name, state=State.OK, told=words("off.unset"))
    if configured[name]:
        return _refused(name, configured[name])
    return None


def _down(name: str, problem: ChannelMisconfigured | ChannelUnavailable) -> Finding:
    if isinstance(problem, ChannelMisconfigured):
        return _refused(name, problem.problem)
    told = words("down", why=problem.reason)
    if isinstance(problem, Passing) and problem.pause is not None:
        mend = words("down.pause", seconds=f"{problem.pause:.0f}")
        return Finding(check=name, state=State.UNKNOWN, told=told, mend=mend)
    away = isinstance(problem, Passing) and not problem.is_theirs
    return Finding(
        check=name, state=State.FAIL, told=told, mend=words("down.mend" if away else "down.theirs")
    )


def _refused(name: str, problem: str) -> Finding:
    """Part a setting's problem from its mend, which stands behind a colon."""
    told, _, mend = problem.partition(": ")
    return Finding(
        check=name,
        state=State.FAIL,
        told=raw(told),
        mend=raw(mend) if mend else words("refused.mend"),
    )


def _left_out(check: str, why: Finding) -> Finding:
    if why.state is State.OK:
        return Finding(check=check, state=State.OK, told=words("off"))
    return left_out(check, why.check)
