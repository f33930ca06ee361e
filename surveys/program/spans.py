"""Where the values of a program file stand in its text, as ruamel.yaml tells it."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

_BLOCK_SCALARS: Final = ("|", ">")


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
        start = self.line_start(node.start_mark.index)
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

    def dash(self, item: Node) -> int:
        """Return the index behind the dash of an item of a block list."""
        return self.text.rindex("-", 0, item.start_mark.index) + 1


@lru_cache(maxsize=4)
def _composed(text: str) -> Node:
    """Compose a text, which takes 60 ms; nobody changes the nodes."""
    node: Node = YAML(typ="safe", pure=True).compose(text)
    return node


def is_flow(node: Node) -> bool:
    """Say whether a list or mapping stands between brackets."""
    return isinstance(node, MappingNode | SequenceNode) and bool(node.flow_style)
