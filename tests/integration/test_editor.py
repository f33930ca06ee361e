"""The editor of surveys and triggers over real HTTP: who may, who was first, what is published, paused and tried."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from html import unescape

import pytest
import pytest_asyncio

from surveys.conditions import Comparison
from surveys.errors import NotOwned
from surveys.model import Channel
from surveys.ports import UnitOfWork
from surveys.program import Follows, load_program
from surveys.program.contact import Budget
from surveys.program.document import read
from surveys.program.patching import edit
from surveys.program.worth import Bulk, WorthAsking
from surveys.service.holding import standing_hold
from surveys.service.publishing import Proposal, in_force, publish
from surveys.staffing import Role
from surveys.stored_programs import Owner, ProgramVersion, Source
from tests.e2e.chats import seen, tap, waited
from tests.e2e.deployment import Deployment, deployed
from tests.e2e.webchat_chat import WebChat
from tests.forms import read_form
from tests.integration.test_console import faults
from tests.staffing import Browser, Seen, enter, hire, token_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIST = "/console/surveys"
EDIT = f"{LIST}/edit"


@dataclass
class Staff(Browser):
    """Somebody in the editor: opens a page, types into its form, presses a button of it."""

    async def typing(self, place: str, do: str, **typed: str) -> Seen:
        """Open a trigger's form, type over some of its fields, press a button."""
        page = await self.get(f"{EDIT}/{place}?lang=en")
        return await self.press(place, read_form(page.html).fields, do, **typed)

    async def press(self, place: str, form: dict[str, str], do: str, **typed: str) -> Seen:
        named = {name.replace("__", "."): text for name, text in typed.items()}
        return await self.post(f"{EDIT}/{place}?lang=en", {**form, **named, "do": do})

    async def publish(self, place: str, **typed: str) -> Seen:
        """Change a trigger and publish it."""
        planned = await self.typing(place, "plan", **typed)
        assert planned.status == 303, read_form(planned.html).wrong
        page = await self.get(planned.to)
        return await self.post(f"{EDIT}/{place}/plan?lang=en", hidden(page, "publish"))


def hidden(page: Seen, do: str) -> dict[str, str]:
    """What the hidden inputs of a page say, and a button."""
    found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.html)
    return dict(found) | {"do": do}


@dataclass
class House:
    site: Deployment
    minji: Staff
    jun: Staff
    viewer: Staff

    async def live(self) -> ProgramVersion:
        return await self.site.app.storage.read(in_force)

    async def says(self, part: str, key: str) -> object:
        value = read((await self.live()).text).value
        kind, _, name = part.partition(":")
        if not name:
            return value.get(kind, {}).get(key)
        return next(each for each in value[f"{kind}s"] if each["id"] == name).get(key)

    async def drafts(self) -> list[str]:
        drafts = await self.site.app.storage.read(lambda tx: tx.program_drafts.all())
        return sorted(draft.part for draft in drafts)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("editor")
    async with deployed(f"sqlite:///{folder}/a.sqlite3", {}) as site:
        staff = {
            "minji@example.com": Role.OPERATOR,
            "jun@example.com": Role.OPERATOR,
            "viewer@example.com": Role.VIEWER,
        }
        inside = []
        for email, role in staff.items():
            _, invitation = await hire(site, email, role)
            inside.append(Staff(site))
            assert (await enter(inside[-1], invitation)).status == 303
        yield House(site, *inside)


# --- who may --------------------------------------------------------------------------------------


