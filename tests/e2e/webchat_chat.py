"""A customer in a browser, speaking the web chat's HTTP API."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.e2e.chats import Shown
from tests.e2e.deployment import Deployment


@dataclass(slots=True)
class WebChat:
    """See tests.e2e.chats.Chat."""

    deployment: Deployment
    session: str
    sent: list[Mapping[str, Any]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    async def see(self) -> Sequence[Shown]:
        answer = await self._post("pull", {})
        return [_shown(bubble) for bubble in answer["bubbles"]]

    async def press(self, shown: Shown, token: str, value: str) -> None:
        await self._act({"tap": {"token": token, "value": value}})

    async def type(self, text: str) -> None:
        await self._act({"text": text})

    async def again(self) -> None:
        answer = await self._post("act", self.sent[-1])
        assert answer["duplicate"]

    async def send_unreadable(self) -> bool:
        return False

    def toasts(self) -> Sequence[str]:
        return self.lines

    async def _act(self, act: Mapping[str, Any]) -> None:
        number = len(self.sent) + 1
        self.sent.append({"client_msg_id": f"m{number}", "client_seq": number, "act": act})
        answer = await self._post("act", self.sent[-1])
        self.lines += [answer["toast"]] if answer["toast"] else []

    async def _post(self, verb: str, body: Mapping[str, Any]) -> Any:
        bearer = f"Bearer {self.session}"
        reply = await self.deployment.post(f"/chat/api/{verb}", body, Authorization=bearer)
        assert reply.status == 200, reply
        return reply.body


class WebchatPlatform:
    """See tests.e2e.chats.Platform. It is always there and needs no settings."""

    environ: Mapping[str, str] = {}

    def meet(self, url: str) -> None:
        """Nothing to do: the browser comes to us."""

    async def ready(self) -> None:
        """Nothing to wait for."""

    async def join(
        self, deployment: Deployment, name: str, language: str, number: int = 1
    ) -> WebChat:
        await deployment.customer(name, locale=language)
        link = (await deployment.links(name))["webchat"]
        address, _, token = link["url"].partition("#t=")
        assert (address, token) == (f"{deployment.url}/chat", link["token"])
        # As the page does: the key opens the link again where an answer was lost or its commit was in doubt.
        body = json.dumps({"token": token, "key": f"key-{token}"}).encode()
        headers = {"Content-Type": "application/json"}
        opened = await deployment.hand_in("/chat/api/open", body, headers)
        consent = deployment.app.ctx.program.consent.text[language]
        assert opened.status == 200, opened
        assert opened.body["consent_text"] == consent
        return WebChat(deployment, opened.body["session"])


def _shown(bubble: Mapping[str, Any]) -> Shown:
    prompt = bubble["prompt"]
    words = "\n".join(prompt[part] for part in ("heading", "text", "hint") if prompt[part])
    buttons = [*prompt["scale"], *prompt["chips"], *prompt["controls"]]
    labels = {button["value"]: button["label"] for button in buttons}
    return Shown(bubble["id"], words, prompt["token"] or "", labels)


@asynccontextmanager
async def webchat() -> AsyncIterator[WebchatPlatform]:
    yield WebchatPlatform()
