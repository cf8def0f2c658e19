"""Layers: what stands before the whole application, whatever is asked and whatever it answers."""

from __future__ import annotations

from fastapi import FastAPI

from .front import Front
from .preconditions import Preconditions
from .security import Security


def surround(app: FastAPI) -> None:
    """Put the layers around ``app``, whose own are there already; the last is the first to see a request."""
    app.add_middleware(Preconditions)
    app.add_middleware(Front)
    app.add_middleware(Security)
