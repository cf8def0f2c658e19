"""Look-ups under ``/v1``: one thing by any of its names, or estimates by filters. Each asks a question of ``queries/``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, cast
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from mabgraph.graph import question
from mabgraph.graph.catalogue import Catalogue

from . import problems
from .state import State

router = APIRouter(prefix="/v1", responses=problems.RESPONSES)


class Figure(BaseModel):
    """One printed number and its place: characters ``start`` to ``end`` (code points) of ``document``."""

    figure: str = Field(description="IRI")
    role: str = Field(description="value, lower, upper, level, p_value, count, total, percent, dispersion, time …")
    printed: str = Field(description="the numeral as printed")
    number: str = Field(description="its canonical decimal; empty where no number is printed")
    document: str
    start: int
    end: int
    exact: str = Field(description="the characters between start and end")
    prefix: str | None = None
    suffix: str | None = None
    restates: str | None = Field(None, description="the figure that states the same number in its most exact place")


class Estimate(BaseModel):
    """One estimate with everything needed to cite it; names of fields are the columns of the question ``estimates``."""

    estimate: str = Field(description="IRI")
    estimate_label: str
    kind: str
    study: str
    study_label: str
    registration: str | None = None
    design: str
    reported_by: str
    cited_from: str | None = None
    group: str | None = None
    comparison: str | None = None
    intervention: str | None = None
    comparator: str | None = None
    endpoint: str
    endpoint_label: str
    measure: str
    measure_label: str
    value: float | None = None
    printed: str | None = None
    operator: str | None = None
    absence: str | None = None
    lower: float | None = None
    upper: float | None = None
    interval_kind: str | None = None
    interval_level: float | None = None
    p_value: float | None = None
    p_operator: str | None = None
    count: int | None = None
    total: int | None = None
    unit: str | None = None
    time_point: float | None = None
    time_unit: str | None = None
    analysis: str | None = None
    population: str | None = None
    method: str | None = None
    test: str | None = None
    censoring: str | None = None
    status: str
    document: str
    caveats: list[str] = Field([], description="what the authors warn of, about this estimate or its study")
    figures: list[Figure] = Field([], description="every place where a number of this estimate is printed")


class Estimates(BaseModel):
    """A page of estimates; ``dataset`` is the version that answered."""

    dataset: str
    total: int
    page: int
    page_size: int
    items: list[Estimate]


class Detail(BaseModel):
    """One more thing known about a resource."""

    value: str
    label: str | None = None
    note: str | None = None
    operator: str | None = None
    number: str | None = None
    unit: str | None = None


class Resource(BaseModel):
    """A drug, target or study: its name, its definition and its details by kind."""

    iri: str
    label: str
    definition: str | None = None
    dataset: str
    details: dict[str, list[Detail]]


class Filters(BaseModel):
    """What estimates can be asked by; a parameter given several times means any of its values."""

    model_config = ConfigDict(extra="forbid")

    drug: list[str] = Field([], description="any name of a drug")
    target: list[str] = Field([], description="symbol, gene, UniProt or HGNC identifier of a target")
    trial: list[str] = Field([], description="acronym or registration number of a study")
    endpoint: list[str] = Field([], description="name or abbreviation of what was measured")
    measure: list[str] = Field([], description="hazard-ratio, median, proportion …")
    page: int = Field(1, ge=1, le=1_000_000, description="page, from 1")
    page_size: int = Field(100, ge=1, le=1000, description="estimates on a page")


@router.get("/estimates", summary="Estimates by drug, target, trial, endpoint and measure", response_model_exclude_none=True)
def estimates(request: Request, response: Response, filters: Annotated[Filters, Query()]) -> Estimates:
    """Return the estimates that meet every filter, each with its printed figures and their places."""
    catalogue = _catalogue(request)
    given = filters.model_dump(exclude={"page", "page_size"}, exclude_defaults=True)
    rows = catalogue.ask("estimates", given)
    first = (filters.page - 1) * filters.page_size
    shown = rows[first : first + filters.page_size]
    figures = _figures(catalogue, [str(row["estimate"]) for row in shown])
    items = [Estimate.model_validate(question.as_json(row) | _around(row, figures)) for row in shown]
    links = {"first": 1, "prev": filters.page - 1, "next": filters.page + 1}
    last = max(1, -(-len(rows) // filters.page_size))
    shown_links = [
        f'<{request.url.path}?{urlencode(given | {"page": page, "page_size": filters.page_size}, doseq=True)}>; rel="{name}"'
        for name, page in (links | {"last": last}).items()
        if 1 <= page <= last
    ]
    response.headers["Link"] = ", ".join(shown_links)
    return Estimates(dataset=catalogue.version, total=len(rows), page=filters.page, page_size=filters.page_size, items=items)


@router.get("/drugs/{name}", summary="One drug by any of its names", response_model_exclude_none=True)
def drug(request: Request, name: str) -> Resource:
    """Return the drug: its synonyms, identifiers, class, targets and studies."""
    return _resource(request, "drug", name)


@router.get("/targets/{name}", summary="One target by symbol, gene or identifier", response_model_exclude_none=True)
def target(request: Request, name: str) -> Resource:
    """Return the target: its synonyms, identifiers, the drugs that bind it and their studies."""
    return _resource(request, "target", name)


@router.get("/trials/{name}", summary="One study by acronym or registration number", response_model_exclude_none=True)
def trial(request: Request, name: str) -> Resource:
    """Return the study: design, groups, regimens, doses, comparisons, definitions and described quantities."""
    return _resource(request, "trial", name)


def _catalogue(request: Request) -> Catalogue:
    return cast(State, request.app.state.service).catalogue


def _resource(request: Request, kind: str, name: str) -> Resource:
    catalogue = _catalogue(request)
    rows = catalogue.ask(kind, {kind: name})
    iri = catalogue.names.find(kind, name)
    details: dict[str, list[Detail]] = {}
    for row in rows:
        said = {key: row.get(key) for key in ("value", "note", "operator", "number", "unit")} | {"label": row.get("value_label")}
        details.setdefault(str(row["detail"]), []).append(Detail.model_validate({key: _text(value) for key, value in said.items()}))
    first = rows[0] if rows else {}
    return Resource(
        iri=iri, label=str(first.get("label") or name), definition=_text(first.get("definition")),
        dataset=catalogue.version, details=details,
    )  # fmt: skip


def _figures(catalogue: Catalogue, nodes: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    wanted = list(nodes)
    found: dict[str, list[dict[str, Any]]] = {}
    for row in catalogue.ask("anchors", {"node": wanted}) if wanted else ():
        found.setdefault(str(row["node"]), []).append(question.as_json(row))
    return found


def _around(row: question.Row, figures: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    return {"caveats": str(row["caveats"] or "").splitlines(), "figures": figures.get(str(row["estimate"]), [])}


def _text(value: question.Value) -> str | None:
    return None if value is None else str(value)
