"""A small Slack: the Web API, Socket Mode and its people, over real HTTP on 127.0.0.1."""

import asyncio
import hashlib
import hmac
import io
import json
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Self

import aiohttp
from aiohttp import WSMsgType, web

from tests.fakes.slack_blocks import block_faults, has_data_blocks, view_faults
from tests.fakes.slack_hooks import Hooks
from tests.shared_data import shared

Reply = Callable[[web.Request, Mapping[str, Any] | None], Awaitable[web.StreamResponse]]

_ARGUMENTS = {
    "auth.test": ((), ()),
    "apps.connections.open": ((), ()),
    "chat.postMessage": (
        ("channel",),
        ("text", "blocks", "metadata", "thread_ts", "unfurl_links", "unfurl_media", "mrkdwn"),
    ),
    "chat.postEphemeral": (("channel", "user"), ("text", "blocks", "thread_ts")),
    "chat.update": (("channel", "ts"), ("text", "blocks", "metadata")),
    "chat.unfurl": ((), ("channel", "ts", "unfurls", "source", "unfurl_id")),
    "conversations.open": ((), ("channel", "users", "return_im", "prevent_creation")),
    "conversations.history": (
        ("channel",),
        ("cursor", "include_all_metadata", "inclusive", "latest", "limit", "oldest"),
    ),
    "conversations.replies": (
        ("channel", "ts"),
        ("cursor", "include_all_metadata", "inclusive", "latest", "limit", "oldest"),
    ),
    "conversations.members": (("channel",), ("cursor", "limit")),
    "usergroups.users.list": (("usergroup",), ("include_disabled",)),
    "users.info": (("user",), ("include_locale",)),
    "users.lookupByEmail": (("email",), ()),
    "views.open": (("view",), ("trigger_id", "interactivity_pointer")),
    "views.update": (("view",), ("view_id", "external_id", "hash")),
    "views.publish": (("user_id", "view"), ("hash",)),
}
TRIGGER_LIFE = 3.0
_INTERACTIVE = ("block_actions", "view_submission", "message_action", "shortcut")


