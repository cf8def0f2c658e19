"""Slips: how many single wrong digits in printed numbers are noticed, and how many sound numbers are called wrong.

A slip is one digit of one printed figure: at one place of the document, or, harder, at every place where its part prints the number. A
record that was read from such a document differs from ours in every quote that covers the places, and nowhere else; it is checked as a
build checks it. A slip is noticed when a check becomes inconsistent, a discrepancy arises, or two printings of one number disagree,
which in the sound record is not so.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

from benchmarks import sound
from mabgraph.ingest import checks, nodes, numerals, record, recordfile
from mabgraph.ingest.errors import RecordError
from mabgraph.ingest.figures import Node
from mabgraph.ingest.recordfile import RecordFile

ROOT: Final = Path(__file__).resolve().parents[1]
SEED: Final = 18
#: Words of curators, who say numbers again: they would say what the document prints, so numerals in them are taken out first.
_PROSE: Final = ("label", "description", "definition", "schedule", "text", "subject")
#: What the message says when two printings of one number in one part disagree.
_DISAGREE: Final = "these are not printings of one number"
_MARK: Final = re.compile(r"\[(?P<printed>[^\[\]]+)\]\((?:[A-Za-z0-9-]+\.)?[a-z_]+\)")
_RESULTS: Final = frozenset({"ArmResult", "EffectEstimate"})
_INTEGER: Final = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document prints a figure: its characters, its kind, whether a result has it; ``also`` are other places of the same number."""

    start: int
    printed: str
    kind: str
    of_result: bool
    also: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Slip:
    """One digit of a figure as another one, and whether it was noticed."""

    document: str
    place: Place
    printed: str
    noticed: bool


class Text:
    """A record whose quotes can be given another digit at a place of the document."""

    def __init__(self, path: Path) -> None:
        self.file = recordfile.load(path)
        self.quotes: list[tuple[dict[str, Any], int, list[int]]] = []
        for item in _mappings(self.file.data):
            for key in _PROSE:
                if isinstance(item.get(key), str):
                    item[key] = _without_numerals(item[key])
            if "quote" in item and "at" in item:
                self.quotes.append((item, int(item["at"]), _characters(item["quote"])))
        self.sound = warnings(self.file)

    def places(self) -> list[Place]:
        """Return every place where a figure with digits is printed, in order; as a result's, if a result has it."""
        by_start: dict[int, Place] = {}
        for node in nodes.by_name(record.validate(self.file), self.file).values():
            for figure in node.get("figure", ()):
                start = _start(figure)
                also = [_start(each) for each in node["figure"] if (each["role"], each["printed"]) == (figure["role"], figure["printed"])]
                place = Place(start, str(figure["printed"]), _kind(node, figure), node["type"] in _RESULTS, tuple(also))
                if any(map(str.isdecimal, place.printed)) and not (start in by_start and by_start[start].of_result):
                    by_start[start] = place
        return [by_start[start] for start in sorted(by_start)]

    def notices(self, places: Sequence[int], digit: str) -> bool:
        """Whether another ``digit`` at the characters ``places`` of the document gives a warning that the sound record does not give."""
        before = [(item, str(item["quote"])) for item, _, _ in self.quotes]
        for at in places:
            for item, start, characters in self.quotes:
                if start <= at < start + len(characters):
                    written, index = str(item["quote"]), characters[at - start]
                    item["quote"] = written[:index] + digit + written[index + 1 :]
        try:
            return not warnings(self.file) <= self.sound
        except RecordError:
            return True  # the record cannot be read with it
        finally:
            for item, written in before:
                item["quote"] = written


def warnings(file: RecordFile) -> frozenset[str]:
    """Return what a build says of the record ``file``: checks that are inconsistent, discrepancies, printings that disagree."""
    typed = record.validate(file)
    stated, faults = nodes.collect(typed, file)
    named = {fault for fault in faults if _DISAGREE in fault}
    for node in checks.check_nodes(typed, {str(node["id"]): node for node in stated}):
        if node.get("outcome") == "inconsistent" or node.get("origin") == ["computed"]:
            named.add(str(node["id"]))
    return frozenset(named)


