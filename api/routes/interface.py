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

router = APIRouter(include_in_schema=False)

_METHODS: Final = ["GET", "HEAD"]
_ASSETS: Final = "/docs/assets"
_START: Final = "/docs/start.js"
#: Content security policy: the page loads from this service alone. Swagger UI sets inline styles.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_PAGE: Final = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>mabgraph</title>
<link rel="stylesheet" href="{_ASSETS}/swagger-ui.css"><link rel="icon" href="{_ASSETS}/favicon.png"></head>
<body><div id="swagger-ui"></div><script src="{_ASSETS}/swagger-ui-bundle.js"></script><script src="{_START}"></script></body></html>
"""
_SCRIPT: Final = """const ui = SwaggerUIBundle({
  url: "/openapi.json", dom_id: "#swagger-ui", layout: "BaseLayout", deepLinking: true, showExtensions: true, showCommonExtensions: true,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
});
"""


@router.api_route("/docs", methods=_METHODS)
def docs() -> Response:
    """Return the page."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": POLICY})


@router.api_route(_START, methods=_METHODS)
def start() -> Response:
    """Return the script that starts Swagger UI."""
    return Response(_SCRIPT, media_type="text/javascript")


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
