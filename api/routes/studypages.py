"""Pages of studies: arms with doses, results as tables, definitions, what is not reported, and what is said against them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.questions.question import Row
from mabgraph.graph.store import vocabulary

from ..collections import resources
from ..http import signposts
from ..pages import results, studies
from ..pages.places import group_disagreements
from ..pages.results import PrintedNumber
from . import markup
from .pageresponse import METHODS, respond, service_of, values_of_all
from .things import find_iri, unknown_thing

router = APIRouter(include_in_schema=False)

#: Details of a study that its first line shows.
_ABOUT: Final = ("registration", "design", "masking", "phase", "condition")


@dataclass(frozen=True)
class ShownDose:
    """A dose: its label, the places of its numbers, and the rest in words."""

    label: str
    numbers: Sequence[PrintedNumber]
    unit: str
    note: str


@router.api_route("/studies/{name}", methods=METHODS)
def study(request: Request, name: str) -> Response:
    """Return the page of a study."""
    catalogue = service_of(request).catalogue
    iri = find_iri(catalogue, resources.TRIALS, name)
    details = catalogue.ask("trial", {"trial": iri})
    if not details:
        raise unknown_thing(resources.TRIALS, name)
    links = signposts.resource(iri.removeprefix(vocabulary.base()))
    return respond(
        request, "study.html", lambda: _values(request, catalogue, iri, details, signposts.elements(links)), signposts.field(links)
    )


def _values(request: Request, catalogue: Catalogue, iri: str, details: list[Row], head: str) -> dict[str, Any]:
    local = quote(vocabulary.local_name(iri))
    data = [(f"/v1/trials/{local}.{suffix}", suffix) for suffix in ("json", "csv")]
    data += [(f"/v1/trials/{local}/estimates.{suffix}", f"results, {suffix}") for suffix in ("csv", "json", "tsv")]
    tables = studies.tables(catalogue, iri)
    measured = {line.variable for table in tables for line in table.lines}
    defined = [(str(row["value_label"]), str(row["note"] or "")) for row in _of(details, "definition")]
    documents = {vocabulary.local_name(str(row["value"])): row["value_label"] for row in _of(details, "document")}
    return values_of_all(request, "/studies", data, head + markup.thing(iri, catalogue.ask("statements", {"resource": iri}))) | {
        "study": details[0], "tables": tables, "arms": _arms(catalogue, iri), "doses": _doses(catalogue, details),
        "about": [str(row["value_label"] or row["value"]) for kind in _ABOUT for row in _of(details, kind)],
        "documents": [(f"/documents/{quote(name)}", label) for name, label in documents.items()],
        "definitions": defined, "missing": sorted({label for label, _ in defined} - measured),
        "caveats": [str(row["value"]) for row in _of(details, "caveat")],
        "limitations": [str(row["value"]) for row in _of(details, "limitation")],
        "disagreements": [
            rows for document in documents for rows in group_disagreements(catalogue, document)
            if any(str(each["part"]) in _results(tables) for each in rows)
        ],
    }  # fmt: skip


def _of(details: list[Row], kind: str) -> list[Row]:
    return [row for row in details if row["detail"] == kind]


def _results(tables: Sequence[studies.ResultsTable]) -> set[str]:
    return {str(each.row["estimate"]) for table in tables for line in table.lines for cell in line.cells for each in cell}


def _arms(catalogue: Catalogue, iri: str) -> list[dict[str, Any]]:
    """Return the groups of a study with their role and treatment in words."""
    rows = catalogue.ask("arms", {"trial": iri})
    labels = catalogue.labels([str(row[name]) for row in rows for name in ("role", "regimen") if row[name]])
    return [
        {"label": row["label"], "role": labels.get(str(row["role"]), ""), "regimen": labels.get(str(row["regimen"]), "")} for row in rows
    ]


def _doses(catalogue: Catalogue, details: list[Row]) -> list[ShownDose]:
    """Return the doses of a study with the places of their numbers."""
    rows = _of(details, "dose")
    printed = results.find_numbers(catalogue, [str(row["value"]) for row in rows])
    several = []
    for row in {str(row["value"]): row for row in rows}.values():
        numbers = [each for each in printed.get(str(row["value"]), ()) if not each.restates]
        several.append(ShownDose(str(row["value_label"]), numbers, str(row["unit"] or ""), str(row["note"] or "")))
    return several
