"""surveys.service.planned and surveys.service.first_share: what is published at its time, what is not, and why."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from surveys.decisions import draw
from surveys.errors import BaseMoved, InvalidInput, NotFound, NotWaiting, PlannedAlready, UnfitTime
from surveys.model import Json
from surveys.ports import UnitOfWork
from surveys.program.document import read
from surveys.program.patching import edit, removed
from surveys.service.copies import Beat, beat_on, name_of
from surveys.service.drafting import drop_draft
from surveys.service.first_share import Portion, portion_of, publish_first
from surveys.service.pauses import pause, pauses
from surveys.service.planned import (
    Shown,
    call_off,
    carry_out,
    due_of,
    plan_drafts,
    plan_publish,
)
from surveys.service.publishing import Proposal, plan, publish, reverting
from surveys.service.revising import hand_over, proposal, revise
from surveys.stored_programs import Owner, PlannedPublish, PlanState, Source
from tests.unit.test_publishing import ANN, BEN, TEXT, House

CART = "trigger:cart"
MORNING = "2026-11-03T09:00"
"""Tuesday; the house's clock stands at Monday noon in Seoul."""


class Planning(House):
    """A house whose staff plan publishes."""

    async def proposed(self, changes: Mapping[str, Mapping[str, Json]]) -> Proposal:
        return proposal(revise(await self.text(), await self.number(), changes), BEN)

    async def plans(
        self,
        part: str = CART,
        changes: Mapping[str, Json] | None = None,
        wall: str = MORNING,
        shown: Shown | None = None,
    ) -> PlannedPublish:
        wanted = await self.proposed({part: changes or {"after": "3h"}})
        due = due_of(self.ctx, wall)
        return await self.write(
            lambda tx: plan_publish(tx, self.ctx, wanted, due, shown or Shown(trigger="cart"))
        )

    async def first(
        self, changes: Mapping[str, Mapping[str, Json]], trigger: str = "cart"
    ) -> PlannedPublish:
        wanted, due = await self.proposed(changes), due_of(self.ctx, MORNING)
        return await self.write(lambda tx: publish_first(tx, self.ctx, wanted, due, trigger, {}))

    async def portion(self, changes: Mapping[str, Mapping[str, Json]]) -> Portion:
        wanted = await self.proposed(changes)

        def look(tx: UnitOfWork) -> Portion:
            found = plan(tx, wanted)
            return portion_of(tx, found.program, [each.part for each in found.changes], "cart")

        return await self.storage.read(look)

    async def morning(self, **late: float) -> PlannedPublish | None:
        """Let Tuesday nine o'clock come, and whatever is due be done."""
        self.clock.at = datetime(2026, 11, 3, 0, tzinfo=UTC) + timedelta(**late)
        return await self.write(lambda tx: carry_out(tx, self.ctx))

    async def says(self, part: str, field: str) -> object:
        kind, _, name = part.partition(":")
        entries = read(await self.text()).value[f"{kind}s"]
        return next(each for each in entries if each["id"] == name).get(field)


@pytest.fixture
async def house() -> Planning:
    world = Planning()
    await world.start(file="")
    return world


# --- in time --------------------------------------------------------------------------------------


async def test_what_was_planned_is_published_when_it_is_due_and_not_before(house: Planning) -> None:
    planned = await house.plans()
    nothing = await house.write(lambda tx: carry_out(tx, house.ctx))
    wakes = await house.storage.read(lambda tx: tx.next_due())
    done = await house.morning()
    again = await house.morning(minutes=1)

    assert (planned.due_at, wakes) == (datetime(2026, 11, 3, 0, tzinfo=UTC),) * 2
    assert (planned.zone, planned.wall) == ("Asia/Seoul", MORNING)
    assert (nothing, again) == (None, None)
    assert done is not None
    assert (done.state, done.number, done.late) == (PlanState.PUBLISHED, 2, timedelta())
    assert (await house.number(), await house.says(CART, "after")) == (2, "3h")
    assert await house.owner(CART) == Owner.CONSOLE
    assert [act for _, act, _ in await house.deeds()] == [
        "program_plan_published",
        "program_publish",
        "program_plan",
    ]


