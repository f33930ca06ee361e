"""Says in the staff's language what a rehearsal found."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from surveys.instruments import QUESTIONS
from surveys.language.texts import said
from surveys.language.texts import say as say_reason

Json = Any
CATALOGUE: Final = "rehearsal"
_CONDITION: Final = "condition"
"""The rule that an event falls to which does not meet its trigger's condition."""


def say(language: str, key: str, **values: object) -> str:
    """Return one of our sentences; raises KeyError for an unknown key."""
    return said(CATALOGUE, language, key, **{name: str(value) for name, value in values.items()})


def lines(found: Mapping[str, Json], language: str) -> Iterator[str]:
    """Yield a rehearsal's lines, as ``Rehearsal.to_json`` tells it."""
    yield from _head(found, language)
    yield from _section(language, "rules", [_rule(each, language) for each in by_rule(found)])
    triggers = [say(language, "line.trigger", **each) for each in found["triggers"]]
    yield from _section(language, "triggers", triggers)
    yield from _section(language, "stages", [_stage(each, language) for each in found["stages"]])
    yield from _peak(found["peak"], language)
    yield from _section(language, "people", [_person(each, language) for each in found["people"]])
    if found["people_left_out"]:
        yield say(language, "people.left_out", count=f"{found['people_left_out']:,}")


def _head(found: Mapping[str, Json], language: str) -> Iterator[str]:
    zone = ZoneInfo(found["zone"])
    since, until = (_local(found[name], zone) for name in ("since", "until"))
    counts = {name: f"{found[name]:,}" for name in _COUNTS}
    yield say(language, "head.window", since=since, until=until, zone=zone.key, **counts)
    if not found["events"]:
        yield say(language, "head.empty")
    yield say(language, f"head.{found['label']}")
    yield from (f"  {note}" for note in notes(found, language))
    yield say(language, "head.counts", **counts)
    yield matched(found, language)


def notes(found: Mapping[str, Json], language: str) -> Iterator[str]:
    """Yield what must be known to read the figures: why it is an estimate, what was compared, what is left out."""
    for cause in found["because"]:
        yield say(language, f"because.{cause}")
    if found["compared"] is not None:
        told = {name: f"{found['compared'][name]:,}" for name in _COMPARED}
        yield say(language, "head.compared", **told)
    if found["follow_ups"]:
        yield say(language, "head.follow_ups", triggers=", ".join(found["follow_ups"]))
    yield from (gap(each, language) for each in found["absent"])
    yield say(language, "head.erased")


def gap(row: Mapping[str, Json], language: str) -> str:
    """Return what is to be known of a field that events lack, as ``surveys.conditions.Gap`` has it."""
    values = {"path": row["path"], **{name: f"{row[name]:,}" for name in _LACKING}}
    if row["unknown"]:
        key = "gap.unknown_all" if row["unknown"] == row["of"] else "gap.unknown"
    else:
        key = "gap.nowhere" if row["without"] == row["of"] else "gap.some"
    return say(language, key, **values)


def matching(
    language: str, days: tuple[date, date], matched: int, of: int, *, is_all: bool = True
) -> str:
    """Return how many of the events received in these days meet the condition; ``of`` only the newest, or of all."""
    key = "matching" if is_all else "matching.newest"
    since, until = map(str, days)
    counts = {"matched": f"{matched:,}", "of": f"{of:,}"}
    return say(language, key if of else "matching.none", since=since, until=until, **counts)


_COUNTS: Final = ("events", "decisions", "asked", "waiting", "suppressed")
_LACKING: Final = ("of", "without", "unknown")
_COMPARED: Final = ("same", "different", "unknown", "verdicts_taken_over")


def _section(language: str, name: str, rows: list[str]) -> Iterator[str]:
    if rows:
        yield ""
        yield say(language, f"section.{name}")
        yield from (f"  {row}" for row in rows)


def _rule(row: Mapping[str, Json], language: str) -> str:
    end = say(language, f"end.{row['end']}")
    return f"{row['count']:>7,}  {end}: {reason(row['rule'], language)}  [{row['rule']}]"


def reason(rule: str, language: str) -> str:
    """Return what a rule is about."""
    try:
        return say_reason(language, f"why.rule.{rule}")
    except KeyError:
        return say_reason(language, "why.rule.other", rule=rule)


