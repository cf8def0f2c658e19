"""Drafting: how much of what documents print the rules read, and how much of what they read is right.

A figure is a hit where its characters and its role are those of the record (or of a mark in an invented text); a value with bounds where
value, lower and upper bound all are. A percentage and another estimate are one role here: which of both it is depends on the measure.

    python -m benchmarks.drafting --documents ../shared/documents
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mabgraph.graph.building import drafts
from mabgraph.graph.store import vocabulary
from mabgraph.ingest import quotes, record, recordfile, results
from mabgraph.ingest.documents import open_library
from mabgraph.ingest.drafting import draft as drafting
from mabgraph.ingest.drafting import reading

TEXTS = Path(__file__).parent / "drafting_texts"
MARK = re.compile(r"\[(?P<printed>[^\[\]]+)\]\((?P<name>[A-Za-z0-9-]+)\.(?P<role>[a-z_]+)\)")

#: Fields of rows that are compared, and the parts of a record that a draft begins with.
FIELDS = ("variable", "measure", "group", "comparison", "analysis", "unit")
BEFORE = ("document", "unit_of_analysis", "studies", "regimens", "groups", "comparisons", "analyses", "facts")

#: Role, first and last character.
Figure = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Case:
    """A text with what it prints: figures, and values with bounds as triples of value, lower and upper bound."""

    name: str
    text: str
    figures: frozenset[Figure]
    bounded: frozenset[tuple[Figure, ...]]


@dataclass(frozen=True, slots=True)
class Score:
    """Hits, what was read, and what there is to read."""

    hits: int
    read: int
    printed: int

    @property
    def precision(self) -> float:
        return self.hits / self.read if self.read else 1.0

    @property
    def recall(self) -> float:
        return self.hits / self.printed if self.printed else 1.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def __add__(self, other: Score) -> Score:
        return Score(self.hits + other.hits, self.read + other.read, self.printed + other.printed)


def role_of(role: str) -> str:
    """Return the role that is compared: a percentage is an estimate like others."""
    return "value" if role == "percent" else role


def invented(path: Path) -> Case:
    """Return the case of a text with marks."""
    text, last = "", 0
    by_name: dict[str, dict[str, Figure]] = {}
    marked = path.read_text(encoding="utf-8")
    for match in MARK.finditer(marked):
        text += marked[last : match.start()]
        role = role_of(match["role"])
        by_name.setdefault(match["name"], {})[role] = (role, len(text), len(text) + len(match["printed"]))
        text += match["printed"]
        last = match.end()
    figures = frozenset(figure for roles in by_name.values() for figure in roles.values())
    return Case(path.stem, text + marked[last:], figures, frozenset(filter(None, map(triple, by_name.values()))))


def triple(roles: dict[str, Figure]) -> tuple[Figure, ...] | None:
    """Return value, lower and upper bound, or none where one is missing."""
    return (roles["value"], roles["lower"], roles["upper"]) if {"value", "lower", "upper"} <= roles.keys() else None


def recorded(path: Path, text: str) -> Case:
    """Return the case of a record: the figures of its results at each place that prints them."""
    typed_record, _ = record.load(path)
    figures: set[Figure] = set()
    bounded: set[tuple[Figure, ...]] = set()
    for result in results.expand_record(typed_record):
        own = sorted((figure.start, figure.end, role_of(figure.role)) for figure in result.figures)
        figures |= {(role, start, end) for start, end, role in own}
        bounded |= set(bounded_of(result))
    return Case(path.stem, text, frozenset(figures), frozenset(bounded))


def bounded_of(result: results.Result) -> Iterator[tuple[Figure, ...]]:
    """Yield the values with bounds of a result, one for each place: each lower bound with the nearest value before it."""
    by_role: dict[str, list[Figure]] = {}
    for figure in result.figures:
        by_role.setdefault(role_of(figure.role), []).append((role_of(figure.role), figure.start, figure.end))
    for lower in by_role.get("lower", ()):
        values = [value for value in by_role.get("value", ()) if value[1] < lower[1]]
        uppers = [upper for upper in by_role.get("upper", ()) if upper[1] > lower[1]]
        if values and uppers:
            value, upper = max(values, key=lambda each: each[1]), min(uppers, key=lambda each: each[1])
            if upper[1] - value[1] < 300:
                yield value, lower, upper


def read(text: str) -> tuple[frozenset[Figure], frozenset[tuple[Figure, ...]]]:
    """Return the figures and the values with bounds that the rules read in ``text``."""
    figures: set[Figure] = set()
    bounded: set[tuple[Figure, ...]] = set()
    for sentence in reading.read_text(text):
        for each in sentence.readings:
            placed: dict[str, Figure] = {}
            for figure in each.figures:
                role = role_of(figure.role)
                placed.setdefault(role, (role, figure.start, figure.end))
            figures |= set(placed.values())
            if found_triple := triple(placed):
                bounded.add(found_triple)
    return frozenset(figures), frozenset(bounded)


def strip(file: recordfile.RecordFile) -> recordfile.RecordFile:
    """Return a record without what a draft is to propose: results, tables, and what rests on them."""
    text, is_kept = "", True
    for line in file.text.splitlines(keepends=True):
        if re.match("[a-z_]+:", line):
            is_kept = line.partition(":")[0] in BEFORE
        text += line if is_kept else ""
    return recordfile.parse(text, file.path)


def compare_fields(path: Path, text: str) -> tuple[dict[str, Score], list[str], int, int]:
    """Return for each field of the rows how many are decided as in the record, the wrong ones, and how many quotes anchor of all.

    A row is compared with the result of the record that has its value at the same characters; a field that is left open counts as not read.
    """
    typed_record, file = record.load(path)
    by_place: dict[tuple[int, int], list[results.Result]] = {}
    for result in results.expand_record(typed_record):
        for figure in result.figures:
            if figure.role in {"value", "percent", "count"}:
                by_place.setdefault((figure.start, figure.end), []).append(result)
    lexicon = drafts.read_lexicon([])
    drafted = drafting.draft(text, strip(file), lexicon.vocabulary, lexicon.drugs)
    scores = dict.fromkeys([name for field in FIELDS for name in (field, f"{field}, offered")], Score(0, 0, 0))
    wrong, anchored, quoted = [], 0, 0
    for proposal in drafted.proposals:
        for quote in proposal.row.printed:
            marked = quote.read_marks()
            quoted += 1
            anchored += text[quote.at : (quote.at or 0) + len(marked.text)] == marked.text
            for mark in quotes.shift(marked.marks, quote.at or 0):
                for field in FIELDS:
                    value = getattr(proposal.row, field)
                    expected = {value_of(each, field) for each in by_place.get((mark.start, mark.end), ())}
                    if mark.role not in {"value", "percent", "count"} or not expected or expected == {None}:
                        continue
                    scores[field] += Score(int(value in expected), int(value is not None), 1)
                    offered = {name for each in proposal.undecided if each.field == field for name in each.candidates}
                    scores[f"{field}, offered"] += Score(int(bool(expected & {value, *offered})), 1, 1)
                    if value is not None and value not in expected:
                        wrong.append(f"{mark.start} {field} {value}, the record has {', '.join(map(str, expected))}")
    return scores, wrong, anchored, quoted


def value_of(result: results.Result, field: str) -> str | None:
    """Return what a result of a record has for ``field`` of a row."""
    return result.measure if field == "measure" else getattr(result if hasattr(result, field) else result.settings, field)


def compare(read: frozenset[object], printed: frozenset[object]) -> Score:
    return Score(len(read & printed), len(read), len(printed))


def cases(documents: Path | None, names: Iterable[str]) -> Iterator[Case]:
    """Yield the invented texts, and the shipped records where their documents are at hand."""
    chosen = tuple(names)
    known = [invented(path) for path in sorted(TEXTS.glob("*.txt"))]
    if documents is not None:
        library = open_library(documents)
        for path in sorted(vocabulary.RECORDS.glob("*.yaml")):
            text = library.text(path.stem)
            if text is not None:
                known.append(recorded(path, text.text))
    yield from (case for case in known if not chosen or any(name in case.name for name in chosen))


def main() -> None:
    """Print a line for each text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=Path, help="folder with the texts of the shipped records")
    parser.add_argument("--misses", action="store_true", help="list what is missed and what is wrong")
    parser.add_argument("--fields", action="store_true", help="compare what rows are about with the records, and count quotes that anchor")
    parser.add_argument("names", nargs="*", help="only texts whose names contain one of these")
    stated = parser.parse_args()
    if stated.fields and stated.documents:
        library = open_library(stated.documents)
        for path in sorted(vocabulary.RECORDS.glob("*.yaml")):
            text = library.text(path.stem)
            if text is not None and (not stated.names or any(name in path.stem for name in stated.names)):
                scores, wrong, anchored, quoted = compare_fields(path, text.text)
                print(f"{path.stem}: {anchored} of {quoted} quotes stand in the text unchanged")
                for field, score in scores.items():
                    print(f"  {field:20} {describe(score)}")
                print("".join(f"  wrong {line}\n" for line in wrong) if stated.misses else "", end="")
        return
    print(f"{'text':28} {'values with bounds':>38}   {'all figures':>30}")
    for case in cases(stated.documents, stated.names):
        figures, bounded = read(case.text)
        first, second = compare(bounded, case.bounded), compare(figures, case.figures)
        print(f"{case.name:28} {describe(first):>38}   {describe(second):>30}")
        if stated.misses:
            list_misses(case.text, case.bounded, bounded)
            list_misses(case.text, frozenset((each,) for each in case.figures), frozenset((each,) for each in figures))


def describe(score: Score) -> str:
    return f"{score.hits}/{score.read}/{score.printed} P {score.precision:.2f} R {score.recall:.2f} F1 {score.f1:.2f}"


def list_misses(text: str, printed: frozenset[tuple[Figure, ...]], read: frozenset[tuple[Figure, ...]]) -> None:
    """Print what is printed and not read, and what is read and not printed so."""
    for word, several in (("missed", printed - read), ("wrong", read - printed)):
        for each in sorted(several, key=lambda figures: figures[0][1]):
            first, last = min(figure[1] for figure in each), max(figure[2] for figure in each)
            shown = ", ".join(f"{role} {text[start:end]}" for role, start, end in each)
            print(f"  {word} {first} {shown}: …{' '.join(text[max(0, first - 60) : last + 30].split())}…")


if __name__ == "__main__":
    main()
