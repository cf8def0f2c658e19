"""No digit can change unseen: every change of one character of the evidence is tried, and each is caught.

A change can be made to the record or to the document. Three checks stand against it, and each is shown to hold by itself:

- the seal: the SHA-256 of all that the record says, which needs no text;
- the SHA-256 of the document, which covers every character of it;
- the characters: each quote and each figure is compared with the document at its offset. This one is tried with the seal
  and the SHA-256 made good again after the change, as someone would who runs ``seals.seal`` after a slip.

What is not proven here: that a sealed change of the record outside its quotes (a role, a group, a unit) is right. The
characters cannot tell that; shapes and reviewers do.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import yaml

from mabgraph.ingest import documents, quotes, recordfile, seals, verification

from .extent import is_tried, part_of

pytestmark = pytest.mark.slow

ROOT: Final = Path(__file__).parents[1]
DATA: Final = ROOT / "tests" / "data"
DIGIT: Final = re.compile(r"[0-9]")
#: Of the turns over the real record, each of which reads all of it, one of so many is tried; the first has the most digits.
EVERY: Final = 6


@dataclass(frozen=True)
class Case:
    """A record file, the document it quotes, and a folder where a changed document can be written."""

    file: recordfile.RecordFile
    document: documents.DocumentText
    folder: Path

    def faults(self, text: str, library: documents.Library | None) -> tuple[str, ...]:
        return verification.check(recordfile.parse(text, self.file.path), library).faults

    def library_with(self, content: str) -> documents.Library:
        """Return a library that holds ``content`` as the document."""
        (self.folder / "text").write_bytes(content.encode())
        return documents.Library({self.document.id: self.folder / "text"})

    def spans(self) -> Iterator[tuple[int, int, yaml.ScalarNode, yaml.ScalarNode]]:
        """Yield start and end in the document of every quote, with the YAML nodes of the quote and of its ``at``."""
        for _, node in self.file.mappings_with("quote"):
            quote, at = recordfile.value_of(node, "quote"), recordfile.value_of(node, "at")
            assert isinstance(quote, yaml.ScalarNode)
            assert isinstance(at, yaml.ScalarNode)
            yield int(at.value), int(at.value) + len(quotes.read(quote.value).text), quote, at

    def where(self, number: int) -> str:
        """Return how a fault of the ``at`` of this quote, counted in reading order, begins."""
        place, _ = list(self.file.mappings_with("quote"))[number]
        return self.file.where((*place, "at")) + ": "


def opened(record: Path, folder: Path, scratch: Path) -> Case:
    file = recordfile.load(record)
    document = documents.open_library(folder).text(file.path.stem)
    assert document is not None
    assert verification.check(file, documents.open_library(folder)).faults == ()
    return Case(file, document, scratch)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """Return the invented record."""
    return opened(DATA / "records" / "example-2020.yaml", DATA / "documents", tmp_path)


@pytest.fixture
def real(tmp_path: Path) -> Case:
    """Return the record of the trial report, or skip where it or its text is absent: rights keep the text out of the repository."""
    record, folder = ROOT / "ingest" / "records" / "kantarjian-2017.yaml", ROOT.parent / "shared" / "documents"
    if not record.exists() or not (folder / documents.MANIFEST).exists():
        pytest.skip(f"needs {record.name} in ingest/records and the text of its document in ../shared/documents")
    return opened(record, folder, tmp_path)


def other(character: str) -> str:
    """Return another character of the same kind."""
    return str((int(character) + 1) % 10) if DIGIT.match(character) else ("y" if character == "x" else "x")


def spliced(text: str, start: int, end: int, by: str) -> str:
    return text[:start] + by + text[end:]


def resealed(text: str, path: Path) -> str:
    """Return the record's text with its seal made good, whatever else is wrong with it."""
    file = recordfile.parse(text, path)
    return text.replace(file.data["sealed"], seals.seal(file.data))


def places(faults: tuple[str, ...]) -> list[str]:
    """Return the faults that the comparison of characters found."""
    return [fault for fault in faults if "the document has " in fault or ": figure " in fault]


def at_offset(case: Case, node: yaml.ScalarNode, at: int) -> str:
    return spliced(case.file.text, node.start_mark.index, node.end_mark.index, str(at))


