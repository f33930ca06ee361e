"""What customers do, from inbox row to answer and next message; a repeat changes nothing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from surveys.errors import NotFound
from surveys.instruments import CES2, CSAT, NPS
from surveys.interview import Revise
from surveys.language.texts import say
from surveys.model import (
    Answer,
    Channel,
    Command,
    DeliveryClass,
    DeliveryState,
    InboxEntry,
    InboxState,
    Incoming,
    Json,
    Person,
    Prompt,
    Reached,
    Receipt,
    Started,
    Tap,
    Typed,
    Unsupported,
)
from surveys.ports import Storage
from surveys.rendering import Page, question_text, render
from surveys.service.answering import MOST_STEPS
from surveys.service.asking import store_unhandled
from surveys.service.effects import apply
from surveys.service.talking import handle
from tests.phones import ACCOUNT, Phone
from tests.programs import standard, varied
from tests.world import NOON, World


async def asked(storage: Storage, kind: str = "order.paid", **fields: Json) -> tuple[World, Phone]:
    """A customer with a fresh question on her phone."""
    triggers = {t.id: {"after": "0s", "occurrence": None} for t in standard().triggers}
    live = varied(triggers=triggers, rules={"quiet_hours": None})
    world = World(storage, live)
    phone = Phone(world)
    await phone.starts(await world.customer("kim", **fields))
    await world.happens(kind, "kim")
    await phone.reads()
    return world, phone


async def said(phone: Phone) -> Prompt:
    """Return the newest message."""
    await phone.reads()
    return list(phone.chat.values())[-1].prompt


async def answers(world: World, subject: str = "o1") -> dict[str, Answer]:
    def look(tx: Json) -> list[Answer]:
        found = [
            i for e in tx.events.of_occasions([subject]) for i in tx.invitations.of_event(e.id)
        ]
        return [a for i in found for a in tx.answers.of_invitation(i.id)]

    return {a.question: a for a in await world.storage.read(look)}


async def person(world: World, external_id: str = "kim") -> Person:
    found = await world.customer(external_id, consent=False)
    stored = await world.storage.read(lambda tx: tx.people.get(found))
    assert stored is not None
    return stored


async def entry(world: World, key: str) -> InboxEntry:
    found = await world.storage.read(lambda tx: tx.inbox.find("telegram:bot1", key))
    assert found is not None
    return found


# --- questions as worded ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instrument", "about", "language", "sentence"),
    [
        (NPS, "초록마켓", "ko", "초록마켓을 친구나 동료에게 추천할 의향이 얼마나 있습니까?"),
        (NPS, "우리 가게", "ko", "우리 가게를 친구나 동료에게 추천할 의향이 얼마나 있습니까?"),
        (CSAT, "이번 배송", "ko", "이번 배송에 대해 얼마나 만족하셨나요?"),
        (
            CES2,
            "고객센터",
            "ko",
            "다음 문장에 얼마나 동의하십니까? ‘고객센터는 제 문제를 쉽게 해결할 수 있게 해 주었다.’",
        ),
        (
            CES2,
            "상담팀",
            "ko",
            "다음 문장에 얼마나 동의하십니까? ‘상담팀은 제 문제를 쉽게 해결할 수 있게 해 주었다.’",
        ),
        (
            NPS,
            "Green Market",
            "en",
            "How likely is it that you would recommend Green Market to a friend or colleague?",
        ),
        (CSAT, "the delivery", "en", "How satisfied were you with the delivery?"),
        (
            CES2,
            "Our team",
            "en",
            "To what extent do you agree or disagree: Our team made it easy for me to handle my issue.",
        ),
    ],
)
def test_a_question_is_worded_as_its_instrument_says(
    instrument: Json, about: str, language: str, sentence: str
) -> None:
    survey = standard().survey("recommend-nps")
    survey = survey.model_copy(update={"instrument": instrument.id, "about": {language: about}})

    page = Page(program=standard(), survey=survey, language=language)
    assert question_text(page) == sentence


@pytest.mark.parametrize(
    ("survey", "language", "ends", "spoken"),
    [
        ("recommend-nps", "ko", "0 = 전혀 추천하지 않음 · 10 = 적극 추천", "10점 만점에 1점"),
        ("recommend-nps", "en", "0 = Not at all likely · 10 = Extremely likely", "1 out of 10"),
        ("checkout-csat", "en", "1 = Very dissatisfied · 5 = Very satisfied", "2, Dissatisfied"),
        ("support-ces", "ko", "1 = 전혀 동의하지 않음 · 7 = 매우 동의함", "2점, 동의하지 않음"),
    ],
)
def test_a_question_names_both_ends_and_speaks_its_buttons(
    survey: str, language: str, ends: str, spoken: str
) -> None:
    page = Page(program=standard(), survey=standard().survey(survey), language=language, token="t")

    prompt = render(page, "question", {})
    assert (prompt.hint, prompt.scale[1].spoken) == (ends, spoken)
    assert (prompt.token, prompt.typing) == ("t", True)


# --- answering -------------------------------------------------------------------------------------


async def test_a_tap_is_saved_and_toasted_in_the_customers_language(storage: Storage) -> None:
    world, phone = await asked(storage, locale="en-GB")

    receipt = await phone.taps("5")
    assert receipt == Receipt(toast="Saved", evident=True)
    assert await phone.reads() == ["notice", "chosen", "reason"]
    stored = (await answers(world))["score"]
    assert (stored.score, stored.version, stored.dimensions.language) == (5, 1, "en")


async def test_the_same_update_twice_is_a_duplicate(storage: Storage) -> None:
    world, phone = await asked(storage)
    tap = phone.button("5")
    await phone.acts(tap, number=500)
    before = await answers(world)

    assert await phone.acts(tap, number=500) == Receipt(duplicate=True)
    assert await answers(world) == before


async def test_a_double_tap_says_so_and_keeps_one_version(storage: Storage) -> None:
    world, phone = await asked(storage)
    tap = phone.button("5")
    await phone.acts(tap)

    assert (await phone.acts(tap)).toast == "이미 저장된 점수예요"
    assert (await answers(world))["score"].version == 1


async def test_a_change_of_mind_is_a_new_version_on_the_first_day(storage: Storage) -> None:
    world, phone = await asked(storage)
    await phone.taps("5")
    await phone.reads()
    world.clock.at += timedelta(hours=20)
    await phone.taps("change", "chosen")
    await phone.reads()
    await phone.taps("2")

    stored = (await answers(world))["score"]
    assert (stored.score, stored.version, stored.day) == (2, 2, NOON.date())


async def test_the_same_score_chosen_again_is_later_than_what_came_between_and_arrives_last(
    storage: Storage,
) -> None:
    """5, then 2, then 5 again: whatever comes late, 5 is what she chose last."""
    world, phone = await asked(storage)
    tap = phone.button("5")
    await phone.acts(tap, number=101)
    await phone.acts(tap, number=103)

    assert await phone.acts(replace(tap, value="2"), number=102) == Receipt()
    stored = (await answers(world))["score"]
    assert (stored.score, stored.version) == (5, 1)
    await phone.acts(replace(tap, value="2"), number=104)
    assert (await answers(world))["score"].score == 2


async def test_an_edit_that_arrives_after_a_later_one_changes_nothing(storage: Storage) -> None:
    world, phone = await asked(storage)
    tap = phone.button("5")
    await phone.acts(replace(tap, value="4"), number=102)

    assert await phone.acts(replace(tap, value="1"), number=101) == Receipt()
    assert (await answers(world))["score"].score == 4
    await phone.reads()
    assert "✓ 4점을 선택하셨어요" in [b.prompt.hint for b in phone.chat.values()]


async def test_comments_are_kept_one_below_the_other_in_whatever_order(storage: Storage) -> None:
    world, phone = await asked(storage)
    await phone.taps("5")
    await phone.acts(Typed(text="하나"), number=103)
    await phone.acts(Typed(text="둘"), number=102)
    await phone.acts(Typed(text="셋"), number=104)

    comment = (await answers(world))["comment"]
    assert (comment.text, comment.order, comment.version) == ("하나\n둘\n셋", 104, 3)
    assert (await said(phone)).text == "덧붙여 주신 말씀도 잘 받았어요."


async def test_a_chip_and_another_chip_keep_the_last(storage: Storage) -> None:
    world, phone = await asked(storage)
    await phone.taps("1")
    await phone.reads()
    first, second = (b.value for b in (await said(phone)).chips[:2])
    await phone.taps(first, "reason")
    await phone.reads()
    assert phone.chat
    await phone.taps(second, "reason")

    assert (await answers(world))["reason"].choice == second.removeprefix("c.")


@pytest.mark.parametrize("text", ["5", "5점이요", "5/5", " 5 "])
async def test_a_typed_rating_counts(storage: Storage, text: str) -> None:
    world, phone = await asked(storage)
    await phone.acts(Typed(text=text))

    assert (await answers(world))["score"].score == 5
    assert await phone.reads() == ["notice", "chosen", "reason"]


@pytest.mark.parametrize("text", ["6", "9/10", "3이나 4"])
async def test_a_rating_off_the_scale_brings_the_question_again(
    storage: Storage, text: str
) -> None:
    world, phone = await asked(storage)
    await phone.acts(Typed(text=text))

    assert await phone.reads() == ["notice", "moved", "question"]
    assert await answers(world) == {}


async def test_a_score_and_a_comment_typed_together_are_both_stored(storage: Storage) -> None:
    world, phone = await asked(storage)
    await phone.acts(Typed(text="2점, 배송이 3일 늦었어요"))

    stored = await answers(world)
    assert (stored["score"].score, stored["comment"].text) == (2, "배송이 3일 늦었어요")
    score = stored["score"]
    assert (score.given, score.rule, stored["comment"].given) == ("typed", "points", None)
    assert await phone.reads() == ["notice", "chosen", "thanks"]


async def test_words_that_may_mean_a_score_need_one_tap(storage: Storage) -> None:
    world, phone = await asked(storage)
    await phone.acts(Typed(text="👍"))
    asked_back = await said(phone)
    before = await answers(world)
    await phone.taps("yes.4", "confirm")

    assert (asked_back.text, [b.label for b in asked_back.controls]) == (
        "4점으로 할까요?",
        ["네, 4점", "다시 고르기"],
    )
    assert before == {}
    score = (await answers(world))["score"]
    assert (score.score, score.given, score.rule) == (4, "confirmed", "sign")


async def test_a_tapped_score_says_so(storage: Storage) -> None:
    world, phone = await asked(storage)
    await phone.taps("5")

    score = (await answers(world))["score"]
    assert (score.given, score.confidence, score.rule) == ("tapped", None, None)


async def test_what_is_no_rating_is_met_with_the_scale_once(storage: Storage) -> None:
    world, phone = await asked(storage)
    await phone.acts(Typed(text="배송이 늦었어요"))
    await phone.acts(Typed(text="3일이나요"))

    assert await phone.reads() == ["notice", "question", "notice"]
    assert (await said(phone)).text == "1부터 5 사이의 점수를 눌러 주시거나 숫자로 적어 주세요."
    assert await answers(world) == {}


@pytest.mark.parametrize("text", ["3", "3점이요", "삼점", "3/5"])
async def test_a_bare_score_after_the_score_changes_it(storage: Storage, text: str) -> None:
    world, phone = await asked(storage)
    await phone.taps("2")
    await phone.acts(Typed(text=text))

    stored = await answers(world)
    assert (stored["score"].score, stored["score"].version) == (3, 2)
    assert "comment" not in stored


@pytest.mark.parametrize(
    "text", ["3번 전화했어요", "3점인데 늦었어요", "보통", "6", "2~3", "3시에 왔어요", "셋"]
)
async def test_any_other_text_after_the_score_is_a_comment(storage: Storage, text: str) -> None:
    world, phone = await asked(storage)
    await phone.taps("2")
    await phone.acts(Typed(text=text))

    stored = await answers(world)
    assert (stored["score"].score, stored["comment"].text) == (2, text)


async def test_a_bare_number_in_a_form_is_a_comment(storage: Storage) -> None:
    world, phone = await asked(storage)
    await phone.taps("2")
    await phone.reads()
    await phone.acts(Typed(text="3", token=(await said(phone)).token))

    stored = await answers(world)
    assert (stored["score"].score, stored["comment"].text) == (2, "3")


async def test_a_form_names_its_question_and_brings_chip_and_text(storage: Storage) -> None:
    world, phone = await asked(storage)
    await phone.taps("2")
    await phone.reads()
    prompt = await said(phone)
    chip = prompt.chips[0].value

    write = Tap(token=prompt.token or "", value="write")
    form = (await phone.acts(write)).form
    assert form is not None
    assert (form.kind, form.token, form.chips) == ("reason", prompt.token, prompt.chips)
    await phone.acts(Typed(text="늦었어요", token=prompt.token, chips=(chip,)))
    stored = await answers(world)
    assert stored["reason"].choice == chip.removeprefix("c.")
    assert stored["comment"].text == "늦었어요"


async def test_an_empty_form_is_met_with_help(storage: Storage) -> None:
    world, phone = await asked(storage)
    token = phone.button("5").token
    await phone.acts(Typed(text="  ", token=token))

    assert await answers(world) == {}
    assert (await said(phone)).text.startswith("저는 초록마켓의 설문 도우미예요.")


async def test_a_long_comment_is_cut(storage: Storage) -> None:
    world, phone = await asked(storage)
    await phone.taps("2")
    await phone.acts(Typed(text="가" * 5000))

    assert len((await answers(world))["comment"].text or "") == 4000


# --- whose button it is ----------------------------------------------------------------------------


async def test_a_button_of_another_person_is_refused(storage: Storage) -> None:
    world, phone = await asked(storage)
    thief = Phone(world, "6666")
    await thief.starts(await world.customer("lee"))

    stolen = phone.button("1")
    assert (await thief.acts(stolen)).toast == "이 버튼은 더 이상 쓸 수 없어요"
    await thief.acts(Typed(text="1", token=stolen.token))
    assert await answers(world) == {}


@pytest.mark.parametrize("token", ["", "nonsense"])
async def test_a_token_of_nobody_is_refused(storage: Storage, token: str) -> None:
    world, phone = await asked(storage)

    assert (await phone.acts(Tap(token=token, value="1"))).toast == "이 버튼은 더 이상 쓸 수 없어요"
    assert await answers(world) == {}


async def test_a_strange_token_that_was_stored_for_later_is_passed_over(storage: Storage) -> None:
    world, phone = await asked(storage)
    before = await phone.reads()
    stored = Incoming(
        source=f"telegram:{ACCOUNT}",
        key="7001/900",
        channel=Channel.TELEGRAM,
        account=ACCOUNT,
        user="7001",
        chat="7001",
        at=NOON,
        order=900,
        act=Tap(token="nonsense", value="1"),
    )

    assert await world.write(lambda tx: handle(tx, world.ctx, stored)) == Receipt()
    assert (await phone.reads(), await answers(world)) == (before, {})


async def test_a_text_about_a_strange_token_answers_the_open_question(storage: Storage) -> None:
    world, phone = await asked(storage)
    await phone.acts(Typed(text="5", token="nonsense"))

    assert (await answers(world))["score"].score == 5


async def test_a_stranger_is_answered_and_nothing_is_kept_of_what_was_said(
    storage: Storage,
) -> None:
    world = World(storage)
    stranger = Phone(world, "9999")

    assert (await stranger.acts(Tap(token="t", value="1"), locale="en")).toast == (
        "This button no longer works"
    )
    assert await stranger.acts(Reached(reachable=False)) == Receipt()
    await stranger.acts(Typed(text="내 비밀"), number=77, locale="en")
    assert (await said(stranger)).text.startswith("I am the survey helper of Green Market.")
    kept = await entry(world, "9999/77")
    assert (kept.state, kept.body) == (InboxState.DONE, None)
    await stranger.acts(Started(token="wrong"))
    assert (await said(stranger)).text.startswith("Hello, I am the survey helper of Green Market.")


async def test_a_strangers_command_is_heard(storage: Storage) -> None:
    world = World(storage)
    stranger = Phone(world, "9999")
    await stranger.acts(Command(name="privacy"), locale="ko")

    assert (await said(stranger)).text.startswith("초록마켓의 설문 답변은 서비스 개선에만 쓰고")


# --- commands --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word", ["그만", "중지", "수신거부", "stop", " STOP! ", "‘그만’", "/stop", "/그만"]
)
async def test_a_stop_word_stops_everything_and_says_so(storage: Storage, word: str) -> None:
    world, phone = await asked(storage)
    await phone.acts(Typed(text=word))

    stopped = await person(world)
    assert stopped.opted_out_at == NOON
    assert (await said(phone)).text.startswith("앞으로 설문을 보내지 않을게요.")
    consents = await world.storage.read(lambda tx: tx.consents.of_person(stopped.id))
    assert (consents[-1].granted, consents[-1].source) == (False, "stop_command")
    await phone.acts(Typed(text=word))
    after = await world.storage.read(lambda tx: tx.consents.of_person(stopped.id))
    assert len(after) == len(consents)


async def test_the_start_word_and_command_undo_a_stop(storage: Storage) -> None:
    world, phone = await asked(storage)
    await phone.acts(Typed(text="그만"))
    await phone.acts(Typed(text="시작"))

    assert (await person(world)).opted_out_at is None
    assert (await said(phone)).text.startswith("다시 설문을 보내 드릴게요.")
    await phone.acts(Typed(text="그만"))
    await phone.acts(Started())
    assert (await person(world)).opted_out_at is None


async def test_whoever_never_agreed_does_not_agree_by_starting_again(storage: Storage) -> None:
    world = World(storage)
    stranger = Phone(world, "9999")
    await stranger.acts(Command(name="stop"))
    await stranger.acts(Started())

    address = await world.storage.read(
        lambda tx: tx.addresses.find(Channel.TELEGRAM, "bot1", "9999")
    )
    assert address is not None
    consents = await world.storage.read(lambda tx: tx.consents.of_person(address.person_id))
    assert [c.granted for c in consents] == [False]


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("도움말", "저는 초록마켓의 설문 도우미예요."),
        ("help", "저는 초록마켓의 설문 도우미예요."),
        ("/privacy", "초록마켓의 설문 답변은"),
        ("/lang", "언어를 골라 주세요"),
        ("/lang fr", "언어를 골라 주세요"),
        ("/LANG en", "I will ask in English"),
    ],
)
async def test_a_command_is_heard_as_a_word(storage: Storage, text: str, begins: str) -> None:
    _, phone = await asked(storage)
    await phone.acts(Typed(text=text))

    assert (await said(phone)).text.startswith(begins)


async def test_an_unknown_command_is_met_with_help(storage: Storage) -> None:
    _, phone = await asked(storage)
    await phone.acts(Command(name="dance"))

    assert (await said(phone)).text.startswith("저는 초록마켓의 설문 도우미예요.")


@pytest.mark.parametrize("what", ["voice", "photo", "sticker"])
async def test_what_cannot_be_read_is_answered_politely(storage: Storage, what: str) -> None:
    _, phone = await asked(storage)
    await phone.acts(Unsupported(what=what))

    assert (await said(phone)).text == "글로 적어 주시면 전달할게요."


@pytest.mark.parametrize("what", ["forwarded", "edited"])
async def test_what_is_no_new_text_of_hers_has_its_own_line(storage: Storage, what: str) -> None:
    _, phone = await asked(storage)
    await phone.acts(Unsupported(what=what))

    assert (await said(phone)).text == say("ko", f"notice.{what}")


async def test_words_after_a_stop_are_met_with_help(storage: Storage) -> None:
    world, phone = await asked(storage)
    await phone.taps("4")
    await phone.reads()
    await phone.taps("change", "chosen")
    await phone.reads()
    await phone.taps("stop")
    await phone.reads()
    await phone.taps("stop.survey", "menu")
    await phone.reads()
    await phone.acts(Typed(text="느려요"))

    assert "resume" in (await said(phone)).text
    assert "comment" not in await answers(world)


async def test_a_reply_to_a_question_answers_that_question(storage: Storage) -> None:
    world, phone = await asked(storage)
    question = next(iter(phone.chat[i] for i in phone.chat if phone.chat[i].prompt.scale))
    ref: Json = {"chat_id": phone.user, "message_id": question.id}
    await phone.acts(Typed(text="2", reply_to=ref))
    await phone.acts(Typed(text="느려요", reply_to={"chat_id": phone.user, "message_id": "none"}))

    stored = await answers(world)
    assert (stored["score"].score, stored["comment"].text) == (2, "느려요")


async def test_a_reply_to_a_question_that_is_closed_answers_no_other(storage: Storage) -> None:
    world, phone = await asked(storage)
    question = next(iter(phone.chat[i] for i in phone.chat if phone.chat[i].prompt.scale))
    await world.later(days=100)
    await world.happens("order.paid", "kim", subject="o2", id="e2")
    await phone.reads()
    await phone.acts(Typed(text="2", reply_to={"chat_id": phone.user, "message_id": question.id}))

    assert "resume" in (await said(phone)).text
    assert await answers(world, "o2") == await answers(world) == {}
    await phone.acts(Typed(text="2"))
    assert (await answers(world, "o2"))["score"].score == 2


async def test_words_with_nothing_open_are_met_with_help(storage: Storage) -> None:
    world = World(storage)
    phone = Phone(world)
    await phone.starts(await world.customer("kim"))
    await phone.acts(Typed(text="안녕하세요"))

    assert (await said(phone)).text.startswith("저는 초록마켓의 설문 도우미예요.")


async def test_stop_and_privacy_are_receipts_and_help_is_a_reply(storage: Storage) -> None:
    _, phone = await asked(storage)
    classes = []
    for name in ("stop", "privacy", "help"):
        await phone.acts(Command(name=name))
        (claimed,) = await phone.claims()
        classes.append(claimed.delivery.delivery_class)
        await phone.accepts(claimed)

    assert classes == [DeliveryClass.RECEIPT, DeliveryClass.RECEIPT, DeliveryClass.REPLY]


# --- language --------------------------------------------------------------------------------------


async def test_an_open_question_follows_into_the_new_language(storage: Storage) -> None:
    world, phone = await asked(storage)
    await phone.acts(Command(name="lang", argument="en"))
    await phone.reads()

    question = next(b.prompt for b in phone.chat.values() if b.prompt.kind == "question")
    assert question.text == "How satisfied were you with ordering and paying?"
    await phone.taps("5")
    assert (await answers(world))["score"].dimensions.language == "en"
    rows = await world.storage.read(lambda tx: tx.reports.funnel(NOON.date(), NOON.date()))
    told = [(r.dimensions.language, r.invited, r.delivered, r.answered) for r in rows]
    assert told == [("en", 1, 1, 1)]


async def test_a_question_still_waiting_goes_out_in_the_new_language(storage: Storage) -> None:
    world = World(storage, varied(triggers={"checkout": {"after": "0s"}}))
    phone = Phone(world)
    await phone.starts(await world.customer("kim"))
    await world.happens("order.paid", "kim")
    await world.drain()
    await phone.acts(Command(name="lang", argument="en"))

    assert await phone.reads() == ["notice", "question", "notice"]
    question = next(b.prompt for b in phone.chat.values() if b.prompt.kind == "question")
    assert question.language == "en"


async def test_an_answered_question_keeps_its_language(storage: Storage) -> None:
    world, phone = await asked(storage)
    await phone.taps("5")
    await phone.acts(Command(name="lang", argument="en"))
    await phone.reads()

    assert (await answers(world))["score"].dimensions.language == "ko"
    chosen = next(b.prompt for b in phone.chat.values() if b.prompt.kind == "chosen")
    assert chosen.language == "ko"


# --- coming and going ------------------------------------------------------------------------------


async def test_a_link_welcomes_with_the_consent_text_and_a_used_one_only_greets(
    storage: Storage,
) -> None:
    world = World(storage)
    phone = Phone(world)
    kim = await world.customer("kim", consent=False)
    await phone.starts(kim)

    assert (await said(phone)).text == standard().consent.text["ko"]
    consents = await world.storage.read(lambda tx: tx.consents.of_person(kim))
    assert [(c.granted, c.source, c.text_version) for c in consents] == [
        (True, "telegram_start", "1")
    ]
    await phone.acts(Started(token="used"))
    assert (await said(phone)).text.startswith("안녕하세요, 초록마켓의 설문 도우미예요.")


async def test_a_customer_who_comes_back_is_decided_again(storage: Storage) -> None:
    world = World(storage)
    phone = Phone(world)
    await phone.starts(await world.customer("kim"))
    await phone.acts(Reached(reachable=False))
    await world.happens("order.paid", "kim")
    assert await world.verdicts("kim") == [("held", "unreachable")]

    await phone.acts(Started())
    assert (await world.verdicts("kim"))[-1] == ("held", "delay")
    await phone.acts(Reached(reachable=False))
    await phone.acts(Reached(reachable=True))
    await world.later(minutes=31)
    assert (await phone.reads())[-1] == "question"


@pytest.mark.parametrize("scope", ["survey", "pause", "all"])
async def test_each_scope_of_the_stop_menu_stops_that_much_and_undo_takes_it_back(
    storage: Storage, scope: str
) -> None:
    world, phone = await asked(storage)
    await phone.taps("stop")
    await phone.reads()
    await phone.taps(f"stop.{scope}", "menu")
    assert "stopped" in await phone.reads()
    stopped = await person(world)
    assert (stopped.opted_out_at is not None) is (scope == "all")
    assert (stopped.paused_until is not None) is (scope == "pause")

    await phone.taps("undo", "stopped")
    assert await phone.reads() == ["notice", "question"]
    back = await person(world)
    assert (back.opted_out_at, back.paused_until) == (None, None)


# --- what fails ------------------------------------------------------------------------------------


async def test_an_act_that_fails_is_kept_and_handled_later(
    storage: Storage, logged: list[EventDict]
) -> None:
    world, phone = await asked(storage)
    tap = phone.button("5")
    failing = Failing(world, times=1)

    assert await phone.acts(tap, number=500) == Receipt()
    kept = await entry(world, "7001/500")
    assert (kept.state, kept.tries) == (InboxState.NEW, 0)
    assert await answers(world) == {}
    await phone.reads()
    assert failing.times == 0
    assert (await answers(world))["score"].score == 5
    done = await entry(world, "7001/500")
    assert (done.state, done.body, done.error) == (InboxState.DONE, None, None)
    assert await phone.acts(tap, number=500) == Receipt(duplicate=True)


async def test_what_keeps_failing_is_given_up_with_its_error(
    storage: Storage, logged: list[EventDict]
) -> None:
    world, phone = await asked(storage)
    tap = phone.button("5")
    Failing(world, times=99)
    await phone.acts(tap, number=500)

    for _ in range(8):
        await world.later(minutes=1)
    assert [line["event"] for line in logged] == [
        "an act failed; it is stored for later",
        *["a stored message failed again"] * 5,
    ]
    kept = await entry(world, "7001/500")
    assert (kept.state, kept.tries, kept.due_at) == (InboxState.FAILED, 5, None)
    assert (kept.error or "").startswith("RuntimeError at ")
    assert kept.body is not None


async def test_an_event_that_fails_alone_holds_up_none_beside_it(
    storage: Storage, logged: list[EventDict]
) -> None:
    world = World(storage)
    await world.browser(await world.customer("kim"))
    Failing(world, times=2, of="id")

    assert await world.happens("order.paid", "kim", id="e") == "new"
    assert await world.why("e") == ()
    assert await world.happens("order.paid", "kim", id="e") == "duplicate"
    await world.drain()
    assert await world.verdicts("e") == [("held", "delay")]
    assert await world.happens("order.paid", "kim", id="e") == "duplicate"


@pytest.fixture
def logged() -> Iterator[list[EventDict]]:
    """What is logged, as data: rendering a traceback takes longer than the test."""
    with capture_logs() as lines:
        yield lines


class Failing:
    """Makes the world's next tokens or ids fail, so many times."""

    def __init__(self, world: World, *, times: int, of: str = "token") -> None:
        self.times = times
        ctx = world.ctx
        if of == "token":
            world.ctx = replace(ctx, new_token=lambda: self._make(of, ctx.new_token))
        else:
            world.ctx = replace(ctx, new_id=lambda: self._make(of, ctx.new_id))
        world.desk._ctx = world.ctx

    def _make(self, what: str, make: Callable[[], str]) -> str:
        if self.times > 0:
            self.times -= 1
            raise RuntimeError(f"no more {what}s")
        return make()


