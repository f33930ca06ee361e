"""N rows below HTTP: what fails before a request has left, what dies while it does, and how long we stay away."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.slack.messenger import SlackMessenger, web_client
from bot.slack.session import OneRequest
from surveys.model import Channel, DeliveryState, Outcome, OutcomeKind
from surveys.ports import Messenger
from tests.e2e.chats import seen
from tests.fakes import telegram_faults as telegram
from tests.fakes.relay import Relay
from tests.fakes.slack import Failure, FakeSlack
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_kit import address, question, rig
from tests.faults.asking import PUSHED, asking

BOTH = (Channel.TELEGRAM, Channel.SLACK)
SELF_SIGNED = Path(__file__).with_name("self_signed.pem")


def untrusted() -> ssl.SSLContext:
    """A server's side of TLS with a certificate that nobody vouches for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(SELF_SIGNED)
    return context


@asynccontextmanager
async def messenger_at(channel: Channel, url: str) -> AsyncIterator[Messenger]:
    """A messenger whose platform is at the URL; nothing of it has to be there."""
    if channel is Channel.TELEGRAM:
        async with rig() as made, made.channel(base_url=f"{url}/bot") as joined:
            yield joined.messenger
    else:
        async with aiohttp.ClientSession() as session:
            client = web_client("xoxb-1", f"{url}/api/", OneRequest(session))
            yield SlackMessenger(client, "T0HOME", lambda: "s")


@pytest.mark.parametrize("name", PUSHED)
async def test_n01_while_connections_are_refused_nothing_is_sent_and_then_one_post(
    name: str, tmp_path: Path
) -> None:
    async with asking(name, tmp_path) as made:
        await made.wire.shut()
        await made.ask()
        refused = await made.tried()
        posts = made.posts
        await made.wire.open()
        await seen(made.chat, 1)
        asked = await made.ended()
        tries = await made.tried()

    assert {one.kind for one in refused} == {OutcomeKind.NOT_SENT}
    assert posts == 0
    assert [one.kind for one in tries][-1] is OutcomeKind.ACCEPTED
    assert {one.kind for one in tries[:-1]} == {OutcomeKind.NOT_SENT}
    assert (made.posts, asked.state, asked.resends) == (1, DeliveryState.SENT, 0)


@pytest.mark.parametrize("channel", BOTH)
async def test_n01_a_name_that_no_one_knows_is_proof_that_nothing_was_sent(
    channel: Channel,
) -> None:
    async with messenger_at(channel, "http://platform.invalid") as messenger:
        outcome = await messenger.send(address(), question(), "d1")

    assert outcome.kind is OutcomeKind.NOT_SENT


@pytest.mark.parametrize("name", PUSHED)
async def test_n08_a_pooled_connection_reset_by_our_first_byte_is_unknown_and_not_retried(
    name: str, tmp_path: Path
) -> None:
    """aiohttp sends a lost GET again over a new connection, which stands ready here; a post it must not."""
    async with asking(name, tmp_path) as made:
        made.wire.go_stale()
        await made.ask()
        (tried,) = await made.tried()
        posts = made.posts
        await made.later(hours=1)
        question = await made.ended()

    assert (tried.kind, made.wire.resets, posts) == (OutcomeKind.UNKNOWN, 1, 0)
    absent = {"telegram": (DeliveryState.PARKED, 0), "slack": (DeliveryState.SENT, 1)}
    assert (question.state, question.resends) == absent[made.channel]
    assert made.posts == question.resends


async def test_n08_what_aiohttp_does_send_again_behind_our_back_is_a_get() -> None:
    """So that the row before is known to be able to fail."""
    async with (
        FakeTelegram() as platform,
        Relay(platform.base_url) as wire,
        aiohttp.ClientSession() as session,
    ):
        for _ in range(2):
            async with session.get(f"{wire.url}{platform.token}/getMe") as answer:
                assert answer.status == 200
            wire.go_stale()

    assert (wire.resets, len(platform.calls("getMe"))) == (1, 2)


@pytest.mark.parametrize("channel", BOTH)
async def test_n09_a_certificate_that_nobody_vouches_for_ends_it_before_a_byte_is_sent(
    channel: Channel,
) -> None:
    async with FakeSlack() as slack, Relay(slack.base_url, tls=untrusted()) as wire:
        root = wire.url.removesuffix("/api/")
        async with messenger_at(channel, root) as messenger:
            outcome = await messenger.send(address(), question(), "d1")

    assert outcome == Outcome(kind=OutcomeKind.NOT_SENT, reason="tls")
    assert slack.journal == []


@pytest.mark.parametrize("name", PUSHED)
async def test_n09_while_the_certificate_is_bad_the_channel_is_red_and_the_question_waits(
    name: str, tmp_path: Path
) -> None:
    async with asking(name, tmp_path) as made, Relay(made.base_url, tls=untrusted()) as imposter:
        await made.move(imposter.url)
        await made.ask()
        health = await made.is_red()
        await made.later(minutes=5)
        waiting, posts = await made.question(), made.posts
        await made.move(made.base_url)
        await seen(made.chat, 1)
        asked = await made.ended()

    assert "tls" in health["reason"]
    assert waiting is not None
    assert (waiting.state, posts) == (DeliveryState.PENDING, 0)
    assert (asked.state, made.posts) == (DeliveryState.SENT, 1)


@pytest.mark.parametrize("stated", ["-5", "abc"])
@pytest.mark.parametrize("name", PUSHED)
async def test_n10_a_wait_that_is_none_means_a_second(
    name: str, stated: str, tmp_path: Path
) -> None:
    async with asking(name, tmp_path) as made:
        made.fail(telegram.flood(stated), Failure.rate_limited(stated))
        await made.ask()
        await seen(made.chat, 1)
        asked = await made.ended()
        paused, accepted = await made.tried(2)

    assert (paused.kind, accepted.kind) == (OutcomeKind.PAUSED, OutcomeKind.ACCEPTED)
    assert paused.ended_at is not None
    assert accepted.started_at - paused.ended_at >= timedelta(seconds=1)
    assert (made.posts, asked.state, asked.attempts) == (2, DeliveryState.SENT, 1)


@pytest.mark.parametrize("name", PUSHED)
async def test_n10_a_wait_of_years_means_an_hour(name: str, tmp_path: Path) -> None:
    stated = str(10**9)
    async with asking(name, tmp_path) as made:
        made.fail(telegram.flood(stated), Failure.rate_limited(stated))
        await made.ask()
        (paused,) = await made.tried()
        await made.later(minutes=55)
        held = made.posts
        await made.later(minutes=6)
        asked = await made.ended()

    assert paused.kind is OutcomeKind.PAUSED
    assert (held, made.posts, asked.state) == (1, 2, DeliveryState.SENT)
