"""Routes of look-ups under ``/v1``: collections, one thing by any of its names, and nested lists; each asks questions of ``queries/``.

Annotations are evaluated here where a function is defined: the handlers of lists take the model of their own filters.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Annotated, Any, Final, cast
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.routing import APIRoute

from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import jsonld, vocabulary
from mabgraph.ingest.errors import QuestionError, UnknownName

from ..collections import models, resources, tables
from ..collections.models import ListParameters, MatchItem, SearchResponse
from ..collections.resources import Collection, Row
from ..http import conditional, problems, responses, signposts
from ..http.state import State
from .index import NAME, LookupRoute

#: The start document and the search.
router = APIRouter(prefix="/v1")
#: Lists, and things by name, as they are in the OpenAPI document.
lists = APIRouter(prefix="/v1", route_class=LookupRoute)
#: Further routes of the same: with a path suffix, and for names with a slash.
others = APIRouter(prefix="/v1", route_class=LookupRoute, include_in_schema=False)

_METHODS: Final = ["GET", "HEAD"]
_ALLOWED: Final = "GET, HEAD, OPTIONS"
_SOFTWARE: Final = metadata.version("mabgraph")
#: The URI template of each collection, by name.
_TEMPLATES: Final[dict[str, str]] = {}


@router.head("", include_in_schema=False)
@router.get("", summary="All collections")
@router.get("/", include_in_schema=False)
def start(response: Response) -> dict[str, dict[str, str]]:
    """Return the start document: paths, URI templates with filters (RFC 6570), and formats."""
    response.headers["Link"] = signposts.fit((), beside=signposts.listing())
    return {"links": links(), "templates": _TEMPLATES, "formats": dict(tables.FORMS)}


def address_summaries() -> dict[str, str]:
    """Return a sentence on each collection and further path, by path."""
    beside = {
        links()["compare"]: "estimates side by side: which may be pooled, the reasons against it, and exports",
        "/v1/network": "which treatments were compared, and on what evidence",
    }
    return {f"/v1/{collection.name}": collection.question.summary for collection in resources.COLLECTIONS} | beside


def links() -> dict[str, str]:
    """Return the paths of all collections and further look-ups, by name."""
    beside = {"search": "/v1/search?q=CD19", "compare": "/v1/compare?drug=blinatumomab&endpoint=overall-survival", "network": "/v1/network"}
    return {collection.name: f"/v1/{collection.name}" for collection in resources.COLLECTIONS} | beside


@router.head("/search", include_in_schema=False)
@router.get("/search", summary="Things of any kind by name, best first", responses={422: problems.RESPONSES[422]})
def search(
    request: Request,
    q: Annotated[str, Query(min_length=1, max_length=200, description="a name, or a part of it", examples=["daratumumab"])],
    limit: Annotated[int, Query(ge=1, le=100, description="most matches to return")] = 20,
) -> SearchResponse:
    """Return the things with the names most similar to ``q``."""
    catalogue = _catalogue(request)
    matches = [
        MatchItem(kind=kind, id=iri, name=name, url=_url(kind, iri), likeness=likeness)
        for kind, iri, name, likeness in catalogue.names.search(q, limit)
    ]
    return SearchResponse(dataset=catalogue.version, total=len(matches), items=matches)


@dataclass(frozen=True)
class Parent:
    """The thing that a nested list is of: its collection, the name in the path, its IRI, and the filter that takes it."""

    collection: Collection
    name: str
    iri: str
    parameter: str

    def missing(self, catalogue: Catalogue) -> Response | None:
        """Return the problem (404) if there is no such thing; asks one query."""
        return None if self.collection.exists(catalogue, self.iri) else _unknown(self.collection, self.name)


class LookupRefused(Exception):
    """Raised while a response is written, when a thing does not exist; ``response`` is the problem to send."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def _install() -> None:
    """Add the routes of every collection: nested lists first, because names may contain slashes."""
    for above, below, parameter in resources.NESTED:
        _add_nested_list(above.name + "/{name}/" + below.name, below, above, parameter)
    _add_nested_list(f"vocab/{NAME}", resources.CONCEPTS, resources.SCHEMES, "scheme")
    for collection in resources.COLLECTIONS:
        _add_list(collection)
    for collection in resources.COLLECTIONS:
        if collection is not resources.SCHEMES:
            _add_item(collection)
    for path in dict.fromkeys(cast(APIRoute, route).path for each in (router, lists, others) for route in each.routes):
        others.add_api_route(path.removeprefix(others.prefix), _options, methods=["OPTIONS"], route_class_override=APIRoute)


def _options(request: Request) -> Response:
    """Return the allowed methods, without looking the name up."""
    return Response(status_code=204, headers={"Allow": _ALLOWED, "Mabgraph-Dataset": _catalogue(request).version})


