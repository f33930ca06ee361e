"""Where a touchpoint's QR code leads."""

import aiohttp

from bot.app import Outside, prepare
from bot.config import Settings, TelegramSettings
from bot.program_file import read_program
from storage.opening import open_storage
from surveys.errors import AnotherWriter, ChannelUnavailable, InvalidInput
from surveys.model import Channel
from surveys.ports import UnitOfWork
from surveys.program import SCANNED, Program
from surveys.service.scanning import code_of

_SECONDS = aiohttp.ClientTimeout(total=10)


async def address_of(settings: Settings, touchpoint: str, channel: Channel) -> str:
    """Return the address that a touchpoint's code holds.

    Raises InvalidInput for an unknown touchpoint, one where nothing is asked, or a channel without codes, and
    ChannelUnavailable where Telegram does not tell the bot's name.
    """
    program = read_program(settings.program)
    _check(program, touchpoint)
    code = code_of(await _salt(settings, program), touchpoint)
    if channel is Channel.WEBCHAT:
        return f"{settings.base}/chat#q={code}"
    if channel is Channel.TELEGRAM:
        return f"https://t.me/{await _bot_name(settings.telegram)}?start={code}"
    raise InvalidInput("channel", "codes lead to telegram or webchat")


def _check(program: Program, touchpoint: str) -> None:
    known = [each.id for each in program.touchpoints]
    if touchpoint not in known:
        raise InvalidInput(
            "touchpoint", f"there is no {touchpoint!r}; there are {', '.join(known)}"
        )
    if not program.triggers_on(f"{SCANNED}{touchpoint}"):
        problem = f"nothing is asked there: a trigger on {SCANNED}{touchpoint} says what"
        raise InvalidInput("touchpoint", problem)


async def _salt(settings: Settings, program: Program) -> str:
    """Return the deployment's secret, drawn now where it has never been started."""
    try:
        async with open_storage(settings.database_url) as storage:
            return (await prepare(storage, program, Outside())).salt
    except AnotherWriter:
        async with open_storage(settings.database_url, writable=False) as storage:
            return await storage.read(_kept_salt)


def _kept_salt(tx: UnitOfWork) -> str:
    salt = tx.notes.get("salt")
    assert salt is not None  # noqa: S101 whoever holds the file has drawn it
    return salt


async def _bot_name(telegram: TelegramSettings) -> str:
    if telegram.token is None:
        raise InvalidInput("telegram.token", "is not set")
    url = f"{telegram.base_url}{telegram.token.get_secret_value()}/getMe"
    try:
        async with aiohttp.ClientSession(timeout=_SECONDS) as http, http.post(url) as reply:
            told = await reply.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
        raise ChannelUnavailable("telegram", type(problem).__name__) from None  # it names the token
    name = told.get("result", {}).get("username") if isinstance(told, dict) else None
    if not isinstance(name, str):
        raise ChannelUnavailable("telegram", "it did not tell the bot's name")
    return name
