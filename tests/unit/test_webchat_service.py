"""Web chat: the browser pulls, and what it pulls is sent."""

from datetime import timedelta
from functools import partial

from surveys.model import Bubble, Channel, Command, Prompt, Tap, Typed
from surveys.ports import Storage
from surveys.service.people import create_link
from surveys.service.webchat import SESSION_LASTS, waiting
from tests.programs import varied
from tests.world import NOON, World


async def asked(storage: Storage) -> tuple[World, str, str]:
    """A customer whose question waits for her browser."""
    world = World(storage, varied(triggers={"checkout": {"after": "0s"}}))
    person = await world.customer("kim")
    session = await world.browser(person)
    await world.happens("order.paid", "kim")
    await world.drain()
    return world, person, session


def kinds(bubbles: tuple[Bubble, ...]) -> list[str]:
    return [bubble.prompt.kind for bubble in bubbles]


async def test_a_link_opens_once_and_says_what_is_agreed_to(storage: Storage) -> None:
    world = World(storage)
    person = await world.customer("kim", consent=False)
    token = await world.write(
        lambda tx: create_link(tx, person, Channel.WEBCHAT, now=NOON, new_token=world.ctx.new_token)
    )

    opened = await world.desk.open(token)
    assert opened is not None
    assert (opened.language, opened.expires_at) == ("ko", NOON + SESSION_LASTS)
    assert opened.consent_text == world.program.consent.text["ko"]
    assert await world.desk.open(token) is None
    consents = await world.storage.read(lambda tx: tx.consents.of_person(person))
    assert [(c.granted, c.source) for c in consents] == [(True, "webchat_link")]


async def test_unknown_expired_and_foreign_links_are_all_the_same(storage: Storage) -> None:
    world = World(storage)
    person = await world.customer("kim")
    link = partial(create_link, person_id=person, now=NOON, new_token=world.ctx.new_token)
    late = await world.write(partial(link, channel=Channel.WEBCHAT, days=1))
    other = await world.write(partial(link, channel=Channel.TELEGRAM))
    world.clock.at += timedelta(days=1)

    for token in ("unknown", "", late, other):
        assert await world.desk.open(token) is None


async def test_a_session_ends_in_its_time_and_an_unknown_one_sees_nothing(storage: Storage) -> None:
    world, _, session = await asked(storage)

    assert await world.desk.transcript("unknown") is None
    assert await world.desk.act("unknown", "m1", 1, Typed(text="5")) is None
    world.clock.at += SESSION_LASTS
    assert await world.desk.transcript(session) is None


async def test_the_first_pull_sends_and_a_second_one_writes_nothing(storage: Storage) -> None:
    world, _, session = await asked(storage)
    day = NOON.date()
    (before,) = await world.storage.read(lambda tx: tx.reports.funnel(day, day))
    assert (before.invited, before.delivered) == (1, 0)

    first = await world.sees(session)
    (after,) = await world.storage.read(lambda tx: tx.reports.funnel(day, day))
    assert (after.invited, after.delivered) == (1, 1)
    assert await world.sees(session) == first


async def test_only_the_browser_that_was_asked_sees_the_question(storage: Storage) -> None:
    world, person, session = await asked(storage)
    assert kinds(await world.sees(session)) == ["question"]

    other = await world.browser(person)
    await world.drain()

    assert await world.sees(other) == ()
    assert kinds(await world.sees(session)) == ["question"]


async def test_a_question_that_no_browser_took_goes_where_she_opens_her_next_link(
    storage: Storage,
) -> None:
    world, person, phone = await asked(storage)
    day = NOON.date()

    desktop = await world.browser(person)
    await world.drain()

    assert kinds(await world.sees(desktop)) == ["question"]
    assert await world.sees(phone) == ()
    (counted,) = await world.storage.read(lambda tx: tx.reports.funnel(day, day))
    assert (counted.invited, counted.delivered) == (1, 1)


async def test_the_newest_browser_is_asked(storage: Storage) -> None:
    world = World(storage)
    person = await world.customer("kim")
    old = await world.browser(person)
    world.clock.at += timedelta(minutes=1)
    new = await world.browser(person)
    await world.happens("order.paid", "kim")
    await world.later(minutes=31)

    assert (await world.sees(old), kinds(await world.sees(new))) == ((), ["question"])


async def test_a_bubble_keeps_its_id_and_place_while_it_is_edited(storage: Storage) -> None:
    world, _, session = await asked(storage)
    (question,) = await world.sees(session)
    await world.taps(session, "2")
    chosen, reason = await world.sees(session)
    await world.taps(session, "change", "chosen")
    again, _ = await world.sees(session)

    assert question.id == chosen.id == again.id != reason.id
    assert [b.prompt.kind for b in (question, chosen, again)] == ["question", "chosen", "question"]
    assert question.prompt.token == again.prompt.token


async def test_several_edits_between_two_pulls_show_the_last(storage: Storage) -> None:
    world, _, session = await asked(storage)
    (question,) = await world.sees(session)
    for value in ("2", "change", "3"):
        await world.acts(session, Tap(token=question.prompt.token or "", value=value))

    chosen, reason = await world.sees(session)
    assert chosen.prompt.hint == "✓ 3점을 선택하셨어요"
    assert reason.prompt.text == "어떤 점이 아쉬우셨나요?"


async def test_a_repeat_of_a_message_is_a_duplicate(storage: Storage) -> None:
    world, _, session = await asked(storage)
    (question,) = await world.sees(session)
    tap = Tap(token=question.prompt.token or "", value="5")

    first = await world.desk.act(session, "m1", 1, tap)
    second = await world.desk.act(session, "m1", 1, tap)
    assert first is not None
    assert second is not None
    assert (first.duplicate, second.duplicate) == (False, True)


async def test_commands_and_words_work_in_the_browser(storage: Storage) -> None:
    world, _, session = await asked(storage)
    await world.desk.act(session, "x1", 1, Command(name="lang", argument="en"))

    bubbles = await world.sees(session)
    languages = {b.prompt.language for b in bubbles}
    assert (kinds(bubbles), languages) == (["question", "notice"], {"en"})
    await world.acts(session, Typed(text="stop"))
    last: Prompt = (await world.sees(session))[-1].prompt
    assert last.text.startswith("We will not send you surveys any more.")


async def test_an_opt_out_before_the_pull_takes_the_question_away(storage: Storage) -> None:
    world, person, session = await asked(storage)
    await world.acts(session, Typed(text="그만"))

    assert kinds(await world.sees(session)) == ["notice"]
    assert (await world.verdicts("kim"))[-1] == ("skipped", "consent_withdrawn")
    assert await world.write(lambda tx: tx.clocks.lock(person)) == ()


async def test_waiting_says_whether_a_pull_would_bring_anything(storage: Storage) -> None:
    world, person, session = await asked(storage)
    (address,) = await world.storage.read(lambda tx: tx.addresses.of_person(person))

    assert await world.storage.read(lambda tx: waiting(tx, world.ctx, address))
    await world.sees(session)
    assert not await world.storage.read(lambda tx: waiting(tx, world.ctx, address))
