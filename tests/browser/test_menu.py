"""The way through the console on a phone: a menu that is closed until asked for, and needs no script."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from storage.opening import open_storage
from tests.backlog import look_into, park
from tests.browser.accessibility import violations
from tests.browser.conftest import Visit
from tests.browser.test_journey_page import PALE_TEXTS, overflow
from tests.e2e.deployment import Deployment, Wall, deployed
from tests.sqlite import migrated

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

PHONE = (375, 740)
TAPPED = "nodes => nodes.map(node => node.getBoundingClientRect().height)"


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    """A server with three things that wait for a decision."""
    url = migrated(tmp_path_factory.mktemp("menu") / "a.sqlite3")
    async with open_storage(url) as storage:
        await look_into(storage, await park(storage, Wall().now() - timedelta(minutes=10)))
    async with deployed(url, {}) as deployment:
        yield deployment


async def header_height(page: Page) -> float:
    box = await page.locator("header").bounding_box()
    assert box is not None
    return box["height"]


async def test_by_key_and_without_scripts_the_menu_leads_to_another_page(
    running: Deployment, visit: Visit
) -> None:
    page = await visit(f"{running.url}/console/surveys", *PHONE, java_script_enabled=False)
    menu = page.get_by_role("navigation", name="메뉴")
    opener = page.get_by_role("button", name="메뉴 발송 확인 3")
    await expect(menu).to_be_hidden()
    assert await header_height(page) <= 100

    await opener.focus()
    await page.keyboard.press("Enter")
    await expect(menu.locator("[aria-current=page]")).to_have_text("설문과 트리거")
    await page.keyboard.press("Escape")
    await expect(menu).to_be_hidden()
    await expect(opener).to_be_focused()

    await page.keyboard.press("Enter")
    for _ in range(3):  # past what closes the menu and the journey map
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/console/deliveries**")
    await expect(menu).to_be_hidden()


@pytest.mark.parametrize(("language", "scheme"), [("ko", "dark"), ("en", "light")])
async def test_everybody_can_read_and_tap_the_open_menu(
    running: Deployment, visit: Visit, language: str, scheme: str
) -> None:
    address = f"{running.url}/console?lang={language}"
    page = await visit(address, *PHONE, color_scheme=scheme, bypass_csp=True)
    await page.locator("[popovertarget=menu]").first.click()
    menu = page.locator("nav.choices")
    await expect(menu).to_be_visible()

    assert min(await menu.locator("a, button").evaluate_all(TAPPED)) >= 44
    assert await page.evaluate(PALE_TEXTS) == []
    assert await violations(page) == []
    assert await overflow(page) == 0
    await menu.get_by_role("button").first.click()
    await expect(menu).to_be_hidden()


async def test_a_desk_sees_every_page_at_once_and_paper_none(
    running: Deployment, visit: Visit
) -> None:
    page = await visit(f"{running.url}/console/people?lang=en", 1280, 900)
    await expect(page.get_by_role("link", name="Deliveries")).to_be_visible()
    await expect(page.locator("[popovertarget=menu]").first).to_be_hidden()

    await page.emulate_media(media="print")
    for width in (1280, PHONE[0]):
        await page.set_viewport_size({"width": width, "height": 740})
        await expect(page.locator("nav.choices")).to_be_hidden()
        await expect(page.locator("[popovertarget=menu]").first).to_be_hidden()
