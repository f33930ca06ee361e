"""What a rehearsal found, as its page shows it: figures, the reasons for a loss, and customers one by one."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from bot import rehearsal_texts
from surveys.language.dates import moment
from surveys.rehearsing import BEFORE
from surveys.timing import zone_of

Json = Any
Found = Mapping[str, Json]

SHOWN: Final = ("matching", "asked", "waiting", "suppressed", "unmatched")
"""What of the customers can be looked at; the first unless told otherwise."""

ON_A_PAGE: Final = 50
_REASONS: Final = 3
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)


def told(found: Found, language: str) -> dict[str, Any]:
    """Return the figures."""
    reason = partial(rehearsal_texts.reason, language=language)
    zone, _ = zone_of(found["zone"], "UTC")
    moments = {name: datetime.fromisoformat(found[name]) for name in ("since", "until")}
    window = {name: f"{at.astimezone(zone):%Y-%m-%d %H:%M}" for name, at in moments.items()}
    counts = {name: f"{found[name]:,}" for name in ("events", "decisions")}
    by_rule = rehearsal_texts.by_rule(found)
    return {
        "label": found["label"],
        "window": {**window, **counts, "zone": found["zone"]},
        "matched": rehearsal_texts.matched(found, language),
        "headline": rehearsal_texts.headline(found, language),
        "notes": tuple(rehearsal_texts.notes(found, language)),
        "rules": [{**each, "why": reason(each["rule"])} for each in by_rule],
        "stages": [
            {**each, **rehearsal_texts.stage_figures(each, language)} for each in found["stages"]
        ],
        "peak": rehearsal_texts.busiest(found["peak"], language) if found["peak"] else "",
    }


# --- why so few -----------------------------------------------------------------------------------


def losses(found: Found, trigger: str, names: Mapping[str, str], language: str) -> tuple[str, ...]:
    """Return why more than half of what meets the condition is not asked about, the greatest reasons first.

    ``names`` are what staff call the triggers, by id.
    """
    matched, asked = found["matched"], found["asked"]
    if 2 * asked >= matched:
        return ()
    waits = rehearsal_texts.kept(found, "waiting")
    lost = matched - asked - waits
    counts = {"matched": matched, "lost": lost, "waits": waits}
    say, key = partial(rehearsal_texts.say, language), _loss(asked, lost, waits)
    takers = {rule: list(rows) for rule, rows in groupby(_by_rule(found), itemgetter("rule"))}
    lines = [say(key, **{name: f"{count:,}" for name, count in counts.items()})]
    for rule, count in list(rehearsal_texts.by_reason(found).items())[:_REASONS]:
        why = rehearsal_texts.reason(rule, language)
        parts = [_taken(each, trigger, names, language) for each in takers.get(rule, ())]
        line = say("loss.rule", why=why, count=f"{count:,}")
        lines.append(f"{line} ({', '.join(parts)})" if parts else line)
    return tuple(lines)


def takers(found: Found, trigger: str) -> tuple[str, ...]:
    """Return who asked instead of a trigger that asks less than half of whom it meets, those first that took most."""
    if 2 * found["asked"] >= found["matched"]:
        return ()
    taken = Counter[str]()
    for row in found["taken_by"]:
        if row["trigger"] not in (trigger, BEFORE):
            taken[row["trigger"]] += row["count"]
    return tuple(name for name, _ in taken.most_common())


def _loss(asked: int, lost: int, waits: int) -> str:
    if waits:
        return "loss.waits" if lost else "loss.only_waits"
    return "loss.most" if asked else "loss.none"


def _by_rule(found: Found) -> list[Found]:
    return sorted(found["taken_by"], key=itemgetter("rule"))


def _taken(row: Found, trigger: str, names: Mapping[str, str], language: str) -> str:
    kind = {trigger: "itself", BEFORE: "before"}.get(row["trigger"], "taken")
    label = names.get(row["trigger"], row["trigger"])
    return rehearsal_texts.say(language, f"loss.{kind}", label=label, count=f"{row['count']:,}")


# --- one by one -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A page of customers.

    Attributes:
        choices: what can be looked at, each with how many there are.
        kept: how many are kept one by one; fewer than there are, where there are many.
    """

    shown: str
    choices: tuple[tuple[str, str], ...]
    rows: Sequence[Mapping[str, Json]]
    page: int
    pages: int
    begin: int
    total: int
    kept: str


def listed(found: Found, wanted: str, page: str, language: str) -> Listed:
    """Return a page of the customers that are to be looked at, the newest first; what nobody can ask for is the first."""
    shown = wanted if wanted in SHOWN else SHOWN[0]
    rows = [each for each in found["people"] if _falls_under(each, shown)]
    pages = max(1, -(-len(rows) // ON_A_PAGE))
    number = min(int(page), pages) if _NUMBER.fullmatch(page) else 1
    begin = (number - 1) * ON_A_PAGE
    people = len(found["people"])
    return Listed(
        shown=shown,
        choices=tuple((name, f"{count:,}") for name, count in _choices(found)),
        rows=[_row(each, found, language) for each in rows[begin : begin + ON_A_PAGE]],
        page=number,
        pages=pages,
        begin=begin,
        total=len(rows),
        kept=f"{people:,}" if found["people_left_out"] else "",
    )


def _falls_under(row: Found, shown: str) -> bool:
    if shown in ("matching", "unmatched"):
        return bool(row["matches"]) is (shown == "matching")
    return row["end"] == shown and bool(row["matches"])


def _choices(found: Found) -> Iterator[tuple[str, int]]:
    """Yield how many there are of each, also of those that are not kept one by one."""
    for name in SHOWN:
        if name in ("matching", "asked"):
            yield name, found["matched" if name == "matching" else "asked"]
        elif name == "unmatched":
            yield name, found["decisions"] - found["matched"]
        else:
            yield name, rehearsal_texts.kept(found, name)


def _row(row: Found, found: Found, language: str) -> dict[str, Json]:
    """Return a row with its instant in the customer's own time; how far that is from UTC where it is not ours."""
    at, now = (datetime.fromisoformat(text) for text in (row["local"], found["until"]))
    zone, _ = zone_of(found["zone"], "UTC")
    local = moment(at, at.tzinfo or zone, language, now=now)
    offset = "" if at.utcoffset() == at.astimezone(zone).utcoffset() else f"UTC{row['local'][-6:]}"
    why = "" if row["end"] == "asked" else rehearsal_texts.reason(row["rule"], language)
    return {**row, "local": local, "offset": offset, "why": why}
