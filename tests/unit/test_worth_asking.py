"""Which solved cases are asked about: with a person in them, not cleared away, and once per resolution."""

from datetime import timedelta
from typing import Any

import pytest

from surveys.decisions import Facts, rule
from surveys.decisions.occasions import took_part
from surveys.model import Event, Json, Person
from surveys.ports import Storage, UnitOfWork
from surveys.program import Program
from surveys.service.occasions import subject_of
from surveys.service.reasons import in_words
from tests.programs import standard, varied
from tests.world import NOON, World

ASKED = ["released", "asked"]


def solved(data: Json = None, handler: str | None = None) -> Event:
    return Event(
        source="desk",
        id="e1",
        type="support.solved",
        subject="t1",
        time=NOON,
        data=data or {},
        handler=handler,
    )


def facts(event: Event, live: Program | None = None, **given: Any) -> Facts:
    live = live or standard()
    person = Person(id="p1", subject_id="s1", created_at=NOON, external_id="kim")
    return Facts(
        program=live,
        trigger=live.trigger("support"),
        event=event,
        now=NOON + timedelta(hours=1),
        salt="salt",
        person=person,
        known=True,
        reachable=True,
        **given,
    )


@pytest.mark.parametrize(
    ("data", "handler", "human"),
    [
        ({}, None, None),
        ({}, "jun", True),
        ({"agent_replies": 0}, "jun", False),
        ({"agent_replies": 2}, None, True),
        ({"agent_replies": True}, None, None),
        ({"agent_replies": "2"}, None, None),
        ({"handled_by": "person"}, None, True),
        ({"handled_by": "automation"}, "jun", False),
        ({"handled_by": "nobody"}, None, False),
    ],
)
def test_who_took_part_is_read_from_what_the_event_says(
    data: Json, handler: str | None, human: bool | None
) -> None:
    assert took_part(solved(data, handler)) is human


def held_rule(event: Event, live: Program | None = None, **given: Any) -> str:
    """Return the rule; without a consent whatever passes the case's own rules would stop earlier."""
    from tests.unit.test_decisions import AGREED  # noqa: PLC0415 only here

    return rule(facts(event, live, consents=(AGREED,), **given)).rule


def test_a_case_without_a_person_in_it_is_not_asked_about_and_one_that_tells_nothing_is() -> None:
    assert held_rule(solved({"agent_replies": 0})) == "no_human"
    assert held_rule(solved()) == "clear"
    live = varied(triggers={"support": {"worth_asking": {"human": False}}})
    assert held_rule(solved({"agent_replies": 0}), live) == "clear"


def test_a_burst_is_told_by_its_size_and_may_be_switched_off() -> None:
    burst = solved(handler="jun")

    assert held_rule(burst, burst=9) == "clear"
    assert held_rule(burst, burst=10) == "bulk_close"
    live = varied(triggers={"support": {"worth_asking": {"bulk": None}}})
    assert held_rule(burst, live, burst=99) == "clear"


def test_only_solved_cases_have_these_rules_unless_a_trigger_asks_for_them() -> None:
    live = varied(triggers={"delivery": {"worth_asking": {"bulk": {"cases": 2, "within": "1h"}}}})

    assert not standard().trigger("delivery").worth.human
    assert live.trigger("delivery").worth.human
    assert not standard().trigger("scan.support").worth.human


async def test_a_burst_is_seen_while_its_first_asks_still_wait(storage: Storage) -> None:
    live = varied(triggers={"support": {"worth_asking": {"bulk": {"cases": 3, "within": "10m"}}}})
    world = World(storage, live)
    await world.browser(await world.customer("kim"))
    for number in range(3):
        await world.customer(f"c{number}")
        name = "kim" if number == 0 else f"c{number}"
        await world.happens("support.solved", name, f"t{number}", handler="jun", id=f"e{number}")
        await world.happens("support.solved", name, f"t{number}", handler="jun")
        await world.later(minutes=2)
    await world.happens("support.solved", "c1", "alone", handler="mina", id="alone")
    await world.later(minutes=60)

    assert (await world.verdicts("e0"))[-1] == ("skipped", "bulk_close")
    assert ("skipped", "bulk_close") not in await world.verdicts("alone")
    for language, words in (("ko", "한꺼번에 정리된 문의"), ("en", "cleared away together")):
        told = "\n".join(in_words(await world.why("e0"), live, language))
        assert words in told
        assert "jun" in told


@pytest.mark.parametrize(
    ("language", "words"), [("ko", "상담원이 참여하지 않은 문의"), ("en", "nobody of the staff")]
)
async def test_what_says_that_no_human_took_part_is_kept_and_told(
    language: str, words: str
) -> None:
    world = World()
    await world.browser(await world.customer("kim"))
    data = {"handled_by": "automation", "title": "secret"}
    await world.happens("support.solved", "kim", "t1", id="e1", data=data)

    (explained,) = await world.why("e1")
    assert explained.event.event.data == {"handled_by": "automation"}
    assert explained.decisions[0].verdicts[0].values == {"seen": {"handled_by": "automation"}}
    told = "\n".join(in_words((explained,), world.program, language))
    assert words in told


async def test_each_resolution_is_asked_about_once(storage: Storage) -> None:
    free = {"cap": {"asks": 9, "days": 1}, "cooldown_days": 0, "quiet_hours": None}
    world = World(storage, varied(rules=free))
    session = await world.browser(await world.customer("kim"))

    async def solve(name: str) -> list[str]:
        await world.happens("support.solved", "kim", "t1", id=name)
        await world.later(minutes=61)
        return [kind for kind, _ in await world.verdicts(name)][1:]

    assert await solve("first") == ["released"]
    await world.taps(session, "6")
    await world.happens("support.solved", "kim", "t1", id="repeat")
    assert await world.verdicts("repeat") == [("skipped", "already_asked_for_this_resolution")]
    for number in range(2):  # two notices of one reopening
        await world.happens("support.reopened", "kim", "t1", id=f"back{number}")
        await world.later(minutes=1)
    assert await solve("second") == ["released"]
    await world.taps(session, "7")
    await world.happens("support.solved", "kim", "t1", id="again")
    assert await world.verdicts("again") == [("skipped", "already_asked_for_this_resolution")]


async def test_the_helpdesks_own_number_of_a_resolution_counts(storage: Storage) -> None:
    free = {"cap": {"asks": 9, "days": 1}, "cooldown_days": 0, "quiet_hours": None}
    world = World(storage, varied(rules=free))
    await world.browser(await world.customer("kim"))
    kept = []
    for number, resolution in enumerate((1, "1", 2)):
        data = {"resolution_id": resolution}
        await world.happens("support.solved", "kim", "t1", id=f"e{number}", data=data)
        kept.append((await world.verdicts(f"e{number}"))[0][1])

    assert kept == ["delay", "already_asked_for_this_resolution", "delay"]


async def test_other_systems_know_a_later_resolution_by_its_case(storage: Storage) -> None:
    world = World(storage)
    kim = await world.customer("kim")
    await world.browser(kim)
    for number in (1, 2):
        data = {"resolution_id": number}
        await world.happens("support.solved", "kim", "t1", id=f"e{number}", data=data)

    def look(tx: UnitOfWork) -> list[tuple[str, str]]:
        asks = tx.invitations.live_of_person(kim)
        return [(ask.occasion, subject_of(tx, ask)) for ask in asks]

    await world.happens("order.paid", "kim", "o1", id="paid")
    told = await world.storage.read(look)
    assert sorted(told) == [("o1", "o1"), ("t1#1", "t1"), ("t1#2", "t1")]
