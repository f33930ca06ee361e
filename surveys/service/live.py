"""The program in force, as one process knows it: every unit of work asks, and sees one program all through."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock, local
from typing import TypeVar

from surveys.errors import ProgramFault
from surveys.ports import UnitOfWork
from surveys.program import Program

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Known:
    """A program under the hash by which it was stored; another Aftertouch may have made that.

    ``number`` is that of its version, 0 of the program that a process began with.
    """

    hash: str
    program: Program
    number: int = 0


class LiveProgram:
    """The program in force.

    Units of work run on several threads, one from its beginning to its end; what a unit sees is kept by thread.
    """

    def __init__(self, program: Program) -> None:
        self._newest = _Known(program.version, program)
        self._unreadable = ""
        self._unit = local()
        self._turn = Lock()

    @property
    def program(self) -> Program:
        """The program of the running unit of work; outside of one the newest that any has seen."""
        known: _Known = getattr(self._unit, "known", self._newest)
        return known.program

    def following(self, work: Callable[[UnitOfWork], T]) -> Callable[[UnitOfWork], T]:
        """Return the unit of work, looking first at which program is in force."""

        def follow(tx: UnitOfWork) -> T:
            with self._seen(tx):
                return work(tx)

        return follow

    @contextmanager
    def _seen(self, tx: UnitOfWork) -> Iterator[None]:
        self._unit.known = self._look(tx)
        try:
            yield
        finally:
            del self._unit.known

    def _look(self, tx: UnitOfWork) -> _Known:
        """Return what is in force; what this Aftertouch cannot read leaves it with what it knew.

        A unit may see the database as it was before another one's that is through already: it then goes by what it
        sees, and what the process knows does not go back.
        """
        version, known = tx.program_versions.in_force(), self._newest
        if version in (None, known.hash, self._unreadable):
            return known
        stored, newest = tx.programs.get(version), tx.program_versions.newest()
        if stored is None or newest is None:
            return known
        try:
            found = _Known(version, Program.from_json(stored), newest.number)
        except ProgramFault:
            self._unreadable = version
            return known
        with self._turn:
            if found.number >= self._newest.number:
                self._newest = found
        return found
