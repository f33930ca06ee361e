"""surveys.stored_programs: ProgramVersions, ProgramDrafts and PlannedPublishes."""

from dataclasses import replace

import pytest

from surveys.errors import AlreadyStored
from surveys.model import InvitationState
from surveys.ports import Storage, UnitOfWork
from surveys.service.at_stake import AtStake, at_stake, everything
from surveys.stored_programs import (
    Owner,
    PlannedPublish,
    PlanState,
    ProgramDraft,
    ProgramVersion,
    Source,
    UnderWay,
)
from tests.contract import examples as ex


def version(number: int) -> ProgramVersion:
    return ProgramVersion(
        number=number,
        hash=f"hash-{number}",
        text="# 봄\ncompany: {}\n",
        owners={"survey:a": Owner.GIT, "contact_rules": Owner.CONSOLE},
        author="cli:ann",
        source=Source.APPLY,
        published_at=ex.at(number),
        note="첫 판",
    )


async def test_the_greatest_number_is_in_force(store: Storage) -> None:
    back = replace(version(3), reverts=1, source=Source.REVERT)

    await ex.store_all(store, lambda tx: tx.program_versions.add, version(1), back, version(2))

    def read(tx: UnitOfWork) -> tuple[object, ...]:
        return tx.program_versions.newest(), tx.program_versions.in_force()

    assert await store.read(read) == (back, "hash-3")
    assert await store.read(lambda tx: tx.program_versions.get(2)) == version(2)
    assert await store.read(lambda tx: tx.program_versions.get(4)) is None


async def test_nothing_is_in_force_at_first(store: Storage) -> None:
    def read(tx: UnitOfWork) -> tuple[object, ...]:
        versions = tx.program_versions
        return versions.newest(), versions.in_force(), versions.history(9)

    assert await store.read(read) == (None, None, ())


async def test_history_is_told_backwards_a_page_at_a_time(store: Storage) -> None:
    await ex.store_all(store, lambda tx: tx.program_versions.add, *map(version, (1, 2, 3, 4)))

    assert await store.read(lambda tx: tx.program_versions.history(2)) == (version(4), version(3))
    second = await store.read(lambda tx: tx.program_versions.history(9, before=3))
    assert second == (version(2), version(1))


async def test_whoever_comes_second_does_not_get_the_number(store: Storage) -> None:
    await ex.store_all(store, lambda tx: tx.program_versions.add, version(1))

    with pytest.raises(AlreadyStored):
        await store.write(lambda tx: tx.program_versions.add(replace(version(1), text="")))

    assert await store.read(lambda tx: tx.program_versions.newest()) == version(1)


async def test_there_is_one_draft_of_a_part(store: Storage) -> None:
    first = ProgramDraft(
        part="survey:b", base=1, content={"thanks": {"ko": "고맙"}}, author="a", saved_at=ex.at(1)
    )
    other = replace(first, part="survey:a")
    again = replace(first, base=2, content={}, author="b", saved_at=ex.at(2))

    await ex.store_all(store, lambda tx: tx.program_drafts.put, first, other, again)

    assert await store.read(lambda tx: tx.program_drafts.all()) == (other, again)
    assert await store.read(lambda tx: tx.program_drafts.get("survey:b")) == again

    await store.write(lambda tx: tx.program_drafts.remove("survey:b"))
    await store.write(lambda tx: tx.program_drafts.remove("survey:b"))

    assert await store.read(lambda tx: tx.program_drafts.all()) == (other,)


async def test_asks_that_are_not_over_are_counted_by_trigger_and_survey(store: Storage) -> None:
    def asks(tx: UnitOfWork) -> None:
        for name, state, trigger in (
            ("i1", InvitationState.WAITING, "checkout"),
            ("i2", InvitationState.OPEN, "checkout"),
            ("i3", InvitationState.OPEN, "checkout"),
            ("i4", InvitationState.OPEN, "delivery"),
            ("i5", InvitationState.EXPIRED, "support"),
        ):
            ask = ex.invitation(name, occasion=name)
            tx.invitations.add(replace(ask, state=state, trigger=trigger))

    await store.write(asks)

    survey = ex.invitation("i1").survey
    assert await store.read(lambda tx: tx.program_versions.under_way()) == (
        UnderWay(trigger="checkout", survey=survey, waiting=1, open=2),
        UnderWay(trigger="delivery", survey=survey, waiting=0, open=1),
    )
    both = (f"survey:{survey}", "trigger:checkout", "trigger:nowhere")
    assert await store.read(lambda tx: at_stake(tx, both)) == AtStake(waiting=1, open=3)
    assert await store.read(lambda tx: at_stake(tx, ["trigger:delivery"])) == AtStake(
        waiting=0, open=1
    )
    assert await store.read(lambda tx: at_stake(tx, ["contact_rules"])) == AtStake(
        waiting=1, open=3
    )
    assert await store.read(lambda tx: at_stake(tx, [])) == AtStake(waiting=0, open=0)
    assert await store.read(everything) == AtStake(waiting=1, open=3)


def planned(name: str, minute: float) -> PlannedPublish:
    return PlannedPublish(
        id=name,
        trigger="cart",
        parts=("survey:cart-csat", "trigger:cart"),
        drafts={"trigger:cart": ex.at(0).isoformat()},
        author="staff:minji",
        side=Owner.CONSOLE,
        source=Source.CONSOLE,
        base=3,
        take=(),
        note="봄 행사",
        named="program",
        text="# 봄\ncompany: {}\n",
        digest="d",
        shown={"changes": [{"part": "trigger:cart", "fields": [{"key": "share", "new": 0.1}]}]},
        first=None,
        decided_at=ex.at(0),
        wall="2026-11-23T09:00",
        zone="Asia/Seoul",
        due_at=ex.at(minute),
    )


async def test_planned_publishes_wait_for_their_time_and_end_once(store: Storage) -> None:
    late, soon, later = planned("a", 9), planned("b", 3), planned("c", 9)
    await ex.store_all(store, lambda tx: tx.planned_publishes.add, late, soon, later)

    def look(tx: UnitOfWork) -> tuple[object, ...]:
        rows = tx.planned_publishes
        return rows.waiting(), rows.due(ex.at(3), 9), rows.due(ex.at(2), 9), tx.next_due()

    assert await store.read(look) == ((soon, late, later), (soon,), (), ex.at(3))

    done = replace(soon, state=PlanState.PUBLISHED, ended_at=ex.at(4), number=4)
    why = {"code": "moved", "parts": ["trigger:cart"]}
    refused = replace(late, state=PlanState.REFUSED, ended_at=ex.at(9), why=why)
    await ex.store_all(store, lambda tx: tx.planned_publishes.save, done, refused)

    assert await store.read(lambda tx: tx.planned_publishes.get("a")) == refused
    assert await store.read(lambda tx: tx.planned_publishes.ended(9)) == (refused, done)
    assert await store.read(lambda tx: tx.planned_publishes.ended(1)) == (refused,)
    assert await store.write(lambda tx: tx.planned_publishes.due(ex.at(99), 9)) == (later,)
    assert await store.read(lambda tx: tx.next_due()) == ex.at(9)
