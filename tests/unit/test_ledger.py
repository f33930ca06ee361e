"""The consent ledger: every grant and withdrawal, with its channel, its proof and the text that it names."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.intake.customers import read_customer
from surveys.agreements import Standing, agreement
from surveys.errors import InvalidInput
from surveys.model import Channel, Consent, Json, Purpose
from surveys.ports import Storage
from surveys.program import Program
from surveys.service.ledger import in_words, ledger_of
from surveys.service.people import ConsentGiven, CustomerUpsert, upsert
from tests.programs import standard, varied
from tests.world import NOON, World

ADVERTISING: Json = {
    "sender": {"ko": "초록마켓", "en": "Green Market"},
    "opt_out": {"ko": "그만", "en": "stop"},
    "consent": {"version": "ad-1", "text": {"ko": "광고 받기", "en": "Send me ads"}},
}


async def ledger(
    world: World, person: str, program: Program | None = None
) -> list[dict[str, Json]]:
    live = program or world.program
    return await world.storage.read(lambda tx: ledger_of(tx, person, live))


async def tell(world: World, **entry: Any) -> str:
    """Let the company tell of a consent."""
    usual: dict[str, Any] = {"at": world.clock.at, "source": "crm", "text_version": "ad-1"}
    given = ConsentGiven(**{"purpose": Purpose.MARKETING, **usual, **entry})
    wanted = CustomerUpsert(id="kim", consents=(given,))
    new_id = world.ctx.new_id
    person = await world.write(lambda tx: upsert(tx, wanted, now=world.clock.at, new_id=new_id))
    return person.id


async def test_a_link_a_button_and_a_stop_word_are_rows_of_their_own(storage: Storage) -> None:
    world = World(storage)
    kim = await world.customer("kim", consent=False)
    session = await world.browser(kim)
    await world.happens("order.paid", "kim")
    await world.later(minutes=31)
    await world.taps(session, "stop")
    await world.taps(session, "stop.all", kind="menu")
    await world.taps(session, "undo", kind="stopped")

    rows = await ledger(world, kim)
    told = [(r["granted"], r["source"], r["channel"], str(r["proof"])[:4]) for r in rows]
    assert told == [
        (True, "webchat_link", "webchat", "link"),
        (False, "stop_button", "webchat", "ask:"),
        (True, "undo_button", "webchat", "ask:"),
    ]
    assert all(row["text"] == standard().consent.text["ko"] for row in rows)


async def test_a_stop_takes_back_the_consent_to_advertising_and_its_undoing_does_not_give_it_again(
    storage: Storage,
) -> None:
    world = World(storage, varied(advertising=ADVERTISING))
    kim = await world.customer("kim", consent=False)
    session = await world.browser(kim)
    await tell(world, locale="en", proof="crm-7", channel=Channel.TELEGRAM)
    await world.later(minutes=1)
    await world.happens("order.paid", "kim")
    await world.later(minutes=31)
    await world.taps(session, "stop")
    await world.taps(session, "stop.all", kind="menu")
    await world.taps(session, "undo", kind="stopped")

    rows = [r for r in await ledger(world, kim) if r["purpose"] == "marketing"]
    assert [(r["granted"], r["source"], r["text_version"]) for r in rows] == [
        (True, "crm", "ad-1"),
        (False, "stop_button", "ad-1"),
    ]
    read = in_words(rows, world.program, "en", world.clock.at)
    assert [line for line in read if "withdrew the consent to advertising" in line] == [read[6]]
    assert (rows[0]["text"], rows[0]["proof"]) == ("Send me ads", "crm-7")
    assert (rows[0]["channel"], rows[0]["counts_until"]) == (
        "telegram",
        "2028-11-02T03:00:00+00:00",
    )


async def test_a_stop_counts_after_a_consent_that_was_dated_hours_too_late(
    storage: Storage,
) -> None:
    """Seoul's time handed in as UTC lies nine hours ahead."""
    world = World(storage, varied(advertising=ADVERTISING))
    kim = await world.customer("kim")
    session = await world.browser(kim)
    late = {"at": NOON + timedelta(hours=9)}
    for purpose in Purpose:
        await tell(world, purpose=purpose, text_version="1", **late)
    await world.happens("order.paid", "kim")
    await world.later(minutes=31)
    await world.taps(session, "stop")
    await world.taps(session, "stop.all", kind="menu")

    async def standing(purpose: Purpose) -> Standing:
        rows = await world.storage.read(lambda tx: tx.consents.of_person(kim))
        return agreement(rows, purpose, world.clock.at).standing

    stopped = {await standing(purpose) for purpose in Purpose}
    await world.taps(session, "undo", kind="stopped")

    assert stopped == {Standing.WITHDRAWN}
    assert await standing(Purpose.SERVICE_SURVEY) == Standing.GRANTED
    assert await standing(Purpose.MARKETING) == Standing.WITHDRAWN


