"""PostgreSQL goes away under a running application, and comes back."""

from collections.abc import Callable

import psycopg
import pytest
from psycopg import sql

from tests.e2e.chats import seen
from tests.e2e.deployment import Reply, deployed, until
from tests.e2e.telegram_chat import telegram

pytestmark = pytest.mark.postgres


def accept_connections(url: str, *, accept: bool) -> None:
    """Shut the database to everybody, those connected now included, or open it again."""
    name = url.rpartition("?")[0].rpartition("/")[2]
    admin = url.replace(f"/{name}?", "/postgres?")
    shut = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(shut.format(sql.Identifier(name), sql.Literal(accept)))
        if not accept:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = %s",
                [name],
            )


async def test_an_outage_of_the_database_is_said_and_survived(
    postgres_url_factory: Callable[[], str],
) -> None:
    """What was accepted before is asked afterwards; what comes meanwhile is refused, not lost."""
    url = postgres_url_factory()
    async with (
        telegram("polling") as chats,
        deployed(url, chats.environ, prepare=chats.meet) as deployment,
    ):
        chat = await chats.join(deployment, "c1", "ko")
        await deployment.signed(deployment.event("c1"))

        accept_connections(url, accept=False)
        deployment.app.loop.wake()
        refused = await deployment.signed(deployment.event("c1", id="e2"), once=True)
        unready = await deployment.get("/readyz")
        alive = await deployment.get("/healthz")
        accept_connections(url, accept=True)

        async def ready() -> Reply | None:
            reply = await deployment.get("/readyz")
            return reply if reply.status == 200 else None

        await until(ready)
        accepted = await deployment.signed(deployment.event("c1", id="e2"))
        await deployment.come_to_the_present()
        await seen(chat, 1)

    assert [r.status for r in (refused, unready, alive, accepted)] == [503, 503, 200, 202]
    assert accepted.body["results"][0]["status"] == "new"
