"""How fast a platform may be written to: its buckets, and when each has room for one more.

Telegram gives no exact limits: about one message a second to a chat, about 30 a second over all chats, 20 a minute
to a group (Bot FAQ). Slack takes about one message a second in a channel and some hundreds a minute in a
workspace; ``conversations.history`` is of tier 3, 50 a minute and more (docs.slack.dev, apis/web-api/rate-limits). What comes all the same as "too many requests" pauses its scope on top of this.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from sys import maxsize

from surveys.model import Address, Channel

GROUPS = 18 / 60
"""Messages a second to one Telegram group."""

LONGEST = timedelta(minutes=1)
"""For which a chat or an account can be without room."""

LONGEST_PAUSE = timedelta(hours=2)
"""For which nobody tells us to wait: an hour is the longest pause, and no two workers' clocks differ by another. What
says more was written before the clock was set back, and counts for nothing; so it does below."""

LONGEST_RETRY = timedelta(hours=48)
"""For which no webhook waits for its next try: a day and a tenth is the longest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A limit shared by all workers: one message ``every`` so long, and ``burst`` of them at once after a rest.

    ``address_id`` names the chat where the bucket is one chat's. In any stretch of time as long as N times
    ``every`` at most N + burst messages pass; where ``every`` is nothing, all of them do. A bucket that says it is
    empty for ``longest`` or more was written before the clock was set back, and counts as untouched.
    """

    scope: str
    every: timedelta
    burst: int = 1
    address_id: str | None = None
    longest: timedelta = LONGEST

    def room(self, free_at: datetime | None, now: datetime) -> int:
        """Return how many messages would pass right now; ``free_at`` is None for an untouched bucket."""
        if not self.every:
            return maxsize
        if free_at is None or self._is_from_the_future(free_at, now):
            return self.burst
        if now < free_at:
            return 0
        return min(self.burst, 1 + (now - free_at) // self.every)

    def after_one(self, free_at: datetime | None, now: datetime) -> datetime:
        """Return from when on one more passes, after one has passed now (generic cell rate algorithm)."""
        ahead = (self.burst - 1) * self.every
        if free_at is None or self._is_from_the_future(free_at, now):
            free_at = now - ahead
        return max(now, free_at + ahead) + self.every - ahead

    def _is_from_the_future(self, free_at: datetime, now: datetime) -> bool:
        return free_at - now >= self.longest


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """How many messages a second a platform takes from us over all chats, and one chat; inf for no limit."""

    telegram: float = 25.0
    slack: float = 5.0
    chats: float = 1.0

    def account(self, channel: Channel) -> Bucket:
        """Return the bucket of our whole account on a channel that we push to."""
        rate = self.telegram if channel is Channel.TELEGRAM else self.slack
        return Bucket(scope=channel.value, every=_every(rate), burst=3)

    def chat(self, address: Address) -> Bucket:
        """Return the bucket of one chat."""
        every = self._chat(address.channel, address.chat)
        return Bucket(scope=f"address:{address.id}", every=every, address_id=address.id)

    def staff(self, channel: Channel, chat: str) -> Bucket:
        """Return the bucket of a chat of our own side."""
        every = self._chat(channel, chat)
        return Bucket(scope=f"staff:{channel.value}:{chat}", every=every, longest=LONGEST_PAUSE)

    def _chat(self, channel: Channel, chat: str) -> timedelta:
        is_group = channel is Channel.TELEGRAM and chat.startswith("-")
        return _every(min(GROUPS, self.chats) if is_group else self.chats)

    def of(self, address: Address, *, editing: bool) -> tuple[Bucket, ...]:
        """Return the buckets that a message to the address takes from.

        Edits take nothing from their chat's; a browser pulls at its own pace.
        """
        if address.channel is Channel.WEBCHAT:
            return ()
        account = self.account(address.channel)
        return (account,) if editing else (self.chat(address), account)


HISTORY = Bucket(scope="slack:history", every=timedelta(minutes=1) / 50, longest=LONGEST_PAUSE)


def _every(per_second: float) -> timedelta:
    return timedelta(seconds=1 / per_second)
