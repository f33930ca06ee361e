"""``aftertouch init``: writes a commented config file to start from."""

import os
import secrets
from base64 import b64encode
from pathlib import Path

from surveys.errors import InvalidInput

_TEMPLATE = """\
# Aftertouch's settings. Every key can also come from the environment: AFTERTOUCH_PORT,
# AFTERTOUCH_TELEGRAM_TOKEN and so on; the environment wins. Keep this file to yourself: it holds secrets.

# Where everything is stored: one SQLite file, or postgresql://user:password@host/name. On
# PostgreSQL several servers may share the work: see roles.
database_url: sqlite:///{database}

# What is asked, when and whom. Print the default program with: aftertouch program show > program.yaml
# program: program.yaml

host: 127.0.0.1
port: 8765

# What this process does, of intake, worker and console; everything unless named. On PostgreSQL only.
# roles: [intake, worker, console]

# How customers and vendors reach this server from outside, e.g. https://ask.example.com
# public_url:

# Signs POST /v1/events (Standard Webhooks); several, separated by commas, while you change it.
events_secret: {events_secret}

# Telegram: send /newbot to @BotFather and paste its token; then aftertouch setup telegram.
# telegram:
#   token: "123456:ABC..."
#   mode: polling            # or webhook, which needs public_url and a webhook_secret
#   webhook_secret: {webhook_secret}

# Slack: create the app (aftertouch setup slack --link), install it, and paste its tokens. The app token turns on
# Socket Mode, which needs no public URL.
# slack:
#   bot_token: xoxb-...
#   signing_secret: ...
#   app_token: xapp-...
#   staff: [U0123ABCD]        # who may ask for results: users, user groups (S...), channels (C...)
#   operators: [U0123ABCD]    # who may pause and test as well

# Web chat may be embedded by these sites.
# webchat:
#   origins: [https://shop.example.com]

# Shops and helpdesks that call POST /v1/hooks/<vendor>/<name>; vendors: shopify, stripe, zendesk.
# hooks:
#   shop:
#     vendor: shopify
#     secret: ...            # or AFTERTOUCH_HOOK_SHOP_SECRET

# Other systems that are told at once what happens here, signed by Standard Webhooks.
# webhooks:
#   crm:
#     url: https://crm.example.com/aftertouch
#     secret: {webhook_key} # or AFTERTOUCH_WEBHOOK_CRM_SECRET
#     events: [answer.recorded, answer.revised, customer.opted_out, customer.opted_in]

# Results told to staff by cron, in the company's time zone: to Slack, Telegram or a page in pages_folder.
# pages_folder: pages
# digests:
#   - id: weekly
#     cron: "0 9 * * 1"
#     to: [slack:C0123456789, "file:weekly-{{date}}.html"]

# How long what is kept: 30d, 13mo, 2y or forever. See what would go: aftertouch retention --dry-run
# retention:
#   answer_texts: 24mo       # customers' own words; scores stay
#   events: 13mo
"""


def write(path: Path, *, force: bool) -> str:
    """Write the file (mode 0600) and return what to do next; raises InvalidInput if it exists."""
    if path.exists() and not force:
        raise InvalidInput(str(path), "exists already; --force overwrites it")
    text = _TEMPLATE.format(
        database="aftertouch.sqlite3",
        events_secret="whsec_" + b64encode(secrets.token_bytes(32)).decode(),
        webhook_secret=secrets.token_hex(32),
        webhook_key="whsec_" + b64encode(secrets.token_bytes(32)).decode(),
    )
    path.unlink(missing_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as exc:
        raise InvalidInput(str(path), f"can't be written: {exc.strerror}") from exc
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return (
        f"{path} is written. Next, put your company's name and texts into a program of your own:\n"
        f"  aftertouch program show > program.yaml   (edit it; set program: program.yaml in {path})\n"
        "  aftertouch program templates             (ready surveys; program add puts one into it)\n"
        "  aftertouch program lint program.yaml\n"
        f"  aftertouch doctor --config {path}\n"
        f"  aftertouch serve --config {path}\n"
        f"  aftertouch key create --scope events:write --config {path}   (while it runs)"
    )