@pytest.mark.sampled
def test_every_other_digit_in_the_record_is_caught_with_and_without_the_text(case: Case) -> None:
    """For each digit of the file, three of the nine other digits (all, in whole): quotes, offsets, ids, SHA-256 and the seal itself."""
    library = case.library_with(case.document.text)
    tried = 0
    for place, match in enumerate(DIGIT.finditer(case.file.text)):
        others = part_of("0123456789".replace(match[0], ""), 3, place)
        assert len(others) in {3, 9}
        for digit in others:
            changed = spliced(case.file.text, match.start(), match.end(), digit)
            assert case.faults(changed, None), f"not seen without the text: {digit} for {match[0]} at {match.start()}"
            assert case.faults(changed, library), f"not seen with the text: {digit} for {match[0]} at {match.start()}"
            tried += 1
    digits = sum(character.isdigit() for character in case.file.text)
    assert digits > 111
    assert tried == len(others) * digits


def test_every_digit_of_a_quote_is_caught_by_its_characters_after_sealing_again(case: Case) -> None:
    """For each digit inside a quote, marked or not; the seal is made good, so only the characters can tell."""
    library = case.library_with(case.document.text)
    tried = 0
    for _, _, quote, _ in case.spans():
        for match in DIGIT.finditer(case.file.text, quote.start_mark.index, quote.end_mark.index):
            changed = resealed(spliced(case.file.text, match.start(), match.end(), other(match[0])), case.file.path)
            assert seals.seal_fault(recordfile.parse(changed, case.file.path)) is None
            assert places(case.faults(changed, library)), f"not seen: {other(match[0])} for {match[0]} at {match.start()}"
            tried += 1
    assert tried > 40


@pytest.mark.parametrize("by", [-1, 1])
def test_every_offset_moved_by_one_is_caught_by_its_characters_after_sealing_again(case: Case, by: int) -> None:
    library = case.library_with(case.document.text)
    for start, _, _, at in case.spans():
        changed = resealed(at_offset(case, at, start + by), case.file.path)
        assert seals.seal_fault(recordfile.parse(changed, case.file.path)) is None
        assert places(case.faults(changed, library)), f"not seen: {start} moved by {by}"


def test_every_quoted_character_of_the_document_is_caught_by_sha256_and_by_its_place(case: Case) -> None:
    """For each character of the document inside a quote; the second time with the record's SHA-256 and seal made good."""
    text = case.document.text
    for index in sorted({index for start, end, _, _ in case.spans() for index in range(start, end)}):
        content = spliced(text, index, index + 1, other(text[index]))
        library = case.library_with(content)
        assert any("SHA-256" in fault for fault in case.faults(case.file.text, library)), f"SHA-256: {text[index]!r} at {index}"
        sha256 = hashlib.sha256(content.encode()).hexdigest()
        good = resealed(case.file.text.replace(case.document.sha256, sha256), case.file.path)
        faults = case.faults(good, library)
        assert places(faults) == list(faults) != [], f"place: {text[index]!r} at {index}"


def test_any_character_of_the_document_outside_quotes_is_caught_by_sha256(case: Case) -> None:
    """Every other character, as a sample; and a character put in or taken out, which also changes the length."""
    text = case.document.text
    quoted = {index for start, end, _, _ in case.spans() for index in range(start, end)}
    for index in sorted(set(range(len(text))) - quoted):
        faults = case.faults(case.file.text, case.library_with(spliced(text, index, index + 1, other(text[index]))))
        assert any("SHA-256" in fault for fault in faults), f"{text[index]!r} at {index}"
    for content in (text + "\n", text[:-1], text.replace("\n", "\r\n")):
        messages = "\n".join(case.faults(case.file.text, case.library_with(content)))
        assert "SHA-256" in messages
        assert f"has {len(content)} characters, the record says {len(text)}" in messages


