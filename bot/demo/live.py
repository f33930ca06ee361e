"""The market goes on while the demo stays up, and visitors are let in to answer themselves."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from random import Random  # noqa: TID251 the type of the injected source
from types import MappingProxyType

import structlog

from bot.app import App
from bot.demo import customers as behaviour
from bot.demo.market import region_of
from bot.webchat.desk import SampleCustomer
from surveys.errors import StorageBusy
from surveys.instruments import instrument
from surveys.model import Channel, CustomerHint, Event, Opened, Prompt, Purpose, Tap, Typed
from surveys.ports import UnitOfWork
from surveys.service.people import ConsentGiven, CustomerUpsert, create_link, upsert

PACE_SECONDS = 2.0
_READS = 0.7
_MARGIN = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """A kind of visitor: what has just happened to her, oldest first, as (event type, how long ago)."""

    labels: Mapping[str, str]
    past: tuple[tuple[str, timedelta], ...]


_DAY = timedelta(days=1)
PERSONAS: Mapping[str, Persona] = MappingProxyType(
    {
        "checkout": Persona(
            labels={
                "ko": "방금 주문한 고객 (주문·결제 CSAT)",
                "en": "Just ordered (checkout CSAT)",
            },
            past=(("order.paid", timedelta(minutes=30)),),
        ),
        "delivery": Persona(
            labels={
                "ko": "어제 택배를 받은 고객 (배송 CSAT)",
                "en": "Parcel came yesterday (delivery CSAT)",
            },
            past=(("order.delivered", timedelta(hours=24)),),
        ),
        "support": Persona(
            labels={"ko": "문의가 해결된 고객 (상담 CES)", "en": "Support case solved (CES)"},
            past=(("support.solved", timedelta(hours=1)),),
        ),
        "recommend": Persona(
            labels={"ko": "단골 고객 (추천 NPS)", "en": "A regular (NPS)"},
            past=(("order.delivered", 40 * _DAY), ("order.delivered", 14 * _DAY)),
        ),
    }
)


class LiveMarket:
    """See bot.webchat.desk.DemoDoor; ``run`` keeps events and answers coming."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._numbers = count(1)
        self._app: App | None = None

    def join(self, app: App) -> None:
        """Take part in a running application."""
        self._app = app

    async def customers(self, language: str) -> tuple[SampleCustomer, ...]:
        """Return the personas; the id says in which language she will be asked."""
        return tuple(
            SampleCustomer(id=f"{name}.{language}", label=persona.labels[language])
            for name, persona in PERSONAS.items()
        )

    async def open(self, customer_id: str) -> Opened | None:
        """Let a new visitor of this kind in: her past is told first, so a question waits for her."""
        name, _, language = customer_id.partition(".")
        persona = PERSONAS.get(name)
        if persona is None or self._app is None:
            return None
        return await self._enter(persona, language if language in persona.labels else "ko")

    async def run(self) -> None:
        """Send one customer after another through the shop until cancelled."""
        while True:
            await asyncio.sleep(PACE_SECONDS * self._rng.uniform(0.5, 1.5))
            persona = self._rng.choice(list(PERSONAS.values()))
            try:
                await self._pass_by(persona)
            except StorageBusy:
                structlog.get_logger(__name__).warning("the market waits for the storage")

    async def _pass_by(self, persona: Persona) -> None:
        opened = await self._enter(persona, self._rng.choice(("ko", "ko", "ko", "en")))
        if opened is None or self._rng.random() > _READS:
            return
        prompt = await self._question(opened.session)
        if prompt is None or self._rng.random() > behaviour.ANSWERS:
            return
        touchpoint = next(name for name, p in PERSONAS.items() if p is persona)
        now = self._now()
        score = behaviour.score_for(self._rng, touchpoint, now, now, prompt)
        await self._act(opened.session, Tap(token=prompt.token or "", value=score))
        if self._rng.random() < behaviour.WRITES:
            kinds = {"checkout": "csat", "delivery": "csat", "support": "ces2", "recommend": "nps"}
            band = instrument(kinds[touchpoint]).band(int(score))
            text = behaviour.words_for(self._rng, prompt.language, touchpoint, band)
            await self._act(opened.session, Typed(text=text))

    async def _question(self, session: str) -> Prompt | None:
        app = self._running()
        for _ in range(20):
            bubbles = await app.desk.transcript(session)
            if bubbles and bubbles[-1].prompt.kind == "question":
                return bubbles[-1].prompt
            await asyncio.sleep(0.1)
        return None

    async def _enter(self, persona: Persona, language: str) -> Opened | None:
        app, now = self._running(), self._now()
        who = f"live-{app.ctx.new_id()}"
        given = CustomerUpsert(
            id=who,
            locale=language,
            timezone=noon_zone(now),
            consents=(
                ConsentGiven(
                    purpose=Purpose.SERVICE_SURVEY,
                    at=now,
                    source="demo",
                    text_version=app.ctx.program.consent.version,
                ),
            ),
        )

        def work(tx: UnitOfWork) -> str:
            person = upsert(tx, given, now=now, new_id=app.ctx.new_id)
            return create_link(tx, person.id, Channel.WEBCHAT, now=now, new_token=app.ctx.new_token)

        opened = await app.desk.open(await app.storage.write(work))
        await app.desk.accept([self._event(who, kind, now - ago) for kind, ago in persona.past])
        return opened

    def _event(self, who: str, kind: str, at: datetime) -> Event:
        number = next(self._numbers)
        return Event(
            source="demo",
            id=f"{who}:{number}",
            type=kind,
            subject=f"{who}-{number}",
            time=at - _MARGIN,
            customer=CustomerHint(id=who),
            data={"region": region_of(who)},
        )

    async def _act(self, session: str, act: Tap | Typed) -> None:
        number = next(self._numbers)
        await self._running().desk.act(session, f"live-{number}", number, act)

    def _now(self) -> datetime:
        return self._running().ctx.now()

    def _running(self) -> App:
        assert self._app is not None  # noqa: S101 join comes before run
        return self._app


def noon_zone(now: datetime) -> str:
    """Return a zone in which it is about noon, so that quiet hours hold nobody of the demo."""
    offset = (12 - now.hour + 12) % 24 - 12
    # The signs of Etc/GMT zones are the other way round: Etc/GMT-9 is nine hours ahead of UTC.
    return f"Etc/GMT{-offset:+d}" if offset else "Etc/GMT"
