"""The company whose events these are: it tells of customers and of what happened to them until it is heard."""

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any

import aiohttp
from standardwebhooks.webhooks import Webhook

from surveys.model import Channel
from tests.chaos.customers import Customer
from tests.e2e.deployment import CLOUD, SECRET

_PATIENCE = aiohttp.ClientTimeout(total=20)
_REFUSED = frozenset({400, 401, 403, 404, 409, 413, 415})  # to repeat these is of no use
_TWICE = 0.1  # share of the events that are told again though they were accepted


class Refused(Exception):
    """Something was refused that nothing is wrong with."""


class Shop:
    """Speaks HTTP with whichever server there is, and repeats what got no 2xx, as senders do."""

    def __init__(
        self, door: Callable[[], str], http: aiohttp.ClientSession, key: str, rng: Random
    ) -> None:
        self._door, self._http, self._key, self._rng = door, http, key, rng
        self.posts = 0

    async def tells_of(self, customer: Customer, join: Callable[[str], Any]) -> None:
        """Make a customer known, let her ``join`` by her link, and tell what happened to her."""
        body: dict[str, Any] = {"id": customer.name, "timezone": "Etc/UTC"}
        if customer.channel is Channel.SLACK:
            email = f"{customer.name}@example.com"
            consent = {"purpose": "service_survey", "granted_at": _now(), "source": "web"}
            body |= {"email": email, "email_verified": True}
            body |= {"consent": [consent | {"text_version": "1"}]}
        await self._ask("/v1/customers", body)
        if customer.channel is Channel.TELEGRAM:
            await join(await self._link(customer.name))
        await self._tell(customer)

    async def _tell(self, customer: Customer) -> None:
        about = {"specversion": "1.0", "id": customer.event_id, "source": "/desk"}
        case = {"type": "support.solved", "subject": f"case-{customer.name}", "time": _now()}
        event = about | case | {"data": {"customer": {"id": customer.name}}}
        body = json.dumps(event)
        await self._until_accepted("/v1/events", body, lambda: _signed(body))
        customer.accepted = True
        if self._rng.random() < _TWICE:
            await self._until_accepted("/v1/events", body, lambda: _signed(body))

    async def _link(self, name: str) -> str:
        """Return the token of her deep link; there is none while the bot's name is not known yet."""
        while True:
            telegram = (await self._ask(f"/v1/customers/{name}/links", None))["telegram"]
            if telegram is not None:
                return str(telegram["token"])
            await self._pause()

    async def _ask(self, path: str, body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        while True:
            said = await self._until_accepted(path, json.dumps(body), lambda: headers)
            if said:
                return json.loads(said)

    async def _until_accepted(
        self, path: str, body: str, headers: Callable[[], Mapping[str, str]]
    ) -> bytes:
        """Post until there is a 2xx; return what came with it, nothing where the server died meanwhile."""
        while True:
            self.posts += 1
            status, said = await self._post(path, body, headers())
            if 200 <= status < 300:
                return said
            if status in _REFUSED:
                message = f"{path}: {status} {said!r}"
                raise Refused(message)
            await self._pause()

    async def _post(self, path: str, body: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
        status = 0
        try:
            async with self._http.post(
                self._door() + path, data=body.encode(), headers=headers, timeout=_PATIENCE
            ) as answer:
                status = answer.status
                return status, await answer.read()
        except (aiohttp.ClientError, ConnectionError, TimeoutError):
            return status, b""

    async def _pause(self) -> None:
        await asyncio.sleep(self._rng.uniform(0.05, 0.4))


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _signed(body: str) -> Mapping[str, str]:
    now = datetime.now(UTC)
    return {
        "Content-Type": CLOUD,
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("msg_1", now, body),
    }