async def test_a_viewer_reads_everything_and_changes_nothing(house: House) -> None:
    page = await house.viewer.get(f"{EDIT}/support?lang=en")
    form = read_form(page.html)
    token = token_of(await house.viewer.get("/console/me"))
    tries = {
        LIST: {"act": "pause", "id": "trigger:support"},
        f"{LIST}/new": {"id": "x", "instrument": "csat", "touchpoint": "delivery"},
        f"{EDIT}/support": {"do": "save", "trigger.seen": "", "trigger.share": "1"},
        f"{EDIT}/support/plan": {"do": "publish"},
        f"{EDIT}/support/test": {"act": "link", "channel": "webchat"},
        f"{LIST}/versions/1": {"base": "1"},
    }
    refused = [
        await house.viewer.post(path, {**said, "token": token}) for path, said in tries.items()
    ]
    closed = [await house.viewer.get(f"{EDIT}/support/{page}") for page in ("plan", "test")]

    assert (page.status, "You may look, not change" in page.html, faults(page.html)) == (
        200,
        True,
        [],
    )
    assert (set(form.fields), form.buttons) == ({"token"}, [])
    assert [each.status for each in (*refused, *closed)] == [403] * 8
    assert (await house.drafts(), (await house.live()).number) == ([], 1)


async def test_a_form_that_is_not_this_sessions_own_is_refused(house: House) -> None:
    page = await house.minji.get(f"{EDIT}/support?lang=en")
    form = read_form(page.html).fields | {"do": "save", "trigger.share": "1"}
    theirs = token_of(await house.jun.get(f"{EDIT}/support"))
    elsewhere = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    refused = [
        await house.minji.post(f"{EDIT}/support", form | {"token": token})
        for token in ("", "x", theirs)
    ]
    refused.append(await house.minji.post(f"{EDIT}/support", form, elsewhere))

    assert [each.status for each in refused] == [403] * 4
    assert await house.drafts() == []


# --- who was first --------------------------------------------------------------------------------


async def test_the_second_of_two_editors_is_told_who_was_first_and_loses_nothing(
    house: House,
) -> None:
    opened = read_form((await house.jun.get(f"{EDIT}/cart?lang=en")).html).fields
    saved = await house.minji.typing("cart", "save", trigger__share="40")
    second = await house.jun.press("cart", opened, "save", trigger__share="60")
    shown = read_form(second.html)
    standing = read_form((await house.minji.get(f"{EDIT}/cart?lang=en")).html)
    decided = await house.jun.press("cart", shown.fields, "save")
    after = read_form((await house.minji.get(f"{EDIT}/cart?lang=en")).html)
    stale = await house.minji.press("cart", standing.fields, "plan", trigger__share="45")
    dropped = await house.jun.typing("cart", "discard:sure")

    assert (saved.status, second.status, faults(second.html)) == (303, 409, [])
    assert "minji@example.com" in second.html
    assert "Nothing was overwritten" in second.html
    assert shown.fields["trigger.share"] == "60"
    assert standing.fields["trigger.share"] == "40"
    assert (decided.status, after.fields["trigger.share"]) == (303, "60")
    assert (stale.status, read_form(stale.html).fields["trigger.share"]) == (409, "45")
    assert (dropped.status, await house.drafts()) == (303, [])


async def test_a_draft_that_somebody_saved_since_is_not_discarded_unseen(house: House) -> None:
    await house.jun.typing("cart", "save", trigger__share="30")
    opened = read_form((await house.jun.get(f"{EDIT}/cart?lang=en")).html).fields
    await house.minji.typing("cart", "save", trigger__share="40")
    unseen = [
        await house.jun.press("cart", opened, "discard:sure"),
        await house.jun.submit(f"{EDIT}/cart?lang=en", do="discard:sure"),
    ]
    standing = read_form((await house.minji.get(f"{EDIT}/cart?lang=en")).html).fields
    decided = await house.jun.press("cart", read_form(unseen[0].html).fields, "discard:sure")

    assert [each.status for each in unseen] == [409, 409]
    assert "minji@example.com" in unseen[0].html
    assert standing["trigger.share"] == "40"
    assert (decided.status, await house.drafts()) == (303, [])


