"""What other systems are told, in memory."""

from dataclasses import replace
from datetime import datetime
from operator import attrgetter

from storage.memory.belongings import Owned
from storage.memory.table import Table, UndoLog
from surveys.model import Destination, DestinationState, WebhookMessage, WebhookState
from surveys.pacing import LONGEST_PAUSE, LONGEST_RETRY


class MemoryWebhooks:
    """See surveys.ports.Webhooks."""

    def __init__(self, log: UndoLog) -> None:
        self._messages: Table[WebhookMessage] = Table(
            "webhook message", log, groups=("destination",)
        )
        self.owned = Owned(self._messages)

    def add(self, message: WebhookMessage) -> None:
        """Insert."""
        self._messages.add(message)

    def save(self, message: WebhookMessage) -> None:
        """Replace."""
        self._messages.save(message)

    def get(self, message_id: str) -> WebhookMessage | None:
        """Return the message."""
        return self._messages.get(message_id)

    def due(self, destination: str, now: datetime, limit: int) -> tuple[WebhookMessage, ...]:
        """Return what is to be sent now."""
        pending = self._in_state(destination, WebhookState.PENDING)
        due = [m for m in pending if m.due_at and not now < m.due_at <= now + LONGEST_RETRY]
        return tuple(sorted(due, key=attrgetter("due_at"))[:limit])

    def count(self, destination: str) -> tuple[int, int]:
        """Count what waits and what has failed."""
        states = (WebhookState.PENDING, WebhookState.FAILED)
        waiting, failed = (len(self._in_state(destination, state)) for state in states)
        return waiting, failed

    def forget_sent(self, before: datetime, limit: int) -> int:
        """Delete what was sent before the instant."""
        sent = [m for m in self._messages if m.state is WebhookState.SENT and m.ended_at]
        old = sorted(
            (m for m in sent if m.ended_at and m.ended_at < before), key=attrgetter("ended_at")
        )
        for message in old[:limit]:
            self._messages.remove(message.id)
        return len(old[:limit])

    def count_sent(self, before: datetime) -> int:
        """Count what was sent before the instant."""
        sent = (m for m in self._messages if m.state is WebhookState.SENT)
        return sum(m.ended_at is not None and m.ended_at < before for m in sent)

    def revive(self, destination: str, now: datetime) -> int:
        """Make all that has not been sent due."""
        unsent = [
            message
            for message in self._messages.of("destination", destination)
            if message.state is not WebhookState.SENT
        ]
        for message in unsent:
            self._messages.save(
                replace(message, state=WebhookState.PENDING, due_at=now, tries=0, ended_at=None)
            )
        return len(unsent)

    def earliest(self, destination: str) -> datetime | None:
        """Return when the destination's next message is due."""
        pending = self._in_state(destination, WebhookState.PENDING)
        return min((message.due_at for message in pending if message.due_at), default=None)

    def _in_state(self, destination: str, state: WebhookState) -> list[WebhookMessage]:
        return [m for m in self._messages.of("destination", destination) if m.state is state]


class MemoryDestinations:
    """See surveys.ports.Destinations. There is one worker, so reading is claiming."""

    def __init__(self, log: UndoLog, messages: MemoryWebhooks) -> None:
        self._destinations: Table[Destination] = Table("webhook destination", log, key=("name",))
        self._messages = messages

    def add(self, destination: Destination) -> None:
        """Insert."""
        self._destinations.add(destination)

    def save(self, destination: Destination) -> None:
        """Replace."""
        self._destinations.save(destination)

    def get(self, name: str) -> Destination | None:
        """Return the destination."""
        return self._destinations.get(name)

    def all(self) -> tuple[Destination, ...]:
        """Return all of them."""
        return tuple(sorted(self._destinations, key=attrgetter("name")))

    def claimable(self, now: datetime) -> tuple[Destination, ...]:
        """Return those that something can be sent to now."""
        active = [each for each in self.all() if each.state is DestinationState.ACTIVE]
        free = [each for each in active if _is_free(each, now)]
        return tuple(each for each in free if self._messages.due(each.name, now, 1))

    def next_due(self) -> datetime | None:
        """Return when the next message can be sent."""
        moments = (self._sendable_at(destination) for destination in self._destinations)
        return min((moment for moment in moments if moment), default=None)

    def _sendable_at(self, destination: Destination) -> datetime | None:
        due = self._messages.earliest(destination.name)
        if due is None or destination.state is not DestinationState.ACTIVE:
            return None
        barriers = (destination.leased_until, destination.paused_until)
        return max((due, *(moment for moment in barriers if moment)))


def _is_free(destination: Destination, now: datetime) -> bool:
    """Say whether neither a lease nor a pause holds it that is to be believed."""
    lease, pause = destination.leased_until, destination.paused_until
    leased = lease is not None and now < lease <= now + LONGEST_PAUSE
    paused = pause is not None and now < pause <= now + LONGEST_PAUSE
    return not leased and not paused
