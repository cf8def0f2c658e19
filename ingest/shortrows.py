"""Short rows: a row whose quote the rules of drafting read in one way needs no marks.

``{group: arm-a, endpoint: overall-survival, quote: "survival 7.7 months (95% CI, 5.6 to 9.6)"}`` stands for the row with the marks, the
measure, the unit and the kind of interval that its quote prints. A record is sealed as it is read: where a later rule reads a quote in
another way, the seal is broken.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from . import quotes
from .drafting import reading as rules
from .drafting.measures import unit_of_reading
from .drafting.proposals import ProposedRow
from .drafting.readings import Placed, TextReading
from .drafting.tokens import number_of
from .errors import RecordError
from .recordfile import RecordFile

#: End points whose value in a unit of time is a median where the quote names no measure.
_LENGTHS: Final = ("-survival", "duration-of-", "time-to-")
#: The order of the keys of a row that is written out.
_ORDER: Final = {key: place for place, key in enumerate(ProposedRow.model_fields)}
#: Measures by which a lone number is a count.
_COUNTS: Final = frozenset({"count", "proportion"})
_TIMES: Final = frozenset({"hours", "days", "weeks", "months", "years"})


def expand(file: RecordFile) -> dict[str, Any]:
    """Return the values of a record with every short row under ``results`` written out.

    :raises RecordError: with file, line and what was read, for a row whose quote can be read in no way, or in several.
    """
    data, faults = expand_values(file.data)
    if faults:
        raise RecordError("\n".join(f"{file.where(('results', index, 'quote'))}: {fault}" for index, fault in faults.items()))
    return data


def expand_values(data: dict[str, Any]) -> tuple[dict[str, Any], dict[int, str]]:
    """Return the values of a record with its short rows written out, and why a row cannot be, by its place; it stays as it is."""
    rows = data.get("results")
    if not isinstance(rows, list) or not any(isinstance(row, dict) and "quote" in row for row in rows):
        return data, {}
    expanded: list[Any] = list(rows)
    faults: dict[int, str] = {}
    for index, row in enumerate(rows):
        if isinstance(row, dict) and "quote" in row:
            try:
                expanded[index] = expand_row(row)
            except RecordError as error:
                faults[index] = str(error)
    return data | {"results": expanded}, faults


def expand_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with ``quote`` as one with ``printed``.

    What the row states itself counts before what its quote says. ``endpoint`` is another name for ``variable``.

    :raises RecordError: when the quote has no marks and can be read in no way, or in several; or a key is missing or doubled.
    """
    stated = dict(row)
    quote = stated.pop("quote")
    place = {"at": stated.pop("at")} if "at" in stated else {}
    if "endpoint" in stated and "variable" in stated:
        raise RecordError("the row has an endpoint and a variable, which are one: keep one")
    if "endpoint" in stated:
        stated["variable"] = stated.pop("endpoint")
    if not isinstance(quote, str) or not isinstance(stated.get("variable"), str):
        raise RecordError("a row with a quote needs the text of the quote and a variable: write both")
    marked = quotes.read(quote)
    if not marked.marks:
        if ("group" in stated) == ("comparison" in stated):
            raise RecordError("a row without marks is of one group or of one comparison: name one of the two, or mark the figures")
        read = _read_one(marked.text, stated.get("measure"))
        inferred = _infer(read, marked.text, stated["variable"], "comparison" in stated)
        stated = {key: value for key, value in inferred.items() if value is not None and key not in stated} | stated
        quote = _mark(marked.text, _figures(read, stated.get("measure")))
    if "measure" not in stated:
        raise RecordError("the quote names no measure that is known: say measure: in the row")
    if "id" not in stated:
        stated["id"] = "-".join(str(stated[key]) for key in ("variable", "measure", "group", "comparison") if key in stated)
    stated["printed"] = [{"quote": quote, **place}, *stated.get("printed", ())]
    return dict(sorted(stated.items(), key=lambda item: _ORDER.get(item[0], 0)))


def _read_one(text: str, measure: Any) -> TextReading:
    """Return the one reading of a quote that takes all of its numbers; a lone number is what the row's ``measure`` says.

    :raises RecordError: when there is none, there are several, or a number is left.
    """
    unit = rules.read_sentence(text, 0, len(text))
    readings = [each for each in unit.readings if {figure.role for figure in each.figures} != {"level"}]
    numbers = [token for token in unit.tokens if token.kind in {"number", "numberword", "absent", "bad"}]
    if not readings and isinstance(measure, str) and len(numbers) == 1 and number_of(numbers[0]) is not None:
        index = unit.tokens.index(numbers[0])
        return TextReading((unit.place("count" if measure in _COUNTS else "value", index),), index, index + 1, None, measure)
    if not readings:
        raise RecordError(f"nothing is read in the quote {text!r}: mark its figures")
    if len(readings) > 1:
        several = "; ".join(_describe(each, text) for each in readings)
        raise RecordError(f"the quote can be read in several ways: {several}: mark the figures of the row, or quote fewer words")
    left = [token.text for token in numbers if not _is_read(token.start, readings[0])]
    if left:
        read = _describe(readings[0], text)
        raise RecordError(f"the quote reads as {read}, and {', '.join(left)} is left: mark the figures of the row, or quote fewer words")
    return readings[0]


def _is_read(start: int, reading: TextReading) -> bool:
    return any(figure.start <= start < figure.end for figure in reading.figures)


def _describe(reading: TextReading, text: str) -> str:
    return " ".join(f"[{' '.join(text[figure.start : figure.end].split())}]({figure.role})" for figure in reading.figures)


def _infer(reading: TextReading, text: str, variable: str, is_comparison: bool) -> dict[str, str | None]:
    """Return what a quote says of a row: measure, unit, unit of time, kind of interval.

    :raises RecordError: when two numbers are bounds and the quote does not say of which kind.
    """
    if reading.has_bounds and reading.interval is None:
        raise RecordError(
            f"the quote reads as {_describe(reading, text)}, and does not say which kind of bounds they are: mark the figures"
        )
    unit = unit_of_reading(text, reading)
    measure = None if reading.measure == "difference" else reading.measure
    is_length = variable.endswith(_LENGTHS[0]) or variable.startswith(_LENGTHS[1:])
    if measure is None and unit in _TIMES and is_length and not is_comparison and reading.measure is None:
        measure = "median"
    interval = reading.interval if reading.interval != "confidence-interval" else None
    is_unitless = measure in {"proportion", "count", "hazard-ratio", "odds-ratio", "risk-ratio"}
    return {"measure": measure, "unit": None if is_unitless else unit, "time_unit": reading.time_unit, "interval": interval}


def _figures(reading: TextReading, measure: Any) -> list[Placed]:
    """Return the figures in order, in the roles that the measure gives them: a percentage is the value where it is no proportion."""
    figures = (
        Placed("value", each.start, each.end) if each.role == "percent" and measure != "proportion" else each for each in reading.figures
    )
    return sorted(figures, key=lambda figure: figure.start)


def _mark(text: str, figures: list[Placed]) -> str:
    parts, place = [], 0
    for figure in figures:
        parts += [text[place : figure.start], f"[{text[figure.start : figure.end]}]({figure.role})"]
        place = figure.end
    return "".join([*parts, text[place:]])
