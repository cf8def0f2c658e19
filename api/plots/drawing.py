"""Drawings of an evidence network (SVG): treatments as points, comparisons as lines, planned comparisons dashed.

The picture is a Vega-Lite specification, rendered by the rendering process; text stays text. Point area is the number of patients of a
treatment, line width the number of studies; each leads to its page at this service. Colours are those of Okabe and Ito; shape and
dash pattern repeat the colour coding.
The same network gives the same bytes.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final
from xml.sax.saxutils import escape

from mabgraph.graph.network.edges import ARMS, ESTIMATES, NONE, PLANNED, RESULTS
from mabgraph.graph.network.network import Network
from mabgraph.graph.network.treatments import CHOICE, DRUGS, GROUP

from . import addresses, renderer
from .placing import LEAST, LINE, MOST, SIZE, WIDTH, Layout, layout, study_label
from .renderer import SHARED

MEDIA: Final = "image/svg+xml"

_CONFIG: Final = {
    "view": {"stroke": None}, "font": "Helvetica, Arial, sans-serif", "legend": {"labelLimit": 400, "titleLimit": 400},
}  # fmt: skip

#: Legend label, colour, and dash pattern or shape of each kind of evidence and of treatment.
_EVIDENCE: Final = {
    ESTIMATES: ("result of the comparison", "#000000", [1, 0]), ARMS: ("results of its arms alone", "#0072B2", [1, 0]),
    NONE: ("compared, no result recorded", "#999999", [2, 4]), PLANNED: ("planned, no result in the documents read", "#D55E00", [7, 4]),
}  # fmt: skip
_KINDS: Final = {
    DRUGS: ("drug or combination", "#56B4E9", "circle"), CHOICE: ("choice of regimens", "#E69F00", "square"),
    GROUP: ("no regimen recorded", "#CCCCCC", "diamond"),
}  # fmt: skip


def svg(network: Network, title: str = "Evidence network") -> bytes:
    """Return ``network`` as SVG, with a title and, for accessibility, a description of every comparison.

    :raises Unavailable: when it cannot be rendered now.
    """
    drawn = SHARED.run(renderer.SVG, json.dumps(specification(network, title)).encode()).decode()
    words = f"<title>{escape(title)}</title><desc>{escape(describe(network))}</desc>"
    return re.sub(r"^<svg ([^>]*)>", lambda begin: f'<svg role="img" {begin[1]}>{words}', drawn, count=1).encode()


def describe(network: Network) -> str:
    """Describe every comparison of ``network`` in words."""
    sentences = [f"{len(network.treatments)} treatments, {len({link.study for link in network.links})} studies that compare them."]
    for link in network.links:
        one, other = network.treatments[link.intervention].name, network.treatments[link.comparator].name
        sentences.append(f"{one} versus {other}: {study_label(link)}, {link.design}, {_EVIDENCE[link.evidence][0]}.")
    sentences += [f"{name}: {value}." for name, value in network.about.items()]
    return " ".join(sentences)


def specification(network: Network, title: str) -> dict[str, Any]:
    """Return the Vega-Lite specification of ``network``."""
    placed = layout(network)
    counted = len({link.study for link in network.links if link.evidence in RESULTS})
    waiting = len({link.study for link in network.links if link.evidence == PLANNED})
    heading = {
        "text": title, "anchor": "start", "fontSize": 16, "offset": 24, "subtitleFontSize": 12, "subtitleColor": "#444444",
        "subtitle": f"{len(network.treatments)} treatments; {_count(counted, 'study')} with results, {_count(waiting, 'study')} planned",
    }  # fmt: skip
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json", "title": heading, "background": "white", "padding": 16,
        "width": placed.width, "height": max(placed.height, LINE), "config": _CONFIG,
        "layer": [_lines(placed), _backgrounds(placed), _marks(network, placed), *_labels(placed)],
    }  # fmt: skip


def _lines(placed: Layout) -> dict[str, Any]:
    used = {stroke.evidence for stroke in placed.strokes}
    legend = {name: entry for name, entry in _EVIDENCE.items() if name in used}
    names = [name for name, _, _ in legend.values()]
    rows: list[dict[str, Any]] = [
        {
            "x": each.start[0], "y": each.start[1], "x2": each.end[0], "y2": each.end[1], "evidence": _EVIDENCE[each.evidence][0],
            "studies": len({link.study for link in each.links}), "href": addresses.of_comparison(each.links),
        }
        for each in placed.strokes
    ]  # fmt: skip
    most = max((row["studies"] for row in rows), default=1)
    shown = {
        "color": {"field": "evidence", "type": "nominal", "title": "Comparison", "scale": {"domain": names, "range": _colours(legend)}},
        "strokeDash": {"field": "evidence", "type": "nominal", "title": "Comparison", "scale": {"domain": names, "range": _styles(legend)}},
        "strokeWidth": {
            "field": "studies", "type": "quantitative", "title": "Studies", "scale": {"domain": [1, max(2, most)], "range": [2, 6]},
            "legend": {"values": sorted({1, int(most)}), "format": "d", "symbolType": "stroke"} if rows else None,
        },
        "href": {"field": "href"},
    }  # fmt: skip
    return {"data": {"values": rows}, "mark": {"type": "rule", "aria": False}, "encoding": _positions("x2", "y2") | (shown if rows else {})}


def _marks(network: Network, placed: Layout) -> dict[str, Any]:
    used = {network.treatments[name].kind for name in placed.points}
    legend = {kind: entry for kind, entry in _KINDS.items() if kind in used}
    names = [name for name, _, _ in legend.values()]
    rows = [
        {"x": x, "y": y, "name": network.treatments[each].name, "kind": _KINDS[network.treatments[each].kind][0],
         "patients": network.patients.get(each, 0), "href": addresses.of_treatment(network.treatments[each])}
        for each, (x, y) in placed.points.items()
    ]  # fmt: skip
    most = max(network.patients.values(), default=0)
    size = {
        "field": "patients", "type": "quantitative", "title": "Patients (smallest: not reported)",
        "scale": {"domain": [0, max(1, most)], "range": [LEAST, MOST]},
        "legend": {"format": ",d", "values": _extremes(network.patients.values()), "symbolFillColor": "white"} if most else None,
    }  # fmt: skip
    shown = {
        "fill": {"field": "kind", "type": "nominal", "title": "Treatment", "scale": {"domain": names, "range": _colours(legend)}},
        "shape": {"field": "kind", "type": "nominal", "title": "Treatment", "scale": {"domain": names, "range": _styles(legend)}},
        "size": size, "description": {"field": "name"}, "href": {"field": "href"},
    }  # fmt: skip
    mark = {"type": "point", "stroke": "#333333", "strokeWidth": 1, "opacity": 1}
    return {"data": {"values": rows}, "mark": mark, "encoding": _positions() | shown}


def _backgrounds(placed: Layout) -> dict[str, Any]:
    """Return white backgrounds of the texts that overlap a line."""
    rows = [dict(zip(("x", "y", "x2", "y2"), text.box, strict=True)) for text in placed.texts if text.over]
    mark = {"type": "rect", "color": "white", "aria": False}
    return {"data": {"values": rows}, "mark": mark, "encoding": _positions("x2", "y2")}


def _labels(placed: Layout) -> list[dict[str, Any]]:
    by_side: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in placed.texts:
        by_side[each.align].append({"x": each.x, "y": each.top, "text": "\n".join(each.lines)})
    mark = {"type": "text", "baseline": "top", "fontSize": SIZE, "lineHeight": LINE, "lineBreak": "\n", "color": "#111111"}
    text = {"text": {"field": "text", "type": "nominal"}}
    return [
        {"data": {"values": rows}, "mark": mark | {"align": side}, "encoding": _positions() | text}
        for side, rows in sorted(by_side.items())
    ]  # fmt: skip


def _positions(*more: str) -> dict[str, Any]:
    """Return the encoding of positions, which are in pixels."""
    scale = {"domain": [0, WIDTH], "range": [0, WIDTH], "nice": False}  # pixels; also outside this range
    ends: dict[str, Any] = {name: {"field": name} for name in more}
    return {
        "x": {"field": "x", "type": "quantitative", "axis": None, "scale": scale},
        "y": {"field": "y", "type": "quantitative", "axis": None, "scale": scale}, **ends,
    }  # fmt: skip


def _extremes(numbers: Iterable[int]) -> list[int]:
    """Return the least and the greatest of ``numbers``."""
    ordered = sorted(numbers)
    return sorted({ordered[0], ordered[-1]})


def _count(count: int, of: str) -> str:
    return f"{count} {of if count == 1 else of.removesuffix('y') + 'ies'}"


def _colours(legend: dict[str, Any]) -> list[Any]:
    return [colour for _, colour, _ in legend.values()]


def _styles(legend: dict[str, Any]) -> list[Any]:
    return [third for _, _, third in legend.values()]
