"""Server-sent events: what a page is told while it listens."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Final

from bot.webchat.watching import Watch, Word

KEEP_ALIVE: Final = 15.0
"""Seconds between two signs of life; common proxies cut what is silent for 60 s, some for 30 s."""

LASTS: Final = 5 * 60.0
"""Seconds after which a stream ends and the page begins another, so that its session is looked at again."""

RETRY: Final = 2_000
"""Milliseconds after which to listen again, as the protocol says it; the page's own schedule is longer at need."""

HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",  # nginx and those that follow it pass each event on at once
}
MEDIA_TYPE: Final = "text/event-stream"


async def events(watch: Watch, address_id: str, *, waits: bool) -> AsyncIterator[str]:
    """Yield events until the stream has lasted, or has to end: ``hello``, each ``news``, ``bye``.

    ``waits`` says that something waits from the start. The first event leaves at once, so that a page behind a
    proxy that keeps events back can tell, and poll.
    """
    ends_at = asyncio.get_running_loop().time() + LASTS
    with watch.stream(address_id) as stream:
        watch.ring()  # what came between the session being read and now
        yield f"retry: {RETRY}\n{_event('hello')}{_event('news') if waits else ''}"
        while (left := ends_at - asyncio.get_running_loop().time()) > 0:
            word = await stream.next(min(KEEP_ALIVE, left))
            if word is Word.BYE:
                break
            yield _event("news") if word is Word.NEWS else ":\n\n"
        yield _event("bye")


def _event(name: str) -> str:
    return f"event: {name}\ndata:\n\n"