async def test_what_was_seen_is_published_and_nothing_that_was_saved_since(house: House) -> None:
    await house.minji.typing("cart", "save", trigger__share="30")
    page = await house.minji.get(f"{EDIT}/cart/plan?lang=en")
    await house.jun.typing("cart", "save", trigger__share="70")
    refused = await house.minji.post(f"{EDIT}/cart/plan?lang=en", hidden(page, "publish"))
    before = await house.live()
    looked_again = await house.minji.get(f"{EDIT}/cart/plan?lang=en")
    done = await house.minji.post(f"{EDIT}/cart/plan?lang=en", hidden(looked_again, "publish"))
    again = await house.minji.post(f"{EDIT}/cart/plan?lang=en", hidden(looked_again, "publish"))

    assert (refused.status, "Nothing was published" in refused.html) == (409, True)
    assert "jun@example.com" in refused.html
    assert await house.says("trigger:cart", "share") == 0.7
    assert (done.status, again.status) == (303, 409)
    assert (await house.live()).number == before.number + 1
    assert await house.drafts() == []


async def test_the_plan_says_in_words_all_that_will_be_asked_and_how_many(house: House) -> None:
    typed = {"trigger__after__amount": "3", "trigger__after__unit": "d", "trigger__share": "15"}
    saved = await house.minji.typing("recommend", "plan", **typed)
    assert saved.status == 303, saved.html
    pages = {
        language: (await house.minji.get(f"{EDIT}/recommend/plan?lang={language}")).html
        for language in ("ko", "en")
    }
    survey = house.site.app.ctx.program.survey("recommend-nps")
    chips = [chip.label for reason in survey.reasons.values() for chip in reason.chips]

    assert "<ins>3일</ins>" in pages["ko"], pages["ko"]
    assert "<ins>15%</ins>" in pages["ko"], pages["ko"]
    assert "<ins>3 days</ins>" in pages["en"], pages["en"]
    for html in pages.values():
        shown = unescape(html)
        assert all(text in shown for label in chips for text in label.values()), shown
        assert f"{EDIT}/recommend/rehearsal" in shown, "how many is answered there"
        assert "+    share: 0.15" in shown, "engineers have the difference of the file"
        words = re.sub(r"<details.*?</details>| value=\"\S*\"", "", shown, flags=re.DOTALL)
        assert not re.search(r"max_wait|withdrawn_by|trigger:|survey:|\{|None<", words), words
    dropped = await house.minji.typing("recommend", "discard:sure")
    assert (dropped.status, await house.drafts()) == (303, [])


# --- what an answer starts, and the channels of all -----------------------------------------------


async def test_an_answer_starts_a_question_and_all_triggers_have_an_order_of_channels(
    house: House,
) -> None:
    before = house.site.app.ctx.program
    typed = {
        "trigger__on": "",
        "trigger__occurrence": "",
        "trigger__follows__survey": "delivery-csat",
        "trigger__follows__band": "high",
        "channels__rows__0": "slack",
        "channels__rows__1": "webchat",
    }
    done = await house.minji.publish("subscription", **typed)
    version = await house.live()
    after = house.site.app.ctx.program
    trigger = after.trigger("subscription")

    assert done.status == 303, read_form(done.html).wrong
    assert (trigger.on, trigger.follows) == (None, Follows(survey="delivery-csat", band="high"))
    assert after.channels == ("slack", "webchat")
    assert "channels: [slack, webchat]\n" in version.text
    assert version.owners["channels"] == Owner.CONSOLE
    assert after == load_program(version.text, "program")
    again = await house.minji.typing("subscription", "save")
    assert (again.status, await house.drafts()) == (303, [])

    back = dict.fromkeys(typed, "") | {"trigger__on": "subscription.paid"}
    assert (await house.minji.publish("subscription", **back)).status == 303
    assert "channels" not in (await house.live()).owners
    assert house.site.app.ctx.program == before


async def test_what_cannot_start_a_question_is_told_at_its_input(house: House) -> None:
    both = await house.minji.typing(
        "subscription", "check", trigger__follows__survey="delivery-csat"
    )
    circle = await house.minji.typing(
        "delivery",
        "check",
        trigger__on="",
        trigger__follows__survey="delivery-csat",
        channels__rows__0="slack",
        channels__rows__1="slack",
    )

    assert (both.status, circle.status) == (422, 422)
    assert "not both: empty one of them" in both.html
    assert "Occasions are counted only" not in both.html
    assert 'id="fault-trigger.follows.survey"' in both.html
    assert "in a circle: delivery-csat" in circle.html
    assert 'id="fault-channels.rows.0"' in circle.html


