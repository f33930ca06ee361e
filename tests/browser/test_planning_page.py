"""A CX manager plans a publish in a real Chromium: for a tenth at once and everybody later, looks for it, and cancels."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.accessibility import violations
from tests.browser.conftest import Visit
from tests.browser.test_journey_page import overflow
from tests.browser.test_places_page import keep
from tests.e2e.deployment import Deployment, deployed, until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

SEOUL = ZoneInfo("Asia/Seoul")


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    folder: Path = tmp_path_factory.mktemp("planning")
    async with deployed(f"sqlite:///{folder}/a.sqlite3", {}) as deployment:
        yield deployment


def wall(deployment: Deployment, minutes: int) -> str:
    then = deployment.clock.now().astimezone(SEOUL) + timedelta(minutes=minutes)
    return f"{then:%Y-%m-%dT%H:%M}"


async def to_the_plan(page: Page, share: str) -> None:
    """Change how many are asked, and look at the difference."""
    await page.locator("[name='trigger.share']").fill(share)
    await page.locator("button[value=plan]").first.click()


async def fits(page: Page) -> None:
    assert await violations(page) == []
    assert await overflow(page) == 0


async def test_a_publish_is_planned_found_again_and_cancelled_without_scripts(
    running: Deployment, visit: Visit
) -> None:
    at, over = wall(running, 60), wall(running, -60)
    address = f"{running.url}/console/surveys/edit/cart?lang=ko"
    page = await visit(address, 1280, 900, java_script_enabled=False)
    await to_the_plan(page, "60")
    await page.locator("#at").evaluate("each => each.removeAttribute('min')")
    await page.get_by_label("게시할 시각").fill(over)
    await page.get_by_role("button", name="이 시각에 게시 예약").click()
    await expect(page.get_by_role("alert")).to_contain_text("이미 지난 시각")
    await expect(page.get_by_label("게시할 시각")).to_have_value(over)
    await page.get_by_label("게시할 시각").fill(at)
    await page.get_by_role("button", name="이 시각에 게시 예약").click()
    await expect(page.get_by_role("status")).to_contain_text("예약했습니다")

    await page.goto(f"{running.url}/console/surveys?lang=ko")
    card = page.get_by_role("region", name="예약한 게시").locator("li")
    await expect(card).to_contain_text(at.replace("T", " "))
    await expect(card).to_contain_text("기다리는 중")
    await keep(page, "planned-ko-1280")
    await card.get_by_role("button", name="예약 취소").click()
    await expect(page.get_by_role("status")).to_contain_text("예약을 취소했습니다")
    await expect(page.get_by_role("region", name="예약한 게시")).to_contain_text("취소했습니다")
    in_force = await running.app.storage.read(lambda _: running.app.ctx.program)
    assert in_force.trigger("cart").share == 1


@pytest.mark.parametrize(("language", "width"), [("ko", 1280), ("en", 375)])
async def test_a_tenth_is_asked_first_and_the_page_says_what_that_means(
    running: Deployment, visit: Visit, language: str, width: int
) -> None:
    trigger = {"ko": "signup", "en": "support"}[language]
    address = f"{running.url}/console/surveys/edit/{trigger}?lang={language}"
    page = await visit(address, width, 900)
    await to_the_plan(page, "80")
    await expect(page.locator("#planning")).to_be_visible()
    await fits(page)
    await keep(page, f"planning-{language}-{width}")
    await page.locator("#at").fill(wall(running, 30))
    await page.locator("button[value=first]").click()

    await expect(page.get_by_role("status")).to_be_visible()
    await expect(page.locator(".planned li")).to_have_count(1)
    await fits(page)
    await keep(page, f"planned-first-{language}-{width}")

    async def share() -> float:
        return running.app.ctx.program.trigger(trigger).share

    async def is_a_tenth() -> bool:
        return await share() == 0.08

    await until(is_a_tenth)
    running.clock.behind -= timedelta(minutes=31)
    running.app.loop.wake()

    async def widened() -> bool:
        await running.app.storage.read(lambda tx: tx.program_versions.in_force())
        return await share() == 0.8

    await until(widened)
    await page.goto(f"{running.url}/console/surveys/versions?lang={language}")
    await expect(page.locator("ol.queue > li").first).to_contain_text(
        {"ko": "예약대로 게시", "en": "published as planned"}[language]
    )
    await fits(page)
    await keep(page, f"planned-versions-{language}-{width}")
