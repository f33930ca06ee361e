"""Looks at everything, this machine and the platforms at the same time."""

import asyncio
from collections.abc import Mapping
from typing import Final

from bot.config import Settings
from bot.doctor import abroad, here
from bot.doctor.findings import Finding, State, left_out, raw, words
from surveys.ports import Clock

CHECKS: Final = (
    *("config", "sqlite", "database", "disk", "backups"),
    *("program", "program_in_force", "payloads", "digests"),
    *("clock", "telegram", "telegram_webhook", "slack", "slack_scopes", "public_url"),
)
"""The name of every finding, in the order in which they are told."""


async def examine(
    settings: Settings, environ: Mapping[str, str], clock: Clock
) -> tuple[Finding, ...]:
    """Return one finding for each of CHECKS; changes nothing."""
    found = await asyncio.gather(
        here.examine(settings, environ, clock), abroad.examine(settings, clock)
    )
    by_name = {finding.check: finding for part in found for finding in part}
    return tuple(by_name[check] for check in CHECKS)


def unsettled(refusal: str) -> tuple[Finding, ...]:
    """Return one finding for each of CHECKS where the settings are refused: nothing else can be looked at."""
    mend = words("refused.mend")
    first = Finding(check="config", state=State.FAIL, told=raw(refusal), mend=mend)
    return (first, *(left_out(check, "config") for check in CHECKS[1:]))
