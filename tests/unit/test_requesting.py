"""surveys.service.requesting: staff ask for a question, and every rule is asked whether it may be."""

from typing import Any

import pytest

from surveys.errors import NotFound
from surveys.model import Address, Channel, Command
from surveys.ports import Storage, UnitOfWork
from surveys.program import REQUESTED, Program
from surveys.service.requesting import SOURCE, Requested, request
from surveys.service.scanning import newcomer
from tests.phones import ACCOUNT, Phone
from tests.programs import standard, varied
from tests.world import World

MESSAGE = "slack:T1/C1/1.2"
AT_ONCE: dict[str, Any] = {"checkout": {"after": "0s"}}


async def shop(
    storage: Storage | None = None, program: Program | None = None, *, consent: bool = True
) -> tuple[World, Phone]:
    world = World(storage, program or varied(triggers=AT_ONCE))
    phone = Phone(world)
    await phone.starts(await world.customer("kim"))
    return world, phone


def hers(tx: UnitOfWork) -> Address:
    address = tx.addresses.find(Channel.TELEGRAM, ACCOUNT, "7001")
    assert address is not None
    return address


async def asked_for(world: World, trigger: str = "checkout", message: str = MESSAGE) -> Requested:
    return await world.write(
        lambda tx: request(tx, world.ctx, hers(tx), trigger, message, "slack:UOPER")
    )


def told(requested: Requested) -> tuple[str, str, bool]:
    assert requested.verdict is not None
    return requested.verdict.kind.value, requested.verdict.rule, requested.is_new


async def test_the_question_comes_by_the_way_of_every_event(storage: Storage) -> None:
    world, phone = await shop(storage)

    assert told(await asked_for(world)) == ("held", "turn", True)
    assert await phone.reads() == ["notice", "question"]
    (explained,) = await world.why("kim")
    assert [decision.trigger for decision in explained.decisions] == ["checkout"]
    event = explained.event.event
    assert (event.source, event.type, event.subject) == (
        SOURCE,
        "trigger.requested.checkout",
        MESSAGE,
    )
    (deed,) = await world.storage.read(lambda tx: tx.audit.newest(1))
    assert (deed.act, deed.by, deed.subject) == (
        "request",
        "slack:UOPER",
        explained.event.person_id,
    )


async def test_asked_for_twice_it_is_asked_once_and_the_second_learns_how_it_stands(
    storage: Storage,
) -> None:
    world, phone = await shop(storage)
    await asked_for(world)
    before = await phone.reads()

    kind, _, is_new = told(await asked_for(world))
    assert (kind, is_new) == ("asked", False)
    assert await phone.reads() == before
    deeds = await world.storage.read(lambda tx: tx.audit.newest(9))
    assert [deed.act for deed in deeds].count("request") == 1


async def test_another_message_asks_anew_and_the_cap_holds() -> None:
    world, phone = await shop()
    await asked_for(world)
    before = await phone.reads()

    kind, rule, is_new = told(await asked_for(world, "support", "slack:T1/C1/9.9"))
    assert (kind, rule, is_new) == ("skipped", "cap", True)
    assert await phone.reads() == before


async def test_who_opted_out_is_not_asked() -> None:
    world, phone = await shop()
    await phone.acts(Command(name="stop"))

    assert told(await asked_for(world))[0] == "skipped"
    assert "question" not in await phone.reads()


async def test_without_consent_it_waits_for_one() -> None:
    world, _ = await shop()

    def met_only(tx: UnitOfWork) -> Requested:
        ctx, telegram = world.ctx, Channel.TELEGRAM
        address = newcomer(tx, ctx, telegram, account=ACCOUNT, user="9", chat="9", locale=None)
        return request(tx, world.ctx, address, "checkout", MESSAGE, "slack:UOPER")

    assert told(await world.write(met_only))[:2] == ("held", "no_consent")


async def test_a_condition_on_data_that_a_request_lacks_does_not_fit_and_that_is_told() -> None:
    big = {"path": "amount", "gte": 1}
    world, phone = await shop(
        program=varied(triggers={"checkout": {**AT_ONCE["checkout"], "where": big}})
    )

    assert told(await asked_for(world))[:2] == ("skipped", "condition")
    assert "question" not in await phone.reads()


async def test_it_starts_its_own_trigger_alone_and_is_no_order_of_hers() -> None:
    world, _ = await shop(program=standard())
    await asked_for(world, "delivery")
    await world.happens("order.delivered", "kim")

    started = {
        e.event.event.type: {d.trigger: d for d in e.decisions} for e in await world.why("kim")
    }
    assert set(started[f"{REQUESTED}delivery"]) == {"delivery"}
    nth = started["order.delivered"]["recommend"].verdicts[0]
    assert (nth.rule, nth.values["this"]) == ("occurrence", 1)


@pytest.mark.parametrize("name", ["no-such", "recovery", "scan.checkout"])
async def test_only_what_an_event_starts_can_be_asked_for(name: str) -> None:
    world, _ = await shop()
    assert name not in [trigger.id for trigger in world.program.on_request]

    with pytest.raises(NotFound):
        await asked_for(world, name)
    assert await world.why("kim") == ()
