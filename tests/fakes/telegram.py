"""A Telegram of our own: a strict HTTP server for the Bot API, its journal, its failures, its customers.

Modelled on the published behaviour of tdlib/telegram-bot-api; see tests/fakes/telegram_rules.py for what
it refuses. Use as ``async with FakeTelegram() as telegram`` and give the bot ``telegram.base_url``.
"""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web

from surveys.model import Json
from tests.fakes.telegram_faults import Answer, Fault, misbehave
from tests.fakes.telegram_people import FakeUser, Message
from tests.fakes.telegram_profile import FakeProfile
from tests.fakes.telegram_rules import (
    Refusal,
    Spec,
    bad_request,
    check_keyboard,
    check_text,
    utf16,
)
from tests.fakes.telegram_updates import UpdateQueue
from tests.shared_data import shared

EPOCH = 1_790_000_000  # unix seconds of the first message; each later one is a second later
_ABILITIES = ("can_join_groups", "can_read_all_group_messages", "supports_inline_queries")
_PLAIN = frozenset(  # arguments that are text even if they look like JSON
    {
        *("text", "callback_query_id", "parse_mode", "url", "secret_token", "language_code"),
        *("name", "description", "short_description"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request as it came in. ``acted``: whether it was carried out."""

    method: str
    arguments: Mapping[str, Json]
    acted: bool
    status: int


@dataclass(slots=True, kw_only=True)
class Webhook:
    url: str
    secret: str = ""


@dataclass(slots=True)
class _Queries:
    """Open button presses: who waits for an answer."""

    users: dict[str, FakeUser] = field(default_factory=dict)
    count: int = 0

    def expire(self) -> None:
        self.users.clear()


class FakeTelegram:
    """The platform. ``fail(method, *faults)`` queues faults; ``journal`` holds every call that came in."""

    def __init__(self, token: str = "7001:test-token", first_update: int = 500_000) -> None:  # noqa: S107 - of a fake
        self.token = token
        self.journal: list[Call] = []
        self.messages: dict[tuple[int, int], Message] = {}
        self.users: dict[int, FakeUser] = {}
        self.webhook: Webhook | None = None
        self.webhook_statuses: list[int] = []
        self.profile = FakeProfile()
        self.delivery_errors: dict[str, Json] = {}
        self.queries = _Queries()
        self.spec = Spec(shared("telegram/bot_api_10.1.json"))
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self.updates = UpdateQueue(next_id=first_update)
        self._messages_made = 0
        self._posting = asyncio.Lock()
        self._closing = asyncio.Event()

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_route("*", "/bot{token}/{method}", self._serve)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        await self.updates.close()
        await self._session.close()
        await self._runner.cleanup()

    @property
    def base_url(self) -> str:
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}/bot"

    # --- what a test does ---

    def user(self, user_id: int = 31, language: str | None = "ko") -> FakeUser:
        """Return the customer of that id, new or known."""
        return self.users.setdefault(user_id, FakeUser(self, user_id, language))

    def move(self, user: FakeUser, chat_id: int) -> None:
        """Give the customer's chat another id, as an upgrade of a group does."""
        user.moved_to = chat_id
        self.users[chat_id] = user

    def fail(self, method: str, *faults: Fault) -> None:
        """Let the next requests of the method go wrong, one fault each."""
        self._faults[method.lower()].extend(faults)

    @property
    def commands(self) -> dict[str, list[Json]]:
        """The commands of everybody's private chats, by language."""
        private = '{"type": "all_private_chats"}'
        return {
            language: listed
            for (scope, language), listed in self.profile.commands.items()
            if scope == private
        }

    def calls(self, method: str) -> list[Call]:
        return [call for call in self.journal if call.method.lower() == method.lower()]

    async def emit(self, kind: str, content: Mapping[str, Json]) -> dict[str, Json]:
        """Put an update into the queue, or post it to the webhook; return it."""
        update = {"update_id": self.updates.next_id, kind: dict(content)}
        faults = self.spec.faults(update, "Update")
        assert not faults, faults
        await self.emit_raw(update)
        return update

    async def emit_raw(self, update: dict[str, Json]) -> None:
        """Put in an update of any shape."""
        await self.updates.add(update)
        await self.redeliver()

    async def redeliver(self) -> None:
        """Post waiting updates to the webhook, oldest first, until one is not taken."""
        async with self._posting:
            while self.webhook and self.updates.waiting:
                status = await self.post(self.updates.waiting[0])
                if not 200 <= status < 300:
                    return
                self.updates.waiting.pop(0)

    async def post(self, update: Json) -> int:
        """Post one update to the webhook, carry out a call in the answer, return the status."""
        assert self.webhook
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.secret}
        async with self._session.post(self.webhook.url, json=update, headers=headers) as response:
            self.webhook_statuses.append(response.status)
            body = await response.read()
        if response.status == 200 and body.startswith(b"{"):
            said = json.loads(body)
            method = said.pop("method")
            await self._answer(method, said)
        return response.status

    # --- what customers and tests need to know ---

    def stamp(self) -> dict[str, int]:
        """Number and date a new message."""
        self._messages_made += 1
        return {"message_id": self._messages_made, "date": EPOCH + self._messages_made}

    def new_query(self, user: FakeUser) -> str:
        self.queries.count += 1
        query_id = f"query-{self.queries.count}"
        self.queries.users[query_id] = user
        return query_id

    def me(self) -> dict[str, Json]:
        return {
            "id": int(self.token.partition(":")[0]),
            "is_bot": True,
            "first_name": "초록마켓",
            "username": "green_market_bot",
        }

    def as_json(self, message: Message) -> dict[str, Json]:
        said: dict[str, Json] = {
            "message_id": message.message_id,
            "date": message.date,
            "chat": self.users[message.chat_id].chat(),
            "from": self.me(),
            "text": message.text,
        }
        if message.keyboard:
            said["reply_markup"] = {"inline_keyboard": message.keyboard}
        return said

    # --- the server ---

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        arguments = await _arguments(request)
        waiting = self._faults[method.lower()]
        fault = waiting.popleft() if waiting else None
        if request.match_info["token"] != self.token:
            return _response(self._note(method, arguments, Refusal(401, "Unauthorized")))
        if fault is None:
            return _response(await self._answer(method, arguments))
        await asyncio.sleep(fault.late)
        if fault.acts:
            answer = await self._answer(method, arguments)
        else:
            answer = self._note(method, arguments, fault.refusal or Refusal(500, "Not carried out"))
        return await misbehave(fault, request, answer, self._closing)

    async def _answer(self, method: str, arguments: Mapping[str, Json]) -> Answer:
        try:
            self.spec.check_call(method, arguments)
            if method.lower() == "getupdates":
                result = await self._get_updates(arguments)
            else:
                result = self._methods().get(method.lower(), _agree)(arguments)
        except Refusal as refusal:
            return self._note(method, arguments, refusal)
        self.journal.append(Call(method=method, arguments=arguments, acted=True, status=200))
        return Answer(200, {"ok": True, "result": result})

    def _note(self, method: str, arguments: Mapping[str, Json], refusal: Refusal) -> Answer:
        call = Call(method=method, arguments=arguments, acted=False, status=refusal.code)
        self.journal.append(call)
        return Answer(refusal.code, refusal.body())

    def _methods(self) -> Mapping[str, Callable[[Mapping[str, Json]], Json]]:
        return {
            "getme": lambda _: {
                **self.me(),
                **dict.fromkeys(_ABILITIES, False),
                **self.profile.abilities,
            },
            "sendmessage": self._send_message,
            "editmessagetext": self._edit_message_text,
            "answercallbackquery": self._answer_callback_query,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getwebhookinfo": self._get_webhook_info,
            **self.profile.methods(),
        }

    def _chat(self, arguments: Mapping[str, Json]) -> FakeUser:
        user = self.users.get(arguments.get("chat_id", 0))
        if user is None or not user.known:
            raise bad_request("chat not found")
        if user.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        if user.moved_to not in (None, arguments.get("chat_id")):
            raise Refusal(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                {"migrate_to_chat_id": user.moved_to},
            )
        return user

    def _send_message(self, arguments: Mapping[str, Json]) -> Json:
        user = self._chat(arguments)
        html = arguments.get("text", "")
        shown = check_text(html, arguments.get("parse_mode"))
        keyboard = check_keyboard(arguments.get("reply_markup"))
        message = Message(
            **self.stamp(), chat_id=user.id, html=html, texts=[shown], keyboard=keyboard
        )
        self.messages[user.id, message.message_id] = message
        return self.as_json(message)

    def _edit_message_text(self, arguments: Mapping[str, Json]) -> Json:
        user = self._chat(arguments)
        html = arguments.get("text", "")
        shown = check_text(html, arguments.get("parse_mode"))
        keyboard = check_keyboard(arguments.get("reply_markup"))
        message = self.messages.get((user.id, arguments.get("message_id", 0)))
        if message is None:
            raise bad_request("message to edit not found")
        if (html, keyboard) == (message.html, message.keyboard):
            raise bad_request(
                "message is not modified: specified new message content and reply markup are exactly "
                "the same as a current content and reply markup of the message"
            )
        message.html, message.keyboard = html, keyboard
        message.texts.append(shown)
        return self.as_json(message)

    def _answer_callback_query(self, arguments: Mapping[str, Json]) -> Json:
        text = arguments.get("text", "")
        if utf16(text) > 200:
            raise bad_request("MESSAGE_TOO_LONG")
        user = self.queries.users.pop(arguments.get("callback_query_id", ""), None)
        if user is None:
            raise bad_request(
                "query is too old and response timeout expired or query ID is invalid"
            )
        user.toasts.append(text)
        return True

    def _set_webhook(self, arguments: Mapping[str, Json]) -> Json:
        url = arguments.get("url", "")
        self.webhook = Webhook(url=url, secret=arguments.get("secret_token", "")) if url else None
        self.updates.allowed = arguments.get("allowed_updates") or self.updates.allowed
        return True

    def _delete_webhook(self, arguments: Mapping[str, Json]) -> Json:
        self.webhook = None
        return True

    def _get_webhook_info(self, arguments: Mapping[str, Json]) -> Json:
        return {
            "url": self.webhook.url if self.webhook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(self.updates.waiting),
            **({"allowed_updates": list(self.updates.allowed)} if self.updates.allowed else {}),
            **self.delivery_errors,
        }

    async def _get_updates(self, arguments: Mapping[str, Json]) -> Json:
        if self.webhook:
            raise Refusal(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        self.updates.allowed = arguments.get("allowed_updates", self.updates.allowed)
        return await self.updates.poll(
            offset=arguments.get("offset", 0),
            limit=arguments.get("limit", 100),
            seconds=arguments.get("timeout", 0),
        )


def _agree(arguments: Mapping[str, Json]) -> Json:
    """Methods of no consequence here succeed."""
    return True


def _response(answer: Answer) -> web.Response:
    return web.json_response(answer.body, status=answer.status)


async def _arguments(request: web.Request) -> dict[str, Json]:
    """Read query, JSON, form or multipart; later ones win, as with the real server."""
    arguments: dict[str, Json] = dict(request.query)
    if request.content_type == "application/json":
        arguments.update(await request.json())
    else:
        arguments.update({name: str(value) for name, value in (await request.post()).items()})
    return {name: _value(name, value) for name, value in arguments.items()}


def _value(name: str, value: Json) -> Json:
    if not isinstance(value, str) or name in _PLAIN:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