def try_slips(path: Path, share: float = 1.0, *, everywhere: bool = False) -> Iterator[Slip]:
    """Yield a slip of each digit of each figure of the record at ``path``, or of a ``share`` of the figures; the same ones each time.

    ``everywhere``: at all places where the part prints the number, and only of numbers of results.
    """
    text = Text(path)
    for place in text.places():
        random = Random(f"{SEED} {path.stem} {place.start}")
        if random.random() >= share or (everywhere and (not place.of_result or place.start != min(place.also))):
            continue
        for index, digit in enumerate(place.printed):
            if digit.isdecimal():
                others = [each for each in "0123456789" if each != digit and not (each == "0" and _leads(place.printed, index))]
                other = random.choice(others)
                printed = place.printed[:index] + other + place.printed[index + 1 :]
                starts = place.also if everywhere else (place.start,)
                yield Slip(path.stem, place, printed, text.notices([start + index for start in starts], other))


def _start(figure: Node) -> int:
    return int(figure["anchoredAt"]["selector"][0]["start"])


def _leads(printed: str, index: int) -> bool:
    """Whether the digit at ``index`` is the first of several before the decimal point, where no document prints a zero."""
    run = next(match for match in _INTEGER.finditer(printed) if match.start() <= index < match.end())
    return index == run.start() and len(run[0]) > 1 and printed[run.start() - 1 : run.start()] not in {".", "·", ","}


def _mappings(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _mappings(inner)


def _without_numerals(text: str) -> str:
    for start, end, _ in reversed(list(numerals.scan(text))):
        text = text[:start] + "some" + text[end:]
    return text


def _characters(quote: str) -> list[int]:
    """Return where each character of the document stands in a marked ``quote``."""
    places: list[int] = []
    last = 0
    for match in _MARK.finditer(quote):
        places += [*range(last, match.start()), *range(*match.span("printed"))]
        last = match.end()
    return [*places, *range(last, len(quote))]


def _kind(node: Node, figure: Node) -> str:
    role = str(figure["role"])
    if node["type"] not in _RESULTS:
        return f"{role} of a {str(node['type']).lower()}"
    return f"{str(node.get('measure', 'value')).replace('-', ' ')}" if role == "value" else role.replace("_", " ")


def table(slips: Sequence[Slip]) -> Iterator[str]:
    """Yield the lines of a table: slips of each kind, the share of them noticed, and of those in figures of which any slip was noticed."""
    related = {(slip.document, slip.place.start) for slip in slips if slip.noticed}
    kinds = sorted({slip.place.kind for slip in slips}, key=lambda kind: (" of a " in kind, kind))
    groups = [("**all figures**", list(slips)), ("**of results**", [slip for slip in slips if slip.place.of_result])]
    groups += [(document, [slip for slip in slips if slip.document == document]) for document in sorted({slip.document for slip in slips})]
    groups += [(kind, [slip for slip in slips if slip.place.kind == kind]) for kind in kinds]
    yield "| figures | slips | noticed | in figures that anything is related to | noticed of these |"
    yield "|---|--:|--:|--:|--:|"
    for name, members in groups:
        noticed = sum(slip.noticed for slip in members)
        among = sum((slip.document, slip.place.start) in related for slip in members)
        yield f"| {name} | {len(members)} | {_share(noticed, len(members))} | {among} | {_share(noticed, among)} |"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "–"


def main() -> int:
    """Print what is noticed in the shipped records, or in those named, and what is called wrong in sound trials; 1 if anything is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", nargs="*", type=Path, default=sorted((ROOT / "ingest/records").glob("*.yaml")))
    parser.add_argument("--share", type=float, default=1.0, help="share of the figures that are tried")
    parser.add_argument("--everywhere", action="store_true", help="at all places where a result prints the number, not at one")
    parser.add_argument("--sound", type=int, default=2000, help="number of sound trials")
    parser.add_argument("--json", type=Path, help="write each slip to this file")
    options = parser.parse_args()
    slips = [slip for path in options.records for slip in try_slips(path, options.share, everywhere=options.everywhere)]
    print("\n".join(table(slips)))
    if options.json:
        options.json.write_text(json.dumps([asdict(slip) for slip in slips], indent=1), "utf-8")
    trials = list(sound.trials(options.sound))
    alarms = [alarm for trial in trials for alarm in sound.false_alarms(trial)]
    results = sum(len(members) for members, _ in trials)
    print(f"\n{len(trials)} sound trials with {results} results: {len(alarms)} false alarms")
    for alarm in alarms:
        print(f"{alarm.id}: {alarm.text}")
    return 1 if alarms else 0


if __name__ == "__main__":
    sys.exit(main())
