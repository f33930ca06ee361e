"""What waits for staff, as ``/cx inbox`` tells it: the reading of the console's page of deliveries, and what got worse.

First what only a person can settle, then what is still looked up, then what got worse; each the oldest first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

from bot.slack.layout import SECTION_MAX, Block, clip, escape, plain
from bot.slack.team.blocks import HEADER_MAX, actions, button, link, section, stamped
from bot.slack.team.links import console_link
from bot.slack.team.texts import say
from surveys.journey import say as choose
from surveys.language.dates import moment
from surveys.language.texts import STAFF, template
from surveys.model import InboxEntry
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.service.alerting import lines_of
from surveys.service.holding import OLDER_COPY, Hold
from surveys.service.operating import Unsettled, backlog
from surveys.stored_analyses import Alert
from surveys.timing import zone_of

INBOX: Final = "inbox"
"""What the button carries by which an inbox is shared, in the place of a result's query."""

MOST: Final = 10
ALERTS_FOR: Final = timedelta(days=7)
_MOST_ALERTS: Final = 99
_DELIVERIES: Final = "deliveries"


class Urgency(IntEnum):
    """In which order things are told."""

    STANDSTILL = 0
    TO_DECIDE = 1
    LOOKED_UP = 2
    WORSE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that waits, since ``at``. ``detail`` is for who may see customers; ``url`` may be empty."""

    urgency: Urgency
    at: datetime
    what: str
    detail: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """The first of ``count`` things that wait, as of ``now``; ``url`` leads to the console or is empty."""

    items: tuple[Item, ...]
    count: int
    url: str
    now: datetime
    zone: str
    language: str

    def for_everybody(self) -> "Inbox":
        """Return what a channel may read: neither customers nor what anybody wrote."""
        return replace(self, items=tuple(replace(each, detail="") for each in self.items))

    def told(self) -> str:
        """Return everything as plain text, for screen readers, notifications and old clients."""
        lines = (
            " · ".join(filter(None, (each.what, self.when(each), each.detail)))
            for each in self.items
        )
        return "\n".join((self.summary(), *lines, *self.more()))

    def summary(self) -> str:
        """Return how much waits."""
        key = "home.attention" if self.count else "home.nothing"
        return say(self.language, key, count=str(self.count))

    def more(self) -> tuple[str, ...]:
        """Return how much is left out, if anything."""
        left = self.count - len(self.items)
        return (say(self.language, "inbox.more", count=str(left)),) if left > 0 else ()

    def when(self, item: Item) -> str:
        """Return since when a thing waits."""
        zone, _ = zone_of(self.zone, "UTC")
        at = moment(item.at, zone, self.language, now=self.now)
        return say(self.language, "inbox.since", at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxReader:
    """Reads what waits now; ``sees_customers`` is for who may open the console's page of deliveries."""

    program: Program
    base: str
    now: datetime
    language: str
    sees_customers: bool

    def read(self, tx: UnitOfWork) -> Inbox:
        """Return what waits for somebody to look at it, and at most ten of it."""
        waiting = backlog(tx, MOST)
        since = self.now - ALERTS_FOR
        alerts = [each for each in tx.alerts.newest(_MOST_ALERTS) if each.raised_at >= since]
        hold = waiting.standing.hold
        found = [
            *([self._hold(hold)] if hold else []),
            *map(self._delivery, waiting.unsettled),
            *map(self._letter, waiting.dead_letters),
            *map(self._alert, alerts),
        ]
        found.sort(key=lambda item: (item.urgency, item.at))
        inbox = Inbox(
            items=tuple(found[:MOST]),
            count=waiting.standing.waiting + len(alerts) + bool(hold),
            url=self._page() or console_link(self.base),
            now=self.now,
            zone=self.program.company.zone,
            language=self.language,
        )
        return inbox if self.sees_customers else inbox.for_everybody()

    def _hold(self, hold: Hold) -> Item:
        reason = say(self.language, "hold.older_copy") if hold.reason == OLDER_COPY else hold.reason
        return Item(
            urgency=Urgency.STANDSTILL,
            at=hold.since,
            what=say(self.language, "hold.stands"),
            detail=" · ".join(filter(None, (hold.by, reason))),
            url=self._page(),
        )

    def _delivery(self, unsettled: Unsettled) -> Item:
        delivery = unsettled.delivery
        kind, place = self._phrase("kind", delivery.kind), self._place(unsettled)
        return Item(
            urgency=Urgency.LOOKED_UP if delivery.due_at else Urgency.TO_DECIDE,
            at=delivery.created_at,
            what=" · ".join(filter(None, (say(self.language, "inbox.delivery"), kind, place))),
            detail=f"{unsettled.customer} · {self._phrase('reason', delivery.reason or '')}",
            url=self._page(),
        )

    def _letter(self, letter: InboxEntry) -> Item:
        return Item(
            urgency=Urgency.TO_DECIDE,
            at=letter.received_at,
            what=say(self.language, "inbox.letter"),
            detail=letter.source,
            url=self._page(),
        )

    def _alert(self, alert: Alert) -> Item:
        heading, evidence, _ = lines_of(self.program, alert, self.language)
        return Item(
            urgency=Urgency.WORSE,
            at=alert.raised_at,
            what=f"{heading}: {evidence}",
            url=console_link(self.base, "stage", alert.stage),
        )

    def _page(self) -> str:
        if not self.base or not self.sees_customers:
            return ""
        return f"{console_link(self.base)}/{_DELIVERIES}"

    def _place(self, unsettled: Unsettled) -> str:
        """Return the touchpoint as the program labels it now, else by its id."""
        labels: Mapping[str, Mapping[str, str]] = {p.id: p.label for p in self.program.touchpoints}
        name = unsettled.touchpoint
        default = self.program.company.language
        return choose(labels[name], self.language, default) if name in labels else name

    def _phrase(self, group: str, word: str) -> str:
        """Return the console's phrase for a stable word, or the one for words that have none."""
        found = (template(self.language, f"{group}.{each}", STAFF) for each in (word, "other"))
        return next(filter(None, found), word)


def inbox_blocks(inbox: Inbox, stamp: str, *, shared: bool = False) -> list[Block]:
    """Return a message's blocks; ``shared`` leaves the button out."""
    header = {"type": "header", "text": plain(say(inbox.language, "inbox.title"), HEADER_MAX)}
    more = map(section, inbox.more())
    laid = [header, section(inbox.summary()), *_lines(inbox), *more]
    return stamped([*laid, *_buttons(inbox, shared=shared)], stamp)


def _lines(inbox: Inbox) -> Iterator[Block]:
    for each in inbox.items:
        what = f"<{each.url}|{escape(each.what)}>" if each.url else escape(each.what)
        below = escape(" · ".join(filter(None, (inbox.when(each), each.detail))))
        text = clip(f"{what}\n{below}", SECTION_MAX)
        yield {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _buttons(inbox: Inbox, *, shared: bool) -> Iterator[Block]:
    share = [] if shared else [button("share", say(inbox.language, "share"), INBOX)]
    opened = [link(say(inbox.language, "open"), inbox.url)] if inbox.url else []
    if share or opened:
        yield actions(*share, *opened)
