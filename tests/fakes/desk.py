"""A chat desk in memory: the test pushes and edits messages, the desk records what the browser did."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot.webchat.desk import Attendance, ChatAct, Invited, SampleCustomer
from surveys.errors import StorageBusy
from surveys.model import Bubble, Opened, Prompt, Receipt

ADDRESS = "address-1"
START = datetime(2026, 11, 18, 3, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Done:
    """One act as the desk took it."""

    session: str
    client_msg_id: str
    client_seq: int
    act: ChatAct


@dataclass(slots=True)
class FakeDesk:
    """Keeps one conversation, shared by every session that is opened.

    Attributes:
        links: unused link tokens and the language of their customer.
        on_act: called with each new act; pushes or edits what should follow and returns the receipt.
        busy: while true, everything raises StorageBusy.
        writes: how often anything was asked that may write.
        codes: touchpoints by their QR code.
        ring: called after each change.
    """

    links: dict[str, str] = field(default_factory=dict)
    on_act: Callable[[ChatAct], Receipt] = lambda _: Receipt()
    consent_text: str = "답변은 서비스 개선에만 써요."
    busy: bool = False
    writes: int = 0
    acts: list[Done] = field(default_factory=list)
    bubbles: dict[str, Bubble] = field(default_factory=dict)
    sessions: set[str] = field(default_factory=set)
    pulls: int = 0
    used: dict[str, tuple[str, Opened]] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    scans: list[tuple[str, str, str, str]] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    looks: int = 0
    ring: Callable[[], None] = lambda: None

    def push(self, prompt: Prompt) -> str:
        """Add a message and return its id."""
        number = len(self.bubbles) + 1
        at = START + timedelta(seconds=number)
        self.bubbles[f"b{number}"] = Bubble(id=f"b{number}", prompt=prompt, at=at)
        self._changed()
        return f"b{number}"

    def edit(self, bubble_id: str, prompt: Prompt) -> None:
        """Replace a message in place."""
        self.bubbles[bubble_id] = replace(self.bubbles[bubble_id], prompt=prompt)
        self._changed()

    async def open(self, token: str, key: str = "", session: str = "") -> Opened | None:
        """See bot.webchat.desk.ChatDesk."""
        self._write()
        known = {self.used[token][0], *self.sessions} - {""} if token in self.used else set()
        if {key, session} & known:
            return self.used[token][1]
        language = self.links.pop(token, None)
        if language is None:
            return None
        opened = self._session(language)
        self.used[token] = (key, opened)
        return opened

    async def invitation(self, code: str, language: str) -> Invited | None:
        """See bot.webchat.desk.ChatDesk."""
        place = self.codes.get(code)
        return Invited(touchpoint=place, consent_text=self.consent_text) if place else None

    async def scan(
        self, code: str, scan_id: str, language: str, session: str = ""
    ) -> Opened | None:
        """See bot.webchat.desk.ChatDesk."""
        self._write()
        if code not in self.codes:
            return None
        self.scans.append((code, scan_id, language, session))
        return self._session(language)

    async def attend(self, session: str) -> Attendance | None:
        """See bot.webchat.desk.ChatDesk."""
        if session not in self.sessions:
            return None
        return Attendance(address_id=ADDRESS, waits=False)

    async def came_due(self, after: datetime, until: datetime) -> list[tuple[str, str]]:
        """See bot.webchat.watching."""
        self.looks += 1
        return [(ADDRESS, change) for change in self.changes]

    async def transcript(self, session: str) -> tuple[Bubble, ...] | None:
        """See bot.webchat.desk.ChatDesk."""
        self._write()
        if session not in self.sessions:
            return None
        self.pulls += 1
        return tuple(self.bubbles.values())

    async def act(
        self, session: str, client_msg_id: str, client_seq: int, act: ChatAct
    ) -> Receipt | None:
        """See bot.webchat.desk.ChatDesk."""
        self._write()
        if session not in self.sessions:
            return None
        if any(
            (done.session, done.client_msg_id) == (session, client_msg_id) for done in self.acts
        ):
            return Receipt(duplicate=True)
        self.acts.append(Done(session, client_msg_id, client_seq, act))
        return self.on_act(act)

    def _changed(self) -> None:
        self.changes.append(f"c{len(self.changes)}")
        self.ring()

    def _write(self) -> None:
        self.writes += 1
        if self.busy:
            raise StorageBusy

    def _session(self, language: str) -> Opened:
        session = f"session-{len(self.sessions) + 1}"
        self.sessions.add(session)
        return Opened(
            session=session,
            language=language,
            consent_text=self.consent_text,
            expires_at=START + timedelta(days=30),
        )


@dataclass(frozen=True, slots=True)
class FakeDoor:
    """The demo's door to a fake desk: two sample customers, each with a language."""

    desk: FakeDesk

    async def customers(self, language: str) -> tuple[SampleCustomer, ...]:
        """See bot.webchat.desk.DemoDoor."""
        labels = {
            "ko": ("김하늘 (한국어)", "Alex (영어)"),
            "en": ("Haneul (Korean)", "Alex (English)"),
        }
        return tuple(
            SampleCustomer(id=name, label=label)
            for name, label in zip(("ko", "en"), labels[language], strict=True)
        )

    async def open(self, customer_id: str) -> Opened | None:
        """See bot.webchat.desk.DemoDoor."""
        if customer_id not in {"ko", "en"}:
            return None
        self.desk.links["door"] = customer_id
        return await self.desk.open("door")
