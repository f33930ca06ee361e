"""The storage of a simulation: transactions run on the calling thread, many to a commit."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar

from storage.desk import Desk
from storage.faults import translated
from surveys.errors import StorageBusy
from surveys.ports import UnitOfWork

T = TypeVar("T")


class InlineStorage:
    """See surveys.ports.Storage. Nothing else may use the connection meanwhile."""

    def __init__(self, desk: Desk, *, release: Callable[[], None]) -> None:
        self._desk = desk
        self._release = release
        self._is_gathering = False

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Commit everything written inside at once, at the end; an error undoes all of it.

        Reads inside see what was written before them. Raises StorageBusy when the commit fails.
        """
        with _our_errors():
            self._desk.begin()
            self._is_gathering = True
            try:
                yield
                self._refuse_if_given_up()
            except BaseException:
                self._desk.roll_back()
                raise
            finally:
                self._is_gathering = False
            self._desk.commit()

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run the work now, within the batch if there is one, else in a transaction of its own."""
        with _our_errors():
            run = self._desk.run_within if self._is_gathering else self._desk.run_alone
            return run(work)

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run the work now; it must not write."""
        with _our_errors():
            run = self._desk.run_within if self._is_gathering else self._desk.look
            return run(work)

    async def wipe(self) -> bool:
        """Leave nothing readable that was deleted; see Desk.wipe. Not within a batch."""
        with _our_errors():
            return self._desk.wipe()

    async def close(self) -> None:
        """Close the connection and free the database file."""
        self._desk.close()
        self._release()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def _refuse_if_given_up(self) -> None:
        if not self._desk.is_open:
            message = "the database gave up the transaction"
            raise StorageBusy(message)


@contextmanager
def _our_errors() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if known := translated(error):
            raise known from error
        raise
