"""What the use cases need from the outside. The docstrings are the contract; adapters say where they differ.

Repositories are reached through a UnitOfWork and are synchronous: nothing awaited can happen inside a
transaction. ``add`` inserts and raises AlreadyStored when a unique key is taken (the transaction stays
usable); ``save`` replaces the row of the same id and raises NotFound when there is none; ``get`` returns
None when there is none. Every returned collection is a tuple in the stated order; equals keep the order
of their insertion. A naive datetime is refused; an aware one comes back in UTC, to the microsecond.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from surveys.model import (
    Address,
    Aging,
    Answer,
    ApiKey,
    Attempt,
    Channel,
    Consent,
    Decision,
    Deed,
    Delivery,
    DeliveryClass,
    DeliveryState,
    Destination,
    Finding,
    Identifier,
    InboxEntry,
    Invitation,
    Joining,
    Link,
    NewestKey,
    Outcome,
    Person,
    Prompt,
    Slot,
    StoredEvent,
    WebhookMessage,
    WebSession,
)
from surveys.overview.ports import Overview
from surveys.pacing import Bucket
from surveys.recurring import Recurrences
from surveys.reports import Counts, Reports
from surveys.seen_events import SeenEvents
from surveys.staff_messages import StaffMessages
from surveys.staffing import AuditEntry, AuditWanted, LoginLinks, Members, StaffSessions
from surveys.stored_analyses import Alerts, Analyses, Version
from surveys.stored_pasts import Pasts
from surveys.stored_programs import PlannedPublishes, ProgramDrafts, ProgramVersions
from surveys.themes.tags import Themes
from surveys.verbatims import Verbatims

T = TypeVar("T")

SENDING_LEASE = timedelta(seconds=30)
"""How long a delivery may stay ``sending``: three times the total deadline of its one request."""


class Clock(Protocol):
    """Says what time it is."""

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""


class Alarm(Protocol):
    """Wakes the drain loop."""

    def arm(self, at: datetime | None) -> None:
        """Wake up at ``at`` or as soon as possible after it; None disarms. Replaces the earlier arming."""


class Bell(Protocol):
    """Wakes the other processes that work on the same database."""

    def ring(self) -> None:
        """Wake them soon; never waits, never fails. Rings close together are one, and one may be lost."""

    async def run(self, heard: Callable[[], None]) -> None:
        """Carry our rings to the others, and call ``heard`` when one of them rang, or may have; until cancelled."""


class Lease(Protocol):
    """Something that only one process may do, and that is ours."""

    async def lost(self) -> None:
        """Return once it is no longer ours, or we cannot be sure; before another can have it, unless we were frozen."""

    async def release(self) -> None:
        """Let another have it at once; never fails."""


class Leases(Protocol):
    """Says which of the processes on one database does what only one of them may."""

    async def take(self, name: str) -> Lease | None:
        """Return the lease, or None while another has it, in this process or elsewhere; it does not wait.

        A holder that is killed, frozen or cut off from the database loses it within 20 s. Raises StorageBusy.
        """


class Inbox(Protocol):
    """Every accepted incoming message, once. Unique on ``(source, key)``."""

    def add(self, entry: InboxEntry) -> None:
        """Insert."""

    def get(self, entry_id: str) -> InboxEntry | None:
        """Return the entry."""

    def take(self, entry_id: str) -> InboxEntry | None:
        """Return the entry, and None at once while another transaction has it."""

    def find(self, source: str, key: str) -> InboxEntry | None:
        """Return the entry of this identity."""

    def save(self, entry: InboxEntry) -> None:
        """Replace state, body, tries, error, due_at."""

    def remove(self, entry_id: str) -> None:
        """Delete the entry, if any."""

    def undone(self, limit: int) -> tuple[InboxEntry, ...]:
        """Return entries in state new, then those in state failed, each oldest first: all that have a body."""

    def of_sender(self, channel: Channel, user: str) -> tuple[str, ...]:
        """Return the ids of the channel's entries whose source or key names the user.

        A source ends with a name, after a colon; a key may hold it between slashes (DESIGN.md G2).
        """

    def failed(self, limit: int) -> tuple[InboxEntry, ...]:
        """Return entries in state failed, oldest first."""

    def failures(self) -> int:
        """Count the entries in state failed."""

    def unhandled(self, now: datetime, limit: int) -> tuple[InboxEntry, ...]:
        """Claim entries in state new with ``due_at`` at or before now, oldest first."""


class Events(Protocol):
    """What happened to whom."""

    def add(self, event: StoredEvent, *, reversing: bool) -> None:
        """Insert, with its subject and refs indexed. ``reversing`` marks a cancel, refund or reopen."""

    def knows(self, source: str, source_id: str) -> bool:
        """Say whether the event with this identity is stored; its inbox entry may be gone by then."""

    def get(self, event_id: str) -> StoredEvent | None:
        """Return the event with our own id."""

    def reversals_of(self, occasions: Sequence[str]) -> tuple[StoredEvent, ...]:
        """Return reversing events whose subject or refs share one of ``occasions``, oldest first."""

    def of_occasions(self, occasions: Sequence[str]) -> tuple[StoredEvent, ...]:
        """Return non-reversing events whose subject or refs share one of ``occasions``, oldest first."""

    def of_person(self, person_id: str) -> tuple[StoredEvent, ...]:
        """Return the person's events, oldest (by event time) first."""

    def occasions_before(self, person_id: str, event_type: str, until: datetime) -> int:
        """Count distinct subjects of the person's events of this type up to and including ``until``."""

    def handled(self, handler: str, event_type: str, since: datetime, until: datetime) -> int:
        """Count distinct subjects of the handler's events of this type, both ends included."""

    def search(self, event_id: str) -> tuple[StoredEvent, ...]:
        """Return the events whose source id, own id or subject is exactly this text."""

    def newest_of(self, event_type: str) -> datetime | None:
        """Return when the newest event of this type happened; None where none is stored. Reads all events."""


