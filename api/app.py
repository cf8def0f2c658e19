"""The web application: a factory that takes settings and an opened dataset."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import metadata
from typing import Any

import swagger_ui_bundle
from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from mabgraph.graph import catalogue
from mabgraph.graph.catalogue import Catalogue
from mabgraph.graph.workers import Workers

from . import lookups, problems, sparql
from .settings import Settings

_ABOUT = "Evidence for antibody therapy in blood cancer: every number, with the place it was printed."


def create_app(settings: Settings | None = None, opened: Catalogue | None = None) -> FastAPI:
    """Return the application over the current dataset of the settings' directory.

    :raises BuildError: when there is no dataset there, or it cannot be opened.
    """
    settings = settings or Settings()
    held = opened or catalogue.opened(settings.dataset)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        workers = Workers(held.dataset.folder, settings.query_workers, settings.query_megabytes)
        app.state.workers = workers
        await workers.start()
        yield
        await workers.stop()

    app = FastAPI(title="mabgraph", summary=_ABOUT, version=metadata.version("mabgraph"), lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.catalogue, app.state.settings = held, settings
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "POST"], expose_headers=["Link"])
    problems.install(app)
    app.include_router(lookups.router)
    app.include_router(sparql.router)
    app.mount("/docs/assets", StaticFiles(directory=swagger_ui_bundle.swagger_ui_path), name="docs-assets")

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        assets = "/docs/assets"
        return get_swagger_ui_html(
            openapi_url="/openapi.json", title="mabgraph", swagger_js_url=f"{assets}/swagger-ui-bundle.js",
            swagger_css_url=f"{assets}/swagger-ui.css", swagger_favicon_url=f"{assets}/favicon-32x32.png",
        )  # fmt: skip

    @app.get("/health", summary="Whether the service answers, and from which dataset")
    def health(request: Request) -> dict[str, Any]:
        made = held.dataset.manifest
        return {"status": "ok", "dataset": made.version, "software": made.software, "quads": made.quads, "figures": made.figures}

    @app.get("/", include_in_schema=False)
    def index() -> dict[str, str]:
        return {"about": _ABOUT, "docs": "/docs", "estimates": "/v1/estimates", "sparql": "/sparql", "health": "/health"}

    return app