# --- back to an earlier version -------------------------------------------------------------------


async def test_an_earlier_version_comes_back_as_it_was_shown(house: House) -> None:
    base = (await house.live()).number
    await house.minji.publish("signup", trigger__share="35")
    page = await house.minji.get(f"{LIST}/versions/{base}?lang=en")
    await house.jun.publish("signup", trigger__share="45")
    stale = await house.minji.post(f"{LIST}/versions/{base}?lang=en", hidden(page, ""))
    share_then = await house.says("trigger:signup", "share")
    page = await house.minji.get(f"{LIST}/versions/{base}?lang=en")
    asked = await house.minji.post(f"{LIST}/versions/{base}?lang=en", hidden(page, ""))
    untouched = (await house.live()).number
    back = await house.minji.mean(asked)
    live, text = await house.live(), (await house.live()).text
    old = await house.site.app.storage.read(lambda tx: tx.program_versions.get(base))
    told = await house.minji.get(f"{back.to}")

    assert (stale.status, share_then) == (409, 0.45)
    assert f"Go back to version {base}?" in asked.html
    assert f"is published as version {live.number}" in asked.html
    assert untouched == live.number - 1
    assert "<del>45%</del>" in page.html
    assert "<ins>100%</ins>" in page.html
    assert (back.status, "Brought back as a new version" in told.html) == (303, True)
    assert old is not None
    assert (live.source, live.reverts, text) == (Source.REVERT, base, old.text)
    assert [
        (await house.minji.get(f"{LIST}/versions/{n}")).status for n in ("9999", "x", "-1", "٣")
    ] == [404] * 4


# --- what can be set ------------------------------------------------------------------------------


async def test_whom_and_which_words_are_set_without_code_and_are_in_force(house: House) -> None:
    """Every field of rows 2 and 3 at once, lines of lists by their buttons."""
    page = await house.minji.get(f"{EDIT}/support?lang=en")
    form = read_form(page.html).fields
    for button in ("variant:survey", "variant:survey", "budget:budget", "row:trigger.where"):
        form = read_form((await house.minji.press("support", form, button)).html).fields
    typed = {
        "trigger.where.path": "solved_at",
        "trigger.where.operator": "gte",
        "trigger.where.value": "2026-01-01",
        "trigger.where.type": "time",
        "trigger.channels.0": "slack",
        "trigger.channels.1": "webchat",
        "trigger.worth_asking.kind": "own",
        "trigger.worth_asking.bulk.cases": "20",
        "rules.quiet_hours.off": "yes",
        "rules.holidays": "KR",
        "budget.rows.0.stage": "retention",
        "budget.rows.0.unit": "ces2",
        "budget.rows.0.target": "7.5",
        "survey.incentive": "own_goods",
        "survey.variants.0.share": "50",
        "survey.variants.1.share": "50",
        "survey.variants.1.question.ko": "쉬웠나요?",
        "survey.variants.1.question.en": "Was it easy?",
        "advertising.sender.ko": "초록마켓 02-123-4567",
        "advertising.sender.en": "Green Market +82 2 123 4567",
        "advertising.opt_out.ko": "‘그만’이라고 보내기",
        "advertising.opt_out.en": "send stop",
        "advertising.consent.text.ko": "광고를 받겠습니다.",
        "advertising.consent.text.en": "I agree to offers.",
        "advertising.consent.version": "ad-1",
    }
    planned = await house.minji.press("support", form | typed, "plan")
    page = await house.minji.get(planned.to)
    done = await house.minji.post(f"{EDIT}/support/plan?lang=en", hidden(page, "publish"))
    program = load_program((await house.live()).text, "in force")
    trigger, survey = program.trigger("support"), program.survey("support-ces")
    shown = read_form((await house.jun.get(f"{EDIT}/support?lang=en")).html).fields

    assert (planned.status, done.status) == (303, 303)
    assert "contact_rules" in page.html
    assert trigger.channels == ("slack", "webchat")
    assert trigger.worth == WorthAsking(bulk=Bulk(cases=20))
    assert trigger.where == Comparison(path=("solved_at",), gte="2026-01-01")
    assert (program.contact_rules.quiet_hours, program.contact_rules.holidays) == (None, "KR")
    assert program.budget == (Budget(stage="retention", target=7.5, unit="ces2"),)
    assert [(each.wording, each.share) for each in survey.variants] == [
        ("std1", 0.5),
        ("was-it-easy", 0.5),
    ]
    assert (survey.advertises, program.advertising is not None) == (True, True)
    assert {name: shown[name] for name in typed if "wording" not in name} == typed