class People(Protocol):
    """Customers and their names in other systems. Unique: external_id; (namespace, value)."""

    def add(self, person: Person) -> None:
        """Insert."""

    def save(self, person: Person) -> None:
        """Replace."""

    def get(self, person_id: str) -> Person | None:
        """Return the person."""

    def erased(self, limit: int) -> tuple[Person, ...]:
        """Claim people with ``erased_at``, earliest first."""

    def named(self, identifiers: Sequence[Identifier]) -> tuple[Person, ...]:
        """Return the distinct people carrying any of these identifiers, in the order given."""

    def name(self, person_id: str, identifier: Identifier) -> None:
        """Attach an identifier. Attaching the person's own again does nothing; another's raises AlreadyStored."""

    def names(self, person_id: str) -> tuple[Identifier, ...]:
        """Return the person's identifiers, sorted by namespace then value."""

    def adopt(self, shadow_id: str, person_id: str) -> None:
        """Give the shadow's identifiers, events and decisions to the person and delete the shadow.

        The shadow must have no addresses, invitations, consents or slots left.
        """


class Addresses(Protocol):
    """Places to reach people. Unique on ``(channel, account, user)``."""

    def add(self, address: Address) -> None:
        """Insert."""

    def save(self, address: Address) -> None:
        """Replace."""

    def get(self, address_id: str) -> Address | None:
        """Return the address."""

    def look(self, address_id: str) -> Address | None:
        """Return the address to be read only: others may save it meanwhile, and it locks nothing."""

    def find(self, channel: Channel, account: str, user: str) -> Address | None:
        """Return the address of this platform user."""

    def of_person(self, person_id: str) -> tuple[Address, ...]:
        """Return the person's addresses, newest first."""


class Consents(Protocol):
    """The append-only consent ledger."""

    def add(self, consent: Consent) -> None:
        """Append."""

    def of_person(self, person_id: str) -> tuple[Consent, ...]:
        """Return the person's entries, oldest first (by time, then insertion)."""


Rows = Mapping[str, Sequence[str]]
"""Names of rows by kind: identifier, address, consent, event, decision, invitation, slot, delivery, link, webhook."""


