"""What a CX manager does with surveys and triggers in a real Chromium: make one, mend it, publish it, see it asked."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from surveys.program.patching import edit
from surveys.service.holding import standing_hold
from surveys.service.publishing import Proposal, in_force, publish
from surveys.stored_programs import Owner, Source
from tests.browser.accessibility import violations
from tests.browser.conftest import Visit
from tests.browser.test_journey_page import PALE_TEXTS, overflow
from tests.browser.test_places_page import keep
from tests.e2e.chats import seen
from tests.e2e.deployment import Deployment, deployed, until
from tests.e2e.webchat_chat import WebchatPlatform

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

LOOKS = (("ko", "light", 1280), ("en", "dark", 375))
PLATFORM = WebchatPlatform()


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    folder: Path = tmp_path_factory.mktemp("editor")
    async with deployed(f"sqlite:///{folder}/a.sqlite3", PLATFORM.environ) as deployment:
        yield deployment


async def tell(deployment: Deployment, customer: str, amount: int) -> None:
    """Tell of a parcel that arrived."""
    data = {"customer": {"id": customer}, "amount": amount}
    named = {"id": f"e-{customer}", "subject": f"parcel-{customer}", "type": "parcel.arrived"}
    assert (await deployment.signed(deployment.event(customer, data=data, **named))).status == 202


async def sign_up(deployment: Deployment, customer: str) -> None:
    """Tell of a new account, and wait until everything that may be done about it is done."""
    named = {"id": f"e-{customer}", "subject": f"account-{customer}", "type": "account.created"}
    assert (await deployment.signed(deployment.event(customer, **named))).status == 202
    await decided(deployment, f"e-{customer}")


async def decided(deployment: Deployment, event: str) -> list[tuple[str, str]]:
    """Return which triggers decided what about an event, once one did."""
    verdicts = await until(lambda: deployment.verdicts(event))
    return [(trigger, kind) for trigger, kind, _ in verdicts]


async def publish_change(
    deployment: Deployment, by: Owner, part: str, changes: dict[str, Any]
) -> int:
    """Publish the program with a part changed, and return the number of its version."""
    app, source = deployment.app, Source.APPLY if by == Owner.GIT else Source.CONSOLE

    def work(tx: Any) -> int:
        text = edit(in_force(tx).text, part, changes).text
        proposal = Proposal(text=text, by=by, author="cli:ann", source=source)
        return publish(tx, app.ctx, proposal)[1]

    return await app.storage.write(work)


def named(page: Page, name: str) -> Any:
    return page.locator(f"[name='{name}']")


async def test_a_trigger_is_made_from_nothing_without_scripts_and_asks(  # noqa: PLR0915  a whole way, step by step
    running: Deployment, visit: Visit
) -> None:
    rich, poor = [await PLATFORM.join(running, name, "en") for name in ("rich", "poor")]
    await tell(running, "nobody", 20000)
    page = await visit(f"{running.url}/console?lang=en", 1280, 900, java_script_enabled=False)
    await page.get_by_role("link", name="Surveys", exact=True).click()
    await page.get_by_role("link", name="New trigger").click()
    await page.get_by_label("Name").fill("文言")
    await page.get_by_label("Touchpoint").select_option("delivery")
    await page.get_by_label("Measure").select_option("csat")
    await page.get_by_role("button", name="Make a draft").click()
    await expect(page.get_by_role("alert")).to_contain_text("letters, digits and hyphens")
    await expect(page.get_by_label("Touchpoint")).to_have_value("delivery")
    await page.get_by_label("Name").fill("parcel")
    await page.get_by_role("button", name="Make a draft").click()
    await expect(page.get_by_role("status")).to_contain_text("Nobody is asked yet")

    await expect(page.locator("#types option")).to_have_attribute("value", "parcel.arrived")
    await named(page, "trigger.on").fill("parcel.arrived")
    await named(page, "trigger.after.amount").fill("soon")
    await page.get_by_role("button", name="Add a condition").click()
    await expect(page.locator("#fields option")).to_have_attribute("value", "amount")
    await named(page, "trigger.where.path").fill("amount")
    await page.get_by_role("button", name="Count again").click()
    operators = named(page, "trigger.where.operator")
    await expect(operators.locator("option")).to_have_count(8)
    await operators.select_option("gte")
    await named(page, "trigger.where.value").fill("10000")
    await page.get_by_role("button", name="Count again").click()
    await expect(page.locator("#matches")).to_contain_text("1 of 1 events")
    await named(page, "trigger.where.value").fill("30000")
    await named(page, "survey.about.ko").fill("택배")
    await page.get_by_role("button", name="Check", exact=True).click()

    await expect(page.get_by_role("alert")).to_contain_text("2 things to mend")
    wrong = page.locator("[aria-invalid=true]")
    assert await wrong.evaluate_all("all => all.map(each => each.name)") == [
        "trigger.after.amount",
        "survey.about.en",
    ]
    await expect(named(page, "trigger.after.amount")).to_have_value("soon")
    await expect(named(page, "survey.about.ko")).to_have_value("택배")
    await named(page, "trigger.after.amount").fill("0")
    await named(page, "survey.about.en").fill("your parcel")
    await page.get_by_role("button", name="Add a reason button: Low scores").click()
    await named(page, "survey.reasons.low.question.ko").fill("무엇이 불편하셨나요?")
    await named(page, "survey.reasons.low.question.en").fill("What went wrong?")
    await named(page, "survey.reasons.low.chips.0.label.ko").fill("늦었어요")
    await named(page, "survey.reasons.low.chips.0.label.en").fill("Too late")
    await page.get_by_role("button", name="Save draft").click()
    await expect(page.get_by_role("status")).to_contain_text("The draft is saved")
    await expect(page.locator("#matches")).to_contain_text("0 of 1 events")
    shown = page.locator("#seen .bubble")
    await expect(shown).to_have_count(18)
    await expect(shown.filter(has_text="your parcel")).to_have_count(3)
    await page.get_by_role("button", name="See the difference").click()
    await expect(page.locator(".plan")).to_contain_text("(parcel)")
    await page.get_by_role("button", name="Publish as version 2").click()
    await expect(page.get_by_role("status")).to_contain_text("Published")

    await running.come_to_the_present()
    await tell(running, "poor", 20000)
    await tell(running, "rich", 40000)
    (question,) = await seen(rich, 1)
    assert "your parcel" in question.text
    assert await decided(running, "e-poor") == [("parcel", "skipped")]
    assert ("parcel", "asked") in await decided(running, "e-rich")
    assert await poor.see() == []


async def test_a_test_question_reaches_ones_own_chat_and_no_figure(
    running: Deployment, visit: Visit
) -> None:
    await running.come_to_the_present()
    before = await running.results()
    address = f"{running.url}/console/surveys/edit/checkout/test?lang=en"
    page = await visit(address, 1280, 900)
    await page.get_by_role("button", name="Make a link into Web chat").click()
    link = await page.get_by_role("link", name="Open Web chat").get_attribute("href")
    chat = await visit(link or "", 375, 700, locale="en-GB")
    await expect(chat.locator("#text")).to_be_visible()
    await page.goto(address)
    await page.get_by_role("button", name="Send by Web chat").click()
    await expect(page.get_by_role("status")).to_contain_text("look into your chat")

    await chat.locator(".scale input[value='5']").click()
    await expect(chat.locator("[data-kind=reason], [data-kind=thanks]").first).to_be_visible()
    await running.at_rest()
    assert await running.results() == before


async def test_what_is_paused_or_held_waits_and_goes_out_once_it_may(
    running: Deployment, visit: Visit
) -> None:
    await publish_change(running, Owner.CONSOLE, "trigger:signup", {"after": "0m"})
    await running.come_to_the_present()
    first, second = [await PLATFORM.join(running, name, "en") for name in ("first", "second")]
    page = await visit(f"{running.url}/console/surveys?lang=en", 1280, 900)
    await page.get_by_role("button", name="Pause: signup").click()
    await expect(page.get_by_role("heading", name="Pause Trigger signup?", level=2)).to_be_visible()
    await page.get_by_role("link", name="Cancel").click()
    await page.get_by_role("button", name="Pause: signup").focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Pause").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("Paused")
    await sign_up(running, "first")
    assert await first.see() == []
    await page.get_by_role("button", name="Resume: signup").click()
    await expect(page.get_by_role("status")).to_contain_text("Resumed")
    await seen(first, 1)

    reason = page.get_by_label("Reason")
    await reason.fill("the wrong offer")
    await reason.blur()
    await publish_change(running, Owner.CONSOLE, "trigger:cart", {"after": "3h"})
    async with page.expect_response(page.url):  # the refresher finds another page than this one
        await page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    await page.get_by_role("button", name="Hold all sending").click()
    await page.get_by_role("button", name="Stop everything").click()
    await expect(page.get_by_role("alert")).to_contain_text("the wrong offer")
    await sign_up(running, "second")
    assert await second.see() == []
    await page.get_by_role("button", name="Release", exact=True).click()
    await seen(second, 1)


async def test_a_version_shows_what_it_changed_and_an_earlier_one_comes_back(
    running: Deployment, visit: Visit
) -> None:
    number = await publish_change(running, Owner.CONSOLE, "trigger:cart", {"share": 0.25})
    page = await visit(f"{running.url}/console/surveys/versions?lang=en", 1280, 900)
    await expect(page.locator(".queue > li").first).to_contain_text("in force")
    await page.get_by_role("link", name=f"Version {number}", exact=True).click()
    await expect(page.locator(".plan")).to_contain_text("100% → 25%")
    await page.get_by_role("link", name="Versions", exact=True).first.click()
    await page.get_by_role("link", name=f"Version {number - 1}", exact=True).click()
    back = page.get_by_role("region", name="To bring this version back")
    await expect(back.locator(".plan")).to_contain_text("25% → 100%")

    later = await publish_change(running, Owner.CONSOLE, "trigger:cart", {"share": 0.75})
    await page.get_by_role("button", name=f"Bring version {number - 1} back").click()
    await expect(page.get_by_role("alert")).to_contain_text("Trigger cart")
    assert running.app.ctx.program.trigger("cart").share == 0.75
    again = page.get_by_role("button", name=f"Bring version {number - 1} back")
    await again.click()
    await expect(page.locator("#sure")).to_have_text(f"Go back to version {number - 1}?")
    await again.click()
    await expect(page.get_by_role("status")).to_contain_text("Brought back")
    await expect(page.locator(".queue > li").first).to_contain_text(f"Version {later + 1}")
    assert running.app.ctx.program.trigger("cart").share == 1


async def test_the_second_of_two_editors_is_told_and_keeps_what_was_typed(
    running: Deployment, visit: Visit
) -> None:
    address = f"{running.url}/console/surveys/edit/support?lang=en"
    first, second = await visit(address, 1280, 900), await visit(address, 1280, 900)
    await named(first, "survey.about.en").fill("the first one's words")
    await first.get_by_role("button", name="Save draft").click()
    await expect(first.get_by_role("status")).to_contain_text("The draft is saved")

    await named(second, "survey.about.en").fill("the second one's words")
    await second.get_by_role("button", name="Save draft").click()
    await expect(second.get_by_role("alert")).to_contain_text("Nothing was overwritten")
    await expect(second.get_by_role("alert")).to_contain_text("the first one's words")
    await expect(named(second, "survey.about.en")).to_have_value("the second one's words")
    await first.reload()
    await expect(named(first, "survey.about.en")).to_have_value("the first one's words")

    await second.get_by_role("button", name="Save draft").click()
    await expect(second.get_by_role("status")).to_contain_text("The draft is saved")
    await first.reload()
    await expect(named(first, "survey.about.en")).to_have_value("the second one's words")
    await named(first, "trigger.share").fill("55")
    await first.get_by_role("button", name="Discard draft").click()
    await first.get_by_role("button", name="Cancel").click()
    await expect(named(first, "trigger.share")).to_have_value("55")
    await first.get_by_role("button", name="Discard draft").click()
    asked = first.get_by_role("alert").get_by_role("button", name="Discard draft")
    await asked.click()
    await expect(first.get_by_role("status")).to_contain_text("discarded")


async def test_events_are_counted_while_somebody_types(running: Deployment, visit: Visit) -> None:
    await tell(running, "counted", 500)
    page = await visit(f"{running.url}/console/surveys/edit/checkout?lang=en", 1280, 900)
    await page.get_by_role("button", name="Add a condition").click()
    await named(page, "trigger.on").fill("parcel.arrived")
    await named(page, "trigger.where.path").fill("amount")
    await named(page, "trigger.where.value").fill("500")

    await expect(page.locator("#matches")).to_contain_text(re.compile("1 of [0-9]+ events"))
    await named(page, "trigger.where.path").fill("colour")
    await expect(page.locator("#matches")).to_contain_text("colour: none of")


@pytest.mark.parametrize("look", LOOKS, ids=["ko-light-1280", "en-dark-375"])
async def test_a_form_with_all_that_it_can_show_can_be_read_by_everybody(
    running: Deployment, visit: Visit, look: tuple[str, str, int]
) -> None:
    """What a page is like when nothing was typed yet is seen by tests.browser.test_every_page."""
    language, scheme, width = look
    address = f"{running.url}/console/surveys/edit/recommend?lang={language}"
    page = await visit(address, width, 900, color_scheme=scheme)
    for at in ("row:trigger.where", "group:trigger.where", "variant:survey", "budget:budget"):
        await page.locator(f"button[value='{at}']").click()
    await named(page, "trigger.share").fill("500")
    await page.locator(".bar button[value=check]").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await expect(named(page, "trigger.share")).to_have_value("500")
    await page.locator("details").evaluate_all("all => all.forEach(each => { each.open = true; })")

    await keep(page, f"editor-{language}-{scheme}-{width}")
    assert await violations(page) == []
    assert await overflow(page) == 0
    assert await page.evaluate(PALE_TEXTS) == []


@pytest.mark.parametrize("look", LOOKS, ids=["ko-light-1280", "en-dark-375"])
async def test_what_is_asked_back_can_be_read_and_answered_by_everybody(
    running: Deployment, visit: Visit, look: tuple[str, str, int]
) -> None:
    language, scheme, width = look
    page = await visit(
        f"{running.url}/console/surveys?lang={language}", width, 900, color_scheme=scheme
    )
    await page.locator("button[value=hold]").click()
    back = page.locator("[aria-labelledby=sure] a.button")
    await expect(back).to_be_visible()

    await keep(page, f"sure-{language}-{scheme}-{width}")
    assert await violations(page) == []
    assert await overflow(page) == 0
    assert await page.evaluate(PALE_TEXTS) == []
    await back.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("button[value=hold]")).to_be_visible()
    assert await running.app.storage.read(standing_hold) is None


async def test_what_git_owns_is_read_only_and_gives_a_patch(
    running: Deployment, visit: Visit, tmp_path: Path
) -> None:
    await publish_change(running, Owner.GIT, "trigger:subscription", {"after": "2d"})
    page = await visit(f"{running.url}/console/surveys/edit/subscription?lang=en", 1280, 900)
    await expect(named(page, "trigger.share")).to_be_disabled()
    await expect(named(page, "survey.about.en")).to_be_disabled()
    await page.get_by_role("link", name="Make a patch").click()
    await named(page, "trigger.share").fill("200")
    await page.get_by_role("button", name="Download patch").click()
    await expect(page.get_by_role("alert")).to_contain_text("up to 100")
    await named(page, "trigger.share").fill("50")
    async with page.expect_download() as told:
        await page.get_by_role("button", name="Download patch").click()
    download = await told.value
    text = await asyncio.to_thread(Path(await download.path()).read_text, "utf-8")
    lines = [line for line in text.splitlines() if re.match(r"[-+] ", line)]
    assert download.suggested_filename == "subscription.patch"
    assert lines == ["+    share: 0.5"]
    version = await running.app.storage.read(in_force)
    (tmp_path / "program.yaml").write_text(version.text, "utf-8")
    (tmp_path / "it.patch").write_text(text, "utf-8")
    git = await asyncio.create_subprocess_exec("git", "apply", "it.patch", cwd=tmp_path)
    assert await git.wait() == 0
    assert "share: 0.5" in (tmp_path / "program.yaml").read_text("utf-8")
