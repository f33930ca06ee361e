"""Who an event means, and how a customer comes to own what only events knew of her."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import pytest

from storage.memory import MemoryStorage
from storage.opening import open_inline, open_storage
from surveys.errors import IdentifierTaken
from surveys.model import (
    Address,
    Channel,
    Consent,
    CustomerHint,
    Decision,
    Event,
    Identifier,
    Invitation,
    InvitationState,
    Person,
    Purpose,
    StoredEvent,
    Verdict,
    VerdictKind,
)
from surveys.ports import Storage, UnitOfWork
from surveys.program import default_program
from surveys.service.context import Context
from surveys.service.live import LiveProgram
from surveys.service.people import (
    ConsentGiven,
    CustomerUpsert,
    consented,
    create_link,
    join,
    upsert,
)
from surveys.service.resolving import resolve, resolve_event
from tests.sqlite import migrated
from tests.world import SetClock

T = TypeVar("T")
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SHOP = Identifier(namespace="shopify:customer", value="7")
STRIPE = Identifier(namespace="stripe:customer", value="cus_1")


class Desk:
    """A store with ids that count from 1."""

    def __init__(self, store: Storage) -> None:
        self._store = store
        self._count = itertools.count(1)

    def new_id(self) -> str:
        return f"n{next(self._count)}"

    async def do(self, work: Callable[[UnitOfWork], T]) -> T:
        return await self._store.write(work)

    async def resolve(self, **hint: Any) -> Person | None:
        return await self.do(
            lambda tx: resolve(tx, CustomerHint(**hint), now=NOW, new_id=self.new_id)
        )

    async def known(self, **hint: Any) -> Person:
        person = await self.resolve(**hint)
        assert person is not None
        return person

    async def upsert(self, customer: str, **given: Any) -> Person:
        wanted = CustomerUpsert(id=customer, **given)
        return await self.do(lambda tx: upsert(tx, wanted, now=NOW, new_id=self.new_id))

    async def names(self, person: Person) -> set[tuple[str, str]]:
        found = await self.do(lambda tx: tx.people.names(person.id))
        return {(name.namespace, name.value) for name in found}

    async def invite(self, person: Person, key: str, occasion: str) -> None:
        """Store an event of the person with its decision and a waiting invitation."""

        def work(tx: UnitOfWork) -> None:
            event = Event(source="shop", id=key, type="order.paid", subject=occasion, time=NOW)
            stored = StoredEvent(id=f"e-{key}", event=event, person_id=person.id, received_at=NOW)
            tx.events.add(stored, reversing=False)
            verdict = Verdict(kind=VerdictKind.HELD, rule="customer_unknown", at=NOW)
            tx.decisions.add(
                Decision(
                    id=f"d-{key}",
                    event_id=f"e-{key}",
                    trigger="checkout",
                    program_version="p",
                    verdicts=(verdict,),
                    person_id=person.id,
                )
            )
            tx.invitations.add(invitation(person, key, occasion))

        await self.do(work)


def invitation(person: Person, key: str, occasion: str) -> Invitation:
    return Invitation(
        id=f"i-{key}",
        decision_id=f"d-{key}",
        event_id=f"e-{key}",
        trigger="checkout",
        person_id=person.id,
        subject_id=person.subject_id,
        occasion=occasion,
        program_version="p",
        survey="csat",
        survey_version=1,
        touchpoint="checkout",
        stage="purchase",
        instrument="csat",
        event_at=NOW,
        ask_by=NOW + timedelta(days=7),
        state=InvitationState.WAITING,
        created_at=NOW,
        due_at=NOW + timedelta(days=7),
    )


def memory(request: pytest.FixtureRequest, home: Path) -> AbstractAsyncContextManager[Storage]:
    return nullcontext(MemoryStorage())


def sqlite(request: pytest.FixtureRequest, home: Path) -> AbstractAsyncContextManager[Storage]:
    return open_inline(migrated(home / "people.sqlite3"))


def postgres(request: pytest.FixtureRequest, home: Path) -> AbstractAsyncContextManager[Storage]:
    new_url: Callable[[], str] = request.getfixturevalue("postgres_url_factory")
    return open_storage(new_url())


@pytest.fixture(
    params=[memory, sqlite, pytest.param(postgres, marks=pytest.mark.postgres)],
    ids=lambda opened: opened.__name__,
)
async def desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Desk]:
    async with request.param(request, tmp_path) as store:
        yield Desk(store)


# --- resolving ------------------------------------------------------------------------------------


async def test_a_hint_without_names_means_nobody(desk: Desk) -> None:
    assert await desk.resolve(locale="ko", timezone="Asia/Seoul") is None


async def test_an_unknown_customer_becomes_a_shadow_and_stays_the_same_one(desk: Desk) -> None:
    first = await desk.known(id="c-1", identifiers=(SHOP,), email="a@b.kr")

    assert first.external_id is None
    assert await desk.names(first) == {
        ("id", "c-1"),
        ("shopify:customer", "7"),
        ("email_hint", "a@b.kr"),
    }
    assert await desk.resolve(id="c-1") == first
    assert await desk.resolve(identifiers=(SHOP,)) == first
    assert await desk.resolve(email="a@b.kr") == first


async def test_id_goes_before_identifiers_before_verified_email(desk: Desk) -> None:
    by_id = await desk.upsert("c-1")
    by_name = await desk.upsert("c-2", identifiers=(SHOP,))
    by_email = await desk.upsert("c-3", email="a@b.kr", email_verified=True)

    assert await desk.resolve(id="c-1", identifiers=(SHOP,), email="a@b.kr") == by_id
    assert await desk.resolve(identifiers=(SHOP,), email="a@b.kr") == by_name
    assert await desk.resolve(email="a@b.kr") == by_email


async def test_an_email_nobody_verified_matches_no_customer(desk: Desk) -> None:
    customer = await desk.upsert("c-1", email="a@b.kr", email_verified=False)

    stranger = await desk.known(email="a@b.kr")

    assert stranger.id != customer.id
    assert stranger.external_id is None


async def test_another_id_outweighs_a_shared_email(desk: Desk) -> None:
    customer = await desk.upsert("c-1", email="a@b.kr", email_verified=True)

    other = await desk.known(id="c-2", email="a@b.kr")

    assert other.id != customer.id


async def test_what_an_event_says_beyond_the_known_is_learned(desk: Desk) -> None:
    await desk.upsert("c-1", locale="en")

    learned = await desk.known(
        id="c-1", identifiers=(STRIPE,), locale="ko", timezone="Asia/Seoul", email="x@y.kr"
    )

    assert (learned.locale, learned.timezone) == ("en", "Asia/Seoul")
    assert await desk.names(learned) == {("id", "c-1"), ("stripe:customer", "cus_1")}
    assert await desk.resolve(identifiers=(STRIPE,)) == learned


async def test_an_event_that_joins_a_shadow_and_a_customer_lets_her_adopt_it(desk: Desk) -> None:
    customer = await desk.upsert("c-1")
    shadow = await desk.known(identifiers=(SHOP,))
    await desk.invite(shadow, "1", "o-1")

    joined = await desk.known(id="c-1", identifiers=(SHOP,))

    assert joined == customer
    kept = await desk.do(lambda tx: tx.invitations.get("i-1"))
    assert kept is not None
    assert (kept.person_id, kept.subject_id) == (customer.id, customer.subject_id)
    assert await desk.do(lambda tx: tx.people.get(shadow.id)) is None


async def test_two_shadows_with_ids_of_their_own_stay_two(desk: Desk) -> None:
    first = await desk.known(id="c-1", identifiers=(SHOP,))
    second = await desk.known(id="c-2", identifiers=(STRIPE,))

    both = await desk.known(identifiers=(SHOP, STRIPE))

    assert both == first
    assert await desk.resolve(id="c-2") == second


async def test_an_erased_person_learns_nothing(desk: Desk) -> None:
    person = await desk.upsert("c-1")
    erased = Person(id=person.id, subject_id=person.subject_id, created_at=NOW, erased_at=NOW)
    await desk.do(lambda tx: tx.people.save(erased))

    assert await desk.resolve(id="c-1", identifiers=(SHOP,), locale="ko") == erased
    assert await desk.names(person) == {("id", "c-1")}


async def test_a_shipment_without_a_customer_is_about_whoever_ordered(desk: Desk) -> None:
    customer = await desk.upsert("c-1")
    await desk.upsert("c-2", email="two@b.kr", email_verified=True)
    await desk.invite(customer, "1", "o-1")

    async def meant(source: str, subject: str, email: str | None = None) -> Person | None:
        shipped = Event(
            source=source,
            id="2",
            type="order.delivered",
            subject=subject,
            time=NOW,
            customer=CustomerHint(email=email),
        )
        return await desk.do(lambda tx: resolve_event(tx, shipped, now=NOW, new_id=desk.new_id))

    assert await meant("shop", "o-1") == customer
    assert await meant("shop", "o-1", "one@b.kr") == customer
    assert await meant("shop", "o-2") is None
    assert await meant("another shop", "o-1") is None
    verified = await meant("shop", "o-1", "two@b.kr")
    assert verified is not None
    assert verified.external_id == "c-2"


@pytest.mark.postgres
async def test_events_racing_for_a_new_customer_find_one_person(
    postgres_url_factory: Callable[[], str],
) -> None:
    async with open_storage(postgres_url_factory()) as store:
        desk = Desk(store)

        found = await asyncio.gather(
            *(desk.known(identifiers=(SHOP,), email="a@b.kr") for _ in range(24)),
            *(desk.known(email="b@b.kr") for _ in range(24)),
        )

        assert len({person.id for person in found}) == 2


async def test_an_identifier_of_another_customer_stays_hers(desk: Desk) -> None:
    await desk.upsert("c-1", identifiers=(SHOP,))
    other = await desk.upsert("c-2")

    assert await desk.resolve(id="c-2", identifiers=(SHOP,)) == other
    assert await desk.names(other) == {("id", "c-2")}


async def test_a_stated_email_goes_to_the_first_shadow_that_has_it(desk: Desk) -> None:
    first = await desk.known(identifiers=(SHOP,), email="a@b.kr")
    second = await desk.known(identifiers=(STRIPE,), email="a@b.kr")

    assert await desk.names(second) == {("stripe:customer", "cus_1")}
    assert await desk.resolve(email="a@b.kr") == first


async def test_an_email_that_an_adopted_shadow_stated_proves_nothing(desk: Desk) -> None:
    await desk.known(identifiers=(SHOP,), email="a@b.kr")
    await desk.upsert("c-1", identifiers=(SHOP,))

    assert await desk.resolve(email="a@b.kr") is None


async def test_a_stated_email_of_another_id_is_not_adopted(desk: Desk) -> None:
    shadow = await desk.known(id="c-1", email="a@b.kr")

    await desk.upsert("c-2", email="a@b.kr", email_verified=True)

    assert await desk.resolve(id="c-1") == shadow


async def test_an_ended_ask_keeps_its_end_when_it_is_adopted(desk: Desk) -> None:
    customer = await desk.upsert("c-1")
    shadow = await desk.known(identifiers=(SHOP,))
    await desk.invite(customer, "1", "o-1")
    await desk.invite(shadow, "2", "o-1")
    ended = replace(invitation(shadow, "2", "o-1"), state=InvitationState.EXPIRED, due_at=None)
    await desk.do(lambda tx: tx.invitations.save(ended))

    await desk.upsert("c-1", identifiers=(SHOP,))

    kept = await desk.do(lambda tx: tx.invitations.get("i-2"))
    assert kept is not None
    assert (kept.state, kept.person_id) == (InvitationState.EXPIRED, customer.id)


# --- upserts --------------------------------------------------------------------------------------


async def test_an_upsert_completes_and_never_takes_away(desk: Desk) -> None:
    first = await desk.upsert("c-1", locale="ko", attributes={"plan": "pro", "size": 1})

    again = await desk.upsert("c-1", timezone="Asia/Seoul", attributes={"size": 2})

    assert again.id == first.id
    assert (again.locale, again.timezone) == ("ko", "Asia/Seoul")
    assert again.attributes == {"plan": "pro", "size": 2}
    assert await desk.do(lambda tx: tx.people.get(first.id)) == again


async def test_an_upsert_of_an_id_only_events_knew_makes_the_shadow_real(desk: Desk) -> None:
    shadow = await desk.known(id="c-1", locale="ko")

    customer = await desk.upsert("c-1")

    assert (customer.id, customer.external_id, customer.locale) == (shadow.id, "c-1", "ko")


async def test_shadows_are_adopted_by_identifier_and_by_verified_email(desk: Desk) -> None:
    by_name = await desk.known(identifiers=(SHOP,), locale="ko")
    by_email = await desk.known(email="a@b.kr", timezone="Asia/Seoul")
    await desk.invite(by_name, "1", "o-1")
    await desk.invite(by_email, "2", "o-2")

    customer = await desk.upsert(
        "c-1", identifiers=(SHOP,), email="a@b.kr", email_verified=True
    )  # fmt: skip

    live = await desk.do(lambda tx: tx.invitations.live_of_person(customer.id))
    assert {entry.id for entry in live} == {"i-1", "i-2"}
    assert (customer.locale, customer.timezone) == ("ko", "Asia/Seoul")
    assert ("email", "a@b.kr") in await desk.names(customer)


async def test_of_two_asks_about_one_occasion_the_adopted_one_is_withdrawn(desk: Desk) -> None:
    customer = await desk.upsert("c-1")
    shadow = await desk.known(identifiers=(SHOP,))
    await desk.invite(customer, "1", "o-1")
    await desk.invite(shadow, "2", "o-1")

    await desk.upsert("c-1", identifiers=(SHOP,))

    live = await desk.do(lambda tx: tx.invitations.live_of_person(customer.id))
    decision = await desk.do(lambda tx: tx.decisions.get("d-2"))
    assert [entry.id for entry in live] == ["i-1"]
    assert decision is not None
    assert decision.person_id == customer.id
    assert decision.verdicts[-1] == Verdict(
        kind=VerdictKind.WITHDRAWN,
        rule="asked_already",
        at=NOW,
        values={"occasion": "o-1", "kept": "i-1"},
    )


@pytest.mark.parametrize(
    "given",
    [{"identifiers": (SHOP,)}, {"email": "a@b.kr", "email_verified": True}],
)
async def test_what_belongs_to_another_customer_is_not_taken(
    desk: Desk, given: dict[str, Any]
) -> None:
    await desk.upsert("c-1", **given)

    with pytest.raises(IdentifierTaken):
        await desk.upsert("c-2", **given)

    assert (
        await desk.do(lambda tx: tx.people.named([Identifier(namespace="id", value="c-2")])) == ()
    )


async def test_a_shadow_that_an_event_gave_another_id_is_not_taken(desk: Desk) -> None:
    await desk.known(id="c-1", identifiers=(SHOP,))

    with pytest.raises(IdentifierTaken):
        await desk.upsert("c-2", identifiers=(SHOP,))


async def test_a_consent_sent_twice_is_one_entry(desk: Desk) -> None:
    given = ConsentGiven(purpose=Purpose.SERVICE_SURVEY, at=NOW, source="signup", text_version="v1")

    customer = await desk.upsert("c-1", consents=(given, given))
    await desk.upsert("c-1", consents=(given,))

    entries = await desk.do(lambda tx: tx.consents.of_person(customer.id))
    assert len(entries) == 1
    assert consented(entries, Purpose.SERVICE_SURVEY) == entries[0]
    assert consented(entries, Purpose.MARKETING) is None


def test_the_newest_entry_of_a_purpose_counts() -> None:
    def entry(minute: int, granted: bool) -> Consent:
        at = NOW + timedelta(minutes=minute)
        purpose = Purpose.SERVICE_SURVEY
        return Consent(
            person_id="p", purpose=purpose, granted=granted, at=at, source="s", text_version="1"
        )

    assert consented([entry(1, True), entry(2, False)], Purpose.SERVICE_SURVEY) is None
    again = entry(3, True)
    assert consented([entry(2, False), again], Purpose.SERVICE_SURVEY) == again


# --- links ----------------------------------------------------------------------------------------


async def linked(desk: Desk, customer: str = "c-1", channel: Channel = Channel.TELEGRAM) -> str:
    person = await desk.upsert(customer)
    token = f"token-{customer}-{channel}"
    return await desk.do(
        lambda tx: create_link(tx, person.id, channel, now=NOW, new_token=lambda: token)
    )


async def used(
    desk: Desk, token: str, *, channel: Channel = Channel.TELEGRAM, now: datetime = NOW
) -> Address | None:
    ctx = Context(
        clock=SetClock(now),
        live=LiveProgram(default_program()),
        salt="salt",
        new_id=desk.new_id,
        new_token=desk.new_id,
        rng=Random(1),  # noqa: S311 a seeded simulation
    )
    return await desk.do(
        lambda tx: join(
            tx,
            ctx,
            token,
            channel=channel,
            account="bot",
            user="42",
            chat="42",
            locale="ko",
        )
    )


async def test_a_link_joins_an_address_and_records_the_consent(desk: Desk) -> None:
    address = await used(desk, await linked(desk))

    assert address is not None
    assert (address.channel, address.user, address.reachable) == (Channel.TELEGRAM, "42", True)
    (entry,) = await desk.do(lambda tx: tx.consents.of_person(address.person_id))
    assert (entry.granted, entry.source, entry.text_version) == (
        True,
        "telegram_start",
        default_program().consent.version,
    )


async def test_a_link_works_once_and_not_after_its_time_and_only_in_its_channel(desk: Desk) -> None:
    token = await linked(desk)
    assert await used(desk, token) is not None
    assert await used(desk, token) is None
    assert await used(desk, await linked(desk, "c-2"), now=NOW + timedelta(days=30)) is None
    assert await used(desk, await linked(desk, "c-3"), channel=Channel.WEBCHAT) is None
    assert await used(desk, "unknown \ud800") is None


async def test_the_token_itself_is_not_kept(desk: Desk) -> None:
    token = await linked(desk)

    assert await desk.do(lambda tx: tx.links.use(token, Channel.TELEGRAM, NOW)) is None


async def test_the_same_chat_can_be_joined_to_another_customer(desk: Desk) -> None:
    first = await used(desk, await linked(desk, "c-1"))
    second = await used(desk, await linked(desk, "c-2"))

    assert first is not None
    assert second is not None
    assert (second.id, second.person_id) == (first.id, second.person_id)
    assert second.person_id != first.person_id


async def test_starting_anew_ends_an_opt_out(desk: Desk) -> None:
    token = await linked(desk)
    person = await desk.upsert("c-1")
    stopped = Person(
        id=person.id,
        subject_id=person.subject_id,
        created_at=NOW,
        external_id="c-1",
        opted_out_at=NOW,
    )
    await desk.do(lambda tx: tx.people.save(stopped))

    await used(desk, token, now=NOW + timedelta(hours=1))

    assert await desk.do(lambda tx: tx.people.get(person.id)) == person
