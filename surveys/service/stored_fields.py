"""Which fields of events were stored when: what the program in force did not keep of an event is lost."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime

from surveys.errors import NotFound, ProgramFault
from surveys.model import Json
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.service.context import Context
from surveys.service.went_live import went_live


@dataclass(frozen=True, slots=True)
class StoredFields:
    """The programs that were in force, oldest first, each from when on; None for one that cannot be read any more."""

    begins: tuple[datetime, ...]
    programs: tuple[Program | None, ...]

    def had(self, at: datetime, path: tuple[str, ...]) -> bool:
        """Say whether an event received then was stored with what stood at a path."""
        place = bisect_right(self.begins, at) - 1
        program = self.programs[max(place, 0)] if self.programs else None
        return program is not None and _keeps(program, path)


def stored_fields(tx: UnitOfWork, ctx: Context, since: datetime) -> StoredFields:
    """Read which programs were in force since an instant; where none was published yet, the one that is."""
    versions = went_live(tx)
    first = max(bisect_right([each.at for each in versions], since) - 1, 0)
    lately = versions[first:]
    if not lately:
        return StoredFields((since,), (ctx.program,))
    programs = tuple(_program(tx, ctx, each.version) for each in lately)
    return StoredFields(tuple(each.at for each in lately), programs)


def _program(tx: UnitOfWork, ctx: Context, version: str) -> Program | None:
    try:
        return ctx.program_of(tx, version)
    except (NotFound, ProgramFault):
        return None


def _keeps(program: Program, path: tuple[str, ...]) -> bool:
    data: Json = True
    for name in reversed(path):
        data = {name: data}
    return bool(program.kept(data))
