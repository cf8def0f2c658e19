"""A second report of a study changes no answer that was there: not a row of any question, nor of any list by REST.

Five reports are laid over a dataset: of another cut-off, an abstract, a news item, a registry record and a review. They name, design and
number the study otherwise, and have numbers of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox
import pytest

from mabgraph.api.collections.resources import COLLECTIONS, ESTIMATES, TRIALS, Collection
from mabgraph.graph.building import build
from mabgraph.graph.network import network
from mabgraph.graph.questions import catalogue, question
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary
from mabgraph.graph.store.store import EngineStore
from mabgraph.ingest.errors import UnknownName

from . import quick, reports

#: What is tried here takes a second and more, each.
pytestmark = pytest.mark.slow

DATA = Path(__file__).parent / "data" / "records"
#: Questions that count what a dataset holds, which is more with a further document, or that describe the whole of it.
COUNTING: Final = frozenset(
    {"class-properties", "class-values", "concerned", "dataset", "graphs", "properties", "result-counts", "service", "size"}
)
#: Columns that name or count the documents and rows that there are.
GROWING: Final = {("trials", "documents")}
#: Documents of which studies are reported once more.
REPORTED: Final = frozenset({"example-2020", "kantarjian-2017"})
#: Questions that tell of a document what another one contradicts it in.
CONTRADICTING: Final = frozenset({"discrepancies", "discrepancies-page"})
#: So many rows of one list are compared by REST.
MOST: Final = 1_000

Row = tuple[tuple[str, str], ...]


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Catalogue]:
    """Return the catalogues of the invented dataset and of mabgraph's own."""
    return {name: opened(build.Inputs(build.records_of(folder)), tmp_path_factory.mktemp(name)) for name, (folder, _) in OVER.items()}


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Catalogue]:
    """Return the same with further reports laid over each."""
    folders = {name: tmp_path_factory.mktemp(f"{name}-more") for name in OVER}
    laid = {name: reports.laid_over(folders[name] / "over", more, folder) for name, (folder, more) in OVER.items()}
    return {name: opened(inputs, folders[name]) for name, inputs in laid.items()}


def opened(inputs: build.Inputs, folder: Path) -> Catalogue:
    with quick.quick_builds():
        build.build(inputs, folder / "dataset")
    return catalogue.open_current(folder / "dataset")


#: The folders of two datasets, and the reports that are laid over them. Their names stand before and behind those of the documents.
OVER: Final = {
    "example": (DATA, reports.five("example", "a-example", reports.Hazard("0.70", "0.50", "0.98"), population="as-treated")),
    "real": (
        vocabulary.RECORDS,
        (
            *reports.five("tower", "tower"),
            *reports.five("gen501", "z-gen501", condition=reports.MYELOMA, drug="daratumumab"),
            reports.Report("z-pollux", "pollux", "POLLUX", condition=reports.MYELOMA, drug="daratumumab", population="as-treated"),
        ),
    ),
}


def asks(name: str, known: Catalogue) -> Iterator[dict[str, Any]]:
    """Yield what a question can be asked of the documents that were there: all, its examples, and one document after another."""
    asked = question.load(name)
    if not any(parameter.required for parameter in asked.parameters):
        yield {}
    yield from asked.examples
    if any(parameter.name == "document" for parameter in asked.parameters):
        names = {vocabulary.local_name(str(row["id"])) for row in known.ask("documents")}
        yield from ({"document": name} for name in sorted(names & REPORTED))


def rows_of(known: Catalogue, name: str, asked: dict[str, Any]) -> list[Row]:
    """Return the rows of an answer, without what names or counts the documents that there are."""
    without = {"total"} if question.load(name).is_paged else set()
    without |= {column for of, column in GROWING if of == name}
    return [tuple((column, str(value)) for column, value in row.items() if column not in without) for row in known.ask(name, asked)]


def answers(known: Catalogue, name: str, asked: dict[str, Any]) -> list[Row]:
    stated = question.load(name)
    if stated.columns.keys() == {"graph"}:
        return [(("triple", str(triple)),) for triple in stated.construct(known.dataset.store, asked)]
    return rows_of(known, name, asked)


def lost(earlier: Iterable[Row], later: Iterable[Row]) -> list[Row]:
    """Return the rows that are no longer there."""
    return sorted(set(earlier) - set(later))


@pytest.mark.parametrize("name", [name for name in question.list_names() if name not in COUNTING])
@pytest.mark.parametrize("dataset", OVER)
def test_a_further_report_leaves_every_row_as_it_was(
    dataset: str, name: str, before: dict[str, Catalogue], after: dict[str, Catalogue]
) -> None:
    for asked in asks(name, before[dataset]):
        try:
            earlier = answers(before[dataset], name, asked)
        except UnknownName:
            continue  # an example that names what this dataset has not
        later = answers(after[dataset], name, asked)
        assert lost(earlier, later) == [], asked
        if "document" in asked and name not in CONTRADICTING:
            assert earlier == later, f"a document that was there says the same: {asked}"


