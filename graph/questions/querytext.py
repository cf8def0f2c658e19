"""The text of a question: a SPARQL query that runs as it stands, with comments that say what parameters add to it.

``#? drug: VALUES ?drug { $drug }`` is a line that the query has when the parameter ``drug`` is given; ``$drug`` is the slot for its values.
``#? check=consistent: …`` is a line for this choice only. As comments they change nothing, so every engine runs the file unfiltered.
``#{ page`` and ``#}`` stand around the pattern that decides which things are listed. It is inserted into the templates of
``queries/page/`` (:mod:`.paging`), which count and list them, so that a filter is written once. Where the header pins a variable, its
values are repeated in each ``OPTIONAL`` that begins with it, since engines evaluate an ``OPTIONAL`` by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import pyoxigraph as ox

from .directives import Line
from .paging import Page

Term = ox.NamedNode | ox.Literal

_PAGE: Final = re.compile(r"^ *#\{ page\n(?P<pattern>.*?)^ *#\}$", re.MULTILINE | re.DOTALL)
_MARKER: Final = re.compile(r" *#(\{ page|\})")


@dataclass(frozen=True, slots=True)
class Slot:
    """A line with slots: the parameter whose values are inserted, and the text around the slots."""

    parameter: str
    around: tuple[str, ...]

    def fill(self, terms: Sequence[Term], *, number: bool) -> str:
        """Return the line with ``terms`` in its slots, as the engine writes them; a number is written with its digits."""
        return (terms[0].value if number else " ".join(map(str, terms))).join(self.around)


@dataclass(frozen=True, eq=False)
class QueryText:
    """The text of a question without its header, how it is paged, and the variable that is pinned."""

    text: str
    page: Page | None = None
    pin: str | None = None

    def compose(self, choices: Mapping[str, frozenset[str]]) -> list[str | Slot]:
        """Return the query for the parameters that have values (and the choices among these): text, and lines with slots."""
        parts: list[str | Slot] = []
        plain: list[str] = []
        text = self._paged if self.page is not None and "size" in choices else self.text
        lines = (line for line in map(Line.read, text.splitlines()) if line.applies(choices))
        for line in self._pin(lines) if self.pin in choices else lines:
            around = tuple(line.text.split(f"${line.parameter}")) if line.parameter else ()
            if line.parameter and len(around) > 1:
                parts += ["\n".join(plain)] if plain else []
                parts.append(Slot(line.parameter, around))
                plain = []
            elif not _MARKER.fullmatch(line.text):
                plain.append(line.text)
        return [*parts, "\n".join(plain)] if plain else parts

    def with_slots(self, parameter: str) -> str:
        """Return the query for ``parameter`` alone, not paged, with its slots as they stand: ``VALUES ?drug { $drug }``."""
        choices = {parameter: frozenset[str]()}
        return "\n".join(line.text for line in map(Line.read, self.text.splitlines()) if line.applies(choices))

    @cached_property
    def pattern(self) -> str:
        """The lines between the marks of a page, which the text has (:func:`.directives.check`)."""
        match = _PAGE.search(self.text)
        assert match is not None
        return match["pattern"]

    @cached_property
    def prologue(self) -> str:
        """The lines that declare prefixes."""
        return "".join(line for line in self.text.splitlines(keepends=True) if line.startswith("PREFIX "))

    @cached_property
    def _paged(self) -> str:
        """The query with the total and the page in the place of the pattern."""
        assert self.page is not None
        before, _, behind = self.text.partition(self.pattern)
        return before + self.page.page_subqueries(self.pattern) + behind

    def _pin(self, lines: Iterable[Line]) -> Iterator[Line]:
        """Yield ``lines``, each ``OPTIONAL`` that begins with the pinned variable with a slot for its values."""
        begins = f"OPTIONAL {{ ?{self.pin} "
        for line in lines:
            if line.parameter is None and begins in line.text:
                before, _, after = line.text.partition(begins)
                yield Line(f"{before}OPTIONAL {{ VALUES ?{self.pin} {{ ${self.pin} }} ?{self.pin} {after}", self.pin)
            else:
                yield line
