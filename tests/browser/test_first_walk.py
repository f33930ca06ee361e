"""The first walk of the README, word by word: each bold word is pressed in the demo, in its order."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest
from playwright.async_api import Page, expect

from bot.app import build
from bot.config import Settings
from bot.demo.live import PERSONAS, LiveMarket
from bot.demo.run import play
from bot.demo.shop import shop_program
from storage.opening import open_storage
from tests.browser.conftest import Visit
from tests.serving import serve
from tests.sqlite import migrated
from tests.unit.test_first_walk import steps

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

DAYS = 12
LOCALES = {"ko": "ko-KR", "en": "en-GB"}


@asynccontextmanager
async def demo(folder: Path) -> AsyncIterator[str]:
    """Serve what the demo serves, without the customers who go on passing by."""
    url = migrated(folder / "demo.sqlite3")
    await play(url, days=DAYS, say={"replay": ""}, quiet=True)
    market = LiveMarket(Random(1))  # noqa: S311 a simulation, not a secret
    async with (
        open_storage(url) as storage,
        build(
            Settings(database_url=url), storage=storage, program=shop_program(), demo=market
        ) as app,
        serve(app.asgi) as address,
        asyncio.TaskGroup() as tasks,
    ):
        market.join(app)
        await app.analyst.analyse()
        work = tasks.create_task(app.run())
        yield address
        work.cancel()


async def press(page: Page, label: str) -> None:
    """Press the first that is so called; the page that it leads to is there when something on it is pressed."""
    controls = page.locator("nav.choices a, main a, button")
    await controls.filter(has_text=label, visible=True).first.click()


async def answered(page: Page) -> int:
    """Return how many customers the page of a touchpoint counts."""
    return int(await page.locator(".facts dd").first.inner_text())


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_each_step_of_the_first_walk_leads_to_the_next(
    tmp_path: Path, visit: Visit, language: str
) -> None:
    place, choose, rehearse, publish, visitor, again, why = steps(language)
    persona = PERSONAS["support"].labels[language]
    assert (visitor, again[-1:]) == ([persona], place)

    async with demo(tmp_path) as address:
        page = await visit(f"{address}/console", 1280, 900, locale=LOCALES[language])
        await expect(page.locator(".demo li a")).to_have_count(3)
        for label in place:
            await press(page, label)
        await page.wait_for_url("**/touchpoints/support**")
        before = await answered(page)
        for label in [*choose, *rehearse]:
            await press(page, label)
        await expect(page.get_by_text("c0").first).to_be_visible()
        for label in publish:
            await press(page, label)
        await expect(page.get_by_role("status").first).to_be_visible()

        chat = await visit(f"{address}/chat", 375, 740, locale=LOCALES[language])
        await press(chat, persona)
        await chat.locator(".scale input[value='5']").click()
        await expect(chat.get_by_text("✓").first).to_be_visible()

        for label in again:
            await press(page, label)
        await page.wait_for_url("**/touchpoints/support**")
        assert await answered(page) == before + 1

        for label in why:
            await press(page, label)
        await page.wait_for_url("**verdict=skipped**")
        rule = re.search(r"rule=(\w+)", page.url)
        assert rule, page.url
        await page.locator("main a[href*='/console/people/']").first.click()
        await expect(page.locator("main")).to_contain_text(f"[{rule[1]}]")
