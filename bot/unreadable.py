"""Rows that can't be read: each is parked for an operator, so that it stands in nobody's way."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import structlog

from surveys.errors import Unreadable
from surveys.ports import Storage
from surveys.service.context import Context
from surveys.service.lookups import set_aside

T = TypeVar("T")

MOST = 100
"""Rows set aside for one piece of work."""

_log = structlog.get_logger(__name__)


async def around_unreadable(storage: Storage, ctx: Context, work: Callable[[], Awaitable[T]]) -> T:
    """Do the work, again after each delivery that it could not read and that is parked now.

    Raises Unreadable for a row of another kind, and for the delivery after MOST.
    """
    for _ in range(MOST):
        try:
            return await work()
        except Unreadable as bad:
            if bad.what != "delivery":
                raise
            _log.error("a delivery can't be read; it is parked", delivery=bad.key)
            await storage.write(partial(set_aside, ctx=ctx, delivery_id=bad.key))
    return await work()
