"""Who counts as sitting at this machine."""

import pytest
from starlette.requests import Request

from bot.auth.local import from_this_machine


def request(peer: str | None, host: str, **headers: str) -> Request:
    told = {"host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": "/console",
            "query_string": b"",
            "scheme": "http",
            "server": ("127.0.0.1", 8765),
            "client": None if peer is None else (peer, 50000),
            "headers": [(name.encode(), value.encode()) for name, value in told.items()],
        }
    )


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.9.1", "::1"])
@pytest.mark.parametrize("host", ["localhost:8765", "127.0.0.1:8765", "127.0.0.1", "[::1]:8765"])
def test_only_a_loopback_peer_asking_a_loopback_name_is_this_machine(peer: str, host: str) -> None:
    assert from_this_machine(request(peer, host))


@pytest.mark.parametrize(
    ("peer", "host"),
    [
        ("192.0.2.7", "127.0.0.1:8765"),
        ("127.0.0.1", "ask.example.com"),
        ("127.0.0.1", "localhost.example.com"),
        ("127.0.0.1", "127.0.0.1.example.com"),
        ("", "127.0.0.1:8765"),
        (None, "127.0.0.1:8765"),
    ],
)
def test_another_peer_or_another_name_is_somewhere_else(peer: str | None, host: str) -> None:
    assert not from_this_machine(request(peer, host))


@pytest.mark.parametrize("header", ["x_forwarded_for", "forwarded", "x_real_ip"])
def test_what_was_forwarded_comes_from_somewhere_else(header: str) -> None:
    assert not from_this_machine(request("127.0.0.1", "127.0.0.1", **{header: "192.0.2.7"}))
