"""A digest in the form of each destination: plain text, Telegram HTML, Slack blocks, a page ready to be mailed."""

import html
from collections.abc import Iterable, Mapping

from jinja2 import Environment, PackageLoader, StrictUndefined

from bot.digests.content import Content, Line, Tone
from surveys.model import Json
from surveys.staff_messages import StaffBody

MOST_UNITS = 4000
"""Characters of one Telegram message, with something to spare under its 4096 (Bot API, sendMessage)."""

MOST_LINES = 40
"""Of Slack's 50 blocks; the rest are head and foot (docs.slack.dev, block kit)."""

MOST_TEXT = 3000
"""Characters in a section's text (docs.slack.dev, block kit, section)."""

_SIGNS: Mapping[Tone, str] = {Tone.BETTER: "▲", Tone.WORSE: "▼", Tone.SAME: "＝", Tone.NONE: ""}  # noqa: RUF001 as wide as the triangles
_PAGES = Environment(
    loader=PackageLoader("bot.digests"), autoescape=True, undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip


def render(content: Content) -> StaffBody:
    """Return the message with all its forms."""
    return StaffBody(
        text=plain(content),
        telegram=telegram(content),
        blocks=slack(content),
        page=_PAGES.get_template("digest.html").render(digest=content, signs=_SIGNS),
    )


def plain(content: Content) -> str:
    """Return the whole digest as plain text."""
    parts = [f"{content.title} · {content.company}", *_head(content), ""]
    for line in content.lines:
        parts.append(f"{line.place} — {line.name}: {_figures(line)}")
        parts += [f"  {extra}" for extra in _extras(line)]
    if not content.lines:
        parts.append(content.say("none"))
    return "\n".join([*parts, "", content.foot, *([content.link] if content.link else [])])


def telegram(content: Content) -> str:
    """Return Telegram HTML; rows that no longer fit are counted instead."""
    head = [f"<b>{_e(content.title)} · {_e(content.company)}</b>", *map(_e, _head(content)), ""]
    link = [f'<a href="{_e(content.link)}">{_e(content.say("open"))}</a>'] if content.link else []
    tail = ["", f"<i>{_e(content.foot)}</i>", *link]
    rows = [_telegram_row(line) for line in content.lines] or [_e(content.say("none"))]
    kept: list[str] = []
    room = MOST_UNITS - sum(len(part) + 1 for part in (*head, *tail))
    for number, row in enumerate(rows):
        room -= _units(row) + 1
        if room < len(content.say("more", count=str(len(rows)))):
            kept.append(_e(content.say("more", count=str(len(rows) - number))))
            break
        kept.append(row)
    return "\n".join([*head, *kept, *tail])


def slack(content: Content) -> tuple[Mapping[str, Json], ...]:
    """Return Slack's blocks; rows beyond MOST_LINES are counted instead."""
    blocks: list[Mapping[str, Json]] = [
        {"type": "header", "text": _plain_text(f"{content.title} · {content.company}"[:150])},
        _context(_head(content)),
    ]
    shown = content.lines[:MOST_LINES]
    blocks += [_section(_slack_row(line)) for line in shown]
    if not content.lines:
        blocks.append(_section(_m(content.say("none"))))
    if len(content.lines) > len(shown):
        more = content.say("more", count=str(len(content.lines) - len(shown)))
        blocks.append(_context([more]))
    foot = _m(content.foot) + (
        f"  <{content.link}|{_m(content.say('open'))}>" if content.link else ""
    )
    blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": foot}]})
    return tuple(blocks)


def _head(content: Content) -> list[str]:
    return [part for part in (content.period, content.compared, content.notice) if part]


def _figures(line: Line) -> str:
    """Return the line's figures in one go: ``+22 (+12 – +32) · 180명 · 참고용``."""
    if line.note:
        return line.note
    parts = (f"{line.score} ({line.interval})", line.answers, line.rate, line.hint)
    return " · ".join(part for part in parts if part)


def _extras(line: Line) -> list[str]:
    change = f"{_SIGNS[line.tone]} {line.change}".strip() if line.change else ""
    return [extra for extra in ("  ".join(filter(None, (line.spark, change))), line.pain) if extra]


def _telegram_row(line: Line) -> str:
    first = f"<b>{_e(line.place)}</b> — {_e(line.name)}: {_e(_figures(line))}"
    return "\n".join([first, *(f"   {_e(extra)}" for extra in _extras(line))])


def _slack_row(line: Line) -> str:
    first = f"*{_m(line.place)}* — {_m(line.name)}: {_m(_figures(line))}"
    return "\n".join([first, *(_m(extra) for extra in _extras(line))])[:MOST_TEXT]


def _section(text: str) -> Mapping[str, Json]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _context(parts: Iterable[str]) -> Mapping[str, Json]:
    return {"type": "context", "elements": [_plain_text(part) for part in parts]}


def _plain_text(text: str) -> Mapping[str, Json]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _e(text: str) -> str:
    """Escape for Telegram's HTML."""
    return html.escape(text)


def _m(text: str) -> str:
    """Escape for Slack's mrkdwn: these three alone (docs.slack.dev, formatting message text)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _units(text: str) -> int:
    """Count UTF-16 units, as Telegram does."""
    return len(text.encode("utf-16-le")) // 2
