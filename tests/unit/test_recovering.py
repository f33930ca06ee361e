"""Whether a complaint is sorted: asked after a resolved case, outside of the cap, and counted for itself."""

import pytest

from bot.orders import parse_order
from surveys.errors import NotFound
from surveys.instruments import RESOLVED
from surveys.model import Json, Tap, Typed
from surveys.ports import Storage
from surveys.replies import read
from surveys.results import Query, ResultTable, run
from surveys.service.recovering import recovered
from tests.programs import standard, varied
from tests.world import World


async def complained(storage: Storage, name: str = "minji") -> tuple[World, str, str]:
    """Return a world whose customer has rated her order 1 of 5, and the invitation that she answered."""
    world = World(storage)
    session = await world.browser(await world.customer(name))
    await world.happens("order.paid", name, "o1")
    await world.later(minutes=31)
    await world.taps(session, "1")
    (invitation,) = await invitations(world, name)
    return world, session, invitation


async def invitations(world: World, name: str, survey: str = "checkout-csat") -> list[str]:
    (person,) = {e.event.person_id for e in await world.why(name)}
    found = await world.storage.read(lambda tx: tx.invitations.of_survey(person or "", survey))
    return [invitation.id for invitation in found]


async def resolves(
    world: World, about: str | None, subject: str = "case-1", **fields: Json
) -> None:
    data = {} if about is None else {"invitation_id": about}
    customer = fields.pop("customer", None)
    await world.happens("case.resolved", customer, subject, source="desk", data=data, **fields)
    await world.later(hours=1)


async def question(world: World, session: str) -> tuple[str, list[tuple[str, str]]]:
    prompt = [b.prompt for b in await world.sees(session) if b.prompt.kind == "question"][-1]
    return prompt.text, [(button.value, button.label) for button in prompt.scale]


async def said(world: World, invitation: str) -> str | None:
    return await world.storage.read(lambda tx: recovered(tx, invitation))


async def table(world: World) -> ResultTable:
    return await world.storage.read(lambda tx: run(tx, world.program, Query(), world.clock.at))


async def test_a_resolved_case_asks_in_words_though_the_cap_is_full(storage: Storage) -> None:
    world, session, invitation = await complained(storage)

    await resolves(world, invitation)

    assert await question(world, session) == (
        "말씀해 주신 문제가 해결되셨나요?",
        [("3", "네"), ("2", "일부만"), ("1", "아니요")],
    )
    assert (await world.verdicts("case-1"))[0] == ("held", "delay")


@pytest.mark.parametrize(("value", "word"), [("3", "yes"), ("2", "partly"), ("1", "no")])
async def test_one_tap_tells_the_closed_loop(storage: Storage, value: str, word: str) -> None:
    world, session, invitation = await complained(storage)
    await resolves(world, invitation)

    before = await said(world, invitation)
    await world.taps(session, value)

    assert (before, await said(world, invitation)) == (None, word)


async def test_a_change_of_mind_is_what_counts(storage: Storage) -> None:
    world, session, invitation = await complained(storage)
    await resolves(world, invitation)
    await world.taps(session, "3")

    await world.taps(session, "change", kind="chosen")
    await world.taps(session, "1")

    shown = [b.prompt for b in await world.sees(session) if b.prompt.kind == "chosen"][-1]
    assert await said(world, invitation) == "no"
    assert (shown.hint, shown.controls[0].label) == ("✓ 아니요", "답 바꾸기")


async def test_it_takes_no_place_under_the_cap(storage: Storage) -> None:
    world, session, invitation = await complained(storage)
    await resolves(world, invitation)
    await world.taps(session, "3")
    (person,) = {e.event.person_id for e in await world.why("minji")}

    slots = await storage.read(lambda tx: tx.clocks.lock(person or ""))

    assert [slot.invitation_id for slot in slots] == [invitation]


