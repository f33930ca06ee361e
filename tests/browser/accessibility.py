"""axe-core, from an installed package, run inside a page."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Any, Final

from playwright.async_api import Frame, Page

CONTRAST: Final = "color-contrast"
_AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
_RUN = """async but => (await axe.run(document, {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  rules: Object.fromEntries(but.map(rule => [rule, {enabled: false}])),
  resultTypes: ["violations"],
})).violations.map(({ id, nodes }) => [id, ...nodes.map((node) => node.html)])"""


async def violations(page: Page | Frame, but: Sequence[str] = ()) -> list[Any]:
    """Return each rule that the page breaks, with the elements that break it; past its own policy.

    Contrast takes most of the time: whoever measures it otherwise leaves it out in ``but``.
    """
    await page.evaluate(f"() => {{ {_AXE} }}")
    found: list[Any] = await page.evaluate(_RUN, list(but))
    return found
