"""The gates of a single row: what `mabgraph check` would say of it in its record, before it is written there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from mabgraph.ingest import coherence, nodes, numerals, outcomes, quotes, record, recordfile, results, shortrows
from mabgraph.ingest.documents import DocumentText
from mabgraph.ingest.drafting.reviewing import Verdict, ids_of
from mabgraph.ingest.errors import RecordError
from mabgraph.ingest.parts import Item, Quote
from mabgraph.ingest.record import Analysis, Comparison, Document, Group, Record, Regimen, Row, Study
from mabgraph.ingest.recordfile import RecordFile

from .checking import Checker

#: The parts of a record that a row may name, and their types.
_PARTS: Final[Mapping[str, type[Item]]] = {
    "studies": Study, "regimens": Regimen, "groups": Group, "comparisons": Comparison, "analyses": Analysis,
}  # fmt: skip
#: The roles of numbers that belong to one result; totals, levels and times are shared.
_OWN: Final = frozenset({"value", "lower", "upper", "count", "percent", "p_value", "dispersion"})
#: In the fault of a name with a number; a reduced record does not have all numbers that names may have.
_UNPRINTED: Final = "which no figure of this record prints"
#: Stands for what an unfinished record has not said yet; nothing of it is written.
_UNSAID: Final = "not said yet"
_STUDY: Final = {
    "id": "study-not-said-yet", "type": "Study", "label": _UNSAID, "design": "randomised-controlled-trial", "reported_by": "primary-report",
}  # fmt: skip


class RowGate:
    """Judges rows of one record by the rules of ``check``: form, anchors, known parts and terms, shapes; arithmetic gives doubts.

    What is unfinished elsewhere in the record is not the row's fault.
    """

    def __init__(self, checker: Checker, text: DocumentText) -> None:
        """Judge with the ontology and shapes of ``checker``, and with the text of the record's document."""
        self._checker, self._text = checker, text

    def __call__(self, file: RecordFile, row: dict[str, Any]) -> Verdict:
        """Return what speaks against ``row`` under ``results`` of ``file``, each fault beginning with the key that it is about."""
        try:
            typed_row = Row.model_validate(row)
        except ValidationError as error:
            return Verdict(tuple(_describe(dict(fault)) for fault in error.errors(include_url=False)))
        faults = list(document_faults(file, self._text))
        if typed_row.id in ids_of(file):
            faults.append(f"id: {typed_row.id!r} is the id of something of this record already: give the row another")
        faults += place_faults(typed_row.printed, self._text)
        if faults:
            return Verdict(tuple(faults))
        small = reduce_record(file, row)
        try:
            typed_record = record.validate(small)
        except RecordError as error:
            return Verdict(tuple(_strip(line, small) or line for line in str(error).splitlines()))
        faults += self._stated_faults(small, typed_record, typed_row)
        return Verdict(tuple(dict.fromkeys(faults)), () if faults else tuple(self._doubts(file, typed_record, typed_row)))

    def _stated_faults(self, small: RecordFile, typed_record: Record, row: Row) -> Iterator[str]:
        """Yield what contradicts itself in the row or in parts that it names, and what shapes do not allow in the row."""
        _, contradictions = nodes.collect(typed_record, small)
        named = {row.group, row.comparison, row.analysis}
        named |= {mark.name for quote in row.printed for mark in quote.read_marks().marks}
        named |= {side for each in typed_record.comparisons if each.id in named for side in (each.intervention, each.comparator)}
        for fault in contradictions:
            stripped = _strip(fault, small)
            if stripped is not None:
                yield stripped.removeprefix(f"({row.id}): ").removeprefix(f"row {row.id!r}: ")
            elif any(f"({name}): " in fault for name in named if name) and _UNPRINTED not in fault:
                yield fault.partition(": ")[2].partition(": ")[2]
        for fault in self._checker.shape_faults(small, typed_record):
            stripped = _strip(fault, small)
            if stripped is not None:
                yield stripped

    def _doubts(self, file: RecordFile, typed_record: Record, row: Row) -> Iterator[str]:
        """Yield what a curator has to have seen: numbers that do not fit each other, and results that the record has already."""
        yield from arithmetic_doubts(typed_record)
        stated = {(figure.start, figure.end): figure for figure in figures_of(file) if figure.key in {"results", "tables"}}
        for quote in row.printed:
            for mark in quotes.shift(quote.read_marks().marks, quote.at or 0):
                figure = stated.get((mark.start, mark.end))
                if figure and mark.role in _OWN and figure.role in _OWN:
                    yield f"{mark.printed!r} at {mark.start} is the {figure.role} of {figure.owner!r} already"

    def judge_part(self, file: RecordFile, key: str, part: dict[str, Any]) -> tuple[str, ...]:
        """Return what speaks against ``part`` under ``key`` of the record, such as a new group."""
        if part.get("id") in ids_of(file):
            return (f"id: {part['id']!r} is the id of something of this record already: give another",)
        try:
            _PARTS[key].model_validate(part)
            small = reduce_record(file, {}, key, part)
            typed_record = record.validate(small)
        except ValidationError as error:
            return tuple(_describe(dict(fault)) for fault in error.errors(include_url=False))
        except RecordError as error:
            return tuple(str(error).splitlines())
        _, contradictions = nodes.collect(typed_record, small)
        place = f"{key}[{len(small.data[key]) - 1}]"
        faults = [*contradictions, *self._checker.shape_faults(small, typed_record)]
        own = [stripped for fault in faults if (stripped := _strip(fault, small, place)) is not None and _UNPRINTED not in fault]
        printed = {numeral.canonical for figure in figures_of(file) for _, _, numeral in numerals.scan(figure.printed)}
        for _, _, numeral in numerals.scan(str(part.get("label", ""))):
            if numeral.canonical not in printed:
                own.append(f"label: says {numeral.printed}, which no figure of this record prints: leave the number out")
        return tuple(dict.fromkeys(own))


