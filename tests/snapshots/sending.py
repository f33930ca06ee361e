"""Sends templates through the real messengers and returns what arrived at the platforms, by name."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import aiohttp

from bot.slack.immediate import show
from bot.slack.messenger import SlackMessenger, web_client
from bot.slack.session import OneRequest
from bot.webchat.messages import bubbles_json, receipt_json
from surveys.model import Address, Bubble, Channel, Command, Incoming, OutcomeKind, Receipt
from surveys.ports import Messenger
from tests.fakes.slack import FakeSlack
from tests.fakes.telegram_kit import address, notice, rig
from tests.snapshots.templates import Template, Templates

AT = datetime(2026, 11, 18, 3, 12, tzinfo=UTC)
Payloads = Mapping[str, Any]


async def telegram(templates: Templates) -> Payloads:
    """Return each request of the Bot API with its method."""
    async with rig() as made, made.channel() as channel:
        made.telegram.user(31).known = True
        journal = made.telegram.journal
        first = await channel.messenger.send(address(), notice("."), "key")

        async def sent(template: Template) -> Any:
            await _sent(channel.messenger, address(), template, first.ref)
            return {"method": journal[-1].method, **journal[-1].arguments}

        return {each.name: await sent(each) for each in templates if not each.is_form}


async def slack(templates: Templates) -> Payloads:
    """Return each request of the Web API with its method; what is new in each call has one name here."""
    async with FakeSlack(clock=AT.timestamp) as fake, aiohttp.ClientSession() as session:
        fake.person("U1")
        chat = fake.dm("U1")
        client = web_client(fake.token, fake.base_url, OneRequest(session, 10.0))
        messenger = SlackMessenger(client, fake.team, lambda: "stamp")
        her = Address(
            id="a1", person_id="p1", channel=Channel.SLACK, account=fake.team, user="U1",
            chat=chat, created_at=AT,
        )  # fmt: skip
        first = await messenger.send(her, notice("."), "key")

        async def sent(template: Template) -> Any:
            if template.is_form:
                receipt = Receipt(form=template.prompt)
                await show(client, receipt, _tap(fake, chat), fake.trigger())
            else:
                await _sent(messenger, her, template, first.ref)
            call = fake.journal[-1]
            one_name = {"trigger_id": "trigger"} if "trigger_id" in call.args else {}
            return {"method": call.method, **call.args, **one_name}

        return {each.name: await sent(each) for each in templates}


async def webchat(templates: Templates) -> Payloads:
    """Return each message as the browser gets it; its form is part of what an act is answered."""
    return {
        each.name: receipt_json(Receipt(form=each.prompt))["form"]
        if each.is_form
        else bubbles_json((Bubble(id="b1", prompt=each.prompt, at=AT),))["bubbles"][0]
        for each in templates
    }


def _tap(fake: FakeSlack, chat: str) -> Incoming:
    return Incoming(
        source=f"slack:A/{fake.team}", key="k", channel=Channel.SLACK, account=fake.team,
        user="U1", chat=chat, at=AT, order=1.0, act=Command(name="write"),
    )  # fmt: skip


async def _sent(
    messenger: Messenger, to: Address, template: Template, first: Mapping[str, Any] | None
) -> None:
    outcome = (
        await messenger.edit(to, first or {}, template.prompt)
        if template.edits
        else await messenger.send(to, template.prompt, "key")
    )
    assert outcome.kind is OutcomeKind.ACCEPTED, (template.name, outcome)


CHANNELS: Mapping[str, Callable[[Templates], Awaitable[Payloads]]] = {
    "telegram": telegram,
    "slack": slack,
    "webchat": webchat,
}
