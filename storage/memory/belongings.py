"""Whose every row is, and who got what of whom, in memory."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

from storage.memory.table import Table, UndoLog
from surveys.model import Joining
from surveys.ports import Rows

_INVITATION = "invitation"


@dataclass(frozen=True, slots=True)
class Owned:
    """A table whose rows are somebody's.

    ``person`` and ``name`` are the paths to whose a row is and to what names it; ``within`` is where in the
    row the person stands, "" for the row itself; ``address`` is the path to the chat it belongs to, if any.
    """

    table: Table[Any]
    name: str = "id"
    within: str = ""
    address: str = ""

    def where(self, path: str, value: str) -> list[Any]:
        """Return the rows whose attribute has the value."""
        read = attrgetter(path)
        return [row for row in self.table if read(row) == value]

    def of(self, person_id: str) -> list[Any]:
        """Return the person's rows."""
        return self.where(f"{self.within}.person_id".lstrip("."), person_id)

    def names(self, rows: Iterable[Any]) -> list[str]:
        """Return the rows' names, sorted."""
        read = attrgetter(self.name)
        return sorted(str(read(row)) for row in rows)

    def give(self, row: Any, heir_id: str) -> None:
        """Make the row the heir's."""
        part = attrgetter(self.within)(row) if self.within else row
        given = replace(part, person_id=heir_id)
        self.table.save(replace(row, **{self.within: given}) if self.within else given)


class MemoryBelongings:
    """See surveys.ports.Belongings."""

    def __init__(self, kinds: Mapping[str, Owned]) -> None:
        self._kinds = kinds

    def of(self, person_id: str) -> Rows:
        """Return everything of the person."""
        return _filled({k: owned.names(owned.of(person_id)) for k, owned in self._kinds.items()})

    def at(self, address_id: str) -> Rows:
        """Return the address with what happened there."""
        asked = self._kinds[_INVITATION].where("address_id", address_id)
        found = {
            kind: owned.names(owned.where(owned.address, address_id))
            for kind, owned in self._kinds.items()
            if owned.address
        }
        about = {
            "slot": sorted(invitation.id for invitation in asked),
            "decision": sorted(invitation.decision_id for invitation in asked),
            "event": sorted({invitation.event_id for invitation in asked}),
        }
        return _filled({"address": [address_id], **about, **found})

    def give(self, rows: Rows, giver_id: str, heir_id: str) -> None:
        """Give what is the giver's."""
        for kind, owned in self._kinds.items():
            wanted = rows.get(kind, ()) if kind != _INVITATION else ()
            for row in owned.of(giver_id) if wanted else ():
                if owned.names([row])[0] in wanted:
                    owned.give(row, heir_id)


def _filled(rows: Mapping[str, list[str]]) -> Rows:
    return {kind: tuple(names) for kind, names in rows.items() if names}


class MemoryJoinings:
    """See surveys.ports.Joinings."""

    def __init__(self, log: UndoLog) -> None:
        self._joinings: Table[Joining] = Table("joining", log, groups=("heir_id", "giver_id"))

    def add(self, joining: Joining) -> None:
        """Insert."""
        self._joinings.add(joining)

    def save(self, joining: Joining) -> None:
        """Replace."""
        self._joinings.save(joining)

    def of_heir(self, person_id: str) -> tuple[Joining, ...]:
        """Return what the person got."""
        return tuple(reversed(self._joinings.of("heir_id", person_id)))

    def of_giver(self, person_id: str) -> tuple[Joining, ...]:
        """Return what the person gave."""
        return tuple(reversed(self._joinings.of("giver_id", person_id)))
