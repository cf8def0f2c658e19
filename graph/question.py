"""Questions: ``.rq`` files whose header declares their meaning, parameters and columns.

The header is YAML behind ``#+``. A line that ends in ``#? name`` is conditional on a parameter: it is omitted without the parameter,
and ``UNDEF`` in it is replaced by the values; for a numeric parameter, the last number on the line is replaced.
A line that ends in ``#? name=one,other`` is used only for these choices of the parameter. Values are inserted as RDF terms serialised
by the engine; text from a caller never becomes SPARQL. The file as it stands is a complete query for any SPARQL 1.1 engine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal, InvalidOperation
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox
import yaml

from mabgraph.ingest.errors import QuestionError, UnknownName

from . import identifiers, vocabulary
from .names import KINDS, Names
from .store import Store

Term = ox.NamedNode | ox.Literal
Value = str | int | Decimal | None
Row = dict[str, Value]

_CONDITIONAL: Final = re.compile(r"#\?\s*(?P<name>\w+)(=(?P<choices>[\w,-]+))?\s*$")
#: The number on a line that a numeric parameter replaces.
_NUMBER: Final = re.compile(r"(?<![\w?.-])-?\d+(\.\d+)?")
#: The longest IRI that a parameter accepts (characters).
LONGEST: Final = 2000
#: Literal types of parameters, besides the kinds of named resources; numbers are inserted as digits.
NUMBERS: Final = {"integer": "http://www.w3.org/2001/XMLSchema#integer", "decimal": "http://www.w3.org/2001/XMLSchema#decimal"}
LITERALS: Final = (*NUMBERS, "text", "choice")
#: Parsers of numeric datatypes.
_READ: Final[dict[str, Callable[[str], int | Decimal]]] = {
    NUMBERS["integer"]: int, NUMBERS["integer"].replace("integer", "nonNegativeInteger"): int, NUMBERS["decimal"]: Decimal,
}  # fmt: skip
#: The YAML loader: LibYAML's where available.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: The largest number that a parameter accepts, and the most decimal places.
GREATEST: Final = 10**15
DIGITS: Final = 15
#: Arithmetic exact for such numbers, and the smallest step between them.
_EXACT: Final = Context(prec=40)
_SMALLEST: Final = Decimal(1).scaleb(-DIGITS)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a question: a named resource (``drug``), an ``iri``, a number, a text, or one of several choices.

    ``choices`` maps a choice to its IRI relative to the base, or to an empty text if it only selects lines.
    """

    name: str
    type: str
    description: str
    required: bool = False
    many: bool = True
    choices: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, name: str, declaration: dict[str, Any]) -> Parameter:
        """Return the parameter that a header declares; choices may be a list."""
        choices = declaration.get("choices", {})
        return cls(name, **declaration | {"choices": choices if isinstance(choices, dict) else dict.fromkeys(choices, "")})


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a query: its text, the parameter that it is conditional on, and the choices for which it is used."""

    text: str
    name: str | None = None
    choices: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class _Gap:
    """A line with placeholders for the values of a parameter: the text around them; numbers are inserted as digits."""

    name: str
    around: tuple[str, ...]
    number: bool

    @classmethod
    def from_line(cls, line: str, parameter: Parameter) -> _Gap:
        """Return the line with placeholders for ``UNDEF``, or for its last number if the parameter is numeric."""
        if parameter.type not in NUMBERS:
            return cls(parameter.name, tuple(line.split("UNDEF")), number=False)
        *_, place = _NUMBER.finditer(line)
        return cls(parameter.name, (line[: place.start()], line[place.end() :]), number=True)

    def fill(self, terms: Sequence[Term]) -> str:
        """Return the line with ``terms`` inserted."""
        return (terms[0].value if self.number else " ".join(map(str, terms))).join(self.around)


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """One question: its text, its parameters, the columns of its result, and examples with their arguments."""

    name: str
    summary: str
    text: str
    parameters: tuple[Parameter, ...]
    columns: dict[str, str]
    examples: tuple[dict[str, str], ...]

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
        """Return the arguments as RDF terms, without duplicates."""
        known = {parameter.name: parameter for parameter in self.parameters}
        values = {name: [value] if isinstance(value, str) else list(value) for name, value in arguments.items()}
        for name in values:
            if name not in known:
                allowed = ", ".join(known) or "none"
                raise QuestionError(f"the question {self.name} has no parameter {name!r}; it takes {allowed}")
        for parameter in self.parameters:
            if parameter.required and not values.get(parameter.name):
                raise QuestionError(f"the question {self.name} needs {parameter.name}: {parameter.description}")
        terms = {name: _terms(names, known[name], several) for name, several in values.items() if several}
        for name, several in terms.items():
            if len(several) > 1 and not known[name].many:
                raise QuestionError(f"the question {self.name} takes one {name}")
        return terms

    def fill(self, terms: Mapping[str, list[Term]]) -> str:
        """Return the query text without its header, without lines of absent parameters, and with the terms inserted."""
        chosen = frozenset((each.name, term.value) for each in self.parameters if each.choices for term in terms.get(each.name, ()))
        parts = _compose(self, frozenset(name for name, values in terms.items() if values), chosen)
        return "\n".join(part if isinstance(part, str) else part.fill(terms[part.name]) for part in parts)

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
    path = folder / f"{name}.rq"
    if name not in list_names(folder):
        raise QuestionError(f"there is no question {name!r}; there are {', '.join(list_names(folder))}")
    text = path.read_text(encoding="utf-8")
    header = "\n".join(line[2:].removeprefix(" ") for line in text.splitlines() if line.startswith("#+"))
    try:
        declaration = yaml.load(header, Loader=_LOADER)  # noqa: S506 - either loader is a safe one
        parameters = tuple(Parameter.read(key, value) for key, value in (declaration.get("parameters") or {}).items())
        question = Question(name, declaration["summary"], text, parameters, dict(declaration["columns"]), tuple(declaration["examples"]))
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise QuestionError(f"{path}: the header needs summary, parameters, columns and examples: {error!r}") from None
    for parameter in parameters:
        if parameter.type not in {"iri", *LITERALS, *KINDS}:
            raise QuestionError(f"{path}: the parameter {parameter.name!r} has the unknown type {parameter.type!r}")
    return question


def as_json(row: Mapping[str, Value]) -> dict[str, str | int | float | None]:
    """Return ``row`` with decimals as JSON numbers."""
    return {key: float(value) if isinstance(value, Decimal) else value for key, value in row.items()}


def list_names(folder: Path = vocabulary.QUERIES) -> tuple[str, ...]:
    """Return the names of all questions in ``folder``."""
    return tuple(sorted(path.stem for path in folder.glob("*.rq")))


@cache
def _lines(text: str) -> tuple[_Line, ...]:
    """Return the lines of a question without its header; cached, since every look-up uses several questions."""
    lines = []
    for line in text.splitlines():
        match = _CONDITIONAL.search(line)
        if match is not None:
            lines.append(_Line(line[: match.start()], match["name"], tuple(match["choices"].split(",")) if match["choices"] else None))
        elif not line.startswith("#+"):
            lines.append(_Line(line))
    return tuple(lines)


@lru_cache(maxsize=1000)
def _compose(question: Question, supplied: frozenset[str], chosen: frozenset[tuple[str, str]]) -> tuple[str | _Gap, ...]:
    """Return the parts of the text of a question for a set of parameters: fixed text, and lines with placeholders.

    ``chosen`` are parameter names with the values of their choices.
    """
    of = {parameter.name: parameter for parameter in question.parameters}
    parts: list[str | _Gap] = []
    plain: list[str] = []
    for line in _lines(question.text):
        if line.name is None:
            plain.append(line.text)
            continue
        parameter = of[line.name]
        wanted = line.choices is None or any((line.name, _choice(parameter, choice).value) in chosen for choice in line.choices)
        if line.name in supplied and wanted:
            gap = _Gap.from_line(line.text, parameter)
            parts += ["\n".join(plain), gap] if plain else [gap]
            plain = []
    return (*parts, "\n".join(plain)) if plain else tuple(parts)


def _value(term: Any) -> Value:
    if term is None:
        return None
    if type(term) is not ox.Literal or (parse := _READ.get(term.datatype.value)) is None:
        return str(term.value)
    return parse(term.value)


def _choice(parameter: Parameter, value: str) -> Term:
    """Return the term of a choice: its IRI if it has one, else its text."""
    iri = parameter.choices[value]
    return ox.NamedNode(vocabulary.base() + iri) if iri else ox.Literal(value)


def _number(parameter: Parameter, value: str) -> Term:
    """Return a number as in a query: digits, and for a decimal a sign and a point.

    :raises ValueError: when it is no number, or too large.
    """
    if not value.isascii() or "_" in value:
        raise ValueError("it is written with the digits 0 to 9")
    try:
        number = Decimal(value.strip())
    except InvalidOperation:
        raise ValueError("it is written with digits") from None
    whole = parameter.type == "integer"
    if not number.is_finite() or abs(number) > GREATEST or (whole and (number < 0 or number != int(number))):
        raise ValueError(f"it is {'a whole number from 0' if whole else 'a number'} to {GREATEST:,}")
    shown = str(int(number)) if whole else format(_EXACT.normalize(number.quantize(_SMALLEST, context=_EXACT)), "f")
    return ox.Literal(shown, datatype=ox.NamedNode(NUMBERS[parameter.type]))


def _terms(names: Names, parameter: Parameter, values: Sequence[str]) -> list[Term]:
    """Return the terms of ``values`` without duplicates, each of which would cost the engine another scan."""
    return list(dict.fromkeys(_term(names, parameter, value) for value in dict.fromkeys(values)))


def _term(names: Names, parameter: Parameter, value: str) -> Term:
    if parameter.type == "choice" and value not in parameter.choices:
        raise QuestionError(f"{parameter.name}: {_quote_short(value)} is none of {', '.join(parameter.choices)}")
    if parameter.type == "iri" and len(value) > LONGEST:
        raise QuestionError(f"{parameter.name}: an IRI has at most {LONGEST} characters, this one has {len(value)}")
    try:
        if parameter.type == "iri":
            return ox.NamedNode(vocabulary.expand_iri(identifiers.canonical_iri(value)))
        if parameter.type == "choice":
            return _choice(parameter, value)
        if parameter.type in NUMBERS:
            return _number(parameter, value)
        if parameter.type == "text":
            return ox.Literal(value)
        return ox.NamedNode(names.find(parameter.type, value))
    except UnknownName:
        raise
    except ValueError as error:
        raise QuestionError(f"{parameter.name}: {_quote_short(value)} is no {parameter.type}: {error}") from None


def _quote_short(value: str) -> str:
    return repr(value if len(value) <= 80 else value[:80] + "…")
