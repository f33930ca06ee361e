"""Files of answers, written page by page."""

import asyncio
from collections.abc import AsyncIterator
from typing import BinaryIO, Final

from bot.out.flat import ANSWER_COLUMNS
from bot.sheets.forms import Form, opened
from surveys.ports import Storage
from surveys.reports import AnswerRow, Place
from surveys.results import Window

PAGE: Final = 5000
"""Answers read at once."""


async def write_answers(
    storage: Storage, window: Window, out: BinaryIO, form: Form, *, bom: bool = False
) -> int:
    """Write the answers of the window's days, oldest first; return how many. A page at a time is in memory."""
    count = 0
    file = opened(out, form, ANSWER_COLUMNS, "answers", bom=bom)
    async for page in _pages(storage, window):
        await asyncio.to_thread(file.add, page)
        count += len(page)
    await asyncio.to_thread(file.close)
    return count


async def _pages(storage: Storage, window: Window) -> AsyncIterator[tuple[AnswerRow, ...]]:
    page = await _page(storage, window, None)
    while page:
        yield page
        page = await _page(storage, window, page[-1].place)


async def _page(storage: Storage, window: Window, after: Place | None) -> tuple[AnswerRow, ...]:
    days = (window.since, window.until)
    return await storage.read(lambda tx: tx.reports.answer_rows(*days, after, PAGE))
