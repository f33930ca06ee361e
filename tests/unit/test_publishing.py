"""surveys.service.publishing and surveys.service.starting: plans, publishes, reverts, owners, and who was first."""

import json
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unicodedata import normalize

import pytest

from surveys.errors import BaseMoved, InvalidInput, NotFound, NotOwned, ProgramFault
from surveys.model import Json
from surveys.program import default_program_text, load_program
from surveys.program.document import read
from surveys.program.editing import rewritten
from surveys.program.patching import NULL, edit, removed, with_header
from surveys.service.drafting import drop_draft, save_draft
from surveys.service.publishing import PROBLEM, Plan, Proposal, in_force, plan, publish, reverting
from surveys.service.starting import Configured, TakenUp, take_up
from surveys.service.went_live import went_live
from surveys.stored_programs import Owner, ProgramDraft, Source
from tests.world import World


def _brief() -> str:
    """The default program without most of its reasons: reading it takes a third of the time."""
    value = deepcopy(read(default_program_text()).value)
    for survey in value["surveys"]:
        if survey["id"] != "delivery-csat":
            survey.pop("reasons", None)
    return rewritten(default_program_text(), value)


TEXT = _brief()
PROGRAM = load_program(TEXT, "brief")
ANN, BEN = "cli:ann", "staff:ben"


def configured(text: str, file: str = "program.yaml") -> Configured:
    return Configured(program=load_program(text, file), text=text, file=file)


class House(World):
    """A world whose program is stored, as after a start."""

    async def start(self, text: str = TEXT, file: str = "program.yaml") -> TakenUp:
        given = configured(text, file)
        return await self.write(lambda tx: take_up(tx, self.ctx, given, applies=True))

    async def hand_in(self, text: str, **fields: Any) -> tuple[Plan, int]:
        proposal = Proposal(
            text=text, **{"by": Owner.GIT, "author": ANN, "source": Source.APPLY} | fields
        )
        return await self.write(lambda tx: publish(tx, self.ctx, proposal))

    async def type_in(self, part: str, changes: dict[str, Json], **fields: Any) -> tuple[Plan, int]:
        """Edit a part in the console, begun on the version ``base``, else on the one in force."""
        base = fields.setdefault("base", await self.number())
        begun = await self.storage.read(lambda tx: tx.program_versions.get(base))
        assert begun is not None
        edited = edit(begun.text, part, changes)
        assert edited.sound
        console = {"by": Owner.CONSOLE, "author": BEN, "source": Source.CONSOLE}
        return await self.hand_in(edited.text, **console | fields)

    async def draft(
        self, part: str, content: dict[str, Json], seen: datetime | None = None
    ) -> ProgramDraft:
        return await self.write(
            lambda tx: save_draft(tx, self.ctx, part, content, base=1, author=BEN, seen=seen)
        )

    async def number(self) -> int:
        return await self.storage.read(lambda tx: in_force(tx).number)

    async def text(self) -> str:
        return await self.storage.read(lambda tx: in_force(tx).text)

    async def owner(self, part: str) -> Owner | None:
        return await self.storage.read(lambda tx: in_force(tx).owners.get(part))

    async def deeds(self) -> list[tuple[str, str, str]]:
        deeds = await self.storage.read(lambda tx: tx.audit.newest(9))
        return [(deed.by, deed.act, deed.subject) for deed in deeds]


@pytest.fixture
async def house() -> House:
    """A database without a file: what ships is in force, and nobody's."""
    world = House()
    await world.start(file="")
    return world


@pytest.fixture
async def git() -> House:
    """A database whose program came from a file."""
    world = House()
    await world.start()
    return world


def worded(question: str, wording: str, text: str = TEXT) -> str:
    own = {"question": {"ko": question, "en": question}, "wording": wording}
    return edit(text, "survey:delivery-csat", own).text


# --- starts ---------------------------------------------------------------------------------------


