"""Heads of pages: the same data in other formats, and what a page is for harvesters, where it is not the page of a thing.

Every page has typed links (FAIR Signposting, :mod:`..http.signposts`) and schema.org markup (:mod:`.markup`). Pages of things state those
of the thing; lists, searches and comparisons are pages of the dataset, and are cited as it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.requests import Request

from ..collections import tables
from ..exports import evidencenetwork, takeaway
from ..http import signposts
from ..http.signposts import Signpost, Signposts
from ..plots import drawing
from . import markup

#: Files of a comparison that can hold every comparison: others are refused where they cannot.
_OF_COMPARISONS: Final = ("json", "csv", "tsv", "xlsx", "jsonld", "bibtex", "ris", "csl")
#: Media types by path suffix, of addresses that begin so; the first that fits. Pictures are left out: drawing one takes seconds.
_MEDIA: Final[tuple[tuple[str, Mapping[str, str]], ...]] = (
    ("/v1/compare", {name: takeaway.FORMATS[name].media for name in _OF_COMPARISONS}),
    ("/v1/network", {name: media for name, media in evidencenetwork.FORMS.items() if media != drawing.MEDIA}),
    ("/sparql.", {"csv": tables.CSV, "tsv": tables.TSV, **{each: f"application/sparql-results+{each}" for each in ("json", "xml")}}),
    ("/v1", tables.FORMS), ("/data/", signposts.FORMS), ("/.well-known/", signposts.FORMS),
)  # fmt: skip
#: Paths whose suffix is always a format.
_DRAWN: Final = ("/v1/compare.", "/v1/network.")
#: The media type of an address without a suffix and without ``format``.
_USUAL: Final = (("/v1", tables.JSON), ("/.well-known/", signposts.FORMS["ttl"]))
#: schema.org types of pages, by their path; others are ``WebPage``.
_KINDS: Final = MappingProxyType({
    "/search": "SearchResultsPage", "/about": "AboutPage",
    **dict.fromkeys(
        ("/drugs", "/targets", "/conditions", "/studies", "/endpoints", "/documents", "/estimates", "/discrepancies"), "CollectionPage"
    ),
})  # fmt: skip


def media_of(address: str) -> str:
    """Return the media type of the data at ``address``, a path of this service; empty if it is none of them, or may be refused.

    >>> media_of("/v1/drugs.csv?drug=a"), media_of("/.well-known/void?format=ttl"), media_of("/v1/compare.gemtc")
    ('text/csv', 'text/turtle', '')
    """
    parts = urlsplit(address)
    form = parse_qs(parts.query).get("format", [parts.path.rpartition("/")[2].rpartition(".")[2]])[0]
    known = next((media for begun, media in _MEDIA if parts.path.startswith(begun)), {})
    if form in known or parts.path.startswith(_DRAWN):
        return known.get(form, "")
    return next((media for begun, media in _USUAL if parts.path.startswith(begun)), "")


def links_of_data(addresses: Iterable[str]) -> Signposts:
    """Return the links to the data at ``addresses`` of a page: what it holds, and the same in another format."""
    typed = [(address, media) for address in addresses if (media := media_of(address))]
    return tuple(Signpost(address, relation, media) for relation in ("item", "alternate") for address, media in typed)


def links_of_page(path: str) -> Signposts:
    """Return the links of the page at ``path`` as a page of the dataset: citation, licence, type, descriptions, author."""
    return signposts.part(kind(path))


def kind(path: str) -> str:
    """Return the schema.org type of the page at ``path``."""
    return _KINDS.get(path, "WebPage")


def describe(request: Request, name: str) -> str:
    """Return the element that says what the page of ``request`` is, in words of search engines."""
    query = urlencode(request.query_params.multi_items())
    path = request.url.path
    return markup.page(kind(path), path.removeprefix("/") + (f"?{query}" if query else ""), name)
