"""Content negotiation by the quality values of ``Accept`` (RFC 9110, 12.5.1), and the media types that ``format`` names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from . import fields

_JSON: Final = ("application/json", "text/json")
_XML: Final = ("application/xml", "text/xml")
#: Aliases that clients use for a media type: wider ones (JSON for a JSON-based type), older ones, and TriG for Turtle, which it contains.
ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "application/json": _JSON,
    "application/sparql-results+json": _JSON,
    "application/ld+json": (*_JSON, "application/x-json+ld"),
    "application/sparql-results+xml": _XML,
    "application/rdf+xml": _XML,
    "application/n-triples": ("text/plain", "text/ntriples", "application/n-quads"),
    "application/x-ndjson": ("application/ndjson", "application/jsonl", "application/x-jsonlines"),
    "text/csv": ("text/plain", "application/csv"),
    "text/tab-separated-values": ("text/tsv",),
    "text/turtle": ("application/turtle", "application/x-turtle", "text/n3", "text/rdf+n3", "application/n3", "application/trig"),
}
#: Values of ``charset`` that representations here satisfy (RFC 9110, 12.5.1).
_ENCODINGS: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "*"})


def acceptable_types(accept: str | None, offered: Sequence[str]) -> list[str]:
    """Return those of ``offered`` that ``accept`` allows, most wanted first; all of them without ``Accept``.

    Among equal quality values, an exact match precedes an alias (:data:`ALIASES`), and an alias precedes a media range.

    >>> acceptable_types("text/csv;q=0.5, application/*", ["text/csv", "application/json", "text/turtle"])
    ['application/json', 'text/csv']
    >>> acceptable_types("application/json;charset=utf-8", ["application/sparql-results+xml", "application/sparql-results+json"])
    ['application/sparql-results+json']
    """
    if not accept or not fields.members(accept):
        return list(offered)
    weights = _ranges(accept)
    wanted = []
    for place, media in enumerate(offered):
        names = ((media.lower(),), ALIASES.get(media, ()), (media.lower().partition("/")[0] + "/*",), ("*/*",))
        matches = (
            (max(weights[each] for each in several if each in weights), -rank)
            for rank, several in enumerate(names)
            if weights.keys() & several
        )
        quality, rank = next(matches, (0.0, 0))
        wanted.append((quality, rank, -place, media))
    return [media for quality, _, _, media in sorted(wanted, reverse=True) if quality > 0]


@lru_cache(maxsize=200)
def _ranges(accept: str) -> Mapping[str, float]:
    """Return the quality value of each media range; a range without parameters overrides the same range with parameters."""
    plain: dict[str, float] = {}
    special: dict[str, float] = {}
    for member, quality in fields.qualities(accept).items():
        name, sign, _ = member.partition(";")
        name = "*/*" if name == "*" else name  # as Java sends it
        if not sign:
            plain[name] = quality
        elif _is_satisfied(fields.split_parameters(member)[1]):
            special[name] = max(quality, special.get(name, 0.0))
    return special | plain


def _is_satisfied(parameters: Mapping[str, str]) -> bool:
    """Whether representations here satisfy these parameters: all are UTF-8, and tables have a header line."""
    return parameters.get("charset", "utf-8").lower() in _ENCODINGS and parameters.get("header", "present").lower() != "absent"


def format_names(values: Iterable[str]) -> list[tuple[str, ...]]:
    """Return the format names in each value of ``format``, in lower case; empty values are left out.

    A value may be a list, as in ``Accept``. An unescaped plus sign in a URL has become a space, so spaces are read as plus signs.

    >>> format_names(["TSV", "application/ld+json,application/x-json+ld", "", "application/rdf xml; charset=utf-8"])
    [('tsv',), ('application/ld+json', 'application/x-json+ld'), ('application/rdf+xml',)]
    """
    several = (tuple(fields.split_parameters(each)[0].lower().replace(" ", "+") for each in fields.members(value)) for value in values)
    return [names for names in several if names]


def matching_types(name: str, offered: Iterable[str]) -> list[str]:
    """Return those of ``offered`` that the media type ``name`` means, by itself or as an alias.

    >>> matching_types("application/xml", ["application/rdf+xml", "text/turtle"])
    ['application/rdf+xml']
    """
    return [each for each in offered if name in (each, *ALIASES.get(each, ()))]
