"""What would become of one customer's events under a program that was not live then: an estimate.

Her events arrive when they did; each ask has its looks when it falls due, or when something about her changed that it
waits for; what is clear is asked at once, and takes its place in her contact clock. Nobody answers.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from surveys.decisions import (
    WAITS_FOR_PERSON,
    Facts,
    Ruling,
    RulingKind,
    because,
    last_verdict,
    rule,
    verdict_of,
)
from surveys.instruments import RESOLVED
from surveys.model import Slot, StoredEvent, Verdict, VerdictKind
from surveys.program import Trigger
from surveys.ranking import Rank, ranked


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at the rules: at which event's ask, when, beside which slots."""

    stored: StoredEvent
    trigger: Trigger
    at: datetime
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """An event of hers, and the triggers that it starts."""

    stored: StoredEvent
    triggers: tuple[Trigger, ...]


@dataclass(slots=True, kw_only=True)
class _Ask:
    key: str
    stored: StoredEvent
    trigger: Trigger
    verdicts: list[Verdict]
    instrument: str = ""
    stage: str = ""
    ask_by: datetime | None = None
    due: datetime | None = None
    hold_rule: str | None = None

    def hold(self, ruling: Ruling, now: datetime, changes: Sequence[datetime]) -> None:
        """Let it wait as the ruling says; for what is hers, only until something of that changes."""
        until = ruling.until or now
        if ruling.rule in WAITS_FOR_PERSON:
            until = min((at for at in changes if now < at < until), default=until)
        self.due, self.hold_rule = until, ruling.rule


@dataclass(slots=True, kw_only=True)
class Supposed:
    """One customer's contact history as it would have been.

    Attributes:
        facts: gathers the facts of a look; its slots are the supposed ones.
        precision: half width and target of a stage's score by (stage, instrument), in points; 10 where unknown.
        changes: when she gave or took back a consent, or came to a chat.
        slots: whom she heard from before the window.
    """

    facts: Callable[[Look], Facts]
    until: datetime
    changes: Sequence[datetime] = ()
    slots: tuple[Slot, ...] = ()
    precision: Callable[[str, str], tuple[float | None, float]] = lambda _, __: (None, 10.0)
    asks: list[_Ask] = field(default_factory=list)
    _occasions: set[tuple[str, str]] = field(default_factory=set)

    def live(self, arrivals: Sequence[Arrival]) -> None:
        """Let everything happen up to the end of the window."""
        for arrival in arrivals:
            at = arrival.stored.received_at
            self._until(at)
            for trigger in arrival.triggers:
                self._decide(arrival.stored, trigger, at)
        self._until(self.until)

    def _until(self, end: datetime) -> None:
        """Give every ask its turns that come before ``end``."""
        while (now := min((a.due for a in self.asks if a.due is not None), default=end)) < end:
            self._turn([a for a in self.asks if a.due is not None and a.due <= now], now)

    def _decide(self, stored: StoredEvent, trigger: Trigger, now: datetime) -> None:
        facts = self._look(stored, trigger, now)
        taken = (trigger.id, facts.occasion) in self._occasions
        facts = replace(facts, asked_already=taken)
        ruling = rule(facts)
        ruling = replace(ruling, values={**because(facts), **ruling.values})
        ask = _Ask(
            key=f"{stored.id}/{trigger.id}",
            stored=stored,
            trigger=trigger,
            verdicts=[verdict_of(ruling, now)],
            instrument=facts.survey.instrument,
            stage=facts.program.touchpoint(trigger.touchpoint).stage,
            ask_by=facts.ask_by,
        )
        self.asks.append(ask)
        if ruling.kind is not RulingKind.SKIPPED and facts.person is not None:
            self._occasions.add((trigger.id, facts.occasion))
            ask.hold(ruling, now, self.changes)

    def _look(self, stored: StoredEvent, trigger: Trigger, now: datetime) -> Facts:
        return self.facts(Look(stored=stored, trigger=trigger, at=now, slots=self.slots))

    def _turn(self, due: list[_Ask], now: datetime) -> None:
        clear = [ask for ask in due if self._is_clear(ask, now)]
        by_key = {ask.key: ask for ask in clear}
        order = ranked(tuple(self._rank(ask, now, competing=len(clear) > 1) for ask in clear))
        for place, rank in enumerate(order):
            self._begin(by_key[rank.invitation_id], rank, now, first=place == 0)

    def _is_clear(self, ask: _Ask, now: datetime) -> bool:
        ruling = rule(self._look(ask.stored, ask.trigger, now))
        if ruling.kind is not RulingKind.CLEAR:
            self._wait(ask, ruling, now)
        return ruling.kind is RulingKind.CLEAR

    def _wait(self, ask: _Ask, ruling: Ruling, now: datetime) -> None:
        """Hold an ask or end it; a new rule is a new verdict."""
        if ruling.kind is RulingKind.SKIPPED:
            ask.verdicts.append(last_verdict(ask.hold_rule, ask.ask_by or now, ruling, now))
            ask.due = None
            return
        if ruling.rule != ask.hold_rule:
            ask.verdicts.append(verdict_of(ruling, now))
        ask.hold(ruling, now, self.changes)

    def _begin(self, ask: _Ask, rank: Rank, now: datetime, *, first: bool) -> None:
        """Ask, unless those before it in rank took the last place."""
        ruling = None if first else rule(self._look(ask.stored, ask.trigger, now))
        if ruling is not None and ruling.kind is not RulingKind.CLEAR:
            ask.verdicts.append(_ranked(VerdictKind.OUTRANKED, "rank", rank, now))
            self._lose(ask, ruling, now)
            return
        ask.verdicts.append(_ranked(VerdictKind.RELEASED, "clear", rank, now))
        ask.verdicts.append(Verdict(kind=VerdictKind.ASKED, rule="clear", at=now))
        ask.due = None
        if ask.instrument != RESOLVED.id:
            self.slots = (*self.slots, _slot(ask, now))

    def _lose(self, ask: _Ask, ruling: Ruling, now: datetime) -> None:
        if ruling.kind is RulingKind.SKIPPED:
            ask.verdicts.append(replace(verdict_of(ruling, now), kind=VerdictKind.EXPIRED))
            ask.due = None
        else:
            self._wait(ask, ruling, now)

    def _rank(self, ask: _Ask, now: datetime, *, competing: bool) -> Rank:
        known = self.precision(ask.stage, ask.instrument)
        half_width, target = known if competing else (None, known[1])
        span = ask.stored.event.time, ask.ask_by or now
        return Rank.at(now, ask.key, span, half_width, target)


def _ranked(kind: VerdictKind, name: str, rank: Rank, now: datetime) -> Verdict:
    return Verdict(kind=kind, rule=name, at=now, values=rank.values())


def _slot(ask: _Ask, now: datetime) -> Slot:
    return Slot(
        invitation_id=ask.key,
        person_id=ask.stored.person_id or "",
        instrument=ask.instrument,
        stage=ask.stage,
        at=now,
    )


def supposed(
    history: Supposed, arrivals: Sequence[Arrival]
) -> Iterator[tuple[StoredEvent, Trigger, tuple[Verdict, ...]]]:
    """Let a customer's events arrive, oldest first; yield what became of each ask."""
    history.live(arrivals)
    for ask in history.asks:
        yield ask.stored, ask.trigger, tuple(ask.verdicts)
