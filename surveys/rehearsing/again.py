"""Takes recorded decisions through the real rules once more, on what they looked at then.

When the process looked is an outside fact, as is when an event came: a look's instant is that of its verdict. So is what
no rule said: what became of a request, a reversal that came in, an act of staff or customer. Such verdicts are taken
over as they are; all others are made anew, and may be held against the recorded ones.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from surveys.decisions import (
    APART_UNTIL,
    DEADLINE,
    UNCOUNTED,
    Facts,
    RulingKind,
    Setting,
    because,
    last_verdict,
    recheck,
    rule,
    seen_again,
    verdict_of,
)
from surveys.model import Decision, Verdict, VerdictKind
from surveys.ranking import Rank, ranked

_ASK = "ask"
_Turn = tuple[str, str]
"""An ask, and when it was ranked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A decision gone through again.

    Attributes:
        verdicts: what the rules say now, with what was taken over between.
        taken_over: how many of the verdicts are outside facts.
        known: False where what the rules looked at was not kept yet; then ``verdicts`` are the recorded ones.
    """

    decision: Decision
    verdicts: tuple[Verdict, ...]
    taken_over: int = 0
    known: bool = True

    @property
    def same(self) -> bool:
        """Whether the list is the recorded one, row for row."""
        return self.verdicts == self.decision.verdicts


@dataclass(slots=True)
class _Course:
    """One decision on its way."""

    setting: Setting
    decision: Decision
    firsts: frozenset[_Turn]
    made: list[Verdict] = field(default_factory=list)
    hold_rule: str | None = None
    taken_over: int = 0

    def go(self) -> Replayed:
        """Go through all recorded verdicts, each look once."""
        recorded = list(self.decision.verdicts)
        while recorded:
            verdict, *recorded = recorded
            self.made += self._made(verdict)
            if recorded and _one_look(verdict, recorded[0]):
                recorded = recorded[1:]
        return Replayed(
            decision=self.decision, verdicts=tuple(self.made), taken_over=self.taken_over
        )

    def _made(self, verdict: Verdict) -> list[Verdict]:
        if verdict.seen is None:
            self.taken_over += 1
            self.hold_rule = verdict.rule
            return [verdict]
        facts = seen_again(self.setting, verdict.seen)
        if not self.made:
            return [self._decided(facts, verdict)]
        if DEADLINE in verdict.seen:
            return [self._before_sending(facts, verdict, verdict.seen)]
        if _ASK in verdict.seen:
            return list(self._by_rank(facts, verdict, verdict.seen))
        return list(self._waiting(facts, verdict))

    def _decided(self, facts: Facts, verdict: Verdict) -> Verdict:
        ruling = rule(facts)
        self.hold_rule = ruling.rule
        told = replace(ruling, values={**because(facts), **ruling.values})
        return verdict_of(told, verdict.at)

    def _waiting(self, facts: Facts, verdict: Verdict) -> Iterator[Verdict]:
        """Yield what a look says of an ask that waits; one that it finds clear now waits for its turn."""
        ruling = rule(facts)
        if ruling.kind is RulingKind.SKIPPED:
            yield last_verdict(self.hold_rule, facts.ask_by, ruling, verdict.at)
        elif ruling.rule != self.hold_rule:
            yield verdict_of(ruling, verdict.at)
        self.hold_rule = ruling.rule

    def _by_rank(
        self, facts: Facts, verdict: Verdict, seen: Mapping[str, Any]
    ) -> Iterator[Verdict]:
        """Yield what became of one of several that were clear: the first began, others where there was room."""
        rank, ruling = _rank(facts, seen), rule(facts)
        values, at = rank.values(), verdict.at
        if ruling.kind is RulingKind.CLEAR and APART_UNTIL in seen:
            self.hold_rule = "rank"
            yield Verdict(kind=VerdictKind.OUTRANKED, rule="rank", at=at, values=values)
            return
        is_first = "rivals" in seen and (seen[_ASK], seen["ranked_at"]) in self.firsts
        if ruling.kind is RulingKind.CLEAR or is_first:
            self.hold_rule = None
            where = {name: value for name, value in verdict.values.items() if name not in values}
            told = {**values, **where}
            yield Verdict(kind=VerdictKind.RELEASED, rule="clear", at=at, values=told)
            return
        yield Verdict(kind=VerdictKind.OUTRANKED, rule="rank", at=at, values=values)
        if ruling.kind is RulingKind.SKIPPED:
            yield replace(verdict_of(ruling, at), kind=VerdictKind.EXPIRED)
        elif ruling.rule != self.hold_rule:
            yield verdict_of(ruling, at)
        self.hold_rule = ruling.rule

    def _before_sending(self, facts: Facts, verdict: Verdict, seen: Mapping[str, Any]) -> Verdict:
        """Return what the last look before the request says."""
        deadline = datetime.fromisoformat(seen[DEADLINE])
        ruling = recheck(facts, deadline, counted=UNCOUNTED not in seen)
        if ruling.kind is not RulingKind.CLEAR:
            self.hold_rule = ruling.rule
            return verdict_of(ruling, verdict.at)
        where = {"channel": verdict.values.get("channel", "")}
        return Verdict(kind=VerdictKind.ASKED, rule="clear", at=verdict.at, values=where)


def again(courses: Sequence[tuple[Setting, Decision]]) -> tuple[Replayed, ...]:
    """Go through all decisions about one customer's events of a window again, in the order given."""
    firsts = _firsts(courses)
    return tuple(
        _Course(setting, decision, firsts).go() if _is_known(decision) else _as_recorded(decision)
        for setting, decision in courses
    )


def _is_known(decision: Decision) -> bool:
    """Say whether what the rules looked at was kept from the first verdict on, and with each that only rules give."""
    first, *later = decision.verdicts
    ruled = (VerdictKind.ASKED, VerdictKind.RELEASED, VerdictKind.OUTRANKED)
    return first.seen is not None and all(v.seen is not None for v in later if v.kind in ruled)


def _as_recorded(decision: Decision) -> Replayed:
    return Replayed(decision=decision, verdicts=decision.verdicts, known=False)


def _one_look(verdict: Verdict, following: Verdict) -> bool:
    """Say whether one look made both: it passed an ask over, and held or ended it."""
    if verdict.kind is not VerdictKind.OUTRANKED or following.seen is None:
        return False
    same = verdict.seen is not None and verdict.seen["now"] == following.seen["now"]
    return same and _ASK not in following.seen


def _rank(facts: Facts, seen: Mapping[str, Any]) -> Rank:
    span = facts.event.time, facts.ask_by
    looked_at = datetime.fromisoformat(seen["ranked_at"])
    return Rank.at(looked_at, seen[_ASK], span, seen["half_width"], seen["target"])


def _firsts(courses: Sequence[tuple[Setting, Decision]]) -> frozenset[_Turn]:
    """Return the asks that are first in rank wherever several were clear in one turn.

    A turn is left out that rivals took part in whose events lie before the window.
    """
    turns = defaultdict[tuple[str, ...], list[Rank]](list)
    for setting, decision in courses:
        for seen in (verdict.seen for verdict in decision.verdicts):
            if seen and "rivals" in seen:
                rank = _rank(seen_again(setting, seen), seen)
                turns[seen["ranked_at"], *seen["rivals"]].append(rank)
    return frozenset(
        (ranked(tuple(ranks))[0].invitation_id, ranked_at)
        for (ranked_at, *rivals), ranks in turns.items()
        if {rank.invitation_id for rank in ranks} == set(rivals)
    )