class Belongings(Protocol):
    """Whose every row is, so that people can be joined and split. Answers follow their invitations."""

    def of(self, person_id: str) -> Rows:
        """Return everything of the person, each kind sorted; kinds without rows are left out."""

    def at(self, address_id: str) -> Rows:
        """Return the address itself with what was asked, said and agreed to there, as ``of``."""

    def give(self, rows: Rows, giver_id: str, heir_id: str) -> None:
        """Give the rows that are the giver's to the heir; those of anybody else stay.

        Invitations are passed over: they are unique per person, so whoever joins people saves them.
        """


class Joinings(Protocol):
    """The ledger of who got what of whom."""

    def add(self, joining: Joining) -> None:
        """Insert."""

    def save(self, joining: Joining) -> None:
        """Replace."""

    def of_heir(self, person_id: str) -> tuple[Joining, ...]:
        """Return what the person got, newest first (by insertion)."""

    def of_giver(self, person_id: str) -> tuple[Joining, ...]:
        """Return what the person gave, newest first (by insertion)."""


class Forgetting(Protocol):
    """Takes away for good what was a person's, and what has been kept long enough. What is counted stays."""

    def person(self, person_id: str) -> Mapping[str, int]:
        """Delete every row of the person and of whoever was joined to her; return how many, by table.

        Her answers stay, under their random subject, without a word of hers. Invitations that were sent stay as
        nobody's: when, about which stage, in which channel. Doing it again changes nothing.
        """

    def aged(self, kind: Aging, before: datetime, limit: int) -> int:
        """Delete at most ``limit`` rows of each table of the kind from before the instant, oldest first; return how many.

        Of texts only the words go. Nothing goes that is still to be handled or sent, and no event that an ask still
        to be made, or open, is about. 0 says that all is done.
        """

    def count_aged(self, kind: Aging, before: datetime) -> int:
        """Count what ``aged`` would take away in the end."""


class Links(Protocol):
    """One-time link tokens and web sessions, by hash."""

    def add(self, link: Link) -> None:
        """Insert."""

    def use(self, token_hash: str, channel: Channel, now: datetime) -> Link | None:
        """Mark the link used and return it; None when unknown, expired, used or of another channel."""

    def look(self, token_hash: str) -> Link | None:
        """Return the link, used or not."""

    def find(self, token_hash: str) -> Link | None:
        """Return the link, used and expired or not."""

    def add_session(self, session: WebSession) -> None:
        """Insert a web session."""

    def session(self, token_hash: str) -> WebSession | None:
        """Return the web session."""

    def sessions_of(self, address_id: str) -> tuple[WebSession, ...]:
        """Return the sessions of the address, sorted by their hash."""


class Decisions(Protocol):
    """One row per event x trigger. Unique on ``(event_id, trigger)``."""

    def add(self, decision: Decision) -> None:
        """Insert."""

    def save(self, decision: Decision) -> None:
        """Replace person and verdicts (the list only grows)."""

    def get(self, decision_id: str) -> Decision | None:
        """Return the decision."""

    def of_event(self, event_id: str) -> tuple[Decision, ...]:
        """Return the event's decisions, sorted by trigger."""

    def of_person(self, person_id: str, limit: int) -> tuple[Decision, ...]:
        """Return the person's newest decisions, newest first verdict first."""


class Invitations(Protocol):
    """Asks. Unique on ``(trigger, person_id, occasion)``."""

    def add(self, invitation: Invitation) -> None:
        """Insert."""

    def save(self, invitation: Invitation) -> None:
        """Replace."""

    def get(self, invitation_id: str) -> Invitation | None:
        """Return the invitation."""

    def look(self, invitation_id: str) -> Invitation | None:
        """Return the invitation to be read only: others may save it meanwhile, and it locks nothing."""

    def find(self, trigger: str, person_id: str, occasion: str) -> Invitation | None:
        """Return the invitation of this identity."""

    def due(self, now: datetime, limit: int) -> tuple[Invitation, ...]:
        """Claim invitations with ``due_at`` at or before now, earliest first (PostgreSQL: SKIP LOCKED)."""

    def live_of_person(self, person_id: str) -> tuple[Invitation, ...]:
        """Return the person's waiting and open invitations, oldest first."""

    def of_event(self, event_id: str) -> tuple[Invitation, ...]:
        """Return the event's invitations."""

    def of_origin(self, origin_id: str) -> tuple[Invitation, ...]:
        """Return the invitations that go back to the answer to this one, in the order of their insertion."""

    def of_survey(self, person_id: str, survey: str) -> tuple[Invitation, ...]:
        """Return the person's invitations to this survey, newest first; to be read only, it locks nothing."""

    def recall(self, hold_rule: str, now: datetime) -> int:
        """Make every waiting invitation that the rule holds beyond now due at once; return how many."""

    def add_token(self, token: str, invitation_id: str, step: str) -> None:
        """Remember that buttons carrying this token belong to the step."""

    def by_token(self, token: str) -> tuple[Invitation, str] | None:
        """Return the invitation and the step of a button token."""


