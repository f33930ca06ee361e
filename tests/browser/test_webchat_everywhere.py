"""The web chat for everybody: assistive technology, small and dark screens, few bytes, no motion."""

import gzip
import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, expect

from tests.browser.accessibility import violations
from tests.browser.conftest import Served, Visit
from tests.webchat_prompts import interview, nps, question, reason, thanks

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

ALL_TOGETHER = 10 * 1024
"""Bytes, compressed, of everything that a customer's browser loads, on our page and on a company's own."""


async def asked(chat: Served, page: Page) -> None:
    chat.desk.push(nps("ko"))
    await expect(page.get_by_role("radiogroup")).to_be_visible()


async def answered(chat: Served, page: Page) -> None:
    chat.desk.push(reason("ko"))
    chat.desk.push(thanks("ko"))
    await expect(page.locator("[data-kind=thanks]")).to_be_visible()


async def in_menu(chat: Served, page: Page) -> None:
    await page.locator("summary").click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", [asked, answered, in_menu])
async def test_axe_finds_nothing_in_a_conversation(
    chat: Served, visit: Visit, scheme: str, state: Callable[[Served, Page], Awaitable[None]]
) -> None:
    page = await visit(f"{chat.url}/chat#t=link-ko", color_scheme=scheme, reduced_motion="reduce")
    await expect(page.get_by_role("heading", name="지금은 여쭤볼 것이 없어요")).to_be_visible()
    await state(chat, page)

    assert await violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("where", ["/chat", "/chat#t=used", "/chat#q=qcheckout"])
async def test_axe_finds_nothing_in_the_pages_around_it(
    chat: Served, visit: Visit, scheme: str, where: str
) -> None:
    page = await visit(f"{chat.url}{where}", color_scheme=scheme)
    await expect(page.get_by_role("heading", level=2)).to_be_visible()

    assert await violations(page) == []


async def test_everything_loaded_is_ten_kilobytes(chat: Served, visit: Visit) -> None:
    page = await visit("about:blank")
    sizes: dict[str, int] = {}

    async def weigh(path: str) -> str:
        reply = await page.request.get(
            f"{chat.url}{path}", headers={"Accept-Encoding": "gzip", "Accept-Language": "ko"}
        )
        assert reply.headers["content-encoding"] == "gzip"
        sizes[path] = int(reply.headers["content-length"])
        return await reply.text()

    text = await weigh("/chat")
    for path in re.findall(r'(?:src|href)="(chat/[^"]+)"', text):
        await weigh(f"/{path}")
    embed = await weigh("/chat/embed.js")

    assert len(sizes) == 4
    assert sizes["/chat/embed.js"] >= len(gzip.compress(embed.encode())) - 20
    assert sum(sizes.values()) <= ALL_TOGETHER, sizes


async def test_a_whole_conversation_loads_nothing_else(chat: Served, visit: Visit) -> None:
    interview(chat.desk, "ko")
    page = await visit(f"{chat.url}/chat#t=link-ko")
    await page.get_by_role("radio", name="10점 만점에 9점").click()
    await expect(page.locator("[data-kind=chosen]")).to_be_visible()

    static = [seen.path for seen in chat.seen if "/api/" not in seen.path]
    assert [path.rpartition("/")[2] for path in static] == ["chat", "chat.css", "chat.js"]
    assert not [seen for seen in chat.seen if "/api/say/" in seen.path]


async def test_the_color_scheme_follows_the_customers(chat: Served, visit: Visit) -> None:
    shades = [
        await (await visit(f"{chat.url}/chat", color_scheme=scheme))
        .locator("body")
        .evaluate("node => getComputedStyle(node).backgroundColor")
        for scheme in ("light", "dark")
    ]

    assert shades == ["rgb(238, 240, 245)", "rgb(17, 20, 27)"]


async def test_nothing_moves_for_whoever_asked_for_that(chat: Served, visit: Visit) -> None:
    chat.desk.push(nps("ko"))
    page = await visit(f"{chat.url}/chat#t=link-ko", reduced_motion="reduce")
    await expect(page.get_by_role("radiogroup")).to_be_visible()

    assert await page.evaluate("document.getAnimations().length") == 0


@pytest.mark.parametrize(("points", "rows"), [(11, [6, 5]), (7, [4, 3]), (5, [5])])
async def test_on_the_smallest_phone_every_key_is_large_enough(
    chat: Served, visit: Visit, points: int, rows: list[int]
) -> None:
    chat.desk.push(question("ko", range(points)))
    page = await visit(f"{chat.url}/chat#t=link-ko", 320, 568)
    await expect(page.get_by_role("radiogroup")).to_be_visible()

    boxes = await page.locator(".scale label").evaluate_all(
        "nodes => nodes.map(node => node.getBoundingClientRect()).map(b => [b.top, b.width, b.height])"
    )
    tops = [box[0] for box in boxes]
    assert [tops.count(top) for top in sorted(set(tops))] == rows
    assert min(min(width, height) for _, width, height in boxes) >= 44


async def test_the_language_is_switched_before_there_is_a_conversation(
    chat: Served, visit: Visit
) -> None:
    page = await visit(f"{chat.url}/chat#t=used")
    await expect(page.get_by_role("heading", name="이 링크는 더 이상 쓸 수 없어요")).to_be_visible()

    await page.get_by_role("button", name="English").click()

    await expect(page.get_by_role("heading", name="This link no longer works")).to_be_visible()
    await expect(page.get_by_role("heading", name="Green Market")).to_be_visible()
    assert await page.title() == "Green Market · Your feedback"
    assert await page.locator("html").get_attribute("lang") == "en"


async def test_an_address_may_name_the_language(chat: Served, visit: Visit) -> None:
    page = await visit(f"{chat.url}/chat?lang=en#t=used")

    await expect(page.get_by_role("heading", name="This link no longer works")).to_be_visible()


async def test_whoever_previews_the_link_sees_who_asks_and_uses_nothing_up(
    chat: Served, visit: Visit
) -> None:
    page = await visit("about:blank")
    for robot in ("kakaotalk-scrap/1.0", "Yeti/1.1", "Slackbot-LinkExpanding 1.0", "Mozilla/5.0"):
        reply = await page.request.get(f"{chat.url}/chat", headers={"User-Agent": robot})
        assert 'property="og:title" content="초록마켓 · 의견 나누기"' in await reply.text()

    assert chat.desk.writes == 0
