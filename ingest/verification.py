"""Verification of a record: its form, its seal, its own numbers, and, where the text is at hand, that each figure stands where it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from . import nodes, quotes, recordfile
from .documents import DocumentText, Library
from .errors import RecordError
from .placing import explain_absence, stated_start
from .record import Record, validate
from .recordfile import RecordFile
from .seals import seal_fault


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of one record saw: faults (none is good), how many figures, and whether the text was held."""

    document: str
    faults: tuple[str, ...]
    figures: int
    text_seen: bool


def check(file: RecordFile, library: Library | None) -> Checked:
    """Return every fault of the record: its form, its seal, its own numbers, and, where held, its document.

    With the text: the SHA-256 is the recorded one, each quote and each figure stands exactly at its offsets, and
    the figure's characters read as its number.
    """
    try:
        record = validate(file)
    except RecordError as error:
        return check_invalid(file, error, library)
    return check_valid(file, record, library)


def check_invalid(file: RecordFile, error: RecordError, library: Library | None) -> Checked:
    """Return the faults of a record that breaks its form, as ``error`` says, and every quote of it that is not at its place."""
    text = library.text(file.path.stem) if library else None
    faults = [*str(error).splitlines(), *(_quote_faults(file, text, is_read=True) if text else ())]
    return Checked(file.path.stem, tuple(faults), 0, text is not None)


def check_valid(file: RecordFile, record: Record, library: Library | None) -> Checked:
    """Return every fault of a ``record`` of valid form, as :func:`check` does."""
    faults: list[str] = []
    broken = seal_fault(file)
    faults += [broken] if broken else []
    stated, contradictions = nodes.collect(record, file)
    figures = sum(node.get("type") == "Figure" for node in nodes.flatten(stated))
    faults += contradictions
    text = library.text(record.document.id) if library else None
    if text and library:
        faults += place_faults(file, record, text)
        faults += file_place_faults(file, record, library)
    return Checked(record.document.id, tuple(faults), figures, text is not None)


def document_faults(record: Record, text: DocumentText) -> Iterator[str]:
    """Yield what tells that ``text`` is not the document that was read."""
    if text.sha256 != record.document.sha256:
        yield f"{text.path}: SHA-256 {text.sha256} is not the recorded {record.document.sha256}: this is not the text that was read"
    if len(text.text) != record.document.characters:
        yield f"{text.path}: has {len(text.text)} characters, the record says {record.document.characters}"


def place_faults(file: RecordFile, record: Record, text: DocumentText) -> Iterator[str]:
    """Yield each quote and figure of ``record`` that is not where it says in ``text``, and what tells that it is another document."""
    others = list(document_faults(record, text))
    yield from others
    yield from _quote_faults(file, text, is_read=not others)


def _quote_faults(file: RecordFile, text: DocumentText, *, is_read: bool) -> Iterator[str]:
    """Yield each quote that is not where it says; where the text ``is_read``, with the place that is nearest to it."""
    for place, node in file.mappings_with("quote"):
        try:
            at, marked = stated_start(node), quotes.read(_quote(node))
        except RecordError as error:
            yield f"{file.where((*place, 'quote'))}: {error}"
            continue
        if at is None:
            yield f"{file.where((*place, 'quote'))}: has no place: run mabgraph anchor"
            continue
        there = text.text[at : at + len(marked.text)]
        if there != marked.text:
            hint = explain_absence(marked.text, text.text) if is_read else ""
            difference = f"the document has {there!r} at {at}, the record {marked.text!r}"
            yield f"{file.where((*place, 'at'))}: {difference}{hint and f'; {hint}'}"
        elif quotes.cuts_number(text.text, at, at + len(there)):
            yield f"{file.where((*place, 'quote'))}: {quotes.cut_number_fault(there, text.text, at)}"
        for mark in quotes.shift(marked.marks, at):
            if text.text[mark.start : mark.end] != mark.printed:
                printed = text.text[mark.start : mark.end]
                yield f"{file.where((*place, 'quote'))}: figure {mark.printed!r} is {printed!r} at {mark.start}"


def file_place_faults(file: RecordFile, record: Record, library: Library) -> Iterator[str]:
    """Yield what the record says of pages, boxes and elements and the file of places does not, where there is one."""
    known = {(place.start, place.end, place.where) for place in library.places(record.document.id)}
    for index, place in enumerate(record.places):
        if known and (place.at, place.to, place.where) not in known:
            span = f"characters {place.at} to {place.to}"
            yield f"{file.where(('places', index))}: {span} are not at {place.where} of the file: run mabgraph anchor"


def _quote(node: yaml.MappingNode) -> str:
    value = recordfile.value_of(node, "quote")
    return str(value.value) if isinstance(value, yaml.ScalarNode) else ""
