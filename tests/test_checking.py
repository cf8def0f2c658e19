"""A check of one record finds everything that a build refuses, at once, each with file, line, key and remedy."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import pytest

from mabgraph.graph.building import build
from mabgraph.graph.building.build import Inputs
from mabgraph.graph.building.checking import Checker
from mabgraph.ingest import anchoring, recordfile
from mabgraph.ingest.documents import open_library
from mabgraph.ingest.errors import MabgraphError

from .commandline import run

#: Long lists, or much that is written.
pytestmark = pytest.mark.slow

DATA = Path(__file__).parent / "data"
RECORD = DATA / "records" / "example-2020.yaml"
TEXT = RECORD.read_text("utf-8")
LIBRARY = open_library(DATA / "documents")

#: What is changed in the record, and what the line of its fault says.
FAULTS = {
    "unknown key": (("label: EXAMPLE\n", "lable: EXAMPLE\n"), r":11: studies\[0\]\.lable: unknown key 'lable'"),
    "unknown measure": (("measure: hazard-ratio", "measure: hazrd-ratio"), r":53: results\[1\]\.measure: .*'hazrd-ratio' is not a term: the nearest are hazard-ratio"),
    "unknown method": (("method: cox-regression", "method: cox-regresion"), r":35: analyses\[0\]\.method: .*the nearest are cox-regression"),
    "unknown drug": (("drug: [blinatumomab]\n    doses", "drug: [blinatumab]\n    doses"), r":21: regimens\[0\]\.drug: .*'blinatumab' is not a term: the nearest are blinatumomab"),
    "unlike every term": (("population: intention-to-treat", "population: qqqqqqqqqq"), r"analyses\[0\]\.population: .*no term is like it"),
    "another name of a drug": (("drug: [blinatumomab]\n    doses", "drug: [Blincyto]\n    doses"), r"drug: .*'Blincyto' is not a term but a name of blinatumomab: write blinatumomab"),
    "a drug to be added": (("drug: [blinatumomab]\n    doses", "drug: [zzz-mab]\n    doses"), r"add a new one with mabgraph term drug 'zzz mab'"),
    "a kind of document to be added": (("document_kind: primary-report", "document_kind: poster"), r"add a new one with mabgraph term document-kind poster"),
    "unknown group": (("comparator: standard-care}", "comparator: standard}"), r":33: comparisons\[0\] \(versus-standard-care\): comparator 'standard' is no group of this record"),
    "a part twice": (("  - id: survival-hazard-ratio\n", "  - id: survival-median\n"), r"\(survival-median\): this id is used twice"),
    "a claim about nothing": (("about: [survival-hazard-ratio,", "about: [survival-ratio,"), r"claims\[0\].*'survival-ratio': no part of this record"),
    "missing that is there": (("    measure: hazard-ratio\n", "    measure: hazard-ratio\n    not_reported: [missing-interval]\n"), r"survival-hazard-ratio.*takes? that out of not_reported|take that out of not_reported"),
    "another place": (("at: 220}", "at: 221}"), r":49: results\[0\]\.printed\[1\]\.quote"),
    "words without a figure": (("text: The trial was small.", "text: The trial had 12 patients."), r"its text says 12, which no figure of this part prints"),
}  # fmt: skip


def changed(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    """Write the record with ``changes``, sealed again where it can be."""
    text = TEXT
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = tmp_path / RECORD.name
    path.write_text(text, "utf-8")
    with suppress(MabgraphError):
        path.write_text(anchoring.anchor(recordfile.load(path), LIBRARY), "utf-8")
    return path


def faults_of(path: Path) -> tuple[str, ...]:
    return Checker(LIBRARY).check(path).faults


def test_a_sound_record_has_no_fault() -> None:
    checked = Checker(LIBRARY).check(RECORD)
    assert (checked.faults, checked.figures, checked.text_seen) == ((), 17, True)
    assert not Checker(None).check(RECORD).text_seen


@pytest.mark.parametrize("name", FAULTS)
def test_what_a_build_refuses_is_found_with_its_place_and_remedy(tmp_path: Path, name: str) -> None:
    change, pattern = FAULTS[name]
    path = changed(tmp_path, change)
    faults = faults_of(path)
    assert any(re.search(pattern, fault) for fault in faults), faults
    assert all(fault.startswith(f"{path}:") for fault in faults), faults
    with pytest.raises(MabgraphError):
        build.build(Inputs((path,), library=LIBRARY), tmp_path / "dataset")


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    names = ("unknown measure", "unknown method", "unknown drug", "unknown group", "a claim about nothing")
    faults = faults_of(changed(tmp_path, *(FAULTS[name][0] for name in names)))
    for name in names:
        assert any(re.search(FAULTS[name][1], fault) for fault in faults), name


def test_a_reason_of_the_ledger_that_accounts_for_nothing_is_a_fault(tmp_path: Path) -> None:
    reasons = 'not_evidence:\n  - {reason: affiliation, pattern: "zzz[0-9]+"}\n  - {reason: list-number, pattern: "2:1"}\n'
    faults = faults_of(changed(tmp_path, ("sealed: ", f"{reasons}sealed: ")))
    assert [fault.partition(": ")[2] for fault in faults] == [
        "not_evidence[0]: the reason 'affiliation' accounts for no numeral of the document: correct it or take it out"
    ]


@pytest.mark.slow
def test_terms_of_a_workspace_are_known(tmp_path: Path) -> None:
    path = changed(tmp_path, ("method: cox-regression", "method: invented-regression"))
    assert len(faults_of(path)) == 1
    (tmp_path / "terms.ttl").write_text(
        "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n"
        "<concept/invented-regression> a skos:Concept ; skos:prefLabel 'invented regression'@en ; skos:inScheme <concept/scheme/analysis-methods> .\n",
        "utf-8",
    )
    assert Checker(LIBRARY, (tmp_path,)).check(path).faults == ()
    assert any("invented-regression" in fault for fault in Checker(LIBRARY, (tmp_path,)).check_terms()), "it has no definition"
    assert Checker(LIBRARY).check_terms() == []
    assert "invented-regression" in run("check", path, "--ontology", tmp_path, "--documents", DATA / "documents", code=1).stderr


def test_the_command_lists_every_fault_and_counts_them(tmp_path: Path) -> None:
    path = changed(tmp_path, FAULTS["unknown measure"][0], FAULTS["unknown drug"][0])
    done = run("check", path, "--documents", DATA / "documents", code=1)
    assert len(done.stderr.splitlines()) == int(done.stdout.split()[3])
    assert "hazrd-ratio" in done.stderr
    assert "blinatumab" in done.stderr