def _add_list(collection: Collection) -> None:
    """Add the routes of the list of a whole collection."""
    model: type[ListParameters] = models.filters(collection)

    def answer_list(request: Request, filters: Annotated[model, Query()]) -> Response:  # type: ignore[valid-type]
        return _list_response(request, collection, filters, None, request.path_params.get("suffix", ""))

    _TEMPLATES[collection.name] = models.template(f"/v1/{collection.name}", model)
    _describe_list(collection.name, answer_list, collection, None)
    others.add_api_route(f"/{collection.name}.{{suffix}}", answer_list, methods=_METHODS)


def _add_nested_list(path: str, collection: Collection, above: Collection, parameter: str) -> None:
    """Add the routes of the list of ``collection`` under a thing of ``above``, which the filter ``parameter`` takes."""
    implied = [each.name for each in collection.parameters if each.name.startswith(parameter)]
    model: type[ListParameters] = models.filters(collection, implied)

    def answer_nested_list(request: Request, name: str, filters: Annotated[model, Query()]) -> Response:  # type: ignore[valid-type]
        suffix = request.path_params.get("suffix", "")
        if path.endswith(NAME) and not suffix:
            name, suffix = _split_suffix(name)
        iri = _find_iri(_catalogue(request), above, name)
        if isinstance(iri, Response):
            return iri
        return _list_response(request, collection, filters, Parent(above, name, iri, parameter), suffix)

    _describe_list(path, answer_nested_list, collection, above)
    slashed = path.replace(NAME, "{name:path}")
    others.add_api_route(f"/{slashed}.{{suffix}}", answer_nested_list, methods=_METHODS)
    others.add_api_route(f"/{slashed}", answer_nested_list, methods=_METHODS)


def _describe_list(path: str, handler: Callable[..., Response], collection: Collection, above: Collection | None) -> None:
    """Add the route of a list that is in the OpenAPI document."""
    what = collection.name.title() if above is None else f"{collection.name.title()} of one of {above.name}"
    formats = {form: dict[str, Any]() for form in tables.FORMS.values() if form != tables.JSON}
    on: dict[str, Any] = {"content": formats, "links": models.item_links(collection)}
    lists.add_api_route(
        f"/{path}", handler, summary=f"{what}, page by page", description=collection.question.summary,
        response_model=models.page_model(collection), operation_id=models.operation(path), responses=models.errors(above) | {200: on},
    )  # fmt: skip


def _add_item(collection: Collection) -> None:
    """Add the routes of one thing of a collection."""

    def one(
        request: Request,
        name: str,
        format: Annotated[str | None, Query(description="json, ndjson, csv, tsv, xlsx, jsonld or ttl")] = None,
    ) -> Response:
        """Return the thing, by any of its names."""
        return _item_response(request, collection, name)

    lists.add_api_route(
        f"/{collection.name}/{{name}}", one, summary=f"One of {collection.name}, by any of its names",
        operation_id=f"one_{collection.name}", response_model=models.one_model(collection),
        responses=models.errors(collection) | {200: {"links": models.nested_links(collection)}},
    )  # fmt: skip
    others.add_api_route(f"/{collection.name}/{{name:path}}", one, methods=_METHODS)


def _list_response(request: Request, collection: Collection, asked: ListParameters, parent: Parent | None, suffix: str) -> Response:
    """Return a page of ``collection``, or of what is under ``parent``, in the negotiated format, or 304."""
    catalogue, columns = _catalogue(request), list(collection.columns)
    chosen = [name.strip() for name in asked.fields.split(",")] if asked.fields is not None else columns
    unknown = [name for name in chosen if name not in columns]
    wanted = _wanted_type(request, suffix)
    if unknown and not isinstance(wanted, Response):
        wanted = problems.response(422, f"fields: {unknown[0][:80]!r} is none of {', '.join(columns)}")
    if isinstance(wanted, Response):
        return (parent and parent.missing(catalogue)) or wanted

    def body() -> conditional.BodyAndHeaders:
        if parent and (missing := parent.missing(catalogue)):
            raise LookupRefused(missing)
        filters = models.question_parameters(collection, asked) | ({parent.parameter: [parent.iri]} if parent else {})
        rows, total = collection.find(catalogue, filters, asked.page_size, (asked.page - 1) * asked.page_size)
        link = {"Link": _links(request, asked, total), "Mabgraph-Total": str(total)}
        if wanted in tables.GRAPHS:
            return _graph(catalogue, [str(row["id"]) for row in rows], wanted), link
        page = {"dataset": catalogue.version, "total": total, "page": asked.page, "page_size": asked.page_size}
        shown = rows if asked.fields is None else [{name: row.get(name) for name in chosen} for row in rows]
        return tables.write(shown, chosen, wanted, page, page | _about(request)), link

    return _respond(request, catalogue, wanted, body)


def _wanted_type(request: Request, suffix: str) -> str | Response:
    """Return the media type of a list, or the problem: 404 for an unknown suffix, 406."""
    if suffix and suffix not in tables.FORMS:
        return problems.response(404, f"there is no format {suffix[:80]!r}; there are {', '.join(tables.FORMS)}")
    return responses.negotiate(request, suffix, tables.FORMS)


