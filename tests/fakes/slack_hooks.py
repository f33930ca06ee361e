"""The fake Slack's response URLs: where an app answers a command or a press, at most 5 times in 30 minutes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from tests.fakes.slack import FakeSlack

USES, LIFE = 5, 1800.0
_KNOWN = {"text", "blocks", "response_type", "replace_original", "delete_original", "thread_ts"}


@dataclass(slots=True, kw_only=True)
class Hook:
    """One response URL and what was posted to it."""

    user: str
    channel: str
    issued: float
    posts: list[Mapping[str, Any]] = field(default_factory=list)
    uses: int = 0


class Hooks:
    """Hands out response URLs and takes what is posted to them."""

    def __init__(self, slack: "FakeSlack") -> None:
        self._slack = slack
        self._numbers = count(1)
        self.given: dict[str, Hook] = {}

    def issue(self, user: str, channel: str) -> str:
        """Return a new URL, good for answers to this user in this channel."""
        number = str(next(self._numbers))
        self.given[number] = Hook(user=user, channel=channel, issued=self._slack.clock())
        return self._slack.base_url.replace("/api/", f"/hooks/{number}")

    def posts(self, user: str) -> list[Mapping[str, Any]]:
        """Return what was posted for a user, oldest URL first."""
        return [post for hook in self.given.values() if hook.user == user for post in hook.posts]

    async def take(self, request: web.Request) -> web.Response:
        """Take one answer, by Slack's rules."""
        hook = self.given.get(request.match_info["number"])
        if hook is None or self._slack.clock() - hook.issued > LIFE:
            return web.json_response({"ok": False, "error": "expired_url"}, status=404)
        hook.uses += 1
        if hook.uses > USES:
            return web.json_response({"ok": False, "error": "used_url"}, status=404)
        if request.content_type != "application/json":
            return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
        body: dict[str, Any] = await request.json()
        if refusal := self._refusal(body):
            return web.json_response(refusal, status=400)
        hook.posts.append(body)
        self.show(hook.user, hook.channel, body)
        return web.json_response({"ok": True})

    def show(self, user: str, channel: str, body: Mapping[str, Any]) -> None:
        """Let the user see an answer: alone, unless it is for the channel."""
        if body.get("response_type", "ephemeral") == "ephemeral":
            self._slack.ephemerals.append({**body, "user": user, "channel": channel})
        else:
            self._slack.said_aloud.append({**body, "channel": channel})

    def _refusal(self, body: Mapping[str, Any]) -> dict[str, Any] | None:
        if unknown := sorted(set(body) - _KNOWN):
            return {"ok": False, "error": "invalid_payload", "messages": unknown}
        return self._slack.content_refusal(body)
