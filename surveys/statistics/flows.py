"""How far a flow in a network may differ while every node still passes on what it gets.

The hidden counts of a table with its sums are such flows (surveys.statistics.suppression). The range of one
flow is the most that can be sent round a circle through it, either way: exact, and always a whole number.
"""

from collections import defaultdict, deque
from collections.abc import Sequence

_ENDLESS = 1 << 60

_Room = dict[int, dict[int, int]]


class Network:
    """Flows between numbered nodes; at most one flow joins two nodes."""

    def __init__(self, flows: Sequence[tuple[int, int, int]]) -> None:
        """Take flows as start, end and what flows; each may grow without end and fall to zero."""
        self._room: _Room = defaultdict(dict)
        for start, end, value in flows:
            self._room[start][end] = _ENDLESS
            self._room[end][start] = value

    def width(self, start: int, end: int, enough: int) -> int:
        """Return most less least of the flow from ``start`` to ``end``; ``enough`` or more may be cut short."""
        value = self._room[end][start]
        more = self._sent(end, start, enough)
        return more + self._sent(start, end, min(value, max(0, enough - more)))

    def _sent(self, source: int, sink: int, most: int) -> int:
        """Return what can be sent beside the flow that joins the two, up to ``most``."""
        room: _Room = {node: dict(ways) for node, ways in self._room.items()}
        del room[source][sink], room[sink][source]
        sent = 0
        while sent < most and (path := _path(room, source, sink)):
            step = min(room[a][b] for a, b in path)
            for a, b in path:
                room[a][b] -= step
                room[b][a] += step
            sent += step
        return min(sent, most)


def _path(room: _Room, source: int, sink: int) -> list[tuple[int, int]]:
    """Return the shortest way with room, or nothing."""
    came: dict[int, int] = {source: source}
    waiting = deque([source])
    while waiting and sink not in came:
        node = waiting.popleft()
        for neighbour, left in room[node].items():
            if left > 0 and neighbour not in came:
                came[neighbour] = node
                waiting.append(neighbour)
    steps, node = [], sink if sink in came else source
    while node != source:
        steps.append((came[node], node))
        node = came[node]
    return steps[::-1]
