"""Days and times as people write them: ``11월 22일 (일) 오후 3:04``, ``Sun, Nov 22, 3:04 PM``."""

from datetime import datetime, tzinfo

from babel.core import Locale
from babel.dates import format_skeleton, format_time

_DAY = "MMMEd"
_DAY_AND_YEAR = "yMMMEd"
_JOINED = {"en": ", "}


def time_of_day(at: datetime, zone: tzinfo, language: str) -> str:
    """Return the clock time in the zone, e.g. ``오후 3:04``: halves of the day by their whole names."""
    short = Locale.parse(language).time_formats["short"].pattern.replace("a", "aaaa")
    return _plain(format_time(at.astimezone(zone), format=short, locale=language))


def day(at: datetime, zone: tzinfo, language: str, *, now: datetime) -> str:
    """Return the day in the zone, e.g. ``11월 22일 (일)``; with its year where that is not the present one."""
    local = at.astimezone(zone)
    skeleton = _DAY if local.year == now.astimezone(zone).year else _DAY_AND_YEAR
    return _plain(format_skeleton(skeleton, local, locale=language))


def moment(at: datetime, zone: tzinfo, language: str, *, now: datetime) -> str:
    """Return day and clock time in the zone, e.g. ``11월 22일 (일) 오후 3:04``."""
    said = day(at, zone, language, now=now), time_of_day(at, zone, language)
    return _JOINED.get(language, " ").join(said)


def _plain(text: str) -> str:
    """Take the narrow no-break space of English times for a space: not every phone has it."""
    return text.replace("\N{NARROW NO-BREAK SPACE}", " ")
