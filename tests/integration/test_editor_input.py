"""What is typed into the editor's forms and makes no sense: told at its field, and still there afterwards."""

from collections.abc import AsyncIterator, Mapping

import pytest
import pytest_asyncio

from tests.e2e.deployment import Deployment, deployed
from tests.forms import read_form
from tests.integration.test_console import faults
from tests.staffing import Browser, Seen

pytestmark = pytest.mark.asyncio(loop_scope="module")

EDIT = "/console/surveys/edit"
SCRIPT = '<script>alert("1")</script>\'&amp;'
LONG = "가" * 10_000
HUNDRED, TWELVE = "\uff11\uff10\uff10", "\uff11\uff12"
"""Digits as wide as Korean letters, as a phone's keyboard may type them."""
NINE = "\u0662\u0661:\u0660\u0660"
"""21:00 in Arabic digits."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    folder = tmp_path_factory.mktemp("editor")
    async with deployed(f"sqlite:///{folder}/a.sqlite3", {}) as deployment:
        yield deployment


async def pressed(
    site: Deployment, typed: Mapping[str, str], do: str = "check", place: str = "support"
) -> Seen:
    """Open a form, type over it, press a button."""
    browser = Browser(site)
    form = read_form((await browser.get(f"{EDIT}/{place}?lang=en")).html).fields
    return await browser.post(f"{EDIT}/{place}?lang=en", {**form, **typed, "do": do})


BAD: dict[str, list[str | None]] = {
    "trigger.share": ["1e999", "٣", HUNDRED, "0", "-1", "200", "half", SCRIPT, "1" * 400, "nan"],
    "trigger.occurrence": ["1e3", "٣", "1.5", "0", "-1", "첫", SCRIPT],
    "trigger.after.amount": ["1e999", "٣", "-1", "1.5", "soon", "9" * 40],
    "trigger.max_wait.amount": ["0", "999999999"],
    "trigger.on": ["주문", "order paid", "x" * 300],
    "trigger.withdrawn_by": ["주문 취소", None, None, "support.solved"],
    "trigger.touchpoint": ["nowhere", SCRIPT],
    "trigger.channels.0": ["fax"],
    "survey.about.ko": ["", LONG],
    "survey.about.en": [None, "   "],
    "survey.thanks.en": ["x" * 10_000],
    "survey.question.ko": ["{unknown}?", LONG],
    "survey.instrument": ["stars"],
    "survey.layout": [None, "faces"],
    "survey.incentive": ["own_goods"],
    "rules.cap.asks": ["0", "٣", "many"],
    "rules.cap.days": ["1e999", "9999"],
    "rules.cooldown_days": ["-1", TWELVE],
    "rules.quiet_hours.start": ["25:00", "21", NINE, SCRIPT],
    "rules.holidays": ["Korea", "XX"],
}


ROUNDS = range(max(map(len, BAD.values())))


@pytest.mark.parametrize("number", ROUNDS)
async def test_what_is_wrong_is_told_at_its_field_and_kept(site: Deployment, number: int) -> None:
    """Each round types one bad text into every field that has any left."""
    left = {name: texts[number] for name, texts in BAD.items() if number < len(texts)}
    typed = {name: text for name, text in left.items() if text is not None}
    seen = await pressed(site, typed)
    form = read_form(seen.html)

    assert (seen.status, faults(seen.html)) == (422, [])
    assert [name for name in typed if name not in form.wrong] == []
    assert [name for name in typed if f'id="fault-{name}"' not in seen.html] == []
    assert {name: form.fields[name] for name in typed} == typed
    assert "<script>alert" not in seen.html


async def test_what_does_not_fit_together_is_told_at_the_row_that_is_meant(
    site: Deployment,
) -> None:
    typed = {
        "survey.question.ko": "어땠나요?",
        "survey.variants.0.wording": "",
        "survey.variants.1.share": "60",
        "survey.variants.1.wording": "std1",
        "survey.variants.4.share": "60",
        "survey.variants.4.wording": "文言",
        "survey.variants.4.question.ko": "",
        "survey.variants.4.question.en": SCRIPT,
        "budget.rows.0.stage": "",
        "budget.rows.3.stage": "nowhere",
        "budget.rows.3.unit": "nps",
        "budget.rows.3.target": "0.5",
        "budget.rows.4.stage": "retention",
        "budget.rows.4.unit": "ces2",
        "budget.rows.4.target": "열",
        "advertising.sender.ko": "가게",
        "trigger.channels.0": "slack",
        "trigger.channels.2": "slack",
        "trigger.worth_asking.kind": "own",
        "trigger.worth_asking.bulk.cases": "1",
        "trigger.worth_asking.bulk.within.amount": "soon",
        "rules.quiet_hours.start": "21:00",
        "rules.quiet_hours.end": "21:00",
    }
    seen = await pressed(site, typed)
    form = read_form(seen.html)

    assert (seen.status, faults(seen.html)) == (422, [])
    assert {*form.wrong} == {
        "survey.question.ko",
        "survey.question.en",
        "survey.variants.4.wording",
        "survey.variants.4.question.ko",
        "survey.variants.1.share",
        "budget.rows.3.stage",
        "budget.rows.3.target",
        "budget.rows.4.target",
        "advertising.sender.en",
        "advertising.opt_out.ko",
        "advertising.consent.text.ko",
        "trigger.channels.0",
        "trigger.worth_asking.bulk.cases",
        "trigger.worth_asking.bulk.within.amount",
        "rules.quiet_hours.start",
    }
    assert {name: form.fields[name] for name in typed} == typed


async def test_a_condition_that_makes_no_sense_is_told_at_its_place(site: Deployment) -> None:
    at = "trigger.where"
    row = {"kind": "row", "operator": "gte", "type": "number"}
    rows = [
        {"path": "", "value": "1"},
        {"path": "amount", "value": HUNDRED},
        {"path": "paid_at", "value": SCRIPT, "type": "time"},
        {"path": "amount", "value": "", "operator": "in"},
    ]
    typed = {f"{at}.kind": "all"} | {
        f"{at}.{place}.{name}": text
        for place, each in enumerate(rows)
        for name, text in (row | each).items()
    }
    deep = ".0" * 9
    nested = {f"{at}{'.0' * level}.kind": "any" for level in range(9)}
    nested |= {f"{at}{deep}.{name}": text for name, text in (row | rows[1]).items()}
    seen, deeper = await pressed(site, typed), await pressed(site, nested)
    counted = await pressed(site, typed, "count")
    form = read_form(seen.html)

    assert [each.status for each in (seen, deeper, counted)] == [422, 422, 200]
    assert form.wrong == [f"{at}.{n}" for n in ("0.path", "1.value", "2.value", "3.value")]
    assert {name: form.fields[name] for name in typed} == typed
    assert f'id="fault-{at}{".0" * 7}"' in deeper.html
    assert read_form(deeper.html).fields[f"{at}{deep}.value"] == HUNDRED
    assert "KeyError" not in counted.html


@pytest.mark.parametrize("do", ["check", "save", "plan"])
async def test_a_character_that_no_text_may_hold_is_told_at_its_field(
    site: Deployment, do: str
) -> None:
    seen = await pressed(site, {"survey.thanks.ko": "고마\x00워요"}, do)

    assert seen.status == 422
    assert read_form(seen.html).wrong == ["survey.thanks.ko"]
    assert "\x00" not in seen.html
    assert await site.app.storage.read(lambda tx: tx.program_drafts.all()) == ()


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"id": SCRIPT, "instrument": "csat", "touchpoint": "delivery"}, "id"),
        ({"id": "a" * 49, "instrument": "csat", "touchpoint": "delivery"}, "id"),
        ({"id": "文言", "instrument": "csat", "touchpoint": "delivery"}, "id"),
        ({"id": "support", "instrument": "csat", "touchpoint": "delivery"}, "id"),
        ({"id": "x", "instrument": "stars", "touchpoint": "delivery"}, "instrument"),
        ({"id": "x", "instrument": "csat", "touchpoint": "nowhere"}, "touchpoint"),
    ],
    ids=["markup", "long", "no letters", "taken", "measure", "touchpoint"],
)
async def test_a_new_trigger_is_begun_only_with_what_makes_sense(
    site: Deployment, typed: dict[str, str], wrong: str
) -> None:
    seen = await Browser(site).submit("/console/surveys/new?lang=en", **typed)

    assert (seen.status, faults(seen.html)) == (422, [])
    assert f'id="fault-{wrong}"' in seen.html
    assert "<script>alert" not in seen.html
    assert await site.app.storage.read(lambda tx: tx.program_drafts.all()) == ()


async def test_bodies_that_no_form_of_ours_sends_are_refused(site: Deployment) -> None:
    browser = Browser(site)
    form = read_form((await browser.get(f"{EDIT}/support")).html).fields
    huge = await browser.post(f"{EDIT}/support", form | {"survey.thanks.ko": "가" * 100_000})
    no_text = await browser.ask("POST", f"{EDIT}/support", b"do=check&a=\xff", {"Origin": site.url})
    nowhere = [await browser.get(f"{EDIT}/{place}") for place in ("nowhere", "%00", "%F0%9F%90%9F")]
    odd = [
        await pressed(site, {}, do)
        for do in ("", "explode", "row:", "drop:trigger.where.9", "chip:x")
    ]

    assert huge.status == 413
    assert no_text.status in (400, 403)
    assert [each.status for each in nowhere] == [404] * 3
    assert [each.status for each in odd] == [200] * 5


async def test_a_draft_with_faults_is_kept_as_it_was_typed(site: Deployment) -> None:
    typed = {"survey.about.ko": LONG, "trigger.share": "1e999", "survey.thanks.en": SCRIPT}
    saved = await pressed(site, typed, "save", place="subscription")
    told = await Browser(site).get(saved.to)
    again = await Browser(site).get(f"{EDIT}/subscription?lang=ko")
    plan = await Browser(site).get(f"{EDIT}/subscription/plan?lang=en")
    asked = await pressed(site, {"trigger.share": "7"}, "discard", place="subscription")
    kept = await pressed(site, {"trigger.share": "7"}, "keep", place="subscription")
    dropped = await pressed(site, {}, "discard:sure", place="subscription")

    assert saved.status == 303
    assert "The draft is saved." in told.html
    assert "To be put right before it is published: 3" in told.html
    wrong = ("survey.about.ko", "trigger.share")
    assert [name for name in wrong if f'<a href="#{name}">' not in told.html] == [], told.html
    assert {name: read_form(again.html).fields[name] for name in typed} == typed
    assert (plan.status, 'value="publish"' in plan.html, faults(plan.html)) == (200, False, [])
    assert (asked.status, faults(asked.html)) == (200, [])
    assert (
        "Drafts: 2 (Trigger subscription, Survey subscription-csat), with 3 changes." in asked.html
    )
    assert 'form="editor" name="do" value="discard:sure"' in asked.html
    assert read_form(kept.html).fields["trigger.share"] == "7"
    assert dropped.status == 303


async def test_a_text_that_is_missing_is_told_by_the_name_of_its_language(site: Deployment) -> None:
    browser = Browser(site)
    form = read_form((await browser.get(f"{EDIT}/support?lang=ko")).html).fields
    typed = {"survey.about.en": "", "survey.layout": "faces", "do": "check"}
    seen = await browser.post(f"{EDIT}/support?lang=ko", {**form, **typed})

    assert (seen.status, faults(seen.html)) == (422, [])
    assert "영어 문구가 없습니다." in seen.html
    assert "얼굴 (CSAT): CES 지표에 맞지 않는 모양입니다." in seen.html


async def test_a_new_trigger_needs_no_name_and_takes_one_in_korean(site: Deployment) -> None:
    async def begun(name: str) -> str:
        chosen = {"id": name, "instrument": "csat", "touchpoint": "delivery"}
        seen = await Browser(site).submit("/console/surveys/new?lang=ko", **chosen)
        return f"{seen.status} {seen.to.partition('?')[0].removeprefix(f'{EDIT}/')}"

    made = [
        await begun(name) for name in ("", "  ", "배송 만족", "배송 만족", "baesong-manjok", "My 1")
    ]
    drafts = await site.app.storage.read(lambda tx: tx.program_drafts.all())

    assert made == [
        "303 delivery-2",
        "303 delivery-3",
        "303 baesong-manjok",
        "303 baesong-manjok-2",
        "422 ",
        "303 my-1",
    ]
    assert {"trigger:my-1", "survey:my-1-csat"} <= {draft.part for draft in drafts}


async def test_a_question_of_ones_own_needs_no_name_for_its_words(site: Deployment) -> None:
    typed = {"survey.question.ko": "상담은 어땠나요?", "survey.question.en": "How was it?"}
    seen = await pressed(site, typed)
    named = await pressed(site, {**typed, "survey.wording": "짧은 문구"})
    refused = await pressed(site, {**typed, "survey.wording": "文言"})

    assert (seen.status, named.status, refused.status) == (200, 200, 422)
    assert "<code>support-ces-own</code>" in seen.html
    assert "<code>jjaleun-mungu</code>" in named.html
    assert read_form(named.html).fields["survey.wording"] == "짧은 문구"
    assert read_form(refused.html).wrong == ["survey.wording"]
    assert read_form(refused.html).fields["survey.wording"] == "文言"


async def test_measures_and_zones_are_told_in_words_on_the_pages_of_surveys(
    site: Deployment,
) -> None:
    browser = Browser(site)
    listed = (await browser.get("/console/surveys?lang=ko")).html
    settings = (await browser.get("/console/settings?lang=ko")).html

    assert [raw for raw in ("CES2", "RESOLVED") if raw in listed] == []
    assert " · CES · " in listed
    assert " · 해결 확인 · " in listed
    assert "대한민국 시간 (UTC+09:00)" in settings
    assert "Asia/Seoul" not in settings
