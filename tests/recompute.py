"""Counts every shown figure again from raw answers: ``python -m tests.recompute DATABASE_URL RESULTS.json``.

RESULTS.json is what ``GET /v1/results`` or ``aftertouch results --format json`` gave of that database. Nothing of
the product's results or statistics is used: the answers are read by plain SQL, filtered as each row's recipe says,
and every number is worked out anew. Prints ``{"figures", "equal", "different": [...]}``; exits with 0 if all are
equal to 1e-9 (absolute or relative), 1 if one differs, 2 if the file is no result. Figures that are null are hidden
or empty, and not counted.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from math import isclose
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests import recompute_formulas as formulas
from tests.recompute_raw import TAGS, Asked, Raw, Said, read

TOLERANCE = 1e-9
STEPS = ("invited", "delivered", "started", "answered", "completed")
Json = dict[str, Any]
Figure = tuple[str, str, Any, Any]
"""Where, what, as stated, as counted."""


def main(arguments: Sequence[str]) -> int:
    """Recompute the file named on the command line; return the exit code."""
    if len(arguments) != 2:
        sys.stderr.write("usage: python -m tests.recompute DATABASE_URL RESULTS.json\n")
        return 2
    url, path = arguments
    try:
        table = json.loads(Path(path).read_text("utf-8"))
        figures = list(recomputed(read(url), table))
    except (OSError, ValueError, KeyError, TypeError) as problem:
        sys.stderr.write(f"{path}: no results: {problem!r}\n")
        return 2
    different = [figure for figure in figures if not _same(*figure[2:])]
    told = {
        "figures": len(figures),
        "equal": len(figures) - len(different),
        "different": [dict(zip(_NAMES, figure, strict=True)) for figure in different],
    }
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    return 1 if different else 0


_NAMES = ("row", "figure", "stated", "counted")


def recomputed(raw: Raw, table: Json) -> Iterator[Figure]:
    """Yield every figure of a table that is not null, as stated and as counted from the answers."""
    rows = [*table["rows"], *table["recoveries"]]
    for row in rows:
        name = " ".join(filter(None, (row["stage"], row["touchpoint"], row["series"])))
        for what, stated, counted in _of_row(raw, table, row):
            yield name, what, stated, counted
    yield from _family(raw, table)
    yield from _holm(table)
    told = [(table["totals"], {}), *((cell, _place(cell)) for cell in table["funnel"])]
    for stated, place in told:
        where = " ".join(("funnel", *place.values())) if place else "totals"
        asks = _asks(raw, table, table["filters"] | place)
        asks = [each for each in asks if each.tags["instrument"] != "resolved"]
        for step, count in _cohort(asks).items():
            if stated[step] is not None:
                yield where, step, stated[step], count


def _of_row(raw: Raw, table: Json, row: Json) -> Iterator[tuple[str, Any, Any]]:
    recipe = row["recipe"]
    mine = [each for each in _asks(raw, table, recipe["filters"]) if each.series == row["series"]]
    cohort = _cohort(mine)
    counted: Json = {**cohort}
    if row["response_rate"] is not None:
        counted["response_rate"] = cohort["answered"] / cohort["delivered"]
    answers = _answers(raw, recipe, recipe["filters"], row["series"])
    if row["n"] is not None:
        counted |= _scores(row, answers, every=recipe["rule"] == "all")
        counted["hash"] = _hash(row, answers)
    stated = {**row, "hash": recipe["hash"]}
    yield from (
        (name, stated[name], value) for name, value in counted.items() if _told(stated, name)
    )
    yield from _spread(row, answers)
    yield from _weeks(raw, table, row)
    yield from _beside(raw, table, row, answers, mine)


def _told(row: Json, name: str) -> bool:
    return row.get(name) is not None


def _scores(row: Json, answers: Sequence[Said], *, every: bool) -> Json:
    scores, by = [each.score for each in answers], [each.subject for each in answers]
    instrument = row["instrument"]
    return {
        "n": len(scores),
        "customers": len(set(by)),
        **formulas.score(instrument, scores, by, every=every),
        **formulas.mean(instrument, scores, by, every=every),
    }


def _spread(row: Json, answers: Sequence[Said]) -> Iterator[tuple[str, Any, Any]]:
    counts = Counter(each.score for each in answers)
    for point, stated in zip(
        formulas.SCALE[row["instrument"]], row["distribution"] or (), strict=False
    ):
        yield f"distribution.{point}", stated["count"], counts[point]
    channels = Counter(each.tags["channel"] for each in answers)
    for channel, part in row["channel_mix"].items():
        if part is not None:
            yield f"channel_mix.{channel}", part, channels[channel] / len(answers)


def _weeks(raw: Raw, table: Json, row: Json) -> Iterator[tuple[str, Any, Any]]:
    """Count each week of the sparkline; the newest one ends today, or is the last whole one of a window."""
    today = datetime.fromisoformat(table["as_of"]).astimezone(ZoneInfo(table["zone"])).date()
    end = date.fromisoformat(table["until"])
    sundays = (end - timedelta(days=back) for back in range(7))
    last = today if end >= today else next(day for day in sundays if day.isoweekday() == 7)
    if row["spark"]:
        newest = (last - timedelta(days=last.weekday())).isoformat()
        yield "spark.newest", row["spark"][-1]["week"], newest
    for point in row["spark"]:
        if point["n"] is None:
            continue
        monday = date.fromisoformat(point["week"])
        window = {
            "rule": "all",
            "since": point["week"],
            "until": min(last, monday + timedelta(days=6)).isoformat(),
        }
        answers = _answers(raw, window, row["recipe"]["filters"], row["series"])
        scores = [each.score for each in answers]
        yield f"spark.{point['week']}.n", point["n"], len(scores)
        found = formulas.score(row["instrument"], scores, [], every=False)
        yield f"spark.{point['week']}.value", point["value"], found["score"]


def _beside(
    raw: Raw, table: Json, row: Json, answers: Sequence[Said], asks: Sequence[Asked]
) -> Iterator[tuple[str, Any, Any]]:
    kind, filters = row["instrument"], row["recipe"]["filters"]
    found: dict[str, Mapping[str, Any]] = {}
    if row["bounds"]:
        cohort = _cohort(asks)
        value = formulas.score(kind, [each.score for each in answers], [], every=False)["score"]
        found["bounds"] = formulas.bounds(kind, value, cohort["answered"] / cohort["delivered"])
    if row["weighted"]:
        said = [(each.tags["channel"], each.score) for each in answers]
        found["weighted"] = formulas.weighted(kind, said, Counter(a.tags["channel"] for a in asks))
    if row["change"] and row["change"]["difference"] is not None:
        theirs, rule = _other_side(raw, table, row)
        often = "all" in (rule, row["recipe"]["rule"])
        read = row["change"]["method"].endswith("_clustered")
        compare = formulas.clustered_change if often and read else formulas.change
        found["change"] = compare(kind, _pairs(answers), _pairs(theirs))
    if row["pain"]:
        window = {**row["recipe"], "rule": "all"}
        everyone = _answers(raw, window, filters, row["series"])
        low = [each for each in everyone if each.score in formulas.LOW[kind]]
        named = Counter(theme for each in low for theme in each.themes)
        found["pain"] = {"count": named[row["pain"]["id"]]}
    for part, numbers in found.items():
        for name, value in numbers.items():
            if row[part].get(name) is not None:
                yield f"{part}.{name}", row[part][name], value


def _pairs(answers: Sequence[Said]) -> list[tuple[str, int]]:
    return [(each.subject, each.score) for each in answers]


def _other_side(raw: Raw, table: Json, row: Json) -> tuple[list[Said], str]:
    """Return what a row is compared with: itself in the other window, or the family's other rows of its series."""
    filters, series = row["recipe"]["filters"], row["series"]
    if table["compared"]:
        return _answers(raw, table["compared"], filters, series), table["compared"]["rule"]
    own = _member_of(table, filters, series)
    others = [
        answer
        for other in table["family"]
        if other["series"] == series and other is not own and _is_beside(other, own)
        for answer in _answers(raw, table, other["filters"], series)
    ]
    return others, table["rule"]


