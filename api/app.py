"""The web application: a factory that takes settings and an opened dataset."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import metadata
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic_core import to_json

from mabgraph.graph.catalogue import Catalogue
from mabgraph.graph.renderer import SHARED

from . import (
    answers,
    cache,
    comparisons,
    delivery,
    direct,
    interface,
    layers,
    linked,
    lookups,
    markup,
    media,
    networks,
    pages,
    problems,
    samples,
    signposts,
    sparql,
    tables,
    texts,
)
from .archive import limit as limit_archives
from .pictures import limit as limit_pictures
from .settings import Settings
from .state import State
from .state import opened as open_catalogue

_ABOUT = "Evidence for antibody therapy in blood cancer: every number, with the place it was printed."
_METHODS: Final = ["GET", "HEAD", "POST"]
#: Where to go from the start, but for the collections.
_WAYS: Final = {
    "/docs": "look-ups to try out, with every filter", "/v1": "all collections as data, and how they are asked",
    "/sparql": "queries in SPARQL 1.1; by itself, what the service can do", "/ontology": "the vocabulary, term by term",
    "/health": "whether the service answers, and from which dataset",
}  # fmt: skip


def create_app(settings: Settings | None = None, opened: Catalogue | None = None, state: State | None = None) -> FastAPI:
    """Return the application over the current dataset of the settings' directory, or over a ``state`` that whoever made it closes.

    :raises BuildError: when there is no dataset there, or it cannot be opened.
    """
    settings = settings or Settings()
    held = state or State(settings, opened or open_catalogue(settings))
    limit_pictures(settings)
    limit_archives(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        SHARED.close()
        await held.close()

    app = FastAPI(
        title="mabgraph", summary=_ABOUT, version=metadata.version("mabgraph"), lifespan=lifespan,
        docs_url=None, redoc_url=None, openapi_url=None,
    )  # fmt: skip
    app.state.service = held
    app.add_middleware(answers.Coding, minimum_size=answers.CODED)
    app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=_METHODS, allow_headers=["*"], expose_headers=answers.EXPOSED)
    app.add_middleware(direct.Direct, state=held, ways=lookups.WAYS)
    app.add_middleware(cache.Cache, state=held)
    app.add_middleware(sparql.Endpoint, state=held)
    app.add_middleware(delivery.Delivery, seconds=settings.reading_seconds, most=settings.sending_megabytes << 20)
    layers.surround(app, settings)
    problems.install(app)
    app.include_router(texts.router)
    app.include_router(comparisons.router)
    app.include_router(networks.router)
    app.include_router(lookups.router)
    app.include_router(lookups.others)
    app.include_router(linked.router)
    interface.install(app)

    described: dict[str, bytes] = {}
    describing = asyncio.Lock()

    @app.api_route("/openapi.json", methods=["GET", "HEAD"], include_in_schema=False)
    async def openapi(request: Request) -> Response:
        state, version = held.catalogue.state, held.catalogue.version
        async with describing:
            if state not in described:
                body = to_json(app.openapi() if settings.store else await samples.sampled(app, app.openapi()))
                described.clear()
                described[state] = body
            body = described[state]
        return answers.settled(request, version, [app.version, state], tables.JSON, lambda: (body, {}))

    @app.get("/health", summary="Whether the service answers, and from which dataset")
    def health(request: Request) -> dict[str, Any]:
        made = held.catalogue.dataset.manifest
        return {
            "status": "ok", "dataset": made.version, "software": made.software, "quads": made.quads, "figures": made.figures,
            "process": os.getpid(), "confined": sorted(held.confined), "verified": held.verified,
        }  # fmt: skip

    @app.head("/", include_in_schema=False)
    @app.get("/", include_in_schema=False)
    def index(request: Request) -> Response:
        files = linked.files(held)
        links = signposts.landing(files)
        headers = {"Vary": "Accept", "Link": signposts.field(links)}
        if media.acceptable(request.headers.get("accept"), (tables.JSON, linked.HTML))[:1] == [linked.HTML]:
            head = signposts.elements(links) + markup.dataset(_ABOUT, held.catalogue.version, files)
            return HTMLResponse(pages.start(_ABOUT, _WAYS | lookups.ways(), head), headers=headers)
        ways = {name.removeprefix("/"): name for name in _WAYS}
        return JSONResponse({"about": _ABOUT, **ways, **lookups.links()}, headers=headers)

    return app