async def test_what_comes_late_is_published_late_and_says_so(house: Planning) -> None:
    await house.plans()
    done = await house.morning(hours=2)
    (deed, *_) = await house.storage.read(lambda tx: tx.audit.newest(1))

    assert done is not None
    assert (done.number, done.late) == (2, timedelta(hours=2))
    assert (deed.by, deed.details["late_seconds"], deed.details["author"]) == (
        "aftertouch",
        7200,
        BEN,
    )


async def test_a_pause_stays_as_it_was(house: Planning) -> None:
    await house.write(lambda tx: pause(tx, house.ctx, "trigger", "cart", BEN))
    await house.plans()
    await house.morning()

    assert [each.id for each in await house.storage.read(pauses)] == ["cart"]
    assert await house.number() == 2


@pytest.mark.parametrize(
    ("wall", "code"),
    [
        ("", "unread"),
        ("tomorrow", "unread"),
        ("2026-11-31T09:00", "unread"),
        ("2026-11-02T12:00", "over"),
        ("2026-11-02T11:59", "over"),
        ("2028-01-01T09:00", "far"),
        ("0001-01-01T00:00", "unread"),
    ],
)
async def test_a_time_at_which_nothing_can_be_planned_says_why(
    house: Planning, wall: str, code: str
) -> None:
    with pytest.raises(UnfitTime) as unfit:
        due_of(house.ctx, wall)

    assert (unfit.value.code, unfit.value.where) == (code, "at")


async def test_a_time_is_read_as_a_form_and_as_a_person_write_it(house: Planning) -> None:
    found = {due_of(house.ctx, wall).at for wall in ("2026-11-03T09:00", " 2026-11-03 09:00 ")}

    assert found == {datetime(2026, 11, 3, 0, tzinfo=UTC)}


# --- not published --------------------------------------------------------------------------------


async def refused(house: Planning) -> Mapping[str, Any]:
    before = await house.number()
    done = await house.morning()
    assert done is not None
    assert (done.state, done.number, await house.number()) == (PlanState.REFUSED, None, before)
    assert done.why is not None
    (by, act, subject) = (await house.deeds())[0]
    assert (by, act, subject) == ("aftertouch", "program_plan_refused", done.id)
    return done.why


async def test_a_part_that_was_changed_meanwhile_is_not_published_over(house: Planning) -> None:
    await house.plans()
    await house.type_in(CART, {"after": "5h"}, author="staff:jun")

    why = await refused(house)

    assert (why["code"], why["by"], why["parts"]) == ("moved", "staff:jun", [CART])
    assert await house.says(CART, "after") == "5h"


async def test_what_another_part_says_by_then_is_no_obstacle(house: Planning) -> None:
    await house.plans()
    await house.type_in("trigger:delivery", {"after": "5h"})
    done = await house.morning()

    assert done is not None
    assert done.state == PlanState.PUBLISHED
    assert (await house.says(CART, "after"), await house.says("trigger:delivery", "after")) == (
        "3h",
        "5h",
    )


async def test_a_part_that_became_gits_is_not_published(house: Planning) -> None:
    await house.plans()
    await house.write(lambda tx: hand_over(tx, house.ctx, CART, Owner.GIT, BEN))

    assert (await refused(house))["code"] == "owned"


async def test_what_somebody_published_by_hand_leaves_nothing_to_publish(house: Planning) -> None:
    await house.plans()
    await house.type_in(CART, {"after": "3h"})

    assert await refused(house) == {"code": "nothing", "number": 2}


