"""The layout of an evidence network: positions of points, lines and labels without overlapping labels.

Connected components are laid out in rows: two treatments side by side, more on a circle with their names outside.
"""

from __future__ import annotations

import math
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from mabgraph.graph.network.declaration import Link
from mabgraph.graph.network.edges import PLANNED, RESULTS
from mabgraph.graph.network.network import Network

if TYPE_CHECKING:
    import networkx as nx

#: Lengths in pixels: picture width, label width (in characters too), distance of two treatments; font size, line height.
WIDTH: Final = 1290
ACROSS: Final = 28
BETWEEN: Final = 230
SIZE: Final = 11
LINE: Final = 14
_COLUMN: Final = 0.58 * SIZE * ACROSS
_GAP: Final = 26
#: The least and the greatest area of a point (square pixels).
LEAST: Final = 110
MOST: Final = 1600


@dataclass(frozen=True, slots=True)
class Text:
    """A label, drawn from ``top`` down, aligned at ``x``; with ``over`` it lies on a line and interrupts it."""

    x: float
    top: float
    lines: tuple[str, ...]
    align: str = "center"
    over: bool = False

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, upper, right and lower edge, estimated from the average letter width.

        >>> Text(100, 0, ("ab", "abcd")).box
        (87.68, 0, 112.32, 28)
        """
        wide = 0.56 * SIZE * max(map(len, self.lines))
        left = self.x - {"center": wide / 2, "left": 0.0, "right": wide}[self.align]
        return round(left, 2), self.top, round(left + wide, 2), self.top + LINE * len(self.lines)


@dataclass(frozen=True, slots=True)
class Stroke:
    """One line: the studies that compare two treatments with the same kind of evidence."""

    start: tuple[float, float]
    end: tuple[float, float]
    evidence: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Positions of points by treatment, lines, labels of treatments and lines, and the total size."""

    points: dict[str, tuple[float, float]]
    strokes: tuple[Stroke, ...]
    texts: tuple[Text, ...]
    width: float
    height: float


def layout(network: Network) -> Layout:
    """Return the layout: components side by side in rows, the largest first, isolated treatments last."""
    points: dict[str, tuple[float, float]] = {}
    texts: list[Text] = []
    left, top, below = 0.0, 0.0, 0.0
    strokes: list[Stroke] = []
    before, widest = 0, float(WIDTH)
    for part in _components(network):
        block = _block(network, part)
        wide, high = _extent(block)
        if left and (left + wide > WIDTH or len(part) == 1 < before):
            left, top, below = 0.0, top + below + _GAP, 0.0
        points |= {name: (x + left, y + top) for name, (x, y) in block.points.items()}
        texts += [replace(text, x=text.x + left, top=text.top + top) for text in block.texts]
        strokes += [
            Stroke((each.start[0] + left, each.start[1] + top), (each.end[0] + left, each.end[1] + top), each.evidence, each.links)
            for each in block.strokes
        ]
        widest = max(widest, left + wide)
        left, below, before = left + wide + _GAP, max(below, high), len(part)
    return Layout(points, tuple(strokes), tuple(texts), widest, top + below)


def _block(network: Network, part: Sequence[str]) -> Layout:
    """Return the layout of one component, with its left and upper edge at 0."""
    wrapped = {name: _wrap(network.treatments[name].name, ACROSS) for name in part}
    if len(part) == 1:
        wrapped = {name: (*lines, "(no comparison recorded)") for name, lines in wrapped.items()}
    if len(part) > 2:
        return _ring(network, wrapped)
    strokes = _strokes(network, {name: (_COLUMN / 2 + BETWEEN * place, 0.0) for place, name in enumerate(part)})
    over = tuple(line for stroke in strokes for line in _stroke_label(stroke))
    down = LINE * len(over) + _radius(network, part) + 4
    points = {name: (_COLUMN / 2 + BETWEEN * place, down) for place, name in enumerate(part)}
    texts = [Text(x, y + _radius(network, part) + 4, wrapped[name]) for name, (x, y) in points.items()]
    if over:
        texts.append(Text(_COLUMN / 2 + BETWEEN / 2, down - LINE * len(over) - 8, over))
    return Layout(points, _strokes(network, points), tuple(texts), 0.0, 0.0)


def _ring(network: Network, wrapped: dict[str, tuple[str, ...]]) -> Layout:
    """Return a component on a circle, names outside, studies on their lines: the smallest circle with room for all labels."""
    import networkx as nx

    names = list(nx.dfs_preorder_nodes(_ordered_graph(network, wrapped)))
    circle: dict[str, Any] = nx.circular_layout(nx.empty_graph(names))
    high = LINE * max(map(len, wrapped.values()))
    least = max(150.0, len(names) * max(110, high + LINE) / math.tau)
    for larger in (1.0, 1.4, 2.0, 2.8, 4.0):
        radius = least * larger
        middle = (_COLUMN + radius + 30, high + radius + 40)
        points = {name: (middle[0] + radius * float(x), middle[1] - radius * float(y)) for name, (x, y) in circle.items()}
        texts = _outer_labels(wrapped, points, middle, _radius(network, names) + 8)
        strokes = _strokes(network, points)
        fit = [_place_on_line(stroke, texts) for stroke in strokes]
        if all(fit):
            break
    return Layout(points, strokes, tuple(texts), 0.0, 0.0)