def _stage(row: Mapping[str, Json], language: str) -> str:
    where = {"stage": row["stage"], "instrument": QUESTIONS[row["instrument"]].short}
    return say(language, "line.stage", **where, **stage_figures(row, language))


def stage_figures(row: Mapping[str, Json], language: str) -> dict[str, str]:
    """Return the figures of a stage as they are read; what is not known says so."""
    rate, answers, half_width = (row[name] for name in ("rate", "answers", "half_width"))
    arrived = row.get("arrived")
    unknown = say(language, "unknown")
    return {
        "asked": f"{row['asked']:,}",
        "arrived": unknown if arrived is None else f"{arrived:,.1f}",
        "rate": unknown if rate is None else f"{100 * rate:.1f}%",
        "answers": unknown if answers is None else f"{answers:,.1f}",
        "interval": unknown if half_width is None else f"±{half_width:.1f}",
    }


def _peak(peak: Mapping[str, Json] | None, language: str) -> Iterator[str]:
    if peak is not None:
        yield ""
        yield busiest(peak, language)


def busiest(peak: Mapping[str, Json], language: str) -> str:
    """Return when the most is asked at once, and how long that takes to send."""
    return say(
        language,
        "peak",
        at=peak["local"].partition("+")[0],
        questions=f"{peak['questions']:,}",
        rate=f"{peak['messages_per_second']:g}",
        seconds=f"{peak['seconds']:g}",
    )


def _person(row: Mapping[str, Json], language: str) -> str:
    who = row["customer"] or say(language, "nobody")
    end = say(language, f"end.{row['end']}")
    told = end if row["end"] == "asked" else f"{end}: {reason(row['rule'], language)}"
    return f"{row['local'][:16]}  {who}  {row['trigger']}  {told}"


def headline(found: Mapping[str, Json], language: str) -> str:
    """Return the whole in one sentence: how many events match, how many are asked, what keeps the others from it."""
    sums = by_reason(found, ("suppressed",))
    rules = [f"{reason(rule, language)} {count:,}" for rule, count in sums.items()]
    counts = {"matched": f"{found['matched']:,}", "asked": f"{found['asked']:,}"}
    held = [say(language, "headline.held", rules=", ".join(rules))] if rules else []
    if waits := kept(found, "waiting"):
        held.append(say(language, "headline.waits", count=f"{waits:,}"))
    if not held:
        return say(language, "headline.all", **counts)
    return say(language, "headline", **counts, held=" · ".join(held))


def kept(found: Mapping[str, Json], end: str) -> int:
    """Return how many events that meet the condition came to this end."""
    return sum(each["matched"] for each in found["rules"] if each["end"] == end)


def by_reason(
    found: Mapping[str, Json], ends: Sequence[str] = ("suppressed", "waiting")
) -> dict[str, int]:
    """Return by which rules events that meet the condition are not asked about, or not yet, the most frequent first."""
    sums = Counter[str]()
    for each in found["rules"]:
        sums[each["rule"]] += each["matched"] if each["end"] in ends else 0
    return {rule: count for rule, count in sums.most_common() if count}


def by_rule(found: Mapping[str, Json]) -> list[dict[str, Json]]:
    """Return what kept events from being asked about, the most frequent first.

    An event that does not meet the condition counts as that, whichever rule came to it first: as it does everywhere.
    """
    sums = Counter[tuple[str, str]]()
    for each in found["rules"]:
        sums[each["end"], each["rule"]] += each["matched"]
        sums[each["end"], _CONDITION] += each["count"] - each["matched"]
    return [
        {"end": end, "rule": rule, "count": count}
        for (end, rule), count in sums.most_common()
        if count
    ]


def matched(found: Mapping[str, Json], language: str) -> str:
    """Return how many of the window's events meet the condition."""
    zone = ZoneInfo(found["zone"])
    since, until = (
        datetime.fromisoformat(found[name]).astimezone(zone).date() for name in ("since", "until")
    )
    return matching(language, (since, until), found["matched"], found["decisions"])


def _local(iso: str, zone: ZoneInfo) -> str:
    return f"{datetime.fromisoformat(iso).astimezone(zone):%Y-%m-%d %H:%M}"
