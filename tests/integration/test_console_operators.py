"""The operators' page over real HTTP: what it shows, what its forms do, and whose forms it takes."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from bot.doors import ADMIN_HEADER
from storage.opening import open_storage
from surveys.model import Deed, DeliveryState, InboxState
from surveys.ports import UnitOfWork
from surveys.service import operating
from surveys.service.holding import standing_hold
from tests.backlog import look_into, park
from tests.e2e.deployment import Deployment, Wall, deployed
from tests.integration.test_console import faults

PAGE = "/console/deliveries"
FORM = "application/x-www-form-urlencoded"


class Operator:
    """A browser without scripts: reads the page, fills a form in, follows where it leads."""

    def __init__(self, deployment: Deployment, parked: str) -> None:
        self.deployment = deployment
        self.parked = parked

    async def read(self, path: str = PAGE, **headers: str) -> tuple[int, str]:
        async with self.deployment.http.get(self.deployment.url + path, headers=headers) as answer:
            return answer.status, await answer.text()

    async def token(self) -> str:
        found = re.search(r'name="token" value="([^"]+)"', (await self.read())[1])
        assert found is not None
        return found[1]

    async def send(
        self, fields: dict[str, str], token: str | None = None, **headers: str
    ) -> tuple[int, str]:
        """Send a form as our page would, unless told otherwise; return the status and where it leads."""
        said = fields | {"token": await self.token() if token is None else token}
        own = {"Origin": self.deployment.url, "Sec-Fetch-Site": "same-origin", "Content-Type": FORM}
        merged = {name: value for name, value in (own | headers).items() if value}
        async with self.deployment.http.post(
            self.deployment.url + PAGE + "?lang=en",
            data=urlencode(said).encode(),
            headers=merged,
            allow_redirects=False,
        ) as answer:
            return answer.status, answer.headers.get("Location", "")

    async def state(self, delivery_id: str) -> DeliveryState:
        found = await self.deployment.app.storage.read(lambda tx: tx.deliveries.get(delivery_id))
        assert found is not None
        return found.state


@pytest.fixture
async def operator(tmp_path: Path) -> AsyncIterator[Operator]:
    url = f"sqlite:///{tmp_path}/a.sqlite3"
    async with open_storage(url) as storage:
        parked = await park(storage, Wall().now() - timedelta(minutes=10))
        await look_into(storage, parked)
    async with deployed(url, {}) as deployment:
        yield Operator(deployment, parked)


def settle(delivery_id: str, settlement: str) -> dict[str, str]:
    return {"act": "settle", "id": delivery_id, "as": settlement}


# --- what it shows --------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_the_page_shows_what_waits_and_is_well_formed(
    operator: Operator, language: str
) -> None:
    status, html = await operator.read(f"{PAGE}?lang={language}")

    wanted = {
        "ko": [
            "확인 필요",
            "확인 중",
            "구매 · 주문·결제",
            "제때 응답이 오지 않았습니다",
            "다시 보내기",
            "event:shop",
        ],
        "en": [
            "Parked",
            "Unknown",
            "Purchase · Checkout",
            "No answer came",
            "Send again",
            "event:shop",
        ],
    }
    assert (status, faults(html)) == (200, [])
    assert [word for word in (*wanted[language], operator.parked, "kim") if word not in html] == []
    assert "KeyError: &#39;[bold]금액[/bold]&#39;" in html


async def test_every_page_links_here_with_the_number_that_waits(operator: Operator) -> None:
    _, html = await operator.read("/console?lang=en&theme=dark&since=30d")

    assert re.search(
        r'href="/console/deliveries\?lang=en&amp;theme=dark">Deliveries <b class="count">3</b>',
        html,
    )


async def test_an_empty_page_says_that_nothing_waits(tmp_path: Path) -> None:
    async with deployed(f"sqlite:///{tmp_path}/a.sqlite3", {}) as deployment:
        _, html = await Operator(deployment, "").read(f"{PAGE}?lang=en")

    assert "of every message it is known whether it arrived" in html
    assert faults(html) == []


# --- what its forms do ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settlement", "state"),
    [
        ("sent", DeliveryState.SENT),
        ("resend", DeliveryState.PENDING),
        ("drop", DeliveryState.FAILED),
    ],
)
async def test_a_delivery_is_settled_by_a_form(
    operator: Operator, settlement: str, state: DeliveryState
) -> None:
    await operator.deployment.app.storage.write(
        lambda tx: operating.hold(tx, operator.deployment.app.ctx, "", "test")
    )
    status, where = await operator.send(settle(operator.parked, settlement))

    assert (status, where) == (303, f"{PAGE}?lang=en&note=done.{settlement}")
    assert await operator.state(operator.parked) is state
    _, html = await operator.read(where)
    assert 'role="status"' in html
    assert faults(html) == []
    (deed, *_) = await operator.deployment.app.storage.read(lambda tx: tx.audit.newest(1))
    assert (deed.by, deed.act, deed.subject) == ("console", "settle", operator.parked)


async def test_whoever_comes_second_is_told_so_and_changes_nothing(operator: Operator) -> None:
    await operator.send(settle(operator.parked, "drop"))
    status, where = await operator.send(settle(operator.parked, "sent"))

    assert (status, parse_qs(urlsplit(where).query)["note"]) == (303, ["done.gone"])
    assert await operator.state(operator.parked) is DeliveryState.FAILED


async def test_a_dead_letter_is_dropped_by_a_form(operator: Operator) -> None:
    status, _ = await operator.send({"act": "drop", "id": "letter-1"})

    entry = await operator.deployment.app.storage.read(lambda tx: tx.inbox.get("letter-1"))
    assert entry is not None
    assert (status, entry.state) == (303, InboxState.DONE)


async def test_what_was_done_lately_names_whom_and_what_and_leads_there(operator: Operator) -> None:
    app = operator.deployment.app

    def did(tx: UnitOfWork) -> str:
        delivery = tx.deliveries.get(operator.parked)
        assert delivery is not None
        now = app.ctx.now()
        tx.audit.add(Deed(at=now, by="console", act="look", subject=delivery.person_id))
        tx.audit.add(Deed(at=now, by="console", act="program_publish", subject="3"))
        return delivery.person_id

    person = await app.storage.write(did)
    _, page = await operator.read(f"{PAGE}?lang=en")
    lately = page.rpartition("<details")[2]
    assert 'href="/console/surveys/versions/3?lang=en">Version 3</a>' in lately, lately
    assert f'href="/console/people/{person}?lang=en">' in lately, lately
    assert f">{person}</a>" not in lately, lately


async def test_a_hold_is_asked_back_with_the_number_of_messages_that_the_page_shows(
    operator: Operator,
) -> None:
    storage = operator.deployment.app.storage
    await storage.write(lambda tx: operating.hold(tx, operator.deployment.app.ctx, "", "test"))
    await operator.send(settle(operator.parked, "resend"))
    fields = {"token": await operator.token(), "act": "hold", "reason": ""}
    headers = {"Origin": operator.deployment.url, "Sec-Fetch-Site": "same-origin"}
    address = f"{operator.deployment.url}{PAGE}?lang=en"
    async with operator.deployment.http.post(address, data=fields, headers=headers) as answer:
        asked = await answer.text()

    _, page = await operator.read(f"{PAGE}?lang=en")
    (shown,) = re.findall(r"Not sent yet <b>([0-9,]+)</b>", page)
    assert shown != "0", page
    assert f"under Deliveries: {shown}. They wait too" in asked, asked


async def test_sending_is_held_by_a_form_and_released_from_any_page(operator: Operator) -> None:
    storage = operator.deployment.app.storage
    assert await operator.send({"act": "hold", "reason": "<b>가격 오류"}) == (200, "")
    assert await storage.read(standing_hold) is None
    await operator.send({"act": "hold", "reason": "<b>가격 오류", "sure": "yes"})
    _, journey = await operator.read("/console?lang=en")
    _, page = await operator.read(f"{PAGE}?lang=en")
    assert [html.count("Sending is on hold.") for html in (journey, page)] == [1, 1]
    assert "&lt;b&gt;가격 오류" in journey
    assert 'value="release"' in journey
    assert faults(journey) == []

    await operator.send({"act": "release"})
    assert await storage.read(standing_hold) is None
    assert "Sending is on hold." not in (await operator.read("/console?lang=en"))[1]


async def test_on_an_older_copy_what_waits_can_be_given_up_with_the_release(
    operator: Operator,
) -> None:
    app = operator.deployment.app
    await app.storage.write(lambda tx: operating.hold(tx, app.ctx, "older_copy", "aftertouch"))
    await operator.send(settle(operator.parked, "resend"))
    _, journey = await operator.read("/console?lang=en")
    assert "looks like an older copy" in journey
    assert 'value="release_drop"' in journey

    assert await operator.send({"act": "release_drop"}) == (200, "")
    assert await app.storage.read(standing_hold) is not None
    _, where = await operator.send({"act": "release_drop", "sure": "yes"})
    assert where.endswith("note=done.release_drop")
    assert await operator.state(operator.parked) is DeliveryState.FAILED
    assert await app.storage.read(standing_hold) is None


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"act": "explode"},
        {"act": "settle", "id": "x"},
        {"act": "settle", "as": "sent"},
        {"act": "hold", "reason": "x" * 201},
        {"act": "hold", "reason": "a\x00b"},
        {"act": "hold", "reason": "x" * 9000},
    ],
    ids=["none", "no such act", "no verdict", "no id", "long", "control character", "too large"],
)
async def test_a_form_that_makes_no_sense_is_400(
    operator: Operator, fields: dict[str, str]
) -> None:
    assert (await operator.send(fields))[0] == 400
    assert await operator.deployment.app.storage.read(lambda tx: tx.audit.newest(9)) == ()


# --- whose forms it takes -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "", "Origin": ""},
        {"Sec-Fetch-Site": "", "Origin": "http://127.0.0.1:1"},
    ],
    ids=str,
)
async def test_x09_a_form_of_another_site_is_refused_and_changes_nothing(
    operator: Operator, headers: dict[str, str]
) -> None:
    status, _ = await operator.send(settle(operator.parked, "drop"), **headers)

    assert status == 403
    assert await operator.state(operator.parked) is DeliveryState.PARKED


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": ""}, {"Origin": ""}], ids=str)
async def test_a_browser_that_names_its_page_in_one_way_only_is_let_through(
    operator: Operator, headers: dict[str, str]
) -> None:
    assert (await operator.send(settle(operator.parked, "drop"), **headers))[0] == 303


@pytest.mark.parametrize("token", ["", "x", "1.abc", "9" * 400, "-1.x", "1790000000.é"])
async def test_x09_a_form_without_our_token_is_refused(operator: Operator, token: str) -> None:
    assert (await operator.send(settle(operator.parked, "drop"), token))[0] == 403
    assert await operator.state(operator.parked) is DeliveryState.PARKED


async def test_x09_a_token_is_good_for_its_session_alone_and_not_for_ever(
    operator: Operator,
) -> None:
    """The deployment's clock is three hours behind; a token from twelve hours ago is out of date."""
    clock = operator.deployment.clock
    here, now = await operator.token(), clock.behind
    cookie = {"Cookie": "aftertouch_console=somebody"}
    assert (await operator.send(settle(operator.parked, "drop"), here, **cookie))[0] == 403

    clock.behind = now + timedelta(hours=13)
    old = await operator.token()
    clock.behind = now
    assert (await operator.send(settle(operator.parked, "drop"), old))[0] == 403
    assert (await operator.send(settle(operator.parked, "drop"), here))[0] == 303


async def test_the_page_and_its_forms_are_for_whoever_may_see_the_console(
    operator: Operator,
) -> None:
    away = {"Host": "ask.example.com"}
    form = settle(operator.parked, "drop")
    assert (await operator.read(PAGE, **away))[0] == 401
    assert (await operator.send(form, **away))[0] == 401

    deployment = operator.deployment
    made = await deployment.send(
        "/admin/keys", b'{"scopes": ["results:read"]}', {ADMIN_HEADER: deployment.app.admin_token}
    )
    reader = {"Authorization": f"Bearer {made.body['token']}"}
    assert (await operator.read(PAGE, **away, **reader))[0] == 403
    assert (await operator.send(form, **away, **reader))[0] == 403
    assert await operator.state(operator.parked) is DeliveryState.PARKED
