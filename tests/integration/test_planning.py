"""Publishing at a set time over real HTTP: planned, cancelled, late after a restart, refused, and first for a tenth."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from bot.doors import ADMIN_HEADER
from bot.publishing import Wish
from surveys.program.document import read
from surveys.program.patching import edit
from surveys.service.publishing import in_force
from surveys.staffing import Role
from surveys.stored_programs import PlannedPublish
from tests.e2e.deployment import Deployment, deployed, until
from tests.integration.test_console import faults
from tests.integration.test_editor import EDIT, LIST, Staff, hidden
from tests.staffing import Seen, enter, hire, token_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEOUL = ZoneInfo("Asia/Seoul")
VERSIONS = f"{LIST}/versions"


@dataclass
class House:
    site: Deployment
    minji: Staff
    jun: Staff
    viewer: Staff

    def wall(self, minutes: float) -> str:
        """The local time so many minutes from now, as an input of a form has it."""
        then = self.site.clock.now().astimezone(SEOUL) + timedelta(minutes=minutes)
        return f"{then:%Y-%m-%dT%H:%M}"

    async def says(self, trigger: str, key: str) -> object:
        text = (await self.site.app.storage.read(in_force)).text
        return next(each for each in read(text).value["triggers"] if each["id"] == trigger).get(key)

    async def number(self) -> int:
        return await self.site.app.storage.read(lambda tx: in_force(tx).number)

    async def plans(self, place: str, do: str, at: str, who: Staff | None = None) -> Seen:
        """Press a button of the page that publishes, with a time typed."""
        who = who or self.minji
        page = await who.get(f"{EDIT}/{place}/plan?lang=en")
        return await who.post(f"{EDIT}/{place}/planned?lang=en", {**hidden(page, do), "at": at})

    async def waiting(self) -> tuple[PlannedPublish, ...]:
        return await self.site.app.storage.read(lambda tx: tx.planned_publishes.waiting())

    async def comes(self, planned: PlannedPublish, **late: float) -> PlannedPublish:
        """Let its time come, and return what became of it."""
        clock = self.site.clock
        clock.behind -= planned.due_at + timedelta(**late) - clock.now()
        self.site.app.loop.wake()
        return await self.ended(planned.id)

    async def ended(self, planned_id: str) -> PlannedPublish:
        async def look() -> PlannedPublish | None:
            found = await self.site.app.storage.read(
                lambda tx: tx.planned_publishes.get(planned_id)
            )
            return None if found is None or found.waits else found

        found = await until(look)
        assert isinstance(found, PlannedPublish)
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("planning")
    async with deployed(f"sqlite:///{folder}/a.sqlite3", {}) as site:
        inside = []
        for name, role in (
            ("minji", Role.OPERATOR),
            ("jun", Role.OPERATOR),
            ("viewer", Role.VIEWER),
        ):
            _, invitation = await hire(site, f"{name}@example.com", role)
            inside.append(Staff(site))
            assert (await enter(inside[-1], invitation)).status == 303
        yield House(site, *inside)


def refused_at(page: Seen) -> tuple[int, str, str]:
    """How a form came back: its status, the time that it kept, and what its input is marked as."""
    (tag,) = re.findall(r'<input id="at"[^>]*>', page.html) or [""]
    (kept,) = re.findall(r' value="([^"]*)"', tag) or [""]
    return page.status, kept, "wrong" if 'aria-invalid="true"' in tag else ""


async def test_a_wrong_time_is_named_at_its_input_and_what_was_typed_is_kept(house: House) -> None:
    await house.minji.typing("cart", "save", trigger__share="60")
    for typed, says in (
        ("", "Write a date and a time"),
        ("soon", "Write a date and a time"),
        (house.wall(-5), "This time is over"),
        (house.wall(500 * 24 * 60), "more than a year away"),
    ):
        page = await house.plans("cart", "plan", typed)
        status, kept, marked = refused_at(page)
        assert (status, marked, says in page.html) == (422, "wrong", True), page.html
        assert kept == typed or not typed
    wrong = await house.plans("cart", "explode", house.wall(10))

    assert (wrong.status, await house.waiting()) == (400, ())


async def test_a_publish_is_planned_once_shown_everywhere_and_cancelled(house: House) -> None:
    at = house.wall(30)
    await house.minji.typing("cart", "save", trigger__share="60")
    page = await house.minji.get(f"{EDIT}/cart/plan?lang=en")
    form = {**hidden(page, "plan"), "at": at}
    twice = [await house.minji.post(f"{EDIT}/cart/planned?lang=en", form) for _ in range(2)]
    (planned,) = await house.waiting()
    shown = await house.minji.get(twice[0].to)
    editor = await house.jun.get(f"{EDIT}/cart?lang=en")
    one = await house.viewer.get(f"{LIST}/planned/{planned.id}?lang=en")
    own = hidden(page, "plan") | {"token": token_of(await house.jun.get("/console/me"))}
    second = await house.jun.post(f"{EDIT}/cart/planned?lang=en", {**own, "at": house.wall(40)})
    told = [await house.viewer.get(f"{path}?lang=en") for path in (LIST, VERSIONS)]
    token = token_of(await house.viewer.get("/console/me"))
    cancel = f"{LIST}/planned/{planned.id}?lang=en"
    below = await house.viewer.post(cancel, {"token": token})
    done = await house.minji.submit(f"{EDIT}/cart/plan?lang=en", cancel)
    again = await house.minji.submit(f"{EDIT}/cart/plan?lang=en", cancel)
    nowhere = await house.minji.submit(f"{EDIT}/cart/plan", f"{LIST}/planned/nobodys")
    after = await house.minji.get(done.to)

    assert [each.status for each in twice] == [303, 303]
    assert (planned.author, planned.wall, planned.trigger) == (
        "staff:minji@example.com",
        at,
        "cart",
    )
    assert "The publish is planned" in shown.html
    assert 'name="at"' not in shown.html, "there is one at a time"
    assert (second.status, "minji@example.com planned" in second.html) == (409, True), second.html
    for each in told:
        assert at.replace("T", " ") in each.html, each.html
        assert ("waiting" in each.html, "Cancel the plan" in each.html) == (True, False)
        assert faults(each.html) == []
    assert (below.status, done.status, again.status, nowhere.status) == (403, 303, 303, 404)
    assert "minji@example.com planned a publish for" in editor.html
    assert (one.status, "100%" in one.html, "60%" in one.html) == (200, True, True), one.html
    assert "Cancelled by minji@example.com" in after.html
    assert (await house.waiting(), await house.says("cart", "share")) == ((), None)


async def test_after_a_restart_it_is_published_late_and_says_so(house: House) -> None:
    """The draft is edited on meanwhile: the plan has its own copy."""
    await house.minji.typing("cart", "save", trigger__share="60")
    planned_at = await house.plans("cart", "plan", house.wall(10))
    (planned,) = await house.waiting()
    await house.minji.typing("cart", "save", trigger__share="80")
    await house.site.stop()
    house.site.clock.behind -= planned.due_at + timedelta(minutes=25) - house.site.clock.now()
    await house.site.start()
    ended = await house.ended(planned.id)
    page = await house.viewer.get(f"{VERSIONS}?lang=en")
    drafts = await house.site.app.storage.read(lambda tx: tx.program_drafts.all())

    assert planned_at.status == 303, planned_at.html
    assert (ended.number, await house.number()) == (2, 2)
    assert (await house.says("cart", "share"), ended.late >= timedelta(minutes=25)) == (0.6, True)
    assert re.search(r"Planned for [-0-9: ]+ <span class=\"tag\">2[5-9] min late", page.html)
    assert [(each.part, each.content["share"]) for each in drafts] == [("trigger:cart", "80")]


async def test_what_was_changed_meanwhile_is_not_published_and_says_why(house: House) -> None:
    await house.minji.typing("delivery", "save", trigger__share="60")
    await house.plans("delivery", "plan", house.wall(10))
    (planned,) = await house.waiting()
    await house.jun.publish("delivery", trigger__share="70")
    before = await house.number()
    beforehand = await house.viewer.get(f"{LIST}/planned/{planned.id}?lang=en")
    ended = await house.comes(planned)
    afterwards = await house.viewer.get(f"{LIST}/planned/{planned.id}?lang=en")
    told = [await house.viewer.get(f"{path}?lang=en") for path in (LIST, VERSIONS)]
    deeds = await house.site.app.storage.read(lambda tx: tx.audit.newest(1))

    assert ended.why is not None
    assert (ended.why["code"], ended.why["by"]) == ("moved", "staff:jun@example.com")
    assert (await house.number(), await house.says("delivery", "share")) == (before, 0.7)
    assert "As things stand it will not be published then" in beforehand.html
    for page in (*told, afterwards):
        assert "After it was planned, jun@example.com changed the same" in page.html, page.html
        assert "not published" in page.html
    assert [(deed.by, deed.act) for deed in deeds] == [("aftertouch", "program_plan_refused")]


async def test_a_tenth_is_asked_at_once_and_everybody_in_time(house: House) -> None:
    await house.minji.typing("signup", "save", trigger__share="50", trigger__after__amount="9")
    page = await house.minji.get(f"{EDIT}/signup/plan?lang=en")
    form = {**hidden(page, "first"), "at": house.wall(10)}
    first = [await house.minji.post(f"{EDIT}/signup/planned?lang=en", form) for _ in range(2)]
    (planned,) = await house.waiting()
    shown = await house.minji.get(first[0].to)
    now = (await house.number(), await house.says("signup", "share"))
    ended = await house.comes(planned)

    assert "Publish for 5% now, for 50% at that time" in page.html
    assert "Now 100% of the customers are asked. Until then only 5% are" in page.html
    assert [each.status for each in first] == [303, 303], first[1].html
    assert f"Since version {planned.first} some customers are asked first" in shown.html
    assert (now, planned.first) == ((now[0], 0.05), now[0])
    assert (ended.number, await house.says("signup", "share")) == (now[0] + 1, 0.5)


async def test_a_smaller_share_is_told_of_while_it_holds_and_no_longer(house: House) -> None:
    await house.minji.typing("delivery", "save", trigger__share="50")
    page = await house.minji.get(f"{EDIT}/delivery/plan?lang=en")
    form = {**hidden(page, "first"), "at": house.wall(10)}
    await house.minji.post(f"{EDIT}/delivery/planned?lang=en", form)
    (planned,) = await house.waiting()
    one = f"{LIST}/planned/{planned.id}?lang=en"
    await house.minji.submit(f"{EDIT}/delivery?lang=en", one)
    small = [await house.viewer.get(path) for path in (f"{VERSIONS}?lang=en", one)]
    await house.minji.publish("delivery", trigger__share="50")
    whole = [await house.viewer.get(path) for path in (f"{VERSIONS}?lang=en", one)]

    left = f"The smaller share of version {planned.first} is still in force"
    for each in small:
        assert left in each.html, each.html
        assert re.search(rf'<a href="{EDIT}/delivery[^"]*">Change the share', each.html), each.html
    assert await house.says("delivery", "share") == 0.5
    assert [left in each.html for each in whole] == [False, False]


async def test_what_holds_for_everybody_is_not_published_for_some(house: House) -> None:
    await house.minji.typing("support", "save", rules__holidays="KR", trigger__share="50")
    page = await house.minji.get(f"{EDIT}/support/plan?lang=en")
    forged = await house.plans("support", "first", house.wall(10))

    assert "holds for everybody at once" in page.html
    assert 'value="first"' not in page.html
    assert (forged.status, await house.waiting()) == (409, ())


async def test_a_file_is_planned_with_the_server_that_owns_the_database(house: House) -> None:
    """It comes last: from here on the parts that nobody owned are git's."""
    live = await house.site.app.storage.read(in_force)
    wish = Wish(text=edit(live.text, "trigger:recommend", {"after": "9h"}).text, base=live.number)
    body = {**replace(wish, at=house.wall(10)).to_json(), "by": "cli:ann"}
    ours = {ADMIN_HEADER: house.site.app.admin_token}
    told = await house.site.post("/admin/program", body, **ours)
    wrong = await house.site.post("/admin/program", {**body, "at": "soon"}, **ours)
    (planned,) = await house.waiting()
    shown = await house.viewer.get(f"{LIST}?lang=en")
    ended = await house.comes(planned)

    assert (told.status, told.body["planned"]["id"]) == (201, planned.id), told
    assert (wrong.status, "local time" in wrong.body["detail"]) == (400, True), wrong
    assert "waiting" in shown.html
    assert faults(shown.html) == []
    assert (ended.number, ended.author) == (live.number + 1, "cli:ann")
    assert await house.says("recommend", "after") == "9h"