async def test_the_first_start_stores_the_file_as_version_1_of_git(git: House) -> None:
    version = await git.storage.read(in_force)

    assert (version.number, version.text, version.source) == (1, TEXT, Source.START)
    assert version.owners["survey:delivery-csat"] == Owner.GIT
    assert version.owners["contact_rules"] == Owner.GIT
    assert await git.deeds() == [], "nobody did anything"


async def test_what_ships_is_nobodys(house: House) -> None:
    version = await house.storage.read(in_force)

    assert (version.source, version.owners) == (Source.SHIPPED, {})
    assert version.hash == PROGRAM.version


async def test_a_changed_file_is_applied_at_the_next_start_and_the_same_one_is_not(
    git: House,
) -> None:
    later = edit(TEXT, "trigger:delivery", {"after": "2h"}).text

    assert (await git.start(later)).number == 2
    assert (await git.start(later)).number == 2
    taken = await git.start(later + "# 끝\n")
    assert (taken.number, taken.plan and taken.plan.changes) == (3, ())


async def test_a_start_undoes_no_revert_and_no_apply(git: House) -> None:
    later = edit(TEXT, "trigger:delivery", {"after": "2h"}).text
    await git.hand_in(later)
    assert (await git.start(TEXT)).number == 2, "this file was in force before"
    assert (await git.start(later)).number == 2
    await git.write(lambda tx: publish(tx, git.ctx, reverting(tx, 1, author=ANN)))

    assert (await git.start(later)).number == 3
    assert (await git.text()) == TEXT


async def test_a_file_over_what_is_the_consoles_is_left_aside_and_says_why(house: House) -> None:
    await house.type_in("survey:delivery-csat", {"thanks": {"ko": "고마워요", "en": "Thanks"}})

    taken = await house.start(TEXT)

    assert taken.number == 2
    assert taken.program.survey("delivery-csat").thanks is not None
    assert "survey:delivery-csat" in taken.problem
    assert "--take survey:delivery-csat" in taken.problem
    assert await house.storage.read(lambda tx: tx.notes.get(PROBLEM)) == taken.problem


async def test_what_ships_later_gives_way_to_whoever_owns_anything(git: House) -> None:
    later = edit(TEXT, "trigger:delivery", {"after": "2h"}).text

    assert (await git.start(later, file="")).number == 1

    other = House()
    await other.start(file="")
    taken = await other.start(later, file="")
    assert taken.number == 2
    assert await other.owner("trigger:delivery") is None


async def test_a_text_that_is_read_differently_now_is_a_version_of_its_own(git: House) -> None:
    program = PROGRAM
    older = '{"of": "an earlier release"}'

    def as_stored_by_an_earlier_release(tx: Any) -> None:
        version = tx.program_versions.newest()
        tx.program_versions.add(replace(version, number=2, hash="earlier"))
        tx.programs.put("earlier", older, git.clock.now())

    await git.write(as_stored_by_an_earlier_release)

    taken = await git.start()

    assert (taken.number, taken.program) == (3, program)
    newest = await git.storage.read(in_force)
    assert (newest.source, newest.hash, newest.text) == (Source.UPGRADE, program.version, TEXT)


async def test_a_budget_that_the_console_sets_stays_its_own_beside_a_file(git: House) -> None:
    rows: list[Json] = [{"stage": "advocacy", "target": 10, "unit": "nps", "per": "month"}]
    found, _ = await git.type_in("budget", {"rows": rows})
    later = edit(TEXT, "trigger:delivery", {"after": "2h"}).text
    await git.hand_in(later)

    assert [(change.part, change.fields[0].key) for change in found.changes] == [
        ("budget", "budget")
    ]
    assert await git.owner("budget") == Owner.CONSOLE
    assert read(await git.text()).value["budget"] == rows
    other = [{**rows[0], "target": 5}]
    with pytest.raises(NotOwned, match="--take budget"):
        await git.hand_in(edit(later, "budget", {"rows": other}).text)
    await git.hand_in(edit(later, "budget", {"rows": other}).text, take=("budget",))
    assert await git.owner("budget") == Owner.GIT
    assert read(await git.text()).value["budget"] == other


