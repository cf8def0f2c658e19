"""Layers: what stands before the whole application, whatever is asked and whatever it answers."""

from __future__ import annotations

from fastapi import FastAPI

from . import access
from .admission import Admission
from .front import Front
from .preconditions import Preconditions
from .security import Security
from .settings import Settings


def surround(app: FastAPI, settings: Settings) -> None:
    """Put the layers around ``app``, whose own are there already; the last is the first to see a request."""
    app.add_middleware(Admission, settings=settings)
    app.add_middleware(Preconditions)
    app.add_middleware(Front)
    app.add_middleware(Security)
    if settings.access_log:
        access.begin()
        app.add_middleware(access.Access)
