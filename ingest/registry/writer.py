"""The writer: the nodes of one registry record with the keys of the JSON-LD context, its figures by pointer, and what is flagged.

A figure is written once, however many results have it: a denominator is that of every row of its table. The IRI of its place has
the pointer in it, and states document and characters; that of the figure has the same steps, with dots between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from ..errors import RecordError
from ..figures import Node
from ..numerals import Numeral
from .names import RegistryNames
from .offsets import Offsets, Span
from .printed import UNREADABLE, read_printed

#: Where a pointer leads into the results.
RESULTS: Final = "/resultsSection"
#: A record that states more nodes, or longer texts in all (characters: a title is repeated in each of its results), is left out, for what
#: it becomes takes about 11 kB of memory a node. Of the records that were looked at, one of 260 kB has the most: 1,500 nodes, 0.6 million.
MOST_NODES: Final = 100_000
MOST_CHARACTERS: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class Flag:
    """Something odd in a record that is kept: its kind, its pointer, and what it is in words."""

    kind: str
    pointer: str
    text: str


@dataclass(frozen=True, slots=True)
class FigureCell:
    """A figure that was written: its name, and what it was read as; ``absence`` is why there is no number."""

    name: str
    numeral: Numeral | None
    absence: str = ""

    @property
    def number(self) -> str:
        """The canonical decimal; empty where there is none."""
        return self.numeral.canonical if self.numeral else ""

    @property
    def operator(self) -> str:
        """The comparison sign."""
        return self.numeral.operator if self.numeral else "="


class RegistryWriter:
    """Collects the nodes of one record."""

    def __init__(self, number: str, study: str, names: RegistryNames, text: str) -> None:
        """Write of the registry number ``number``, which is the study with the name ``study``; texts are read with ``names``.

        ``text`` is the file of the record, in whose characters figures stand.
        """
        self._text, self._spans = text, Offsets(text)
        self.document, self.study, self.names = number.lower(), study, names
        self.nodes: list[Node] = []
        self.flags: list[Flag] = []
        self.figures: dict[str, FigureCell] = {}
        #: The parts of the record that are left out, by pointer; each is flagged.
        self.left_out: set[str] = set()
        self._characters = 0

    def spans(self, pointer: str) -> dict[str, Span]:
        """Return where each text and number below ``pointer`` stands in the characters of the record, by pointer."""
        return self._spans.below(pointer)

    def name(self, kind: str, local: str) -> str:
        """Return the name of the part ``local`` of this kind."""
        return f"{kind}/{self.document}.{local}"

    def place(self, pointer: str) -> str:
        """Return the name of the place at ``pointer``."""
        return f"document/{self.document}#{pointer}"

    def anchor(self, pointer: str) -> Node:
        """Return the place of a figure: its pointer, and its characters in the file. It is its own selector, of position and quote."""
        start, end = self._spans.span(pointer)
        written = self._text[start:end]
        place = self.place(pointer)
        return {
            "id": place, "source": f"document/{self.document}", "selector": place, "start": str(start), "end": str(end), "exact": written,
        }  # fmt: skip

    def append(self, node: Node) -> None:
        """Add ``node``, which has its name.

        :raises RecordError: when the record states more than memory is kept free for.
        """
        self.nodes.append(node)
        self._characters += _count_characters(node)
        if len(self.nodes) > MOST_NODES or self._characters > MOST_CHARACTERS:
            raise RecordError(
                f"states more than {MOST_NODES} figures, results and groups, or texts of more than {MOST_CHARACTERS} characters, repeated "
                "ones counted each time: it would take the memory that the build needs: read this study at its registry, and, where the "
                "record is as the registry gives it, report it as a fault of mabgraph"
            )

    def add(self, kind: str, local: str, node: Node) -> str:
        """Add ``node`` without what is empty in it, and return its name."""
        name = self.name(kind, local)
        self.append({"id": name} | {key: value for key, value in node.items() if value not in (None, "", [], ())})
        return name

    def flag(self, kind: str, pointer: str, text: str) -> None:
        """Note what is odd at ``pointer``."""
        self.flags.append(Flag(kind, pointer, text))

    def leave_out(self, part: str, kind: str, pointer: str, text: str) -> None:
        """Note that the ``part`` of the record is left out, because of what is odd at ``pointer``; once, however often it is read."""
        if part not in self.left_out:
            self.left_out.add(part)
            self.flag(kind, pointer, f"{text} is left out")

    def figure(self, role: str, pointer: str, printed: str | int, unit: str | None = None, comment: str | None = None) -> FigureCell:
        """Return the figure of what is printed at ``pointer``, written the first time; what cannot be read is flagged and has no number.

        Where nothing is printed the cell has no name, and there is no figure. ``comment`` gives the reason of a missing number in words.
        """
        if pointer in self.figures:
            return self.figures[pointer]
        text = str(printed)
        if not text:
            self.flag("not reported", pointer, "the text is empty: not reported, which is not 0")
            return FigureCell("", None, "not-reported")
        numeral, absence = read_printed(text, comment, role)
        if absence == UNREADABLE:
            self.flag("unreadable number", pointer, f"{text[:60]!r} is no number, or can be read in two ways: it is kept as printed")
        return self.keep(role, pointer, text, numeral, absence, unit)

    def keep(self, role: str, pointer: str, text: str, numeral: Numeral | None, absence: str = "", unit: str | None = None) -> FigureCell:
        """Return the figure of ``text`` at ``pointer`` that was read as ``numeral``, or has none because of ``absence``."""
        if pointer in self.figures:
            return self.figures[pointer]
        name = f"figure/{self.document}{pointer.replace('/', '.')}"
        node: Node = {"id": name, "type": "Figure", "role": role, "printed": text, "anchoredAt": self.anchor(pointer)}
        if numeral is not None:
            node |= {"number": numeral.canonical, "operator": numeral.operator}
        if absence:
            node["absence"] = absence
        if unit:
            node["unit"] = unit
        self.append(node)
        self.figures[pointer] = FigureCell(name, numeral, absence)
        return self.figures[pointer]


def _count_characters(value: Any) -> int:
    """Return how many characters the texts of a node have."""
    if isinstance(value, str):
        return len(value)
    return sum(map(_count_characters, value.values() if isinstance(value, dict) else value))


def tidy(text: str | None) -> str:
    """Return ``text`` with single spaces."""
    return " ".join((text or "").split())


def in_english(**texts: Any) -> Node:
    """Return the texts that are there, by key, as they are registered."""
    return {key: text for key, text in texts.items() if text and str(text).strip()}
