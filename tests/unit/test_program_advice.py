"""What a program may say and is warned of."""

import pytest

from surveys.program import default_program_text, warnings


def advice(text: str) -> list[str]:
    return [f"{fault.key}: {fault.problem}" for fault in warnings(text, "p.yaml")]


def with_about(noun: str) -> str:
    """Let the recommendation survey, whose standard question inflects it, be about ``noun``."""
    return default_program_text().replace("about: {ko: 초록마켓, en", f"about: {{ko: {noun}, en")


def test_the_default_program_reads_well() -> None:
    assert advice(default_program_text()) == []


@pytest.mark.parametrize("noun", ["綠市", "YouTube", "ㅋㅋ"])
def test_a_noun_whose_sound_is_unknown_is_named(noun: str) -> None:
    [found] = advice(with_about(noun))

    assert found.startswith("surveys.6.about.ko: ")
    assert repr(noun) in found


@pytest.mark.parametrize("noun", ["綠市(녹시)", "YouTube(유튜브)", "KTX", "Gmail", "배송 30"])
def test_a_noun_that_can_be_read_is_not(noun: str) -> None:
    assert advice(with_about(noun)) == []


def test_a_noun_without_a_particle_may_be_anything() -> None:
    text = default_program_text().replace("about: {ko: 이번 배송,", "about: {ko: 綠市,")

    assert advice(text) == []


def test_a_particle_left_to_the_reader_is_named() -> None:
    text = default_program_text().replace("label: {ko: 장바구니,", "label: {ko: 장바구니을(를),")

    [found] = advice(text)

    assert found == "touchpoints.1.label.ko: '을(를)' leaves the particle to the reader"


def test_one_name_for_two_questions_of_two_surveys_is_named() -> None:
    text = default_program_text().replace("wording: choosing-ease-1", "wording: signup-ease-1")

    [found] = advice(text)

    assert found.startswith("surveys.1.wording: 'signup-ease-1' is another question in survey ")


def test_one_name_for_one_question_of_two_surveys_is_not() -> None:
    first, second = "question: {ko: 어땠나요?}", "question: {ko: 어땠나요?, en: How was it?}"
    surveys = [
        f"- {{id: s{n}, instrument: ces2, wording: w, {q}}}" for n, q in enumerate((first, second))
    ]

    assert advice("\n".join(["surveys:", *surveys])) == []


@pytest.mark.parametrize("text", ["a: [", "surveys: 1", "surveys: [1, {about: 2}]", "[]"])
def test_a_broken_program_has_faults_and_no_warnings(text: str) -> None:
    assert advice(text) == []
