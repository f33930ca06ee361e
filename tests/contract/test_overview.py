"""surveys.overview.Overview: what staff read across all customers."""

from collections import Counter
from dataclasses import replace

from surveys.model import (
    Channel,
    DeliveryState,
    Identifier,
    InvitationState,
    VerdictKind,
    WebhookMessage,
    WebhookState,
    WebhookType,
)
from surveys.overview import DEPTH, LogPage, LogWanted, Pending, Place, RuleCounts, pending
from surveys.ports import Storage
from tests.contract import examples as ex

DAY = LogWanted(since=ex.at(5), before=Place(ex.at(1440), 0))


async def log(world: Storage) -> None:
    """Six decisions, a minute from each other, numbered by it; every other one ended in another verdict."""
    for minute in range(6):
        decision = ex.decision(
            f"d{minute}",
            event_id="event-1" if minute == 4 else f"other-{minute}",
            trigger="a_b" if minute < 2 else "axb",
            verdicts=(ex.verdict(VerdictKind.HELD, rule="turn", at=ex.at(10 + minute)),),
        )
        if minute % 2:
            skipped = ex.verdict(VerdictKind.SKIPPED, rule="cap", at=ex.at(minute + 500))
            decision = decision.then(skipped)
        await world.write(lambda unit, row=decision: unit.decisions.add(row))  # type: ignore[misc]  # bound as it is now
    ask = ex.invitation("asked", decision_id="d4", event_id="event-1", channel=Channel.SLACK)
    await world.write(lambda unit: unit.invitations.add(ask))


async def page(world: Storage, wanted: LogWanted, limit: int = 9, depth: int = DEPTH) -> LogPage:
    return await world.read(lambda unit: unit.overview.decisions(wanted, limit, depth))


async def rules(world: Storage, wanted: LogWanted, depth: int = DEPTH) -> RuleCounts:
    return await world.read(lambda unit: unit.overview.rules(wanted, depth))


def ids(found: LogPage) -> list[str]:
    return [each.decision.id for each in found.found]


async def test_the_log_is_read_newest_first_a_page_after_the_other(world: Storage) -> None:
    await log(world)

    first = await page(world, DAY, limit=4)
    assert (ids(first), first.looked) == (["d5", "d4", "d3", "d2"], 4)
    assert first.go_on == first.found[-1].place
    rest = await page(world, replace(DAY, before=first.go_on), limit=4)
    assert (ids(rest), rest.go_on, rest.looked) == (["d1", "d0"], None, 2)


async def test_decisions_of_one_instant_keep_their_places_over_pages(world: Storage) -> None:
    at_once = (ex.verdict(at=ex.at(7)),)
    rows = [ex.decision(f"d{n}", event_id=f"e{n}", verdicts=at_once) for n in range(5)]
    await ex.store_all(world, lambda unit: unit.decisions.add, *rows)
    wanted, seen = DAY, list[str]()

    while True:
        found = await page(world, wanted, limit=2)
        seen += ids(found)
        if found.go_on is None:
            break
        wanted = replace(wanted, before=found.go_on)

    assert seen == ["d4", "d3", "d2", "d1", "d0"]


async def test_each_filter_keeps_what_it_says(world: Storage) -> None:
    await log(world)

    assert ids(await page(world, replace(DAY, triggers=("a_b", "none")))) == ["d1", "d0"]
    assert ids(await page(world, replace(DAY, triggers=()))) == []
    assert ids(await page(world, replace(DAY, kind=VerdictKind.SKIPPED))) == ["d5", "d3", "d1"]
    assert ids(await page(world, replace(DAY, rule="turn"))) == ["d4", "d2", "d0"]
    assert ids(await page(world, replace(DAY, channel=Channel.SLACK))) == ["d4"]
    assert ids(await page(world, replace(DAY, channel=Channel.TELEGRAM))) == []
    later = replace(DAY, since=ex.at(12), before=Place(ex.at(14), 0))
    assert ids(await page(world, later)) == ["d3", "d2"]


async def test_a_page_looks_no_deeper_than_it_may_and_says_where_to_go_on(world: Storage) -> None:
    await log(world)
    wanted = replace(DAY, triggers=("a_b",))

    first = await page(world, wanted, depth=3)
    assert (ids(first), first.looked) == ([], 3)
    assert first.go_on is not None
    second = await page(world, replace(wanted, before=first.go_on), depth=4)
    assert (ids(second), second.go_on) == (["d1", "d0"], None)


