"""The customers: each reads her own chat and does what her dice say."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Protocol

from surveys.model import Json
from tests.simulation.outside import World
from tests.simulation.platforms import Message
from tests.simulation.slack import APP, TEAM, Slack
from tests.simulation.telegram import BOT, Telegram

HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """A score that a customer tapped. ``order`` is what sorts edits of one answer on the channel."""

    token: str
    score: int
    order: float
    act: str


class Hand(Protocol):
    """How customers act on a platform; acts are named as the inbox knows them. ``order`` is the newest act's."""

    @property
    def order(self) -> float:
        """What sorts edits of one answer on the channel."""

    @property
    def can_block(self) -> bool:
        """Whether customers can block us there."""

    def taps(self, who: "Customer", message: Message, value: str) -> str:
        """Press a button of a message."""

    def writes(self, who: "Customer", text: str) -> str:
        """Send a text."""

    def blocks(self, who: "Customer", *, reachable: bool) -> None:
        """Block us, or take that back."""


@dataclass(slots=True, kw_only=True)
class Customer:
    """One customer. ``quiets`` are the spans, in virtual seconds, in which she wants no question.

    A span begins with the act by which she stopped us, and ends when she begins to take that back.
    """

    name: str
    zone: str
    chat: str
    world: World
    hand: Hand
    dice: Random
    blocks: bool = False
    rated: list[Rated] = field(default_factory=list)
    quiets: list[tuple[str, float | None]] = field(default_factory=list)

    def sees(self, message: Message) -> None:
        """Notice a new message, and perhaps do something about it."""
        if message.prompt.kind == "question":
            self._then(self._ponders, message)
        elif message.prompt.kind == "reason":
            self._then(self._explains, message)

    def sees_edited(self, message: Message) -> None:
        """Notice that a message has changed."""
        if message.prompt.kind == "closed":
            self._then(self._taps_late, message)

    def starts(self, token: str | None = None) -> None:
        """Open the chat, or open it again."""
        self.blocks = False
        now = self.world.loop.time()
        self.quiets = [(act, now if end is None else end) for act, end in self.quiets]
        self.hand.writes(self, f"/start {token}" if token else "시작")

    def _then(self, react: Callable[[Message], None], message: Message) -> None:
        soon = self.dice.choice((2.0, 30.0, 300.0, 3 * HOUR))
        self.world.later(self.dice.uniform(0.3, soon), lambda: react(message))

    def _ponders(self, message: Message) -> None:
        match self.dice.choice(
            ("rates",) * 7 + ("ignores", "skips", "stops", "says stop", "blocks")
        ):
            case "rates":
                self._rates(message)
            case "skips":
                self.hand.taps(self, message, "skip")
            case "stops":
                self._stops(self.hand.taps(self, message, "stop.all"))
            case "says stop":
                self._stops(self.hand.writes(self, "그만"))
            case "blocks" if self.hand.can_block:
                self._blocks()

    def _rates(self, message: Message) -> None:
        scores = [button.value for button in message.prompt.scale]
        again = self.dice.choice((0, 0, 0, 1, 1, 2))
        for n in range(1 + again):
            score = self.dice.choice(scores)
            self.world.later(n * self.dice.choice((0.05, 4.0)), partial(self._rate, message, score))

    def _rate(self, message: Message, score: str) -> None:
        act = self.hand.taps(self, message, score)
        order = self.hand.order
        token = message.prompt.token or ""
        self.rated.append(Rated(token=token, score=int(score), order=order, act=act))

    def _explains(self, message: Message) -> None:
        match self.dice.choice(("chooses", "writes", "finishes", "ignores")):
            case "chooses" if message.prompt.chips:
                self.hand.taps(self, message, self.dice.choice(message.prompt.chips).value)
            case "writes":
                self.hand.writes(
                    self, self.dice.choice(("배송이 늦었어요", "friendly <b>staff</b>"))
                )
            case "finishes":
                self.hand.taps(self, message, "finish")

    def _taps_late(self, message: Message) -> None:
        self.hand.taps(self, message, "3")

    def _stops(self, act: str) -> None:
        self.quiets.append((act, None))
        if self.dice.random() < 0.6:
            self.world.later(self.dice.uniform(60.0, 12 * HOUR), self.starts)

    def _blocks(self) -> None:
        self.blocks = True
        self.hand.blocks(self, reachable=False)
        self.world.later(self.dice.uniform(HOUR, 12 * HOUR), self._unblocks)

    def _unblocks(self) -> None:
        self.blocks = False
        self.hand.blocks(self, reachable=True)


