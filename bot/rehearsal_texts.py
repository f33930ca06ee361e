"""Says in the staff's language what a rehearsal found."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from surveys.language.texts import said
from surveys.language.texts import say as say_reason

Json = Any
CATALOGUE: Final = "rehearsal"


def say(language: str, key: str, **values: object) -> str:
    """Return one of our sentences; raises KeyError for an unknown key."""
    return said(CATALOGUE, language, key, **{name: str(value) for name, value in values.items()})


def lines(found: Mapping[str, Json], language: str) -> Iterator[str]:
    """Yield a rehearsal's lines, as ``Rehearsal.to_json`` tells it."""
    yield from _head(found, language)
    yield from _section(language, "rules", [_rule(each, language) for each in found["rules"]])
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
    for reason in found["because"]:
        yield "  " + say(language, f"because.{reason}")
    if found["compared"] is not None:
        told = {name: f"{found['compared'][name]:,}" for name in _COMPARED}
        yield "  " + say(language, "head.compared", **told)
    if found["follow_ups"]:
        yield "  " + say(language, "head.follow_ups", triggers=", ".join(found["follow_ups"]))
    if found["unkept"]:
        yield "  " + say(language, "head.unkept", fields=", ".join(found["unkept"]))
    yield "  " + say(language, "head.erased")
    yield say(language, "head.counts", **counts)


_COUNTS: Final = ("events", "decisions", "asked", "waiting", "suppressed")
_COMPARED: Final = ("same", "different", "unknown", "verdicts_taken_over")


def _section(language: str, name: str, rows: list[str]) -> Iterator[str]:
    if rows:
        yield ""
        yield say(language, f"section.{name}")
        yield from (f"  {row}" for row in rows)


def _rule(row: Mapping[str, Json], language: str) -> str:
    end = say(language, f"end.{row['end']}")
    reason = _reason(row["rule"], language)
    return f"{row['count']:>7,}  {end}: {reason}  [{row['rule']}]"


def _reason(rule: str, language: str) -> str:
    try:
        return say_reason(language, f"why.rule.{rule}")
    except KeyError:
        return say_reason(language, "why.rule.other", rule=rule)


def _stage(row: Mapping[str, Json], language: str) -> str:
    rate, answers, half_width = (row[name] for name in ("rate", "answers", "half_width"))
    unknown = say(language, "unknown")
    return say(
        language,
        "line.stage",
        stage=row["stage"],
        instrument=row["instrument"].upper(),
        asked=f"{row['asked']:,}",
        rate=unknown if rate is None else f"{100 * rate:.1f}%",
        answers=unknown if answers is None else f"{answers:,.1f}",
        interval=unknown if half_width is None else f"±{half_width:.1f}",
    )


def _peak(peak: Mapping[str, Json] | None, language: str) -> Iterator[str]:
    if peak is not None:
        yield ""
        yield say(
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
    told = end if row["end"] == "asked" else f"{end}: {_reason(row['rule'], language)}"
    return f"{row['local'][:16]}  {who}  {row['trigger']}  {told}"


def _local(iso: str, zone: ZoneInfo) -> str:
    return f"{datetime.fromisoformat(iso).astimezone(zone):%Y-%m-%d %H:%M}"
