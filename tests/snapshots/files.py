"""Where the payloads are kept, and how they are written there so that a change reads well in a diff."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from surveys.language.texts import languages
from tests.snapshots.sending import CHANNELS, Payloads
from tests.snapshots.templates import pages

FOLDER = Path(__file__).parent / "payloads"
WIDTH = 110


def cases() -> Iterator[tuple[str, str, str]]:
    """Yield channel, page and language of every file."""
    for channel in CHANNELS:
        for page in pages():
            for language in languages():
                yield channel, page, language


def path_of(channel: str, page: str, language: str) -> Path:
    """Return the file."""
    return FOLDER / channel / f"{page}.{language}.json"


async def drawn(channel: str, page: str, language: str) -> Payloads:
    """Return what is sent now."""
    return await CHANNELS[channel](await pages()[page](language))


def written(payloads: Payloads) -> str:
    """Write payloads as JSON, broken into lines only where one would be too long."""
    return f"{_text(payloads, 0)}\n"


def _text(value: Any, depth: int) -> str:
    short = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or (depth and len(short) + depth <= WIDTH):
        return short
    is_object = isinstance(value, dict)
    parts = (
        [f"{json.dumps(key)}: {_text(item, depth + 1)}" for key, item in value.items()]
        if isinstance(value, dict)
        else [_text(item, depth + 1) for item in value]
    )
    indent = " " * (depth + 1)
    begin, end = "{}" if is_object else "[]"
    inner = ",\n".join(f"{indent}{part}" for part in parts)
    return f"{begin}\n{inner}\n{' ' * depth}{end}"
