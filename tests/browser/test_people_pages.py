"""The pages about customers in a real Chromium: why was she not asked, did the message arrive, a key for a colleague."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import expect

from storage.opening import open_storage
from surveys.model import DeliveryState
from surveys.service.people import CustomerUpsert, upsert
from tests.backlog import look_into, park
from tests.browser.accessibility import violations
from tests.browser.conftest import Visit, by_menu
from tests.e2e.deployment import Deployment, Wall, deployed

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    """A server with a customer whose question nobody knows to have arrived."""
    url = f"sqlite:///{tmp_path_factory.mktemp('people')}/a.sqlite3"
    async with open_storage(url) as storage:
        parked = await park(storage, Wall().now() - timedelta(minutes=10))
        await look_into(storage, parked)
    async with deployed(url, {}) as deployment:
        yield deployment


async def kim(running: Deployment) -> str:
    found = await running.app.storage.read(lambda tx: tx.overview.in_state(DeliveryState.PARKED, 1))
    return found[0].person_id


async def test_why_she_was_not_asked_and_whether_it_arrived_without_scripts(
    running: Deployment, visit: Visit
) -> None:
    page = await visit(f"{running.url}/console?lang=en", 375, 800, java_script_enabled=False)
    await by_menu(page, "/console/people")
    await page.get_by_label("Customer id").fill("kim")
    await page.get_by_role("button", name="Search").click()
    await page.get_by_role("link", name="kim", exact=True).click()
    timeline = page.get_by_role("region", name="What happened and what was decided")
    await expect(timeline).to_contain_text("order.paid")
    await expect(timeline).to_contain_text("[turn]")
    await expect(page.get_by_role("region", name="May be asked next")).to_contain_text("cap")

    await by_menu(page, "/console/decisions")
    await page.get_by_label("Verdict").select_option("expired")
    await page.get_by_role("button", name="Show").click()
    await expect(page.get_by_role("region", name="Decisions", exact=True)).to_contain_text("fits")
    await page.get_by_label("Verdict").select_option("")
    await page.get_by_label("Rule", exact=True).select_option(label="every rule allows it")
    await page.get_by_role("button", name="Show").click()
    await page.get_by_role("link", name="kim").first.click()
    await expect(page.get_by_role("region", name="Messages", exact=True)).to_contain_text("Parked")

    await by_menu(page, "/console/deliveries")
    await page.locator(".parked").get_by_role("button", name="It arrived").click()
    await expect(page.get_by_role("status")).to_have_text("Recorded as sent.")
    await page.locator('.chips a[href*="state=sent#"]').click()
    await expect(page.get_by_role("region", name="Table: Messages by state")).to_contain_text("kim")


async def test_a_customer_is_found_by_her_chat_joined_with_another_and_split_off_by_keyboard(
    running: Deployment, visit: Visit
) -> None:
    app = running.app
    lee = await app.storage.write(
        lambda tx: upsert(tx, CustomerUpsert(id="lee"), now=app.ctx.now(), new_id=app.ctx.new_id)
    )
    page = await visit(f"{running.url}/console/people/{lee.id}?lang=en", 375, 800)
    following = page.get_by_role("region", name="May be asked next")
    await expect(following).to_contain_text("no consent to be asked")

    async def typed(label: str, words: str) -> None:
        await page.get_by_label(label).focus()
        await page.keyboard.type(words)
        await page.keyboard.press("Enter")

    await typed("The other customer's id", "nobody")
    await expect(page.get_by_role("alert")).to_contain_text("There is no customer of this name")
    await expect(page.get_by_label("The other customer's id")).to_have_value("nobody")
    assert await violations(page) == []
    await page.get_by_label("The other customer's id").fill("")
    await typed("The other customer's id", "kim")
    await expect(page.get_by_role("status")).to_have_text("The two are one customer now.")
    await expect(following).not_to_contain_text("no consent to be asked")

    (chat,) = await app.storage.read(lambda tx: tx.addresses.of_person(lee.id))
    await page.goto(f"{running.url}/console/people?lang=en")
    await typed("Customer id", chat.user)
    await page.get_by_role("link", name="lee", exact=True).press("Enter")
    await page.get_by_role("button", name="Split off").press("Enter")
    await expect(page.get_by_role("status")).to_have_text("The chat is split off.")


async def test_keys_lead_to_customers_and_a_key_is_made_and_revoked(
    running: Deployment, visit: Visit
) -> None:
    page = await visit(f"{running.url}/console?lang=en", 1280, 900)
    await page.keyboard.press("g")
    await page.keyboard.press("p")
    await page.wait_for_url("**/console/people**")
    await page.keyboard.press("/")
    await expect(page.get_by_label("Customer id")).to_be_focused()

    await page.goto(f"{running.url}/console/settings?lang=en")
    await page.get_by_role("button", name="Make a key").click()
    await expect(page.get_by_role("alert")).to_contain_text("Choose at least one")
    await page.get_by_label("read results").check()
    await page.get_by_role("button", name="Make a key").click()
    await expect(page.locator("#key")).to_contain_text("sk_")
    await page.get_by_role("button", name="Revoke").first.click()
    await expect(page.get_by_role("status")).to_have_text("The key is revoked.")
