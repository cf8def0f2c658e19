"""Understanding: how the filters of a question were read; and where nothing meets them, which leaves nothing, and what has rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from . import question
from .arguments import Parameter
from .catalogue import Catalogue
from .question import EXACT

#: Arguments that are no filters.
_PAGING: Final = frozenset({"size", "offset", "sort", EXACT.name})
#: So many rows are looked through for names.
_ROWS: Final = 500
#: Of so many rows everything is asked, where a page has not the column of a filter.
_DETAILED: Final = 100
#: The columns that name what a filter is about, where they are called otherwise.
_LABELS: Final = {"trial": "study_label", "design": "design"}
#: So many names are offered for a filter.
OFFERED: Final = 5
#: Of an empty answer, so many filters are left out, each once; so many are tried alone; and names are offered for so many.
LEFT_OUT: Final = 12
ALONE: Final = 4
_OFFERING: Final = 3
#: Filters that name a thing: one that is not known is refused, so that one without rows is known.
_THINGS: Final = frozenset({"trial", "drug", "target", "condition", "endpoint"})

Arguments = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True)
class FilterReading:
    """How one filter was read: the values as they came, the names of what they mean, and of what is narrower and included."""

    filter: str
    asked: tuple[str, ...]
    means: tuple[str, ...]
    narrower: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the reading in words.

        >>> str(FilterReading("endpoint", ("CR",), ("complete remission", "complete response"), ("complete remission with full recovery",)))
        'endpoint: complete remission, complete response, and 1 narrower'
        """
        more = f", and {len(self.narrower)} narrower" if self.narrower else ""
        return f"{self.filter}: {', '.join(self.means)}{more}"


@dataclass(frozen=True, slots=True)
class Emptiness:
    """Why no row meets the filters.

    ``without`` says how many rows there are without each filter, ``alone`` how many with it alone, where that may be none. ``offered``
    are values of a filter that have rows together with the others, most frequent first; ``untried`` are the filters not looked at.
    """

    without: Mapping[str, int]
    alone: Mapping[str, int]
    offered: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    untried: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the reason in words."""
        rest = f"; not looked at: {', '.join(self.untried)}" if self.untried else ""
        return self._reason() + rest

    def _reason(self) -> str:
        none = [name for name, number in self.alone.items() if not number]
        if none:
            known = ": it is known here, planned, cited or described without such rows" if set(none) <= _THINGS else ""
            return f"nothing here has the {' or the '.join(none)} asked for{', whatever the other filters' if self.without else ''}{known}"
        culprits = [f"without {name} there are {number}" for name, number in self.without.items() if number]
        if not culprits:
            return "no row meets all filters, nor all but one of them"
        tried = "; ".join(f"{name} may be {', '.join(values)}" for name, values in self.offered.items())
        return f"no row meets all filters: {', '.join(culprits)}{f'; {tried}' if tried else ''}"


def describe(readings: Iterable[FilterReading]) -> str:
    """Return how filters were read in words; empty without filters."""
    return "; ".join(map(str, readings))


def read(catalogue: Catalogue, name: str, arguments: Arguments) -> tuple[FilterReading, ...]:
    """Return how the filters of the question ``name`` are read.

    :raises UnknownName: when a name is not known.
    """
    exact = "true" in _values(arguments.get(EXACT.name, ()))
    return tuple(
        _reading(catalogue, parameter, _values(arguments[parameter.name]), exact)
        for parameter in question.load(name).parameters if parameter.name not in _PAGING and _values(arguments.get(parameter.name, ()))
    )  # fmt: skip


def explain_empty(catalogue: Catalogue, name: str, arguments: Arguments) -> Emptiness | None:
    """Return why the question ``name`` has no row for ``arguments``, which it was seen not to have.

    None where no filter is set, or the question cannot be asked page by page.

    :raises UnknownName: when a name is not known.
    """
    filters = {key: value for key, value in arguments.items() if key not in _PAGING and _values(value)}
    beside = {EXACT.name: arguments[EXACT.name]} if EXACT.name in arguments else {}
    paged = next((each for each in (name, f"{name}-page") if each in question.list_names() and question.load(each).is_paged), None)
    if not filters or paged is None:
        return None

    def count(chosen: Arguments) -> int:
        return catalogue.page(paged, {**chosen, **beside}, 1)[1]

    if len(filters) == 1:
        return Emptiness({}, dict.fromkeys(filters, 0))
    tried = dict(list(filters.items())[:LEFT_OUT])
    others = {key: {other: value for other, value in filters.items() if other != key} for key in tried}
    without = {key: count(rest) for key, rest in others.items()}
    culprits = [key for key, number in without.items() if number]
    # A filter that has no rows alone leaves none in place of any other: with two culprits there is no such filter.
    alone = {key: count({key: filters[key]}) for key in (culprits or list(tried)[:ALONE]) if len(culprits) < 2}
    known = {parameter.name: parameter for parameter in question.load(paged).parameters}
    offered = {
        key: values for key in culprits[:_OFFERING]
        if known[key].is_filter and (values := tuple(_offers(catalogue, paged, known[key], {**others[key], **beside})))
    }  # fmt: skip
    return Emptiness(without, alone, offered, tuple(filters)[LEFT_OUT:])


def _reading(catalogue: Catalogue, parameter: Parameter, values: Sequence[str], exact: bool) -> FilterReading:
    if not parameter.is_filter:
        return FilterReading(parameter.name, tuple(values), tuple(values))
    means = catalogue.names.expand(parameter.type, values, exact=True)
    narrower = [] if exact else catalogue.names.expand(parameter.type, values)[len(means) :]
    labels = catalogue.labels([*means, *narrower])
    return FilterReading(parameter.name, tuple(values), tuple(labels[iri] for iri in means), tuple(sorted(labels[iri] for iri in narrower)))


def _offers(catalogue: Catalogue, name: str, parameter: Parameter, arguments: Arguments) -> Iterator[str]:
    """Yield names for ``parameter`` with which the other ``arguments`` have rows, most frequent first."""
    rows, _ = catalogue.page(name, arguments, _ROWS)
    key = next(iter(question.load(name).columns))
    things = list(dict.fromkeys(str(row[key]) for row in rows))
    whole = name.removesuffix("-page")
    column = "label" if whole == f"{parameter.name}s" else _LABELS.get(parameter.name, f"{parameter.name}_label")
    if column in question.load(name).columns:
        yield from _most_common(rows, column)
    elif parameter.name in {"drug", "target", "condition"} and rows:
        concerned = catalogue.ask("concerned", {"thing": things, "kind": parameter.name})
        yield from (str(row["label"]) for row in concerned[:OFFERED])
    elif column in question.load(whole).columns and key in {each.name for each in question.load(whole).parameters}:
        yield from _most_common(catalogue.ask(whole, {key: things[:_DETAILED]}), column)


def _most_common(rows: Iterable[Mapping[str, object]], column: str) -> Iterator[str]:
    """Yield the values of ``column``, most frequent first."""
    counted = Counter(str(row[column]) for row in rows if row[column] is not None)
    yield from (label for label, _ in counted.most_common(OFFERED))


def _values(value: str | Sequence[str]) -> Sequence[str]:
    return [value] if isinstance(value, str) else [each for each in value if each]
