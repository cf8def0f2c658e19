"""Quantities: facts about one thing that cannot all be right: rates and a duration, a scale and its points, a part and its whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Final

from . import numerals
from .contradictions import Candidate, Stated
from .figures import Node
from .sides import Disagreeing

#: The quantities of one thing, by kind.
Quantities = Mapping[str, Node]
#: The words of a computation, and the kinds of quantities that it is about.
Outcome = tuple[str, tuple[str, ...]]

_RATES: Final = ("infusion-volume", "initial-infusion-rate", "infusion-rate-increment", "maximum-infusion-rate")
_DURATIONS: Final = ("infusion-duration", "shortest-infusion-duration")
_PATIENTS: Final = ("patients-treated", "patients-randomised", "patients-in-group")
#: An infusion whose rate rises more often is none.
MOST_STEPS: Final = 1_000
#: Kinds whose name ends so are two ends of one range.
_RANGES: Final = (("-lower-limit", "-upper-limit"),)
#: What must not be later than what.
_ORDERS: Final = (("enrolment-start", "enrolment-end"), ("enrolment-start", "data-cutoff"), ("data-collection-start", "data-cutoff"))


def find(stated: Stated) -> Iterator[Candidate]:
    """Yield the contradictions between quantities that describe one thing, or a thing and its part."""
    things: dict[str, dict[str, Node]] = {}
    for node in stated.nodes.values():
        if node["type"] == "Quantity":
            things.setdefault(str(node["describes"]), {})[str(node["quantityKind"])] = node
    for thing, quantities in things.items():
        for rule in _RULES:
            for text, kinds in rule(quantities):
                yield _candidate(stated, thing, text, [quantities[kind] for kind in kinds])
    yield from _groups(stated, things)


def infusion_hours(volume: Decimal, initial: Decimal, increment: Decimal, maximum: Decimal) -> Decimal:
    """Return the hours that ``volume`` takes when the rate rises by ``increment`` every hour from ``initial`` to at most ``maximum``.

    >>> infusion_hours(Decimal(500), Decimal(100), Decimal(50), Decimal(200))
    Decimal('3.25')
    """
    hours, rate, left = Decimal(0), initial, volume
    while left > rate and rate < maximum:
        left, hours, rate = left - rate, hours + 1, min(maximum, rate + increment)
    return hours + left / rate


def _infusion(quantities: Quantities) -> Iterator[Outcome]:
    if not quantities.keys() >= set(_RATES) or any(_number(quantities[kind]) is None for kind in _RATES):
        return
    volume, initial, increment, maximum = (_number(quantities[kind]) or Decimal(0) for kind in _RATES)
    if min(volume, initial, increment) <= 0 or maximum < initial or maximum - initial > MOST_STEPS * increment:
        return
    hours = infusion_hours(volume, initial, increment, maximum)
    for kind in _DURATIONS:
        if kind in quantities and quantities[kind].get("unit") == "hours" and not _covers(quantities[kind], hours):
            printed = quantities[kind]["figure"][0]["printed"]
            yield f"the volume at the rates takes {hours.normalize():f} hours; {printed} hours is printed", (kind, *_RATES)


def _scale(quantities: Quantities) -> Iterator[Outcome]:
    for kind in quantities:
        scale = kind.removesuffix("-points")
        ends = (f"lowest-point-of-{scale}", f"highest-point-of-{scale}")
        if scale != kind and quantities.keys() >= set(ends):
            low, high, points = (_number(quantities[each]) for each in (*ends, kind))
            if low is not None and high is not None and points is not None and high - low + 1 != points:
                yield f"a scale from {low} to {high} has {high - low + 1} points; {points} are printed", (kind, *ends)


def _each(quantities: Quantities) -> Iterator[Outcome]:
    for kind in quantities:
        if kind.startswith("patients-at-each-"):
            for whole in (each for each in _PATIENTS if each in quantities):
                share, total = _number(quantities[kind]), _number(quantities[whole])
                if share and total and share == int(share) and int(total) % int(share):
                    yield f"{total} patients are no multiple of {share}", (whole, kind)


def _cycle(quantities: Quantities) -> Iterator[Outcome]:
    parts = ("cycle-length", "treatment-duration", "treatment-free-interval")
    if quantities.keys() >= set(parts) and len({quantities[kind].get("unit") for kind in parts}) == 1:
        length, treated, free = (_number(quantities[kind]) for kind in parts)
        if length is not None and treated is not None and free is not None and treated + free != length:
            yield f"treatment and interval add up to {treated + free}; a cycle of {length} is printed", parts


def _order(quantities: Quantities) -> Iterator[Outcome]:
    for first, last in _ORDERS:
        dates = [str(quantities[kind]["date"]) for kind in (first, last) if "date" in quantities.get(kind, {})]
        if len(dates) == 2 and dates[0][: len(dates[1])] > dates[1][: len(dates[0])]:
            yield f"{dates[0]} is later than {dates[1]}", (first, last)
    pairs = [
        ("minimum-age", "maximum-age"),
        *((kind, kind.replace(low, high)) for low, high in _RANGES for kind in quantities if low in kind),
    ]
    for low, high in pairs:
        if low in quantities and high in quantities:
            numbers = _number(quantities[low]), _number(quantities[high])
            if numbers[0] is not None and numbers[1] is not None and numbers[0] > numbers[1]:
                yield f"the lower end {numbers[0]} is above the upper end {numbers[1]}", (low, high)


_RULES: Final[tuple[Callable[[Quantities], Iterator[Outcome]], ...]] = (_infusion, _scale, _each, _cycle, _order)


def _groups(stated: Stated, things: Mapping[str, Quantities]) -> Iterator[Candidate]:
    """Yield groups that are larger than the group of which they are part, alone or as the two arms of a comparison."""
    for node in stated.nodes.values():
        if node["type"] == "Group":
            yield from _over(stated, things, [str(node["id"])], str(node.get("parent", "")))
        elif node["type"] == "Comparison":
            arms = [str(node["intervention"]), str(node["comparator"])]
            parents = {str(stated.nodes.get(arm, {}).get("parent", "")) for arm in arms}
            if len(parents) == 1:
                yield from _over(stated, things, arms, parents.pop())


def _over(stated: Stated, things: Mapping[str, Quantities], parts: list[str], whole: str) -> Iterator[Candidate]:
    for kind in _PATIENTS:
        sizes = [things.get(name, {}).get(kind) for name in (*parts, whole)]
        numbers = [_number(size) for size in sizes if size is not None]
        if len(numbers) == len(parts) + 1 and all(number is not None for number in numbers):
            *members, total = (number or Decimal(0) for number in numbers)
            if sum(members) > total:
                text = f"{' and '.join(map(str, members))} patients are more than the {total} of whom they are part"
                yield _candidate(stated, parts[0], text, [size for size in sizes if size is not None])


def _candidate(stated: Stated, thing: str, text: str, facts: list[Node]) -> Candidate:
    label = str(stated.nodes.get(thing, {}).get("label", ""))
    subject = ", ".join(dict.fromkeys(filter(None, (stated.study_of(facts[0]), label, str(facts[0]["quantityKind"]).replace("-", " ")))))
    local = str(facts[0]["id"]).partition(".")[2]
    return Candidate(f"{local}.computed", "arithmetic", subject, text, tuple(Disagreeing(fact, (fact["figure"][0],)) for fact in facts))


def _number(fact: Node) -> Decimal | None:
    """Return the number of a fact that is printed as exact; none with a comparison sign or "about"."""
    numeral = numerals.read(str(fact["figure"][0]["printed"])) if "value" in fact else None
    return numeral.number if numeral is not None and numeral.operator == "=" else None


def _covers(fact: Node, number: Decimal) -> bool:
    """Whether a fact may be ``number`` by rounding, or is not printed as exact."""
    numeral = numerals.read(str(fact["figure"][0]["printed"]))
    return numeral.operator != "=" or numeral.bounds is None or numeral.bounds[0] <= number <= numeral.bounds[1]
