"""``mabgraph registry``: records come to the shelf, newer ones replace older ones, and a build reads them beside papers."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from mabgraph.api.app import create_app
from mabgraph.api.http.settings import Settings
from mabgraph.graph.building import build, kept, sources
from mabgraph.graph.building.build import Inputs
from mabgraph.graph.building.studies import Reported
from mabgraph.graph.questions import catalogue
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import dataset, vocabulary
from mabgraph.ingest.registry import files, judging, shelf
from mabgraph.ingest.registry.shelf import Shelf

from .commandline import run
from .registryrecords import NUMBER, SHARED, invented, shared_paths, write

RECORD = Path(__file__).parent / "data" / "records" / "example-2020.yaml"
OUTCOME: dict[str, Any] = {
    "type": "PRIMARY", "title": "Overall Survival", "paramType": "MEDIAN", "unitOfMeasure": "months",
    "groups": [{"id": "OG000", "title": "Daratumumab"}, {"id": "OG001", "title": "Control"}],
    "denoms": [{"units": "Participants", "counts": [{"groupId": "OG000", "value": "100"}, {"groupId": "OG001", "value": "98"}]}],
    "classes": [{"categories": [{"measurements": [
        {"groupId": "OG000", "value": "20.1"}, {"groupId": "OG001", "value": "NA", "comment": "Not reached"}]}]}],
    "analyses": [{"groupIds": ["OG000", "OG001"], "estimateComment": "Daratumumab versus Control", "paramType": "Hazard Ratio (HR)",
        "paramValue": "0.70", "ciPctValue": "95", "ciLowerLimit": "0.5", "ciUpperLimit": "0.98", "pValue": "<0.05"}],
}  # fmt: skip


def record(number: str = NUMBER, updated: str = "2020-05-07", **changes: Any) -> dict[str, Any]:
    second = OUTCOME | {"title": "Invented Score", "analyses": [{"groupIds": ["OG000", "OG001"], "pValue": "0.3"}]}
    baseline = {
        "groups": OUTCOME["groups"],
        "measures": [{"title": "Invented Stage", "paramType": "NUMBER", "classes": OUTCOME["classes"]}],
    }
    adverse = {
        "eventGroups": [{"id": "EG000", "title": "Daratumumab"}],
        "seriousEvents": [{"term": "Rash", "stats": [{"groupId": "EG000", "numAffected": 3, "numAtRisk": 99}]}],
    }
    modules = {"baselineCharacteristicsModule": baseline, "adverseEventsModule": adverse}
    one = invented(number, results={"outcomeMeasuresModule": {"outcomeMeasures": [OUTCOME, second]}, **modules}, **changes)
    one["protocolSection"]["statusModule"]["lastUpdatePostDateStruct"]["date"] = updated
    return one


def add(folder: Path, *paths: Path, **options: Any) -> shelf.RegistryTally:
    return Shelf(folder).add(files.units(paths), **options)


def counts(tally: shelf.RegistryTally) -> tuple[int, int, int, int, int, int]:
    return tally.added, tally.replaced, tally.unchanged, tally.older, tally.passed, len(tally.refused)


def test_a_newer_version_replaces_an_older_one_whose_digest_stays_known(tmp_path: Path) -> None:
    folder, source = tmp_path / "registry", tmp_path / "source"
    source.mkdir()
    first = write(source, record()).read_bytes()
    assert counts(add(folder, source)) == (1, 0, 0, 0, 0, 0)
    assert counts(add(folder, source)) == (0, 0, 1, 0, 0, 0)
    second = write(source, record(updated="2021-01-01")).read_bytes()
    assert counts(add(folder, source)) == (0, 1, 0, 0, 0, 0)
    assert Shelf(folder).path(NUMBER).read_bytes() == second != first
    ((version, digest),) = Shelf(folder).earlier(NUMBER)
    (now,) = Shelf(folder).records()
    assert (version, now.version, now.has_results) == ("2020-05-07", "2021-01-01", True)
    assert digest != now.digest
    write(source, record())
    assert counts(add(folder, source)) == (0, 0, 0, 1, 0, 0)
    assert Shelf(folder).path(NUMBER).read_bytes() == second
    assert Shelf(folder).count_earlier() == 1


def test_a_record_is_there_by_the_other_numbers_of_its_study(tmp_path: Path) -> None:
    folder, one, other = tmp_path / "registry", record(), record("NCT09990002")
    one["protocolSection"]["identificationModule"]["nctIdAliases"] = ["NCT09990008", "NCT09990009", "x"]
    other["protocolSection"]["identificationModule"]["nctIdAliases"] = ["NCT09990008"]
    add(folder, write(tmp_path, one), write(tmp_path, other))
    assert Shelf(folder).aliases() == {"NCT09990009": NUMBER}, "which record a number of two is cannot be said"
    assert run("registry", "show", "NCT09990009", "--registry", folder).stdout.startswith(f"{NUMBER}: ")
    add(folder, write(tmp_path, record(updated="2021-01-01")))
    assert Shelf(folder).aliases() == {"NCT09990008": "NCT09990002"}


def test_what_is_killed_in_between_is_done_again(tmp_path: Path) -> None:
    folder, source = tmp_path / "registry", tmp_path / "source"
    source.mkdir()
    content = write(source, record()).read_bytes()
    add(folder, source)
    with sqlite3.connect(folder / shelf.INDEX) as index:
        index.execute("DELETE FROM record")  # the file was written, and the index not yet
    index.close()
    assert counts(add(folder, source)) == (1, 0, 0, 0, 0, 0)
    Shelf(folder).path(NUMBER).unlink()  # the index was written, and the file is gone
    assert counts(add(folder, source)) == (0, 1, 0, 0, 0, 0)
    assert Shelf(folder).path(NUMBER).read_bytes() == content
    assert Shelf(folder).count_earlier() == 0


def test_a_folder_that_cannot_be_written_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = Shelf(tmp_path / "registry")
    records.add(files.units([write(tmp_path, invented())]))

    def refuse(_: Shelf) -> sqlite3.Connection:
        raise sqlite3.OperationalError("attempt to write a readonly database")

    monkeypatch.setattr(Shelf, "_connect", refuse)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert [each.number for each in records.records()] == [NUMBER]


def test_refusals_are_noted_until_the_place_is_read(tmp_path: Path) -> None:
    folder, source = tmp_path / "registry", tmp_path / "source"
    source.mkdir()
    bad = source / "NCT09990002.json"
    bad.write_text("{}", encoding="utf-8")
    write(source, record())
    assert counts(add(folder, source)) == (1, 0, 0, 0, 0, 1)
    assert [Path(place).name for place, _ in Shelf(folder).list_refusals()] == [bad.name]
    write(source, record("NCT09990002"))
    assert counts(add(folder, source)) == (1, 0, 1, 0, 0, 0)
    assert Shelf(folder).list_refusals() == []


@pytest.mark.parametrize("section", [{}, {"outcomeMeasuresModule": {}}, {"outcomeMeasuresModule": {"outcomeMeasures": []}}, None])
def test_an_empty_section_of_results_is_none(section: dict[str, Any] | None, tmp_path: Path) -> None:
    folder, empty = tmp_path / "registry", record("NCT09990002") | {"resultsSection": section}
    add(folder, write(tmp_path, record()), write(tmp_path, empty))
    assert "2 records, 1 with results" in run("registry", "status", "--registry", folder).stdout


@pytest.mark.parametrize("jobs", [1, 2])
def test_each_record_is_hashed_and_decoded_once(jobs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With several processes, those that read hash nothing: the digest is handed to them."""
    hashed, decoded = Counter[bytes](), Counter[str]()

    def count_hash(content: bytes) -> Any:
        hashed[content] += 1
        return digest_of(content)

    def count_decoding(text: str, **options: Any) -> Any:
        decoded[text] += 1
        return decode(text, **options)

    digest_of, decode = hashlib.sha256, json.loads
    monkeypatch.setattr(hashlib, "sha256", count_hash)
    monkeypatch.setattr(json, "loads", count_decoding)
    path = write(tmp_path, record())
    assert counts(add(tmp_path / "registry", path, jobs=jobs)) == (1, 0, 0, 0, 0, 0)
    assert hashed == {path.read_bytes(): 1}
    assert decoded == ({path.read_text(): 1} if jobs == 1 else {})