async def test_the_last_verdicts_of_a_window_are_counted(world: Storage) -> None:
    await log(world)

    wanted = LogWanted(since=ex.at(11), before=Place(ex.at(16), 0))
    found = await rules(world, wanted)
    assert list(found.counts.items()) == [
        ((VerdictKind.SKIPPED, "cap"), 3),
        ((VerdictKind.HELD, "turn"), 2),
    ]
    assert found.looked == 5
    newest = await rules(world, wanted, depth=1)
    assert (dict(newest.counts), newest.looked) == ({(VerdictKind.SKIPPED, "cap"): 1}, 1)


async def test_what_is_counted_is_what_the_log_has_of_it(world: Storage) -> None:
    await log(world)
    asked_for = (
        DAY,
        replace(DAY, triggers=("a_b",)),
        replace(DAY, triggers=()),
        replace(DAY, channel=Channel.SLACK),
        replace(DAY, channel=Channel.SLACK, triggers=("a_b",)),
    )

    for wanted in asked_for:
        found = await rules(world, replace(wanted, kind=VerdictKind.SKIPPED, rule="turn"))
        shown = await page(world, wanted)
        lasts = [each.decision.verdicts[-1] for each in shown.found]
        assert found.counts == Counter((last.kind, last.rule) for last in lasts)
        assert found.looked == 6


async def test_asks_that_wait_come_in_the_order_in_which_they_are_due(world: Storage) -> None:
    waits = {"state": InvitationState.WAITING}
    rows = [
        ex.invitation("late", due_at=ex.at(9), occasion="1", **waits),
        ex.invitation("soon", due_at=ex.at(1), occasion="2", **waits),
        ex.invitation("open", due_at=ex.at(0), state=InvitationState.OPEN, occasion="3"),
    ]
    await ex.store_all(world, lambda unit: unit.invitations.add, *rows)

    found = await world.read(lambda unit: unit.overview.waiting(9, DEPTH))
    assert [each.id for each in found] == ["soon", "late"]
    assert await world.read(lambda unit: unit.overview.waiting(9, 1)) == ()


async def test_people_are_found_by_how_a_name_begins(world: Storage) -> None:
    named = {
        "low": "order-a",
        "up": "Order-A",
        "ko": "order-가",
        "other": "orders",
        "gone": "order-gone",
        "given": "order-given",
    }
    for name, value in named.items():
        person = ex.person(name, external_id=name)
        if name == "gone":
            person = replace(person, erased_at=ex.at(1))
        if name == "given":
            person = replace(person, joined_to="low")
        names = [Identifier(namespace="id", value=value)]
        if name == "low":
            names.append(Identifier(namespace="shop", value="order-a"))
        await world.write(lambda unit, row=person: unit.people.add(row))  # type: ignore[misc]  # bound as it is now
        for each in names:
            await world.write(
                lambda unit, each=each, name=name: unit.people.name(name, each)  # type: ignore[misc]  # as above
            )

    async def starting(value: str, limit: int = 9) -> list[str]:
        wanted = Identifier(namespace="id", value=value)
        found = await world.read(lambda unit: unit.overview.starting(wanted, limit))
        return [person.id for person in found]

    assert await starting("order-") == ["low", "ko"]
    assert await starting("order") == ["low", "ko", "other"]
    assert await starting("order", limit=1) == ["low"]
    assert await starting("%") == []


async def test_people_are_found_by_the_user_of_a_chat(world: Storage) -> None:
    people = [ex.person("mia"), ex.person("gone", erased_at=ex.at(1))]
    await ex.store_all(world, lambda unit: unit.people.add, *people)
    chats = [
        ex.address("a", user="7001"),
        ex.address("b", user="7001", account="8002", person_id="mia"),
        ex.address("c", user="7001", account="8003"),
        ex.address("d", user="70011"),
        ex.address("e", user="9", person_id="gone"),
    ]
    await ex.store_all(world, lambda unit: unit.addresses.add, *chats)

    async def found(user: str, limit: int = 9) -> list[str]:
        people = await world.read(lambda unit: unit.overview.reached_at(user, limit))
        return [person.id for person in people]

    assert await found("7001") == ["ann", "mia"]
    assert await found("7001", limit=1) == ["ann"]
    assert (await found("9"), await found("700")) == ([], [])


