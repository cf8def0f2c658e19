"""Routes of look-ups under ``/v1``: collections, one thing by any of its names, and nested lists; each asks questions of ``queries/``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
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
from ..collections.resources import Collection, FilterValues, Row
from ..http import problems, responses, signposts
from ..http.state import State
from .direct import NAME, Parts, Route

#: The look-ups in the OpenAPI document.
router = APIRouter(prefix="/v1")
#: Further routes of the same look-ups: with a path suffix, and for names with a slash.
others = APIRouter(prefix="/v1", include_in_schema=False)

_METHODS: Final = ["GET", "HEAD"]
_ALLOWED: Final = "GET, HEAD, OPTIONS"
_SOFTWARE: Final = metadata.version("mabgraph")
#: The handlers by path, for :mod:`.direct`.
ROUTES: Final[dict[Parts, Route]] = {}
#: The URI template of each collection, by name.
_TEMPLATES: Final[dict[str, str]] = {}


@others.head("")
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


@others.head("/search")
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


def _install() -> None:
    """Add the routes of every collection: nested lists first, because names may contain slashes."""
    for above, below, parameter in resources.NESTED:
        _add_list_routes(above.name + "/{name}/" + below.name, below, above, parameter)
    _add_list_routes("vocab/{name}", resources.CONCEPTS, resources.SCHEMES, "scheme")
    for collection in resources.COLLECTIONS:
        _add_list_routes(collection.name, collection)
    for collection in resources.COLLECTIONS:
        if collection is not resources.SCHEMES:
            _add_item_routes(collection)
    for path in dict.fromkeys(cast(APIRoute, route).path for route in (*router.routes, *others.routes)):
        others.add_api_route(path.removeprefix(others.prefix), _options, methods=["OPTIONS"])


def _options(request: Request) -> Response:
    """Return the allowed methods, without looking the name up."""
    fields = {"Allow": _ALLOWED, "Mabgraph-Dataset": _catalogue(request).version}
    return Response(status_code=204, headers={**fields, **responses.SHARED})


def _add_list_routes(path: str, collection: Collection, above: Collection | None = None, parameter: str = "") -> None:
    """Add the routes of a list: of a whole collection, or nested under a thing of ``above``."""
    implied = [each.name for each in collection.parameters if parameter and each.name.startswith(parameter)]
    model: type[ListParameters] = models.filters(collection, implied)
    what = collection.name.title() if above is None else f"{collection.name.title()} of one of {above.name}"

    def answer_below(request: Request, name: str, filters: Any, suffix: str = "") -> Response:
        assert above is not None
        if path.endswith(NAME) and not suffix:
            name, suffix = _split_suffix(name)
        iri, _, refusal = _resolve(_catalogue(request), above, name)
        return refusal or _list_response(request, collection, filters, {parameter: [iri]}, suffix)

    def answer_whole(request: Request, filters: Any, suffix: str = "") -> Response:
        return _list_response(request, collection, filters, {}, suffix)

    answer: Callable[..., Response] = answer_whole if above is None else answer_below
    answer.__annotations__["filters"] = Annotated[model, Query()]
    described = {k: v for k, v in answer.__annotations__.items() if k != "suffix"}

    def call(**values: Any) -> Response:
        return answer(**values)

    signature = inspect.signature(answer)
    shown = [value.replace(annotation=described.get(key)) for key, value in signature.parameters.items() if key != "suffix"]
    call.__signature__ = signature.replace(parameters=shown)  # type: ignore[attr-defined]
    ROUTES[tuple(path.split("/"))] = Route(model, answer)
    if above is None:
        _TEMPLATES[collection.name] = models.template(f"/v1/{path}", model)
    formats = {form: dict[str, Any]() for form in tables.FORMS.values() if form != tables.JSON}
    on: dict[str, Any] = {"content": formats, "links": models.item_links(collection)}
    router.add_api_route(
        f"/{path}", call, summary=f"{what}, page by page", description=collection.question.summary,
        response_model=models.page_model(collection), operation_id=models.operation(path), responses=models.errors(above) | {200: on},
    )  # fmt: skip
    others.add_api_route(f"/{path}", answer, methods=["HEAD"])
    others.add_api_route(f"/{path.replace('{name}', '{name:path}')}.{{suffix}}", answer, methods=_METHODS)
    if above is not None:
        others.add_api_route(f"/{path.replace('{name}', '{name:path}')}", answer, methods=_METHODS)


def _add_item_routes(collection: Collection) -> None:
    """Add the routes of one thing of a collection."""

    def one(
        request: Request,
        name: str,
        format: Annotated[str | None, Query(description="json, ndjson, csv, tsv, xlsx, jsonld or ttl")] = None,
    ) -> Response:
        """Return the thing, by any of its names."""
        return _item_response(request, collection, name)

    ROUTES[collection.name, NAME] = Route(None, one)
    router.add_api_route(
        f"/{collection.name}/{{name}}", one, summary=f"One of {collection.name}, by any of its names",
        operation_id=f"one_{collection.name}", response_model=models.one_model(collection),
        responses=models.errors(collection) | {200: {"links": models.nested_links(collection)}},
    )  # fmt: skip
    others.add_api_route(f"/{collection.name}/{{name:path}}", one, methods=_METHODS)


def _list_response(request: Request, collection: Collection, asked: ListParameters, fixed: FilterValues, suffix: str) -> Response:
    """Return a page of ``collection`` in the negotiated format, or 304."""
    if suffix and suffix not in tables.FORMS:
        return problems.response(404, f"there is no format {suffix[:80]!r}; there are {', '.join(tables.FORMS)}")
    wanted = responses.negotiate(request, suffix, tables.FORMS)
    if isinstance(wanted, Response):
        return wanted
    columns = list(collection.columns)
    chosen = [name.strip() for name in asked.fields.split(",")] if asked.fields is not None else columns
    unknown = [name for name in chosen if name not in columns]
    if unknown:
        return problems.response(422, f"fields: {unknown[0][:80]!r} is none of {', '.join(columns)}")
    catalogue = _catalogue(request)

    def body() -> responses.BodyAndHeaders:
        filters = models.question_parameters(collection, asked) | fixed
        rows, total = collection.find(catalogue, filters, asked.page_size, (asked.page - 1) * asked.page_size)
        link = {"Link": _links(request, asked, total), "Mabgraph-Total": str(total)}
        if wanted in tables.GRAPHS:
            return _graph(catalogue, [str(row["id"]) for row in rows], wanted), link
        page = {"dataset": catalogue.version, "total": total, "page": asked.page, "page_size": asked.page_size}
        shown = rows if asked.fields is None else [{name: row.get(name) for name in chosen} for row in rows]
        return tables.write(shown, chosen, wanted, page, page | _about(request)), link

    return _respond(request, catalogue, wanted, body)


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
    iri, rows, refusal = _resolve(catalogue, collection, stem)
    if refusal:
        return refusal

    def body() -> responses.BodyAndHeaders:
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


def _resolve(catalogue: Catalogue, collection: Collection, name: str) -> tuple[str, list[Row], Response | None]:
    """Return the IRI and the rows of the thing named ``name``, or the problem: 300 with choices, or 404."""
    unknown = f"no {collection.one} is called {name[:80]!r}; see /v1/{collection.name}"
    try:
        iri = collection.iri(catalogue, name)
        rows, _ = collection.find(catalogue, {collection.one: [iri]}, 100, 0)
    except UnknownName as error:
        urls = [collection.url(choice) for choice in error.choices]
        links = (
            {"Link": signposts.fit([f'<{url}>; rel="alternate"' for url in urls], f'</v1/{collection.name}>; rel="collection"')}
            if urls
            else None
        )
        return "", [], problems.response(300 if urls else 404, str(error), links, list(error.near), urls)
    except QuestionError:
        return "", [], problems.response(404, unknown)
    return iri, rows, None if rows else problems.response(404, unknown)


def _respond(request: Request, catalogue: Catalogue, wanted: str, body: Callable[[], responses.BodyAndHeaders]) -> Response:
    """Return the response with the body of ``body``, or 304 (conditional GET); an unknown name in a filter is 422."""
    asked = sorted((name, value) for name, value in request.query_params.multi_items() if name != "format")
    try:
        return responses.conditional_response(request, catalogue.version, [_SOFTWARE, catalogue.state, asked], wanted, body)
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
        return jsonld.compact(catalogue.serialise("graph-of", {"resource": iris}, "application/n-triples") if iris else b"")
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
