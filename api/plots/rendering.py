"""The functions of the rendering process: forest plots to Vega-Lite specifications, these to SVG, and SVG to PNG and PDF.

Arguments and results are bytes, or can be pickled. Only this module imports vl-convert (V8) and Altair.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from mabgraph.graph.compare.comparability import Comparability
from mabgraph.ingest import extras
from mabgraph.ingest.visible import escape_invisible_in

from . import addresses
from .axes import Axis
from .footnotes import Footnote, Footnotes
from .forest import Forest, ForestLine, Summary

with extras.require("plots", __name__):
    import vl_convert

    from . import plot

#: How many pixels of a PNG stand for one of the picture: about 190 per inch on a page.
SCALE: Final = 2.0


def specification(forests: Sequence[Forest], page: bool, usermeta: Mapping[str, Any]) -> bytes:
    """Return forest plots as a Vega-Lite specification (JSON, keys sorted): the first one, or, for a ``page``, all of them stacked."""
    drawn = plot.combined_specification(forests) if page else plot.specification(forests[0])
    return (json.dumps(escape_invisible_in({**drawn, "usermeta": usermeta}), ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def svg(vega_lite: bytes) -> bytes:
    """Return a Vega-Lite specification rendered as SVG; external data is not loaded, and links stay relative.

    :raises ValueError: when it cannot be rendered.
    """
    return addresses.relate(vl_convert.vegalite_to_svg(vega_lite.decode(), allowed_base_urls=[])).encode()


def png(drawing: bytes) -> bytes:
    """Return an SVG rendered as PNG with the factor :data:`SCALE`.

    :raises ValueError: when the SVG is invalid.
    """
    return bytes(vl_convert.svg_to_png(drawing.decode(), scale=SCALE))


def pdf(drawing: bytes) -> bytes:
    """Return an SVG rendered as PDF; text stays text.

    :raises ValueError: when the SVG is invalid.
    """
    return bytes(vl_convert.svg_to_pdf(drawing.decode()))


def rehearse() -> None:
    """Render every format once, so that all files are loaded before the process is confined: a page, which may have one plot."""
    reported = ForestLine(
        ("",), "study", "group", "", "1/2", "0.5", "0.2 to 0.9", 0.5, 0.2, 0.9, False, Comparability.randomised, "", "", marks=(1,)
    )  # fmt: skip
    derived = replace(reported, study="other", derived=True, comparability=Comparability.single)
    axis = Axis("ratio", True, 0.1, 10.0, (0.1, 1.0, 10.0), 1.0, ("favours one", "favours the other"))
    pooled = Summary("pooled", 0.5, 0.2, 0.9, 95.0, (0.15, 1.2))
    notes = Footnotes((Footnote("note"), Footnote("note", ("",))), ("below",))
    forest = Forest("title", "subtitle", "hazard-ratio", "", "", "95 %", (reported, derived), axis, (pooled,), "heterogeneity", notes)
    drawing = svg(specification((forest,), True, {}))
    png(drawing)
    pdf(drawing)
