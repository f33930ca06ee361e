"""Settings: one YAML file, overlaid by ``AFTERTOUCH_*`` environment variables; read once, at the start.

Every problem is reported in one message that names each key. Parts of the program get the values they need,
never the Settings.
"""

import base64
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from bot.analyser import Analysing
from bot.oidc_config import OidcSettings
from bot.pace import Every, Pace
from bot.public_addresses import fault_of
from surveys.errors import InvalidInput
from surveys.journey import SLUG
from surveys.model import WebhookType
from surveys.pacing import Pacing
from surveys.service.retention import Keeping

PREFIX = "AFTERTOUCH_"
_HOOK = re.compile(r"AFTERTOUCH_(HOOK|WEBHOOK)_([A-Z0-9_]+)_SECRET")
# An http(s) address with a host, perhaps a path: links and webhooks are made by adding to it.
_ADDRESS = r"^https?://[^/?#\s]+(/[^?#\s]*)?$"
_NESTED = ("telegram", "slack", "retention", "oidc")
LONGEST_FAILED = timedelta(days=7)
SHORTEST_INBOX = timedelta(days=7)


class Role(StrEnum):
    """A share of the work; on PostgreSQL several processes may divide it."""

    INTAKE = "intake"
    """Events, hooks, customers, the platforms' webhooks, web chat."""
    WORKER = "worker"
    """What is due: deciding, sending; polling Telegram, Slack's Socket Mode."""
    CONSOLE = "console"
    """Pages of the staff, and the results API."""


ALL_ROLES = frozenset(Role)


def _roles(given: Any) -> Any:
    """Read a comma list or a list; raises PydanticCustomError naming what is no role."""
    names = given.split(",") if isinstance(given, str) else given
    if not isinstance(names, Iterable):
        names = (names,)
    told = [str(name).strip() for name in names if str(name).strip()]
    wrong = [name for name in told if name not in ALL_ROLES]
    if wrong or not told:
        what = f"{wrong[0][:40]} is no role" if wrong else "no role is named"
        raise PydanticCustomError(
            "role", "{problem}", {"problem": f"{what}; choose from {', '.join(Role)}"}
        )
    return told


Rate = Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TelegramSettings(_Part):
    """The Telegram bot. Without a token the channel is off.

    Attributes:
        base_url: up to and including ``/bot``; change it for a self-hosted Bot API server.
        webhook_secret: needed in webhook mode, 1-256 characters ``A-Za-z0-9_-``.
        per_second: messages over all chats; Telegram takes about 30 (Bot FAQ).
    """

    token: SecretStr | None = None
    base_url: str = "https://api.telegram.org/bot"
    mode: Literal["polling", "webhook"] = "polling"
    webhook_secret: Annotated[SecretStr, Field(max_length=256)] | None = None
    per_second: Rate = Pacing().telegram


def _listed(given: Any) -> Any:
    """Read a comma list or a list."""
    names = given.split(",") if isinstance(given, str) else given
    named = names if isinstance(names, Iterable) else (names,)
    return [str(name).strip() for name in named if str(name).strip()]


# U and W name users, S user groups, C and G channels (docs.slack.dev, object ids).
SlackId = Annotated[str, Field(pattern=r"^[UWSCG][A-Z0-9]{1,31}$")]
SlackIds = Annotated[frozenset[SlackId], BeforeValidator(_listed)]


class SlackSettings(_Part):
    """The Slack app. Without a bot token the channel is off; an app token turns on Socket Mode.

    Attributes:
        base_url: up to and including ``/api/``; change it for GovSlack.
        per_second: messages over all channels; Slack takes some hundreds a minute from one workspace.
        staff: who sees results in Slack: ids of users, user groups, or channels whose members do.
        operators: who may pause and test as well, by the same kinds of ids.
    """

    bot_token: SecretStr | None = None
    signing_secret: SecretStr | None = None
    app_token: SecretStr | None = None
    base_url: str = "https://slack.com/api/"
    per_second: Rate = Pacing().slack
    staff: SlackIds = frozenset()
    operators: SlackIds = frozenset()


class HookSettings(_Part):
    """One vendor connection: ``POST /v1/hooks/<vendor>/<name>``; secrets are a comma list.

    ``vendor`` None (a secret given by the environment alone) takes the vendor from the path.
    """

    vendor: str | None = None
    secret: SecretStr | None = None


