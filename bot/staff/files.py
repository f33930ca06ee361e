"""Writes messages to staff as HTML files, ready to be mailed, inside one folder and nowhere else."""

import asyncio
import html
import os
from pathlib import Path

import structlog

from surveys.model import Outcome, OutcomeKind
from surveys.staff_messages import StaffBody

MODE = 0o640
_log = structlog.get_logger(__name__)


class PageWriter:
    """Writes whole files: whoever reads one finds the old one or the new one, never half of it."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    async def tell(self, name: str, body: StaffBody) -> Outcome:
        """Write the page; never raises for what the disk does."""
        if self._folder is None:
            return Outcome(kind=OutcomeKind.REJECTED, reason="no_folder")
        try:
            path = await asyncio.to_thread(_write, self._folder, name, page_of(body))
        except OSError as problem:
            _log.warning("a page was not written", file=name, problem=problem.strerror)
            return Outcome(kind=OutcomeKind.NOT_SENT, reason="disk")
        if path is None:
            return Outcome(kind=OutcomeKind.REJECTED, reason="outside")
        return Outcome(kind=OutcomeKind.ACCEPTED, ref={"path": str(path)})


def page_of(body: StaffBody) -> str:
    """Return the whole document; one of the text alone where it was given none."""
    if body.page:
        return body.page
    text = html.escape(body.text)
    return f'<!doctype html><meta charset="utf-8"><title>Aftertouch</title><pre>{text}</pre>\n'


def _write(folder: Path, name: str, page: str) -> Path | None:
    """Write it and return where; None where a link would lead it out of the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    root = folder.resolve()
    target = root / name
    if not target.parent.resolve().is_relative_to(root):
        return None
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(page)
        file.flush()
        os.fsync(file.fileno())
    part.replace(target)
    return target
