"""The results of a study as tables: what was measured line by line, groups and their comparison as columns, in four parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from . import results
from .counting import CountedResults
from .results import Row, ShownResult

#: Most groups in one table where nothing compares them: a wider one is divided, so that it fits a screen.
WIDEST: Final = 4
#: The parts of the results: heading, name in the address, kind of result; the first has all that the others do not have.
PARTS: Final = (
    ("Efficacy and other results", "efficacy", ("endpoint", "other")), ("Adverse events", "adverse-events", ("adverse-event",)),
    ("Participant flow", "participant-flow", ("flow",)), ("At baseline", "baseline", ("baseline",)),
)  # fmt: skip
#: Most results of a study on one page: of one with more, a part is shown page by page.
MOST: Final = 300
#: What arithmetic says of the results of a line: the first that one of them has.
_WORST: Final = ("inconsistent", "disputed", "consistent", "not checkable")


class ComparedColumns(NamedTuple):
    """Two groups that the study compares, and their comparison, by label."""

    intervention: str
    comparator: str
    comparison: str


@dataclass(frozen=True)
class TableLine:
    """A line of a table: what was measured, how and when, of whom, and its results by column; a cell may hold several, or none."""

    variable: str
    detail: str
    population: str
    cells: tuple[tuple[ShownResult, ...], ...]

    @property
    def check(self) -> str:
        """What arithmetic and the document say of its results: the worst of them."""
        states = {str(each.row["check_status"]) for cell in self.cells for each in cell}
        return next((state for state in _WORST if state in states), "not checkable")


@dataclass(frozen=True)
class ResultsTable:
    """A table of results: the groups and the comparison that are its columns, and its lines.

    Cells of the column ``comparison`` differ in measure; it is empty where no result compares groups.
    """

    columns: tuple[str, ...]
    lines: tuple[TableLine, ...]
    comparison: str = ""


@dataclass(frozen=True)
class StudyPart:
    """A part of the results of a study: its heading, its name in addresses, how many results it has, and its tables.

    ``first`` and ``last`` are the places of those that are shown, from 1 on: 0 where the part has pages of its own; ``page`` is theirs.
    """

    title: str
    name: str
    total: int
    tables: tuple[ResultsTable, ...]
    first: int = 1
    last: int = 0
    page: int = 1


def parts(counted: CountedResults, compared: Sequence[ComparedColumns], chosen: str = "", page: int = 1) -> list[StudyPart]:
    """Return the results of a study, ``counted`` by variable, as tables: efficacy, adverse events, flow, baseline; three questions.

    ``compared`` are the groups that it compares, those first of which tables come first. Of more than :data:`MOST` results, or where a
    part is ``chosen``, one part is shown, page by page.
    """
    totals = {name: counted.total(kinds) for _, name, kinds in PARTS}
    if not chosen and page == 1 and sum(totals.values()) <= MOST:
        return _whole_study(counted, compared)
    shown = chosen or next((name for name, total in totals.items() if total), PARTS[0][1])
    several = []
    for title, name, kinds in PARTS:
        if name == shown:
            members = counted.page(kinds, MOST, first := MOST * (page - 1))
            several.append(StudyPart(title, name, totals[name], tuple(_tables(members, compared)), first + 1, first + len(members), page))
        else:
            several.append(StudyPart(title, name, totals[name], (), first=0))
    return several


def _whole_study(counted: CountedResults, compared: Sequence[ComparedColumns]) -> list[StudyPart]:
    """Return the parts with all results; what is of no kind with a part of its own is in the first."""
    everything = results.load(counted.catalogue, counted.filters) if counted.rows else []
    of_kinds = {name: counted.variables(kinds) for _, name, kinds in PARTS[1:]}
    apart = set[str]().union(*of_kinds.values())
    several: list[StudyPart] = []
    for title, name, _ in PARTS:
        members = [each for each in everything if _belongs(str(each.row["endpoint"]), of_kinds.get(name), apart)]
        several.append(StudyPart(title, name, len(members), tuple(_tables(members, compared)), last=len(members)))
    return several


def _belongs(name: str, members: set[str] | None, of_kinds: set[str]) -> bool:
    """Whether a variable is one of ``members``; where there are none, whether it is of no kind that has a part of its own."""
    return name not in of_kinds if members is None else name in members


def _tables(members: Sequence[ShownResult], compared: Sequence[ComparedColumns]) -> Iterator[ResultsTable]:
    """Yield the tables of a part: one for each two groups that are compared, then the groups that nothing compares."""
    placed: set[str] = set()
    for groups in compared:
        own = [each for each in members if each.of in groups]
        lines = [line for line in _lines(own, groups) if any(each.name not in placed for cell in line.cells for each in cell)]
        if lines:
            placed.update(each.name for line in lines for cell in line.cells for each in cell)
            yield _without_empty(ResultsTable(tuple(groups), tuple(lines), groups.comparison))
    yield from _divide([each for each in members if each.name not in placed])


def _without_empty(table: ResultsTable) -> ResultsTable:
    """Return a table without the column of the comparison where no line has a result in it."""
    if any(line.cells[-1] for line in table.lines):
        return table
    lines = tuple(TableLine(line.variable, line.detail, line.population, line.cells[:-1]) for line in table.lines)
    return ResultsTable(table.columns[:-1], lines)


def _lines(members: Sequence[ShownResult], groups: ComparedColumns) -> list[TableLine]:
    """Return the lines of two compared groups: a comparison stands beside the first measure of what it compares; such lines first."""
    subjects: dict[tuple[str, ...], list[ShownResult]] = {}
    for each in members:
        subjects.setdefault((str(each.row["endpoint_label"]), each.time, _population(each.row)), []).append(each)
    lines: list[TableLine] = []
    for (variable, time, population), several in subjects.items():
        effects = tuple(each for each in several if each.of == groups.comparison)
        by_measure: dict[str, list[ShownResult]] = {}
        for each in several:
            if each.of != groups.comparison:
                by_measure.setdefault(str(each.row["measure_label"]), []).append(each)
        for number, (measure, own) in enumerate(by_measure.items() or [("", [])]):
            cells = tuple(tuple(each for each in own if each.of == group) for group in groups[:2])
            detail = ", ".join(filter(None, (measure, time)))
            lines.append(TableLine(variable, detail, population, (*cells, () if number else effects)))
    return sorted(lines, key=lambda line: not line.cells[-1])


def _population(row: Row) -> str:
    return "; ".join(str(each) for each in (row["population"], row["censoring"]) if each)


def _divide(members: Sequence[ShownResult]) -> Iterable[ResultsTable]:
    """Yield tables of at most :data:`WIDEST` columns; groups of which the same was measured stand in one."""
    lines: dict[tuple[str, str, str], dict[str, list[ShownResult]]] = {}
    for each in members:
        key = (str(each.row["endpoint_label"]), _detail(each), _population(each.row))
        lines.setdefault(key, {}).setdefault(each.of, []).append(each)
    widest: list[tuple[str, ...]] = []
    for cells in sorted(lines.values(), key=len, reverse=True):
        columns = tuple(sorted(cells))
        if not any(set(columns) <= set(other) for other in widest):
            widest.append(columns)
    for columns in widest:
        several = [(key, cells) for key, cells in lines.items() if columns == _first(widest, cells.keys().__le__)]
        for start in range(0, len(columns), WIDEST):
            part = columns[start : start + WIDEST]
            rows = tuple(
                TableLine(*key, tuple(tuple(cells.get(column, ())) for column in part))
                for key, cells in several
                if not cells.keys().isdisjoint(part)
            )
            if rows:
                yield ResultsTable(part, rows)


def _first(several: Sequence[tuple[str, ...]], is_within: Callable[[set[str]], bool]) -> tuple[str, ...]:
    return next(columns for columns in several if is_within(set(columns)))


def _detail(shown: ShownResult) -> str:
    """Return what distinguishes results of one variable: measure and time."""
    return ", ".join(filter(None, (str(shown.row["measure_label"]), shown.time)))
