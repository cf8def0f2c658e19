"""Derived graphs: what is computed from a registry record is in a graph of this record, and a changed record changes no other's."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from pathlib import Path

import pytest

from mabgraph.graph.building import build, derived
from mabgraph.graph.building.build import Inputs
from mabgraph.graph.questions import catalogue
from mabgraph.graph.store import dataset, vocabulary
from mabgraph.ingest.registry import files
from mabgraph.ingest.registry.shelf import Shelf

from . import reports
from .registryrecords import NUMBER, invented, write
from .reports import Report

VOID, SD = "http://rdfs.org/ns/void#", "http://www.w3.org/ns/sparql-service-description#"
RECORD = Path(__file__).parent / "data" / "records" / "example-2020.yaml"
#: The number of the trial of the invented paper, and one that no paper names.
SHARED, OTHER = "NCT00000000", "NCT09990002"
OUTCOME = {
    "type": "PRIMARY", "title": "Overall Survival", "paramType": "MEDIAN", "unitOfMeasure": "months",
    "groups": [{"id": "OG000", "title": "Daratumumab"}],
    "denoms": [{"units": "Participants", "counts": [{"groupId": "OG000", "value": "100"}]}],
    "classes": [{"categories": [{"measurements": [{"groupId": "OG000", "value": "20.1"}]}]}],
}  # fmt: skip


def shelve(home: Path, *numbers: str, **changes: object) -> Inputs:
    """Return the inputs of a dataset of the invented paper and of registry records with these numbers."""
    paths = [
        write(home, invented(number, results={"outcomeMeasuresModule": {"outcomeMeasures": [OUTCOME]}}, **changes)) for number in numbers
    ]
    Shelf(home / "registry").add(files.units(paths))
    return Inputs((RECORD,), registry=home / "registry")


def graphs_of(directory: Path) -> dict[str, list[str]]:
    """Return the lines of the current dataset by the name of their graph, sorted."""
    graphs = defaultdict[str, list[str]](list)
    for line in (dataset.current_folder(directory) / dataset.DUMP).read_text(encoding="utf-8").splitlines():
        statement, _, graph = line.removesuffix("> .").rpartition(" <")
        graphs[graph.removeprefix(vocabulary.graph(""))].append(statement)
    return {name: sorted(lines) for name, lines in graphs.items()}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a dataset of the invented paper and three registry records, one of them about the trial of the paper."""
    folder = tmp_path_factory.mktemp("derived")
    build.build(shelve(folder, NUMBER, OTHER, SHARED), folder / "dataset")
    return folder


def test_a_record_has_its_own_graph_and_one_of_what_is_computed_from_it(home: Path) -> None:
    graphs = graphs_of(home / "dataset")
    for number in (NUMBER, OTHER, SHARED):
        own, computed = graphs[number.lower()], "\n".join(graphs[derived.graph_of(number.lower())])
        assert own
        digest = hashlib.sha256(Shelf(home / "registry").path(number).read_bytes()).hexdigest()
        assert f'<{vocabulary.term("sha256")}> "{digest}"' in computed
        assert f"<{vocabulary.graph(number.lower())}> <http://www.w3.org/ns/prov#wasDerivedFrom>" in computed
        assert f"<{vocabulary.term('concerns')}> <{vocabulary.resource('drug/daratumumab')}>" in computed
        assert (vocabulary.term("shows") in computed) is (number != SHARED), "what a study of two documents shows is in a graph of all"
    everyone = "\n".join(line for name in ("checks", "links", "studies", "about") for line in graphs.get(name, ()))
    assert NUMBER.lower() not in everyone
    assert OTHER.lower() not in everyone
    assert SHARED.lower() in everyone


def test_each_statement_stands_once_in_its_graph(home: Path) -> None:
    assert {name for name, lines in graphs_of(home / "dataset").items() if len(lines) > len(set(lines))} == set()


def test_a_changed_record_changes_its_own_graphs_and_no_other(home: Path, tmp_path: Path) -> None:
    before = graphs_of(home / "dataset")
    inputs = shelve(tmp_path, NUMBER, OTHER, SHARED)
    shelve(tmp_path, OTHER, eligibilityModule={"eligibilityCriteria": "* Age 40 or older", "sex": "ALL"}, statusModule={
        "overallStatus": "COMPLETED", "lastUpdatePostDateStruct": {"date": "2024-01-01", "type": "ACTUAL"},
    })  # fmt: skip
    build.build(inputs, tmp_path / "dataset")
    after = graphs_of(tmp_path / "dataset")
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert changed - {"description"} == {OTHER.lower(), derived.graph_of(OTHER.lower())}


def test_a_study_that_a_paper_names_by_the_number_alone_is_of_both(tmp_path: Path) -> None:
    """The paper prints no registration number: its study has the name that the registry record gives its own."""
    records = reports.write(tmp_path, [Report("paper-2024", NUMBER.lower(), "As in a paper")])
    registered = shelve(tmp_path, NUMBER).registry
    build.build(Inputs(tuple(records.glob("*.yaml")), registry=registered), tmp_path / "dataset")
    (trial,) = catalogue.open_current(tmp_path / "dataset").ask("trials", {})
    assert trial["label"] == "As in a paper", "a registry record reports in brief: the paper is shown"
    assert {each.rpartition("/")[2] for each in str(trial["documents"]).split()} == {"paper-2024", NUMBER.lower()}


def test_the_description_has_a_size_for_all_registry_graphs_and_lists_the_others(home: Path) -> None:
    graphs = graphs_of(home / "dataset")
    registry = {name for number in (NUMBER, OTHER, SHARED) for name in (number.lower(), derived.graph_of(number.lower()))}
    described = "\n".join(graphs["description"])
    listed = {name for name in graphs if f"<{vocabulary.graph(name)}> <{SD}name> " in described}
    assert listed == graphs.keys() - registry
    assert f"<{vocabulary.resource('dataset/mabgraph')}> <{VOID}subset> <{vocabulary.resource('dataset/registry')}>" in described
    size = sum(len(graphs[name]) for name in registry)
    for property_name, number in (("triples", size), ("documents", 3)):
        assert f'<{vocabulary.resource("dataset/registry")}> <{VOID}{property_name}> "{number}"^^' in described
