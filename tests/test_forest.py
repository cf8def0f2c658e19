"""Forest plots as values and as specifications: what is drawn, what is not, and what is said beside it."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from rdflib import URIRef
from rdflib.namespace import SKOS

from mabgraph.api.exports import comparing
from mabgraph.api.exports.package import Package
from mabgraph.api.plots import axes, columns, footnotes, forest, plot
from mabgraph.api.plots.forest import Forest
from mabgraph.graph.compare.comparability import Comparability
from mabgraph.graph.compare.compare import EvidenceSet
from mabgraph.graph.compare.derived import proportion_interval
from mabgraph.graph.compare.pooling import Action
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary
from mabgraph.graph.synthesis.codes import CODES
from mabgraph.ingest.errors import QuestionError

from . import trials
from .conftest import ontology
from .trials import Ratio, Trial

DRUGS = ("daratumumab", "dexamethasone")
FIVE = (
    Trial("alpha", DRUGS, (Ratio("0.60", "0.45", "0.80"),), ((60, 100), (40, 98))),
    Trial("beta", DRUGS, (Ratio("0.65", "0.50", "0.84"),), ((70, 120), (50, 118))),
    Trial("gamma", DRUGS, (Ratio("0.55", "0.40", "0.76"),), ((0, 60), (20, 61))),
    Trial("delta", DRUGS[::-1], (Ratio("1.33", "1.01", "1.75"),)),
    Trial("omega", DRUGS, (Ratio("0.66", "0.01", "43.6", "97.5"),)),
)  # fmt: skip
EVERY = [code for code, (can) in CODES.items() if can[1]]


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """Return a dataset of five invented trials of one pair of treatments, one of them the other way round."""
    return trials.opened(tmp_path_factory.mktemp("five"), FIVE)


def asked(catalogue: Catalogue, action: Action | None = None, effect: str | None = None, **filters: list[str]) -> Package:
    """Return the package of a question, everything that can be acknowledged acknowledged."""
    package = comparing.package(catalogue, filters, "/v1/compare?x=1", action=action, acknowledged=EVERY if action else (), effect=effect)
    assert isinstance(package, Package)
    return package


def drawn(package: Package, place: int = 0) -> Forest:
    """Return the forest plot of one set of a package."""
    compared = package.pooled.evidence if package.pooled else package.comparison.sets[place]
    return forest.forest(compared, package.rows, package.about, package.comparison.absent, package.pooled)


def changed(package: Package, row: dict[str, Any], **fields: Any) -> Forest:
    """Return the plot of a package whose estimates say ``row``, and are otherwise changed in ``fields``."""
    compared = package.comparison.sets[0]
    rows = tuple(replace(each, row={**each.row, **row}, **fields) for each in compared.rows)
    return forest.forest(replace(compared, rows=rows), [{**each, **row} for each in package.rows], package.about)


def marks(forest: Forest, kind: str) -> list[dict[str, Any]]:
    """Return the layers of a plot with marks of one kind."""
    return [layer for layer in plot.specification(forest)["layer"] if layer["mark"]["type"] == kind]


def values(spec: dict[str, Any], layer: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of data of a layer."""
    data = layer["data"]
    rows: list[dict[str, Any]] = data["values"] if "values" in data else spec["datasets"][data["name"]]
    return rows


def test_a_row_says_what_is_printed_and_where(real: Catalogue) -> None:
    forest = drawn(asked(real, drug=["blinatumomab"], endpoint=["OS"], measure=["hazard-ratio"]))
    first = forest.lines[0]
    assert (first.estimate, first.interval, first.study) == ("0.71", "0.55 to 0.93", "TOWER")
    assert [line.interval for line in forest.lines] == ["0.55 to 0.93", "0.50 to 0.88"]
    assert first.estimates[0].endswith("kantarjian-2017.overall-survival-hazard-ratio")
    assert first.anchor
    assert first.document.endswith("/kantarjian-2017")
    assert [line.differs for line in forest.lines] == ["not censored at transplantation", "censored at transplantation"]
    assert forest.differs == "censoring"
    assert first.weight is None
    assert not forest.summaries


