"""Reads what pages show, and tells what cannot be read as a problem of the address."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from bot.console.asking import bad_query
from bot.console.beside import Beside, ReadBeside, Wanted
from bot.console.split import MOST, Parts, Sides, narrowed, values_of
from bot.http_errors import HttpProblem
from surveys.errors import InvalidInput, TooMuch
from surveys.results import Query, ResultTable

ReadResults = Callable[[Query], Awaitable[ResultTable]]
ReadTables = Callable[[Sequence[Query]], Awaitable[tuple[ResultTable, ...]]]
"""Reads several results, what they share once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """How the console reads; every method raises HttpProblem for what an address asks wrongly."""

    results: ReadTables
    beside: ReadBeside

    async def tables(self, *queries: Query) -> tuple[ResultTable, ...]:
        """Return the results of each query."""
        try:
            return await self.results(queries)
        except InvalidInput as exc:
            raise bad_query(exc) from exc
        except TooMuch as exc:
            raise HttpProblem(400, "Too much", str(exc)) from exc

    async def table(self, query: Query) -> ResultTable:
        """Return the results."""
        (table,) = await self.tables(query)
        return table

    async def parts(self, axis: str, table: ResultTable, sides: Sides) -> Parts:
        """Return a table's results with each value of an axis, the first few of them.

        Each is suppressed as one of all that could be asked for beside it (surveys.results.hiding).
        """
        values = values_of(axis, sides, table)
        shown, alone = values[:MOST], replace(table.query, compare="")
        tables = await self.tables(*(narrowed(alone, axis, value) for value in shown))
        return Parts(axis=axis, tables=tuple(zip(shown, tables, strict=True)), found=len(values))

    async def found(self, wanted: Wanted) -> Beside:
        """Return what stands beside results."""
        return await self.beside(wanted)


def one_by_one(read: ReadResults) -> ReadTables:
    """Return how to read several results where only one can be read at a time."""

    async def each(queries: Sequence[Query]) -> tuple[ResultTable, ...]:
        return tuple([await read(query) for query in queries])

    return each