async def test_a_night_is_switched_off_by_null_and_a_shared_part_without_fields_is_taken_away() -> (
    None
):
    off = edit(TEXT, "contact_rules", {"quiet_hours": NULL})
    budget = edit(TEXT, "budget", {"rows": [{"stage": "nowhere", "target": 10, "unit": "nps"}]})

    assert read(off.text).value["contact_rules"]["quiet_hours"] is None
    assert load_program(off.text, "off").contact_rules.quiet_hours is None
    assert [fault.field for fault in budget.faults] == ["rows.0.stage"]
    assert edit(budget.text, "budget", {"rows": None}).text == TEXT


# --- plans and publishes --------------------------------------------------------------------------


async def test_a_plan_says_field_by_field_what_changes_and_writes_nothing(git: House) -> None:
    text = edit(TEXT, "trigger:delivery", {"after": "2h", "reminder": True}).text
    text = edit(text, "contact_rules", {"cap": {"asks": 2, "days": 30}}).text
    proposal = Proposal(text=text, by=Owner.GIT, author=ANN, source=Source.APPLY)

    found = await git.storage.read(lambda tx: plan(tx, proposal))

    told = {c.part: {f.key: (f.old, f.new) for f in c.fields} for c in found.changes}
    assert told == {
        "trigger:delivery": {"after": ("1d", "2h"), "reminder": (False, True)},
        "contact_rules": {"cap.asks": (1, 2)},
    }
    assert await git.number() == 1


async def test_a_plan_counts_the_asks_that_each_change_touches(git: House) -> None:
    await git.customer("ann")
    await git.happens("order.delivered", "ann", "o-1")
    text = edit(TEXT, "trigger:delivery", {"after": "2h"}).text
    text = edit(text, "survey:support-ces", {"thanks": None}).text

    found, _ = await git.hand_in(text)

    asks = {part: (each.waiting, each.open) for part, each in found.under_way.items()}
    assert asks == {"survey:support-ces": (0, 0), "trigger:delivery": (1, 0)}


async def test_added_and_removed_parts_are_named(git: House) -> None:
    text = removed(removed(TEXT, "trigger:recovery").text, "survey:recovered").text
    content = read(TEXT).value["surveys"][3]
    text = edit(text, "survey:second", {**content, "id": "second"}).text

    found, number = await git.hand_in(text)

    kinds = {change.part: change.kind.value for change in found.changes}
    assert kinds == {
        "survey:second": "added",
        "survey:recovered": "removed",
        "trigger:recovery": "removed",
    }
    assert number == 2
    assert await git.owner("survey:recovered") is None


async def test_the_same_text_again_is_no_version(git: House) -> None:
    found, number = await git.hand_in(TEXT)

    assert (found.is_empty, number) == (True, 1)


async def test_every_fault_of_a_file_is_told_with_its_line(git: House) -> None:
    with pytest.raises(ProgramFault) as refused:
        await git.hand_in(TEXT.replace("survey: delivery-csat", "survey: nothing"), where="p.yaml")

    (fault,) = refused.value.faults
    line = TEXT[: TEXT.index("survey: delivery-csat")].count("\n") + 1
    assert fault.startswith(f"p.yaml:{line}: triggers.3.survey: there is no survey 'nothing'")


@pytest.mark.parametrize(
    "text", ["", "surveys: 3\n", "surveys: [{}]\n", "a: [\n", "surveys:\n  - 3\n"]
)
async def test_a_file_that_is_no_program_at_all_is_refused(git: House, text: str) -> None:
    with pytest.raises(ProgramFault):
        await git.hand_in(text)

    assert await git.number() == 1


async def test_nothing_is_planned_before_the_first_start() -> None:
    with pytest.raises(NotFound, match="start the server once"):
        await World().storage.read(in_force)


# --- series and versions --------------------------------------------------------------------------


