"""``aftertouch setup``: looks at how a platform has us set up, shows what differs, and mends it where it may."""

import difflib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import aiohttp

from bot.channels import slack_access, telegram_access
from bot.config import Settings
from bot.patience import Passing, Patience
from bot.program_file import read_program
from bot.setup_texts import say
from surveys.errors import ChannelMisconfigured, ChannelUnavailable, InvalidInput
from surveys.model import Json

if TYPE_CHECKING:
    from bot.slack.manifest import Wanted
    from bot.telegram.upkeep import Difference, Upkeep


def waiting(seconds: float, language: str, tell: Callable[[str], None]) -> Patience:
    """Return the patience of one command, which says each wait and what for."""
    return Patience(
        left=seconds,
        tell=lambda why, wait: tell(say(language, "wait", seconds=f"{wait:.0f}", why=why)),
    )


@dataclass(slots=True, kw_only=True)
class TelegramSetup:
    """What was found, and the way to mend it. ``lines`` tell it all before anything is changed.

    ``left`` counts the differences that ``apply`` has not mended yet. Each is a value that is set, so that
    whoever was interrupted types the command again, and only the rest differs.
    """

    upkeep: "Upkeep"
    patience: Patience
    language: str
    lines: tuple[str, ...]
    differences: "tuple[Difference, ...]"
    left: int

    async def apply(self) -> AsyncIterator[str]:
        """Change what differs, one call each; yields a line for each, whatever became of it.

        What is refused, or has to wait for too long, stops no other. A refused token and a platform that
        can't be reached do: then the others are named as not tried.
        """
        stopped = False
        for difference in self.differences:
            name = _name(difference, self.language)
            if stopped:
                yield say(self.language, "telegram.untried", what=name)
                continue
            try:
                await self.patience.ask(partial(self.upkeep.apply, difference))
            except (ChannelMisconfigured, ChannelUnavailable) as fault:
                stopped = _stops(fault)
                yield say(self.language, "telegram.failed", what=name, why=_reason(fault))
            else:
                self.left -= 1
                yield say(self.language, "telegram.changed", what=name)
        if self.left:
            yield say(self.language, "telegram.again")


def _stops(fault: ChannelMisconfigured | ChannelUnavailable) -> bool:
    """Say whether the next call would fare no better."""
    if isinstance(fault, Passing):
        return fault.pause is None
    return isinstance(fault, ChannelMisconfigured)


def _reason(fault: ChannelMisconfigured | ChannelUnavailable) -> str:
    return fault.problem if isinstance(fault, ChannelMisconfigured) else fault.reason


@asynccontextmanager
async def telegram(
    settings: Settings, language: str, patience: Patience
) -> AsyncIterator[TelegramSetup]:
    """Ask Telegram; raises ChannelMisconfigured or ChannelUnavailable."""
    from bot.telegram.profile import settings as wanted  # noqa: PLC0415 an SDK is loaded only where used
    from bot.telegram.upkeep import Upkeep  # noqa: PLC0415

    access = telegram_access(settings)
    access.check()
    program = read_program(settings.program)
    async with aiohttp.ClientSession() as session:
        upkeep = Upkeep(access, session)
        me = await patience.ask(upkeep.me)
        found = await upkeep.differences(wanted(program, access), patience)
        lines = (
            f"@{me.get('username', '?')}",
            *(line for each in found for line in _told(each, language)),
            *(() if found else (say(language, "telegram.same"),)),
            *_by_hand(me, language),
            *_of_webhook(settings, language),
        )
        yield TelegramSetup(
            upkeep=upkeep,
            patience=patience,
            language=language,
            lines=tuple(lines),
            differences=found,
            left=len(found),
        )


def _told(difference: "Difference", language: str) -> Iterator[str]:
    """Yield the heading of a difference, and its lines as a diff."""
    yield f"* {_name(difference, language)}"
    before, after = _lines(difference.seen), _lines(difference.setting.wanted)
    for line in difflib.ndiff(before, after):
        if line[0] in "-+":
            yield f"    {line}"


