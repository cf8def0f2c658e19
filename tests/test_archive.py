"""The archive of a comparison: every file that can be made, what was refused and why, a manifest that holds, always the same bytes."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pyoxigraph as ox
import pytest

from mabgraph.api.exports import archive, comparing, takeaway
from mabgraph.api.exports.archive import Format
from mabgraph.api.exports.package import Package
from mabgraph.graph.compare.pooling import Action
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.ingest.errors import MabgraphError

ASKED = {"drug": ["blinatumomab"], "endpoint": ["OS"], "measure": ["hazard-ratio"]}
CODES = ("different-censoring", "overlapping-patients")
GUIDE = (Path(__file__).parents[1] / "docs" / "exports.md").read_text("utf-8")
AGAIN = """
import sys
from pathlib import Path
from mabgraph.api.exports import comparing, takeaway
from mabgraph.graph.questions import catalogue
from mabgraph.graph.compare.pooling import Action

asked = {"drug": ["blinatumomab"], "endpoint": ["OS"], "measure": ["hazard-ratio"]}
codes = ("different-censoring", "overlapping-patients")
made = comparing.package(catalogue.open_current(Path(sys.argv[1])), asked, "/v1/compare?asked", action=Action.pool, acknowledged=codes)
sys.stdout.buffer.write(takeaway.FORMATS["zip"].write(made))
"""


@pytest.fixture(scope="module")
def package(real: Catalogue) -> Package:
    """Return a comparison that was pooled although two reasons spoke against it."""
    comparison = comparing.package(real, ASKED, "/v1/compare?asked", action=Action.pool, acknowledged=CODES)
    assert isinstance(comparison, Package)
    return comparison


@pytest.fixture(scope="module")
def body(package: Package) -> bytes:
    """Return its archive."""
    return takeaway.FORMATS["zip"].write(package)


@pytest.mark.slow
def test_the_manifest_holds_for_every_file(body: bytes, package: Package) -> None:
    with ZipFile(io.BytesIO(body)) as zip_file:
        assert zip_file.testzip() is None
        manifest = json.loads(zip_file.read(archive.MANIFEST))
        listed = {each["name"]: each for each in manifest["files"]}
        assert {*listed, archive.MANIFEST} == set(zip_file.namelist())
        for name, each in listed.items():
            assert (hashlib.sha256(zip_file.read(name)).hexdigest(), len(zip_file.read(name))) == (each["sha256"], each["bytes"])
    assert manifest["dataset"] == package.catalogue.version


def test_every_format_is_there_or_told_of_with_the_reason(body: bytes) -> None:
    with ZipFile(io.BytesIO(body)) as zip_file:
        names, readme = set(zip_file.namelist()), zip_file.read(archive.README).decode()
        refused = json.loads(zip_file.read(archive.MANIFEST))["refused"]
    others = [each for each in takeaway.FORMATS.values() if each.name != "zip"]
    assert {each.name for each in others if each.file not in names} == set(refused)
    assert "metainsight" in refused
    assert all(f"{name}: {' '.join(why.split())}" in readme for name, why in refused.items())
    assert all(f"{each.file}: {each.about}" in readme for each in others if each.file in names)


def test_the_acknowledgement_is_written_into_every_file(body: bytes) -> None:
    with ZipFile(io.BytesIO(body)) as zip_file:
        for name in zip_file.namelist():
            if name.endswith(".png"):
                continue  # its notes are drawn, as those of the SVG are
            if name.endswith(".xlsx"):
                text = ZipFile(io.BytesIO(zip_file.read(name))).read("xl/sharedStrings.xml").decode()
            else:
                text = zip_file.read(name).decode()
            if name != archive.MANIFEST:
                assert all(code in text for code in CODES), name
                assert "/v1/compare?asked" in text, name


def test_the_query_can_be_asked_again(body: bytes, package: Package) -> None:
    with ZipFile(io.BytesIO(body)) as zip_file:
        query = json.loads(zip_file.read(archive.QUERY))
    assert query["asked"] == ASKED
    assert (query["synthesise"], query["acknowledged"], query["dataset"]) == ("pool", list(CODES), package.catalogue.version)


@pytest.mark.whole  # the whole archive once more, with all its pictures
@pytest.mark.parametrize("seed", ["4711", "0"])
def test_the_bytes_are_the_same_in_another_process(seed: str, body: bytes, real_directory: Path) -> None:
    process = subprocess.run(
        [sys.executable, "-c", AGAIN, real_directory], capture_output=True, check=False, env={**os.environ, "PYTHONHASHSEED": seed}
    )
    assert process.returncode == 0, process.stderr.decode()
    assert hashlib.sha256(process.stdout).hexdigest() == hashlib.sha256(body).hexdigest()


def test_a_fault_that_is_no_refusal_is_not_hidden(package: Package) -> None:
    def broken(package: Package) -> bytes:
        raise ZeroDivisionError

    def unable(package: Package) -> bytes:
        raise MabgraphError("it cannot")

    with pytest.raises(ZeroDivisionError):
        archive.write(package, [Format("broken", "csv", "text/csv", broken, "broken")], io.BytesIO())
    file = io.BytesIO()
    archive.write(package, [Format("unable", "csv", "text/csv", unable, "unable")], file)
    with ZipFile(file) as zip_file:
        assert json.loads(zip_file.read(archive.MANIFEST))["refused"] == {"unable": "it cannot"}
        assert "unable.csv" not in zip_file.namelist()


def test_no_two_formats_share_a_file(package: Package) -> None:
    files = [each.file for each in takeaway.FORMATS.values()]
    assert len(set(files)) == len(files)


def test_json_ld_is_a_graph_with_the_comparison_as_a_collection(body: bytes, package: Package) -> None:
    with ZipFile(io.BytesIO(body)) as zip_file:
        triples = [each.triple for each in ox.parse(zip_file.read("comparison.jsonld"), ox.RdfFormat.JSON_LD)]
    collection = ox.NamedNode("http://www.w3.org/ns/prov#Collection")
    [named] = {each.subject for each in triples if each.object == collection}
    statements: dict[str, set[str]] = {}
    for each in triples:
        if each.subject == named:
            statements.setdefault(each.predicate.value, set()).add(each.object.value)
    assert statements["http://www.w3.org/ns/prov#hadMember"] == {row.id for row in package.comparison.rows}
    comments = statements["http://www.w3.org/2000/01/rdf-schema#comment"]
    assert f"acknowledged: {', '.join(CODES)}" in comments
    assert any(text.startswith("hazard ratio: overlapping-patients: ") for text in comments)
    assert {row.id for row in package.comparison.rows} <= {each.subject.value for each in triples}


@pytest.mark.parametrize("name", list(takeaway.FORMATS))
def test_the_guide_names_every_format(name: str) -> None:
    assert f"`{name}`" in GUIDE
