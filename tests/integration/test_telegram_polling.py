"""The polling loop loses nothing, blocks on nothing, and says what is wrong."""

import asyncio
import logging
from collections.abc import Mapping

import pytest
from structlog.testing import capture_logs

from surveys.errors import StorageBusy
from surveys.model import Reached, Started, Tap, Typed
from tests.fakes.telegram_faults import (
    DROP_BEFORE,
    HTML,
    SERVER_ERROR,
    UNAUTHORIZED,
    Fault,
    flood,
    refuse,
)
from tests.fakes.telegram_kit import (
    NOW,
    TOKEN,
    Rig,
    address,
    question,
    rig,
    running,
    until,
)


def texts(made: Rig) -> list[str]:
    return [each.act.text for each in made.desk.acts if isinstance(each.act, Typed)]


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_a_dialogue_comes_in_and_presses_are_answered(language: str) -> None:
    async with rig() as made, running(made.channel()) as channel:
        user = made.telegram.user(31, language)
        made.desk.toast = {"ko": "저장했어요", "en": "Saved"}[language]

        await user.start("link-token")
        await until(lambda: made.desk.acts)
        await channel.messenger.send(address(), question(language), "d")
        await user.tap(user.last, "10")
        await until(lambda: user.toasts)
        await user.block()
        await user.unblock()
        await until(lambda: len(made.desk.acts) == 4)

    assert [each.act for each in made.desk.acts] == [
        Started(token="link-token"),
        Tap(token=TOKEN, value="10", message={"chat_id": 31, "message_id": user.last.message_id}),
        Reached(reachable=False),
        Reached(reachable=True),
    ]
    assert user.toasts == [made.desk.toast]
    assert made.desk.acts[1].at == NOW


async def test_only_the_kinds_that_are_read_are_asked_for() -> None:
    async with rig() as made, running(made.channel()):
        await until(lambda: made.telegram.updates.polls)
        await made.telegram.user(31).say("x")
        await until(lambda: made.desk.acts)

    first = made.telegram.calls("getUpdates")[0].arguments
    assert first == {
        "timeout": 1,
        "allowed_updates": ["message", "edited_message", "callback_query", "my_chat_member"],
    }


async def test_the_offset_moves_only_past_what_is_stored() -> None:
    async with rig() as made:
        made.desk.troubles = [StorageBusy(), StorageBusy()]
        user = made.telegram.user(31)
        await user.say("하나")
        await user.say("둘")
        async with running(made.channel()):
            await until(lambda: made.offset.saved)

    assert texts(made) == ["하나", "둘"]
    assert made.desk.tried == 4
    assert made.offset.saved == [500_002]


async def test_a_restart_goes_on_where_it_stopped() -> None:
    async with rig() as made:
        user = made.telegram.user(31)
        async with running(made.channel()):
            await user.say("하나")
            await until(lambda: made.offset.saved)
        await user.say("둘")
        async with running(made.channel()):
            await until(lambda: len(made.desk.acts) == 2)

    assert texts(made) == ["하나", "둘"]
    assert made.desk.tried == 2


async def test_f03_updates_that_repeat_after_a_crash_have_no_second_effect() -> None:
    async with rig() as made:
        user = made.telegram.user(31)
        await user.press(None, f"1:{TOKEN}:9")
        made.offset.busy = True
        async with running(made.channel()):
            await until(lambda: made.desk.acts and not made.telegram.updates.waiting)
        made.telegram.updates.forget_confirmations()
        made.offset.busy = False
        async with running(made.channel()):
            await until(lambda: made.offset.saved)

    assert len(made.desk.acts) == 1
    assert made.desk.tried == 2
    assert len(made.telegram.calls("answerCallbackQuery")) <= 1


async def test_tg12_ids_that_start_again_lower_are_taken() -> None:
    async with rig() as made, running(made.channel()):
        user = made.telegram.user(31)
        await user.say("하나")
        await until(lambda: texts(made) == ["하나"] and made.telegram.updates.polls > 1)
        made.telegram.updates.next_id = 12
        await user.say("일주일 뒤")
        await until(lambda: len(made.desk.acts) == 2)

    assert made.offset.value == 13


async def test_tg15_a_press_that_is_too_old_to_answer_still_counts() -> None:
    async with rig() as made:
        user = made.telegram.user(31)
        await user.press(None, f"1:{TOKEN}:9")
        made.telegram.queries.expire()
        async with running(made.channel()) as channel:
            await until(lambda: made.telegram.calls("answerCallbackQuery"))
            await user.say("다음")
            await until(lambda: texts(made))
            assert channel.health()["state"] == "ok"

    assert made.desk.acts[0].act == Tap(token=TOKEN, value="9")
    assert made.telegram.calls("answerCallbackQuery")[0].status == 400
    assert len(made.telegram.calls("answerCallbackQuery")) == 1


async def test_f12_poison_is_given_up_after_five_tries_and_others_go_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with rig() as made:
        made.desk.poison = lambda act: isinstance(act, Typed) and act.text == "poison"
        user = made.telegram.user(31)
        await user.say("poison")
        await user.say("9점")
        async with running(made.channel()):
            await until(lambda: made.desk.acts)

    assert texts(made) == ["9점"]
    assert made.desk.tried == 6
    assert "Gave up on Telegram update 500000 after 5 tries" in caplog.text


async def test_tg25_updates_of_any_shape_are_passed_over() -> None:
    async with rig() as made:
        await made.telegram.emit_raw({"update_id": 1, "message": "canary"})
        await made.telegram.emit_raw({"update_id": 3, "something_of_next_year": {}})
        async with running(made.channel()):
            await until(lambda: made.offset.saved)

    assert made.desk.tried == 0
    assert made.offset.value == 4


