"""Ruled tables of a PDF: which pages are looked at, for how long, and what stands in their cells."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..extras import require

with require("documents", __name__):
    import pdfplumber
    import pypdfium2 as pdfium
    import pypdfium2.raw as pdfium_c

#: Most characters of a page whose tables are looked for; pages of journals have some 6,000. Looking takes time by what is painted.
MOST_ON_PAGE: Final = 50_000
#: Most lines and curves on a page whose tables are looked for; looking takes time by their square.
MOST_PAINTED: Final = 5_000
#: Longest time that looking for tables may take, on one page and in the whole file (seconds); the text is read all the same.
PAGE_SECONDS: Final = 10.0
FILE_SECONDS: Final = 300.0
#: How deep drawings stand in each other that are looked into.
_DEEPEST: Final = 8
#: Left, top, right and bottom of a rectangle, points from the top left of the page.
Box = tuple[float, float, float, float]


@dataclass(slots=True)
class RuledTable:
    """A ruled table of a page: its box, and the text and box of each cell, row after row."""

    box: Box
    rows: list[list[tuple[str, Box | None]]]


def reason_against(page: pdfium.PdfPage) -> str | None:
    """Return why the tables of ``page`` are not looked for, empty where it has no text; none where they are looked for."""
    text_page = page.get_textpage()
    try:
        characters = int(text_page.count_chars())
    finally:
        text_page.close()
    if not characters:
        return ""
    if characters > MOST_ON_PAGE:
        return f"the page has more than {MOST_ON_PAGE} characters"
    painted = _count_painted([pdfium_c.FPDFPage_GetObject(page.raw, index) for index in range(min(_on(page), MOST_PAINTED + 1))])
    return f"the page has more than {MOST_PAINTED} lines and curves" if painted > MOST_PAINTED else None


def _on(page: pdfium.PdfPage) -> int:
    return int(pdfium_c.FPDFPage_CountObjects(page.raw))


def _count_painted(things: Sequence[Any], depth: int = 0) -> int:
    """Return the number of parts of paths among ``things``, and in the drawings among them; counting ends when there are too many."""
    count = 0
    for thing in things:
        kind = pdfium_c.FPDFPageObj_GetType(thing)
        if kind == pdfium_c.FPDF_PAGEOBJ_PATH:
            count += max(1, pdfium_c.FPDFPath_CountSegments(thing))
        elif kind == pdfium_c.FPDF_PAGEOBJ_FORM and depth < _DEEPEST:
            inner = min(pdfium_c.FPDFFormObj_CountObjects(thing), MOST_PAINTED + 1)
            count += 1 + _count_painted([pdfium_c.FPDFFormObj_GetObject(thing, index) for index in range(inner)], depth + 1)
        if count > MOST_PAINTED:
            break
    return count


class _TookTooLongError(BaseException):
    """Raised within looking for tables when its time is over; no handler of a library takes it for an error of the file."""


class TableSearch:
    """Looking for the ruled tables of each page: what is there, and why a page was left out."""

    def __init__(self, reasons: Sequence[str | None]) -> None:
        """Take for each page the reason for which it is not looked at, or none."""
        self.reasons = list(reasons)
        self.tables: list[list[RuledTable]] = [[] for _ in reasons]

    def run(self, path: Path) -> None:
        """Look at the pages of the file, each for a bounded time. The text of a page is read even where this fails."""
        logging.getLogger("pdfminer").setLevel(logging.ERROR)
        until, opened = time.monotonic() + FILE_SECONDS, -1
        try:
            with pdfplumber.open(path) as document:
                for opened, page in enumerate(document.pages[: len(self.reasons)]):
                    if self.reasons[opened] is None:
                        self._look(opened, page, until)
                    page.close()
        except Exception:  # noqa: BLE001 - pdfminer raises many kinds for a damaged file; the text is read by the other library
            for number in range(opened + 1, len(self.reasons)):
                if self.reasons[number] is None:
                    self.reasons[number] = "the reader of tables cannot open the page"

    def _look(self, number: int, page: Any, until: float) -> None:
        try:
            with _time_limit(min(PAGE_SECONDS, until - time.monotonic())):
                self.tables[number] = [_table_of(each) for each in page.find_tables() if len(each.rows) > 1]
        except _TookTooLongError:
            self.reasons[number] = "looking for them took too long"
        except Exception:  # noqa: BLE001 - as above
            self.reasons[number] = "they cannot be worked out"


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise within the block when its time is over; where the system, or a thread other than the main one, has no alarm, do nothing.

    :raises _TookTooLongError: after ``seconds``.
    """
    if seconds <= 0:
        raise _TookTooLongError
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(*_: object) -> None:
        raise _TookTooLongError

    before = signal.signal(signal.SIGALRM, end)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _table_of(table: Any) -> RuledTable:
    texts = table.extract()
    rows = [
        [(" ".join((text or "").split()), cell) for text, cell in zip(line, row.cells, strict=True)]
        for line, row in zip(texts, table.rows, strict=True)
    ]  # fmt: skip
    return RuledTable(tuple(table.bbox), rows)
