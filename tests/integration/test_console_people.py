"""The pages about customers, decisions and settings over real HTTP: who sees what, and what their forms do."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest

from bot.console.sent import SHOWN
from storage.opening import open_storage
from surveys.model import Channel, Deed, DeliveryClass, DeliveryState, Verdict, VerdictKind
from surveys.overview import LogWanted, Place
from surveys.ports import UnitOfWork
from surveys.service import pauses
from surveys.service.explaining import why
from surveys.service.identities import find_person
from surveys.service.operating import hold
from surveys.service.people import CustomerUpsert, upsert
from surveys.service.reasons import in_words
from surveys.staffing import Role
from tests.backlog import look_into, park
from tests.contract.examples import answer
from tests.e2e.deployment import Deployment, Wall, deployed
from tests.integration.test_console import faults
from tests.staffing import Browser, enter, hire

EVER = LogWanted(
    since=datetime(2000, 1, 1, tzinfo=UTC), before=Place(datetime(2999, 1, 1, tzinfo=UTC), 0)
)
PEOPLE, DECISIONS, SETTINGS = "/console/people", "/console/decisions", "/console/settings"


@dataclass
class House:
    """A deployment with a customer kim, and a logged-in browser of each role."""

    deployment: Deployment
    staff: dict[Role, Browser]

    def __getitem__(self, role: Role) -> Browser:
        return self.staff[role]

    async def kim(self) -> str:
        found = await self.deployment.app.storage.read(lambda tx: find_person(tx, "kim"))
        return found.id

    async def deeds(self, act: str) -> list[Deed]:
        newest = await self.deployment.app.storage.read(lambda tx: tx.audit.newest(100))
        return [deed for deed in newest if deed.act == act]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    url = f"sqlite:///{tmp_path}/a.sqlite3"
    async with open_storage(url) as storage:
        parked = await park(storage, Wall().now() - timedelta(minutes=10))
        await look_into(storage, parked)
    async with deployed(url, {}) as deployment:
        staff = {role: Browser(deployment) for role in Role}
        for role, browser in staff.items():
            _, link = await hire(deployment, f"{role}@example.com", role)
            await enter(browser, link)
        yield House(deployment, staff)


# --- people ---------------------------------------------------------------------------------------


async def test_a_person_is_found_and_shown_with_the_words_of_why(house: House) -> None:
    kim = await house.kim()
    operator = house[Role.OPERATOR]

    found = await operator.get(f"{PEOPLE}?q=kim&lang=en")
    assert f'href="{PEOPLE}/{kim}?lang=en"' in found.html
    page = await operator.get(f"{PEOPLE}/{kim}?lang=en")

    def told(tx: UnitOfWork) -> tuple[str, ...]:
        return in_words(why(tx, "kim"), house.deployment.app.ctx.program, "en")

    lines = await house.deployment.app.storage.read(told)
    verdicts = [line.strip() for line in lines if line.startswith("    ")]
    shown = re.sub("&#39;", "'", page.html)
    assert (page.status, faults(page.html)) == (200, [])
    assert verdicts
    assert [line for line in verdicts if line not in shown] == []
    for word in (
        "Telegram",
        "Reachable",
        "order.paid",
        "Asks and answers",
        "Agreed",
        "the cap on asks per person",
    ):
        assert word in shown, word


async def test_a_persons_page_speaks_no_codes(house: House) -> None:
    kim, app = await house.kim(), house.deployment.app

    def moved(tx: UnitOfWork) -> None:
        person = tx.people.get(kim)
        assert person is not None
        tx.people.save(replace(person, timezone="Etc/GMT+6"))
        (ask, *_) = tx.overview.invitations(kim, 1)
        tx.answers.add(answer("a1", invitation_id=ask.id, score=5))

    await app.storage.write(moved)
    page = (await house[Role.ADMIN].get(f"{PEOPLE}/{kim}")).html
    assert "<dt>점수 · CSAT · 구매</dt><dd>5점 (1–5점)</dd>" in page
    assert "UTC-06:00" in page
    codes = ("Etc/GMT", "telegram_start", "checkout-csat", "<code>cap", "채널 telegram")
    assert [code for code in codes if code in page] == []


async def test_each_look_at_a_person_is_in_the_audit_trail(house: House) -> None:
    kim = await house.kim()
    await house[Role.OPERATOR].get(f"{PEOPLE}/{kim}")
    await house[Role.ADMIN].get(f"{PEOPLE}/{kim}")
    await house[Role.OPERATOR].get(f"{PEOPLE}/nobody")

    looks = await house.deeds("look")
    assert [(deed.by, deed.subject) for deed in looks] == [
        ("staff:admin@example.com", kim),
        ("staff:operator@example.com", kim),
    ]


async def test_a_viewer_sees_no_customer_and_only_an_admin_copies_or_erases(house: House) -> None:
    kim = await house.kim()
    viewer, operator = house[Role.VIEWER], house[Role.OPERATOR]

    assert (await viewer.get(PEOPLE)).status == 403
    assert (await viewer.get(f"{PEOPLE}/{kim}")).status == 403
    log = await viewer.get(f"{DECISIONS}?lang=en")
    assert (log.status, "Checkout" in log.html or "checkout" in log.html) == (200, True)
    assert [word for word in (kim, "kim", PEOPLE) if word in log.html] == []
    shown = await operator.get(f"{PEOPLE}/{kim}")
    assert "/takeout" not in shown.html


async def test_a_copy_is_all_that_is_held_and_is_written_down(house: House) -> None:
    kim = await house.kim()
    copy = await house[Role.ADMIN].submit(f"{PEOPLE}/{kim}", f"{PEOPLE}/{kim}/takeout")

    held = json.loads(copy.html)
    assert (held["customer"]["id"], len(held["events"])) == ("kim", 1)
    assert [deed.by for deed in await house.deeds("takeout")] == ["staff:admin@example.com"]


async def test_an_erasure_needs_her_id_typed_and_leaves_the_same_page_as_nobody(
    house: House,
) -> None:
    kim, admin = await house.kim(), house[Role.ADMIN]
    page = f"{PEOPLE}/{kim}?lang=en"

    wrong = await admin.submit(page, f"{PEOPLE}/{kim}/erase?lang=en", confirm="kin")
    assert (wrong.status, 'value="kin"' in wrong.html) == (400, True)
    assert "Nothing was erased" in wrong.html
    done = await admin.submit(page, f"{PEOPLE}/{kim}/erase?lang=en", confirm="kim")
    assert done.to == f"{PEOPLE}?lang=en&note=erased"
    gone, never = await admin.get(page), await admin.get(f"{PEOPLE}/never-was?lang=en")
    assert gone.status == never.status == 404
    assert gone.html.replace(kim, "never-was") == never.html
    searched = [await admin.get(f"{PEOPLE}?q={word}&lang=en") for word in ("kim", kim)]
    assert all("There is no customer of this name" in each.html for each in searched)


async def test_a_customer_is_found_by_a_chat_of_hers(house: House) -> None:
    kim, operator = await house.kim(), house[Role.OPERATOR]
    chats = await house.deployment.app.storage.read(lambda tx: tx.addresses.of_person(kim))
    chat = f"{chats[0].channel}:{chats[0].account}:{chats[0].user}"

    for query in (chats[0].user, chat, f" {chat} "):
        found = await operator.get(f"{PEOPLE}?q={quote(query)}&lang=en")
        assert f'href="{PEOPLE}/{kim}?lang=en"' in found.html, query
    assert PEOPLE + "/" not in (await operator.get(f"{PEOPLE}?q=telegram:0:0")).html


async def test_two_records_of_one_customer_are_joined_and_her_chat_split_off_again(
    house: House,
) -> None:
    kim, admin, app = await house.kim(), house[Role.ADMIN], house.deployment.app
    lee = await app.storage.write(
        lambda tx: upsert(tx, CustomerUpsert(id="lee"), now=app.ctx.now(), new_id=app.ctx.new_id)
    )
    page, join = f"{PEOPLE}/{lee.id}?lang=en", f"{PEOPLE}/{lee.id}/join?lang=en"

    alone = (await admin.get(page)).html
    for word in ("be asked as things stand", "no consent to be asked", "no chat reaches"):
        assert word in alone, word
    for typed, told in (("nobody", "There is no customer"), ("lee", "this customer herself")):
        wrong = await admin.submit(page, join, **{"with": typed})
        assert (wrong.status, f'value="{typed}"' in wrong.html) == (400, True)
        assert told in wrong.html
    assert "/join" not in (await house[Role.OPERATOR].get(page)).html
    joined = await admin.submit(page, join, **{"with": "kim"})
    assert joined.to == f"{PEOPLE}/{lee.id}?lang=en&note=joined"
    both = await admin.get(f"{PEOPLE}/{kim}?lang=en")
    assert [
        word for word in ("<code>kim</code>", "<dd>lee</dd>", "order.paid") if word not in both.html
    ] == []
    assert ("</b> the cap on asks" in both.html, "as things stand" in both.html) == (True, False)

    (chat,) = await app.storage.read(lambda tx: tx.addresses.of_person(lee.id))
    split = f"{PEOPLE}/{lee.id}/split"
    assert (await admin.submit(page, split, id="none")).status == 404
    assert (await admin.submit(page, split, id=chat.id)).to.endswith("note=split")
    assert "order.paid" not in (await admin.get(page)).html
    assert [deed.by for deed in await house.deeds("split")] == ["staff:admin@example.com"]


async def test_a_search_that_will_not_do_is_told_and_kept(house: House) -> None:
    told = await house[Role.OPERATOR].get(f"{PEOPLE}?q={'x' * 201}&lang=en")

    assert (told.status, "x" * 201 in told.html) == (400, True)
    assert "at most 200 characters" in told.html


# --- decisions ------------------------------------------------------------------------------------


async def test_the_log_is_filtered_by_its_address_and_leads_to_the_person(house: House) -> None:
    kim, operator = await house.kim(), house[Role.OPERATOR]
    everything = await operator.get(f"{DECISIONS}?lang=en")
    assert f'href="{PEOPLE}/{kim}?lang=en">kim</a>' in everything.html
    assert faults(everything.html) == []

    asked = await operator.get(f"{DECISIONS}?lang=en&verdict=asked&trigger=checkout")
    assert 'value="asked" selected' in asked.html
    assert 'value="checkout" selected>Checkout · CSAT' in asked.html
    none = await operator.get(f"{DECISIONS}?lang=en&rule=no_such_rule")
    assert "None of the" in none.html
    past = await operator.get(f"{DECISIONS}?lang=en&until=2020-01-01&since=2019-01-01")
    assert "kim</a>" not in past.html.partition('id="waiting"')[0]


async def test_rules_are_chosen_in_words_and_counted_as_they_are_listed(house: House) -> None:
    app, operator = house.deployment.app, house[Role.OPERATOR]

    def skip(tx: UnitOfWork) -> None:
        (known,) = tx.overview.decisions(EVER, 1, 9).found
        for n, (trigger, rule) in enumerate(
            [("delivery", "cap")] * 3 + [("checkout", "cap"), ("delivery", "sampling")]
        ):
            at = known.decision.verdicts[0].at
            skipped = Verdict(kind=VerdictKind.SKIPPED, rule=rule, at=at)
            tx.decisions.add(
                replace(
                    known.decision,
                    id=f"s{n}",
                    event_id=f"s{n}",
                    trigger=trigger,
                    verdicts=(skipped,),
                )
            )

    await app.storage.write(skip)
    page = await operator.get(f"{DECISIONS}?lang=en&trigger=delivery&verdict=skipped&rule=cap")

    assert "<optgroup" in page.html
    assert 'value="cap" selected>' in page.html
    chips = re.findall(r'rule=(\w+)"( aria-current="true")?>[^<]*<b>(\d+)</b>', page.html)
    assert chips == [("cap", ' aria-current="true"', "3"), ("sampling", "", "1")]
    assert 'Decisions</span> <span class="tag">3</span>' in page.html
    assert page.html.partition('id="waiting"')[0].count("Delivery · CSAT <span") == 3
    code = page.html.partition('id="log"')[2].partition('id="waiting"')[0]
    assert "<code>" not in code


WILL_NOT_DO = (
    "verdict=maybe",
    "channel=fax",
    "since=yesterday",
    "since=2026-13-40",
    "since=8999-01-01",
    "until=9999-12-31",
    "until=2026-11-01&since=2026-11-20",
    "rule=%07",
    "trigger=a,b",
)
DATES = ("since=yesterday", "since=2026-13-40", "until=9999-12-31")


async def test_a_filter_that_will_not_do_is_told_and_kept(house: House) -> None:
    for given in WILL_NOT_DO:
        told = await house[Role.VIEWER].get(f"{DECISIONS}?lang=en&{given}")
        name = given.partition("=")[0]
        assert (told.status, f'id="fault-{name}"' in told.html) == (400, True), given
        assert "leaves this filter out" in told.html, given
        if given in DATES:  # a field for dates would show nothing of what is no date
            assert f'name="{name}" type="text" value="{given.partition("=")[2]}"' in told.html
            assert "There is no such day" in told.html, given
        if "&" in given:
            assert 'value="2026-11-01"' in told.html
            assert "before the first one" in told.html


async def test_a_place_in_the_log_that_is_none_begins_anew(house: House) -> None:
    for before in ("x", "99999999999999999-1", "1-", "-"):
        shown = await house[Role.OPERATOR].get(f"{DECISIONS}?lang=en&before={before}")
        assert shown.status == 200


async def test_messages_of_a_state_are_shown_a_page_after_the_other(house: House) -> None:
    app, operator = house.deployment.app, house[Role.OPERATOR]

    def fill(tx: UnitOfWork) -> None:
        (known,) = tx.overview.in_state(DeliveryState.PARKED, 1)
        for n in range(SHOWN + 1):
            at = known.created_at - timedelta(minutes=n)
            sent = {"state": DeliveryState.FAILED, "sent_at": None, "due_at": None}
            tx.deliveries.add(
                replace(known, id=f"f{n}", key=f"f{n}", created_at=at, reason=f"r-{n}.", **sent)  # type: ignore[arg-type]  # fields of different types
            )

    await app.storage.write(fill)
    first = await operator.get("/console/deliveries?state=failed&lang=en")
    assert [n for n in (0, SHOWN - 1, SHOWN) if f"r-{n}." in first.html] == [0, SHOWN - 1]
    (older,) = re.findall(r'href="([^"]*before=[^"]+)"', first.html)
    second = await operator.get(unescape(older).partition("#")[0])
    assert [n for n in (0, SHOWN - 1, SHOWN) if f"r-{n}." in second.html] == [SHOWN]
    assert ("Newest" in second.html, "Older" in second.html) == (True, False)
    assert (await operator.get("/console/deliveries?state=failed&before=%00")).status == 200


async def test_a_message_that_is_not_sent_yet_says_what_it_waits_for_and_until_when(
    house: House,
) -> None:
    app, operator = house.deployment.app, house[Role.OPERATOR]

    def wait(tx: UnitOfWork) -> None:
        (known,) = tx.overview.in_state(DeliveryState.PARKED, 1)
        at = known.created_at
        waits = replace(known, state=DeliveryState.PENDING, sent_at=None, reason=None, due_at=at)
        there = replace(waits, channel=Channel.WEBCHAT, delivery_class=DeliveryClass.REPLY)
        ends = datetime(2999, 11, 30, 3, tzinfo=UTC)
        tx.deliveries.add(replace(there, id="w1", key="w1", expires_at=ends))
        tx.deliveries.add(replace(there, id="w2", key="w2", expires_at=None))

    await app.storage.write(wait)
    page = await operator.get("/console/deliveries?state=pending&lang=en")
    assert faults(page.html) == []
    assert "<li><b>2</b> The customer to open her web chat." in page.html
    assert page.html.count(">the customer to open the chat</td>") == 2
    assert [
        until for until in (">2999-11-30 12:00:00</td>", ">No end</td>") if until not in page.html
    ] == []
    await app.storage.write(lambda tx: hold(tx, app.ctx, "", "console"))
    held = await operator.get("/console/deliveries?state=pending&lang=en")
    assert "<li><b>2</b> Sending to be released, and then the customer to open" in held.html


# --- settings -------------------------------------------------------------------------------------


async def test_a_key_is_shown_once_works_and_is_revoked(house: House) -> None:
    admin, deployment = house[Role.ADMIN], house.deployment

    nothing = await admin.submit(
        f"{SETTINGS}?lang=en", SETTINGS + "?lang=en", act="create", days="30"
    )
    assert (nothing.status, "Choose at least one" in nothing.html) == (400, True)
    assert 'value="30" selected' in nothing.html
    scope = {"scope:results:read": "on"}
    made = await admin.submit(
        f"{SETTINGS}?lang=en", SETTINGS + "?lang=en", act="create", days="30", **scope
    )
    token = re.findall(r"sk_[\w-]+_[0-9a-f]{64}", made.html)[0]
    headers = {"Authorization": f"Bearer {token}"}

    async def status() -> int:
        async with deployment.http.get(f"{deployment.url}/v1/results", headers=headers) as answer:
            return answer.status

    assert await status() == 200
    assert token not in (await admin.get(SETTINGS)).html
    key_id = token.split("_", 1)[1].rpartition("_")[0]
    gone = await admin.submit(SETTINGS, SETTINGS, act="revoke", id=key_id)
    assert (gone.to, await status()) == (f"{SETTINGS}?note=revoked", 401)
    assert (await admin.submit(SETTINGS, SETTINGS, act="revoke", id="none")).status == 404
    acts = [
        deed.act for deed in await house.deployment.app.storage.read(lambda tx: tx.audit.newest(9))
    ]
    assert acts[:2] == ["key_revoke", "key_create"]


async def test_a_pause_is_listed_with_who_made_it_and_lifted(house: House) -> None:
    app, operator = house.deployment.app, house[Role.OPERATOR]
    for of, name in (("survey", "checkout-csat"), ("trigger", "checkout")):
        await app.storage.write(
            lambda tx, of=of, name=name: pauses.pause(tx, app.ctx, of, name, "slack:U1")  # type: ignore[misc]  # bound as it is now
        )

    page = await operator.get(f"{SETTINGS}?lang=en")
    for word in ("Survey checkout-csat", "Trigger checkout", "Paused by slack:U1", "until it is"):
        assert word in page.html, word
    lifted = await operator.submit(
        SETTINGS, "/console/surveys", act="resume", id="survey:checkout-csat"
    )
    assert lifted.to == "/console/surveys?note=resumed"
    left = await operator.get(f"{SETTINGS}?lang=en")
    assert ("Survey checkout-csat" in left.html, "Trigger checkout" in left.html) == (False, True)


async def test_settings_say_how_things_stand_and_who_owns_them(house: House) -> None:
    page = await house[Role.OPERATOR].get(f"{SETTINGS}?lang=en")

    assert (page.status, faults(page.html)) == (200, [])
    for word in (
        "Telegram",
        "Off",
        "21:00–08:00",
        "Owned by the config file",
        "aftertouch backup",
        "13 months (403 days)",
        "Pause for an instrument at a stage",
        "#whom",
    ):
        assert word in page.html, word
    assert "API keys" not in page.html
    assert (await house[Role.VIEWER].get(SETTINGS)).status == 403
    doctor = await house[Role.OPERATOR].get(f"{SETTINGS}/doctor?lang=en")
    assert [name for name in ("database", "backups", "telegram") if name not in doctor.html] == []


async def test_a_member_chooses_the_language_of_her_console(house: House) -> None:
    viewer, me = house[Role.VIEWER], "/console/me"

    chosen = await viewer.submit(f"{me}?lang=en", f"{me}?lang=en", act="language", language="ko")
    assert chosen.to == f"{me}?note=language"
    english = {"Accept-Language": "en"}
    hers = await viewer.get(chosen.to, **english)
    assert '<html lang="ko"' in hers.html
    assert '<option value="ko" lang="ko" selected>' in hers.html
    assert '<html lang="en"' in (await viewer.get(f"{DECISIONS}?lang=en")).html

    odd = await viewer.submit(me, f"{me}?lang=en", act="language", language="tlh")
    assert (odd.status, "Choose a language of the list" in odd.html) == (400, True)
    await viewer.submit(me, me, act="language", language="")
    assert '<html lang="en"' in (await viewer.get(me, **english)).html
    assert [deed.details for deed in await house.deeds("staff_language")] == [
        {"to": ""},
        {"to": "ko"},
    ]
