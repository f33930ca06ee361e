"""Reads what pages show, and tells what cannot be read as a problem of the address."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot.console.asking import bad_query
from bot.console.beside import Beside, ReadBeside, Wanted
from bot.console.split import MOST, Parts, Sides, narrowed, values_of
from bot.http_errors import HttpProblem
from surveys.errors import InvalidInput, TooMuch
from surveys.results import Query, ResultTable

ReadResults = Callable[[Query], Awaitable[ResultTable]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """How the console reads; every method raises HttpProblem for what an address asks wrongly."""

    results: ReadResults
    beside: ReadBeside

    async def table(self, query: Query) -> ResultTable:
        """Return the results."""
        try:
            return await self.results(query)
        except InvalidInput as exc:
            raise bad_query(exc) from exc
        except TooMuch as exc:
            raise HttpProblem(400, "Too much", str(exc)) from exc

    async def tables(self, query: Query) -> tuple[ResultTable, ResultTable]:
        """Return the results by stage and by touchpoint."""
        by_stage = await self.table(replace(query, by="stage"))
        return by_stage, await self.table(replace(query, by="touchpoint"))

    async def parts(self, axis: str, table: ResultTable, sides: Sides) -> Parts:
        """Return a table's results with each value of an axis, the first few of them.

        Each is suppressed as one of all that could be asked for beside it (surveys.results.hiding).
        """
        values = values_of(axis, sides, table)
        alone = replace(table.query, compare="")
        tables = [
            (value, await self.table(narrowed(alone, axis, value))) for value in values[:MOST]
        ]
        return Parts(axis=axis, tables=tuple(tables), found=len(values))

    async def found(self, wanted: Wanted) -> Beside:
        """Return what stands beside results."""
        return await self.beside(wanted)
