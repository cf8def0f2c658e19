"""Short rows: what their quotes are read as, what is refused, and that a record in either form states the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mabgraph.graph.building import quads
from mabgraph.graph.store import vocabulary
from mabgraph.ingest import anchoring, nodes, record, recordfile, shortening, shortrows, verification
from mabgraph.ingest.documents import open_library
from mabgraph.ingest.drafting import nonvalues
from mabgraph.ingest.errors import RecordError
from mabgraph.ingest.seals import seal

DATA = Path(__file__).parent / "data"
EXAMPLE = DATA / "records" / "example-2020.yaml"
RECORDS = sorted(vocabulary.RECORDS.glob("*.yaml"))


def expand(**row: Any) -> dict[str, Any]:
    return shortrows.expand_row({"group": "arm-a", "endpoint": "overall-survival"} | row)


def test_a_row_of_three_keys_is_written_out() -> None:
    assert expand(quote="overall survival 7.7 months (95% CI, 5.6 to 9.6)") == {
        "id": "overall-survival-median-arm-a", "variable": "overall-survival", "group": "arm-a", "measure": "median", "unit": "months",
        "printed": [{"quote": "overall survival [7.7](value) months ([95](level)% CI, [5.6](lower) to [9.6](upper))"}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "stated"),
    [
        ({"quote": "median (range), 9 (5 to 17) days"}, {"measure": "median", "unit": "days", "interval": "range"}),
        ({"quote": "in 41 of 322 patients (12.7%)", "endpoint": "death"}, {"measure": "proportion"}),
        ({"quote": "24-month survival was 87.3%"}, {"measure": "survival-probability", "unit": "percent", "time_unit": "months"}),
        ({"quote": "was 118", "measure": "count", "id": "mine"}, {"id": "mine", "measure": "count"}),
        ({"quote": "seen in at least 12 of them", "measure": "count"}, {"printed": [{"quote": "seen in [at least 12](count) of them"}]}),
        ({"quote": "a mean of 7.7 months (95% CI, 5.6 to 9.6)"}, {"measure": "mean"}),
        ({"quote": "was [7.7](value) months", "measure": "median"}, {"printed": [{"quote": "was [7.7](value) months"}]}),
        ({"quote": "was 7.7 months (95% CI, 5.6 to 9.6)", "unit": "weeks"}, {"unit": "weeks"}),
    ],
)
def test_what_a_row_states_counts_before_what_its_quote_says(row: dict[str, Any], stated: dict[str, Any]) -> None:
    assert stated.items() <= expand(**row).items()


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"quote": "7.7 months (95% CI, 5.6 to 9.6) versus 4.0 months (95% CI, 2.9 to 5.3)"}, "several ways"),
        ({"quote": "the same in both groups"}, "nothing is read"),
        ({"quote": "was 7.7 months (95% CI, 5.6 to 9.6) in 271 patients"}, "271 is left"),
        ({"quote": "median 7.7 months (5.6 to 9.6)"}, "which kind of bounds"),
        ({"quote": "was 7.7 points (95% CI, 5.6 to 9.6)", "endpoint": "quality-of-life"}, "say measure:"),
        ({"quote": "was 7.7 months (95% CI, 5.6 to 9.6)", "comparison": "a-versus-b"}, "one of the two"),
        ({"quote": "was 7,7 months (95% CI, 5,6 to 9,6)", "measure": "median"}, "nothing is read"),
        ({"quote": "was 7.7 months (95% CI, 5.6 to 9.6)", "variable": "death"}, "keep one"),
    ],
)
def test_a_quote_that_can_be_read_in_several_ways_is_refused_with_them(row: dict[str, Any], words: str) -> None:
    with pytest.raises(RecordError, match=words):
        expand(**row)


def test_the_fault_of_a_short_row_names_its_line() -> None:
    file = recordfile.parse("document: {id: a}\nresults:\n  - {group: g, endpoint: death, quote: nothing}\n", Path("a.yaml"))
    with pytest.raises(RecordError, match=r"a\.yaml:3: results\[0\]\.quote: nothing is read"):
        record.validate(file)


def test_a_fault_in_what_a_short_row_states_names_its_line() -> None:
    text = EXAMPLE.read_text("utf-8").replace(
        "results:\n", 'results:\n  - {group: nobody, endpoint: overall-survival, quote: "median 7.7 months"}\n', 1
    )
    file = recordfile.parse(text, Path(EXAMPLE.name))
    line = text[: text.index("group: nobody")].count("\n") + 1
    with pytest.raises(RecordError, match=rf"example-2020\.yaml:{line}: results\[0\] \(overall-survival-median-nobody\): "):
        list(nodes.of_record(record.validate(file), file))


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_marks_that_a_quote_does_not_need_change_no_quad(path: Path) -> None:
    """The shipped records with every row as long, and with every row as short as it can be, are the same statements with the same seal."""
    file = recordfile.load(path)
    lengthened = recordfile.RecordFile(path, file.text, shortrows.expand(file))
    rows = [shortening.shorten_row(row) or row for row in lengthened.data["results"]]
    shortened = recordfile.RecordFile(path, file.text, file.data | {"results": rows})
    assert sum("quote" in row for row in rows) >= 10
    assert seal(shortened.data) == seal(lengthened.data) == file.data["sealed"]
    stated = [quads.of_record(record.validate(each), each) for each in (lengthened, shortened)]
    assert list(stated[0]) == list(stated[1])


def test_a_record_is_shortened_in_place_and_verified() -> None:
    library = open_library(DATA / "documents")
    file = recordfile.load(EXAMPLE)
    short = recordfile.parse(shortening.shorten(file), EXAMPLE)
    assert len(short.text) <= len(file.text)
    assert seal(short.data) == seal(file.data)
    assert verification.check(short, library).faults == verification.check(file, library).faults == ()
    assert anchoring.anchor(short, library) == short.text


def test_a_row_with_a_comment_stays_as_it_is() -> None:
    text = 'results:\n  - id: long\n    variable: death  # mine\n    group: g\n    measure: proportion\n    printed:\n      - {quote: "in [31](percent)% of them", at: 3}\n'
    assert shortening.shorten(recordfile.parse(text, Path("a.yaml"))) == text
    short = shortening.shorten(recordfile.parse(text.replace("  # mine", ""), Path("a.yaml")))
    assert short == 'results:\n  - {id: long, variable: death, group: g, quote: "in 31% of them", at: 3}\n'


def test_a_rule_that_reads_a_quote_in_another_way_breaks_the_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"group": "g", "endpoint": "overall-survival", "quote": "overall survival 7.7 months (95% CI, 5.6 to 9.6)"}
    before = seal({"results": [row]})
    assert before == seal({"results": [shortrows.expand_row(row)]})
    monkeypatch.setitem(nonvalues.TIME_UNITS, "months", "weeks")
    assert before != seal({"results": [row]})


def test_a_row_that_cannot_be_read_hides_no_quote_that_is_not_at_its_place() -> None:
    file = recordfile.load(EXAMPLE)
    broken = file.text.replace("results:\n", 'results:\n  - {group: g, endpoint: death, quote: "nothing"}\n', 1)
    place = broken.index("at: ", broken.index('quote: "nothing"')) + len("at: ")
    moved = recordfile.parse(f"{broken[:place]}1{broken[place:]}", EXAMPLE)
    faults = verification.check(moved, open_library(DATA / "documents")).faults
    assert "nothing is read in the quote" in faults[0]
    assert any("the document has" in fault for fault in faults[1:])
