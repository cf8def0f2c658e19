"""The web application: a factory from settings and an opened dataset."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import metadata
from typing import Final

from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.ingest import extras

from .plots.renderer import SHARED

with extras.require("serve", __name__):
    from fastapi import Depends, FastAPI

from .exports.archive import limit as limit_archives
from .exports.pictures import limit as limit_pictures
from .http import cache, conditional, delivery, layers, problems, responses
from .http.preflights import Preflights
from .http.settings import Settings
from .http.state import State, open_catalogue
from .routes import (
    browsing,
    comparepage,
    comparisons,
    errorpages,
    evidencepages,
    groups,
    index,
    interface,
    linked,
    listpages,
    lookups,
    networkpages,
    networks,
    options,
    overview,
    pages,
    querypage,
    resultpages,
    searches,
    searchpage,
    sparql,
    studypages,
    texts,
    thingpages,
)
from .routes.parameters import check_parameters

_PAGES: Final = tuple(
    each.router
    for each in (
        pages,
        resultpages,
        studypages,
        listpages,
        thingpages,
        comparepage,
        searchpage,
        evidencepages,
        networkpages,
        querypage,
    )
)
_METHODS: Final = ["GET", "HEAD", "POST"]


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
        title="mabgraph", summary=overview.ABOUT, description=browsing.ABOUT, version=metadata.version("mabgraph"), lifespan=lifespan,
        docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False, openapi_tags=groups.TAGS,
    )  # fmt: skip
    app.state.service = service
    app.add_middleware(errorpages.ErrorPages)
    app.add_middleware(responses.Coding, minimum_size=responses.CODED)
    app.add_middleware(Preflights, allow_origins=["*"], allow_methods=_METHODS, allow_headers=["*"])
    app.add_middleware(cache.Cache, state=service)
    app.add_middleware(conditional.Conditional)
    app.add_middleware(browsing.Browsing)
    app.add_middleware(delivery.Delivery, seconds=settings.reading_seconds, most=settings.sending_megabytes << 20)
    layers.surround(app, settings, errorpages.ErrorPages)
    problems.install(app)
    lookup_routers = (texts.router, comparisons.router, networks.router, lookups.router, searches.router, lookups.lists, lookups.others)
    for router in (*lookup_routers, linked.router):
        app.include_router(router)
    for router in (*_PAGES, overview.home):
        app.include_router(router, dependencies=[Depends(check_parameters)])
    looked_up = index.Index(route for router in lookup_routers for route in router.routes)
    app.router.routes[:0] = [looked_up, *sparql.routes(service)]
    app.include_router(overview.router)
    interface.install(app)
    options.install(app, (linked.router, *_PAGES, overview.home, overview.router, interface.router))
    return app
