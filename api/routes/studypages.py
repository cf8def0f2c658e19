"""Pages of studies: arms with doses, results as tables, what is planned and not reported, and what is said against them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response

from mabgraph.graph.compare.compare import MOST
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.questions.question import Row
from mabgraph.graph.store import vocabulary
from mabgraph.ingest.errors import UnknownName

from ..collections import resources
from ..http import signposts
from ..pages import analyses, disagreements, regimens, studies
from ..pages.places import group_rows
from ..pages.results import ShownResult
from ..pages.studies import ComparedColumns
from . import markup
from .pageresponse import METHODS, service_of, values_of_all
from .readable import respond_to_reader
from .things import find_iri, unknown_thing

router = APIRouter(include_in_schema=False)

#: Details of a study that its first line shows, beside its registration number.
_ABOUT: Final = ("design", "masking", "phase")
#: Most disagreements that the page shows.
_MOST: Final = 100
#: Formats of the comparison of all results of a study.
_FILES: Final = ("csv", "xlsx", "ris", "fhir", "zip")


@router.api_route("/studies/{name}", methods=METHODS)
def study(request: Request, name: str) -> Response:
    """Return the page of a study."""
    catalogue = service_of(request).catalogue
    iri = find_iri(catalogue, resources.TRIALS, name)
    details = catalogue.ask("trial", {"trial": iri})
    if not details:
        raise unknown_thing(resources.TRIALS, name)
    links = signposts.resource(iri.removeprefix(vocabulary.base()))
    head = signposts.elements(links)
    documents = [vocabulary.local_name(str(row["value"])) for row in _of(details, "document")]
    return respond_to_reader(
        request, "study.html", documents, lambda texts: _values(request, catalogue, iri, details, head, texts), signposts.field(links)
    )


def _values(
    request: Request, catalogue: Catalogue, iri: str, details: list[Row], head: str, texts: Mapping[str, str]
) -> dict[str, Any]:  # fmt: skip
    arms = catalogue.ask("arms", {"trial": iri})
    parts = studies.parts(catalogue, iri, _find_compared(catalogue, iri, arms))
    defined = list(dict.fromkeys((str(row["value_label"]), str(row["note"] or "")) for row in _of(details, "definition")))
    total = sum(part.total for part in parts)
    data = [*_take_away(iri, total), *_data(iri)]
    contradictions = _disagreements(catalogue, iri)
    undirected = analyses.load(catalogue, iri)
    return values_of_all(request, "/studies", data, head + markup.thing_of(catalogue, iri)) | {
        "study": details[0], "parts": parts, "total": total, "registrations": _registrations(details),
        "about": list(dict.fromkeys(str(row["value_label"] or row["value"]) for kind in _ABOUT for row in _of(details, kind))),
        "conditions": [(_address("conditions", row["value"]), row["value_label"]) for row in _of(details, "condition")],
        "titles": list(dict.fromkeys(str(row["value"]) for row in _of(details, "title"))),
        "documents": catalogue.ask("documents", {"document": [str(row["value"]) for row in _of(details, "document")]}),
        "treatments": regimens.read(catalogue, iri, arms, _of(details, "quantity")), "local": vocabulary.local_name,
        "definitions": defined, "missing": _find_missing(catalogue, {label for label, _ in defined}, parts),
        "caveats": list(dict.fromkeys(str(row["value"]) for row in _of(details, "caveat"))),
        "limitations": list(dict.fromkeys(str(row["value"]) for row in _of(details, "limitation"))),
        "disagreements": contradictions, "sides": disagreements.find_sides(catalogue, contradictions, texts),
        "compare": f"/compare?{urlencode({'trial': vocabulary.local_name(iri)})}" if 0 < total <= MOST else "",
        "take_away": _take_away(iri, total), "undirected": undirected.shown, "undirected_total": undirected.total,
        "undirected_list": f"/v1/trials/{quote(vocabulary.local_name(iri))}/analyses.csv",
    }  # fmt: skip


def _of(details: list[Row], kind: str) -> list[Row]:
    return [row for row in details if row["detail"] == kind]


def _find_missing(catalogue: Catalogue, defined: set[str], parts: Sequence[studies.StudyPart]) -> list[str]:
    """Return what the study plans or defines, by name, of which neither a result nor one of something narrower is reported."""
    measured = {str(each.row["endpoint"]) for each in _results(parts)}
    missing = []
    for label in sorted(defined):
        try:
            iris = catalogue.names.expand("endpoint", [label])
        except UnknownName:
            iris = []
        if not measured.intersection(iris):
            missing.append(label)
    return missing


def _results(parts: Sequence[studies.StudyPart]) -> list[ShownResult]:
    return [each for part in parts for table in part.tables for line in table.lines for cell in line.cells for each in cell]


def _address(kind: str, iri: object) -> str:
    return f"/{kind}/{quote(vocabulary.local_name(str(iri)))}"


def _registrations(details: list[Row]) -> list[tuple[str, str]]:
    """Return the registration numbers, each with the address of its registry, or none where there is no page to lead to."""
    numbers = dict.fromkeys(str(row["value"]) for row in _of(details, "registration"))
    return [(number, next(iter(signposts.external_links((), [number])), "")) for number in numbers]


def _take_away(iri: str, total: int) -> list[tuple[str, str]]:
    """Return the files of all results of a study: the comparison of them, as far as so many are compared."""
    asked = urlencode({"trial": vocabulary.local_name(iri)})
    return [(f"/v1/compare.{form}?{asked}", form) for form in _FILES] if 0 < total <= MOST else []


def _data(iri: str) -> list[tuple[str, str]]:
    local = quote(vocabulary.local_name(iri))
    lists = [(f"/v1/trials/{local}/estimates.{form}", f"results, {form}") for form in ("csv", "json", "tsv")]
    return [(f"/v1/trials/{local}.json", "json"), *lists]


def _find_compared(catalogue: Catalogue, iri: str, arms: Sequence[Row]) -> list[ComparedColumns]:
    """Return the groups that a study compares by label; comparisons of its arms come before those of parts of them."""
    labels = {str(row["group"]): str(row["label"]) for row in arms}
    parts_of_groups = {str(row["group"]) for row in arms if row["parent"] and vocabulary.local_name(str(row["role"])) not in regimens.MAIN}
    rows = catalogue.ask("comparisons", {"trial": iri})
    ordered = sorted(rows, key=lambda row: {str(row["intervention"]), str(row["comparator"])} <= parts_of_groups)
    compared = (
        ComparedColumns(labels.get(str(row["intervention"]), ""), labels.get(str(row["comparator"]), ""), str(row["label"]))
        for row in ordered
    )
    return list(dict.fromkeys(compared))


def _disagreements(catalogue: Catalogue, iri: str) -> list[list[Row]]:
    """Return the discrepancies that a study is concerned by, each with the rows of its sides; two questions."""
    named = [str(row["id"]) for row in catalogue.page("discrepancies-page", {"trial": iri}, _MOST)[0]]
    rows = catalogue.ask("discrepancies", {"discrepancy": named}) if named else []
    return list(group_rows(rows, "discrepancy").values())
