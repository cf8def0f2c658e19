"""Signposts: typed links (RFC 8288) by which a program finds what an address is about: FAIR Signposting, level 1.

The recipe is at https://signposting.org/FAIR/. The dataset and everything in it have a page: it says how it is cited, of which type and
under which licence it is, and where it is described and given as data; what it leads to leads back. The same links stand in the field
``Link`` and in the head of a page. Targets are addresses below this service, or IRIs and identifiers, whose hosts are theirs: so an answer
is the same under any name of this host.

A licence is that of our data. So a document is no type of its page, and its DOI no way to cite the page: it would be said that the
publisher's article is given away (``docs/decisions/0030-signposting.md``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from html import escape
from itertools import accumulate
from typing import Final, NamedTuple
from urllib.parse import quote

from mabgraph.graph import dataset, vocabulary
from mabgraph.graph.description import LICENCE

#: The longest field of links (characters): proxies and clients take some 8 to 16 kB of head in all.
LONGEST: Final = 4000
#: The files of a dataset that can be taken away, and what they are.
FILES: Final = {dataset.GZIP: "application/gzip", dataset.DUMP: "application/n-quads", dataset.TRIG: "application/trig"}
#: The page of the dataset, and its name in the graph.
LANDING: Final = "/"
DATASET: Final = "id/dataset/mabgraph"
#: Suffixes of data about one thing, and what they are: what people and programs ask for most goes first.
FORMS: Final = {"ttl": "text/turtle", "jsonld": "application/ld+json", "rdf": "application/rdf+xml", "nt": "application/n-triples"}
HTML: Final = "text/html"
#: Where the description of the dataset is, up to the name of a format.
_VOID: Final = "/.well-known/void?format="

#: Types of https://schema.org by how the name of a thing begins; all else is data about a thing.
_TYPES: Final = {
    "id/drug": "Drug", "id/target": "BioChemEntity", "id/condition": "MedicalCondition", "id/study": "MedicalStudy",
    "concept": "DefinedTerm", "ontology": "DefinedTerm",
}  # fmt: skip
#: The vocabulary that search engines read.
SCHEMA: Final = "https://schema.org/"
#: What an address may have beside letters, digits and ``-._~``; what lists and quotes are made of is left out (RFC 8288, 3).
_ADDRESS: Final = "/:?#@=&%+"
_PATH: Final = "/:@"
_REGISTERED: Final = re.compile(r"NCT[0-9]{8}")


class Signpost(NamedTuple):
    """One link: where to, what is there for whoever stands here, and its media type where it has one."""

    target: str
    relation: str
    media: str = ""

    def written(self) -> str:
        r"""Return the link as a value of the field ``Link``.

        >>> Signpost("/a b,<c>", "item", 'text/csv; header="present"').written()
        '</a%20b%2C%3Cc%3E>; rel="item"; type="text/csv; header=\\"present\\""'
        """
        media = f"; type={_quoted(self.media)}" if self.media else ""
        return f"<{quote(self.target, safe=_ADDRESS, errors='replace')}>; rel={_quoted(self.relation)}{media}"

    def element(self) -> str:
        """Return the link as an element of the head of a page."""
        media = f' type="{escape(self.media)}"' if self.media else ""
        address = quote(self.target, safe=_ADDRESS, errors="replace")
        return f'<link rel="{escape(self.relation)}" href="{escape(address)}"{media}>'


#: Signposts in the order in which they go first where not all fit.
Signposts = tuple[Signpost, ...]


def fitting(links: Sequence[str], otherwise: str = "", beside: Iterable[str] = ()) -> str:
    """Return the first of ``links`` that fit into a field, and where not all do, ``otherwise`` behind them; then what fits of ``beside``.

    >>> fitting(["<a>", "<b>"], "<c>"), fitting(["<a>", "<" + "b" * 5000 + ">", "<d>"], "<c>", ["<e>"])
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
    return fitting((), beside=[each.written() for each in signposts])


def elements(signposts: Iterable[Signpost]) -> str:
    """Return ``signposts`` as elements of the head of a page."""
    return "".join(each.element() for each in signposts)


@cache
def landing(files: tuple[str, ...]) -> Signposts:
    """Return where the page of the dataset leads: to its description, and to those ``files`` of it that are there."""
    return (*_of_dataset("AboutPage", "Dataset"), *_described(_VOID), *(_item(name) for name in files), _author())


@cache
def file(name: str) -> Signposts:
    """Return where a file of the dataset leads: back to its page."""
    return (*_of_dataset("Dataset"), *_described(_VOID), Signpost(LANDING, "collection", HTML), _author())


@cache
def description(address: str) -> Signposts:
    """Return where what describes the dataset at ``address`` leads: to the page of what it describes, and to itself in other formats."""
    return (*_of_dataset(), Signpost(LANDING, "describes", HTML), _author(), *_others(f"{address}?format="))


@cache
def listing() -> tuple[str, ...]:
    """Return where a list of things leads, as values of a field behind the links between pages: it is cited as a part of the dataset."""
    links = (*_of_dataset(), *_described(_VOID, 2), Signpost(LANDING, "collection", HTML))
    return tuple(each.written() for each in links)


