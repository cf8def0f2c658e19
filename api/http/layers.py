"""The outer middleware, in their order around the whole application."""

from __future__ import annotations

from fastapi import FastAPI

from . import access
from .admission import Admission
from .front import Front
from .security import Security
from .settings import Settings


def surround(app: FastAPI, settings: Settings) -> None:
    """Add the outer middleware to ``app``, after its own; the last one added sees a request first."""
    app.add_middleware(Admission, settings=settings)
    app.add_middleware(Front)
    app.add_middleware(Security)
    if settings.access_log:
        access.begin()
        app.add_middleware(access.Access)