async def test_another_question_under_the_same_name_gets_a_name_of_its_own(git: House) -> None:
    await git.hand_in(worded("배송은 어땠나요?", "short-1"))

    found, _ = await git.hand_in(worded("배송이 마음에 드셨나요?", "short-1"))

    survey = found.program.survey("delivery-csat")
    assert (survey.wording, survey.version) == ("short-2", 3)
    (change,) = found.changes
    assert [(s.why, s.old, s.new) for s in change.series] == [("wording", "short-1", "short-2")]
    assert {(g.key, g.old, g.new) for g in found.given} == {
        ("wording", "short-1", "short-2"),
        ("version", 1, 3),
    }


async def test_the_same_file_again_changes_nothing_though_names_were_given(git: House) -> None:
    await git.hand_in(worded("배송은 어땠나요?", "short-1"))
    second = worded("배송이 마음에 드셨나요?", "short-1")
    await git.hand_in(second)

    found, number = await git.hand_in(second)

    assert (found.changes, number) == ((), 3)
    assert (await git.text()) == found.text


async def test_who_goes_back_to_an_earlier_question_gets_its_earlier_series(git: House) -> None:
    first, second = worded("배송은 어땠나요?", "short-1"), worded("마음에 드셨나요?", "short-1")
    await git.hand_in(first)
    await git.hand_in(second)

    found, _ = await git.hand_in(first)

    survey = found.program.survey("delivery-csat")
    assert (survey.wording, survey.version) == ("short-1", 2)


async def test_variants_are_told_apart_one_by_one(git: House) -> None:
    def varied(question: str) -> str:
        own = {"ko": question, "en": question}
        variants = [
            {"wording": "std1", "share": 0.5},
            {"wording": "other", "share": 0.5, "question": own},
        ]
        return edit(TEXT, "survey:delivery-csat", {"variants": variants}).text

    await git.hand_in(varied("어땠나요?"))
    found, _ = await git.hand_in(varied("좋았나요?"))

    assert found.program.survey("delivery-csat").wordings == ("std1", "other-2")


async def test_a_language_more_is_no_other_question(git: House) -> None:
    await git.hand_in(worded("배송은 어땠나요?", "short-1"))
    only_korean = read(worded("배송은 어땠나요?", "short-1")).value
    del only_korean["surveys"][3]["question"]["en"]

    text = worded("배송은 어땠나요?", "short-1")
    own = {"question": {"ko": "배송은 어땠나요?", "en": "How was it?"}}
    found, _ = await git.hand_in(edit(text, "survey:delivery-csat", own).text)
    assert found.program.survey("delivery-csat").wording == "short-2", "English changed"


@pytest.mark.parametrize(
    "same",
    [
        "배송은  어땠나요? ",
        "배송은\n어땠나요?",
        normalize("NFD", "배송은 어땠나요?"),
    ],
)
async def test_other_blanks_and_letters_in_pieces_are_no_other_question(
    git: House, same: str
) -> None:
    await git.hand_in(worded("배송은 어땠나요?", "short-1"))

    found, _ = await git.hand_in(worded(same, "short-1"))

    (change,) = found.changes
    assert change.series == ()
    assert found.program.survey("delivery-csat").wording == "short-1"
    assert found.program.survey("delivery-csat").question == {"ko": same, "en": same}


async def test_an_instrument_begins_a_series_and_says_so(git: House) -> None:
    text = edit(TEXT, "survey:subscription-csat", {"instrument": "ces2"}).text

    found, _ = await git.hand_in(text)

    change = next(c for c in found.changes if c.part == "survey:subscription-csat")
    assert [(s.why, s.old, s.new) for s in change.series] == [
        ("instrument", "csat", "ces2"),
        ("scale", "1-5", "1-7"),
    ]
    assert found.program.survey("subscription-csat").version == 2


