"""``POST /v1/customers`` and ``POST /v1/customers/{id}/links``."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import Response

from bot.http_bodies import read_body
from bot.intake.customers import MAX_BODY, read_customer
from bot.intake.post_events import Authenticate, require_scope
from bot.intake.problems import json_response
from bot.strict_json import parse_object
from surveys.errors import NotFound, SurveyError
from surveys.model import Address, Channel, Identifier, Json, Person
from surveys.ports import Clock, Storage, UnitOfWork
from surveys.service.people import LINK_DAYS, attach, create_link, upsert
from surveys.service.shadows import living

SCOPE: Final = "customers:write"
MATCH_SECONDS: Final = 5.0
"""How long an upsert may wait for Slack."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A customer found in a channel; the fields are those of an Address."""

    account: str
    user: str
    chat: str
    locale: str | None = None


SlackMatch = Callable[[str | None, str | None], Awaitable[Found | None]]
"""Finds a Slack user by verified e-mail and by user id, the id first; None where it cannot be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How customers can be reached here.

    Attributes:
        links: makes a link's URL from its token, for each channel that has links; None while the
            channel does not know its own name yet.
        slack: finds people in Slack; None where Slack is not connected.
    """

    links: Mapping[Channel, Callable[[str], str | None]]
    slack: SlackMatch | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ids:
    """Makes row ids and 128-bit link tokens."""

    new_id: Callable[[], str]
    new_token: Callable[[], str]


class CustomersDoor:
    """Takes customers in and gives links out.

    ``reconsider`` decides again about asks that waited for this person; it runs in the same commit. ``bring``
    makes a chat that is known already the person's, or says that it is somebody else's.
    """

    def __init__(
        self,
        storage: Storage,
        authenticate: Authenticate,
        clock: Clock,
        ids: Ids,
        reach: Reach,
        reconsider: Callable[[UnitOfWork, str], None],
        bring: Callable[[UnitOfWork, Address, Person], bool],
    ) -> None:
        self._storage = storage
        self._authenticate = authenticate
        self._clock = clock
        self._ids = ids
        self._reach = reach
        self._reconsider = reconsider
        self._bring = bring

    async def post(self, request: Request) -> Response:
        """Upsert a customer, look for her in Slack if she is not there yet, and answer 200 with her id."""
        await require_scope(self._authenticate, request, SCOPE)
        now = self._clock.now()
        given = read_customer(parse_object(await read_body(request, MAX_BODY)), now)

        def write(tx: UnitOfWork) -> tuple[Person, tuple[Identifier, ...], bool]:
            person = upsert(tx, given, now=now, new_id=self._ids.new_id)
            self._reconsider(tx, person.id)
            here = any(a.channel is Channel.SLACK for a in tx.addresses.of_person(person.id))
            return person, tx.people.names(person.id), here

        person, names, in_slack = await self._storage.write(write)
        if self._reach.slack is not None and not in_slack:
            await self._try_match(person, names, self._reach.slack, now)
        return json_response({"id": given.id})

    async def _try_match(
        self, person: Person, names: tuple[Identifier, ...], match: SlackMatch, now: datetime
    ) -> None:
        """Match if Slack allows: the customer is stored, and the next upsert or link tries again."""
        try:
            async with asyncio.timeout(MATCH_SECONDS):
                await self._match(person, names, match, now)
        except (SurveyError, TimeoutError) as problem:
            _log.warning("customer not looked up in Slack", problem=str(problem) or "timeout")

    async def post_links(self, request: Request) -> Response:
        """Answer with one-time links for each channel that is connected, null for the others."""
        await require_scope(self._authenticate, request, SCOPE)
        now = self._clock.now()
        person, names = await self._known(request.path_params["customer"])
        channels = [c for c in (Channel.TELEGRAM, Channel.WEBCHAT) if c in self._reach.links]
        reply: dict[str, Json] = {"telegram": None, "webchat": None, "slack": None}
        reply |= await self._linked(person, channels, now)
        if self._reach.slack is not None:
            reply["slack"] = {"matched": await self._match(person, names, self._reach.slack, now)}
        return json_response(reply)

    async def _known(self, customer_id: str) -> tuple[Person, tuple[Identifier, ...]]:
        own = Identifier(namespace="id", value=customer_id)

        def look(tx: UnitOfWork) -> tuple[Person, tuple[Identifier, ...]]:
            for person in tx.people.named([own]):
                if person.external_id is not None and person.erased_at is None:
                    return person, tx.people.names(person.id)
            raise NotFound("customer", customer_id[:100])

        return await self._storage.read(look)

    async def _linked(
        self, person: Person, channels: list[Channel], now: datetime
    ) -> dict[str, Json]:
        def write(tx: UnitOfWork) -> dict[Channel, str]:
            return {
                channel: create_link(tx, person.id, channel, now=now, new_token=self._ids.new_token)
                for channel in channels
            }

        tokens = await self._storage.write(write)
        expires_at = (now + timedelta(days=LINK_DAYS)).isoformat()
        urls = {channel: self._reach.links[channel](token) for channel, token in tokens.items()}
        return {
            channel.value: {"url": url, "token": tokens[channel], "expires_at": expires_at}
            for channel, url in urls.items()
            if url is not None
        }

    async def _match(
        self, person: Person, names: tuple[Identifier, ...], match: SlackMatch, now: datetime
    ) -> bool:
        """Find the person in Slack by user id or verified e-mail and keep where she is."""
        by_namespace = {name.namespace: name.value for name in names}
        email, user = by_namespace.get("email"), by_namespace.get("slack:user")
        if email is None and user is None:
            return False
        found = await match(email, user.rpartition("/")[2] if user else None)
        if found is None or not _same_team(found, user):
            return False

        def write(tx: UnitOfWork) -> bool:
            now_her = tx.people.get(person.id)
            if now_her is None:  # erased while Slack was asked
                return False
            now_her = living(tx, now_her)
            known = tx.addresses.find(Channel.SLACK, found.account, found.user)
            if known is not None and not self._bring(tx, known, now_her):
                return False
            attach(
                tx,
                now_her.id,
                Channel.SLACK,
                account=found.account,
                user=found.user,
                chat=found.chat,
                locale=found.locale,
                now=now,
                new_id=self._ids.new_id,
            )
            self._reconsider(tx, now_her.id)
            return True

        return await self._storage.write(write)


def _same_team(found: Found, user: str | None) -> bool:
    """Say whether the find is in the team that ``T123/U456`` names; people of other teams carry theirs.

    A bare ``U456`` is one of our own workspace: who is of another is found by her team only.
    """
    team = user.rpartition("/")[0] if user else ""
    whose = found.user.partition(":")[0] if ":" in found.user else found.account
    return whose == (team or found.account)
