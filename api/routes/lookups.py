"""Routes of look-ups under ``/v1``: collections, one thing by any of its names, and nested lists; each asks questions of ``queries/``.

Annotations are evaluated here where a function is defined: the handlers of lists take the model of their own filters.
"""

from collections.abc import Callable
from importlib import metadata
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Query, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict

from mabgraph.graph.questions import understanding
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.ingest.errors import UnknownName

from ..collections import brief, models, resources, tables, undirected
from ..collections.models import ListParameters
from ..collections.resources import Collection
from ..http import conditional, problems, responses, signposts
from ..http.problems import ProblemError
from ..http.state import State
from . import comparisons, groups, networks, representations, searches
from .index import NAME, LookupRoute
from .things import Parent, find_iri, find_rows, negotiate_list_type, split_suffix, unknown_thing

#: The start document.
router = APIRouter(prefix="/v1", tags=[groups.SEARCH])
#: Lists, and things by name, as they are in the OpenAPI document.
lists = APIRouter(prefix="/v1", route_class=LookupRoute)
#: Further routes of the same: with a path suffix, and for names with a slash.
others = APIRouter(prefix="/v1", route_class=LookupRoute, include_in_schema=False)

_METHODS: Final = ["GET", "HEAD"]
_SOFTWARE: Final = metadata.version("mabgraph")
#: Bytes of the headers that are kept beside the JSON of one thing, about.
_HEADERS: Final = 1_000
#: The URI template of each collection, by name.
_TEMPLATES: Final[dict[str, str]] = {}


class NoParameters(BaseModel):
    """No parameter: one that would be ignored is refused."""

    model_config = ConfigDict(extra="forbid")


@router.head("", include_in_schema=False)
@router.get("", summary="All collections")
@router.get("/", include_in_schema=False)
def start(response: Response, asked: Annotated[NoParameters, Query()]) -> dict[str, dict[str, str]]:
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
    routers = (router, searches.router, networks.router, comparisons.router, lists, others)
    for path in dict.fromkeys(cast(APIRoute, route).path for each in routers for route in each.routes):
        others.add_api_route(path.removeprefix(others.prefix), _options, methods=["OPTIONS"], route_class_override=APIRoute)


def _options(request: Request) -> Response:
    """Return the allowed methods, without looking the name up."""
    return Response(status_code=204, headers={"Allow": problems.allowed_methods(request), "Mabgraph-Dataset": _catalogue(request).version})


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
            name, suffix = split_suffix(name)
        iri = find_iri(_catalogue(request), above, name)
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
        tags=[groups.OF_COLLECTIONS[(collection if above is None or collection is resources.ANALYSES else above).name]],
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
        tags=[groups.OF_COLLECTIONS[collection.name]],
    )  # fmt: skip
    others.add_api_route(f"/{collection.name}/{{name:path}}", one, methods=_METHODS)


