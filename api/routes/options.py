"""What may be asked of an address (``OPTIONS``): the methods that its routes take, without looking anything up."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.routing import APIRoute

from ..http import problems


def install(app: FastAPI, routers: Iterable[APIRouter]) -> None:
    """Add ``OPTIONS`` to every path of ``routers``, which ``app`` includes, and of routes of its own."""
    routes = (*(route for router in routers for route in router.routes), *app.routes)
    for path in dict.fromkeys(route.path for route in routes if isinstance(route, APIRoute)):
        app.add_api_route(path, respond, methods=["OPTIONS"], include_in_schema=False)


def respond(request: Request) -> Response:
    """Return the allowed methods."""
    return Response(status_code=204, headers={"Allow": problems.allowed_methods(request)})
