"""Interactive documentation: the OpenAPI document, and Swagger UI over it, with all assets from this service and no inline script."""

from __future__ import annotations

import asyncio
from typing import Final, cast

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from pydantic_core import to_json

from ..collections import samples, tables
from ..http import conditional
from ..http.state import State
from ..pages import templating
from .pageresponse import values_of_all

router = APIRouter(include_in_schema=False)

_METHODS: Final = ["GET", "HEAD"]
_ASSETS: Final = "/docs/assets"
#: Content security policy: the page loads from this service alone. Swagger UI sets inline styles.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


@router.api_route("/docs", methods=_METHODS)
def docs(request: Request) -> Response:
    """Return the page."""
    values = values_of_all(request, "/docs", [("/openapi.json", "OpenAPI")], _head())
    return HTMLResponse(templating.render("docs.html", **values), headers={"Content-Security-Policy": POLICY})


def _head() -> str:
    """Return the elements that bring Swagger UI: its style and script, then ours."""
    ours = templating.assets()
    styles, scripts = (f"{_ASSETS}/swagger-ui.css", ours["docs.css"].address), (f"{_ASSETS}/swagger-ui-bundle.js", ours["docs.js"].address)
    links = (f'<link rel="stylesheet" href="{address}">' for address in styles)
    return "".join((*links, *(f'<script src="{address}" defer></script>' for address in scripts)))


def install(app: FastAPI) -> None:
    """Add the OpenAPI document, the documentation page and its assets to ``app``."""
    app.include_router(router)
    app.mount(_ASSETS, StaticFiles(packages=[("fastapi_offline", "static")]), name="docs-assets")
    descriptions: dict[str, bytes] = {}
    describing = asyncio.Lock()

    @app.api_route("/openapi.json", methods=_METHODS, include_in_schema=False)
    async def openapi(request: Request) -> Response:
        service = cast(State, app.state.service)
        state, version = service.catalogue.state, service.catalogue.version
        async with describing:
            if state not in descriptions:
                body = to_json(app.openapi() if service.settings.store else await samples.add_samples(app, app.openapi()))
                descriptions.clear()
                descriptions[state] = body
            body = descriptions[state]
        return conditional.respond(request, version, [app.version, state], tables.JSON, lambda: (body, {}))
