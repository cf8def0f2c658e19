"""Doses: one step of a regimen, which has one amount, printed with another one in a later quote."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from . import figures
from .contradictions import Candidate, Stated
from .record import Dose, Record
from .sides import Disagreeing, SideWriter, place_kind

#: Units as they are printed behind an amount, white space left out: a dose is given by weight, by surface, or whole.
_UNIT: Final = re.compile(r"(mg|mcg|[µμu]g|g|ml|iu|u)(/(?:kg|m|day))?", re.IGNORECASE)


def find(stated: Stated, record: Record, writer: SideWriter) -> Iterator[Candidate]:
    """Yield the doses of which a later quote prints no amount that the first one prints.

    A quote may print several amounts, the ends of a range or a dose in parts; a later one is then one of them, or later ones are the parts
    of the first. A mark with a name is another number.
    """
    for regimen in record.regimens:
        for dose in regimen.doses:
            if (node := stated.nodes.get(f"dose/{record.document.id}.{dose.id}")) is not None:
                printed = {int(each["anchoredAt"]["selector"][0]["start"]): each for each in node.get("figure", ())}
                for first, other in _other_amounts(dose):
                    sides = (Disagreeing(node, (printed[first.start],)), Disagreeing(node, (printed[other.start],)))
                    text = f"one dose is printed as {first.exact} and as {other.exact}"
                    kind = place_kind(writer, *(side.figures[0] for side in sides))
                    yield Candidate(f"{dose.id}.dose-{other.start}.printed-twice", kind, stated.subject_of(node), text, sides)


def _other_amounts(dose: Dose) -> Iterator[tuple[figures.Figure, figures.Figure]]:
    """Yield the first amount of ``dose`` beside each one of a later quote that is none of the first quote's."""
    by_quote = [[each for each in figures.read_quote(quote) if each.role == "dose" and not each.name] for quote in dose.printed]
    stating = [amounts for amounts in by_quote if amounts]
    for amounts in stating[1:]:
        added = sum(each.numeral.number or 0 for each in amounts)
        for other in amounts if added != stating[0][0].numeral.number else ():
            if all(first.numeral.excludes(other.numeral) and _are_alike(first, other) for first in stating[0]):
                yield stating[0][0], other


def _are_alike(one: figures.Figure, other: figures.Figure) -> bool:
    """Whether two amounts are in one unit, as far as units are printed behind them."""
    units = [match[0].lower() for each in (one, other) if (match := _UNIT.match("".join(each.suffix.split())))]
    return len(set(units)) < 2
