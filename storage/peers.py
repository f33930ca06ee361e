"""The other processes on the same database: waking them, and who does what only one may do."""

from dataclasses import dataclass

from storage.engine import parse, sqlite_file
from storage.sole import SoleBell, SoleLeases
from surveys.ports import Bell, Leases


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """How the processes of one deployment reach each other: through their database."""

    bell: Bell
    leases: Leases


def peers_at(url: str) -> Peers:
    """Return the way to the other processes on this database; a SQLite file has none. Opens nothing yet."""
    place = parse(url)
    if sqlite_file(place):
        return Peers(bell=SoleBell(), leases=SoleLeases())
    from storage.bell import PostgresBell  # noqa: PLC0415 the driver loads only where it is used
    from storage.leases import PostgresLeases  # noqa: PLC0415

    line = place.set(drivername="postgresql").render_as_string(hide_password=False)
    return Peers(bell=PostgresBell(line), leases=PostgresLeases(line))
