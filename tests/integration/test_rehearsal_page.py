"""Trying a trigger on past events from the console: ordered by a button, gone through beside everything else."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from surveys.model import Json
from surveys.ports import UnitOfWork
from surveys.service import erasing
from surveys.service.identities import find_person
from surveys.service.rehearsal_orders import Order, order, ordered
from surveys.staffing import Role
from tests.commands import told
from tests.e2e.chats import seen
from tests.e2e.deployment import Deployment, deployed, until
from tests.e2e.webchat_chat import WebchatPlatform
from tests.forms import read_form
from tests.integration.test_console import faults
from tests.programs import standard
from tests.staffing import Browser, Seen, enter, hire, token_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

EDIT = "/console/surveys/edit"
HERE = f"{EDIT}/support/rehearsal"
PLATFORM = WebchatPlatform()


@dataclass
class House:
    site: Deployment
    minji: Browser
    viewer: Browser

    async def order(self, days: str = "30", trigger: str = "support") -> Seen:
        return await self.minji.submit(f"{EDIT}/{trigger}/rehearsal?lang=en", days=days)

    async def kept(self, trigger: str = "support") -> Order | None:
        return await self.site.app.storage.read(lambda tx: ordered(tx, trigger))

    async def gone_through(self, trigger: str = "support") -> Order:
        """Return the order once it does not wait any more."""

        async def look() -> Order | None:
            newest = await self.kept(trigger)
            return newest if newest and not newest.waits else None

        found: Order = await until(look)
        return found

    async def draft(self, do: str = "rehearse", **typed: str) -> Seen:
        """Type over the trigger's form and press a button of it."""
        page = await self.minji.get(f"{EDIT}/support?lang=en")
        named = {name.replace("__", "."): text for name, text in typed.items()}
        form = {**read_form(page.html).fields, **named, "do": do}
        return await self.minji.post(f"{EDIT}/support?lang=en", form)

    async def typed(self, *arguments: str) -> Any:
        """Return what the command prints about the same database; the server's log may come between."""
        environ = {"AFTERTOUCH_DATABASE_URL": self.site.settings.database_url}
        code, out, error = await told("program", "rehearse", *arguments, "--json", environ=environ)
        assert code == 0, error
        return json.loads(next(line for line in out.splitlines() if line.startswith("{")))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("rehearsal")
    async with deployed(f"sqlite:///{folder}/a.sqlite3", PLATFORM.environ) as site:
        minji, viewer = Browser(site), Browser(site)
        chat = await PLATFORM.join(site, "rich", "en")
        for name in ("rich", "silent", "gone"):
            if name != "rich":
                await site.customer(name)
            data = {"customer": {"id": name}, "amount": 30_000}
            event = site.event(name, id=f"e-{name}", subject=f"ticket-{name}", data=data)
            assert (await site.signed(event)).status == 202
        await site.come_to_the_present()
        await seen(chat, 1)
        for browser, role in ((minji, Role.OPERATOR), (viewer, Role.VIEWER)):
            _, invitation = await hire(site, f"{role}@example.com", role)
            assert (await enter(browser, invitation)).status == 303
        yield House(site, minji, viewer)


def figures(found: Any) -> dict[str, Json]:
    """What a rehearsal counts."""
    names = ("label", "events", "decisions", "asked", "waiting", "suppressed", "rules", "stages")
    return {name: found[name] for name in names}


async def test_what_is_in_force_gives_the_figures_of_the_command(house: House) -> None:
    ordering = await house.order()
    newest = await house.gone_through()
    page = await house.minji.get(ordering.to)

    assert (ordering.status, newest.failed) == (303, False)
    assert newest.found is not None
    assert figures(newest.found) == figures(await house.typed("--survey", newest.survey))
    assert newest.found["label"] == "exact"
    assert "→" in page.html
    assert "refresh" not in page.headers
    assert faults(page.html) == []


async def test_a_draft_is_an_estimate_by_its_own_rules_and_says_when_it_changed(
    house: House,
) -> None:
    await house.order()
    before = await house.gone_through()
    leading = await house.draft(trigger__after__amount="20", trigger__after__unit="d")
    assert (leading.status, leading.to.partition("?")[0]) == (303, HERE)
    assert "has changed since" in (await house.minji.get(leading.to)).html

    await house.order("7")
    newest = await house.gone_through()
    page = await house.minji.get(f"{HERE}?lang=ko")

    assert newest.found is not None
    assert (newest.days, newest.version != before.version) == (7, True)
    assert (newest.found["label"], newest.found["asked"]) == ("estimate", 0)
    assert "delay" in {each["rule"] for each in newest.found["rules"]}
    assert "추정" in page.html
    assert "바뀌었습니다" not in page.html
    await house.draft("discard:sure")


def matching(page: str) -> str:
    """Return the sentence about what matches, whatever days it names."""
    said = re.search(r"이벤트 (\d+)건 중 (\d+)건이 조건에 맞습니다", page)
    assert said is not None, page
    return said[0]


