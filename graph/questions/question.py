"""Questions: ``.rq`` files whose header declares their meaning, parameters and columns.

The header is YAML behind ``#+``; :mod:`.querytext` says how parameters stand in the text below it. Values enter as RDF terms that the
engine has written; no text of a caller ever becomes SPARQL. The file as it stands is a whole query that any SPARQL 1.1 engine runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from mabgraph.ingest.errors import QuestionError

from ..store import vocabulary
from ..store.store import EngineStore, Store
from . import consistency, reading
from . import header as headers
from .arguments import NUMBERS, Parameter
from .directives import HEADER, suggest
from .header import Header, PageHeader
from .names import Names, no_names
from .paging import Page
from .querytext import QueryText, Slot, Term

__all__ = ["Parameter", "Question", "Row", "Term", "Value", "as_json", "list_names", "load"]

Value = str | int | Decimal | None
Row = dict[str, Value]

#: Parsers of numeric datatypes.
_READ: Final[dict[str, Callable[[str], int | Decimal]]] = {
    NUMBERS["integer"]: int, NUMBERS["integer"].replace("integer", "nonNegativeInteger"): int, NUMBERS["decimal"]: Decimal,
}  # fmt: skip
#: The name of the question that lists the things of another one page by page, in the header of that one.
_PAGED: Final = re.compile(r"^#\+   question: (?P<name>[\w-]+)$", re.MULTILINE)
#: What a question takes that is paged.
_PAGING: Final = (
    Parameter("size", "integer", "how many to give at most; without it all are given", many=False),
    Parameter("offset", "integer", "how many to leave out first", many=False),
)
#: What a question takes that has filters by names.
EXACT: Final = Parameter(
    "exact", "choice", "true: filters mean the things named alone, not what is narrower", many=False, choices={"true": "", "false": ""}
)
_SORTING: Final = "what pages are ordered by; a minus sign first turns it round"


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """One question: its text, its parameters, the columns of its result, and examples with their arguments.

    ``columns`` are descriptions, ``types`` the types of columns that are not text: ``integer``, ``decimal``, ``lines``
    (texts separated by line breaks), or ``any`` (numbers and texts). The REST models are generated from both.
    """

    name: str
    summary: str
    query: QueryText
    parameters: tuple[Parameter, ...]
    columns: dict[str, str]
    types: dict[str, str]
    examples: tuple[dict[str, str], ...]
    #: The parameter that takes the things it lists, and the question which they are on a page, where these are two steps.
    by: str | None = None
    listing: Question | None = None
    #: The parameters with which, one alone, rows are read by pattern from the index of the embedded engine (:mod:`.reading`).
    by_pattern: tuple[str, ...] = ()
    #: More things than so many are asked of the engine: it takes long to plan a query, and less than we do for each thing.
    by_pattern_most: int = 0
    #: Of a question that lists things page by page, and no more of them than what decides their order: the same without the total.
    uncounted: Question | None = None
    #: Of a question that is paged: which things it lists, in any order and uncounted.
    unordered: Question | None = None

    @property
    def text(self) -> str:
        """The query as it stands in the file, with no parameter given."""
        return self.query.text

    @property
    def is_paged(self) -> bool:
        """Whether it takes ``size`` and ``offset``, and counts the things it lists."""
        return any(parameter.name == "size" for parameter in self.parameters)

    def ask(self, store: Store, names: Names, arguments: Mapping[str, str | Sequence[str]] | None = None) -> list[Row]:
        """Return the result rows, each a dict with every column; None where a column is unbound.

        IRIs and text are strings, numbers ``int`` or ``Decimal``; several values of one parameter mean any of them.

        :raises QuestionError: for an unknown, missing or malformed parameter.
        :raises UnknownName: when a name is unknown or ambiguous.
        """
        terms = self.terms(names, arguments or {})
        if self.by_pattern and isinstance(store, EngineStore) and max(map(len, terms.values()), default=0) <= self.by_pattern_most:
            rows = reading.read(self.query, self.by_pattern, store.engine, terms)
            if rows is not None:
                lines = self._lines
                return [_row(row, lines) for row in rows]
        return self._rows(store.query(self.fill(terms)))

    def page(self, store: Store, names: Names, arguments: Mapping[str, str | Sequence[str]]) -> list[Row]:
        """Return the rows that :meth:`ask` returns for the page that ``arguments`` ask for, in two steps where the question has them.

        Which things are on the page comes first, then their columns: in one query an engine reads those of all things for each page.

        :raises QuestionError: for an unknown, missing or malformed parameter.
        :raises UnknownName: when a name is unknown or ambiguous.
        """
        if self.listing is None or self.by is None or "size" not in arguments:
            return self.ask(store, names, arguments)
        listed = self.listing.ask(store, names, arguments)
        key = next(iter(self.listing.columns))
        if not listed:
            return []
        rows = self.ask(store, names, {self.by: [str(row[key]) for row in listed]})
        return [{**row, "total": listed[0]["total"]} for row in rows]

    def construct(self, store: Store, arguments: Mapping[str, str | Sequence[str]] | None = None) -> Iterator[ox.Triple]:
        """Yield the triples of a CONSTRUCT question; its parameters are IRIs.

        :raises QuestionError: for an unknown, missing or malformed parameter, or a question that returns rows.
        """
        answer = store.query(self.fill(self.terms(no_names(), arguments or {})))
        if isinstance(answer, ox.QuerySolutions | ox.QueryBoolean):
            del answer  # as in _rows
            raise QuestionError(f"the question {self.name} constructs no graph")
        yield from answer

    def terms(self, names: Names, arguments: Mapping[str, str | Sequence[str]]) -> dict[str, list[Term]]:
        """Return the arguments as RDF terms, without duplicates.

        :raises QuestionError: for an unknown, missing or malformed parameter, or several values where one is taken.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        values = {name: [value] if isinstance(value, str) else list(value) for name, value in arguments.items()}
        for name in values:
            if name not in known:
                allowed = ", ".join(known) or "none"
                raise QuestionError(f"the question {self.name} has no parameter {name!r}; it takes {allowed}")
        for parameter in self.parameters:
            if parameter.required and not values.get(parameter.name):
                raise QuestionError(f"the question {self.name} needs {parameter.name}: {parameter.description}")
        exact = "true" in values.get(EXACT.name, ())
        terms = {name: known[name].terms(names, several, exact=exact) for name, several in values.items() if several}
        if "offset" in terms and self.is_paged and "size" not in terms:
            raise QuestionError(f"the question {self.name} takes offset together with size")
        for name, several in terms.items():
            if len(several) > 1 and not known[name].many:
                raise QuestionError(f"the question {self.name} takes one {name}")
        return terms

    def fill(self, terms: Mapping[str, list[Term]]) -> str:
        """Return the query for these terms: lines of other parameters are left out, slots are filled."""
        choices = frozenset((name, frozenset(self._choices(name, several))) for name, several in terms.items() if several)
        numbers = {parameter.name for parameter in self.parameters if parameter.is_number}
        parts = _compose(self, choices)
        return "\n".join(
            part.fill(terms[part.parameter], number=part.parameter in numbers) if isinstance(part, Slot) else part for part in parts
        )

    def _choices(self, name: str, terms: Sequence[Term]) -> Iterator[str]:
        """Yield the choices of the parameter ``name`` that ``terms`` stand for."""
        parameter = next(each for each in self.parameters if each.name == name)
        values = {term.value for term in terms}
        yield from (choice for choice in parameter.choices if parameter.choice(choice).value in values)

    def _rows(self, answer: Any) -> list[Row]:
        """Return the rows of ``answer``.

        An error holds no answer: it may end in another thread than the one that asked, where the engine cannot let go of one.
        """
        try:
            if not isinstance(answer, ox.QuerySolutions):
                raise QuestionError(f"the question {self.name} returns no rows")
            columns = [variable.value for variable in answer.variables]
            lines, rows = self._lines, []
            for solution in answer:
                rows.append(_row(zip(columns, solution, strict=True), lines))
            return rows
        finally:
            del answer

    @property
    def _lines(self) -> tuple[str, ...]:
        """The columns of several texts, one on each line."""
        return tuple(name for name, kind in self.types.items() if kind == "lines")