async def test_a_version_raised_by_hand_is_kept(git: House) -> None:
    found, _ = await git.hand_in(edit(TEXT, "survey:delivery-csat", {"version": 7}).text)
    assert found.program.survey("delivery-csat").version == 7

    text = edit(TEXT, "survey:delivery-csat", {"version": 8, "layout": "faces"}).text
    found, _ = await git.hand_in(text)
    assert found.program.survey("delivery-csat").version == 8


# --- owners ---------------------------------------------------------------------------------------


async def test_what_the_console_changes_is_its_own_and_a_file_without_it_leaves_it(
    house: House,
) -> None:
    await house.type_in("survey:delivery-csat", {"thanks": {"ko": "고마워요", "en": "Thanks"}})
    assert await house.owner("survey:delivery-csat") == Owner.CONSOLE
    assert await house.owner("survey:cart-ces") is None
    ours = await house.text()
    file = rewritten(
        TEXT,
        {
            **read(TEXT).value,
            "surveys": [
                each for each in read(TEXT).value["surveys"] if each["id"] != "delivery-csat"
            ],
        },
    )

    found, number = await house.hand_in(edit(file, "trigger:cart", {"after": "3h"}).text)

    assert number == 3
    assert [change.part for change in found.changes] == ["trigger:cart"]
    assert found.program.survey("delivery-csat") == load_program(ours, "").survey("delivery-csat")
    assert await house.owner("survey:delivery-csat") == Owner.CONSOLE
    assert await house.owner("survey:cart-ces") == Owner.GIT


async def test_a_file_that_says_otherwise_is_refused_until_it_takes_it(house: House) -> None:
    await house.type_in("survey:delivery-csat", {"thanks": {"ko": "고마워요", "en": "Thanks"}})

    with pytest.raises(NotOwned) as refused:
        await house.hand_in(TEXT)
    assert (refused.value.parts, refused.value.owner) == (("survey:delivery-csat",), "console")

    found, _ = await house.hand_in(TEXT, take=("delivery-csat",))
    assert found.taken == ("survey:delivery-csat",)
    assert await house.owner("survey:delivery-csat") == Owner.GIT
    deed = (await house.storage.read(lambda tx: tx.audit.newest(1)))[0]
    assert deed.details["taken"] == ["survey:delivery-csat"]
    await house.hand_in(TEXT, take=("delivery-csat",))


async def test_an_export_may_be_applied_with_what_is_the_consoles_in_it(house: House) -> None:
    await house.type_in("contact_rules", {"cooldown_days": 30})

    found, _ = await house.hand_in(edit(await house.text(), "trigger:cart", {"after": "3h"}).text)

    assert [change.part for change in found.changes] == ["trigger:cart"]
    assert await house.owner("contact_rules") == Owner.CONSOLE


async def test_the_console_does_not_change_what_is_gits(git: House) -> None:
    with pytest.raises(NotOwned, match="download the patch"):
        await git.type_in("trigger:cart", {"after": "3h"})

    await git.type_in("trigger:cart", {"after": "3h"}, take=("trigger:cart",))
    assert await git.owner("trigger:cart") == Owner.CONSOLE


async def test_a_name_that_is_no_part_cannot_be_taken(git: House) -> None:
    with pytest.raises(InvalidInput, match="there is no 'nothing'"):
        await git.hand_in(TEXT, take=("nothing",))
    with pytest.raises(InvalidInput, match="trigger:delivery"):
        await git.hand_in(TEXT, take=("trigger:deliver",))


async def test_a_fault_in_what_the_console_owns_says_so(house: House) -> None:
    await house.type_in("trigger:delivery", {"after": "2h"})
    file = removed(removed(TEXT, "trigger:delivery").text, "survey:delivery-csat").text

    with pytest.raises(ProgramFault, match="with what the other side owns"):
        await house.hand_in(file)


# --- who was first --------------------------------------------------------------------------------


