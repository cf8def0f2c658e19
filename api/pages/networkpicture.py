"""The picture of an evidence network on its page: the layout of the drawn files, with links on treatments and studies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from mabgraph.graph.network.declaration import TreatmentItem
from mabgraph.graph.network.edges import PLANNED, RESULTS
from mabgraph.graph.network.network import Network
from mabgraph.graph.store import vocabulary

from ..plots import placing
from ..plots.placing import Stroke, Text

#: A network with more treatments or comparisons is a table alone: its picture would be too dense, and take too long.
MOST: Final = 80
#: What is left free around the picture, and how far a line of text lies below the top of its box.
_MARGIN: Final = 24.0
_BASELINE: Final = 11.0
_ANCHORS: Final = {"center": "middle", "left": "start", "right": "end"}


@dataclass(frozen=True)
class Node:
    """A treatment: its place, its radius, its name, and the address that it leads to."""

    x: float
    y: float
    radius: float
    name: str
    address: str


@dataclass(frozen=True)
class Edge:
    """Studies that compare two treatments on one kind of evidence: the ends of the line, its words, its address, its kind."""

    x1: float
    y1: float
    x2: float
    y2: float
    words: str
    address: str
    kind: str


@dataclass(frozen=True)
class LabelLine:
    """A line of a label: its place, how it is aligned there, and its text."""

    x: float
    y: float
    anchor: str
    text: str


@dataclass(frozen=True)
class Picture:
    """The picture: its extent (left, top, width, height), its parts."""

    extent: tuple[float, float, float, float]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    lines: tuple[LabelLine, ...]


def draw(network: Network) -> Picture | None:
    """Return the picture; none where there is nothing to draw, or too much."""
    if not 0 < len(network.treatments) <= MOST or len(network.links) > MOST:
        return None
    layout = placing.layout(network)
    most = max(network.patients.values(), default=0)
    nodes = tuple(_node(network.treatments[name], x, y, most) for name, (x, y) in layout.points.items())
    edges = tuple(map(_edge, layout.strokes))
    lines = tuple(each for text in layout.texts for each in _lines(text))
    return Picture(_extent(nodes, layout.texts), nodes, edges, lines)


def _node(treatment: TreatmentItem, x: float, y: float, most: int) -> Node:
    area = placing.LEAST + (placing.MOST - placing.LEAST) * (treatment.patients or 0) / max(1, most)
    return Node(round(x, 1), round(y, 1), round(math.sqrt(area / math.pi), 1), treatment.name, node_address(treatment))


def _edge(stroke: Stroke) -> Edge:
    (x1, y1), (x2, y2) = stroke.start, stroke.end
    kind = "results" if stroke.evidence in RESULTS else "planned" if stroke.evidence == PLANNED else "none"
    words = "; ".join(placing.study_label(link) for link in stroke.links)
    return Edge(round(x1, 1), round(y1, 1), round(x2, 1), round(y2, 1), words, study_address(stroke.links[0].study), kind)


def node_address(treatment: TreatmentItem) -> str:
    """Return where a treatment leads: to the page of its drug; of a combination, to its row of the table."""
    if len(treatment.drugs) == 1:
        return f"/drugs/{quote(vocabulary.local_name(treatment.drugs[0]))}"
    return f"#{anchor(treatment)}"


def anchor(treatment: TreatmentItem) -> str:
    """Return the name of the row of a treatment within the page."""
    return "t-" + "".join(each if each.isalnum() else "-" for each in treatment.id)


def study_address(iri: str) -> str:
    """Return the address of the page of a study."""
    return f"/studies/{quote(vocabulary.local_name(iri))}"


def _lines(text: Text) -> list[LabelLine]:
    return [
        LabelLine(round(text.x, 1), round(text.top + placing.LINE * number + _BASELINE, 1), _ANCHORS[text.align], words)
        for number, words in enumerate(text.lines)
    ]


def _extent(nodes: tuple[Node, ...], texts: tuple[Text, ...]) -> tuple[float, float, float, float]:
    boxes = [(node.x - node.radius, node.y - node.radius, node.x + node.radius, node.y + node.radius) for node in nodes]
    boxes += [text.box for text in texts]
    left, top = min(box[0] for box in boxes) - _MARGIN, min(box[1] for box in boxes) - _MARGIN
    right, bottom = max(box[2] for box in boxes) + _MARGIN, max(box[3] for box in boxes) + _MARGIN
    return round(left, 1), round(top, 1), round(right - left, 1), round(bottom - top, 1)
