"""Which addresses a request to somebody else's server may go to: the public ones, by TLS.

An address that somebody typed into a config, or a name server gave, must not reach into the network that this
server stands in (loopback, cloud metadata, the office's printers).
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from surveys.errors import SurveyError

_Address = IPv4Address | IPv6Address
# RFC 6052: what a DNS64 server makes of an IPv4 address stands for that address.
_NAT64 = IPv6Network("64:ff9b::/96")


class NotPublic(SurveyError):
    """A request would have gone to an address that is not public; none was made."""

    def __init__(self, host: str, address: str) -> None:
        super().__init__(f"{host} is at {address}, which is not a public address")
        self.host = host
        self.address = address


def is_public(address: _Address) -> bool:
    """Say whether an address belongs to the public internet and to one host there."""
    plain = _unwrapped(address)
    special = plain.is_multicast or plain.is_reserved
    if isinstance(plain, IPv6Address):
        special = special or plain.is_site_local or plain.sixtofour is not None
    return plain.is_global and not special


def require_public(host: str, addresses: Sequence[str]) -> None:
    """Return if every address that the host has is public; raises NotPublic."""
    for address in addresses:
        if not is_public(ip_address(address)):
            raise NotPublic(host, address)


def fault_of(url: str, *, allow_private: bool) -> str | None:
    """Return what is wrong with an address that requests are to go to; None where nothing is.

    ``allow_private`` allows plain http and any address. What a name resolves to is not looked at here.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no address"
    if not url.isascii() or any(c.isspace() for c in url):
        return "must be ASCII without spaces"
    if parts.scheme not in ("https", "http") or not host:
        return "must be an https address with a host"
    if parts.username is not None or parts.fragment:
        return "must hold no user, password or fragment"
    return None if allow_private else _not_public(parts, host)


def _not_public(parts: SplitResult, host: str) -> str | None:
    if parts.scheme != "https":
        return "must begin with https:// (allow_private allows http in your own network)"
    try:
        require_public(host, (host,) if _is_literal(host) else ())
    except NotPublic as refused:
        return f"{refused.address} is not a public address (allow_private allows it)"
    return None


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _unwrapped(address: _Address) -> _Address:
    """Return the IPv4 address inside a mapped or translated one."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address
