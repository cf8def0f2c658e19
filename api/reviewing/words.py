"""A proposal in words: what was measured, of whom, and each number as it is printed, with its place in the passage."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from mabgraph.graph.building.choosing import Choices, parts_of
from mabgraph.ingest.drafting.passages import PassagePiece, marks_of
from mabgraph.ingest.drafting.proposals import Proposal
from mabgraph.ingest.quotes import Mark
from mabgraph.ingest.recordfile import RecordFile

_INTERVALS: Final = {"confidence-interval": "CI", "credible-interval": "credible interval", "interquartile-range": "interquartile range"}
#: The roles that the wording of a result has a place for.
_WORDED: Final = ("value", "dispersion", "level", "lower", "upper", "percent", "count", "total", "p_value", "time")


@dataclass(frozen=True, slots=True)
class WordingPart:
    """Characters of a sentence; ``anchor`` is that of the number in the passage which they print, empty for our own words."""

    text: str
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """What a row says of one group or comparison."""

    whose: str
    words: tuple[WordingPart, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """A row in words: the end point and how it was measured; the analysis with its population; a clause for each group or comparison."""

    subject: str
    analysis: str
    clauses: tuple[Clause, ...]


def anchor_of(mark: Mark) -> str:
    """Return the anchor of a number in the passage."""
    return f"c{mark.start}"


def wording_of(proposal: Proposal, file: RecordFile, choices: Choices) -> Wording:
    """Return what the row of ``proposal`` says."""
    row = proposal.row

    def label(name: str, value: str | None) -> str:
        return next((each.label for each in choices.terms(name) if each.name == value), value or "")

    parts = {each.name: each.label for key in ("groups", "comparisons", "analyses") for each in parts_of(file, key)}
    subject = ", ".join(filter(None, (label("variable", row.variable) or "end point undecided", label("measure", row.measure))))
    several: dict[str, list[Mark]] = {}
    for mark in marks_of(proposal):
        several.setdefault(mark.name, []).append(mark)
    own = row.group or row.comparison or ""
    unit, time_unit = label("unit", row.unit), label("time_unit", row.time_unit)
    clauses = tuple(
        Clause(parts.get(name or own, name or own) or "group undecided", tuple(_say(marks, row.interval, unit, time_unit)))
        for name, marks in several.items()
    )
    return Wording(subject[:1].upper() + subject[1:], _say_analysis(row.analysis, file, parts, label), clauses)


def _say_analysis(name: str | None, file: RecordFile, parts: dict[str, str], label: Callable[[str, str | None], str]) -> str:
    """Return the label of an analysis with its population; that none is named, if none is."""
    if name is None:
        return "no analysis is named"
    analyses = file.data.get("analyses")
    several = (each for each in (analyses if isinstance(analyses, list) else ()) if isinstance(each, dict))
    population = next((str(each.get("population")) for each in several if each.get("id") == name and each.get("population")), "")
    return parts.get(name, name) + (f" ({label('population', population)})" if population else "")


def _say(marks: list[Mark], interval: str | None, unit: str, time_unit: str) -> Iterator[WordingPart]:
    """Yield the numbers of one group or comparison as a result is written, further ones with their roles behind."""
    first: dict[str, Mark] = {}
    others: list[Mark] = []
    for mark in marks:
        if mark.role in _WORDED and mark.role not in first:
            first[mark.role] = mark
        else:
            others.append(mark)

    def number(role: str) -> WordingPart:
        return WordingPart(" ".join(first[role].printed.split()), anchor_of(first[role]))

    yield from [number("value"), WordingPart(f" {unit}" if unit else "")] if "value" in first else []
    yield from [WordingPart(" ± "), number("dispersion")] if "dispersion" in first else []
    if "lower" in first or "upper" in first:
        yield WordingPart(" (")
        yield from [number("level"), WordingPart(" % ")] if "level" in first else []
        yield WordingPart(f"{_INTERVALS.get(interval or 'confidence-interval', interval)} ")
        yield number("lower") if "lower" in first else WordingPart("not marked")
        yield WordingPart(" to ")
        yield number("upper") if "upper" in first else WordingPart("not marked")
        yield WordingPart(")")
    elif "level" in first:
        others.insert(0, first["level"])
    yield from [WordingPart(" "), number("count")] if "count" in first else []
    yield from [WordingPart(" of "), number("total")] if "total" in first else []
    if "percent" in first:
        behind = "count" in first or "total" in first
        yield from (WordingPart(" (" if behind else " "), number("percent"), WordingPart(" %)" if behind else " %"))
    yield from (
        [WordingPart(", P " if first["p_value"].printed[:1] in "<>≤≥=" else ", P = "), number("p_value")] if "p_value" in first else []
    )
    yield from [WordingPart(" at "), number("time"), WordingPart(f" {time_unit}")] if "time" in first else []
    for mark in others:
        yield from (WordingPart(f", {mark.role} "), WordingPart(" ".join(mark.printed.split()), anchor_of(mark)))


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece of a passage on a page: its characters; of a number, its anchor and what it is."""

    text: str
    anchor: str = ""
    role: str = ""


def show_pieces(pieces: Iterable[PassagePiece]) -> list[Shown]:
    """Return pieces of a passage with the anchors and roles of its numbers."""
    return [
        Shown(piece.text)
        if piece.mark is None
        else Shown(piece.text, anchor_of(piece.mark), " ".join(filter(None, (piece.mark.name, piece.mark.role.replace("_", " ")))))
        for piece in pieces
    ]
