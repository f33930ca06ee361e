"""What a CX manager does before she publishes: change a trigger, and see whom it would have asked."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.accessibility import violations
from tests.browser.conftest import Visit
from tests.browser.test_journey_page import PALE_TEXTS, overflow
from tests.browser.test_places_page import keep
from tests.e2e.deployment import Deployment, deployed

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

PATIENCE = 60_000
LOOKS = [("ko", "light", 1280, "추정"), ("en", "dark", 375, "Estimate")]


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    folder: Path = tmp_path_factory.mktemp("rehearsal")
    async with deployed(f"sqlite:///{folder}/a.sqlite3", {}) as deployment:
        for number in range(3):
            await deployment.customer(f"c{number}")
            event = deployment.event(f"c{number}", id=f"e{number}", subject=f"ticket-{number}")
            assert (await deployment.signed(event)).status == 202
        yield deployment


@pytest.mark.parametrize("look", LOOKS, ids=["ko-light-1280", "en-dark-375"])
async def test_a_draft_is_tried_without_scripts_and_everybody_can_read_what_came_of_it(
    running: Deployment, visit: Visit, look: tuple[str, str, int, str]
) -> None:
    language, scheme, width, estimate = look
    address = f"{running.url}/console/surveys/edit/support?lang={language}"
    plain = await visit(address, width, 900, color_scheme=scheme, java_script_enabled=False)
    await plain.locator("[name='trigger.after.amount']").fill(str(width))
    await plain.locator("button[value=rehearse]").click()
    await plain.locator("button.main").click()
    found = plain.locator(".matches")
    await expect(found).to_contain_text("→", timeout=PATIENCE)
    await expect(found).to_contain_text(estimate)

    page = await visit(
        f"{running.url}/console/surveys/edit/support/rehearsal?lang={language}",
        width,
        900,
        color_scheme=scheme,
    )
    await expect(page.locator("table.surveys").last).to_contain_text("c0")
    faults = [
        *await violations(page),
        *([f"scrolls {width}"] if await overflow(page) else []),
        *await page.evaluate(PALE_TEXTS),
    ]
    await keep(page, f"rehearsal-{language}-{scheme}-{width}")
    assert faults == []