def test_bytes_that_are_known_are_refused_under_another_number(tmp_path: Path) -> None:
    add(tmp_path / "registry", write(tmp_path, record()))
    renamed = write(tmp_path, record(), "NCT09990002")
    assert "its file is named NCT09990002" in add(tmp_path / "registry", renamed).refused[0][1]


def test_several_processes_read_the_same(tmp_path: Path) -> None:
    source = tmp_path / "lines.jsonl"
    records = [json.dumps(record(f"NCT0999{number:04}")) for number in range(2 * judging.TOGETHER + 1)]
    source.write_text("\n".join([*records, "{}"]), encoding="utf-8")
    assert counts(add(tmp_path / "two", source, jobs=2)) == (2 * judging.TOGETHER + 1, 0, 0, 0, 0, 1)
    assert counts(add(tmp_path / "two", source, jobs=2)) == (0, 0, 2 * judging.TOGETHER + 1, 0, 0, 1)
    assert len(Shelf(tmp_path / "two").paths()) == 2 * judging.TOGETHER + 1


@pytest.mark.parametrize(
    ("only", "chosen"),
    [("multiple myeloma", 1), ("condition=plasma cell myeloma", 1), ("blood cancer", 1), ("leukaemia", 0), ("illness", 1)],
)
def test_only_records_with_a_condition_by_any_of_its_names(only: str, chosen: int, tmp_path: Path) -> None:
    path = write(tmp_path, record())
    text = only if only.startswith("condition=") else f"condition={only}"
    answer = run("registry", "add", path, "--only", text, "--registry", tmp_path / "registry").stdout
    assert answer.startswith(f"1 records: {chosen} added")
    assert len(Shelf(tmp_path / "registry").paths()) == chosen


