"""Lays a result out in Slack's blocks: with tables and charts where the workspace has them, else in fields.

Limits: a table 100 rows beside its header, a chart's title 50 characters, 20 categories and labels of 20, two charts
in a message (docs.slack.dev: data table block, data visualization block); 10 fields a section, 50 blocks. All cells of
a table together hold 10,000 characters; what is beyond stands in the top-level text and in the console.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final

from bot.slack.layout import FALLBACK_MAX, LABEL_MAX, SECTION_MAX, Block, clip, escape, plain
from bot.slack.team.board import UNKNOWN, Board, Chart, Line
from bot.slack.team.reading import PREFIX
from bot.slack.team.texts import say
from surveys.model import Json

CHARTS_MAX: Final = 2
TITLE_MAX: Final = 50
CATEGORIES_MAX: Final = 20
NAME_MAX: Final = 20
HEADER_MAX: Final = 150
FIELD_MAX: Final = 2000
TABLE_MAX: Final = 10_000
PAGE: Final = 10
VALUE_MAX: Final = 2000

_LINES_IN_SECTION: Final = 5
_COLUMNS: Final = ("place", "metric", "score", "interval", "n", "rate", "change", "weeks")


def board_blocks(board: Board, stamp: str, *, rich: bool, shared: bool = False) -> list[Block]:
    """Return a message's blocks; ``rich`` uses the blocks of 2026, ``shared`` leaves the button out."""
    content = _rich(board) if rich else _plain(board)
    laid = [
        {"type": "header", "text": plain(board.title, HEADER_MAX)},
        small(board.window),
        *content,
        *(small(note) for note in board.notes),
        *_buttons(board, shared=shared),
    ]
    return stamped(laid, stamp)


def stamped(laid: Sequence[Block], stamp: str) -> list[Block]:
    """Return the blocks with ids that are new with each message."""
    return [{**block, "block_id": f"{stamp}:{place}"} for place, block in enumerate(laid)]


def fallback(text: str) -> str:
    """Return the top-level text, as markup."""
    return escape(clip(text, FALLBACK_MAX))


def small(text: str) -> Block:
    """Return a line of small print."""
    return {"type": "context", "elements": [plain(text, SECTION_MAX)]}


def section(text: str) -> Block:
    """Return a paragraph, shown literally."""
    return {"type": "section", "text": plain(text, SECTION_MAX)}


def button(action: str, label: str, value: str = "") -> Block:
    """Return a button of ours."""
    pressed = {"type": "button", "action_id": f"{PREFIX}{action}", "text": plain(label, LABEL_MAX)}
    return pressed | ({"value": value} if value else {})


def link(label: str, url: str) -> Block:
    """Return a button that opens a page."""
    return button("open", label) | {"url": url}


def actions(*buttons: Block) -> Block:
    """Return a row of buttons."""
    return {"type": "actions", "elements": list(buttons)}


def _rich(board: Board) -> Iterator[Block]:
    if board.lines:
        yield _table(board)
    for chart in board.charts[:CHARTS_MAX]:
        yield _chart(chart)


def _table(board: Board) -> Block:
    """Return the lines as a table; a column that says nothing is left out, one of numbers sorts as such."""
    kept = [c for c in _COLUMNS if any(getattr(line, c) for line in board.lines)]
    header = [_text(say(board.language, f"column.{column}")) for column in kept]
    columns = [_cells(board.lines, column) for column in kept]
    rows = [header, *(list(row) for row in zip(*columns, strict=True))]
    sizes = accumulate(sum(len(cell["text"]) for cell in row) for row in rows)
    return {
        "type": "data_table",
        "caption": clip(f"{board.title} · {board.window}", HEADER_MAX),
        "rows": [row for row, size in zip(rows, sizes, strict=True) if size <= TABLE_MAX],
        "page_size": PAGE,
        "row_header_column_index": 0,
    }


def _cells(lines: Sequence[Line], column: str) -> list[Block]:
    if column == "score" and all(line.value is not None for line in lines):
        return [_number(line) for line in lines]
    if column == "score":
        return [_text(line.score if line.value is not None else line.note) for line in lines]
    return [_text(getattr(line, column)) for line in lines]


def _text(text: str) -> Block:
    return {"type": "raw_text", "text": text or UNKNOWN}


def _number(line: Line) -> Block:
    return {"type": "raw_number", "value": line.value, "text": line.score}


def _chart(chart: Chart) -> Block:
    points = [{"label": label, "value": value} for label, value in _distinct(chart.points)]
    categories = [point["label"] for point in points]
    series = [{"name": clip(chart.name, NAME_MAX), "data": points}]
    body: Json = {"type": chart.kind, "series": series, "axis_config": {"categories": categories}}
    return {"type": "data_visualization", "title": clip(chart.title, TITLE_MAX), "chart": body}


def _distinct(points: Sequence[tuple[str, float]]) -> Iterator[tuple[str, float]]:
    """Yield the points under labels that fit and differ: two long names may begin alike."""
    seen: set[str] = set()
    for number, (label, value) in enumerate(points[:CATEGORIES_MAX], start=1):
        short = clip(label, NAME_MAX)
        if short in seen:
            short = f"{clip(label, NAME_MAX - 3)} {number}"
        seen.add(short)
        yield short, value


def _plain(board: Board) -> Iterator[Block]:
    for start in range(0, len(board.lines), _LINES_IN_SECTION):
        part = board.lines[start : start + _LINES_IN_SECTION]
        fields = [field for line in part for field in _fields(line)]
        yield {"type": "section", "fields": fields}
    for chart in board.charts[:CHARTS_MAX]:
        yield small(chart.told())


def _fields(line: Line) -> tuple[Block, Block]:
    return plain(f"{line.place}\n{line.metric}", FIELD_MAX), plain(line.told(), FIELD_MAX)


def _buttons(board: Board, *, shared: bool) -> Iterator[Block]:
    share = button("share", say(board.language, "share"), board.wish)
    opened = link(say(board.language, "open"), board.url)
    row = [*([] if shared else [share]), *([opened] if board.url else [])]
    if row:
        yield actions(*row)
