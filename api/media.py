"""Media types: which of those offered a caller wants, by the quality values of ``Accept`` (RFC 9110, 12.5.1)."""

from __future__ import annotations

from collections.abc import Sequence

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header


def acceptable(accept: str | None, offered: Sequence[str]) -> list[str]:
    """Return those of ``offered`` that ``accept`` takes, most wanted first; all of them when nothing is said.

    >>> acceptable("text/csv;q=0.5, application/*", ["text/csv", "application/json", "text/turtle"])
    ['application/json', 'text/csv']
    """
    if not accept:
        return list(offered)
    header = parse_accept_header(accept, MIMEAccept)
    wanted = [(header.quality(media), -place, media) for place, media in enumerate(offered)]
    return [media for quality, _, media in sorted(wanted, reverse=True) if quality > 0]
