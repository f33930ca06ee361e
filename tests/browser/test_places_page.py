"""What a team does on the console's pages of results, in a real Chromium over real answers and analyses."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.accessibility import violations
from tests.browser.conftest import Visit
from tests.browser.test_journey_page import PALE_TEXTS, overflow
from tests.town import console, filled, town_world

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

OCTOBER = "period=2026-10"
PAGES = {
    "map": f"/console?{OCTOBER}",
    "matrix": f"/console/channels?{OCTOBER}",
    "stage": "/console/stages/purchase?since=90d",
    "touchpoint": f"/console/touchpoints/delivery?{OCTOBER}&split=segment.region",
}
LOOKS = {"ko-light-1280": ("ko", "light", 1280), "en-dark-375": ("en", "dark", 375)}


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def town() -> AsyncIterator[str]:
    """A console over the town."""
    async with console(await filled(town_world())) as url:
        yield url


async def keep(page: Page, name: str) -> None:
    """Leave a picture in the folder that AFTERTOUCH_SCREENSHOTS names, where it does."""
    folder = os.environ.get("AFTERTOUCH_SCREENSHOTS")
    if folder:
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


async def test_the_stage_that_got_worse_is_found_and_understood_without_scripts(
    town: str, visit: Visit
) -> None:
    page = await visit(f"{town}/console?{OCTOBER}&lang=en", 1280, 900, java_script_enabled=False)

    worse = page.locator(".stages > li", has=page.locator(".change.worse")).first
    await expect(worse.get_by_role("heading", level=2)).to_contain_text("Purchase")
    await expect(worse.locator("p.change")).to_contain_text("against 2026-09")
    place = worse.locator(".touchpoints li").filter(has_text="Delivery")
    await expect(place.locator(".change.worse")).to_contain_text("worse")
    await expect(worse.locator(".pain")).to_contain_text("Late delivery")
    await worse.get_by_role("link", name="Delivery").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Delivery")

    await page.locator(".mix").get_by_role("link", name="Telegram").click()
    chips = page.get_by_role("list", name="Filters that are on")
    await expect(chips).to_contain_text("Channel: Telegram")
    await chips.get_by_role("link", name="Channel").click()
    await expect(chips).not_to_contain_text("Channel")

    await page.get_by_text("Filters", exact=True).click()
    await page.get_by_label("Compare with").select_option("others")
    await page.get_by_role("button", name="Apply").click()
    assert f"{OCTOBER}&" in page.url
    assert "compare=others" in page.url

    await page.get_by_text("View as table: Distribution").click()
    await expect(page.get_by_role("row", name="5").first).to_be_visible()
    await page.get_by_role("link", name="1: ").click()
    await expect(page.get_by_role("note")).to_contain_text("A rating filter is on")
    await expect(page.locator(".series .trend")).to_have_count(0)
    await expect(page.locator(".series .score")).to_have_text("–")
    said = page.locator(".words li")
    assert {await one.locator(".tag").first.inner_text() for one in await said.all()} == {
        "Dissatisfied · 1 / 5"
    }
    await expect(said.first).to_contain_text("<script>alert(1)</script>")


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("which", PAGES)
async def test_a_page_fits_can_be_read_and_breaks_no_rule(
    town: str, visit: Visit, which: str, look: str
) -> None:
    language, scheme, width = LOOKS[look]
    address = f"{town}{PAGES[which]}&lang={language}"
    page = await visit(address, width, 900, color_scheme=scheme, bypass_csp=True)
    await keep(page, f"{which}-{look}")

    assert await overflow(page) == 0
    assert await violations(page) == []
    for table in await page.locator("details").all():
        await table.evaluate("table => { table.open = true }")
    assert await page.evaluate(PALE_TEXTS) == []
    assert await overflow(page) == 0


async def test_a_wide_table_says_on_a_phone_that_it_slides_and_keeps_its_first_column(
    town: str, visit: Visit
) -> None:
    page = await visit(f"{town}{PAGES['matrix']}&lang=ko", 375, 800)
    sheet = page.get_by_role("region", name="채널과 단계").first

    await expect(page.get_by_text("옆으로 밀어 보세요")).to_be_visible()
    await sheet.focus()
    await sheet.evaluate("sheet => { sheet.scrollLeft = sheet.scrollWidth }")
    first = sheet.get_by_role("rowheader").first
    box, around = await first.bounding_box(), await sheet.bounding_box()
    assert box is not None
    assert around is not None
    assert abs(box["x"] - around["x"]) <= 2, (box, around)
    assert await violations(page) == []


async def test_paper_shows_the_figures_and_not_the_controls(town: str, visit: Visit) -> None:
    page = await visit(f"{town}{PAGES['stage']}&lang=ko", 800, 900)
    await page.emulate_media(media="print")
    await keep(page, "stage-print")

    await expect(page.locator(".trend")).to_be_visible()
    for control in (
        "nav.choices",
        "div.choices",
        ".filters .button",
        ".filters details",
        ".switches >> nth=0",
    ):
        await expect(page.locator(control)).to_be_hidden()
    assert await page.locator("button:visible, .button:visible").count() == 0
    await expect(page.locator(".stamp").first).to_contain_text("화면의 기간이 아니라")
    assert await overflow(page) == 0


async def test_the_keyboard_reaches_a_bar_and_filters_by_it(town: str, visit: Visit) -> None:
    page = await visit(f"{town}{PAGES['touchpoint']}&lang=en", 1280, 900)
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to content")).to_be_focused()

    await page.get_by_role("link", name="2: ").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**rating=2**")
    await expect(page.locator("[aria-current=true] .bar")).to_have_count(1)
