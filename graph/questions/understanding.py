"""Understanding: how the filters of a question were read; and where nothing meets them, which leaves nothing, and what has rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from . import question
from .arguments import Parameter
from .catalogue import Catalogue
from .question import EXACT

#: Arguments that are no filters.
_PAGING: Final = frozenset({"size", "offset", "sort", EXACT.name})
#: So many rows are looked through for names.
_ROWS: Final = 500
#: Rows are counted up to so many. Where there are as many, or more, none is looked through: an engine would put all in order first.
COUNTED: Final = 5_000
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
#: Filters that are a bound of a number: its column, and whether it is the lower bound.
_BOUNDS: Final = {
    "value_min": ("value", True), "value_max": ("value", False), "n_min": ("total", True), "n_max": ("total", False),
}  # fmt: skip
#: So many things below the same broader thing are tried.
_SIBLINGS: Final = 12
#: So many things with similar names are tried, until enough have rows: most that are known may have none.
_ALIKE: Final = 128
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

    ``without`` says how many rows there are without each filter, ``alone`` how many with it alone, where that may be none; both up to
    :data:`COUNTED`. ``offered`` are values of a filter that have rows together with the others, most frequent first, or, in place of one
    that has none alone, the nearest that have; ``untried`` are the filters not looked at.
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
            whatever = ", whatever the other filters" if self.without else ""
            return f"nothing here has the {' or the '.join(none)} asked for{whatever}{self._offered_text(' (', ')')}{known}"
        culprits = [f"without {name} there are {_number_text(number)}" for name, number in self.without.items() if number]
        if not culprits:
            return "no row meets all filters, nor all but one of them"
        return f"no row meets all filters: {', '.join(culprits)}{self._offered_text('; ')}"

    def _offered_text(self, before: str, behind: str = "") -> str:
        """Return what has rows in place of a filter, in words; empty if that is not known."""
        tried = "; ".join(f"{name} may be {', '.join(values)}" for name, values in self.offered.items())
        return f"{before}{tried}{behind}" if tried else ""


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
        return catalogue.count_up_to(paged, {**chosen, **beside}, COUNTED)

    known = {parameter.name: parameter for parameter in question.load(paged).parameters}
    if len(filters) == 1:
        [key] = filters
        return Emptiness({}, {key: 0}, _nearest(catalogue, paged, known[key], _values(filters[key]), beside))
    tried = dict(list(filters.items())[:LEFT_OUT])
    others = {key: {other: value for other, value in filters.items() if other != key} for key in tried}
    without = {key: count(rest) for key, rest in others.items()}
    culprits = [key for key, number in without.items() if number]
    # A filter that has no rows alone leaves none in place of any other: with two culprits there is no such filter.
    alone = {key: count({key: filters[key]}) for key in (culprits or list(tried)[:ALONE]) if len(culprits) < 2}
    if none := [key for key, number in alone.items() if not number]:
        nearest: dict[str, tuple[str, ...]] = {}
        for key in none[:_OFFERING]:
            nearest |= _nearest(catalogue, paged, known[key], _values(filters[key]), {**others[key], **beside} if without[key] else beside)
        return Emptiness(without, alone, nearest, tuple(filters)[LEFT_OUT:])
    offered: dict[str, tuple[str, ...]] = {}
    for key in culprits[:_OFFERING]:
        rest = {**others[key], **beside}
        values = tuple(_offers(catalogue, paged, known[key], rest)) if known[key].is_filter else ()
        offered |= {key: values} if values else _nearest(catalogue, paged, known[key], _values(filters[key]), rest)
    return Emptiness(without, alone, offered, tuple(filters)[LEFT_OUT:])


def _reading(catalogue: Catalogue, parameter: Parameter, values: Sequence[str], exact: bool) -> FilterReading:
    if not parameter.is_filter:
        return FilterReading(parameter.name, tuple(values), tuple(values))
    means = catalogue.names.expand(parameter.type, values, exact=True)
    narrower = [] if exact else catalogue.names.expand(parameter.type, values)[len(means) :]
    labels = catalogue.labels([*means, *narrower])
    return FilterReading(parameter.name, tuple(values), tuple(labels[iri] for iri in means), tuple(sorted(labels[iri] for iri in narrower)))


def _offers(catalogue: Catalogue, name: str, parameter: Parameter, arguments: Arguments) -> Iterator[str]:
    """Yield names for ``parameter`` with which the other ``arguments`` have rows, most frequent first; none where these are very many."""
    if catalogue.count_up_to(name, arguments, COUNTED) == COUNTED:
        return
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


def _nearest(catalogue: Catalogue, name: str, parameter: Parameter, values: Sequence[str], others: Arguments) -> dict[str, tuple[str, ...]]:
    """Return, for a filter that has no rows alone, the nearest values that have rows with the ``others``; empty if there are none.

    Of names, those below the same broader thing come first; of a bound, it is the number that is nearest to it.
    """
    if parameter.choices:
        offered = [each for each in parameter.choices if catalogue.count_up_to(name, {**others, parameter.name: each}, 1)]
    elif parameter.name in _BOUNDS and "estimates" in name:
        offered = list(_extreme(catalogue, name, parameter.name, others))
    elif parameter.is_filter:
        beside = catalogue.names.siblings(parameter.type, values)[:_SIBLINGS]
        offered = [catalogue.labels([iri])[iri] for iri in beside if catalogue.count_up_to(name, {**others, parameter.name: iri}, 1)]
        offered = offered or list(_offers(catalogue, name, parameter, others)) or list(_alike(catalogue, name, parameter, values, others))
    else:
        offered = []
    return {parameter.name: tuple(offered[:OFFERED])} if offered else {}


def _alike(catalogue: Catalogue, name: str, parameter: Parameter, values: Sequence[str], others: Arguments) -> Iterator[str]:
    """Yield at most :data:`OFFERED` of the most similar names for ``parameter`` with which the ``others`` have rows."""
    known = catalogue.names.most_alike(parameter.type, values, _ALIKE)
    having = (iri for iri in known if catalogue.count_up_to(name, {**others, parameter.name: iri}, 1))
    yield from (catalogue.labels([iri])[iri] for iri in islice(having, OFFERED))


def _extreme(catalogue: Catalogue, name: str, bound: str, others: Arguments) -> Iterator[str]:
    """Yield the largest number for a lower ``bound``, the smallest for an upper one, of the estimates that meet ``others``.

    None where these are very many.
    """
    column, lower = _BOUNDS[bound]
    if catalogue.count_up_to(name, others, COUNTED) == COUNTED:
        return
    rows, _ = catalogue.page(name, {**others, "sort": f"-{column}" if lower else column}, 1)
    for row in catalogue.ask("estimates", {"estimate": str(rows[0]["estimate"])}) if rows else ():
        if row[column] is not None:
            yield f"{'at most' if lower else 'at least'} {row[column]}"


def _most_common(rows: Iterable[Mapping[str, object]], column: str) -> Iterator[str]:
    """Yield the values of ``column``, most frequent first."""
    counted = Counter(str(row[column]) for row in rows if row[column] is not None)
    yield from (label for label, _ in counted.most_common(OFFERED))


def _number_text(number: int) -> str:
    """Return a number of rows, as far as they were counted, in words."""
    return str(number) if number < COUNTED else f"{COUNTED} or more"


def _values(value: str | Sequence[str]) -> Sequence[str]:
    return [value] if isinstance(value, str) else [each for each in value if each]