def _is_beside(other: Json, own: Json) -> bool:
    """Say whether a member is compared with another: stages with stages, and places of a kind, also the judged ones."""
    if own["among"] == "stage":
        return bool(other["among"] == "stage")
    return bool(other["filters"].keys() == own["filters"].keys())


def _member_of(table: Json, filters: Json, series: str) -> Json:
    """Return the member of a family that a row is: the one that says most of it; an instrument is named by the series."""
    fitting = [
        member
        for member in table["family"]
        if member["series"] == series
        and all(filters.get(name) == value for name, value in member["filters"].items())
    ]
    return max(fitting, key=lambda member: len(member["filters"])) if fitting else {}


def _family(raw: Raw, table: Json) -> Iterator[Figure]:
    """Test every row again that was judged with the table's own."""
    for member in table["family"]:
        if member["p"] is not None:
            filters, series = member["filters"], member["series"]
            theirs, _ = _other_side(raw, table, {"recipe": {"filters": filters}, "series": series})
            mine = _answers(raw, table, filters, series)
            found = formulas.change(series.partition(":")[0], _pairs(mine), _pairs(theirs))
            yield f"{' '.join(filters.values())} {series}", "family.p", member["p"], found["p"]


def _holm(table: Json) -> Iterator[Figure]:
    """Correct every p of each family, and find each row's own among them; what is hidden is in none."""
    compared = [row for row in table["rows"] if row["change"] and row["change"]["n"] is not None]
    for among in ("stage", "place"):
        tested = sorted(
            (m for m in table["family"] if m["p"] is not None and m["among"] == among),
            key=lambda each: each["p"],
        )
        highest = 0.0
        for rank, member in enumerate(tested):
            highest = max(highest, min(1.0, (len(tested) - rank) * member["p"]))
            for row in compared:
                if _member_of(table, row["recipe"]["filters"], row["series"]) is member:
                    yield row["series"], "change.p", row["change"]["p"], member["p"]
                    yield row["series"], "change.p_holm", row["change"]["p_holm"], highest


