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
from bot.doctor.findings import Finding, State
from bot.setting_up import slack_wanted
from surveys.errors import ChannelMisconfigured, ChannelUnavailable
from surveys.ports import Clock

DEADLINE: Final = 10.0
"""Seconds for the clock and the public address."""

OFF_A_LITTLE, OFF = timedelta(seconds=10), timedelta(seconds=120)
"""Slack and Standard Webhooks refuse signatures that are 300 s old, so we refuse theirs."""

_MANY: Final = 100
_RECENT: Final = timedelta(hours=1)
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
        told = "no platform is configured whose clock could tell"
        return (Finding(check="clock", state=State.UNKNOWN, told=told),)
    origin = f"{asked[0].scheme}://{asked[0].netloc}/"
    try:
        theirs = await _date(session, origin)
    except _FAULTS:
        told = f"{asked[0].hostname} could not be asked for the time"
        return (Finding(check="clock", state=State.UNKNOWN, told=told),)
    return (judged(clock.now() - theirs, str(asked[0].hostname)),)


async def _date(session: aiohttp.ClientSession, origin: str) -> datetime:
    timeout = aiohttp.ClientTimeout(total=DEADLINE)
    async with session.head(origin, timeout=timeout, allow_redirects=False) as answer:
        told = parsedate_to_datetime(answer.headers.get("Date", ""))
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def judged(ahead: timedelta, host: str) -> Finding:
    """Return what it means that our clock is so far ahead of theirs."""
    told = f"{ahead.total_seconds():+.0f} s against {host}"
    off = abs(ahead)
    if off <= OFF_A_LITTLE:
        return Finding(check="clock", state=State.OK, told=told)
    state = State.WARN if off <= OFF else State.FAIL
    return Finding(check="clock", state=state, told=told, mend="let NTP set this machine's clock")


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
    told = f"@{me.get('username')} answers"
    return (
        Finding(check="telegram", state=State.OK, told=told),
        _webhook(settings, info, clock.now()),
    )


def _webhook(settings: Settings, info: Mapping[str, Any], now: datetime) -> Finding:
    """Judge how updates come in: by the chosen way, soon, and without errors."""
    check, url, waiting = "telegram_webhook", info.get("url", ""), info["pending_update_count"]
    told = f"{url or 'polling'}, {waiting} waiting"
    if bool(url) is not (settings.telegram.mode == "webhook"):
        mend = "aftertouch setup telegram"
        told += f", and the settings say {settings.telegram.mode}"
        return Finding(check=check, state=State.WARN, told=told, mend=mend)
    error, at = info.get("last_error_message"), info.get("last_error_date", 0)
    if error:
        failed = datetime.fromtimestamp(at, UTC)
        told += f"; last error {failed:%Y-%m-%d %H:%M} UTC: {error}"
        state = State.FAIL if now - failed < _RECENT and waiting else State.WARN
        mend = "see that Telegram reaches public_url, with a certificate that it trusts"
        return Finding(check=check, state=state, told=told, mend=mend)
    if waiting > _MANY:
        mend = "start the server: what waits longer than a day is lost"
        return Finding(check=check, state=State.WARN, told=told, mend=mend)
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
    told = f"@{found.bot} in {found.team} answers"
    return (
        Finding(check="slack", state=State.OK, told=told),
        _scopes(settings, found.scopes),
    )


def _scopes(settings: Settings, granted: frozenset[str] | None) -> Finding:
    from bot.slack.manifest import drift  # noqa: PLC0415 an SDK is loaded only where used

    check = "slack_scopes"
    if granted is None:
        return Finding(check=check, state=State.UNKNOWN, told="Slack did not tell them")
    missing, extra = drift(slack_wanted(settings), granted)
    if missing:
        told, mend = f"missing: {', '.join(missing)}", "aftertouch setup slack, then Reinstall"
        return Finding(check=check, state=State.FAIL, told=told, mend=mend)
    if extra:
        told, mend = f"not used: {', '.join(extra)}", "take them out of the app's manifest"
        return Finding(check=check, state=State.WARN, told=told, mend=mend)
    return Finding(check=check, state=State.OK, told="those of the manifest")


# --- the public address ------------------------------------------------------------------------------


async def _public_url(settings: Settings, session: aiohttp.ClientSession) -> tuple[Finding, ...]:
    url = settings.public_url
    if not url:
        told = "none is set: links lead to this machine only"
        return (Finding(check="public_url", state=State.WARN, told=told, mend="set public_url"),)
    timeout = aiohttp.ClientTimeout(total=DEADLINE)
    try:
        async with session.get(
            f"{url.rstrip('/')}/readyz", timeout=timeout, allow_redirects=False
        ) as answer:
            status = answer.status
    except _FAULTS as fault:
        return (_unreachable(f"{url} cannot be reached from here ({type(fault).__name__})"),)
    if status != HTTPStatus.OK:
        return (_unreachable(f"{url} answers {status}"),)
    return (Finding(check="public_url", state=State.OK, told=f"{url} answers"),)


def _unreachable(told: str) -> Finding:
    mend = "start the server; else look at DNS, the certificate and the proxy"
    return Finding(check="public_url", state=State.WARN, told=told, mend=mend)


# --- what several have in common ---------------------------------------------------------------------


def _not_ready(name: str, configured: Mapping[str, str]) -> Finding | None:
    """Return why the platform can't be asked; None where it can."""
    if name not in configured:
        return Finding(check=name, state=State.OK, told="off: nothing is set")
    if configured[name]:
        problem, _, mend = configured[name].partition(": ")
        return Finding(check=name, state=State.FAIL, told=problem, mend=mend)
    return None


def _down(name: str, problem: ChannelMisconfigured | ChannelUnavailable) -> Finding:
    if isinstance(problem, ChannelMisconfigured):
        told, _, mend = problem.problem.partition(": ")
        return Finding(check=name, state=State.FAIL, told=told, mend=mend)
    told = f"could not be asked ({problem.reason})"
    return Finding(check=name, state=State.FAIL, told=told, mend="see that this machine gets out")


def _left_out(check: str, why: Finding) -> Finding:
    if why.state is State.OK:
        return Finding(check=check, state=State.OK, told="off")
    return Finding(check=check, state=State.UNKNOWN, told=f"{why.check} could not be asked")