@dataclass(frozen=True, slots=True)
class Failure:
    """One broken answer; ``acts`` tells whether the method takes effect all the same.

    ``late``: seconds before it does, whatever became of the caller meanwhile.
    """

    reply: Reply
    acts: bool = False
    late: float = 0.0

    @staticmethod
    def error(name: str, *, acts: bool = False) -> "Failure":
        return Failure(_json({"ok": False, "error": name}), acts)

    @staticmethod
    def json(body: Any, *, acts: bool = False) -> "Failure":
        return Failure(_json(body), acts)

    @staticmethod
    def rate_limited(retry_after: str = "1") -> "Failure":
        headers = {"Retry-After": retry_after}
        return Failure(_json({"ok": False, "error": "ratelimited"}, 429, headers))

    @staticmethod
    def status(code: int, *, acts: bool = False) -> "Failure":
        return Failure(_body(b"upstream said no", "text/plain", code), acts)

    @staticmethod
    def redirect() -> "Failure":
        return Failure(_redirect, acts=True)

    @staticmethod
    def html(*, acts: bool = True) -> "Failure":
        return Failure(_body(b"<html>please sign in</html>", "text/html"), acts)

    @staticmethod
    def text(*, acts: bool = True) -> "Failure":
        return Failure(_body(b"ok", "text/plain"), acts)

    @staticmethod
    def truncated(*, acts: bool = True) -> "Failure":
        return Failure(_body(b'{"ok": true, "chan', "application/json"), acts)

    @staticmethod
    def drop_before() -> "Failure":
        return Failure(_drop)

    @staticmethod
    def drop_after() -> "Failure":
        return Failure(_drop, acts=True)

    @staticmethod
    def hang(seconds: float = 3600.0, *, acts: bool = True) -> "Failure":
        return Failure(_hang(seconds), acts)

    @staticmethod
    def delayed(seconds: float) -> "Failure":
        return Failure(_hang(0), acts=True, late=seconds)

    @staticmethod
    def drip(seconds: float = 3600.0, *, acts: bool = True) -> "Failure":
        return Failure(_drip(seconds), acts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to the Web API, as read."""

    method: str
    args: Mapping[str, Any]
    at: float


@dataclass(slots=True, kw_only=True)
class Message:
    """A message as it stands; ``versions`` holds each block list it had, oldest first."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Any] = field(default_factory=list)
    metadata: Any = None
    thread_ts: str | None = None
    bot: str | None = None
    versions: list[list[Any]] = field(default_factory=list)

    @property
    def buttons(self) -> list[dict[str, Any]]:
        rows = [block["elements"] for block in self.blocks if block["type"] == "actions"]
        return [button for row in rows for button in row]

    def button(self, name: str) -> dict[str, Any]:
        """Find a button by its label, its action_id or the last part of its value."""
        for button in self.buttons:
            names = (button["text"]["text"], button["action_id"], button["value"].split(":")[-1])
            if name in names:
                return button
        raise AssertionError(f"no button {name!r}")


class FakeSlack:
    """Everything a test sees of Slack. Enter it to listen; ``base_url`` ends in ``/api/``."""

    token = "xoxb-fake-bot"
    app_token = "xapp-fake-app"
    secret = "fake-signing-secret"

    def __init__(
        self, *, team: str = "T0HOME", app: str = "A0APP", clock: Callable[[], float] = time.time
    ) -> None:
        self.team, self.app, self.clock = team, app, clock
        self.bot_user, self.bot = "U0BOT", "B0BOT"
        self.scopes: Sequence[str] | None = ("chat:write",)
        self.events_url = ""
        self.journal: list[Call] = []
        self.messages: list[Message] = []
        self.ephemerals: list[Mapping[str, Any]] = []
        self.said_aloud: list[Mapping[str, Any]] = []
        self.views: list[dict[str, Any]] = []
        self.people: dict[str, dict[str, Any]] = {}
        self.channels: dict[str, str] = {}
        self.rooms: dict[str, set[str]] = {}
        self.groups: dict[str, set[str]] = {}
        self.shared: dict[str, set[str]] = {}
        self.unfurls: dict[str, dict[str, Any]] = {}
        self.homes: dict[str, dict[str, Any]] = {}
        self.has_data_blocks = True
        self.hooks = Hooks(self)
        self.triggers: dict[str, float] = {}
        self.acks: list[str] = []
        self.sockets: list[web.WebSocketResponse] = []
        self._lines: list[web.Request] = []
        self.muted = False
        self.deaf = False
        self.acks_to_lose = 0
        self.ack_seconds = 30.0  # Slack itself waits 3: a busy machine is no app that forgets
        self.page_size = 1000
        self._failures: defaultdict[str, deque[Failure]] = defaultdict(deque)
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._numbers = count(1)
        self._runner: web.AppRunner | None = None
        self.base_url = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._call)
        app.router.add_get("/socket/{ticket}", self._socket)
        app.router.add_post("/hooks/{number}", self.hooks.take)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.base_url = f"http://{host}:{port}/api/"
        self.http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.close()
        for socket in self.sockets:
            await socket.close()
        if self._runner is not None:
            await self._runner.cleanup()

    # --- what a test arranges and looks at ---

    def person(
        self, user: str, *, email: str | None = None, team: str | None = None, **profile: Any
    ) -> dict[str, Any]:
        """Add somebody to the workspace; another ``team`` makes her a Slack Connect user."""
        about = {"id": user, "team_id": team or self.team, "email": email, "locale": "ko-KR"}
        self.people[user] = about | profile
        return self.people[user]

    def fail(self, method: str, *failures: Failure) -> None:
        """Break the next calls of a method, one after another."""
        self._failures[method].extend(failures)

    def calls(self, method: str) -> list[Call]:
        return [call for call in self.journal if call.method == method]

    def dm(self, user: str) -> str:
        """Return the DM channel of the bot and a person, opened if need be."""
        for channel, owner in self.channels.items():
            if owner == user:
                return channel
        channel = f"D0{user}"
        self.channels[channel] = user
        return channel

    def ts(self) -> str:
        """Return a new message timestamp, larger than all before."""
        return f"{int(self.clock())}.{next(self._numbers):06d}"

    def trigger(self) -> str:
        trigger = f"{next(self._numbers)}.{self.team}.trigger"
        self.triggers[trigger] = self.clock()
        return trigger

    def sign(self, body: bytes, at: float | None = None) -> dict[str, str]:
        """Return the headers Slack signs a request with."""
        timestamp = str(int(self.clock() if at is None else at))
        text = b"v0:" + timestamp.encode() + b":" + body
        digest = hmac.new(self.secret.encode(), text, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}

    # --- delivering to the app ---

    async def deliver(self, payload: Mapping[str, Any], *, retry: int = 0) -> "tuple[int, str]":
        """Hand a payload to the app by its open socket, else by signed HTTP; return status and body.

        Over a socket the status is 200 once acknowledged, 0 where no ack came in ``ack_seconds``.
        """
        interactive = payload.get("type") in _INTERACTIVE
        if any(not socket.closed for socket in self.sockets):
            kind = "interactive" if interactive else "events_api"
            return await self._by_socket(
                payload, "slash_commands" if "command" in payload else kind
            )
        text = json.dumps(payload, ensure_ascii=False)
        if interactive or "command" in payload:
            fields = {"payload": text} if interactive else payload
            body = aiohttp.FormData(fields)().decode().encode()
            kind = "application/x-www-form-urlencoded"
        else:
            body, kind = text.encode(), "application/json"
        headers = {"Content-Type": kind, **self.sign(body)}
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"}
        return await self.post(body, headers)

    async def post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        """Post raw bytes to the app's events URL."""
        data = io.BytesIO(body)
        async with self.http.post(self.events_url, data=data, headers=headers) as answer:
            return answer.status, await answer.text()

    async def _by_socket(self, payload: Mapping[str, Any], kind: str) -> tuple[int, str]:
        envelope = f"envelope-{next(self._numbers)}"
        acked = self._waiting[envelope] = asyncio.get_running_loop().create_future()
        socket = next(socket for socket in self.sockets if not socket.closed)
        answerable = kind == "slash_commands" or payload.get("type") == "view_submission"
        about = {"envelope_id": envelope, "type": kind, "accepts_response_payload": answerable}
        await socket.send_json(about | {"payload": payload})
        try:
            return 200, json.dumps(await asyncio.wait_for(acked, self.ack_seconds))
        except TimeoutError:
            return 0, ""

    # --- Socket Mode ---

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self.sockets.append(socket)
        self._lines.append(request)
        await socket.send_json({"type": "hello", "num_connections": 1})
        async for message in socket:
            if message.type is WSMsgType.PING and not self.muted:
                await socket.pong(b"" if self.deaf else message.data)
            elif message.type is WSMsgType.TEXT and self.acks_to_lose:
                self.acks_to_lose -= 1
                _cut(request)
            elif message.type is WSMsgType.TEXT:
                self._acknowledged(json.loads(message.data))
        return socket

    def _acknowledged(self, ack: Mapping[str, Any]) -> None:
        self.acks.append(ack["envelope_id"])
        waiting = self._waiting.pop(ack["envelope_id"], None)
        if waiting is not None and not waiting.done():
            waiting.set_result(ack.get("payload"))

    async def hang_up(self) -> None:
        """Close every open socket from Slack's side."""
        for socket in self.sockets:
            await socket.close()

    def sever(self) -> None:
        """Break every open socket without a word, as a dying network does."""
        for line in self._lines:
            _cut(line)

    async def refresh(self) -> None:
        """Ask every open socket to connect anew, as Slack does every few hours."""
        for socket in self.sockets:
            if not socket.closed:
                await socket.send_json({"type": "disconnect", "reason": "refresh_requested"})

    # --- the Web API ---

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        args = await _arguments(request)
        self.journal.append(Call(method=method, args=args, at=self.clock()))
        queue = self._failures[method]
        failure = queue.popleft() if queue else None
        await asyncio.sleep(failure.late if failure is not None else 0)
        if failure is not None and not failure.acts:
            return await failure.reply(request, None)
        result = self._perform(method, args, request.headers.get("Authorization", ""))
        if failure is not None:
            return await failure.reply(request, result)
        scopes = {} if self.scopes is None else {"X-OAuth-Scopes": ",".join(self.scopes)}
        return web.json_response(result, headers=scopes)

    def _perform(self, method: str, args: dict[str, Any], bearer: str) -> dict[str, Any]:
        wanted = self.app_token if method == "apps.connections.open" else self.token
        if method not in _ARGUMENTS:
            return _no("unknown_method")
        if not bearer:
            return _no("not_authed")
        if bearer != f"Bearer {wanted}":
            return _no("invalid_auth")
        if faults := argument_faults(method, args):
            return _no("invalid_arguments", *faults)
        handler: Callable[[dict[str, Any]], dict[str, Any]]
        handler = getattr(self, "_" + method.replace(".", "_"))
        return handler(args)

    def _auth_test(self, args: dict[str, Any]) -> dict[str, Any]:
        return _yes(team_id=self.team, team="fake", user_id=self.bot_user, bot_id=self.bot)

    def _apps_connections_open(self, args: dict[str, Any]) -> dict[str, Any]:
        root = self.base_url.removesuffix("/api/").replace("http:", "ws:")
        return _yes(url=f"{root}/socket/{next(self._numbers)}")

    def _chat_postMessage(self, args: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 Slack's name
        channel = self.dm(args["channel"]) if args["channel"] in self.people else args["channel"]
        if channel not in self.channels:
            if channel not in self.rooms:
                return _no("channel_not_found")
            if self.bot_user not in self.rooms[channel]:
                return _no("not_in_channel")
        if refusal := self.content_refusal(args):
            return refusal
        message = Message(
            channel=channel,
            ts=self.ts(),
            user=self.bot_user,
            text=args["text"],
            blocks=args.get("blocks", []),
            metadata=args.get("metadata"),
            thread_ts=args.get("thread_ts"),
            bot=self.bot,
            versions=[args.get("blocks", [])],
        )
        self.messages.append(message)
        return _yes(channel=channel, ts=message.ts, message=_told(message, metadata=True))

    def _chat_update(self, args: dict[str, Any]) -> dict[str, Any]:
        message = self.message(args["channel"], args["ts"])
        if message is None:
            return _no("message_not_found")
        if message.user != self.bot_user:
            return _no("cant_update_message")
        if refusal := self.content_refusal(args):
            return refusal
        message.text, message.blocks = args["text"], args.get("blocks", [])
        message.versions.append(message.blocks)
        return _yes(channel=message.channel, ts=message.ts, text=message.text)

    def message(self, channel: str, ts: str) -> Message | None:
        found = (one for one in self.messages if (one.channel, one.ts) == (channel, ts))
        return next(found, None)

    def _chat_postEphemeral(self, args: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 Slack's name
        if args["channel"] not in self.channels:
            return _no("channel_not_found")
        if self.channels[args["channel"]] != args["user"]:
            return _no("user_not_in_channel")
        if refusal := self.content_refusal(args):
            return refusal
        self.ephemerals.append(args)
        return _yes(message_ts=self.ts())

    def content_refusal(self, args: Mapping[str, Any]) -> dict[str, Any] | None:
        """Refuse what Slack refuses, and a message without top-level text, which we always owe."""
        if not args.get("text"):
            return _no("no_text")
        if "blocks" in args and (faults := block_faults(args["blocks"])):
            return _no("invalid_blocks", *faults)
        if has_data_blocks(args.get("blocks")) and not self.has_data_blocks:
            return _no("invalid_blocks", "unsupported block type")
        metadata = args.get("metadata", {"event_type": "x", "event_payload": {}})
        if set(metadata) != {"event_type", "event_payload"}:
            return _no("invalid_metadata_format")
        return None

    def _chat_unfurl(self, args: dict[str, Any]) -> dict[str, Any]:
        place = args.get("unfurl_id") if "source" in args else args.get("ts")
        if not place or ("source" not in args and "channel" not in args):
            return _no("invalid_arguments", "channel and ts, or source and unfurl_id")
        unfurls = args.get("unfurls")
        if not isinstance(unfurls, dict) or not unfurls:
            return _no("missing_unfurls")
        if not set(unfurls) <= self.shared.get(place, set()):
            return _no("cannot_unfurl_url")
        for unfurl in unfurls.values():
            if faults := block_faults(unfurl.get("blocks")):
                return _no("invalid_blocks", *faults)
        self.unfurls.setdefault(place, {}).update(unfurls)
        return _yes()

    def _conversations_members(self, args: dict[str, Any]) -> dict[str, Any]:
        room = self.rooms.get(args["channel"])
        return _no("channel_not_found") if room is None else self._listed("members", room, args)

    def _usergroups_users_list(self, args: dict[str, Any]) -> dict[str, Any]:
        group = self.groups.get(args["usergroup"])
        return _no("no_such_subteam") if group is None else _yes(users=sorted(group))

    def _listed(self, name: str, members: set[str], args: dict[str, Any]) -> dict[str, Any]:
        start, limit = int(args.get("cursor") or 0), int(args.get("limit", 100))
        found, end = sorted(members), start + min(limit, self.page_size)
        cursor = str(end) if end < len(found) else ""
        return _yes(**{name: found[start:end]}, response_metadata={"next_cursor": cursor})

    def _conversations_open(self, args: dict[str, Any]) -> dict[str, Any]:
        user = args.get("users", "")
        person = self.people.get(user)
        if person is None:
            return _no("user_not_found" if user else "users_list_not_supplied")
        if person.get("deleted"):
            return _no("user_disabled")
        return _yes(channel={"id": self.dm(user)})

    def _conversations_history(self, args: dict[str, Any]) -> dict[str, Any]:
        return self._page(args, [m for m in self.messages if m.channel == args["channel"]])

    def _conversations_replies(self, args: dict[str, Any]) -> dict[str, Any]:
        inside = [m for m in self.messages if args["ts"] in (m.ts, m.thread_ts)]
        return self._page(args, inside) if inside else _no("thread_not_found")

    def _page(self, args: dict[str, Any], messages: list[Message]) -> dict[str, Any]:
        if args["channel"] not in self.channels:
            return _no("channel_not_found")
        oldest, latest = float(args.get("oldest", 0)), float(args.get("latest", "inf"))
        found = [m for m in reversed(messages) if oldest < float(m.ts) < latest]
        start, limit = (
            int(args.get("cursor") or 0),
            min(int(args.get("limit", 100)), self.page_size),
        )
        metadata = str(args.get("include_all_metadata", "")).lower() in ("1", "true")
        page = [_told(message, metadata=metadata) for message in found[start : start + limit]]
        more = start + limit < len(found)
        cursor = str(start + limit) if more else ""
        return _yes(messages=page, has_more=more, response_metadata={"next_cursor": cursor})

    def _users_info(self, args: dict[str, Any]) -> dict[str, Any]:
        person = self.people.get(args["user"])
        if person is None:
            return _no("user_not_found")
        with_locale = str(args.get("include_locale", "")).lower() in ("1", "true")
        return _yes(user={k: v for k, v in person.items() if with_locale or k != "locale"})

    def _users_lookupByEmail(self, args: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 Slack's name
        for person in self.people.values():
            if person["email"] and person["email"].casefold() == args["email"].casefold():
                return _yes(user={k: v for k, v in person.items() if k != "locale"})
        return _no("users_not_found")

    def _views_open(self, args: dict[str, Any]) -> dict[str, Any]:
        issued = self.triggers.get(args.get("trigger_id", ""))
        if issued is None:
            return _no("invalid_trigger_id")
        if issued < 0:
            return _no("exchanged_trigger_id")
        if self.clock() - issued > TRIGGER_LIFE:
            return _no("expired_trigger_id")
        if faults := view_faults(args["view"]):
            return _no("invalid_arguments", *faults)
        self.triggers[args["trigger_id"]] = -1.0
        return _yes(view=self._shown(args["view"]))

    def _views_publish(self, args: dict[str, Any]) -> dict[str, Any]:
        view, user = args["view"], args["user_id"]
        if user not in self.people:
            return _no("invalid_arguments", "invalid `user_id`")
        wrong = [] if view.get("type") == "home" else ["a home is published"]
        if faults := [*wrong, *view_faults(view)]:
            return _no("invalid_arguments", *faults)
        shown = self.homes.get(user)
        if "hash" in args and (shown is None or args["hash"] != shown["hash"]):
            return _no("hash_conflict")
        self.homes[user] = self._shown(view)
        return _yes(view=self.homes[user])

    def _views_update(self, args: dict[str, Any]) -> dict[str, Any]:
        shown = next((view for view in self.views if view["id"] == args.get("view_id")), None)
        if shown is None:
            return _no("not_found")
        if args.get("hash", shown["hash"]) != shown["hash"]:
            return _no("hash_conflict")
        if faults := view_faults(args["view"]):
            return _no("invalid_arguments", *faults)
        shown |= args["view"] | {"hash": f"{self.ts()}.hash"}
        return _yes(view=shown)

    def _shown(self, view: Mapping[str, Any]) -> dict[str, Any]:
        number = next(self._numbers)
        shown = {**view, "id": f"V{number}", "hash": f"{self.ts()}.hash", "team_id": self.team}
        self.views.append(shown)
        return shown


def argument_faults(method: str, args: Mapping[str, Any]) -> list[str]:
    """Return unknown and missing arguments, by our own list and the reference where it is there."""
    required, optional = _ARGUMENTS[method]
    known = {*required, *optional}
    page = shared(f"slack/api_ref/{method}.json")
    if page is not None:
        reference = json.loads(page.read_text())["args"]
        known &= set(reference)
        required = tuple(name for name, about in reference.items() if about.get("required"))
    missing = [f"missing required field: {name}" for name in required if name not in args]
    return missing + [f"unknown argument: {name}" for name in sorted(set(args) - known)]


async def _arguments(request: web.Request) -> dict[str, Any]:
    """Read query, form and JSON arguments; structured ones come as JSON text in the first two."""
    args: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        return args | (await request.json() if request.can_read_body else {})
    args |= dict(await request.post())
    for name in ("blocks", "metadata", "view", "unfurls"):
        if isinstance(args.get(name), str):
            args[name] = json.loads(args[name])
    args.pop("token", None)
    return args


def _told(message: Message, *, metadata: bool) -> dict[str, Any]:
    told = {"type": "message", "user": message.user, "text": message.text, "ts": message.ts}
    if message.thread_ts:
        told["thread_ts"] = message.thread_ts
    if message.bot:
        told["bot_id"] = message.bot
    if metadata and message.metadata:
        told["metadata"] = message.metadata
    return told


def _yes(**result: Any) -> dict[str, Any]:
    return {"ok": True, **result}


def _no(error: str, *messages: str) -> dict[str, Any]:
    details = {"response_metadata": {"messages": [f"[ERROR] {one}" for one in messages]}}
    return {"ok": False, "error": error} | (details if messages else {})


def _json(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    async def reply(request: web.Request, result: Mapping[str, Any] | None) -> web.Response:
        return web.json_response(body, status=status, headers=headers)

    return reply


def _body(body: bytes, kind: str, status: int = 200) -> Reply:
    async def reply(request: web.Request, result: Mapping[str, Any] | None) -> web.Response:
        return web.Response(body=body, content_type=kind, status=status)

    return reply


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _drop(request: web.Request, result: Mapping[str, Any] | None) -> web.Response:
    _cut(request)
    return web.Response()


async def _redirect(request: web.Request, result: Mapping[str, Any] | None) -> web.Response:
    return web.Response(status=307, headers={"Location": str(request.url)})


def _hang(seconds: float) -> Reply:
    async def reply(request: web.Request, result: Mapping[str, Any] | None) -> web.Response:
        await asyncio.sleep(seconds)
        return web.json_response(result)

    return reply


def _drip(seconds: float) -> Reply:
    async def reply(request: web.Request, result: Mapping[str, Any] | None) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        for _ in range(int(seconds / 0.02)):
            await response.write(b" ")
            await asyncio.sleep(0.02)
        return response

    return reply