class ContactClocks(Protocol):
    """Who was contacted when. Locking one person's clock serialises all asks of that person."""

    def lock(self, person_id: str) -> tuple[Slot, ...]:
        """Lock the person's clock until the end of the transaction; return her slots, oldest first."""

    def take(self, person_id: str) -> bool:
        """Lock the person's clock, or return False at once while another transaction has it."""

    def reserve(self, slot: Slot) -> None:
        """Insert, or replace the slot of the same invitation."""

    def give_back(self, invitation_id: str) -> None:
        """Remove the invitation's slot, if any."""


class Deliveries(Protocol):
    """The outbox. Unique on ``key``."""

    def add(self, delivery: Delivery) -> None:
        """Insert."""

    def save(self, delivery: Delivery) -> None:
        """Replace."""

    def get(self, delivery_id: str) -> Delivery | None:
        """Return the delivery."""

    def look(self, delivery_id: str) -> Delivery | None:
        """Return the delivery to be read only: others may save it meanwhile, and it locks nothing."""

    def by_token(self, token: str) -> Delivery | None:
        """Return the message, no edit, of no invitation that carries this token."""

    def take(self, delivery_id: str) -> Delivery | None:
        """Return the delivery, and None at once while another transaction has it."""

    def claimable(
        self,
        now: datetime,
        channels: Sequence[Channel],
        limit: int,
        *,
        only: DeliveryClass | None = None,
    ) -> tuple[Delivery, ...]:
        """Claim pending deliveries due at or before now on these channels, earliest first.

        Of one class, or of any. Within one address in created order. Left out: deliveries whose channel or
        address is paused (an end further away than LONGEST_PAUSE is none), new messages (no ``target_id``) to a chat whose bucket has no room, and all of an
        address to which something is ``sending``.
        """

    def unsettled(
        self, now: datetime, channels: Sequence[Channel], limit: int
    ) -> tuple[Delivery, ...]:
        """Claim unknown deliveries of these channels due to be settled at or before now, earliest first."""

    def pullable(
        self, address_id: str, now: datetime, limit: int, *, only: DeliveryClass | None = None
    ) -> tuple[Delivery, ...]:
        """Claim the address's pending deliveries due at or before now, in created order (web chat).

        Of one class, or of any.
        """

    def came_due(
        self, channel: Channel, after: datetime, until: datetime
    ) -> tuple[tuple[str, str], ...]:
        """Return ``(address_id, id)`` of the channel's pending deliveries due after ``after``, up to ``until``.

        Earliest first, then as created. It locks nothing.
        """

    def asks_waiting(self, channel: Channel, limit: int) -> tuple[Delivery, ...]:
        """Claim the channel's pending new messages of step ``ask``, in created order."""

    def expired(self, now: datetime, limit: int) -> tuple[Delivery, ...]:
        """Claim pending deliveries, of any channel, with ``expires_at`` at or before now."""

    def unsent_asks(self, now: datetime, limit: int) -> tuple[Delivery, ...]:
        """Claim pending questions and reminders, of any channel, due at or before now; in no order."""

    def mended(self, delivery_id: str, now: datetime) -> tuple[Delivery, tuple[str, ...]] | None:
        """Return a delivery without what can't be read of it, and the names of that.

        Where something must stand, ``now``, web chat, a reply, parked do. Any other method raises Unreadable for
        such a row.
        """

    def of_invitation(self, invitation_id: str) -> tuple[Delivery, ...]:
        """Return the invitation's deliveries in created order."""

    def of_address(self, address_id: str, limit: int) -> tuple[Delivery, ...]:
        """Return the newest deliveries of the address that were sent, oldest of them first."""

    def in_state(self, state: DeliveryState, limit: int) -> tuple[Delivery, ...]:
        """Return deliveries in this state, oldest first."""

    def count(self, state: DeliveryState) -> int:
        """Count the deliveries in this state."""

    def overdue_sending(self, started_before: datetime, limit: int) -> tuple[Delivery, ...]:
        """Claim deliveries in state sending that were started before the instant."""

    def attempt(self, delivery_id: str, fence: int, at: datetime) -> None:
        """Append an attempt row (the intent)."""

    def finish_attempt(self, delivery_id: str, fence: int, at: datetime, outcome: Outcome) -> None:
        """Write the outcome on the attempt row of this fence."""

    def attempts(self, delivery_id: str) -> tuple[Attempt, ...]:
        """Return the delivery's attempts, by fence."""

    def pause(self, scope: str, until: datetime) -> None:
        """Send nothing in the scope (``<channel>`` or ``address:<id>``) before ``until``; a later end wins."""