async def test_quiet_hours_and_pauses_hold_it(storage: Storage) -> None:
    world, _, invitation = await complained(storage)
    world.clock.at = world.clock.at.replace(hour=12, minute=30)

    await resolves(world, invitation)

    assert (await world.verdicts("case-1"))[0] == ("held", "quiet_hours")


async def test_whoever_has_stopped_is_not_asked(storage: Storage) -> None:
    world, session, invitation = await complained(storage)
    await world.acts(session, Typed(text="그만"))

    await resolves(world, invitation)

    assert await world.verdicts("case-1") == [("skipped", "consent_withdrawn")]


async def test_one_answer_leads_to_one_such_question(storage: Storage) -> None:
    world, session, invitation = await complained(storage)
    await resolves(world, invitation)
    await world.taps(session, "1")

    await resolves(world, invitation, "case-2")

    assert await world.verdicts("case-2") == [("skipped", "asked_already")]


async def test_a_reopened_case_takes_the_question_back(storage: Storage) -> None:
    world, _, invitation = await complained(storage)
    await world.happens("case.resolved", None, "case-1", data={"invitation_id": invitation})

    await world.happens("case.reopened", None, "case-1")
    await world.later(hours=2)

    assert ("withdrawn", "reversed") in await world.verdicts("case-1")


async def test_without_a_name_it_is_the_newest_answer_about_the_occasion(storage: Storage) -> None:
    world, session, invitation = await complained(storage)

    await resolves(world, None, "o1", customer="minji")
    await world.taps(session, "2")

    assert await said(world, invitation) == "partly"


async def test_a_case_about_somebody_elses_answer_asks_nobody(storage: Storage) -> None:
    world, _, invitation = await complained(storage)
    await world.customer("jun")

    await resolves(world, invitation, customer="jun")
    await resolves(world, "unknown", "case-2", customer="minji")
    await resolves(world, None, "case-3", customer="minji")

    for case in ("case-1", "case-2", "case-3"):
        assert await world.verdicts(case) == [("skipped", "no_answer")]


async def test_its_answers_are_counted_apart_from_every_score(storage: Storage) -> None:
    world, _, _ = await complained(storage, "c0")
    for n in range(1, 6):
        session = await world.browser(await world.customer(f"c{n}"))
        await world.happens("order.paid", f"c{n}", f"order-{n}")
        await world.later(minutes=31)
        await world.taps(session, "5")
        (about,) = await invitations(world, f"c{n}")
        await resolves(world, about, f"case-{n}")
        await world.taps(session, "1" if n == 5 else "3")

    found = await table(world)
    (row,) = found.recoveries

    assert all(r.instrument != "resolved" for r in found.rows)
    assert (row.n, row.mean, row.distribution) == (5, None, (1, 0, 4))
    assert row.to_json()["distribution"] == [
        {"answer": "no", "count": 1},
        {"answer": "partly", "count": 0},
        {"answer": "yes", "count": 4},
    ]
    csat = [r for r in found.rows if (r.stage, r.instrument, r.n) == ("purchase", "csat", 6)]
    assert len(csat) == 1


async def test_a_foreign_number_is_no_button_of_it(storage: Storage) -> None:
    world, session, invitation = await complained(storage)
    await resolves(world, invitation)
    prompt = [b.prompt for b in await world.sees(session) if b.prompt.kind == "question"][-1]

    receipt = await world.acts(session, Tap(token=prompt.token or "", value="9"))

    assert receipt.forged == "value"
    assert await said(world, invitation) is None


