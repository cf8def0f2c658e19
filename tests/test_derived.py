"""Derived graphs: what is computed from a registry record is in a graph of this record, and a changed record changes no other's."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from pathlib import Path

import pyoxigraph as ox
import pytest

from mabgraph.graph.building import build, derived, description, graphdigests, part
from mabgraph.graph.building.build import Inputs
from mabgraph.graph.questions import catalogue
from mabgraph.graph.store import dataset, vocabulary
from mabgraph.graph.store.inventory import DIGESTS
from mabgraph.ingest.registry.shelf import Shelf

from . import reports
from .registryrecords import NUMBER, shelve
from .reports import Report

VOID, SD = "http://rdfs.org/ns/void#", "http://www.w3.org/ns/sparql-service-description#"
RECORD = Path(__file__).parent / "data" / "records" / "example-2020.yaml"
#: The number of the trial of the invented paper, and one that no paper names.
SHARED, OTHER = "NCT00000000", "NCT09990002"
#: The graphs of the registry records.
REGISTRY = {name for number in (NUMBER, OTHER, SHARED) for name in (number.lower(), derived.graph_of(number.lower()))}
OUTCOME = {
    "type": "PRIMARY", "title": "Overall Survival", "paramType": "MEDIAN", "unitOfMeasure": "months",
    "groups": [{"id": "OG000", "title": "Daratumumab"}],
    "denoms": [{"units": "Participants", "counts": [{"groupId": "OG000", "value": "100"}]}],
    "classes": [{"categories": [{"measurements": [{"groupId": "OG000", "value": "20.1"}]}]}],
}  # fmt: skip


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
    build.build(Inputs((RECORD,), registry=shelve(folder, NUMBER, OTHER, SHARED, measure=OUTCOME)), folder / "dataset")
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
    inputs = Inputs((RECORD,), registry=shelve(tmp_path, NUMBER, OTHER, SHARED, measure=OUTCOME))
    shelve(tmp_path, OTHER, eligibilityModule={"eligibilityCriteria": "* Age 40 or older", "sex": "ALL"}, statusModule={
        "overallStatus": "COMPLETED", "lastUpdatePostDateStruct": {"date": "2024-01-01", "type": "ACTUAL"},
    })  # fmt: skip
    build.build(inputs, tmp_path / "dataset")
    after = graphs_of(tmp_path / "dataset")
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    [lot] = (name for name in after if name.startswith(DIGESTS) and any(f"/{OTHER.lower()}> " in line for line in after[name]))
    assert changed == {OTHER.lower(), derived.graph_of(OTHER.lower()), lot, "description"}


def test_a_study_that_a_paper_names_by_the_number_alone_is_of_both(tmp_path: Path) -> None:
    """The paper prints no registration number: its study has the name that the registry record gives its own."""
    records = reports.write(tmp_path, [Report("paper-2024", NUMBER.lower(), "As in a paper")])
    registered = shelve(tmp_path, NUMBER, measure=OUTCOME)
    build.build(Inputs(tuple(records.glob("*.yaml")), registry=registered), tmp_path / "dataset")
    (trial,) = catalogue.open_current(tmp_path / "dataset").ask("trials", {})
    assert trial["label"] == "As in a paper", "a registry record reports in brief: the paper is shown"
    assert {each.rpartition("/")[2] for each in str(trial["documents"]).split()} == {"paper-2024", NUMBER.lower()}


def test_the_description_has_a_size_for_all_registry_graphs_and_lists_the_others(home: Path) -> None:
    graphs = graphs_of(home / "dataset")
    described = "\n".join(graphs["description"])
    listed = {name for name in graphs if f"<{vocabulary.graph(name)}> <{SD}name> " in described}
    assert listed == graphs.keys() - REGISTRY
    assert f"<{vocabulary.resource('dataset/mabgraph')}> <{VOID}subset> <{vocabulary.resource('dataset/registry')}>" in described
    size = sum(len(graphs[name]) for name in REGISTRY)
    for property_name, number in (("triples", size), ("documents", 3)):
        assert f'<{vocabulary.resource("dataset/registry")}> <{VOID}{property_name}> "{number}"^^' in described


def test_the_digest_of_every_graph_but_the_description_is_stated(home: Path) -> None:
    graphs, hashes = graphs_of(home / "dataset"), defaultdict[str, list[bytes]](list)
    for line in (dataset.current_folder(home / "dataset") / dataset.DUMP).read_bytes().splitlines(keepends=True):
        hashes[line.rpartition(b" <")[2].partition(b">")[0].decode().removeprefix(vocabulary.graph(""))].append(line)
    along = f" <{vocabulary.term('sha256')}> "
    stated = {
        name: [line.split('"')[1] for lot in lots for line in graphs[lot] if line.startswith(f"<{vocabulary.graph(name)}>{along}")]
        for lots in [["description", *(name for name in graphs if name.startswith(DIGESTS))]]
        for name in graphs
    }
    assert stated.pop("description") == [], "it cannot say its own"
    assert stated == {name: [hashlib.sha256(b"".join(hashes[name])).hexdigest()] for name in stated}
    lots = [name for name in graphs if name.startswith(DIGESTS)]
    assert {line.partition(">")[0].removeprefix(f"<{vocabulary.graph('')}") for lot in lots for line in graphs[lot]} == REGISTRY


@pytest.mark.parametrize(("records", "most"), [(1, 1), (3, 2), (1000, 32), (1023, 32), (1024, 32), (4096, 64)])
def test_lots_of_digests_are_about_as_many_as_each_has_records(records: int, most: int) -> None:
    names = [name for number in range(records) for name in (f"nct{number:08}", f"derived/nct{number:08}")]
    lots = dict(graphdigests.of_registry(dict.fromkeys([*names, "checks"], "0")))
    assert len(lots) <= most
    assert sum(map(len, lots.values())) == len(names)
    assert all(name.startswith(DIGESTS) for name in lots)


def test_a_further_record_changes_one_lot() -> None:
    digests = {name: "0" for number in range(1000) for name in (f"nct{number:08}", f"derived/nct{number:08}")}
    before, after = (dict(graphdigests.of_registry(each)) for each in (digests, digests | {"nct1": "0", "derived/nct1": "0"}))
    assert sum(before.get(name) != after.get(name) for name in before.keys() | after.keys()) == 1


def test_a_dataset_without_registry_records_has_no_lots() -> None:
    assert list(graphdigests.of_registry({"checks": "0", "tower-2017": "0"})) == []


def test_the_lines_of_a_part_are_told_apart_by_graph() -> None:
    """A text may look like the end of a line, and a graph may come in several pieces, or be empty."""
    end = f"x> .\n <{vocabulary.graph('two')}> .\n"
    quads = [[ox.Quad(ox.NamedNode("urn:a"), ox.NamedNode(f"urn:{number}"), ox.Literal(end), ox.NamedNode(vocabulary.graph(name)))] for number, name in enumerate(("one", "two", "two"))]  # fmt: skip
    added = part.of([("one", quads[0]), ("none", []), ("two", quads[1]), ("two", quads[2])])
    lines = added.lines.splitlines(keepends=True)
    assert [(name, bytes(each)) for name, each in part.by_graph(added)] == [("one", lines[0]), ("two", b"".join(lines[1:]))]


def test_the_manifest_has_one_size_for_all_registry_graphs(home: Path) -> None:
    graphs, manifest = graphs_of(home / "dataset"), dataset.manifest(home / "dataset")
    assert manifest is not None
    sizes = {name: len(lines) for name, lines in graphs.items() if name not in REGISTRY}
    together = sum(len(lines) for name, lines in graphs.items() if name in REGISTRY)
    assert manifest.graphs == sizes | {description.REGISTRY: together}
