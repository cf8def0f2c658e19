"""What an analysis says of itself rests on words of the document or on the curator, and every answer says on which."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mabgraph.api.exports import comparing, fhir
from mabgraph.api.exports.package import Package
from mabgraph.graph.building.checking import Checker
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary
from mabgraph.ingest import anchoring, record, recordfile, statedterms
from mabgraph.ingest.documents import open_library
from mabgraph.ingest.errors import MabgraphError, RecordError
from mabgraph.ingest.parts import Quote
from mabgraph.ingest.record import Analysis

DATA = Path(__file__).parent / "data"


def analysis(*quotes: str, **more: object) -> Analysis:
    """Return an analysis with ``quotes``, each a hundred characters after the one before."""
    printed = tuple(Quote(quote=quote, at=100 * number) for number, quote in enumerate(quotes, 1))
    own = {"id": "a", "label": "A", "method": "cox-regression", "population": "intention-to-treat"} | more
    return Analysis(**own, printed=printed)  # type: ignore[arg-type]


def test_a_term_without_a_mark_is_the_curators() -> None:
    stated = statedterms.nodes_of(analysis("all [as randomised](population)"), "a", "d")
    assert [(node["label"], node["basis"], node["statedTerm"]) for node in stated] == [
        ("population: printed, characters 104–117", "printed-in-document", ["intention-to-treat"]),
        ("method: stated by the curator", "stated-by-curator", ["cox-regression"]),
    ]
    [anchor] = stated[0]["anchoredAt"]
    assert (anchor["selector"][0]["start"], anchor["selector"][1]["exact"]) == ("104", "as randomised")
    assert "anchoredAt" not in stated[1]


def test_factors_are_stated_one_by_one() -> None:
    quotes = ("by [age](age-factor.adjusted_for) and", "[sex](sex-factor.adjusted_for)")
    factors = ("age-factor", "sex-factor", "obesity-factor")
    stated = statedterms.nodes_of(analysis(*quotes, adjusted_for=factors), "a", "d")
    assert [(node["id"].rpartition(".")[2], node["label"]) for node in stated[2:]] == [
        ("adjusted-for", "adjustment (age factor, sex factor): printed, characters 103–203"),
        ("adjusted-for-by-curator", "adjustment (obesity factor): stated by the curator"),
    ]
    [whole] = statedterms.nodes_of(analysis("[the usual factors](adjusted_for)", adjusted_for=factors), "a", "d")[2:]
    assert (whole["statedTerm"], whole["basis"]) == (list(factors), "printed-in-document")


@pytest.mark.parametrize(
    ("quote", "message"),
    [
        ("a [log-rank test](test)", r"\[log-rank test\]\(test\): the analysis has no test: add the term"),
        ("by [age](age-factor.population)", r"'age-factor' is no population of the analysis; it has intention-to-treat"),
        ("P [0.05](p_value)", r"\[0\.05\]\(p_value\): quotes of an analysis mark its population, .* write numbers in facts"),
        ("registered as [NCT00000000](registration)", r"quotes of an analysis mark its population"),
        ("all as randomised", r"of an analysis marks nothing"),
    ],
)
def test_a_mark_that_states_nothing_of_the_analysis_is_refused(quote: str, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        statedterms.nodes_of(analysis(quote), "a", "d")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"again as [0.7](value)"', '"again [as](population) [0.7](value)"', r"states how an analysis was done: mark it in a quote of the analysis"),
        ('"Authors warn of small numbers"', '"[Authors](method) warn of small numbers"', r"states how an analysis was done"),
    ],
)  # fmt: skip
def test_a_statement_elsewhere_than_in_an_analysis_is_a_fault_of_the_record(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "example-2020.yaml"
    path.write_text((DATA / "records" / "example-2020.yaml").read_text("utf-8").replace(old, new), "utf-8")
    faults = Checker(None).check(path).faults
    assert any(message in fault for fault in faults), faults


def test_a_quote_of_an_analysis_is_anchored_as_others_are(tmp_path: Path) -> None:
    library = open_library(DATA / "documents")
    path = tmp_path / "example-2020.yaml"
    text = (DATA / "records" / "example-2020.yaml").read_text("utf-8")
    marked = 'population: intention-to-treat, printed: [{quote: "patients were [assigned](population)"}]}'
    path.write_text(text.replace("population: intention-to-treat}", marked), "utf-8")
    path.write_text(anchoring.anchor(recordfile.load(path), library), "utf-8")
    assert Checker(library).check(path).faults == ()
    [quote] = record.load(path)[0].analyses[0].printed
    assert quote.at == 69
    path.write_text(path.read_text("utf-8").replace("[assigned]", "[asigned]"), "utf-8")
    with pytest.raises(MabgraphError, match="the nearest is"):
        anchoring.anchor(recordfile.load(path), library)


def test_every_estimate_with_an_analysis_says_what_it_rests_on(real: Catalogue) -> None:
    rows = real.ask("estimates", {})
    assert all((row["analysis"] is None) == (row["analysis_basis"] is None) for row in rows)
    [row] = [row for row in rows if str(row["estimate"]).endswith("kantarjian-2017.overall-survival-hazard-ratio")]
    stated = dict(line.split(": ") for line in str(row["analysis_basis"]).splitlines())
    assert stated.keys() == {"population", "method", "test", "censoring"}
    assert stated["censoring"] == "stated by the curator"
    assert stated["population"].startswith("printed, characters ")


def test_shipped_statements_stand_at_their_places(real: Catalogue, documents: Path) -> None:
    library, places = open_library(documents), 0
    for path in sorted(vocabulary.RECORDS.glob("*.yaml")):
        text = library.text(path.stem)
        for each in record.load(path)[0].analyses:
            for node in statedterms.nodes_of(each, each.id, path.stem):
                for anchor in node.get("anchoredAt", ()):
                    position, quote = anchor["selector"]
                    assert text is not None
                    assert text.text[int(position["start"]) : int(position["end"])] == quote["exact"]
                    places += 1
    assert places > 60


def test_a_fhir_resource_says_what_is_the_curators(real: Catalogue) -> None:
    package = comparing.package(real, {"estimate": ["estimate/kantarjian-2017.overall-survival-hazard-ratio"]}, "/v1/compare?asked")
    assert isinstance(package, Package)
    [evidence] = [each["resource"] for each in json.loads(fhir.bundle(package))["entry"] if each["resource"]["resourceType"] == "Evidence"]
    assert "stated by the curator of the record, not printed: censoring" in [note["text"] for note in evidence["note"]]
