"""Media types: which of those offered a caller wants, by the quality values of ``Accept`` (RFC 9110, 12.5.1)."""

from __future__ import annotations

from collections.abc import Sequence

from . import fields


def acceptable(accept: str | None, offered: Sequence[str]) -> list[str]:
    """Return those of ``offered`` that ``accept`` takes, most wanted first; all of them when nothing is said.

    >>> acceptable("text/csv;q=0.5, application/*", ["text/csv", "application/json", "text/turtle"])
    ['application/json', 'text/csv']
    """
    if not accept:
        return list(offered)
    weights = fields.qualities(accept)
    wanted = []
    for place, media in enumerate(offered):
        ranges = (media.lower(), media.lower().partition("/")[0] + "/*", "*/*")
        quality = next((weights[each] for each in ranges if each in weights), 0.0)
        wanted.append((quality, -place, media))
    return [media for quality, _, media in sorted(wanted, reverse=True) if quality > 0]
