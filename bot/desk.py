"""The use cases as the edges call them: each method is one unit of work, then the drain loop is woken."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from pydantic import TypeAdapter

from bot.caps import ActCap
from bot.metrics import Metrics
from bot.mishaps import where
from bot.orders import Order, obeyed
from bot.unreadable import around_unreadable
from bot.webchat.desk import Attendance, Invited
from surveys.errors import StorageBusy, TooEarly
from surveys.model import (
    Acceptance,
    Act,
    Bubble,
    Channel,
    Command,
    Event,
    InboxEntry,
    InboxState,
    Incoming,
    Opened,
    Reached,
    Receipt,
    Started,
    Tap,
    Typed,
    Unsupported,
)
from surveys.ports import SENDING_LEASE, Storage, UnitOfWork
from surveys.program import say
from surveys.rendering import consent_text
from surveys.service import asking, chains, outcomes, scanning, sending, talking, turns, webchat
from surveys.service.context import Context

BATCH = 200
MOST_TRIES = 5
SHORTLY = timedelta(milliseconds=250)
"""After this a text is looked at again that came while a question was on its way."""

_EVENT = TypeAdapter(Event)
_INCOMING = TypeAdapter(Incoming)
_ACTS: dict[str, TypeAdapter[Any]] = {
    kind.__name__: TypeAdapter(kind)
    for kind in (Tap, Typed, Started, Command, Reached, Unsupported)
}
_log = structlog.get_logger(__name__)


class Desk:
    """Front desk of the application; see surveys.service for what each call does."""

    def __init__(
        self,
        *,
        storage: Storage,
        ctx: Context,
        wake: Callable[[], None],
        metrics: Metrics | None = None,
        cap: ActCap | None = None,
    ) -> None:
        """Take ``cap``, beyond which one customer's acts are dropped; None for no such limit.

        ``orders`` counts what operators ordered here: what was claimed before the last of them looks again.
        """
        self.orders = 0
        self._storage = storage
        self._ctx = ctx
        self._wake = wake
        self._metrics = metrics or Metrics()
        self._cap = cap

    # --- events and acts ---

    async def accept(self, events: Sequence[Event]) -> Sequence[Acceptance]:
        """Store events and decide about them; what can't be decided now is stored and tried later."""
        try:
            accepted = await self._storage.write(
                lambda tx: [asking.accept(tx, self._ctx, event) for event in events]
            )
        except StorageBusy:
            raise
        except Exception:  # noqa: BLE001 the update handler's edge: logged, stored, tried again
            _log.exception("deciding failed; the events are stored for later", events=len(events))
            accepted = [await self._keep(event) for event in events]
        for status in accepted:
            self._metrics.events.labels(status.value).inc()
        self._wake()
        return accepted

    async def receive(self, incoming: Incoming) -> Receipt:
        """Handle one act of a customer; if that fails it is stored and handled later."""
        refused = await self._cap.over(incoming) if self._cap else None
        if refused is not None:
            self._wake()
            return refused
        try:
            receipt = await self._storage.write(lambda tx: talking.receive(tx, self._ctx, incoming))
        except StorageBusy:
            raise
        except TooEarly:
            receipt = await self._put_by(incoming, SHORTLY)
        except Exception:  # noqa: BLE001 the update handler's edge: logged, stored, tried again
            _log.exception("an act failed; it is stored for later", source=incoming.source)
            receipt = await self._put_by(incoming, timedelta())
        self._metrics.acts.labels(incoming.channel.value).inc()
        if receipt.forged:
            _warn_of_forgery(incoming, receipt)
        self._wake()
        return receipt

    async def _put_by(self, incoming: Incoming, wait: timedelta) -> Receipt:
        """Store an act to be handled after a while."""
        entry = talking.entry_of(self._ctx, incoming, InboxState.NEW)
        entry = replace(entry, body=pack_incoming(incoming), due_at=self._ctx.now() + wait)
        await self._storage.write(lambda tx: asking.store_unhandled(tx, self._ctx, entry))
        return Receipt()

    async def _keep(self, event: Event) -> Acceptance:
        """Try one event alone; store it unhandled where it is the one that fails."""
        try:
            return await self._storage.write(lambda tx: asking.accept(tx, self._ctx, event))
        except StorageBusy:
            raise
        except Exception:  # noqa: BLE001 the update handler's edge: logged, stored, tried again
            _log.exception("an event failed; it is stored for later", event_id=event.id)
            now = self._ctx.now()
            entry = InboxEntry(
                id=self._ctx.new_id(),
                source=f"event:{event.source}",
                key=event.id,
                digest=event.digest(),
                received_at=now,
                state=InboxState.NEW,
                body={"event": json.loads(_EVENT.dump_json(event))},
                due_at=now,
            )
            return await self._storage.write(
                lambda tx: asking.store_unhandled(tx, self._ctx, entry)
            )

    # --- chores ---

    @property
    def chores(self) -> tuple[Callable[[], Awaitable[int]], ...]:
        """What the drain loop runs, in this order."""
        return self.handle_stored, self.wake_due, self.tidy

    async def handle_stored(self) -> int:
        """Handle inbox entries that could not be handled when they came; give up after MOST_TRIES."""
        entries = await self._storage.read(lambda tx: tx.inbox.unhandled(self._ctx.now(), BATCH))
        handled = 0
        for entry in entries:
            try:
                handled += await self._storage.write(partial(self._handle, entry=entry))
            except StorageBusy:
                raise
            except TooEarly:
                later = replace(entry, due_at=self._ctx.now() + SHORTLY)
                await self._storage.write(partial(_save, entry=later))
                handled += 1
            except Exception as exc:  # noqa: BLE001 the job's edge: logged, tried again
                _log.exception("a stored message failed again", inbox=entry.id, tries=entry.tries)
                failed = self._failed(entry, where(exc))
                await self._storage.write(partial(_save, entry=failed))
                handled += 1
        return handled

    def _handle(self, tx: UnitOfWork, *, entry: InboxEntry) -> bool:
        """Handle an entry as it was read, unless another worker has been or is at it."""
        if tx.inbox.take(entry.id) != entry:
            return False
        body = entry.body or {}
        if "event" in body:
            event = _EVENT.validate_python(body["event"])
            asking.handle(tx, self._ctx, event, received_at=entry.received_at)
        elif "answered" in body:
            chains.follow(tx, self._ctx, entry)
        else:
            talking.handle(tx, self._ctx, unpack_incoming(body))
        tx.inbox.save(replace(entry, state=InboxState.DONE, body=None, due_at=None, error=None))
        return True

    def _failed(self, entry: InboxEntry, error: str) -> InboxEntry:
        tries = entry.tries + 1
        if tries >= MOST_TRIES:
            return replace(entry, state=InboxState.FAILED, tries=tries, error=error, due_at=None)
        due_at = self._ctx.now() + timedelta(seconds=2**tries)
        return replace(entry, tries=tries, error=error, due_at=due_at)

    async def wake_due(self) -> int:
        """Release, remind, close and expire the invitations that are due."""
        people = await self._storage.read(lambda tx: turns.whose_turn(tx, self._ctx, BATCH))
        done = sum(await asyncio.gather(*(self._wake_person(person_id) for person_id in people)))
        if done:
            self._wake()  # a browser may listen for what was asked just now, at another process
        return done

    async def _wake_person(self, person_id: str) -> bool:
        """Give one person her turn, unless a rival does; what fails for her is put off and stands in nobody's way."""
        try:
            return await self._storage.write(lambda tx: turns.wake(tx, self._ctx, person_id))
        except StorageBusy:
            raise
        except Exception:  # noqa: BLE001 the job's edge: logged, tried again later
            _log.exception("a person's turn failed; it is put off", person=person_id)
            await self._storage.write(lambda tx: turns.put_off(tx, self._ctx, person_id))
            return True

    async def tidy(self) -> int:
        """Expire what is too late and give up claims whose worker is gone; writes only where there is any."""

        def any_to_do(tx: UnitOfWork) -> bool:
            now = self._ctx.now()
            late, lost = tx.deliveries.expired, tx.deliveries.overdue_sending
            return bool(late(now, 1) or lost(now - SENDING_LEASE, 1))

        async def tidied() -> int:
            if not await self._storage.read(any_to_do):
                return 0
            return await self._storage.write(
                lambda tx: (
                    sending.expire(tx, self._ctx, BATCH) + outcomes.recover(tx, self._ctx, BATCH)
                )
            )

        return await around_unreadable(self._storage, self._ctx, tidied)

    # --- operators ---

    async def obey(self, order: Order, by: str) -> str:
        """Carry an operator's order out; return what was done (bot.orders)."""
        done = await obeyed(self._storage, self._ctx, order, by)
        self.orders += 1
        _log.warning("an operator's order", act=order.act.value, subject=order.shown, by=by)
        self._wake()
        return done

    async def ordered(self, work: Callable[[UnitOfWork], str | None]) -> str | None:
        """Do what staff order in a chat, in one commit that remembers their act; return what it says."""
        done = await self._storage.write(work)
        self.orders += 1
        self._wake()
        return done

    # --- web chat (bot.webchat.desk.ChatDesk) ---

    async def open(self, token: str, key: str = "", session: str = "") -> Opened | None:
        """Use a one-time link; see surveys.service.webchat.open_link."""
        opened = await self._storage.write(
            lambda tx: webchat.open_link(tx, self._ctx, token, key=key, session=session)
        )
        self._wake()
        return opened

    async def invitation(self, code: str, language: str) -> Invited | None:
        """Return what a touchpoint's code begins; see surveys.service.scanning."""
        program = self._ctx.program
        touchpoint = scanning.touchpoint_of(self._ctx, code)
        if touchpoint is None:
            return None
        label = say(touchpoint.label, language, program.company.language)
        return Invited(touchpoint=label, consent_text=consent_text(program, language))

    async def scan(
        self, code: str, scan_id: str, language: str, session: str = ""
    ) -> Opened | None:
        """Begin it; see surveys.service.webchat.scan."""
        opened = await self._storage.write(
            lambda tx: webchat.scan(
                tx, self._ctx, code, scan_id, language=language, session=session
            )
        )
        self._wake()
        return opened

    async def attend(self, session: str) -> Attendance | None:
        """Return which address the session is, and whether anything waits there."""

        def look(tx: UnitOfWork) -> Attendance | None:
            address = webchat.address_of(tx, self._ctx, session)
            if address is None:
                return None
            return Attendance(address_id=address.id, waits=webchat.waiting(tx, self._ctx, address))

        return await self._storage.read(look)

    async def transcript(self, session: str) -> tuple[Bubble, ...] | None:
        """Return the chat as it stands; claims what is due first, and writes only if anything is."""

        def look(tx: UnitOfWork) -> tuple[bool, tuple[Bubble, ...]] | None:
            address = webchat.address_of(tx, self._ctx, session)
            if address is None:
                return None
            waits = webchat.waiting(tx, self._ctx, address)
            return waits, () if waits else webchat.transcript(tx, self._ctx, address)

        def pull(tx: UnitOfWork) -> tuple[Bubble, ...]:
            address = webchat.address_of(tx, self._ctx, session)
            if address is None:
                return ()
            webchat.pull(tx, self._ctx, address)
            return webchat.transcript(tx, self._ctx, address)

        seen = await self._storage.read(look)
        if seen is None or not seen[0]:
            return seen[1] if seen else None
        bubbles = await self._storage.write(pull)
        self._wake()
        return bubbles

    async def act(
        self, session: str, client_msg_id: str, client_seq: int, act: Tap | Typed | Command
    ) -> Receipt | None:
        """Handle one act from a browser; None for an unknown session."""
        address = await self._storage.read(lambda tx: webchat.address_of(tx, self._ctx, session))
        if address is None:
            return None
        incoming = Incoming(
            source=f"webchat:{address.user}",
            key=client_msg_id,
            channel=Channel.WEBCHAT,
            account=address.account,
            user=address.user,
            chat=address.chat,
            at=self._ctx.now(),
            order=client_seq,
            act=act,
        )
        return await self.receive(incoming)


