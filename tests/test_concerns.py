"""What results concern: the same of each source, whatever source was looked at before it."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest

from mabgraph.graph.building import quads, sight
from mabgraph.graph.building.concerns import ASKED, Concerns
from mabgraph.graph.compare import comparability
from mabgraph.graph.store import store, vocabulary
from mabgraph.ingest import record

RECORDS = [*sorted(vocabulary.RECORDS.glob("*.yaml")), Path(__file__).parent / "data" / "records" / "example-2020.yaml"]


def test_a_source_leaves_nothing_behind() -> None:
    ontology = quads.of_ontology(vocabulary.ONTOLOGY)
    sources = [quads.of_record(*record.load(path)) for path in RECORDS]
    alone = [set(Concerns(ontology).of(own)) for own in sources]
    assert all(alone)
    one_after_another = Concerns(ontology)
    assert [set(one_after_another.of(own)) for own in sources] == alone
    assert [set(one_after_another.of(own)) for own in reversed(sources)] == alone[::-1]


def test_a_fault_leaves_nothing_behind() -> None:
    concerns, own = Concerns(quads.of_ontology(vocabulary.ONTOLOGY)), quads.of_record(*record.load(RECORDS[-1]))
    with mock.patch.object(comparability, "classify_store", side_effect=ValueError("asked")), pytest.raises(ValueError, match="asked"):
        concerns.of(own)
    assert concerns.of([]) == []


def test_the_results_of_the_invented_record_concern_its_drugs() -> None:
    links = Concerns(quads.of_ontology(vocabulary.ONTOLOGY)).of(quads.of_record(*record.load(RECORDS[-1])))
    assert {quad.graph_name for quad in links} == {quads.graph("links")}
    assert {vocabulary.local_name(quad.predicate.value) for quad in links} == {"concerns", "comparability"}


def test_the_store_is_renewed_before_it_grows() -> None:
    ontology, own = quads.of_ontology(vocabulary.ONTOLOGY), quads.of_record(*record.load(RECORDS[-1]))
    concerns, expected = Concerns(ontology), set(Concerns(ontology).of(own))
    with mock.patch.object(store, "from_quads", side_effect=store.from_quads) as loading:
        for _ in range(40):
            assert set(concerns.of(own)) == expected
    iris = sight.of_questions(*ASKED)
    loaded, added = (sum(sight.sees(iris, quad.predicate.value, str(quad.object)[1:-1]) for quad in each) for each in (ontology, own))
    assert 1 <= loading.call_count <= 40 * added // loaded, "loaded again after as many statements as of the ontology are loaded"
