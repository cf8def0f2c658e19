"""Look-ups under ``/v1``: collections, one thing by any of its names, and what is below it; each asks questions of ``queries/``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from importlib import metadata
from typing import Annotated, Any, Final, cast
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.routing import APIRoute

from mabgraph.graph import jsonld, vocabulary
from mabgraph.graph.catalogue import Catalogue
from mabgraph.ingest.errors import QuestionError, UnknownName

from . import answers, models, problems, resources, signposts, tables
from .direct import NAME, Parts, Way
from .models import Asked, Match, Matches
from .resources import Collection, Found, Given
from .state import State

#: Every look-up that is described.
router = APIRouter(prefix="/v1")
#: The same by other addresses: with a suffix, and by names with a slash.
others = APIRouter(prefix="/v1", include_in_schema=False)

_METHODS: Final = ["GET", "HEAD"]
_ALLOWED: Final = "GET, HEAD, OPTIONS"
_SOFTWARE: Final = metadata.version("mabgraph")
#: What answers at each address that one dictionary can lead to.
WAYS: Final[dict[Parts, Way]] = {}
#: How each collection is asked, by its name.
_TEMPLATES: Final[dict[str, str]] = {}


@others.head("")
@router.get("", summary="All collections")
@router.get("/", include_in_schema=False)
def start(response: Response) -> dict[str, dict[str, str]]:
    """Return where to go on from here: addresses, templates of addresses with filters (RFC 6570), and the formats there are."""
    response.headers["Link"] = signposts.fitting((), beside=signposts.listing())
    return {"links": links(), "templates": _TEMPLATES, "formats": dict(tables.FORMS)}


def ways() -> dict[str, str]:
    """Return what is at the address of each collection, and beside them, in a sentence."""
    beside = {
        links()["compare"]: "estimates side by side: what may be compared, what not, and files to take away",
        "/v1/network": "who is compared with whom, and on what evidence",
    }
    return {f"/v1/{collection.name}": collection.question.summary for collection in resources.COLLECTIONS} | beside


def links() -> dict[str, str]:
    """Return the addresses of all collections by their names, and of what else there is."""
    beside = {"search": "/v1/search?q=CD19", "compare": "/v1/compare?drug=blinatumomab&endpoint=overall-survival", "network": "/v1/network"}
    return {collection.name: f"/v1/{collection.name}" for collection in resources.COLLECTIONS} | beside


@others.head("/search")
@router.get("/search", summary="Things of any kind by name, best first", responses={422: problems.RESPONSES[422]})
def search(
    request: Request,
    q: Annotated[str, Query(min_length=1, max_length=200, description="a name, or part of one", examples=["daratumumab"])],
    limit: Annotated[int, Query(ge=1, le=100, description="how many to give at most")] = 20,
) -> Matches:
    """Return the things whose names are most like ``q``."""
    catalogue = _catalogue(request)
    found = [
        Match(kind=kind, id=iri, name=name, url=_url(kind, iri), likeness=likeness)
        for kind, iri, name, likeness in catalogue.names.search(q, limit)
    ]
    return Matches(dataset=catalogue.version, total=len(found), items=found)


def _install() -> None:
    """Give every collection its routes: those below one thing first, since names may hold slashes."""
    for above, below, parameter in resources.NESTED:
        _listed(above.name + "/{name}/" + below.name, below, above, parameter)
    _listed("vocab/{name}", resources.CONCEPTS, resources.SCHEMES, "scheme")
    for collection in resources.COLLECTIONS:
        _listed(collection.name, collection)
    for collection in resources.COLLECTIONS:
        if collection is not resources.SCHEMES:
            _single(collection)
    for path in dict.fromkeys(cast(APIRoute, route).path for route in (*router.routes, *others.routes)):
        others.add_api_route(path.removeprefix(others.prefix), _options, methods=["OPTIONS"])


def _options(request: Request) -> Response:
    """Return what may be asked here, whether there is a thing of this name or not."""
    said = {"Allow": _ALLOWED, "Mabgraph-Dataset": _catalogue(request).version}
    return Response(status_code=204, headers={**said, **answers.SHARED})


def _listed(path: str, collection: Collection, above: Collection | None = None, parameter: str = "") -> None:
    """Add the routes of a list: of a whole collection, or of what is below one thing."""
    said = [each.name for each in collection.parameters if parameter and each.name.startswith(parameter)]
    model: type[Asked] = models.filters(collection, said)
    what = collection.name.title() if above is None else f"{collection.name.title()} of one of {above.name}"

    def below(request: Request, name: str, filters: Any, suffix: str = "") -> Response:
        assert above is not None
        if path.endswith(NAME) and not suffix:
            name, suffix = _stem(name)
        iri, _, refusal = _named(_catalogue(request), above, name)
        return refusal or _list(request, collection, filters, {parameter: [iri]}, suffix)

    def whole(request: Request, filters: Any, suffix: str = "") -> Response:
        return _list(request, collection, filters, {}, suffix)

    answer: Callable[..., Response] = whole if above is None else below
    answer.__annotations__["filters"] = Annotated[model, Query()]
    described = {k: v for k, v in answer.__annotations__.items() if k != "suffix"}

    def plain(**values: Any) -> Response:
        return answer(**values)

    signature = inspect.signature(answer)
    shown = [value.replace(annotation=described.get(key)) for key, value in signature.parameters.items() if key != "suffix"]
    plain.__signature__ = signature.replace(parameters=shown)  # type: ignore[attr-defined]
    WAYS[tuple(path.split("/"))] = Way(model, answer)
    if above is None:
        _TEMPLATES[collection.name] = models.template(f"/v1/{path}", model)
    formats = {form: dict[str, Any]() for form in tables.FORMS.values() if form != tables.JSON}
    on: dict[str, Any] = {"content": formats, "links": models.onwards(collection)}
    router.add_api_route(
        f"/{path}", plain, summary=f"{what}, page by page", description=collection.question.summary,
        response_model=models.page_model(collection), operation_id=models.operation(path), responses=models.errors(above) | {200: on},
    )  # fmt: skip
    others.add_api_route(f"/{path}", answer, methods=["HEAD"])
    others.add_api_route(f"/{path.replace('{name}', '{name:path}')}.{{suffix}}", answer, methods=_METHODS)
    if above is not None:
        others.add_api_route(f"/{path.replace('{name}', '{name:path}')}", answer, methods=_METHODS)


def _single(collection: Collection) -> None:
    """Add the routes of one thing of a collection."""

    def one(
        request: Request,
        name: str,
        format: Annotated[str | None, Query(description="json, ndjson, csv, tsv, xlsx, jsonld or ttl")] = None,
    ) -> Response:
        """Return the thing, by any of its names."""
        return _thing(request, collection, name)

    WAYS[collection.name, NAME] = Way(None, one)
    router.add_api_route(
        f"/{collection.name}/{{name}}", one, summary=f"One of {collection.name}, by any of its names",
        operation_id=f"one_{collection.name}", response_model=models.one_model(collection),
        responses=models.errors(collection) | {200: {"links": models.downwards(collection)}},
    )  # fmt: skip
    others.add_api_route(f"/{collection.name}/{{name:path}}", one, methods=_METHODS)


def _list(request: Request, collection: Collection, asked: Asked, fixed: Given, suffix: str) -> Response:
    """Return a page of ``collection`` in the format that is wanted, unless the caller has it."""
    if suffix and suffix not in tables.FORMS:
        return problems.response(404, f"there is no format {suffix[:80]!r}; there are {', '.join(tables.FORMS)}")
    wanted = answers.chosen(request, suffix, tables.FORMS)
    if isinstance(wanted, Response):
        return wanted
    columns = list(collection.columns)
    chosen = [name.strip() for name in asked.fields.split(",")] if asked.fields is not None else columns
    unknown = [name for name in chosen if name not in columns]
    if unknown:
        return problems.response(422, f"fields: {unknown[0][:80]!r} is none of {', '.join(columns)}")
    catalogue = _catalogue(request)

    def body() -> answers.Made:
        given = models.given(collection, asked) | fixed
        rows, total = collection.find(catalogue, given, asked.page_size, (asked.page - 1) * asked.page_size)
        link = {"Link": _links(request, asked, total), "Mabgraph-Total": str(total)}
        if wanted in tables.GRAPHS:
            return _graph(catalogue, [str(row["id"]) for row in rows], wanted), link
        page = {"dataset": catalogue.version, "total": total, "page": asked.page, "page_size": asked.page_size}
        shown = rows if asked.fields is None else [{name: row.get(name) for name in chosen} for row in rows]
        return tables.written(shown, chosen, wanted, page, page | _about(request)), link

    return _sent(request, catalogue, wanted, body)


def _thing(request: Request, collection: Collection, name: str) -> Response:
    """Return one thing of ``collection`` in the format that is wanted, unless the caller has it."""
    unknown = [key for key in request.query_params if key != "format"]
    if unknown:
        return problems.response(422, f"{unknown[0][:80]}: unknown parameter; allowed are format")
    catalogue = _catalogue(request)
    stem, suffix = _stem(name)
    wanted = answers.chosen(request, suffix, tables.FORMS)
    if isinstance(wanted, Response):
        return wanted
    iri, rows, refusal = _named(catalogue, collection, stem)
    if refusal:
        return refusal

    def body() -> answers.Made:
        related = signposts.elsewhere([rows[0].get("doi")], [rows[0].get("registration")])
        link = {"Link": signposts.row(iri, collection.name, related)}
        if wanted in tables.GRAPHS:
            return _graph(catalogue, [iri], wanted), link
        if wanted == tables.JSON:
            return tables.one((_details if collection.details else _row)(catalogue, collection, iri, rows[0])), link
        about = {"dataset": catalogue.version} | _about(request)
        return tables.written(rows, list(collection.columns), wanted, {}, about), link

    return _sent(request, catalogue, wanted, body)


def _stem(name: str) -> tuple[str, str]:
    """Return the name that ends an address, and the suffix behind it that names a format; a point in a name is none.

    >>> _stem("TOWER.csv"), _stem("CheckMate-205.b")
    (('TOWER', 'csv'), ('CheckMate-205.b', ''))
    """
    stem, _, suffix = name.rpartition(".")
    return (stem, suffix) if stem and suffix in tables.FORMS else (name, "")


def _row(catalogue: Catalogue, collection: Collection, iri: str, row: Found) -> Found:
    said = {name: resources.address(str(row[name])) for name in ("study", "document", "of") if vocabulary.is_ours(str(row.get(name)))}
    endpoint = {"endpoint": resources.ENDPOINTS.url(str(row["endpoint"]))} if collection is resources.ESTIMATES else {}
    return row | {"dataset": catalogue.version, "links": said | endpoint | _below(collection, str(row["url"]))}


def _details(catalogue: Catalogue, collection: Collection, iri: str, row: Found) -> Found:
    """Return a thing with everything that the question about it answers."""
    assert collection.details is not None
    said = resources.details(catalogue.ask(collection.details, {collection.one: iri}))
    for several in said.values():
        for each in several:
            if (url := resources.address(each["value"])) != each["value"]:
                each["url"] = url
    return {
        "iri": iri, "url": row["url"], "label": row["label"], "definition": row.get("definition"), "dataset": catalogue.version,
        "details": said, "links": _below(collection, str(row["url"])),
    }  # fmt: skip


def _below(collection: Collection, url: str) -> dict[str, str]:
    return {below.name: f"{url}/{below.name}" for above, below, _ in resources.NESTED if above is collection}


def _named(catalogue: Catalogue, collection: Collection, name: str) -> tuple[str, list[Found], Response | None]:
    """Return the IRI that ``name`` names and what its collection says of it, or why there is none: 300 with choices, or 404."""
    unknown = f"no {collection.one} is called {name[:80]!r}; see /v1/{collection.name}"
    try:
        iri = collection.iri(catalogue, name)
        rows, _ = collection.find(catalogue, {collection.one: [iri]}, 100, 0)
    except UnknownName as error:
        urls = [collection.url(choice) for choice in error.choices]
        links = (
            {"Link": signposts.fitting([f'<{url}>; rel="alternate"' for url in urls], f'</v1/{collection.name}>; rel="collection"')}
            if urls
            else None
        )
        return "", [], problems.response(300 if urls else 404, str(error), links, list(error.near), urls)
    except QuestionError:
        return "", [], problems.response(404, unknown)
    return iri, rows, None if rows else problems.response(404, unknown)


def _sent(request: Request, catalogue: Catalogue, wanted: str, body: Callable[[], answers.Made]) -> Response:
    """Return what ``body`` makes, unless the caller has it already; a filter that names nothing is 422."""
    asked = sorted((name, value) for name, value in request.query_params.multi_items() if name != "format")
    try:
        return answers.settled(request, catalogue.version, [_SOFTWARE, catalogue.state, asked], wanted, body)
    except UnknownName as error:
        return problems.response(422, str(error), near=list(error.near), choices=list(error.choices))


def _links(request: Request, asked: Asked, total: int) -> str:
    """Return the links between pages (RFC 8288), no longer than a proxy takes; the last page has no next one.

    A link repeats the filters, which may be long. Where not all fit, the next page goes before the one before, the first and the last, and
    a link leads to the description, which says how pages are asked for. Signposts stand behind them.
    """
    filters = dict.fromkeys((name, value) for name, value in request.query_params.multi_items() if name not in {"page", "page_size"})
    last = max(1, -(-total // asked.page_size))
    pages = {"next": asked.page + 1, "prev": asked.page - 1, "first": 1, "last": last}
    begun = f"<{quote(request.url.path, safe='/%')}?{urlencode([*filters, ('page', '')])}"
    links = [f'{begun}{page}&page_size={asked.page_size}>; rel="{name}"' for name, page in pages.items() if 1 <= page <= last]
    return signposts.fitting(links, '</openapi.json>; rel="service-desc"', signposts.listing())


def _graph(catalogue: Catalogue, iris: Sequence[str], wanted: str) -> bytes:
    """Return what the graph says of the things ``iris``, as Turtle, or as JSON-LD in the words of the one context."""
    if wanted == tables.JSONLD:
        return jsonld.compacted(catalogue.serialise("graph-of", {"resource": iris}, "application/n-triples") if iris else b"")
    return catalogue.serialise("graph-of", {"resource": iris}, wanted) if iris else b""


def _about(request: Request) -> dict[str, Any]:
    """Return where rows are from: the address below this service, and each parameter."""
    query = request.url.query
    parameters = {f"parameter {name}": ", ".join(request.query_params.getlist(name)) for name in request.query_params}
    return {"address": request.url.path + (f"?{query}" if query else "")} | parameters


def _url(kind: str, iri: str) -> str:
    found = next((collection for collection in resources.COLLECTIONS if collection.one == kind), None)
    return found.url(iri) if found else resources.address(iri)


def _catalogue(request: Request) -> Catalogue:
    return cast(State, request.app.state.service).catalogue


_install()
