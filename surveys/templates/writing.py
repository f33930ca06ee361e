"""Writes parts of a program as the YAML that people write: short mappings on one line, all else line by line."""

import json
from collections.abc import Mapping
from io import StringIO
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

Json = Any

_ONE_LINE: Final = 100
"""Characters of a mapping that still stands on one line."""


def to_yaml(sections: Mapping[str, Mapping[str, Json]]) -> str:
    """Return one entry for each section of a program, e.g. ``surveys``, as a part of a program file."""
    return "".join(f"{name}:\n{entry(part, 2)}" for name, part in sections.items())


def entry(part: Mapping[str, Json], column: int) -> str:
    """Return one entry of a list whose dash stands in a column, counted from 0; ended by a line break."""
    lines = _dumped(_styled(part, is_top=True)).splitlines()
    indented = (" " * (column + 2) + line if line else line for line in lines)
    return " " * column + "- " + "\n".join(indented)[column + 2 :] + "\n"


def inline(part: Mapping[str, Json]) -> str:
    """Return one entry of a list in brackets, on one line."""
    flow = CommentedMap(part)
    flow.fa.set_flow_style()
    return _dumped(flow).strip()


def _dumped(value: CommentedMap) -> str:
    out, yaml = StringIO(), YAML()
    yaml.width = 1_000_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump(value, out)
    return out.getvalue()


def _styled(value: Json, *, is_top: bool = False) -> Json:
    if isinstance(value, list):
        items = CommentedSeq([_styled(each) for each in value])
        if not any(isinstance(each, dict | list) for each in value):
            items.fa.set_flow_style()
        return items
    if not isinstance(value, Mapping):
        return value
    pairs = CommentedMap({key: _styled(each) for key, each in value.items()})
    if _is_short(value) and not (is_top and len(value) > 3):  # noqa: PLR2004 a touchpoint has three keys
        pairs.fa.set_flow_style()
    return pairs


def _is_short(value: Mapping[str, Json]) -> bool:
    listed = any(isinstance(each, list) and _holds_mappings(each) for each in value.values())
    return not listed and len(json.dumps(value, ensure_ascii=False)) <= _ONE_LINE


def _holds_mappings(values: list[Json]) -> bool:
    return any(isinstance(each, Mapping) for each in values)
