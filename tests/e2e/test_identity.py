"""How a customer and her chat find each other, and how three channels make one result."""

from contextlib import AsyncExitStack
from typing import Any

from bot.orders import parse_order
from surveys.model import Channel
from surveys.ports import UnitOfWork
from surveys.service.identities import find_person
from tests.e2e.chats import Chat, Platform, seen, tap
from tests.e2e.deployment import Deployment, deployed, until
from tests.e2e.platforms import CHANNELS, platform
from tests.e2e.slack_chat import SlackPlatform, slack
from tests.e2e.telegram_chat import telegram
from tests.fakes.slack import Failure
from tests.fakes.slack_customer import Customer
from tests.fakes.telegram_faults import SERVER_ERROR


async def test_customers_of_three_channels_make_one_score(sqlite_url: str) -> None:
    async with AsyncExitStack() as stack:
        platforms = [await stack.enter_async_context(platform(name)) for name in CHANNELS]
        environ = {k: v for one in platforms for k, v in one.environ.items()}

        def meet(url: str) -> None:
            for one in platforms:
                one.meet(url)

        deployment = await stack.enter_async_context(deployed(sqlite_url, environ, prepare=meet))
        chats: list[Chat] = []
        for number in range(6):
            one: Platform = platforms[number % 3]
            chats.append(await one.join(deployment, f"c{number}", "ko", number + 1))
            event = deployment.event(f"c{number}", id=f"e{number}", subject=f"t{number}")
            assert (await deployment.post("/v1/events", event)).status == 202
        await deployment.come_to_the_present()
        for number, chat in enumerate(chats):
            (question,) = await seen(chat, 1)
            await tap(chat, question, str(number + 2))
            await seen(chat, 2)

        (row,) = [row for row in await deployment.results() if row["n"]]
        counted = {name: row[name] for name in ("n", "invited", "delivered", "answered")}
        assert counted == {"n": 6, "invited": 6, "delivered": 6, "answered": 6}
        assert (row["stage"], row["mean"], row["response_rate"]) == ("retention", 4.5, 1.0)
        assert [each["count"] for each in row["distribution"]] == [0, 1, 1, 1, 1, 1, 1]


async def test_a_company_without_any_link_reaches_its_customer_in_slack(sqlite_url: str) -> None:
    async with (
        slack(socket=False) as chats,
        deployed(sqlite_url, chats.environ, prepare=chats.meet) as deployment,
    ):
        chat = await chats.join(deployment, "c1", "ko")
        asked = len(chats.slack.calls("users.lookupByEmail"))
        await deployment.customer("c1", attributes={"tier": "gold"})
        await deployment.signed(deployment.event("c1"))
        await deployment.come_to_the_present()
        await seen(chat, 1)

    assert (asked, len(chats.slack.calls("users.lookupByEmail"))) == (1, 1)


async def test_a_slack_that_fails_costs_no_customer_and_is_asked_again(sqlite_url: str) -> None:
    async with (
        slack(socket=False) as chats,
        deployed(sqlite_url, chats.environ, prepare=chats.meet) as deployment,
    ):
        broken = (Failure.status(503), Failure.drop_before(), Failure.rate_limited())
        chats.slack.fail("users.lookupByEmail", *broken)
        await chats.join(deployment, "c1", "ko")
        links = await deployment.links("c1")
        await deployment.customer("c1")
        await deployment.customer("c1")
        await deployment.signed(deployment.event("c1"))
        await deployment.come_to_the_present()
        await seen_in_slack(chats, "U1")

    assert links["slack"] == {"matched": False}


async def seen_in_slack(chats: SlackPlatform, user: str) -> None:
    async def asked() -> list[Any]:
        return Customer(chats.slack, user).messages

    await until(asked)


async def test_an_email_that_nobody_verified_finds_nobody_in_slack(sqlite_url: str) -> None:
    async with (
        slack(socket=False) as chats,
        deployed(sqlite_url, chats.environ, prepare=chats.meet) as deployment,
    ):
        chats.slack.person("U1", email="c1@example.com")
        await deployment.customer("c1", email="c1@example.com")
        links = await deployment.links("c1")

    assert links["slack"] == {"matched": False}
    assert chats.slack.calls("users.lookupByEmail") == []


async def test_an_ask_waits_for_the_customer_to_join(sqlite_url: str) -> None:
    """An event may be there before the link is used; joining decides again."""
    async with (
        telegram("webhook") as chats,
        deployed(sqlite_url, chats.environ, prepare=chats.meet) as deployment,
    ):
        await deployment.customer("c1")
        await deployment.signed(deployment.event("c1"))
        await deployment.come_to_the_present()
        before = await deployment.verdicts("c1")
        user = chats.telegram.user(31)
        await user.start((await deployment.links("c1"))["telegram"]["token"])

        async def asked() -> bool:
            return any(message.keyboard for message in user.messages)

        await until(asked)

    assert [(kind, rule) for _, kind, rule in before] == [("held", "unreachable")]


