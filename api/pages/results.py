"""Results as people read them: every number of a result with the place that prints it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary

from .places import place_address

Row = Mapping[str, Any]

#: Roles of figures that a result in one line shows; all others are on its own page.
_SHOWN: Final = ("value", "lower", "upper", "level", "p_value", "count", "total", "percent", "dispersion")
_PREFIX: Final = "estimate/"


@dataclass(frozen=True, slots=True)
class PrintedNumber:
    """A number as a document prints it: its role, the characters, where they begin and end, and the words around them."""

    role: str
    document: str
    start: int
    end: int
    exact: str
    prefix: str
    suffix: str
    restates: str
    figure: str

    @property
    def address(self) -> str:
        """The address of the characters."""
        return place_address(self.document, self.start)


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
    def warnings(self) -> list[str]:
        """What the document or arithmetic says against it, in words."""
        lines = str(self.row["discrepancies"] or "").split("\n")
        return [line for line in lines if line]


def load(catalogue: Catalogue, arguments: Mapping[str, str | Sequence[str]]) -> list[ShownResult]:
    """Return the results of the question ``estimates`` with their numbers; two questions, whatever their number.

    Filters other than ``estimate`` take a third, of which results these are: ``estimates`` would read every result otherwise.
    """
    if "estimate" not in arguments:
        named = [str(row["estimate"]) for row in catalogue.ask("estimates-page", arguments)]
        return load(catalogue, {"estimate": named}) if named else []
    return with_numbers(catalogue, catalogue.ask("estimates", arguments))


def with_numbers(catalogue: Catalogue, rows: Iterable[Row]) -> list[ShownResult]:
    """Return rows of estimates with the places of their numbers; one question."""
    several = list(rows)
    printed = find_numbers(catalogue, [str(row["estimate"]) for row in several])
    return [ShownResult(row, tuple(printed.get(str(row["estimate"]), ()))) for row in several]


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
    return PrintedNumber(role, document, int(row["start"]), int(row["end"]), exact, prefix, suffix, restates, figure)


def load_page(catalogue: Catalogue, filters: Mapping[str, str | Sequence[str]], size: int, offset: int) -> tuple[list[ShownResult], int]:
    """Return at most ``size`` results from ``offset`` on in the order of the list of estimates, and how many there are in all."""
    rows, total = catalogue.page("estimates-page", filters, size, offset)
    names = [str(row["estimate"]) for row in rows]
    shown = {str(each.row["estimate"]): each for each in load(catalogue, {"estimate": names})} if names else {}
    return [shown[name] for name in names if name in shown], total
