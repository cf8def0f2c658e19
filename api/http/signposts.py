"""FAIR Signposting, level 1: typed links (RFC 8288) from a page to its citation, type, licence, descriptions and data.

The recipe is at https://signposting.org/FAIR/. The dataset and every thing in it have a page, whose links state citation, type, licence,
descriptions and data; the targets link back. The same links are in the field ``Link`` and in the head of a page. Targets are paths of this
service, or IRIs and external URLs, so a response is the same under any host name.

The licence is that of our data. So the article type is not a type of the page of a document, and its DOI is not ``cite-as``: that would
state that the publisher's article has our licence (``docs/decisions/0030-signposting.md``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from html import escape
from itertools import accumulate
from typing import Final, NamedTuple
from urllib.parse import quote

from mabgraph.graph.building.description import LICENCE
from mabgraph.graph.store import dataset, vocabulary

#: Longest ``Link`` field (characters): proxies and clients accept about 8 to 16 kB of headers in total.
LONGEST: Final = 4000
#: The files of a dataset that can be downloaded, and their media types.
FILES: Final = {dataset.GZIP: "application/gzip", dataset.DUMP: "application/n-quads", dataset.TRIG: "application/trig"}
#: The page of the dataset, and its name in the graph.
LANDING: Final = "/"
DATASET: Final = "id/dataset/mabgraph"
#: Path suffixes of data about one thing, and their media types; the most requested first.
FORMS: Final = {"ttl": "text/turtle", "jsonld": "application/ld+json", "rdf": "application/rdf+xml", "nt": "application/n-triples"}
HTML: Final = "text/html"
#: Path of the description of the dataset, without the format name.
_VOID: Final = "/.well-known/void?format="

#: schema.org types by the IRI prefix of a thing; all others are ``Dataset``.
_TYPES: Final = {
    "id/drug": "Drug", "id/target": "BioChemEntity", "id/condition": "MedicalCondition", "id/study": "MedicalStudy",
    "concept": "DefinedTerm", "ontology": "DefinedTerm",
}  # fmt: skip
#: The vocabulary that search engines read.
SCHEMA: Final = "https://schema.org/"
#: Characters of a URL that are not percent-encoded, beside letters, digits and ``-._~``; delimiters of lists and quotes are (RFC 8288, 3).
_ADDRESS: Final = "/:?#@=&%+"
_PATH: Final = "/:@"
_REGISTERED: Final = re.compile(r"NCT[0-9]{8}")


class Signpost(NamedTuple):
    """One link: target, relation, and media type, if any."""

    target: str
    relation: str
    media: str = ""

    def field_value(self) -> str:
        r"""Return the link as a value of the field ``Link``.

        >>> Signpost("/a b,<c>", "item", 'text/csv; header="present"').field_value()
        '</a%20b%2C%3Cc%3E>; rel="item"; type="text/csv; header=\\"present\\""'
        """
        media = f"; type={_quote(self.media)}" if self.media else ""
        return f"<{quote(self.target, safe=_ADDRESS, errors='replace')}>; rel={_quote(self.relation)}{media}"

    def element(self) -> str:
        """Return the link as an element of the head of a page."""
        media = f' type="{escape(self.media)}"' if self.media else ""
        address = quote(self.target, safe=_ADDRESS, errors="replace")
        return f'<link rel="{escape(self.relation)}" href="{escape(address)}"{media}>'


#: Signposts in order of priority, for fields in which not all fit.
Signposts = tuple[Signpost, ...]


def fit(links: Sequence[str], otherwise: str = "", beside: Iterable[str] = ()) -> str:
    """Return the first of ``links`` that fit into a field, ``otherwise`` if not all do, then what fits of ``beside``.

    >>> fit(["<a>", "<b>"], "<c>"), fit(["<a>", "<" + "b" * 5000 + ">", "<d>"], "<c>", ["<e>"])
    ('<a>, <b>', '<a>, <c>, <e>')
    """
    lengths = accumulate(len(link) + len(", ") for link in links)
    values = [link for link, length in zip(links, lengths, strict=True) if length <= LONGEST]
    if otherwise and len(values) < len(links):
        values.append(otherwise)
    room = LONGEST - sum(len(value) + len(", ") for value in values)
    for link in beside:
        room -= len(link) + len(", ")
        if room < 0:
            break
        values.append(link)
    return ", ".join(values)


def field(signposts: Iterable[Signpost]) -> str:
    """Return the value of the field ``Link`` with the first of ``signposts`` that fit."""
    return fit((), beside=[each.field_value() for each in signposts])


def elements(signposts: Iterable[Signpost]) -> str:
    """Return ``signposts`` as elements of the head of a page."""
    return "".join(each.element() for each in signposts)


@cache
def landing(files: tuple[str, ...]) -> Signposts:
    """Return the links of the page of the dataset: its description, and its available ``files``."""
    return (*_dataset_links("AboutPage", "Dataset"), *_describedby_links(_VOID), *(_item(name) for name in files), _author())


@cache
def file(name: str) -> Signposts:
    """Return the links of a file of the dataset: back to the page of the dataset."""
    return (*_dataset_links("Dataset"), *_describedby_links(_VOID), Signpost(LANDING, "collection", HTML), _author())


@cache
def description(address: str) -> Signposts:
    """Return the links of a description of the dataset at ``address``: the page of the dataset, and other formats."""
    return (*_dataset_links(), Signpost(LANDING, "describes", HTML), _author(), *_alternate_links(f"{address}?format="))


@cache
def listing() -> tuple[str, ...]:
    """Return the links of a list of things, as field values after the links between pages; a list is cited as part of the dataset."""
    links = (*_dataset_links(), *_describedby_links(_VOID, 2), Signpost(LANDING, "collection", HTML))
    return tuple(each.field_value() for each in links)


@cache
def vocabulary_page(suffix: str = "") -> Signposts:
    """Return the links of the vocabulary, as a page, or as data with a format ``suffix``."""
    about = (Signpost(LICENCE, "license"), Signpost(f"{vocabulary.base()}ontology/", "cite-as"))
    if suffix in FORMS:
        return (*about, Signpost("/ontology", "describes", HTML), _author())
    types = (Signpost(f"{SCHEMA}AboutPage", "type"), Signpost(f"{SCHEMA}DefinedTermSet", "type"))
    return (
        *about,
        *types,
        *_describedby_links("/ontology."),
        Signpost(LANDING, "collection", HTML),
        _author(),
        *_alternate_links("/ontology."),
    )


@cache
def part(kind: str) -> Signposts:
    """Return the links of a page of the dataset that is about no thing of its own, of the schema.org type ``kind``."""
    return (*_dataset_links(kind), *_describedby_links(_VOID), Signpost(LANDING, "collection", HTML), _author())


def resource(local: str, suffix: str = "", related: Iterable[str] = (), files: tuple[str, ...] = ()) -> Signposts:
    """Return the links of the thing ``local`` (relative to the base) and of its descriptions.

    With a ``suffix``, they are the links of that description; ``related`` are external URLs of the thing, ``files`` those of the dataset,
    if the thing is the dataset.
    """
    path = escape_path(local)
    whole = local == DATASET
    about = [Signpost(LICENCE, "license"), Signpost(vocabulary.base() + ("" if whole else path), "cite-as")]
    if suffix in FORMS:
        return (*about, Signpost(f"/data/{path}", "describes", HTML), *(Signpost(each, "related") for each in related), _author())
    about += [Signpost(f"{SCHEMA}AboutPage", "type"), Signpost(SCHEMA + kind(local), "type")]
    return (
        *about, *_describedby_links(f"/data/{path}."), *((_item(name) for name in files) if whole else ()),
        Signpost(LANDING, "collection", HTML),
        *(Signpost(each, "related") for each in related), _author(), *_alternate_links(f"/data/{path}."),
    )  # fmt: skip


@lru_cache(1000)
def row(iri: str, collection: str, related: tuple[str, ...] = ()) -> str:
    """Return the ``Link`` field of the look-up of one thing: citation, descriptions, collection."""
    local = iri.removeprefix(vocabulary.base())
    path = escape_path(local)
    return field(
        [
            Signpost(LICENCE, "license"), Signpost(vocabulary.base() + path, "cite-as"), Signpost(SCHEMA + kind(local), "type"),
            *_describedby_links(f"/data/{path}.", 2), Signpost(f"/v1/{collection}", "collection", "application/json"),
            *(Signpost(each, "related") for each in related),
        ]
    )  # fmt: skip


def escape_path(local: str) -> str:
    """Return the name of a thing, percent-encoded for a URL path and a link.

    >>> escape_path("id/drug/a?b>, c%")
    'id/drug/a%3Fb%3E%2C%20c%25'
    """
    return quote(local, safe=_PATH, errors="replace")


def kind(local: str) -> str:
    """Return the schema.org type of a thing by its name; the page of a document is a ``Dataset``, because the document is not ours.

    >>> kind("id/drug/blinatumomab"), kind("concept/median"), kind("id/document/kantarjian-2017")
    ('Drug', 'DefinedTerm', 'Dataset')
    """
    room, _, behind = local.partition("/")
    return _TYPES.get(f"id/{behind.partition('/')[0]}" if room == "id" else room, "Dataset")


def external_links(dois: Iterable[object], registrations: Iterable[object]) -> tuple[str, ...]:
    """Return the URLs of documents by DOI, and of studies by ClinicalTrials.gov number.

    >>> external_links(["10.1056/NEJMoa1609783", None], ["NCT02013167", "2012-000000-00"])
    ('https://doi.org/10.1056/NEJMoa1609783', 'https://clinicaltrials.gov/study/NCT02013167')
    """
    documents = (f"https://doi.org/{quote(str(doi), safe='/')}" for doi in dois if doi)
    studies = (f"https://clinicaltrials.gov/study/{number}" for number in map(str, registrations) if _REGISTERED.fullmatch(number))
    return (*documents, *studies)


def _dataset_links(*types: str) -> Signposts:
    """Return the links of the dataset or a part of it: licence, citation and ``types``."""
    return (
        Signpost(LICENCE, "license"), Signpost(vocabulary.base(), "cite-as"), *(Signpost(SCHEMA + each, "type") for each in types),
    )  # fmt: skip


def _describedby_links(stem: str, most: int | None = None) -> Signposts:
    """Return the ``describedby`` links ``stem`` plus suffix, at most ``most``."""
    return tuple(Signpost(stem + suffix, "describedby", media) for suffix, media in [*FORMS.items()][:most])


def _alternate_links(stem: str) -> Signposts:
    return tuple(Signpost(stem + suffix, "alternate", media) for suffix, media in FORMS.items())


def _item(name: str) -> Signpost:
    return Signpost(f"/{name}", "item", FILES[name])


@cache
def _author() -> Signpost:
    return Signpost(vocabulary.resource("agent/mabgraph"), "author")


def _quote(text: str) -> str:
    content = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{content}"'