class Paces(Protocol):
    """The platforms' buckets, shared by all workers."""

    def room(self, bucket: Bucket, now: datetime) -> int:
        """Return how many messages the bucket would let pass now; takes none."""

    def take(self, buckets: Sequence[Bucket], now: datetime) -> bool:
        """Take one from every bucket, or from none where one of them has no room; locks what it takes from."""

    def rest(self, bucket: Bucket, until: datetime) -> None:
        """Let nothing pass the bucket before ``until``; a later end wins."""


class Webhooks(Protocol):
    """What other systems are told: each destination's own queue."""

    def add(self, message: WebhookMessage) -> None:
        """Insert."""

    def save(self, message: WebhookMessage) -> None:
        """Replace."""

    def get(self, message_id: str) -> WebhookMessage | None:
        """Return the message."""

    def due(self, destination: str, now: datetime, limit: int) -> tuple[WebhookMessage, ...]:
        """Return the destination's pending messages due at or before now, earliest first.

        Due further away than LONGEST_RETRY counts as due.
        """

    def forget_sent(self, before: datetime, limit: int) -> int:
        """Delete messages that were sent before the instant, earliest first; return how many."""

    def count_sent(self, before: datetime) -> int:
        """Count the messages that were sent before the instant."""

    def count(self, destination: str) -> tuple[int, int]:
        """Return how many of the destination's messages are pending, and how many have failed."""

    def revive(self, destination: str, now: datetime) -> int:
        """Make pending and failed messages of the destination due now, as if never tried; return how many."""


class Destinations(Protocol):
    """Where webhooks go, by name."""

    def add(self, destination: Destination) -> None:
        """Insert."""

    def save(self, destination: Destination) -> None:
        """Replace."""

    def get(self, name: str) -> Destination | None:
        """Return the destination."""

    def all(self) -> tuple[Destination, ...]:
        """Return all destinations, sorted by name."""

    def claimable(self, now: datetime) -> tuple[Destination, ...]:
        """Claim the active destinations with a pending message due, sorted by name (PostgreSQL: SKIP LOCKED).

        Those whose ``leased_until`` or ``paused_until`` is still to come are left out, unless it is further away
        than LONGEST_PAUSE.
        """