def _item_response(request: Request, collection: Collection, name: str) -> Response:
    """Return one thing of ``collection`` in the negotiated format, or 304."""
    unknown = [key for key in request.query_params if key != "format"]
    if unknown:
        return problems.response(422, f"{unknown[0][:80]}: unknown parameter; allowed are format")
    catalogue = _catalogue(request)
    stem, suffix = _split_suffix(name)
    wanted = responses.negotiate(request, suffix, tables.FORMS)
    if isinstance(wanted, Response):
        return wanted
    iri = _find_iri(catalogue, collection, stem)
    if isinstance(iri, Response):
        return iri

    def body() -> conditional.BodyAndHeaders:
        rows = _rows(catalogue, collection, iri)
        if not rows:
            raise LookupRefused(_unknown(collection, stem))
        related = signposts.external_links([rows[0].get("doi")], [rows[0].get("registration")])
        link = {"Link": signposts.row(iri, collection.name, related)}
        if wanted in tables.GRAPHS:
            return _graph(catalogue, [iri], wanted), link
        if wanted == tables.JSON:
            return tables.write_one((_details if collection.details else _row)(catalogue, collection, iri, rows[0])), link
        about = {"dataset": catalogue.version} | _about(request)
        return tables.write(rows, list(collection.columns), wanted, {}, about), link

    return _respond(request, catalogue, wanted, body)


def _split_suffix(name: str) -> tuple[str, str]:
    """Split a path segment into name and format suffix; another dot in a name is no suffix.

    >>> _split_suffix("TOWER.csv"), _split_suffix("CheckMate-205.b")
    (('TOWER', 'csv'), ('CheckMate-205.b', ''))
    """
    stem, _, suffix = name.rpartition(".")
    return (stem, suffix) if stem and suffix in tables.FORMS else (name, "")


def _row(catalogue: Catalogue, collection: Collection, iri: str, row: Row) -> Row:
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


def _find_iri(catalogue: Catalogue, collection: Collection, name: str) -> str | Response:
    """Return the IRI of the thing named ``name``, or the problem: 300 with choices, or 404; asks no query."""
    try:
        return collection.iri(catalogue, name)
    except UnknownName as error:
        urls = [collection.url(choice) for choice in error.choices]
        links = (
            {"Link": signposts.fit([f'<{url}>; rel="alternate"' for url in urls], f'</v1/{collection.name}>; rel="collection"')}
            if urls
            else None
        )
        return problems.response(300 if urls else 404, str(error), links, list(error.near), urls)
    except QuestionError:
        return _unknown(collection, name)


def _rows(catalogue: Catalogue, collection: Collection, iri: str) -> list[Row]:
    """Return the row of the thing ``iri``; none if there is no such thing."""
    try:
        return collection.find(catalogue, {collection.one: [iri]}, 100, 0)[0]
    except (UnknownName, QuestionError):
        return []


def _unknown(collection: Collection, name: str) -> Response:
    return problems.response(404, f"no {collection.one} is called {name[:80]!r}; see /v1/{collection.name}")


def _respond(request: Request, catalogue: Catalogue, wanted: str, body: Callable[[], conditional.BodyAndHeaders]) -> Response:
    """Return the response with the body of ``body``, or 304 (conditional GET); an unknown name in a filter is 422."""
    asked = sorted((name, value) for name, value in request.query_params.multi_items() if name != "format")
    try:
        return conditional.respond(request, catalogue.version, [_SOFTWARE, catalogue.state, asked], wanted, body)
    except LookupRefused as error:
        return error.response
    except UnknownName as error:
        return problems.unknown_filter_value(error)


def _links(request: Request, asked: ListParameters, total: int) -> str:
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


def _graph(catalogue: Catalogue, iris: Sequence[str], wanted: str) -> bytes:
    """Return the triples about the things ``iris`` as Turtle, or as JSON-LD compacted with our context."""
    if wanted == tables.JSONLD:
        return jsonld.compacted(catalogue.serialise("graph-of", {"resource": iris}, "application/n-triples") if iris else b"")
    return catalogue.serialise("graph-of", {"resource": iris}, wanted) if iris else b""


def _about(request: Request) -> dict[str, Any]:
    """Return the provenance of rows: path with query string, and each parameter."""
    query = request.url.query
    parameters = {f"parameter {name}": ", ".join(request.query_params.getlist(name)) for name in request.query_params}
    return {"address": request.url.path + (f"?{query}" if query else "")} | parameters


def _url(kind: str, iri: str) -> str:
    collection = next((collection for collection in resources.COLLECTIONS if collection.one == kind), None)
    return collection.url(iri) if collection else resources.address(iri)


def _catalogue(request: Request) -> Catalogue:
    return cast(State, request.app.state.service).catalogue


_install()
