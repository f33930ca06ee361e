"""A customer's phone: a chat that we push to, driven through claim and settle as the dispatcher does."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import count

from surveys.model import (
    Act,
    Bubble,
    Channel,
    Delivery,
    Finding,
    FindingKind,
    Incoming,
    Outcome,
    OutcomeKind,
    Receipt,
    Started,
    Tap,
)
from surveys.service.lookups import settle_unknown, take_unsettled
from surveys.service.outcomes import settle
from surveys.service.people import create_link
from surveys.service.sending import Claimed, NotClaimed, candidates, claim
from tests.world import World

ACCOUNT = "bot1"
NO_HISTORY = Finding(kind=FindingKind.NO_HISTORY)
LOST = Outcome(kind=OutcomeKind.UNKNOWN, reason="timeout")
NOT_SENT = Outcome(kind=OutcomeKind.NOT_SENT, reason="refused_500")
BLOCKED = Outcome(kind=OutcomeKind.REJECTED, reason="blocked", unreachable=True)


class Phone:
    """One user, of Telegram unless told otherwise; ``chat`` is what stands there, in order, edits applied."""

    def __init__(
        self, world: World, user: str = "7001", channel: Channel = Channel.TELEGRAM
    ) -> None:
        self.world = world
        self.user = user
        self._channel = channel
        self.chat: dict[str, Bubble] = {}
        self._numbers = count(1)

    async def starts(self, person_id: str | None = None) -> Receipt:
        """Open the chat, with a link of the person where one is given; read the greeting."""
        token = None
        if person_id is not None:
            token = await self.world.write(
                lambda tx: create_link(
                    tx,
                    person_id,
                    Channel.TELEGRAM,
                    now=self.world.clock.now(),
                    new_token=self.world.ctx.new_token,
                )
            )
        receipt = await self.acts(Started(token=token))
        await self.reads()
        return receipt

    async def acts(
        self,
        act: Act,
        *,
        number: int | None = None,
        at: datetime | None = None,
        locale: str | None = None,
    ) -> Receipt:
        """Send one update, numbered as told or in turn."""
        number = number or next(self._numbers)
        return await self.world.desk.receive(
            Incoming(
                source=f"{self._channel.value}:{ACCOUNT}",
                key=f"{self.user}/{number}",
                channel=self._channel,
                account=ACCOUNT,
                user=self.user,
                chat=self.user,
                at=at or self.world.clock.now(),
                order=number,
                act=act,
                locale=locale,
            )
        )

    def button(self, value: str, kind: str = "question") -> Tap:
        """Return a tap on the newest message of a kind."""
        bubble = next(b for b in reversed(self.chat.values()) if b.prompt.kind == kind)
        prompt = bubble.prompt
        assert value in [b.value for b in (*prompt.scale, *prompt.chips, *prompt.controls)]
        message = {"chat_id": self.user, "message_id": bubble.id}
        return Tap(token=prompt.token or "", value=value, message=message)

    async def taps(self, value: str, kind: str = "question") -> Receipt:
        return await self.acts(self.button(value, kind))

    async def claims(self) -> tuple[Claimed, ...]:
        """Do what is due and claim what may go out now: of each chat its first."""
        await self.world.drain()
        ctx, here = self.world.ctx, (Channel.TELEGRAM,)
        while True:
            due = await self.world.write(lambda tx: candidates(tx, ctx, here, 99))
            found = [await self.world.write(partial(claim, ctx=ctx, delivery_id=i)) for i in due]
            claimed = tuple(each for each in found if isinstance(each, Claimed))
            if claimed or NotClaimed.CHANGED not in found:
                return claimed

    async def looks(self, finding: Finding = NO_HISTORY) -> list[Delivery | None]:
        """Settle what is unknown and out of quarantine by what the chat's history tells."""
        ctx, here = self.world.ctx, (Channel.TELEGRAM,)
        looks = await self.world.write(lambda tx: take_unsettled(tx, ctx, here, 99))
        return [
            await self.world.write(
                partial(
                    settle_unknown,
                    ctx=ctx,
                    delivery_id=look.delivery.id,
                    fence=look.delivery.fence,
                    finding=finding,
                )
            )
            for look in looks
        ]

    async def settles(self, claimed: Claimed, outcome: Outcome) -> Delivery | None:
        delivery = claimed.delivery
        return await self.world.write(
            lambda tx: settle(tx, self.world.ctx, delivery.id, delivery.fence, outcome)
        )

    async def accepts(self, claimed: Claimed) -> Delivery | None:
        """Take the message as Telegram would, and answer with its name."""
        ref = claimed.ref or {"chat_id": self.user, "message_id": claimed.delivery.id}
        shown = Bubble(id=str(ref["message_id"]), prompt=claimed.prompt, at=self.world.clock.now())
        known = self.chat.get(shown.id)
        self.chat[shown.id] = replace(shown, at=known.at) if known else shown
        return await self.settles(claimed, Outcome(kind=OutcomeKind.ACCEPTED, ref=ref))

    async def reads(self) -> list[str]:
        """Take everything that is due; return the kinds of the messages as they now stand."""
        while claimed := await self.claims():
            for one in claimed:
                await self.accepts(one)
        return [bubble.prompt.kind for bubble in self.chat.values()]