@cache
def vocabulary_page(suffix: str = "") -> Signposts:
    """Return where the vocabulary leads, as a page, or as data with the ``suffix`` of a format."""
    about = (Signpost(LICENCE, "license"), Signpost(f"{vocabulary.base()}ontology/", "cite-as"))
    if suffix in FORMS:
        return (*about, Signpost("/ontology", "describes", HTML), _author())
    types = (Signpost(f"{SCHEMA}AboutPage", "type"), Signpost(f"{SCHEMA}DefinedTermSet", "type"))
    return (*about, *types, *_described("/ontology."), Signpost(LANDING, "collection", HTML), _author(), *_others("/ontology."))


def resource(local: str, suffix: str = "", related: Iterable[str] = (), files: tuple[str, ...] = ()) -> Signposts:
    """Return where the name ``local`` of a thing leads (below the base), and what is said of it, whichever format is chosen.

    With the ``suffix`` of a format of data, it is data that describes; ``related`` are addresses of the thing elsewhere, ``files`` those of
    the dataset where the thing is the dataset.
    """
    path = escaped(local)
    whole = local == DATASET
    about = [Signpost(LICENCE, "license"), Signpost(vocabulary.base() + ("" if whole else path), "cite-as")]
    if suffix in FORMS:
        return (*about, Signpost(f"/data/{path}", "describes", HTML), *(Signpost(each, "related") for each in related), _author())
    about += [Signpost(f"{SCHEMA}AboutPage", "type"), Signpost(SCHEMA + kind(local), "type")]
    return (
        *about, *_described(f"/data/{path}."), *((_item(name) for name in files) if whole else ()), Signpost(LANDING, "collection", HTML),
        *(Signpost(each, "related") for each in related), _author(), *_others(f"/data/{path}."),
    )  # fmt: skip


@lru_cache(1000)
def row(iri: str, collection: str, related: tuple[str, ...] = ()) -> str:
    """Return where the look-up of one thing leads, as a field: to how it is cited, what the graph says of it, the collection it is of."""
    local = iri.removeprefix(vocabulary.base())
    path = escaped(local)
    return field(
        [
            Signpost(LICENCE, "license"), Signpost(vocabulary.base() + path, "cite-as"), Signpost(SCHEMA + kind(local), "type"),
            *_described(f"/data/{path}.", 2), Signpost(f"/v1/{collection}", "collection", "application/json"),
            *(Signpost(each, "related") for each in related),
        ]
    )  # fmt: skip


def escaped(local: str) -> str:
    """Return the name of a thing as it may stand in an address: no sign in it ends a link or begins a query.

    >>> escaped("id/drug/a?b>, c%")
    'id/drug/a%3Fb%3E%2C%20c%25'
    """
    return quote(local, safe=_PATH, errors="replace")


def kind(local: str) -> str:
    """Return the type of https://schema.org that a thing has by its name; a document is none of ours, what is said of it is data.

    >>> kind("id/drug/blinatumomab"), kind("concept/median"), kind("id/document/kantarjian-2017")
    ('Drug', 'DefinedTerm', 'Dataset')
    """
    room, _, behind = local.partition("/")
    return _TYPES.get(f"id/{behind.partition('/')[0]}" if room == "id" else room, "Dataset")


def elsewhere(dois: Iterable[object], registrations: Iterable[object]) -> tuple[str, ...]:
    """Return the addresses of documents by their DOIs, and of studies in the register whose numbers say that they are of it.

    >>> elsewhere(["10.1056/NEJMoa1609783", None], ["NCT02013167", "2012-000000-00"])
    ('https://doi.org/10.1056/NEJMoa1609783', 'https://clinicaltrials.gov/study/NCT02013167')
    """
    documents = (f"https://doi.org/{quote(str(doi), safe='/')}" for doi in dois if doi)
    studies = (f"https://clinicaltrials.gov/study/{number}" for number in map(str, registrations) if _REGISTERED.fullmatch(number))
    return (*documents, *studies)


def _of_dataset(*types: str) -> Signposts:
    """Return under which licence, by which identifier and as which ``types`` the dataset or a part of it is."""
    return (
        Signpost(LICENCE, "license"), Signpost(vocabulary.base(), "cite-as"), *(Signpost(SCHEMA + each, "type") for each in types),
    )  # fmt: skip


def _described(stem: str, most: int | None = None) -> Signposts:
    """Return where the descriptions are whose addresses are ``stem`` and a suffix, at ``most`` so many."""
    return tuple(Signpost(stem + suffix, "describedby", media) for suffix, media in [*FORMS.items()][:most])


def _others(stem: str) -> Signposts:
    return tuple(Signpost(stem + suffix, "alternate", media) for suffix, media in FORMS.items())


def _item(name: str) -> Signpost:
    return Signpost(f"/{name}", "item", FILES[name])


@cache
def _author() -> Signpost:
    return Signpost(vocabulary.resource("agent/mabgraph"), "author")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
