"""Questions: ``.rq`` files whose header declares their meaning, parameters and columns.

The header is YAML behind ``#+``; :mod:`.querytext` says how parameters stand in the text below it. Values enter as RDF terms that the
engine has written; no text of a caller ever becomes SPARQL. The file as it stands is a whole query that any SPARQL 1.1 engine runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox
import yaml

from mabgraph.ingest.errors import QuestionError

from ..store import vocabulary
from ..store.store import Store
from .arguments import LITERALS, NUMBERS, Parameter
from .names import KINDS, Names
from .querytext import Page, QueryText, Slot, Term

__all__ = ["Parameter", "Question", "Row", "Term", "Value", "as_json", "list_names", "load"]

Value = str | int | Decimal | None
Row = dict[str, Value]

#: Parsers of numeric datatypes.
_READ: Final[dict[str, Callable[[str], int | Decimal]]] = {
    NUMBERS["integer"]: int, NUMBERS["integer"].replace("integer", "nonNegativeInteger"): int, NUMBERS["decimal"]: Decimal,
}  # fmt: skip
#: The types of columns that are not text.
COLUMN_TYPES: Final = frozenset({*NUMBERS, "lines", "any"})
#: The YAML loader: LibYAML's where available.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: The name of the question that lists the things of another one page by page, in the header of that one.
_PAGED: Final = re.compile(r"^#\+   question: (?P<name>[\w-]+)$", re.MULTILINE)
#: What a question takes that is paged.
_PAGING: Final = (
    Parameter("size", "integer", "how many to give at most; without it all are given", many=False),
    Parameter("offset", "integer", "how many to leave out first", many=False),
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
        return self._rows(store.query(self.fill(self.terms(names, arguments or {}))))

    def construct(self, store: Store, arguments: Mapping[str, str | Sequence[str]] | None = None) -> Iterator[ox.Triple]:
        """Yield the triples of a CONSTRUCT question; its parameters are IRIs.

        :raises QuestionError: for an unknown, missing or malformed parameter, or a question that returns rows.
        """
        answer = store.query(self.fill(self.terms(Names(()), arguments or {})))
        if isinstance(answer, ox.QuerySolutions | ox.QueryBoolean):
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
        terms = {name: known[name].terms(names, several) for name, several in values.items() if several}
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
        if not isinstance(answer, ox.QuerySolutions):
            raise QuestionError(f"the question {self.name} returns no rows")
        columns = [variable.value for variable in answer.variables]
        return [{column: _value(term) for column, term in zip(columns, solution, strict=True)} for solution in answer]


@cache
def load(name: str, folder: Path = vocabulary.QUERIES) -> Question:
    """Return the question called ``name``.

    :raises QuestionError: when there is none, or its header cannot be read.
    """
    stem = _files(folder).get(name)
    if stem is None:
        raise QuestionError(f"there is no question {name!r}; there are {', '.join(list_names(folder))}")
    path = folder / f"{stem}.rq"
    lines = path.read_text(encoding="utf-8").splitlines()
    try:
        header = yaml.load("\n".join(line[2:].removeprefix(" ") for line in lines if line.startswith("#+")), Loader=_LOADER)  # noqa: S506 - either loader is a safe one
        body = "\n".join(line for line in lines if not line.startswith("#+")) + "\n"
        question = _read(name, stem, header, body)
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise QuestionError(f"{path}: the header needs summary, parameters, columns and examples: {error!r}") from None
    for parameter in question.parameters:
        if parameter.type not in {"iri", *LITERALS, *KINDS}:
            raise QuestionError(f"{path}: the parameter {parameter.name!r} has the unknown type {parameter.type!r}")
        if parameter.widens and (parameter.widens, parameter.type) not in {(each.name, each.type) for each in question.parameters}:
            raise QuestionError(f"{path}: {parameter.name!r} widens {parameter.widens!r}, which is no parameter of its type")
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


def _read(name: str, stem: str, header: dict[str, Any], body: str) -> Question:
    """Return the question ``name`` of a file: the one it is named after, or the one that lists its things by pages."""
    parameters = tuple(Parameter.read(key, value) for key, value in (header.get("parameters") or {}).items())
    summary, examples = header["summary"], tuple(header["examples"])
    described = {key: {"description": value} if isinstance(value, str) else value for key, value in header["columns"].items()}
    columns = {key: value["description"] for key, value in described.items()}
    types = {key: value["type"] for key, value in described.items() if "type" in value}
    if unknown := {*types.values()} - COLUMN_TYPES:
        raise ValueError(f"columns are text, or of type {', '.join(sorted(COLUMN_TYPES))}; not {', '.join(sorted(unknown))}")
    paging = header.get("page")
    if paging is None:
        return Question(name, summary, QueryText(body, pin=header.get("pin")), parameters, columns, types, examples)
    sort = paging.get("sort") or {}
    page = Page(paging["of"], tuple(paging["carry"]), paging["order"], sort.get("texts") or {}, sort.get("numbers") or {})
    query = QueryText(body, page, header.get("pin"))
    pattern = query.pattern
    if name != stem:
        order = Parameter("sort", "choice", _SORTING, many=False, choices=dict.fromkeys(page.sorts, ""))
        more = (order, *_PAGING) if page.sorts else _PAGING
        listed = {key: columns[key] for key in (page.of, *page.carry)} | {"total": "how many there are in all"}
        text, totals, own = query.prologue + page.alone(pattern), {"total": "integer"}, tuple(paging["examples"])
        return Question(name, paging["summary"], QueryText(text), (*parameters, *more), listed, totals, own)
    if "question" in paging:
        return Question(name, summary, QueryText(body, pin=header.get("pin")), parameters, columns, types, examples)
    if page.sorts:
        raise ValueError("further orders need a question of their own: name it as 'question' of the page")
    return Question(name, summary, query, (*parameters, *_PAGING), columns, types, examples)


@lru_cache(maxsize=1000)
def _compose(question: Question, choices: frozenset[tuple[str, frozenset[str]]]) -> tuple[str | Slot, ...]:
    """Return the query of a question for the parameters that have values, and the choices among these."""
    return tuple(question.query.compose(dict(choices)))


def _value(term: Any) -> Value:
    if term is None:
        return None
    if type(term) is not ox.Literal or (read := _READ.get(term.datatype.value)) is None:
        return str(term.value)
    return read(term.value)
