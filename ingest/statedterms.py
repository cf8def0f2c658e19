"""Stated terms: what an analysis says of itself (population, method, test, censoring, adjustment), and what each rests on.

A mark in a quote of the analysis shows the words that state the term, as a mark shows a number: ``[as randomised](population)``. A term
without one is the curator's: it is served with that word, never as what the document prints.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from . import figures
from .errors import RecordError
from .figures import Node
from .quotes import STATEMENT_ROLES, Mark, shift
from .record import Analysis
from .sides import stretches

#: What the keys of an analysis are called in words.
NAMES: Final[Mapping[str, str]] = {
    "population": "population", "method": "method", "test": "test", "censoring": "censoring", "adjusted_for": "adjustment",
}  # fmt: skip
#: The keys of the graph that differ from those of the record.
_PROPERTIES: Final[Mapping[str, str]] = {"adjusted_for": "adjustedFor"}
PRINTED: Final = "printed-in-document"
CURATOR: Final = "stated-by-curator"


def nodes_of(analysis: Analysis, name: str, document: str) -> list[Node]:
    """Return a node for each thing that ``analysis`` states: its terms, what they rest on, and the places of the words that state them.

    ``name`` is the local name of the analysis, ``document`` the id of its document. Adjustment that is printed in part has two nodes.

    :raises RecordError: when a mark states a key or factor that the analysis does not have, or is no statement of an analysis.
    """
    marks = list(_marks(analysis))
    for mark in marks:
        _check(analysis, mark)
    nodes: list[Node] = []
    for key in NAMES:
        terms = _terms(analysis, key)
        own = [mark for mark in marks if mark.role == key]
        printed = [term for term in terms if any(mark.name in {"", term} for mark in own)]
        left = [term for term in terms if term not in printed]
        if printed:
            nodes.append(_node(key, f"{name}.{key.replace('_', '-')}", printed, document, own, is_whole=not left))
        if left:
            ending = "-by-curator" if printed else ""
            nodes.append(_node(key, f"{name}.{key.replace('_', '-')}{ending}", left, document, [], is_whole=not printed))
    return nodes


def _marks(analysis: Analysis) -> Iterator[Mark]:
    """Yield the marks of all quotes, at their places in the document."""
    for quote in analysis.printed:
        marked = quote.read_marks()
        if quote.at is None:
            raise RecordError(f"the quote {marked.text!r} has no place: run mabgraph anchor")
        if not marked.marks:
            raise RecordError(f"the quote {marked.text!r} of an analysis marks nothing: mark words that state a term, [words](population)")
        yield from shift(marked.marks, quote.at)


def _check(analysis: Analysis, mark: Mark) -> None:
    written = f"[{mark.printed}]({mark.name and f'{mark.name}.'}{mark.role})"
    if mark.role not in STATEMENT_ROLES:
        raise RecordError(
            f"{written}: quotes of an analysis mark its {', '.join(list(NAMES)[:-1])} or adjusted_for: write numbers in facts"
        )
    terms = _terms(analysis, mark.role)
    if not terms:
        raise RecordError(f"{written}: the analysis has no {mark.role}: add the term that these words state, or take the mark out")
    if mark.name and mark.name not in terms:
        raise RecordError(f"{written}: {mark.name!r} is no {mark.role} of the analysis; it has {', '.join(terms)}")


def _terms(analysis: Analysis, key: str) -> Sequence[str]:
    value = getattr(analysis, key)
    return value if isinstance(value, tuple) else (value,) if value else ()


def _node(key: str, name: str, terms: Sequence[str], document: str, marks: Sequence[Mark], *, is_whole: bool) -> Node:
    places = [(mark.start, mark.end, mark.printed) for mark in marks if mark.name in {"", *terms}]
    of = "" if is_whole else f" ({', '.join(term.replace('-', ' ') for term in terms)})"
    where = stretches(sorted((start, end) for start, end, _ in places))
    node: Node = {
        "id": f"statement/{document}.{name}", "type": "AnalysisStatement", "basis": PRINTED if marks else CURATOR,
        "statedProperty": _PROPERTIES.get(key, key), "statedTerm": list(terms),
        "label": f"{NAMES[key]}{of}: " + (f"printed, characters {where}" if marks else "stated by the curator"),
    }  # fmt: skip
    anchors = [figures.target(f"statement/{document}.{name}/{start}", document, start, end, words) for start, end, words in places]
    return node | ({"anchoredAt": anchors} if anchors else {})
