"""Consistency of a question: whether its header and its text agree, so that nothing that one of them says is ignored."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from mabgraph.ingest.errors import QuestionError

from . import directives
from .directives import HEADER, suggest
from .header import Header, PageHeader
from .querytext import QueryText

_VARIABLE: Final = re.compile(r"[?](\w+)")


def check(header: Header, text: str, path: Path, questions: Mapping[str, str]) -> None:
    """Refuse a question whose header and text, which is the whole file ``path``, do not agree.

    ``questions`` maps the names of all questions to those of their files.

    :raises QuestionError: naming the file and everything that one of them has and the other does not.
    """
    directives.check(text, path, {name: each.choices for name, each in header.parameters.items()}, paged=header.page is not None)
    faults = []
    if header.pin is not None and header.pin not in header.parameters:
        faults.append(f"pin: the parameter {header.pin!r} is unknown: {suggest(header.pin, header.parameters)}")
    if header.pin is not None and f"OPTIONAL {{ ?{header.pin} " not in text:
        faults.append(f"pin: no OPTIONAL begins with ?{header.pin}: correct the name, or take pin out")
    if header.page is not None:
        faults += _page_faults(header.page, header, text)
        if header.page.question is not None and questions.get(header.page.question) != path.stem:
            line = f"{HEADER}   question: {header.page.question}"
            faults.append(f"page: {header.page.question!r} is another question, or not on a line of its own, {line!r}")
    if faults:
        raise QuestionError("\n".join(f"{path}: {fault}" for fault in faults))


def _page_faults(page: PageHeader, header: Header, text: str) -> Iterator[str]:
    """Yield what is wrong with the page of a question beside its keys."""
    variables = (page.of, *page.carry)
    pattern = set(_VARIABLE.findall(QueryText(text).pattern))
    for name in variables:
        if name not in pattern:
            yield f"page: the pattern that decides what is listed has no ?{name}: {suggest(name, pattern)}"
        if page.question is not None and name not in header.columns:
            yield f"page: {name!r} is a column of {page.question}, and no column of the header: {suggest(name, header.columns)}"
    if page.by is not None and (slot := f"#? {page.by}: VALUES ?{page.of} {{ ${page.by} }}") not in QueryText(text).pattern:
        yield f"page: by the parameter {page.by!r}, and the pattern that decides what is listed has no line {slot!r}"
    for name in (page.of, "total") if page.by is not None else ():
        if name not in header.columns:
            yield f"page: asked for in two steps, for which the header needs the column {name!r}: {suggest(name, header.columns)}"
    for name in _VARIABLE.findall(page.order):
        if name not in variables:
            yield f"page: ordered by ?{name}, which is neither 'of' nor carried: {suggest(name, variables)}"
