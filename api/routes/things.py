"""The thing that a look-up names: its IRI, its format suffix, and the problem if there is no such thing."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.questions.question import EXACT
from mabgraph.ingest.errors import QuestionError, UnknownName

from ..collections import tables
from ..collections.resources import Collection, Row
from ..http import problems, responses, signposts
from ..http.problems import ProblemError


@dataclass(frozen=True)
class Parent:
    """The thing that a nested list is of: its collection, the name in the path, its IRI, and the filter that takes it."""

    collection: Collection
    name: str
    iri: str
    parameter: str

    def check(self, catalogue: Catalogue) -> None:
        """Ask whether there is such a thing, with one query at most.

        :raises ProblemError: (404) when there is none.
        """
        if not self.collection.exists(catalogue, self.iri):
            raise unknown_thing(self.collection, self.name)


def split_suffix(name: str) -> tuple[str, str]:
    """Split a path segment into name and format suffix; another dot in a name is no suffix.

    >>> split_suffix("TOWER.csv"), split_suffix("CheckMate-205.b")
    (('TOWER', 'csv'), ('CheckMate-205.b', ''))
    """
    stem, _, suffix = name.rpartition(".")
    return (stem, suffix) if stem and suffix in tables.FORMS else (name, "")


def negotiate_list_type(request: Request, suffix: str) -> str:
    """Return the media type of a list.

    :raises ProblemError: for an unknown suffix (404), or where no format is acceptable (406).
    """
    if suffix and suffix not in tables.FORMS:
        raise ProblemError(problems.response(404, f"there is no format {suffix[:80]!r}; there are {', '.join(tables.FORMS)}"))
    return responses.negotiate(request, suffix, tables.FORMS)


def find_iri(catalogue: Catalogue, collection: Collection, name: str) -> str:
    """Return the IRI of the thing named ``name``; asks no query.

    :raises ProblemError: when several things have the name (300, with their addresses), or none (404).
    """
    try:
        return collection.iri(catalogue, name)
    except UnknownName as error:
        urls = [collection.url(choice) for choice in error.choices]
        alternates = [f'<{url}>; rel="alternate"' for url in urls]
        links = {"Link": signposts.fit(alternates, f'</v1/{collection.name}>; rel="collection"')} if urls else None
        raise ProblemError(problems.response(300 if urls else 404, str(error), links, list(error.near), urls)) from None
    except QuestionError:
        raise unknown_thing(collection, name) from None


def find_rows(catalogue: Catalogue, collection: Collection, iri: str) -> list[Row]:
    """Return the row of the thing ``iri`` alone, without what is narrower; none if there is no such thing."""
    exact = {EXACT.name: ["true"]} if EXACT in collection.parameters else {}
    try:
        return collection.find(catalogue, {collection.one: [iri], **exact}, 100, 0)[0]
    except (UnknownName, QuestionError):
        return []


def unknown_thing(collection: Collection, name: str) -> ProblemError:
    """Return the refusal (404) of a name that nothing in ``collection`` has."""
    return ProblemError(problems.response(404, f"no {collection.one} is called {name[:80]!r}; see /v1/{collection.name}"))
