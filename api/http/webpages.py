"""HTML pages of data: the vocabulary, and all statements about one thing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import groupby
from types import MappingProxyType
from typing import Final

from mabgraph.graph.questions.question import Row
from mabgraph.graph.store import vocabulary
from mabgraph.ingest.visible import escape_invisible

#: Style sheet of pages; the content security policy names its digest (:mod:`.security`).
STYLE: Final = """
:root{color-scheme:light dark;background:Canvas;color:CanvasText}
body{font:1rem/1.5 sans-serif;max-width:70em;margin:2em auto;padding:0 1em;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}td,th{padding:.2em .8em;border:1px solid #999;text-align:left;vertical-align:top}
"""


def page(title: str, body: str, more: str = "") -> str:
    """Return one HTML page; ``body`` and ``more``, which is added to the head, are HTML and are not escaped."""
    usual = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title><style>{STYLE}</style>'
    head = usual + more
    return escape_invisible(
        f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body><main>\n<h1>{escape(title)}</h1>\n{body}</main></body></html>\n'
    )


def ontology(rows: Iterable[Row], more: str = "") -> str:
    """Return the page of the vocabulary from the rows of the question ``ontology``: a section for each kind, a row for each term."""
    parts = ['<p>The same as data: <a href="/ontology.ttl">Turtle</a>, <a href="/ontology.jsonld">JSON-LD</a>.</p>\n']
    for kind, members in groupby(rows, key=lambda row: str(row["kind"])):
        cells = [[_link(str(row["term"]), str(row["label"])), escape(str(row["definition"] or ""))] for row in members]
        parts.append(f"<h2>{escape(kind)}</h2>\n{_table(('term', 'meaning'), cells)}")
    return page("Vocabulary of mabgraph", "".join(parts), more)


def resource(iri: str, rows: Sequence[Row], more: str = "", fragments: Mapping[str, Sequence[Row]] = MappingProxyType({})) -> str:
    """Return the page of one thing from the rows of the question ``statements``: its properties, then incoming links.

    ``fragments`` are the rows of its parts, by their IRIs: a section for each, which the fragment of the IRI leads to.
    """
    local = iri.removeprefix(vocabulary.base())
    named = {"label", "prefLabel", "title"}
    label = next((str(row["value"]) for row in rows if row["direction"] == "of" and local_name(str(row["property"])) in named), local)
    links = ", ".join(f'<a href="/data/{escape(local)}.{suffix}">{suffix}</a>' for suffix in ("ttl", "jsonld", "nt", "rdf"))
    parts = [f"<p><code>{escape(iri)}</code> as {links}</p>\n", *_statements(rows)]
    for part, about in fragments.items():
        name = part.rpartition("#")[2]
        parts += [f'<h2 id="{escape(name)}">{escape(name)}</h2>\n', *_statements(about)]
    return page(label, "".join(parts), more)


def _statements(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the table of the properties of a thing, and that of the things that point to it."""
    for direction, members in groupby(rows, key=lambda row: str(row["direction"])):
        cells = [
            [_link(str(row["property"]), str(row["property_label"] or local_name(str(row["property"])))), _value(row)] for row in members
        ]
        yield _table(("property", "value") if direction == "of" else ("is the", "of"), cells)


def _value(row: Row) -> str:
    value = str(row["value"])
    return _link(value, str(row["value_label"] or value.removeprefix(vocabulary.base()))) if "://" in value else escape(value)


def _link(iri: str, label: str) -> str:
    """Return a link for an IRI: to a page of this service for our IRIs, to itself for other web addresses."""
    if not iri.startswith(("http://", "https://")):
        return escape(label)
    address = "/" + iri.removeprefix(vocabulary.base()) if iri.startswith(vocabulary.base()) else iri
    return f'<a href="{escape(address)}">{escape(label)}</a>'


def _table(heading: Sequence[str], cells: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in heading)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>\n" for row in cells)
    return f"<table>\n<tr>{head}</tr>\n{body}</table>\n"


def local_name(iri: str) -> str:
    """Return the last part of an IRI of any vocabulary, behind a slash or ``#``."""
    return iri.replace("#", "/").rsplit("/", 1)[-1]
