"""When the analyses are due, and storing what a run found: all of it in one commit, each trouble told once."""

from collections.abc import Collection, Sequence
from datetime import datetime, time, timedelta
from typing import Final

from surveys.ports import UnitOfWork
from surveys.service.alerting import tell_of
from surveys.service.context import Context
from surveys.stored_analyses import Alert, Analysis
from surveys.timing import instant, zone_of

NIGHT: Final = time(3)
"""When nightly analyses are due, in the company's zone."""

SAME_TROUBLE: Final = timedelta(days=28)
"""An alert so soon after another of its series is kept, and told to nobody again."""

MOST_KNOWN: Final = 500
_DONE: Final = "analyses"


def begin(tx: UnitOfWork, ctx: Context) -> None:
    """Count from now, where nothing was analysed yet: a new deployment has its first run in its first night."""
    tx.notes.keep(_DONE, ctx.now().isoformat())


def is_due(tx: UnitOfWork, ctx: Context, every: timedelta | None) -> bool:
    """Say whether a run is due: so long after the last, nightly for None.

    A run in the future was before the clock was set back; it does not count.
    """
    done = tx.notes.get(_DONE)
    if done is None:
        return False
    last, now = datetime.fromisoformat(done), ctx.now()
    latest = _last_night(ctx, now) if every is None else now - every
    return last > now or last < latest


def _last_night(ctx: Context, now: datetime) -> datetime:
    """Return the last time that nightly runs were due, now at the latest."""
    zone, _ = zone_of(ctx.program.company.zone, "UTC")
    local = now.astimezone(zone)
    tonight = instant(datetime.combine(local.date(), NIGHT), zone)
    if tonight <= now:
        return tonight
    return instant(datetime.combine(local.date() - timedelta(days=1), NIGHT), zone)


def note_done(tx: UnitOfWork, ctx: Context) -> None:
    """Remember that a run has come to its end."""
    tx.notes.set(_DONE, ctx.now().isoformat())


def store(
    tx: UnitOfWork,
    ctx: Context,
    kinds: Collection[str],
    analyses: Sequence[Analysis],
    alerts: Sequence[Alert],
) -> int:
    """Keep what a run over these kinds found, in place of what was there; return how many alerts are new."""
    for analysis in analyses:
        tx.analyses.save(analysis)
    for kind in kinds:
        tx.analyses.keep_only(kind, {each.key for each in analyses if each.kind == kind})
    fresh = [alert for alert in alerts if tx.alerts.get(alert.id) is None]
    for alert in fresh:
        if not _is_old(alert) and not _is_known(tx, alert):
            tell_of(tx, ctx, alert)
        tx.alerts.add(alert)
    return len(fresh)


def _is_old(alert: Alert) -> bool:
    """Say whether this is no news: the first run over a long history finds what was wrong long ago."""
    return alert.raised_at - alert.at >= SAME_TROUBLE


def _is_known(tx: UnitOfWork, alert: Alert) -> bool:
    """Say whether staff know of this: the watch begins anew behind each alarm, and what stays bad raises more."""
    return any(
        (older.stage, older.series) == (alert.stage, alert.series)
        and timedelta() <= alert.at - older.at < SAME_TROUBLE
        for older in tx.alerts.newest(MOST_KNOWN)
    )
