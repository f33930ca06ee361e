"""The web chat on a company's own page: one script tag, under a strict policy of that page."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FrameLocator, Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from tests.browser.accessibility import violations
from tests.browser.conftest import PATIENCE, Served, Visit
from tests.serving import serve
from tests.webchat_prompts import interview, nps

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

HEARD = """
window.heard = [];
for (const what of ["ready", "open", "close", "news", "token"])
  addEventListener(`aftertouch:${what}`, () => heard.push(what));
"""


@dataclass(slots=True)
class Shop:
    """A company's page, of another site than ours; ``tag`` are the script tag's attributes."""

    chat: str
    url: str = ""
    tag: str = 'data-token="link-ko" data-lang="ko"'
    reports: list[str] = field(default_factory=list)

    async def page(self, _: Request) -> Response:
        policy = (
            f"default-src 'none'; script-src 'self' {self.chat}; frame-src {self.chat}; "
            "style-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'"
        )
        text = (
            '<!doctype html><html lang="ko"><title>초록마켓</title><script src="/heard.js"></script>'
            f'<script src="{self.chat}/chat/embed.js" {self.tag} async></script>'
            '<main><h1>주문이 끝났어요</h1><div id="place"></div></main></html>'
        )
        return HTMLResponse(text, headers={"Content-Security-Policy": policy})

    async def script(self, _: Request) -> Response:
        return Response(HEARD, media_type="text/javascript")


@pytest_asyncio.fixture(loop_scope="package")
async def shop(chat: Served) -> AsyncIterator[Shop]:
    shop = Shop(chat.url)
    app = Starlette(routes=[Route("/", shop.page), Route("/heard.js", shop.script)])
    async with serve(app) as url:
        shop.url = url.replace("127.0.0.1", "localhost")
        yield shop


def inside(page: Page) -> FrameLocator:
    return page.frame_locator("iframe")


async def until(page: Page, script: str) -> None:
    """Wait for a fact; Playwright's own way to needs eval, which the page forbids."""
    async with asyncio.timeout(PATIENCE / 1000):
        while not await page.evaluate(script):
            await asyncio.sleep(0.02)


@pytest_asyncio.fixture(loop_scope="package")
async def pierce(visit: Visit) -> Callable[..., Awaitable[Page]]:
    """Visit with the launcher's shadow open to the test; what a page can reach is not changed by it."""

    async def go(url: str, width: int = 1280, height: int = 800, **more: Any) -> Page:
        page = await visit("about:blank", width, height, **more)
        await page.add_init_script(
            "const attach = Element.prototype.attachShadow;"
            "Element.prototype.attachShadow = function () { return attach.call(this, {mode: 'open'}) };"
        )
        await page.goto(url)
        return page

    return go


async def test_one_tag_brings_a_button_that_opens_the_chat(
    chat: Served, shop: Shop, pierce: Callable[..., Awaitable[Page]]
) -> None:
    interview(chat.desk, "ko")
    page = await pierce(shop.url)
    button = page.get_by_role("button", name="의견 남기기")
    await expect(button).to_have_attribute("aria-expanded", "false")
    assert chat.desk.writes == 0

    await button.click()

    await inside(page).get_by_role("radio", name="10점 만점에 9점").click()
    await expect(inside(page).locator("[data-kind=chosen]")).to_contain_text("✓ 9점")
    assert [seen.path for seen in chat.seen].count("/chat/embed.js") == 1
    box = await page.locator("iframe").bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (400, 640)


async def test_nobody_is_asked_and_nothing_counts_as_sent_while_it_is_closed(
    chat: Served, shop: Shop, pierce: Callable[..., Awaitable[Page]]
) -> None:
    page = await pierce(shop.url)
    await page.get_by_role("button", name="의견 남기기").click()
    await expect(inside(page).get_by_role("heading", name="지금은 여쭤볼 것이")).to_be_visible()
    await page.get_by_role("button", name="의견 창 닫기").click()
    pulls = chat.desk.pulls

    chat.desk.push(nps("ko"))

    await expect(page.get_by_role("button", name="새 질문이 있어요")).to_be_visible()
    assert chat.desk.pulls == pulls
    await page.get_by_role("button", name="새 질문이 있어요").click()
    await expect(inside(page).get_by_role("radiogroup")).to_be_visible()
    assert await page.evaluate("heard") == ["ready", "open", "close", "news", "open"]


