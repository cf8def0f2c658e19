"""PDF: the text of each page in the order of the file, ruled tables as cells, and page and box of each line and cell."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..errors import AnchorError
from ..extras import require
from ..places import Place
from .plain import LARGEST, ReadText, check_text, escape_bars, find_doi

with require("documents", __name__):
    import pypdfium2 as pdfium
    import pypdfium2.raw as pdfium_c

    from .pdftables import Box, RuledTable, TableSearch, reason_against

#: Most pages that are read.
MOST_PAGES: Final = 2000
#: How PDFium gives a hyphen at the end of a line, behind which it joins the lines.
_HYPHENS: Final = frozenset({0x2, 0xFFFE})
#: Categories of what is no character: control codes and code points without a character, as fonts without a table of characters give.
_NO_TEXT: Final = frozenset({"Cc", "Cn", "Cs"})


def read_pdf(path: Path) -> ReadText:
    """Return the text of a PDF, page after page; rows of ruled tables are lines with their cells between bars.

    :raises AnchorError: when it is no PDF, is protected, too large, damaged, or holds no text, as a scan.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise AnchorError(f"{path}: is larger than {LARGEST >> 20} MiB")
        document = pdfium.PdfDocument(path)
    except OSError as error:
        raise AnchorError(f"{path}: cannot be read: {error.strerror or error}") from None
    except pdfium.PdfiumError as error:
        if pdfium_c.FPDF_GetLastError() == pdfium_c.FPDF_ERR_PASSWORD:
            raise AnchorError(f"{path}: is protected by a password: save it without one, then add that") from None
        raise AnchorError(f"{path}: is not a PDF that can be read; it may be damaged: {error}") from None
    try:
        if len(document) > MOST_PAGES:
            raise AnchorError(f"{path}: has more than {MOST_PAGES} pages: add its parts one by one")
        writer = _PageWriter()
        search = TableSearch([reason_against(document[number]) for number in range(len(document))])
        search.run(path)
        for number in range(len(document)):
            writer.write(document[number], number + 1, search.tables[number])
        about = document.get_metadata_dict()
    except pdfium.PdfiumError as error:
        raise AnchorError(f"{path}: a page of it is damaged and cannot be read: {error}: save it anew, or add the pages that can") from None
    finally:
        document.close()
    text = "".join(writer.parts)
    if not text.strip():
        raise AnchorError(
            f"{path}: holds pictures of pages and no text: it is a scan. Recognise its text first (OCR), then add the PDF with text"
        )
    check_text(path, text)
    notes = [f"no text on page {number}: it may be a picture" for number in writer.empty]
    notes += [
        f"page {number}: {count} signs whose characters the file does not give stand as \ufffd" for number, count in writer.unread.items()
    ]
    notes += [f"page {number}: a table is read as lines, not cells: its cells have not all of its text" for number in writer.uncelled]
    notes += [f"page {number}: tables are read as lines, not cells: {reason}" for number, reason in enumerate(search.reasons, 1) if reason]
    return ReadText(text, tuple(writer.places), (about.get("Title") or "").strip() or None, find_doi(text), tuple(notes))


@dataclass(slots=True)
class _Line:
    """A line of a page as it is read: its characters and the box around them."""

    text: list[str] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)


class _PageWriter:
    """Writes pages as text, and keeps where each line and cell is from."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.places: list[Place] = []
        self.empty: list[int] = []
        self.uncelled: list[int] = []
        self.unread: dict[int, int] = {}
        self._length = 0

    def write(self, page: pdfium.PdfPage, number: int, tables: list[RuledTable]) -> None:
        """Write a page: its lines, and each table where its first character stands."""
        written: set[int] = set()
        begun = self._length
        characters = _characters_of(page)
        if unread := sum(character == "\ufffd" for character, _ in characters):
            self.unread[number] = unread
        whole = [table for table in tables if _is_whole(table, characters)]
        if len(whole) < len(tables):
            self.uncelled.append(number)
        for line, table in _lines_of(characters, whole):
            if table is not None:
                if table not in written:
                    written.add(table)
                    self._write_table(whole[table], number)
            elif "".join(line.text).strip():
                self._add("".join(line.text).strip(), number, line.boxes)
                self._end("\n")
        if self._length == begun:
            self.empty.append(number)
        self._end("\n")

    def _write_table(self, table: RuledTable, number: int) -> None:
        for row in table.rows:
            self._end("| ")
            for text, box in row:
                if text:
                    self._add(escape_bars(text), number, [box] if box else [table.box])
                self._end(" | ")
            self._end("\n")

    def _add(self, text: str, number: int, boxes: list[Box]) -> None:
        if boxes:
            left, top, right, bottom = (edge(box[side] for box in boxes) for side, edge in enumerate((min, min, max, max)))
            where = f"page={number}&viewrect={left:.1f},{top:.1f},{right - left:.1f},{bottom - top:.1f}"
            self.places.append(Place(self._length, self._length + len(text), where))
        self._end(text)

    def _end(self, text: str) -> None:
        self.parts.append(text)
        self._length += len(text)


def _characters_of(page: pdfium.PdfPage) -> list[tuple[str, Box]]:
    """Return the characters of ``page`` in the order of the file, line breaks too, with their boxes."""
    height = page.get_height()
    text_page = page.get_textpage()
    characters: list[tuple[str, Box]] = []
    lead = 0
    try:
        for index in range(text_page.count_chars()):
            code = int(pdfium_c.FPDFText_GetUnicode(text_page.raw, index))
            if 0xD800 <= code < 0xDC00:
                lead = code
                continue
            if 0xDC00 <= code < 0xE000:
                code = 0x10000 + ((lead - 0xD800) << 10) + code - 0xDC00 if lead else 0xFFFD
            lead = 0
            character = (
                "-\n"
                if code in _HYPHENS
                else chr(code)
                if chr(code) in "\t\r\n" or unicodedata.category(chr(code)) not in _NO_TEXT
                else "\ufffd"
            )
            left, low, right, high = text_page.get_charbox(index, loose=True)
            characters += ((each, (left, height - high, right, height - low)) for each in character)
    finally:
        text_page.close()
    return characters


def _is_whole(table: RuledTable, characters: Sequence[tuple[str, Box]]) -> bool:
    """Whether the cells of ``table`` have every letter and digit that stands in its box."""
    inside = Counter(_letters("".join(character for character, box in characters if _holds(table.box, box))))
    return not inside - Counter(_letters("".join(text for row in table.rows for text, _ in row)))


def _letters(text: str) -> Iterator[str]:
    return (each for each in unicodedata.normalize("NFKC", text) if each.isalnum())


def _lines_of(characters: Sequence[tuple[str, Box]], tables: Sequence[RuledTable]) -> Iterator[tuple[_Line, int | None]]:
    """Yield the lines of a page in the order of the file, and the table for characters that stand in one."""
    line = _Line()
    for character, box in characters:
        if character in "\r\n":
            if character == "\n" and line.text:
                yield line, None
                line = _Line()
            continue
        table = next((place for place, each in enumerate(tables) if _holds(each.box, box)), None)
        if table is not None and character.strip():
            if line.text:
                yield line, None
                line = _Line()
            yield _Line(), table
        elif table is None:
            line.text.append(" " if character == "\t" else character)
            if character.strip():
                line.boxes.append(box)
    if line.text:
        yield line, None


def _holds(outer: Box, inner: Box) -> bool:
    """Whether the middle of ``inner`` is in ``outer``."""
    across, down = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= across <= outer[2] and outer[1] <= down <= outer[3]
