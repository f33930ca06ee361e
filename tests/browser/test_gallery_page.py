"""What a CX manager does in the gallery of ready surveys, in a real Chromium: find one, see it, take it over."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import expect

from surveys.program import default_program, load_program
from surveys.templates import find, fit, with_parts
from tests.browser.conftest import Visit
from tests.e2e.deployment import deployed

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def gallery(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    folder: Path = tmp_path_factory.mktemp("gallery")
    async with deployed(f"sqlite:///{folder}/a.sqlite3", {}) as deployment:
        yield deployment.url


async def test_a_survey_is_found_and_seen_as_each_chat_shows_it_without_scripts(
    gallery: str, visit: Visit
) -> None:
    page = await visit(f"{gallery}/console/templates?lang=en", 1280, 900, java_script_enabled=False)
    cards = page.locator(".gallery > li")
    await expect(cards).to_have_count(25)

    await page.get_by_role("link", name="Food delivery").click()
    await expect(cards).to_have_count(5)
    await page.get_by_role("link", name="Advocacy").click()
    await expect(page.get_by_role("status")).to_have_text("1 surveys")
    rows = cards.locator(".keys")
    await expect(rows).to_have_count(3)
    await page.get_by_role("link", name="Web chat").click()
    await expect(rows).to_have_count(2)
    await page.get_by_role("link", name="In Korean").click()
    await expect(cards.locator(".bubble")).to_have_attribute("lang", "ko")
    await expect(cards.locator(".bubble .text")).to_contain_text("초록마켓을 친구나 동료에게")

    await page.get_by_role("link", name="Would customers recommend us").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Would customers recommend us")
    await expect(page.locator("#command")).to_have_text(
        "aftertouch program add food-recommend --to program.yaml"
    )
    await expect(page.locator(".ways > section")).to_have_count(3)
    await expect(page.locator(".way > li")).to_have_count(15)
    await expect(page.locator(".notes")).to_contain_text(
        "(order.delivered) starts Delivery (delivery)"
    )
    await page.get_by_role("link", name="All surveys").click()
    await expect(cards).to_have_count(25)


async def test_the_part_that_is_copied_or_downloaded_completes_a_program(
    gallery: str, visit: Visit
) -> None:
    page = await visit(f"{gallery}/console/templates/saas-trial?lang=en", 1280, 900)
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.get_by_text("Its part of the program file").first.click()
    buttons = page.locator("[data-copy=part]")
    await buttons.click()
    await expect(buttons).to_have_text("Copied")
    copied = await page.evaluate("() => navigator.clipboard.readText()")

    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{gallery}/console/templates/saas-trial.yaml") as answer,
    ):
        downloaded = await answer.text()
        named = answer.headers["Content-Disposition"]

    program = default_program()
    parts = fit(find("saas-trial"), program)
    whole = with_parts(program, parts)
    assert copied == downloaded
    assert named == 'attachment; filename="saas-trial.yaml"'
    head = (
        "company: {name: {ko: 가, en: A}, zone: Asia/Seoul, language: ko}\nlanguages: [ko, en]\n"
        "stages: [{id: consideration, label: {ko: 고려, en: Consideration}}]\n"
        'consent: {version: "1", text: {ko: 물어볼게요, en: We ask}}\n'
    )
    alone = load_program(head + downloaded, "part")
    assert alone.trigger("saas-trial") == whole.trigger("saas-trial")
    assert alone.survey("saas-trial-ces") == whole.survey("saas-trial-ces")


async def test_an_address_that_names_nothing_is_told(gallery: str) -> None:
    async with aiohttp.ClientSession() as http:
        found = []
        for path in ("/nothing", "?industry=zoo", "?colour=red", "/nothing.yaml", "?speak=ja"):
            async with http.get(f"{gallery}/console/templates{path}") as answer:
                body = await answer.json()
                found.append((answer.status, body["detail"]))

    assert found == [
        (
            404,
            "there is no template 'nothing'; there are: " + found[0][1].partition("there are: ")[2],
        ),
        (400, "industry: must be one of commerce, saas, travel, food, finance"),
        (400, "colour: there is no such parameter"),
        (404, found[0][1]),
        (400, "speak: must be one of ko, en"),
    ]
