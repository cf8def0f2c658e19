"""Differential test: closures and pySHACL over the same graphs, thousands of them with random faults; every result has to be the same.

Graphs are parts of every record, of its checks and of the ontology, the cases of ``tests/shapes``, and invented ones that break every
kind of constraint. A result is the focus, path, value, constraint, shape and, where the shape has one, message.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Final

import pyoxigraph as ox

from benchmarks import mutations
from mabgraph.graph.building import quads
from mabgraph.graph.shacl.judge import CannotJudge
from mabgraph.graph.shacl.shape import Finding
from mabgraph.graph.shacl.shapes import Shapes
from mabgraph.graph.store import vocabulary
from mabgraph.ingest import nodes, record

ROOT: Final = Path(__file__).resolve().parents[1]
CASES: Final = ROOT / "tests/shapes"
EVERY_KIND: Final = ROOT / "tests/data/closures"
SEED: Final = 24
#: So many nodes of each source are drawn, with all that they point to.
DRAWN: Final = 60
#: The classes and instances that invented graphs point to.
ONTOLOGY: Final = "<urn:x:D> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <urn:x:B> . <urn:x:n4> a <urn:x:C> ."


@dataclass(slots=True)
class Tally:
    """What came of some graphs: how many there were, how many broke a shape, and over how many the two differ.

    ``unjudged`` are graphs over which pySHACL gives up; ``passed`` are those of them in which the closures found nothing. ``seconds`` are
    processor time.
    """

    graphs: int = 0
    broken: int = 0
    results: int = 0
    unjudged: int = 0
    passed: int = 0
    differing: list[str] = field(default_factory=list)
    closures_seconds: float = 0.0
    judge_seconds: float = 0.0

    def add(self, shapes: Shapes, graph: Sequence[ox.Quad]) -> Counter[str]:
        """Hold both over one more graph, and return how often each constraint was broken."""
        self.graphs += 1
        began = time.process_time()
        findings = shapes.findings(graph)
        between = time.process_time()
        self.closures_seconds += between - began
        self.broken += bool(findings)
        try:
            judged = shapes.judge(graph)
        except CannotJudge:
            self.unjudged += 1
            self.passed += not findings
            return Counter()
        self.judge_seconds += time.process_time() - between
        self.results += len(judged)
        self.differing += difference(findings, judged)
        return Counter(each.component for each in judged)

    @property
    def agrees(self) -> bool:
        """Whether the two said the same of every graph, and nothing passed unjudged."""
        return not self.differing and not self.passed


def difference(findings: Iterable[Finding], judged: Iterable[Finding]) -> list[str]:
    """Return every result that one of the two has and the other has not, or has in other words."""
    own, other = (Counter(each[:-1] for each in results) for results in (findings, judged))
    lines = [f"closures alone: {each}" for each in own - other] + [f"pySHACL alone: {each}" for each in other - own]
    words = {each[:-1]: each.message for each in judged}
    return lines + [f"other words: {each}" for each in findings if each.message and words.get(each[:-1], each.message) != each.message]


def sound() -> dict[str, list[list[ox.Quad]]]:
    """Return graphs that mutations are made in, by where they come from."""
    graphs: dict[str, list[list[ox.Quad]]] = {}
    for path in sorted(vocabulary.RECORDS.glob("*.yaml")):
        typed, file = record.load(path)
        graphs[path.stem] = mutations.parts(quads.of_record(typed, file), DRAWN, SEED)
        graphs[f"{path.stem}, checks"] = mutations.parts(quads.of_checks(typed, nodes.by_name(typed, file)), DRAWN, SEED)
    graphs["ontology"] = mutations.parts(quads.of_ontology(vocabulary.ONTOLOGY), DRAWN, SEED)
    graphs["cases of tests/shapes"] = [case(path) for path in sorted(CASES.glob("*.ttl"))]
    return graphs


def case(path: Path) -> list[ox.Quad]:
    """Return the graph of one case of ``tests/shapes``."""
    return [*ox.parse(path.read_bytes(), ox.RdfFormat.TURTLE, base_iri=vocabulary.base())]


def own_shapes() -> Shapes:
    """Return the shapes of mabgraph."""
    return Shapes(vocabulary.ONTOLOGY / "shapes", quads.of_ontology(vocabulary.ONTOLOGY))


def every_kind() -> Shapes:
    """Return shapes with every kind of constraint."""
    return Shapes(EVERY_KIND, list(ox.parse(ONTOLOGY, ox.RdfFormat.TURTLE)))


def faulty(count: int, seed: int = SEED) -> Iterator[tuple[str, list[ox.Quad]]]:
    """Yield ``count`` graphs with random faults, and the kind of the first fault; the sources take turns as evenly as chance has it."""
    graphs = [graph for drawn in sound().values() for graph in drawn]
    return mutations.mutated(graphs, count, seed)


def invented(count: int, seed: int = SEED) -> Iterator[list[ox.Quad]]:
    """Yield ``count`` invented graphs for the shapes of every kind."""
    random = Random(seed)
    return (mutations.invented(random) for _ in range(count))


def run(mutated: int, made_up: int, seed: int) -> tuple[dict[str, Tally], Counter[str]]:
    """Return what came of ``mutated`` and ``made_up`` graphs by their kind, and how often each constraint was broken."""
    from rich.progress import track

    tallies: dict[str, Tally] = {}
    broken: Counter[str] = Counter()
    shapes, others = own_shapes(), every_kind()
    for drawn in sound().values():
        for graph in drawn:
            broken += tallies.setdefault("no fault", Tally()).add(shapes, graph)
    for kind, graph in track(faulty(mutated, seed), "mutations", total=mutated):
        broken += tallies.setdefault(kind, Tally()).add(shapes, graph)
    for graph in track(invented(made_up, seed), "every kind of constraint", total=made_up):
        broken += tallies.setdefault("invented, every kind of constraint", Tally()).add(others, graph)
    return tallies, broken


def main(arguments: Sequence[str]) -> int:
    """Run the test, show the counts, and return 1 where the two differ."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--mutations", type=int, default=3000, help="graphs with random faults (default: 3000)")
    parser.add_argument("--invented", type=int, default=1000, help="invented graphs that break every kind of constraint (default: 1000)")
    parser.add_argument("--seed", type=int, default=SEED, help=f"another seed, other graphs (default: {SEED})")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every count to FILE as well")
    chosen = parser.parse_args(arguments)
    tallies, broken = run(chosen.mutations, chosen.invented, chosen.seed)
    show(tallies, broken)
    if chosen.json:
        written = {"seed": chosen.seed, "graphs": {kind: asdict(tally) for kind, tally in tallies.items()}, "constraints": broken}
        chosen.json.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0 if all(tally.agrees for tally in tallies.values()) else 1


def show(tallies: dict[str, Tally], broken: Counter[str]) -> None:
    """Show the counts as tables, and each difference."""
    from rich.console import Console
    from rich.table import Table

    console, table = Console(), Table("graphs", "tried", "broken", "results", "gave up", "differing", "time ratio")
    for kind, each in tallies.items():
        ratio = f"{each.judge_seconds / each.closures_seconds:.0f}" if each.closures_seconds else "–"
        table.add_row(kind, *map(str, (each.graphs, each.broken, each.results, each.unjudged, len(each.differing) + each.passed, ratio)))
    graphs, results = (sum(getattr(each, name) for each in tallies.values()) for name in ("graphs", "results"))
    table.add_row("all", str(graphs), "", str(results), "", str(sum(len(each.differing) + each.passed for each in tallies.values())), "")
    console.print(table)
    console.print(", ".join(f"{name.removesuffix('ConstraintComponent')} {count}" for name, count in broken.most_common()))
    for line in [line for each in tallies.values() for line in each.differing][:20]:
        console.print(line)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
