"""The web chat on bad lines: cut and buffered streams, taps made offline, reloads, two tabs."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest
from playwright.async_api import Page, Request, expect
from starlette.types import Message, Receive, Scope, Send

from surveys.model import Tap
from tests.browser.conftest import PATIENCE, Served, Visit
from tests.serving import serve
from tests.webchat_prompts import QUESTION_TOKEN, interview, nps, thanks

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

FOUR = "10점 만점에 4점"
SOON = 60_000
"""Milliseconds in which a page notices on its own that a stream tells it nothing."""


async def until(fact: Callable[[], bool]) -> None:
    async with asyncio.timeout(2 * PATIENCE / 1000):
        while not fact():
            await asyncio.sleep(0.02)


def streams(chat: Served) -> int:
    return sum(seen.path == "/chat/api/stream" for seen in chat.seen)


def pulls(chat: Served) -> int:
    return sum(seen.path == "/chat/api/pull" for seen in chat.seen)


async def asked(page: Page) -> None:
    await expect(page.get_by_role("radiogroup")).to_be_visible()


# --- being told ---------------------------------------------------------------------------------------


async def test_an_idle_page_asks_for_nothing_and_is_told_at_once(
    chat: Served, visit: Visit
) -> None:
    page = await visit(f"{chat.url}/chat#t=link-ko")
    await expect(page.get_by_role("heading", name="지금은 여쭤볼 것이")).to_be_visible()
    await until(lambda: streams(chat) == 1)
    before = pulls(chat)
    await page.evaluate("new Promise((done) => setTimeout(done, 3000))")  # longer than it polls
    assert pulls(chat) <= before + 1

    chat.desk.push(nps("ko"))

    await asked(page)
    assert streams(chat) == 1


async def test_a_page_that_is_not_seen_keeps_no_stream(chat: Served, visit: Visit) -> None:
    page = await visit(f"{chat.url}/chat#t=link-ko")
    await until(lambda: streams(chat) == 1)
    await page.evaluate(
        "Object.defineProperty(document, 'hidden', { get: () => window.away ?? true, configurable: true });"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    await until(lambda: chat.watch.listening == 0)
    chat.desk.push(nps("ko"))

    await page.evaluate(
        "window.away = false; document.dispatchEvent(new Event('visibilitychange'))"
    )

    await asked(page)


async def test_a_stream_that_is_cut_is_begun_again(chat: Served, visit: Visit) -> None:
    page = await visit(f"{chat.url}/chat#t=link-ko")
    await until(lambda: chat.watch.listening == 1)

    for stream in chat.watch.streams():
        stream.end()

    await until(lambda: streams(chat) == 2)
    chat.desk.push(nps("ko"))
    await asked(page)


@dataclass(slots=True)
class Proxy:
    """Stands before the web chat; keeps a stream's bytes back, or cuts it, as proxies do."""

    target: str
    mode: str
    seen: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self.seen.append(scope["path"])
        body = b""
        while (message := await receive()).get("more_body"):
            body += message["body"]
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        if scope["path"] == "/chat/api/stream" and self.mode == "cuts":
            await self._answer(send, 502, {}, b"")
            return
        if scope["path"] == "/chat/api/stream":
            await asyncio.Event().wait()
        await self._pass_on(scope, headers, body + message.get("body", b""), send)

    async def _pass_on(
        self, scope: Scope, headers: Mapping[str, str], body: bytes, send: Send
    ) -> None:
        url = f"{self.target}{scope['path']}?{scope['query_string'].decode()}"
        async with (
            aiohttp.ClientSession(auto_decompress=False) as http,
            http.request(scope["method"], url, data=body, headers=headers) as reply,
        ):
            await self._answer(send, reply.status, dict(reply.headers), await reply.read())

    async def _answer(
        self, send: Send, status: int, headers: Mapping[str, str], body: bytes
    ) -> None:
        kept = {n: v for n, v in headers.items() if n.lower() not in ("date", "server")}
        raw = [(name.lower().encode(), value.encode()) for name, value in kept.items()]
        start: Message = {"type": "http.response.start", "status": status, "headers": raw}
        await send(start)
        await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def behind(chat: Served, mode: str) -> AsyncIterator[str]:
    async with serve(Proxy(chat.url, mode)) as url:
        yield url


@pytest.mark.parametrize("mode", ["cuts", "keeps back"])
async def test_behind_a_proxy_that_lets_no_stream_through_it_pulls_now_and_then(
    chat: Served, visit: Visit, mode: str
) -> None:
    async with behind(chat, mode) as url:
        page = await visit(f"{url}/chat#t=link-ko")
        await expect(page.get_by_role("heading", name="지금은 여쭤볼 것이")).to_be_visible()

        chat.desk.push(nps("ko"))

        await expect(page.get_by_role("radiogroup")).to_be_visible(timeout=SOON)
        await page.goto("about:blank")


# --- losing nothing ---------------------------------------------------------------------------------


