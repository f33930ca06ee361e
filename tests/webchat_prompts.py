"""Prompts of a small interview, for tests of the web chat."""

from bot.webchat.desk import ChatAct
from surveys.model import Button, Prompt, Receipt, Tap, Typed
from tests.fakes.desk import FakeDesk

QUESTION_TOKEN = "q" * 22
REASON_TOKEN = "r" * 22
THANKS_TOKEN = "t" * 22

TEXTS = {
    "ko": {
        "heading": "초록마켓 · 11월 18일 주문",
        "nps": "초록마켓을 친구나 동료에게 추천할 의향이 얼마나 있습니까?",
        "hint": "0 = 전혀 없음 · 10 = 매우 높음",
        "spoken": "10점 만점에 {}점",
        "skip": "건너뛰기",
        "stop": "그만 받기",
        "chosen": "✓ {}점을 선택하셨어요",
        "change": "점수 바꾸기",
        "reason": "그렇게 느끼신 가장 큰 이유는 무엇인가요?",
        "or": "직접 적어 주셔도 돼요.",
        "chips": ("배송이 빨라요", "상품이 좋아요", "가격이 좋아요", "상담이 친절해요"),
        "finish": "끝내기",
        "thanks": "소중한 의견 고맙습니다! 더 나아지는 데 쓸게요.",
    },
    "en": {
        "heading": "Green Market · your order of 18 November",
        "nps": "How likely are you to recommend Green Market to a friend or colleague?",
        "hint": "0 = not at all likely · 10 = extremely likely",
        "spoken": "{} out of 10",
        "skip": "Skip",
        "stop": "Stop asking",
        "chosen": "✓ You chose {}",
        "change": "Change my score",
        "reason": "What is the main reason for your score?",
        "or": "You can also write it in your own words.",
        "chips": ("Fast delivery", "Good products", "Good prices", "Helpful support"),
        "finish": "Finish",
        "thanks": "Thank you! We will use this to get better.",
    },
}


def nps(language: str) -> Prompt:
    """The 0-10 question."""
    return question(language, range(11))


def question(language: str, points: range) -> Prompt:
    """A question on any scale."""
    say = TEXTS[language]
    return Prompt(
        kind="question",
        language=language,
        heading=str(say["heading"]),
        text=str(say["nps"]),
        hint=str(say["hint"]),
        scale=tuple(
            Button(value=str(point), label=str(point), spoken=str(say["spoken"]).format(point))
            for point in points
        ),
        controls=(_button("skip", language), _button("stop", language)),
        token=QUESTION_TOKEN,
        typing=True,
    )


def chosen(language: str, score: str) -> Prompt:
    """The question after the tap."""
    say = TEXTS[language]
    return Prompt(
        kind="chosen",
        language=language,
        heading=str(say["heading"]),
        text=str(say["chosen"]).format(score),
        controls=(_button("change", language),),
        token=QUESTION_TOKEN,
    )


def reason(language: str) -> Prompt:
    """The follow-up: four chips, or a comment."""
    say = TEXTS[language]
    return Prompt(
        kind="reason",
        language=language,
        text=str(say["reason"]),
        hint=str(say["or"]),
        chips=tuple(Button(value=f"c{at}", label=label) for at, label in enumerate(say["chips"])),
        controls=(_button("finish", language),),
        token=REASON_TOKEN,
        typing=True,
    )


def thanks(language: str) -> Prompt:
    """The end."""
    return Prompt(kind="thanks", language=language, text=str(TEXTS[language]["thanks"]))


def _button(name: str, language: str) -> Button:
    return Button(value=name, label=str(TEXTS[language][name]))


def interview(desk: FakeDesk, language: str) -> None:
    """Ask the 0-10 question on the desk and follow it up as a real interview would."""
    asked = desk.push(nps(language))

    def on_act(act: ChatAct) -> Receipt:
        match act:
            case Tap(token=token, value="change") if token == QUESTION_TOKEN:
                desk.edit(asked, nps(language))
            case Tap(token=token, value=score) if token == QUESTION_TOKEN:
                desk.edit(asked, chosen(language, score))
                if len(desk.bubbles) == 1:
                    desk.push(reason(language))
            case Typed():
                desk.push(thanks(language))
            case _:
                return Receipt(toast="👍")
        return Receipt()

    desk.on_act = on_act