# --- pausing --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "of", "leads"),
    [
        ("beside", "delivery", f"{EDIT}/delivery"),
        ("rehearsal", "delivery", f"{EDIT}/delivery/rehearsal"),
        ("plan", "delivery", f"{EDIT}/delivery/plan"),
        ("plan", "/evil", LIST),
    ],
)
async def test_who_asks_instead_is_paused_where_that_is_told_once_somebody_means_it(
    house: House, place: str, of: str, leads: str
) -> None:
    here = await house.minji.get(f"{EDIT}/delivery?lang=en")
    seen_by_viewer = await house.viewer.get(f"{EDIT}/delivery?lang=en")
    button = 'form="pausing" name="id" value="trigger:recommend"'
    assert (button in here.html, button in seen_by_viewer.html) == (True, False)
    assert f'href="{EDIT}/recommend?lang=en#trigger.after.amount"' in seen_by_viewer.html

    form = {"act": "pause", "id": "trigger:recommend", "from": place, "of": of}
    asked = await house.minji.post(f"{LIST}?lang=en", {**form, "token": token_of(here)})
    assert (asked.status, f'href="{leads}?lang=en"' in asked.html) == (200, True), asked.html
    assert "is paused now" not in (await house.minji.get(f"{EDIT}/delivery?lang=en")).html

    done = await house.minji.post(
        f"{LIST}?lang=en", {**form, "token": token_of(here), "sure": "yes"}
    )
    after = await house.minji.get(f"{EDIT}/delivery?lang=en&note=paused_other")
    assert (done.status, done.to) == (303, f"{leads}?lang=en&note=paused_other")
    assert "That trigger is paused." in after.html
    assert "is paused now and asks nobody" in after.html
    assert button not in after.html
    back = {"act": "resume", "id": "trigger:recommend", "token": token_of(here)}
    assert (await house.minji.post(f"{LIST}?lang=en", back)).status == 303


async def test_a_trigger_and_a_survey_are_paused_and_resumed_and_everything_is_stopped(
    house: House,
) -> None:
    asked: list[str] = []

    async def act(path: str = LIST, **fields: str) -> str:
        seen = await house.minji.submit(LIST, f"{path}?lang=en", **fields)
        if seen.status == 200:
            asked.append(seen.html)
            seen = await house.minji.mean(seen)
        return f"{seen.status} {seen.to.rpartition('note=')[2]}"

    told = [
        await act(act=act_, id=id_)
        for act_, id_ in (
            ("pause", "trigger:delivery"),
            ("pause", "trigger:delivery"),
            ("resume", "trigger:delivery"),
            ("pause", "survey:delivery-csat"),
        )
    ]
    page = await house.viewer.get(f"{LIST}?lang=en")
    resumed = await act(act="resume", id="survey:delivery-csat")
    wrong = [
        await act(act=act_, id=id_)
        for act_, id_ in (("explode", "trigger:cart"), ("pause", ""), ("pause", "trigger:nowhere"))
    ]
    stopped = await act("/console/deliveries", act="hold", reason="<b>가격")
    held = await house.site.app.storage.read(standing_hold)
    shown = await house.viewer.get(f"{LIST}?lang=en")
    released = await act("/console/deliveries", act="release")

    assert told == ["303 paused", "303 as_it_was", "303 resumed", "303 paused"]
    assert page.html.count("paused by minji@example.com") == 1
    assert resumed == "303 resumed"
    assert [each[:3] for each in wrong] == ["400", "400", "404"]
    assert (stopped[:3], held is not None, released[:3]) == ("303", True, "303")
    assert "&lt;b&gt;가격" in shown.html
    titles = ["Pause Trigger delivery?"] * 2 + ["Pause Survey delivery-csat?", "Stop everything?"]
    assert [re.findall(r'id="sure">([^<]+)', html) for html in asked] == [[each] for each in titles]
    assert all("turn to be sent has not come: 0" in html for html in asked)
    assert "Reason: &lt;b&gt;가격" in asked[-1]
    assert [f'class="button" href="{LIST}?lang=en"' in html for html in asked] == [True] * 3 + [
        False
    ]
    assert await house.site.app.storage.read(standing_hold) is None


