"""Forest plots of a comparison: SVG, PNG, PDF, a Vega-Lite specification, or one self-contained HTML page.

The renderer process draws (:mod:`..plots.renderer`). A package caches its drawings, so an archive draws nothing twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from mabgraph.graph.compare.compare import EvidenceSet
from mabgraph.ingest.errors import QuestionError
from mabgraph.ingest.visible import escape_invisible

from ..http.settings import Settings
from ..plots import renderer
from ..plots.renderer import SHARED
from . import standalone
from .package import Package

if TYPE_CHECKING:
    from ..plots.forest import Forest

#: The page offers to save the picture, but no action that needs another host.
_OFFLINE: Final = MappingProxyType({"embedOptions": {"actions": {"export": True, "source": False, "compiled": False, "editor": False}}})


def limit(settings: Settings) -> None:
    """Set the limits of drawing for this process from ``settings``."""
    memory = settings.picture_megabytes << 20
    SHARED.limit(renderer.RenderingLimits(settings.picture_seconds, memory, settings.picture_waiting, settings.picture_idle))


def svg(package: Package) -> bytes:
    """Return the forest plot as SVG: text as text, with a title, and a description of every row in words.

    :raises QuestionError: when the comparison has not exactly one set, or nothing in it can be drawn on an axis.
    :raises Unavailable: when it cannot be drawn now.
    """
    forest, drawing = _forest(package), _drawing(package).decode()
    words = f'<title id="title">{escape(forest.title)}</title><desc id="description">{escape(forest.description)}</desc>'
    described = 'role="img" aria-labelledby="title description"'
    return escape_invisible(re.sub(r"^<svg ([^>]*)>", lambda begin: f"<svg {described} {begin[1]}>{words}", drawing, count=1)).encode()


def png(package: Package) -> bytes:
    """Return the forest plot as PNG at twice its size in pixels.

    :raises QuestionError: when the comparison has not exactly one set, or nothing in it can be drawn on an axis.
    :raises Unavailable: when it cannot be drawn now.
    """
    return SHARED.run(renderer.PNG, _drawing(package))


def pdf(package: Package) -> bytes:
    """Return the forest plot as PDF, with its text as text. Its bytes may differ each time, by the order of embedded objects.

    :raises QuestionError: when the comparison has not exactly one set, or nothing in it can be drawn on an axis.
    :raises Unavailable: when it cannot be drawn now.
    """
    return SHARED.run(renderer.PDF, _drawing(package))


def vega_lite(package: Package) -> bytes:
    """Return the forest plot as a Vega-Lite specification (JSON), the source of every other format.

    ``usermeta`` holds the provenance: dataset, software, query, acknowledged codes.

    :raises QuestionError: when the comparison has not exactly one set, or nothing in it can be drawn on an axis.
    :raises Unavailable: when it cannot be written now.
    """
    return package.keep("specification", lambda: _specification(package, [_forest(package)], False))


def html(package: Package) -> bytes:
    """Return one self-contained page with a forest plot of each set that can be drawn; it loads nothing from a network.

    The specification is embedded as data, not as code, and only the two scripts of the page may run.

    :raises QuestionError: when no set can be drawn.
    :raises Unavailable: when it cannot be written now.
    """
    drawn, refused = _all_forests(package)
    if not drawn:
        raise QuestionError("; ".join(refused) or "no estimate meets the filters: change the filters")
    words = [*(each.description for each in drawn), *refused]
    specification = _specification(package, drawn, True, _OFFLINE).decode()
    return standalone.page(escape_invisible("; ".join(each.title for each in drawn)), specification, map(escape_invisible, words)).encode()


def _drawing(package: Package) -> bytes:
    """Return the SVG of vl-convert, without title and description."""
    return package.keep("drawing", lambda: SHARED.run(renderer.SVG, vega_lite(package)))


def _specification(
    package: Package, forests: list[Forest], page: bool, more: Mapping[str, object] = MappingProxyType({})
) -> bytes:  # fmt: skip
    return SHARED.run(renderer.SPECIFICATION, forests, page, {"mabgraph": package.about, **more})


def _sets(package: Package) -> Sequence[EvidenceSet]:
    """Return what can be plotted: the pooled set, else every set of the comparison."""
    return [package.pooled.evidence] if package.pooled else package.comparison.sets


def _all_forests(package: Package) -> tuple[list[Forest], list[str]]:
    """Return the plot of each set that can be drawn, and why other sets cannot."""
    forests, refused = [], []
    for each in _sets(package):
        try:
            forests.append(_forest_of(package, each))
        except QuestionError as error:
            refused.append(str(error))
    return forests, refused


def _forest(package: Package) -> Forest:
    sets = _sets(package)
    if not sets:
        raise QuestionError("no estimate meets the filters: there is nothing to draw; csv and json are written without rows")
    if len(sets) > 1:
        named = "; ".join(f"{each.name} ({'single groups' if each.kind == 'arm' else 'effects'}, {len(each.rows)})" for each in sets)
        raise QuestionError(
            f"a plot shows one measure, but there are {len(sets)} sets: {named}; filter by measure and kind, or use the page (html)"
        )
    return _forest_of(package, sets[0])


def _forest_of(package: Package, compared: EvidenceSet) -> Forest:
    from ..plots import forest

    def plot() -> Forest:
        return forest.forest(compared, package.rows, package.about, package.comparison.absent, package.pooled)

    return package.keep(("forest", id(compared)), plot)
