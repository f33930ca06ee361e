"""The people side of the fake Slack: what a customer's taps, forms and words look like to an app."""

from collections.abc import Mapping
from itertools import count
from typing import Any

from tests.fakes.slack import FakeSlack, Message

Answer = tuple[int, str]


class Customer:
    """One person in Slack. Each act returns the app's status and body."""

    def __init__(self, slack: FakeSlack, user: str, team: str | None = None) -> None:
        self.slack, self.user, self.team = slack, user, team or slack.team
        self.dm = slack.dm(user)
        self.inbox: list[Mapping[str, Any]] = []
        self._numbers = count(1)

    @property
    def messages(self) -> list[Message]:
        """What stands in her conversation with the app, oldest first."""
        return [message for message in self.slack.messages if message.channel == self.dm]

    async def click(self, message: Message, name: str) -> Answer:
        """Press a button by its label, action_id or value."""
        return await self.send(self.tap(message, message.button(name)))

    async def say(self, text: str, *, thread_ts: str | None = None, **event: Any) -> Answer:
        """Write to the app."""
        return await self.send(self.words(text, thread_ts=thread_ts, **event))

    async def submit(
        self, view: Mapping[str, Any], *, text: str | None = None, chip: str | None = None
    ) -> Answer:
        """Send a form off, with a comment and a chosen option."""
        return await self.send(self.filled(view, text=text, chip=chip))

    async def send(self, payload: Mapping[str, Any], *, retry: int = 0) -> Answer:
        """Deliver a payload; sent ones are kept in ``inbox`` so that a test can repeat them."""
        self.inbox.append(payload)
        return await self.slack.deliver(payload, retry=retry)

    async def again(self, *, retry: int = 1) -> Answer:
        """Let Slack deliver the last act once more."""
        return await self.slack.deliver(self.inbox[-1], retry=retry)

    def tap(self, message: Message, button: Mapping[str, Any]) -> dict[str, Any]:
        channel = {"id": message.channel, "name": "directmessage"}
        place = {"message_ts": message.ts, "channel_id": message.channel, "is_ephemeral": False}
        return self._interaction("block_actions") | {
            "container": {"type": "message", **place},
            "channel": channel,
            "message": {"type": "message", "ts": message.ts, "text": message.text},
            "response_url": self.slack.hooks.issue(self.user, message.channel),
            "actions": [{**button, "block_id": "b", "action_ts": self.slack.ts()}],
        }

    def filled(
        self, view: Mapping[str, Any], *, text: str | None, chip: str | None
    ) -> dict[str, Any]:
        given = {
            "plain_text_input": {"type": "plain_text_input", "value": text},
            "radio_buttons": {
                "type": "radio_buttons",
                "selected_option": None if chip is None else {"value": chip},
            },
        }
        inputs = [block for block in view["blocks"] if block["type"] == "input"]
        values = {
            block["block_id"]: {block["element"]["action_id"]: given[block["element"]["type"]]}
            for block in inputs
        }
        return self._interaction("view_submission") | {
            "view": {**view, "state": {"values": values}},
            "response_urls": [],
        }

    def words(self, text: str, *, thread_ts: str | None = None, **event: Any) -> dict[str, Any]:
        ts = self.slack.ts()
        said = {"type": "message", "user": self.user, "team": self.team, "text": text, "ts": ts}
        said |= {"channel": self.dm, "channel_type": "im", "event_ts": ts}
        if thread_ts:
            said["thread_ts"] = thread_ts
        return self.event(said | event)

    def event(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Wrap an event as the Events API does."""
        return {
            "type": "event_callback",
            "token": "legacy",
            "team_id": self.slack.team,
            "api_app_id": self.slack.app,
            "event_id": f"Ev{self.user}{next(self._numbers)}",
            "event_time": int(self.slack.clock()),
            "event": event,
            "authorizations": [
                {"team_id": self.slack.team, "user_id": self.slack.bot_user, "is_bot": True}
            ],
        }

    def _interaction(self, kind: str) -> dict[str, Any]:
        return {
            "type": kind,
            "token": "legacy",
            "api_app_id": self.slack.app,
            "trigger_id": self.slack.trigger(),
            "team": {"id": self.slack.team, "domain": "fake"},
            "user": {"id": self.user, "team_id": self.team, "name": "someone"},
        }
