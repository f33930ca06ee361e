"""What the process logs: one JSON line each, whoever wrote it, and never a secret."""

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest
import structlog

from bot.logs import configure

BOT_TOKEN = "123456:ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghij"
SECRETS = (BOT_TOKEN, "xoxb-1-secret", "xapp-1-secret", "sk_id_secret", "whsec_c2VjcmV0", "a@b.kr")


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_blotted_out_wherever_it_stands(
    secret: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(json_lines=True)
    own, library = structlog.get_logger(), logging.getLogger("telegram.ext")

    own.info("sending", url=f"https://api.telegram.org/bot{secret}/getMe")
    library.warning("Retrying %s", secret)
    try:
        int(secret)
    except ValueError:
        own.exception("a chore failed")
        library.exception("Gave up")

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    events = ["sending", "Retrying [redacted]", "a chore failed", "Gave up"]
    assert [line["event"] for line in lines] == events
    assert all("[redacted]" in line["exception"] for line in lines[2:])
    assert secret not in json.dumps(lines, ensure_ascii=False)


def test_chatty_libraries_are_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    configure(json_lines=True)

    logging.getLogger("httpx").info("HTTP Request: POST https://...")
    logging.getLogger("uvicorn.error").info("Started server process")
    logging.getLogger("apscheduler.executors").info("Running job")

    assert capsys.readouterr().err == ""


def test_a_line_that_cannot_be_written_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error raised by the log of one request would take every other request under way with it."""
    reader, writer = os.pipe()
    os.close(reader)
    gone = os.fdopen(writer, "w", buffering=1)
    monkeypatch.setattr(sys, "stderr", gone)
    configure(json_lines=True)

    structlog.get_logger().warning("delivery not accepted")
    logging.getLogger("telegram").warning("Retrying")

    with suppress(BrokenPipeError):
        gone.close()