async def test_what_was_sent_is_told_newest_first(world: Storage) -> None:
    sent = {"state": DeliveryState.SENT, "due_at": None}
    rows = [ex.delivery(f"m{n}", key=f"k{n}", created_at=ex.at(n), **sent) for n in range(3)]
    lost = ex.delivery("lost", key="k9", state=DeliveryState.UNKNOWN, due_at=None)
    await ex.store_all(world, lambda unit: unit.deliveries.add, *rows, lost)

    person = rows[0].person_id
    mine = await world.read(lambda unit: unit.overview.deliveries(person, 2))
    newest = await world.read(lambda unit: unit.overview.in_state(DeliveryState.SENT, 2))
    counts = await world.read(lambda unit: unit.overview.states(2))
    assert [each.id for each in mine] == ["lost", "m2"]
    assert [each.id for each in newest] == ["m2", "m1"]
    older = await world.read(lambda unit: unit.overview.in_state(DeliveryState.SENT, 2, "m1"))
    none = await world.read(lambda unit: unit.overview.in_state(DeliveryState.SENT, 2, "never"))
    assert ([each.id for each in older], none) == (["m0"], ())
    assert (counts[DeliveryState.SENT], counts[DeliveryState.UNKNOWN]) == (2, 1)
    assert counts[DeliveryState.FAILED] == 0


async def test_what_is_not_sent_yet_is_counted_by_what_tells_why(world: Storage) -> None:
    web = {"channel": Channel.WEBCHAT}
    again = {"due_at": ex.at(9), "attempts": 2}
    rows = [
        *(ex.delivery(f"w{n}", key=f"w{n}", due_at=ex.at(n), **web) for n in range(2)),
        ex.delivery("later", key="l", due_at=ex.at(9), **web),
        ex.delivery("again", key="a", channel=Channel.TELEGRAM, **again),
        ex.delivery("sent", key="s", state=DeliveryState.SENT, due_at=None, **web),
    ]
    await ex.store_all(world, lambda unit: unit.deliveries.add, *rows)

    found = await world.read(lambda unit: unit.overview.pending(ex.at(5), DEPTH))
    of = rows[0].delivery_class
    assert found == {
        Pending(Channel.WEBCHAT, of, is_due=True, was_tried=False): 2,
        Pending(Channel.WEBCHAT, of, is_due=False, was_tried=False): 1,
        Pending(Channel.TELEGRAM, of, is_due=False, was_tried=True): 1,
    }
    assert Counter(pending(each, ex.at(5)) for each in rows[:-1]) == found
    first = await world.read(lambda unit: unit.overview.pending(ex.at(5), 3))
    assert sum(first.values()) == 3


async def test_slots_and_asks_of_a_person_are_read_without_a_lock(world: Storage) -> None:
    asks = [ex.invitation(f"i{n}", occasion=str(n)) for n in range(3)]
    await ex.store_all(world, lambda unit: unit.invitations.add, *asks)
    slots = [ex.slot(f"i{n}", at=ex.at(9 - n)) for n in range(2)]
    await ex.store_all(world, lambda unit: unit.clocks.reserve, *slots)

    found = await world.read(lambda unit: unit.overview.slots(slots[0].person_id))
    made = await world.read(lambda unit: unit.overview.invitations(asks[0].person_id, 2))
    assert found == (slots[1], slots[0])
    assert [each.id for each in made] == ["i2", "i1"]


async def test_what_other_systems_are_told_is_read_from_its_end(world: Storage) -> None:
    rows = [
        WebhookMessage(
            id=f"w{n}",
            destination="crm",
            type=WebhookType.ANSWER_RECORDED,
            created_at=ex.at(n),
            data={},
            person_id="ann",
            state=WebhookState.PENDING,
            due_at=ex.at(n),
        )
        for n in range(3)
    ]
    await ex.store_all(world, lambda unit: unit.webhooks.add, *rows)

    assert await world.read(lambda unit: unit.overview.webhooks(2)) == (rows[2], rows[1])
