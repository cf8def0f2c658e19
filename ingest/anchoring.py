"""Anchoring: a curator writes a quote, this finds its characters, verifies them again later, and seals the record.

The seal is the SHA-256 of everything the record says. It lets a build trust the offsets where the text is not
held, and makes any later change visible: evidence is changed only with the source at hand.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from . import nodes, quotes, recordfile
from .documents import DocumentText, Library
from .errors import AnchorError, RecordError
from .nearest import nearest
from .record import Record, validate
from .recordfile import RecordFile

_AROUND = 40


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of one record saw: faults (none is good), how many figures, and whether the text was held."""

    document: str
    faults: tuple[str, ...]
    figures: int
    text_seen: bool


def seal(data: dict[str, Any]) -> str:
    """Return the seal of a record's values: SHA-256 of their canonical JSON, the seal itself left out."""
    sealed_values = {key: value for key, value in data.items() if key != "sealed"}
    return hashlib.sha256(json.dumps(sealed_values, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def seal_fault(file: RecordFile) -> str | None:
    """Return what is wrong with the record's seal, or none when it holds."""
    if file.data.get("sealed") == seal(file.data):
        return None
    word = "has changed since it was last anchored" if file.data.get("sealed") else "was never anchored"
    return f"{file.path}: the record {word}: run mabgraph anchor with the document at hand"


def anchor(file: RecordFile, library: Library) -> str:
    """Return the record's text with the place of every quote filled in, and sealed.

    :raises AnchorError: when the document is not held or is another one, or for every quote that is absent,
        ambiguous, or not where its ``at`` says; nothing is guessed.
    :raises RecordError: when the record breaks the format.
    """
    record = validate(file)
    text = _library_text(record, library)
    faults: list[str] = []
    edits: list[tuple[int, int, str]] = []
    for place, node in file.mappings_with("quote"):
        try:
            edits += _place_edits(node, text.text)
        except (AnchorError, RecordError) as error:
            faults.append(f"{file.where((*place, 'quote'))}: {error}")
    if faults:
        raise AnchorError("\n".join(faults))
    sealed = _write_seal(recordfile.parse(_apply_edits(file.text, edits), file.path))
    if seal_fault(recordfile.parse(sealed, file.path)):
        raise RecordError(f"{file.path}: cannot be sealed at its end: write it as one block mapping without '...'")
    return sealed


def check(file: RecordFile, library: Library | None) -> Checked:
    """Return every fault of the record: its form, its seal, its own numbers, and, where held, its document.

    With the text: the SHA-256 is the recorded one, each quote and each figure stands exactly at its offsets, and
    the figure's characters read as its number.
    """
    faults: list[str] = []
    try:
        record = validate(file)
    except RecordError as error:
        return Checked(file.path.stem, tuple(str(error).splitlines()), 0, False)
    broken = seal_fault(file)
    faults += [broken] if broken else []
    stated, contradictions = nodes.collect(record, file)
    figures = sum(node.get("type") == "Figure" for node in nodes.flatten(stated))
    faults += contradictions
    text = library.text(record.document.id) if library else None
    if text:
        faults += _place_faults(file, record, text)
    return Checked(record.document.id, tuple(faults), figures, text is not None)


def _library_text(record: Record, library: Library) -> DocumentText:
    text = library.text(record.document.id)
    if text is None:
        raise AnchorError(f"the text of {record.document.id} is not in the folders of documents: give --documents FOLDER with it")
    fault = next(_document_faults(record, text), None)
    if fault:
        raise AnchorError(fault)
    return text


def _document_faults(record: Record, text: DocumentText) -> Iterator[str]:
    if text.sha256 != record.document.sha256:
        yield f"{text.path}: SHA-256 {text.sha256} is not the recorded {record.document.sha256}: this is not the text that was read"
    if len(text.text) != record.document.characters:
        yield f"{text.path}: has {len(text.text)} characters, the record says {record.document.characters}"


def _place_faults(file: RecordFile, record: Record, text: DocumentText) -> Iterator[str]:
    yield from _document_faults(record, text)
    for place, node in file.mappings_with("quote"):
        try:
            at, marked = _stated_start(node), quotes.read(_quote(node))
        except RecordError as error:
            yield f"{file.where((*place, 'quote'))}: {error}"
            continue
        if at is None:
            yield f"{file.where((*place, 'quote'))}: has no place: run mabgraph anchor"
            continue
        there = text.text[at : at + len(marked.text)]
        if there != marked.text:
            yield f"{file.where((*place, 'at'))}: the document has {there!r} at {at}, the record {marked.text!r}"
        elif quotes.cuts_number(text.text, at, at + len(there)):
            yield f"{file.where((*place, 'quote'))}: {_cut_number_fault(there, text.text, at)}"
        for mark in quotes.shift(marked.marks, at):
            if text.text[mark.start : mark.end] != mark.printed:
                printed = text.text[mark.start : mark.end]
                yield f"{file.where((*place, 'quote'))}: figure {mark.printed!r} is {printed!r} at {mark.start}"


def _quote(node: yaml.MappingNode) -> str:
    value = recordfile.value_of(node, "quote")
    return str(value.value) if isinstance(value, yaml.ScalarNode) else ""


def _stated_start(node: yaml.MappingNode) -> int | None:
    value = recordfile.value_of(node, "at")
    return int(value.value) if isinstance(value, yaml.ScalarNode) and value.value.isdecimal() else None


def _place_edits(node: yaml.MappingNode, text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the edits that give one quote its place: replaced characters of the record file, from, to and by what."""
    written = recordfile.value_of(node, "quote")
    if not isinstance(written, yaml.ScalarNode):
        raise RecordError("a quote is text")
    if written.style in {"|", ">"}:
        raise RecordError("a quote is no block of lines ('|', '>'): write it between double quotes")
    marked = quotes.read(written.value)
    stated_start = _stated_start(node)
    start, exact = _choose_place(list(quotes.find(marked.text, text)), stated_start, marked.text, text)
    if quotes.cuts_number(text, start, start + len(exact)):
        raise RecordError(_cut_number_fault(marked.text, text, start))
    if exact != marked.text:
        yield written.start_mark.index, written.end_mark.index, recordfile.quote_scalar(quotes.respace(written.value, exact))
    if stated_start is None:
        column = next(key.start_mark.column for key, _ in node.value)
        between = ", " if node.flow_style else "\n" + " " * column
        yield written.end_mark.index, written.end_mark.index, f"{between}at: {start}"


def _choose_place(places: list[tuple[int, str]], stated_start: int | None, quote: str, text: str) -> tuple[int, str]:
    if not places:
        near = nearest(quote, text)
        hint = f"; the nearest is {near.exact!r} at {near.start}: {near.difference}" if near else ""
        raise AnchorError(f"the quote {quote!r} does not stand in the document{hint}: copy its characters exactly")
    if stated_start is not None:
        for place in places:
            if place[0] == stated_start:
                return place
        known = ", ".join(str(start) for start, _ in places)
        raise AnchorError(f"the quote {quote!r} is not at {stated_start} but at {known}: correct its 'at' or take it out")
    if len(places) > 1:
        lines = "".join(f"\n    at: {start}  …{_context(text, start, exact)}…" for start, exact in places)
        raise AnchorError(f"the quote {quote!r} stands in {len(places)} places: quote more words, or choose one:{lines}")
    return places[0]


def _cut_number_fault(quote: str, text: str, at: int) -> str:
    return (
        f"the quote {quote!r} begins or ends inside a number at {at}: …{_context(text, at, quote)}…: quote the number whole, with its sign"
    )


def _context(text: str, start: int, exact: str) -> str:
    return " ".join(text[max(0, start - _AROUND) : start + len(exact) + _AROUND].split())


def _apply_edits(text: str, edits: list[tuple[int, int, str]]) -> str:
    for start, end, by in sorted(edits, reverse=True):
        text = text[:start] + by + text[end:]
    return text


def _write_seal(file: RecordFile) -> str:
    value = recordfile.value_of(file.root, "sealed")
    stamp = seal(file.data)
    if value is None:
        return f"{file.text.rstrip()}\nsealed: {stamp}\n"
    return _apply_edits(file.text, [(value.start_mark.index, value.end_mark.index, stamp)])
