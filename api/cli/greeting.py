"""The start message of ``mabgraph serve``: URLs, and the secret for document texts if one was generated."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from pydantic import SecretStr

from mabgraph.ingest.documents import open_library

from ..http import secret
from ..http.settings import Settings

_LINKS: Final = {"/docs": "interactive documentation", "/v1/estimates": "estimates", "/sparql": "SPARQL", "/health": "state"}


def add_secret(settings: Settings) -> tuple[Settings, str | None]:
    """Return the settings with a secret for document texts, and that secret if it was generated: there are texts, and none was set."""
    if not settings.documents or settings.texts_token is not None:
        return settings, None
    generated = secret.generate()
    return settings.model_copy(update={"texts_token": SecretStr(generated)}), generated


def lines(settings: Settings, port: int, fresh: str | None) -> list[str]:
    """Return the lines for the service on ``port``; the generated secret ``fresh`` is shown here and nowhere else.

    :raises AnchorError: when the folder of documents cannot be read.
    """
    address = f"http://{settings.host}:{port}"
    links = (f"{address}{path}  {what}" for path, what in _LINKS.items())
    return [*links, *_text_lines(settings, address, fresh), f"{address}/  pages: search, compare, and each number in its text"]


def _text_lines(settings: Settings, address: str, fresh: str | None) -> list[str]:
    if not settings.documents:
        return []
    path = f"/v1/documents/{quote(next(iter(open_library(*settings.documents).files), 'NAME'))}/text"
    if fresh is None:
        return [f"{address}{path}  document texts, with the secret in MABGRAPH_TEXTS_TOKEN"]
    return [
        f"{address.replace('://', f'://{secret.USER}:{fresh}@', 1)}{path}  document texts; anyone with this URL can read them",
        f"Authorization: Bearer {fresh}  the same for programs; valid until the service ends",
    ]
