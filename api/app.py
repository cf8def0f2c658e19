"""The web application: a factory from settings and an opened dataset."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import metadata
from typing import Any, Final

from pydantic_core import to_json

from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.ingest import extras

from .plots.renderer import SHARED

with extras.require("serve", __name__):
    from fastapi import FastAPI, Request
    from fastapi.responses import HTMLResponse, JSONResponse, Response

from .collections import samples, tables
from .exports.archive import limit as limit_archives
from .exports.pictures import limit as limit_pictures
from .http import cache, conditional, delivery, layers, media, pages, problems, responses, signposts
from .http.preflights import Preflights
from .http.settings import Settings
from .http.state import State, open_catalogue
from .routes import comparisons, index, interface, linked, lookups, markup, networks, sparql, texts

_ABOUT = "Evidence for antibody therapy in blood cancer: every number, with the place it was printed."
_METHODS: Final = ["GET", "HEAD", "POST"]
#: Links of the start page, without the collections.
_START_LINKS: Final = {
    "/docs": "interactive documentation of look-ups, with every filter", "/v1": "all collections as data, with URL templates",
    "/sparql": "SPARQL 1.1 endpoint; without a query, its service description", "/ontology": "the vocabulary, term by term",
    "/health": "state of the service, and the dataset it serves",
}  # fmt: skip


def create_app(settings: Settings | None = None, opened: Catalogue | None = None, state: State | None = None) -> FastAPI:
    """Return the application over the current dataset of the settings' directory, or over a ``state`` that it closes at shutdown.

    :raises BuildError: when there is no dataset there, or it cannot be opened.
    """
    settings = settings or Settings()
    service = state or State(settings, opened or open_catalogue(settings))
    limit_pictures(settings)
    limit_archives(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        SHARED.close()
        await service.close()

    app = FastAPI(
        title="mabgraph", summary=_ABOUT, version=metadata.version("mabgraph"), lifespan=lifespan,
        docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False,
    )  # fmt: skip
    app.state.service = service
    app.add_middleware(responses.Coding, minimum_size=responses.CODED)
    app.add_middleware(Preflights, allow_origins=["*"], allow_methods=_METHODS, allow_headers=["*"])
    app.add_middleware(cache.Cache, state=service)
    app.add_middleware(conditional.Conditional)
    app.add_middleware(delivery.Delivery, seconds=settings.reading_seconds, most=settings.sending_megabytes << 20)
    layers.surround(app, settings)
    problems.install(app)
    lookup_routers = (texts.router, comparisons.router, networks.router, lookups.router, lookups.lists, lookups.others)
    for router in (*lookup_routers, linked.router):
        app.include_router(router)
    looked_up = index.Index(route for router in lookup_routers for route in router.routes)
    app.router.routes[:0] = [looked_up, *sparql.routes(service)]
    interface.install(app)

    descriptions: dict[str, bytes] = {}
    describing = asyncio.Lock()

    @app.api_route("/openapi.json", methods=["GET", "HEAD"], include_in_schema=False)
    async def openapi(request: Request) -> Response:
        state, version = service.catalogue.state, service.catalogue.version
        async with describing:
            if state not in descriptions:
                body = to_json(app.openapi() if settings.store else await samples.add_samples(app, app.openapi()))
                descriptions.clear()
                descriptions[state] = body
            body = descriptions[state]
        return conditional.respond(request, version, [app.version, state], tables.JSON, lambda: (body, {}))

    @app.head("/health", include_in_schema=False)
    @app.get("/health", summary="Whether the service answers, and from which dataset")
    def health(request: Request) -> dict[str, Any]:
        manifest = service.catalogue.dataset.manifest
        return {
            "status": "ok", "dataset": manifest.version, "software": manifest.software, "quads": manifest.quads,
            "figures": manifest.figures, "process": os.getpid(), "confined": sorted(service.confined), "verified": service.verified,
        }  # fmt: skip

    @app.head("/", include_in_schema=False)
    @app.get("/", include_in_schema=False)
    def start(request: Request) -> Response:
        files = linked.files(service)
        links = signposts.landing(files)
        headers = {"Vary": "Accept", "Link": signposts.field(links)}
        if media.acceptable_types(request.headers.get("accept"), (tables.JSON, linked.HTML))[:1] == [linked.HTML]:
            head = signposts.elements(links) + markup.dataset(_ABOUT, service.catalogue.version, files)
            return HTMLResponse(pages.start(_ABOUT, _START_LINKS | lookups.address_summaries(), head), headers=headers)
        ways = {name.removeprefix("/"): name for name in _START_LINKS}
        return JSONResponse({"about": _ABOUT, **ways, **lookups.links()}, headers=headers)

    return app