async def test_the_second_of_two_editors_of_one_part_is_told_who_was_first(house: House) -> None:
    await house.type_in("trigger:cart", {"after": "2h"}, base=1, author="staff:kim")

    with pytest.raises(BaseMoved) as refused:
        await house.type_in("trigger:cart", {"after": "3h"}, base=1)

    assert (refused.value.parts, refused.value.by) == (("trigger:cart",), "staff:kim")
    assert load_program(await house.text(), "").trigger("cart").after == timedelta(hours=2)


async def test_two_editors_of_different_parts_both_get_through(house: House) -> None:
    await house.type_in("trigger:cart", {"after": "2h"}, base=1)
    _, number = await house.type_in("trigger:delivery", {"after": "3h"}, base=1)

    program = load_program(await house.text(), "")
    assert number == 3
    assert program.trigger("cart").after == timedelta(hours=2)
    assert program.trigger("delivery").after == timedelta(hours=3)


async def test_an_export_that_is_not_of_the_version_in_force_is_refused_by_what_differs(
    git: House,
) -> None:
    exported = with_header(TEXT, 1)
    await git.hand_in(edit(TEXT, "trigger:cart", {"after": "2h"}).text)

    mine = edit(exported, "trigger:cart", {"after": "3h"}).text
    with pytest.raises(BaseMoved, match="trigger:cart"):
        await git.hand_in(mine, base=1)
    with pytest.raises(BaseMoved, match="trigger:cart"):
        await git.hand_in(edit(exported, "trigger:delivery", {"after": "3h"}).text, base=1)

    _, number = await git.hand_in(mine, base=2)
    assert number == 3
    with pytest.raises(NotFound):
        await git.hand_in(mine, base=99)


# --- reverts and drafts ---------------------------------------------------------------------------


async def test_a_revert_is_a_new_version_with_the_old_content(git: House) -> None:
    await git.hand_in(edit(TEXT, "trigger:cart", {"after": "2h"}).text)

    proposal = await git.storage.read(lambda tx: reverting(tx, 1, author=ANN, note="실수"))
    found, number = await git.write(lambda tx: publish(tx, git.ctx, proposal))

    version = await git.storage.read(in_force)
    assert (number, version.text, version.reverts, version.source) == (3, TEXT, 1, Source.REVERT)
    assert (version.hash, found.program) == (PROGRAM.version, PROGRAM)
    assert (await git.deeds())[0] == (ANN, "program_revert", "3")


async def test_what_is_in_force_or_unknown_is_not_reverted_to(git: House) -> None:
    with pytest.raises(InvalidInput, match="is in force"):
        await git.storage.read(lambda tx: reverting(tx, 1, author=ANN))
    with pytest.raises(NotFound):
        await git.storage.read(lambda tx: reverting(tx, 9, author=ANN))


async def test_the_console_reverts_only_what_is_its_own(git: House) -> None:
    await git.type_in("trigger:cart", {"after": "3h"}, take=("trigger:cart",))
    back = await git.storage.read(lambda tx: reverting(tx, 1, author=BEN, by=Owner.CONSOLE))
    await git.write(lambda tx: publish(tx, git.ctx, back))
    assert await git.owner("trigger:cart") == Owner.CONSOLE

    await git.hand_in(edit(await git.text(), "trigger:delivery", {"after": "3h"}).text)
    with pytest.raises(NotOwned, match="trigger:delivery"):
        await git.storage.read(lambda tx: reverting(tx, 1, author=BEN, by=Owner.CONSOLE))


async def test_a_published_part_has_no_draft_left(house: House) -> None:
    for part in ("trigger:cart", "trigger:delivery"):
        await house.draft(part, {"after": "2h"})

    await house.type_in("trigger:cart", {"after": "2h"})

    left = await house.storage.read(lambda tx: tx.program_drafts.all())
    assert [draft.part for draft in left] == ["trigger:delivery"]


