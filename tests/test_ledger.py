"""The ledger: every numeral of every document is accounted for, and no reason hides what a second reader found."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from mabgraph.graph.building.checking import Checker
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary
from mabgraph.ingest import anchoring, ledger, record, recordfile, seals
from mabgraph.ingest.documents import open_library
from mabgraph.ingest.errors import RecordError

from .conftest import SHIPPED

DATA = Path(__file__).parent / "data"
RECORD = DATA / "records" / "example-2020.yaml"
DOCUMENTS = sorted(path.stem for path in vocabulary.RECORDS.glob("*.yaml"))


def of_example(more: str) -> ledger.Ledger:
    """Return the ledger of the invented document with ``more`` written into its record."""
    file = recordfile.parse(RECORD.read_text("utf-8") + more, RECORD)
    text = open_library(DATA / "documents").text("example-2020")
    assert text is not None
    return ledger.build_ledger(record.validate(file), file, text)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_numeral_of_a_document_is_unaccounted(document: str, documents: Path) -> None:
    text = open_library(documents).text(document)
    assert text is not None
    accounts = ledger.build_ledger(*record.load(vocabulary.RECORDS / f"{document}.yaml"), text)
    assert [(entry.start, entry.printed) for entry in accounts.entries if entry.status == "unaccounted"] == []
    assert accounts.idle == (), "take out the reasons that account for nothing"


def test_a_numeral_nobody_explains_is_unaccounted() -> None:
    ledger = of_example("")
    assert "90" in [entry.printed for entry in ledger.entries if entry.status == "unaccounted"]
    assert next(entry for entry in ledger.entries if entry.printed == "0.70").by.startswith(
        "figure/example-2020.survival-hazard-ratio.value"
    )


def test_a_pattern_and_a_region_account_for_numerals() -> None:
    more = "not_evidence:\n  - {reason: wording, pattern: '90 patients'}\n  - reason: wording\n    start: {quote: '2:1', at: 99}\n    end: {quote: 'standard care (30', at: 140}\n"
    ledger = of_example(more)
    assert next(entry for entry in ledger.entries if entry.printed == "90").status == "not evidence"
    assert ledger.idle == ()


def test_a_reason_does_not_hide_what_is_anchored() -> None:
    ledger = of_example("not_evidence:\n  - {reason: wording, pattern: '(?s).*'}\n")
    assert ledger.count("unaccounted") == 0
    assert next(entry for entry in ledger.entries if entry.printed == "0.70").status == "anchored"


def test_a_reason_that_accounts_for_nothing_is_idle() -> None:
    ledger = of_example("not_evidence:\n  - {reason: wording, pattern: 'nowhere'}\n")
    assert [reason.pattern for reason in ledger.idle] == ["nowhere"]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{reason: wording}", "give a pattern, or a start and an end"),
        ("{reason: wording, pattern: '['}", "the pattern cannot be read"),
        ("{reason: wording, start: {quote: 'a', at: 1}}", "give a pattern, or a start and an end"),
    ],
)
def test_a_reason_without_a_place_is_refused(entry: str, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        of_example(f"not_evidence:\n  - {entry}\n")


REASONS = "not_evidence:\n  - {reason: wording, pattern: '90 patients'}\n  - {reason: part-of-unit, pattern: '2:1'}\n"


def anchored_with(tmp_path: Path, more: str = "") -> Path:
    """Return a copy of the invented record with ``more`` in it, anchored, where its text is at hand."""
    path = tmp_path / RECORD.name
    text = RECORD.read_text("utf-8").replace("ledger:\n", f"{more}ledger:\n")
    path.write_text(anchoring.anchor(recordfile.parse(text, path), open_library(DATA / "documents")), "utf-8")
    return path


def test_anchoring_writes_the_ledger_under_the_seal(tmp_path: Path) -> None:
    path = anchored_with(tmp_path, REASONS)
    typed_record, file = record.load(path)
    text = open_library(DATA / "documents").text("example-2020")
    assert text is not None
    assert typed_record.ledger is not None
    assert typed_record.ledger.numerals == len(ledger.build_ledger(typed_record, file, text).entries)
    for each in typed_record.ledger.not_evidence:
        assert all(ledger.numeral_at(text.text, start) for start in each.at)
    assert [(each.reason, len(each.at)) for each in typed_record.ledger.not_evidence] == [("part-of-unit", 2), ("wording", 1)]
    assert seals.seal_fault(file) is None
    changed = recordfile.parse(file.text.replace("  unaccounted: 5", "  unaccounted: 4"), path)
    assert changed.text != file.text
    assert seals.seal_fault(changed) is not None
    again = anchoring.anchor(file, open_library(DATA / "documents"))
    assert again == file.text
    fewer = anchoring.anchor(recordfile.parse(file.text.replace(REASONS, ""), path), open_library(DATA / "documents"))
    assert "not_evidence" not in fewer


def test_a_record_without_a_ledger_is_sound(tmp_path: Path) -> None:
    """Records that were sealed before the ledger was under the seal are read as before."""
    path = tmp_path / RECORD.name
    typed = recordfile.load(RECORD)
    data = {key: value for key, value in typed.data.items() if key != "ledger"}
    text = recordfile.write_block(typed, "ledger", "").replace(typed.data["sealed"], seals.seal(data))
    path.write_text(text, "utf-8")
    assert Checker(open_library(DATA / "documents")).check(path).faults == ()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  anchored: 17", "  anchored: 18", "ledger.anchored: the record says 18, the text gives 17"),
        ("  unaccounted: 5", "  unaccounted: 0", "ledger.unaccounted: the record says 0, the text gives 5"),
        ("    - reason: wording", "    - reason: list-number", "ledger.not_evidence: list-number: the record names 1, the text gives 0"),
        ("at: [98, 100]", "at: [98, 102]", "part-of-unit: the record names 2, the text gives 2 (first at 100, 102)"),
        ("at: [98, 100]", "at: [98]", "part-of-unit: the record names 1, the text gives 2 (first at 100)"),
    ],
)  # fmt: skip
def test_a_sealed_ledger_that_the_text_does_not_give_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    """Whoever changes the ledger and seals the record anew without the text is found out where the text is."""
    path = anchored_with(tmp_path, REASONS)
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    changed = recordfile.parse(text.replace(old, new), path)
    path.write_text(changed.text.replace(changed.data["sealed"], seals.seal(changed.data)), "utf-8")
    checker = Checker(open_library(DATA / "documents"))
    faults = checker.check(path).faults
    assert any(message in fault and "run mabgraph anchor" in fault for fault in faults), faults
    assert all("not_evidence" in fault or "ledger" in fault for fault in faults)


def test_the_graph_says_what_the_records_say(real: Catalogue) -> None:
    for document in SHIPPED:
        typed_record, _ = record.load(vocabulary.RECORDS / f"{document}.yaml")
        assert typed_record.ledger is not None
        rows = real.ask("ledger", {"document": document})
        assert sum(int(str(row["numerals"])) for row in rows) == typed_record.ledger.numerals
        by_reason = {vocabulary.local_name(str(row["reason_id"])): row["numerals"] for row in rows if row["status"] == "not evidence"}
        assert by_reason == {each.reason: len(each.at) for each in typed_record.ledger.not_evidence}
        places = sorted(int(str(row["start"])) for row in real.ask("ledger-places", {"document": document}))
        assert places == sorted(start for each in typed_record.ledger.not_evidence for start in each.at)


def test_a_document_has_its_ledger_and_a_list_of_documents_its_counts(real_client: TestClient, real: Catalogue) -> None:
    one = real_client.get("/v1/documents/kantarjian-2017").json()
    by_status: dict[str, int] = {}
    for row in one["ledger"]:
        by_status[row["status"]] = by_status.get(row["status"], 0) + row["numerals"]
    counts = {name: one[name] for name in ("numerals", "anchored", "not_evidence", "unaccounted")}
    assert counts == {"numerals": sum(by_status.values()), **{name.replace(" ", "_"): count for name, count in by_status.items()}}
    brief = next(row for row in real_client.get("/v1/documents").json()["items"] if row["id"] == one["id"])
    assert {name: brief[name] for name in counts} == counts
    assert "ledger" not in brief
    whole = real_client.get("/v1/documents?fields=all").json()["items"]
    assert next(row for row in whole if row["id"] == one["id"])["ledger"] == one["ledger"]