def test_ratios_and_differences_are_those_of_the_ontology() -> None:
    """An axis is logarithmic, or has a line at no difference, by what the measure is, not by what it is called."""
    for above, listed in (("ratio-measure", axes.RATIO_MEASURES), ("difference-measure", axes.DIFFERENCES)):
        top = URIRef(vocabulary.concept(above))
        below = {vocabulary.local_name(str(each)) for each in ontology().transitive_subjects(SKOS.broader, top) if each != top}
        assert {name for name in listed if name.islower()} == below, f"api/plots/axes.py: list what is narrower than {above}"
    assert not axes.is_ratio("kappa-lambda-ratio")


def test_the_sides_of_the_line_follow_the_polarity_of_the_endpoint(real: Catalogue) -> None:
    package = asked(real, drug=["blinatumomab"], endpoint=["OS"], measure=["hazard-ratio"])
    [compared] = package.comparison.sets
    assert drawn(package).axis.favours == ("favours Blinatumomab", "favours Chemotherapy")
    assert axes.side_labels(_with(compared, event="benefit"), "hazard-ratio") == ("favours Chemotherapy", "favours Blinatumomab")
    assert axes.side_labels(_with(compared, event=""), "hazard-ratio") is None
    assert axes.side_labels(_with(compared, event="harm"), "difference-in-proportions") is None
    assert axes.side_labels(_with(compared, event="benefit"), "difference-in-medians") is None
    other = replace(compared.rows[0], sides=compared.rows[0].sides[::-1])
    assert axes.side_labels(replace(compared, rows=(other, compared.rows[1])), "hazard-ratio") is None
    crude = replace(compared, comparability=Comparability.crude)
    assert axes.side_labels(crude, "hazard-ratio") == ("association favours Blinatumomab", "association favours Chemotherapy")


def _with(compared: EvidenceSet, **fields: str) -> EvidenceSet:
    return replace(compared, rows=tuple(replace(row, **fields) for row in compared.rows))  # type: ignore[arg-type]


def test_ratios_have_a_logarithmic_axis_and_shares_one_of_a_hundred_percent(real: Catalogue) -> None:
    ratio = drawn(asked(real, drug=["blinatumomab"], endpoint=["OS"], measure=["hazard-ratio"])).axis
    assert (ratio.log, ratio.low, ratio.high, ratio.reference) == (True, 0.5, 2.0, 1.0)
    share = drawn(asked(real, drug=["daratumumab"], endpoint=["ORR"])).axis
    assert (share.log, share.low, share.high, share.reference, share.favours) == (False, 0.0, 100.0, None, None)
    difference = drawn(asked(real, measure=["difference-in-proportions"])).axis
    assert (difference.log, difference.reference) == (False, 0.0)
    assert difference.low <= 0 < 47 <= difference.high


def test_what_is_not_reported_is_said_and_is_never_drawn_as_zero(real: Catalogue) -> None:
    forest = drawn(asked(real, drug=["daratumumab"], endpoint=["ORR"]))
    bare = [line for line in forest.lines if line.interval == "not reported"]
    assert bare
    assert all(line.lower is None and line.upper is None and not line.derived for line in bare)
    zero = [line for line in forest.lines if line.value == 0]
    assert [(line.counts, line.estimate) for line in zero] == [("0/4", "0.0 (derived)")]


@pytest.mark.parametrize(
    "row",
    [{"absence": "mabc:masked"}, {"operator": "<"}, {"value": None, "count": None}, {"operator": "~"}],
    ids=["masked", "less", "none", "about"],
)
def test_a_row_without_a_number_has_no_mark_and_a_plot_without_any_is_refused(row: dict[str, Any], real: Catalogue) -> None:
    package = asked(
        real, drug=["blinatumomab", "inotuzumab ozogamicin"], endpoint=["complete-remission-with-full-recovery"], measure=["proportion"]
    )
    gone = {**row, "lower": None, "upper": None, "interval_kind": None} if "value" in row else row
    with pytest.raises(QuestionError, match="take the table"):
        changed(package, gone)


def test_counts_without_a_denominator_have_no_place_on_an_axis(real: Catalogue) -> None:
    package = asked(real, measure=["count"], drug=["daratumumab"])
    with pytest.raises(QuestionError, match="no estimate has a number that can be drawn"):
        drawn(package)


