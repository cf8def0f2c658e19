"""The text of a question: a SPARQL query that runs as it stands, with comments that say what parameters add to it.

``#? drug: VALUES ?drug { $drug }`` is a line that the query has when the parameter ``drug`` is given; ``$drug`` is the slot for its values.
``#? check=consistent: …`` is a line for this choice only. As comments they change nothing, so every engine runs the file unfiltered.
``#{ page`` and ``#}`` stand around the pattern that decides which things are listed. From it the total and the page are generated, so
that a filter is written once. Where the header pins a variable, its values are repeated in each ``OPTIONAL`` that begins with it, since
engines evaluate an ``OPTIONAL`` by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import pyoxigraph as ox

Term = ox.NamedNode | ox.Literal

_CONDITION: Final = re.compile(r"(?P<indent>\s*)#\?\s*(?P<name>\w+)(=(?P<choices>[\w,-]+))?: (?P<text>.*)")
_PAGE_BEGINS: Final = re.compile(r"\s*#\{ page")
_PAGE_ENDS: Final = re.compile(r"\s*#\}")
#: What the two subqueries of a page are indented by, beside the pattern in the file.
_INDENT: Final = "    "


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a query, the parameter it depends on, and the choices of that parameter that it is for; None means any."""

    text: str
    parameter: str | None = None
    choices: tuple[str, ...] | None = None

    def applies(self, choices: Mapping[str, frozenset[str]]) -> bool:
        """Whether the query has this line; ``choices`` maps each parameter with values to the choices among them."""
        if self.parameter is None:
            return True
        return self.parameter in choices and (self.choices is None or not choices[self.parameter].isdisjoint(self.choices))


@dataclass(frozen=True, slots=True)
class Slot:
    """A line with slots: the parameter whose values are inserted, and the text around the slots."""

    parameter: str
    around: tuple[str, ...]

    def fill(self, terms: Sequence[Term], *, number: bool) -> str:
        """Return the line with ``terms`` in its slots, as the engine writes them; a number is written with its digits."""
        return (terms[0].value if number else " ".join(map(str, terms))).join(self.around)