async def test_what_no_longer_passes_the_checks_is_not_published(house: Planning) -> None:
    """Somebody takes away the survey that the planned trigger is to ask."""
    await house.plans(CART, {"survey": "delivery-csat"})
    text = edit(await house.text(), "trigger:delivery", {"survey": "checkout-csat"}).text
    text = removed(text, "survey:delivery-csat").text
    await house.hand_in(text, by=Owner.CONSOLE, author="staff:jun", source=Source.CONSOLE, base=1)

    why = await refused(house)

    assert why["code"] == "faults"
    assert any("delivery-csat" in fault for fault in why["faults"])


async def test_a_difference_that_was_not_shown_is_not_published(house: Planning) -> None:
    """The wording's name is taken by the time, so that publishing would have to give another."""
    own = {"question": {"ko": "장바구니는요?", "en": "And the cart?"}, "wording": "cart-1"}
    await house.plans("survey:cart-ces", own)
    other = {"question": {"ko": "어땠나요?", "en": "How was it?"}, "wording": "cart-1"}
    await house.type_in("survey:cart-ces", other)
    back = await house.storage.read(lambda tx: reverting(tx, 1, author=BEN, by=Owner.CONSOLE))
    await house.write(lambda tx: publish(tx, house.ctx, back))

    assert await refused(house) == {"code": "other", "number": 3}


async def test_a_row_whose_text_is_not_what_was_planned_is_not_published(house: Planning) -> None:
    planned = await house.plans()
    damaged = replace(planned, text=planned.text + "# \n")
    await house.write(lambda tx: tx.planned_publishes.save(damaged))

    assert (await refused(house))["code"] == "damaged"


# --- one at a time, and called off ----------------------------------------------------------------


async def test_what_an_older_copy_still_plans_is_not_published(house: Planning) -> None:
    """Its staff may have cancelled it after the copy was made."""
    planned = await house.plans()
    ahead = Beat(database=name_of("salt"), number=9)
    for remembered in (None, ahead):
        await house.write(lambda tx, at=remembered: beat_on(tx, house.ctx, at, beside=True))  # type: ignore[misc]  # bound as it is now

    assert await house.morning() is None
    ended = await house.storage.read(lambda tx: tx.planned_publishes.get(planned.id))
    assert ended is not None
    assert (ended.state, ended.why) == (PlanState.REFUSED, {"code": "copy"})
    assert await house.number() == 1
    assert {act for _, act, _ in await house.deeds()} >= {"program_plan_refused", "hold"}


async def test_the_second_of_two_plans_for_a_part_is_told_who_was_first(house: Planning) -> None:
    first = await house.plans()
    with pytest.raises(PlannedAlready) as told:
        await house.plans(CART, {"after": "4h"}, wall="2026-11-04T09:00")
    other = await house.plans("trigger:delivery", {"after": "4h"})

    assert (told.value.parts, told.value.by, told.value.due_at) == ((CART,), BEN, first.due_at)
    waiting = await house.storage.read(lambda tx: tx.planned_publishes.waiting())
    assert {each.id for each in waiting} == {first.id, other.id}


async def test_both_of_an_instant_are_published_one_after_the_other(house: Planning) -> None:
    await house.plans()
    await house.plans("trigger:delivery", {"after": "4h"})
    done = [await house.morning(), await house.morning(), await house.morning()]

    assert [each.number if each else None for each in done] == [2, 3, None]


async def test_what_is_called_off_is_never_published(house: Planning) -> None:
    planned = await house.plans()
    ended = await house.write(lambda tx: call_off(tx, house.ctx, planned.id, ANN))

    assert (ended.state, ended.ended_by) == (PlanState.CANCELLED, ANN)
    assert (await house.deeds())[0] == (ANN, "program_plan_cancel", planned.id)
    with pytest.raises(NotWaiting):
        await house.write(lambda tx: call_off(tx, house.ctx, planned.id, ANN))
    with pytest.raises(NotFound):
        await house.write(lambda tx: call_off(tx, house.ctx, "nobody's", ANN))
    other = await house.plans(CART, {"after": "4h"})
    assert other.waits, "the part is free again"
    assert [done and done.id for done in (await house.morning(), await house.morning())] == [
        other.id,
        None,
    ]


