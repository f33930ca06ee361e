"""Puts parts at the ends of a program file's lists; every line that stands there stays as it is, comments too."""

from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from surveys.errors import InvalidInput
from surveys.program import load_program
from surveys.templates.fitting import Parts, with_parts
from surveys.templates.writing import entry, inline

Json = Any


def insert(text: str, where: str, parts: Parts) -> str:
    """Return the program file's text with the parts in it.

    What comes out is read again and must be the program with exactly these parts. Raises ProgramFault for a file
    that is none or where the parts do not fit, and InvalidInput where the file is written so that they can't be put in.
    """
    wanted = with_parts(load_program(text, where), parts)
    root = YAML(typ="rt", pure=True).compose(text)
    edits = [_edit(text, where, root, *section) for section in parts.sections().items()]
    for at, until, words in sorted(edits, reverse=True):
        text = text[:at] + words + text[until:]
    if load_program(text, where).to_json() != wanted.to_json():
        raise InvalidInput(where, "its lists are written in a way that can't be added to by itself")
    return text


def _edit(
    text: str, where: str, root: Node, section: str, part: Mapping[str, Json]
) -> tuple[int, int, str]:
    """Return which characters to replace by what."""
    found = next((value for key, value in root.value if key.value == section), None)
    if not isinstance(found, SequenceNode):
        raise InvalidInput(where, f"has no list {section!r}")
    line_break = "\r\n" if "\r\n" in text else "\n"
    if found.flow_style and found.value:
        at = found.value[-1].end_mark.index
        return at, at, f", {inline(part)}"
    if found.flow_style:
        column = _column_of(root, section) + 2
        start, rest = found.start_mark.index, found.end_mark.index
        end = _line_end(text, rest)
        kept = text[rest:end].rstrip()
        lines = entry(part, column).replace("\n", line_break).rstrip()
        return start - _blanks(text, start), end, f"{kept}{line_break}{lines}"
    end = _line_end(text, _last(text, found))
    lines = entry(part, found.start_mark.column).rstrip("\n")
    gap = "\n" if "\n" in lines else ""
    return end, end, f"\n{gap}{lines}".replace("\n", line_break)


def _column_of(root: Node, section: str) -> int:
    column: int = next(key.start_mark.column for key, _ in root.value if key.value == section)
    return column


def _blanks(text: str, at: int) -> int:
    """Return how many blanks stand before a place."""
    return at - len(text[:at].rstrip(" "))


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    return end - 1 if text[end - 1 : end] == "\r" and end > at else end


def _last(text: str, node: Node) -> int:
    """Return where the last value of a list ends; blank lines after a text of several lines are none of it."""
    while isinstance(node, MappingNode | SequenceNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(node, MappingNode) else last
    start: int = node.start_mark.index
    end: int = node.end_mark.index
    is_folded = isinstance(node, ScalarNode) and node.style in ("|", ">")
    return start + len(text[start:end].rstrip()) if is_folded else end
