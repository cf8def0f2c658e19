"""Results: expands the rows and tables of a record to one result per group or comparison."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from . import figures, quotes
from .errors import RecordError
from .figures import Figure
from .parts import Quote
from .record import Record, ResultSettings, Row, Table, TableRow

#: Roles that, without a name, apply to every column of a row; a level only to columns with an interval that can have it.
_SHARED: Final = frozenset({"time", "total", "level"})
#: Kinds of intervals that have a level; ranges and quartiles have none.
_WITH_LEVEL: Final = frozenset({None, "confidence-interval", "credible-interval"})


@dataclass(frozen=True, slots=True)
class Result:
    """One result: of one group or one comparison, for one variable, with all its figures."""

    id: str
    row: str
    settings: ResultSettings
    variable: str
    group: str | None
    comparison: str | None
    not_reported: tuple[str, ...]
    figures: tuple[Figure, ...]

    @property
    def is_masked(self) -> bool:
        """Whether the document masks this result: its count or percentage is printed as one of the row's masks."""
        return any(figure.exact in self.settings.masked for figure in self.figures)

    @property
    def measure(self) -> str | None:
        """The measure of the value: the row's effect for a comparison that has one, else its measure."""
        return self.settings.effect or self.settings.measure if self.comparison else self.settings.measure

    @property
    def unit(self) -> str | None:
        """The unit of the value; of a comparison only if the row states it or has no measure of groups."""
        if self.comparison and (self.settings.effect or self.settings.effect_unit):
            return self.settings.effect_unit
        return self.settings.unit or ("percent" if self.settings.measure == "proportion" else None)


def expand_row(row: Row, comparisons: frozenset[str]) -> Iterator[Result]:
    """Yield the results of ``row``; ``comparisons`` are the ids of the record's comparisons.

    :raises RecordError: when a mark names no column, or names one where the row has its own group.
    """
    yield from _columns(row, row, figures.read_quotes(row.printed), (), comparisons)


def expand_table(table: Table, comparisons: frozenset[str]) -> Iterator[tuple[TableRow, tuple[Result, ...]]]:
    """Yield each row of ``table`` with its results.

    :raises RecordError: naming the row whose cells do not match the table.
    """
    header = figures.read_quotes(table.header)
    for row in table.rows:
        try:
            own = figures.read_quote(Quote(quote=row.quote, at=row.at), _cells(table, row)) + figures.read_quotes(row.also)
            yield row, tuple(_columns(row, _settings(table, row), own, header, comparisons))
        except RecordError as error:
            raise RecordError(f"table {table.id!r}, row {row.id!r}: {error}") from None


def expand_record(record: Record) -> Iterator[Result]:
    """Yield every result of ``record``, in order."""
    comparisons = frozenset(comparison.id for comparison in record.comparisons)
    for row in record.results:
        try:
            yield from expand_row(row, comparisons)
        except RecordError as error:
            raise RecordError(f"row {row.id!r}: {error}") from None
    for table in record.tables:
        for _, results in expand_table(table, comparisons):
            yield from results


def _cells(table: Table, row: TableRow) -> quotes.MarkedQuote:
    marked = quotes.read(row.quote)
    return marked if marked.marks else quotes.read_cells(row.quote, row.cells or table.cells)


def _settings(table: Table, row: TableRow) -> ResultSettings:
    both = {name: getattr(row, name) or getattr(table, name) for name in ResultSettings.model_fields}
    return ResultSettings.model_construct(**both)


def _columns(
    row: Row | TableRow, settings: ResultSettings, own: tuple[Figure, ...], header: tuple[Figure, ...], comparisons: frozenset[str]
) -> Iterator[Result]:
    if isinstance(row, Row) and (row.group or row.comparison):
        named = next((figure for figure in own if figure.name), None)
        if named or (row.group and row.comparison):
            raise RecordError("it has a group or a comparison of its own: marks without names, and one of the two")
        yield Result(row.id, row.id, settings, row.variable, row.group, row.comparison, row.not_reported, own)
        return
    names = tuple(dict.fromkeys(figure.name for figure in own if figure.name))
    stray = next((figure for figure in own + header if not figure.name and figure.role not in _SHARED), None)
    if stray or not names:
        what = f"the mark [{stray.exact}]({stray.role}) names no column" if stray else "no mark names a column"
        raise RecordError(f"{what}: write [{'…' if not stray else stray.exact}](group.role), or give the row a group or comparison")
    for name in names:
        group, comparison = (None, name) if name in comparisons else (name, None)
        of_column = settings
        if column := settings.columns.get(name):
            group, comparison = column.group, column.comparison
            if (group is None) == (comparison is None):
                raise RecordError(f"the column {name!r} is of a group or of a comparison: give it one of the two")
            stated = column.model_dump(exclude={"group", "comparison"}, exclude_none=True)
            of_column = settings.model_copy(update=stated)
        belonging = tuple(_column_figures(own + header, name, of_column))
        yield Result(f"{row.id}.{name}", row.id, of_column, row.variable, group, comparison, row.not_reported, belonging)


def _column_figures(candidates: Iterable[Figure], name: str, settings: ResultSettings) -> Iterator[Figure]:
    """Yield the figures of one column: its own, and those that it shares; a level only if it has an interval that can have this level."""
    candidates = tuple(candidates)
    own = {figure.role for figure in candidates if figure.name == name}
    takes_level = settings.interval in _WITH_LEVEL and "level" not in own and bool(own & {"lower", "upper"})
    for figure in candidates:
        if figure.name == name or (not figure.name and (figure.role != "level" or takes_level)):
            yield figure
