"""Pages of the whole evidence: the network of treatments, chains in it, disagreements, and what the dataset is."""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request, Response

from mabgraph.graph.network import network, reach
from mabgraph.graph.store import vocabulary
from mabgraph.ingest.errors import UnknownName

from ..collections import resources
from ..exports import evidencenetwork
from ..http import signposts
from ..http.problems import ProblemError, unknown_filter_value
from ..pages.places import group_rows
from . import linked
from .networks import ChainParameters, NetworkFilters
from .pageresponse import METHODS, respond, service_of, values_of_all

router = APIRouter(include_in_schema=False)

#: Disagreements on one page.
SIZE: Final = 50


@router.api_route("/network", methods=METHODS)
def evidence(request: Request, asked: Annotated[NetworkFilters, Query()]) -> Response:
    """Return the page of the evidence network: as a table, with its picture as a link, and what does not meet."""
    catalogue = service_of(request).catalogue

    def write() -> dict[str, Any]:
        query = urlencode([(name, value) for name, value in request.query_params.multi_items() if value and name != "format"])
        data = [(f"/v1/network.{form}{'?' + query if query else ''}", form) for form in evidencenetwork.FORMS]
        filters = [[each for each in several if each] for several in (asked.drug, asked.target, asked.condition, asked.endpoint)]
        try:
            shown = network.read(catalogue, *filters)
        except UnknownName as error:
            raise ProblemError(unknown_filter_value(error), str(error)) from None
        names = {name: each.name for name, each in shown.treatments.items()}
        return values_of_all(request, "/network", data) | {
            "network": shown, "gaps": reach.gaps(shown), "names": names, "query": query, "asked": asked.model_dump(),
            "study": lambda iri: f"/studies/{quote(vocabulary.local_name(iri))}",
        }  # fmt: skip

    return respond(request, "network.html", write)


@router.api_route("/network/path", methods=METHODS)
def path(request: Request, asked: Annotated[ChainParameters, Query()]) -> Response:
    """Return the page of the shortest chain of comparisons between two treatments, or why there is none."""
    catalogue = service_of(request).catalogue

    def write() -> dict[str, Any]:
        try:
            chain = evidencenetwork.chain(catalogue, asked.start, asked.to)
        except UnknownName as error:
            raise ProblemError(unknown_filter_value(error), str(error)) from None
        data = [(f"/v1/network/path?{urlencode({'from': asked.start, 'to': asked.to})}", "json")]
        return values_of_all(request, "/network", data) | {
            "chain": chain,
            "asked": asked,
            "study": lambda iri: f"/studies/{quote(vocabulary.local_name(iri))}",
        }

    return respond(request, "chain.html", write)


@router.api_route("/discrepancies", methods=METHODS)
def discrepancies(request: Request, document: str = "", page: int = Query(1, ge=1, le=100_000)) -> Response:
    """Return the page of disagreements, each with both sides as links to their characters."""
    catalogue = service_of(request).catalogue

    def write() -> dict[str, Any]:
        filters: dict[str, list[str]] = {"document": [document]} if document else {}
        rows, total = resources.DISCREPANCIES.find(catalogue, filters, SIZE, SIZE * (page - 1))
        asked = [str(row["id"]) for row in rows]
        sides = group_rows(catalogue.ask("discrepancies", {"discrepancy": asked}) if asked else (), "discrepancy")
        kept = {"document": document} if document else {}
        return values_of_all(request, "/discrepancies", [(f"/v1/discrepancies.{suffix}", suffix) for suffix in ("json", "csv")]) | {
            "groups": [sides[name] for name in asked if name in sides], "total": total, "document": document,
            "documents": [vocabulary.local_name(str(row["id"])) for row in catalogue.ask("documents")],
            "previous": f"?{urlencode(kept | {'page': page - 1})}" if page > 1 else "",
            "following": f"?{urlencode(kept | {'page': page + 1})}" if SIZE * page < total else "",
        }  # fmt: skip

    return respond(request, "discrepancies.html", write)


@router.api_route("/about", methods=METHODS)
def about(request: Request) -> Response:
    """Return the page about the dataset: what it holds, how numbers are read, licences, and how to cite it."""
    state = service_of(request)

    def write() -> dict[str, Any]:
        manifest = state.catalogue.dataset.manifest
        return values_of_all(request, "/about", [(f"/.well-known/void?format={suffix}", suffix) for suffix in signposts.FORMS]) | {
            "manifest": manifest, "files": linked.files(state), "documents": state.catalogue.ask("documents"), "base": vocabulary.base(),
            "local": vocabulary.local_name, "ledger": state.catalogue.ask("ledger"),
        }  # fmt: skip

    return respond(request, "about.html", write)