def test_the_commands_count_list_and_show(tmp_path: Path) -> None:
    folder = tmp_path / "registry"
    path, bad = write(tmp_path, record()), tmp_path / "bad.json"
    bad.write_text('{"protocolSection": []}', encoding="utf-8")
    answer = run("registry", "add", path, bad, "--registry", folder)
    assert answer.stdout == "2 records: 1 added, 1 refused\n"
    assert "bad.json: /protocolSection: is array where object is expected" in answer.stderr
    assert run("registry", "add", bad, "--registry", folder, code=1).stdout == "1 records: 0 added, 1 refused\n"
    assert "1 records, 1 with results" in run("registry", "status", "--registry", folder).stdout
    assert "unmatched condition  1      NCT09990001 /protocolSection" in run("registry", "report", "--registry", folder).stdout
    listed = run("registry", "report", "--kind", "unmatched condition", "--format", "csv", "--registry", folder).stdout
    assert "NCT09990001,/protocolSection/conditionsModule/conditions/1," in listed
    assert (
        "there is not reported, refused, unmatched condition"
        in run("registry", "report", "--kind", "x", "--registry", folder, code=1).stderr
    )
    shown = run("registry", "show", NUMBER.lower(), "--registry", folder).stdout
    assert "Daratumumab versus Control: value 0.70, lower 0.5, upper 0.98, level 95, p_value <0.05 at /resultsSection/" in shown
    at = "/resultsSection/outcomeMeasuresModule/outcomeMeasures/0/classes/0/categories/0/measurements/1/value"
    assert run("registry", "show", NUMBER, "--at", at, "--registry", folder).stdout.splitlines()[:2] == [
        '"NA"',
        "read as value: not-reached",
    ]


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["add", "nowhere.json"], "nowhere.json: is not there"),
        (["add", ".", "--only", "drug=x"], "write condition=TEXT"),
        (["show", "NCT00000009"], "no such record"),
        (["show", "../../x"], "no such record"),
        (["show", NUMBER, "--at", "/nowhere"], "nothing stands there"),
    ],
)
def test_what_cannot_be_done_is_said(words: list[str], fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    add(tmp_path / "registry", write(tmp_path, record()))
    assert fault in run("registry", *words, "--registry", tmp_path / "registry", code=1).stderr


def test_without_a_workspace_the_folder_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "run mabgraph init" in run("registry", "status", code=1).stderr


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Inputs, Path]:
    """Return the inputs and directory of a dataset of the invented paper and of two registry records, one of them about the same trial."""
    home = tmp_path_factory.mktemp("registry")
    add(home / "registry", write(home, record()), write(home, record("NCT00000000")))
    inputs = Inputs((RECORD,), registry=home / "registry")
    build.build(inputs, home / "dataset")
    return inputs, home / "dataset"


@pytest.fixture(scope="module")
def asked(built: tuple[Inputs, Path]) -> Catalogue:
    return catalogue.open_current(built[1])