def test_an_interval_from_counts_is_derived_and_says_so_unless_numbers_disagree(real: Catalogue) -> None:
    package = asked(
        real, drug=["blinatumomab", "inotuzumab ozogamicin"], endpoint=["complete-remission-with-full-recovery"], measure=["proportion"]
    )
    bare: dict[str, Any] = {"lower": None, "upper": None, "interval_kind": None, "interval_level": None, "figures": []}
    [line] = changed(package, bare).lines
    assert (line.derived, line.estimate, line.interval) == (True, "33.6", "28.0 to 39.5 (derived)")
    [line] = changed(package, bare | {"check_status": "inconsistent"}).lines
    assert (line.derived, line.lower, line.interval) == (False, None, "not reported")
    [line] = changed(package, bare | {"value": 70.0}).lines
    assert (line.derived, line.value, line.lower) == (False, 70.0, None)
    assert {proportion_interval(row) for row in package.comparison.rows} == {None}, "each has its printed interval"


def test_a_range_of_values_is_text_and_no_whisker(real: Catalogue) -> None:
    package = asked(real, drug=["blinatumomab"], endpoint=["OS"], measure=["hazard-ratio"])
    forest = changed(package, {"interval_kind": "range"})
    assert {line.lower for line in forest.lines} == {None}
    assert forest.lines[0].interval == "0.55 to 0.93 (range)"


def test_pooled_rows_have_weights_a_diamond_and_what_was_turned_is_derived(five: Catalogue) -> None:
    forest = drawn(asked(five, Action.pool, measure=["hazard-ratio"]))
    assert sum(line.weight or 0 for line in forest.lines) == pytest.approx(100)
    delta = next(line for line in forest.lines if line.study == "DELTA")
    assert (delta.derived, delta.group, delta.estimate) == (True, "daratumumab versus dexamethasone", "0.75 (derived)")
    assert next(line for line in forest.lines if line.study == "OMEGA").interval == "0.01 to 43.6 (97.5 % CI)"
    [summary] = forest.summaries
    assert summary.lower < summary.value < summary.upper
    assert summary.prediction is not None
    assert forest.heterogeneity.startswith("Heterogeneity: Q ")
    assert forest.axis.favours == ("favours daratumumab", "favours dexamethasone")
    [diamond] = marks(forest, "line")
    assert diamond["mark"]["filled"]
    assert not marks(drawn(asked(five, measure=["hazard-ratio"])), "line")


def test_contrasts_of_counts_show_the_counts_of_both_groups(five: Catalogue) -> None:
    forest = drawn(asked(five, Action.pool, "OR", measure=["proportion"]))
    assert [line.counts for line in forest.lines] == ["60/100; 40/98", "70/120; 50/118", "0/60; 20/61"]
    assert all(line.derived and len(line.estimates) == 2 for line in forest.lines)
    assert forest.axis.log
    difference = drawn(asked(five, Action.pool, "RD", measure=["proportion"]))
    assert difference.lines[0].value == pytest.approx(100 * (60 / 100 - 40 / 98))
    assert "percentage points" in difference.axis.title


def test_an_interval_beyond_the_scale_ends_in_an_arrow(five: Catalogue) -> None:
    forest = drawn(asked(five, measure=["hazard-ratio"]))
    arrows = [layer["mark"]["shape"] for layer in marks(forest, "point") if "triangle" in str(layer["mark"].get("shape"))]
    assert arrows == ["triangle-left", "triangle-right"]
    assert forest.axis.low > 0.01


def test_the_specification_has_the_marks_scales_and_texts_of_the_plot(five: Catalogue) -> None:
    figure = drawn(asked(five, measure=["proportion"]))
    spec = plot.specification(figure)
    points = [layer for layer in spec["layer"] if layer["mark"]["type"] == "point" and "href" in layer["encoding"]]
    rows = [row for layer in points for row in values(spec, layer)]
    assert len(rows) == len(figure.lines) == 6
    assert all(row["id"] and row["document"] and row["anchor"] for row in rows)
    assert {layer["mark"]["filled"] for layer in points} == {False}
    scales = [layer["encoding"]["x"]["scale"] for layer in spec["layer"] if "field" in layer["encoding"].get("x", {})]
    assert all(scale["domain"] == [0, 100] and scale["type"] == "linear" for scale in scales)
    dashed = [layer for layer in spec["layer"] if layer["mark"]["type"] == "rule" and "strokeDash" in layer["mark"]]
    assert len(dashed) == 1
    texts = json.dumps(spec, ensure_ascii=False)
    assert all(text in texts for text in ("n/N", "95 % CI", "60/100", "hollow: derived", footnotes.UNASSESSED))
    assert spec["description"] == figure.description
    assert {shape for shape, _ in plot.MARKS.values()} == {"square", "circle", "triangle-up", "triangle-down", "cross"}
    assert len({colour for _, colour in plot.MARKS.values()}) == len(Comparability)


