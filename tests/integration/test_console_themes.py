"""The page of an answer's themes over real HTTP: staff correct them, and what they said stays."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from surveys.service.theming import retag_page
from surveys.staffing import Role
from surveys.themes import Theme, dictionary
from surveys.themes.tags import By, Tag
from tests.contract import examples as ex
from tests.e2e.deployment import Deployment, deployed
from tests.integration.test_console import faults
from tests.integration.test_themes import fill
from tests.sqlite import migrated
from tests.staffing import Browser, Seen, enter, hire

ANSWER = "/console/answers/a0"


@dataclass
class Shop:
    """A deployment with the answers of test_themes, and a logged-in browser of a viewer and an operator."""

    deployment: Deployment
    viewer: Browser
    operator: Browser

    async def save(self, path: str = ANSWER, **fields: str) -> Seen:
        """Send the form of a page with the token of this session."""
        return await self.operator.submit(ANSWER, path, **fields)

    async def tags(self) -> dict[str, str]:
        stored = await self.deployment.app.storage.read(lambda tx: tx.themes.of("a0"))
        return {tag.theme: f"{tag.by}{'' if tag.meant else ' not'}" for tag in stored}


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    url = migrated(tmp_path / "a.sqlite3")
    await fill(url)
    async with deployed(url, {}) as deployment:
        browsers = {}
        for role in (Role.VIEWER, Role.OPERATOR):
            browsers[role] = Browser(deployment)
            _, link = await hire(deployment, f"{role}@example.com", role)
            await enter(browsers[role], link)
        yield Shop(deployment, browsers[Role.VIEWER], browsers[Role.OPERATOR])


async def test_staff_correct_an_answers_themes_and_a_new_dictionary_leaves_them(shop: Shop) -> None:
    page = await shop.operator.get(f"{ANSWER}?lang=en")
    assert (page.status, faults(page.html)) == (200, []), page.html
    assert "배송이 너무 늦었어요 0" in page.html
    assert 'name="theme:delivery-delay" checked' in page.html
    assert "tapped reason" in page.html
    assert 'name="shown" value="delivery-delay"' in page.html

    corrected = {"shown": "delivery-delay", "theme:packaging": "on"}
    saved = await shop.save(**corrected)
    assert saved.status == 303, saved.html
    assert await shop.tags() == {"delivery-delay": "staff not", "packaging": "staff"}
    again = await shop.operator.get(f"{ANSWER}?lang=en&note=saved")
    for words in ("The themes are saved.", "added by staff", "taken away by staff"):
        assert words in again.html

    app = shop.deployment.app
    changed = dictionary((Theme(id="quality", words={"ko": ("배송",)}),))
    app.ctx.dictionaries[app.ctx.program.version] = changed
    await app.storage.write(lambda tx: retag_page(tx, app.ctx, ""))
    kept = {"delivery-delay": "staff not", "packaging": "staff"}
    assert await shop.tags() == {**kept, "quality": "dictionary"}


async def test_a_form_changes_only_what_its_sender_ticked(shop: Shop) -> None:
    await shop.save(
        **{"shown": "delivery-delay", "theme:delivery-delay": "on", "theme:price": "on"}
    )
    late = {"shown": "delivery-delay", "theme:delivery-delay": "on", "theme:size": "on"}
    await shop.save(**late)
    assert await shop.tags() == {"delivery-delay": "chip", "price": "staff", "size": "staff"}

    audited = await shop.deployment.app.storage.read(lambda tx: tx.audit.newest(100))
    tagged = [deed for deed in audited if deed.act == "tag"]
    await shop.save(**{"shown": "price", "theme:price": "on"})
    after = await shop.deployment.app.storage.read(lambda tx: tx.audit.newest(100))
    assert [deed.by for deed in tagged] == ["staff:operator@example.com"] * 2
    assert len([deed for deed in after if deed.act == "tag"]) == 2


async def test_what_is_no_theme_or_no_answer_is_refused(shop: Shop) -> None:
    unknown = await shop.save(**{"shown": "", "theme:<nothing>": "on"})
    assert unknown.status == 400, unknown.html
    for path in ("/console/answers/none", f"/console/answers/{quote('배송', safe='')}"):
        gone = await shop.operator.get(path)
        assert gone.status == 404, gone.html
        lost = await shop.save(path, **{"shown": "", "theme:price": "on"})
        assert lost.status == 404, lost.html


async def test_a_theme_that_the_program_no_longer_has_can_be_taken_off(shop: Shop) -> None:
    app = shop.deployment.app
    scored = await app.storage.read(lambda tx: tx.answers.by_id("a0"))
    assert scored is not None
    old = Tag("ribbons", By.STAFF)
    await app.storage.write(lambda tx: tx.themes.put(scored.id, scored.day, [old]))

    assert 'name="theme:ribbons" checked' in (await shop.operator.get(ANSWER)).html
    saved = await shop.save(shown="ribbons")
    assert saved.status == 303, saved.html
    assert await shop.tags() == {"ribbons": "staff not"}


async def test_an_answer_without_words_says_so(shop: Shop) -> None:
    app = shop.deployment.app
    await app.storage.write(
        lambda tx: tx.answers.add(ex.answer("bare", invitation_id="bare", score=5))
    )
    page = await shop.operator.get("/console/answers/bare")
    assert (page.status, faults(page.html)) == (200, []), page.html
    assert "남아 있는 글이 없습니다" in page.html


async def test_the_page_of_a_place_leads_to_an_answers_themes_for_those_who_may(shop: Shop) -> None:
    place = "/console/touchpoints/delivery?since=30d"
    for_operator = (await shop.operator.get(place)).html
    for_viewer = (await shop.viewer.get(place)).html

    assert 'href="/console/answers/' in for_operator
    assert "배송이 너무 늦었어요" in for_viewer
    assert "/console/answers/" not in for_viewer
    refused = await shop.viewer.get(ANSWER)
    assert refused.status == 403, refused.html