def test_a_build_reads_registry_records_beside_papers(asked: Catalogue) -> None:
    rows = asked.ask("estimates", {"document": [NUMBER.lower()], "measure": ["hazard-ratio"]})
    assert [(str(row["value"]), str(row["lower"]), str(row["upper"]), row["p_operator"]) for row in rows] == [("0.7", "0.5", "0.98", "<")]
    assert [row["comparability"] for row in rows] == ["within-trial randomised"]
    medians = asked.ask("estimates", {"drug": ["daratumumab"], "endpoint": ["overall-survival"], "measure": ["median"]})
    assert {(row["value"] and str(row["value"]), str(row["total"]), row["absence"]) for row in medians} == {("20.1", "100", None)}


@pytest.mark.parametrize("source", ["registry", "paper"])
def test_estimates_of_one_kind_of_source_can_be_asked_for(source: str, asked: Catalogue) -> None:
    documents = {str(row["document"]).rpartition("/")[2] for row in asked.ask("estimates", {"source": [source]})}
    assert documents == ({NUMBER.lower(), "nct00000000"} if source == "registry" else {"example-2020"})


def test_a_paper_and_a_record_of_one_trial_are_one_study(asked: Catalogue) -> None:
    (trial,) = asked.ask("trials", {"trial": ["NCT00000000"]})
    assert trial["label"] == "EXAMPLE", "a registry record reports in brief: the paper is shown"
    assert {each.rpartition("/")[2] for each in str(trial["documents"]).split()} == {"example-2020", "nct00000000"}
    assert len(asked.ask("trials", {})) == 2


def with_aliases(number: str, *aliases: str) -> dict[str, Any]:
    one = record(number)
    one["protocolSection"]["identificationModule"]["nctIdAliases"] = list(aliases)
    return one


def test_a_paper_that_states_another_number_of_a_record_is_of_its_study(tmp_path: Path) -> None:
    """The registry gave the study a new number; the paper has the one that it had."""
    add(tmp_path / "registry", write(tmp_path, with_aliases(NUMBER, "NCT00000000", "NCT09990008")), write(tmp_path, record("NCT09990002")))
    build.build(Inputs((RECORD,), registry=tmp_path / "registry"), tmp_path / "dataset")
    asked = catalogue.open_current(tmp_path / "dataset")
    for number in ("NCT00000000", NUMBER):
        (trial,) = asked.ask("trials", {"trial": [number]})
        assert {each.rpartition("/")[2] for each in str(trial["documents"]).split()} == {"example-2020", NUMBER.lower()}
    assert len(asked.ask("trials", {})) == 2


@pytest.mark.parametrize(
    ("stated", "aliases", "expected"),
    [
        ({"NCT00000008": "a"}, {"NCT00000008": "NCT00000001"}, {"NCT00000001": "a"}),
        ({"NCT00000008": "a", "NCT00000001": "b"}, {"NCT00000008": "NCT00000001"}, {"NCT00000001": "b"}),
        ({"NCT00000008": "a", "NCT00000009": "b"}, dict.fromkeys(["NCT00000008", "NCT00000009"], "NCT00000001"), {}),
        ({"NCT00000008": "a", "NCT00000009": "a"}, dict.fromkeys(["NCT00000008", "NCT00000009"], "NCT00000001"), {"NCT00000001": "a"}),
        ({"NCT00000002": "a"}, {"NCT00000002": "NCT00000001"}, {"NCT00000002": "a"}),
    ],
    ids=["an alias", "its own number first", "two studies", "two numbers of one study", "the alias is a record of its own"],
)
def test_the_study_of_a_record_is_that_of_its_number_or_of_its_other_numbers(
    stated: dict[str, str], aliases: dict[str, str], expected: dict[str, str], tmp_path: Path
) -> None:
    numbers = ("NCT00000001", "NCT00000002")
    with kept.Kept(tmp_path) as keep:
        read = sources.Sources(
            (), lambda path: ((), ()), {f"registry/{each}": each for each in numbers}, {}, keep, list_aliases=lambda: aliases
        )
        for number, study in stated.items():
            line = f'<s> <{vocabulary.term("registration")}> "{number}" <g> .'
            read._studies.add(Reported(f"{study}-{number}", "article", {vocabulary.resource(f"study/{study}"): [line]}, {}))
        tasks = read._tasks([Path(f"{each}.json") for each in numbers])
    assert {task.path.stem: task.study.removeprefix("study/") for task in tasks if task.study} == expected


