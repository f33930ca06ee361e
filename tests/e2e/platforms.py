"""The platforms by name, for parametrised tests."""

from contextlib import AbstractAsyncContextManager

from tests.e2e.chats import Platform
from tests.e2e.slack_chat import slack
from tests.e2e.telegram_chat import telegram
from tests.e2e.webchat_chat import webchat

ALL = ("telegram-polling", "telegram-webhook", "slack-http", "slack-socket", "webchat")
CHANNELS = ("telegram-webhook", "slack-http", "webchat")


def platform(name: str) -> AbstractAsyncContextManager[Platform]:
    """Open a platform under test."""
    channel, _, way = name.partition("-")
    if channel == "telegram":
        return telegram(way)
    if channel == "slack":
        return slack(socket=way == "socket")
    return webchat()
