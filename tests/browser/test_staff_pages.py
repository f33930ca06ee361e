"""The pages about staff in a real Chromium: a person's way from the first member to the audit log."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from surveys.staffing import Role
from tests.browser.conftest import Visit, by_menu
from tests.e2e.deployment import Deployment, deployed
from tests.staffing import hire

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

PASSWORD = "correct horse battery"


@pytest_asyncio.fixture(loop_scope="package")
async def running(tmp_path: Path) -> AsyncIterator[Deployment]:
    async with deployed(f"sqlite:///{tmp_path}/a.sqlite3", {}) as deployment:
        yield deployment


async def handed(page: Page) -> str:
    return await page.locator("#link").inner_text()


async def test_from_the_first_member_to_the_audit_log_without_scripts(
    running: Deployment, visit: Visit
) -> None:
    owner = await visit(f"{running.url}/console?lang=en", 1280, 900, java_script_enabled=False)
    await owner.get_by_role("link", name="Team and rights").click()
    await owner.get_by_label("E-mail").fill("minji@localhost")
    await owner.get_by_label("Name").fill("민지")
    await owner.get_by_label("Role", exact=True).select_option("admin")
    await owner.get_by_role("button", name="Add and make a link").click()
    await expect(owner.get_by_role("alert")).to_contain_text("Give an e-mail address")
    await expect(owner.get_by_label("Name")).to_have_value("민지")
    await owner.get_by_label("E-mail").fill("minji@example.com")
    await owner.get_by_role("button", name="Add and make a link").click()

    minji = await visit(f"{await handed(owner)}&lang=en", 375, 800, java_script_enabled=False)
    await minji.get_by_role("button", name="Log in in this browser").click()
    await minji.goto(f"{running.url}/console/me?lang=en")
    await minji.get_by_label("New password", exact=True).fill(PASSWORD)
    await minji.get_by_label("New password, once more").fill(PASSWORD)
    password = minji.get_by_role("region", name="Set a password")
    await password.get_by_role("button", name="Save").click()
    await expect(minji.get_by_role("status")).to_contain_text("The password is set")
    await minji.get_by_role("button", name="Log out", exact=True).click()
    await minji.get_by_label("E-mail").fill("Minji@Example.com")
    await minji.get_by_label("Password").fill(PASSWORD)
    await minji.get_by_role("button", name="Log in").click()
    await expect(minji).to_have_url(re.compile("/console$"))

    await minji.goto(f"{running.url}/console/team?lang=en")
    await minji.get_by_role("button", name="Disable: 민지").click()
    await expect(minji.get_by_role("alert")).to_contain_text("the last admin")
    await minji.get_by_label("E-mail").fill("jun@example.com")
    await minji.get_by_role("button", name="Add and make a link").click()
    await minji.get_by_label("Role: jun", exact=True).select_option("operator")
    await minji.get_by_role("button", name="Change role: jun").click()
    await expect(minji.get_by_role("status")).to_contain_text("The role is changed")

    await by_menu(minji, "/console/audit")
    await minji.get_by_label("What", exact=True).select_option("staff_role")
    await minji.get_by_role("button", name="Search").click()
    await expect(minji.locator("tbody tr")).to_have_count(1)
    await expect(minji.locator("tbody tr")).to_contain_text("minji@example.com")
    await expect(minji.locator("tbody tr")).to_contain_text("jun@example.com")
    await expect(minji.locator("tbody tr")).to_contain_text("After: Operator")


async def test_the_keyboard_alone_logs_in(running: Deployment, visit: Visit) -> None:
    await hire(running, "minji@example.com", Role.ADMIN)
    page = await visit(f"{running.url}/console/login?lang=en", 1280, 900)

    await expect(page.get_by_label("E-mail")).to_be_focused()
    await page.keyboard.type("minji@example.com")
    await page.keyboard.press("Tab")
    await page.keyboard.type("wrong password")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("alert")).to_contain_text("E-mail or password is not right")
    await expect(page.get_by_label("E-mail")).to_have_value("minji@example.com")
    await expect(page.get_by_label("Password")).to_be_focused()
