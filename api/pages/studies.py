"""The page of a study: its results as a table with groups as columns, its arms with doses, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from mabgraph.graph.questions.catalogue import Catalogue

from . import results
from .results import Row, ShownResult

#: Most groups and comparisons in one table: a wider one is divided, so that it fits a screen.
WIDEST: Final = 4
_SECTIONS: Final = (("Efficacy and other results", ""), ("Adverse events", "adverse-event"), ("At baseline", "baseline"))


@dataclass(frozen=True)
class TableLine:
    """A line of a table of results: what was measured, and its results by column; a cell may hold several, or none."""

    variable: str
    detail: str
    cells: tuple[tuple[ShownResult, ...], ...]


@dataclass(frozen=True)
class ResultsTable:
    """A table of results: its title, the groups and comparisons that are its columns, and its lines."""

    title: str
    columns: tuple[str, ...]
    lines: tuple[TableLine, ...]


def tables(catalogue: Catalogue, study: str) -> list[ResultsTable]:
    """Return the results of ``study`` (its IRI) as tables: efficacy, adverse events, baseline; four questions."""
    everything = {shown.name: shown for shown in results.load(catalogue, {"trial": study})}
    most = len(everything)
    kinds = {
        kind: {str(row["estimate"]) for row in catalogue.page("estimates-page", {"trial": study, "kind": kind}, most)[0]}
        for _, kind in _SECTIONS
        if kind and most
    }
    of_kinds = set[str]().union(*kinds.values())
    sections: list[ResultsTable] = []
    for title, kind in _SECTIONS:
        members = [each for each in everything.values() if _belongs(each, kinds.get(kind, set()) if kind else None, of_kinds)]
        sections += _divide(title, members)
    return sections


def _belongs(shown: ShownResult, members: set[str] | None, of_kinds: set[str]) -> bool:
    """Whether a result is of ``members``; where there are none, whether it is of no kind that has a table of its own."""
    name = str(shown.row["estimate"])
    return name not in of_kinds if members is None else name in members


def _divide(title: str, members: Sequence[ShownResult]) -> Iterable[ResultsTable]:
    """Yield tables of at most :data:`WIDEST` columns; groups of which the same was measured stand in one."""
    by_columns: dict[tuple[str, ...], list[tuple[tuple[str, str], dict[str, list[ShownResult]]]]] = {}
    lines: dict[tuple[str, str], dict[str, list[ShownResult]]] = {}
    for each in members:
        lines.setdefault((str(each.row["endpoint_label"]), _detail(each.row)), {}).setdefault(_column(each.row), []).append(each)
    widest: list[tuple[str, ...]] = []
    for cells in sorted(lines.values(), key=len, reverse=True):
        columns = tuple(sorted(cells, key=lambda name: (" versus " in name, name)))
        if not any(set(columns) <= set(other) for other in widest):
            widest.append(columns)
    for key, cells in lines.items():
        columns = next(other for other in widest if cells.keys() <= set(other))
        by_columns.setdefault(columns, []).append((key, cells))
    for columns, several in by_columns.items():
        for start in range(0, len(columns), WIDEST):
            part = columns[start : start + WIDEST]
            rows = tuple(
                TableLine(variable, detail, tuple(tuple(cells.get(column, ())) for column in part))
                for (variable, detail), cells in several
                if not cells.keys().isdisjoint(part)
            )
            if rows:
                yield ResultsTable(title, part, rows)


def _column(row: Row) -> str:
    return str(row["comparison"] or row["group"] or "all patients")


def _detail(row: Row) -> str:
    """Return what distinguishes results of one variable: measure, time and analysis."""
    at = f"at {row['time_point']} {row['time_unit'] or ''}".strip() if row["time_point"] is not None else ""
    kind = "" if row["comparison"] else str(row["measure_label"])
    return ", ".join(filter(None, (kind, at, str(row["analysis"] or ""))))