async def test_who_may_no_longer_log_in_still_publishes_what_she_planned_and_it_is_said(
    house: House,
) -> None:
    mina, sol = Staff(house.site), Staff(house.site)
    for browser, name, role in ((mina, "mina", Role.OPERATOR), (sol, "sol", Role.ADMIN)):
        _, invitation = await hire(house.site, f"{name}@example.com", role)
        assert (await enter(browser, invitation)).status == 303
    await mina.typing("signup", "save", trigger__share="90")
    planned_at = await house.plans("signup", "plan", house.wall(30), mina)
    assert planned_at.status == 303, planned_at.html
    before = await sol.get("/console/team?lang=en")
    order = {"by": "cli:ann", "act": "disable", "who": "mina@example.com"}
    ours = {ADMIN_HEADER: house.site.app.admin_token}
    told = await house.site.send("/admin/staff", json.dumps(order).encode(), ours)
    after = await sol.get("/console/team?lang=ko")
    (planned,) = await house.waiting()
    done = await house.comes(planned)

    assert before.html.count("wait for their time: 1") == 1, before.html
    assert (told.body["done"]["state"], told.body["done"]["planned"]) == ("disabled", 1), told
    assert "들어오지 못하게 해도 정한 시각에 게시됩니다" in after.html
    assert (done.state, await house.says("signup", "share")) == ("published", 0.9)