async def test_a_draft_is_kept_as_it_was_typed(house: House) -> None:
    typed = {"after": "two hours", "share": "50"}

    first = await house.draft("trigger:cart", typed)
    again = await house.draft("trigger:cart", typed | {"share": "60"}, seen=first.saved_at)

    assert await house.storage.read(lambda tx: tx.program_drafts.all()) == (again,)
    assert (again.content, again.base, again.author) == ({**typed, "share": "60"}, 1, BEN)


async def test_nobody_overwrites_a_draft_unseen(house: House) -> None:
    first = await house.draft("trigger:cart", {"after": "2h"})
    await house.later(minutes=1)

    for seen in (None, first.saved_at - timedelta(seconds=1)):
        with pytest.raises(BaseMoved, match="staff:ben saved a draft of trigger:cart"):
            await house.draft("trigger:cart", {"after": "3h"}, seen=seen)
    with pytest.raises(BaseMoved):
        await house.write(lambda tx: drop_draft(tx, "trigger:cart", house.clock.now()))

    await house.write(lambda tx: drop_draft(tx, "trigger:cart", first.saved_at))
    assert await house.storage.read(lambda tx: tx.program_drafts.all()) == ()


async def test_there_is_no_draft_of_what_is_gits(git: House) -> None:
    with pytest.raises(NotOwned, match="download the patch"):
        await git.draft("trigger:cart", {"after": "2h"})


async def test_trends_are_marked_by_what_was_published_and_by_what_came_back(git: House) -> None:
    before = git.clock.now() - timedelta(days=9)
    await git.write(lambda tx: tx.programs.put("older", "{}", before))
    await git.later(hours=1)
    await git.hand_in(edit(TEXT, "trigger:cart", {"after": "2h"}).text)
    await git.hand_in(await git.text() + "# 주석\n")
    await git.later(hours=1)
    await git.write(lambda tx: publish(tx, git.ctx, reverting(tx, 1, author=ANN)))

    found = await git.storage.read(went_live)

    first = PROGRAM.version
    assert [each.version for each in found] == ["older", first, found[2].version, first]
    assert found[3].at == git.clock.now()
    assert [each.at for each in found] == sorted(each.at for each in found)


async def test_chips_are_told_by_their_ids_and_plans_are_plain_json(git: House) -> None:
    reasons = read(TEXT).value["surveys"][3]["reasons"]
    late = {"id": "late", "label": {"ko": "늦게 옴", "en": "It came late"}}
    low = {**reasons["low"], "chips": [late, *reasons["low"]["chips"][1:]]}

    text = edit(TEXT, "survey:delivery-csat", {"reasons": {**reasons, "low": low}}).text
    found, _ = await git.hand_in(text)

    told = json.loads(json.dumps(found.to_json()))
    assert told["changes"][0]["fields"][1] == {
        "key": "reasons.low.chips.late.label.ko",
        "old": "배송 지연",
        "new": "늦게 옴",
    }
    assert told["changes"][0]["under_way"] == {"waiting": 0, "open": 0}
    assert told["given"] == [{"survey": "delivery-csat", "key": "version", "old": 1, "new": 2}]


async def test_surveys_of_an_earlier_release_that_nobody_understands_stand_in_no_ones_way(
    git: House,
) -> None:
    odd = json.dumps({"surveys": [{"id": "delivery-csat", "scale": "smileys"}]})
    await git.write(lambda tx: tx.programs.put("odd", odd, git.clock.now()))

    found, _ = await git.hand_in(worded("배송은 어땠나요?", "short-1"))

    assert found.program.survey("delivery-csat").version == 2


async def test_a_revert_that_was_planned_before_somebody_published_is_refused(git: House) -> None:
    await git.hand_in(edit(TEXT, "trigger:cart", {"after": "2h"}).text)
    await git.hand_in(edit(TEXT, "trigger:delivery", {"after": "2h"}).text)

    with pytest.raises(BaseMoved, match="trigger:delivery"):
        await git.storage.read(lambda tx: reverting(tx, 1, author=ANN, base=2))
    planned = await git.storage.read(lambda tx: reverting(tx, 1, author=ANN, base=3))
    assert planned.reverts == 1
