"""Slack's limits on the blocks that hold data: tables (2026-05) and charts (2026-06)."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

CHARTS, TABLE_TEXT = 2, 10_000
DATA_BLOCKS = frozenset({"data_table", "data_visualization"})
_TABLE = {"type", "block_id", "caption", "rows", "page_size", "row_header_column_index"}
_CHART = {"type", "block_id", "title", "chart"}
_CELLS = {"raw_text": {"type", "text"}, "raw_number": {"type", "value", "text"}}


def too_many(blocks: Sequence[Any]) -> list[str]:
    """Return what is wrong with the data blocks of one message taken together."""
    kinds = [block.get("type") for block in blocks if isinstance(block, dict)]
    return [f"more than {CHARTS} charts"] * (kinds.count("data_visualization") > CHARTS)


def table_faults(block: Mapping[str, Any]) -> Iterable[str]:
    """Return every fault of a data_table."""
    rows = block.get("rows")
    if not isinstance(rows, list) or not 2 <= len(rows) <= 101:
        return ["a table has a header and 1 to 100 rows"]
    widths = {len(row) if isinstance(row, list) else 0 for row in rows}
    if len(widths) != 1 or not 1 <= min(widths) <= 20:
        return ["rows have the same 1 to 20 cells"]
    cells = list(chain.from_iterable(rows))
    size, header = block.get("page_size", 5), block.get("row_header_column_index", 0)
    told = sum(len(str(cell.get("text", ""))) for cell in cells if isinstance(cell, dict))
    return [
        *(f"data_table has {key!r}" for key in sorted(set(block) - _TABLE)),
        *([] if _worded(block.get("caption"), 1000) else ["a table has a caption"]),
        *([] if isinstance(size, int) and 1 <= size <= 100 else ["page_size 1..100"]),
        *([] if isinstance(header, int) and 0 <= header < min(widths) else ["no such column"]),
        *(["the header is raw_text"] if any(c.get("type") != "raw_text" for c in rows[0]) else []),
        *([f"cells hold more than {TABLE_TEXT} characters"] if told > TABLE_TEXT else []),
        *chain.from_iterable(_cell(cell) for cell in cells),
    ]


def _cell(cell: Any) -> Iterable[str]:
    kind = cell.get("type") if isinstance(cell, dict) else None
    if kind not in _CELLS:
        return [f"unsupported cell {kind!r}"]
    bad = kind == "raw_number" and not _number(cell.get("value"))
    return [
        *(f"cell has {key!r}" for key in sorted(set(cell) - _CELLS[kind])),
        *(["a cell's text is empty"] if not _worded(cell.get("text"), TABLE_TEXT) else []),
        *(["a number is a number"] if bad else []),
    ]


def chart_faults(block: Mapping[str, Any]) -> Iterable[str]:
    """Return every fault of a data_visualization."""
    chart = block.get("chart")
    kind = chart.get("type") if isinstance(chart, dict) else None
    faults = [f"data_visualization has {key!r}" for key in sorted(set(block) - _CHART)]
    faults += [] if _worded(block.get("title"), 50) else ["a chart's title has 1 to 50 characters"]
    if not isinstance(chart, dict) or kind not in ("line", "bar", "area", "pie"):
        return [*faults, f"unsupported chart {kind!r}"]
    return [*faults, *(_pie(chart) if kind == "pie" else _axes(chart))]


def _pie(chart: Mapping[str, Any]) -> Iterable[str]:
    segments = chart.get("segments")
    if not isinstance(segments, list) or not 1 <= len(segments) <= 6:
        return ["a pie has 1 to 6 segments"]
    return chain.from_iterable(_point(segment) for segment in segments)


def _axes(chart: Mapping[str, Any]) -> Iterable[str]:
    config = chart.get("axis_config")
    config = config if isinstance(config, dict) else {}
    categories, series = config.get("categories"), chart.get("series")
    if not isinstance(categories, list) or not 1 <= len(categories) <= 20:
        return ["a chart has 1 to 20 categories"]
    if not isinstance(series, list) or not 1 <= len(series) <= 6:
        return ["a chart has 1 to 6 series"]
    names = [one.get("name") for one in series]
    return [
        *(f"chart has {key!r}" for key in sorted(set(chart) - {"type", "series", "axis_config"})),
        *(f"axis has {k!r}" for k in sorted(set(config) - {"categories", "x_label", "y_label"})),
        *("a category has 1 to 20 characters" for c in categories if not _worded(c, 20)),
        *(["categories are distinct"] if len(set(categories)) < len(categories) else []),
        *(["series are distinct"] if len(set(names)) < len(names) else []),
        *(
            f"{k} is too long"
            for k in ("x_label", "y_label")
            if not _worded(config.get(k, "x"), 50)
        ),
        *chain.from_iterable(_series(one, categories) for one in series),
    ]


def _series(series: Mapping[str, Any], categories: list[str]) -> Iterable[str]:
    data = series.get("data")
    if not isinstance(data, list) or [point.get("label") for point in data] != categories:
        return ["a series has a point for each category, in order"]
    named = _worded(series.get("name"), 20)
    return [
        *([] if named else ["a series' name has 1 to 20 characters"]),
        *chain.from_iterable(_point(point) for point in data),
    ]


def _point(point: Mapping[str, Any]) -> Iterable[str]:
    fine = _worded(point.get("label"), 20) and _number(point.get("value"))
    return [] if fine and set(point) == {"label", "value"} else [f"a bad point {point!r}"]


def _worded(text: Any, limit: int) -> bool:
    return isinstance(text, str) and 0 < len(text) <= limit


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
