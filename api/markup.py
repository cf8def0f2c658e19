"""Markup: what a page is about in the words of https://schema.org, as JSON-LD in its head, for search engines and harvesters.

Nothing is said that the graph does not hold. A page is ours and under our licence; what it is about stands in it as its main entity, with
the identifiers that others have for it and no licence: documents belong to their publishers, and the page says what they say of that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from pydantic_core import to_json

from mabgraph.graph import vocabulary
from mabgraph.graph.description import AUTHORS, KEYWORDS, LICENCE, RELEASED, TITLE
from mabgraph.graph.question import Row
from mabgraph.ingest.visible import escape_invisible_in

from . import signposts
from .standalone import embedded

#: Kinds of documents that are articles.
_ARTICLES: Final = frozenset({"primary-report", "review"})
#: Properties of the graph that are identifiers, and those that are names beside the first.
_IDENTIFIERS: Final = ("doi", "registration", "identifier")
_LABELS: Final = ("label", "prefLabel", "title")

Node = dict[str, Any]


def dataset(about: str, version: str, files: Iterable[str]) -> str:
    """Return the element that says what the dataset is: ``about`` in a sentence, its version, and those ``files`` of it that are there."""
    base = vocabulary.base()
    author = {"@type": "Organization", "@id": vocabulary.resource("agent/mabgraph"), "name": AUTHORS}
    return _element(
        {
            **_whole(), "description": about, "version": version, "identifier": base + signposts.DATASET, "datePublished": RELEASED,
            "keywords": list(KEYWORDS), "inLanguage": "en", "isAccessibleForFree": True, "creator": author, "publisher": author,
            "distribution": [
                {"@type": "DataDownload", "contentUrl": base + name, "encodingFormat": signposts.FILES[name]} for name in files
            ],
        }
    )  # fmt: skip


def terms() -> str:
    """Return the element that says what the vocabulary is."""
    name = {"@id": f"{vocabulary.base()}ontology/", "name": "Vocabulary of mabgraph", "license": LICENCE}
    return _element({"@type": "DefinedTermSet", **name, "isPartOf": _whole()})


def thing(iri: str, rows: Sequence[Row]) -> str:
    """Return the element that says what the page of ``iri`` is about, from the answer of the question ``statements``."""
    said = _values(rows)
    page = {"@type": "AboutPage", "url": iri, "license": LICENCE, "isPartOf": _whole()}
    about: Node = {"@id": iri, "@type": _type(iri, said)}
    if about["@type"] != "Dataset":
        about |= _named(said)
    return _element(page | {"mainEntity": about})


def addresses(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return where else there is something of the thing that ``rows`` of the question ``statements`` are about: by DOI and registration."""
    said = _values(rows)
    return signposts.elsewhere(said.get("doi", ()), said.get("registration", ()))


def _whole() -> Node:
    base = vocabulary.base()
    return {"@type": "Dataset", "@id": base + signposts.DATASET, "name": TITLE, "url": base, "license": LICENCE}


def _type(iri: str, said: dict[str, list[str]]) -> str:
    """Return what the thing ``iri`` is; documents are articles, but for entries of registers."""
    local = iri.removeprefix(vocabulary.base())
    if not local.startswith("id/document/"):
        return signposts.kind(local)
    return "ScholarlyArticle" if {vocabulary.local_name(each) for each in said.get("documentKind", ())} & _ARTICLES else "CreativeWork"


def _named(said: dict[str, list[str]]) -> Node:
    """Return the names and identifiers of a thing, and where else it is told of."""
    names = [name for label in _LABELS for name in said.get(label, ())]
    same = [each for each in said.get("exactMatch", ()) if each.startswith(("http://", "https://"))]
    values = {
        "name": names[:1], "alternateName": [*names[1:], *said.get("altLabel", ())],
        "identifier": [each for name in _IDENTIFIERS for each in said.get(name, ())],
        "sameAs": [*signposts.elsewhere(said.get("doi", ()), said.get("registration", ())), *same],
        "copyrightNotice": said.get("rights", []),
    }  # fmt: skip
    return {name: several[0] if len(several) == 1 else several for name, several in values.items() if several}


def _values(rows: Sequence[Row]) -> dict[str, list[str]]:
    """Return the values of each property of the thing that ``rows`` are about, by the last part of its name, without repetition."""
    values: dict[str, dict[str, None]] = {}
    for row in rows:
        if row["direction"] == "of":
            values.setdefault(str(row["property"]).replace("#", "/").rsplit("/", 1)[-1], {})[str(row["value"])] = None
    return {name: list(several) for name, several in values.items()}


def _element(node: Node) -> str:
    """Return the element of a page that no browser runs: JSON in which no sign ends it, and every character can be seen."""
    text = to_json(escape_invisible_in({"@context": signposts.SCHEMA, **node})).decode()
    return f'<script type="application/ld+json">{embedded(text)}</script>'
