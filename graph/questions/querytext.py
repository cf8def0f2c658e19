"""The text of a question: a SPARQL query that runs as it stands, with comments that say what parameters add to it.

``#? drug: VALUES ?drug { $drug }`` is a line that the query has when the parameter ``drug`` is given; ``$drug`` is the slot for its values.
``#? check=consistent: …`` is a line for this choice only. As comments they change nothing, so every engine runs the file unfiltered.
``#{ page`` and ``#}`` stand around the pattern that decides which things are listed. It is inserted into the templates of
``queries/page/``, which count and list them, so that a filter is written once. Where the header pins a variable, its values are repeated
in each ``OPTIONAL`` that begins with it, since engines evaluate an ``OPTIONAL`` by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from string import Template
from textwrap import dedent, indent
from typing import Final

import pyoxigraph as ox

from ..store import vocabulary

Term = ox.NamedNode | ox.Literal

_CONDITION: Final = re.compile(r"(?P<indent>\s*)#\?\s*(?P<name>\w+)(=(?P<choices>[\w,-]+))?: (?P<text>.*)")
_PAGE: Final = re.compile(r"^ *#\{ page\n(?P<pattern>.*?)^ *#\}$", re.MULTILINE | re.DOTALL)
_MARKER: Final = re.compile(r" *#(\{ page|\})")
_INSERTED: Final = re.compile(r"^(?P<indent> *)#\{ (?P<name>\w+)\n", re.MULTILINE)


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
    order of the list. ``texts`` and ``numbers`` are further orders: property paths from the thing to a text or a number.
    """

    of: str
    carry: tuple[str, ...]
    order: str
    texts: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)

    @property
    def sorts(self) -> tuple[str, ...]:
        """The names of the further orders; with a minus sign they are descending."""
        return tuple(sign + name for name in (*self.texts, *self.numbers) for sign in ("", "-"))

    def page_subqueries(self, pattern: str) -> str:
        """Return the total and the page over ``pattern``, two subqueries that take its place in a query."""
        return _expand("within", self._values, pattern=pattern)

    def page_query(self, pattern: str) -> str:
        """Return a query, without its prefixes, that lists the things and counts them, and no more."""
        paths = (self.texts | self.numbers).items()
        keys = "".join(_template("key").safe_substitute(of=self.of, name=name, path=path) for name, path in paths)
        return _expand("alone", self._values, pattern=pattern, keys=keys)

    @property
    def _values(self) -> dict[str, str]:
        """The values of the templates."""
        names = {"texts": list(self.texts), "numbers": list(self.numbers)}
        descending = {f"{kind}_descending": [f"-{name}" for name in several] for kind, several in names.items()}
        lists = {kind: ",".join(several) for kind, several in (names | descending).items()}
        return {"of": self.of, "order": self.order, "variables": " ".join(f"?{name}" for name in (self.of, *self.carry)), **lists}


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
        lines = (line for line in map(_read, text.splitlines()) if line.applies(choices))
        for line in self._pin(lines) if self.pin in choices else lines:
            around = tuple(line.text.split(f"${line.parameter}")) if line.parameter else ()
            if line.parameter and len(around) > 1:
                parts += ["\n".join(plain)] if plain else []
                parts.append(Slot(line.parameter, around))
                plain = []
            elif not _MARKER.fullmatch(line.text):
                plain.append(line.text)
        return [*parts, "\n".join(plain)] if plain else parts

    @cached_property
    def pattern(self) -> str:
        """The lines between the markers of a page.

        :raises ValueError: when there are no markers.
        """
        match = _PAGE.search(self.text)
        if match is None:
            raise ValueError("a page needs '#{ page' and '#}' around the pattern that decides what is listed")
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


def _read(text: str) -> Line:
    match = _CONDITION.fullmatch(text)
    if match is None:
        return Line(text)
    return Line(match["indent"] + match["text"], match["name"], tuple(match["choices"].split(",")) if match["choices"] else None)


@cache
def _template(name: str) -> Template:
    return Template((vocabulary.QUERIES / "page" / f"{name}.rq").read_text(encoding="utf-8"))


def _expand(name: str, values: Mapping[str, str], **blocks: str) -> str:
    """Return a template of ``queries/page/`` with ``values``, and with ``blocks`` of lines where it has ``#{`` and their names.

    Slots of parameters stay.
    """
    text = _template(name).safe_substitute(values)
    return _INSERTED.sub(lambda match: indent(dedent(blocks[match["name"]]), match["indent"]), text)
