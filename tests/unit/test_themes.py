"""What comments are about, by the dictionary."""

import csv
import json
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pytest

from surveys.errors import ProgramFault
from surveys.model import Json
from surveys.program import Program, default_program
from surveys.program.checks import problems
from surveys.results.themes import labels_of
from surveys.themes import Theme, default_themes, dictionary
from surveys.themes.normal import clauses
from surveys.themes.phrases import fault_of
from tests.programs import standard
from tests.shared_data import shared

LABELLED = Path(__file__).parent.parent / "themes"
WORDS = dictionary()


def about(text: str) -> set[str]:
    return {found.theme for found in WORDS.find(text)}


@pytest.mark.parametrize(
    ("name", "precision", "recall"),
    [
        ("ko", 0.95, 0.95),
        ("en", 0.95, 0.95),
        ("ko_unseen", 0.9, 0.88),
        ("en_unseen", 0.92, 0.9),
        ("ko_shop", 0.9, 0.7),
        ("en_shop", 0.9, 0.65),
    ],
)
def test_labelled_comments_are_found_and_little_else(
    name: str, precision: float, recall: float
) -> None:
    """The ``shop`` ones were written after the dictionary as it is; of what they showed, only wrong finds were mended.

    The ``unseen`` ones were that before words were added to it.
    """
    right = found = wanted = 0
    with (LABELLED / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            labels, themes = set((row["themes"] or "").split()), about(row["text"])
            right += len(labels & themes)
            found += len(themes)
            wanted += len(labels)

    assert right / found >= precision
    assert right / wanted >= recall


@pytest.mark.parametrize(
    "text",
    [
        "포장마차에서 먹은 떡볶이",
        "방송에서 보고 샀어요",
        "보장 내용이 좋아요",
        "늦잠 잤어요",
        "친척에게 선물했어요",
        "The prince was handsome",
        "I went to a costume party",
        "unpriced",
        "wanting more",
        "",
        "ㅋㅋㅋㅋ ㅠㅠ 👍",
        "123",
    ],
)
def test_a_theme_is_not_found_inside_another_word(text: str) -> None:
    assert about(text) == set()


@pytest.mark.parametrize(
    ("text", "theme"),
    [
        ("포장", "packaging"),
        ("포장이요", "packaging"),
        ("포장은요ㅠㅠ", "packaging"),
        ("포장때문에", "packaging"),
        ("배송 늦다", "delivery-delay"),
        ("배송 늦었습니다만", "delivery-delay"),
        ("배송너무늦어요", "delivery-delay"),
        ("배 송 이 아니라 배송이 느렸네요", "delivery-delay"),
        ("늦은 배송", "delivery-delay"),
        ("재 문의 했어요", "repeated-contact"),
        ("비쌌어요 가격", "price"),
        ("번거로운 과정", "ease"),
        ("PACKAGING!!!", "packaging"),
        ("\uff30ackaging", "packaging"),
        ("agent was soooo rude", "manner"),
        ("didn’t arrive", "delivery-delay"),
        ("friendly staff, 포장도 예뻐요", "packaging"),
    ],
)
def test_words_are_found_as_they_are_bent_run_together_and_stretched(text: str, theme: str) -> None:
    assert theme in about(text)


@pytest.mark.parametrize(
    ("text", "theme"),
    [
        ("배숑이 늦어요", "delivery-delay"),
        ("고객센타 태도가 불쾌", "manner"),
        ("pakaging was great", "packaging"),
        ("delviery was late", "delivery-delay"),
        ("overprised", "price"),
    ],
)
def test_a_word_with_one_wrong_letter_is_guessed_and_says_so(text: str, theme: str) -> None:
    assert [found.guessed for found in WORDS.find(text) if found.theme == theme] == [True]


@pytest.mark.parametrize(
    "text",
    [
        "배송이 안 늦었어요",
        "배송이 늦지 않았어요",
        "배송이 늦지는 않았지만요",
        "배송은 안늦었고요",
        "파손 없이 왔어요",
        "파손은 없었습니다",
        "앱 오류는 없었어요",
        "결제는 문제없이 됐어요",
        "The delivery was not late",
        "no damage, never damaged",
        "It never crashed, the app",
        "파손 하나 없이 왔어요",
        "앱 오류난 적이 한번도 없어요",
        "배송이 늦을까봐 걱정했어요",
        "배송이 늦을 줄 알았어요",
    ],
)
def test_a_trouble_that_is_said_not_to_have_happened_is_none(text: str) -> None:
    assert about(text) == set()


@pytest.mark.parametrize(
    ("text", "theme"),
    [
        ("\u200b".join("배송이 늦었어요"), "delivery-delay"),
        ("유\u200b통\u200b기\ufeff한이 지\u00ad났어요", "damaged"),
        (unicodedata.normalize("NFD", "배송이 늦었어요"), "delivery-delay"),
        ("ㅂㅐㅅㅗㅇㅇㅣ ㄴㅡㄹㅕㅇㅛㅋㅋ", "delivery-delay"),
        ("ㅍㅗㅈㅏㅇ 최고", "packaging"),
        ("배 송 이  느 려 요", "delivery-delay"),
        ("배.송.지.연", "delivery-delay"),
        ("d e l i v e r y was late", "delivery-delay"),
        ("베송이 느려요", "delivery-delay"),
        ("환뷸해주세요", "refund"),
        ("delivery가 너무 늦어요", "delivery-delay"),
        ("refund는 언제 되나요", "refund"),
        ("상담원분들이 좋아요", "manner"),
        ("배송빠르고포장도꼼꼼하고가격도저렴해요", "packaging"),
        ("배송은느렸지만포장은좋아요", "packaging"),
    ],
)
def test_words_are_found_however_they_were_typed(text: str, theme: str) -> None:
    assert theme in about(text)


def test_laughter_is_no_part_of_a_letter_and_words_of_one_letter_stay_words() -> None:
    assert clauses("배송ㅋㅋ ㅂㅐㅋㅋ 좋아욬") == (("배송", "배", "좋아욬"),)
    assert clauses("한 번 더 안 와") == (("한", "번", "더", "안", "와"), ("한번더안와",))


def test_a_short_word_is_guessed_by_its_sound_only() -> None:
    assert about("환줄") == set()
    assert about("고환") == set()


def test_a_word_that_can_be_read_in_many_ways_is_read_once() -> None:
    assert about("너무" * 28) == set()
    assert about("너무" * 20 + "비싸요") == {"price"}


def test_a_phrase_says_beside_what_it_means_nothing() -> None:
    themes = dictionary((own(words={"ko": ("리본 !포장|박스",), "en": ("recycl~ !never",)}),))

    assert {f.theme for f in themes.find("리본이 예뻐요")} == {"eco"}
    assert {f.theme for f in themes.find("포장 리본")} == {"packaging"}
    assert {f.theme for f in themes.find("never recycled")} == set()
    assert about("the coupon code did not work") == {"price"}
    assert about("it did not work") == {"damaged"}


def test_a_no_that_belongs_to_the_trouble_denies_nothing() -> None:
    assert about("연락이 없었어요") == {"delivery-notice"}
    assert about("배송이 안 왔어요") == {"delivery-delay"}
    assert about("친절하지 않았어요") == {"manner"}
    assert about("배송은 안 늦었는데, 배송이 또 늦었어요") == {"delivery-delay"}


def test_words_of_two_clauses_are_no_phrase() -> None:
    assert about("배송은 좋아요. 제가 늦었어요") == set()
    assert about("배송이 " + "정말 " * 8 + "늦었어요") == set()


def test_a_comment_is_cut_into_words_without_marks() -> None:
    assert clauses("배송ㅠㅠ 늦어요오오오!! Didn't come...") == (
        ("배송", "늦어요오"),
        ("didnt", "come"),
    )


def own(**parts: Json) -> Theme:
    return Theme(**{"id": "eco", "label": {"ko": "친환경", "en": "Eco"}, **parts})


def test_a_companys_theme_stands_beside_the_built_in_ones_or_in_their_place() -> None:
    words = {"ko": ("친환경|종이 포장재",), "en": ("plastic-free",)}
    both = dictionary((own(words=words), Theme(id="packaging", words={"ko": ("리본",)})))
    instead = dictionary((Theme(id="packaging", words={"ko": ("리본",)}, instead=True),))

    assert {f.theme for f in both.find("plastic free, 종이 포장재에 리본")} == {"eco", "packaging"}
    assert [f.theme for f in instead.find("포장도 좋아요")] == []
    assert [f.theme for f in instead.find("리본이요")] == ["packaging"]
    assert both.label("eco") == {"ko": "친환경", "en": "Eco"}
    assert both.label("packaging") == {"ko": "포장", "en": "Packaging"}
    assert both.label("nothing") is None


def test_a_theme_has_as_many_words_as_can_be_read_over() -> None:
    with pytest.raises(ValueError, match="has 201 words; at most 200"):
        own(words={"ko": ("친환경",) * 201})


def test_stems_of_other_scripts_and_irregular_ones_are_found_as_they_stand() -> None:
    themes = dictionary((own(words={"ko": ("app~ 느리~", "매장 들르~")}),))

    assert [found.theme for found in themes.find("app 느려요")] == ["eco"]
    assert [found.theme for found in themes.find("매장에 들르고 왔어요")] == ["eco"]


def test_a_reason_means_the_theme_that_names_it_for_its_survey_first() -> None:
    themes = dictionary((own(chips=("green", "delivery-csat/ribbon")),))

    assert themes.of_chip("delivery-csat", "late") == "delivery-delay"
    assert themes.of_chip("delivery-csat", "speed") == "delivery-speed"
    assert themes.of_chip("support-ces", "speed") == "waiting"
    assert themes.of_chip("any", "green") == "eco"
    assert themes.of_chip("delivery-csat", "ribbon") == "eco"
    assert themes.of_chip("any", "ribbon") == "ribbon"


def test_every_built_in_theme_is_labelled_in_each_language_and_its_phrases_are_sound() -> None:
    for theme in default_themes():
        assert theme.label is not None
        assert set(theme.label) == {"ko", "en"} == set(theme.words)


@pytest.mark.parametrize(
    ("phrase", "language", "problem"),
    [
        ("값", "ko", "too short"),
        ("by", "en", "too short"),
        ("", "ko", "must be words"),
        ("배송!", "ko", "must be words"),
        ("배송 ~", "ko", "must be words"),
        ("a|", "en", "must be words"),
        ("one two three four five", "en", "has 5 words"),
        ("배" * 501, "ko", "must be words"),
        ("bonjour", "fr", "can't read"),
        ("!포장", "ko", "only says what"),
        ("값 !포장", "ko", "too short"),
        ("포장 !", "ko", "must be words"),
    ],
)
def test_a_phrase_that_cannot_be_looked_for_is_refused(
    phrase: str, language: str, problem: str
) -> None:
    assert problem in (fault_of(phrase, language) or "")


def test_a_program_says_which_word_of_which_theme_is_wrong() -> None:
    content = json.loads(standard().to_json())
    content["themes"] = [{"id": "eco", "words": {"ko": ["친환경", "값"], "en": ["a!"]}}]

    with pytest.raises(ProgramFault, match=r"themes\.0\.words\.ko\.1: .*'값'.*too short") as told:
        Program.from_json(json.dumps(content))
    assert "themes.0.words.en.0: Value error, 'a!' must be words" in str(told.value)


def test_words_of_a_language_that_is_not_read_are_refused_by_its_name() -> None:
    with pytest.raises(ValueError, match="there is no language 'fr'; there are: ko, en"):
        own(words={"fr": ("sac",)})


class Cut:
    """A morphological analyser that knows one word."""

    def morphemes(self, words: Sequence[str]) -> Sequence[Sequence[str]]:
        known = {
            "꼼꼼포장": ["꼼꼼", "포장"],
            "문제없이": ["문제", "없이"],
            "배숑이": ["배", "숑이"],
        }
        return [known.get(word, [word]) for word in words]


def test_an_analyser_finds_what_stands_inside_a_longer_word_and_loses_nothing() -> None:
    analysed = dictionary(analyser=Cut())

    assert about("꼼꼼포장 감사") == set()
    assert [found.theme for found in analysed.find("꼼꼼포장 감사")] == ["packaging"]
    assert analysed.find("결제는 문제없이 됐어요") == ()
    for text in ("배송 늦었어요", "배숑이 늦네요", "friendly staff", "pakaging was great"):
        assert set(WORDS.find(text)) <= set(analysed.find(text))


@pytest.mark.skipif(shared("answers/nsmc_reviews_3000.csv") is None, reason="no such data here")
def test_reviews_of_films_are_hardly_ever_about_a_shop() -> None:
    """Real Korean text about something else: what is found there is nearly always wrong."""
    path = shared("answers/nsmc_reviews_3000.csv")
    assert path is not None
    with path.open(encoding="utf-8-sig", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)]

    found = [theme for text in texts for theme in about(text)]

    assert len(found) / len(texts) < 0.06
    assert found.count("delivery-delay") + found.count("payment-error") <= 5


def test_a_theme_of_ones_own_needs_a_label_and_each_its_own_id() -> None:
    content = json.loads(standard().to_json())
    content["themes"] = [
        {"id": "eco", "words": {"ko": ["친환경"]}},
        {"id": "packaging", "words": {"ko": ["리본"]}},
        {"id": "packaging", "words": {}},
    ]

    assert [".".join(map(str, key)) for key, _ in problems(content)] == ["themes.2.id", "themes.0"]


def test_a_reason_with_several_labels_is_called_the_same_in_whatever_order_they_are_named() -> None:
    program = default_program()
    turned = program.model_copy(
        update={
            "surveys": tuple(
                survey.model_copy(update={"reasons": dict(reversed(list(survey.reasons.items())))})
                for survey in program.surveys
            )
        }
    )

    called = [labels_of(each, dictionary(each.themes))["methods"] for each in (program, turned)]

    assert [label["en"] for label in called] == ["Payment methods"] * 2
