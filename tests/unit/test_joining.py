"""What becomes of people who turn out to be one, and of a chat that was somebody else's."""

from dataclasses import replace
from datetime import timedelta

import pytest

from surveys.errors import InvalidInput, NotFound
from surveys.language.texts import say
from surveys.model import (
    Address,
    Channel,
    Command,
    Identifier,
    Json,
    Person,
    Started,
)
from surveys.ports import Storage, UnitOfWork
from surveys.service import identities
from surveys.service.people import CustomerUpsert, upsert
from tests.phones import Phone
from tests.programs import standard, varied
from tests.world import NOON, World

BY = "cli:min"


def at_once(**rules: Json) -> World:
    return World(
        program=varied(
            rules={"quiet_hours": None, **rules},
            triggers={t.id: {"after": "0s", "occurrence": None} for t in standard().triggers},
        )
    )


def over(world: World, storage: Storage) -> World:
    return World(storage, world.program)


async def known(world: World, query: str) -> Person:
    return await world.storage.read(lambda tx: identities.find_person(tx, query))


async def chat(world: World, user: str) -> Address:
    found = await world.storage.read(lambda tx: tx.addresses.find(Channel.TELEGRAM, "bot1", user))
    assert found is not None
    return found


async def join(world: World, kept: str, given: str) -> Person:
    return await world.write(lambda tx: identities.join_by_hand(tx, world.ctx, kept, given, BY))


async def split(world: World, user: str) -> Person:
    name = f"telegram:bot1:{user}"
    return await world.write(lambda tx: identities.split_by_hand(tx, world.ctx, name, BY))


async def two(storage: Storage, **rules: Json) -> tuple[World, Phone, Phone]:
    """Two customers, each with a chat of her own."""
    world = over(at_once(**rules), storage)
    kim, lee = Phone(world, "31"), Phone(world, "32")
    await kim.starts(await world.customer("kim"))
    await lee.starts(await world.customer("lee"))
    return world, kim, lee


async def asks(phone: Phone) -> int:
    return (await phone.reads()).count("question")


async def last_line(phone: Phone) -> str:
    await phone.reads()
    return list(phone.chat.values())[-1].prompt.text


def start_of(world: World) -> str:
    return say("ko", "notice.start", company=world.program.company.name["ko"])


async def test_joined_chats_share_one_clock(storage: Storage) -> None:
    world, kim, lee = await two(storage)
    await world.happens("order.paid", "kim", "o1")
    assert await asks(kim) == 1
    await join(world, "lee", "kim")
    world.clock.at += timedelta(days=1)
    await world.happens("support.solved", "lee", "t1")

    assert (await asks(kim), await asks(lee)) == (1, 0)
    assert (await world.verdicts("t1"))[-1][1] == "cap"


async def test_of_two_asks_in_the_outbox_one_goes_out_after_a_join(storage: Storage) -> None:
    world, kim, lee = await two(storage)
    await world.happens("order.paid", "kim", "o1")
    await world.happens("support.solved", "lee", "t1")
    await world.drain()
    await join(world, "kim", "lee")

    read = [await phone.reads() for phone in (kim, lee)]
    assert sum(kinds.count("question") for kinds in read) == 1
    (cohort,) = await world.storage.read(lambda tx: tx.reports.funnel(NOON.date(), NOON.date()))
    assert (cohort.invited, cohort.delivered) == (1, 1)


async def test_buttons_in_both_chats_go_on_working(storage: Storage) -> None:
    world, kim, lee = await two(storage)
    await world.happens("order.paid", "kim", "o1")
    assert await asks(kim) == 1
    await world.happens("support.solved", "lee", "t1")
    assert await asks(lee) == 1
    person = await join(world, "kim", "lee")
    await kim.taps("4")
    await lee.taps("6")

    answers = await world.storage.read(lambda tx: tx.answers.of_subject(person.subject_id))
    assert sorted(a.score for a in answers if a.score) == [4, 6]


async def test_of_one_occasion_only_one_is_asked(storage: Storage) -> None:
    world, *_ = await two(storage, cap={"asks": 9, "days": 1}, cooldown_days=0)
    await world.happens("order.paid", "kim", "o1", id="e1")
    await world.happens("order.paid", "lee", "o1", id="e2")
    person = await join(world, "kim", "lee")

    states = await world.storage.read(
        lambda tx: sorted(
            i.state.value
            for e in tx.events.of_person(person.id)
            for i in tx.invitations.of_event(e.id)
        )
    )
    assert states == ["waiting", "withdrawn"]
    assert ("withdrawn", "asked_already") in await world.verdicts("e2")


