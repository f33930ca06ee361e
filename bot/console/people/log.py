"""The log of decisions: who was asked or not, and why; and what waits now. Filters stand in the address."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from bot.auth.callers import caller_of
from bot.console.people.asked_for import AskedFor, asked_for, spelled
from bot.console.people.offers import Names, offers, rule_groups
from bot.console.people_texts import say
from bot.console.staffing.frame import Frame, Staffing
from bot.console.staffing.menu import OPERATOR
from surveys.model import Invitation, Verdict, VerdictKind
from surveys.overview import DEPTH, Logged, LogPage, LogWanted, RuleCounts
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.service.reasons import rule_in_words, verdicts_in_words, was_hopeless
from surveys.timing import zone_of

SHOWN: Final = 50
WAITING: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A decision: its end in words and all its verdicts; ``person`` "" for nobody known, or nobody to be shown."""

    at: str
    trigger: str
    kind: str
    rule: str
    verdicts: tuple[str, ...]
    person: str
    customer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many decisions ended so, where to see them, and whether it is they that are shown."""

    kind: str
    rule: str
    count: str
    code: str
    verdict: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """An ask that waits: until when at least, by which rule, and when it is given up."""

    at: str
    trigger: str
    rule: str
    ask_by: str
    person: str
    customer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What was read, with how the company calls the people in it."""

    page: LogPage
    rules: RuleCounts
    waiting: tuple[Invitation, ...]
    customers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionLog:
    """Serves the page; who may not see customers sees rules and counts."""

    frame: Frame
    staffing: Staffing

    async def page(self, request: Request) -> Response:
        """Show the decisions that are asked for; a filter that will not do is told and kept."""
        program, language = self.frame.program(), self.frame.look(request).language
        asked = asked_for(request.query_params, program, self.staffing.ctx.now())
        sees = caller_of(request).may(OPERATOR)
        read = await self.staffing.storage.read(lambda tx: _read(tx, asked, names=sees))
        teller = _Teller(self.frame, program, language, read.customers, sees)
        rules = {rule for _, rule in read.rules.counts} | {asked.whole.rule} - {""}
        return await self.frame.show(
            request,
            "decisions.html",
            "decisions",
            status=HTTPStatus.BAD_REQUEST if asked.faults else HTTPStatus.OK,
            lines=[teller.line(each) for each in read.page.found],
            counts=[*teller.counts(read.rules, asked.whole)],
            concerned=f"{sum(read.rules.counts.values()):,}",
            matched=f"{_matched(read.rules, asked.whole):,}",
            depth=f"{DEPTH:,}" if read.rules.looked >= DEPTH else "",
            waiting=[teller.wait(each) for each in read.waiting],
            given=asked.given,
            faults=asked.faults,
            choices=offers(teller.names, language),
            rules=rule_groups(rules, program, language),
            older=spelled(read.page.go_on),
            looked=f"{read.page.looked:,}",
            is_first=asked.is_first,
            sees=sees,
            zone=teller.zone,
        )


def _read(tx: UnitOfWork, asked: AskedFor, *, names: bool) -> _Read:
    page = tx.overview.decisions(asked.page, SHOWN, DEPTH)
    waiting = tx.overview.waiting(WAITING, DEPTH)
    ids = {each.decision.person_id for each in page.found} | {each.person_id for each in waiting}
    people = [tx.people.get(each) for each in ids if each] if names else []
    return _Read(
        page=page,
        rules=tx.overview.rules(asked.whole, DEPTH),
        waiting=waiting,
        customers={p.id: p.external_id or p.id for p in people if p and p.erased_at is None},
    )


def _matched(rules: RuleCounts, wanted: LogWanted) -> int:
    """Return how many of what was counted end as is asked for."""
    return sum(count for end, count in rules.counts.items() if _ends_so(end, wanted))


def _ends_so(end: tuple[VerdictKind, str], wanted: LogWanted) -> bool:
    kind, rule = end
    return wanted.kind in (None, kind) and wanted.rule in ("", rule)


class _Teller:
    """Says what was read, in one language."""

    def __init__(
        self,
        frame: Frame,
        program: Program,
        language: str,
        customers: Mapping[str, str],
        sees: bool,
    ) -> None:
        self._frame = frame
        self._program = program
        self._language = language
        self._customers = customers
        self._sees = sees
        self.names = Names(program, language)
        self.zone = zone_of(program.company.zone, "UTC")[0].key

    def line(self, logged: Logged) -> Line:
        """Return a decision; its values, which may name what a customer bought, only for whoever sees customers."""
        decision = logged.decision
        last = decision.verdicts[-1]
        words = verdicts_in_words(decision, self._program, self._language) if self._sees else ()
        return Line(
            at=self._frame.at(logged.place.at),
            trigger=self.names.trigger(decision.trigger),
            kind=self._kind(last.kind),
            rule=self._end(last),
            verdicts=words,
            **self._who(decision.person_id),
        )

    def counts(self, rules: RuleCounts, wanted: LogWanted) -> Iterator[Count]:
        """Yield how often each end came."""
        is_chosen = wanted.kind is not None or wanted.rule != ""
        for (kind, rule), count in rules.counts.items():
            yield Count(
                kind=self._kind(kind),
                rule=self._rule(rule),
                count=f"{count:,}",
                code=rule,
                verdict=kind.value,
                is_chosen=is_chosen and _ends_so((kind, rule), wanted),
            )

    def wait(self, ask: Invitation) -> Wait:
        """Return an ask that waits."""
        return Wait(
            at=self._frame.at(ask.due_at) if ask.due_at else "",
            trigger=self.names.trigger(ask.trigger),
            rule=self._rule(ask.hold_rule or "turn"),
            ask_by=self._frame.at(ask.ask_by),
            **self._who(ask.person_id),
        )

    def _who(self, person_id: str | None) -> dict[str, str]:
        name = self._customers.get(person_id or "", "")
        return {"person": person_id or "" if name else "", "customer": name}

    def _kind(self, kind: VerdictKind) -> str:
        return say(self._language, f"verdict.{kind.value}")

    def _end(self, verdict: Verdict) -> str:
        rule = self._rule(verdict.rule)
        return say(self._language, "verdict.hopeless", rule=rule) if was_hopeless(verdict) else rule

    def _rule(self, rule: str) -> str:
        return rule_in_words(rule, self._program, self._language)