TERMINATED = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        ([refuse(409, TERMINATED)] * 3, "someone else receives this bot's updates"),
        ([UNAUTHORIZED] * 3, "AFTERTOUCH_TELEGRAM_TOKEN"),
        ([refuse(404, "Not Found")] * 3, "AFTERTOUCH_TELEGRAM_TOKEN"),
        ([refuse(400, "Bad Request: strange")] * 3, "strange"),
        ([SERVER_ERROR] * 4, "can't be reached (server_error)"),
        ([DROP_BEFORE, HTML, HTML, HTML], "can't be reached (not_json)"),
    ],
)
async def test_tg09_trouble_with_getting_updates_is_named_and_passes(
    faults: list[Fault], reason: str
) -> None:
    async with rig() as made:
        made.telegram.fail("getUpdates", *faults)
        async with running(made.channel()) as channel:
            made.pauses.watch = lambda: channel.health()["reason"]
            await made.telegram.user(31).say("9점")
            await until(lambda: made.desk.acts)
            await until(lambda: channel.health() == {"state": "ok", "reason": ""})

    assert any(reason in each for each in made.pauses.seen)
    assert texts(made) == ["9점"]
    assert min(made.pauses.asked[: len(faults)]) >= 0.5


async def test_a_flood_is_waited_out_as_told() -> None:
    async with rig() as made:
        made.telegram.fail("getUpdates", flood(17))
        await made.telegram.user(31).say("9점")
        async with running(made.channel()):
            await until(lambda: made.desk.acts)

    assert 17.0 in made.pauses.asked


async def test_tg09_a_second_poller_is_named_and_costs_no_update() -> None:
    """Both pollers hand in to one desk, as two processes on one database do."""
    words = [f"{number}번째" for number in range(20)]
    async with rig() as made:
        user = made.telegram.user(31)
        with capture_logs() as logs:
            async with (
                running(made.channel(long_poll=5)) as first,
                running(made.channel(long_poll=5)) as second,
            ):
                for word in words:
                    await user.say(word)
                    await asyncio.sleep(0.01)
                await until(lambda: any(_conflict(each.health()) for each in (first, second)))
                await until(lambda: len(texts(made)) >= len(words))

    assert sorted(texts(made)) == sorted(words)
    named = [line for line in logs if _conflict({"reason": str(line.get("problem", ""))})]
    assert {(line["event"], line["log_level"]) for line in named} == {("channel red", "warning")}
    assert min(made.pauses.asked) >= 0.05


def _conflict(health: Mapping[str, str]) -> bool:
    return health["reason"].startswith(
        "someone else receives this bot's updates: Conflict: terminated by other getUpdates request"
    )


async def test_refused_credentials_are_tried_again_only_after_a_long_while() -> None:
    async with rig() as made:
        made.telegram.fail("getUpdates", *[UNAUTHORIZED] * 8)
        async with running(made.channel()):
            await until(lambda: len(made.telegram.calls("getUpdates")) >= 8)

    assert max(made.pauses.asked) > 60


async def test_cancelling_ends_the_loop_at_once() -> None:
    async with rig() as made:
        async with running(made.channel(long_poll=300)):
            await until(lambda: made.telegram.updates.polls)
            began = asyncio.get_running_loop().time()

        assert asyncio.get_running_loop().time() - began < 150


async def test_a_server_that_does_not_hold_the_poll_open_is_not_hammered() -> None:
    async with rig() as made, running(made.channel(long_poll=0)):
        await until(lambda: len(made.telegram.calls("getUpdates")) > 3)

    assert 0.05 in made.pauses.asked


def said(number: int) -> dict[str, object]:
    message = {"from": {"id": 31}, "chat": {"id": 31}, "text": "9점"}
    return {"update_id": number, "message": message}


async def test_a_server_that_never_holds_the_poll_open_is_asked_ever_more_rarely() -> None:
    async with rig() as made, running(made.channel(long_poll=0)):
        await until(lambda: len(made.pauses.asked) > 6)

        assert made.pauses.asked[:5] == [0.05, 0.1, 0.2, 0.4, 0.5]

        made.pauses.asked.clear()
        await made.telegram.user(31).say("9점")
        await until(lambda: made.desk.acts and 0.05 in made.pauses.asked)


async def test_a_server_that_ignores_the_offset_is_not_hammered() -> None:
    async with rig() as made:
        update = said(8)

        async def always(arguments: object) -> object:
            return [update]

        made.telegram._get_updates = always  # type: ignore[method-assign]
        async with running(made.channel(long_poll=0)):
            await until(lambda: len(made.pauses.asked) > 2)

    assert len(made.desk.acts) == 1
    assert made.offset.saved == [9]


async def test_a_single_update_outside_a_list_is_taken() -> None:
    async with rig() as made:

        async def alone(arguments: object) -> object:
            return said(8)

        made.telegram._get_updates = alone  # type: ignore[method-assign]
        async with running(made.channel(long_poll=0)):
            await until(lambda: made.desk.acts)

    assert made.offset.value == 9


async def test_the_token_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    async with rig() as made:
        with caplog.at_level(logging.DEBUG):
            made.telegram.fail("getUpdates", HTML, DROP_BEFORE, UNAUTHORIZED)
            made.telegram.fail("answerCallbackQuery", HTML)
            async with running(made.channel()):
                await made.telegram.user(31).press(None, "x")
                await until(lambda: made.telegram.calls("answerCallbackQuery"))

    assert made.telegram.token.partition(":")[2] not in caplog.text