def _outer_labels(
    wrapped: dict[str, tuple[str, ...]], points: dict[str, tuple[float, float]], middle: tuple[float, float], away: float
) -> list[Text]:
    """Return the names of treatments outside the circle."""
    texts = []
    for name, (x, y) in points.items():
        long = math.dist((x, y), middle)
        side, tall = (x - middle[0]) / long, LINE * len(wrapped[name])
        align = "left" if side > 0.3 else "right" if side < -0.3 else "center"
        top = y - tall / 2 if align != "center" else y + away if y > middle[1] else y - away - tall
        texts.append(Text(x + away * (side if align != "center" else 0), top, wrapped[name], align))
    return texts


def _place_on_line(stroke: Stroke, texts: list[Text]) -> bool:
    """Add the label of ``stroke`` to ``texts``, near the middle of its line and free of overlaps; return whether there was room."""
    lines = _stroke_label(stroke)
    for share in (0.5, 0.42, 0.58, 0.34, 0.66, 0.28, 0.72, 0.5):
        x, y = (one + share * (other - one) for one, other in zip(stroke.start, stroke.end, strict=True))
        text = Text(x, y - LINE * len(lines) / 2, lines, over=True)
        if all(_are_disjoint(text.box, other.box) for other in texts):
            texts.append(text)
            return True
    texts.append(text)
    return False


def _are_disjoint(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def _ordered_graph(network: Network, names: Iterable[str]) -> nx.Graph[str]:
    """Return the graph of a component, treatments with the fewest neighbours first: a walk in this order has fewer crossings."""
    import networkx as nx

    joined: nx.Graph[str] = nx.Graph(network.graph().subgraph(names))
    ordered: nx.Graph[str] = nx.Graph()
    order: list[str] = sorted(joined, key=lambda name: (len(joined[name]), name))
    ordered.add_nodes_from(order)
    ordered.add_edges_from((one, other) for one in list(ordered) for other in sorted(joined.neighbors(one)))
    return ordered


def _strokes(network: Network, points: dict[str, tuple[float, float]]) -> tuple[Stroke, ...]:
    """Return the lines between ``points``, one per pair of treatments and kind of evidence; parallel lines are offset."""
    together: defaultdict[tuple[str, str], defaultdict[str, list[Link]]] = defaultdict(lambda: defaultdict(list))
    for link in network.links:
        if link.pair <= points.keys():
            one, other = sorted(link.pair)
            together[one, other][link.evidence].append(link)
    strokes = []
    for (one, other), kinds in sorted(together.items()):
        (x, y), (x2, y2) = points[one], points[other]
        long = math.hypot(x2 - x, y2 - y)
        for place, (evidence, links) in enumerate(sorted(kinds.items())):
            aside = 8 * (place - (len(kinds) - 1) / 2)
            right, down = (-(y2 - y) / long * aside, (x2 - x) / long * aside) if long else (0.0, 0.0)
            strokes.append(Stroke((x + right, y + down), (x2 + right, y2 + down), evidence, tuple(links)))
    return tuple(strokes)


def _stroke_label(stroke: Stroke) -> tuple[str, ...]:
    return tuple(line for link in stroke.links for line in _wrap(study_label(link), ACROSS - 4))


def study_label(link: Link) -> str:
    """Return the name of the study of ``link`` with its number of patients, if reported."""
    if link.evidence == PLANNED:
        return f"{link.study_name} (planned: {link.planned_enrolment or 'number not reported'})"
    return f"{link.study_name} (patients: {link.patients or 'not reported'})"


def _components(network: Network) -> list[list[str]]:
    """Return the connected components: the largest first, then those with results; interventions come first in each."""
    import networkx as nx

    components = [sorted(part) for part in nx.connected_components(network.graph())]
    first = {link.intervention for link in network.links}
    known = {name for link in network.links if link.evidence in RESULTS for name in link.pair}
    for part in components:
        part.sort(key=lambda name: (name not in first, name))
    return sorted(components, key=lambda part: (-len(part), known.isdisjoint(part), part))


def _extent(block: Layout) -> tuple[float, float]:
    """Return the width and height of a component."""
    right = max([x + _COLUMN / 2 for x, _ in block.points.values()] + [text.x + _COLUMN for text in block.texts if text.align == "left"])
    return right, max(text.top + LINE * len(text.lines) for text in block.texts)


def _radius(network: Network, names: Iterable[str]) -> float:
    """Return the radius of the largest point among ``names`` (pixels)."""
    most = max(network.patients.values(), default=0)
    largest = max(network.patients.get(name, 0) for name in names)
    return math.sqrt((LEAST + (MOST - LEAST) * largest / max(1, most)) / math.pi)


def _wrap(text: str, across: int) -> tuple[str, ...]:
    return tuple(textwrap.wrap(text, across, break_on_hyphens=False))
