"""Routes of look-ups, found by an index, and their handler, which runs short look-ups on the event loop.

The framework matches a request with one route after another, and takes parameters apart step by step: longer than most questions. So the
router begins with :class:`Index`, which finds the same routes in a dictionary, and look-ups are :class:`LookupRoute`, which validates the
parameters with the model that the route describes. Whatever the index does not list, the router matches as usual.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Iterable
from functools import cached_property
from typing import Any, Final, cast, get_origin, get_type_hints

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from mabgraph.graph.store.store import EngineStore

from ..collections import tables
from ..http import problems
from ..http.cache import PATH
from ..http.state import State

#: Longest path and query string for the event loop (characters): a longer one may name thousands of things.
LONGEST: Final = 1000
_METHODS: Final = frozenset({"GET", "HEAD"})
#: Placeholder for a name in a path.
NAME: Final = "{name}"
#: The parameter of a handler that takes the parameters of the query, as a model.
_FILTERS: Final = "filters"

#: The segments of a path below ``/v1``, with :data:`NAME` in place of a name.
Parts = tuple[str, ...]


class LookupRoute(APIRoute):
    """A route whose handler takes the request, the names in its path, and the parameters of its query as the model ``filters``, if any.

    The OpenAPI document describes them from the handler's signature, as those of any route.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return :meth:`answer`: the framework's own handler would read the parameters field by field."""
        return self.answer

    @cached_property
    def filters(self) -> type[BaseModel] | None:
        """The model of the parameters of the query; none: the handler reads them itself."""
        return get_type_hints(self.endpoint).get(_FILTERS)

    async def answer(self, request: Request) -> Response:
        """Return the response of the handler: on the event loop if such look-ups were short lately, else in a thread.

        :raises RequestValidationError: when a parameter is invalid.
        """
        arguments = {name: value for name, value in request.path_params.items() if name != "suffix"}
        if self.filters is not None:
            arguments[_FILTERS] = read_parameters(request, self.filters)

        def evaluate() -> tuple[Response, float]:
            begun = time.thread_time()
            try:
                response = self.endpoint(request=request, **arguments)
            except problems.ProblemError as refused:
                response = refused.response
            return response, time.thread_time() - begun

        state = cast(State, request.app.state.service)
        kind = _kind(request, state, self.path)
        short = _may_block(request.scope, state) and state.pace.is_short(kind)
        response, seconds = evaluate() if short else await run_in_threadpool(evaluate)
        state.pace.note(kind, seconds)
        return response


class Index(BaseRoute):
    """The first route of the router: it leads to the route of a plain look-up, a path of fixed segments with at most one name."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        """Take the routes under ``/v1`` for GET, of which each also answers HEAD; others than plain ones are left out."""
        self._routes: dict[Parts, APIRoute] = {}
        for route in routes:
            parts = tuple(route.path.removeprefix(PATH).split("/")) if isinstance(route, APIRoute) else ()
            if isinstance(route, APIRoute) and "GET" in (route.methods or ()) and all("{" not in each or each == NAME for each in parts):
                self._routes.setdefault(parts, route)

    @property
    def paths(self) -> frozenset[Parts]:
        """The segments of all paths that it lists."""
        return frozenset(self._routes)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return a full match with the route of a plain look-up, and its name; else none."""
        if scope["type"] != "http" or scope["method"] not in _METHODS or not scope["path"].startswith(PATH):
            return Match.NONE, {}
        parts, names = tuple(scope["path"][len(PATH) :].split("/")), {}
        route = self._routes.get(parts)
        if route is None and len(parts) > 1 and parts[1]:
            names = {"name": parts[1]}
            route = self._routes.get((parts[0], NAME, *parts[2:]))
        if route is None:
            return Match.NONE, {}
        return Match.FULL, {"route": route, "endpoint": route.endpoint, "path_params": names}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request by the route that :meth:`matches` has put into ``scope``."""
        route = scope["route"]
        if isinstance(route, LookupRoute):
            response = await route.answer(Request(scope, receive, send))
            await response(scope, receive, send)
        else:
            await route.app(scope, receive, send)


def read_parameters(request: Request, model: type[BaseModel]) -> BaseModel:
    """Return the parameters of a query as a ``model``.

    :raises RequestValidationError: when one is invalid, as the framework reports it, or has different values where one is taken.
    """
    query, described = request.query_params, model.model_fields
    several = {name for name in query if name in described and get_origin(described[name].annotation) is list}
    doubled = [name for name in query if name in described and name not in several | {"format"} and len({*query.getlist(name)}) > 1]
    if doubled:
        values = ", ".join(each[:40] for each in query.getlist(doubled[0]))[:200]
        text = f"takes one value, not {values}"
        fault = {"type": "value_error", "loc": ("query", doubled[0]), "msg": text, "input": values, "ctx": {"error": text}}
        raise RequestValidationError([fault])
    try:
        return model.model_validate({name: query.getlist(name) if name in several else query[name] for name in query})
    except ValidationError as error:
        raise RequestValidationError([{**each, "loc": ("query", *each["loc"])} for each in error.errors()]) from None


def _kind(request: Request, state: State, path: str) -> object:
    """Return the kind of a look-up, all of which take about as long: dataset, address, names of parameters, size of page, format."""
    query, suffix = request.query_params, request.scope["path"].rpartition(".")[2]
    form = (query.get("format"), suffix if suffix in tables.FORMS else "", request.headers.get("accept"))
    return state.catalogue.state, path, frozenset(query), query.get("page_size"), form


def _may_block(scope: Scope, state: State) -> bool:
    """Whether a request is short, and our engine answers it: another one may be late, and is waited for in a thread."""
    return len(scope["path"]) + len(scope["query_string"]) <= LONGEST and isinstance(state.catalogue.dataset.store, EngineStore)
