"""Analyses for a filter, as staff order them: stored in one commit, worked out beside everything else, kept while few.

Walk of one: a page or a call orders a filter (``order``) -> whoever analyses finds that it waits (``waiting``), reads,
works it out and stores what it found (``settle``) -> pages and the API read it (``narrowed``). Every nightly run works
all that are kept out again (``kept``), so each is as old as the analyses of everybody.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from surveys.errors import InvalidInput
from surveys.model import HANDLER, SEGMENT, Json
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.results.crossing import APART, PLACE
from surveys.results.query import FILTERS, Query, parse_query
from surveys.service.context import Context
from surveys.stored_analyses import Analysis

ORDER, FOUND, ORDERS = "narrowing", "narrowed", "narrowings"
"""What rows are called: orders are looked at often, and what was found is large: a row of the journey and one of each stage."""

MOST_KEPT: Final = 20
"""Filters that are kept; another takes the place of the one that was ordered longest ago."""

MOST_FILTERS: Final = 2
"""Filters at once: of more, nearly every figure is of too few customers."""

MOST_AN_HOUR: Final = 10
"""Orders of one person within an hour, on pages: each reads all answers."""

FRESH: Final = timedelta(minutes=10)
"""What is so new is not worked out again."""

Where = tuple[tuple[str, str], ...]
_NARROWING: Final = (*(name for name in FILTERS if name != "stage"), HANDLER)
_WAITS, _DONE, _FAILED = "waits", "done", "failed"
_STAGES: Final = "stages"
"""Where the row of the journey names those that have rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A filter that somebody wants worked out: ordered ``at`` an instant and ``by`` somebody, renewed every night."""

    where: Where
    at: datetime
    by: str
    state: str = _WAITS

    @property
    def waits(self) -> bool:
        """Whether it is still to be worked out, for the first time or again."""
        return self.state == _WAITS

    @property
    def failed(self) -> bool:
        """Whether it broke; ordered again it may do."""
        return self.state == _FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """What was found for a filter: contents by kind and key. Nothing later than ``as_of`` has been looked at.

    A kind that does not carry the filter (surveys.carrying) is not there; neither is one from before it did.
    """

    as_of: datetime
    contents: Mapping[str, Mapping[str, Mapping[str, Json]]]

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of analyses that carry the filter."""
        return frozenset(self.contents)

    def analysis(self, kind: str, key: str) -> Analysis | None:
        """Return one of the analyses; None where there is none."""
        content = self.contents.get(kind, {}).get(key)
        if content is None:
            return None
        return Analysis(kind=kind, key=key, as_of=self.as_of, content=content, state={})


class TooManyOrders(InvalidInput):
    """Somebody ordered as many filters as one may within an hour."""


def where_of(query: Query, place: str = "") -> Where:
    """Return the filters of a query that narrow answers: all but its place in the journey, which keys tell apart.

    ``place`` is what the page itself is of: ``stage`` or ``touchpoint``.
    """
    dropped = {"stage", place}
    return tuple(sorted((name, v) for name, v in query.filters.items() if name not in dropped))


def named(parameters: Mapping[str, str]) -> Where:
    """Return the filters that parameters name, as in ``GET /v1/results``; raises InvalidInput."""
    for name in parameters:
        _check_name(name)
    return where_of(parse_query(parameters))


def check(where: Where) -> None:
    """Raise InvalidInput for what cannot be ordered."""
    if not 1 <= len(where) <= MOST_FILTERS:
        raise InvalidInput("where", f"must be 1 to {MOST_FILTERS} filters")
    for name, _ in where:
        _check_name(name)


def order(tx: UnitOfWork, ctx: Context, where: Where, by: str, most: int | None = None) -> Order:
    """Store that a filter is wanted, unless it waits already or is new; raises InvalidInput.

    ``most`` is how many somebody may order within an hour; raises TooManyOrders.
    """
    check(where)
    known, now = ordered(tx, where), ctx.now()
    if known is not None and (known.waits or _is_fresh(tx, known, now)):
        return known
    if most is not None:
        _count(tx, by, now, most)
    _make_room(tx, where)
    wanted = Order(where=where, at=now, by=by)
    tx.analyses.save(_row(wanted))
    return wanted


def ordered(tx: UnitOfWork, where: Where) -> Order | None:
    """Return the order of a filter."""
    row = tx.analyses.get(ORDER, _key(where))
    return None if row is None else _of(row)


def narrowed(
    tx: UnitOfWork, where: Where, stages: Collection[str] | None = None
) -> Narrowed | None:
    """Return what was found for a filter, of the journey and of these stages, or of all; the last, while it waits."""
    row = tx.analyses.get(FOUND, _key(where))
    if row is None:
        return None
    contents = {kind: dict(by_key) for kind, by_key in row.content.items()}
    for stage in row.state.get(_STAGES, ()):
        of_stage = tx.analyses.get(FOUND, _key(where, stage)) if _in(stage, stages) else None
        for kind, content in of_stage.content.items() if of_stage else ():
            contents.setdefault(kind, {})[stage] = content
    return Narrowed(as_of=row.as_of, contents=contents)


def kept(tx: UnitOfWork) -> tuple[Where, ...]:
    """Return all filters that were ordered, the oldest order first."""
    return tuple(each.where for each in _all(tx))


