"""Whose part is whose, and who was first: what keeps one side of a program from overwriting the other."""

from collections.abc import Collection
from typing import Final

from surveys.errors import BaseMoved, NotOwned
from surveys.program.merging import changed_parts, overwritten
from surveys.stored_programs import Owner, ProgramVersion

_OTHER: Final = {Owner.GIT: Owner.CONSOLE, Owner.CONSOLE: Owner.GIT}


def theirs_of(live: ProgramVersion, by: Owner) -> frozenset[str]:
    """Return the parts that the other side owns."""
    return frozenset(part for part, owner in live.owners.items() if owner == _OTHER[by])


def none_overwritten(
    handed: str, live: ProgramVersion, base: ProgramVersion, theirs: Collection[str], by: Owner
) -> None:
    """Raise NotOwned where a text changes parts of the other side.

    A file in git may still hold them as they are in force, as an export does; an edit in the console holds the whole.
    """
    if by == Owner.GIT:
        touched = overwritten(handed, live.text, theirs)
    else:
        touched = tuple(sorted(changed_parts(base.text, handed) & frozenset(theirs)))
    if touched:
        raise NotOwned(touched, _OTHER[by].value, _what_to_do(touched, by))


def _what_to_do(parts: tuple[str, ...], by: Owner) -> str:
    named = ", ".join(parts)
    if by == Owner.CONSOLE:
        return f"the program file in git owns {named}: download the patch and apply it there"
    short = " ".join(f"--take {part}" for part in parts)
    return f"the console owns {named}: take it out of the file, or move it to git with {short}"


def none_published_since(
    handed: str, live: ProgramVersion, base: ProgramVersion, theirs: Collection[str], by: Owner
) -> None:
    """Raise BaseMoved where what a text changes was changed since its base; who did it is named."""
    if base.number == live.number:
        return
    moved = (changed_parts(base.text, live.text) - frozenset(theirs)) & changed_parts(
        live.text, handed
    )
    if by == Owner.CONSOLE:
        moved &= changed_parts(base.text, handed)
    if moved:
        parts = tuple(sorted(moved))
        at = live.published_at.isoformat(timespec="minutes")
        problem = (
            f"version {live.number} of {live.author} ({at}) changed {', '.join(parts)} since version "
            f"{base.number}, on which this was begun: look at it with `aftertouch program diff`, "
            f"take it over, and apply with --base {live.number}"
        )
        raise BaseMoved(parts, live.number, live.author, problem)
