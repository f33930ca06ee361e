"""Changes values in the text of a program; every line that holds none of them stays as it is.

``rewritten`` takes the text and what it is to say, finds the smallest values that differ and replaces only their
characters. Entries with an ``id`` are the same entry wherever they stand.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from surveys.program.document import read
from surveys.program.emitting import block, entry, fits, inline, listed
from surveys.program.spans import Spans, is_flow

Json = Any
Donor = Mapping[str, Mapping[str, str]]
"""The lines of entries of another text, by id and by what they say."""


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a value hangs.

    Attributes:
        column: of the key or the dash before it.
        after: the index behind that key's colon or that dash.
        flow: whether it stands between brackets.
        listed: whether it hangs on a dash.
    """

    column: int = 0
    after: int = 0
    flow: bool = False
    listed: bool = False


@dataclass(slots=True)
class _Rewriting:
    """Patches of a text: from where to where, and what comes there. They never overlap."""

    spans: Spans
    donor: Donor
    patches: list[tuple[int, int, str]] = field(default_factory=list)

    def value(self, node: Node, old: Json, new: Json, spot: _Spot) -> None:
        """Patch what differs between the value of a node and what it is to be."""
        if same(old, new):
            return
        if isinstance(node, MappingNode) and isinstance(new, dict):
            self._mapping(node, old, new, spot)
        elif isinstance(node, SequenceNode) and isinstance(new, list):
            self._sequence(node, old, new, spot)
        else:
            self._replace(node, new, spot)

    def _mapping(
        self, node: MappingNode, old: Mapping[str, Json], new: dict[str, Json], spot: _Spot
    ) -> None:
        gone, fresh = [n for n in old if n not in new], [n for n in new if n not in old]
        first = next(iter(old), None)
        if (is_flow(node) and (gone or fresh)) or first is None or first in gone:
            self._replace(node, new, spot)
            return
        column, flow = node.start_mark.column, spot.flow or is_flow(node)
        for key, inner in node.value:
            if key.value in gone:
                start = self.spans.line_start(key.start_mark.index)
                self._patch(start, self.spans.line_end(inner), "")
            else:
                after = self.spans.text.index(":", key.end_mark.index) + 1
                self.value(inner, old[key.value], new[key.value], _Spot(column, after, flow))
        self._insert(
            self.spans.line_end(node),
            [line for name in fresh for line in entry(name, new[name], column)],
        )

    def _sequence(
        self, node: SequenceNode, old: Sequence[Json], new: list[Json], spot: _Spot
    ) -> None:
        before, after = _names(old), _names(new)
        kept = [name for name in before if name in after]
        in_order = kept == [name for name in after if name in before]
        resized = len(kept) < max(len(before), len(after))
        if not kept or not in_order or (is_flow(node) and resized):
            self._replace(node, new, spot)
            return
        items = dict(zip(before, zip(old, node.value, strict=True), strict=True))
        wanted = dict(zip(after, new, strict=True))
        dash, flow = node.start_mark.column, spot.flow or is_flow(node)
        for name, (value, item) in items.items():
            if name in wanted:
                behind = 0 if flow else self.spans.dash(item, dash)
                self.value(item, value, wanted[name], _Spot(dash, behind, flow, listed=not flow))
            else:
                start = self.spans.item_start(item, dash)
                self._patch(start, self.spans.line_end(item), "")
        if not flow:
            self._add_items(node, wanted, before, dash)

    def _add_items(
        self,
        node: SequenceNode,
        wanted: Mapping[str, Json],
        before: Sequence[str],
        dash: int,
    ) -> None:
        at = self.spans.item_start(node.value[0], dash)
        for name, value in wanted.items():
            if name in before:
                at = self.spans.line_end(node.value[before.index(name)])
            else:
                self._insert(at, self._given(name, value, dash) or listed(value, dash))

    def _given(self, name: str, value: Json, dash: int) -> list[str]:
        """Return the lines of an entry as the donor has them, comments and all, where it says the same."""
        given = self.donor.get(name, {}).get(canonical(value), "")
        lines = given.removesuffix("\n").split("\n") if given else []
        by = dash - (len(lines[0]) - len(lines[0].lstrip())) if lines else 0
        return [_moved(line, by) for line in lines]

    def _replace(self, node: Node, new: Json, spot: _Spot) -> None:
        """Write a whole value anew, on one line where it fits."""
        start, end = node.start_mark.index, self.spans.end(node)
        if not self.spans.text[spot.after : start].strip():  # no comment stands between
            start = spot.after
        lead = " " if start == spot.after and spot.after else ""
        if spot.flow or fits(new, spot.column + len("contact_rules: ")):
            self._patch(start, end, lead + inline(new))
            return
        lines = "\n".join(block(new, spot.column + 2))
        self._patch(start, end, lead + lines.lstrip() if spot.listed else "\n" + lines)

    def _patch(self, start: int, end: int, new: str) -> None:
        self.patches.append((start, end, new))

    def _insert(self, at: int, lines: Sequence[str]) -> None:
        if lines:
            lead = "" if at == 0 or self.spans.text[at - 1] == "\n" else "\n"
            self._patch(at, at, lead + "\n".join(lines) + "\n")


