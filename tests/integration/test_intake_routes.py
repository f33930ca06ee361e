"""The intake's doors over real HTTP: verified, read, stored, answered (rows I01 to I06)."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook
from starlette.applications import Starlette

from bot.api_keys import Authenticator, create
from bot.intake.cloudevents import BATCHED, MAX_BATCH, MAX_EVENT, STRUCTURED
from bot.intake.post_customers import CustomersDoor, Found, Ids, Reach
from bot.intake.post_events import EventsDoor
from bot.intake.post_hooks import Connection, HooksDoor
from bot.intake.registry import load_vendors
from bot.intake.rights import RightsDoor
from bot.intake.routes import intake_routes
from bot.intake.signing import hmac_base64, hmac_hex
from storage.memory import MemoryStorage
from surveys.errors import StorageBusy
from surveys.model import Acceptance, Channel, Event, Identifier, InboxEntry, InboxState
from surveys.ports import UnitOfWork
from tests.payloads import payload
from tests.serving import serve
from tests.world import World

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"events-secret-of-24-byte").decode()


class StillClock:
    def now(self) -> datetime:
        return NOW


@dataclass
class Desk:
    """The intake as it is served, over a store in memory."""

    url: str = ""
    http: aiohttp.ClientSession = field(init=False)
    store: MemoryStorage = field(default_factory=MemoryStorage)
    accepted: list[Event] = field(default_factory=list)
    reconsidered: list[str] = field(default_factory=list)
    slack: dict[str, Found] = field(default_factory=dict)
    busy: bool = False
    erased_meanwhile: str = ""
    count: int = 0

    def new_id(self) -> str:
        self.count += 1
        return f"n{self.count}"

    async def accept(self, events: Sequence[Event]) -> Sequence[Acceptance]:
        """Keep each event once, by its identity in the inbox."""
        if self.busy:
            raise StorageBusy

        def work(tx: UnitOfWork) -> list[Acceptance]:
            return [self._accept(tx, event) for event in events]

        return await self.store.write(work)

    def _accept(self, tx: UnitOfWork, event: Event) -> Acceptance:
        known = tx.inbox.find(event.source, event.id)
        if known is not None:
            same = known.digest == event.digest()
            return Acceptance.DUPLICATE if same else Acceptance.CONFLICT
        tx.inbox.add(
            InboxEntry(
                id=self.new_id(),
                source=event.source,
                key=event.id,
                digest=event.digest(),
                received_at=NOW,
                state=InboxState.DONE,
            )
        )
        self.accepted.append(event)
        return Acceptance.NEW

    async def match(self, email: str | None, user: str | None) -> Found | None:
        if self.erased_meanwhile:
            await self.store.write(lambda tx: tx.forgetting.person(self.erased_meanwhile))
        return self.slack.get(user or "") or self.slack.get(email or "")

    async def key(self, *scopes: str, expires_at: datetime | None = None) -> dict[str, str]:
        key, token = create(
            scopes,
            now=NOW,
            new_id=self.new_id,
            new_secret=lambda: bytes([self.count] * 32),
            expires_at=expires_at,
        )
        await self.store.write(lambda tx: tx.keys.add(key))
        return {"Authorization": f"Bearer {token}"}

    async def post(self, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.send(path, raw, {"content-type": "application/json"} | headers)

    async def send(self, path: str, data: Any, headers: dict[str, str]) -> tuple[int, Any]:
        body = BytesIO(data) if isinstance(data, bytes) else data
        async with self.http.post(self.url + path, data=body, headers=headers) as response:
            text = await response.text()
            is_json = response.content_type.endswith("json")
            return response.status, json.loads(text) if is_json else text

    async def event(self, body: Any, kind: str = STRUCTURED, **headers: str) -> tuple[int, Any]:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.send("/v1/events", raw, signed(raw) | {"content-type": kind} | headers)

    async def hook(self, path: str, body: bytes, **headers: str) -> tuple[int, Any]:
        spelled = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.send(f"/v1/hooks/{path}", body, spelled)


def signed(body: bytes) -> dict[str, str]:
    """Sign with the official library, which signs nothing but text."""
    right = Webhook(SECRET).sign("m", NOW, body.decode(errors="replace"))
    return {
        "webhook-id": "m",
        "webhook-timestamp": str(int(NOW.timestamp())),
        "webhook-signature": right,
    }


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    clock, keys = StillClock(), Authenticator(desk.store, StillClock())
    connections = {
        "main": Connection(vendor="shopify", secrets=("shop-secret", "shop-new")),
        "second": Connection(vendor="shopify", secrets=("other-secret",)),
        "pay": Connection(vendor="stripe", secrets=("whsec_pay",)),
        "help": Connection(vendor="zendesk", secrets=("help-secret",)),
        "closed": Connection(vendor="shopify", secrets=()),
    }
    routes = intake_routes(
        EventsDoor(desk.accept, keys.authenticate, (SECRET,), clock),
        HooksDoor(desk.accept, load_vendors(), connections, clock),
        CustomersDoor(
            desk.store,
            keys.authenticate,
            clock,
            Ids(new_id=desk.new_id, new_token=lambda: f"token{desk.new_id()}"),
            Reach(
                links={Channel.TELEGRAM: lambda token: f"https://t.me/bot?start={token}"},
                slack=desk.match,
            ),
            lambda _, person: desk.reconsidered.append(person),
            lambda _tx, _address, _person: True,
        ),
        RightsDoor(desk.store, keys.authenticate, World().ctx),
    )
    async with serve(Starlette(routes=routes)) as url, aiohttp.ClientSession() as http:
        desk.url, desk.http = url, http
        yield desk


def cloud(**changes: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "e-1",
        "source": "/shop",
        "type": "order.paid",
        "subject": "o-1",
        "time": "2026-11-21T08:00:00Z",
    } | changes


def result(status: str, event: str = "e-1") -> dict[str, Any]:
    return {"id": event, "source": "/shop", "status": status}


# --- events ---------------------------------------------------------------------------------------


async def test_i04_an_event_is_new_then_a_duplicate_then_a_conflict(desk: Desk) -> None:
    assert await desk.event(cloud()) == (202, {"results": [result("new")]})
    assert await desk.event(cloud()) == (202, {"results": [result("duplicate")]})

    status, problem = await desk.event(cloud(subject="o-2"))

    assert (status, problem["results"]) == (409, [result("conflict")])
    assert [event.subject for event in desk.accepted] == ["o-1"]


async def test_a_batch_is_accepted_whatever_became_of_its_events(desk: Desk) -> None:
    await desk.event(cloud())

    batch = [cloud(id="e-2"), cloud(), cloud(subject="o-9")]

    assert await desk.event(batch, BATCHED) == (
        202,
        {"results": [result("new", "e-2"), result("duplicate"), result("conflict")]},
    )
    assert await desk.event([], BATCHED) == (202, {"results": []})


async def test_binary_mode_is_read_from_the_headers(desk: Desk) -> None:
    attributes = {f"ce-{name}": value for name, value in cloud(subject="%EC%A3%BC").items()}

    status, _ = await desk.event({"amount": 1}, "application/json", **attributes)

    assert status == 202
    assert (desk.accepted[0].subject, desk.accepted[0].data) == ("주", {"amount": 1})


async def test_i03_the_same_event_a_hundred_times_at_once_is_stored_once(desk: Desk) -> None:
    replies = await asyncio.gather(*(desk.event(cloud()) for _ in range(100)))

    fates = [reply["results"][0]["status"] for _, reply in replies]
    assert {status for status, _ in replies} == {202}
    assert (fates.count("new"), fates.count("duplicate")) == (1, 99)


async def test_an_api_key_opens_the_door_as_well(desk: Desk) -> None:
    headers = await desk.key("events:write")

    status, _ = await desk.post("/v1/events", cloud(), **headers)

    assert status == 202


async def test_i06_a_key_that_does_not_fit_has_no_effect(desk: Desk) -> None:
    weak = await desk.key("results:read")
    old = await desk.key("admin", expires_at=NOW - timedelta(seconds=1))
    revoked = await desk.key("admin")
    await desk.store.write(lambda tx: tx.keys.revoke(f"n{desk.count}", NOW))

    statuses = [
        (await desk.post("/v1/events", cloud(), **headers))[0]
        for headers in (weak, old, revoked, {"Authorization": "Bearer x"}, {})
    ]

    assert statuses == [403, 401, 401, 401, 401]
    assert desk.accepted == []


@pytest.mark.parametrize("signature", ["v1", "v1,!!", "v1  x", "v1,A " * 1000, "v1,\xe9"])
async def test_i05_a_bad_signature_is_401(desk: Desk, signature: str) -> None:
    status, problem = await desk.event(cloud(), **{"webhook-signature": signature.strip()})

    assert (status, problem["status"]) == (401, 401)
    assert desk.accepted == []


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"[" * 60_000, "line 1 column 21"),
        (b'{"data": {"n": ' + b"9" * 5000 + b"}}", "line 1 column 16"),
        (b'{"data": NaN}', "data"),
        (b'{"id": "1", "id": "2"}', "id"),
        (b'{"id": "a\\u0000"}', "id"),
        (b'{"data": {"items": ["\\ud800"]}}', "data.items[0]"),
        (b'{"k\\ud800": "\\u0000"}', "k?"),
        (b'{"id": "\xff"}', "line 1 column 9"),
        (b"junk", "line 1 column 1"),
        (b"", "line 1 column 1"),
    ],
)
async def test_i02_junk_is_400_and_names_the_place(desk: Desk, body: bytes, where: str) -> None:
    status, problem = await desk.event(body)

    assert (status, problem["where"]) == (400, where)


async def test_i01_a_body_over_its_cap_is_413(desk: Desk) -> None:
    full = cloud(data={"note": ""})
    full["data"]["note"] = "x" * (MAX_EVENT - len(json.dumps(full)))

    assert (await desk.event(full))[0] == 202
    assert (await desk.event(json.dumps(full).encode() + b" "))[0] == 413
    assert (await desk.event(b"[" + b" " * MAX_BATCH + b"]", BATCHED))[0] == 413


async def test_i01_a_body_without_length_is_cut_off_at_its_cap(desk: Desk) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 50_000_000:
            sent += 65_536
            yield b" " * 65_536
            await asyncio.sleep(0)

    try:
        status, _ = await desk.send("/v1/events", endless(), signed(b""))
    except aiohttp.ClientConnectionError:
        status = 413  # the server may hang up before the client has read the answer

    assert status == 413
    assert sent < 50_000_000


async def test_i01_a_compressed_body_is_415(desk: Desk) -> None:
    assert (await desk.event(b"\x1f\x8b", **{"content-encoding": "gzip"}))[0] == 415
    assert (await desk.event(cloud(), **{"content-encoding": "identity"}))[0] == 202
    assert (await desk.event(cloud(), "text/plain"))[0] == 415
    assert (await desk.event(cloud(), f"{STRUCTURED}; charset=utf-16"))[0] == 415
    assert (await desk.event(cloud(), f'{STRUCTURED}; v=1; charset="UTF-8"'))[0] == 202


async def test_a_sender_that_hangs_up_halfway_harms_nobody(desk: Desk) -> None:
    host, _, port = desk.url.removeprefix("http://").partition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    assert (await desk.event(cloud()))[0] == 202


async def test_a_busy_store_asks_to_come_again(desk: Desk) -> None:
    desk.busy = True
    body = json.dumps(cloud()).encode()
    headers = signed(body) | {"content-type": STRUCTURED}
    async with desk.http.post(f"{desk.url}/v1/events", data=body, headers=headers) as response:
        assert (response.status, response.headers["retry-after"]) == (503, "5")
        assert response.content_type == "application/problem+json"

    desk.busy = False
    assert (await desk.event(cloud()))[1] == {"results": [result("new")]}


# --- hooks ----------------------------------------------------------------------------------------

ORDER = payload("shopify/orders_paid.json")


def shopify(body: bytes, key: str = "shop-secret") -> dict[str, str]:
    return {
        "x_shopify_hmac_sha256": hmac_base64(key, body),
        "x_shopify_topic": "orders/paid",
        "x_shopify_webhook_id": "w-1",
    }


async def test_a_hook_answers_200_to_everything_genuine(desk: Desk) -> None:
    other = ORDER.replace(b"24000", b"25000")
    entry = {"id": "w-1", "source": "shopify:main"}

    assert await desk.hook("shopify/main", ORDER, **shopify(ORDER)) == (
        200,
        {"results": [entry | {"status": "new"}]},
    )
    for body in (ORDER, other):
        assert await desk.hook("shopify/main", body, **shopify(body, "shop-new")) == (
            200,
            {"results": [entry | {"status": "duplicate"}]},
        )
    assert len(desk.accepted) == 1


async def test_the_other_vendors_arrive_through_their_hooks(desk: Desk) -> None:
    paid = payload("stripe/checkout.session.completed.json")
    seconds = str(int(NOW.timestamp()))
    proof = hmac_hex("whsec_pay", seconds.encode() + b"." + paid)
    await desk.hook("stripe/pay", paid, stripe_signature=f"t={seconds},v1={proof}")
    solved, at = payload("zendesk/status_changed.json"), "2026-11-21T09:00:00Z"
    await desk.hook(
        "zendesk/help",
        solved,
        x_zendesk_webhook_signature=hmac_base64("help-secret", at.encode() + solved),
        x_zendesk_webhook_signature_timestamp=at,
    )

    assert [(e.source, e.type) for e in desk.accepted] == [
        ("stripe:pay", "order.paid"),
        ("zendesk:help", "support.solved"),
    ]


async def test_an_unknown_topic_is_200_and_says_why_nothing_came_of_it(desk: Desk) -> None:
    headers = shopify(b"{}") | {"x_shopify_topic": "carts/update"}

    status, reply = await desk.hook("shopify/main", b"{}", **headers)

    assert (status, reply["results"]) == (200, [])
    assert "carts/update" in reply["ignored"]


@pytest.mark.parametrize("path", ["shopify/none", "nobody/main", "stripe/main", "shopify/../x"])
async def test_an_unknown_vendor_or_connection_is_404(desk: Desk, path: str) -> None:
    assert (await desk.hook(path, ORDER, **shopify(ORDER)))[0] == 404


@pytest.mark.parametrize("path", ["shopify/second", "shopify/closed"])
async def test_i06_another_connections_secret_is_401(desk: Desk, path: str) -> None:
    assert (await desk.hook(path, ORDER, **shopify(ORDER)))[0] == 401
    assert desk.accepted == []


async def test_a_hook_takes_a_long_order_and_no_longer_one(desk: Desk) -> None:
    long = ORDER.rstrip()[:-1] + b', "note": "' + b"x" * 500_000 + b'"}'
    too_long = b" " * (MAX_BATCH + 1)

    assert (await desk.hook("shopify/main", long, **shopify(long)))[0] == 200
    assert (await desk.hook("shopify/main", too_long, **shopify(too_long)))[0] == 413


async def test_a_hook_can_be_probed(desk: Desk) -> None:
    for path, expected in (("shopify/main", 200), ("shopify/none", 404)):
        async with desk.http.head(f"{desk.url}/v1/hooks/{path}") as response:
            assert response.status == expected


async def test_signed_junk_is_400_and_names_the_place(desk: Desk) -> None:
    body = b'{"id": [1]}'

    status, problem = await desk.hook("shopify/main", body, **shopify(body))

    assert (status, problem["where"]) == (400, "id")


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(body=st.binary(max_size=60), signature=st.text(max_size=20))
async def test_no_request_is_ever_a_500(desk: Desk, body: bytes, signature: str) -> None:
    safe = "".join(character for character in signature if character.isprintable())
    statuses = {
        (await desk.hook("shopify/main", body, **shopify(body)))[0],
        (await desk.hook("shopify/main", body, x_shopify_hmac_sha256=safe))[0],
        (await desk.hook("zendesk/help", body, x_zendesk_webhook_signature=safe))[0],
        (await desk.hook("stripe/pay", body, stripe_signature=safe))[0],
        (await desk.event(body))[0],
    }

    assert max(statuses) < 500


# --- customers ------------------------------------------------------------------------------------

CUSTOMER: dict[str, Any] = {
    "id": "c-1",
    "email": "Bora@Example.com",
    "email_verified": True,
    "locale": "ko",
    "timezone": "Asia/Seoul",
    "preferred_channel": "slack",
    "attributes": {"plan": "pro"},
    "identifiers": [{"namespace": "slack:user", "value": "T1/U1"}],
    "consent": [
        {
            "purpose": "service_survey",
            "granted_at": "2026-11-20T00:00:00Z",
            "source": "signup",
            "text_version": "2026-01",
        }
    ],
}


async def test_a_customer_is_stored_and_her_waiting_asks_decided_again(desk: Desk) -> None:
    headers = await desk.key("customers:write")

    assert await desk.post("/v1/customers", CUSTOMER, **headers) == (200, {"id": "c-1"})
    assert await desk.post("/v1/customers", CUSTOMER, **headers) == (200, {"id": "c-1"})

    assert len(set(desk.reconsidered)) == 1
    person = desk.reconsidered[0]
    stored = await desk.store.read(lambda tx: tx.people.get(person))
    assert stored is not None
    assert stored.preferred_channel is Channel.SLACK
    entries = await desk.store.read(lambda tx: tx.consents.of_person(person))
    assert [(entry.source, entry.text_version) for entry in entries] == [("signup", "2026-01")]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"id": None}, "id"),
        ({"id": 7}, "id"),
        ({"email": "nobody"}, "email"),
        ({"email_verified": "yes"}, "email_verified"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"preferred_channel": "pigeon"}, "preferred_channel"),
        ({"attributes": []}, "attributes"),
        ({"attributes": {str(n): n for n in range(101)}}, "attributes"),
        ({"consents": []}, "consents"),
        ({"consent": {}}, "consent"),
        ({"consent": [{"purpose": "service_survey"}]}, "consent[0].granted_at"),
        ({"consent": [CUSTOMER["consent"][0] | {"granted_at": "2026-11-20"}]}, "consent[0].granted_at"),
        ({"consent": [CUSTOMER["consent"][0] | {"granted_at": "2027-11-20T00:00:00Z"}]}, "consent[0].granted_at"),
        ({"consent": [CUSTOMER["consent"][0] | {"purpose": "spying"}]}, "consent[0].purpose"),
        ({"consent": [CUSTOMER["consent"][0] | {"text_version": ""}]}, "consent[0].text_version"),
        ({"identifiers": [{"namespace": "id", "value": "x"}]}, "identifiers[0].namespace"),
    ],
)  # fmt: skip
async def test_a_malformed_customer_names_the_place(
    desk: Desk, changes: dict[str, Any], where: str
) -> None:
    headers = await desk.key("customers:write")

    status, problem = await desk.post("/v1/customers", CUSTOMER | changes, **headers)

    assert (status, problem["where"]) == (400, where)


async def test_what_belongs_to_another_customer_is_409(desk: Desk) -> None:
    headers = await desk.key("admin")
    await desk.post("/v1/customers", CUSTOMER, **headers)

    status, _ = await desk.post("/v1/customers", CUSTOMER | {"id": "c-2"}, **headers)

    assert status == 409


async def test_links_for_the_channels_that_are_connected(desk: Desk) -> None:
    headers = await desk.key("customers:write")
    await desk.post("/v1/customers", CUSTOMER | {"id": "team/c 1"}, **headers)
    desk.slack["U1"] = Found(account="T1", user="U1", chat="D1")

    status, reply = await desk.send("/v1/customers/team/c%201/links", b"", headers)

    token = reply["telegram"]["token"]
    assert status == 200
    assert reply == {
        "telegram": {
            "url": f"https://t.me/bot?start={token}",
            "token": token,
            "expires_at": "2026-12-21T09:00:00+00:00",
        },
        "webchat": None,
        "slack": {"matched": True},
    }
    address = await desk.store.read(lambda tx: tx.addresses.find(Channel.SLACK, "T1", "U1"))
    assert address is not None
    assert desk.reconsidered[-1] == address.person_id


async def test_a_namesake_in_another_slack_team_is_no_match(desk: Desk) -> None:
    headers = await desk.key("customers:write")
    await desk.post("/v1/customers", CUSTOMER, **headers)
    desk.slack["U1"] = Found(account="T2", user="U1", chat="D1")

    _, reply = await desk.send("/v1/customers/c-1/links", b"", headers)

    assert reply["slack"] == {"matched": False}


async def test_of_a_customer_erased_while_slack_is_asked_nothing_is_kept(desk: Desk) -> None:
    headers = await desk.key("customers:write")
    await desk.post("/v1/customers", CUSTOMER, **headers)
    own = Identifier(namespace="id", value="c-1")
    (person,) = await desk.store.read(lambda tx: tx.people.named([own]))
    desk.slack["U1"] = Found(account="T1", user="U1", chat="D1")
    desk.erased_meanwhile = person.id

    await desk.send("/v1/customers/c-1/links", b"", headers)

    assert await desk.store.read(lambda tx: tx.addresses.find(Channel.SLACK, "T1", "U1")) is None


async def test_only_a_verified_email_is_looked_up_in_slack(desk: Desk) -> None:
    headers = await desk.key("customers:write")
    desk.slack["bora@example.com"] = Found(account="T1", user="U1", chat="D1")
    plain = {"id": "c-1", "email": "bora@example.com"}

    await desk.post("/v1/customers", plain, **headers)
    before = await desk.send("/v1/customers/c-1/links", b"", headers)
    await desk.post("/v1/customers", plain | {"email_verified": True}, **headers)
    after = await desk.send("/v1/customers/c-1/links", b"", headers)

    assert (before[1]["slack"], after[1]["slack"]) == ({"matched": False}, {"matched": True})


async def test_links_of_nobody_are_404_and_without_the_scope_403(desk: Desk) -> None:
    writer, sender = await desk.key("customers:write"), await desk.key("events:write")

    assert (await desk.send("/v1/customers/none/links", b"", writer))[0] == 404
    assert (await desk.send("/v1/customers/none/links", b"", sender))[0] == 403
    assert (await desk.post("/v1/customers", CUSTOMER, **sender))[0] == 403
