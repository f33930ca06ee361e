"""Where a request to somebody else's server may go."""

from ipaddress import ip_address

import pytest

from bot.public_addresses import fault_of, is_public

PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
PRIVATE = {
    "loopback": "127.0.0.1",
    "loopback elsewhere": "127.9.9.9",
    "loopback in IPv6": "::1",
    "mapped": "::ffff:10.0.0.1",
    "mapped in hex": "::ffff:7f00:1",
    "translated": "64:ff9b::a00:1",
    "compatible": "::127.0.0.1",
    "6to4": "2002:7f00:1::",
    "Teredo": "2001:0:7f00:1::",
    "metadata": "169.254.169.254",
    "this host": "0.0.0.0",  # noqa: S104 an address to refuse, not to bind
    "unspecified": "::",
    "private": "192.168.1.1",
    "private too": "172.16.0.1",
    "carrier": "100.64.0.1",
    "benchmark": "198.18.0.1",
    "unique local": "fc00::1",
    "unique local too": "fd12:3456::1",
    "site local": "fec0::1",
    "link local": "fe80::1",
    "link local with zone": "fe80::1%eth0",
    "multicast": "224.0.0.1",
    "multicast in IPv6": "ff02::1",
    "broadcast": "255.255.255.255",
    "reserved": "240.0.0.1",
    "documentation": "192.0.2.1",
}


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", PRIVATE.values(), ids=PRIVATE)
def test_x04_an_address_that_is_not_public_is_refused(address: str) -> None:
    host = f"[{address}]" if ":" in address else address

    assert not is_public(ip_address(address))
    assert fault_of(f"https://{host}/hook", allow_private=False) is not None


@pytest.mark.parametrize("url", ["https://crm.example.com/in?a=b", "https://8.8.8.8:8443/"])
def test_a_public_https_address_is_fine(url: str) -> None:
    assert fault_of(url, allow_private=False) is None


@pytest.mark.parametrize("url", ["http://10.0.0.7/hook", "https://[fd00::1]/", "http://crm.lan"])
def test_the_own_network_has_to_be_allowed(url: str) -> None:
    assert fault_of(url, allow_private=False) is not None
    assert fault_of(url, allow_private=True) is None


@pytest.mark.parametrize("allow_private", [False, True])
@pytest.mark.parametrize(
    "url",
    [
        "ftp://crm.example.com/",
        "file:///etc/passwd",
        "crm.example.com/hook",
        "https://",
        "https:///hook",
        "https://[::1",
        "https://crm.example.com:99999/",
        "https://user:pw@crm.example.com/",
        "https://crm.example.com/#f",
        "https://crm.example.com/a b",
        "https://crm.example.com\\@127.0.0.1/",
        "https://crm.exämple.com/",
        "",
    ],
)
def test_what_is_no_plain_web_address_is_refused_in_any_case(url: str, allow_private: bool) -> None:
    assert fault_of(url, allow_private=allow_private) is not None
