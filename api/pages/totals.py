"""Totals: how many there are of everything, and the first documents; they are worked out once for a dataset, which never changes."""

from __future__ import annotations

from typing import Final

from mabgraph.graph.questions.catalogue import Catalogue

from ..collections import resources
from ..collections.resources import Collection, Row

#: Documents that are kept: the page about the dataset lists so many.
DOCUMENTS: Final = 200


def count(catalogue: Catalogue, collection: Collection) -> int:
    """Return how many things a collection has in all; one question for the first caller."""
    return catalogue.once(f"total of {collection.name}", lambda asked: asked.page(collection.asks, {}, 1)[1])


def first_documents(catalogue: Catalogue) -> tuple[list[Row], int]:
    """Return the first :data:`DOCUMENTS` documents with their ledgers, and how many there are in all; two questions at first."""
    return catalogue.once("first documents", lambda asked: resources.DOCUMENTS.find(asked, {}, DOCUMENTS, 0))
