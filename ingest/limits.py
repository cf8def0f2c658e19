"""Limits: numbers that no scale or calendar has, such as an adverse event of grade 7, and dates after the document that prints them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

from . import figures
from .contradictions import Candidate, Stated
from .figures import Figure, Node
from .parts import Quote
from .record import Record
from .sides import Disagreeing

#: Calendar years; other names that end so are of numbers in a year.
_NAMED_YEAR: Final = re.compile(r"^(?:calendar-)?year$|(?:^|-)(?:approval|birth|cutoff|diagnosis|publication|start|end)-year$")
#: By what the name of a mark ends in: whether a number can be that, and in words what it can be.
_SCALES: Final[tuple[tuple[re.Pattern[str], Callable[[Decimal], bool], str], ...]] = (
    (re.compile(r"(?:^|-)grade$"), lambda number: 0 <= number <= 5, "grades are from 0 to 5"),
    # Karnofsky's scale has numbers from ten to a hundred, that of ECOG and the WHO ends at 5.
    (
        re.compile(r"performance-status(?:-(?:limit|points?|value))?$"),
        lambda number: 0 <= number <= 5 or 10 <= number <= 100,
        "the scales of the performance status are from 0 to 5, and from 10 to 100",
    ),
    (re.compile(r"^test-sides$"), lambda number: number in {1, 2}, "a test has one side or two"),
    (re.compile(r"-ratio-(?:intervention|comparator|exposed|unexposed)$"), lambda number: number > 0, "a side of a ratio is above zero"),
    (_NAMED_YEAR, lambda number: FIRST_YEAR <= number <= LAST_YEAR, "no document is of that year"),
)  # fmt: skip
#: Probabilities by the names of their marks; a level may also be printed in percent.
_PROBABILITIES: Final = re.compile(r"^(?:significance-level|alpha-level|p-value-boundary)$")
_PERCENT: Final = re.compile(r"%|\bper ?cent", re.IGNORECASE)
FIRST_YEAR: Final = 1800
LAST_YEAR: Final = 2100
_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_PHASE: Final = re.compile(r"\bphase\s*$", re.IGNORECASE)
_LAST_PHASE: Final = 4
#: Quantities of what has happened when a document prints them; and those that may be planned, except in a report of results.
_PAST: Final = frozenset({"data-cutoff", "data-collection-start", "data-collection-end", "diagnosis-year"})
_ENROLMENT: Final = frozenset({"enrolment-start", "enrolment-end"})
_PLANS: Final = frozenset({"registry-record", "protocol"})
_REPORT: Final = "primary-report"


def find(stated: Stated, record: Record) -> Iterator[Candidate]:
    """Yield the figures of facts, definitions, claims and studies that print a number which their scale or the calendar does not have."""
    published = read_publication_year(record)
    seen = set[int]()
    for name, figure in _named_figures(record):
        part = stated.nodes.get(name)
        printed = next((each for each in (part or {}).get("figure", ()) if _start(each) == figure.start), None)
        fault = _find_fault(figure, of_study=name.startswith("study/")) or _find_later(record, name, figure, published)
        if part is not None and printed is not None and fault and figure.start not in seen:
            seen.add(figure.start)  # facts and claims quote one place
            text = f"{figure.exact} is printed, and {fault}"
            local = f"{name.partition('/')[2].removeprefix(f'{record.document.id}.')}.limit-{figure.start}"
            yield Candidate(local, "arithmetic", stated.subject_of(part), text, (Disagreeing(part, (printed,)),))


def read_publication_year(record: Record) -> int | None:
    """Return the year in which the document was published, by the citation that it prints of itself; the last one if it prints several."""
    cited = figures.identifiers(record.document.printed).get("citation", ())
    return max((int(year) for text in cited for year in _YEAR.findall(text)), default=None)


def _named_figures(record: Record) -> Iterator[tuple[str, Figure]]:
    """Yield the figures of facts, definitions, claims and studies, each with the name of its node."""
    document = record.document.id
    for facts in record.facts:
        yield from ((f"fact/{document}.{facts.of}.{figure.name}", figure) for figure in figures.read_quotes(facts.printed))
    parts: list[tuple[str, tuple[Quote, ...]]] = [(f"study/{study.id}", study.printed) for study in record.studies]
    parts += [(f"definition/{document}.{each.id}", each.printed) for each in record.definitions]
    parts += [(f"claim/{document}.{each.id}", each.printed) for each in record.claims]
    for name, printed in parts:
        yield from ((name, figure) for figure in figures.read_quotes(printed))


def _find_fault(figure: Figure, *, of_study: bool) -> str:
    """Return in words why no such number can be; empty if it can."""
    if figure.date:
        return "" if FIRST_YEAR <= int(figure.date[:4]) <= LAST_YEAR else "no document is of that year"
    number = figure.numeral.number
    if figure.role != "quantity" or number is None:
        return ""
    if of_study and not figure.name and _PHASE.search(figure.prefix):
        return "" if 0 <= number <= _LAST_PHASE else "the phases of trials are from 0 to 4"
    if _PROBABILITIES.search(figure.name) and not 0 <= number <= 1:
        is_percentage = 1 < number < 100 and _PERCENT.search(f"{figure.prefix} {figure.exact} {figure.suffix}")
        return "" if is_percentage else "a probability is from 0 to 1"
    return next((rule for name, can_be, rule in _SCALES if name.search(figure.name) and not can_be(number)), "")


def _find_later(record: Record, name: str, figure: Figure, published: int | None) -> str:
    """Return in words that something is printed as of a later year than the document is; empty if it is not."""
    past = _PAST | _ENROLMENT if record.document.document_kind == _REPORT else _PAST
    if published is None or not name.startswith("fact/") or figure.name not in past or record.document.document_kind in _PLANS:
        return ""
    year = int(figure.date[:4]) if figure.date else int(figure.numeral.number or 0)
    return f"the document is of {published}" if year > published else ""


def _start(figure: Node) -> int:
    return int(figure["anchoredAt"]["selector"][0]["start"])
