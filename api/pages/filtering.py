"""Filters of lists: the fields of a form, chips that take a filter away, and the addresses of other pages and orders of a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from mabgraph.graph.questions.arguments import Parameter
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.ingest.errors import QuestionError

from .narrowing import suggestions

#: The words of filters that have others than their name.
_LABELS: Final = {"trial": "Study", "endpoint": "End point", "comparability": "What it tells"}
#: Kinds of names that a field suggests: of these there are not many.
_SUGGESTED: Final = frozenset({"drug", "target", "condition", "endpoint", "measure", "design"})
_TYPED: Final = frozenset({*_SUGGESTED, "trial", "document"})
PAGE: Final = "page"
SORT: Final = "sort"

Parameters = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Field:
    """A field of a form: its parameter, its label, the names that it suggests, and the values that it has a choice of."""

    name: str
    label: str
    suggested: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Filtering:
    """The filters of a list at ``path``: the parameters of its address without page and order, the number of the page, and the order."""

    path: str
    parameters: tuple[tuple[str, str], ...]
    page: int = 1
    sort: str = ""

    @property
    def filters(self) -> dict[str, list[str]]:
        """The values of each filter."""
        several: dict[str, list[str]] = {}
        for name, value in self.parameters:
            several.setdefault(name, []).append(value)
        return several

    @property
    def chips(self) -> list[tuple[str, str, str]]:
        """Each filter with its value and the address without it."""
        return [(label(name), value, self._address(self._without(name, value))) for name, value in self.parameters]

    def at(self, page: int) -> str:
        """Return the address of another page of the same list."""
        return self._address(self.parameters, page, self.sort)

    def order_address(self, column: str) -> str:
        """Return the address of the list in the order of ``column``, turned round where it is that already."""
        return self._address(self.parameters, 1, f"-{column}" if self.sort == column else column)

    def query(self) -> str:
        """Return the filters as a query string, for the files of the list."""
        return urlencode(self.parameters)

    def _without(self, name: str, value: str) -> list[tuple[str, str]]:
        return [each for each in self.parameters if each != (name, value)]

    def _address(self, parameters: Parameters, page: int = 1, sort: str = "") -> str:
        more = [*parameters, *([(SORT, sort)] if sort else []), *([(PAGE, str(page))] if page > 1 else [])]
        return f"{self.path}?{urlencode(more)}" if more else self.path


def read(path: str, sent: Parameters, known: Sequence[Parameter], sorts: Sequence[str] = ()) -> Filtering:
    """Return the filters that an address has; empty ones, which a form sends, are none.

    :raises QuestionError: for a filter that the list does not have, a page that is none, or two pages or orders.
    """
    names = [each.name for each in known]
    parameters: list[tuple[str, str]] = []
    page, sort = 1, ""
    for name in (PAGE, SORT):
        if len(values := {value for each, value in sent if each == name}) > 1:
            raise QuestionError(f"{name}: takes one value, not {', '.join(sorted(value[:40] for value in values)[:5])}")
    for name, value in sent:
        if name == PAGE:
            if not (value.isascii() and value.isdigit() and 0 < int(value[:7]) <= 100_000):
                raise QuestionError(f"page: {value[:20]!r} is no page; the first is 1")
            page = int(value)
        elif name == SORT and sorts:
            if value.removeprefix("-") not in sorts:
                raise QuestionError(f"sort: {value[:40]!r} is none of {', '.join(sorts)}")
            sort = value
        elif name not in names:
            raise QuestionError(
                f"{name[:40]!r} is no filter of this list; there are {', '.join([*names, PAGE, *([SORT] if sorts else [])])}"
            )
        elif value.strip() and (name, value) not in parameters:
            parameters.append((name, value))
    return Filtering(path, tuple(parameters), page, sort)


def fields(catalogue: Catalogue, known: Sequence[Parameter], shown: Sequence[str] | None = None) -> list[Field]:
    """Return the fields of a form for the filters of a list, in the order of ``shown``, or all that take names or choices."""
    by_name: Mapping[str, Parameter] = {each.name: each for each in known}
    several = []
    for name in shown or by_name:
        parameter = by_name[name]
        if parameter.type == "choice":
            several.append(Field(name, label(name), choices=tuple(parameter.choices)))
        elif parameter.type in _TYPED:
            several.append(Field(name, label(name), suggestions(catalogue, parameter.type) if parameter.type in _SUGGESTED else ()))
    return several


def label(name: str) -> str:
    """Return the words of a filter.

    >>> label("trial"), label("value_min")
    ('Study', 'Value min')
    """
    return _LABELS.get(name, name.replace("_", " ").capitalize())
