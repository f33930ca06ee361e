"""How each row came about, with a fingerprint of what was counted for it."""

import json
from collections.abc import Sequence
from datetime import date
from hashlib import sha256

from surveys.results.query import Query
from surveys.results.seeing import Key, Seen
from surveys.results.values import Recipe
from surveys.results.windows import Window


def recipe(
    key: Key,
    seen: Seen,
    query: Query,
    window: Window,
    program: str,
    programs: Sequence[tuple[str, date]],
) -> Recipe:
    """Return a row's recipe; the fingerprint of a hidden row would tell what it hides, so it has none."""
    place = {"stage": key.stage}
    if key.touchpoint is not None:
        place["touchpoint"] = key.touchpoint
    filters = query.filters | place
    return Recipe(
        filters=filters,
        since=window.since,
        until=window.until,
        rule=window.rule.value,
        period=window.period,
        series=key.series,
        program=program,
        changes=tuple(
            version for version, begun in programs if window.since < begun <= window.until
        ),
        hash=None if seen.counts is None else fingerprint(key, seen.counts, filters, window),
    )


def fingerprint(key: Key, counts: Sequence[int], filters: dict[str, str], window: Window) -> str:
    """Return the SHA-256, in hexadecimal, of what was counted: of canonical JSON, sorted and without spaces.

    It covers what the row shows and nothing finer: a fingerprint of the cells inside would let a reader try
    what they are.
    """
    what = {
        "filters": filters,
        "since": window.since.isoformat(),
        "until": window.until.isoformat(),
        "rule": window.rule.value,
        "period": window.period or None,
        "series": key.series,
        "counts": dict(zip(map(str, key.kind.scores), counts, strict=True)),
    }
    text = json.dumps(what, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()
