"""What results concern: of sources that are asked about together, each has the answers that it has alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from unittest import mock

import pyoxigraph as ox
import pytest

from benchmarks import build as benchmark
from mabgraph.graph.building import quads
from mabgraph.graph.building.concerns import Concerns
from mabgraph.graph.store import store, vocabulary
from mabgraph.ingest import record

EXAMPLE = Path(__file__).parent / "data" / "records" / "example-2020.yaml"
RECORDS = [*sorted(vocabulary.RECORDS.glob("*.yaml")), EXAMPLE]
ONTOLOGY = quads.of_ontology(vocabulary.ONTOLOGY)


def of_path(path: Path) -> Sequence[ox.Quad]:
    return quads.of_record(*record.load(path))


def quad(subject: str, predicate: str, value: str, graph: str = "other") -> ox.Quad:
    return ox.Quad(ox.NamedNode(subject), ox.NamedNode(vocabulary.term(predicate)), ox.NamedNode(value), quads.graph(graph))


def iri(term: object) -> str:
    return str(term).strip("<>")


def loads_of(concerns: Concerns, sources: Sequence[Sequence[ox.Quad]]) -> int:
    """Return how many stores ``sources`` are asked about in, after their answers were held against those that each has alone."""
    with mock.patch.object(store, "from_quads", side_effect=store.from_quads) as loading:
        together = concerns.of_each(sources)
    assert list(map(set, together)) == [set(links) for own in sources for links in concerns.of_each([own])]
    return loading.call_count


@pytest.mark.slow
def test_records_have_together_what_each_has_alone() -> None:
    sources = [of_path(path) for path in RECORDS]
    assert all(Concerns(ONTOLOGY).of_each(sources))
    assert loads_of(Concerns(ONTOLOGY), sources) == 1
    assert loads_of(Concerns(ONTOLOGY), sources[::-1]) == 1


def test_copies_of_a_record_have_together_what_each_has_alone(tmp_path: Path) -> None:
    sources = [of_path(path) for path in benchmark.copies(EXAMPLE, tmp_path, 5)]
    assert loads_of(Concerns(ONTOLOGY), sources) == 1


def test_sources_about_one_study_are_asked_about_apart() -> None:
    """What one says of it would be an answer of the other."""
    own = of_path(EXAMPLE)
    study = next(iri(each.object) for each in own if each.predicate.value == vocabulary.term("ofStudy"))
    conditions = {iri(each.object) for each in ONTOLOGY if "/condition/" in str(each.object)}
    condition = min(each for each in conditions if quad(study, "condition", each, "example-2020") not in own)
    other = [quad(study, "condition", condition)]
    assert len(Concerns(ONTOLOGY).of_each([[*own, *other]])[0]) > len(Concerns(ONTOLOGY).of_each([own])[0])
    assert loads_of(Concerns(ONTOLOGY), [own, other]) == 2
    assert loads_of(Concerns(ONTOLOGY), [other, own]) == 2


def test_a_source_that_states_more_of_the_ontology_is_asked_about_alone() -> None:
    own = of_path(EXAMPLE)
    drug = next(iri(each.object) for each in Concerns(ONTOLOGY).of_each([own])[0] if "/drug/" in str(each.object))
    other = [quad(drug, "target", vocabulary.resource("target/another"))]
    assert len(Concerns(ONTOLOGY).of_each([[*own, *other]])[0]) > len(Concerns(ONTOLOGY).of_each([own])[0])
    assert loads_of(Concerns(ONTOLOGY), [own, other]) == 2
    assert loads_of(Concerns(ONTOLOGY), [other, own, other]) == 3


@pytest.mark.parametrize("sources", [[], [[]], [[], []]])
def test_nothing_concerns_nothing(sources: list[list[ox.Quad]]) -> None:
    assert Concerns(ONTOLOGY).of_each(sources) == sources


def test_the_results_of_the_invented_record_concern_its_drugs() -> None:
    [links] = Concerns(ONTOLOGY).of_each([of_path(EXAMPLE)])
    assert {each.graph_name for each in links} == {quads.graph("links")}
    assert {vocabulary.local_name(each.predicate.value) for each in links} == {"concerns", "comparability"}
