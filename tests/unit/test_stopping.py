"""A stop word counts at once; what she meant by it may be said afterwards."""

import pytest

from surveys.interview import Interview, Phase
from surveys.model import Command, Json, Person, Prompt, Typed
from surveys.ports import Storage
from tests.phones import Phone
from tests.unit.test_talking import asked, person, said
from tests.world import NOON, World


async def phase(world: World) -> Phase:
    def look(tx: Json) -> Phase:
        (event,) = tx.events.of_occasions(["o1"])
        (invitation,) = tx.invitations.of_event(event.id)
        return Interview.from_json(invitation.interview).phase

    return await world.storage.read(look)


async def stopped(storage: Storage) -> tuple[World, Phone, Prompt]:
    """A customer with an open question who has just said the word."""
    world, phone = await asked(storage)
    await phone.acts(Typed(text="그만 받을래요"))
    return world, phone, await said(phone)


def values(prompt: Prompt) -> list[str]:
    return [button.value for button in prompt.controls]


def standing(customer: Person) -> tuple[bool, bool]:
    return customer.opted_out_at is not None, customer.paused_until is not None


async def test_the_word_alone_stops_everything(storage: Storage) -> None:
    world, _, shown = await stopped(storage)

    assert (await person(world)).opted_out_at == NOON
    assert shown.text.startswith("앞으로 설문을 보내지 않을게요.")
    assert values(shown) == ["stop.survey", "stop.pause", "undo"]


@pytest.mark.parametrize(
    ("value", "state", "now", "text"),
    [
        ("stop.pause", (False, True), Phase.ASKED, "30일"),
        ("stop.survey", (False, False), Phase.STOPPED, "이 질문은"),
        ("undo", (False, False), Phase.ASKED, "다시 설문을 보내 드릴게요"),
    ],
)
async def test_the_narrower_choices_take_the_stop_back_that_far(
    storage: Storage, value: str, state: tuple[bool, bool], now: Phase, text: str
) -> None:
    world, phone, _ = await stopped(storage)
    count = len(phone.chat)
    await phone.taps(value, "notice")

    shown = await said(phone)
    assert (standing(await person(world)), await phase(world)) == (state, now)
    assert text in shown.text
    assert len(phone.chat) == count
    assert value not in values(shown)


async def test_one_scope_after_another_leaves_only_the_last(storage: Storage) -> None:
    world, phone, _ = await stopped(storage)
    for value in ("stop.survey", "stop.pause", "stop.all", "stop.pause", "undo", "stop.survey"):
        await phone.taps(value, "notice")
        await phone.reads()

    assert (standing(await person(world)), await phase(world)) == ((False, False), Phase.STOPPED)


async def test_undo_counts_in_the_consent_ledger(storage: Storage) -> None:
    world, phone, _ = await stopped(storage)
    await phone.taps("undo", "notice")

    kim = (await person(world)).id
    consents = await world.storage.read(lambda tx: tx.consents.of_person(kim))
    assert [(c.granted, c.source) for c in consents[-2:]] == [
        (False, "stop_command"),
        (True, "stop_menu"),
    ]


async def test_where_nothing_is_open_there_is_no_single_question_to_stop(storage: Storage) -> None:
    world = World(storage)
    phone = Phone(world)
    await phone.starts(await world.customer("kim"))
    await phone.acts(Command(name="stop"))

    assert values(await said(phone)) == ["stop.pause", "undo"]


async def test_the_same_tap_twice_changes_nothing(storage: Storage) -> None:
    world, phone, _ = await stopped(storage)
    tap = phone.button("stop.pause", "notice")
    await phone.acts(tap)
    first = await person(world)
    await world.later(hours=1)
    await phone.acts(tap)

    assert (await person(world)).paused_until == first.paused_until


async def test_a_tap_that_was_overtaken_by_a_later_one_is_history(storage: Storage) -> None:
    world, phone, _ = await stopped(storage)
    early, late = phone.button("stop.pause", "notice"), phone.button("undo", "notice")
    await phone.acts(late, number=90)
    await phone.acts(early, number=89)

    assert standing(await person(world)) == (False, False)


async def test_nobody_else_can_tap_her_menu(storage: Storage) -> None:
    world, phone, _ = await stopped(storage)
    thief = Phone(world, "6666")
    await thief.starts(await world.customer("lee"))
    receipt = await thief.acts(phone.button("undo", "notice"))

    assert receipt.forged == "token"
    assert standing(await person(world)) == (True, False)


async def test_a_value_that_no_menu_has_is_refused(storage: Storage) -> None:
    world, phone, _ = await stopped(storage)
    tap = phone.button("undo", "notice")
    receipt = await phone.acts(type(tap)(token=tap.token, value="erase.yes"))

    assert receipt.forged
    assert standing(await person(world)) == (True, False)


async def test_languages_are_buttons(storage: Storage) -> None:
    world, phone = await asked(storage)
    await phone.acts(Typed(text="/lang"))
    assert values(await said(phone)) == ["lang.ko", "lang.en"]
    receipt = await phone.taps("lang.en", "notice")

    assert receipt.toast == "Saved"
    assert (await said(phone)).text == "I will ask in English from now on."
    assert (await person(world)).locale == "en"


async def test_privacy_tells_the_version_she_agreed_to(storage: Storage) -> None:
    _, phone = await asked(storage)
    await phone.acts(Typed(text="개인정보 안내"))

    text = (await said(phone)).text
    assert "11월 2일 (월)에 동의문 1 버전에 동의하셨어요" in text
    assert "/delete" in text


async def test_a_rest_is_taken_and_ended_by_command(storage: Storage) -> None:
    world, phone = await asked(storage)
    await phone.acts(Command(name="pause"))
    shown = await said(phone)
    assert (standing(await person(world)), values(shown)) == (
        (False, True),
        ["stop.all", "undo"],
    )

    await phone.acts(Command(name="unpause"))
    assert standing(await person(world)) == (False, False)
    assert "다시 설문을 보내 드릴게요" in (await said(phone)).text


async def test_a_rest_takes_back_no_stop(storage: Storage) -> None:
    world, phone, _ = await stopped(storage)
    await phone.acts(Command(name="pause"))

    assert standing(await person(world)) == (True, False)
    assert values(await said(phone)) == ["stop.pause", "undo"]


async def test_a_rest_that_overtook_a_later_choice_changes_nothing(storage: Storage) -> None:
    world, phone = await asked(storage)
    await phone.acts(Command(name="stop"), number=90)
    await phone.acts(Command(name="unpause"), number=89)

    assert standing(await person(world)) == (True, False)
