"""One customer, one survey, and the product itself between them: rules, dialogue, rendering and layout are the real ones.

A conversation has a scratch database and a clock of its own. An event starts the survey's trigger; the clock jumps to
when the question may go out; what is sent lands on a screen in place of a platform. Nothing of it is counted anywhere.
A question that follows a complaint is played with one before it, which was seen to.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import count
from math import inf
from random import Random  # noqa: TID251 the type of the injected source

from bot.clock import SetClock
from bot.delivery import Dispatcher
from bot.desk import Desk
from bot.metrics import Metrics
from surveys.errors import InvalidInput
from surveys.instruments import RESOLVED
from surveys.model import (
    Act,
    Address,
    Channel,
    CustomerHint,
    Event,
    Finding,
    FindingKind,
    Incoming,
    Outcome,
    OutcomeKind,
    Prompt,
    Purpose,
    Receipt,
    Typed,
)
from surveys.pacing import Pacing
from surveys.ports import Storage, UnitOfWork
from surveys.program import CASE_RESOLVED, Program, Trigger
from surveys.service.context import Context
from surveys.service.explaining import why
from surveys.service.live import LiveProgram
from surveys.service.people import ConsentGiven, CustomerUpsert, upsert

CUSTOMER = "you"
ACCOUNT = "scratch"
BEGINNING = "play.begun"
"""The event type that starts the survey's trigger, whatever starts it in the program."""
OCCASION = "1"
COMPLAINT = "1"
"""A score that is low on every scale, as it is typed."""
SEEN_TO = timedelta(hours=1)
"""How long it takes until a complaint was seen to."""

_MOST_JUMPS = 1000


