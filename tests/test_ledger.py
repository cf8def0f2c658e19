"""The ledger: every numeral of every document is accounted for, and no reason hides what a second reader found."""

from __future__ import annotations

from pathlib import Path

import pytest

from mabgraph.graph.store import vocabulary
from mabgraph.ingest import ledger, record, recordfile
from mabgraph.ingest.documents import open_library
from mabgraph.ingest.errors import RecordError

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
