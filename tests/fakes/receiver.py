"""A receiver of webhooks: it checks every signature, keeps what came, and answers as it is told to."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks.webhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from tests.serving import serve

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came; its signature fitted, by the reference library, at the clock of this machine."""

    id: str
    headers: Mapping[str, str]
    body: dict[str, Any]


@dataclass(slots=True)
class Receiver:
    """``answers`` are given in turn, then 204; an answer may be an event that is waited for first."""

    url: str = ""
    secret: str = SECRET
    answers: deque[Callable[[], Response] | asyncio.Event] = field(default_factory=deque)
    received: list[Received] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return [each.id for each in self.received]

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [each.body for each in self.received]

    def answer(self, status: int, **headers: str) -> None:
        """Answer one request with this."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append(lambda: Response(status_code=status, headers=named))

    async def receive(self, request: Request) -> Response:
        body = await request.body()
        Webhook(self.secret).verify(body, dict(request.headers), json_parse=False)
        headers = dict(request.headers)
        self.received.append(Received(headers["webhook-id"], headers, json.loads(body)))
        answer = self.answers.popleft() if self.answers else Response(status_code=204)
        if isinstance(answer, asyncio.Event):
            await answer.wait()
            return Response(status_code=204)
        return answer if isinstance(answer, Response) else answer()


def endless() -> Response:
    """An answer of 200 whose body never ends."""

    async def body() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65536
            await asyncio.sleep(0)  # where nobody listens any more, sending suspends nothing

    return StreamingResponse(body())


@asynccontextmanager
async def receiving(secret: str = SECRET) -> AsyncIterator[Receiver]:
    """Serve a receiver on a free port of this machine."""
    receiver = Receiver(secret=secret)
    app = Starlette(routes=[Route("/hook", receiver.receive, methods=["POST"])])
    async with serve(app) as base:
        receiver.url = f"{base}/hook"
        yield receiver
