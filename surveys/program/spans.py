"""Where the values of a program file stand in its text, as ruamel.yaml tells it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.error import StringMark
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

_BLOCK_SCALARS: Final = ("|", ">")
_COLON: Final = re.compile(r"[ \t]*:")


@dataclass(frozen=True, slots=True)
class Spans:
    """Indexes into a text, counted in characters."""

    text: str

    def root(self) -> Node:
        """Return what the text is made of; it must be readable."""
        return _composed(self.text)

    def line_start(self, index: int) -> int:
        """Return where the line begins."""
        return self.text.rfind("\n", 0, index) + 1

    def line_end(self, node: Node) -> int:
        """Return the index behind the last line of a node, its trailing comment included."""
        found = self.text.find("\n", self.end(node))
        return len(self.text) if found < 0 else found + 1

    def item_start(self, node: Node, dash: int) -> int:
        """Return where the lines of a list's item begin, with the comment right above its dash."""
        start = self.line_start(self.dash(node, dash))
        above = self.line_start(start - 1)
        while self.text[above:start].startswith(" " * dash + "#"):
            start, above = above, self.line_start(above - 1)
        return start

    def end(self, node: Node) -> int:
        """Return the index behind the last character of a node; ruamel.yaml adds what follows a block."""
        end: int = node.end_mark.index
        if isinstance(node, ScalarNode):
            return len(self.text[:end].rstrip()) if node.style in _BLOCK_SCALARS else end
        if is_flow(node) or not node.value:
            return end
        last = node.value[-1]
        return self.end(last[1] if isinstance(node, MappingNode) else last)

    def dash(self, item: Node, column: int) -> int:
        """Return the index behind the dash of an item of a block list, whose dashes stand in a column.

        Comments may stand between the dash and the item, on lines of their own.
        """
        line = self.line_start(item.start_mark.index)
        while line and not self._is_dash(line, column):
            line = self.line_start(line - 1)
        return line + column + 1

    def _is_dash(self, line: int, column: int) -> bool:
        before, at = self.text[line : line + column], self.text[line + column : line + column + 1]
        return at == "-" and not before.strip(" -?:")


@lru_cache(maxsize=4)
def _composed(text: str) -> Node:
    """Compose a text, which takes 60 ms; nobody changes the nodes."""
    root: Node = YAML(typ="safe", pure=True).compose(text)
    for key, value in _pairs(root):
        colon = _COLON.match(text, key.end_mark.index)
        if colon and isinstance(value, ScalarNode) and _is_empty(value):
            value.start_mark = value.end_mark = _moved(key.end_mark, colon.end())
    return root


def _pairs(root: Node) -> Iterator[tuple[Node, Node]]:
    """Yield each key with its value, without recursion."""
    nodes = [root]
    while nodes:
        node = nodes.pop()
        if isinstance(node, MappingNode):
            yield from node.value
            nodes += [value for _, value in node.value]
        elif isinstance(node, SequenceNode):
            nodes += node.value


def _is_empty(node: Node) -> bool:
    """Say whether nothing is written; ruamel.yaml says that it stands where the next thing begins, behind comments."""
    return bool(node.start_mark.index == node.end_mark.index)


def _moved(mark: StringMark, index: int) -> StringMark:
    """Return the mark, further on in its line."""
    by = index - mark.index
    return StringMark(mark.name, index, mark.line, mark.column + by, mark.buffer, mark.pointer + by)


def is_flow(node: Node) -> bool:
    """Say whether a list or mapping stands between brackets."""
    return isinstance(node, MappingNode | SequenceNode) and bool(node.flow_style)
