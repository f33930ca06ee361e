"""Tells which requests were typed on this machine."""

import ipaddress
import re

from starlette.requests import Request

_HOST = re.compile(r"(?P<name>[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.IGNORECASE)


def from_this_machine(request: Request) -> bool:
    """Say whether a request was typed on this machine: a loopback peer asking a loopback name.

    A proxy on the same machine forwards or renames the host, and a web page elsewhere (DNS rebinding)
    can't make the browser send a loopback host; both are refused.
    """
    forwarded = any(h in request.headers for h in ("x-forwarded-for", "forwarded", "x-real-ip"))
    peer = request.client.host if request.client else ""
    # The header itself: for a malformed one Starlette falls back on the server's own address.
    host = _HOST.fullmatch(request.headers.get("host", ""))
    named = host is not None and is_local(host["name"].strip("[]"))
    return not forwarded and _is_loopback(peer) and named


def is_local(host: str | None) -> bool:
    """Say whether a host name is this machine's own."""
    return host == "localhost" or _is_loopback(host or "")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