def waiting(tx: UnitOfWork) -> tuple[Where, ...]:
    """Return the filters that wait, the oldest order first."""
    return tuple(each.where for each in _all(tx) if each.waits)


def settle(tx: UnitOfWork, where: Where, found: Narrowed | None) -> None:
    """Keep what was found, None for nothing but a fault; not where another filter has taken its place."""
    known = ordered(tx, where)
    if known is None:
        return
    tx.analyses.save(_row(replace(known, state=_FAILED if found is None else _DONE)))
    if found is None:
        return
    before = _rows_of(tx, where)
    rows = tuple(_rows(where, found))
    for row in rows:
        tx.analyses.save(row)
    if before - {row.key for row in rows}:
        _keep_found(tx, kept(tx))


def axes_of(wanted: Collection[Where], program: Program) -> tuple[str, ...]:
    """Return the names of all filters, each once; of two at once also whatever may tell these apart."""
    names = {name for where in wanted for name, _ in where}
    if any(len(where) > 1 for where in wanted):
        names |= {*PLACE, *APART, *(f"{SEGMENT}{segment.id}" for segment in program.segments)}
    return tuple(sorted(names))


def _check_name(name: str) -> None:
    if name not in _NARROWING and not name.startswith(SEGMENT):
        raise InvalidInput(name, f"is unknown; known are {', '.join(_NARROWING)}, segment.<id>")


def _is_fresh(tx: UnitOfWork, known: Order, now: datetime) -> bool:
    found = None if known.failed else narrowed(tx, known.where, ())
    return found is not None and timedelta() <= now - found.as_of < FRESH


def _count(tx: UnitOfWork, by: str, now: datetime, most: int) -> None:
    """Note one more order of somebody's; what is older than an hour is forgotten, everybody's."""
    since = now - timedelta(hours=1)
    recent = [row for row in tx.analyses.all(ORDERS) if row.as_of > since]
    tx.analyses.keep_only(ORDERS, {row.key for row in recent})
    told = [at for row in recent if row.key == by for at in row.content["at"]]
    before = [at for at in told if datetime.fromisoformat(at) > since]
    if len(before) >= most:
        raise TooManyOrders("where", f"must wait: {most} filters were ordered within an hour")
    content = {"at": [*before, now.isoformat()]}
    tx.analyses.save(Analysis(kind=ORDERS, key=by, as_of=now, content=content, state={}))


def _make_room(tx: UnitOfWork, where: Where) -> None:
    others = [each for each in _all(tx) if each.where != where]
    if len(others) < MOST_KEPT:
        return
    oldest = next((each for each in others if not each.waits), None)
    if oldest is None:
        raise InvalidInput("where", f"must wait: {MOST_KEPT} filters are being worked out")
    staying = [each.where for each in others if each is not oldest]
    tx.analyses.keep_only(ORDER, {_key(each) for each in staying})
    _keep_found(tx, staying)


def _keep_found(tx: UnitOfWork, filters: Iterable[Where]) -> None:
    """Forget what was found for others, and of stages that are no more."""
    tx.analyses.keep_only(FOUND, {key for each in filters for key in _rows_of(tx, each)})


def _all(tx: UnitOfWork) -> list[Order]:
    found = map(_of, tx.analyses.all(ORDER))
    return sorted(found, key=lambda each: (each.at, each.where))


def _key(where: Where, stage: str = "") -> str:
    """Return the key of an order, and of what was found of the journey or of a stage."""
    return f"{urlencode(where)}\n{stage}" if stage else urlencode(where)


def _in(stage: str, stages: Collection[str] | None) -> bool:
    return stages is None or stage in stages


def _rows_of(tx: UnitOfWork, where: Where) -> set[str]:
    """Return the keys of all that is stored for a filter."""
    row = tx.analyses.get(FOUND, _key(where))
    stages = row.state.get(_STAGES, ()) if row else ()
    return {_key(where), *(_key(where, stage) for stage in stages)}


def _rows(where: Where, found: Narrowed) -> Iterator[Analysis]:
    """Yield what is stored: a page reads no trend of a stage that it does not show."""
    stages = sorted({key for by_key in found.contents.values() for key in by_key if key})
    contents: dict[str, dict[str, Json]] = {
        stage: {kind: keys[stage] for kind, keys in found.contents.items() if stage in keys}
        for stage in stages
    }
    contents[""] = {
        kind: {key: told for key, told in by_key.items() if not key}
        for kind, by_key in found.contents.items()
    }
    for stage, content in contents.items():
        state: dict[str, Json] = {} if stage else {_STAGES: stages}
        key = _key(where, stage)
        yield Analysis(kind=FOUND, key=key, as_of=found.as_of, content=content, state=state)


def _row(wanted: Order) -> Analysis:
    content = {
        "where": [list(pair) for pair in wanted.where],
        "by": wanted.by,
        "state": wanted.state,
    }
    return Analysis(kind=ORDER, key=_key(wanted.where), as_of=wanted.at, content=content, state={})


def _of(row: Analysis) -> Order:
    content = row.content
    return Order(
        where=tuple((name, value) for name, value in content["where"]),
        at=row.as_of,
        by=content["by"],
        state=content["state"],
    )