async def test_on_a_phone_it_fills_the_screen_and_closes_from_inside(
    chat: Served, shop: Shop, pierce: Callable[..., Awaitable[Page]]
) -> None:
    chat.desk.push(nps("ko"))
    page = await pierce(shop.url, 375, 667, has_touch=True)
    await page.get_by_role("button", name="의견 남기기").tap()
    await expect(inside(page).get_by_role("radiogroup")).to_be_visible()
    box = await page.locator("iframe").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 375, "height": 667}

    await inside(page).get_by_role("button", name="닫기").tap()

    await expect(page.locator("iframe")).to_be_hidden()
    await expect(page.get_by_role("button", name="의견 남기기")).to_be_focused()


async def test_escape_closes_it_and_gives_the_focus_back(
    chat: Served, shop: Shop, pierce: Callable[..., Awaitable[Page]]
) -> None:
    chat.desk.push(nps("ko"))
    page = await pierce(shop.url)
    await page.get_by_role("button", name="의견 남기기").focus()
    await page.keyboard.press("Enter")
    await inside(page).get_by_role("radio").first.focus()

    await page.keyboard.press("Escape")

    await expect(page.get_by_role("button", name="의견 남기기")).to_be_focused()


async def test_in_a_place_of_the_page_it_is_as_high_as_what_it_says(
    chat: Served, shop: Shop, pierce: Callable[..., Awaitable[Page]]
) -> None:
    shop.tag = 'data-token="link-en" data-lang="en" data-into="#place"'
    interview(chat.desk, "en")
    page = await pierce(shop.url)
    await inside(page).get_by_role("radio", name="9 out of 10").click()

    await until(page, "document.querySelector('#place').offsetHeight > 420")
    assert await page.get_by_role("button", name="Give feedback").count() == 0
    await expect(inside(page).get_by_role("heading", name="Green Market")).to_be_visible()


async def test_a_page_whose_token_is_used_is_asked_for_a_fresh_one(
    chat: Served, shop: Shop, pierce: Callable[..., Awaitable[Page]]
) -> None:
    shop.tag = 'data-token="used" data-open'
    chat.desk.push(nps("ko"))
    page = await pierce(shop.url)
    await until(page, "heard.includes('token')")

    await page.evaluate("Aftertouch.token('link-ko')")

    await expect(inside(page).get_by_role("radiogroup")).to_be_visible()
    await page.evaluate("Aftertouch.close()")
    await expect(page.locator("iframe")).to_be_hidden()
    await page.evaluate("Aftertouch.open()")
    await expect(inside(page).get_by_role("radiogroup")).to_be_visible()


async def test_axe_finds_nothing_in_page_and_chat(
    chat: Served, shop: Shop, pierce: Callable[..., Awaitable[Page]]
) -> None:
    chat.desk.push(nps("ko"))
    page = await pierce(shop.url)
    await page.get_by_role("button", name="의견 남기기").click()
    await expect(inside(page).get_by_role("radiogroup")).to_be_visible()

    frame = next(frame for frame in page.frames if "/chat" in frame.url)
    assert await violations(frame) == []


async def test_a_site_that_is_not_listed_cannot_embed_it(
    chat: Served, shop: Shop, browser: Browser
) -> None:
    async with await browser.new_context() as context:
        page = await context.new_page()
        refused: list[str] = []
        page.on("console", lambda said: refused.append(said.text))
        await page.goto(shop.url.replace("localhost", "127.0.0.1"))
        async with asyncio.timeout(PATIENCE / 1000):
            while not any("frame-ancestors" in text for text in refused):
                await asyncio.sleep(0.02)

    assert chat.desk.writes == 0