def _name(difference: "Difference", language: str) -> str:
    setting = difference.setting
    name = say(language, f"telegram.{setting.what}")
    if setting.what in ("menu_button", "webhook"):
        return name
    whom = setting.language or say(language, "telegram.everybody_else")
    return f"{name} ({whom})"


def _lines(value: Json) -> list[str]:
    if isinstance(value, Mapping):
        told = {name: ", ".join(v) if isinstance(v, list) else v for name, v in value.items()}
        return [f"{name}: {v}" for name, v in told.items() if v]
    values: Iterable[Json] = value if isinstance(value, list) else [value]
    return [str(each) for each in values if each]


def _by_hand(me: Mapping[str, Json], language: str) -> Iterator[str]:
    """Yield what only @BotFather can do, and of that only what is not so already."""
    yield say(language, "telegram.by_hand")
    yield f"  - {say(language, 'telegram.picture')}"
    yield f"  - {say(language, 'telegram.policy')}"
    if me.get("can_join_groups"):
        yield f"  - {say(language, 'telegram.groups')}"
    if me.get("can_read_all_group_messages"):
        yield f"  - {say(language, 'telegram.reads_groups')}"
    if me.get("supports_inline_queries"):
        yield f"  - {say(language, 'telegram.inline')}"


def _of_webhook(settings: Settings, language: str) -> Iterator[str]:
    if settings.telegram.mode == "webhook" and not settings.public_url:
        yield say(language, "telegram.no_public_url")


# --- Slack ---------------------------------------------------------------------------------------


def slack_wanted(settings: Settings) -> "Wanted":
    """Return what the settings make of the app. Socket Mode unless Slack can only call us."""
    from bot.slack.manifest import Wanted  # noqa: PLC0415 an SDK is loaded only where used

    own = settings.slack
    is_called = own.app_token is None and own.signing_secret is not None
    return Wanted(
        socket_mode=not (is_called and settings.public_url),
        public_url=settings.public_url,
        staff=own.staff | own.operators,
    )


def slack_link(settings: Settings) -> str:
    """Return the address that makes the app with one click."""
    from bot.slack.manifest import link  # noqa: PLC0415 an SDK is loaded only where used

    return link(slack_wanted(settings))


def write_manifest(settings: Settings, file: Path, language: str) -> str:
    """Write the manifest into a new file; return what to tell. Raises InvalidInput where there is one already."""
    from bot.slack.manifest import manifest  # noqa: PLC0415 an SDK is loaded only where used

    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(manifest(slack_wanted(settings)))
    except OSError as exc:
        raise InvalidInput(str(file), f"cannot be written: {exc.strerror}") from exc
    return say(language, "slack.written", file=str(file))


_STEPS: Final = ("slack.step.link", "slack.step.install", "slack.step.socket")


async def slack(
    settings: Settings, language: str, patience: Patience
) -> tuple[tuple[str, ...], bool]:
    """Return what to tell about the app, and whether it has every scope; without a token, how to make it."""
    if settings.slack.bot_token is None:
        steps = (say(language, key) for key in _STEPS)
        return (*steps, "", slack_link(settings)), True
    from bot.slack.manifest import drift, menu  # noqa: PLC0415 an SDK is loaded only where used
    from bot.slack.upkeep import identify  # noqa: PLC0415

    async with aiohttp.ClientSession() as session:
        found = await patience.ask(partial(identify, slack_access(settings), session))
    lines = [f"{found.team}: @{found.bot}"]
    if found.scopes is None:
        return (*lines, say(language, "slack.scopes_unknown")), True
    missing, extra = drift(slack_wanted(settings), found.scopes)
    lines += [say(language, "slack.missing", scope=scope) for scope in missing]
    lines += [say(language, "slack.extra", scope=scope) for scope in extra]
    if missing:
        lines.append(say(language, "slack.reinstall"))
    if not missing and not extra:
        lines.append(say(language, "slack.same"))
    lines.append(say(language, "slack.menu", names=", ".join(menu())))
    return tuple(lines), not missing