class WebhookSettings(_Part):
    """One destination of outgoing webhooks.

    Attributes:
        allow_private: it may be in the own network, and without TLS; off, only public https addresses are called.
        url: where messages are posted.
        secret: ``whsec_...``, signs every message; a comma list while rotating.
        events: what it is told.
        comments: whether customers' own words are sent along.
    """

    allow_private: bool = False
    url: str
    secret: SecretStr
    events: Annotated[frozenset[WebhookType], Field(min_length=1)]
    comments: bool = False

    @field_validator("url")
    @classmethod
    def _is_callable(cls, url: str, info: ValidationInfo) -> str:
        fault = fault_of(url, allow_private=info.data.get("allow_private", False))
        if fault is not None:
            raise PydanticCustomError("url", "{fault}", {"fault": fault})
        return url

    @field_validator("secret")
    @classmethod
    def _signs(cls, secret: SecretStr) -> SecretStr:
        secrets = secrets_of(secret)
        if not secrets or not all(_is_key(each) for each in secrets):
            raise PydanticCustomError("secret", "must be whsec_ and the base64 of 24 to 64 bytes")
        return secret


class WebchatSettings(_Part):
    """Where the web chat may be embedded: origins such as ``https://shop.example``."""

    origins: tuple[str, ...] = ()


class DigestSettings(_Part):
    """One digest: results told to staff by cron; see bot.digests.plan.Digest.

    Attributes:
        cron: five fields, in the company's zone, or in ``zone``.
        to: ``slack:C...``, ``telegram:<chat id>``, ``file:<path>``; ``{date}`` in them is the day.
        language: one that Aftertouch speaks; the company's unless told otherwise.
        since: ``7d``, ``previous month`` or ``previous quarter``.
        compare: what ``GET /v1/results`` takes, or "" for nothing.
    """

    id: Annotated[str, Field(pattern=SLUG, max_length=64)]
    cron: Annotated[str, Field(max_length=200)]
    to: Annotated[tuple[str, ...], Field(min_length=1, max_length=20)]
    title: Annotated[str, Field(max_length=100)] = ""
    zone: str | None = None
    language: str | None = None
    since: str = "7d"
    by: Literal["stage", "touchpoint"] = "stage"
    compare: str = "previous"
    stages: tuple[str, ...] = ()


_SPAN = re.compile(r"([1-9][0-9]{0,4})(d|mo|y)")
_DAYS = {"d": 1, "mo": 31, "y": 366}


def _span(given: Any) -> Any:
    """Read ``30d``, ``13mo``, ``2y`` or ``forever``; a month counts 31 days, a year 366."""
    if given == "forever" or given is None:
        return None
    match = _SPAN.fullmatch(given) if isinstance(given, str) else None
    if match is None:
        raise PydanticCustomError("span", "must be like 30d, 13mo, 2y, or forever")
    return timedelta(days=int(match[1]) * _DAYS[match[2]])


Span = Annotated[timedelta | None, BeforeValidator(_span)]


class RetentionSettings(_Part):
    """How long each kind of row is kept: ``30d``, ``13mo``, ``2y`` or ``forever``; see surveys.service.retention."""

    answer_texts: Span = Keeping().answer_texts
    events: Span = Keeping().events
    messages: Span = Keeping().messages
    inbox: Span = Keeping().inbox
    failed: Span = Keeping().failed
    links: Span = Keeping().links
    webhooks: Span = Keeping().webhooks
    staff_messages: Span = Keeping().staff_messages

    @field_validator("failed")
    @classmethod
    def _is_short(cls, span: timedelta | None) -> timedelta | None:
        if span is None or span > LONGEST_FAILED:
            raise PydanticCustomError("span", "must be at most 7d: it holds whole messages")
        return span

    @field_validator("inbox", "messages")
    @classmethod
    def _outlasts_repeats(cls, span: timedelta | None) -> timedelta | None:
        if span is not None and span < SHORTEST_INBOX:
            raise PydanticCustomError(
                "span", "must be at least 7d: platforms repeat what they sent"
            )
        return span

    @property
    def keeping(self) -> Keeping:
        """The same as the domain takes it."""
        return Keeping(**dict(self))


