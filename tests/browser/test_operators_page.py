"""The operators' page and the pages that keep themselves current, in a real Chromium."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from storage.opening import open_storage
from surveys.model import DeliveryState
from surveys.service import operating
from tests.backlog import look_into, park
from tests.browser.accessibility import violations
from tests.browser.conftest import Visit
from tests.browser.test_journey_page import PALE_TEXTS, overflow
from tests.e2e.deployment import Deployment, Wall, deployed

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

PRESS = "([key, code]) => document.body.dispatchEvent(new KeyboardEvent('keydown', {key, code, bubbles: true}))"
LOOK_NOW = "() => document.dispatchEvent(new Event('visibilitychange'))"


@pytest_asyncio.fixture(loop_scope="package")
async def running(tmp_path: Path) -> AsyncIterator[Deployment]:
    """A server with something to decide."""
    url = f"sqlite:///{tmp_path}/a.sqlite3"
    async with open_storage(url) as storage:
        parked = await park(storage, Wall().now() - timedelta(minutes=10))
        await look_into(storage, parked)
    async with deployed(url, {}) as deployment:
        yield deployment


async def hold(deployment: Deployment, reason: str) -> None:
    app = deployment.app
    await app.storage.write(lambda tx: operating.hold(tx, app.ctx, reason, "cli:minji"))


async def count(deployment: Deployment, state: DeliveryState) -> int:
    return await deployment.app.storage.read(lambda tx: tx.deliveries.count(state))


@pytest.mark.parametrize("width", [320, 720, 1280])
async def test_the_page_never_scrolls_sideways(
    running: Deployment, visit: Visit, width: int
) -> None:
    await hold(running, "가격이 틀린 문구가 나갔습니다 https://example.com/a-very-long-address")
    page = await visit(f"{running.url}/console/deliveries", width, 900)

    assert await overflow(page) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["ko", "en"])
async def test_every_text_can_be_read(
    running: Deployment, visit: Visit, scheme: str, language: str
) -> None:
    await hold(running, "older_copy")
    path = f"/console/deliveries?lang={language}&note=done.hold"
    page = await visit(running.url + path, 1280, 900, color_scheme=scheme)
    await page.locator("main summary").click()

    assert await page.evaluate(PALE_TEXTS) == []


async def test_everything_can_be_done_without_scripts(running: Deployment, visit: Visit) -> None:
    page = await visit(f"{running.url}/console?lang=en", 1280, 900, java_script_enabled=False)
    await page.get_by_role("link", name="Deliveries").click()

    await page.locator(".parked").get_by_role("button", name="It arrived").click()
    await expect(page.get_by_role("status")).to_have_text("Recorded as sent.")
    assert await count(running, DeliveryState.SENT) > 0
    await page.get_by_role("button", name="Retry").click()
    await expect(page.get_by_role("status")).to_have_text("It is handled again.")

    await page.get_by_label("Reason").fill("wrong price")
    await page.get_by_role("button", name="Hold sending").click()
    await page.get_by_role("link", name="Cancel").click()
    await expect(page.get_by_role("alert")).to_have_count(0)
    await page.get_by_label("Reason").fill("wrong price")
    await page.get_by_role("button", name="Hold sending").click()
    await page.get_by_role("button", name="Stop everything").click()
    await expect(page.get_by_role("alert")).to_contain_text("wrong price")
    await page.goto(f"{running.url}/console?lang=en")
    await page.get_by_role("button", name="Release").click()
    await expect(page.get_by_role("status")).to_have_text("Sending goes on.")
    await expect(page.get_by_role("alert")).to_have_count(0)


async def test_buttons_on_a_phone_are_large_enough_to_tap(
    running: Deployment, visit: Visit
) -> None:
    page = await visit(f"{running.url}/console/deliveries", 360, 740, has_touch=True)

    heights = await page.locator("button:visible").evaluate_all(
        "nodes => nodes.map(node => node.getBoundingClientRect().height)"
    )
    assert min(heights) >= 44


async def scrolled(page: Page) -> float:
    place: float = await page.evaluate("() => window.scrollY")
    return place


async def test_a_page_keeps_itself_current_where_it_was_scrolled_to(
    running: Deployment, visit: Visit
) -> None:
    page = await visit(f"{running.url}/console?lang=en", 360, 600)
    await page.locator("main summary").click()
    await page.evaluate("() => window.scrollTo(0, 400)")
    await page.evaluate("() => { document.querySelector('h1').dataset.kept = 'yes' }")
    await page.evaluate("() => document.activeElement.blur()")
    await running.app.storage.write(
        lambda tx: operating.drop_letter(tx, running.app.ctx, "letter-1", "cli:minji")
    )

    await page.evaluate(LOOK_NOW)
    await expect(page.locator("header > .menu .count")).to_have_text("Deliveries 2")
    assert await page.locator("h1").get_attribute("data-kept") == "yes", "it was loaded anew"
    assert await scrolled(page) == 400
    await expect(page.locator("main details")).to_have_attribute("open", "")


async def test_an_opened_table_keeps_the_focus_while_the_page_goes_on(
    running: Deployment, visit: Visit
) -> None:
    await hold(running, "something to read in the trail")
    page = await visit(f"{running.url}/console/deliveries?lang=en", 1280, 900)
    await page.locator("main summary").click()
    await running.app.storage.write(
        lambda tx: operating.drop_letter(tx, running.app.ctx, "letter-1", "cli:minji")
    )

    await page.evaluate(LOOK_NOW)
    await expect(page.locator("#letters .tag")).to_have_text("0")
    await expect(page.locator("main summary")).to_be_focused()
    await expect(page.locator("main details")).to_have_attribute("open", "")


async def test_who_is_typing_is_not_disturbed(running: Deployment, visit: Visit) -> None:
    page = await visit(f"{running.url}/console/deliveries?lang=en", 1280, 900)
    await page.get_by_label("Reason").fill("half a sen")
    await hold(running, "somebody was faster")

    await page.evaluate(LOOK_NOW)
    await expect(page.get_by_role("alert")).to_contain_text("somebody was faster")
    await expect(page.get_by_label("Reason")).to_have_value("half a sen")


async def test_a_server_that_is_away_leaves_the_page_as_it_is(
    running: Deployment, visit: Visit
) -> None:
    page = await visit(f"{running.url}/console/deliveries?lang=en", 1280, 900)
    await page.context.set_offline(offline=True)
    await page.evaluate(LOOK_NOW)
    await asyncio.sleep(0)

    await expect(page.locator(".parked")).to_have_count(1)


async def test_keys_lead_through_the_console_and_can_be_switched_off(
    running: Deployment, visit: Visit
) -> None:
    page = await visit(f"{running.url}/console?lang=en", 1280, 900, bypass_csp=True)
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    await page.keyboard.press("?")
    await expect(dialog).to_contain_text("Deliveries")
    assert await page.evaluate(PALE_TEXTS) == []
    assert await violations(page) == []
    await page.keyboard.press("Escape")

    for key, code in (("ㅎ", "KeyG"), ("ㅇ", "KeyD")):  # as a Korean keyboard says it
        await page.evaluate(PRESS, [key, code])
    await page.wait_for_url("**/console/deliveries**")
    await page.keyboard.press("j")
    await expect(page.locator(".queue > li").first).to_be_focused()
    await page.get_by_role("textbox").first.focus()
    await page.keyboard.type("gm?")
    await expect(dialog).to_be_hidden()

    await page.locator(".queue > li").first.focus()
    await page.keyboard.press("g")
    await page.keyboard.press("m")
    await page.wait_for_url("**/console?lang=en")
    await page.keyboard.press("/")
    await expect(page.locator(".filters select").first).to_be_focused()

    await page.get_by_role("button", name="Keyboard shortcuts").click()
    await page.get_by_label("Use shortcuts in this browser").uncheck()
    await page.get_by_role("button", name="Close").click()
    await page.keyboard.press("?")
    await page.reload()
    await page.keyboard.press("?")
    await expect(dialog).to_be_hidden()
