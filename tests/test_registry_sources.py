"""Where registry records come from, under which terms, and a dataset asked or built without them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from mabgraph.graph.questions import catalogue
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.ingest.registry import files
from mabgraph.ingest.registry.shelf import Shelf

from . import registrytrials
from .commandline import run
from .registryrecords import NUMBER, write

NAME = NUMBER.lower()
ADDRESS = f"https://clinicaltrials.gov/study/{NUMBER}"
TERMS = "https://clinicaltrials.gov/about-site/terms-conditions"
GUIDE = Path(__file__).parents[1] / "docs" / "sparql.md"


def test_each_graph_has_its_source_version_digest_and_terms(registry_catalogue: Catalogue, registry_trials: tuple[Path, Path]) -> None:
    rows = {str(row["graph"]).rpartition("/")[2]: row for row in registry_catalogue.ask("sources")}
    assert set(rows) == {NAME, "nct00000000", "nct09990003", "example-2020"}
    row, digest = rows[NAME], hashlib.sha256(Shelf(registry_trials[0]).path(NUMBER).read_bytes()).hexdigest()
    assert (row["kind"], row["address"], row["version"], row["terms"]) == ("registry record", ADDRESS, "2020-05-07", TERMS)
    assert row["read"] == row["text"] == digest
    assert "ClinicalTrials.gov" in str(row["rights"])
    assert (rows["example-2020"]["address"], rows["example-2020"]["terms"]) == (None, None)


def test_look_ups_pages_and_exports_name_the_source(registry_client: TestClient) -> None:
    document = registry_client.get(f"/v1/documents/{NAME}").json()
    assert (document["address"], document["version"], document["terms"]) == (ADDRESS, "2020-05-07", TERMS)
    for address in ("/about", f"/documents/{NAME}"):
        page = registry_client.get(address, headers={"Accept": "text/html"}).text
        assert ADDRESS in page
        assert TERMS in page
    citation = f"ClinicalTrials.gov {NUMBER}, last update posted 2020-05-07"
    asked = f"trial={NUMBER}&measure=hazard-ratio"
    for form in ("bibtex", "ris"):
        assert NUMBER in registry_client.get(f"/v1/compare.{form}?{asked}").text, form
    assert citation in registry_client.get(f"/estimates/{NAME}.outcome-0.analysis-0", headers={"Accept": "text/html"}).text


@pytest.mark.parametrize("source", ["paper", "registry"])
def test_look_ups_leave_out_the_registry(source: str, registry_client: TestClient) -> None:
    rows = list(csv.DictReader(io.StringIO(registry_client.get(f"/v1/estimates.csv?source={source}&page_size=1000").text)))
    documents = {row["document"].rpartition("/")[2] for row in rows}
    assert documents == ({"example-2020"} if source == "paper" else {NAME, "nct00000000"})
    compared = registry_client.get(f"/v1/compare.csv?source={source}&measure=hazard-ratio").text
    assert (NAME in compared) == (source == "registry")


def test_the_query_of_the_guide_leaves_out_the_registry(registry_client: TestClient) -> None:
    (query,) = (each for each in re.findall(r"```sparql\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL) if "registry-record" in each)
    rows = registry_client.get("/sparql", params={"query": query, "format": "json"}).json()["results"]["bindings"]
    assert {row["graph"]["value"].rpartition("/")[2] for row in rows} == {"example-2020"}
    without = registry_client.get("/sparql", params={"query": re.sub(r"FILTER\(.*\)", "", query), "format": "json"}).json()
    assert len(without["results"]["bindings"]) == len(rows) + 2
    papers = [("default-graph-uri", str(f"https://w3id.org/mabgraph/id/graph/{each}")) for each in ("example-2020", "ontology")]
    count = "SELECT (COUNT(*) AS ?n) { ?s a <ontology/ArmResult> }"
    of_papers = registry_client.get("/sparql", params=[("query", count), ("format", "json"), *papers]).json()
    assert 0 < int(of_papers["results"]["bindings"][0]["n"]["value"]) < 30


@pytest.mark.slow
def test_a_workspace_is_built_without_its_registry_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("init", tmp_path / "review")
    monkeypatch.chdir(tmp_path / "review")
    Shelf(Path("registry")).add(files.units([write(tmp_path, registrytrials.record())]))
    for name, options, has_record in (("all", (), True), ("papers", ("--without-registry",), False)):
        run("build", *options, "--dataset", tmp_path / name)
        asked = catalogue.open_current(tmp_path / name)
        assert any(row["registration"] == NUMBER for row in asked.ask("trials", {})) == has_record
        manifest = json.loads((asked.dataset.folder / "manifest.json").read_text("utf-8"))
        assert any(name.startswith("registry/") for name in manifest["inputs"]) == has_record