async def test_an_older_chip_does_not_displace_a_later_one(storage: Storage) -> None:
    world, phone = await asked(storage)
    await phone.taps("1")
    await phone.reads()
    prompt = await said(phone)
    first, second = (Tap(token=prompt.token or "", value=chip.value) for chip in prompt.chips[:2])
    await phone.acts(second, number=600)
    await phone.acts(first, number=599)

    assert (await answers(world))["reason"].choice == second.value.removeprefix("c.")
    await phone.reads()
    shown = next(b.prompt for b in phone.chat.values() if b.prompt.kind == "reason")
    assert [c.value for c in shown.chips if c.label.startswith("✓")] == [second.value]


async def test_a_form_opens_only_where_there_is_a_reason_question(storage: Storage) -> None:
    surveys = [
        s.model_dump(mode="json", by_alias=True) | {"reasons": {}} for s in standard().surveys
    ]
    live = varied(surveys=surveys, triggers={"checkout": {"after": "0s"}})
    world = World(storage, live)
    phone = Phone(world)
    await phone.starts(await world.customer("kim"))
    await world.happens("order.paid", "kim")
    await phone.reads()
    tap = phone.button("5")
    await phone.acts(tap)

    assert await phone.reads() == ["notice", "chosen", "thanks"]
    assert (await phone.acts(replace(tap, value="write"))).form is None