# --- trying it out --------------------------------------------------------------------------------


async def own_chat(member: Staff, place: str) -> WebChat:
    """Open one's own chat by the link that the page makes."""
    page = f"{EDIT}/{place}/test?lang=en"
    linked = await member.submit(page, act="link", channel=Channel.WEBCHAT.value)
    found = re.search(r"#t=([^\"]+)\"", linked.html)
    assert found is not None
    headers = {"Content-Type": "application/json"}
    body = f'{{"token": "{found[1]}"}}'.encode()
    opened = await member.deployment.hand_in("/chat/api/open", body, headers)
    return WebChat(member.deployment, opened.body["session"])


async def test_a_draft_is_tried_on_oneself_as_it_was_saved_unless_it_has_faults(
    house: House,
) -> None:
    page = f"{EDIT}/cart/test?lang=en"
    faulty = await house.jun.typing("cart", "test", trigger__share="400")
    leading = await house.jun.typing(
        "cart", "test", survey__question__en="Is this a draft?", survey__question__ko="초안인가요?"
    )
    chat = await own_chat(house.jun, "cart")
    shown = await house.jun.get(page)
    (address,) = re.findall(r'name="id" value="([^"]+)"', shown.html)
    sent = await house.jun.submit(page, act="send", id=address)
    asked = await seen(chat, 1)
    await house.jun.typing("cart", "save", trigger__share="400")
    refused = await house.jun.get(page)
    unsent = await house.jun.submit(page, act="send", id=address)
    await house.jun.typing("cart", "discard:sure")

    assert (faulty.status, leading.status) == (422, 303)
    assert leading.to.startswith(f"{EDIT}/cart/test")
    assert "saved draft" in shown.html
    assert "note=sent" in sent.to
    assert "Is this a draft?" in asked[0].text
    assert await house.says("survey:cart-ces", "question") != "Is this a draft?"
    assert "Mend this first" in refused.html
    assert "up to 100" in refused.html
    assert "note=sent" not in unsent.to


async def test_a_question_to_oneself_arrives_and_is_counted_nowhere(house: House) -> None:
    storage = house.site.app.storage
    before = await house.site.results()
    chat = await own_chat(house.minji, "delivery")
    page = await house.minji.get(f"{EDIT}/delivery/test?lang=en")
    (address,) = re.findall(r'name="id" value="([^"]+)"', page.html)
    sent = [
        await house.minji.submit(f"{EDIT}/delivery/test?lang=en", act="send", id=address)
        for _ in range(2)
    ]
    first, _ = await seen(chat, 2)
    await tap(chat, first, first.scores[0])
    await waited(chat, lambda shown: any(each.chips for each in shown))
    foreign = await house.jun.submit(f"{EDIT}/delivery/test?lang=en", act="send", id=address)
    unknown = await house.minji.submit(f"{EDIT}/delivery/test?lang=en", act="link", channel="fax")
    person = await storage.read(lambda tx: tx.addresses.get(address))

    assert person is not None
    slots = await storage.write(lambda tx: tx.clocks.lock(person.person_id))
    audit = await storage.read(lambda tx: tx.audit.newest(99))
    assert [each.status for each in sent] == [303, 303]
    assert "note=sent" in sent[0].to
    assert await house.site.results() == before
    assert slots == ()
    assert [deed.act for deed in audit if person.person_id in (deed.subject, deed.by)] == []
    assert (foreign.status, unknown.status) == (404, 400)