async def test_the_company_tells_of_a_withdrawal_once_and_asks_end(storage: Storage) -> None:
    world = World(storage)
    kim = await world.customer("kim")
    await world.browser(kim)
    await world.happens("order.paid", "kim", id="e1")
    for _ in range(2):
        await tell(
            world,
            purpose=Purpose.SERVICE_SURVEY,
            granted=False,
            at=NOON + timedelta(minutes=1),
            text_version="1",
        )
    await world.later(minutes=31)

    assert [r["granted"] for r in await ledger(world, kim)] == [True, True, False]
    assert (await world.verdicts("e1"))[-1] == ("skipped", "consent_withdrawn")


async def test_a_text_is_found_again_after_it_was_changed_and_one_we_never_showed_is_none(
    storage: Storage,
) -> None:
    changed = varied(consent={"version": "2", "text": {"ko": "새 글", "en": "New text"}})
    world = World(storage)
    kim = await world.customer("kim")
    await tell(world, purpose=Purpose.SERVICE_SURVEY, text_version="paper-9", at=NOON)
    old = standard()
    await world.write(lambda tx: tx.programs.put(old.version, old.to_json(), NOON))

    rows = await ledger(world, kim, changed)
    assert [row["text"] for row in rows] == [old.consent.text["ko"], None]
    await world.write(lambda tx: tx.programs.put(changed.version, changed.to_json(), NOON))
    assert await ledger(world, kim, changed) == rows


@pytest.mark.parametrize(
    ("language", "said"), [("ko", "다시 확인하기 전에는"), ("en", "before it is confirmed")]
)
async def test_the_ledger_reads_in_both_languages_and_says_what_has_lapsed(
    language: str, said: str
) -> None:
    world = World(program=varied(advertising=ADVERTISING))
    kim = await tell(world)
    rows = await ledger(world, kim)

    later = in_words(rows, world.program, language, NOON + timedelta(days=731))
    assert said in later[4]
    assert said not in in_words(rows, world.program, language, NOON)[4]
    assert len(in_words([], world.program, language, NOON)) == 1


async def test_a_row_keeps_what_proves_it_in_every_store(storage: Storage) -> None:
    entry = Consent(
        person_id="p",
        purpose=Purpose.MARKETING,
        granted=True,
        at=NOON,
        source="crm",
        text_version="1",
        channel=Channel.SLACK,
        proof="crm-1",
    )
    await storage.write(lambda tx: tx.consents.add(entry))
    await storage.write(lambda tx: tx.consents.add(replace(entry, channel=None, proof=None)))

    kept = await storage.read(lambda tx: tx.consents.of_person("p"))
    assert kept == (entry, replace(entry, channel=None, proof=None))


def test_a_withdrawal_is_told_by_its_own_instant_and_not_beside_a_grant() -> None:
    body = {"purpose": "marketing", "withdrawn_at": NOON.isoformat(), "source": "crm"}
    entry = {**body, "text_version": "1", "proof": "t-9", "channel": "slack", "locale": "en"}

    [given] = read_customer({"id": "kim", "consent": [entry]}, NOON).consents
    assert (given.granted, given.at, given.proof, given.locale) == (False, NOON, "t-9", "en")
    both = {**entry, "granted_at": NOON.isoformat()}
    with pytest.raises(InvalidInput, match="withdrawn_at: must not stand beside granted_at"):
        read_customer({"id": "kim", "consent": [both]}, NOON)
