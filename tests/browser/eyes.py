"""What every page must be like for everybody, in one look at it: by sight, by key, by ear, and without scripts."""

import os
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from itertools import product
from pathlib import Path
from typing import Final, Literal, get_args
from urllib.parse import urlsplit

from playwright.async_api import Browser, Page

from tests.browser.accessibility import CONTRAST, violations
from tests.browser.conftest import PATIENCE
from tests.browser.test_journey_page import PALE_TEXTS, overflow
from tests.browser.tour import Stop, Tour
from tests.staffing import COOKIE

Language = Literal["ko", "en"]
Scheme = Literal["light", "dark"]
_HIGH: Final = 900


@dataclass(frozen=True, slots=True)
class Look:
    """In what a person looks at a page."""

    language: Language
    width: int
    scheme: Scheme

    def __str__(self) -> str:
        return f"{self.language}-{self.width}-{self.scheme}"


LOOKS: Final = tuple(
    Look(language, width, scheme)
    for language, width, scheme in product(get_args(Language), (1280, 375), get_args(Scheme))
)
FEW: Final = (Look("ko", 1280, "light"), Look("en", 375, "dark"))

_SHAPE: Final = """() => {
  const faults = [];
  const shown = node => node.checkVisibility({checkVisibilityCSS: true});
  const heads = [...document.querySelectorAll("h1")].filter(shown);
  if (heads.length !== 1) faults.push(`${heads.length} h1`);
  if (!document.title.trim()) faults.push("no title");
  const natural = "a[href], button, input, select, textarea, summary";
  const stops = [...document.querySelectorAll(natural)]
    .filter(node => shown(node) && node.ariaHidden !== "true");
  const first = stops[0];
  if (document.querySelector("nav")) {
    const to = first?.matches("a[href^='#']") && document.querySelector(first.hash);
    if (!to) faults.push("its first link does not skip to the content");
  }
  const pretended = [...document.querySelectorAll("[onclick], [role=button], [role=link]")];
  for (const node of [...stops, ...pretended.filter(shown)]) {
    if (node.tabIndex !== 0 && !node.disabled) faults.push(`no key reaches ${node.outerHTML}`);
  }
  for (const form of document.querySelectorAll("form[method=get]")) {
    const names = [...form.querySelectorAll("[type=hidden]")].map(field => field.name);
    if (new Set(names).size < names.length) faults.push(`a form says twice: ${names}`);
  }
  return faults;
}"""
_KEYS: Final = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
  .filter(node => node.checkVisibility({checkVisibilityCSS: true}) && !node.disabled)
  .filter(node => (node.type !== "radio" || node.checked) && node.ariaHidden !== "true")
  .filter(node => document.activeElement !== node)
  .map((node, number) => { node.dataset.stop = number; return number; }).length"""
_HERE: Final = "() => document.activeElement?.dataset.stop"
_OPENED: Final = (
    "() => { for (const each of document.querySelectorAll('details')) each.open = true }"
)
_TEXT: Final = """() => {
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = true;
  return (document.querySelector("main") ?? document.body).innerText;
}"""
_NUMBER: Final = re.compile(r"\d+")
_REFUSAL: Final = "the server responded with a status of"


@dataclass(frozen=True, slots=True)
class Eyes:
    """One person's browsers.

    Attributes:
        scripted: the one with scripts.
        plain: the one without.
        said: what scripts complain of.
        is_thorough: axe measures contrast too, which takes it longer than all its other rules.
    """

    look: Look
    scripted: Page
    plain: Page
    said: list[str]
    is_thorough: bool

    async def faults(self, tour: Tour, stop: Stop) -> list[str]:
        """Open a page and return what is wrong with it; leave a picture where one is wanted."""
        self.said.clear()
        address = tour.deployment.url + stop.seen(self.look.language)
        answer = await self.scripted.goto(address)
        assert answer is not None
        await self._keep(stop)
        await self.scripted.evaluate(_OPENED)
        status = answer.status
        refused = status >= HTTPStatus.BAD_REQUEST
        faults = [
            *([f"status {status}"] if status >= HTTPStatus.INTERNAL_SERVER_ERROR else []),
            *await self._language(),
            *await self.scripted.evaluate(_SHAPE),
            *map(str, await violations(self.scripted, () if self.is_thorough else (CONTRAST,))),
            *(f"pale: {text}" for text in await self.scripted.evaluate(PALE_TEXTS)),
            *(["scrolls sideways"] if await overflow(self.scripted) else []),
            *(said for said in self.said if not (refused and _REFUSAL in said)),
            *await self._without_scripts(tour.deployment.url + stop.path),
        ]
        return [f"{stop.name} in {self.look}: {fault}" for fault in faults]

    async def unreached(self, tour: Tour, stop: Stop) -> list[str]:
        """Go through a page with the Tab key alone; return what it never came to."""
        await self.scripted.goto(tour.deployment.url + stop.seen(self.look.language))
        wanted = {str(number) for number in range(await self.scripted.evaluate(_KEYS))}
        for _ in range(2 * len(wanted) + 4):
            if not wanted:
                break
            await self.scripted.keyboard.press("Tab")
            wanted.discard(await self.scripted.evaluate(_HERE))
        return [
            await self.scripted.locator(f"[data-stop='{number}']").evaluate(
                "node => node.outerHTML"
            )
            for number in sorted(wanted)
        ]

    async def _language(self) -> list[str]:
        said = await self.scripted.locator("html").get_attribute("lang")
        return [] if said == self.look.language else [f"lang is {said!r}"]

    async def _without_scripts(self, address: str) -> list[str]:
        """Say which words the page has only with scripts, or only without. What copies them needs a script.

        The second browser comes by the bare address: the language is its own.
        """
        if urlsplit(address).path == "/chat":
            await self.plain.goto(address)
            shown = await self.plain.locator("noscript").inner_text()
            return [] if shown.strip() else ["says nothing without scripts"]
        await self.plain.goto(address)
        await self.plain.evaluate(_OPENED)
        lines = [
            Counter(_NUMBER.sub("0", await page.evaluate(_TEXT)).split("\n"))
            for page in (self.scripted, self.plain)
        ]
        missing = [*(lines[0] - lines[1]), *(lines[1] - lines[0])]
        return [f"with scripts only, or without only: {line}" for line in missing]

    async def _keep(self, stop: Stop) -> None:
        folder = os.environ.get("AFTERTOUCH_SCREENSHOTS")
        if folder:
            path = Path(folder) / str(self.look) / f"{stop.name}.png"
            await self.scripted.screenshot(path=path, full_page=True)


@asynccontextmanager
async def looking(
    chromium: Browser, tour: Tour, look: Look, *, alone: bool = False, is_thorough: bool = False
) -> AsyncIterator[Eyes]:
    """Open the two browsers, logged in unless a stranger looks."""
    said: list[str] = []
    async with AsyncExitStack() as stack:
        pages = []
        for scripts in (True, False):
            context = await chromium.new_context(
                viewport={"width": look.width, "height": _HIGH},
                locale={"ko": "ko-KR", "en": "en-GB"}[look.language],
                color_scheme=look.scheme,
                java_script_enabled=scripts,
            )
            stack.push_async_callback(context.close)
            context.set_default_timeout(PATIENCE)
            if not alone:
                held = {"name": COOKIE, "value": tour.cookie, "url": tour.deployment.url}
                await context.add_cookies([held])  # type: ignore[list-item]  # Playwright's own TypedDict
            pages.append(await context.new_page())
        scripted, plain = pages
        scripted.on("pageerror", lambda error: said.append(str(error)))
        scripted.on(
            "console", lambda line: said.append(line.text) if line.type == "error" else None
        )
        yield Eyes(look, scripted, plain, said, is_thorough)
