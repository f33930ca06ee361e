"""When which program was in force: what marks on a trend are made of."""

from typing import Final

from surveys.ports import UnitOfWork
from surveys.stored_analyses import Version

_MOST: Final = 10_000


def went_live(tx: UnitOfWork) -> tuple[Version, ...]:
    """Return every change of the program in force, oldest first; one that came back is there once more.

    Of the time before versions were published it is known when each content was first in force.
    """
    contents = {each.version: each for each in tx.programs.history()}
    published = tx.program_versions.history(_MOST)[::-1]
    begin = published[0].published_at if published else None
    found = [each for each in contents.values() if begin is None or each.at < begin]
    for version in published:
        is_new = not found or found[-1].version != version.hash
        if is_new and version.hash in contents:
            content = contents[version.hash].content
            found.append(Version(version=version.hash, at=version.published_at, content=content))
    return tuple(found)
