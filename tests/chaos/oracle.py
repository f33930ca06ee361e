"""Holds what the platforms saw against what the database says, and both against what was promised."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from surveys.model import Channel, DeliveryState
from tests.chaos.ledger import Ledger, Message
from tests.chaos.posts import Post

Mark = tuple[Channel, str, str]
_ENDLESS = (DeliveryState.PENDING, DeliveryState.SENDING)


class Fault(StrEnum):
    """What can be wrong.

    duplicate: a message stands in a chat more often than it was knowingly resent. unrecorded: nobody wrote
    down that it would be sent. lost: an accepted event's ask is in no state at all, or ``sent`` though no
    platform ever saw it. stuck: it is under way for ever. answer_lost: acknowledged, and not stored.
    """

    DUPLICATE = "duplicate"
    UNRECORDED = "unrecorded"
    LOST = "lost"
    STUCK = "stuck"
    ANSWER_LOST = "answer_lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One customer's side.

    Attributes:
        event_id: the event that tells of her; ``accepted`` once it got a 2xx.
        told: her answers as the platform saw them acknowledged, by question.
    """

    event_id: str
    channel: Channel
    chat: str
    accepted: bool
    told: Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, and of what."""

    fault: Fault
    what: str


def judge(
    posts: Iterable[Post], ledger: Ledger, promises: Sequence[Promise]
) -> tuple[Finding, ...]:
    """Return everything that is wrong."""
    seen = tuple(posts)
    return (
        *_too_often(seen, ledger),
        *_asked_twice(seen),
        *_never_seen(seen, ledger),
        *_never_ended(ledger),
        *_never_asked(ledger, promises),
        *_forgotten(ledger, promises),
    )


def _too_often(seen: Sequence[Post], ledger: Ledger) -> Iterator[Finding]:
    """A mark may stand in the journal once, and once more where the ledger admits to a resend by policy.

    Policy repeats what belongs to a living dialogue, never an ask; and Slack's history tells what arrived, so
    what is sent again there had not.
    """
    allowed: Counter[Mark] = Counter()
    for message in ledger.messages:
        by_policy = message.channel is Channel.TELEGRAM and message.step != "ask"
        allowed[_mark(message)] += 1 + (message.resends if by_policy else 0)
    for mark, times in Counter(map(_mark, seen)).items():
        what = f"{' '.join(mark)}: {times} posts, {allowed[mark]} allowed"
        fault = Fault.DUPLICATE if mark in allowed else Fault.UNRECORDED
        yield from [Finding(fault, what)] * (times - allowed[mark])


def _asked_twice(seen: Sequence[Post]) -> Iterator[Finding]:
    """Each customer is told of once, so one question is what she gets, whatever the ledger calls it."""
    asks = {(post.channel, post.chat, post.mark) for post in seen if post.step == "ask"}
    for (channel, chat), questions in Counter(ask[:2] for ask in asks).items():
        what = f"{channel} {chat}: {questions} questions for one event"
        yield from [Finding(Fault.DUPLICATE, what)] * (questions - 1)


def _never_seen(seen: Sequence[Post], ledger: Ledger) -> Iterator[Finding]:
    taken = set(map(_mark, seen))
    for message in ledger.messages:
        if message.state is DeliveryState.SENT and _mark(message) not in taken:
            yield Finding(Fault.LOST, f"{_told(message)}, which the platform never saw")


def _never_ended(ledger: Ledger) -> Iterator[Finding]:
    for message in ledger.messages:
        if message.state in _ENDLESS:
            yield Finding(Fault.STUCK, _told(message))
    for state in _ENDLESS:
        yield from [Finding(Fault.STUCK, f"an edit is {state}")] * ledger.edits.get(state, 0)


def _never_asked(ledger: Ledger, promises: Sequence[Promise]) -> Iterator[Finding]:
    asked = {message.event_id for message in ledger.messages if message.step == "ask"}
    for promise in promises:
        if promise.accepted and promise.event_id not in asked:
            yield Finding(Fault.LOST, f"{promise.event_id} was accepted and led to nothing")


def _forgotten(ledger: Ledger, promises: Sequence[Promise]) -> Iterator[Finding]:
    for promise in promises:
        for question, value in promise.told.items():
            stored = ledger.answers.get((promise.event_id, question))
            if stored != value:
                what = f"{promise.event_id} {question}: {value!r} acknowledged, {stored!r} stored"
                yield Finding(Fault.ANSWER_LOST, what)


def _mark(one: Post | Message) -> Mark:
    """Return what a message is told by; Slack's key needs no chat, which has two names there."""
    return one.channel, "" if one.channel is Channel.SLACK else one.chat, one.mark


def _told(message: Message) -> str:
    about = f"{message.channel} {message.id} ({message.kind} to {message.chat})"
    return f"{about} is {message.state}, resent {message.resends} times"
