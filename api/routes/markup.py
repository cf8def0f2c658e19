"""schema.org markup: JSON-LD in the head of a page about its subject, for search engines and harvesters.

It states only what the graph holds. A page is ours and under our licence; its subject is the main entity, with external identifiers and
without a licence: documents belong to their publishers, and the page quotes their copyright notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from pydantic_core import to_json

from mabgraph.graph.building.description import AUTHORS, KEYWORDS, LICENCE, RELEASED, TITLE
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.questions.question import Row
from mabgraph.graph.store import vocabulary
from mabgraph.ingest.visible import escape_invisible_in

from ..exports.standalone import embed
from ..http import signposts, webpages

#: Kinds of documents that are articles.
_ARTICLES: Final = frozenset({"primary-report", "review"})
#: schema.org types of studies by the class of the graph.
_STUDIES: Final = {"ClinicalTrial": "MedicalTrial", "ObservationalStudy": "MedicalObservationalStudy"}
#: Properties of the graph that are identifiers, and those that are names.
_IDENTIFIERS: Final = ("doi", "registration", "identifier")
_LABELS: Final = ("label", "prefLabel", "title")

Node = dict[str, Any]


def dataset(about: str, version: str, files: Iterable[str]) -> str:
    """Return the element about the dataset: the sentence ``about``, its version, and its available ``files``."""
    base = vocabulary.base()
    author = {"@type": "Organization", "@id": vocabulary.resource("agent/mabgraph"), "name": AUTHORS}
    return _element(
        {
            **_dataset_node(), "description": about, "version": version, "identifier": base + signposts.DATASET, "datePublished": RELEASED,
            "keywords": list(KEYWORDS), "inLanguage": "en", "isAccessibleForFree": True, "creator": author, "publisher": author,
            "distribution": [
                {"@type": "DataDownload", "contentUrl": base + name, "encodingFormat": signposts.FILES[name]} for name in files
            ],
        }
    )  # fmt: skip


def terms() -> str:
    """Return the element about the vocabulary."""
    name = {"@id": f"{vocabulary.base()}ontology/", "name": "Vocabulary of mabgraph", "license": LICENCE}
    return _element({"@type": "DefinedTermSet", **name, "isPartOf": _dataset_node()})


def page(kind: str, local: str, name: str) -> str:
    """Return the element about a page that is about no thing of its own: its type, its address relative to the base, its name."""
    about = {"mainEntity": _dataset_node()} if kind == "AboutPage" else {}
    return _element(
        {"@type": kind, "url": vocabulary.base() + local, "name": name, "license": LICENCE, "isPartOf": _dataset_node(), **about}
    )


def thing(iri: str, rows: Sequence[Row]) -> str:
    """Return the element about the thing ``iri``, from the rows of the question ``statements``."""
    values = _values(rows)
    page = {"@type": "AboutPage", "url": iri, "license": LICENCE, "isPartOf": _dataset_node()}
    about: Node = {"@id": iri, "@type": _type(iri, values)}
    if about["@type"] != "Dataset":
        about |= _names(values)
    return _element(page | {"mainEntity": about})


def thing_of(catalogue: Catalogue, iri: str) -> str:
    """Return the element about the thing ``iri`` of a dataset; one question, which leaves out what points to it: thousands of rows."""
    return thing(iri, catalogue.ask("statements", {"resource": iri, "direction": "of"}))


def addresses(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return the external URLs of the subject of ``rows`` (question ``statements``), by DOI and registration number."""
    values = _values(rows)
    return signposts.external_links(values.get("doi", ()), values.get("registration", ()))


def _dataset_node() -> Node:
    base = vocabulary.base()
    return {"@type": "Dataset", "@id": base + signposts.DATASET, "name": TITLE, "url": base, "license": LICENCE}


def _type(iri: str, values: dict[str, list[str]]) -> str:
    """Return the schema.org type of ``iri``; documents are articles, except register entries; studies are of the kind that is stated."""
    local = iri.removeprefix(vocabulary.base())
    if not local.startswith("id/document/"):
        kinds = {_STUDIES[each] for kind in values.get("type", ()) if (each := webpages.local_name(kind)) in _STUDIES}
        return kinds.pop() if len(kinds) == 1 else signposts.kind(local)
    return "ScholarlyArticle" if {vocabulary.local_name(each) for each in values.get("documentKind", ())} & _ARTICLES else "CreativeWork"


def _names(values: dict[str, list[str]]) -> Node:
    """Return the names, identifiers and external URLs of a thing."""
    names = [name for label in _LABELS for name in values.get(label, ())]
    same = [each for each in values.get("exactMatch", ()) if each.startswith(("http://", "https://"))]
    properties = {
        "name": names[:1], "alternateName": [*names[1:], *values.get("altLabel", ())],
        "identifier": [each for name in _IDENTIFIERS for each in values.get(name, ())],
        "sameAs": [*signposts.external_links(values.get("doi", ()), values.get("registration", ())), *same],
        "copyrightNotice": values.get("rights", []),
    }  # fmt: skip
    return {name: several[0] if len(several) == 1 else several for name, several in properties.items() if several}


def _values(rows: Sequence[Row]) -> dict[str, list[str]]:
    """Return the distinct values of each property of the subject of ``rows``, by the local name of the property."""
    values: dict[str, dict[str, None]] = {}
    for row in rows:
        if row["direction"] == "of":
            values.setdefault(webpages.local_name(str(row["property"])), {})[str(row["value"])] = None
    return {name: list(several) for name, several in values.items()}


def _element(node: Node) -> str:
    """Return a data block with the JSON of ``node``: escaped for HTML, invisible characters made visible."""
    text = to_json(escape_invisible_in({"@context": signposts.SCHEMA, **node})).decode()
    return f'<script type="application/ld+json">{embed(text)}</script>'
