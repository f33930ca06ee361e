"""What every channel is sent is what was written down and read; ``make snapshots`` writes it anew."""

import json

import pytest

from surveys import rendering
from surveys.language.texts import languages
from tests.snapshots.files import FOLDER, cases, drawn, path_of, written
from tests.snapshots.templates import kinds


@pytest.mark.parametrize(("channel", "page", "language"), list(cases()))
async def test_what_is_sent_is_what_was_written_down(
    channel: str, page: str, language: str
) -> None:
    payloads = await drawn(channel, page, language)

    stored = path_of(channel, page, language).read_text("utf-8")
    assert json.loads(written(payloads)) == json.loads(stored)
    assert written(payloads) == stored


def test_no_file_belongs_to_nothing() -> None:
    assert set(FOLDER.rglob("*.json")) == {path_of(*case) for case in cases()}


async def test_every_kind_of_message_is_drawn() -> None:
    assert set(rendering._KINDS) <= await kinds()


def test_every_language_is_drawn() -> None:
    assert {language for _, _, language in cases()} == set(languages())
