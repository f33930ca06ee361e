"""The log of decisions: who was asked or not, and why; and what waits now. Filters stand in the address."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from bot.auth.callers import caller_of
from bot.console.people_texts import say
from bot.console.staffing.frame import Frame, Staffing
from bot.console.staffing.menu import OPERATOR
from surveys.model import Channel, Invitation, VerdictKind
from surveys.overview import DEPTH, Logged, LogPage, LogWanted, Place, RuleCounts
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.service.reasons import rule_in_words, verdicts_in_words
from surveys.timing import zone_of

SHOWN: Final = 50
WAITING: Final = 20
LONGEST: Final = 100
USUAL: Final = timedelta(days=30)
FILTERS: Final = (
    *("trigger", "survey", "stage", "verdict", "rule", "channel"),
    *("since", "until"),
)
_PLACE = re.compile(r"([0-9]{1,17})-([0-9]{1,18})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A decision: its end in words and all its verdicts; ``person`` "" for nobody known, or nobody to be shown."""

    at: str
    trigger: str
    survey: str
    kind: str
    rule: str
    code: str
    verdicts: tuple[str, ...]
    person: str
    customer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many decisions ended so, and where to see them."""

    kind: str
    rule: str
    count: str
    code: str
    verdict: str


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
        given = {name: request.query_params.get(name, "").strip() for name in FILTERS}
        program, language = self.frame.program(), self.frame.look(request).language
        start, end, faulty = self._window(program, given)
        wanted, more = _wanted(program, given, start, end)
        faulty = (*faulty, *more)
        before = _place_of(request.query_params.get("before", ""))
        going_on = replace(wanted, before=before) if before else wanted
        sees = caller_of(request).may(OPERATOR)
        read = await self.staffing.storage.read(lambda tx: _read(tx, going_on, wanted, names=sees))
        teller = _Teller(self.frame, program, language, read.customers, sees)
        counts = [*teller.counts(read.rules)]
        return await self.frame.show(
            request,
            "decisions.html",
            "decisions",
            status=HTTPStatus.BAD_REQUEST if faulty else HTTPStatus.OK,
            lines=[teller.line(each) for each in read.page.found],
            counts=counts,
            rules=dict(sorted((each.code, each.rule) for each in counts)),
            counted=f"{read.rules.looked:,}",
            is_deep=read.rules.looked >= DEPTH,
            waiting=[teller.wait(each) for each in read.waiting],
            given=given,
            faulty=faulty,
            choices=_choices(program, language),
            older=_spelled(read.page.go_on),
            looked=f"{read.page.looked:,}",
            is_first=before is None,
            sees=sees,
            zone=teller.zone,
        )

    def _window(
        self, program: Program, given: Mapping[str, str]
    ) -> tuple[datetime, datetime, tuple[str, ...]]:
        """Return the window, and which of its ends will not do: those are as if they were left open."""
        zone, _ = zone_of(program.company.zone, "UTC")
        days = {name: _day(given[name]) for name in ("since", "until") if given[name]}
        now = self.staffing.ctx.now()
        since, until = days.get("since"), days.get("until")
        start = datetime.combine(since, time(), zone) if since else now - USUAL
        after = datetime.combine(until + timedelta(days=1), time(), zone) if until else None
        end = after or now + timedelta(days=1)
        return start, end, tuple(name for name, day in days.items() if day is None)


def _read(tx: UnitOfWork, going_on: LogWanted, whole: LogWanted, *, names: bool) -> _Read:
    page = tx.overview.decisions(going_on, SHOWN, DEPTH)
    waiting = tx.overview.waiting(WAITING, DEPTH)
    ids = {each.decision.person_id for each in page.found} | {each.person_id for each in waiting}
    people = [tx.people.get(each) for each in ids if each] if names else []
    return _Read(
        page=page,
        rules=tx.overview.rules(whole, DEPTH),
        waiting=waiting,
        customers={p.id: p.external_id or p.id for p in people if p and p.erased_at is None},
    )


def _wanted(
    program: Program, given: Mapping[str, str], start: datetime, end: datetime
) -> tuple[LogWanted, tuple[str, ...]]:
    """Return what is asked for, and the filters that will not do, as if they were left open."""
    allowed = {"verdict": tuple(VerdictKind), "channel": tuple(Channel)}
    faulty = [name for name, values in allowed.items() if given[name] not in ("", *values)]
    faulty += [name for name in ("trigger", "survey", "stage", "rule") if not _plain(given[name])]
    ok = {name: "" if name in faulty else value for name, value in given.items()}
    wanted = LogWanted(
        since=start,
        before=Place(end, 0),
        triggers=_triggers(program, ok),
        kind=VerdictKind(ok["verdict"]) if ok["verdict"] else None,
        rule=ok["rule"],
        channel=Channel(ok["channel"]) if ok["channel"] else None,
    )
    return wanted, tuple(faulty)


def _triggers(program: Program, given: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return the triggers meant; one that the program no longer has is meant by its own name only."""
    survey, stage, trigger = given["survey"], given["stage"], given["trigger"]
    if not (survey or stage):
        return (trigger,) if trigger else None
    return tuple(
        each.id
        for each in program.triggers
        if trigger in ("", each.id)
        and survey in ("", each.survey)
        and stage in ("", program.touchpoint(each.touchpoint).stage)
    )