async def test_a_tap_made_offline_waits_visibly_and_goes_out_once_on_return(
    chat: Served, visit: Visit
) -> None:
    interview(chat.desk, "ko")
    page = await visit(f"{chat.url}/chat#t=link-ko")
    await asked(page)
    await page.context.set_offline(offline=True)

    await page.get_by_role("radio", name=FOUR).click()

    bubble = page.locator(".bubble").first
    await expect(bubble).to_have_attribute("data-waiting", "연결되면 보낼게요")
    shown = await bubble.evaluate("node => getComputedStyle(node, '::after').content")
    assert "data-waiting" in shown or "연결되면" in shown
    await expect(page.get_by_role("status")).to_contain_text("다시 보내는 중")
    await page.context.set_offline(offline=False)

    await expect(page.locator("[data-kind=chosen]")).to_contain_text("✓ 4점")
    assert [done.act for done in chat.desk.acts] == [Tap(token=QUESTION_TOKEN, value="4")]
    await expect(page.locator(".waits")).to_have_count(0)


async def test_a_tap_made_offline_outlives_a_reload_with_its_own_name(
    chat: Served, visit: Visit
) -> None:
    interview(chat.desk, "ko")
    page = await visit(f"{chat.url}/chat#t=link-ko")
    await asked(page)
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/act"):
            sent.append((request.post_data_json or {})["client_msg_id"])

    page.on("request", note)
    await page.context.set_offline(offline=True)
    await page.get_by_role("radio", name=FOUR).click()
    await until(lambda: len(sent) > 0)
    chat.desk.busy = True
    await page.context.set_offline(offline=False)

    await page.reload()
    chat.desk.busy = False

    await expect(page.locator("[data-kind=chosen]")).to_contain_text("✓ 4점")
    assert len(set(sent)) == 1
    assert [done.client_msg_id for done in chat.desk.acts] == [sent[0]]


async def test_a_tab_that_was_closed_leaves_its_tap_to_the_next_one(
    chat: Served, visit: Visit
) -> None:
    interview(chat.desk, "ko")
    page = await visit(f"{chat.url}/chat#t=link-ko")
    await asked(page)
    chat.desk.busy = True
    await page.get_by_role("radio", name=FOUR).click()
    await expect(page.get_by_role("status")).to_contain_text("다시 보내는 중")
    another = await page.context.new_page()
    await page.close()
    chat.desk.busy = False

    await another.goto(f"{chat.url}/chat")

    await expect(another.locator("[data-kind=chosen]")).to_contain_text("✓ 4점")
    assert len(chat.desk.acts) == 1


async def test_two_tabs_show_the_same_conversation(chat: Served, visit: Visit) -> None:
    interview(chat.desk, "ko")
    one = await visit(f"{chat.url}/chat#t=link-ko")
    await asked(one)
    other = await one.context.new_page()
    await other.goto(f"{chat.url}/chat")
    await asked(other)

    await one.get_by_role("radio", name=FOUR).click()

    for page in (one, other):
        await expect(page.locator("[data-kind=chosen]")).to_contain_text("✓ 4점")
    await other.locator(".chip").first.click()
    chat.desk.push(thanks("ko"))
    for page in (one, other):
        await expect(page.locator("[data-kind=thanks]")).to_be_visible()
    acts = [done.client_msg_id for done in chat.desk.acts]
    assert len(acts) == len(set(acts)) == 2


async def test_a_link_whose_answer_was_lost_opens_all_the_same(chat: Served, visit: Visit) -> None:
    chat.desk.push(nps("ko"))
    page = await visit("about:blank")
    lost = 0

    async def lose_first(route: object) -> None:
        nonlocal lost
        lost += 1
        await (route.fetch() if lost == 1 else route.continue_())  # type: ignore[attr-defined]  # a Route
        if lost == 1:
            await route.abort()  # type: ignore[attr-defined]  # a Route

    await page.route("**/chat/api/open", lose_first)

    await page.goto(f"{chat.url}/chat#t=link-ko")

    await asked(page)
    assert lost == 2
    assert len(chat.desk.sessions) == 1


# --- touchpoints' codes --------------------------------------------------------------------------------


async def test_a_scan_shows_what_it_is_about_and_begins_with_a_tap(
    chat: Served, visit: Visit
) -> None:
    interview(chat.desk, "ko")
    page = await visit(f"{chat.url}/chat#q=qcheckout")
    await expect(page.get_by_role("heading", name="의견을 들려주시겠어요?")).to_be_visible()
    await expect(page.get_by_text("주문·결제")).to_be_visible()
    await expect(page.get_by_text("답변은 서비스 개선에만 써요.")).to_be_visible()
    assert chat.desk.writes == 0

    await page.get_by_role("button", name="시작하기").click()

    await page.get_by_role("radio", name=FOUR).click()
    await expect(page.locator("[data-kind=chosen]")).to_contain_text("✓ 4점")
    assert [(code, language) for code, _, language, _ in chat.desk.scans] == [("qcheckout", "ko")]
    assert page.url == f"{chat.url}/chat"


async def test_the_start_page_speaks_the_other_language_too(chat: Served, visit: Visit) -> None:
    page = await visit(f"{chat.url}/chat#q=qcheckout")
    await page.get_by_role("button", name="English").click()
    await page.get_by_role("button", name="Start").click()
    await until(lambda: len(chat.desk.scans) == 1)

    assert chat.desk.scans[0][2] == "en"


async def test_a_code_that_is_not_in_use_says_so(chat: Served, visit: Visit) -> None:
    page = await visit(f"{chat.url}/chat#q=qforged")

    await expect(page.get_by_role("heading", name="이 QR 코드는 쓰이지 않아요")).to_be_visible()
