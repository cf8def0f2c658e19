"""Pages of single results: the result in a sentence, the characters that print it, its arithmetic, and what contradicts it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response

from mabgraph.graph.compare import pairing
from mabgraph.graph.network import treatments
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary

from ..collections import resources
from ..http import signposts
from ..pages import disagreements, passages, results
from ..pages.places import group_disagreements
from ..pages.results import ShownResult
from . import markup
from .pageresponse import METHODS, service_of, values_of_all
from .readable import respond_to_reader
from .things import find_iri, unknown_thing

router = APIRouter(include_in_schema=False)

#: What was estimated: the words of a page, and the column of ``estimates``.
_ESTIMAND: Final = (
    ("Study", "study_label"), ("Group", "group"), ("Intervention", "intervention"), ("Comparator", "comparator"),
    ("End point", "endpoint_label"), ("Measure", "measure_label"), ("Counts or describes", "unit_of_analysis"),
    ("Population", "population"), ("Analysis", "analysis"),
    ("Method", "method"), ("Test", "test"), ("Censoring", "censoring"), ("Adjusted for", "adjusted_for"),
    ("What it tells", "comparability"), ("Status", "status"),
)  # fmt: skip
#: Rows of the estimand that are left out where they are empty: they belong to another kind of result.
_OPTIONAL: Final = frozenset({"group", "intervention", "comparator", "adjusted_for", "censoring", "test"})

#: Most other results of the same end point that the page lists.
MOST: Final = 40


@router.api_route("/estimates/{name}", methods=METHODS)
def estimate(request: Request, name: str) -> Response:
    """Return the page of one result."""
    catalogue = service_of(request).catalogue
    iri = find_iri(catalogue, resources.ESTIMATES, name)
    shown = results.load(catalogue, {"estimate": iri})
    if not shown:
        raise unknown_thing(resources.ESTIMATES, name)
    links = signposts.resource(iri.removeprefix(vocabulary.base()))
    head, documents = signposts.elements(links), [each.document for each in shown[0].printed]
    return respond_to_reader(
        request, "estimate.html", documents, lambda texts: _values(request, catalogue, shown[0], head, texts), signposts.field(links)
    )


def _values(request: Request, catalogue: Catalogue, shown: ShownResult, head: str, texts: Mapping[str, str]) -> dict[str, Any]:
    row, iri = shown.row, str(shown.row["estimate"])
    others = _counterparts(catalogue, iri) if row["group"] else set()
    local = quote(shown.name)
    data = [(f"/v1/estimates/{local}.{suffix}", suffix) for suffix in ("json", "csv", "tsv")]
    data += [(f"/data/id/estimate/{local}.{suffix}", suffix) for suffix in signposts.FORMS]
    contradictions = find_disagreements(catalogue, shown)
    beside = _beside(catalogue, shown)
    return values_of_all(request, "", data, head + markup.thing_of(catalogue, iri)) | {
        "r": shown, "checks": catalogue.ask("checks", {"estimate": iri}), "links": _links(shown),
        "passages": passages.find_passages(shown.printed, texts), "has_text": bool(texts),
        "counterparts": [each for each in beside if str(each.row["estimate"]) in others],
        "beside": [each for each in beside if str(each.row["estimate"]) not in others],
        "disagreements": contradictions, "sides": disagreements.find_sides(catalogue, contradictions, texts),
        "estimand": [(words, row[name]) for words, name in _ESTIMAND if row[name] or name not in _OPTIONAL],
        "document": next(iter(catalogue.ask("documents", {"document": str(row["document"])})), None), "iri": iri,
        "registry": signposts.external_links((), [row["registration"]]),
    }  # fmt: skip


def _counterparts(catalogue: Catalogue, iri: str) -> set[str]:
    """Return the same result of the groups that the group of a result is compared with; two questions."""
    paired = pairing.find(catalogue, treatments.groups_of(catalogue), catalogue.ask("comparability", {"estimate": iri}))
    return {str(each["counterpart"]) for each in paired}


def _beside(catalogue: Catalogue, shown: ShownResult) -> list[ShownResult]:
    """Return the other results of the same end point in the same study."""
    asked = {"trial": str(shown.row["study"]), "endpoint": str(shown.row["endpoint"]), "exact": "true"}
    several, _ = results.load_page(catalogue, asked, MOST + 1, 0)
    return [each for each in several if each.name != shown.name]


def _links(shown: ShownResult) -> dict[str, str]:
    """Return the addresses that a result leads to: its study, its characters, its data, and the comparison with other studies."""
    row, document = shown.row, vocabulary.local_name(str(shown.row["document"]))
    compared = {"endpoint": vocabulary.local_name(str(row["endpoint"])), "measure": vocabulary.local_name(str(row["measure"]))}
    place = shown.main or next(iter(shown.printed), None)
    return {
        "study": f"/studies/{quote(shown.study)}", "endpoint": results.address_of_endpoint(str(row["endpoint"])),
        "document": place.address if place else f"/documents/{quote(document)}",
        "compare": f"/compare?{urlencode(compared)}",
        "within": f"/compare?{urlencode({'trial': shown.study, **compared})}",
    }  # fmt: skip


def find_disagreements(catalogue: Catalogue, shown: ShownResult) -> list[list[Mapping[str, Any]]]:
    """Return the discrepancies that a number of the result is a side of, each with the rows of its sides."""
    document = vocabulary.local_name(str(shown.row["document"]))
    groups = group_disagreements(catalogue, document) if shown.warnings else []
    return [rows for rows in groups if any(each["part"] == shown.row["estimate"] for each in rows)]