def _answers(raw: Raw, window: Json, filters: Json, series: str) -> list[Said]:
    """Return the answers that count: all of the days, or the newest of each person, stage and series."""
    since, until = date.fromisoformat(window["since"]), date.fromisoformat(window["until"])
    found = [each for each in raw.answers if each.series == series]
    if window["rule"] != "all":
        # The newest of all time counts in a live window; within a period, the period's newest.
        pool = found if window["rule"] == "newest" else _within(found, since, until)
        newest: dict[tuple[str, str], Said] = {}
        for each in sorted(pool, key=lambda said: said.age):
            newest[each.subject, each.tags["stage"]] = each
        found = list(newest.values())
    return [each for each in _within(found, since, until) if _passes(each, filters)]


def _within(answers: Sequence[Said], since: date, until: date) -> list[Said]:
    return [each for each in answers if since <= each.day <= until]


def _asks(raw: Raw, table: Json, filters: Json) -> list[Asked]:
    since, until = date.fromisoformat(table["since"]), date.fromisoformat(table["until"])
    return [each for each in raw.asks if since <= each.day <= until and _passes(each, filters)]


def _cohort(asks: Sequence[Asked]) -> dict[str, int]:
    return {step: sum(step in each.reached for each in asks) for step in STEPS}


def _passes(each: Said | Asked, filters: Json) -> bool:
    return all(
        each.tags[name] == value if name in TAGS else each.sides.get(name) == value
        for name, value in filters.items()
    )


def _place(cell: Json) -> Json:
    return {"stage": cell["stage"], "channel": cell["channel"]}


def _hash(row: Json, answers: Sequence[Said]) -> str:
    counts = Counter(each.score for each in answers)
    recipe = row["recipe"]
    what = {
        **{
            name: recipe[name] for name in ("filters", "since", "until", "rule", "period", "series")
        },
        "counts": {str(point): counts[point] for point in formulas.SCALE[row["instrument"]]},
    }
    text = json.dumps(what, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()


def _same(stated: Any, counted: Any) -> bool:
    if isinstance(stated, str) or isinstance(counted, str):
        return bool(stated == counted)
    return isclose(stated, counted, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