@cache
def load(name: str, folder: Path = vocabulary.QUERIES) -> Question:
    """Return the question called ``name``.

    :raises QuestionError: when there is none, or its header cannot be read.
    """
    stem = _files(folder).get(name)
    if stem is None:
        raise QuestionError(f"there is no question {name!r}; there are {', '.join(list_names(folder))}")
    path = folder / f"{stem}.rq"
    text = path.read_text(encoding="utf-8")
    header = headers.read(text, path)
    consistency.check(header, text, path, _files(folder))
    body = "\n".join(line for line in text.splitlines() if not line.startswith(HEADER)) + "\n"
    question = _build(name, header, QueryText(body, _page(header.page), header.pin))
    if name == stem:
        question = replace(question, by_pattern=header.by_pattern, by_pattern_most=header.by_pattern_most)
    known = [parameter.name for parameter in question.parameters]
    for unknown in dict.fromkeys(key for example in question.examples for key in example if key not in known):
        raise QuestionError(f"{path}: an example of {name} has the unknown parameter {unknown!r}: {suggest(unknown, known)}")
    return question


def as_json(row: Mapping[str, Value]) -> dict[str, str | int | float | None]:
    """Return ``row`` with decimals as JSON numbers."""
    return {key: float(value) if isinstance(value, Decimal) else value for key, value in row.items()}