@pytest.mark.parametrize("stopped", ["kim", "lee"])
async def test_an_opt_out_of_either_holds(storage: Storage, stopped: str) -> None:
    world, kim, lee = await two(storage)
    phone = {"kim": kim, "lee": lee}[stopped]
    await phone.acts(Command(name="stop"))
    joined = await join(world, "kim", "lee")
    assert joined.opted_out_at == world.clock.now()

    world.clock.at += timedelta(hours=1)
    await split(world, "32")
    opted = {name: (await known(world, name)).opted_out_at is not None for name in ("kim", "lee")}
    assert opted == {"kim": stopped == "kim", "lee": stopped == "lee"}


async def test_an_opt_out_of_both_is_one_of_each_after_a_split(storage: Storage) -> None:
    world, kim, _ = await two(storage)
    await join(world, "kim", "lee")
    world.clock.at += timedelta(hours=1)
    await kim.acts(Command(name="stop"))
    await split(world, "32")

    assert (await known(world, "kim")).opted_out_at is not None
    assert (await known(world, "lee")).opted_out_at is not None


async def test_both_names_mean_the_kept_one_and_she_keeps_her_own_id(storage: Storage) -> None:
    world, *_ = await two(storage)
    kept = await join(world, "kim", "lee")
    mail = Identifier(namespace="crm", value="7")

    def again(tx: UnitOfWork) -> Person:
        given = CustomerUpsert(id="lee", locale="en", identifiers=(mail,))
        return upsert(tx, given, now=world.clock.now(), new_id=world.ctx.new_id)

    person = await world.write(again)
    await world.happens("order.paid", "lee", "o9")

    assert (person.id, person.external_id, person.locale) == (kept.id, "kim", "en")
    events = await world.storage.read(lambda tx: tx.events.of_person(kept.id))
    assert [stored.event.subject for stored in events] == ["o9"]


async def test_people_are_joined_once_and_nobody_with_herself(storage: Storage) -> None:
    world, *_ = await two(storage)
    await join(world, "kim", "lee")
    for kept, given in (("kim", "lee"), ("kim", "kim")):
        with pytest.raises(InvalidInput):
            await join(world, kept, given)
    with pytest.raises(NotFound):
        await join(world, "kim", "nobody")
    with pytest.raises(NotFound):
        await split(world, "99")


async def test_somebody_erased_is_joined_with_nobody(storage: Storage) -> None:
    world, *_ = await two(storage)
    kim = await known(world, "kim")
    await world.write(lambda tx: tx.people.save(replace(kim, erased_at=world.clock.now())))

    with pytest.raises(InvalidInput):
        await join(world, "lee", "kim")
    with pytest.raises(NotFound):
        await split(world, "31")


async def test_what_was_asked_since_goes_with_its_chat(storage: Storage) -> None:
    world, _, lee = await two(storage, cap={"asks": 9, "days": 1}, cooldown_days=0)
    await join(world, "kim", "lee")
    await world.write(lambda tx: tx.addresses.save(replace(_address(tx, "31"), reachable=False)))
    await world.happens("order.paid", "kim", "o1")
    assert await asks(lee) == 1
    await lee.taps("2")
    back = await split(world, "32")
    await lee.reads()
    await lee.taps("change", "chosen")

    assert back.external_id == "lee"
    mine, hers = [await known(world, name) for name in ("kim", "lee")]
    counted = await world.storage.read(
        lambda tx: [len(tx.answers.of_subject(p.subject_id)) for p in (mine, hers)]
    )
    assert counted == [0, 1]
    slots = await world.write(lambda tx: [len(tx.clocks.lock(p.id)) for p in (mine, hers)])
    assert slots == [0, 1]


def _address(tx: UnitOfWork, user: str) -> Address:
    found = tx.addresses.find(Channel.TELEGRAM, "bot1", user)
    assert found is not None
    return found


