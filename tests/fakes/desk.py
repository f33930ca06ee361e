"""A chat desk in memory: the test pushes and edits messages, the desk records what the browser did."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot.webchat.desk import ChatAct, SampleCustomer
from surveys.errors import StorageBusy
from surveys.model import Bubble, Opened, Prompt, Receipt

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

    def push(self, prompt: Prompt) -> str:
        """Add a message and return its id."""
        number = len(self.bubbles) + 1
        at = START + timedelta(seconds=number)
        self.bubbles[f"b{number}"] = Bubble(id=f"b{number}", prompt=prompt, at=at)
        return f"b{number}"

    def edit(self, bubble_id: str, prompt: Prompt) -> None:
        """Replace a message in place."""
        self.bubbles[bubble_id] = replace(self.bubbles[bubble_id], prompt=prompt)

    async def open(self, token: str) -> Opened | None:
        """See bot.webchat.desk.ChatDesk."""
        self._write()
        language = self.links.pop(token, None)
        return self._session(language) if language else None

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