class Answers(Protocol):
    """Answers and which of them is the newest per rule key. Unique on ``(invitation_id, question)``."""

    def get(self, invitation_id: str, question: str) -> Answer | None:
        """Return the current version."""

    def by_id(self, answer_id: str) -> Answer | None:
        """Return the current version."""

    def add(self, answer: Answer) -> None:
        """Insert version 1, in the history too."""

    def revise(self, answer: Answer, at: datetime) -> None:
        """Replace the current version by this one, numbered one higher, and append it to the history.

        Raises NotFound where there is no current version.
        """

    def of_invitation(self, invitation_id: str) -> tuple[Answer, ...]:
        """Return the invitation's answers, sorted by question."""

    def newest(self, key: NewestKey, *, besides: str = "") -> Answer | None:
        """Return the newest score of the rule key in the window, ``besides`` the answer of this id.

        The newest is the last by day, then time, then id. On PostgreSQL nobody else may ask for the rule key until the
        end of the transaction.
        """

    def of_subject(self, subject_id: str) -> tuple[Answer, ...]:
        """Return the current versions of the subject's answers, sorted by time, then id."""

    def give(self, answer_id: str, subject_id: str) -> None:
        """Make an answer another subject's; it is no new version. Raises NotFound."""

    def imported(self, import_id: str, after: str, limit: int) -> tuple[str, ...]:
        """Return the invitations of the next scores that an import brought, after one of them or "", in an order of their own."""

    def remove(self, invitation_id: str) -> None:
        """Remove the invitation's answers with their histories, as if they had never been given; they carry no theme."""


class ApiKeys(Protocol):
    """Keys of the HTTP API."""

    def add(self, key: ApiKey) -> None:
        """Insert."""

    def get(self, key_id: str) -> ApiKey | None:
        """Return the key."""

    def all(self) -> tuple[ApiKey, ...]:
        """Return all keys, oldest first."""

    def revoke(self, key_id: str, at: datetime) -> None:
        """Mark the key revoked; raises NotFound."""


class Notes(Protocol):
    """Small durable values: sampling salt, polling offsets, the live program."""

    def get(self, name: str) -> str | None:
        """Return the value."""

    def set(self, name: str, value: str) -> None:
        """Insert or replace."""

    def keep(self, name: str, value: str) -> str:
        """Insert unless there is one; return the one that is there, also where a rival was first."""


class Audit(Protocol):
    """The append-only trail of what staff did."""

    def add(self, deed: Deed) -> None:
        """Append."""

    def newest(self, limit: int) -> tuple[Deed, ...]:
        """Return the newest entries, newest first (by insertion)."""

    def search(
        self, wanted: AuditWanted, limit: int, before: int | None = None
    ) -> tuple[AuditEntry, ...]:
        """Return the newest entries that are asked for, newest first; ``before`` only those with a lower number."""

    def acts(self) -> tuple[str, ...]:
        """Return every act that was ever done, sorted."""


class Programs(Protocol):
    """Program versions that were ever live, or tried by staff, by version id (hash of their content)."""

    def get(self, version: str) -> str | None:
        """Return the canonical JSON of the version, also of one that was only tried."""

    def put(self, version: str, content: str, at: datetime) -> None:
        """Insert; putting a known version again does nothing."""

    def put_tried(self, version: str, content: str, at: datetime) -> None:
        """Keep a version that staff try before it is live: it is found, and no part of the history."""

    def history(self) -> tuple[Version, ...]:
        """Return all versions that were live, by when they first were, then by id."""


