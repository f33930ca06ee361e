"""Commands that write while a server runs: over its loopback admin call, else on the database itself."""

import json
from http import HTTPStatus

import aiohttp

from bot.app import Outside, prepare
from bot.config import Settings
from bot.doors import ADMIN_HEADER
from bot.doors import create_key as store_key
from bot.program_file import read_program
from bot.server import admin_path
from storage.opening import open_storage
from surveys.errors import AnotherWriter, InvalidInput


async def create_key(settings: Settings, scopes: list[str]) -> str:
    """Return a new API key's token."""
    try:
        async with open_storage(settings.database_url) as storage:
            ctx = await prepare(storage, read_program(settings.program), Outside())
            return await store_key(storage, ctx, scopes)
    except AnotherWriter:
        return await _ask_server(settings, scopes)


async def _ask_server(settings: Settings, scopes: list[str]) -> str:
    path = admin_path(settings.database_url)
    if path is None or not path.exists():
        raise AnotherWriter(
            f"{settings.database_url} is in use by a process that takes no commands"
        )
    note = json.loads(path.read_text("utf-8"))
    url = f"http://127.0.0.1:{note['port']}/admin/keys"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, json={"scopes": scopes}, headers={ADMIN_HEADER: note["token"]}) as reply,
    ):
        content = await reply.json(content_type=None)
        if reply.status != HTTPStatus.CREATED:
            raise InvalidInput("key", str(content.get("detail", reply.status)))
        return str(content["token"])
