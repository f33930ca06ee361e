"""Draws messages as each channel shows them, from the very payload that would be sent there."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

from surveys.model import Channel, Json, Prompt, Tap

_TAG = re.compile(r"</?b>")
_TICK = "✓ "


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A button as it is seen, and the press it makes."""

    label: str
    tap: Tap

    def is_called(self, said: str) -> bool:
        """Say whether somebody who says this means the button: its label, without tick and case."""
        return said.casefold() in (self.label.casefold(), self.label.removeprefix(_TICK).casefold())


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A message on the customer's screen; ``payload`` is what the platform is sent."""

    lines: tuple[str, ...]
    rows: tuple[tuple[Key, ...], ...]
    payload: Json

    @property
    def keys(self) -> tuple[Key, ...]:
        """Return the buttons in reading order."""
        return tuple(key for row in self.rows for key in row)


def picture(channel: Channel, prompt: Prompt) -> Picture:
    """Draw a prompt; raises InvalidInput for one that the channel could not show."""
    return _DRAWN[channel](prompt)


def _telegram(prompt: Prompt) -> Picture:
    from bot.telegram.layout import lay_out  # noqa: PLC0415 an SDK is loaded only where used

    laid = lay_out(prompt)
    payload: dict[str, Any] = {"text": laid.text, "parse_mode": "HTML"}
    rows: Iterable[Iterable[Mapping[str, Any]]] = ()
    if laid.keyboard is not None:
        payload["reply_markup"] = laid.keyboard.to_dict()
        rows = payload["reply_markup"]["inline_keyboard"]
    return Picture(
        lines=tuple(unescape(_TAG.sub("", laid.text)).split("\n")),
        rows=tuple(tuple(_key(one["text"], one["callback_data"]) for one in row) for row in rows),
        payload=payload,
    )


def _slack(prompt: Prompt) -> Picture:
    from bot.slack.layout import blocks, fallback  # noqa: PLC0415 an SDK is loaded only where used

    laid: list[dict[str, Any]] = blocks(prompt, "1")
    return Picture(
        lines=tuple(line for block in laid for line in _words(block)),
        rows=tuple(
            tuple(_key(one["text"]["text"], one["value"]) for one in block["elements"])
            for block in laid
            if block["type"] == "actions"
        ),
        payload={"text": fallback(prompt), "blocks": laid},
    )


def _words(block: Mapping[str, Any]) -> list[str]:
    match block["type"]:
        case "section":
            return str(block["text"]["text"]).split("\n")
        case "context":
            return [line for one in block["elements"] for line in one["text"].split("\n")]
        case _:
            return []


def _webchat(prompt: Prompt) -> Picture:
    from bot.webchat.messages import prompt_json  # noqa: PLC0415 loaded only where used

    payload: dict[str, Any] = prompt_json(prompt)
    groups = (payload["scale"], *([chip] for chip in payload["chips"]), payload["controls"])
    said = (payload[name] for name in ("heading", "text", "hint"))
    return Picture(
        lines=tuple(line for text in said if text for line in text.split("\n")),
        rows=tuple(
            tuple(_key(one["label"], f"1:{payload['token']}:{one['value']}") for one in group)
            for group in groups
            if group
        ),
        payload=payload,
    )


def _key(label: str, data: str) -> Key:
    _, token, value = data.split(":", 2)
    return Key(label=label, tap=Tap(token=token, value=value))


_DRAWN: Mapping[Channel, Callable[[Prompt], Picture]] = {
    Channel.TELEGRAM: _telegram,
    Channel.SLACK: _slack,
    Channel.WEBCHAT: _webchat,
}
