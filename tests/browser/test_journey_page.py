"""The journey map as teams meet it, in a real Chromium."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect
from starlette.applications import Starlette
from starlette.requests import Request

from bot.console.routes import routes
from surveys.results import Query, ResultTable, result_table
from tests.browser.conftest import Visit
from tests.journeys import FUNNEL, NOW, PROGRAM, SCORES
from tests.serving import serve

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

# WCAG 2.2: the contrast of each piece of text to the nearest painted background behind it.
PALE_TEXTS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgb = colour => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b]
    .map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = node => {
    for (let at = node; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255];
  };
  const pale = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    if (!own || !node.checkVisibility() || node.tagName === "title") continue;
    const style = getComputedStyle(node);
    const paint = node instanceof SVGElement ? style.fill : style.color;
    const [a, b] = [light(rgb(paint)), light(behind(node))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) pale.push(`${node.className.baseVal ?? node.className}: ${node.textContent.trim()}`);
  }
  return pale;
}"""


async def read_results(query: Query) -> ResultTable:
    return result_table(query, PROGRAM, SCORES, FUNNEL, NOW)


async def open_to_all(request: Request, scope: str) -> None:
    return None


@pytest_asyncio.fixture(loop_scope="package")
async def console() -> AsyncIterator[str]:
    app = Starlette(
        routes=routes(
            read_results=read_results,
            require=open_to_all,
            admit=open_to_all,
            program=lambda: PROGRAM,
            demo=True,
        )
    )
    async with serve(app) as url:
        yield f"{url}/console"


async def overflow(page: Page) -> int:
    """Return how many pixels the page is wider than its window."""
    wider: int = await page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return wider


@pytest.mark.parametrize("width", [320, 360, 720, 800, 1280])
async def test_the_page_never_scrolls_sideways(console: str, visit: Visit, width: int) -> None:
    page = await visit(console, width, 900)

    assert await overflow(page) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["ko", "en"])
async def test_every_text_can_be_read(
    console: str, visit: Visit, scheme: str, language: str
) -> None:
    page = await visit(f"{console}?lang={language}", 1280, 900, color_scheme=scheme)
    await page.locator("main summary").click()

    assert await page.evaluate(PALE_TEXTS) == []


async def test_the_curve_runs_down_on_a_phone_and_across_on_a_desk(
    console: str, visit: Visit
) -> None:
    phone, desk = await visit(console, 360, 740), await visit(console, 1280, 900)

    await expect(phone.locator(".curve.tall")).to_be_visible()
    await expect(phone.locator(".curve.wide")).to_be_hidden()
    await expect(desk.locator(".curve.wide")).to_be_visible()
    await expect(desk.locator(".curve.tall")).to_be_hidden()


async def test_the_map_reads_as_a_table_without_scripts(console: str, visit: Visit) -> None:
    page = await visit(f"{console}?lang=en", 1280, 900, java_script_enabled=False)

    await page.get_by_text("View as table").click()

    row = page.get_by_role("row", name="Advocacy All NPS")
    await expect(row).to_contain_text("+45")
    await expect(row).to_contain_text("+32 – +56")


async def test_choices_on_a_phone_are_large_enough_to_tap(console: str, visit: Visit) -> None:
    page = await visit(console, 360, 740, has_touch=True)

    heights = await page.locator("div.choices a, summary").evaluate_all(
        "nodes => nodes.map(node => node.getBoundingClientRect().height)"
    )
    assert min(heights) >= 44