@pytest.mark.parametrize(
    ("path", "value", "matched"),
    [("amount", "20,000", 3), ("amount", "40,000", 0), ("rank", "1", 0)],
)
async def test_the_editor_and_the_rehearsal_count_the_same(
    house: House, path: str, value: str, matched: int
) -> None:
    row = {"kind": "row", "path": path, "operator": "gte", "value": value, "type": "auto"}
    await house.draft(**{f"trigger__where__{name}": text for name, text in row.items()})
    await house.order()
    newest = await house.gone_through()
    rehearsal = await house.minji.get(f"{HERE}?lang=ko&show=unmatched")
    editor = await house.minji.get(f"{EDIT}/support?lang=ko")
    plan = await house.minji.get(f"{EDIT}/support/plan?lang=ko")
    await house.draft("discard:sure")

    assert newest.found is not None
    assert (newest.found["matched"], newest.found["decisions"]) == (matched, 3)
    assert matching(editor.html) == f"이벤트 3건 중 {matched}건이 조건에 맞습니다"
    assert matching(rehearsal.html) == matching(editor.html) == matching(plan.html)
    nowhere = "rank: 이벤트 3건 어디에도 없는 필드"
    assert [nowhere in page.html for page in (editor, rehearsal, plan)] == [path == "rank"] * 3
    assert "알 수 없음:" not in editor.html
    assert faults(rehearsal.html) == faults(editor.html) == []


async def test_a_word_at_a_field_of_numbers_is_refused_at_that_field(house: House) -> None:
    row = {"kind": "row", "path": "amount", "operator": "eq", "value": "삼만원", "type": "auto"}
    typed = {f"trigger__where__{name}": text for name, text in row.items()}
    checked = await house.draft("check", **typed)
    counted = await house.draft("count", **typed)

    assert (checked.status, counted.status) == (422, 200)
    for page in (checked.html, counted.html):
        assert 'id="fault-trigger.where.value">Write a number, such as 30000 or 30,000.' in page
        assert "some events brought" not in page


async def test_triggers_that_ask_the_same_customers_are_named_wherever_it_matters(
    house: House,
) -> None:
    pages = [await house.minji.get(f"{EDIT}/delivery{rest}?lang=en") for rest in ("", "/rehearsal")]

    for page in pages:
        assert "“Recommendation (recommend)” asks on order.delivered as well." in page.html
        assert "“Checkout (checkout)” asks the same measure at the same stage." in page.html


async def test_customers_are_picked_by_what_became_of_them(house: House) -> None:
    await house.order()
    newest = await house.gone_through()
    pages = {
        show: (await house.minji.get(f"{HERE}?lang=en&show={show}")).html
        for show in ("matching", "asked", "unmatched", "nonsense")
    }

    assert newest.found is not None
    assert newest.found["asked"] == 1
    assert ["silent" in page for page in pages.values()] == [True, False, False, True]
    assert ["rich" in page for page in pages.values()] == [True, True, False, True]
    assert "Nothing falls under this." in pages["unmatched"]
    times = re.findall(r'<th scope="row">[^<]+ \d+:\d\d [AP]M', pages["matching"])
    assert len(times) == 3, pages["matching"]


async def test_whoever_is_erased_is_named_no_more(house: House) -> None:
    await house.order()
    before = await house.gone_through()
    app = house.site.app
    await app.storage.write(
        lambda tx: erasing.erase(tx, app.ctx, find_person(tx, "gone").id, by="cli:test")
    )
    after = await house.kept()

    assert before.found is not None
    assert after is not None
    assert after.found is not None
    assert {row["customer"] for row in before.found["people"]} == {"rich", "silent", "gone"}
    assert {row["customer"] for row in after.found["people"]} == {"rich", "silent"}
    stored = await app.storage.read(lambda tx: tx.analyses.get("rehearsal", "support"))
    assert stored is not None
    assert not re.search(r"silent|ticket-", json.dumps(dict(stored.content)))


async def test_who_may_not_and_what_cannot_be_tried_is_told(house: House) -> None:
    theirs = token_of(await house.viewer.get("/console/me"))
    refused = [
        await house.viewer.get(HERE),
        await house.viewer.post(HERE, {"days": "30", "token": theirs}),
        await house.minji.post(HERE, {"days": "30", "token": theirs}),
    ]
    odd = await house.order("31")
    nowhere = await house.minji.get(f"{EDIT}/nothing/rehearsal")
    faulty = await house.draft(trigger__share="900")

    assert [each.status for each in refused] == [403] * 3
    assert (odd.status, "31 - choose 7, 30 or 90" in odd.html) == (422, True)
    assert nowhere.status == 404
    assert faulty.status == 422


async def test_what_an_ended_process_left_is_taken_up_by_whoever_opens_the_page(
    house: House,
) -> None:
    """And one that breaks is told of, and may be ordered again."""
    app = house.site.app
    for program, outcome in ((app.ctx.program.to_json(), False), ("{}", True)):
        left = Order(
            trigger="delivery",
            survey="delivery-csat",
            version=app.ctx.program.version,
            days=30,
            by="staff:minji",
            at=app.ctx.now(),
        )
        await app.storage.write(partial(leave, left=left, program=program))
        waiting = await house.minji.get(f"{EDIT}/delivery/rehearsal?lang=en")
        newest = await house.gone_through("delivery")
        page = await house.minji.get(f"{EDIT}/delivery/rehearsal?lang=en")

        is_waiting = "it goes on when you close" in waiting.html
        assert waiting.headers.get("refresh") == ("2" if is_waiting else None)
        assert newest.failed is outcome
        assert ("could not be gone through" in page.html) is outcome


def leave(tx: UnitOfWork, left: Order, program: str) -> None:
    """Leave an order as a process does that ends before it has gone through it."""
    order(tx, left, standard())
    row = tx.analyses.get("rehearsal", left.trigger)
    assert row is not None
    tx.analyses.save(replace(row, state={"program": program}))