def test_reported_is_filled_and_full_and_shape_says_the_design(real: Catalogue) -> None:
    forest = drawn(asked(real, measure=["hazard-ratio"], endpoint=["death-within-30-days"]))
    points = [layer for layer in marks(forest, "point") if "href" in layer["encoding"]]
    assert [layer["mark"]["filled"] for layer in points] == [True]
    spec = plot.specification(forest)
    assert {row["class"] for layer in points for row in values(spec, layer)} == {
        "within-study crude",
        "within-study adjusted observational",
    }
    assert points[0]["encoding"]["shape"]["field"] == points[0]["encoding"]["color"]["field"] == "class"
    assert points[0]["encoding"]["x"]["scale"]["type"] == "log"


def test_long_names_are_footnotes_and_no_two_texts_of_a_row_overlap(real: Catalogue) -> None:
    forest = drawn(asked(real, drug=["blinatumomab"], endpoint=["OS"], measure=["hazard-ratio"]))
    assert forest.footnotes.numbered[0].text.startswith("Chemotherapy: choice of ")
    first, *more = forest.lines[0].marks
    assert first == 1
    assert {forest.footnotes.numbered[place - 1].text.partition(":")[0] for place in more} == {"caveat"}
    queries: tuple[dict[str, Any], ...] = (
        {"drug": ["daratumumab"], "endpoint": ["ORR"]},
        {"measure": ["hazard-ratio"], "endpoint": ["death-within-30-days"]},
    )
    for query in queries:
        placed = columns.table(drawn(asked(real, **query)))
        spans = [(column.x, column.x + column.wide) for column in placed.columns]
        assert all(before[1] < after[0] for before, after in pairwise(spans))
        assert all(
            columns.width(line, column.size) <= column.wide
            for column in placed.columns
            for cell in column.cells
            for line in cell.splitlines()
        )
        left = [column for column in placed.columns if column.x < 0]
        assert left[-1].x + left[-1].wide < 0


def test_footnotes_say_caveats_first_and_name_what_they_leave_out(real: Catalogue) -> None:
    notes = drawn(asked(real, drug=["daratumumab"], endpoint=["ORR"])).footnotes
    assert len(notes.numbered) <= footnotes.MOST
    codes = [note.text.partition(":")[0] for note in notes.numbered]
    assert "authors-caveat" in codes
    left = next(text for text in notes.below if "more note" in text)
    everything = {reason.code for reason in asked(real, drug=["daratumumab"], endpoint=["ORR"]).comparison.sets[0].reasons}
    assert all(code in codes or code in left for code in everything)


def test_a_drug_without_an_estimate_is_named(real: Catalogue) -> None:
    notes = drawn(
        asked(
            real, drug=["blinatumomab", "inotuzumab ozogamicin"], endpoint=["complete-remission-with-full-recovery"], measure=["proportion"]
        )
    ).footnotes
    assert any("inotuzumab ozogamicin" in text and text.startswith("Asked for") for text in notes.below)


def test_an_acknowledgement_stands_under_the_plot(tmp_path_factory: pytest.TempPathFactory) -> None:
    catalogue = trials.opened(tmp_path_factory.mktemp("two"), (FIVE[0], replace(FIVE[1], condition=trials.NEW)))
    package = asked(catalogue, Action.pool, measure=["hazard-ratio"])
    assert "different-populations" in package.acknowledged
    assert any("acknowledged: " in text and "different-populations" in text for text in drawn(package).footnotes.below)
    assert not any("acknowledged: " in text for text in drawn(asked(catalogue, measure=["hazard-ratio"])).footnotes.below)


@pytest.mark.parametrize(
    ("points", "ends", "limits"), [([0.71], [0.55, 0.93], (0.5, 2.0)), ([0.2, 3.0], [0.1, 400.0], (0.1, 50.0)), ([1.0], [], (0.5, 2.0))]
)
def test_the_ends_of_a_logarithmic_axis(points: list[float], ends: list[float], limits: tuple[float, float], real: Catalogue) -> None:
    [compared] = asked(real, drug=["blinatumomab"], endpoint=["OS"], measure=["hazard-ratio"]).comparison.sets
    axis = axes.axis(compared, "hazard-ratio", points, ends)
    assert (axis.low, axis.high) == limits
    assert 1.0 in axis.ticks