class Settings(_Part):
    """Everything a deployment sets.

    Attributes:
        public_url: how customers and vendors reach this server.
        themes_analyser: plain, or kiwi to take Korean words apart with the extra nlp-ko.
        pages_folder: where messages to staff are written as HTML files, and nowhere else.
    """

    database_url: str = "sqlite:///aftertouch.sqlite3"
    program: Path | None = None
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8765
    roles: Annotated[frozenset[Role], BeforeValidator(_roles)] = ALL_ROLES
    public_url: Annotated[str, Field(pattern=_ADDRESS)] | None = None
    pages_folder: Path | None = None
    events_secret: SecretStr | None = None
    telegram: TelegramSettings = TelegramSettings()
    slack: SlackSettings = SlackSettings()
    webchat: WebchatSettings = WebchatSettings()
    retention: RetentionSettings = RetentionSettings()
    oidc: OidcSettings = OidcSettings()
    analyses_every: Every = Pace.NIGHTLY
    themes_analyser: Analysing = Analysing.PLAIN
    digests: tuple[DigestSettings, ...] = ()
    hooks: Mapping[Annotated[str, Field(pattern=r"^[a-z0-9_]+$")], HookSettings] = Field(
        default_factory=dict
    )
    webhooks: Mapping[Annotated[str, Field(pattern=r"^[a-z0-9_]+$")], WebhookSettings] = Field(
        default_factory=dict
    )

    @property
    def pacing(self) -> Pacing:
        """How fast each platform may be written to."""
        return Pacing(telegram=self.telegram.per_second, slack=self.slack.per_second)

    @property
    def base(self) -> str:
        """The public URL without a trailing slash, else the local one."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


def load(environ: Mapping[str, str], path: Path | None) -> Settings:
    """Read the file (if any), overlay the environment, validate.

    Raises:
        InvalidInput: names the file or every faulty key in one message.
    """
    values = _file(path) if path else {}
    for name, value in environ.items():
        if name.startswith(PREFIX):
            _overlay(values, name, value)
    try:
        return Settings.model_validate(values)
    except ValidationError as exc:
        faults = "; ".join(_fault(error) for error in exc.errors(include_input=False))
        raise InvalidInput(str(path or "settings"), faults) from None


_LANGUAGE = "lang"
"""Read by the commands themselves, see bot.cli_language."""


def strays(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the ``AFTERTOUCH_*`` variables that set nothing, as a mistyped one would."""
    ours = (name for name in environ if name.startswith(PREFIX) and not _HOOK.fullmatch(name))
    return tuple(
        sorted(name for name in ours if not _is_setting(name.removeprefix(PREFIX).lower()))
    )


def _is_setting(key: str) -> bool:
    nested = any(key.startswith(f"{part}_") for part in _NESTED)
    return nested or key == _LANGUAGE or key in Settings.model_fields


def secrets_of(secret: SecretStr | None) -> tuple[str, ...]:
    """Return the secrets of a comma list, none for None."""
    return (
        tuple(s.strip() for s in secret.get_secret_value().split(",") if s.strip())
        if secret
        else ()
    )


def _is_key(secret: str) -> bool:
    """Say whether a secret is one of Standard Webhooks, whose own library takes almost any text."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        return False
    return secret.startswith("whsec_") and 24 <= len(key) <= 64  # noqa: PLR2004 said in the error


def _fault(error: ErrorDetails) -> str:
    """Return one fault in a line: the key, and what is wrong with it."""
    unknown = error["type"] == "extra_forbidden"
    problem = "there is no such setting" if unknown else error["msg"]
    return f"{'.'.join(str(part) for part in error['loc'])}: {problem}"


def _file(path: Path) -> dict[str, Any]:
    """Read the file; a key without a value counts as left out."""
    try:
        loaded = YAML(typ="safe", pure=True).load(path.read_text("utf-8-sig"))
    except MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else 1
        raise InvalidInput(f"{path}:{line}", f"is not YAML: {exc.problem}") from exc
    except (OSError, UnicodeDecodeError, YAMLError) as exc:
        raise InvalidInput(str(path), f"cannot be read: {' '.join(str(exc).split())}") from exc
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise InvalidInput(str(path), "must hold settings by name")
    return {name: value for name, value in loaded.items() if value is not None}


def _overlay(values: dict[str, Any], name: str, value: str) -> None:
    hook = _HOOK.fullmatch(name)
    if hook:
        _part(_part(values, f"{hook[1].lower()}s"), hook[2].lower())["secret"] = value
        return
    key = name.removeprefix(PREFIX).lower()
    for part in _NESTED:
        if key.startswith(f"{part}_"):
            _part(values, part)[key.removeprefix(f"{part}_")] = value
            return
    if key in Settings.model_fields:
        values[key] = value


def _part(values: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the settings under a name, made if they are not there."""
    part = values.get(name)
    if part is None:
        part = values[name] = {}
    if not isinstance(part, dict):
        raise InvalidInput(name, "must hold settings by name")
    return part
