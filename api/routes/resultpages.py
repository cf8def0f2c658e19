"""Pages of single results: the result in a sentence, the characters that print it, its arithmetic, and what contradicts it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response

from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary

from ..collections import resources
from ..http import signposts
from ..pages import results
from ..pages.places import group_disagreements
from ..pages.results import ShownResult
from . import markup
from .pageresponse import METHODS, respond, service_of, values_of_all
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


@router.api_route("/estimates/{name}", methods=METHODS)
def estimate(request: Request, name: str) -> Response:
    """Return the page of one result."""
    catalogue = service_of(request).catalogue
    iri = find_iri(catalogue, resources.ESTIMATES, name)
    shown = results.load(catalogue, {"estimate": iri})
    if not shown:
        raise unknown_thing(resources.ESTIMATES, name)
    links = signposts.resource(iri.removeprefix(vocabulary.base()))
    return respond(
        request, "estimate.html", lambda: _values(request, catalogue, shown[0], signposts.elements(links)), signposts.field(links)
    )


def _values(request: Request, catalogue: Catalogue, shown: ShownResult, head: str) -> dict[str, Any]:
    row, iri = shown.row, str(shown.row["estimate"])
    other = [str(each["counterpart"]) for each in catalogue.ask("counterparts", {"estimate": iri})]
    local = quote(shown.name)
    data = [(f"/v1/estimates/{local}.{suffix}", suffix) for suffix in ("json", "csv", "tsv")]
    data += [(f"/data/id/estimate/{local}.{suffix}", suffix) for suffix in signposts.FORMS]
    return values_of_all(request, "", data, head + markup.thing(iri, catalogue.ask("statements", {"resource": iri}))) | {
        "r": shown, "checks": catalogue.ask("checks", {"estimate": iri}), "links": _links(shown),
        "counterparts": results.load(catalogue, {"estimate": other}) if other else [],
        "disagreements": find_disagreements(catalogue, shown),
        "estimand": [(words, row[name]) for words, name in _ESTIMAND if row[name] or name not in _OPTIONAL],
    }  # fmt: skip


def _links(shown: ShownResult) -> dict[str, str]:
    """Return the addresses that a result leads to: its study, its characters, its data, and the comparison with other studies."""
    row, document = shown.row, vocabulary.local_name(str(shown.row["document"]))
    compared = {"endpoint": vocabulary.local_name(str(row["endpoint"])), "measure": vocabulary.local_name(str(row["measure"]))}
    place = shown.main or next(iter(shown.printed), None)
    return {
        "study": f"/studies/{quote(vocabulary.local_name(str(row['study'])))}",
        "document": place.address if place else f"/documents/{quote(document)}",
        "csv": f"/v1/estimates/{quote(shown.name)}.csv", "json": f"/v1/estimates/{quote(shown.name)}.json",
        "compare": f"/compare?{urlencode(compared)}",
    }  # fmt: skip


def find_disagreements(catalogue: Catalogue, shown: ShownResult) -> list[list[Mapping[str, Any]]]:
    """Return the discrepancies that a number of the result is a side of, each with the rows of its sides."""
    document = vocabulary.local_name(str(shown.row["document"]))
    groups = group_disagreements(catalogue, document) if shown.warnings else []
    return [rows for rows in groups if any(each["part"] == shown.row["estimate"] for each in rows)]
