"""Records are written alike, so that a reviewer finds the same thing in the same place and a change shows as itself.

What a record *says* is checked elsewhere: its form by the types, its figures by the seal and the document, its sense by the
shapes. Here is how it is written: order of keys, length of lines, prose in our own words, names that a reader can tell apart.
The order of parts is free: it is the reading order of the paper.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyoxigraph as ox
import pytest
from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from mabgraph.graph.building import quads
from mabgraph.graph.store import vocabulary
from mabgraph.ingest import formatting, quotes, record, recordfile, shortrows
from mabgraph.ingest.documents import open_library
from mabgraph.ingest.parts import Quote

RECORDS: Final = sorted(vocabulary.RECORDS.glob("*.yaml"))
LONGEST_CLAIM: Final = 240
#: From this many characters on, prose that stands in the source is its authors' and not ours.
COPIED: Final = 60
#: The longest quote that marks no figure: enough words to find the place again, and no more.
LONGEST_UNMARKED: Final = 60
#: The most words of a quote of prose before its first figure, and after its last.
MOST_WORDS_AROUND: Final = 6
#: What stands between the cells of a printed table, so in no quote of prose.
BETWEEN_CELLS: Final = (" | ", "\t")
#: Keys in our own words.
PROSE: Final = ("label", "text", "definition", "schedule")
#: Keys that name a term under another key of the context.
MEANT: Final = {"effect": "measure", "effect_unit": "unit", "interval": "intervalKind", "variable": "variable"}
#: Where each kind of name is defined, by the base that the context gives it.
DEFINED: Final = {"concept": "ontology/concepts.ttl", "id/drug": "ontology/drugs.ttl", "id/condition": "ontology/conditions.ttl"}
REFERENCES: Final = {"concept": "concept", "drug": "id/drug", "condition": "id/condition", "target": "id/target"}

pytestmark = pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)


class Part(NamedTuple):
    """One mapping of a record: its type, what is written, and where."""

    kind: type[BaseModel]
    written: dict[str, Any]
    where: str


@cache
def loaded(path: Path) -> tuple[record.Record, recordfile.RecordFile]:
    return record.load(path)


@cache
def parts(path: Path) -> tuple[Part, ...]:
    """Return every mapping of the record, short rows written out, with the type that reads it."""
    _, file = loaded(path)

    def walk(kind: type[BaseModel], written: dict[str, Any], place: recordfile.Path_) -> Iterator[Part]:
        yield Part(kind, written, f"{file.path.name}:{file.line(place)}")
        for key, value in written.items():
            inner = formatting.model_in(kind.model_fields[key].annotation)
            if inner and isinstance(value, list):
                for index, item in enumerate(value):
                    yield from walk(inner, item, (*place, key, index))
            elif inner:
                yield from walk(inner, value, (*place, key))

    return tuple(walk(record.Record, shortrows.expand(file), ()))


@cache
def known() -> frozenset[str]:
    """Return the name of everything that the ontology defines."""
    return frozenset(quad.subject.value for quad in quads.of_ontology(vocabulary.ONTOLOGY) if isinstance(quad.subject, ox.NamedNode))


def named(part: Part) -> Iterator[tuple[str, str, str]]:
    """Yield key, slug and base of every term of the ontology that a part names."""
    for key, value in part.written.items():
        entry = vocabulary.context().get(MEANT.get(key) or to_camel(key))
        base = entry.get("@context", {}).get("@base") if isinstance(entry, dict) else None
        if key == "reason" or (part.kind is record.Definition and key == "variable"):
            base = vocabulary.concept("")
        for slug in value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]:
            if base:
                yield key, slug, base.removeprefix(vocabulary.base()).rstrip("/")
            elif key in {"about", "between"} and ":" in slug:
                prefix, _, local = slug.partition(":")
                yield key, local, REFERENCES[prefix]
    if part.kind is record.Facts:
        for quote in part.written["printed"]:
            for mark in quotes.read(quote["quote"]).marks:
                yield "printed", mark.name, "concept"


def quoted(part: Part) -> list[str]:
    """Return the quotes of one part, of all its keys."""
    own = [part.written["quote"]] if part.kind is record.TableRow else []
    return own + [item["quote"] for key in ("printed", "header", "also") for item in part.written.get(key, ())]


def quoted_outside_rows(path: Path) -> Iterator[tuple[str, quotes.MarkedQuote]]:
    """Yield place and text of every quote, of all keys and of the bounds of what is no evidence, but the rows of tables."""
    yield from ((part.where, quotes.read(part.written["quote"])) for part in parts(path) if part.kind is Quote)


def squeezed(text: str) -> str:
    return " ".join(text.split()).casefold()


def reported(faults: list[str]) -> None:
    assert not faults, "\n" + "\n".join(faults)


def test_the_record_is_formatted(path: Path) -> None:
    assert formatting.format_record(loaded(path)[1]) == path.read_text("utf-8"), f"run mabgraph format {path.name}"


def test_no_line_is_too_long_to_review(path: Path) -> None:
    lines = formatting.find_long_lines(path.read_text("utf-8"))
    reported([f"{path.name}:{number}: {length} characters: {formatting.REMEDY}" for number, length in lines])


def test_no_part_repeats_a_quote(path: Path) -> None:
    faults = []
    for part in parts(path):
        places = [(item["quote"], item.get("at")) for key in ("printed", "header", "also") for item in part.written.get(key, ())]
        if part.kind is record.TableRow:
            places.append((part.written["quote"], part.written.get("at")))
        faults += [
            f"{part.where}: the quote {quote!r} at {at} is there twice: keep one" for (quote, at), n in Counter(places).items() if n > 1
        ]
    reported(faults)


def test_quotes_are_short(path: Path) -> None:
    faults = []
    for part in parts(path):
        for quote in quoted(part):
            length = len(quotes.read(quote).text)
            if length > quotes.LONGEST_QUOTE:
                faults.append(f"{part.where}: a quote of {length} characters: at most {quotes.LONGEST_QUOTE}; split it by its figures")
    reported(faults)


def test_quotes_without_a_figure_only_name_their_place(path: Path) -> None:
    faults = []
    for where, marked in quoted_outside_rows(path):
        if not marked.marks and len(marked.text) > LONGEST_UNMARKED:
            faults.append(
                f"{where}: a quote of {len(marked.text)} characters that marks no figure: at most {LONGEST_UNMARKED}; "
                "keep the few words that name the point"
            )
    reported(faults)


def test_quotes_of_prose_stand_close_around_their_figures(path: Path) -> None:
    faults = []
    for where, marked in quoted_outside_rows(path):
        if not marked.marks or any(sign in marked.text for sign in BETWEEN_CELLS):
            continue
        before, after = marked.text[: marked.marks[0].start].split(), marked.text[marked.marks[-1].end :].split()
        for words, side in ((len(before), "before its first figure"), (len(after), "after its last")):
            if words > MOST_WORDS_AROUND:
                faults.append(f"{where}: a quote with {words} words {side}: at most {MOST_WORDS_AROUND}; leave out the farthest")
    reported(faults)


def test_the_quote_of_a_row_names_it_in_few_words(path: Path) -> None:
    faults = []
    for part in parts(path):
        if part.kind is record.TableRow:
            name = re.split(r"[|\t]", quotes.read(part.written["quote"]).text)[0]
            words = len(re.findall(r"[^\W\d]+", name))
            if words > MOST_WORDS_AROUND:
                faults.append(
                    f"{part.where}: the row's quote has {words} words before its cells: at most {MOST_WORDS_AROUND}; keep the last ones"
                )
    reported(faults)


def test_prose_is_in_our_own_words(path: Path, documents: Path) -> None:
    document = open_library(documents).text(path.stem)
    if document is None:
        pytest.skip(f"the text of {path.stem} is not in the folder of documents")
    source, faults = squeezed(document.text), []
    for part in parts(path):
        for key in PROSE:
            text = squeezed(str(part.written.get(key, "")))
            copied = next((run for run in (text[at : at + COPIED] for at in range(len(text) - COPIED + 1)) if run in source), None)
            if copied:
                faults.append(f"{part.where}: this {key} copies the source ({copied!r}…): say it in our own words")
    reported(faults)


def test_labels_tell_parts_of_one_kind_apart(path: Path) -> None:
    read, _ = loaded(path)
    labelled = [(kind, str(label)) for kind, item in read.items_with_id() if (label := getattr(item, "label", None))]
    labelled += [("table", table.label) for table in read.tables]
    twice = [(kind, label) for (kind, label), number in Counter(labelled).items() if number > 1]
    reported([f"{path.name}: two parts of the kind {kind} have the label {label!r}: say what sets them apart" for kind, label in twice])


def test_claims_are_one_short_sentence_or_two(path: Path) -> None:
    faults = []
    for claim in loaded(path)[0].claims:
        if not claim.text.endswith("."):
            faults.append(f"{path.name}: the claim {claim.id!r} does not end with a full stop: end it with one")
        if len(claim.text) > LONGEST_CLAIM:
            faults.append(
                f"{path.name}: the claim {claim.id!r} has {len(claim.text)} characters: at most {LONGEST_CLAIM}; make two claims of it"
            )
    reported(faults)


def test_every_term_is_in_the_ontology(path: Path) -> None:
    used = {(key, slug, base, part.where) for part in parts(path) for key, slug, base in named(part)}
    reported(
        [
            f"{where}: {key} names {slug!r}, which the ontology does not have: correct its spelling, or add it to {DEFINED.get(base, 'ontology/targets.ttl')}"
            for key, slug, base, where in sorted(used)
            if f"{vocabulary.base()}{base}/{slug}" not in known()
        ]
    )
