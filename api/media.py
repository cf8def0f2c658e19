"""Media types: which of those offered a caller wants, by the quality values of ``Accept`` (RFC 9110, 12.5.1), and what ``format`` names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from . import fields

_JSON: Final = ("application/json", "text/json")
_XML: Final = ("application/xml", "text/xml")
#: Names that clients have for what is offered under another: older ones, and wider ones, since all of it is JSON, and Turtle is TriG.
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
#: Parameters of a media range that no representation here has; all others are taken for what it has (RFC 9110, 12.5.1).
_ENCODINGS: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "*"})


def acceptable(accept: str | None, offered: Sequence[str]) -> list[str]:
    """Return those of ``offered`` that ``accept`` takes, most wanted first; all of them when nothing is said.

    Of those that are wanted as much, one that is named goes before one that is named otherwise (:data:`ALIASES`), and that before one that
    is within a range.

    >>> acceptable("text/csv;q=0.5, application/*", ["text/csv", "application/json", "text/turtle"])
    ['application/json', 'text/csv']
    >>> acceptable("application/json;charset=utf-8", ["application/sparql-results+xml", "application/sparql-results+json"])
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
    """Return the quality value of each media range; a range with parameters counts where there is none without."""
    plain: dict[str, float] = {}
    special: dict[str, float] = {}
    for member, quality in fields.qualities(accept).items():
        name, sign, _ = member.partition(";")
        name = "*/*" if name == "*" else name  # as Java sends it
        if not sign:
            plain[name] = quality
        elif _is_had(fields.parted(member)[1]):
            special[name] = max(quality, special.get(name, 0.0))
    return special | plain


def _is_had(parameters: Mapping[str, str]) -> bool:
    """Whether representations here have, or may have, these parameters: all are in UTF-8, and tables have a line of names."""
    return parameters.get("charset", "utf-8").lower() in _ENCODINGS and parameters.get("header", "present").lower() != "absent"


def called(values: Iterable[str]) -> list[tuple[str, ...]]:
    """Return the names of formats in each value of ``format``, in small letters; empty values are left out.

    A value may be a list, as ``Accept`` is. A plus sign that an address was given as it stands has become a space.

    >>> called(["TSV", "application/ld+json,application/x-json+ld", "", "application/rdf xml; charset=utf-8"])
    [('tsv',), ('application/ld+json', 'application/x-json+ld'), ('application/rdf+xml',)]
    """
    several = (tuple(fields.parted(each)[0].lower().replace(" ", "+") for each in fields.members(value)) for value in values)
    return [names for names in several if names]


def named(name: str, offered: Iterable[str]) -> list[str]:
    """Return those of the media types ``offered`` that a media type names, by itself or as an alias.

    >>> named("application/xml", ["application/rdf+xml", "text/turtle"])
    ['application/rdf+xml']
    """
    return [each for each in offered if name in (each, *ALIASES.get(each, ()))]