class TelegramHand:
    """Fingers on Telegram. See Hand."""

    can_block = True

    def __init__(self, telegram: Telegram) -> None:
        self.order = 0.0
        self._telegram = telegram

    def taps(self, who: Customer, message: Message, value: str) -> str:
        shown = {"message_id": message.ref["message_id"], "chat": _private(who)}
        query = {"id": f"q{message.key}", "from": _sender(who), "message": shown}
        data = f"1:{message.prompt.token}:{value}"
        return self._happens(who, f"taps {value}", callback_query={**query, "data": data})

    def writes(self, who: Customer, text: str) -> str:
        said = {"message_id": 1, "from": _sender(who), "chat": _private(who), "text": text}
        return self._happens(who, f"writes {text}", message=said)

    def blocks(self, who: Customer, *, reachable: bool) -> None:
        status = {"status": "member" if reachable else "kicked"}
        change = {"chat": _private(who), "from": _sender(who), "new_chat_member": status}
        self._happens(who, "unblocks" if reachable else "blocks", my_chat_member=change)

    def _happens(self, who: Customer, what: str, **body: Json) -> str:
        number = self._telegram.happens(who.name, what, **body)
        self.order = float(number)
        return f"telegram:{BOT}/{number}"


class SlackHand:
    """Fingers on Slack. See Hand."""

    can_block = False

    def __init__(self, slack: Slack) -> None:
        self.order = 0.0
        self._slack = slack

    def taps(self, who: Customer, message: Message, value: str) -> str:
        ts, at = self._slack.new_ts(), message.ref["ts"]
        user = who.chat.replace("D", "U", 1)
        body: dict[str, Json] = {
            "type": "block_actions",
            "team": {"id": TEAM},
            "api_app_id": APP,
            "user": {"id": user, "team_id": TEAM},
            "channel": {"id": who.chat},
            "container": {"type": "message", "message_ts": at, "channel_id": who.chat},
            "actions": [
                {
                    "action_id": value,
                    "value": f"1:{message.prompt.token}:{value}",
                    "action_ts": ts,
                }
            ],
        }
        return self._happens(who, f"taps {value}", f"{TEAM}/{user}/{at}/{value}/{ts}", body, ts)

    def writes(self, who: Customer, text: str) -> str:
        ts = self._slack.new_ts()
        event = {"type": "message", "channel_type": "im", "channel": who.chat, "text": text}
        user = who.chat.replace("D", "U", 1)
        body: dict[str, Json] = {
            "type": "event_callback",
            "team_id": TEAM,
            "api_app_id": APP,
            "event_id": f"Ev{ts}",
            "event": {**event, "user": user, "team": TEAM, "ts": ts},
        }
        return self._happens(who, f"writes {text}", f"Ev{ts}", body, ts)

    def blocks(self, who: Customer, *, reachable: bool) -> None:
        raise AssertionError("nobody can block an app on Slack")

    def _happens(self, who: Customer, what: str, key: str, body: dict[str, Json], ts: str) -> str:
        self._slack.happens(who.name, what, key, body)
        self.order = float(ts)
        return f"slack:{APP}/{TEAM}/{key}"


def _sender(who: Customer) -> dict[str, Json]:
    return {"id": int(who.chat), "is_bot": False, "language_code": "ko"}


def _private(who: Customer) -> dict[str, Json]:
    return {"id": int(who.chat), "type": "private"}
