"""What the environment and the config file may say."""

import pytest

from bot.config import load, strays
from surveys.errors import InvalidInput


def test_a_mistyped_variable_is_told_from_a_setting() -> None:
    environ = {
        "AFTERTOUCH_PORT": "1",
        "AFTERTOUCH_TELEGRAM_TOKEN": "t",
        "AFTERTOUCH_HOOK_SHOP_SECRET": "s",
        "AFTERTOUCH_TELEGRM_TOKEN": "t",
        "PATH": "/bin",
    }

    assert strays(environ) == ("AFTERTOUCH_TELEGRM_TOKEN",)


@pytest.mark.parametrize(
    "url", ["nope", "ftp://a.b", "https://", "https://a.b?x=1", "https://a.b#f"]
)
def test_a_public_url_that_no_link_can_be_made_of_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="public_url"):
        load({"AFTERTOUCH_PUBLIC_URL": url}, None)


@pytest.mark.parametrize(
    "url", ["https://ask.example.com", "http://127.0.0.1:8765/", "https://a.b/ask"]
)
def test_an_address_with_a_host_is_a_public_url(url: str) -> None:
    assert load({"AFTERTOUCH_PUBLIC_URL": url}, None).base == url.rstrip("/")
