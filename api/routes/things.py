"""The thing that a look-up names: its IRI, its format suffix, and the problem if there is no such thing."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.questions.question import EXACT
from mabgraph.ingest.errors import QuestionError, UnknownName

from ..collections import tables
from ..collections.resources import Collection, Row
from ..http import problems, signposts


@dataclass(frozen=True)
class Parent:
    """The thing that a nested list is of: its collection, the name in the path, its IRI, and the filter that takes it."""

    collection: Collection
    name: str
    iri: str
    parameter: str

    def find_fault(self, catalogue: Catalogue) -> Response | None:
        """Return the problem (404) if there is no such thing; asks one query at most."""
        return None if self.collection.exists(catalogue, self.iri) else unknown_response(self.collection, self.name)


class LookupRefused(Exception):
    """Raised while a response is written, when a thing does not exist; ``response`` is the problem to send."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def split_suffix(name: str) -> tuple[str, str]:
    """Split a path segment into name and format suffix; another dot in a name is no suffix.

    >>> split_suffix("TOWER.csv"), split_suffix("CheckMate-205.b")
    (('TOWER', 'csv'), ('CheckMate-205.b', ''))
    """
    stem, _, suffix = name.rpartition(".")
    return (stem, suffix) if stem and suffix in tables.FORMS else (name, "")


def find_iri(catalogue: Catalogue, collection: Collection, name: str) -> str | Response:
    """Return the IRI of the thing named ``name``, or the problem: 300 with choices, or 404; asks no query."""
    try:
        return collection.iri(catalogue, name)
    except UnknownName as error:
        urls = [collection.url(choice) for choice in error.choices]
        links = (
            {"Link": signposts.fit([f'<{url}>; rel="alternate"' for url in urls], f'</v1/{collection.name}>; rel="collection"')}
            if urls
            else None
        )
        return problems.response(300 if urls else 404, str(error), links, list(error.near), urls)
    except QuestionError:
        return unknown_response(collection, name)


def find_rows(catalogue: Catalogue, collection: Collection, iri: str) -> list[Row]:
    """Return the row of the thing ``iri`` alone, without what is narrower; none if there is no such thing."""
    exact = {EXACT.name: ["true"]} if EXACT in collection.parameters else {}
    try:
        return collection.find(catalogue, {collection.one: [iri], **exact}, 100, 0)[0]
    except (UnknownName, QuestionError):
        return []


def unknown_response(collection: Collection, name: str) -> Response:
    """Return the problem (404) for a name that nothing in ``collection`` has."""
    return problems.response(404, f"no {collection.one} is called {name[:80]!r}; see /v1/{collection.name}")