@pytest.mark.sampled
def test_every_digit_of_the_real_record_is_under_its_seal(real: Case) -> None:
    """For each digit of the file outside comments: the value it stands in changes, and any change of a value breaks the seal.

    Each scalar is changed by itself, one digit at a time, in the values that the file holds; the seal is computed over all
    values each time (of one of ten, until all are tried in whole). That the values are those of the text is shown for the invented record,
    digit by digit.
    """
    sealed = real.file.data.pop("sealed")
    assert seals.seal(real.file.data) == sealed
    tried = 0
    for holder, key, value in scalars(real.file.data):
        for match in DIGIT.finditer(value):
            if is_tried(tried, 10):
                holder[key] = spliced(value, match.start(), match.end(), other(match[0]))
                assert seals.seal(real.file.data) != sealed, f"not seen: {value!r} at {match.start()}"
            tried += 1
        holder[key] = value
    assert seals.seal(real.file.data) == sealed
    comments = sum(len(DIGIT.findall(line)) for line in real.file.text.splitlines() if line.lstrip().startswith("#"))
    keys = sum(len(DIGIT.findall(key)) for key in keys_of(real.file.data))
    assert tried + keys + comments + len(DIGIT.findall(sealed)) == len(DIGIT.findall(real.file.text))


@pytest.mark.sampled
@pytest.mark.parametrize("by", part_of([-1, 1], 2))
def test_every_offset_of_the_real_record_moved_by_one_is_caught_by_its_characters(real: Case, by: int) -> None:
    """All offsets move at once, the seal is made good, and every quote must be reported by its own line and place."""
    edits = [(at.start_mark.index, at.end_mark.index, str(start + by)) for start, _, _, at in real.spans()]
    assert unseen(real, edits, set(range(len(edits)))) == set()


@pytest.mark.sampled
def test_every_digit_in_the_quotes_of_the_real_record_is_caught_by_its_characters(real: Case) -> None:
    """First the first digit of every quote changes, then the second, and so on; the seal is made good each time.

    A quote is compared with the document by itself, so that changes of several quotes at once cannot hide one another.
    """
    digits = [list(DIGIT.finditer(real.file.text, quote.start_mark.index, quote.end_mark.index)) for _, _, quote, _ in real.spans()]
    assert sum(map(len, digits)) > 500
    for turn in part_of(range(max(map(len, digits))), EVERY):
        changed = {number: positions[turn] for number, positions in enumerate(digits) if turn < len(positions)}
        edits = [(match.start(), match.end(), other(match[0])) for match in changed.values()]
        assert unseen(real, edits, set(changed)) == set(), f"digit {turn + 1} of a quote"


@pytest.mark.sampled
def test_every_digit_of_the_real_document_that_is_quoted_is_caught_by_its_place(real: Case) -> None:
    """As for the quotes, with the digit changed in the document and its SHA-256 and the seal made good in the record."""
    spans = [(start, end) for start, end, _, _ in real.spans()]
    digits = [[match.start() for match in DIGIT.finditer(real.document.text, start, end)] for start, end in spans]
    for turn in part_of(range(max(map(len, digits))), EVERY):
        content = list(real.document.text)
        for index in {positions[turn] for positions in digits if turn < len(positions)}:
            content[index] = other(content[index])
        library = real.library_with("".join(content))
        sha256 = hashlib.sha256("".join(content).encode()).hexdigest()
        good = resealed(real.file.text.replace(real.document.sha256, sha256), real.file.path)
        messages = "\n".join(places(real.faults(good, library)))
        expected = {number for number, positions in enumerate(digits) if turn < len(positions)}
        assert {number for number in expected if real.where(number) not in messages} == set(), f"digit {turn + 1} of a quote"


def unseen(case: Case, edits: list[tuple[int, int, str]], expected: set[int]) -> set[int]:
    """Return which of the ``expected`` quotes the comparison of characters does not report after ``edits`` and a new seal."""
    text = case.file.text
    for start, end, by in sorted(edits, reverse=True):
        text = spliced(text, start, end, by)
    good = resealed(text, case.file.path)
    assert seals.seal_fault(recordfile.parse(good, case.file.path)) is None
    messages = "\n".join(places(case.faults(good, case.library_with(case.document.text))))
    return {number for number in expected if case.where(number) not in messages}


def scalars(value: object) -> Iterator[tuple[dict[object, str], object, str]]:
    """Yield every text of a record's values with what holds it."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in list(inner):
        if isinstance(item, str):
            yield value, key, item  # type: ignore[misc]
        else:
            yield from scalars(item)


def keys_of(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (str(key) for key in value)
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from keys_of(item)