async def test_nothing_to_publish_is_not_planned(house: Planning) -> None:
    with pytest.raises(InvalidInput, match="nothing to publish"):
        await house.plans(CART, {"id": "cart"})


# --- drafts ---------------------------------------------------------------------------------------


async def test_drafts_that_were_planned_go_and_those_saved_since_stay(house: Planning) -> None:
    mine = await house.draft(CART, {"after": "3h"})
    theirs = await house.draft("survey:cart-ces", {"thanks": "!"})
    await house.plans(shown=Shown(trigger="cart", drafts={CART: mine.saved_at}))
    await house.later(minutes=1)
    edited = await house.draft(CART, {"after": "9h"}, seen=mine.saved_at)
    await house.morning()

    assert await house.says(CART, "after") == "3h", "the plan has its own copy"
    left = await house.storage.read(lambda tx: tx.program_drafts.all())
    assert left == (theirs, edited)
    await house.write(lambda tx: tx.program_drafts.remove(CART))


async def test_drafts_that_nobody_touched_are_gone_once_they_are_published(house: Planning) -> None:
    mine = await house.draft(CART, {"after": "3h"})
    shown = Shown(trigger="cart", drafts={CART: mine.saved_at})
    await house.plans(shown=shown)
    await house.morning()

    assert await house.storage.read(lambda tx: tx.program_drafts.all()) == ()


async def test_a_draft_that_was_not_on_the_screen_is_not_planned(house: Planning) -> None:
    mine = await house.draft(CART, {"after": "3h"})
    wanted, due = await house.proposed({CART: {"after": "3h"}}), due_of(house.ctx, MORNING)
    for at in (mine.saved_at - timedelta(seconds=1), None):
        shown = Shown(trigger="cart", drafts={CART: at or mine.saved_at})
        if at is None:
            await house.write(lambda tx: drop_draft(tx, CART, mine.saved_at))
        with pytest.raises(BaseMoved):
            await house.write(lambda tx, s=shown: plan_drafts(tx, house.ctx, wanted, due, s))  # type: ignore[misc]  # bound as it is now

    assert await house.storage.read(lambda tx: tx.planned_publishes.waiting()) == ()


async def test_the_same_form_sent_twice_is_one_plan(house: Planning) -> None:
    mine = await house.draft(CART, {"after": "3h"})
    wanted, due = await house.proposed({CART: {"after": "3h"}}), due_of(house.ctx, MORNING)
    shown, seen = Shown(trigger="cart", drafts={CART: mine.saved_at}), {CART: mine.saved_at}
    twice = [
        await house.write(lambda tx: plan_drafts(tx, house.ctx, wanted, due, shown))
        for _ in range(2)
    ]
    await house.write(lambda tx: call_off(tx, house.ctx, twice[0].id, BEN))
    first = [
        await house.write(lambda tx: publish_first(tx, house.ctx, wanted, due, "cart", seen))
        for _ in range(2)
    ]

    assert (twice[0], first[0]) == (twice[1], first[1])
    assert (await house.number(), first[0].first) == (2, 2)


# --- files ----------------------------------------------------------------------------------------


async def test_a_file_that_is_planned_is_not_applied_by_a_start_before_its_time() -> None:
    house = Planning()
    await house.start()
    later = edit(TEXT, CART, {"after": "4h"}).text
    wanted = Proposal(text=later, by=Owner.GIT, author=ANN, source=Source.APPLY)
    due = due_of(house.ctx, MORNING)
    await house.write(lambda tx: plan_publish(tx, house.ctx, wanted, due, Shown()))

    assert (await house.start(later)).number == 1
    done = await house.morning()
    assert done is not None
    assert (done.number, (await house.start(later)).number) == (2, 2)


