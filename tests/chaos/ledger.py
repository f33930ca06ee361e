"""What the database says happened, read past our own repositories: in plain SQL, from one consistent state."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from storage.engine import parse, reading_engine
from surveys.model import Channel, DeliveryState

_MESSAGES = text("""
    SELECT d.id, d.channel, a.chat, d.step, d.kind, d.token, d.state, d.reason, d.resends, e.source_id
    FROM delivery d
    JOIN address a ON a.id = d.address_id
    LEFT JOIN invitation i ON i.id = d.invitation_id
    LEFT JOIN event e ON e.id = i.event_id
    WHERE d.target_id IS NULL
""")
_EDITS = text("SELECT state, count(*) FROM delivery WHERE target_id IS NOT NULL GROUP BY state")
_ANSWERS = text("""
    SELECT e.source_id, n.question, n.score, n.choice, n.text
    FROM answer n
    JOIN invitation i ON i.id = n.invitation_id
    JOIN event e ON e.id = i.event_id
""")
_CUT_SHORT = text("SELECT count(*) FROM attempt WHERE ended_at IS NULL OR reason = 'worker_lost'")
_UNDER_WAY = text("""
    SELECT (SELECT count(*) FROM delivery WHERE state IN ('pending', 'sending'))
         + (SELECT count(*) FROM delivery WHERE state = 'unknown' AND due_at IS NOT NULL)
         + (SELECT count(*) FROM invitation WHERE state = 'waiting')
         + (SELECT count(*) FROM inbox WHERE state = 'new')
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One delivery of a new message, as the outbox has it.

    Attributes:
        chat: the address's chat: Telegram's chat id; Slack's user id or channel.
        mark: see tests.chaos.posts.Post.
        event_id: the sender's id of the event behind it; None for a message of no survey.
    """

    id: str
    channel: Channel
    chat: str
    mark: str
    step: str
    kind: str
    state: DeliveryState
    reason: str | None
    resends: int
    event_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Everything that is judged.

    Attributes:
        answers: by (the sender's event id, question).
        edits: how many edits are in which state.
        cut_short: attempts whose outcome nobody wrote down: a kill fell between intent and outcome.
    """

    messages: tuple[Message, ...]
    answers: Mapping[tuple[str, str], int | str]
    edits: Mapping[DeliveryState, int]
    cut_short: int


class Books:
    """A database, opened to read."""

    def __init__(self, url: str) -> None:
        self._engine: Engine = reading_engine(parse(url), patience=30, size=1)

    def under_way(self) -> int:
        """Count what the servers still have to do."""
        with self._engine.connect() as connection:
            return int(connection.scalar(_UNDER_WAY) or 0)

    def ledger(self) -> Ledger:
        """Read everything."""
        with self._engine.connect() as connection:
            return Ledger(
                messages=tuple(_messages(connection)),
                answers=dict(_answers(connection)),
                edits={DeliveryState(state): n for state, n in connection.execute(_EDITS)},
                cut_short=int(connection.scalar(_CUT_SHORT) or 0),
            )

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()


def _messages(connection: Connection) -> list[Message]:
    return [
        Message(
            id=row.id,
            channel=Channel(row.channel),
            chat=row.chat,
            mark=_mark(row.channel, row.id, row.token, row.kind),
            step=row.step,
            kind=row.kind,
            state=DeliveryState(row.state),
            reason=row.reason,
            resends=row.resends,
            event_id=row.source_id,
        )
        for row in connection.execute(_MESSAGES)
    ]


def _mark(channel: str, delivery_id: str, token: str | None, kind: str) -> str:
    if channel == Channel.SLACK:
        return delivery_id
    return token or ("thanks" if kind == "thanks" else "notice")


def _answers(connection: Connection) -> list[tuple[tuple[str, str], int | str]]:
    return [
        (
            (row.source_id, row.question),
            next(v for v in (row.score, row.choice, row.text) if v is not None),
        )
        for row in connection.execute(_ANSWERS)
    ]
