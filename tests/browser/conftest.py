"""A real Chromium and a served web chat. Without a browser these tests are left out aloud; CI insists."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from bot.clock import SystemClock
from bot.webchat.routes import routes
from bot.webchat.watching import Watch
from tests.fakes.desk import FakeDesk, FakeDoor
from tests.serving import serve

PATIENCE = 60_000
"""Milliseconds that any single step in the browser may take on a busy machine."""
PHONE = 720
"""Pixels up to which the console folds its pages into a menu."""
COMPANY = {"ko": "초록마켓", "en": "Green Market"}
expect.set_options(timeout=PATIENCE)
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str | None:
    """Return the path of a Chromium: Debian's, one on the PATH, or Playwright's own."""
    known = ["/usr/bin/chromium", shutil.which("chromium"), shutil.which("chromium-browser")]
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "~/.cache/ms-playwright")).expanduser()
    known += [str(path) for path in sorted(cache.glob("chromium-*/chrome-linux*/chrome"))]
    return next((path for path in known if path and Path(path).exists()), None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    browser_items = [item for item in items if item.get_closest_marker("browser")]
    if not browser_items or chromium():
        return
    if os.environ.get("CI") == "true":
        message = "no Chromium: CI must have one (apt-get install chromium)"
        raise pytest.UsageError(message)
    config.hook.pytest_deselected(items=browser_items)
    items[:] = [item for item in items if item not in browser_items]
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter:
        line = (
            f"NO CHROMIUM: {len(browser_items)} browser tests left out (apt-get install chromium)"
        )
        reporter.write_line(line, red=True, bold=True)


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it reached the server."""

    method: str
    path: str


@dataclass(frozen=True, slots=True)
class Served:
    """A web chat being served, its desk, and every request that came."""

    url: str
    desk: FakeDesk
    seen: list[Seen]
    watch: Watch


Visit = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=chromium(), args=list(ARGUMENTS)
        )
        yield launched
        await launched.close()


@pytest_asyncio.fixture(loop_scope="package")
async def chat() -> AsyncIterator[Served]:
    desk = FakeDesk(links={"link-ko": "ko", "link-en": "en"}, codes={"qcheckout": "주문·결제"})
    async with _served(desk) as served:
        yield served


@pytest_asyncio.fixture(loop_scope="package")
async def demo_chat() -> AsyncIterator[Served]:
    desk = FakeDesk()
    async with _served(desk, demo=FakeDoor(desk)) as served:
        yield served


@pytest_asyncio.fixture(loop_scope="package")
async def visit(browser: Browser) -> AsyncIterator[Visit]:
    """Open an address in a browser of its own, of the given size; scripts must not fail in it."""
    faults: list[str] = []
    async with AsyncExitStack() as stack:

        async def open_page(url: str, width: int = 360, height: int = 740, **more: Any) -> Page:
            context = await browser.new_context(
                viewport={"width": width, "height": height}, **{"locale": "ko-KR", **more}
            )
            stack.push_async_callback(context.close)
            context.set_default_timeout(PATIENCE)
            page = await context.new_page()
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.on("console", lambda said: faults.extend(_policy_faults(said.text)))
            await page.goto(url)
            return page

        yield open_page
    assert faults == []


async def by_menu(page: Page, path: str) -> None:
    """Go to another page of the console. On a phone the menu holds them, and is opened first."""
    size = page.viewport_size
    assert size is not None
    if size["width"] <= PHONE:
        await page.locator("header > .menu").click()
    await page.locator(f"nav.choices a[href*='{path}']").click()


def _policy_faults(text: str) -> list[str]:
    return [text] if "Content Security Policy" in text else []


@asynccontextmanager
async def _served(desk: FakeDesk, demo: FakeDoor | None = None) -> AsyncIterator[Served]:
    seen: list[Seen] = []
    watch = Watch(desk.came_due, SystemClock())
    desk.ring = watch.ring
    app = Starlette(
        routes=routes(
            desk,
            company=COMPANY.__getitem__,
            demo=demo,
            watch=watch,
            frame_ancestors="'self' http://localhost:*",
        )
    )

    async def recording(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            seen.append(Seen(scope["method"], scope["path"]))
        await app(scope, receive, send)

    async with asyncio.TaskGroup() as tasks, serve(recording) as url:
        looking = tasks.create_task(watch.run())
        yield Served(url, desk, seen, watch)
        watch.close()
        looking.cancel()
