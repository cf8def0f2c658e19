"""A result that is no longer sound is refused, whichever result it is: seeded slips in the real graphs, each seen by the shapes.

``tests/shapes`` shows that every check of the shapes can fail, on invented graphs. Here is the converse question: are the slips
that a curator makes caught wherever they are made? Each slip is made in results and figures of each source, drawn by a seed.
What needs arithmetic (a percentage that is off by one, another denominator, an interval upside down) no shape sees; ``ingest.coherence``
does, and a document may print it: ``tests/test_printed_errors.py`` makes such slips.

A result is validated with everything that it points to in its source, which is all that the shapes look at.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final

import pyoxigraph as ox
import pytest

from mabgraph.graph.building import quads
from mabgraph.graph.shacl.shapes import Shapes
from mabgraph.graph.store import vocabulary
from mabgraph.ingest import record

from .extent import number_of

pytestmark = [pytest.mark.sampled, pytest.mark.slow]

SEED: Final = 20261121
#: How many slips of each kind are made, and how many of all kinds at least.
EACH: Final = number_of(8, 2)
ALL: Final = 30 * EACH
RECORDS: Final = sorted(vocabulary.RECORDS.glob("*.yaml"))

RESULTS: Final = frozenset({vocabulary.term("ArmResult"), vocabulary.term("EffectEstimate")})
TYPE: Final = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
XSD: Final = "http://www.w3.org/2001/XMLSchema#"

Node = ox.NamedNode
Value = ox.NamedNode | ox.Literal


def term(key: str) -> Node:
    """Return the property that the context gives to a key of records."""
    entry = vocabulary.context()[key]
    prefix, _, name = (entry["@id"] if isinstance(entry, dict) else entry).partition(":")
    return ox.NamedNode(vocabulary.prefixes()[prefix] + name)


def concept(name: str) -> Node:
    return ox.NamedNode(vocabulary.concept(name))


def decimal(number: Decimal | str | int) -> ox.Literal:
    return ox.Literal(str(number), datatype=ox.NamedNode(XSD + "decimal"))


class Part:
    """One result with everything that it points to in its source: what is said of each node, free to be changed."""

    def __init__(self, result: Node, statements: Iterable[ox.Quad]) -> None:
        self.result, self.statements = result, list(statements)

    def values(self, node: Node, key: str) -> list[Value]:
        return [quad.object for quad in self.statements if (quad.subject, quad.predicate) == (node, term(key))]  # type: ignore[misc]

    def has(self, *keys: str) -> bool:
        return all(self.values(self.result, key) for key in keys)

    def number(self, key: str) -> Decimal:
        return Decimal(self.values(self.result, key)[0].value)

    def nodes(self, key: str, of: Node | None = None) -> list[Node]:
        return [value for value in self.values(of or self.result, key) if isinstance(value, ox.NamedNode)]

    def is_a(self, kind: str, node: Node | None = None) -> bool:
        wanted = (node or self.result, TYPE, ox.NamedNode(vocabulary.term(kind)))
        return any((quad.subject, quad.predicate, quad.object) == wanted for quad in self.statements)

    def drop(self, node: Node, *keys: str) -> None:
        gone = {term(key) for key in keys}
        self.statements = [quad for quad in self.statements if quad.subject != node or quad.predicate not in gone]

    def put(self, node: Node, key: str, *values: Value) -> None:
        """Say ``values`` under ``key`` of ``node``, and nothing else under it."""
        self.drop(node, key)
        self.statements += [ox.Quad(node, term(key), value, quads.graph("changed")) for value in values]


#: A slip changes the part and says so, or says that this part gives no occasion for it.
Slip = Callable[[Part, random.Random], bool]
SLIPS: Final[dict[str, Slip]] = {}
#: What a shape says of each slip, in one of these words.
MESSAGES: Final[dict[str, tuple[str, ...]]] = {}


def slip(*messages: str) -> Callable[[Slip], Slip]:
    """Name a slip after its function; the shapes must speak of it in one of the words ``told``, not of something else."""

    def named(change: Slip) -> Slip:
        kind = change.__name__.replace("_", " ")
        SLIPS[kind], MESSAGES[kind] = change, messages
        return change

    return named


def a_figure(part: Part, chance: random.Random) -> Node:
    return chance.choice(part.nodes("figure"))


def a_place(part: Part, chance: random.Random) -> Node:
    return part.nodes("anchoredAt", a_figure(part, chance))[0]


def a_selector(part: Part, chance: random.Random, key: str) -> Node:
    """Return the position (it has ``start``) or the quote (it has ``exact``) of a place."""
    return next(node for node in part.nodes("selector", a_place(part, chance)) if part.values(node, key))


def absent(part: Part) -> bool:
    """Whether a number of the result is printed as an absence, which may stand for a bound."""
    return part.has("absence") or any(part.values(figure, "absence") for figure in part.nodes("figure"))


@slip("The interval has one bound")
def a_bound_is_dropped(part: Part, chance: random.Random) -> bool:
    applies = part.has("lower", "upper") and not absent(part)
    part.drop(part.result, chance.choice(["lower", "upper"]))
    return applies


@slip("The unit must be one concept of the units")
def the_unit_is_no_unit(part: Part, chance: random.Random) -> bool:
    node = part.result if part.has("unit") else a_figure(part, chance)
    part.put(node, "unit", concept(chance.choice(["hazard-ratio", "overall-survival", "open-label", "reported", "finding"])))
    return True


@slip("A time without a unit")
def the_time_unit_is_missing(part: Part, _: random.Random) -> bool:
    applies = part.has("timePoint", "timeUnit")
    part.drop(part.result, "timeUnit")
    return applies


@slip("The figure must stand in exactly one place")
def the_anchor_is_missing(part: Part, chance: random.Random) -> bool:
    part.drop(a_figure(part, chance), "anchoredAt")
    return True


@slip("The place must be in exactly one document")
def the_anchor_names_no_document(part: Part, chance: random.Random) -> bool:
    part.drop(a_place(part, chance), "source")
    return True


@slip("The place must have exactly one position")
def the_anchor_has_no_position(part: Part, chance: random.Random) -> bool:
    place = a_place(part, chance)
    position = next(node for node in part.nodes("selector", place) if part.values(node, "start"))
    part.put(place, "selector", *(node for node in part.nodes("selector", place) if node != position))
    return True


@slip("The place ends before it starts")
def the_place_ends_before_it_starts(part: Part, chance: random.Random) -> bool:
    position = a_selector(part, chance, "start")
    start, end = part.values(position, "start"), part.values(position, "end")
    part.put(position, "start", *end)
    part.put(position, "end", *start)
    return True


@slip("The place ends before it starts")
def the_place_is_empty(part: Part, chance: random.Random) -> bool:
    position = a_selector(part, chance, "start")
    part.put(position, "end", *part.values(position, "start"))
    return True


@slip("The quote must be one text of 1 to 120 characters")
def the_quote_is_too_long(part: Part, chance: random.Random) -> bool:
    quote = a_selector(part, chance, "exact")
    part.put(quote, "exact", ox.Literal(part.values(quote, "exact")[0].value + "x" * 120))
    return True


def without(part: Part, role: str) -> None:
    """Take the figures of ``role`` from the result; those of other roles stay."""
    part.put(part.result, "figure", *(node for node in part.nodes("figure") if concept(f"role/{role}") not in part.nodes("role", node)))


@slip("stands in no figure")
def a_number_stands_in_no_figure(part: Part, chance: random.Random) -> bool:
    numbers = {"count": "count", "total": "total", "percent": "percent", "lower": "lower", "upper": "upper", "intervalLevel": "level"}
    present = [key for key in numbers if part.has(key)]
    if present:
        without(part, numbers[chance.choice(present)])
    return bool(present)


@slip("The value of the result stands in no figure")
def the_value_stands_in_no_figure(part: Part, _: random.Random) -> bool:
    without(part, "value")
    without(part, "percent")
    return part.has("value")


@slip("The result has no figure")
def all_figures_are_dropped(part: Part, _: random.Random) -> bool:
    part.drop(part.result, "figure")
    return True


@slip("The figure has no number")
def the_figure_has_no_number(part: Part, chance: random.Random) -> bool:
    figure = a_figure(part, chance)
    applies = bool(part.values(figure, "number"))
    part.drop(figure, "number")
    return applies


@slip("The printed characters of the figure are missing")
def the_figure_has_no_printed_characters(part: Part, chance: random.Random) -> bool:
    part.drop(a_figure(part, chance), "printed")
    return True


@slip("The role of the figure is missing or unknown")
def the_role_is_unknown(part: Part, chance: random.Random) -> bool:
    part.put(a_figure(part, chance), "role", concept(chance.choice(["role/mean", "role/valeu", "hazard-ratio", "percent"])))
    return True


@slip("The result has no number")
def the_result_has_no_number(part: Part, _: random.Random) -> bool:
    applies = part.has("value") or part.has("count")
    part.drop(part.result, "value", "count", "valueOperator")
    return applies and not part.has("absence") and concept("missing-value") not in part.nodes("notReported")


@slip("The comparison sets a group against itself")
def the_comparator_is_the_intervention(part: Part, _: random.Random) -> bool:
    for comparison in part.nodes("comparison"):
        part.put(comparison, "comparator", *part.values(comparison, "intervention"))
    return part.has("comparison")


@slip("The comparison of the estimate is missing")
def the_comparison_is_removed(part: Part, _: random.Random) -> bool:
    applies = part.has("comparison")
    part.drop(part.result, "comparison")
    return applies


@slip("The group of the result is missing")
def the_group_is_removed(part: Part, _: random.Random) -> bool:
    applies = part.has("group")
    part.drop(part.result, "group")
    return applies


@slip("P value and sign come together")
def the_p_value_has_no_sign(part: Part, chance: random.Random) -> bool:
    if not part.has("pValue"):
        part.put(part.result, "pValue", decimal(chance.choice(["0.04", "0.001"])))
    part.drop(part.result, "pOperator")
    return part.is_a("EffectEstimate")


@slip("The measure compares two groups", "The measure describes one group")
def the_measure_is_of_the_other_kind(part: Part, chance: random.Random) -> bool:
    of_groups, of_comparisons = ["proportion", "median"], ["hazard-ratio", "difference-in-proportions"]
    part.put(part.result, "measure", concept(chance.choice(of_comparisons if part.is_a("ArmResult") else of_groups)))
    return True


@slip("The measure of the result is missing, doubled or unknown")
def the_measure_is_no_measure(part: Part, chance: random.Random) -> bool:
    part.put(part.result, "measure", concept(chance.choice(["percent", "overall-survival", "reported"])))
    return True


@slip("The variable of the result is missing, doubled or unknown")
def the_variable_is_unknown(part: Part, chance: random.Random) -> bool:
    part.put(part.result, "variable", concept(chance.choice(["overal-survival", "hazard-ratio", "months"])))
    return True


@slip("A label is missing")
def the_label_is_dropped(part: Part, _: random.Random) -> bool:
    part.drop(part.result, "label")
    return True


@slip("The document is missing")
def the_source_is_dropped(part: Part, _: random.Random) -> bool:
    part.drop(part.result, "document")
    return True


@slip("The study is missing")
def the_study_is_dropped(part: Part, _: random.Random) -> bool:
    part.drop(part.result, "study")
    return True


@slip("The result does not say whether it is printed or calculated")
def the_status_is_dropped(part: Part, _: random.Random) -> bool:
    part.drop(part.result, "status")
    return True


@slip("The population is missing")
def the_analysis_has_no_population(part: Part, _: random.Random) -> bool:
    for analysis in part.nodes("analysis"):
        part.drop(analysis, "population")
    return part.has("analysis")


@slip("The interval does not say what it is")
def the_interval_has_no_kind(part: Part, _: random.Random) -> bool:
    applies = part.has("lower", "upper", "intervalKind")
    part.drop(part.result, "intervalKind")
    return applies


@slip("The confidence interval has no level")
def the_confidence_interval_has_no_level(part: Part, _: random.Random) -> bool:
    applies = part.has("intervalLevel") and part.nodes("intervalKind") == [concept("confidence-interval")]
    part.drop(part.result, "intervalLevel")
    return applies


@slip("has a property that its kind does not have")
def a_property_is_misspelt(part: Part, chance: random.Random) -> bool:
    key = chance.choice([key for key in ("value", "percent", "count", "status") if part.has(key)])
    misspelt = ox.NamedNode(term(key).value + "s")
    part.statements += [ox.Quad(part.result, misspelt, value, quads.graph("changed")) for value in part.values(part.result, key)]
    return True


@dataclass(frozen=True)
class Source:
    """The graph of one source, by the node that each quad is about, and its results."""

    statements: dict[Node, tuple[ox.Quad, ...]]
    results: tuple[Node, ...]

    def part(self, result: Node) -> Part:
        """Return a copy of everything that is said of ``result`` and of what it points to, at any distance."""
        reached, left = {result: None}, [result]
        while left:
            for quad in self.statements[left.pop()]:
                if isinstance(quad.object, ox.NamedNode) and quad.object in self.statements and quad.object not in reached:
                    reached[quad.object] = None
                    left.append(quad.object)
        return Part(result, [quad for node in reached for quad in self.statements[node]])


@cache
def source(path: Path) -> Source:
    statements: dict[Node, list[ox.Quad]] = {}
    for quad in quads.of_record(*record.load(path)):
        assert isinstance(quad.subject, ox.NamedNode)
        statements.setdefault(quad.subject, []).append(quad)
    results = [node for node, own in statements.items() if any(quad.predicate == TYPE and quad.object.value in RESULTS for quad in own)]  # type: ignore[union-attr]
    return Source({node: tuple(own) for node, own in statements.items()}, tuple(results))


@cache
def shapes() -> Shapes:
    return Shapes(vocabulary.ONTOLOGY / "shapes", quads.of_ontology(vocabulary.ONTOLOGY))


@cache
def faults_before(path: Path, result: Node) -> tuple[str, ...]:
    return tuple(map(str, shapes().violations(source(path).part(result).statements)))


@cache
def occasions(kind: str) -> list[tuple[Path, Part]]:
    """Return the parts in which a slip was made: the sources take turns, and each gives its results in seeded order."""
    chance = random.Random(f"{SEED} {kind}")
    queues = [(path, chance.sample(source(path).results, len(source(path).results))) for path in RECORDS]
    parts: list[tuple[Path, Part]] = []
    while len(parts) < EACH and any(left for _, left in queues):
        for path, left in queues:
            while left and len(parts) < EACH:
                part = source(path).part(left.pop())
                if SLIPS[kind](part, chance):
                    parts.append((path, part))
                    break
    return parts


@pytest.mark.parametrize("kind", SLIPS)
def test_every_slip_is_refused(kind: str) -> None:
    parts = occasions(kind)
    assert len(parts) == EACH, f"the sources give {len(parts)} occasions for this slip, {EACH} are needed: make it in other parts too"
    for path, part in parts:
        where = f"{path.stem}: {vocabulary.local_name(part.result.value)}"
        assert faults_before(path, part.result) == (), f"{where}: the sound result is refused: mend the record or the shape"
        messages = [violation.message for violation in shapes().violations(part.statements)]
        seen = any(words in message for words in MESSAGES[kind] for message in messages)
        assert seen, f"{where}: {kind}, and no shape says so ({messages}): add a check to ontology/shapes"


def test_slips_are_many_and_of_every_source() -> None:
    counts = Counter(path.stem for kind in SLIPS for path, _ in occasions(kind))
    assert counts.total() >= ALL
    assert set(counts) == {path.stem for path in RECORDS}
