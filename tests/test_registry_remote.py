"""Questions over registry records on another engine: the same rows as from ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mabgraph.graph.publish import publication, remote
from mabgraph.graph.questions import catalogue, question
from mabgraph.graph.questions.catalogue import Catalogue

from . import engines
from .registryrecords import NUMBER
from .test_remote import DIFFERENCES, differs, target

pytestmark = pytest.mark.engines

NAME = NUMBER.lower()
RESULTS = [f"estimate/{NAME}.{each}" for each in ("other-event-0.1", "event-group-1.deaths", "flow-0.1.1", "outcome-0.analysis-0")]
TRIAL, DOCUMENT, SEVERAL = {"trial": NUMBER}, {"document": NAME}, {"estimate": RESULTS}
ROW = f"document/{NAME}#/resultsSection/adverseEventsModule/otherEvents/0/stats/1"
ASKED: dict[str, list[dict[str, Any]]] = {
    "anchors": [{"node": RESULTS}, {"node": RESULTS[:1]}, {"node": f"result/{NAME}.outcome-1.analysis-0"}],
    "figures": [DOCUMENT, {"node": RESULTS}, {"node": RESULTS[:1]}], "figure-nodes": [DOCUMENT],
    "figures-page": [DOCUMENT, {"estimate": RESULTS[0]}, {"place": ROW}],
    "analyses": [{}, TRIAL, DOCUMENT, {"kind": "test"}, {"drug": "elotuzumab"}],
    "analyses-count": [{}, TRIAL], "estimates": [TRIAL, SEVERAL, {"estimate": RESULTS[0]}], "estimates-page": [{"source": "registry"}],
    "checks": [DOCUMENT, SEVERAL], "trial": [TRIAL], "trials": [{}, TRIAL, {"source": "paper"}, {"source": "registry"}],
    "documents": [DOCUMENT, {"source": "registry"}], "sources": [{}, DOCUMENT], "claims-page": [{"source": "paper"}],
    "discrepancies-page": [{"source": "registry"}, TRIAL], "discrepancies": [DOCUMENT], "comparisons": [{}, TRIAL], "outcomes": [{}, TRIAL],
    "arms": [{}], "announced": [{}], "patients": [{}], "study-results": [{}], "regimens": [{}], "endpoints": [TRIAL], "drugs": [TRIAL],
    "result-counts": [{}, TRIAL, {"drug": "daratumumab"}, {"trial": "NCT00000000"}], "counterparts": [SEVERAL], "comparability": [SEVERAL], "warnings": [SEVERAL], "names": [{}], "relations": [{}],
}  # fmt: skip


@pytest.fixture(scope="module")
def far(registry_trials: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    """Return the catalogue of the dataset with registry records as Virtuoso holds it."""
    with engines.virtuoso(tmp_path_factory.mktemp("virtuoso")) as running:
        publication.publish(registry_trials[1], target(running))
        opened = remote.open_dataset(running.query, seconds=120)
        with closing(opened.store):  # type: ignore[type-var]
            yield catalogue.from_dataset(opened)


@pytest.mark.parametrize("name", ASKED)
def test_a_question_over_registry_records_gives_the_same_answer(name: str, far: Catalogue, registry_catalogue: Catalogue) -> None:
    asked = question.load(name)
    assert ("virtuoso", name) not in DIFFERENCES
    for arguments in ASKED[name]:
        text = asked.fill(asked.terms(registry_catalogue.names, arguments))
        assert not differs(text, registry_catalogue.dataset.store, far.dataset.store), arguments


@pytest.mark.parametrize("name", ["analyses", "trials", "documents", "discrepancies-page", "figures-page", "estimates-page"])
def test_a_page_of_a_list_is_the_same(name: str, far: Catalogue, registry_catalogue: Catalogue) -> None:
    filters = DOCUMENT if name in {"documents", "figures-page"} else TRIAL
    pages = [
        ([str(row.get("id") or row.get("estimate")) for row in rows], total)
        for rows, total in (opened.page(name, filters, 2, 1) for opened in (registry_catalogue, far))
    ]
    assert pages[0] == pages[1]
    assert pages[0][1] or name == "discrepancies-page"
