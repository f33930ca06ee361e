"""Rows TG10 to TG12, TG14 to TG18 and TG21 to TG23: what customers do in Telegram, from update to answer."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from surveys.language.texts import say
from surveys.model import Json
from surveys.ports import Storage
from tests.fakes.telegram_faults import refuse
from tests.fakes.telegram_people import FakeUser, Message
from tests.fakes.telegram_shop import Shop, shop

COMMENT = "배송이 빨라요"
PICTURE = {"file_id": "f", "file_unique_id": "u", "width": 9, "height": 9}


@pytest.fixture
async def opened(storage: Storage) -> AsyncIterator[Shop]:
    async with shop(storage) as made:
        yield made


async def missed(made: Shop, *acts: Json) -> list[Json]:
    """Let acts happen while nobody listens; return their updates, oldest first."""
    hook, made.telegram.webhook = made.telegram.webhook, None
    for act in acts:
        await act
    updates, made.telegram.updates.waiting = made.telegram.updates.waiting, []
    made.telegram.webhook = hook
    return updates


def scales(user: FakeUser) -> list[Message]:
    """Return the messages on which a score can be tapped."""
    return [m for m in user.messages if m.labels and m.labels[0][0].removeprefix("✓ ") == "1"]


# --- TG10 to TG12 ---------------------------------------------------------------------------------


async def test_tg10_five_copies_of_an_update_two_of_them_at_once_are_one_act(opened: Shop) -> None:
    user = await opened.asked()
    (update,) = await missed(opened, user.tap(user.last, "4"))
    post = opened.telegram.post

    at_once = await asyncio.gather(post(update), post(update))
    statuses = [*at_once, *[await post(update) for _ in range(3)]]
    await opened.works(2)

    assert statuses == [200] * 5
    assert (await opened.answers())["score"].version == 1
    assert await opened.inbox(update)
    assert len(user.messages) == 3, "welcome, question, reason"


async def test_tg11_a_comment_that_overtakes_its_score_is_kept_with_it(opened: Shop) -> None:
    user = await opened.asked()
    score, comment = await missed(opened, user.say("4"), user.say(COMMENT))

    for update in (comment, score):
        assert await opened.telegram.post(update) == 200
    await opened.works(5)

    stored = await opened.answers()
    assert (stored["score"].score, stored["comment"].text) == (4, COMMENT)
    assert (await opened.interview(user)).thanked


async def test_tg11_of_two_scores_the_later_one_counts_in_whatever_order_they_come(
    opened: Shop,
) -> None:
    user = await opened.asked()
    question = user.last
    first, second = await missed(opened, user.tap(question, "1"), user.tap(question, "5"))

    for update in (second, first):
        assert await opened.telegram.post(update) == 200
    await opened.works(3)

    assert (await opened.answers())["score"].score == 5
    assert say("ko", "chosen", score="5") in question.text


async def test_tg12_ids_that_start_lower_after_a_quiet_quarter_are_not_old(opened: Shop) -> None:
    user = await opened.asked()
    await user.tap(user.last, "4")
    await opened.later(days=91)
    opened.telegram.updates.next_id = 12
    await opened.world.happens("order.paid", "kim", "o2")
    await opened.works(1)

    await user.tap(user.last, "2")
    await user.say(COMMENT)

    stored = await opened.answers("o2")
    assert (stored["score"].score, stored["comment"].text) == (2, COMMENT)


# --- TG14, TG15 -----------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["/resume", "이어하기"])
@pytest.mark.parametrize("language", ["ko", "en"])
async def test_tg14_after_a_lost_tap_the_question_can_be_called_back(
    opened: Shop, language: str, word: str
) -> None:
    """Telegram forgets button presses that nobody fetched for 150 s."""
    user = await opened.asked(language=language)
    question = user.last
    lost = await missed(opened, user.tap(question, "4"))
    opened.telegram.queries.expire()

    await user.say(word)
    await opened.works(3)
    assert (question.text.split("\n")[-1], question.labels) == (say(language, "moved"), [])
    await user.tap(user.last, "4")
    await opened.works(3)

    assert len(lost) == 1
    assert (await opened.answers())["score"].score == 4
    assert any(say(language, "chosen", score="4") in message.text for message in user.messages)


async def test_tg14_a_lost_tap_on_a_reason_can_be_made_again_or_the_question_called_back(
    opened: Shop,
) -> None:
    user = await opened.asked()
    await user.tap(user.last, "1")
    await opened.works(2)
    reason = user.last
    chip = reason.labels[0][0]
    await missed(opened, user.tap(reason, chip))

    await user.say("/resume")
    await opened.works(3)
    assert (reason.labels, user.last.labels[0]) == ([], [chip])
    await user.tap(user.last, chip)
    await opened.works(3)

    assert (await opened.answers())["reason"].choice
    await user.say("/resume")
    await opened.works(2)
    assert user.last.text == say("ko", "notice.help", company="초록마켓")


@pytest.mark.parametrize("again", ["the same button", "a typed score"])
async def test_tg14_a_lost_tap_can_be_made_again_without_calling_anything_back(
    opened: Shop, again: str
) -> None:
    user = await opened.asked()
    question = user.last
    await missed(opened, user.tap(question, "4"))

    await (user.tap(question, "4") if again == "the same button" else user.say("4점"))

    assert (await opened.answers())["score"].score == 4


async def test_tg15_a_press_too_old_to_be_answered_is_stored_all_the_same(opened: Shop) -> None:
    user = await opened.asked()
    too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    opened.telegram.fail("answerCallbackQuery", refuse(400, too_old))

    await user.tap(user.last, "4")
    await opened.works(2)

    assert (await opened.answers())["score"].score == 4
    assert opened.telegram.webhook_statuses[-1] == 200
    assert opened.channel.health()["state"] == "ok"


# --- TG16, TG17 -----------------------------------------------------------------------------------


async def test_tg16_a_double_tap_is_one_answer_and_both_taps_are_told_so(opened: Shop) -> None:
    user = await opened.asked()
    question = user.last
    taps = await missed(opened, user.tap(question, "4"), user.tap(question, "4"))

    await asyncio.gather(*(opened.telegram.post(tap) for tap in taps))
    await opened.works(2)

    assert sorted(user.toasts) == sorted([say("ko", "toast.saved"), say("ko", "toast.same")])
    assert (await opened.answers())["score"].version == 1
    assert len(user.messages) == 3


async def test_tg17_a_tap_on_the_earlier_copy_of_a_question_changes_its_answer_only(
    opened: Shop,
) -> None:
    user = await opened.asked()
    earlier = user.last
    one, five = earlier.data("1"), earlier.data("5")
    await user.say("/resume")
    await opened.works(3)
    await user.press(earlier, five)
    await opened.works(3)
    before, messages = await opened.interview(user), len(user.messages)

    await user.press(earlier, one)
    await opened.works(3)

    after = await opened.interview(user)
    assert ((await opened.answers())["score"].score, after.score) == (1, 1)
    assert (after.phase, after.live, after.reasoned) == (before.phase, "again", True)
    assert len(user.messages) == messages


async def test_tg17_a_tap_on_a_question_whose_time_is_up_is_told_so(opened: Shop) -> None:
    user = await opened.asked()
    question = user.last
    await opened.later(hours=25)

    await user.tap(question, "4")
    await opened.works(2)

    assert user.toasts == [say("ko", "toast.closed")]
    assert await opened.answers() == {}
    assert say("ko", "closed") in question.text


# --- TG18 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "claim"),
    [
        ("1:{other}:4", "token"),
        ("1:AAAAAAAAAAAAAAAAAAAAAA:4", "token"),
        ("drop table answer", "token"),
        ("1:{own}:6", "value"),
        ("1:{own}:99999999", "value"),
        ("1:{own}:c.nothing", "value"),
        ("1:{own}:approve", "value"),
    ],
)
async def test_tg18_a_forged_button_is_refused_logged_and_writes_nothing(
    opened: Shop, data: str, claim: str
) -> None:
    user, other = await opened.asked(), await opened.asked("lee", 32)
    own, foreign = (each.last.data("4").split(":")[1] for each in (user, other))
    before = (
        await opened.deliveries(),
        await opened.invitation(user),
        await opened.invitation(other),
    )

    with capture_logs() as logs:
        update = await user.press(user.last, data.format(own=own, other=foreign))
        await opened.works(2)

    (line,) = logs
    assert line == {
        "event": "security event",
        "log_level": "warning",
        "what": "forged button",
        "claim": claim,
        "source": "telegram:7001",
        "key": str(update["update_id"]),
        "user": "31",
    }
    assert user.toasts == [say("ko", "toast.foreign")]
    assert await opened.answers() == {}
    assert await opened.inbox(update) is None
    after = (
        await opened.deliveries(),
        await opened.invitation(user),
        await opened.invitation(other),
    )
    assert after == before


async def test_tg18_a_stranger_with_somebodys_button_is_refused_alike(opened: Shop) -> None:
    user = await opened.asked()
    thief = opened.telegram.user(66, "en")

    with capture_logs() as logs:
        await thief.press(None, user.last.data("1"))
        await opened.works(2)

    assert [line["event"] for line in logs] == ["security event"]
    assert thief.toasts == [say("en", "toast.foreign")]
    assert await opened.answers() == {}


# --- TG21, TG22 -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["👍" * 2048, "가" * 4000, "🇰🇷👩\u200d👧" * 500])
async def test_tg21_the_longest_text_of_a_customer_is_stored_whole(opened: Shop, text: str) -> None:
    user = await opened.asked()
    await user.tap(user.last, "4")
    await user.say(text)

    assert (await opened.answers())["comment"].text == text


FORWARD = {"type": "hidden_user", "date": 1, "sender_user_name": "x"}


@pytest.mark.parametrize(
    ("content", "notice"),
    [
        ({"voice": {"file_id": "f", "file_unique_id": "u", "duration": 3}}, "unsupported"),
        ({"photo": [PICTURE]}, "unsupported"),
        ({"text": "4", "forward_origin": FORWARD}, "forwarded"),
        ({"photo": [PICTURE], "caption": "4", "forward_origin": FORWARD}, "forwarded"),
    ],
)
async def test_tg22_what_is_no_text_of_hers_is_asked_for_in_writing(
    opened: Shop, content: Json, notice: str
) -> None:
    user = await opened.asked()

    with capture_logs() as logs:
        await user.send(**content)
        await opened.works(2)
    assert user.last.text == say("ko", f"notice.{notice}")
    assert (logs, await opened.answers()) == ([], {})
    await user.say("4")

    assert (await opened.answers())["score"].score == 4


async def test_tg22_an_album_gets_one_line_and_its_caption_counts(opened: Shop) -> None:
    user = await opened.asked()
    await user.tap(user.last, "2")
    await opened.works(2)
    messages = len(user.messages)

    await user.send(photo=[PICTURE], media_group_id="A1", caption="포장이 찢어졌어요")
    for _ in range(3):
        await user.send(photo=[PICTURE], media_group_id="A1")
    await opened.works(4)

    told = [message.text for message in user.messages[messages:]]
    assert told.count(say("ko", "notice.unsupported")) == 1
    assert len(told) == 2, "thanks, and that pictures are not passed on"
    assert (await opened.answers())["comment"].text == "포장이 찢어졌어요"


async def test_tg22_the_words_under_a_picture_are_taken_and_she_is_told_the_picture_is_not(
    opened: Shop,
) -> None:
    user = await opened.asked()

    await user.send(photo=[PICTURE], caption="4점")
    await opened.works(3)

    assert (await opened.answers())["score"].score == 4
    assert user.last.text == say("ko", "notice.words_only")


async def test_tg22_an_edited_score_is_its_next_version(opened: Shop) -> None:
    user = await opened.asked()
    question = user.last
    said = await user.say("4")
    await opened.works(2)

    await user.edit(said, "2점")
    await opened.works(2)

    stored = (await opened.answers())["score"]
    assert (stored.score, stored.version) == (2, 2)
    assert say("ko", "chosen", score="2") in question.text


async def test_tg22_an_edited_comment_is_its_next_version_in_its_place(opened: Shop) -> None:
    user = await opened.asked()
    await user.tap(user.last, "4")
    first, _ = await user.say("느려요"), await user.say("그래도 고마워요")
    await opened.works(3)
    messages = len(user.messages)

    edit = await user.edit(first, "조금 느려요")
    await opened.telegram.post(edit)
    await opened.works(2)

    comment = (await opened.answers())["comment"]
    assert (comment.text, comment.version) == ("조금 느려요\n그래도 고마워요", 3)
    assert [message.text for message in user.messages[messages:]] == [say("ko", "edited")]


async def test_tg22_an_edit_that_changes_no_word_of_the_comment_is_passed_over(
    opened: Shop,
) -> None:
    user = await opened.asked()
    await user.tap(user.last, "4")
    said = [await user.say(text) for text in ("느려요", "그래도 고마워요")]
    await opened.works(3)
    messages = len(user.messages)

    for each in said:
        await user.edit(each, each["message"]["text"])
    await opened.works(2)

    assert (await opened.answers())["comment"].version == 2
    assert len(user.messages) == messages


async def test_tg22_an_edit_into_a_score_answers_the_open_question(opened: Shop) -> None:
    user = await opened.asked()
    said = await user.say("음")
    await user.edit(said, "4")

    assert (await opened.answers())["score"].score == 4


async def test_tg22_an_edit_of_something_else_changes_nothing_but_a_stop_is_heard(
    opened: Shop,
) -> None:
    user = await opened.asked()
    start = await user.say("/start")
    await user.tap(scales(user)[-1], "4")
    await opened.works(3)
    messages = len(user.messages)

    await user.edit(start, "아무 말")
    await user.edit(start, "/start")
    await opened.works(2)
    assert [m.text for m in user.messages[messages:]] == [say("ko", "notice.edited")] * 2
    assert "comment" not in await opened.answers()
    await user.edit(start, "그만")
    await opened.works(2)

    assert user.last.text == say("ko", "notice.stopped")


# --- TG23 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_tg23_a_start_without_a_good_link_is_always_answered_alike(
    opened: Shop, language: str
) -> None:
    lee = await opened.world.customer("lee")
    used, expired = await opened.link(lee), await opened.link(lee)
    await opened.telegram.user(77, language).start(used)
    opened.world.clock.at += timedelta(days=400)
    payloads = ("", "A" * 22, "x", "1:2!", "A" * 64, used, expired)

    replies = []
    for number, payload in enumerate(payloads):
        stranger = opened.telegram.user(200 + number, language)
        await stranger.start(payload)
        await opened.works(1)
        replies.append([message.text for message in stranger.messages])

    company = {"ko": "초록마켓", "en": "Green Market"}[language]
    assert replies == [[say(language, "notice.start", company=company)]] * len(payloads)


# --- TG25 -----------------------------------------------------------------------------------------


async def test_tg25_what_is_nothing_to_us_leaves_no_trace(opened: Shop) -> None:
    user = await opened.asked()
    before = await opened.invitation(user)
    group = {"id": -100, "type": "supergroup", "title": "x"}
    message = {"message_id": 1, "date": 1, "from": user.account(), "chat": group, "text": "4"}
    strange = [
        {"update_id": 900_000, "something_of_next_year": {"from": user.account()}},
        {"update_id": 900_001, "message": message},
        {"update_id": 900_002, "message": {**message, "chat": user.chat(), "text": None}},
    ]

    statuses = [await opened.telegram.post(update) for update in strange]
    await opened.works(2)

    assert statuses == [200] * 3
    assert [await opened.inbox(update) for update in strange] == [None] * 3
    assert (await opened.answers(), await opened.invitation(user)) == ({}, before)
