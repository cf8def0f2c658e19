"""Anchoring: each quote of a curator is found in the document, its place and the ledger are written down, and the record is sealed."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from . import ledger, nodes, places, placing, quotes, recordfile
from .documents import DocumentText, Library
from .errors import AnchorError, RecordError
from .record import Record, validate
from .recordfile import RecordFile
from .seals import seal, seal_fault
from .verification import document_faults


def anchor(file: RecordFile, library: Library) -> str:
    """Return the record's text with the place of every quote and the ledger of the document filled in, and sealed.

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
    anchored = recordfile.parse(_apply_edits(file.text, edits), file.path)
    if known := library.places(record.document.id):
        anchored = recordfile.parse(places.write_places(anchored, known, _spans(anchored)), file.path)
    sealed = _write_seal(_add_ledger(anchored, text))
    if seal_fault(recordfile.parse(sealed, file.path)):
        raise RecordError(f"{file.path}: cannot be sealed at its end: write it as one block mapping without '...'")
    return sealed


def _add_ledger(file: RecordFile, text: DocumentText) -> RecordFile:
    """Return the anchored record with the ledger of its document; what contradicts itself anchors no numeral."""
    record = validate(file)
    stated, _ = nodes.collect(record, file)
    return recordfile.parse(ledger.write_ledger(file, ledger.of_nodes(record, stated, text).summarise()), file.path)


def _library_text(record: Record, library: Library) -> DocumentText:
    text = library.text(record.document.id)
    if text is None:
        raise AnchorError(f"the text of {record.document.id} is not in the folders of documents: give --documents FOLDER with it")
    fault = next(document_faults(record, text), None)
    if fault:
        raise AnchorError(fault)
    return text


def _spans(file: RecordFile) -> Iterator[tuple[int, int]]:
    """Yield the first character of every quote, and that after its last."""
    for _, node in file.mappings_with("quote"):
        start, written = placing.stated_start(node), recordfile.value_of(node, "quote")
        if start is not None and isinstance(written, yaml.ScalarNode):
            yield start, start + len(quotes.read(written.value).text)


def _place_edits(node: yaml.MappingNode, text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the edits that give one quote its place: replaced characters of the record file, from, to and by what."""
    placed = placing.find_place(node, text)
    written = placed.written
    if placed.exact != placed.marked.text:
        by = recordfile.quote_scalar(quotes.respace(written.value, placed.exact))
        yield written.start_mark.index, written.end_mark.index, by
    if placed.stated is None:
        column = next(key.start_mark.column for key, _ in node.value)
        between = ", " if node.flow_style else "\n" + " " * column
        yield written.end_mark.index, written.end_mark.index, f"{between}at: {placed.start}"


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
