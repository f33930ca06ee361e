"""Frozen values of the domain. Every time is an aware UTC datetime, every id an opaque string."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from surveys.deeds import DeedAct

Json = Any


class Channel(StrEnum):
    """A kind of chat in which a customer can be asked."""

    TELEGRAM = "telegram"
    SLACK = "slack"
    WEBCHAT = "webchat"


class Purpose(StrEnum):
    """What a consent is for."""

    SERVICE_SURVEY = "service_survey"
    MARKETING = "marketing"


# --- events -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """One name of a person in another system, e.g. ``("shopify:customer", "115310627314723954")``.

    Reserved namespaces: ``id`` (the company's own customer id), ``email`` (verified, casefolded),
    ``email_hint`` (an e-mail somebody stated; matches nobody until verified).
    """

    namespace: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerHint:
    """What an event says about its customer; any part may be missing."""

    id: str | None = None
    email: str | None = None
    locale: str | None = None
    timezone: str | None = None
    identifiers: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a customer, normalised. Identity is ``(source, id)``.

    Attributes:
        subject: the occasion, e.g. the order or the ticket.
        refs: other ids of the same occasion (payment intent, checkout session).
        time: when it happened.
        data: what conditions may look at, and declared attributes.
        handler: who handled the case at the time of the event, where the source says so.
        time_stated: False where the sender gave no time and the time of receipt stands in for it;
            such a time is no part of the content, or every repeat would look like other content.
    """

    source: str
    id: str
    type: str
    subject: str
    time: datetime
    customer: CustomerHint = field(default_factory=CustomerHint)
    refs: tuple[str, ...] = ()
    data: Mapping[str, Json] = field(default_factory=dict)
    handler: str | None = None
    time_stated: bool = True

    def digest(self) -> str:
        """Return the hex SHA-256 of the normalised event; equal content gives equal digests."""
        body = {
            "type": self.type,
            "subject": self.subject,
            "time": self.time.isoformat() if self.time_stated else None,
            "refs": sorted(self.refs),
            "customer": [
                self.customer.id,
                self.customer.email,
                self.customer.locale,
                self.customer.timezone,
                sorted([i.namespace, i.value] for i in self.customer.identifiers),
            ],
            "data": self.data,
            "handler": self.handler,
        }
        text = json.dumps(body, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


class Acceptance(StrEnum):
    """What became of an event that was handed in."""

    NEW = "new"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """An event as kept: the person it was resolved to (or None) and only the allow-listed data."""

    id: str
    event: Event
    person_id: str | None
    received_at: datetime


class Aging(StrEnum):
    """What is kept for a while only; the retention job takes it away (surveys.service.retention).

    inbox: keys of handled messages. events: events, and the decisions about them. messages: what was sent, with
    its buttons. links: one-time links and web sessions that have expired. texts: customers' own words.
    """

    INBOX = "inbox"
    EVENTS = "events"
    MESSAGES = "messages"
    LINKS = "links"
    TEXTS = "texts"


class InboxState(StrEnum):
    """How far an incoming message has been handled."""

    NEW = "new"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxEntry:
    """One accepted incoming message: an event, a platform update, a web-chat message.

    Attributes:
        source: who sent it, e.g. ``event:shop``, ``telegram:7001``, ``slack:A1/T1``, ``webchat``.
        key: unique within the source; a repeat is a duplicate.
        digest: hash of the normalised content.
        body: normalised content, kept only while unhandled or failed.
    """

    id: str
    source: str
    key: str
    digest: str
    received_at: datetime
    state: InboxState
    body: Json | None = None
    tries: int = 0
    error: str | None = None
    due_at: datetime | None = None


# --- people -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A customer. ``subject_id`` is random and stays with the answers after an erasure.

    Attributes:
        erased_at: of her nothing is left but a last message to be sent; then this row goes, too.
        preferred_channel: where she wants to be asked, as the company knows.
        joined_to: the person she turned out to be, who has everything of hers; None of everybody else.
    """

    id: str
    subject_id: str
    created_at: datetime
    external_id: str | None = None
    locale: str | None = None
    timezone: str | None = None
    attributes: Mapping[str, Json] = field(default_factory=dict)
    paused_until: datetime | None = None
    opted_out_at: datetime | None = None
    erased_at: datetime | None = None
    preferred_channel: Channel | None = None
    joined_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One place to reach a person: unique on ``(channel, account, user)``.

    Attributes:
        account: our side: the bot id, the Slack team id, ``web``.
        user: the platform's user id; for Slack within its team.
        chat: where messages go (Telegram chat id, Slack DM channel id once known).
        reachable: False after the customer blocked us or the platform said so for good.
        choice_order: the channel's order of the last choice here, to stop or to be asked again; ``chosen_at`` its time.
    """

    id: str
    person_id: str
    channel: Channel
    account: str
    user: str
    chat: str
    created_at: datetime
    reachable: bool = True
    locale: str | None = None
    choice_order: float | None = None
    chosen_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One entry of the append-only consent ledger; the newest per purpose counts.

    ``address_id`` is the chat in which it was given, None where the company told us of it. ``proof`` names what
    shows it: ``link:<hash>``, ``ask:<invitation>``, ``<source>/<key>`` of a message, or the company's own record.
    """

    person_id: str
    purpose: Purpose
    granted: bool
    at: datetime
    source: str
    text_version: str
    locale: str | None = None
    address_id: str | None = None
    channel: Channel | None = None
    proof: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """What one person got of another, row by row, so that it can be given back.

    Attributes:
        how: why: ``link``, ``match``, ``upsert`` or ``staff``; ``split`` where an address was set apart.
        giver_id: who had it before. heir_id: who got it.
        rows: names of the rows by kind (surveys.ports.Belongings).
        before: the heir's own values of what the joining changed of her, as plain JSON.
        undone_at: when it was taken back.
    """

    id: str
    at: datetime
    by: str
    how: str
    giver_id: str
    heir_id: str
    rows: Mapping[str, Json]
    before: Mapping[str, Json] = field(default_factory=dict)
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A one-time link that joins a channel address to a person. Only the token's hash is kept."""

    token_hash: str
    person_id: str
    channel: Channel
    expires_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSession:
    """A browser that opened a web-chat link. Only the hash of its bearer token is kept."""

    token_hash: str
    address_id: str
    created_at: datetime
    expires_at: datetime


# --- decisions and invitations --------------------------------------------------------------------


class VerdictKind(StrEnum):
    """What was decided about an ask at one moment."""

    ASKED = "asked"
    HELD = "held"
    RELEASED = "released"
    OUTRANKED = "outranked"
    SKIPPED = "skipped"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One entry of a decision: what, by which rule, on which values, when.

    ``seen`` is what the rules looked at, for a rehearsal (surveys.decisions.seeing); None where no rule spoke, and of
    verdicts from before it was kept.
    """

    kind: VerdictKind
    rule: str
    at: datetime
    values: Mapping[str, Json] = field(default_factory=dict)
    seen: Mapping[str, Json] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The explained fate of one event x trigger; ``verdicts`` only ever grows."""

    id: str
    event_id: str
    trigger: str
    program_version: str
    verdicts: tuple[Verdict, ...]
    person_id: str | None = None

    @property
    def state(self) -> VerdictKind:
        """The kind of the newest verdict."""
        return self.verdicts[-1].kind

    def then(self, verdict: Verdict) -> "Decision":
        """Return the decision with one verdict more."""
        return replace(self, verdicts=(*self.verdicts, verdict))


class InvitationState(StrEnum):
    """``waiting`` and ``open`` are live; the others are ends.

    waiting: not yet sent, ``due_at`` says when to try. open: sent or being sent, ``due_at`` is when
    it closes. finished: answered and closed. closed: its time ran out unanswered, or skipped or
    stopped by the customer. expired, withdrawn, suppressed: never sent, or taken back.
    """

    WAITING = "waiting"
    OPEN = "open"
    FINISHED = "finished"
    CLOSED = "closed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    SUPPRESSED = "suppressed"


TRIAL = "test."
"""What the trigger of a question begins with that staff send to themselves; the survey's id follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """One ask of one customer: unique on ``(trigger, person_id, occasion)``.

    It pins program version, survey version, wording, touchpoint and stage; address, channel and language
    are pinned when it is sent. ``interview`` is the serialised dialogue state (surveys.interview).
    ``origin_id`` names the invitation whose answer this one follows, or whose complaint was seen to.
    ``segments`` are the customer's when the ask was made, sorted; None on asks from before they were kept.
    ``reached`` are the steps at which it is counted in the cohort of ``fell_due_on``.
    """

    id: str
    decision_id: str
    event_id: str
    trigger: str
    person_id: str
    subject_id: str
    occasion: str
    program_version: str
    survey: str
    survey_version: int
    touchpoint: str
    stage: str
    instrument: str
    event_at: datetime
    ask_by: datetime
    state: InvitationState
    created_at: datetime
    due_at: datetime | None
    hold_rule: str | None = None
    fell_due_on: date | None = None
    sent_at: datetime | None = None
    closes_at: datetime | None = None
    address_id: str | None = None
    channel: Channel | None = None
    language: str | None = None
    handler: str | None = None
    interview: Json | None = None
    wording: str | None = None
    origin_id: str | None = None
    segments: "tuple[Side, ...] | None" = None
    reached: "frozenset[FunnelStep]" = frozenset()

    @property
    def sides(self) -> "tuple[Side, ...]":
        """The side counts it is part of."""
        return _sides(self.segments, self.handler)

    @property
    def is_trial(self) -> bool:
        """Whether staff try a question out: nothing of it counts. A trigger's own id has no dot."""
        return self.trigger.startswith(TRIAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place an ask takes in its person's contact clock, from ``at`` on."""

    invitation_id: str
    person_id: str
    instrument: str
    stage: str
    at: datetime


# --- messages -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A choice the customer can tap. ``value`` is ASCII, at most 32 characters."""

    value: str
    label: str
    spoken: str | None = None


class Layout(StrEnum):
    """How the buttons of a scale look, on every channel; each lays them out in its own means.

    standard: digits, as few rows as fit. roomy: digits, four a row. labels: a row for each score, with its
    word. faces: digits, each beside a face.
    """

    STANDARD = "standard"
    ROOMY = "roomy"
    LABELS = "labels"
    FACES = "faces"


ROOMY_ROW = 4
"""Scores in a row of the roomy layout: 0-10 stands as 4 + 4 + 3."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One message to a customer, before any platform's layout.

    Attributes:
        kind: what it is, for styling: question, chosen, reason, thanks, closed, menu, notice.
        heading: who asks and about what, or empty.
        text: the sentence itself, plain text.
        hint: what the ends of the scale mean, or a small print line, or empty.
        scale: the ordered score buttons.
        layout: how they stand; their labels are worded for it.
        chips: reasons, one per row.
        controls: skip, stop, change, finish.
        token: goes into every button (``1:<token>:<value>``); None where there is no button.
        language: ``ko`` or ``en``.
        typing: whether a typed reply is expected.
    """

    kind: str
    text: str
    language: str
    heading: str = ""
    hint: str = ""
    scale: tuple[Button, ...] = ()
    chips: tuple[Button, ...] = ()
    controls: tuple[Button, ...] = ()
    token: str | None = None
    typing: bool = False
    layout: Layout = Layout.STANDARD


class DeliveryClass(StrEnum):
    """Which rules a message obeys when it is about to be sent."""

    PROACTIVE = "proactive"
    REPLY = "reply"
    RECEIPT = "receipt"
    EDIT = "edit"


class DeliveryState(StrEnum):
    """``pending -> sending -> sent | failed | pending | unknown``; the rest are ends."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    EXPIRED = "expired"
    SUPPRESSED = "suppressed"
    UNKNOWN = "unknown"
    PARKED = "parked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One outgoing message: an outbox row, unique on ``key``.

    Attributes:
        key: ``<invitation or address>/<kind>/<step>/<seq>``.
        kind: what to render (surveys.interview.render knows the kinds).
        args: small values the rendering needs.
        token: the button token of (invitation, step), or None.
        target_id: for an edit, the delivery whose message is edited.
        due_at: when to try (again), or, while unknown, when to settle it; None once ended.
        expires_at: after this it is expired, never sent.
        ref: the platform's name of the sent message, e.g. ``{"chat_id": 1, "message_id": 2}``.
        fence: raised by each claim; an outcome of an older fence is void.
        resends: how often it was sent again although an earlier request may have arrived.
    """

    id: str
    key: str
    person_id: str
    address_id: str
    channel: Channel
    delivery_class: DeliveryClass
    kind: str
    state: DeliveryState
    created_at: datetime
    due_at: datetime | None
    invitation_id: str | None = None
    step: str = ""
    seq: int = 0
    args: Mapping[str, Json] = field(default_factory=dict)
    token: str | None = None
    target_id: str | None = None
    expires_at: datetime | None = None
    fence: int = 0
    attempts: int = 0
    started_at: datetime | None = None
    sent_at: datetime | None = None
    ref: Mapping[str, Json] | None = None
    reason: str | None = None
    resends: int = 0


class OutcomeKind(StrEnum):
    """What is known after one request to a platform.

    accepted: it has the message. not_sent: proven not delivered, may be tried again. rejected: proven
    not delivered and never will be. unknown: it may or may not have it. paused: the platform asks the
    whole scope to wait (429).
    """

    ACCEPTED = "accepted"
    NOT_SENT = "not_sent"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of one request, in the contract's terms.

    Attributes:
        ref: the platform's name of the message, when accepted.
        reason: a short stable word, e.g. ``blocked``, ``chat_not_found``, ``timeout``.
        retry_after: seconds, when paused (clamped to 1..3600).
        scope: what is paused: ``account`` or ``chat``.
        unreachable: the address will not work until the customer acts.
        account_down: our own credentials are refused; the channel is red and its queue held.
        moved_to: the chat's new id, when the platform moved it.
    """

    kind: OutcomeKind
    ref: Mapping[str, Json] | None = None
    reason: str | None = None
    retry_after: float | None = None
    scope: str = "chat"
    unreachable: bool = False
    account_down: bool = False
    moved_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request for one delivery: the intent, and what is known of its outcome."""

    fence: int
    started_at: datetime
    ended_at: datetime | None = None
    kind: OutcomeKind | None = None
    reason: str | None = None


class FindingKind(StrEnum):
    """What a look into a chat's history told of one message.

    found: it is there. absent: it is not, and the history is whole. no_history: this platform or this chat
    tells nothing. not_now: ask again, later or for the next page.
    """

    FOUND = "found"
    ABSENT = "absent"
    NO_HISTORY = "no_history"
    NOT_NOW = "not_now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result of one look into a chat.

    Attributes:
        ref: the platform's name of the message, when found.
        reason: a short stable word for why it cannot be told, e.g. ``history_without_keys``.
        retry_after: seconds to wait, when not now.
        cursor: where the next page begins, when not now because there is one.
    """

    kind: FindingKind
    ref: Mapping[str, Json] | None = None
    reason: str | None = None
    retry_after: float = 0.0
    cursor: str | None = None


# --- what other systems are told ------------------------------------------------------------------


class WebhookType(StrEnum):
    """What an outgoing webhook can tell of."""

    ALERT_RAISED = "alert.raised"
    ANSWER_RECORDED = "answer.recorded"
    ANSWER_REVISED = "answer.revised"
    CUSTOMER_OPTED_IN = "customer.opted_in"
    CUSTOMER_OPTED_OUT = "customer.opted_out"
    DELIVERY_PARKED = "delivery.parked"
    INVITATION_EXPIRED = "invitation.expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What one destination wants to be told; customers' own words only with ``comments``."""

    destination: str
    types: frozenset[WebhookType]
    comments: bool = False


class WebhookState(StrEnum):
    """How far a message to another system has come. A pending one may have arrived already."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookMessage:
    """One fact for one destination, sent at least once.

    Attributes:
        id: the same at every try, so that the receiver can tell a repeat.
        created_at: when the fact was stored.
        data: kept until the destination has accepted it.
        person_id: whom it concerns, so that she can be forgotten here too.
        due_at: when to try (again); None once ended.
        tries: requests that failed by the message's own schedule.
        reason: why the newest of them failed, a short stable word.
    """

    id: str
    destination: str
    type: WebhookType
    created_at: datetime
    data: Mapping[str, Json] | None
    person_id: str | None
    state: WebhookState
    due_at: datetime | None
    tries: int = 0
    reason: str | None = None
    ended_at: datetime | None = None


class DestinationState(StrEnum):
    """Whether a destination is sent to. A disabled one waits for staff; a removed one left the config."""

    ACTIVE = "active"
    DISABLED = "disabled"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """One receiver of webhooks and how it has been doing.

    Attributes:
        since: when it came into its state.
        fence: raised by each claim; what a round of an older fence brings back is void.
        leased_until: the running round's claim ends then, done or not.
        paused_until: it asked to be left alone so long.
        accepted_at: when it accepted a message last.
        reason: why its newest request was not accepted; None after one that was.
    """

    name: str
    state: DestinationState
    since: datetime
    fence: int = 0
    leased_until: datetime | None = None
    paused_until: datetime | None = None
    accepted_at: datetime | None = None
    reason: str | None = None


class ReceptionKind(StrEnum):
    """What a receiver made of one request.

    accepted: it has the message. failed: it may or may not have it; to be tried again. paused: it asks to
    be left alone for a while. gone: it wants no more messages.
    """

    ACCEPTED = "accepted"
    FAILED = "failed"
    PAUSED = "paused"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """The result of one request; ``retry_after`` seconds (1..3600) the whole destination rests."""

    kind: ReceptionKind
    reason: str | None = None
    retry_after: float | None = None


# --- what customers do ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap:
    """A button was pressed. ``token`` and ``value`` are claims; the sender is the proof.

    ``message`` is the platform's name of the message it was on (as in Delivery.ref), where it says so.
    """

    token: str
    value: str
    message: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A text was typed; ``token`` names the question where the platform knows it (a modal).

    ``message`` is the platform's name of the typed message, where it can be edited; ``edited`` says that
    it was typed before and now reads like this. ``reply_to`` is the platform's name of the message it
    answers (as in Delivery.ref), in a thread or as a quote; ``attached`` says that something we cannot read
    came with it.
    """

    text: str
    token: str | None = None
    chips: tuple[str, ...] = ()
    message: str = ""
    edited: bool = False
    reply_to: Mapping[str, Json] | None = None
    attached: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The customer opened the chat, perhaps with a link token."""

    token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A slash command or its word: ``stop``, ``help``, ``lang``, ``privacy``, ``resume``."""

    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """The platform says that the customer blocked (False) or unblocked (True) us."""

    reachable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsupported:
    """Something we do not take for an answer: ``voice``, ``photo``, ``forwarded``, ``edited``, ..."""

    what: str


Act = Tap | Typed | Started | Command | Reached | Unsupported


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One act of one customer, as an adapter read it.

    Attributes:
        source, key: the inbox identity (DESIGN.md G2); a repeat has no effect.
        order: sorts edits of one answer within the channel (Telegram update_id, Slack action_ts,
            web client_seq), compared as a number.
        locale: the client's language, if it says so.
    """

    source: str
    key: str
    channel: Channel
    account: str
    user: str
    chat: str
    at: datetime
    order: float
    act: Act
    locale: str | None = None


# --- answers and counts -----------------------------------------------------------------------------

HANDLER = "handler"
"""The attribute of the side that says who handled the case."""

SEGMENT = "segment."
"""What the names of filters by a segment begin with."""

OTHER = "other"
"""The value that stands for all values of a segment beyond its first ones."""


@dataclass(frozen=True, slots=True, order=True)
class Side:
    """One attribute's value, by which results can be told apart besides their Dimensions.

    ``attribute`` is a declared segment's id, or HANDLER; ``value`` is "" where a segment was not known.
    """

    attribute: str
    value: str


def _sides(segments: tuple[Side, ...] | None, handler: str | None) -> tuple[Side, ...]:
    """Return the sides to count by; none for what is from before segments were kept, handled or not."""
    if segments is None:
        return ()
    return (*segments, Side(HANDLER, handler)) if handler else segments


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimensions:
    """What every count and every answer is tagged with. Series = instrument:scale:polarity:wording."""

    trigger: str
    survey: str
    touchpoint: str
    stage: str
    instrument: str
    scale: str
    polarity: str
    wording: str
    channel: str
    language: str

    @property
    def series(self) -> str:
        """The comparable line this belongs to; a wording change starts a new one."""
        return f"{self.instrument}:{self.scale}:{self.polarity}:{self.wording}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The stored answer to one question: unique on ``(invitation_id, question)``.

    ``question`` is ``score``, ``reason`` (a chip) or ``comment``. ``day`` is the first answer's day in
    the company's zone; an edit keeps it. ``version`` starts at 1. ``given`` says how a score was given
    (surveys.interview.How), with the ``confidence`` and the ``rule`` by which a typed one was read, or with the
    import that brought it; None on answers from before this was kept. ``segments`` are those of its invitation.
    """

    id: str
    invitation_id: str
    question: str
    subject_id: str
    dimensions: Dimensions
    survey_version: int
    answered_at: datetime
    day: date
    order: float
    version: int = 1
    score: int | None = None
    choice: str | None = None
    text: str | None = None
    handler: str | None = None
    given: str | None = None
    confidence: float | None = None
    rule: str | None = None
    segments: "tuple[Side, ...] | None" = None

    @property
    def sides(self) -> "tuple[Side, ...]":
        """The side counts it is part of."""
        return _sides(self.segments, self.handler)


class CountRule(StrEnum):
    """Which answers a histogram counts (SEMANTICS.md, Counting).

    all: every score by day. newest: the currently newest per rule key by day. month, quarter: the
    newest per rule key within the calendar month or quarter.
    """

    ALL = "all"
    NEWEST = "newest"
    MONTH = "month"
    QUARTER = "quarter"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewestKey:
    """Names one rule key in one window, of which the newest answer counts; ``period`` is "" for newest."""

    rule: CountRule
    period: str
    subject_id: str
    stage: str
    series: str


class FunnelStep(StrEnum):
    """How far an invitation has come; counted by its send day.

    started: she began to reply, with a score or with words that were met with the scale. answered: with a score,
    whether or not she went on. completed: to the end of the dialogue.
    """

    INVITED = "invited"
    DELIVERED = "delivered"
    STARTED = "started"
    ANSWERED = "answered"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key for the HTTP API; only the SHA-256 of its secret is kept."""

    id: str
    secret_hash: str
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One entry of the append-only audit trail: what somebody of the staff did.

    Attributes:
        by: who, as the door knows them: ``cli:minji``, ``console``; ``aftertouch`` for the server itself.
        act: what, one of the kinds of surveys.deeds.
        subject: the id of what it was done to, or "".
        details: more about it, e.g. ``{"as": "sent"}``; no customer data.
    """

    at: datetime
    by: str
    act: DeedAct
    subject: str = ""
    details: Mapping[str, Json] = field(default_factory=dict)


# --- replies to the customer's client, and reading counts back ----------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What one act led to, after its commit; the adapter shows it with its ack, best effort.

    Attributes:
        duplicate: the act was handled before; nothing changed now.
        toast: a short line for the client (Telegram callback answer, Slack ephemeral), or "".
        evident: the chat itself shows what the toast says, as an edited message does.
        form: a prompt to open as a form at once (Slack modal) because the customer wants to write.
        held: sending is held; what is shown in place of a form would be a message, and is not posted.
        forged: what of the act was a claim that no client of ours makes (``token``, ``value``), or "";
            nothing was written then.
    """

    duplicate: bool = False
    toast: str = ""
    evident: bool = False
    form: Prompt | None = None
    held: bool = False
    forged: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """One message of a web chat as it now stands (edits applied). ``id`` is stable over edits."""

    id: str
    prompt: Prompt
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A web-chat link was opened: the new session's bearer token, in clear this one time."""

    session: str
    language: str
    consent_text: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreCount:
    """One histogram summed over days: ``counts[s]`` answers with score s (0..10)."""

    dimensions: Dimensions
    counts: tuple[int, int, int, int, int, int, int, int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayScores:
    """One histogram of one day: ``counts[s]`` answers with score s (0..10)."""

    day: date
    dimensions: Dimensions
    counts: tuple[int, int, int, int, int, int, int, int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelCount:
    """Cohort counts summed over send days."""

    dimensions: Dimensions
    invited: int
    delivered: int
    answered: int
    started: int = 0
    completed: int = 0

    @property
    def opened(self) -> int | None:
        """How many were seen: a web chat's message is delivered when a browser shows it. None on other channels."""
        return self.delivered if self.dimensions.channel == Channel.WEBCHAT else None
