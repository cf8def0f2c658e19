"""The unit of analysis: what a result counts or describes, by the words at its number."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from mabgraph.graph.compare import compare
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary
from mabgraph.ingest import record, recordfile, results
from mabgraph.ingest.errors import RecordError

from .conftest import DATA

RECORDS: Final = sorted(vocabulary.RECORDS.glob("*.yaml"))
#: What is not counted in patients, in each record; every result was read against its document.
OTHERS: Final = {
    "blasts": {"cd19-expression-on-blasts"},
    "case reports": {"haematologic-cancer-in-registry"},
    "people": {"infections-worldwide", "deaths-worldwide"},
    "events": {
        "serious-adverse-event-rate.blinatumomab-treated", "serious-adverse-event-rate.chemotherapy-treated", "rituximab-severe-reactions",
        "backbone-grade-three-infusion-reactions", "backbone-grade-four-infusion-reactions", "monotherapy-grade-four-reactions",
        "lenalidomide-grade-four-infusion-reactions", "monotherapy-discontinuations", "sirius-grade-four-infusion-reactions", "sirius-discontinuation-events",
        "gen501-discontinuation-infusion-reactions", "major-transfusion-events",
    },
    "unit of analysis not stated": {
        "rituximab-fourth-infusion-reactions", "rituximab-eighth-infusion-reactions", "pomalidomide-severe-anaemia",
        "pomalidomide-severe-leukopenia", "pomalidomide-severe-neutropenia", "pomalidomide-severe-thrombocytopenia",
        "lenalidomide-serious-infection",
    },
}  # fmt: skip
#: Words of a quote that say what its number counts, by the unit they mean.
WORDS: Final = {"case reports": r"\bcase reports\b", "events": r"patient-years"}


def test_every_result_says_what_it_counts(real: Catalogue) -> None:
    counted: dict[str, set[str]] = {}
    for row in real.ask("estimates"):
        counted.setdefault(str(row["unit_of_analysis"]), set()).add(str(row["estimate"]).rsplit("/", 1)[1].partition(".")[2])
    patients = counted.pop("patients")
    assert counted == OTHERS
    assert len(patients) > 500


def test_a_result_with_the_word_for_what_it_counts_has_that_unit(real: Catalogue) -> None:
    """The quotes of a result, without the words that its variable and group are named by, say what they count."""
    units = {str(row["estimate"]): row for row in real.ask("estimates")}
    quoted: dict[str, str] = {}
    for row in real.ask("figures"):
        if str(row["node"]) in units:
            quoted[str(row["node"])] = quoted.get(str(row["node"]), "") + f" {row['prefix']}{row['exact']}{row['suffix']}"
    seen: Counter[str] = Counter()
    for estimate, text in quoted.items():
        for unit, words in WORDS.items():
            if re.search(words, text):
                assert units[estimate]["unit_of_analysis"] == unit, (estimate, text)
                seen[unit] += 1
    assert set(seen) == WORDS.keys()


def test_a_rate_by_time_counts_events(real: Catalogue) -> None:
    for row in real.ask("estimates"):
        if "patient-years" in str(row["unit"]):
            assert row["unit_of_analysis"] == "events", row["estimate"]


def test_figures_of_results_have_the_unit_of_analysis_and_others_none(real: Catalogue) -> None:
    units = {str(row["estimate"]): row["unit_of_analysis"] for row in real.ask("estimates")}
    for row in real.ask("figures"):
        assert row["unit_of_analysis"] == units.get(str(row["node"])), row["figure"]


def test_results_that_count_different_things_are_not_in_one_set(real: Catalogue) -> None:
    compared = compare.compare(real, {"endpoint": ["antigen expression"]})
    assert [each.name for each in compared.sets] == ["proportion, percent, of blasts", "proportion, percent"]
    assert [len(each.rows) for each in compared.sets] == [1, 2]
    for each in compared.sets:
        assert len({row.row["unit_of_analysis"] for row in each.rows}) == 1


def test_counts_of_other_things_are_not_taken_for_independent_patients(real: Catalogue) -> None:
    [[row]] = [each.rows for each in compare.compare(real, {"estimate": ["estimate/thompson-2021.haematologic-cancer-in-registry"]}).sets]
    assert (row.row["count"], row.row["total"], row.has_counts) == (1761, 8209, False)
    assert all(row["number"] != 8209 for row in real.ask("patients"))


def read(text: str) -> record.Record:
    return record.validate(recordfile.parse(text, Path("example-2020.yaml")))


TEXT: Final = (DATA / "records" / "example-2020.yaml").read_text("utf-8")


def test_a_record_says_what_its_results_count() -> None:
    assert read(TEXT).unit_of_analysis == "patients"
    with pytest.raises(RecordError, match="unit_of_analysis"):
        read(TEXT.replace("unit_of_analysis: patients\n", ""))


@pytest.mark.parametrize("path", RECORDS, ids=[path.stem for path in RECORDS])
def test_a_unit_of_its_own_differs_from_that_of_the_record(path: Path) -> None:
    one, _ = record.load(path)
    for result in results.expand_record(one):
        assert result.settings.unit_of_analysis != one.unit_of_analysis, f"{result.id}: leave it out"


def test_a_table_gives_its_unit_of_analysis_to_its_rows_and_a_row_has_its_own() -> None:
    table = record.Table.model_validate(
        {
            "id": "t", "label": "Table", "cells": "| [a.count] |", "measure": "count", "unit_of_analysis": "samples",
            "rows": [
                {"id": "one", "variable": "v", "quote": "one | 3 |", "at": 0},
                {"id": "two", "variable": "v", "quote": "two | 4 |", "at": 9, "unit_of_analysis": "cells"},
            ],
        }
    )  # fmt: skip
    units = [result.settings.unit_of_analysis for _, row in results.expand_table(table, frozenset()) for result in row]
    assert units == ["samples", "cells"]
