"""axe-core, from an installed package, run inside a page."""

from importlib.resources import files
from typing import Any

from playwright.async_api import Frame, Page

_AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
_RUN = """async () => (await axe.run(document, {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
})).violations.map(({ id, nodes }) => [id, ...nodes.map((node) => node.html)])"""


async def violations(page: Page | Frame) -> list[Any]:
    """Return each rule that the page breaks, with the elements that break it; past its own policy."""
    await page.evaluate(f"() => {{ {_AXE} }}")
    found: list[Any] = await page.evaluate(_RUN)
    return found
