"""Parts of things: IRIs with a fragment, of which a client asks for the part before ``#``.

A place, its quote and its position are parts of a figure, or of the words that a claim rests on, which have no IRI of their own without the
fragment. So what is described at an IRI includes its parts, and the part that is a place says where its characters are.
"""

from __future__ import annotations

import re
from typing import Final

from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.questions.question import Row
from mabgraph.graph.store import vocabulary

#: The fragments of our IRIs: places with their selectors (``ingest/figures.py``), and graphs as the service describes them.
FRAGMENTS: Final = ("target", "quote", "position", "graph")
_ROOM: Final = "id/"
_NAME: Final = re.compile(r"id/[\w./~%!$&'()*+,;=@-]+")


def names(local: str) -> list[str]:
    """Return the names of all parts that the thing ``local`` (relative to the base) may have; none where it has signs that no path has.

    >>> names("id/graph/about")[0], names("ontology/Figure"), names("id/a:b>")
    ('graph/about#target', [], [])
    """
    return [f"{local.removeprefix(_ROOM)}#{each}" for each in FRAGMENTS] if _NAME.fullmatch(local) else []


def describe(catalogue: Catalogue, local: str) -> dict[str, list[Row]]:
    """Return the statements about each part of the thing ``local``, by the IRI of the part; those that it does not have are left out."""
    asked = {vocabulary.resource(name): catalogue.ask("statements", {"resource": name}) for name in names(local)}
    return {iri: rows for iri, rows in asked.items() if any(row["direction"] == "of" for row in rows)}


def find_place(catalogue: Catalogue, local: str) -> tuple[str, int] | None:
    """Return the document (its id) and the first character of the place that is a part of the thing ``local``; none if it has none."""
    if not (asked := names(local)):
        return None
    target, position = (catalogue.ask("statements", {"resource": asked[FRAGMENTS.index(each)]}) for each in ("target", "position"))
    documents = [str(row["value"]) for row in target if str(row["property"]).endswith("#hasSource")]
    starts = [int(str(row["value"])) for row in position if str(row["property"]).endswith("#start")]
    return (vocabulary.local_name(documents[0]), starts[0]) if documents and starts else None
