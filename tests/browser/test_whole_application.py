"""The whole application in a real Chromium: from a signed event to the journey map, over a restart."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.e2e.deployment import deployed, until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

SOON = timedelta(seconds=60) / timedelta(milliseconds=1)
ASKED = {"ko": "쉽게 해결할 수 있게 해 주었다", "en": "made it easy for me to handle my issue"}
CHOSEN = {"ko": "✓ 6점을 선택하셨어요", "en": "✓ You chose 6"}


async def test_five_customers_answer_in_their_browsers_and_the_map_shows_their_score(
    tmp_path: Path, visit: Visit
) -> None:
    async with deployed(f"sqlite:///{tmp_path}/whole.sqlite3", {}) as deployment:
        pages = {}
        for number in range(5):
            who, language = f"c{number}", ("ko", "en")[number % 2]
            await deployment.customer(who, locale=language)
            links = await deployment.links(who)
            pages[who] = await visit(links["webchat"]["url"], locale=language)
            event = deployment.event(who, id=f"e{number}", subject=f"ticket-{number}")
            assert (await deployment.signed(event)).status == 202
        await deployment.come_to_the_present()

        for number, page in enumerate(pages.values()):
            language = ("ko", "en")[number % 2]
            await expect(page.get_by_text(ASKED[language])).to_be_visible(timeout=SOON)
            await page.locator(
                ".scale input[value='6']"
            ).click()  # not check(): the tap redraws the input
            await expect(page.get_by_text(CHOSEN[language])).to_be_visible(timeout=SOON)

        await deployment.restart()
        page = pages["c0"]
        await page.locator("[data-kind=reason] button").first.click()
        await expect(page.locator("[data-kind=thanks]")).to_be_visible(timeout=SOON)
        await page.locator("#text").fill("금방 해결됐어요")
        await page.keyboard.press("Enter")

        async def noted() -> bool:
            return await page.get_by_text("덧붙여 주신 말씀도 잘 받았어요").is_visible()

        await until(noted)
        (row,) = [r for r in await deployment.results() if r["invited"]]
        assert (row["n"], row["score"], row["answered"]) == (5, 100.0, 5)
        board = await visit(f"{deployment.url}/console?lang=ko", 1280, 900)
        await expect(board.get_by_text("100%").first).to_be_visible()
