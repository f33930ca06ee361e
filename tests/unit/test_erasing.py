"""An erasure is whole, cannot be half done, and its farewell goes, too."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.privacy import Privacy
from bot.wiping import wipe_if_due
from storage.tables.catalogue import METADATA
from storage.tables.cubes import RULED
from surveys.errors import NotFound
from surveys.model import (
    Acceptance,
    Address,
    Channel,
    Identifier,
    InboxState,
    Json,
    Person,
    Started,
    Typed,
)
from surveys.ports import Storage, UnitOfWork
from surveys.service.commanding import CONFIRM_WITHIN
from surveys.service.erasing import FAREWELL_LASTS, WIPE, erase
from surveys.service.retention import Keeping
from tests.contract import examples as ex
from tests.phones import ACCOUNT, BLOCKED, Phone
from tests.unit.test_talking import asked, said
from tests.world import World

SORTED_IN = {
    "address": "number id person_id channel account user chat created_at reachable locale "
    "chosen_at choice_order",
    "alert": "number id stage instrument series at raised_at since bad answers usual restart",
    "analysis": "kind key as_of content state",
    "answer": "id invitation_id question subject_id dimension_id survey_version answered_at "
    "day order version score choice text handler given confidence rule "
    "segment_set_id changed",
    "answer_theme": "answer_id theme by meant day",
    "answer_version": "answer_id version at order score choice text given confidence rule",
    "api_key": "number id secret_hash scopes created_at expires_at revoked_at",
    "attempt": "delivery_id fence started_at ended_at kind reason ref",
    "audit": "number at by act subject details",
    "button_token": "token invitation_id step",
    "consent": "number person_id purpose granted at source text_version locale address_id channel proof",
    "contact_clock": "person_id",
    "decision": "number id event_id trigger program_version verdicts person_id decided_at",
    "delivery": "number id key person_id address_id channel delivery_class kind state "
    "created_at due_at invitation_id step seq args token target_id expires_at fence "
    "attempts started_at sent_at ref reason resends",
    "dimension": "id trigger survey touchpoint stage instrument scale polarity wording channel "
    "language",
    "event": "number id source source_id type subject time time_stated customer refs data "
    "handler person_id received_at reversing",
    "event_occasion": "occasion event_id",
    "funnel": "day dimension_id invited delivered answered started completed",
    "funnel_month": "day dimension_id invited delivered started answered completed",
    "histogram_month": "rule period day dimension_id s0 s1 s2 s3 s4 s5 s6 s7 s8 s9 s10",
    "histogram": "rule period day dimension_id s0 s1 s2 s3 s4 s5 s6 s7 s8 s9 s10",
    "identifier": "namespace value person_id",
    "inbox": "number id source key digest received_at state body tries error due_at",
    "invitation": "number id decision_id event_id trigger person_id subject_id occasion "
    "program_version survey survey_version touchpoint stage instrument event_at "
    "ask_by state created_at due_at hold_rule fell_due_on sent_at closes_at "
    "address_id channel language handler interview wording origin_id segments reached",
    "joining": "number id at by how giver_id heir_id rows before undone_at",
    "link": "token_hash person_id channel expires_at used_at",
    "note": "name value",
    "pace": "scope free_at address_id",
    "pause": "scope until address_id",
    "person": "id subject_id created_at external_id locale timezone attributes paused_until "
    "opted_out_at erased_at preferred_channel joined_to",
    "planned_publish": "id trigger parts drafts author side source base take note named text digest shown first "
    "decided_at wall zone due_at state ended_at ended_by number why",
    "program": "version content created_at",
    "program_draft": "part base content author saved_at",
    "program_version": "number hash text owners author source published_at note reverts",
    "segment_set": "id content",
    "side": "id attribute value",
    **dict.fromkeys(
        ("side_funnel", "side_funnel_month"),
        "side_id day dimension_id invited delivered started answered completed",
    ),
    **dict.fromkeys(
        ("side_histogram", "side_histogram_month"), "side_id day dimension_id " + " ".join(RULED)
    ),
    "slot": "number invitation_id person_id instrument stage at",
    "recurrence": "name rule due_at last_at",
    "staff_login": "number id member_id made_by created_at expires_at used_at",
    "staff_member": "number id name email role created_at password_hash issuer subject disabled_at "
    "language",
    "staff_message": "number id kind destination body created_at due_at state fence tries started_at ended_at "
    "reason ref",
    "staff_session": "number id member_id how created_at seen_at expires_at revoked_at agent",
    "side_theme_count": "side_id day dimension_id theme s0 s1 s2 s3 s4 s5 s6 s7 s8 s9 s10",
    "tried_program": "version content created_at",
    "theme_count": "day dimension_id theme s0 s1 s2 s3 s4 s5 s6 s7 s8 s9 s10",
    "web_session": "token_hash address_id created_at expires_at",
    "webhook_destination": "name state since fence leased_until paused_until accepted_at reason",
    "webhook_message": "number id destination type created_at data person_id state due_at tries reason "
    "ended_at",
}
"""Every column, as docs/decisions (an erasure, table by table) speaks of it: sort a new one in there, and erase it."""


def test_every_column_is_sorted_in() -> None:
    known = {name: set(columns.split()) for name, columns in SORTED_IN.items()}

    assert known == {name: set(t.columns.keys()) for name, t in METADATA.tables.items()}


def chores(world: World) -> Privacy:
    return Privacy(storage=world.storage, ctx=world.ctx, keeping=Keeping())


async def here(world: World) -> tuple[Address | None, Person | None]:
    """Return the address of the phone, and whose it is."""

    def look(tx: UnitOfWork) -> tuple[Address | None, Person | None]:
        address = tx.addresses.find(Channel.TELEGRAM, ACCOUNT, "7001")
        return address, tx.people.get(address.person_id) if address else None

    return await world.storage.read(look)


async def asked_to_delete(storage: Storage) -> tuple[World, Phone]:
    world, phone = await asked(storage)
    await phone.acts(Typed(text="삭제해 주세요"))
    await phone.reads()
    return world, phone


async def test_a_yes_erases_at_once_and_leaves_one_message(storage: Storage) -> None:
    world, phone = await asked_to_delete(storage)
    receipt = await phone.taps("erase.yes", "notice")

    assert receipt.toast == "삭제했어요"
    _, nobody = await here(world)
    assert nobody is not None
    assert (nobody.erased_at, nobody.external_id) == (world.clock.now(), None)
    assert await world.why("kim") == ()
    assert await chores(world).end_erasures() == 0

    assert (await said(phone)).text.startswith("모두 삭제했어요.")
    assert await chores(world).end_erasures() == 1
    assert await here(world) == (None, None)


async def test_a_farewell_that_is_refused_ends_it_as_well(storage: Storage) -> None:
    world, phone = await asked_to_delete(storage)
    await phone.taps("erase.yes", "notice")
    (claimed,) = await phone.claims()
    await phone.settles(claimed, BLOCKED)

    assert await chores(world).end_erasures() == 1
    assert await here(world) == (None, None)


async def test_a_farewell_that_never_goes_out_is_not_kept_for_ever(storage: Storage) -> None:
    world, phone = await asked_to_delete(storage)
    await phone.taps("erase.yes", "notice")
    world.clock.at += FAREWELL_LASTS

    assert await chores(world).end_erasures() == 1
    assert await here(world) == (None, None)


async def test_the_tap_delivered_again_erases_nothing_more(storage: Storage) -> None:
    world, phone = await asked_to_delete(storage)
    tap = phone.button("erase.yes", "notice")
    receipts = [await phone.acts(tap, number=number) for number in (50, 50, 51)]
    assert [(r.toast, r.forged) for r in receipts] == [("삭제했어요", "")] * 3
    assert (await phone.reads()).count("notice") == 3

    await chores(world).end_erasures()
    with capture_logs() as logs:
        late = await phone.acts(tap, number=52)
    assert (late.toast, late.forged, logs) == ("이 버튼은 더 이상 쓸 수 없어요", "", [])
    assert await here(world) == (None, None)


async def test_an_old_yes_asks_once_more(storage: Storage) -> None:
    world, phone = await asked_to_delete(storage)
    world.clock.at += CONFIRM_WITHIN
    await phone.taps("erase.yes", "notice")

    _, kim = await here(world)
    assert kim is not None
    assert kim.external_id == "kim"
    assert [b.value for b in (await said(phone)).controls] == ["erase.yes", "erase.no"]


async def test_whoever_writes_again_at_once_stays_as_a_stranger(storage: Storage) -> None:
    world, phone = await asked_to_delete(storage)
    await phone.taps("erase.yes", "notice")
    await phone.acts(Started())
    await phone.reads()

    assert await chores(world).end_erasures() == 0
    _, stranger = await here(world)
    assert stranger is not None
    assert (stranger.erased_at, stranger.external_id) == (None, None)
    consents = await world.storage.read(lambda tx: tx.consents.of_person(stranger.id))
    assert consents == ()


async def test_messages_of_hers_that_wait_or_failed_are_removed_and_no_others(
    storage: Storage,
) -> None:
    world, _ = await asked(storage)
    hers = {
        "act": {"incoming": {"channel": "telegram", "account": ACCOUNT, "user": "7001"}},
        "named": {"event": {"source": "x", "subject": "s", "customer": {"id": "kim"}}},
        "ordered": {"event": {"source": "shop", "subject": "o1", "customer": None}},
    }
    others = {
        "act-2": {"incoming": {"channel": "telegram", "account": ACCOUNT, "user": "7002"}},
        "named-2": {"event": {"source": "x", "subject": "7001", "customer": {"id": "lee"}}},
        "empty": None,
    }
    failed: dict[str, Json] = {"state": InboxState.FAILED, "due_at": None}
    rows = [ex.entry(key, body=body, **failed) for key, body in (hers | others).items()]
    await ex.store_all(world.storage, lambda tx: tx.inbox.add, *rows)
    _, kim = await here(world)
    assert kim is not None

    await world.write(lambda tx: erase(tx, world.ctx, kim.id, by="cli:test"))

    left = await world.storage.read(lambda tx: tx.inbox.failed(99))
    assert {entry.key for entry in left} == set(others)


async def test_stored_messages_of_no_known_shape_are_hers_where_they_name_her(
    storage: Storage,
) -> None:
    world, _ = await asked(storage)
    hers: dict[str, Json] = {
        "list": [1, {"deep": ["kim"]}],
        "text": "7001",
        "odd act": {"incoming": {"channel": "telegram", "user": "7001"}},
        "odd event": {"event": {"source": "shop", "id": 7, "to": ["o1"]}},
        "odd customer": {"event": ["kim"]},
    }
    others: dict[str, Json] = {
        "list-2": [1, [], {}, None, "kimchi"],
        "number": 7001,
        "true": True,
        "letter": {"event": 1},
        "acts": {"incoming": [{"user": 7001}]},
        "unhashable": {"event": {"source": "x", "subject": "s", "customer": {"id": ["lee"]}}},
        "half": {"event": {"source": "x", "subject": "s", "customer": {"identifiers": [{}, 1]}}},
        "answered": {"answered": "nobody's", "at": "2026-11-01T00:00:00Z"},
    }
    failed: dict[str, Json] = {"state": InboxState.FAILED, "due_at": None}
    rows = [ex.entry(key, body=body, **failed) for key, body in (hers | others).items()]
    await ex.store_all(world.storage, lambda tx: tx.inbox.add, *rows)
    _, kim = await here(world)
    assert kim is not None
    ask = (await world.storage.read(lambda tx: tx.overview.invitations(kim.id, 1)))[0].id
    follows = ex.entry("follows", body={"answered": ask}, **failed)
    await ex.store_all(world.storage, lambda tx: tx.inbox.add, follows)

    await world.write(lambda tx: erase(tx, world.ctx, kim.id, by="cli:test"))

    left = await world.storage.read(lambda tx: tx.inbox.failed(99))
    assert {entry.key for entry in left} == set(others)


async def test_an_erasure_that_fails_leaves_everything(storage: Storage) -> None:
    world, _ = await asked(storage)
    before = await here(world)
    assert before[1] is not None
    kim = before[1].id
    held = await world.storage.read(lambda tx: tx.belongings.of(kim))

    await ex.fail(world.storage, lambda tx: erase(tx, world.ctx, kim, by="cli:test"))

    assert await here(world) == before
    assert await world.storage.read(lambda tx: tx.belongings.of(kim)) == held


async def test_who_is_not_there_cannot_be_erased(storage: Storage) -> None:
    world = World(storage)
    with pytest.raises(NotFound):
        await world.write(lambda tx: erase(tx, world.ctx, "nobody", by="cli:test"))


async def test_the_trail_tells_when_and_by_whom_and_not_who_she_was(storage: Storage) -> None:
    world, phone = await asked_to_delete(storage)
    await phone.taps("erase.yes", "notice")

    (deed,) = await world.storage.read(lambda tx: tx.audit.newest(9))
    assert (deed.act, deed.by, deed.subject) == ("erase", "customer", "")


async def test_a_wipe_is_due_until_it_is_done(storage: Storage) -> None:
    world, phone = await asked_to_delete(storage)
    assert not await wipe_if_due(world.storage)
    await phone.taps("erase.yes", "notice")

    assert await wipe_if_due(world.storage)
    assert not await world.storage.read(lambda tx: tx.notes.get(WIPE))
    assert not await wipe_if_due(world.storage)


KIM = Identifier(namespace="id", value="kim")


async def erased_kim(storage: Storage) -> tuple[World, Phone]:
    world, phone = await asked_to_delete(storage)
    await phone.taps("erase.yes", "notice")
    await phone.reads()
    await chores(world).end_erasures()
    return world, phone


async def test_a_later_event_of_hers_is_accepted_and_leaves_nothing(storage: Storage) -> None:
    world, _ = await erased_kim(storage)
    assert await world.happens("order.paid", "kim", subject="o2", id="again") is Acceptance.NEW
    assert await world.happens("order.paid", "kim", subject="o2", id="again") is not Acceptance.NEW
    await world.later(days=1)

    assert not await world.storage.read(lambda tx: tx.people.named([KIM]))
    assert not await world.storage.read(lambda tx: tx.events.of_occasions(["o2"]))


async def test_somebody_new_is_met_although_she_shares_an_erased_name(storage: Storage) -> None:
    world, _ = await erased_kim(storage)
    await world.happens("order.paid", "lee", subject="o3")

    assert await world.storage.read(lambda tx: tx.events.of_occasions(["o3"]))


async def test_whom_the_company_tells_of_again_is_asked_only_on_a_new_consent(
    storage: Storage,
) -> None:
    world, _ = await erased_kim(storage)
    world.clock.at -= timedelta(days=1)
    kim = await world.customer("kim")
    assert not await world.storage.read(lambda tx: tx.consents.of_person(kim))
    await world.happens("order.paid", "kim", subject="o2")
    assert {kind for kind, _ in await world.verdicts("kim")} == {"held"}

    world.clock.at += timedelta(days=2)
    await world.customer("kim")
    assert await world.storage.read(lambda tx: tx.consents.of_person(kim))
