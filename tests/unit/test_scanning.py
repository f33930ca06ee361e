"""surveys.service.scanning: one scan from the code to the counted answer, and what keeps it honest."""

from datetime import UTC, datetime, timedelta

import pytest

from surveys.model import Channel, Command, Incoming, Purpose, Started
from surveys.ports import UnitOfWork
from surveys.program import SCANNED, default_program
from surveys.service import scanning
from surveys.service.explaining import Explanation
from surveys.service.people import hash_token
from tests.world import NOON, World

SECRET = "s" * 24
USER = hash_token(SECRET)[:32]
NIGHT = datetime(2026, 11, 2, 14, 30, tzinfo=UTC)
"""Half past eleven at night in Seoul."""


@pytest.fixture
def world() -> World:
    return World()


def code(world: World, touchpoint: str = "checkout") -> str:
    return scanning.code_of(world.ctx.salt, touchpoint)


async def scanned(world: World, scan_id: str = SECRET, session: str = "", **given: str) -> str:
    """Scan the checkout's code in a browser, and let the application run; return the session."""
    opened = await world.desk.scan(given.get("code", code(world)), scan_id, "en", session)
    assert opened is not None
    assert opened.consent_text == world.program.consent.text[opened.language]
    await world.later(seconds=1)
    return opened.session


async def kinds(world: World, session: str) -> list[str]:
    return [bubble.prompt.kind for bubble in await world.sees(session)]


async def test_a_scan_asks_whoever_scans_what_its_touchpoint_asks(world: World) -> None:
    session = await scanned(world)
    (question,) = await world.sees(session)
    assert (question.prompt.kind, question.prompt.language) == ("question", "en")
    assert "ordering and paying" in question.prompt.text

    await world.taps(session, "5")

    def answers(tx: UnitOfWork) -> list[tuple[int | None, str, str, str, str]]:
        address = tx.addresses.find(Channel.WEBCHAT, "web", USER)
        assert address is not None
        (stored,) = tx.events.of_person(address.person_id)
        (invitation,) = tx.invitations.of_event(stored.id)
        return [
            (
                a.score,
                a.dimensions.touchpoint,
                a.dimensions.stage,
                a.dimensions.channel,
                stored.event.type,
            )
            for a in tx.answers.of_invitation(invitation.id)
        ]

    assert await world.storage.read(answers) == [
        (5, "checkout", "purchase", "webchat", "touchpoint.scanned.checkout")
    ]


async def test_the_consent_is_written_down_with_its_wording(world: World) -> None:
    await scanned(world)

    def ledger(tx: UnitOfWork) -> list[tuple[Purpose, bool, str, str]]:
        address = tx.addresses.find(Channel.WEBCHAT, "web", USER)
        assert address is not None
        return [
            (c.purpose, c.granted, c.source, c.text_version)
            for c in tx.consents.of_person(address.person_id)
        ]

    version = world.program.consent.version
    assert await world.storage.read(ledger) == [(Purpose.SERVICE_SURVEY, True, "qr", version)]


async def test_the_same_device_is_told_politely_that_it_was_asked(world: World) -> None:
    session = await scanned(world)
    await world.taps(session, "4")
    before = await kinds(world, session)

    again = await scanned(world, "t" * 24, session)

    assert again == session
    assert await kinds(world, session) == [*before, "notice"]
    assert "not long ago" in (await world.sees(session))[-1].prompt.text

    await world.later(days=91)
    session = await scanned(world, "u" * 24, session)
    assert (await kinds(world, session))[-1] == "question"


async def test_a_scan_whose_answer_was_lost_on_the_way_counts_once(world: World) -> None:
    first = await scanned(world)
    second = await scanned(world)

    assert first != second
    assert await kinds(world, second) == ["question"]
    assert await kinds(world, first) == ["question"]


async def test_another_device_is_somebody_else(world: World) -> None:
    first, second = await scanned(world), await scanned(world, "t" * 24)

    assert await kinds(world, first) == await kinds(world, second) == ["question"]


async def test_who_comes_at_night_is_asked_at_night(world: World) -> None:
    world.clock.at = NIGHT

    assert await kinds(world, await scanned(world)) == ["question"]


async def test_a_known_customer_is_asked_as_herself_in_the_browser_that_scanned(
    world: World,
) -> None:
    person_id = await world.customer("c1")
    session = await world.browser(person_id)

    assert await scanned(world, session=session) == session

    assert (await kinds(world, session))[-1] == "question"
    explained: tuple[Explanation, ...] = await world.why("c1")
    assert [d.trigger for each in explained for d in each.decisions] == ["scan.checkout"]


async def test_a_scan_ends_an_earlier_opt_out_as_a_link_does(world: World) -> None:
    session = await world.browser(await world.customer("c1"))
    await world.desk.act(session, "stop", 1, Command(name="stop"))
    await world.desk.act(session, "all", 2, Command(name="stop", argument="all"))

    await scanned(world, session=session)

    assert (await kinds(world, session))[-1] == "question"


@pytest.mark.parametrize("forged", ["", "q", "qcheckout", "q" + "A" * 22, "checkout", "\ud800"])
async def test_a_forged_code_begins_nothing(world: World, forged: str) -> None:
    assert await world.desk.scan(forged, SECRET, "ko") is None
    assert await world.desk.invitation(forged, "ko") is None


async def test_a_code_names_its_touchpoint_to_its_own_deployment_only(world: World) -> None:
    invited = await world.desk.invitation(code(world, "delivery"), "ko")
    assert invited is not None
    assert (invited.touchpoint, invited.consent_text) == ("배송", world.program.consent.text["ko"])

    foreign = scanning.code_of("another salt", "delivery")
    assert await world.desk.invitation(foreign, "ko") is None
    codes = {code(world, touchpoint.id) for touchpoint in world.program.touchpoints}
    assert len(codes) == len(world.program.touchpoints)
    assert {len(each) for each in codes} == {23}


async def test_on_telegram_a_scan_greets_with_the_consent_text_and_asks(world: World) -> None:
    start = Incoming(
        source="telegram:7",
        key="1",
        channel=Channel.TELEGRAM,
        account="7",
        user="42",
        chat="42",
        at=NOON,
        order=1,
        act=Started(token=code(world)),
        locale="en",
    )
    await world.desk.receive(start)
    await world.later(seconds=1)

    def sent(tx: UnitOfWork) -> list[str]:
        address = tx.addresses.find(Channel.TELEGRAM, "7", "42")
        assert address is not None
        due = tx.deliveries.pullable(address.id, world.clock.now(), 9)
        return [delivery.kind for delivery in due]

    assert await world.storage.read(sent) == ["notice.welcome", "question"]


def test_a_program_may_say_itself_what_a_scan_begins() -> None:
    program = default_program()
    own = program.trigger("support").model_copy(
        update={"id": "kiosk", "on": f"{SCANNED}checkout", "touchpoint": "checkout"}
    )
    told = program.model_copy(update={"triggers": (*program.triggers, own)})

    assert [t.id for t in program.triggers_on(f"{SCANNED}checkout")] == ["scan.checkout"]
    assert [t.id for t in told.triggers_on(f"{SCANNED}checkout")] == ["kiosk"]
    assert program.trigger("scan.checkout").survey == "checkout-csat"
    assert program.trigger("scan.checkout").max_wait == timedelta(hours=1)
    assert program.version == default_program().version
