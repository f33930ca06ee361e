"""What the web chat's HTTP accepts and refuses, over a real socket."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.clock import SystemClock
from bot.webchat.routes import routes
from bot.webchat.stuffing import FROM_ONE_PLACE, ScanCap
from bot.webchat.watching import MOST_OF_ONE, MOST_STREAMS, Watch, Word
from surveys.errors import InvalidInput
from surveys.model import Button, Command, Prompt, Receipt, Tap, Typed
from tests.fakes.desk import FakeDesk, FakeDoor
from tests.serving import serve

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE = 60
COMPANY = {"ko": "초록 & <마켓>", "en": "Green Market"}
PROMPT = Prompt(
    kind="question",
    text="얼마나 만족하셨나요?",
    language="ko",
    hint="1 = 매우 불만 · 5 = 매우 만족",
    scale=(Button(value="5", label="5", spoken="5점"),),
    token="k" * 22,
)
ACT = {"client_msg_id": "m1", "client_seq": 1, "act": {"tap": {"token": "k" * 22, "value": "5"}}}


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Client:
    """Speaks HTTP to one served web chat."""

    http: aiohttp.ClientSession
    url: str
    desk: FakeDesk
    watch: Watch

    async def get(self, path: str, **headers: str) -> Reply:
        return await self.send("GET", path, None, headers)

    async def page(self, path: str = "/chat", **headers: str) -> Reply:
        """Get a page as it is written."""
        return await self.get(path, Accept_Encoding="identity", **headers)

    async def post(self, path: str, body: object = None, **headers: str) -> Reply:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.send("POST", path, data, headers)

    async def send(
        self, method: str, path: str, data: bytes | None, headers: Mapping[str, str]
    ) -> Reply:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.http.request(method, self.url + path, data=data, headers=named) as reply:
            return Reply(reply.status, reply.headers, await reply.read())

    async def as_customer(self, path: str, body: object = None, **headers: str) -> Reply:
        """Post with a living session."""
        self.desk.sessions.add("session-0")
        return await self.post(path, body, Authorization="Bearer session-0", **headers)


@dataclass(slots=True)
class Front:
    """Stands at one address and passes every request to the web chat of the running test."""

    url: str = ""
    app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app
        await self.app(scope, receive, send)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def front() -> AsyncIterator[Front]:
    front = Front(app=Starlette())
    async with serve(front) as front.url:
        yield front


@pytest_asyncio.fixture(loop_scope="module")
async def client(front: Front) -> AsyncIterator[Client]:
    desk = FakeDesk(links={"link-1": "ko"})
    watch = Watch(desk.came_due, SystemClock())
    desk.ring = watch.ring
    front.app = Starlette(
        routes=routes(
            desk,
            company=COMPANY.__getitem__,
            frame_ancestors="'self' https://shop.example",
            allowed_origins={"https://shop.example"},
            demo=FakeDoor(desk),
            watch=watch,
            scans=ScanCap(SystemClock().now),
        )
    )
    async with aiohttp.ClientSession(auto_decompress=False) as http, asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(watch.run())
        yield Client(http, front.url, desk, watch)
        watch.close()
        looking.cancel()


@pytest.mark.parametrize(
    ("language", "words"),
    [("ko", "받으신 링크를 눌러 주세요"), ("en", "Please use the link you received")],
)
async def test_a_mistyped_address_is_answered_in_the_visitors_language(
    client: Client, language: str, words: str
) -> None:
    asked = {"Accept-Language": language, "Accept-Encoding": "identity"}
    async with client.http.get(f"{client.url}/chat/none", headers=asked) as answer:
        page = await answer.text()

    assert (answer.status, f'<html lang="{language}">' in page, words in page) == (
        404,
        True,
        True,
    ), page


async def test_a_link_opens_once_and_tells_unknown_and_used_alike(client: Client) -> None:
    first = await client.post("/chat/api/open", {"token": "link-1"})
    used = await client.post("/chat/api/open", {"token": "link-1"})
    unknown = await client.post("/chat/api/open", {"token": "nobody"})

    assert (first.status, first.json) == (
        200,
        {
            "session": "session-1",
            "language": "ko",
            "consent_text": "답변은 서비스 개선에만 써요.",
            "expires_at": "2026-12-18T03:12:00+00:00",
        },
    )
    assert used.status == unknown.status == 404
    assert used.body == unknown.body


async def test_pull_returns_every_message_as_it_now_stands(client: Client) -> None:
    client.desk.push(PROMPT)

    reply = await client.as_customer("/chat/api/pull", {})

    assert (reply.status, reply.json) == (
        200,
        {
            "bubbles": [
                {
                    "id": "b1",
                    "at": "2026-11-18T03:12:01+00:00",
                    "prompt": {
                        "kind": "question",
                        "heading": "",
                        "text": "얼마나 만족하셨나요?",
                        "hint": "1 = 매우 불만 · 5 = 매우 만족",
                        "language": "ko",
                        "typing": False,
                        "token": "k" * 22,
                        "scale": [{"value": "5", "label": "5", "spoken": "5점"}],
                        "layout": "standard",
                        "chips": [],
                        "controls": [],
                    },
                }
            ]
        },
    )


async def test_pull_needs_no_body(client: Client) -> None:
    assert (await client.as_customer("/chat/api/pull", b"")).status == 200


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        ({"tap": {"token": "k" * 22, "value": "5"}}, Tap(token="k" * 22, value="5")),
        ({"text": "  빨리 왔어요\n고마워요 🙂 "}, Typed(text="빨리 왔어요\n고마워요 🙂")),
        ({"command": "stop"}, Command(name="stop")),
        ({"command": "lang en"}, Command(name="lang", argument="en")),
    ],
)
async def test_an_act_reaches_the_desk_in_the_domains_words(
    client: Client, sent: object, taken: object
) -> None:
    client.desk.on_act = lambda _: Receipt(toast="고마워요", form=PROMPT)

    reply = await client.as_customer("/chat/api/act", {**ACT, "act": sent})

    assert [(done.client_msg_id, done.client_seq, done.act) for done in client.desk.acts] == [
        ("m1", 1, taken)
    ]
    assert (reply.status, reply.json["toast"], reply.json["form"]["text"]) == (
        200,
        "고마워요",
        PROMPT.text,
    )


async def test_an_act_sent_twice_is_done_once(client: Client) -> None:
    first = await client.as_customer("/chat/api/act", ACT)
    again = await client.as_customer("/chat/api/act", ACT)

    assert [first.json["duplicate"], again.json["duplicate"]] == [False, True]
    assert len(client.desk.acts) == 1


@pytest.mark.parametrize("path", ["/chat/api/pull", "/chat/api/act"])
@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Bearer stranger", "Basic c2Vzc2lvbi0w", "Bearer é"]
)
async def test_an_unknown_session_is_401(client: Client, path: str, authorization: str) -> None:
    reply = await client.post(
        path, ACT if path.endswith("act") else {}, Authorization=authorization
    )

    assert (reply.status, reply.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert client.desk.acts == []


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"", "line 1 column 1"),
        (b"{", "line 1 column 2"),
        (b"\xff\xfe{}", "line 1 column 1"),
        (b"[]", "body"),
        (b'{"act": NaN}', "act"),
        (b"[" * 30_000, "line 1 column 21"),
        (b'{"act": ' + b'{"a": ' * 25 + b"1" + b"}" * 26, "line 1 column 123"),
        (b'{"client_msg_id": "a", "client_msg_id": "b"}', "client_msg_id"),
        ({"client_seq": 1, "act": {"text": "a"}}, "client_msg_id"),
        ({**ACT, "client_msg_id": "a b"}, "client_msg_id"),
        ({**ACT, "client_seq": "1"}, "client_seq"),
        ({**ACT, "client_seq": True}, "client_seq"),
        ({**ACT, "client_seq": -1}, "client_seq"),
        ({**ACT, "client_seq": 2**53}, "client_seq"),
        ({**ACT, "more": 1}, "more"),
        ({**ACT, "act": {}}, "act"),
        ({**ACT, "act": {"text": "a", "command": "stop"}}, "act"),
        ({**ACT, "act": {"text": " \n"}}, "act.text"),
        ({**ACT, "act": {"text": "a" * 4001}}, "act.text"),
        ({**ACT, "act": {"text": "a\0b"}}, "act.text"),
        ({**ACT, "act": {"text": "a\ud800b"}}, "act.text"),
        ({**ACT, "act": {"te\0xt": "a"}}, "act.te?xt"),
        ({**ACT, "act": {"te\ud800xt": "a"}}, "act.te?xt"),
        ({**ACT, "act": {"command": "stop\n"}}, "act.command"),
        ({**ACT, "act": {"tap": {"token": "k"}}}, "act.tap.value"),
        ({**ACT, "act": {"tap": {"token": "k", "value": "v" * 33}}}, "act.tap.value"),
        ({**ACT, "act": {"tap": {"token": "k:k", "value": "1"}}}, "act.tap.token"),
        (
            json.dumps({**ACT, "act": {"text": [1e308]}}).replace("1e+308", "1e999").encode(),
            "act.text[0]",
        ),
    ],
)
async def test_junk_is_400_and_names_the_place(client: Client, body: object, where: str) -> None:
    reply = await client.as_customer("/chat/api/act", body)

    assert (reply.status, reply.json["where"]) == (400, where)
    assert client.desk.acts == []


@pytest.mark.parametrize("path", ["open", "pull", "act", "demo/open"])
async def test_a_body_over_64_kb_is_413(client: Client, path: str) -> None:
    declared = await client.as_customer(f"/chat/api/{path}", b" " * 65_537)

    assert declared.status == 413
    assert client.desk.writes == 0


async def test_an_undeclared_body_over_64_kb_is_413(client: Client) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(70):
            yield b" " * 1024

    async with client.http.post(f"{client.url}/chat/api/open", data=chunks()) as reply:
        assert reply.status == 413


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip"])
async def test_a_compressed_body_is_415(client: Client, encoding: str) -> None:
    packed = gzip.compress(b'{"token": "link-1"}')

    reply = await client.post("/chat/api/open", packed, Content_Encoding=encoding)

    assert reply.status == 415
    assert client.desk.writes == 0


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("open", {"token": "link-1"}),
        ("pull", {}),
        ("act", ACT),
        ("demo/open", {"id": "ko"}),
    ],
)
async def test_a_busy_database_is_503_with_retry_after(
    client: Client, path: str, body: object
) -> None:
    client.desk.busy = True

    reply = await client.as_customer(f"/chat/api/{path}", body)

    assert (reply.status, reply.headers["Retry-After"]) == (503, "1")


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 200),
        ("OWN", 200),
        ("https://shop.example", 200),
        ("https://evil.example", 403),
        ("null", 403),
        ("", 403),
        ("http://[::1", 403),
    ],
)
async def test_pages_of_other_sites_may_not_post(
    client: Client, origin: str | None, status: int
) -> None:
    headers = {} if origin is None else {"Origin": client.url if origin == "OWN" else origin}

    reply = await client.post("/chat/api/open", {"token": "link-1"}, **headers)

    assert reply.status == status
    assert client.desk.writes == (status == 200)


async def test_nothing_but_post_reaches_the_desk(client: Client) -> None:
    for path in ("open", "pull", "act", "demo/open"):
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            reply = await client.send(method, f"/chat/api/{path}", None, {})
            assert (reply.status, path, method) == (405, path, method)
    for path in ("/chat", "/chat?t=link-1", "/chat/api/demo"):
        assert (await client.get(path)).status == 200

    assert client.desk.writes == 0
    assert client.desk.links == {"link-1": "ko"}


async def test_api_answers_are_never_cached(client: Client) -> None:
    for reply in (
        await client.post("/chat/api/open", {"token": "link-1"}),
        await client.post("/chat/api/open", {"token": "link-1"}),
        await client.get("/chat/api/demo"),
    ):
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Referrer-Policy"] == "no-referrer"


async def test_the_page_allows_only_our_own_files_and_the_configured_embedders(
    client: Client,
) -> None:
    reply = await client.get("/chat")
    policy = dict(
        part.split(" ", 1) for part in reply.headers["Content-Security-Policy"].split("; ")
    )

    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
        "frame-ancestors": "'self' https://shop.example",
    }
    assert reply.headers["Referrer-Policy"] == "no-referrer"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


async def test_embedders_cannot_smuggle_in_a_directive() -> None:
    with pytest.raises(InvalidInput, match="frame_ancestors"):
        routes(FakeDesk(), company=COMPANY.__getitem__, frame_ancestors="'self'; script-src *")


@pytest.mark.parametrize(
    ("accepted", "language", "title"),
    [
        ("", "ko", "초록 &amp; &lt;마켓&gt;"),
        ("en-US,en;q=0.9,ko;q=0.8", "en", "Green Market"),
        ("fr-FR, ko-KR;q=0.5", "ko", "초록 &amp; &lt;마켓&gt;"),
    ],
)
async def test_the_page_is_in_the_browsers_language_and_escapes_the_company(
    client: Client, accepted: str, language: str, title: str
) -> None:
    page = (await client.page(Accept_Language=accepted)).body.decode()

    assert f'<html lang="{language}">' in page
    assert f"<title>{title} · " in page
    assert (await client.page(path=f"/chat?lang={language}")).body.decode() == page
    assert "<마켓>" not in page


async def test_files_are_cached_for_good_under_their_version_only(client: Client) -> None:
    page = (await client.page()).body.decode()
    path = "/" + page.split('src="')[1].split('"')[0]
    current = await client.get(path)
    older = await client.get("/chat/static/0123/chat.js")
    known = await client.get(path, If_None_Match=current.headers["ETag"])

    assert current.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert older.headers["Cache-Control"] == "no-cache"
    assert older.body == current.body
    assert (known.status, known.body) == (304, b"")
    assert (await client.get("/chat/static/0123/nothing.js")).status == 404
    assert (await client.get("/chat/static/0123/..%2froutes.py")).status == 404


async def test_files_are_sent_packed_to_those_who_unpack(client: Client) -> None:
    packed = await client.get("/chat/static/0123/chat.css", Accept_Encoding="gzip, br")
    plain = await client.get("/chat/static/0123/chat.css", Accept_Encoding="identity")

    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert plain.headers["Content-Type"] == "text/css; charset=utf-8"


async def test_the_page_is_sent_packed_too(client: Client) -> None:
    packed = await client.get("/chat", Accept_Encoding="gzip", Accept_Language="ko")
    plain = await client.page(Accept_Language="ko")

    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["Vary"] == "Accept-Encoding, Accept-Language"


async def test_the_embedding_script_may_be_loaded_from_anywhere(client: Client) -> None:
    reply = await client.page("/chat/embed.js")

    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert reply.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert reply.headers["Cache-Control"] == "public, max-age=3600"
    assert "의견 남기기" in reply.body.decode()


async def test_the_seldom_read_sentences_come_on_their_own(client: Client) -> None:
    korean, english = [(await client.get(f"/chat/api/say/{c}")).json for c in ("ko", "en")]

    assert (korean["badlink"], korean["company"]) == (
        "이 링크는 더 이상 쓸 수 없어요",
        "초록 & <마켓>",
    )
    assert korean.keys() == english.keys()
    assert (korean["next"], korean["nextname"]) == ("en", "English")


# --- events that the server sends ---------------------------------------------------------------


async def told(client: Client, **headers: str) -> AsyncIterator[str]:
    """Yield the names of the events of one stream, and ":" for each sign of life."""
    client.desk.sessions.add("session-0")
    given = {"Authorization": "Bearer session-0"} | headers
    async with client.http.get(f"{client.url}/chat/api/stream", headers=given) as reply:
        assert reply.status == 200
        assert reply.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert reply.headers["X-Accel-Buffering"] == "no"
        assert reply.headers["Cache-Control"] == "no-store, no-transform"
        async for line in reply.content:
            if line.startswith((b"event:", b":")):
                yield line.decode().strip().removeprefix("event: ")


async def test_a_stream_tells_at_once_what_waits_and_hands_nothing_over(client: Client) -> None:
    async with asyncio.timeout(PATIENCE):
        events = told(client)
        assert await anext(events) == "hello"
        client.desk.push(PROMPT)
        assert await anext(events) == "news"
        client.desk.push(PROMPT)
        assert await anext(events) == "news"
        await events.aclose()  # type: ignore[attr-defined]  # an async generator

    assert client.desk.pulls == client.desk.writes == 0


async def test_a_stream_ends_when_the_server_stops(client: Client) -> None:
    async with asyncio.timeout(PATIENCE):
        events = told(client)
        assert await anext(events) == "hello"
        client.watch.close()

        assert [event async for event in events] == ["bye"]
        again = await client.get("/chat/api/stream", Authorization="Bearer session-0")

    assert (again.status, again.headers["Retry-After"]) == (503, "30")


async def test_a_stream_needs_a_living_session_and_our_own_page(client: Client) -> None:
    client.desk.sessions.add("session-0")
    nobody = await client.get("/chat/api/stream", Authorization="Bearer stranger")
    foreign = await client.get(
        "/chat/api/stream", Authorization="Bearer session-0", Origin="https://evil.example"
    )

    assert (nobody.status, foreign.status) == (401, 403)


async def test_hundreds_that_only_wait_cost_no_look_each(client: Client) -> None:
    client.desk.sessions.add("session-0")
    waiting = [
        client.watch.stream(f"address-{number}") for number in range(MOST_STREAMS // 2, 0, -1)
    ]
    with ExitStack() as stack:
        streams = [stack.enter_context(each) for each in waiting]
        before = client.desk.looks
        client.desk.push(PROMPT)
        async with asyncio.timeout(PATIENCE):
            assert await streams[-1].next(PATIENCE) is Word.NEWS

        assert client.desk.looks - before <= 3
        assert await streams[0].next(0.01) is Word.NOTHING


async def test_one_customer_keeps_only_a_few_streams(client: Client) -> None:
    with ExitStack() as stack:
        streams = [
            stack.enter_context(client.watch.stream("address-1")) for _ in range(MOST_OF_ONE + 1)
        ]

        assert await streams[0].next(PATIENCE) is Word.BYE
        assert await streams[1].next(0.01) is Word.NOTHING


# --- touchpoints' codes -----------------------------------------------------------------------------

SCAN = {"code": "qcheckout", "scan_id": "s" * 24, "language": "ko"}


async def test_a_code_says_what_it_begins_and_scanning_it_begins_that(client: Client) -> None:
    client.desk.codes["qcheckout"] = "주문·결제"
    shown = await client.get("/chat/api/scan/qcheckout?lang=ko")
    assert (shown.json, client.desk.writes) == (
        {"touchpoint": "주문·결제", "consent_text": "답변은 서비스 개선에만 써요."},
        0,
    )

    begun = await client.post("/chat/api/scan", SCAN, Authorization="Bearer held")

    assert (begun.status, begun.json["session"]) == (200, "session-1")
    assert client.desk.scans == [("qcheckout", "s" * 24, "ko", "held")]


async def test_an_unknown_code_and_a_wrong_body_are_refused(client: Client) -> None:
    assert (await client.get("/chat/api/scan/qforged")).status == 404
    assert (await client.post("/chat/api/scan", SCAN | {"code": "qforged"})).status == 404
    assert (await client.post("/chat/api/scan", SCAN | {"scan_id": "short"})).status == 400
    assert client.desk.scans == []


async def test_many_scans_from_one_place_have_to_wait(client: Client) -> None:
    client.desk.codes["qcheckout"] = "주문·결제"
    replies = [
        await client.post("/chat/api/scan", SCAN | {"scan_id": f"{number:024}"})
        for number in range(FROM_ONE_PLACE + 1)
    ]

    assert [reply.status for reply in replies] == [200] * FROM_ONE_PLACE + [429]
    assert int(replies[-1].headers["Retry-After"]) >= 1


async def test_the_demo_lists_its_customers_and_lets_one_in(client: Client) -> None:
    listed = await client.get("/chat/api/demo?lang=en")
    entered = await client.post("/chat/api/demo/open", {"id": "en"})
    nobody = await client.post("/chat/api/demo/open", {"id": "nobody"})

    assert listed.json == {
        "customers": [
            {"id": "ko", "label": "Haneul (Korean)"},
            {"id": "en", "label": "Alex (English)"},
        ]
    }
    assert (entered.status, entered.json["language"]) == (200, "en")
    assert nobody.status == 404


async def test_there_is_no_demo_door_outside_the_demo() -> None:
    app = Starlette(routes=routes(FakeDesk(), company=COMPANY.__getitem__))
    async with serve(app) as url, aiohttp.ClientSession() as http:
        for method, path in (("GET", "demo"), ("POST", "demo/open")):
            async with http.request(method, f"{url}/chat/api/{path}", json={"id": "ko"}) as reply:
                assert reply.status == 404
        async with http.get(f"{url}/chat") as reply:
            assert "data-demo" not in await reply.text()