def test_numbers_of_a_record_and_a_paper_of_one_trial_that_differ_are_conflicts(tmp_path: Path) -> None:
    one = record("NCT00000000")
    names = {
        "Daratumumab": "Examplimab",
        "Control": "Standard care",
        "Drug: Daratumumab": "Drug: Blinatumomab",
        "Drug: Lenalidomide": "Other: Care",
    }
    text = json.dumps(one)
    for before, after in names.items():
        text = text.replace(json.dumps(before), json.dumps(after))
    one = json.loads(text.replace("Daratumumab versus Control", "Examplimab versus Standard care"))
    arms = one["protocolSection"]["armsInterventionsModule"]
    arms["interventions"] = [{"type": "DRUG", "name": "Blinatumomab"}, {"type": "OTHER", "name": "Care"}]
    add(tmp_path / "registry", write(tmp_path, one))
    build.build(Inputs((RECORD,), registry=tmp_path / "registry"), tmp_path / "dataset")
    asked = catalogue.open_current(tmp_path / "dataset")
    rows = [row for row in asked.ask("discrepancies", {"document": ["nct00000000"]}) if "against" in str(row["discrepancy"])]
    assert {str(row["discrepancy"]).rpartition("/")[2] for row in rows} == {"nct00000000.outcome-0.0.0.0.against-example-2020"}
    assert any("20.1" in str(row["text"]) and "8·1" in str(row["text"]) for row in rows)


def test_a_record_that_changes_is_read_again_and_others_are_kept(built: tuple[Inputs, Path], tmp_path: Path) -> None:
    inputs, directory = built
    folder, home = tmp_path / "registry", tmp_path / "dataset"
    shutil.copytree(inputs.registry or Path(), folder)
    shutil.copytree(directory, home, symlinks=True)
    changed = Inputs(inputs.records, registry=folder)
    assert not build.build(inputs, home)[1]
    Shelf(folder).path(NUMBER).write_bytes(b"{}")
    manifest, is_new = build.build(changed, home, replacing=True)
    assert is_new
    assert f"registry/{NUMBER}" in manifest.inputs
    report = json.loads((dataset.current_folder(home) / "report.json").read_text())
    assert [NUMBER in text and "protocolSection" in text for text in report["registry records left out"]] == [True]
    assert [str(row["registration"]) for row in catalogue.open_current(home).ask("trials", {})] == ["NCT00000000"]


@pytest.mark.slow
def test_the_real_records_are_built_and_two_are_refused(tmp_path: Path) -> None:
    shared_paths()
    tally = add(tmp_path / "registry", SHARED)
    assert counts(tally) == (9, 0, 0, 0, 0, 2)
    manifest, _ = build.build(Inputs((RECORD,), registry=tmp_path / "registry"), tmp_path / "dataset")
    assert sum(name.startswith("registry/") for name in manifest.inputs) == 9


def test_contexts_texts_and_pages_work_for_records_as_for_papers(built: tuple[Inputs, Path]) -> None:
    token = "x" * 43
    app = create_app(Settings(dataset=built[1], registry=built[0].registry, texts_token=token))
    with TestClient(app, client=("127.0.0.1", 1), base_url="http://localhost") as client:
        client.headers["Authorization"] = f"Bearer {token}"
        text = client.get(f"/v1/documents/{NUMBER.lower()}/text").text
        assert json.loads(text)["protocolSection"]["identificationModule"]["nctId"] == NUMBER
        name = f"{NUMBER.lower()}.resultsSection.outcomeMeasuresModule.outcomeMeasures.0.analyses.0.paramValue"
        context = client.get(f"/v1/figures/{name}/context").json()
        assert (context["exact"], text[context["start"] : context["end"]]) == ("0.70", "0.70")
        assert context["before"].rstrip().endswith('"paramValue": "')
        for thing in ("outcome-0.analysis-0", "outcome-0.0.0.0", "baseline-0.0.0.0", "serious-event-0.0"):
            assert client.get(f"/estimates/{NUMBER.lower()}.{thing}", headers={"Accept": "text/html"}).status_code == 200, thing
        assert client.get(f"/id/result/{NUMBER.lower()}.outcome-1.analysis-0").status_code == 200
        variable = f"{NUMBER.lower()}.serious-event-0"
        assert f"/id/variable/{variable}" in client.get(f"/estimates/{variable}.0", headers={"Accept": "text/html"}).text
        assert client.get(f"/v1/estimates?endpoint={variable}").json()["total"] == 1
        page = client.get(f"/documents/{NUMBER.lower()}").text
        figures = client.get(f"/v1/figures?document={NUMBER.lower()}").json()["total"]
        assert page.count("?at=") >= figures > 10