@dataclass(frozen=True, slots=True)
class Page:
    """How a list is paged.

    ``of`` is the variable of the things listed, ``carry`` further variables of the pattern that the rest of the query uses, ``order`` the
    order of the list. ``texts`` and ``numbers`` are further orders: property paths from the thing to a text or a number. ``alone`` says
    that the query lists the things and no more.
    """

    of: str
    carry: tuple[str, ...]
    order: str
    texts: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    alone: bool = False

    @property
    def sorts(self) -> tuple[str, ...]:
        """The names of the further orders; with a minus sign they are descending."""
        return tuple(sign + name for name in (*self.texts, *self.numbers) for sign in ("", "-"))

    def keys(self) -> Iterator[Line]:
        """Yield the lines that bind the sort key."""
        for name, path in (*self.texts.items(), *self.numbers.items()):
            yield Line(f"  OPTIONAL {{ ?{self.of} {path} ?key }}", "sort", (name, f"-{name}"))

    def ordering(self) -> Iterator[Line]:
        """Yield the lines of the order; things without a number come last in either direction."""
        yield Line("ORDER BY")
        if self.texts:
            yield Line("  ASC(STR(?key))", "sort", tuple(self.texts))
            yield Line("  DESC(STR(?key))", "sort", tuple(f"-{name}" for name in self.texts))
        if self.numbers:
            yield Line("  DESC(BOUND(?key)) ASC(?key)", "sort", tuple(self.numbers))
            yield Line("  DESC(BOUND(?key)) DESC(?key)", "sort", tuple(f"-{name}" for name in self.numbers))
        yield Line(f"  {self.order}")

    def select(self, pattern: Sequence[Line]) -> Iterator[Line]:
        """Yield the total and the page, two subqueries over ``pattern``; where things are listed alone, the page is the query itself."""
        yield from _subquery(f"SELECT (COUNT(DISTINCT ?{self.of}) AS ?total) WHERE {{", pattern, ())
        if self.alone:
            yield from (*pattern, *self.keys())
            return
        variables = " ".join(f"?{name}" for name in (self.of, *self.carry, *(["key"] if self.sorts else [])))
        slots = (*self.ordering(), Line("LIMIT $size", "size"), Line("OFFSET $offset", "offset"))
        yield from _subquery(f"SELECT DISTINCT {variables} WHERE {{", [*pattern, *self.keys()], slots)

    def query(self, prologue: Iterable[str], pattern: Sequence[str]) -> str:
        """Return the text of a question of its own that lists the things alone, with the markers of a page."""
        variables = " ".join(f"?{name}" for name in (self.of, *self.carry))
        ordering = [f"  #? sort={','.join(line.choices)}: {line.text.strip()}" if line.choices else line.text for line in self.ordering()]
        key = ["  #? sort: ?key"] if self.sorts else []
        body = ["WHERE {", "  #{ page", *pattern, "  #}", "}", *ordering, "#? size: LIMIT $size", "#? offset: OFFSET $offset"]
        return "\n".join([*prologue, f"SELECT DISTINCT {variables} ?total", *key, *body]) + "\n"


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
        lines = (line for line in self._lines("size" in choices) if line.applies(choices))
        for line in self._pinned(lines) if self.pin in choices else lines:
            around = tuple(line.text.split(f"${line.parameter}")) if line.parameter else ()
            if line.parameter and len(around) > 1:
                parts += ["\n".join(plain)] if plain else []
                parts.append(Slot(line.parameter, around))
                plain = []
            else:
                plain.append(line.text)
        return [*parts, "\n".join(plain)] if plain else parts

    @cached_property
    def pattern(self) -> tuple[str, ...]:
        """The lines between the markers of a page.

        :raises ValueError: when there are no markers.
        """
        return self._parts[1]

    @cached_property
    def _parts(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """The lines before the markers of a page, between them, and behind them."""
        lines = tuple(self.text.splitlines())
        begins, ends = (next((i for i, line in enumerate(lines) if marker.fullmatch(line)), None) for marker in (_PAGE_BEGINS, _PAGE_ENDS))
        if begins is None or ends is None or begins > ends:
            raise ValueError("a page needs '#{ page' and '#}' around the pattern that decides what is listed")
        return lines[:begins], lines[begins + 1 : ends], lines[ends + 1 :]

    @cached_property
    def prologue(self) -> tuple[str, ...]:
        """The lines that declare prefixes."""
        return tuple(line for line in self.text.splitlines() if line.startswith("PREFIX "))

    def _lines(self, paged: bool) -> Iterator[Line]:
        """Yield the lines of the query, with the total and the page in the place of the pattern where ``paged``."""
        if self.page is None:
            yield from map(_read, self.text.splitlines())
            return
        before, between, behind = ([_read(line) for line in lines] for lines in self._parts)
        yield from (*before, *(self.page.select(between) if paged else [*between, *self.page.keys()]), *behind)

    def _pinned(self, lines: Iterable[Line]) -> Iterator[Line]:
        """Yield ``lines``, each ``OPTIONAL`` that begins with the pinned variable with a slot for its values."""
        begins = f"OPTIONAL {{ ?{self.pin} "
        for line in lines:
            if line.parameter is None and begins in line.text:
                before, _, after = line.text.partition(begins)
                yield Line(f"{before}OPTIONAL {{ VALUES ?{self.pin} {{ ${self.pin} }} ?{self.pin} {after}", self.pin)
            else:
                yield line


def _read(text: str) -> Line:
    match = _CONDITION.fullmatch(text)
    if match is None:
        return Line(text)
    return Line(match["indent"] + match["text"], match["name"], tuple(match["choices"].split(",")) if match["choices"] else None)


def _subquery(select: str, pattern: Iterable[Line], behind: Iterable[Line]) -> Iterator[Line]:
    yield from (Line("  {"), Line(_INDENT + select))
    for line in pattern:
        yield Line(_INDENT + line.text, line.parameter, line.choices)
    yield Line(_INDENT + "}")
    for line in behind:
        yield Line(_INDENT + line.text, line.parameter, line.choices)
    yield Line("  }")
