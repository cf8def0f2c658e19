"""The network over registry records: planned edges fill, one study has one edge whatever its documents, and patients count once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mabgraph.graph.building import build
from mabgraph.graph.compare import compare, pooling
from mabgraph.graph.network import network
from mabgraph.graph.questions import catalogue
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.synthesis.codes import CODES
from mabgraph.ingest.registry import files
from mabgraph.ingest.registry.shelf import Shelf

from . import datasets, registrytrials
from .conftest import DATA, shipped_records
from .registryrecords import invented, write

SURVIVAL = {"trial": "NCT00000000", "endpoint": "overall survival", "measure": "hazard-ratio"}
#: A trial that the review of daratumumab announces.
MAIA = "NCT02252172"
PLACEBO = [
    {"label": "Daratumumab", "type": "EXPERIMENTAL", "interventionNames": ["Drug: Daratumumab"]},
    {"label": "Placebo", "type": "PLACEBO_COMPARATOR", "interventionNames": ["Drug: Placebo"]},
]


def planned(number: str, arms: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a record without results of a trial with these arms."""
    one = invented(number)
    one["protocolSection"]["armsInterventionsModule"]["armGroups"] = arms
    return one


@pytest.fixture(scope="module")
def paired(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """Return the dataset of the invented paper, of the record of its trial, and of three planned trials."""
    home = tmp_path_factory.mktemp("paired")
    records = [
        registrytrials.paired(), planned("NCT09990004", PLACEBO), planned("NCT09990005", [*PLACEBO, {**PLACEBO[0], "label": "Other", "type": "OTHER"}]),
        planned("NCT09990006", [PLACEBO[0], {**PLACEBO[0], "label": "Second dose"}]),
    ]  # fmt: skip
    Shelf(home / "registry").add(files.units([write(home, each) for each in records]))
    inputs = build.Inputs(build.records_of(DATA / "records"), registry=home / "registry")
    return catalogue.open_current(datasets.copy_of(inputs, home / "dataset"))


def test_a_paper_and_a_record_of_one_trial_are_one_edge(paired: Catalogue) -> None:
    read = network.read(paired, drug=["blinatumomab"])
    (link,) = [each for each in read.links if each.registration == "NCT00000000"]
    assert {each.rpartition("/")[2] for each in link.documents} == {"example-2020", "nct00000000"}
    assert (link.evidence, link.study_name, link.patients) == ("estimates", "EXAMPLE", 90)
    assert len(link.estimates) == 3
    assert {each.patients for each in read.treatments.values() if each.id in {link.intervention, link.comparator}} == {60, 30}


def test_patients_of_two_documents_are_never_counted_twice(paired: Catalogue) -> None:
    both = compare.compare(paired, SURVIVAL)
    assert len({row.document for row in both.rows}) == 2
    for action in (pooling.Action.pool, pooling.Action.indirect):
        refusal = pooling.act(both, action, list(CODES))
        assert isinstance(refusal, pooling.Refusal)
        assert "patients-counted-twice" in {reason.code for reason in refusal.reasons}
    for source in ("paper", "registry"):
        alone = pooling.act(compare.compare(paired, {**SURVIVAL, "source": source}), pooling.Action.pool)
        assert isinstance(alone, pooling.Refusal)
        assert "patients-counted-twice" not in {reason.code for reason in alone.reasons}


def test_a_planned_trial_is_an_edge_where_its_arms_say_what_is_compared(paired: Catalogue) -> None:
    read = network.read(paired, drug=["daratumumab"])
    links = {each.registration: each for each in read.links}
    assert set(links) == {"NCT09990004"}
    link = links["NCT09990004"]
    assert (link.evidence, link.estimates, link.arm_results, link.endpoints) == ("planned", (), (), ("overall survival",))
    assert read.treatments[link.intervention].name == "daratumumab"
    announced = {each.registration: each.drugs for each in read.announced}
    assert set(announced) == {"NCT09990005", "NCT09990006"}
    assert all(drugs[0].endswith("/daratumumab") for drugs in announced.values())


def maia() -> dict[str, Any]:
    """Return an invented record with the number and the drugs of an announced trial."""
    one = registrytrials.record(MAIA)
    del one["resultsSection"]["outcomeMeasuresModule"]["outcomeMeasures"][2]
    module = one["protocolSection"]["armsInterventionsModule"]
    for name in ("Lenalidomide", "Dexamethasone"):
        module["interventions"].append({"type": "DRUG", "name": name, "armGroupLabels": ["Daratumumab", "Control"]})
    return one


@pytest.mark.slow
def test_the_planned_edge_of_an_announced_trial_fills(real: Catalogue, tmp_path: Path) -> None:
    Shelf(tmp_path / "registry").add(files.units([write(tmp_path, maia())]))
    build.build(build.Inputs(shipped_records(), registry=tmp_path / "registry"), tmp_path / "dataset")
    beside = catalogue.open_current(tmp_path / "dataset")
    before, after = ({each.registration: each for each in network.read(each).links} for each in (real, beside))
    assert (before[MAIA].evidence, after[MAIA].evidence) == ("planned", "estimates")
    assert before[MAIA].study == after[MAIA].study
    assert {each.rpartition("/")[2] for each in after[MAIA].documents} == {"daratumumab-2016", MAIA.lower()}
    assert [each.study for each in network.read(beside).links].count(after[MAIA].study) == 1
