"""Greeting: what ``mabgraph serve`` prints when it starts: where to go, and the secret of the texts where it made one."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from pydantic import SecretStr

from mabgraph.ingest.documents import open_library

from . import secret
from .settings import Settings

_WAYS: Final = {"/docs": "the interface, to try out", "/v1/estimates": "estimates", "/sparql": "SPARQL", "/health": "state"}


def with_secret(settings: Settings) -> tuple[Settings, str | None]:
    """Return the settings with a secret for the texts, and the secret where it is of this start: there are texts, and none was set."""
    if settings.documents is None or settings.texts_token is not None:
        return settings, None
    fresh = secret.fresh()
    return settings.model_copy(update={"texts_token": SecretStr(fresh)}), fresh


def lines(settings: Settings, port: int, fresh: str | None) -> list[str]:
    """Return where to go at the service on ``port``; the secret ``fresh`` of this start is shown here and nowhere else.

    :raises AnchorError: when the folder of documents cannot be read.
    """
    address = f"http://{settings.host}:{port}"
    return [*(f"{address}{path}  {what}" for path, what in _WAYS.items()), *_texts(settings, address, fresh)]


def _texts(settings: Settings, address: str, fresh: str | None) -> list[str]:
    if settings.documents is None:
        return []
    path = f"/v1/documents/{quote(next(iter(open_library(settings.documents).files), 'NAME'))}/text"
    if fresh is None:
        return [f"{address}{path}  texts, for the secret in MABGRAPH_TEXTS_TOKEN"]
    return [
        f"{address.replace('://', f'://{secret.USER}:{fresh}@', 1)}{path}  texts, for whoever has this address",
        f"Authorization: Bearer {fresh}  the same for programs; it is good until the service ends",
    ]