@dataclass(frozen=True, slots=True)
class StatedFigure:
    """A marked figure of a record: where it stands in the document, its role and characters, and which part of the record states it."""

    start: int
    end: int
    role: str
    printed: str
    key: str
    owner: str


def reduce_record(file: RecordFile, row: dict[str, Any], key: str = "", part: dict[str, Any] | None = None) -> RecordFile:
    """Return a record with ``row`` as its only result, and the parts of ``file`` that a row may name, as far as they are of the form.

    ``part`` comes after those under ``key``.
    """
    document = file.data.get("document")
    stated = dict(document) if isinstance(document, dict) else {}
    stated |= {key: _UNSAID for key in ("title", "rights") if not str(stated.get(key, "")).strip()}
    data: dict[str, Any] = {
        "document": {key: value for key, value in stated.items() if key in Document.model_fields and key != "printed"},
        "unit_of_analysis": file.data.get("unit_of_analysis") or "patients",
    }
    for name, kind in _PARTS.items():
        parts = file.data.get(name)
        data[name] = [each for each in (parts if isinstance(parts, list) else ()) if _is_valid(kind, each)]
    if part:
        data[key].append(part)
    data["studies"] = data["studies"] or [_STUDY]
    data["results"] = [row] if part is None else []
    return recordfile.parse(recordfile.write_flow(data), file.path)


def arithmetic_doubts(typed_record: Record) -> Iterator[str]:
    """Yield what numbers of the record's results do not fit each other: a document may print them so, but a curator has to have seen it."""
    for check in coherence.of_record(typed_record, tuple(results.expand_record(typed_record))):
        if check.outcome == outcomes.INCONSISTENT:
            yield f"the numbers do not fit each other: {check.text}"


def document_faults(file: RecordFile, text: DocumentText) -> Iterator[str]:
    """Yield what tells that ``text`` is not the document that the record was begun with."""
    stated = file.data.get("document")
    digest = stated.get("sha256") if isinstance(stated, dict) else None
    if digest != text.sha256:
        yield f"document: the text {text.path} is not the one that the record was begun with (its SHA-256 is {text.sha256}, not {digest})"


def place_faults(printed: tuple[Quote, ...], text: DocumentText) -> Iterator[str]:
    """Yield what is wrong with quotes: characters that do not stand where they say, numbers that are cut, marks that are no numbers."""
    for index, quote in enumerate(printed):
        key = f"printed[{index}]"
        try:
            marked = quote.read_marks()
        except RecordError as error:
            yield f"{key}: {error}"
            continue
        at = quote.at
        if at is None:
            yield f"{key}: the quote {marked.text!r} has no place"
            continue
        there = text.text[at : at + len(marked.text)]
        if there != marked.text:
            yield f"{key}: the document has {there!r} at {at}, the quote is {marked.text!r}"
        elif quotes.cuts_number(text.text, at, at + len(there)):
            yield f"{key}: {quotes.cut_number_fault(there, text.text, at)}"
        for mark in marked.marks:
            try:
                if mark.role != "date":
                    numerals.read(mark.printed)
            except RecordError as error:
                yield f"{key}: {error}"


def figures_of(file: RecordFile) -> Iterator[StatedFigure]:
    """Yield the marked figures of the record but of its proposals; of short rows, those that their quotes are read for."""
    values, _ = shortrows.expand_values(file.data)
    for key in ("studies", "regimens", "results", "tables", "facts", "claims"):
        for item in _mappings(values.get(key)):
            for part in (item, *_mappings(item.get("rows")), *_mappings(item.get("doses"))):
                owner = str(part.get("id") or part.get("of") or key)
                for mark in _marks_of(part, item.get("cells")):
                    if mark.is_figure:
                        yield StatedFigure(mark.start, mark.end, mark.role, mark.printed, key, owner)


def _marks_of(part: dict[str, Any], cells: Any) -> Iterator[quotes.Mark]:
    """Yield the marks of the quotes of one part, at their places; what cannot be read is passed over: ``check`` names it."""
    own = [{"quote": part.get("quote"), "at": part.get("at")}] if "quote" in part else []
    for each in (*own, *(each for key in ("printed", "header", "also") for each in _mappings(part.get(key)))):
        text, at = each.get("quote"), each.get("at")
        if not isinstance(text, str) or not str(at).isdecimal():
            continue
        try:
            marked = quotes.read(text)
            if not marked.marks and each in own:
                marked = quotes.read_cells(text, str(part.get("cells") or cells or ""))
        except RecordError:
            continue
        yield from quotes.shift(marked.marks, int(str(at)))


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _is_valid(kind: type[Item], part: Any) -> bool:
    try:
        kind.model_validate(part)
    except ValidationError:
        return False
    return True


def _describe(fault: dict[str, Any]) -> str:
    place = ".".join(map(str, fault["loc"]))
    if fault["type"] == "missing":
        return f"{place}: is missing: choose one"
    if fault["type"] == "extra_forbidden":
        return f"{place}: unknown key: correct its spelling or take it out"
    return f"{place}: {fault['msg']}"


def _strip(fault: str, small: RecordFile, place: str = "results[0]") -> str | None:
    """Return a fault of the part at ``place``, the one row, without its place; None where it is about another part."""
    start = f"{small.path}:1: {place}"
    return fault.removeprefix(start).lstrip(". :") if fault.startswith(start) else None
