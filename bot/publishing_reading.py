"""What the commands read of the stored versions; none of it waits for a server or its lock."""

from typing import Any

from bot.config import Settings
from bot.publishing import Wish
from storage.opening import open_storage
from surveys.service.publishing import Plan, in_force, plan, version_of
from surveys.stored_programs import ProgramVersion

Json = Any


async def planned(settings: Settings, wish: Wish) -> Plan:
    """Return the plan of a wish; raises as ``surveys.service.publishing.plan``."""
    async with open_storage(settings.database_url, writable=False) as storage:
        return await storage.read(lambda tx: plan(tx, wish.proposal(tx, "")))


async def stored(settings: Settings, number: int | None) -> ProgramVersion:
    """Return a version, the one in force where no number is given; raises NotFound."""
    async with open_storage(settings.database_url, writable=False) as storage:
        return await storage.read(
            lambda tx: in_force(tx) if number is None else version_of(tx, number)
        )


async def listed(settings: Settings, limit: int) -> list[dict[str, Json]]:
    """Return the newest versions as plain JSON, newest first."""
    async with open_storage(settings.database_url, writable=False) as storage:
        found = await storage.read(lambda tx: tx.program_versions.history(limit))
    return [
        {
            "number": version.number,
            "hash": version.hash,
            "published_at": version.published_at.isoformat(timespec="minutes"),
            "author": version.author,
            "source": version.source.value,
            "note": version.note,
            "reverts": version.reverts,
            "owners": dict(version.owners),
        }
        for version in found
    ]
