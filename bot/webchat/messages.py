"""The shapes that travel between the page and us."""

from typing import Annotated, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.webchat.bodies import dotted
from bot.webchat.desk import ChatAct, Invited
from surveys.errors import InvalidInput
from surveys.model import Bubble, Button, Command, Json, Opened, Prompt, Receipt, Tap, Typed

LARGEST_EXACT = 2**53 - 1
"""The largest integer that a browser counts exactly."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,128}$")]

Secret = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{22,128}$")]
"""At least 128 random bits of the browser's."""


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


BodyT = TypeVar("BodyT", bound=_Body)


class OpenBody(_Body):
    """``POST /chat/api/open``."""

    token: Annotated[str, Field(min_length=1, max_length=256)]
    key: Secret | None = None


class ScanBody(_Body):
    """``POST /chat/api/scan``."""

    code: Annotated[str, Field(min_length=1, max_length=64)]
    scan_id: Secret
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")]


class DemoOpenBody(_Body):
    """``POST /chat/api/demo/open``."""

    id: Annotated[str, Field(min_length=1, max_length=256)]


class PullBody(_Body):
    """``POST /chat/api/pull``: nothing to say."""


class TapBody(_Body):
    """A button, as ``1:<token>:<value>`` names it elsewhere."""

    token: Name
    value: Annotated[str, Field(pattern=r"^[!-~]{1,32}$")]


class DeedBody(_Body):
    """Exactly one of the three things that a customer can do."""

    tap: TapBody | None = None
    text: Annotated[str, Field(max_length=4000, pattern=r"\S")] | None = None
    command: Annotated[str, Field(pattern=r"^[a-z]{1,32}( [!-~]{1,64})?$")] | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.tap, self.text, self.command).count(None) != 2:  # noqa: PLR2004 -- two of three are absent
            message = "give exactly one of tap, text, command"
            raise ValueError(message)
        return self

    def act(self) -> ChatAct:
        """Return the deed in the domain's words."""
        if self.tap:
            return Tap(token=self.tap.token, value=self.tap.value)
        if self.command:
            name, _, argument = self.command.partition(" ")
            return Command(name=name, argument=argument)
        return Typed(text=(self.text or "").strip())


class ActBody(_Body):
    """``POST /chat/api/act``."""

    client_msg_id: Name
    client_seq: Annotated[int, Field(ge=0, le=LARGEST_EXACT)]
    act: DeedBody


def parse(shape: type[BodyT], value: Json) -> BodyT:
    """Return the body in its shape; raises InvalidInput naming the first wrong place."""
    try:
        return shape.model_validate(value)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        raise InvalidInput(dotted(first["loc"]), first["msg"]) from None


def opened_json(opened: Opened) -> Json:
    """Write a new session."""
    return {
        "session": opened.session,
        "language": opened.language,
        "consent_text": opened.consent_text,
        "expires_at": opened.expires_at.isoformat(),
    }


def invited_json(invited: Invited) -> Json:
    """Write what a code begins."""
    return {"touchpoint": invited.touchpoint, "consent_text": invited.consent_text}


def bubbles_json(bubbles: tuple[Bubble, ...]) -> Json:
    """Write a transcript."""
    return {
        "bubbles": [
            {"id": bubble.id, "at": bubble.at.isoformat(), "prompt": prompt_json(bubble.prompt)}
            for bubble in bubbles
        ]
    }


def receipt_json(receipt: Receipt) -> Json:
    """Write what an act led to."""
    return {
        "duplicate": receipt.duplicate,
        "toast": receipt.toast,
        "form": prompt_json(receipt.form) if receipt.form else None,
    }


def prompt_json(prompt: Prompt) -> Json:
    """Write a prompt, every field of it."""
    return {
        "kind": prompt.kind,
        "heading": prompt.heading,
        "text": prompt.text,
        "hint": prompt.hint,
        "language": prompt.language,
        "typing": prompt.typing,
        "token": prompt.token,
        "scale": _buttons(prompt.scale),
        "layout": prompt.layout.value,
        "chips": _buttons(prompt.chips),
        "controls": _buttons(prompt.controls),
    }


def _buttons(buttons: tuple[Button, ...]) -> Json:
    return [
        {"value": button.value, "label": button.label, "spoken": button.spoken}
        for button in buttons
    ]
