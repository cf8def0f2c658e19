"""The page of a comparison: estimates side by side, why they are not one question, and the same in every format to take away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from mabgraph.graph.compare.compare import EvidenceSet
from mabgraph.graph.compare.pooling import Refusal
from mabgraph.graph.questions import understanding
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.ingest.errors import UnknownName

from ..collections import models, resources
from ..exports import selection, takeaway
from ..exports.package import Package
from ..http.problems import ProblemError, unknown_filter_value
from ..pages import forest, results
from ..pages.forest import RowPicture, Scale
from ..pages.results import ShownResult
from .pageresponse import METHODS, respond, service_of, values_of_all

router = APIRouter(include_in_schema=False)

#: Filters that the form of the page has, with their labels.
_FIELDS: Final = (
    ("drug", "Drug"), ("target", "Target"), ("trial", "Study"), ("endpoint", "End point"), ("measure", "Measure"),
    ("condition", "Condition"),
)  # fmt: skip

Parameters = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class ShownSet:
    """A set of estimates of one measure: each with its picture, the scale, and the reasons against pooling with their rows by label."""

    evidence: EvidenceSet
    rows: tuple[tuple[ShownResult, RowPicture | None, str], ...]
    scale: Scale | None
    reasons: tuple[tuple[str, str, tuple[ShownResult, ...]], ...]


@router.api_route("/compare", methods=METHODS)
def compare(request: Request, asked: Annotated[selection.Filters, Query()]) -> Response:  # type: ignore[valid-type]
    """Return the page of a comparison; without a filter, its form alone."""
    return respond(request, "compare.html", lambda: _values(request, asked))


def _values(request: Request, asked: BaseModel) -> dict[str, Any]:
    catalogue = service_of(request).catalogue
    parameters = [(name, value) for name, value in selection.canonical_parameters(request.query_params.multi_items()) if value]
    filters = models.question_parameters(resources.ESTIMATES, asked, selection.SynthesisParameters)
    values = values_of_all(request, "/compare") | {
        "fields": [(name, label, [value for key, value in parameters if key == name]) for name, label in _FIELDS],
        "chips": [(name, value, _without(parameters, name, value)) for name, value in parameters],
        "kept": [(name, value) for name, value in parameters if name not in {each for each, _ in _FIELDS}],
        "sets": (), "cautions": (), "absent": (), "understood": "", "refusal": None, "pooled": None, "asks": bool(filters), "total": 0,
    }  # fmt: skip
    if not filters:
        return values
    try:
        shown = _package(catalogue, asked, parameters)
    except UnknownName as error:
        raise ProblemError(unknown_filter_value(error), str(error)) from None
    package, refusal = shown
    comparison = package.comparison
    loaded = results.load(catalogue, {"estimate": [row.id for row in comparison.rows]}) if comparison.rows else []
    rows = {str(each.row["estimate"]): each for each in loaded}
    return values | {
        "sets": [_shown_set(each, rows, parameters) for each in comparison.sets], "refusal": refusal, "pooled": package.pooled,
        "estimates": [each.as_json() for each in package.pooled.synthesis.estimates] if package.pooled else [],
        "cautions": [(each.text, _find_results(each.rows, rows)) for each in comparison.cautions], "absent": comparison.absent,
        "data": _take_away(parameters) if comparison.rows else [], "total": len(comparison.rows),
        "understood": understanding.describe(understanding.read(catalogue, "estimates-page", filters)),
        "pool": _with(parameters, "synthesise", "pool"),
        "parameters_kept": [each for each in parameters if each[0] not in {"synthesise", "acknowledge"}],
        "acknowledgements": _acknowledgements(refusal, parameters),
    }  # fmt: skip


def _take_away(parameters: Parameters) -> list[tuple[str, str]]:
    """Return the addresses of the files of a comparison: the same parameters, another suffix."""
    return [(f"/v1/compare.{form.name}?{urlencode(parameters)}", form.name) for form in takeaway.FORMATS.values()]


def _package(catalogue: Catalogue, asked: BaseModel, parameters: Parameters) -> tuple[Package, Refusal | None]:
    """Return the comparison, and the refusal of its synthesis if it is refused: the estimates are shown all the same."""
    answer = selection.package(catalogue, asked, parameters)
    if isinstance(answer, Package):
        return answer, None
    plain = selection.package(catalogue, asked.model_copy(update={"synthesise": None}), parameters)
    assert isinstance(plain, Package)
    return plain, answer


def _shown_set(compared: EvidenceSet, rows: dict[str, ShownResult], parameters: Parameters) -> ShownSet:
    members = [rows[row.id] for row in compared.rows]
    scale = forest.scale([each.row for each in members])
    marked = tuple((each, forest.mark(each.row, scale) if scale else None, _with(parameters, "exclude", each.name)) for each in members)
    reasons = tuple((each.code, each.text, _find_results(each.rows, rows)) for each in compared.reasons)
    return ShownSet(compared, marked, scale, reasons)


def _find_results(iris: Iterable[str], rows: dict[str, ShownResult]) -> tuple[ShownResult, ...]:
    return tuple(rows[iri] for iri in iris if iri in rows)


def _acknowledgements(refusal: Refusal | None, parameters: Parameters) -> list[tuple[str, str, bool]]:
    """Return the codes that a person can acknowledge, in words, and whether each is acknowledged already."""
    codes = {value for name, value in parameters if name == "acknowledge"}
    several = {each.code: each.text for each in refusal.reasons} if refusal else {}
    return [(code, text, code in codes) for code, text in several.items()]


def _with(parameters: Parameters, name: str, value: str) -> str:
    """Return the address of this page with one more parameter."""
    return f"/compare?{urlencode([*(each for each in parameters if each != (name, value)), (name, value)])}"


def _without(parameters: Parameters, name: str, value: str) -> str:
    """Return the address of this page without a parameter."""
    return f"/compare?{urlencode([each for each in parameters if each != (name, value)])}"
