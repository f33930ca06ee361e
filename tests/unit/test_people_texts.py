"""What the audit trail holds has words on every page that shows it."""

from datetime import UTC, datetime
from typing import get_args

import pytest

from bot.console.deeds import deed_in_words
from bot.console.staffing.texts import named
from surveys.deeds import DeedAct
from surveys.language.texts import languages
from surveys.model import Deed
from surveys.service.operating import Settlement

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ACTS: tuple[DeedAct, ...] = get_args(DeedAct)


def words(deeds: list[Deed], language: str) -> list[str]:
    return [deed_in_words(language, deed) for deed in deeds]


@pytest.mark.parametrize("language", languages())
def test_every_kind_of_deed_has_words_of_its_own(language: str) -> None:
    told = words([Deed(at=NOON, by="console", act=act) for act in ACTS], language)
    assert [act for act, said in zip(ACTS, told, strict=True) if said == act] == []
    assert told == [named(language, "act", act) for act in ACTS]
    assert len(set(told)) == len(ACTS)


@pytest.mark.parametrize("language", languages())
def test_a_settled_delivery_says_as_what(language: str) -> None:
    settled = [
        Deed(at=NOON, by="console", act="settle", details={"as": each.value}) for each in Settlement
    ]
    assert len({*words(settled, language), named(language, "act", "settle")}) == len(Settlement) + 1
