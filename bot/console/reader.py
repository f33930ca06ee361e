"""Reads what pages show, and tells what cannot be read as a problem of the address."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.console.asking import bad_query
from bot.console.beside import Beside, ReadBeside, Wanted
from bot.http_errors import HttpProblem
from surveys.errors import InvalidInput, TooMuch
from surveys.results import Query, ResultTable
from surveys.results.build import Further

ReadResults = Callable[[Query], Awaitable[ResultTable]]
ReadTables = Callable[[Sequence[Query], Further], Awaitable[tuple[ResultTable, ...]]]
"""Reads several results and further ones that depend on them, what they share once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """How the console reads; every method raises HttpProblem for what an address asks wrongly."""

    results: ReadTables
    beside: ReadBeside

    async def tables(
        self, *queries: Query, further: Further = lambda _: ()
    ) -> tuple[ResultTable, ...]:
        """Return the results of each query, and of each further one."""
        try:
            return await self.results(queries, further)
        except InvalidInput as exc:
            raise bad_query(exc) from exc
        except TooMuch as exc:
            raise HttpProblem(400, "Too much", str(exc)) from exc

    async def table(self, query: Query) -> ResultTable:
        """Return the results."""
        (table,) = await self.tables(query)
        return table

    async def found(self, wanted: Wanted) -> Beside:
        """Return what stands beside results."""
        return await self.beside(wanted)


def one_by_one(read: ReadResults) -> ReadTables:
    """Return how to read several results where only one can be read at a time."""

    async def each(queries: Sequence[Query], further: Further) -> tuple[ResultTable, ...]:
        found = tuple([await read(query) for query in queries])
        return *found, *[await read(query) for query in further(found)]

    return each
