"""Plays a conversation at a terminal: what the customer sees, and what she may tap or type.

A line that is called like a button on the screen taps it, the newest message first; any other line is typed.
A line that begins with a colon is for the player: ``:wait 24h``, ``:payload``, ``:help``, ``:quit``.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta, tzinfo

from bot.console.texts import say
from bot.playing.conversation import Conversation
from bot.preview.screens import Key, Picture, picture
from surveys.language.dates import moment
from surveys.model import Receipt, Typed

_SPAN = re.compile(r"(\d{1,4})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_EDGE = "│ "


class Player:
    """Reads lines, does them and prints what changed on the screen.

    ``show_payload`` prints beside each message what the platform is sent.
    """

    def __init__(
        self,
        conversation: Conversation,
        *,
        language: str,
        zone: tzinfo,
        write: Callable[[str], None],
        show_payload: bool = False,
    ) -> None:
        self._talk = conversation
        self._language = language
        self._zone = zone
        self._write = write
        self._show_payload = show_payload
        self._seen: set[int] = set()

    async def play(self, lines: Iterable[str]) -> None:
        """Begin, then do one line after the other; ends with them, or with ``:quit``."""
        await self._talk.begin(self._language)
        self._print_time()
        self._print_news()
        for line in lines:
            said = line.strip()
            if said == ":quit":
                return
            if said:
                await self._do(said)

    async def _do(self, said: str) -> None:
        if not said.startswith(":"):
            key = self._key(said)
            self._print_receipt(await self._talk.act(key.tap if key else Typed(text=said)))
            self._print_news()
        elif said == ":payload":
            for number in list(self._talk.screen.messages)[-1:]:
                self._print_payload(self._picture(number))
        elif span := _span(said):
            await self._talk.wait(span)
            self._print_time()
            self._print_news()
        else:
            self._write(say(self._language, "play.help"))

    def _key(self, said: str) -> Key | None:
        for number in sorted(self._talk.screen.messages, reverse=True):
            for key in self._picture(number).keys:
                if key.is_called(said):
                    return key
        return None

    def _picture(self, number: int) -> Picture:
        screen = self._talk.screen
        return picture(screen.channel, screen.messages[number])

    def _print_time(self) -> None:
        now = self._talk.now
        self._write(f"── {moment(now, self._zone, self._language, now=now)}")

    def _print_news(self) -> None:
        for number in self._talk.screen.news():
            drawn = self._picture(number)
            changed = number in self._seen
            self._seen.add(number)
            self._write(f"[{number}]{' ' + say(self._language, 'play.changed') if changed else ''}")
            for line in _drawn(drawn):
                self._write(_EDGE + line)
            if self._show_payload:
                self._print_payload(drawn)

    def _print_payload(self, drawn: Picture) -> None:
        self._write(json.dumps(drawn.payload, ensure_ascii=False, indent=2))

    def _print_receipt(self, receipt: Receipt) -> None:
        if receipt.toast:
            self._write(f"({receipt.toast})")
        if receipt.form is not None:
            self._write(f"({receipt.form.text} {say(self._language, 'play.form')})")


def _drawn(drawn: Picture) -> Iterator[str]:
    yield from drawn.lines
    for row in drawn.rows:
        yield " ".join(f"[{key.label}]" for key in row)


def _span(said: str) -> timedelta | None:
    match = (
        _SPAN.fullmatch(said.removeprefix(":wait").strip()) if said.startswith(":wait") else None
    )
    return timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else None
