"""Scales, bands and wordings of NPS, CSAT and CES 2.0."""

import pytest

from surveys.errors import NotFound
from surveys.instruments import CES2, CSAT, INSTRUMENTS, NPS, Instrument, instrument

EACH = pytest.mark.parametrize("each", INSTRUMENTS.values(), ids=lambda i: i.id)


def bands(each: Instrument) -> str:
    return "".join(each.band(score)[0] for score in each.scores)


def test_bands_partition_each_scale_as_its_source_says() -> None:
    assert bands(NPS) == "lllllllmmhh"
    assert bands(CSAT) == "llmhh"
    assert bands(CES2) == "lllmhhh"


def test_scores_cover_the_scale_and_nothing_else() -> None:
    assert list(NPS.scores) == list(range(11))
    assert list(CSAT.scores) == [1, 2, 3, 4, 5]
    assert list(CES2.scores) == [1, 2, 3, 4, 5, 6, 7]
    assert [CSAT.valid(score) for score in (-1, 0, 1, 5, 6)] == [False, False, True, True, False]


@EACH
def test_scale_text_and_ends_agree(each: Instrument) -> None:
    assert each.scale == f"{each.low}-{each.high}"
    assert each.polarity == "up"


@EACH
@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_score_has_a_label_slot_and_both_ends_are_named(
    each: Instrument, language: str
) -> None:
    wording = each.wording(language)

    assert len(wording.labels) == len(each.scores)
    assert wording.low
    assert wording.high
    assert "{about" in wording.question
    assert wording.language == language


def test_korean_questions_name_the_particles_that_follow() -> None:
    assert "{about:을/를}" in NPS.wording("ko").question
    assert "{about:은/는}" in CES2.wording("ko").question
    assert CSAT.wording("ko").question.startswith("{about}에 대해")


def test_unknown_instrument_and_language_are_named() -> None:
    with pytest.raises(NotFound, match="instrument 'ces1'"):
        instrument("ces1")
    with pytest.raises(NotFound, match="nps wording 'fr'"):
        instrument("nps").wording("fr")