@pytest.mark.parametrize(
    ("text", "kind", "score"),
    [
        ("네", "rated", 3),
        ("네 해결됐어요", "rated", 3),
        ("네, 잘 해결되었습니다. 감사합니다!", "rated", 3),
        ("해결됐습니다", "rated", 3),
        ("ㅇㅇ", "rated", 3),
        ("yes, all sorted", "rated", 3),
        ("It's fixed now, thanks", "rated", 3),
        ("yep", "rated", 3),
        ("아니요", "rated", 1),
        ("아직이요", "rated", 1),
        ("아직 해결 안 됐어요", "rated", 1),
        ("해결되지 않았습니다", "rated", 1),
        ("ㄴㄴ", "rated", 1),
        ("no", "rated", 1),
        ("Not yet", "rated", 1),
        ("it still isn't fixed", "rated", 1),
        ("일부만요", "rated", 2),
        ("절반만 해결됐어요", "rated", 2),
        ("partly", "rated", 2),
        ("not completely resolved", "rated", 2),
        ("네 아직이요", "unsure", None),
        ("yes and no", "unsure", None),
        ("3", "none", None),
        ("환불은 언제 되나요?", "none", None),
        ("no problem, when is my refund due?", "none", None),
        ("", "none", None),
    ],
)
def test_a_typed_word_is_read_and_never_guessed(text: str, kind: str, score: int | None) -> None:
    reading = read(text, RESOLVED)

    assert (reading.kind, reading.score) == (kind, score)


async def test_a_typed_word_answers_it_in_either_language(storage: Storage) -> None:
    world, session, invitation = await complained(storage)
    await resolves(world, invitation)
    await world.sees(session)

    await world.acts(session, Typed(text="네 해결됐어요"))

    assert await said(world, invitation) == "yes"


async def test_staff_may_say_it_themselves_by_the_order_or_by_the_invitation(
    storage: Storage,
) -> None:
    world, session, invitation = await complained(storage)

    done = await world.desk.obey(parse_order({"act": "resolved", "id": "o1"}), "cli:jun")
    await world.later(hours=1)
    await world.taps(session, "2")
    again = await world.desk.obey(parse_order({"act": "resolved", "id": invitation}), "cli:jun")

    trail = await storage.read(lambda tx: tx.audit.newest(10))
    assert (done, again, await said(world, invitation)) == ("resolved", "resolved", "partly")
    assert [(deed.act, deed.by, deed.subject) for deed in trail] == [
        ("resolved", "cli:jun", invitation)
    ] * 2


async def test_what_nobody_answered_about_cannot_be_resolved(storage: Storage) -> None:
    world = World(storage)
    await world.customer("minji")
    await world.happens("order.paid", "minji", "o1")

    for about in ("o1", "unknown"):
        with pytest.raises(NotFound):
            await world.desk.obey(parse_order({"act": "resolved", "id": about}), "cli:jun")


async def _both_due(storage: Storage, max_wait: str = "7d") -> tuple[World, str]:
    """Return a world in which the question after a complaint and another one are due at once."""
    rules = {"quiet_hours": None, "cap": {"asks": 9, "days": 1}, "cooldown_days": 0}
    at_once = {
        t.id: {"after": "0s", "occurrence": None, "max_wait": max_wait} for t in standard().triggers
    }
    world = World(storage, varied(rules=rules, triggers=at_once))
    session = await world.browser(await world.customer("minji"))
    await world.happens("order.paid", "minji", "o1")
    await world.taps(session, "1")
    (invitation,) = await invitations(world, "minji")
    await world.happens("support.solved", "minji", "t1")
    data = {"invitation_id": invitation}
    await world.happens("case.resolved", None, "case-1", source="desk", data=data)
    return world, session


async def _unanswered(world: World, session: str) -> int:
    return [b.prompt.kind for b in await world.sees(session)].count("question")


async def test_it_does_not_come_together_with_another_question(storage: Storage) -> None:
    world, session = await _both_due(storage)
    assert await _unanswered(world, session) == 1
    await world.later(hours=23)
    assert await _unanswered(world, session) == 1
    await world.later(hours=2)

    kinds = [b.prompt.kind for b in await world.sees(session)]
    assert (kinds.count("question"), kinds.count("closed")) == (1, 1)


async def test_it_comes_together_with_another_where_it_cannot_wait(storage: Storage) -> None:
    world, session = await _both_due(storage, max_wait="12h")

    assert await _unanswered(world, session) == 2
