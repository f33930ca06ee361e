"""A survey worded by lot: everybody keeps her wording, and no figure adds two of them up."""

import json
from collections import Counter

import pytest

from surveys.decisions import wording_drawn
from surveys.model import Json
from surveys.ports import Storage
from surveys.program import Program, load_program
from surveys.program.loading import default_program_text, lint
from surveys.results import Query, ResultTable, run
from tests.programs import standard
from tests.world import World

PLAIN = {
    "wording": "plain-1",
    "share": 0.3,
    "question": {"ko": "{about:은/는} 어떠셨나요?", "en": "How was {about}?"},
}


def worded(*variants: Json) -> Program:
    content = json.loads(standard().to_json())
    for survey in content["surveys"]:
        if survey["id"] == "checkout-csat":
            survey["variants"] = list(variants)
    return Program.from_json(json.dumps(content))


def halves(plain: float) -> Program:
    return worded({"wording": "std1", "share": 1 - plain}, {**PLAIN, "share": plain})


async def answered(world: World, name: str) -> tuple[str, str]:
    """Let a customer answer; return the wording's name and the question that she read."""
    person = await world.customer(name)
    session = await world.browser(person)
    await world.happens("order.paid", name, f"order-{name}")
    await world.later(minutes=31)
    question = next(b.prompt.text for b in await world.sees(session) if b.prompt.kind == "question")
    await world.taps(session, "5")
    (invitation,) = await world.storage.read(
        lambda tx: tx.invitations.of_survey(person, "checkout-csat")
    )
    return invitation.wording or "", question


async def table(world: World) -> ResultTable:
    query = Query(stage="purchase", trigger="checkout")
    return await world.storage.read(lambda tx: run(tx, world.program, query, world.clock.at))


def test_a_lot_falls_by_share_and_always_the_same() -> None:
    survey = halves(0.3).survey("checkout-csat")

    drawn = Counter(wording_drawn(survey, "salt", f"p{n}") for n in range(10_000))

    assert drawn == Counter(wording_drawn(survey, "salt", f"p{n}") for n in range(10_000))
    assert 2800 < drawn["plain-1"] < 3200


def test_another_salt_draws_another_lot() -> None:
    survey = halves(0.5).survey("checkout-csat")

    ours = [wording_drawn(survey, "salt", f"p{n}") for n in range(100)]

    assert ours != [wording_drawn(survey, "pepper", f"p{n}") for n in range(100)]


async def test_two_wordings_are_asked_and_counted_apart(storage: Storage) -> None:
    world = World(storage, halves(0.5))

    asked = [await answered(world, f"c{n}") for n in range(16)]

    rows = {row.wording: row for row in (await table(world)).rows}
    shown = dict(asked)
    assert set(rows) == {"std1", "plain-1"}
    assert all(row.wordings_differ for row in rows.values())
    for wording, row in rows.items():
        count = sum(name == wording for name, _ in asked)
        assert (row.n or row.answered, row.invited) in {(count, count), (None, count)}
    assert shown["plain-1"] == "이번 주문·결제 과정은 어떠셨나요?"
    assert shown["std1"] == "이번 주문·결제 과정에 대해 얼마나 만족하셨나요?"


async def test_changed_shares_move_nobody_who_has_answered(storage: Storage) -> None:
    world = World(storage, halves(0.5))
    before = [await answered(world, f"c{n}") for n in range(6)]
    other = next(name for name in ("std1", "plain-1") if name != before[0][0])

    later = World(storage, halves(0.999 if other == "plain-1" else 0.001))
    later.clock.at = world.clock.at
    later.ctx.known.update({world.program.version: world.program})
    await later.later(days=120)
    await later.happens("order.paid", "c0", "again", id="second")
    await later.later(minutes=31)
    (person,) = {e.event.person_id for e in await later.why("again")}
    asked = await storage.read(lambda tx: tx.invitations.of_survey(person or "", "checkout-csat"))

    assert [i.wording for i in asked] == [before[0][0]] * 2


@pytest.mark.parametrize(
    ("variants", "problem"),
    [
        ([{"wording": "std1", "share": 0.5}, {**PLAIN, "share": 0.4}], "the shares make 90%"),
        ([{**PLAIN, "share": 1.0}], "has one wording only"),
        ([{**PLAIN, "share": 0.5}, {**PLAIN, "share": 0.5}], "'plain-1' is used twice"),
        (
            [{"wording": "std1", "share": 0.5}, {**PLAIN, "share": 0.5, "question": {"ko": "?"}}],
            "has no text for 'en'",
        ),
        (
            [{"wording": "other", "share": 0.5}, {**PLAIN, "share": 0.5}],
            "the standard question's wording is named std1",
        ),
        (
            [
                {"wording": "std1", "share": 0.5, "question": PLAIN["question"]},
                {**PLAIN, "share": 0.5},
            ],
            "needs its own 'wording' name",
        ),
    ],
)
def test_lint_refuses_what_would_mix_wordings(variants: Json, problem: str) -> None:
    text = default_program_text().replace(
        "  - id: checkout-csat\n",
        f"  - id: checkout-csat\n    variants: {json.dumps(variants, ensure_ascii=False)}\n",
    )

    found = lint(text, "program.yaml")

    assert [fault for fault in found if problem in fault.problem], found
    assert all("variants" in fault.key for fault in found)


def test_lint_refuses_a_wording_beside_the_variants() -> None:
    variants = json.dumps([{"wording": "std1", "share": 0.5}, {**PLAIN, "share": 0.5}])
    text = default_program_text().replace(
        "    wording: signup-ease-1\n", f"    wording: signup-ease-1\n    variants: {variants}\n"
    )

    assert [f.key for f in lint(text, "program.yaml")] == [
        "surveys.0.question",
        "surveys.0.wording",
    ]


def test_shares_that_make_a_whole_are_sound() -> None:
    variants = json.dumps(
        [
            {"wording": "std1", "share": 0.7},
            {**PLAIN, "share": 0.2},
            {**PLAIN, "wording": "c", "share": 0.1},
        ]
    )
    text = default_program_text().replace(
        "  - id: checkout-csat\n", f"  - id: checkout-csat\n    variants: {variants}\n"
    )

    survey = load_program(text, "program.yaml").survey("checkout-csat")

    assert survey.wordings == ("std1", "plain-1", "c")
