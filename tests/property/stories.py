"""Random stories over a whole application: what may happen, and what is left of it to compare."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from hypothesis import strategies as st

from bot.desk import Desk
from surveys.model import (
    Answer,
    Command,
    CountRule,
    Dimensions,
    Identifier,
    Json,
    Tap,
    Typed,
)
from surveys.ports import Storage, UnitOfWork
from surveys.program import Program
from tests.programs import standard, varied
from tests.world import World

CUSTOMERS = ("kim", "lee")
FAR = (date(2020, 1, 1), date(2030, 1, 1))
EVENTS = (
    "account.created",
    "order.paid",
    "order.delivered",
    "order.cancelled",
    "support.solved",
    "support.reopened",
)
SLOWLY = [1, 15, 31, 60, 240, 900, 1440, 4320, 15000]


@dataclass(frozen=True)
class Deed:
    """One step of a story: a customer does or meets something, or time passes."""

    kind: str
    who: str = "kim"
    value: str = ""
    number: int = 0


def _deeds(kind: str, values: Sequence[str] = ("",), numbers: Sequence[int] = (0,)) -> Json:
    return st.builds(
        Deed,
        kind=st.just(kind),
        who=st.sampled_from(CUSTOMERS),
        value=st.sampled_from(values),
        number=st.sampled_from(numbers),
    )


TAPS = [*map(str, range(1, 8)), "skip", "change", "stop", "stop.pause", "undo"]

_anything = st.one_of(
    _deeds("event", EVENTS, [1, 2]),
    _deeds("time", numbers=SLOWLY),
    _deeds("pull"),
    _deeds("tap", TAPS, [0, 0, 1]),
    _deeds("chip", numbers=[0, 1, 2]),
    _deeds("text", ["4", "배송이 늦었어요", "그만", "시작"]),
    _deeds("command", ["en", "ko"]),
    _deeds("link"),
).map(lambda deed: [deed])


def _visit(event: Deed, waits: int, tap: str) -> list[Deed]:
    """Return what usually happens: something, then some time, then a look and a tap."""
    return [
        event,
        Deed("time", number=waits),
        Deed("pull", event.who),
        Deed("tap", event.who, tap),
        Deed("pull", event.who),
    ]


_visits = st.builds(
    _visit, _deeds("event", EVENTS, [1, 2]), st.sampled_from(SLOWLY), st.sampled_from(TAPS)
)
stories = st.lists(st.one_of(_anything, _visits), max_size=15).map(
    lambda parts: [deed for part in parts for deed in part]
)


def lively() -> Program:
    """Return a program that asks often, so that short stories hold many questions."""
    return varied(
        rules={"cap": {"asks": 1, "days": 1}, "cooldown_days": 1},
        triggers={t.id: {"reminder": True, "occurrence": None} for t in standard().triggers},
    )


class Story:
    """Tells deeds to a world of two customers who use web chat."""

    def __init__(self, storage: Storage, program: Program) -> None:
        self.world = World(storage, program)
        self.sessions: dict[str, str] = {}
        self.seen: dict[str, tuple[Json, ...]] = {}

    def moves_to(self, storage: Storage) -> None:
        """Go on over another storage, as after a restart."""
        self.world.storage = storage
        self.world.desk = Desk(storage=storage, ctx=self.world.ctx, wake=lambda: None)

    async def begins(self) -> None:
        for name in CUSTOMERS:
            person = await self.world.customer(name)
            self.sessions[name] = await self.world.browser(person)
            self.seen[name] = ()

    async def goes_on(self, deed: Deed) -> None:
        tellers: dict[str, Callable[[Deed], Awaitable[None]]] = {
            "event": self._event,
            "time": self._time,
            "pull": self._pull,
            "tap": self._tap,
            "chip": self._chip,
            "text": self._text,
            "command": self._command,
            "link": self._link,
        }
        await tellers[deed.kind](deed)

    async def _event(self, deed: Deed) -> None:
        await self.world.happens(deed.value, deed.who, f"{deed.who}-{deed.number}")

    async def _time(self, deed: Deed) -> None:
        await self.world.later(minutes=deed.number)

    async def _pull(self, deed: Deed) -> None:
        self.seen[deed.who] = await self.world.sees(self.sessions[deed.who])

    async def _tap(self, deed: Deed) -> None:
        questions = [b.prompt for b in self.seen[deed.who] if b.prompt.kind != "reason"]
        tokens = [prompt.token for prompt in reversed(questions) if prompt.token]
        if tokens:
            token = tokens[deed.number % len(tokens)]
            await self._acts(deed, Tap(token=token, value=deed.value))

    async def _chip(self, deed: Deed) -> None:
        prompts = [b.prompt for b in self.seen[deed.who] if b.prompt.chips]
        if prompts:
            chips = prompts[-1].chips
            value = chips[deed.number % len(chips)].value
            await self._acts(deed, Tap(token=prompts[-1].token or "", value=value))

    async def _text(self, deed: Deed) -> None:
        await self._acts(deed, Typed(text=deed.value))

    async def _command(self, deed: Deed) -> None:
        await self._acts(deed, Command(name="lang", argument=deed.value))

    async def _link(self, deed: Deed) -> None:
        person = await self.world.customer(deed.who, consent=False)
        self.sessions[deed.who] = await self.world.browser(person)

    async def _acts(self, deed: Deed, act: Tap | Typed | Command) -> None:
        number = next(self.world._messages)
        await self.world.desk.act(self.sessions[deed.who], f"m{number}", number, act)

    async def verdicts(self) -> dict[str, list[Json]]:
        """Return every verdict about every customer."""
        return {
            name: [
                (e.event.event.id, d.trigger, v)
                for e in await self.world.why(name)
                for d in e.decisions
                for v in d.verdicts
            ]
            for name in CUSTOMERS
        }

    async def counts(self) -> dict[str, Json]:
        """Return every histogram and the cohorts."""
        read = self.world.storage.read
        found: dict[str, Json] = {"cohorts": await read(lambda tx: tx.reports.funnel(*FAR))}
        found["all"] = await read(lambda tx: tx.reports.scores(CountRule.ALL, *FAR))
        found["newest"] = await read(lambda tx: tx.reports.scores(CountRule.NEWEST, *FAR))
        return found

    async def kept(self, rule: CountRule, period: str) -> Counter[tuple[Dimensions, int]]:
        """Return a window's histogram as tags and score, counted."""
        rows = await self.world.storage.read(lambda tx: tx.reports.scores(rule, *FAR, period))
        cells = {(r.dimensions, score): n for r in rows for score, n in enumerate(r.counts)}
        return +Counter(cells)

    async def scores(self) -> list[Answer]:
        """Return every stored score, in the order in which they were first given."""

        def look(tx: UnitOfWork) -> list[Answer | None]:
            people = tx.people.named([Identifier(namespace="id", value=c) for c in CUSTOMERS])
            events = (event for person in people for event in tx.events.of_person(person.id))
            asks = {ask.id for event in events for ask in tx.invitations.of_event(event.id)}
            return [tx.answers.get(ask, "score") for ask in asks]

        found = await self.world.storage.read(look)
        return sorted((a for a in found if a), key=lambda a: (a.answered_at, a.id))

    async def recounted(self) -> Json:
        return await self.world.storage.read(lambda tx: tx.reports.recount(*FAR))

    async def slots(self, name: str) -> list[datetime]:
        person = await self.world.customer(name, consent=False)
        return [s.at for s in await self.world.write(lambda tx: tx.clocks.lock(person))]
