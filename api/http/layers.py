"""The outer middleware, in their order around the whole application."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI
from starlette.types import ASGIApp

from . import access
from .admission import Admission
from .front import Front
from .security import Security
from .settings import Settings


def surround(app: FastAPI, settings: Settings, outer: Callable[[ASGIApp], ASGIApp]) -> None:
    """Add the outer middleware to ``app``, after its own; the last one added sees a request first.

    ``outer`` is one that sees every response as it is sent, also the problems of the others.
    """
    app.add_middleware(Admission, settings=settings)
    app.add_middleware(Front)
    app.add_middleware(Security)
    app.add_middleware(outer)
    if settings.access_log:
        access.begin()
        app.add_middleware(access.Access)