async def test_an_edit_of_what_was_never_said_is_nothing(storage: Storage) -> None:
    world, _ = await asked(storage)
    (invitation,) = await world.storage.read(
        lambda tx: [
            i for e in tx.events.of_occasions(["o1"]) for i in tx.invitations.of_event(e.id)
        ]
    )
    edit = (Revise("reason_done", "why", 9, {"score": 5}),)

    await world.write(lambda tx: apply(tx, world.ctx, invitation, edit, DeliveryClass.EDIT))
    told = await world.storage.read(lambda tx: tx.deliveries.of_invitation(invitation.id))
    assert [d.kind for d in told] == ["question"]


async def test_what_is_stored_twice_for_later_is_stored_once(storage: Storage) -> None:
    world = World(storage)
    row = InboxEntry(
        id="i1",
        source="event:shop",
        key="e",
        digest="d",
        received_at=NOON,
        state=InboxState.FAILED,
    )
    store = partial(store_unhandled, ctx=world.ctx)

    assert await world.write(lambda tx: store(tx, entry=row)) == "new"
    again = replace(row, id="i2")
    assert await world.write(lambda tx: store(tx, entry=again)) == "duplicate"


async def test_a_program_version_that_never_was_is_not_found(storage: Storage) -> None:
    world = World(storage)

    with pytest.raises(NotFound, match="program version"):
        await world.storage.read(lambda tx: world.ctx.program_of(tx, "nothing"))


async def test_a_dialogue_that_never_ends_is_ended(storage: Storage) -> None:
    world, phone = await asked(storage)
    toasts = [await phone.acts(phone.button(value)) for value in "12" * MOST_STEPS]

    told = await world.storage.read(
        lambda tx: tx.deliveries.in_state(DeliveryState.SUPPRESSED, 999)
    )
    assert len(told) <= MOST_STEPS
    assert toasts[-1].toast == "마감된 설문이에요"
    assert (await answers(world))["score"].score in (1, 2)
