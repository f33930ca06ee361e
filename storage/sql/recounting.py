"""Counts everything anew from the answers and the invitations themselves, in set-based SQL on both databases.

Three steps, each a few statements over whole tables: ``collect`` lays out which answers count by which rule, each packed
in one number (``storage.sql.tallying``), and how many invitations came how far; ``write`` makes the cubes of that, into the
tables that are kept or into others beside them (``BESIDE``); what differs between the two, ``differences`` yields.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, text

from storage.sql.numbers import TAGS
from storage.sql.tallying import DAYS, RULES, Packing, counts, pivoted
from storage.tables.columns import Sides
from storage.tables.cubes import RULED, SCORES, STEPS
from surveys.model import HANDLER, Dimensions, Side

BESIDE: Final = "anew_"
"""What the names of the tables begin with that are filled only to be compared."""

ASKED: Final = (
    "program_version",
    "survey",
    "wording",
    "trigger",
    "touchpoint",
    "stage",
    "instrument",
    "channel",
    "language",
)
"""What an invitation says from which its tags follow, in this order; "" stands for none."""

ContentOf = Callable[[str], str | None]
"""Returns the JSON of a program version."""

TagsOf = Callable[[Mapping[str, str], ContentOf], Dimensions]
"""Returns the tags of invitations that have these values (of ASKED)."""


@dataclass(frozen=True, slots=True)
class _Words:
    """What the two databases spell differently; ``month`` and ``quarter`` name the period of a ``day``.

    ``name`` sorts answers by the code points of their ids, ``first`` is the first of a day's month, ``same`` the
    comparison that takes nothing for the same as nothing, ``room`` what gives the statements memory.
    """

    name: str
    month: str
    quarter: str
    first: str
    same: str
    room: tuple[str, ...]


_WORDS: Final = {
    "sqlite": _Words(
        name="a.id",
        month="substr(day, 1, 7)",
        quarter="substr(day, 1, 4) || '-Q' || ((substr(day, 6, 2) + 2) / 3)",
        first="date(day, 'start of month')",
        same="IS",
        room=(
            "PRAGMA secure_delete = OFF",
            "PRAGMA cache_size = -2048",  # what is sorted at once has to fit a processor's cache
            "PRAGMA temp.cache_size = -16384",
            "PRAGMA temp.journal_mode = OFF",
            "PRAGMA threads = 2",
        ),
    ),
    "postgresql": _Words(
        name='a.id COLLATE "C"',
        month="to_char(day, 'YYYY-MM')",
        quarter="to_char(day, 'YYYY-\"Q\"Q')",
        first="CAST(date_trunc('month', day) AS date)",
        same="IS NOT DISTINCT FROM",
        room=(
            "SET LOCAL work_mem = '256MB'",
            "SET LOCAL lock_timeout = 0",
            "SET LOCAL random_page_cost = 1.1",  # an index in the right order, for a third of a sort
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """A table that is kept: what names a row of it, and what it says."""

    name: str
    key: tuple[str, ...]
    values: tuple[str, ...]

    @property
    def says_something(self) -> str:
        """The condition of a row that counts anything; rows of zeros are as good as none."""
        return " OR ".join(f"{name} <> 0" for name in self.values)


HISTOGRAM: Final = Kept("histogram", ("rule", "period", "day", "dimension_id"), SCORES)
SIDE_HISTOGRAM: Final = Kept("side_histogram", ("side_id", "day", "dimension_id"), RULED)
FUNNEL: Final = Kept("funnel", ("day", "dimension_id"), STEPS)
SIDE_FUNNEL: Final = Kept("side_funnel", ("side_id", "day", "dimension_id"), STEPS)
_NO_PERIOD: Final = "''"
_DAILY: Final = (HISTOGRAM, SIDE_HISTOGRAM, FUNNEL, SIDE_FUNNEL)
_MONTHLY: Final = tuple(Kept(f"{each.name}_month", each.key, each.values) for each in _DAILY)
TABLES: Final = (*_DAILY, *_MONTHLY)


@dataclass(frozen=True, slots=True)
class Difference:
    """A row whose kept values are not what the answers say; None where one of the two has no such row."""

    table: str
    key: Mapping[str, Any]
    kept: Mapping[str, Any] | None
    anew: Mapping[str, Any] | None


class Recount:
    """One recount on one connection, within its transaction."""

    def __init__(self, connection: Connection, tags_of: TagsOf) -> None:
        self._db = connection
        self._tags_of = tags_of
        self._words = _WORDS[connection.dialect.name]
        self._packing = Packing(self._most("dimension") + 1, DAYS[connection.dialect.name])
        self._prefix = ""

    def steps(self, *, beside: bool) -> Iterator[tuple[str, Callable[[], None]]]:
        """Yield all that has to be done, in order: what it is about, and how it is done."""
        self._prefix = BESIDE if beside else ""
        yield "room", self._make_room
        yield "answers", self._collect_answers
        yield "invitations", self._collect_invitations
        yield "empty", self._make_empty if beside else self._empty
        yield "histogram", self._write_histogram
        for attribute in self._attributes():
            yield f"side_histogram {attribute}", partial(self._write_side_histogram, attribute)
        yield "funnel", self._write_funnels
        yield "months", self._write_months

    # --- what there is ------------------------------------------------------------------------------

    def _make_room(self) -> None:
        for each in self._words.room:
            self._run(each)
        self._run(
            "CREATE TEMPORARY TABLE line_of (dimension_id BIGINT PRIMARY KEY, line BIGINT NOT NULL)"
        )
        self._run(
            "INSERT INTO line_of SELECT id,"
            " min(id) OVER (PARTITION BY stage, instrument, scale, polarity, wording) FROM dimension"
        )
        self._run(
            "CREATE TEMPORARY TABLE side_of (content_id BIGINT, attribute TEXT, side_id BIGINT)"
        )
        self._run("CREATE INDEX side_of_content ON side_of (attribute, content_id, side_id)")
        for number, content in self._rows("SELECT id, content FROM segment_set"):
            self._note_sides(number, Sides.read(content))

    def _note_sides(self, number: int, sides: Sequence[Side]) -> None:
        for side in sides:
            self._run(
                "INSERT INTO side_of VALUES (:number, :attribute, :side)",
                number=number,
                attribute=side.attribute,
                side=self._side_id(side),
            )

    def _collect_answers(self) -> None:
        """Pack each score with the rules it counts by: those within whose window no newer one of its key follows."""
        ordinal = self._packing.days.ordinal
        self._run(
            f"CREATE TEMPORARY TABLE scored AS SELECT {self._packing.packed()} AS packed,"  # noqa: S608 constants
            " segment_set_id, handled_by"
            f" FROM (SELECT {ordinal} AS ordinal, a.dimension_id, a.score, a.segment_set_id,"
            f" CASE WHEN a.segment_set_id IS NOT NULL THEN h.id END AS handled_by, lead({ordinal})"
            " OVER (PARTITION BY a.subject_id, l.line ORDER BY a.day, a.answered_at,"
            f" {self._words.name}) AS next_ordinal"
            " FROM answer AS a JOIN line_of AS l ON l.dimension_id = a.dimension_id"
            " LEFT JOIN side AS h ON h.attribute = :handler AND h.value = a.handler"
            " WHERE a.score IS NOT NULL) AS followed",
            handler=HANDLER,
        )

    def _collect_invitations(self) -> None:
        tags = ", ".join(f"coalesce({name}, '') AS {name}" for name in ASKED)
        places = ", ".join(map(str, range(1, len(ASKED) + 5)))
        self._run(
            f"CREATE TEMPORARY TABLE cohort AS SELECT {tags}, fell_due_on AS day, segments,"  # noqa: S608 constants
            " handler, reached, count(*) AS n FROM invitation"
            f" WHERE reached <> '' AND fell_due_on IS NOT NULL GROUP BY {places}"
        )
        names = ", ".join(ASKED)
        self._run(
            f"CREATE TEMPORARY TABLE asked AS SELECT DISTINCT {names}, 0 AS dimension_id FROM cohort"  # noqa: S608 constants
        )
        same = " AND ".join(f"{name} = :{name}" for name in ASKED)
        for row in self._rows(f"SELECT {names} FROM asked"):  # noqa: S608 constants
            asked = dict(zip(ASKED, row, strict=True))
            number = self._dimension_id(self._tags_of(asked, self._program))
            self._run(
                f"UPDATE asked SET dimension_id = :number WHERE {same}",  # noqa: S608 constants
                number=number,
                **asked,
            )

    def _attributes(self) -> list[str]:
        found = self._rows("SELECT DISTINCT attribute FROM side ORDER BY attribute")
        return [row[0] for row in found]

    # --- what follows from it -----------------------------------------------------------------------

    def _make_empty(self) -> None:
        for kept in TABLES:
            self._run(
                f"CREATE TEMPORARY TABLE {BESIDE}{kept.name} AS SELECT * FROM {kept.name} WHERE false"  # noqa: S608 constants
            )

    def _empty(self) -> None:
        for kept in TABLES:
            self._run(f"DELETE FROM {kept.name}")  # noqa: S608 constants

    def _write_histogram(self) -> None:
        self._run(
            f"CREATE TEMPORARY TABLE base AS SELECT {self._packing.day} AS day,"  # noqa: S608 constants
            f" {self._packing.dimension_id} AS dimension_id, counted.*"
            f" FROM ({pivoted('packed', 'scored')}) AS counted"
        )
        periods = {"month": self._words.month, "quarter": self._words.quarter}
        for rule in RULES:
            counted = counts(rule)
            self._insert(
                HISTOGRAM,
                f"SELECT '{rule}', {periods.get(rule, _NO_PERIOD)}, day, dimension_id, {', '.join(counted)}"  # noqa: S608 constants
                f" FROM base WHERE {' OR '.join(f'{each} > 0' for each in counted)}",
            )

    def _write_side_histogram(self, attribute: str) -> None:
        if attribute == HANDLER:
            side, source = "handled_by", "scored WHERE handled_by IS NOT NULL"
        else:
            join = "side_of ON content_id = segment_set_id AND attribute = :attribute"
            side, source = "side_id", f"scored JOIN {join}"
        counted = (each for rule in RULES for each in counts(rule))
        self._insert(
            SIDE_HISTOGRAM,
            f"SELECT {self._packing.side}, {self._packing.day}, {self._packing.dimension_id},"  # noqa: S608 constants
            f" {', '.join(counted)} FROM ({pivoted(self._packing.on_side(side), source)}) AS counted",
            **({} if attribute == HANDLER else {"attribute": attribute}),
        )

    def _write_months(self) -> None:
        for daily, monthly in zip(_DAILY, _MONTHLY, strict=True):
            first = self._words.first
            place = ", ".join(first if name == "day" else name for name in daily.key)
            sums = ", ".join(f"sum({name})" for name in daily.values)
            self._insert(
                monthly,
                f"SELECT {place}, {sums} FROM {self._prefix}{daily.name}"  # noqa: S608 constants
                f" GROUP BY {place} ORDER BY {place}",
            )

    def _write_funnels(self) -> None:
        same = " AND ".join(f"c.{name} = k.{name}" for name in ASKED)
        source = f"cohort AS c JOIN asked AS k ON {same}"
        steps = ", ".join(
            f"sum(CASE WHEN ',' || c.reached || ',' LIKE '%,{step},%' THEN c.n ELSE 0 END)"
            for step in STEPS
        )
        self._insert(
            FUNNEL,
            f"SELECT c.day, k.dimension_id, {steps} FROM {source} GROUP BY 1, 2 ORDER BY 1, 2",  # noqa: S608 constants
        )
        self._run("CREATE TEMPORARY TABLE told_apart (segments TEXT, handler TEXT, side_id BIGINT)")
        found = "SELECT DISTINCT segments, handler FROM cohort WHERE segments IS NOT NULL"
        for segments, handler in self._rows(found):
            sides = Sides.read(segments) + ((Side(HANDLER, handler),) if handler else ())
            for side in sides:
                self._run(
                    "INSERT INTO told_apart VALUES (:segments, :handler, :side)",
                    segments=segments,
                    handler=handler,
                    side=self._side_id(side),
                )
        self._insert(
            SIDE_FUNNEL,
            f"SELECT t.side_id, c.day, k.dimension_id, {steps} FROM {source}"  # noqa: S608 constants
            f" JOIN told_apart AS t ON t.segments = c.segments AND t.handler {self._words.same}"
            " c.handler GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        )

    # --- comparing ----------------------------------------------------------------------------------

    def differences(self) -> Iterator[Difference]:
        """Yield what is kept and is not so, of every table that was filled beside."""
        for kept in TABLES:
            columns = ", ".join((*kept.key, *kept.values))
            known = f"SELECT {columns} FROM {kept.name} WHERE {kept.says_something}"  # noqa: S608 constants
            anew = f"SELECT {columns} FROM {BESIDE}{kept.name}"  # noqa: S608 constants
            wrong = self._by_key(kept, f"{known} EXCEPT {anew}")
            right = self._by_key(kept, f"{anew} EXCEPT {known}")
            for key in sorted(wrong.keys() | right.keys(), key=str):
                named = dict(zip(kept.key, key, strict=True))
                yield Difference(kept.name, named, wrong.get(key), right.get(key))

    def _by_key(self, kept: Kept, query: str) -> dict[tuple[Any, ...], dict[str, Any]]:
        width = len(kept.key)
        return {
            tuple(row[:width]): dict(zip(kept.values, row[width:], strict=True))
            for row in self._rows(query)
        }

    # --- small things -------------------------------------------------------------------------------

    def _program(self, version: str) -> str | None:
        content: str | None = self._db.scalar(
            text("SELECT content FROM program WHERE version = :version"), {"version": version}
        )
        return content

    def _dimension_id(self, tags: Dimensions) -> int:
        return self._number("dimension", {name: getattr(tags, name) for name in TAGS})

    def _side_id(self, side: Side) -> int:
        return self._number("side", {"attribute": side.attribute, "value": side.value})

    def _most(self, table: str) -> int:
        return int(self._db.scalar(text(f"SELECT coalesce(max(id), 0) FROM {table}")))  # noqa: S608 constants

    def _number(self, table: str, values: Mapping[str, str]) -> int:
        """Return the number of the row with these values; 0 where there is none and nothing is written."""
        same = " AND ".join(f"{_quoted(name)} = :{name}" for name in values)
        query = f"SELECT id FROM {table} WHERE {same}"  # noqa: S608 constants
        found = self._db.scalar(text(query), values)
        if found is None and not self._prefix:
            names = ", ".join(map(_quoted, values))
            binds = ", ".join(f":{name}" for name in values)
            self._run(f"INSERT INTO {table} ({names}) VALUES ({binds})", **values)  # noqa: S608 constants
            found = self._db.scalar(text(query), values)
        return int(found or 0)

    def _insert(self, kept: Kept, query: str, **values: str) -> None:
        columns = ", ".join((*kept.key, *kept.values))
        self._run(f"INSERT INTO {self._prefix}{kept.name} ({columns}) {query}", **values)

    def _run(self, statement: str, **values: Any) -> None:
        self._db.execute(text(statement), values)

    def _rows(self, query: str) -> list[Any]:
        return list(self._db.execute(text(query)))


def _quoted(name: str) -> str:
    return f'"{name}"'
