"""Results as people read them: every number of a result with the place that prints it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import quote

from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary

from .places import place_address, pointer_address

Row = Mapping[str, Any]

#: Roles of figures that a result in one line shows; all others are on its own page.
_SHOWN: Final = ("value", "lower", "upper", "level", "p_value", "count", "total", "percent", "dispersion")
_PREFIX: Final = "estimate/"
#: What a printed number begins with; anything else before it is a sign, or it is printed in words.
DIGITS: Final = tuple("0123456789.·−-")


@dataclass(frozen=True, slots=True)
class PrintedNumber:
    """A number as a document prints it: its role, the characters, where they begin and end, and the words around them.

    In a registry record it has a ``pointer``. Where its characters are not known, ``start`` and ``end`` are -1.
    """

    role: str
    document: str
    start: int
    end: int
    exact: str
    prefix: str
    suffix: str
    restates: str
    figure: str
    pointer: str = ""

    def at(self, start: int, end: int, exact: str) -> PrintedNumber:
        """Return the number with its characters, from ``start`` to ``end``."""
        return replace(self, start=start, end=end, exact=exact)

    @property
    def where(self) -> str:
        """Where it is printed, in words: its characters, or its pointer where these are not known."""
        return self.pointer if self.start < 0 else f"{self.start}–{self.end}"

    @property
    def address(self) -> str:
        """The address of the characters."""
        return pointer_address(self.document, self.pointer) if self.start < 0 else place_address(self.document, self.start)


@dataclass(frozen=True)
class ShownResult:
    """A result: its row of the question ``estimates``, and all places that print its numbers."""

    row: Row
    printed: tuple[PrintedNumber, ...]

    @property
    def name(self) -> str:
        """Its name, as in addresses."""
        return str(self.row["estimate"]).removeprefix(vocabulary.resource(_PREFIX))

    @property
    def address(self) -> str:
        """The address of its page."""
        return f"/estimates/{quote(self.name)}"

    @property
    def numbers(self) -> Mapping[str, PrintedNumber]:
        """The most exact place of each number, by its role."""
        chosen: dict[str, PrintedNumber] = {}
        for each in self.printed:
            if each.role in _SHOWN and (each.role not in chosen or (chosen[each.role].restates and not each.restates)):
                chosen[each.role] = each
        return chosen

    @property
    def main(self) -> PrintedNumber | None:
        """The place of the value, or of the percentage that is the value; none where no number is printed."""
        numbers = self.numbers
        return numbers.get("value") or numbers.get("percent")

    @property
    def study(self) -> str:
        """The name of its study, as in addresses."""
        return vocabulary.local_name(str(self.row["study"]))

    @property
    def of(self) -> str:
        """The comparison or group that it is of."""
        return str(self.row["comparison"] or self.row["group"] or "all patients")

    @property
    def time(self) -> str:
        """When it was measured, such as "at 12 weeks"; empty where the document gives no time."""
        if self.row["time_point"] is not None:
            unit = str(self.row["time_unit"] or "")
            return f"at {self.row['time_point']} {unit.removesuffix('s') if self.row['time_point'] == 1 else unit}".strip()
        return str(self.row["time_in_words"] or "")

    @property
    def title(self) -> str:
        """What was measured, of whom and when, as a sentence begins: its measure and numbers follow."""
        label = str(self.row["endpoint_label"])
        return ", ".join(filter(None, (label[:1].upper() + label[1:], lower_first(self.of), self.time)))

    @property
    def unreported(self) -> list[str]:
        """What a reader expects of it and the document does not print, in short words."""
        return [line for line in str(self.row["not_reported"] or "").split("\n") if line]

    @property
    def operator(self) -> str:
        """The comparison sign of the value where the printed characters do not have it: they may be in words."""
        sign, main = str(self.row["operator"] or ""), self.main
        return sign if main and sign not in {"", "="} and main.exact[:1] in DIGITS else ""

    @property
    def p_operator(self) -> str:
        """The comparison sign of the P value where the printed characters do not have it."""
        printed = self.numbers.get("p_value")
        return str(self.row["p_operator"] or "=") if printed and printed.exact[:1] in DIGITS else ""

    @property
    def warnings(self) -> list[str]:
        """What the document or arithmetic says against it, in words."""
        lines = str(self.row["discrepancies"] or "").split("\n")
        return [line for line in lines if line]


def lower_first(label: str) -> str:
    """Return a label as it stands within a sentence; names of more than one capital keep theirs.

    >>> lower_first("Blinatumomab versus chemotherapy"), lower_first("GEN501, part 1"), lower_first("United States centres")
    ('blinatumomab versus chemotherapy', 'GEN501, part 1', 'United States centres')
    """
    first, _, rest = label.partition(" ")
    own = first[1:].islower() and not rest[:1].isupper()
    return label[:1].lower() + label[1:] if own else label


def address_of_endpoint(iri: str) -> str:
    """Return the path of the page of what was measured; a variable of a registry record has the page of its IRI.

    >>> address_of_endpoint(vocabulary.concept("overall-survival"))
    '/endpoints/overall-survival'
    """
    name = quote(vocabulary.local_name(iri))
    return f"/id/variable/{name}" if "/id/variable/" in iri else f"/endpoints/{name}"


def load(catalogue: Catalogue, arguments: Mapping[str, str | Sequence[str]]) -> list[ShownResult]:
    """Return the results of the question ``estimates`` with their numbers; two questions, whatever their number.

    Filters other than ``estimate`` take a third, of which results these are: ``estimates`` would read every result otherwise.
    """
    if "estimate" not in arguments:
        listed = [str(row["estimate"]) for row in catalogue.ask("estimates-page", arguments)]
        return load(catalogue, {"estimate": listed}) if listed else []
    named = arguments["estimate"]
    several = catalogue.results([named] if isinstance(named, str) else named, checks=False)
    return [from_rows(result.row, result.figures) for result in several]


def from_rows(row: Row, figures: Iterable[Row]) -> ShownResult:
    """Return a result from its row and the rows of the question ``anchors`` of it; nothing is asked."""
    return ShownResult(row, tuple(map(_number, figures)))


def find_numbers(catalogue: Catalogue, nodes: Sequence[str]) -> dict[str, list[PrintedNumber]]:
    """Return the places of the numbers of results, doses or other ``nodes``, by the IRI of the node; one question."""
    printed: dict[str, list[PrintedNumber]] = {}
    for row in catalogue.ask("anchors", {"node": nodes}) if nodes else ():
        printed.setdefault(str(row["node"]), []).append(_number(row))
    return printed


def _number(row: Row) -> PrintedNumber:
    role, document, exact, prefix, suffix, restates, figure = (
        str(row[name] or "") for name in ("role", "document", "exact", "prefix", "suffix", "restates", "figure")
    )
    start, end = (-1 if row[name] is None else int(row[name]) for name in ("start", "end"))
    return PrintedNumber(role, document, start, end, exact, prefix, suffix, restates, figure, str(row["pointer"] or ""))


def load_page(catalogue: Catalogue, filters: Mapping[str, str | Sequence[str]], size: int, offset: int) -> tuple[list[ShownResult], int]:
    """Return at most ``size`` results from ``offset`` on in the order of the list of estimates, and how many there are in all."""
    rows, total = catalogue.page("estimates-page", filters, size, offset)
    names = [str(row["estimate"]) for row in rows]
    shown = {str(each.row["estimate"]): each for each in load(catalogue, {"estimate": names})} if names else {}
    return [shown[name] for name in names if name in shown], total
