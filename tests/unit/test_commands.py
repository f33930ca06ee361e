"""Bare words that are commands, and sentences that only hold one."""

from unicodedata import normalize

import pytest

from surveys.language.commands import NAMES, spoken

STOPS = (
    *(
        "그만",
        "그만!!",
        "/그만!!",
        " 중지 ",
        "‘그만’",
        "수신거부",
        "수신 거부",
        "수신거부 부탁드려요",
    ),
    *(
        "그만 받기",
        "그만받기",
        "그만 받을게요",
        "그만해 주세요",
        "그만하세요",
        "제발 그만",
        "이제 그만요",
    ),
    *("구독취소", "구독 취소할게요", "보내지 마세요", "연락하지 말아 주세요"),
    *("중단해 주세요", "설문 그만 보내세요", "스톱", "🛑"),
    *(
        "stop",
        "STOP!",
        "Stop.",
        "please stop",
        "stop, please",
        "Unsubscribe",
        "opt-out",
        "ＳＴＯＰ",  # noqa: RUF001 full width is what a Korean keyboard may write
    ),
    *("stop\u200b", normalize("NFD", "수신거부"), "/stop", "no more surveys"),
)
SENTENCES = (
    *(
        "그만 좀 늦었으면",
        "배송 중지",
        "그만한 값어치",
        "중지하지 마세요",
        "거부감이 들어요",
        "삭제가 안 돼요",
    ),
    *(
        "don't stop",
        "nonstop delivery",
        "stop sending late",
        "I could not unsubscribe",
        "help was slow",
    ),
    *(
        "내 정보가 틀렸어요",
        "도움이 됐어요",
        "탈퇴",
        "좀",
        "해요",
        "주세요",
        "",
        "9",
        "/foo",
        "stopper",
    ),
)


@pytest.mark.parametrize("text", STOPS)
def test_who_asks_to_be_left_alone_need_not_spell_it_exactly(text: str) -> None:
    assert spoken(text) == ("stop", "")


@pytest.mark.parametrize("text", SENTENCES)
def test_a_sentence_that_holds_a_command_is_none(text: str) -> None:
    assert spoken(text) is None


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("도움말", ("help", "")),
        ("Help!", ("help", "")),
        ("시작하기", ("start", "")),
        ("이어하기", ("resume", "")),
        ("/lang en", ("lang", "en")),
        ("/LANG KO", ("lang", "ko")),
        ("한국어로 해 주세요", ("lang", "ko")),
        ("English please", ("lang", "en")),
        ("언어 변경", ("lang", "")),
        ("개인정보 안내", ("privacy", "")),
        ("내 정보", ("mydata", "")),
        ("export my data", ("mydata", "")),
        ("삭제", ("delete", "")),
        ("삭제해 주세요", ("delete", "")),
        ("내 정보 삭제해주세요", ("delete", "")),
        ("Delete my data, please.", ("delete", "")),
    ],
)
def test_each_command_has_its_words(text: str, command: tuple[str, str]) -> None:
    assert spoken(text) == command


@pytest.mark.parametrize("name", NAMES)
def test_every_command_may_be_spelled_with_its_slash(name: str) -> None:
    assert spoken(f"/{name}") == (name, "")