class UnitOfWork(Protocol):
    """All repositories over one transaction. Only its owner commits."""

    @property
    def inbox(self) -> Inbox:
        """Incoming messages."""

    @property
    def events(self) -> Events:
        """What happened."""

    @property
    def seen_events(self) -> SeenEvents:
        """What kinds of events come."""

    @property
    def people(self) -> People:
        """Customers."""

    @property
    def addresses(self) -> Addresses:
        """Places to reach them."""

    @property
    def consents(self) -> Consents:
        """The consent ledger."""

    @property
    def belongings(self) -> Belongings:
        """Whose every row is."""

    @property
    def joinings(self) -> Joinings:
        """Who got what of whom."""

    @property
    def forgetting(self) -> Forgetting:
        """Takes away for good."""

    @property
    def links(self) -> Links:
        """Link tokens and web sessions."""

    @property
    def decisions(self) -> Decisions:
        """Explained verdicts."""

    @property
    def invitations(self) -> Invitations:
        """Asks."""

    @property
    def clocks(self) -> ContactClocks:
        """Contact clocks."""

    @property
    def overview(self) -> Overview:
        """What staff read across all customers."""

    @property
    def deliveries(self) -> Deliveries:
        """The outbox."""

    @property
    def paces(self) -> Paces:
        """The platforms' buckets."""

    @property
    def webhooks(self) -> Webhooks:
        """What other systems are told."""

    @property
    def destinations(self) -> Destinations:
        """Where that goes."""

    @property
    def staff_messages(self) -> StaffMessages:
        """What staff are told."""

    @property
    def recurrences(self) -> Recurrences:
        """What happens again and again."""

    @property
    def answers(self) -> Answers:
        """Answers."""

    @property
    def counts(self) -> Counts:
        """Histograms and cohorts, writing."""

    @property
    def reports(self) -> Reports:
        """Histograms and cohorts, reading."""

    @property
    def analyses(self) -> Analyses:
        """What was worked out from answers and events."""

    @property
    def alerts(self) -> Alerts:
        """What got worse."""

    @property
    def themes(self) -> Themes:
        """What answers are about."""

    @property
    def verbatims(self) -> Verbatims:
        """What customers wrote."""

    @property
    def keys(self) -> ApiKeys:
        """API keys."""

    @property
    def members(self) -> Members:
        """The staff."""

    @property
    def staff_sessions(self) -> StaffSessions:
        """Logins of staff in browsers."""

    @property
    def login_links(self) -> LoginLinks:
        """Links that log staff in."""

    @property
    def notes(self) -> Notes:
        """Small durable values."""

    @property
    def audit(self) -> Audit:
        """What staff did."""

    @property
    def programs(self) -> Programs:
        """Program versions."""

    @property
    def program_versions(self) -> ProgramVersions:
        """Program versions as they were published."""

    @property
    def program_drafts(self) -> ProgramDrafts:
        """What somebody is about to change."""

    @property
    def planned_publishes(self) -> PlannedPublishes:
        """Publishes at a set time."""

    @property
    def pasts(self) -> Pasts:
        """What happened, to be gone through again."""

    def place(self) -> str | None:
        """Return what identifies the place where this database lives; a copy elsewhere has another.

        PostgreSQL: system identifier, timeline, database and table. None where nothing tells it.
        """

    def next_due(self) -> datetime | None:
        """Return the earliest instant at which any row wants attention, or None.

        Rows: unhandled inbox entries, invitations, pending deliveries of channels we push to (due, not paused,
        with room in their chat's and their channel's bucket) and the ``expires_at`` of every pending delivery,
        ``sending`` rows when their SENDING_LEASE ends, unknown ones when they are to be settled, messages of an
        active webhook destination (due, and neither its pause nor its running lease), messages to staff, recurrences,
        publishes at a set time.
        """


class Storage(Protocol):
    """Runs units of work."""

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run ``work`` in a transaction, commit, then return its result.

        ``work`` may share its commit with others and may run again, so it has no other effect. What it
        raises is raised here and only its own writes are undone. A failed commit raises StorageBusy for
        all who shared it, and nothing of theirs is stored.
        """

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run ``work`` in a read-only transaction that sees one consistent state."""

    async def wipe(self) -> bool:
        """Leave nothing in our own files that was deleted from them, free pages and logs included.

        Writes wait meanwhile. Returns False where a reader is in the way: do it again. A database server keeps its
        own files; there it does nothing. Raises StorageBusy.
        """


class Messenger(Protocol):
    """A channel that we push to. One instance per connected account."""

    @property
    def channel(self) -> Channel:
        """Return the channel."""

    @property
    def account(self) -> str:
        """Return our account there: Telegram bot id, Slack team id."""

    async def send(self, address: Address, prompt: Prompt, key: str) -> Outcome:
        """Make exactly one request that posts a new message; never raises for a platform's answer.

        ``key`` is an opaque delivery id, attached where the platform keeps metadata (Slack).
        """

    async def edit(self, address: Address, ref: Mapping[str, object], prompt: Prompt) -> Outcome:
        """Make exactly one request that replaces the message ``ref``; "not modified" is accepted."""

    async def find(
        self, address: Address, key: str, since: datetime, cursor: str | None = None
    ) -> Finding:
        """Look whether the chat holds a message that was sent with ``key`` at or after ``since``.

        Reads at most one page of the chat, from ``cursor`` on; never raises for a platform's answer.
        """