async def test_a_chat_that_was_always_hers_becomes_a_new_persons(storage: Storage) -> None:
    world, kim, _ = await two(storage)
    await world.happens("order.paid", "kim", "o1")
    assert await asks(kim) == 1
    before = await known(world, "kim")
    stranger = await split(world, "31")
    await kim.taps("5")

    found = await world.storage.read(lambda tx: tx.answers.of_subject(stranger.subject_id))
    assert [answer.score for answer in found] == [5]
    assert stranger.external_id is None
    consents = await world.storage.read(lambda tx: tx.consents.of_person(before.id))
    assert [consent.source for consent in consents] == ["test"]


async def test_a_join_brings_a_chat_back_that_was_split_off(storage: Storage) -> None:
    world, *_ = await two(storage)
    stranger = await split(world, "31")
    person = await join(world, "kim", stranger.id)

    assert (await chat(world, "31")).person_id == person.id
    assert await split(world, "31") == replace(stranger, joined_to=None)


async def test_the_trail_says_who_was_joined_and_by_whom(storage: Storage) -> None:
    world, *_ = await two(storage)
    kept = await join(world, "kim", "lee")
    back = await split(world, "32")

    deeds = await world.storage.read(lambda tx: tx.audit.newest(9))
    assert [(d.act, d.by, d.subject) for d in deeds] == [
        ("split", BY, back.id),
        ("join", BY, kept.id),
    ]
    told = await world.storage.read(lambda tx: identities.describe(tx, kept))
    assert (told["id"], told["joined"], len(told["chats"])) == ("kim", [], 1)


# --- links -------------------------------------------------------------------------------------------


async def test_a_link_joins_whoever_had_the_chat_before(storage: Storage) -> None:
    world = over(at_once(), storage)
    phone = Phone(world, "31")
    await phone.starts()
    stranger = (await chat(world, "31")).person_id
    await phone.acts(Command(name="lang", argument="en"))
    await phone.starts(await world.customer("kim"))
    kim = await known(world, "kim")

    (entry,) = await world.storage.read(lambda tx: tx.joinings.of_heir(kim.id))
    assert (entry.how, entry.giver_id, kim.locale) == ("link", stranger, "en")
    assert (await known(world, stranger)).id == kim.id


async def test_a_stop_before_the_link_is_lifted_by_opening_it(storage: Storage) -> None:
    """Her own later act, which shows her the text anew."""
    world = over(at_once(), storage)
    phone = Phone(world, "31")
    await phone.starts()
    await phone.acts(Command(name="stop"))
    world.clock.at += timedelta(minutes=1)
    await phone.starts(await world.customer("kim"))

    assert (await known(world, "kim")).opted_out_at is None
    stranger = await split(world, "31")
    assert stranger.opted_out_at is not None


async def test_of_another_customer_a_link_takes_the_chat_only(storage: Storage) -> None:
    world, kim, _ = await two(storage)
    await world.happens("order.paid", "kim", "o1")
    assert await asks(kim) == 1
    await kim.taps("4")
    lee, mine = await known(world, "lee"), await known(world, "kim")
    await kim.starts(lee.id)

    assert (await chat(world, "31")).person_id == lee.id
    kept = await world.storage.read(lambda tx: tx.answers.of_subject(mine.subject_id))
    assert len(kept) == 1
    assert (await split(world, "31")).id == mine.id
    assert (await chat(world, "31")).person_id == mine.id


async def test_a_link_opened_once_more_says_that_she_is_connected(storage: Storage) -> None:
    world = over(at_once(), storage)
    kim, other = Phone(world, "31"), Phone(world, "32")
    person = await world.customer("kim")
    await kim.starts(person)
    token = f"token{1:017}"
    await kim.acts(Started(token=token))
    assert await last_line(kim) == say("ko", "notice.connected")

    await other.acts(Started(token=token))
    assert await last_line(other) == start_of(world)


async def test_a_link_of_somebody_joined_since_leads_to_who_she_is(storage: Storage) -> None:
    world, *_ = await two(storage)
    lee = await known(world, "lee")
    await join(world, "kim", "lee")
    third = Phone(world, "33")
    await third.starts(lee.id)

    assert (await chat(world, "33")).person_id == (await known(world, "kim")).id


async def test_a_link_of_somebody_erased_opens_nothing(storage: Storage) -> None:
    world = over(at_once(), storage)
    person = await world.customer("kim")
    kim = await known(world, "kim")
    await world.write(lambda tx: tx.people.save(replace(kim, erased_at=world.clock.now())))
    phone = Phone(world, "31")
    await phone.starts(person)

    assert await last_line(phone) == start_of(world)
    assert (await chat(world, "31")).person_id != person
