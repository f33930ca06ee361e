"""One person's whole task in a real Chromium: from her one-time link to a paused survey whose answers she has seen."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from surveys.staffing import Role
from tests.browser.conftest import Visit, by_menu
from tests.e2e.chats import seen, tap
from tests.e2e.deployment import Deployment, deployed, until
from tests.e2e.webchat_chat import WebchatPlatform
from tests.staffing import hire

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

PLATFORM = WebchatPlatform()
OTHERS = 4
"""Customers who answer beside the one in the browser: results of fewer than five are not shown."""


@dataclass(frozen=True, slots=True)
class Task:
    """What one person does, and in what look."""

    language: str
    width: int
    scheme: str
    scripts: bool
    template: str
    event: str
    place: str
    why_not: str


TASKS = (
    Task("ko", 375, "dark", True, "travel-trip", "trip.completed", "support", "조건에 맞지 않음"),
    Task(
        *("en", 1280, "light", False, "finance-application", "application.abandoned", "cart"),
        "condition",
    ),
)


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    folder: Path = tmp_path_factory.mktemp("task")
    async with deployed(f"sqlite:///{folder}/a.sqlite3", PLATFORM.environ) as deployment:
        deployment.clock.behind = timedelta()
        deployment.app.loop.wake()
        yield deployment


async def tell(running: Deployment, task: Task, customer: str, amount: int) -> None:
    """Tell of what happened to a customer, and what it was worth."""
    name = f"{customer}-{task.template}"
    event = running.event(
        customer,
        id=f"e-{name}",
        subject=f"s-{name}",
        type=task.event,
        data={"customer": {"id": customer}, "amount": amount},
    )
    assert (await running.signed(event)).status == 202


def named(page: Page, name: str) -> Locator:
    return page.locator(f"[name='{name}']")


def press(page: Page, act: str) -> Locator:
    return page.locator(f"button[name=do][value='{act}']:visible").first


async def enter(running: Deployment, visit: Visit, task: Task) -> Page:
    """Open a one-time link and press its button."""
    _, path = await hire(running, f"{task.template}@example.com", Role.OPERATOR)
    page = await visit(
        f"{running.url}{path}&lang={task.language}",
        *(task.width, 900),
        color_scheme=task.scheme,
        java_script_enabled=task.scripts,
        locale={"ko": "ko-KR", "en": "en-GB"}[task.language],
    )
    await page.locator("form[action*='/login/link'] button").click()
    await page.wait_for_url("**/console**")
    return page


async def draft(page: Page, task: Task) -> None:
    """Make a draft of a ready survey, ask at once, and only about what was worth a lot."""
    await by_menu(page, "/console/templates")
    await page.locator(f"main a[href*='/console/templates/{task.template}']").first.click()
    await page.locator("a[href*='/console/surveys/new']").click()
    await expect(named(page, "touchpoint")).to_have_value(task.place)
    await page.locator("main form button").click()
    await expect(page.get_by_role("status").first).to_be_visible()
    await named(page, "trigger.after.amount").fill("0")
    await press(page, "row:trigger.where").click()
    await named(page, "trigger.where.path").fill("amount")
    await press(page, "count").click()
    await named(page, "trigger.where.operator").select_option("gte")
    await named(page, "trigger.where.value").fill("10000")
    await press(page, "save").click()
    await expect(page.get_by_role("status").first).to_be_visible()


async def rehearse(page: Page) -> None:
    """Try the draft on what happened so far."""
    await press(page, "rehearse").click()
    await page.locator("main form button.main").click()
    await expect(page.locator("section[aria-labelledby=found] .matches")).to_be_visible()


async def publish(page: Page, running: Deployment, task: Task) -> None:
    await page.goto(f"{running.url}/console/surveys/edit/{task.template}/plan?lang={task.language}")
    await expect(page.locator(".plan")).to_contain_text(f"({task.template})")
    await press(page, "publish").click()
    await expect(page.get_by_role("status").first).to_be_visible()


async def try_herself(page: Page, visit: Visit, running: Deployment, task: Task) -> None:
    """Open an own chat by a link, and have the question sent there."""
    await page.goto(f"{running.url}/console/surveys/edit/{task.template}?lang={task.language}")
    await press(page, "test").click()
    await page.locator("form:has([name=channel][value=webchat]) button").click()
    link = await page.locator("a[href*='/chat#t=']").get_attribute("href")
    chat = await visit(str(link), 375, 740)
    await expect(chat.locator("#text")).to_be_visible()
    await page.goto(f"{running.url}/console/surveys/edit/{task.template}/test?lang={task.language}")
    await page.locator("form:has([name=act][value=send]) button").click()
    await expect(page.get_by_role("status").first).to_be_visible()
    await expect(chat.locator("[data-kind=question]")).to_be_visible()


async def answers(running: Deployment, visit: Visit, task: Task) -> None:
    """Have six customers go through it: one in a browser, four in their chats, one for whom it was not worth it."""
    poor, lucky = f"poor-{task.place}", f"lucky-{task.place}"
    await PLATFORM.join(running, poor, task.language)
    await running.customer(lucky, locale=task.language)
    link = (await running.links(lucky))["webchat"]["url"]
    chat = await visit(link, 375, 740, locale=task.language)
    others = [
        await PLATFORM.join(running, f"other{number}-{task.place}", task.language)
        for number in range(OTHERS)
    ]
    await tell(running, task, poor, 100)
    for name in (lucky, *(f"other{number}-{task.place}" for number in range(OTHERS))):
        await tell(running, task, name, 20000)
    for other in others:
        question, *_ = await seen(other, 1)
        await tap(other, question, "5")
    await chat.locator(".scale input[value='5']").click()
    await expect(chat.get_by_text("✓").first).to_be_visible()


async def find_why_not(page: Page, task: Task) -> None:
    """Find the customer who was not asked, and read why."""
    await by_menu(page, "/console/people")
    await named(page, "q").fill(f"poor-{task.place}")
    await page.locator("main form[action*='people'] button").click()
    await page.locator("main a[href*='/console/people/']").first.click()
    await expect(page.locator("main")).to_contain_text(task.why_not)


async def pause(page: Page, task: Task) -> None:
    await by_menu(page, "/console/surveys")
    own = page.locator(f"form:has([name=id][value='trigger:{task.template}'])")
    await own.locator("button").click()
    await page.locator("form:has([name=sure]) button").click()
    await expect(page.get_by_role("status").first).to_be_visible()
    await expect(own.locator("[name=act]")).to_have_value("resume")


async def see_results(page: Page, running: Deployment, task: Task) -> None:
    """Open the touchpoint's page: all five were content."""

    async def counted() -> bool:
        await page.goto(f"{running.url}/console/touchpoints/{task.place}?lang={task.language}")
        return "100%" in await page.locator("main").inner_text()

    await until(counted)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task.language}-{task.width}")
async def test_a_survey_is_made_tried_published_answered_explained_and_paused(
    running: Deployment, visit: Visit, task: Task
) -> None:
    await tell(running, task, "nobody", 20000)
    page = await enter(running, visit, task)
    await draft(page, task)
    await rehearse(page)
    await try_herself(page, visit, running, task)
    await publish(page, running, task)
    await answers(running, visit, task)
    await find_why_not(page, task)
    await pause(page, task)
    await see_results(page, running, task)
