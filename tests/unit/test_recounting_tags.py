"""Tags of what was asked, from what its invitation pins."""

import pytest

from surveys.errors import NotFound
from surveys.service.recounting import Tagger
from tests.programs import standard

ASKED = {
    "program_version": standard().version,
    "survey": "checkout-csat",
    "wording": "",
    "trigger": "checkout",
    "touchpoint": "checkout",
    "stage": "purchase",
    "instrument": "csat",
    "channel": "webchat",
    "language": "ko",
}


def test_tags_follow_from_the_program_that_was_live() -> None:
    read: list[str] = []

    def content_of(version: str) -> str:
        read.append(version)
        return standard().to_json()

    tagger = Tagger()
    found = [tagger(ASKED, content_of) for _ in range(2)]

    assert read == [standard().version]
    assert found[0] == found[1]
    assert (found[0].wording, found[0].scale, found[0].stage) == ("std1", "1-5", "purchase")


def test_a_program_that_is_nowhere_is_named() -> None:
    with pytest.raises(NotFound, match=standard().version):
        Tagger()(ASKED, lambda _: None)