class Screen:
    """See surveys.ports.Messenger: the customer's side of the chat. ``news`` are the messages changed since last looked."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.account = ACCOUNT
        self.messages: dict[int, Prompt] = {}
        self._news: list[int] = []

    async def send(self, address: Address, prompt: Prompt, key: str) -> Outcome:
        """Show a new message."""
        return self._show(len(self.messages) + 1, prompt)

    async def edit(self, address: Address, ref: Mapping[str, object], prompt: Prompt) -> Outcome:
        """Replace a message."""
        return self._show(int(str(ref["message"])), prompt)

    async def find(
        self, address: Address, key: str, since: datetime, cursor: str | None = None
    ) -> Finding:
        """Say that there is no history: nothing is ever unknown here."""
        return Finding(kind=FindingKind.NO_HISTORY)

    def news(self) -> tuple[int, ...]:
        """Return the numbers of the messages that are new or changed, and forget them."""
        changed = tuple(dict.fromkeys(self._news))
        self._news.clear()
        return changed

    def _show(self, number: int, prompt: Prompt) -> Outcome:
        self.messages[number] = prompt
        self._news.append(number)
        return Outcome(kind=OutcomeKind.ACCEPTED, ref={"message": number})


class Conversation:
    """A dialogue under way. Raises InvalidInput from ``begin`` where the program would never ask."""

    def __init__(
        self,
        *,
        storage: Storage,
        ctx: Context,
        clock: SetClock,
        desk: Desk,
        dispatcher: Dispatcher,
        screen: Screen,
        after_complaint: bool,
    ) -> None:
        self.screen = screen
        self._storage = storage
        self._ctx = ctx
        self._clock = clock
        self._desk = desk
        self._dispatcher = dispatcher
        self._after_complaint = after_complaint
        self._acts = count(1)

    @property
    def now(self) -> datetime:
        """Return the time in the conversation."""
        return self._clock.at

    async def begin(self, language: str) -> None:
        """Let the event happen to a customer who speaks the language, and time pass until she is asked."""
        await self._storage.write(lambda tx: self._introduce(tx, language))
        await self._happen(BEGINNING)
        if self._after_complaint:
            await self.act(Typed(text=COMPLAINT))
            await self.wait(SEEN_TO)
            await self._happen(CASE_RESOLVED)

    async def act(self, act: Act) -> Receipt:
        """Do what the customer does now; what it leads to is on the screen afterwards."""
        number = next(self._acts)
        receipt = await self._desk.receive(
            Incoming(
                source="play",
                key=str(number),
                channel=self.screen.channel,
                account=ACCOUNT,
                user=CUSTOMER,
                chat=CUSTOMER,
                at=self.now,
                order=number,
                act=act,
            )
        )
        await self._settle()
        return receipt

    async def wait(self, span: timedelta) -> None:
        """Let time pass, with what falls due in it."""
        until = self.now + span
        await self._pass_until(lambda: False, until)
        self._clock.at = until
        await self._settle()

    async def _happen(self, kind: str) -> None:
        """Let an event happen, and time pass until she is asked about it."""
        shown = len(self.screen.messages)
        event = Event(
            source="play",
            id=kind,
            type=kind,
            subject=OCCASION,
            time=self.now,
            customer=CustomerHint(id=CUSTOMER),
        )
        await self._desk.accept([event])
        if not await self._pass_until(lambda: len(self.screen.messages) > shown):
            raise InvalidInput("survey", await self._storage.read(_reason))

    def _introduce(self, tx: UnitOfWork, language: str) -> None:
        given = ConsentGiven(
            purpose=Purpose.SERVICE_SURVEY,
            at=self.now,
            source="play",
            text_version=self._ctx.program.consent.version,
        )
        known = CustomerUpsert(id=CUSTOMER, locale=language, consents=(given,))
        person = upsert(tx, known, now=self.now, new_id=self._ctx.new_id)
        tx.addresses.add(
            Address(
                id=self._ctx.new_id(),
                person_id=person.id,
                channel=self.screen.channel,
                account=ACCOUNT,
                user=CUSTOMER,
                chat=CUSTOMER,
                created_at=self.now,
                locale=language,
            )
        )

    async def _pass_until(self, done: Callable[[], bool], end: datetime | None = None) -> bool:
        """Jump from one due instant to the next; False where nothing more is due by then."""
        for _ in range(_MOST_JUMPS):
            await self._settle()
            if done():
                return True
            due_at = await self._storage.read(lambda tx: tx.next_due())
            if due_at is None or due_at <= self.now or (end is not None and due_at > end):
                return False
            self._clock.at = due_at
        return False

    async def _settle(self) -> None:
        """Do what is due now, until nothing is."""
        for _ in range(_MOST_JUMPS):
            done = sum([await chore() for chore in self._desk.chores])
            done += await self._dispatcher.drain()
            await self._dispatcher.settled()
            if not done:
                return


def _reason(tx: UnitOfWork) -> str:
    verdicts = [v for e in why(tx, CUSTOMER) for d in e.decisions for v in d.verdicts]
    return f"the program never asks it: {verdicts[-1].rule if verdicts else 'nothing starts it'}"


@asynccontextmanager
async def conversing(
    program: Program,
    survey_id: str,
    channel: Channel,
    *,
    storage: Storage,
    at: datetime,
    new_token: Callable[[], str],
) -> AsyncIterator[Conversation]:
    """Prepare a conversation about one survey on an empty storage; raises InvalidInput for an unknown survey."""
    clock, ids, screen = SetClock(at), count(1), Screen(channel)
    ctx = Context(
        clock=clock,
        live=LiveProgram(played(program, survey_id)),
        salt="play",
        new_id=lambda: f"play-{next(ids)}",
        new_token=new_token,
        rng=Random(1),  # noqa: S311 jitter of retries, of which there are none
        pacing=Pacing(telegram=inf, slack=inf, chats=inf),
    )
    version = ctx.program.version
    await storage.write(lambda tx: tx.programs.put(version, ctx.program.to_json(), at))
    desk = Desk(storage=storage, ctx=ctx, wake=lambda: None)
    async with Dispatcher(
        storage=storage,
        ctx=ctx,
        messengers=lambda: {channel: screen},
        metrics=Metrics(),
        wake=lambda: None,
    ) as dispatcher:
        yield Conversation(
            storage=storage,
            ctx=ctx,
            clock=clock,
            desk=desk,
            dispatcher=dispatcher,
            screen=screen,
            after_complaint=program.survey(survey_id).instrument == RESOLVED.id,
        )


def played(program: Program, survey_id: str) -> Program:
    """Return the program with the survey's first trigger opened to anybody at once; the other triggers stay.

    Of a question after a complaint, so is one that may have brought it, of the same touchpoint if there is one.
    """
    found = next((each for each in program.triggers if each.survey == survey_id), None)
    if found is None:
        known = ", ".join(dict.fromkeys(each.survey for each in program.triggers))
        raise InvalidInput("survey", f"no trigger asks {survey_id!r}; there are: {known}")
    opened = [_opened(found, BEGINNING)]
    if found.on == CASE_RESOLVED:
        opened = [_opened(_before(program, found), BEGINNING), _opened(found, CASE_RESOLVED)]
    names = [each.id for each in opened]
    others = [each for each in program.triggers if each.id not in names]
    triggers = (*opened, *others)
    return Program.from_json(program.model_copy(update={"triggers": triggers}).to_json())


def _before(program: Program, found: Trigger) -> Trigger:
    asking = [each for each in program.triggers if each.on != CASE_RESOLVED]
    if not asking:
        raise InvalidInput(
            "survey", f"{found.survey!r} follows an answer, and nothing else is asked"
        )
    return max(asking, key=lambda each: each.touchpoint == found.touchpoint)


def _opened(trigger: Trigger, kind: str) -> Trigger:
    return trigger.model_copy(
        update={
            "on": kind,
            "follows": None,
            "where": None,
            "share": 1.0,
            "occurrence": None,
            "after": timedelta(0),
        }
    )
