"""The page of a comparison: estimates side by side, why they are not one question, and the same in every format to take away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel

from mabgraph.graph.compare.compare import EvidenceSet
from mabgraph.graph.compare.pooling import Refusal
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary
from mabgraph.graph.synthesis.codes import CODES
from mabgraph.ingest.errors import MabgraphError, QuestionError, UnknownName

from ..collections import models, resources
from ..exports import selection, takeaway
from ..exports.package import Package
from ..http.problems import ProblemError, unknown_filter_value
from ..pages import forest, narrowing, results, templating
from ..pages.forest import AxisPicture, RowPicture
from ..pages.narrowing import Parameters
from ..pages.results import ShownResult
from .errorpages import prefers_page
from .pageresponse import HEADERS, METHODS, respond, service_of, values_of_all

router = APIRouter(include_in_schema=False)

#: Names that the form of the page adds, with their labels and the kind of thing that is suggested.
_FIELDS: Final = (
    ("drug", "Drug", "drug"), ("target", "Target", "target"), ("trial", "Study", ""), ("endpoint", "End point", "endpoint"),
    ("condition", "Condition", "condition"),
)  # fmt: skip
#: Parameters that are choices of a list: their labels, and the words of a value.
_CHOICES: Final = (("measure", "Measure"), ("comparability", "What it tells"), ("kind", "Kind"))
#: What says what to do with the estimates rather than which; another selection has to be weighed anew.
_WEIGHED: Final = frozenset({"synthesise", "acknowledge"})
#: Formats that the foot of the page names; the page lists all.
_DATA: Final = ("json", "csv", "jsonld")
#: Formats that are for some comparisons only, and written within milliseconds.
_TRIED: Final = frozenset({"netmeta", "multinma", "gemtc", "bugsnet", "metainsight", "metafor", "revman"})
#: Most studies without such a result that the page names.
_STUDIES: Final = 50


@dataclass(frozen=True)
class ShownRow:
    """A row: its number in the set, its result, its picture, what tells it from the others of its set, and the address without it."""

    number: int
    result: ShownResult
    picture: RowPicture | None
    differences: tuple[str, ...]
    exclude: str


@dataclass(frozen=True)
class ShownSet:
    """A set of estimates of one measure: its rows, the axis, and the reasons against pooling with the rows that each concerns.

    ``unreported`` is what the documents do not print, with the rows of each; ``alone`` the address of this measure without the others.
    """

    evidence: EvidenceSet
    rows: tuple[ShownRow, ...]
    axis: AxisPicture | None
    reasons: tuple[tuple[str, tuple[ShownRow, ...]], ...]
    unreported: tuple[tuple[str, tuple[ShownRow, ...]], ...]
    alone: str


@router.api_route("/compare", methods=METHODS)
def compare(request: Request, asked: Annotated[selection.Filters, Query()]) -> Response:  # type: ignore[valid-type]
    """Return the page of a comparison; without a filter, its form alone. Empty fields of the form are left out of the address."""
    sent = request.query_params.multi_items()
    parameters = [(name, value) for name, value in selection.canonical_parameters(sent) if value.strip()]
    if len(parameters) < len([name for name, _ in sent if name != "format"]):
        return RedirectResponse(narrowing.address(parameters), 303)
    try:
        return respond(request, "compare.html", lambda: _values(request, asked, parameters))
    except (UnknownName, QuestionError) as error:
        return _faulty(request, parameters, error)


def _faulty(request: Request, parameters: Parameters, error: MabgraphError) -> Response:
    """Return the form with what is wrong with the parameters, and the nearest names as links; to programs, the problem.

    :raises ProblemError: (422) for an unknown name, to whoever does not prefer a page.
    :raises QuestionError: in the same way.
    """
    if not prefers_page(request.scope):
        raise ProblemError(unknown_filter_value(error), str(error)) if isinstance(error, UnknownName) else error
    chips = [(name.replace("_", " "), value, _without(parameters, name, value)) for name, value in parameters if name not in _WEIGHED]
    values = _form(request, parameters) | {"fault": str(error), "near": _corrections(request, parameters, error), "chips": chips}
    return HTMLResponse(templating.render("compare.html", **values), 422, {**HEADERS, "Vary": "Accept"})


def _corrections(request: Request, parameters: Parameters, error: MabgraphError) -> list[tuple[str, str]]:
    """Return the nearest names of an unknown one, each with the address of the comparison that it makes."""
    if not isinstance(error, UnknownName):
        return []
    names, several = service_of(request).catalogue.names, []
    for name, value in parameters:
        near = [*error.near, *error.choices]
        try:
            if name in {field for field, _, _ in _FIELDS} | {"measure"}:
                names.find(name, value)
        except UnknownName as unknown:
            if str(unknown) == str(error):
                rest = [each for each in parameters if each != (name, value)]
                several += [(each.rpartition("/")[2], narrowing.address([*rest, (name, each)])) for each in near]
    return several


def _form(request: Request, parameters: Parameters) -> dict[str, Any]:
    """Return the values of a page with the form alone."""
    catalogue = service_of(request).catalogue
    return values_of_all(request, "/compare") | {
        "fields": [(name, label, narrowing.suggestions(catalogue, kind) if kind else ()) for name, label, kind in _FIELDS],
        "choices": [(name, label, narrowing.choices(catalogue, name)) for name, label in _CHOICES],
        "chips": [(name.replace("_", " "), value, _without(parameters, name, value)) for name, value in _selection(parameters)],
        "kept": [each for each in parameters if each[0] not in _WEIGHED],
        "sets": (), "cautions": (), "absent": (), "understood": "", "refusal": None, "pooled": None, "total": 0, "fault": "", "near": (),
        "asks": bool(parameters), "excluded": (), "facets": (), "empty": "", "without": (), "forms": (), "refused": (),
    }  # fmt: skip


def _values(request: Request, asked: BaseModel, parameters: Parameters) -> dict[str, Any]:
    catalogue = service_of(request).catalogue
    filters = models.question_parameters(resources.ESTIMATES, asked, selection.SynthesisParameters)
    values = _form(request, parameters) | {"asks": bool(filters)}
    if not filters:
        return values
    package, refusal = _package(catalogue, asked, parameters)
    comparison = package.comparison
    excluded = [value for name, value in parameters if name == "exclude"]
    rows = {row.id: results.from_rows(row.row, row.figures) for row in comparison.rows}
    left_out = _left_out(catalogue, excluded, parameters)
    shown = list(rows.values())
    forms, refused = _take_away(package, parameters) if comparison.rows else ([], [])
    return values | {
        "sets": [_shown_set(each, rows, parameters) for each in comparison.sets], "refusal": refusal, "pooled": package.pooled,
        "estimates": [each.as_json() for each in package.pooled.synthesis.estimates] if package.pooled else [],
        "cautions": comparison.cautions, "absent": comparison.absent,
        "forms": forms, "refused": refused, "data": [(address, name) for address, name, _ in forms if name in _DATA],
        "total": len(comparison.rows),
        "understood": package.understood, "empty": package.empty or "", "excluded": left_out,
        "without": _without_result(catalogue, parameters, {row.study for row in comparison.rows}),
        "facets": narrowing.facets(shown, [each for each, _ in left_out], [each for each in parameters if each[0] not in _WEIGHED]),
        "pool": _with(parameters, "synthesise", "pool"),
        "acknowledgements": _acknowledgements(refusal, parameters), "stopped": _list_stopping(refusal),
    }  # fmt: skip


def _selection(parameters: Parameters) -> list[tuple[str, str]]:
    """Return the parameters that say which estimates are meant; what is left out has a list of its own."""
    return [each for each in parameters if each[0] not in _WEIGHED | {"exclude"}]


def _take_away(package: Package, parameters: Parameters) -> tuple[list[tuple[str, str, str]], list[tuple[str, str]]]:
    """Return the files of a comparison, the same parameters with another suffix: address, name and what it is.

    Then the formats that cannot carry it, each with the reason. Small formats are tried; what is drawn or packed is not.
    """
    forms, refused = [], []
    beyond = ", ".join(name for name in package.asked if name not in takeaway.NETWORK_FILTERS)
    for form in takeaway.FORMATS.values():
        if beyond and form.name.startswith("network"):
            refused.append((form.name, f"a network cannot be filtered by {beyond}"))
            continue
        if form.name in _TRIED:
            try:
                form.write(package)
            except MabgraphError as error:
                refused.append((form.name, str(error)))
                continue
        forms.append((f"/v1/compare.{form.name}?{urlencode(parameters)}", form.name, form.about))
    return forms, refused


def _package(catalogue: Catalogue, asked: BaseModel, parameters: Parameters) -> tuple[Package, Refusal | None]:
    """Return the comparison, and the refusal of its synthesis if it is refused: the estimates are shown all the same."""
    answer = selection.package(catalogue, asked, parameters)
    if isinstance(answer, Package):
        return answer, None
    plain = selection.package(catalogue, asked.model_copy(update={"synthesise": None}), parameters)
    assert isinstance(plain, Package)
    return plain, answer


def _shown_set(compared: EvidenceSet, rows: Mapping[str, ShownResult], parameters: Parameters) -> ShownSet:
    members = [rows[row.id] for row in compared.rows]
    on, plain = forest.axis(compared), [each for each in parameters if each[0] not in _WEIGHED]
    differing = narrowing.differences([each.row for each in members])
    shown = tuple(
        ShownRow(number, each, forest.mark(each.row, on) if on else None, differing[number - 1], _with(plain, "exclude", each.name))
        for number, each in enumerate(members, 1)
    )
    by_iri = {str(each.result.row["estimate"]): each for each in shown}
    reasons = tuple((each.text, tuple(by_iri[iri] for iri in each.rows if iri in by_iri)) for each in compared.reasons)
    unreported: dict[str, list[ShownRow]] = {}
    for each in shown:
        for what in each.result.unreported:
            unreported.setdefault(what, []).append(each)
    lacking = tuple((what, tuple(several)) for what, several in unreported.items())
    alone = narrowing.address([*(each for each in plain if each[0] not in {"measure", "exclude"}), ("measure", compared.measure)])
    return ShownSet(compared, shown, forest.draw_axis(on) if on else None, reasons, lacking, alone)


def _left_out(catalogue: Catalogue, names: Sequence[str], parameters: Parameters) -> list[tuple[ShownResult, str]]:
    """Return the results that are left out, each with the address that brings it back; nothing is asked where there are none."""
    iris = {resources.ESTIMATES.iri(catalogue, name): name for name in names}
    loaded = results.load(catalogue, {"estimate": list(iris)}) if iris else []
    return [(each, _without(parameters, "exclude", iris[str(each.row["estimate"])])) for each in loaded]


def _without_result(catalogue: Catalogue, parameters: Parameters, studies: set[str]) -> list[tuple[str, str]]:
    """Return the studies of what is asked for, by address and name, of which the documents report no such result; one question."""
    known = {each.name for each in resources.TRIALS.parameters} - {"trial"}
    filters: dict[str, list[str]] = {}
    for name, value in parameters:
        if name in known:
            filters.setdefault(name, []).append(value)
    if not filters.keys() & {"drug", "target"}:
        return []
    rows, _ = resources.TRIALS.find(catalogue, filters, _STUDIES + len(studies), 0)
    others = [row for row in rows if str(row["id"]) not in studies][:_STUDIES]
    return [(f"/studies/{quote(vocabulary.local_name(str(row['id'])))}", str(row["label"])) for row in others]


def _acknowledgements(refusal: Refusal | None, parameters: Parameters) -> list[tuple[str, list[str], bool]]:
    """Return the codes that a person has to acknowledge, each with its reasons in words, and whether it is acknowledged already."""
    acknowledged = {value for name, value in parameters if name == "acknowledge"}
    several: dict[str, list[str]] = {}
    for each in refusal.reasons if refusal and refusal.codes else ():
        several.setdefault(each.code, []).append(each.text)
    return [(code, list(dict.fromkeys(texts)), code in acknowledged) for code, texts in several.items()]


def _list_stopping(refusal: Refusal | None) -> list[str]:
    """Return the reasons that nobody can acknowledge, in words."""
    return list(dict.fromkeys(each.text for each in refusal.reasons if not CODES[each.code][1])) if refusal else []


def _with(parameters: Parameters, name: str, value: str) -> str:
    """Return the address of this page with one more parameter."""
    return narrowing.address([*(each for each in parameters if each != (name, value)), (name, value)])


def _without(parameters: Parameters, name: str, value: str) -> str:
    """Return the address of this page without a parameter; what was weighed is weighed anew."""
    return narrowing.address([each for each in parameters if each != (name, value) and each[0] not in _WEIGHED])