async def test_a_used_link_gives_nobody_elses_conversation_away(sqlite_url: str) -> None:
    async with (
        telegram("webhook") as chats,
        deployed(sqlite_url, chats.environ, prepare=chats.meet) as deployment,
    ):
        await deployment.customer("c1", locale="ko")
        token = (await deployment.links("c1"))["telegram"]["token"]
        first, second = chats.telegram.user(31), chats.telegram.user(32)
        await first.start(token)
        await second.start(token)
        await deployment.signed(deployment.event("c1"))
        await deployment.come_to_the_present()

        async def asked() -> bool:
            return len(first.messages) == 2 and len(second.messages) == 1

        await until(asked)
        assert first.messages[1].keyboard
        assert not second.messages[0].keyboard


async def test_a_telegram_that_never_told_its_name_has_no_link_yet(sqlite_url: str) -> None:
    async with telegram("polling") as chats:
        chats.telegram.fail("getMe", *[SERVER_ERROR] * 1000)  # however often it is tried again
        async with deployed(sqlite_url, chats.environ, prepare=chats.meet) as deployment:
            await deployment.customer("c1")
            links = await deployment.links("c1")

    assert (links["telegram"], links["slack"]) == (None, None)
    assert links["webchat"]["url"].endswith(links["webchat"]["token"])


async def test_a_question_that_telegram_refuses_is_asked_in_slack_once(sqlite_url: str) -> None:
    """She blocked the bot without our hearing of it; nothing of it arrived, so her other chat is tried."""
    async with AsyncExitStack() as stack:
        phone = await stack.enter_async_context(telegram("webhook"))
        chats = await stack.enter_async_context(slack(socket=False))

        def meet(url: str) -> None:
            phone.meet(url)
            chats.meet(url)

        environ = {**phone.environ, **chats.environ}
        deployment = await stack.enter_async_context(deployed(sqlite_url, environ, prepare=meet))
        await chats.join(deployment, "c1", "ko")
        await deployment.customer("c1", preferred_channel="telegram")
        user = phone.telegram.user(31)
        await user.start((await deployment.links("c1"))["telegram"]["token"])

        async def welcomed() -> bool:
            return bool(user.messages)

        await until(welcomed)
        user.blocked = True
        await deployment.signed(deployment.event("c1"))
        await deployment.come_to_the_present()
        await seen_in_slack(chats, "U1")
        verdicts = await deployment.verdicts("c1")

    assert len(Customer(chats.slack, "U1").messages) == 1
    rules = [(kind, rule) for _, kind, rule in verdicts]
    assert ("held", "fell_back") in rules
    assert [kind for kind, _ in rules].count("asked") == 2


async def slack_holder(deployment: Deployment, user: str) -> str | None:
    """Return the company's id of whoever has this Slack chat."""

    def look(tx: UnitOfWork) -> str | None:
        found = [a for a in (tx.addresses.find(Channel.SLACK, "T0HOME", user),) if a]
        people = [tx.people.get(address.person_id) for address in found]
        return next((person.external_id for person in people if person), None)

    return await deployment.app.storage.read(look)


async def test_who_wrote_in_slack_before_she_was_matched_is_that_customer(sqlite_url: str) -> None:
    async with (
        slack(socket=False) as chats,
        deployed(sqlite_url, chats.environ, prepare=chats.meet) as deployment,
    ):
        chats.slack.clock = lambda: deployment.clock.now().timestamp()
        chats.slack.person("U1", email="c1@example.com")
        await Customer(chats.slack, "U1").say("그만")
        await chats.join(deployment, "c1", "ko")
        person = await deployment.app.storage.read(lambda tx: find_person(tx, "c1"))

    assert person.opted_out_at is not None


async def test_a_match_takes_no_chat_from_another_customer_nor_back_from_staff(
    sqlite_url: str,
) -> None:
    known = [{"namespace": "slack:user", "value": "U1"}]
    async with (
        slack(socket=False) as chats,
        deployed(sqlite_url, chats.environ, prepare=chats.meet) as deployment,
    ):
        await chats.join(deployment, "c1", "ko")
        await deployment.customer("c2", identifiers=known)
        holders = [await slack_holder(deployment, "U1")]
        for _ in range(2):
            order = parse_order({"act": "split", "id": "slack:T0HOME:U1"})
            await deployment.app.desk.obey(order, "cli:min")
            holders.append(await slack_holder(deployment, "U1"))
            await deployment.customer("c1")
            holders.append(await slack_holder(deployment, "U1"))

    assert holders == ["c1", None, None, None, None]