def _warn_of_forgery(incoming: Incoming, receipt: Receipt) -> None:
    """Leave a line about a button that is none of the sender's; the rest of it changed nothing."""
    _log.warning(
        "security event",
        what="forged button",
        claim=receipt.forged,
        source=incoming.source,
        key=incoming.key,
        user=incoming.user,
    )


def _save(tx: UnitOfWork, *, entry: InboxEntry) -> None:
    """Count a try, unless another worker has handled the entry since."""
    known = tx.inbox.find(entry.source, entry.key)
    if known is not None and known.state is InboxState.NEW:
        tx.inbox.save(entry)


def pack_incoming(incoming: Incoming) -> dict[str, Any]:
    """Return an act as plain JSON."""
    kind = type(incoming.act).__name__
    act = json.loads(_ACTS[kind].dump_json(incoming.act))
    rest = json.loads(_INCOMING.dump_json(incoming))
    return {"incoming": {**rest, "act": None}, "act": act, "kind": kind}


def unpack_incoming(body: dict[str, Any]) -> Incoming:
    """Read what pack_incoming wrote."""
    act: Act = _ACTS[body["kind"]].validate_python(body["act"])
    placeholder = {"what": ""}
    return replace(_INCOMING.validate_python({**body["incoming"], "act": placeholder}), act=act)