async def test_a_file_whose_plan_is_called_off_is_applied_by_no_start_and_no_other_file_is() -> (
    None
):
    house = Planning()
    await house.start()
    applied = edit(TEXT, CART, {"after": "4h"}).text
    await house.hand_in(applied)
    back = await house.storage.read(lambda tx: reverting(tx, 1, author=ANN))
    await house.write(lambda tx: publish(tx, house.ctx, back))
    later = edit(TEXT, CART, {"after": "5h"}).text
    wanted = Proposal(text=later, by=Owner.GIT, author=ANN, source=Source.APPLY)
    due = due_of(house.ctx, MORNING)
    planned = await house.write(lambda tx: plan_publish(tx, house.ctx, wanted, due, Shown()))
    await house.write(lambda tx: call_off(tx, house.ctx, planned.id, ANN))

    assert (await house.start(later)).number == 3
    assert (await house.start(applied)).number == 3, "a start undoes no revert"


# --- first a share --------------------------------------------------------------------------------


async def test_a_tenth_is_asked_first_and_everybody_when_it_is_due(house: Planning) -> None:
    planned = await house.first({CART: {"after": "3h", "share": 0.5}})
    now = (await house.number(), await house.says(CART, "share"), await house.says(CART, "after"))
    (change,) = planned.shown["changes"]
    done = await house.morning()

    assert (planned.first, now) == (2, (2, 0.05, "3h"))
    assert [(f["key"], f["old"], f["new"]) for f in change["fields"]] == [("share", 0.05, 0.5)]
    assert done is not None
    assert (done.number, await house.says(CART, "share")) == (3, 0.5)


async def test_without_a_share_of_its_own_the_whole_one_is_everybody_again(
    house: Planning,
) -> None:
    planned = await house.first({"survey:cart-ces": {"thanks": {"ko": "네!", "en": "Yes!"}}})
    shares = [await house.says(CART, "share")]
    await house.morning()
    shares.append(await house.says(CART, "share"))

    assert shares == [0.1, None]
    assert planned.parts == ("survey:cart-ces", CART)


async def test_whoever_is_asked_first_stays_in(house: Planning) -> None:
    drawn = [draw("salt", f"person-{n}", "cart", "2026-11") for n in range(200)]
    first, whole = ({n for n, at in enumerate(drawn) if at < share} for share in (0.05, 0.5))

    assert first
    assert first < whole


async def test_a_first_share_that_is_changed_meanwhile_stays_and_is_not_widened(
    house: Planning,
) -> None:
    await house.first({CART: {"after": "3h"}})
    await house.type_in(CART, {"share": 0.3})

    assert (await refused(house))["code"] == "moved"
    assert await house.says(CART, "share") == 0.3


async def test_a_first_share_is_only_for_what_it_is_a_share_of(house: Planning) -> None:
    fit = await house.portion({CART: {"after": "3h", "share": 0.3}})
    others = await house.portion({CART: {"after": "3h"}, "trigger:delivery": {"after": "3h"}})
    with pytest.raises(InvalidInput, match="others"):
        await house.first({CART: {"after": "4h"}, "trigger:delivery": {"after": "3h"}})
    await house.type_in("trigger:signup", {"survey": "cart-ces"})
    elsewhere = await house.portion({"survey:cart-ces": {"thanks": {"ko": "네!", "en": "Yes!"}}})
    alone = await house.portion({CART: {"after": "3h"}})
    await house.write(lambda tx: hand_over(tx, house.ctx, CART, Owner.GIT, BEN))
    git = await house.portion({"survey:cart-ces": {"thanks": {"ko": "네!", "en": "Yes!"}}})

    assert fit == Portion(first=0.03, whole=0.3, before=1.0)
    assert (others.unfit, others.named) == ("others", ("trigger:delivery",))
    assert (elsewhere.unfit, elsewhere.named) == ("elsewhere", ("trigger:signup",))
    assert (alone.unfit, git.unfit) == ("", "git")