def _choices(program: Program, language: str) -> dict[str, list[tuple[str, str]]]:
    """Return what each filter offers: the value, and what it is called."""
    stages = {each.id: each.label for each in program.stages}
    called = {
        stage: label.get(language) or label[program.company.language]
        for stage, label in stages.items()
    }
    return {
        "trigger": [(each.id, each.id) for each in program.triggers],
        "survey": [(each.id, each.id) for each in program.surveys],
        "stage": [*called.items()],
        "verdict": [(kind.value, say(language, f"verdict.{kind.value}")) for kind in VerdictKind],
        "channel": [(each.value, say(language, f"channel.{each.value}")) for each in Channel],
    }


class _Teller:
    """Says what was read, in one language."""

    def __init__(
        self, frame: Frame, program: Program, language: str, names: Mapping[str, str], sees: bool
    ) -> None:
        self._frame = frame
        self._program = program
        self._language = language
        self._surveys = {each.id: each.survey for each in program.triggers}
        self._names = names
        self._sees = sees
        self.zone = zone_of(program.company.zone, "UTC")[0].key

    def line(self, logged: Logged) -> Line:
        """Return a decision; its values, which may name what a customer bought, only for whoever sees customers."""
        decision = logged.decision
        last = decision.verdicts[-1]
        words = verdicts_in_words(decision, self._program, self._language) if self._sees else ()
        return Line(
            at=self._frame.at(logged.place.at),
            trigger=decision.trigger,
            survey=self._surveys.get(decision.trigger, ""),
            kind=self._kind(last.kind),
            rule=self._rule(last.rule),
            code=last.rule,
            verdicts=words,
            **self._who(decision.person_id),
        )

    def counts(self, rules: RuleCounts) -> Iterator[Count]:
        """Yield how often each end came."""
        for (kind, rule), count in rules.counts.items():
            yield Count(
                kind=self._kind(kind),
                rule=self._rule(rule),
                count=f"{count:,}",
                code=rule,
                verdict=kind.value,
            )

    def wait(self, ask: Invitation) -> Wait:
        """Return an ask that waits."""
        return Wait(
            at=self._frame.at(ask.due_at) if ask.due_at else "",
            trigger=ask.trigger,
            rule=self._rule(ask.hold_rule or "turn"),
            ask_by=self._frame.at(ask.ask_by),
            **self._who(ask.person_id),
        )

    def _who(self, person_id: str | None) -> dict[str, str]:
        name = self._names.get(person_id or "", "")
        return {"person": person_id or "" if name else "", "customer": name}

    def _kind(self, kind: VerdictKind) -> str:
        return say(self._language, f"verdict.{kind.value}")

    def _rule(self, rule: str) -> str:
        return rule_in_words(rule, self._program, self._language)


def _plain(text: str) -> bool:
    return len(text) <= LONGEST and (text == "" or text.isprintable()) and "," not in text


def _day(text: str) -> date | None:
    """Return the day; None for what is none, or is at the end of the calendar."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date(1970, 1, 1) < day < date(9000, 1, 1) else None


def _place_of(text: str) -> Place | None:
    """Return the place that ``_spelled`` told; None for anything else, which begins anew."""
    match = _PLACE.fullmatch(text)
    if match is None:
        return None
    try:
        return Place(_EPOCH + timedelta(microseconds=int(match[1])), int(match[2]))
    except OverflowError:
        return None


def _spelled(place: Place | None) -> str:
    if place is None:
        return ""
    return f"{(place.at - _EPOCH) // timedelta(microseconds=1)}-{place.number}"