def items_of(known: Catalogue, collection: Collection, filters: dict[str, Any]) -> tuple[dict[str, dict[str, Any]], int, int]:
    """Return the rows of a list by REST by their names, how many there are, and the total that it states."""
    rows, total = collection.find(known, filters, MOST, 0)
    without = {"dataset", *(column for of, column in GROWING if of == collection.name)}
    return {str(row["id"]): {key: value for key, value in row.items() if key not in without} for row in rows}, len(rows), total


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda collection: collection.name)
def test_a_further_report_leaves_every_list_by_rest_as_it_was(
    collection: Collection, before: dict[str, Catalogue], after: dict[str, Catalogue]
) -> None:
    filters: dict[str, Any] = {"endpoint": "overall-survival"} if collection is ESTIMATES else {}
    earlier, later = (items_of(each["real"], collection, filters)[0] for each in (before, after))
    assert {name: later.get(name) for name in earlier} == earlier


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda collection: collection.name)
@pytest.mark.parametrize("dataset", OVER)
def test_a_total_is_the_number_of_items(dataset: str, collection: Collection, after: dict[str, Catalogue]) -> None:
    filters: dict[str, Any] = {"endpoint": "response"} if collection is ESTIMATES else {}
    items, number, total = items_of(after[dataset], collection, filters)
    assert len(items) == number
    assert total == number or number == MOST < total


@pytest.mark.parametrize("name", [name for name in question.list_names() if question.load(name).is_paged])
def test_a_page_of_everything_has_as_many_rows_as_its_total(name: str, after: dict[str, Catalogue]) -> None:
    rows, total = after["real"].page(name, {}, 10 * MOST)
    key = next(iter(question.load(name).columns))
    assert len(rows) == total
    assert len({str(row[key]) for row in rows}) == len(rows)


def test_a_name_on_the_study_itself_would_double_its_row(after: dict[str, Catalogue]) -> None:
    doubled = ox.Store()
    doubled.bulk_load(path=str(after["example"].dataset.folder / "dataset.nq"), format=ox.RdfFormat.N_QUADS)
    label = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    [study] = after["example"].ask("trials")
    doubled.add(ox.Quad(ox.NamedNode(str(study["id"])), label, ox.Literal("another", language="en")))
    wrong = Catalogue(replace(after["example"].dataset, store=EngineStore(doubled)), after["example"].names)
    items, number, total = items_of(wrong, TRIALS, {})
    assert (len(items), number, total) == (1, 2, 1)


def test_a_study_is_known_by_the_names_of_all_its_reports(after: dict[str, Catalogue]) -> None:
    real = after["real"]
    named = {real.names.find("trial", name) for name in ("TOWER", "NCT02013167", "TOWER-0815")}
    assert named == {vocabulary.resource("study/tower")}


def test_each_row_has_what_its_own_document_says_of_the_study(after: dict[str, Catalogue]) -> None:
    rows = after["real"].ask("estimates", {"trial": "TOWER", "endpoint": "overall-response"})
    stated = {(vocabulary.local_name(str(row["document"])), row["study_label"], row["design"], row["reported_by"]) for row in rows}
    assert stated == {
        ("tower-update-2024", "An update", "randomised controlled trial", "primary report"),
        ("tower-abstract-2024", "As in an abstract", "interventional trial", "primary report"),
        ("tower-news", "As in the news", "randomised controlled trial", "citation"),
        ("tower-registry", "As in a register", "randomised controlled trial", "primary report"),
        ("tower-review-2025", "As in a review", "single-arm trial", "citation"),
    }
    [study] = after["real"].ask("trials", {"trial": "TOWER"})
    assert (study["label"], study["design"], len(str(study["documents"]).split())) == ("TOWER", "randomised controlled trial", 6)


def test_caveats_of_a_document_are_on_the_estimates_of_another_only_where_they_are_about_the_study(after: dict[str, Catalogue]) -> None:
    real = after["real"]
    own, further = "kantarjian-2017", {"tower-update-2024", "tower-abstract-2024", "tower-news", "tower-registry", "tower-review-2025"}
    estimates = [str(row["estimate"]) for row in real.ask("estimates-page", {"document": own, "trial": "TOWER"})]
    warned = real.ask("warnings", {"estimate": estimates})
    others = {vocabulary.local_name(str(row["warning"])) for row in warned if vocabulary.local_name(str(row["document"])) in further}
    assert others == {f"{document}.{about}" for document in further for about in ("of-study", "of-drug")}
    shown = [str(row["caveats"] or "") + str(row["limitations"] or "") for row in real.ask("estimates", {"estimate": estimates})]
    assert not [text for text in shown if any(document in text for document in further)]
    update = {"estimate": "estimate/tower-update-2024.death"}
    [row] = real.ask("estimates", update)
    assert "tower-update-2024 of of-analysis" in str(row["caveats"])


def test_a_trial_that_a_document_announces_is_planned_until_another_reports_it(
    before: dict[str, Catalogue], after: dict[str, Catalogue]
) -> None:
    def evidence(known: Catalogue) -> list[str]:
        return sorted(link.evidence for link in network.read(known).links if link.study == vocabulary.resource("study/pollux"))

    assert evidence(before["real"]) == ["planned"]
    assert evidence(after["real"]) == ["estimates", "none"], "the review still has no result of what it compares"
    assert [row["results"] for row in after["real"].ask("study-results", {"trial": "POLLUX"})] == [3]
