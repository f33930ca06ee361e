"""surveys.ports.Invitations."""

from dataclasses import replace

from surveys.model import Channel, InvitationState
from surveys.ports import Storage, UnitOfWork
from tests.contract import examples as ex


async def test_an_invitation_comes_back_whole_and_as_last_saved(world: Storage) -> None:
    invitation = ex.invitation("i1", occasion="o1")
    sent = replace(
        invitation,
        state=InvitationState.OPEN,
        due_at=ex.at(3),
        hold_rule="quiet_hours",
        fell_due_on=ex.DAY,
        sent_at=ex.at(1),
        closes_at=ex.at(2),
        address_id="ann-tg",
        channel=Channel.TELEGRAM,
        language="ko",
        handler="agent-7",
        interview=ex.NESTED,
        wording="short-1",
        origin_id="i0",
    )

    await world.write(lambda unit: unit.invitations.add(invitation))
    assert await world.read(lambda unit: unit.invitations.get("i1")) == invitation
    assert await world.write(lambda unit: unit.invitations.look("i1")) == invitation

    await world.write(lambda unit: unit.invitations.save(sent))
    assert await world.read(lambda unit: unit.invitations.find("checkout", "ann", "o1")) == sent
    assert await world.read(lambda unit: unit.invitations.find("checkout", "ben", "o1")) is None


async def test_due_invitations_come_earliest_first_whatever_their_state(world: Storage) -> None:
    await ex.store_all(
        world,
        lambda unit: unit.invitations.add,
        ex.invitation("second", due_at=ex.at(2)),
        ex.invitation("first", due_at=ex.at(1), state=InvitationState.OPEN, created_at=ex.at(9)),
        ex.invitation("later", due_at=ex.at(5.01)),
        ex.invitation("never", due_at=None),
        ex.invitation("third", due_at=ex.at(5)),
    )

    due = await world.write(lambda unit: unit.invitations.due(ex.at(5), 9))
    assert [invitation.id for invitation in due] == ["first", "second", "third"]
    due = await world.write(lambda unit: unit.invitations.due(ex.at(5), 2))
    assert [invitation.id for invitation in due] == ["first", "second"]


async def test_live_invitations_are_waiting_or_open_oldest_first(world: Storage) -> None:
    def work(unit: UnitOfWork) -> None:
        for minute, state in enumerate(reversed(InvitationState)):
            live = ex.invitation(state.value, state=state, created_at=ex.at(minute))
            unit.invitations.add(live)
        unit.invitations.add(ex.invitation("bens", person_id="ben"))

    await world.write(work)

    live = await world.read(lambda unit: unit.invitations.live_of_person("ann"))
    assert [invitation.id for invitation in live] == ["open", "waiting"]


async def test_invitations_of_an_event(world: Storage) -> None:
    await ex.store_all(
        world,
        lambda unit: unit.invitations.add,
        ex.invitation("i2"),
        ex.invitation("i1", state=InvitationState.CLOSED),
        ex.invitation("other", event_id="event-2"),
    )

    found = await world.read(lambda unit: unit.invitations.of_event("event-1"))
    assert [invitation.id for invitation in found] == ["i2", "i1"]


async def test_invitations_that_go_back_to_the_answer_to_another(world: Storage) -> None:
    await ex.store_all(
        world,
        lambda unit: unit.invitations.add,
        ex.invitation("i2", origin_id="first"),
        ex.invitation("i1", origin_id="first", state=InvitationState.WITHDRAWN),
        ex.invitation("other", origin_id="second"),
        ex.invitation("first"),
    )

    found = await world.read(lambda unit: unit.invitations.of_origin("first"))
    assert [invitation.id for invitation in found] == ["i2", "i1"]
    assert await world.read(lambda unit: unit.invitations.of_origin("other")) == ()


async def test_a_persons_invitations_to_a_survey_come_newest_first(world: Storage) -> None:
    await ex.store_all(
        world,
        lambda unit: unit.invitations.add,
        ex.invitation("old", survey="s", created_at=ex.at(1)),
        ex.invitation("new", survey="s", created_at=ex.at(3)),
        ex.invitation("mid", survey="s", created_at=ex.at(2)),
        ex.invitation("newer", survey="s", created_at=ex.at(3)),
        ex.invitation("other", survey="t"),
        ex.invitation("bens", survey="s", person_id="ben"),
    )

    found = await world.read(lambda unit: unit.invitations.of_survey("ann", "s"))
    assert [invitation.id for invitation in found] == ["newer", "new", "mid", "old"]


async def test_a_token_leads_to_the_invitation_as_it_is_now_and_the_step(world: Storage) -> None:
    token = "Zk3-_abcDEF0123456789x"
    closed = ex.invitation("i1", state=InvitationState.CLOSED, due_at=None)

    def work(unit: UnitOfWork) -> None:
        unit.invitations.add(ex.invitation("i1"))
        unit.invitations.add_token(token, "i1", "reason")
        unit.invitations.add_token(token.lower(), "invitation-1", "score")
        unit.invitations.save(closed)

    await world.write(work)

    assert await world.read(lambda unit: unit.invitations.by_token(token)) == (closed, "reason")


async def test_what_a_rule_holds_longer_is_recalled_and_nothing_else(world: Storage) -> None:
    held = {"due_at": ex.at(9), "hold_rule": "quiet_hours"}
    others = (
        ex.invitation("open", **held, state=InvitationState.OPEN, occasion="1"),
        ex.invitation("ended", hold_rule="quiet_hours", due_at=None, occasion="2"),
        ex.invitation("capped", due_at=ex.at(9), hold_rule="cap", occasion="3"),
        ex.invitation("due", due_at=ex.at(4), hold_rule="quiet_hours", occasion="4"),
    )
    waits = ex.invitation("held", **held, occasion="5")
    await ex.store_all(world, lambda unit: unit.invitations.add, *others, waits)

    assert await world.write(lambda unit: unit.invitations.recall("quiet_hours", ex.at(5))) == 1

    left = await world.read(lambda unit: [unit.invitations.get(i.id) for i in (*others, waits)])
    assert left == [*others, replace(waits, due_at=ex.at(5))]
