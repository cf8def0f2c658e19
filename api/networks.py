"""The evidence network: who is compared with whom and on what, as data, as a graph for other programs, or as a picture."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json

from mabgraph.graph import drawing, exchange, network, reach, treatments
from mabgraph.graph.catalogue import Catalogue
from mabgraph.graph.links import Link
from mabgraph.graph.network import AnnouncedTrial, Network, Trial
from mabgraph.graph.reach import Chain, Component, Gap, Step
from mabgraph.ingest.errors import QuestionError, UnknownName

from . import answers, problems, tables
from .state import State

_REFUSED: Final = {
    406: "none of the formats is acceptable", 422: "a parameter cannot be used, or nothing has this name",
    503: "a picture cannot be drawn now; ask again later",
}  # fmt: skip
router = APIRouter(prefix="/v1", responses=problems.described(_REFUSED))

#: Values of ``format``, which are also suffixes of the address, and their media types.
FORMS: Final = {
    "json": tables.JSON, "graphml": exchange.GRAPHML, "cytoscape": tables.JSON, "node-link": tables.JSON, "svg": drawing.MEDIA,
}  # fmt: skip
_GRAPHS: Final[dict[str, Callable[[Network], bytes]]] = {
    "graphml": exchange.graphml, "cytoscape": exchange.cytoscape, "node-link": exchange.node_link, "svg": drawing.svg,
}  # fmt: skip
_SOFTWARE: Final = metadata.version("mabgraph")
_Names = Annotated[list[str], Field(max_length=50)]


class Filters(BaseModel):
    """What the network is restricted to; a parameter given several times means any of its values, different ones must all be met."""

    model_config = ConfigDict(extra="forbid")

    drug: _Names = Field([], description="on one side or the other of a comparison, by any name", examples=[["daratumumab"]])
    target: _Names = Field([], description="of a drug on one side or the other", examples=[["CD38"]])
    condition: _Names = Field([], description="of the study, or one that is narrower", examples=[["multiple myeloma"]])
    endpoint: _Names = Field([], description="that there are results of, or one that is narrower", examples=[["overall survival"]])
    format: str | None = Field(None, description="json, graphml, cytoscape, node-link or svg; goes over the suffix and Accept")


class Ends(BaseModel):
    """Two treatments."""

    model_config = ConfigDict(extra="forbid")

    start: str = Field(alias="from", min_length=1, max_length=1000, description="a treatment: id, name or drugs", examples=["Blincyto"])
    to: str = Field(min_length=1, max_length=1000, description="another treatment", examples=["inotuzumab ozogamicin"])
    format: str | None = Field(None, description="json")


class Member(BaseModel):
    """One treatment: drugs together, a choice of regimens, or what one group had for which no regimen is recorded."""

    id: str
    name: str
    kind: str = Field(description="drugs, choice or group")
    drugs: list[str] = Field(description="IRIs")
    options: list[str] = Field(description="names of the regimens that there is a choice of")
    regimens: list[str] = Field(description="IRIs of all regimens that are this treatment, of any dose")
    groups: list[str] = Field(description="IRIs of the groups that are given it")
    roles: list[str] = Field(description="what these groups are in their studies")
    studies: list[str] = Field(description="IRIs")
    conditions: list[str] = Field(description="IRIs")
    patients: int | None = Field(None, description="given it in comparisons with results; absent where not reported")


class Evidence(BaseModel):
    """An evidence network: treatments, the links of studies between them, and how far they reach."""

    dataset: str = Field(description="version of the dataset")
    treatments: list[Member]
    links: list[Link] = Field(description="two treatments in one study, with what it rests on: estimates, arms, none or planned")
    within: list[Link] = Field(description="comparisons within one treatment, of its doses for instance")
    trials: list[Trial] = Field(description="studies as hyper-edges: all treatments that one compares with one another")
    announced: list[AnnouncedTrial] = Field(description="trials that are named without results, their arms not reported")
    parts: list[Component] = Field(description="treatments that meet by comparisons with results")
    gaps: list[Gap] = Field(description="why parts of several treatments do not meet")
    names: dict[str, str] = Field(description="names of the drugs, targets, conditions and studies, by IRI")


class Way(BaseModel):
    """The shortest chain of comparisons between two treatments, or why there is none."""

    dataset: str = Field(description="version of the dataset")
    start: str = Field(alias="from", description="id of the first treatment")
    to: str = Field(description="id of the last")
    connected: bool
    treatments: list[str] = Field([], description="ids, from the first to the last")
    steps: list[Step] = Field([], description="each with every link between its two treatments")
    gap: Gap | None = Field(None, description="where they do not meet: why, what is nearest, which planned studies would join them")


@router.head("/network", include_in_schema=False)
@router.get(
    "/network", summary="The evidence network: treatments, and the studies that compare them", response_model=Evidence,
    responses={200: {"content": {form: {} for form in (exchange.GRAPHML, drawing.MEDIA)}}},
)  # fmt: skip
def evidence(request: Request, asked: Annotated[Filters, Query()]) -> Response:
    """Return the network, restricted to what is asked for, in the format that is wanted."""
    return _evidence(request, asked, "")


@router.api_route("/network.{suffix}", methods=["GET", "HEAD"], include_in_schema=False)
def evidence_as(request: Request, asked: Annotated[Filters, Query()], suffix: str) -> Response:
    """Return the network in the format that the address ends with."""
    if suffix not in FORMS:
        return problems.response(404, f"there is no format {suffix[:80]!r}; there are {', '.join(FORMS)}")
    return _evidence(request, asked, suffix)


@router.head("/network/path", include_in_schema=False)
@router.get("/network/path", summary="The shortest chain of comparisons between two treatments, or why there is none", response_model=Way)
def path(request: Request, asked: Annotated[Ends, Query()]) -> Response:
    """Return how two treatments can be held against each other by the comparisons of the dataset."""
    wanted = answers.chosen(request, "", {"json": tables.JSON})
    if isinstance(wanted, Response):
        return wanted
    catalogue = _catalogue(request)

    return _sent(request, catalogue, wanted, "json", lambda: tables.seen(to_json(way(catalogue, asked.start, asked.to)), wanted))


def way(catalogue: Catalogue, start: str, to: str) -> dict[str, Any]:
    """Return the shortest chain of comparisons between two treatments, or why there is none, as :class:`Way` describes it.

    :raises UnknownName: when the network has no such treatment, or several are called so.
    """
    whole = network.read(catalogue)
    one, other = (treatments.find(whole.treatments, catalogue.names, name).id for name in (start, to))
    found = reach.chain(whole, one, other)
    said = {"treatments": found.treatments, "steps": found.steps} if isinstance(found, Chain) else {"gap": found}
    return {"dataset": catalogue.version, "from": one, "to": other, "connected": isinstance(found, Chain), **said}


def _evidence(request: Request, asked: Filters, suffix: str) -> Response:
    wanted = answers.chosen(request, suffix, FORMS)
    if isinstance(wanted, Response):
        return wanted
    catalogue = _catalogue(request)
    given = (request.query_params.get("format") or suffix).lower()
    named = given if given in FORMS else next(name for name, media in FORMS.items() if media == wanted)

    def made() -> bytes:
        found = network.read(catalogue, asked.drug, asked.target, asked.condition, asked.endpoint)
        return written(catalogue, found, named)

    return _sent(request, catalogue, wanted, named, made)


def written(catalogue: Catalogue, found: Network, form: str) -> bytes:
    """Return the network in the format called ``form``.

    :raises QuestionError: when there is no such format.
    """
    if form not in FORMS:
        raise QuestionError(f"format {form[:80]!r}: choose from {', '.join(FORMS)}")
    body = _GRAPHS[form](found) if form in _GRAPHS else to_json(said(catalogue, found))
    return tables.seen(body, FORMS[form])


def said(catalogue: Catalogue, found: Network) -> dict[str, Any]:
    """Return the network as JSON says it, list by list."""
    used = {iri for each in found.treatments.values() for iri in (*each.drugs, *found.conditions[each.id], *found.studies[each.id])}
    return {
        "dataset": catalogue.version, "treatments": [found.node_attributes(each) for each in found.treatments.values()],
        "links": found.links,
        "within": found.within, "trials": found.trials, "announced": found.announced, "parts": reach.components(found),
        "gaps": reach.gaps(found), "names": {iri: found.names[iri] for iri in sorted(used) if iri in found.names},
    }  # fmt: skip


def _sent(request: Request, catalogue: Catalogue, wanted: str, named: str, made: Callable[[], bytes]) -> Response:
    """Return what ``made`` gives, unless the caller has it already; a name that is not known is 422."""
    asked = sorted((name, value) for name, value in request.query_params.multi_items() if name != "format")
    try:
        return answers.settled(request, catalogue.version, [_SOFTWARE, catalogue.state, asked, named], wanted, lambda: (made(), {}))
    except UnknownName as error:
        return problems.response(422, str(error), near=list(error.near), choices=list(error.choices))


def _catalogue(request: Request) -> Catalogue:
    return cast(State, request.app.state.service).catalogue
