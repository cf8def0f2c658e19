"""Pictures: a comparison as a forest plot: SVG, PNG, PDF, a Vega-Lite specification, or one HTML page that needs no other host."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from mabgraph.graph.compare import Compared
from mabgraph.ingest.errors import QuestionError
from mabgraph.ingest.visible import visible, visible_in

from . import standalone
from .package import Package

if TYPE_CHECKING:
    from mabgraph.graph.forest import Forest

#: How many pixels of a PNG stand for one of the plot: about 190 per inch on a page.
SCALE: Final = 2.0
#: A page offers to save the picture, and nothing that another host would do.
_OFFLINE: Final = MappingProxyType({"embedOptions": {"actions": {"export": True, "source": False, "compiled": False, "editor": False}}})


def svg(package: Package) -> bytes:
    """Return the forest plot as SVG: text as text, with a title, and a description that says every row in words.

    :raises QuestionError: when the comparison is not of one set, or nothing in it has a place on an axis.
    """
    import vl_convert

    made, told = _forest(package), vl_convert.vegalite_to_svg(vega_lite(package).decode())
    said = f'<title id="title">{escape(made.title)}</title><desc id="description">{escape(made.described)}</desc>'
    opened = f'<svg role="img" aria-labelledby="title description" \\1>{_literal(said)}'
    return visible(re.sub(r"^<svg ([^>]*)>", opened, told, count=1)).encode()


def png(package: Package) -> bytes:
    """Return the forest plot as PNG, two pixels for each of the plot.

    :raises QuestionError: when the comparison is not of one set, or nothing in it has a place on an axis.
    """
    import vl_convert

    made: bytes = vl_convert.vegalite_to_png(vega_lite(package).decode(), scale=SCALE)
    return made


def pdf(package: Package) -> bytes:
    """Return the forest plot as PDF, with its text as text. Its bytes may differ between two times, by the order of what is embedded.

    :raises QuestionError: when the comparison is not of one set, or nothing in it has a place on an axis.
    """
    import vl_convert

    made: bytes = vl_convert.vegalite_to_pdf(vega_lite(package).decode())
    return made


def vega_lite(package: Package) -> bytes:
    """Return the forest plot as a Vega-Lite specification (JSON), which every file of it is made from.

    ``usermeta`` says what every file says: dataset, software, query, what a person acknowledged.

    :raises QuestionError: when the comparison is not of one set, or nothing in it has a place on an axis.
    """
    from mabgraph.graph import plot

    return _json(package, plot.specification(_forest(package)))


def html(package: Package) -> bytes:
    """Return one page with a forest plot of each set that has a place on an axis; all it needs is in it, nothing comes from a network.

    The specification is data in it, which no script element holds as code, and only the two scripts that it comes with are run.

    :raises QuestionError: when no set has.
    """
    from mabgraph.graph import plot

    drawn, refused = _all(package)
    if not drawn:
        raise QuestionError("; ".join(refused) or "no estimate meets the filters: take another query")
    words = [*(each.described for each in drawn), *refused]
    specification = _json(package, plot.together(drawn), _OFFLINE).decode()
    return standalone.page(visible("; ".join(each.title for each in drawn)), specification, map(visible, words)).encode()


def _all(package: Package) -> tuple[list[Forest], list[str]]:
    """Return the plot of each set, and why others have none."""
    made, refused = [], []
    for each in [package.pooled.of] if package.pooled else package.comparison.sets:
        try:
            made.append(_of(package, each))
        except QuestionError as error:
            refused.append(str(error))
    return made, refused


def _forest(package: Package) -> Forest:
    sets = [package.pooled.of] if package.pooled else list(package.comparison.sets)
    if not sets:
        raise QuestionError("no estimate meets the filters: there is nothing to draw; csv and json say so with no rows")
    if len(sets) > 1:
        named = "; ".join(f"{each.name} ({'single groups' if each.kind == 'arm' else 'effects'}, {len(each.rows)})" for each in sets)
        raise QuestionError(
            f"one plot is of one measure, and these are {len(sets)} sets: {named}; ask by measure and kind, or take the page (html)"
        )
    return _of(package, sets[0])


def _of(package: Package, compared: Compared) -> Forest:
    from mabgraph.graph import forest

    return forest.forest(compared, package.rows, package.about, package.comparison.absent, package.pooled)


def _json(package: Package, specification: dict[str, object], more: Mapping[str, object] = MappingProxyType({})) -> bytes:
    """Return a specification as JSON, keys sorted, with what every file says of itself."""
    told = visible_in({**specification, "usermeta": {"mabgraph": package.about, **more}})
    return (json.dumps(told, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def _literal(text: str) -> str:
    """Return ``text`` as the replacement of a pattern that stands for itself."""
    return text.replace("\\", "\\\\")