# --- what git owns --------------------------------------------------------------------------------


async def test_what_git_takes_is_read_only_here_and_gives_a_patch(house: House) -> None:
    app = house.site.app
    await house.minji.publish("checkout", trigger__share="80")
    opened = read_form((await house.minji.get(f"{EDIT}/checkout?lang=en")).html).fields
    drafted = await house.jun.typing("checkout", "save", trigger__share="90")

    def take(tx: UnitOfWork) -> object:
        live = in_force(tx)
        text = edit(live.text, "trigger:checkout", {"after": "3h"}).text
        part = ("trigger:checkout",)
        wanted = Proposal(text=text, by=Owner.GIT, author="cli:ann", source=Source.APPLY, take=part)
        return publish(tx, app.ctx, wanted)

    await app.storage.write(take)
    page = await house.minji.get(f"{EDIT}/checkout?lang=en")
    form = read_form(page.html)
    refused = await house.minji.press("checkout", opened, "save", trigger__share="10")
    proposing = await house.minji.get(f"{EDIT}/checkout?lang=en&propose=1")
    changed = read_form(proposing.html).fields | {"trigger.share": "50", "do": "patch"}
    patch = await house.minji.post(f"{EDIT}/checkout?lang=en&propose=1", changed)

    assert drafted.status == 303
    assert "Trigger checkout" in page.html
    assert "trigger.share" not in form.fields
    assert (refused.status, read_form(refused.html).fields["trigger.share"]) == (409, "10")
    assert "Git owns this (Trigger checkout)" in refused.html
    assert await house.says("trigger:checkout", "share") == 0.8
    assert patch.headers["Content-Disposition"] == 'attachment; filename="checkout.patch"'
    lines = [line for line in patch.html.splitlines() if re.match(r"[-+] ", line)]
    assert lines == ["-    share: 0.8", "+    share: 0.5"]


async def test_what_git_owns_is_taken_over_here_changed_and_given_back(house: House) -> None:
    async def hand(part: str, to: str) -> Seen:
        path = f"{EDIT}/recommend/owner?lang=en"
        return await house.minji.submit(f"{EDIT}/recommend", path, part=part, to=to)

    app, part = house.site.app, "trigger:recommend"
    file = edit((await house.live()).text, part, {"reminder": True}).text
    wanted = Proposal(
        text=file, by=Owner.GIT, author="cli:ann", source=Source.APPLY, take=await taken(house)
    )
    await app.storage.write(lambda tx: publish(tx, app.ctx, wanted))
    first = await house.live()
    offered = await house.minji.get(f"{EDIT}/recommend?lang=en")
    done = await hand(part, "console")
    told = await house.minji.get(done.to)
    here = await house.live()
    await house.minji.publish("recommend", trigger__share="20")
    with pytest.raises(NotOwned, match="--take trigger:recommend"):
        await app.storage.write(lambda tx: publish(tx, app.ctx, replace(wanted, take=())))
    await house.jun.typing("recommend", "save", trigger__share="10")
    back = await hand(part, "git")
    closed = read_form((await house.minji.get(f"{EDIT}/recommend?lang=en")).html).fields
    refused = [await hand(*each) for each in ((part, "me"), ("trigger:cart", "git"), ("\0", "git"))]

    assert "Take over from git: Trigger recommend" in offered.html
    assert (done.status, "Taken over" in told.html, faults(told.html)) == (303, True, [])
    assert (here.text, here.hash, here.number) == (first.text, first.hash, first.number + 1)
    assert here.owners == {**first.owners, part: Owner.CONSOLE}
    assert await house.says(part, "share") == 0.2
    assert (back.status, "trigger.share" in closed, await house.drafts()) == (303, False, [])
    assert (await house.live()).owners[part] == Owner.GIT
    assert [each.status for each in refused] == [400, 404, 404]


async def taken(house: House) -> tuple[str, ...]:
    """What the console owns by now."""
    owners = (await house.live()).owners
    return tuple(part for part, owner in owners.items() if owner == Owner.CONSOLE)