def list_names(folder: Path = vocabulary.QUERIES) -> tuple[str, ...]:
    """Return the names of all questions in ``folder``."""
    return tuple(sorted(_files(folder)))


@cache
def _files(folder: Path) -> dict[str, str]:
    """Return the names of questions, each with the name of its file: a file may state a second one, which lists its things by pages."""
    files = {}
    for path in folder.glob("*.rq"):
        files[path.stem] = path.stem
        for match in _PAGED.finditer(path.read_text(encoding="utf-8")):
            files[match["name"]] = path.stem
    return files


def _build(name: str, header: Header, query: QueryText) -> Question:
    """Return the question ``name`` of a file: the one it is named after, or the one that lists its things by pages."""
    own = {key: each.model_dump() for key, each in header.parameters.items()}
    parameters = tuple(Parameter(key, **each) for key, each in own.items())
    if any(parameter.is_filter for parameter in parameters):
        parameters = (*parameters, EXACT)
    columns = {key: each.description for key, each in header.columns.items()}
    types = {key: each.type for key, each in header.columns.items() if each.type is not None}
    page, paging = query.page, header.page
    if page is None or paging is None:
        return Question(name, header.summary, query, parameters, columns, types, header.examples)
    if paging.question is None:
        paged = Question(name, header.summary, query, (*parameters, *_PAGING), columns, types, header.examples)
        paged = replace(paged, unordered=_list_unordered(paged, query, page))
        return paged if paging.by is None else replace(paged, by=paging.by, listing=_list_things(paged, page))
    if name != paging.question:
        return Question(name, header.summary, QueryText(query.text, pin=query.pin), parameters, columns, types, header.examples)
    order = Parameter("sort", "choice", _SORTING, many=False, choices=dict.fromkeys(page.sorts, ""))
    more = (order, *_PAGING) if page.sorts else _PAGING
    listed = {key: columns[key] for key in page.variables} | {"total": "how many there are in all"}
    text = query.prologue + page.page_query(query.pattern)
    counted = Question(name, paging.summary, QueryText(text), (*parameters, *more), listed, {"total": "integer"}, paging.examples)
    uncounted = QueryText(query.prologue + page.page_query(query.pattern, counted=False))
    return replace(
        counted, unordered=_list_unordered(counted, query, page),
        uncounted=replace(counted, query=uncounted, columns={key: columns[key] for key in page.variables}),
    )  # fmt: skip


def _list_things(question: Question, page: Page) -> Question:
    """Return the question which things are on a page of ``question``, and how many there are in all."""
    text = question.query.prologue + page.page_query(question.query.pattern)
    listed = {page.of: question.columns[page.of], "total": question.columns["total"]}
    return Question(question.name, question.summary, QueryText(text), question.parameters, listed, {"total": "integer"}, ())


def _list_unordered(question: Question, query: QueryText, page: Page) -> Question:
    """Return the question which things ``question`` lists, in any order."""
    text = query.prologue + page.unordered_query(query.pattern)
    return Question(question.name, question.summary, QueryText(text), question.parameters, {page.of: question.columns[page.of]}, {}, ())


def _page(header: PageHeader | None) -> Page | None:
    """Return how the things of a question are paged; none if they are not."""
    if header is None:
        return None
    return Page(header.of, header.carry, header.order, header.sort.texts, header.sort.numbers)


@lru_cache(maxsize=1000)
def _compose(question: Question, choices: frozenset[tuple[str, frozenset[str]]]) -> tuple[str | Slot, ...]:
    """Return the query of a question for the parameters that have values, and the choices among these."""
    return tuple(question.query.compose(dict(choices)))


def _row(terms: Iterable[tuple[str, Any]], lines: Sequence[str]) -> Row:
    """Return a row from the terms of its columns; the ``lines`` of joined texts stand in order, since no engine promises any."""
    row = {column: None if term is None else _value(term) for column, term in terms}
    for column in lines:
        if isinstance(several := row[column], str) and "\n" in several:
            row[column] = "\n".join(sorted(several.split("\n")))
    return row


def _value(term: Any) -> Value:
    if term is None:
        return None
    if type(term) is not ox.Literal or (read := _READ.get(term.datatype.value)) is None:
        return str(term.value)
    return read(term.value)
