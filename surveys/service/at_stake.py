"""How many asks an act of the staff touches, for whoever is asked whether they mean it."""

from collections.abc import Iterable
from dataclasses import dataclass

from surveys.ports import UnitOfWork
from surveys.stored_programs import UnderWay


@dataclass(frozen=True, slots=True, kw_only=True)
class AtStake:
    """Asks that are not over: ``waiting`` are not sent yet, ``open`` are sent and may still be answered."""

    waiting: int
    open: int


def at_stake(tx: UnitOfWork, parts: Iterable[str]) -> AtStake:
    """Count the asks of some parts, each ask once: ``trigger:<id>``, ``survey:<id>``, or a part that all share.

    Those that staff sent to themselves are not among them.
    """
    named = frozenset(parts)
    asks = (
        each for each in tx.program_versions.under_way() if not each.trigger.startswith("test.")
    )
    found = [each for each in asks if _is_of(each, named)]
    return AtStake(
        waiting=sum(each.waiting for each in found), open=sum(each.open for each in found)
    )


def everything(tx: UnitOfWork) -> AtStake:
    """Count all asks."""
    return at_stake(tx, ("",))


def _is_of(ask: UnderWay, parts: frozenset[str]) -> bool:
    own = {f"trigger:{ask.trigger}", f"survey:{ask.survey}"}
    return not own.isdisjoint(parts) or any(":" not in part for part in parts)
