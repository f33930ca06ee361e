"""How fast a platform may be written to: its buckets, and when each has room for one more.

Telegram gives no exact limits: about one message a second to a chat, about 30 a second over all chats, 20 a minute
to a group (Bot FAQ). Slack takes about one message a second in a channel and some hundreds a minute in a
workspace; ``chat.update`` and ``conversations.history`` are of tier 3, 50 a minute and more (docs.slack.dev,
apis/web-api/rate-limits). What comes all the same as "too many requests" pauses its scope on top of this.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from surveys.model import Address, Channel

CHAT_EVERY = timedelta(seconds=1)
GROUP_EVERY = timedelta(minutes=1) / 18
HISTORY_EVERY = timedelta(minutes=1) / 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A limit shared by all workers: one message ``every`` so long, and ``burst`` of them at once after a rest.

    ``address_id`` names the chat where the bucket is one chat's. In any stretch of time as long as N times
    ``every`` at most N + burst messages pass.
    """

    scope: str
    every: timedelta
    burst: int = 1
    address_id: str | None = None

    def room(self, free_at: datetime | None, now: datetime) -> int:
        """Return how many messages would pass right now; ``free_at`` is None for an untouched bucket."""
        if free_at is None:
            return self.burst
        if now < free_at:
            return 0
        return min(self.burst, 1 + (now - free_at) // self.every)

    def after_one(self, free_at: datetime | None, now: datetime) -> datetime:
        """Return from when on one more passes, after one has passed now (generic cell rate algorithm)."""
        ahead = (self.burst - 1) * self.every
        spent_until = now if free_at is None else max(now, free_at + ahead)
        return spent_until + self.every - ahead


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """How many messages a second each platform takes from us, over all chats."""

    telegram: float = 25.0
    slack: float = 5.0
    slack_edits: float = 50 / 60

    def account(self, channel: Channel, *, editing: bool = False) -> Bucket:
        """Return the bucket of our whole account on a channel that we push to."""
        if channel is Channel.TELEGRAM:
            return Bucket(scope="telegram", every=_every(self.telegram), burst=3)
        if editing:
            return Bucket(scope="slack:edits", every=_every(self.slack_edits), burst=30)
        return Bucket(scope="slack", every=_every(self.slack), burst=5)

    def of(self, address: Address, *, editing: bool) -> tuple[Bucket, ...]:
        """Return the buckets that one message to the address takes from; a browser pulls at its own pace."""
        if address.channel is Channel.WEBCHAT:
            return ()
        account = self.account(address.channel, editing=editing)
        return (account,) if editing else (chat_of(address), account)


def chat_of(address: Address) -> Bucket:
    """Return the bucket of one chat. Edits take nothing from it."""
    is_group = address.channel is Channel.TELEGRAM and address.chat.startswith("-")
    return Bucket(
        scope=f"address:{address.id}",
        every=GROUP_EVERY if is_group else CHAT_EVERY,
        address_id=address.id,
    )


HISTORY = Bucket(scope="slack:history", every=HISTORY_EVERY)


def _every(per_second: float) -> timedelta:
    return timedelta(seconds=1 / per_second)
