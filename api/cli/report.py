"""The coherence report of the documents: checks by kind and outcome, and each discrepancy with both sides and their places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby

from markdown_it import MarkdownIt

from mabgraph.graph.questions.question import Row
from mabgraph.ingest.visible import escape_invisible

_STYLE = """
body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}
td,th{padding:.2em .8em;border:1px solid #999;text-align:left}
"""
_OUTCOMES = ("consistent", "inconsistent", "not checkable")


def markdown(checks: Iterable[Row], discrepancies: Iterable[Row], version: str) -> str:
    """Return the report as Markdown; ``checks`` and ``discrepancies`` are the rows of the questions of these names."""
    return escape_invisible("\n".join(_lines(list(checks), list(discrepancies), version)) + "\n")


def html(text: str) -> str:
    """Return a Markdown report as one HTML page without scripts."""
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    head = f'<head><meta charset="utf-8"><title>Coherence report</title><style>{_STYLE}</style></head>'
    return f'<!doctype html>\n<html lang="en">{head}\n<body>\n{body}</body></html>\n'


def _lines(checks: list[Row], discrepancies: list[Row], version: str) -> Iterator[str]:
    yield "# Coherence report"
    yield ""
    yield f"Dataset `{version}`. Every number is checked against the others within the rounding of the printed numerals."
    for document in sorted({str(row["document"]) for row in [*checks, *discrepancies]}):
        yield from ("", f"## {document}", "", f"| check | {' | '.join(_OUTCOMES)} |", "|---|" + "--:|" * len(_OUTCOMES))
        yield from _table([row for row in checks if row["document"] == document])
        yield from _disagreements([row for row in discrepancies if row["document"] == document])


def _table(checks: list[Row]) -> Iterator[str]:
    outcomes = {str(row["check"]): (str(row["kind"]), str(row["outcome"])) for row in checks}
    counts = Counter(outcomes.values())
    for kind in sorted({kind for kind, _ in counts}):
        yield f"| {kind} | {' | '.join(str(counts[kind, outcome]) for outcome in _OUTCOMES)} |"


def _disagreements(rows: list[Row]) -> Iterator[str]:
    for _, members in groupby(rows, key=lambda row: row["discrepancy"]):
        sides = list(members)
        first = sides[0]
        yield from ("", f"### {_escape(first['label'])}", "", f"{first['kind']}; {first['origin']}. {_escape(first['text'])}", "")
        if first["computation"]:
            yield from (f"Computation: {_escape(first['computation'])}", "")
        for _, figures in groupby(sides, key=lambda row: (row["side"], row["part"])):
            yield from _side(list(figures))


def _side(rows: list[Row]) -> Iterator[str]:
    """Yield the lines of one part: what is printed and where, and what arithmetic gives."""
    printed = dict.fromkeys(
        f"{_escape(row['printed'])} ({row['role'] or 'words'}, {row['start']}–{row['end']})" for row in rows if row["printed"]
    )
    label = _escape(rows[0]["part_label"] or str(rows[0]["part"]).rsplit("/", 1)[-1])
    shown = "" if rows[0]["side"] == "between" else "beside it: "
    yield f"- {shown}{label}: {', '.join(printed) or 'no number is printed'}"
    yield from (f"  - arithmetic: {_escape(text)}" for text in dict.fromkeys(str(row["arithmetic"]) for row in rows if row["arithmetic"]))


def _escape(text: object) -> str:
    """Return ``text`` with the special characters of Markdown escaped."""
    return "".join(f"\\{character}" if character in "\\`*_{}[]<>#|" else character for character in str(text))
