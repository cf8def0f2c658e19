"""Pictures: a comparison as a forest plot: SVG, PNG, PDF, a Vega-Lite specification, or one HTML page that needs no other host.

The drawing process draws (:mod:`mabgraph.graph.renderer`). A package keeps what was drawn of it, so that an archive draws nothing twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from mabgraph.graph import renderer
from mabgraph.graph.compare import EvidenceSet
from mabgraph.graph.renderer import SHARED
from mabgraph.ingest.errors import QuestionError
from mabgraph.ingest.visible import escape_invisible

from . import standalone
from .package import Package
from .settings import Settings

if TYPE_CHECKING:
    from mabgraph.graph.forest import Forest

#: A page offers to save the picture, and nothing that another host would do.
_OFFLINE: Final = MappingProxyType({"embedOptions": {"actions": {"export": True, "source": False, "compiled": False, "editor": False}}})


def limit(settings: Settings) -> None:
    """Have this process draw within the limits of ``settings`` from now on."""
    memory = settings.picture_megabytes << 20
    SHARED.limit(renderer.RenderingLimits(settings.picture_seconds, memory, settings.picture_waiting, settings.picture_idle))


def svg(package: Package) -> bytes:
    """Return the forest plot as SVG: text as text, with a title, and a description that says every row in words.

    :raises QuestionError: when the comparison is not of one set, or nothing in it has a place on an axis.
    :raises Unavailable: when it cannot be drawn now.
    """
    forest, drawing = _forest(package), _drawing(package).decode()
    words = f'<title id="title">{escape(forest.title)}</title><desc id="description">{escape(forest.description)}</desc>'
    begin = f'<svg role="img" aria-labelledby="title description" \\1>{_literal(words)}'
    return escape_invisible(re.sub(r"^<svg ([^>]*)>", begin, drawing, count=1)).encode()


def png(package: Package) -> bytes:
    """Return the forest plot as PNG, two pixels for each of the plot.

    :raises QuestionError: when the comparison is not of one set, or nothing in it has a place on an axis.
    :raises Unavailable: when it cannot be drawn now.
    """
    return SHARED.run(renderer.PNG, _drawing(package))


def pdf(package: Package) -> bytes:
    """Return the forest plot as PDF, with its text as text. Its bytes may differ between two times, by the order of what is embedded.

    :raises QuestionError: when the comparison is not of one set, or nothing in it has a place on an axis.
    :raises Unavailable: when it cannot be drawn now.
    """
    return SHARED.run(renderer.PDF, _drawing(package))


def vega_lite(package: Package) -> bytes:
    """Return the forest plot as a Vega-Lite specification (JSON), which every file of it is made from.

    ``usermeta`` says what every file says: dataset, software, query, what a person acknowledged.

    :raises QuestionError: when the comparison is not of one set, or nothing in it has a place on an axis.
    :raises Unavailable: when it cannot be written now.
    """
    return package.keep("specification", lambda: _specification(package, [_forest(package)], False))


def html(package: Package) -> bytes:
    """Return one page with a forest plot of each set that has a place on an axis; all it needs is in it, nothing comes from a network.

    The specification is data in it, which no script element holds as code, and only the two scripts that it comes with are run.

    :raises QuestionError: when no set has.
    :raises Unavailable: when it cannot be written now.
    """
    drawn, refused = _all(package)
    if not drawn:
        raise QuestionError("; ".join(refused) or "no estimate meets the filters: take another query")
    words = [*(each.description for each in drawn), *refused]
    specification = _specification(package, drawn, True, _OFFLINE).decode()
    return standalone.page(escape_invisible("; ".join(each.title for each in drawn)), specification, map(escape_invisible, words)).encode()


def _drawing(package: Package) -> bytes:
    """Return the plot as vl-convert draws it, without a title and a description in words."""
    return package.keep("drawing", lambda: SHARED.run(renderer.SVG, vega_lite(package)))


def _specification(
    package: Package, forests: list[Forest], page: bool, more: Mapping[str, object] = MappingProxyType({})
) -> bytes:  # fmt: skip
    return SHARED.run(renderer.SPECIFICATION, forests, page, {"mabgraph": package.about, **more})


def _all(package: Package) -> tuple[list[Forest], list[str]]:
    """Return the plot of each set, and why others have none."""
    forests, refused = [], []
    for each in [package.pooled.evidence] if package.pooled else package.comparison.sets:
        try:
            forests.append(_of(package, each))
        except QuestionError as error:
            refused.append(str(error))
    return forests, refused


def _forest(package: Package) -> Forest:
    sets = [package.pooled.evidence] if package.pooled else list(package.comparison.sets)
    if not sets:
        raise QuestionError("no estimate meets the filters: there is nothing to draw; csv and json say so with no rows")
    if len(sets) > 1:
        named = "; ".join(f"{each.name} ({'single groups' if each.kind == 'arm' else 'effects'}, {len(each.rows)})" for each in sets)
        raise QuestionError(
            f"one plot is of one measure, and these are {len(sets)} sets: {named}; ask by measure and kind, or take the page (html)"
        )
    return _of(package, sets[0])


def _of(package: Package, compared: EvidenceSet) -> Forest:
    from mabgraph.graph import forest

    def plotted() -> Forest:
        return forest.forest(compared, package.rows, package.about, package.comparison.absent, package.pooled)

    return package.keep(("forest", id(compared)), plotted)


def _literal(text: str) -> str:
    """Return ``text`` as the replacement of a pattern that stands for itself."""
    return text.replace("\\", "\\\\")