def rewritten(text: str, value: Json, donor: str = "") -> str:
    """Return the text, changed so that it says ``value``; entries new in it are taken over from ``donor``.

    ``text`` must be readable. What comes out is read again: should a change of a few characters not say what was
    meant, the sections that differ are written anew.
    """
    old = read(text).value
    if not isinstance(old, dict) or not old:
        return _lines(block(value, 0))
    rewriting = _Rewriting(Spans(text), _entries(donor) if donor else {})
    rewriting.value(rewriting.spans.root(), old, value, _Spot())
    result = _patched(text, rewriting.patches)
    return result if _says(result, value) else _by_sections(text, old, value)


def _by_sections(text: str, old: Mapping[str, Json], value: Mapping[str, Json]) -> str:
    """Write each top-level key anew that differs; where even that is not understood, everything."""
    spans = Spans(text)
    patches: list[tuple[int, int, str]] = []
    for key, inner in spans.root().value:
        name = key.value
        if name not in value or not same(old[name], value[name]):
            lines = _lines(entry(name, value[name], 0)) if name in value else ""
            patches.append((key.start_mark.index, spans.line_end(inner), lines))
    fresh = [line for name in value if name not in old for line in entry(name, value[name], 0)]
    result = _patched(text, patches).rstrip("\n") + "\n" + _lines(fresh)
    return result if _says(result, value) else _lines(block(value, 0))


def same(left: Json, right: Json) -> bool:
    """Say whether two values are the same JSON: 1 is not true, and the order of keys says nothing."""
    return canonical(left) == canonical(right)


def canonical(value: Json) -> str:
    """Return the JSON with sorted keys."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _lines(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _says(text: str, value: Json) -> bool:
    document = read(text)
    return not document.problems and same(document.value, value)


def _patched(text: str, patches: Sequence[tuple[int, int, str]]) -> str:
    pieces, at = list[str](), 0
    for start, end, new in sorted(patches, key=lambda patch: patch[:2]):
        pieces += [text[at:start], new]
        at = end
    return "".join([*pieces, text[at:]])


def _names(items: Sequence[Json]) -> list[str]:
    """Return what each item is known by: its id where all have one of their own, else its place."""
    ids = [item.get("id") if isinstance(item, dict) else None for item in items]
    known = all(isinstance(name, str) for name in ids) and len(set(ids)) == len(ids)
    return [str(name) if known else str(at) for at, name in enumerate(ids)]


def _moved(line: str, by: int) -> str:
    return " " * by + line if by > 0 and line.strip() else line[-by if by < 0 else 0 :]


def _entries(text: str) -> Donor:
    value, spans = read(text).value, Spans(text)
    found: dict[str, dict[str, str]] = {}
    for key, inner in spans.root().value:
        if key.value in ("surveys", "triggers") and not is_flow(inner):
            items = value[key.value]
            for name, item, node in zip(_names(items), items, inner.value, strict=True):
                start = spans.item_start(node, inner.start_mark.column)
                found.setdefault(name, {})[canonical(item)] = text[start : spans.line_end(node)]
    return found
