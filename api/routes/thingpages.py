"""Pages of drugs, targets, conditions and end points: results by end point, the studies (planned ones too), and what authors say."""

from __future__ import annotations

from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request, Response

from mabgraph.graph.compare.compare import MOST
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary

from ..collections import resources
from ..collections.resources import Collection, Row
from ..http import signposts
from ..pages import results
from . import markup
from .listpages import LISTS
from .pageresponse import METHODS, respond, service_of, values_of_all
from .things import find_iri, find_rows, unknown_thing

router = APIRouter(include_in_schema=False)

#: Results on one page, and things and claims beside them.
SIZE: Final = 100
_BESIDE: Final = 50


class Beside(NamedTuple):
    """A list beside the results of a thing: its heading, its collection, and the address of its things."""

    heading: str
    collection: Collection
    address: str


_STUDIES: Final = Beside("Studies, planned ones too", resources.TRIALS, "studies")
_DRUGS: Final = Beside("Drugs", resources.DRUGS, "drugs")
#: The kinds of things with a page, by their address: the lists beside their results.
_KINDS: Final = {
    "drugs": (_STUDIES, Beside("Targets", resources.TARGETS, "targets"), Beside("Conditions", resources.CONDITIONS, "conditions")),
    "targets": (_DRUGS, _STUDIES),
    "conditions": (_DRUGS, _STUDIES),
    "endpoints": (),
}


def _add(kind: str, beside: tuple[Beside, ...]) -> None:
    collection = LISTS[kind].collection

    def answer_thing(request: Request, name: str, page: int = Query(1, ge=1, le=100_000)) -> Response:
        catalogue = service_of(request).catalogue
        iri = find_iri(catalogue, collection, name)
        rows = find_rows(catalogue, collection, iri)
        if not rows:
            raise unknown_thing(collection, name)
        links = signposts.resource(iri.removeprefix(vocabulary.base()))
        head = signposts.elements(links)
        return respond(request, "thing.html", lambda: _values(request, kind, beside, rows[0], page, head), signposts.field(links))

    router.add_api_route(f"/{kind}/{{name}}", answer_thing, methods=METHODS)


def _values(request: Request, kind: str, beside: tuple[Beside, ...], row: Row, page: int, head: str) -> dict[str, Any]:
    catalogue, collection, iri = service_of(request).catalogue, LISTS[kind].collection, str(row["id"])
    local = quote(vocabulary.local_name(iri))
    shown, total = results.load_page(catalogue, {collection.one: iri}, SIZE, SIZE * (page - 1))
    compare = f"/compare?{urlencode({collection.one: vocabulary.local_name(iri)})}"
    data = [(f"/v1/{collection.name}/{local}.json", "json"), (f"/v1/estimates.csv?{urlencode({collection.one: iri})}", "results, csv")]
    groups: dict[str, list[results.ShownResult]] = {}
    for each in shown:
        groups.setdefault(str(each.row["endpoint_label"]), []).append(each)
    return values_of_all(request, f"/{kind}", data, head + markup.thing(iri, catalogue.ask("statements", {"resource": iri}))) | {
        "thing": row, "kind": LISTS[kind].heading, "groups": groups, "total": total, "first": SIZE * (page - 1) + 1, "shown": len(shown),
        "facts": [(name.replace("_", " "), row[name]) for name in ("class", "targets", "identifiers", "broader", "kind") if row.get(name)],
        "beside": [_list(catalogue, each, collection.one, iri) for each in beside],
        "claims": _claims(catalogue, collection.one, iri), "compare": compare if total <= MOST else "",
        "previous": f"?page={page - 1}" if page > 1 else "", "following": f"?page={page + 1}" if SIZE * page < total else "",
    }  # fmt: skip


def _list(catalogue: Catalogue, beside: Beside, parameter: str, iri: str) -> dict[str, Any]:
    rows, total = beside.collection.find(catalogue, {parameter: [iri]}, _BESIDE, 0)
    things = [(f"/{beside.address}/{quote(vocabulary.local_name(str(row['id'])))}", row["label"]) for row in rows]
    return {"heading": beside.heading, "things": things, "total": total}


def _claims(catalogue: Catalogue, parameter: str, iri: str) -> list[Row]:
    """Return what authors say of a drug or target, with the quotes it rests on; of other things the list of claims has no filter."""
    if parameter not in {each.name for each in resources.CLAIMS.parameters}:
        return []
    return resources.CLAIMS.find(catalogue, {parameter: [iri]}, _BESIDE, 0)[0]


for _kind, _beside in _KINDS.items():
    _add(_kind, _beside)
