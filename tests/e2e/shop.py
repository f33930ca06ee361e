"""A company with a Telegram bot, talking to a server process as its systems do."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from bot.doors import ADMIN_HEADER
from storage.engine import parse, reading_engine
from tests.e2e.deployment import daytime_zone, until
from tests.e2e.process import Server
from tests.fakes.telegram import Call, FakeTelegram


class Shop:
    """A company with a Telegram bot that tells of its customers and their cases."""

    def __init__(self, server: Server, telegram: FakeTelegram, key: str) -> None:
        self.server, self.telegram = server, telegram
        self.headers = {"Authorization": f"Bearer {key}"}

    async def post(self, path: str, body: Any) -> Any:
        url = self.server.url + path
        async with self.server.http.post(url, json=body, headers=self.headers) as answer:
            assert answer.status in (200, 202), await answer.text()
            return await answer.json()

    async def join(self, number: int) -> None:
        """A customer opens her deep link and is welcomed."""
        await self.post("/v1/customers", {"id": f"c{number}", "timezone": daytime_zone()})
        links = await self.post(f"/v1/customers/c{number}/links", {})
        await self.telegram.user(number).start(links["telegram"]["token"])

    async def joined(self, count: int) -> None:
        for number in range(1, count + 1):
            await self.join(number)

        async def all_welcomed() -> bool:
            return len(self.telegram.messages) == count

        await until(all_welcomed)

    def case(self, number: int, due: timedelta = timedelta()) -> dict[str, Any]:
        """Her case was solved an hour ago, so that she may be asked when ``due`` has passed."""
        at = datetime.now(UTC) - timedelta(hours=1) + due
        about = {"specversion": "1.0", "id": f"e{number}", "source": "/desk"}
        case = {"type": "support.solved", "subject": f"t{number}", "time": at.isoformat()}
        return about | case | {"data": {"customer": {"id": f"c{number}"}}}

    async def tell(self, case: dict[str, Any]) -> str:
        """Hand the event in; return what became of it."""
        reply = await self.post("/v1/events", case)
        return str(reply["results"][0]["status"])

    def questions(self) -> list[Call]:
        sent = self.telegram.calls("sendMessage")
        return [call for call in sent if call.arguments.get("reply_markup")]


def bot(telegram: FakeTelegram) -> dict[str, str]:
    token, url = telegram.token, telegram.base_url
    return {"AFTERTOUCH_TELEGRAM_TOKEN": token, "AFTERTOUCH_TELEGRAM_BASE_URL": url}


async def opened(server: Server, telegram: FakeTelegram) -> Shop:
    """Ask for a key as the command line does."""
    (file,) = server.cwd.glob("*.admin")
    headers, url = {ADMIN_HEADER: json.loads(file.read_text())["token"]}, f"{server.url}/admin/keys"
    async with server.http.post(url, json={"scopes": ["admin"]}, headers=headers) as answer:
        return Shop(server, telegram, (await answer.json())["token"])


def deliveries(server: Server) -> Counter[str]:
    """Count the outbox by state."""
    return Counter(state for (state,) in rows(server, "SELECT state FROM delivery"))


def rows(server: Server, query: str) -> Sequence[Any]:
    """Read what the server's database holds, past the server."""
    engine = reading_engine(parse(server.environ["AFTERTOUCH_DATABASE_URL"]), patience=10, size=1)
    try:
        with engine.connect() as connection:
            return connection.execute(text(query)).all()
    finally:
        engine.dispose()
