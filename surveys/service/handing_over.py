"""The file of what is held about a customer, for the link that her ``/mydata`` message carries: once, within an hour."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from surveys.model import Json
from surveys.ports import UnitOfWork
from surveys.service.context import Context
from surveys.service.exporting import export
from surveys.service.telling import MY_DATA

WITHIN: Final = timedelta(hours=1)


def hand_over(tx: UnitOfWork, ctx: Context, token: str) -> dict[str, Json] | None:
    """Return everything that is held; None alike for a link that is unknown, used or too old."""
    told = tx.deliveries.by_token(token)
    if told is None or told.kind != MY_DATA or told.args.get("taken"):
        return None
    if ctx.now() - told.created_at >= WITHIN:
        return None
    tx.deliveries.save(replace(told, args={**told.args, "taken": "yes"}))
    return export(tx, told.person_id, program=ctx.program, now=ctx.now())
