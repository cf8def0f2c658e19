"""Analyses of a study without a stated direction, as its page shows them: groups, numbers with their places, and why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary

from .results import DIGITS, PrintedNumber, Row, find_numbers

#: Most analyses that the page of a study shows, and characters of the words of one; the list has all.
MOST: Final = 100
WORDS: Final = 300


@dataclass(frozen=True)
class UndirectedAnalysis:
    """An analysis: its row of the question ``analyses``, and its numbers by their roles."""

    row: Row
    numbers: Mapping[str, PrintedNumber]

    @property
    def anchor(self) -> str:
        """The name of its line within the page."""
        return f"analysis-{vocabulary.local_name(str(self.row['id'])).partition('.')[2]}"

    @property
    def groups(self) -> list[str]:
        """The groups that it is about, in the order of the alphabet."""
        return sorted(line for line in str(self.row["groups"] or "").split("\n") if line)

    @property
    def words(self) -> str:
        """What the registry says of it, cut where it is long."""
        words = " ".join(str(self.row["words"] or "").split())
        return words if len(words) <= WORDS else f"{words[:WORDS].rpartition(' ')[0]} …"

    @property
    def has_sign_apart(self) -> bool:
        """Whether the value is printed without its comparison sign."""
        return self.row["operator"] != "=" and self.numbers["value"].exact[:1] in DIGITS

    @property
    def p_operator(self) -> str:
        """The comparison sign of the P value where the printed characters do not have it."""
        return str(self.row["p_operator"] or "=") if self.numbers["p_value"].exact[:1] in DIGITS else ""


class ShownAnalyses(NamedTuple):
    """The analyses that a page shows, and how many there are in all."""

    shown: list[UndirectedAnalysis]
    total: int


def load(catalogue: Catalogue, study: str) -> ShownAnalyses:
    """Return the analyses of ``study`` (its IRI) without a direction; one question where there is none, else three."""
    total = int(str(catalogue.ask("analyses-count", {"trial": study})[0]["analyses"]))
    if not total:
        return ShownAnalyses([], 0)
    rows, total = catalogue.page("analyses", {"trial": study}, MOST)
    printed = find_numbers(catalogue, [str(row["id"]) for row in rows])
    numbers = {name: {each.role: each for each in reversed(several)} for name, several in printed.items()}
    return ShownAnalyses([UndirectedAnalysis(row, numbers.get(str(row["id"]), {})) for row in rows], total)