def _list_response(request: Request, collection: Collection, asked: ListParameters, parent: Parent | None, suffix: str) -> Response:
    """Return a page of ``collection``, or of what is under ``parent``, in the negotiated format, or 304.

    :raises ProblemError: when there is no ``parent``; else for the format, or a field or name that is unknown.
    """
    catalogue, columns = _catalogue(request), list(collection.columns)
    chosen = columns if asked.fields in {None, brief.WHOLE} else [name.strip() for name in str(asked.fields).split(",")]
    unknown = [name for name in chosen if name not in columns]
    try:
        wanted = negotiate_list_type(request, suffix)
        if unknown:
            raise ProblemError(problems.response(422, f"fields: {unknown[0][:80]!r} is none of {', '.join((*columns, brief.WHOLE))}"))
    except ProblemError:
        if parent:
            parent.check(catalogue)
        raise

    def body() -> conditional.BodyAndHeaders:
        if parent:
            parent.check(catalogue)
        chosen_filters = models.question_parameters(collection, asked)
        filters = chosen_filters | ({parent.parameter: [parent.iri]} if parent else {})
        rows, total = collection.find(catalogue, filters, asked.page_size, (asked.page - 1) * asked.page_size)
        understood = understanding.describe(understanding.read(catalogue, collection.asks, filters))
        link = {"Link": representations.page_links(request, asked, total), "Mabgraph-Total": str(total)}
        link |= representations.understood_header(understood)
        if wanted in tables.GRAPHS:
            return representations.graph(catalogue, collection, [representations.subject(row) for row in rows], wanted), link
        rows = representations.table(collection, rows) if wanted in tables.FLAT else rows
        page: dict[str, Any] = {"dataset": catalogue.version, "understood": understood}
        if not total and (emptiness := understanding.explain_empty(catalogue, collection.asks, filters)):
            page["empty"] = str(emptiness)
        page |= {"total": total, "page": asked.page, "page_size": asked.page_size}
        if collection is resources.ESTIMATES and (beside := undirected.find_beside(catalogue, filters, total)):
            page["analyses"] = beside
        about = page | representations.provenance(request)
        if asked.fields is None and wanted == tables.JSON:
            rows, more = brief.shorten_page(collection, rows, parent.collection if parent else None)
            page |= more
        elif chosen is not columns:
            rows = [{name: row.get(name) for name in chosen} for row in rows]
        return tables.write(rows, chosen, wanted, page, about), link

    return _respond(request, catalogue, wanted, body)


def _item_response(request: Request, collection: Collection, name: str) -> Response:
    """Return one thing of ``collection`` in the negotiated format, or 304.

    :raises ProblemError: for an unknown parameter, format or name.
    """
    unknown = [key for key in request.query_params if key != "format"]
    if unknown:
        raise ProblemError(problems.response(422, f"{unknown[0][:80]}: unknown parameter; allowed are format"))
    catalogue = _catalogue(request)
    stem, suffix = split_suffix(name)
    wanted = responses.negotiate(request, suffix, tables.FORMS)
    iri = find_iri(catalogue, collection, stem)

    def body() -> conditional.BodyAndHeaders:
        if wanted == tables.JSON and catalogue.kept is not None:
            return catalogue.kept.once(("thing", collection.name, iri), write_body, lambda answer: len(answer[0]) + _HEADERS)
        return write_body()

    def write_body() -> conditional.BodyAndHeaders:
        rows = find_rows(catalogue, collection, iri)
        if not rows:
            raise unknown_thing(collection, stem)
        related = signposts.external_links([rows[0].get("doi")], [rows[0].get("registration")])
        link = {"Link": signposts.row(iri, collection.name, related)}
        if wanted in tables.GRAPHS:
            return representations.graph(catalogue, collection, [representations.subject(rows[0] | {"id": iri})], wanted), link
        if wanted == tables.JSON:
            return tables.write_one(representations.thing(catalogue, collection, iri, rows[0])), link
        about = {"dataset": catalogue.version} | representations.provenance(request)
        rows = representations.table(collection, rows) if wanted in tables.FLAT else rows
        return tables.write(rows, list(collection.columns), wanted, {}, about), link

    return _respond(request, catalogue, wanted, body)


def _respond(request: Request, catalogue: Catalogue, wanted: str, body: Callable[[], conditional.BodyAndHeaders]) -> Response:
    """Return the response with the body of ``body``, or 304 (conditional GET).

    :raises ProblemError: (422) for an unknown name in a filter, and whatever ``body`` raises.
    """
    asked = sorted((name, value) for name, value in request.query_params.multi_items() if name != "format")
    try:
        return conditional.respond(request, catalogue.version, [_SOFTWARE, catalogue.state, asked], wanted, body)
    except UnknownName as error:
        raise ProblemError(problems.unknown_filter_value(error)) from None


def _catalogue(request: Request) -> Catalogue:
    return cast(State, request.app.state.service).catalogue


_install()
