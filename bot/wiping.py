"""Wipes the database's files where something was deleted from them; see surveys.ports.Storage.wipe."""

from functools import partial

from surveys.ports import Storage, UnitOfWork
from surveys.service.erasing import WIPE


async def wipe_if_due(storage: Storage) -> bool:
    """Wipe where something was deleted; say whether it was done. What is cut off is done next time."""
    due = await storage.read(lambda tx: tx.notes.get(WIPE))
    if not due or not await storage.wipe():
        return False
    await storage.write(partial(_wiped, due=due))
    return True


def _wiped(tx: UnitOfWork, *, due: str) -> None:
    """Take the note away, unless more was deleted meanwhile."""
    if tx.notes.get(WIPE) == due:
        tx.notes.set(WIPE, "")
