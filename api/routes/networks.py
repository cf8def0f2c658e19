"""Routes under ``/v1/network``: the evidence network as JSON, as a graph for other programs, or as a picture."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from typing import Annotated, Final, cast

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from mabgraph.graph.network import network
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.ingest.errors import UnknownName

from ..client.network import ChainResponse, NetworkResponse
from ..collections import tables
from ..exports import evidencenetwork
from ..http import conditional, problems, responses
from ..http.state import State
from . import groups

_REFUSED: Final = {
    406: "none of the formats is acceptable", 422: "a parameter is invalid, or a name is unknown",
    503: "a picture cannot be drawn now; ask again later",
}  # fmt: skip
router = APIRouter(prefix="/v1", tags=[groups.NETWORK], responses=problems.describe_errors(_REFUSED))

_SOFTWARE: Final = metadata.version("mabgraph")
_Names = Annotated[list[str], Field(max_length=50)]


class NetworkFilters(BaseModel):
    """The filters of the network: repeated values of one parameter are alternatives, different parameters must all match."""

    model_config = ConfigDict(extra="forbid")

    drug: _Names = Field([], description="on either side of a comparison, by any name", examples=[["daratumumab"]])
    target: _Names = Field([], description="target of a drug on either side", examples=[["CD38"]])
    condition: _Names = Field([], description="condition of the study, or a narrower one", examples=[["multiple myeloma"]])
    endpoint: _Names = Field([], description="end point with results, or a narrower one", examples=[["overall survival"]])
    format: str | None = Field(None, description="json, graphml, cytoscape, node-link or svg; precedes path suffix and Accept")


class ChainParameters(BaseModel):
    """The two ends of a chain."""

    model_config = ConfigDict(extra="forbid")

    start: str = Field(alias="from", min_length=1, max_length=1000, description="a treatment: id, name or drugs", examples=["Blincyto"])
    to: str = Field(min_length=1, max_length=1000, description="another treatment", examples=["inotuzumab ozogamicin"])
    format: str | None = Field(None, description="json")


@router.head("/network", include_in_schema=False)
@router.get(
    "/network", summary="The evidence network: treatments, and the studies that compare them", response_model=NetworkResponse,
    responses={200: {"content": {form: {} for form in (evidencenetwork.FORMS["graphml"], evidencenetwork.FORMS["svg"])}}},
)  # fmt: skip
def evidence(request: Request, asked: Annotated[NetworkFilters, Query()]) -> Response:
    """Return the network that meets the filters, in the requested format."""
    return _respond_network(request, asked, "")


@router.api_route("/network.{suffix}", methods=["GET", "HEAD"], include_in_schema=False)
def evidence_as(request: Request, asked: Annotated[NetworkFilters, Query()], suffix: str) -> Response:
    """Return the network in the format of the path suffix."""
    if suffix not in evidencenetwork.FORMS:
        return problems.response(404, f"there is no format {suffix[:80]!r}; there are {', '.join(evidencenetwork.FORMS)}")
    return _respond_network(request, asked, suffix)


@router.head("/network/path", include_in_schema=False)
@router.get(
    "/network/path", summary="The shortest chain of comparisons between two treatments, or why there is none", response_model=ChainResponse
)
def path(request: Request, asked: Annotated[ChainParameters, Query()]) -> Response:
    """Return the chain of comparisons that links two treatments, or why there is none."""
    wanted = responses.negotiate(request, "", {"json": tables.JSON})
    catalogue = _catalogue(request)

    def write_body() -> bytes:
        return tables.make_visible(evidencenetwork.chain_json(evidencenetwork.chain(catalogue, asked.start, asked.to)), wanted)

    return _respond(request, catalogue, wanted, "json", write_body)


def _respond_network(request: Request, asked: NetworkFilters, suffix: str) -> Response:
    wanted = responses.negotiate(request, suffix, evidencenetwork.FORMS)
    catalogue = _catalogue(request)
    named = responses.format_name(request, suffix, evidencenetwork.FORMS, wanted)

    def write_body() -> bytes:
        filters = {name: values for name, values in asked.model_dump(exclude={"format"}).items() if values}
        return evidencenetwork.write(catalogue, network.read(catalogue, **filters), named, filters)

    return _respond(request, catalogue, wanted, named, write_body)


def _respond(request: Request, catalogue: Catalogue, wanted: str, named: str, write_body: Callable[[], bytes]) -> Response:
    """Return the response with the body of ``write_body``, or 304 (conditional GET); an unknown name is 422."""
    asked = sorted((name, value) for name, value in request.query_params.multi_items() if name != "format")
    try:
        return conditional.respond(
            request, catalogue.version, [_SOFTWARE, catalogue.state, asked, named], wanted, lambda: (write_body(), {})
        )
    except UnknownName as error:
        return problems.unknown_filter_value(error)


def _catalogue(request: Request) -> Catalogue:
    return cast(State, request.app.state.service).catalogue
