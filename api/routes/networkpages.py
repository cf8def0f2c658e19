"""Pages of the evidence network: its picture with links, the same as a table, and the chain between two treatments."""

from __future__ import annotations

from threading import Lock
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from cachetools import LRUCache, cached
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from mabgraph.graph.network import network, reach, treatments
from mabgraph.graph.network.declaration import Gap
from mabgraph.graph.network.network import Network
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.ingest.errors import UnknownName

from ..collections import resources
from ..exports import evidencenetwork, takeaway
from ..http.problems import ProblemError, unknown_filter_value
from ..pages import filtering, networkpicture
from ..pages.filtering import Filtering
from .networks import ChainParameters
from .pageresponse import METHODS, respond, service_of, values_of_all

router = APIRouter(include_in_schema=False)

#: Comparisons and treatments of the tables; all are in the files. Most names that the fields of a chain suggest.
SIZE: Final = 200
#: Most studies that the row of a treatment names.
NAMED: Final = 20
#: Networks that are kept, by the state of the dataset and the filters.
_KEPT: Final = 8


@router.api_route("/network", methods=METHODS)
def evidence(request: Request) -> Response:
    """Return the page of the evidence network: its picture, the same as a table, and what does not meet."""
    sent = [each for each in request.query_params.multi_items() if each[0] != "format"]
    known = [each for each in resources.ESTIMATES.parameters if each.name in takeaway.NETWORK_FILTERS]
    filtered = filtering.read("/network", sent, known)
    if any(not value.strip() for _, value in sent):
        return RedirectResponse(filtered.at(1), 303)
    return respond(request, "network.html", lambda: _values(request, filtered))


def _values(request: Request, filtered: Filtering) -> dict[str, Any]:
    catalogue = service_of(request).catalogue
    query = f"?{filtered.query()}" if filtered.parameters else ""
    shown = _network(catalogue, filtered)
    emptiness = None if shown.treatments or shown.announced else evidencenetwork.explain_empty(catalogue, filtered.filters)
    data = [(f"/v1/network.{form}{query}", form) for form in evidencenetwork.FORMS]
    return values_of_all(request, "/network", data) | {
        "network": shown, "links": shown.links[:SIZE], "treatments": list(shown.treatments.values())[:SIZE],
        "gaps": reach.gaps(shown) if len(shown.treatments) <= SIZE else (),
        "names": {name: each.name for name, each in shown.treatments.items()}, "query": query, "picture": networkpicture.draw(shown),
        "study": networkpicture.study_address, "anchor": networkpicture.anchor, "filtered": filtered, "labels": shown.names,
        "fields": filtering.fields(catalogue, resources.ESTIMATES.parameters, takeaway.NETWORK_FILTERS),
        "empty": str(emptiness or ""), "most": SIZE, "named": NAMED,
    }  # fmt: skip


@cached(LRUCache(_KEPT), key=lambda catalogue, filtered: (catalogue.state, filtered.parameters), lock=Lock())
def _network(catalogue: Catalogue, filtered: Filtering) -> Network:
    """Return the network that meets the filters; those asked for last are kept.

    :raises ProblemError: (422) for an unknown name.
    """
    try:
        return network.read(catalogue, **filtered.filters)
    except UnknownName as error:
        raise ProblemError(unknown_filter_value(error), str(error)) from None


@router.api_route("/network/path", methods=METHODS)
def path(request: Request, asked: Annotated[ChainParameters, Query()]) -> Response:
    """Return the page of the shortest chain of comparisons between two treatments, or why there is none."""
    catalogue = service_of(request).catalogue

    def write() -> dict[str, Any]:
        whole = _network(catalogue, Filtering("/network", ()))
        try:
            one, other = (treatments.find(whole.treatments, catalogue.names, name).id for name in (asked.start, asked.to))
        except UnknownName as error:
            raise ProblemError(unknown_filter_value(error), str(error)) from None
        chain = reach.chain(whole, one, other)
        data = [(f"/v1/network/path?{urlencode({'from': asked.start, 'to': asked.to})}", "json")]
        return values_of_all(request, "/network", data) | {
            "steps": () if isinstance(chain, Gap) else chain.steps, "gap": chain.text if isinstance(chain, Gap) else "", "asked": asked,
            "study": networkpicture.study_address, "names": {name: each.name for name, each in whole.treatments.items()},
        }  # fmt: skip

    return respond(request, "chain.html", write)
