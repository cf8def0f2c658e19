"""Representations of look-ups: the fields of one thing, links between pages, graphs, and the provenance of rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode

from starlette.requests import Request

from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import jsonld, vocabulary

from ..collections import claims, resources, tables
from ..collections.models import ListParameters
from ..collections.resources import Collection, Row
from ..http import signposts

#: The longest header that says how filters were read, and the characters that stand in it as they are.
UNDERSTOOD: Final = 1000
PRINTABLE: Final = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")
#: The questions for the triples about things that something stands beside, by the name of their collection.
_GRAPHS: Final = {resources.CLAIMS.name: "graph-of-claims", resources.ESTIMATES.name: "graph-of-estimates"}


def thing(catalogue: Catalogue, collection: Collection, iri: str, row: Row) -> Row:
    """Return the fields of one thing, from its ``row`` in the list of its collection; with its details, if there are any."""
    if collection.details:
        return _details(catalogue, collection, iri, row)
    urls = {name: resources.address(str(row[name])) for name in ("study", "document", "of") if vocabulary.is_ours(str(row.get(name)))}
    endpoint = {"endpoint": resources.ENDPOINTS.url(str(row["endpoint"]))} if collection is resources.ESTIMATES else {}
    return row | {"dataset": catalogue.version, "links": urls | endpoint | _links_below(collection, str(row["url"]))}


def _details(catalogue: Catalogue, collection: Collection, iri: str, row: Row) -> Row:
    """Return a thing with the rows of its details question, by kind."""
    assert collection.details is not None
    details_by_kind = resources.details(catalogue.ask(collection.details, {collection.one: iri}))
    for several in details_by_kind.values():
        for each in several:
            if (url := resources.address(each["value"])) != each["value"]:
                each["url"] = url
    return {
        "iri": iri, "url": row["url"], "label": row["label"], "definition": row.get("definition"), "dataset": catalogue.version,
        "details": details_by_kind, "links": _links_below(collection, str(row["url"])),
    }  # fmt: skip


def _links_below(collection: Collection, url: str) -> dict[str, str]:
    return {below.name: f"{url}/{below.name}" for above, below, _ in resources.NESTED if above is collection}


def page_links(request: Request, asked: ListParameters, total: int) -> str:
    """Return the links between pages (RFC 8288), no longer than proxies accept; the last page has no ``next``.

    A link repeats the filters, which may be long. If not all fit, the order of priority is next, previous, first, last, and a link to the
    OpenAPI document is added, which describes paging. Signposts follow.
    """
    filters = dict.fromkeys((name, value) for name, value in request.query_params.multi_items() if name not in {"page", "page_size"})
    last = max(1, -(-total // asked.page_size))
    pages = {"next": asked.page + 1, "prev": asked.page - 1, "first": 1, "last": last}
    begun = f"<{quote(request.url.path, safe='/%')}?{urlencode([*filters, ('page', '')])}"
    links = [f'{begun}{page}&page_size={asked.page_size}>; rel="{name}"' for name, page in pages.items() if 1 <= page <= last]
    return signposts.fit(links, '</openapi.json>; rel="service-desc"', signposts.listing())


def graph(catalogue: Catalogue, collection: Collection, iris: Sequence[str], wanted: str) -> bytes:
    """Return the triples about the things ``iris`` as Turtle, or as JSON-LD compacted with our context.

    With claims come their places and figures, with estimates their discrepancies, caveats and limitations.
    """
    asked = _GRAPHS.get(collection.name, "graph-of")
    if wanted == tables.JSONLD:
        triples = catalogue.serialise(asked, {"resource": iris}, "application/n-triples") if iris else b""
        return jsonld.compact(triples, iris[0] if len(iris) == 1 and collection is resources.ESTIMATES else "")
    return catalogue.serialise(asked, {"resource": iris}, wanted) if iris else b""


def subject(row: Row) -> str:
    """Return what the graph describes of a row: the thing itself; of a number of a row of a registry record, the result that it is of."""
    return str(row["of"] if "of" in row and row.get("start") is None and row.get("pointer") else row["id"])


def table(collection: Collection, rows: list[Row]) -> list[Row]:
    """Return rows for a table: of claims, quotes and figures as texts, one on each line."""
    return [claims.flatten(row) for row in rows] if collection is resources.CLAIMS else rows


def provenance(request: Request) -> dict[str, Any]:
    """Return the provenance of rows: path with query string, and each parameter."""
    query = request.url.query
    parameters = {f"parameter {name}": ", ".join(request.query_params.getlist(name)) for name in request.query_params}
    return {"address": request.url.path + (f"?{query}" if query else "")} | parameters


def understood_header(words: str) -> dict[str, str]:
    """Return the header that says how filters were read: at most 1,000 characters, percent-encoded beyond ASCII; none without filters."""
    return {"Mabgraph-Understood": quote(words[:UNDERSTOOD], safe=PRINTABLE)[:UNDERSTOOD]} if words else {}
