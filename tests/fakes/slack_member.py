"""A member of the workspace at her desk: commands, the Home tab, links in channels."""

import json
from collections.abc import Mapping
from typing import Any

from tests.fakes.slack import FakeSlack
from tests.fakes.slack_customer import Answer, Customer

ROOM = "C0TEAM"


class Member(Customer):
    """What staff do besides; every command is typed in ``room``."""

    def __init__(self, slack: FakeSlack, user: str, team: str | None = None) -> None:
        super().__init__(slack, user, team)
        self.room = ROOM
        slack.rooms.setdefault(ROOM, {slack.bot_user}).add(user)

    @property
    def whispers(self) -> list[Mapping[str, Any]]:
        """What only she was shown, oldest first."""
        return [one for one in self.slack.ephemerals if one["user"] == self.user]

    @property
    def home(self) -> dict[str, Any]:
        """Her Home tab as it stands; empty until something is published."""
        return self.slack.homes.get(self.user, {})

    async def types(self, text: str, *, command: str = "/cx", **about: Any) -> Answer:
        """Send a slash command; what the ack says in the channel's name is shown to her."""
        status, body = await self.send(self.command(text, command=command, **about))
        said = json.loads(body) if body.startswith("{") else None
        if said:
            assert (refusal := self.slack.content_refusal(said)) is None, refusal
            self.slack.hooks.show(self.user, self.room, said)
        return status, body

    def command(self, text: str, *, command: str = "/cx", **about: Any) -> dict[str, Any]:
        return {
            "token": "legacy",
            "team_id": self.team,
            "team_domain": "fake",
            "channel_id": self.room,
            "channel_name": "team",
            "user_id": self.user,
            "user_name": "someone",
            "command": command,
            "text": text,
            "api_app_id": self.slack.app,
            "is_enterprise_install": "false",
            "response_url": self.slack.hooks.issue(self.user, self.room),
            "trigger_id": self.slack.trigger(),
        } | about

    async def presses(self, shown: Mapping[str, Any], name: str) -> Answer:
        """Press a button of what only she was shown, by its label or action_id."""
        place = {"channel_id": self.room, "message_ts": self.slack.ts(), "is_ephemeral": True}
        return await self.send(
            self._interaction("block_actions")
            | {
                "container": {"type": "message", **place},
                "channel": {"id": self.room, "name": "team"},
                "response_url": self.slack.hooks.issue(self.user, self.room),
                "actions": [self._action(shown, name)],
            }
        )

    async def opens_home(self, tab: str = "home", **event: Any) -> Answer:
        """Open the app; Slack tells the view that stands there."""
        told = {"type": "app_home_opened", "user": self.user, "channel": self.dm, "tab": tab}
        shown = self.slack.homes.get(self.user)
        view = {"view": shown} if shown and tab == "home" else {}
        return await self.send(self.event(told | view | {"event_ts": self.slack.ts()} | event))

    async def presses_home(self, name: str) -> Answer:
        """Press a button of the Home tab."""
        view = self.home
        return await self.send(
            self._interaction("block_actions")
            | {
                "container": {"type": "view", "view_id": view["id"]},
                "view": view,
                "actions": [self._action(view, name)],
            }
        )

    async def sends_survey(
        self, author: "Member | None", ts: str = "1764000000.000100", **message: Any
    ) -> Answer:
        """Use the shortcut in the menu of a message in her room; no author is a bot."""
        by = {"user": author.user, "team": author.team} if author else {"bot_id": "B9"}
        return await self.send(
            self._interaction("message_action")
            | {
                "callback_id": "send_survey",
                "action_ts": self.slack.ts(),
                "channel": {"id": self.room, "name": "team"},
                "message_ts": ts,
                "message": {"type": "message", "text": "배송이 늦었어요", "ts": ts} | by | message,
                "response_url": self.slack.hooks.issue(self.user, self.room),
            }
        )

    async def creates_survey(self) -> Answer:
        """Use the shortcut that is not about any message; it has no channel to be answered in."""
        return await self.send(
            self._interaction("shortcut")
            | {"callback_id": "create_survey", "action_ts": self.slack.ts()}
        )

    async def picks(self, view: Mapping[str, Any], value: str) -> Answer:
        """Choose from the menu of a form and send it off."""
        (block,) = [each for each in view["blocks"] if each["type"] == "input"]
        assert value in [option["value"] for option in block["element"]["options"]]
        picked = {"type": "static_select", "selected_option": {"value": value}}
        values = {block["block_id"]: {block["element"]["action_id"]: picked}}
        return await self.send(
            self._interaction("view_submission")
            | {"view": {**view, "state": {"values": values}}, "response_urls": []}
        )

    async def shares(self, *urls: str, composing: bool = False, **event: Any) -> str:
        """Write a message with links; return where its previews will stand."""
        ts = self.slack.ts()
        place = f"Uxxx-{ts}" if composing else ts
        self.slack.shared[place] = set(urls)
        told = {
            "type": "link_shared",
            "user": self.user,
            "channel": "COMPOSER" if composing else self.room,
            "message_ts": f"{place}-composer" if composing else ts,
            "unfurl_id": place if composing else f"{self.room}.{ts}",
            "source": "composer" if composing else "conversations_history",
            "links": [{"domain": url.split("/")[2], "url": url} for url in urls],
            "event_ts": ts,
        }
        status, _ = await self.send(self.event(told | event))
        assert status == 200
        return place

    def _action(self, shown: Mapping[str, Any], name: str) -> dict[str, Any]:
        rows = [block["elements"] for block in shown["blocks"] if block["type"] == "actions"]
        for button in (button for row in rows for button in row):
            if name in (button["text"]["text"], button["action_id"]):
                return {**button, "block_id": "b", "action_ts": self.slack.ts()}
        raise AssertionError(f"no button {name!r}")
