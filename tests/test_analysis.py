"""Files for analysis tools: the exact columns of each, what each refuses, and the printed intervals again when the files are re-read."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from math import exp, log
from statistics import NormalDist
from typing import Any

import pytest

from mabgraph.api.exports import analysis, comparing, provenance
from mabgraph.api.exports.package import Package
from mabgraph.graph.compare import basis, pooling
from mabgraph.graph.compare.compare import EvidenceSet
from mabgraph.graph.compare.pooling import Action
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.synthesis.contrasts import Contrast, from_arms
from mabgraph.ingest.errors import MabgraphError

from . import metafor, trials

RATIOS = {"trial": ["ALPHA", "BETA", "DELTA", "LAMBDA"], "measure": ["hazard-ratio"]}
COUNTS = {"trial": ["ALPHA", "BETA"], "measure": ["proportion"]}
TOOLS = {
    "netmeta": analysis.netmeta, "multinma": analysis.multinma, "gemtc": analysis.gemtc, "bugsnet": analysis.bugsnet,
    "metainsight": analysis.metainsight, "metafor": analysis.metafor, "revman": analysis.revman,
}  # fmt: skip
CONTRASTS = {
    "netmeta": ["studlab", "treat1", "treat2", "TE", "seTE", "measure", "scale"],
    "multinma": ["study", "trt", "y", "se", "measure", "scale"],
    "gemtc": ["study", "treatment", "diff", "std.err", "treatment_name", "measure", "scale"],
    "bugsnet": ["study", "treatment", "differences", "se.diffs", "var.arm1", "measure", "scale"],
    "metafor": ["study", "treat1", "treat2", "yi", "sei", "measure", "scale"],
}
ARMS = {
    "netmeta": ["studlab", "treat", "event", "n"],
    "multinma": ["study", "trt", "r", "n"],
    "gemtc": ["study", "treatment", "responders", "sampleSize", "treatment_name"],
    "metainsight": ["Study", "T", "R", "N", "study_name", "treatment_name"],
}
EFFECTS = {"netmeta": ("TE", "seTE"), "multinma": ("y", "se"), "gemtc": ("diff", "std.err"), "bugsnet": ("differences", "se.diffs")}
EFFECTS |= {"metafor": ("yi", "sei"), "revman": ("GIV Mean", "GIV SE")}


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """Return the catalogue of the invented trials."""
    return trials.opened(tmp_path_factory.mktemp("trials"))


def package(catalogue: Catalogue, asked: dict[str, list[str]], **more: Any) -> Package:
    """Return the comparison that is asked for; it is not refused."""
    comparison = comparing.package(catalogue, asked, "/v1/compare?asked", **more)
    assert isinstance(comparison, Package)
    return comparison


def read(body: bytes) -> list[dict[str, str]]:
    """Return the lines of a CSV file."""
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


def columns(body: bytes) -> list[str]:
    """Return the heading of a CSV file."""
    return next(csv.reader(io.StringIO(body.decode(), newline="")))


@pytest.mark.parametrize(("tool", "expected"), CONTRASTS.items())
def test_contrasts_have_the_columns_that_the_tool_reads(tool: str, expected: list[str], catalogue: Catalogue) -> None:
    assert columns(TOOLS[tool](package(catalogue, RATIOS))) == [*expected, *provenance.COLUMNS]


@pytest.mark.parametrize(("tool", "expected"), ARMS.items())
def test_arms_have_the_columns_that_the_tool_reads(tool: str, expected: list[str], catalogue: Catalogue) -> None:
    body = TOOLS[tool](package(catalogue, COUNTS))
    assert columns(body) == [*expected, *provenance.COLUMNS]
    assert [row[expected[2]] for row in read(body)] == ["60", "40", "70", "50"]
    assert [row[expected[3]] for row in read(body)] == ["100", "98", "120", "118"]


def test_contrasts_of_counts_keep_the_counts(catalogue: Catalogue) -> None:
    body = analysis.netmeta(package(catalogue, COUNTS, effect="RR"))
    assert columns(body)[:9] == ["studlab", "treat1", "treat2", "TE", "seTE", "event1", "n1", "event2", "n2"]
    first = read(body)[0]
    assert [first[name] for name in ("event1", "n1", "event2", "n2", "measure")] == ["60", "100", "40", "98", "RR"]
    assert float(first["TE"]) == pytest.approx(log(0.6 / (40 / 98)), abs=1e-11)
    row = read(analysis.revman(package(catalogue, COUNTS, effect="RR")))[0]
    assert [row[f"{side} {what}"] for side in ("Experimental", "Control") for what in ("cases", "N")] == ["60", "100", "40", "98"]


def test_revman_has_its_own_columns_alone_and_says_the_rest_in_footnotes(catalogue: Catalogue) -> None:
    body = analysis.revman(package(catalogue, RATIOS))
    assert columns(body) == list(analysis.REVMAN)
    rows = read(body)
    assert [(row["Analysis group"], row["Analysis number"], row["Study"]) for row in rows] == [
        ("1", "1", "ALPHA"), ("1", "1", "BETA"), ("2", "1", "DELTA"), ("1", "1", "LAMBDA"),
    ]  # fmt: skip
    for note in (
        "estimate: https://",
        "document: https://",
        "anchor: ",
        "reasons: different-treatments",
        "dataset: ",
        "query: /v1/compare",
    ):
        assert all(note in row["Footnotes"] for row in rows)


def half(numeral: str) -> Decimal:
    """Return half a unit of the last printed place."""
    return Decimal(5).scaleb(int(Decimal(numeral).as_tuple().exponent) - 1)


def again(comparison: Package, tool: str) -> None:
    """Assert that a file, re-read, gives the intervals that are printed, within the rounding of value and bounds."""
    effect, error = EFFECTS[tool]
    rows = {row["estimate"]: row for row in comparison.rows}
    lines = [line for line in read(TOOLS[tool](comparison)) if line[effect] != "NA"]
    assert len(lines) == len(rows)
    for line in lines:
        iri = line.get("estimate") or re.findall(r"estimate: (\S+);", line["Footnotes"])[0]
        printed = {each["role"]: each["printed"] for each in rows[iri]["figures"] if "restates" not in each}
        value, lower, upper = (Decimal(printed[role]) for role in ("value", "lower", "upper"))
        z = NormalDist().inv_cdf(0.5 + float(printed["level"]) / 200)
        estimate, reach = float(line[effect]), z * float(line[error])
        assert abs(exp(estimate) - float(value)) < 1e-9
        least, most = ((log(upper - half(printed["upper"])), log(upper + half(printed["upper"]))), (log(lower - half(printed["lower"])), log(lower + half(printed["lower"]))))  # fmt: skip
        assert least[0] - most[1] <= 2 * reach <= least[1] - most[0], "the width is that of bounds which round to the printed ones"
        slack = float(half(printed["value"]) / value + half(printed["lower"]) / lower + half(printed["upper"]) / upper)
        assert abs(estimate - reach - log(lower)) <= slack
        assert abs(estimate + reach - log(upper)) <= slack


@pytest.mark.parametrize("tool", EFFECTS)
def test_a_file_re_read_gives_the_printed_intervals(tool: str, catalogue: Catalogue) -> None:
    again(package(catalogue, RATIOS), tool)


@pytest.mark.parametrize("tool", EFFECTS)
def test_so_does_one_of_real_estimates(tool: str, real: Catalogue) -> None:
    again(package(real, {"drug": ["blinatumomab"], "endpoint": ["OS"], "measure": ["hazard-ratio"]}), tool)


@pytest.mark.parametrize("tool", ["multinma", "gemtc", "bugsnet"])
def test_the_first_line_of_a_study_is_its_baseline(tool: str, catalogue: Catalogue) -> None:
    rows = read(TOOLS[tool](package(catalogue, RATIOS)))
    effect, error = EFFECTS[tool]
    assert [row[effect] == "NA" for row in rows] == [True, False] * 4
    assert {row[error] for row in rows[::2]} == {"NA"}
    assert all(row["estimate"] for row in rows)


def test_every_row_says_where_it_is_from_and_what_was_acknowledged(catalogue: Catalogue) -> None:
    asked = {"trial": ["ALPHA", "GAMMA"], "measure": ["hazard-ratio"]}
    comparison = package(catalogue, asked, action=Action.pool, acknowledged=["different-populations"])
    for write in (analysis.netmeta, analysis.multinma, analysis.gemtc, analysis.bugsnet, analysis.metafor):
        for row in read(write(comparison)):
            assert row["estimate"] in {each["estimate"] for each in comparison.rows}
            assert row["document"].endswith("trials-2020")
            assert re.fullmatch(r"\d+-\d+", row["anchor"])
            assert (row["acknowledged"], row["reasons"]) == ("different-populations", "different-populations")
            assert (row["dataset"], row["query"]) == (catalogue.version, "/v1/compare?asked")
            assert row["comparability"] == "within-trial randomised"
    assert "acknowledged: different-populations" in analysis.revman(comparison).decode()


REFUSED = [
    ("metainsight", RATIOS, None, "MetaInsight cannot carry", "hazard ratio is not of single arms", "netmeta"),
    ("metainsight", {"trial": ["ALPHA", "THETA"], "measure": ["proportion"]}, None, "THETA", "a single arm is no comparison", "csv"),
    ("gemtc", {"trial": ["ALPHA", "THETA"], "measure": ["proportion"]}, None, "THETA", "a single arm is no comparison", "csv"),
    ("netmeta", {"trial": ["ALPHA", "KAPPA"], "measure": ["hazard-ratio"]}, None, "KAPPA", "neither a confidence interval", "csv"),
    ("metafor", {"trial": ["ALPHA"]}, None, "hazard ratio of a comparison (1)", "proportion, percent of one group (2)", "csv"),
    ("metafor", COUNTS, None, "results of single groups", "effect=OR, RR or RD", "netmeta"),
    ("bugsnet", COUNTS, None, "BUGSnet cannot carry", "effect=OR, RR or RD", "netmeta"),
    ("revman", RATIOS, "OR", "effect=OR is computed from the counts", "leave effect out", "csv"),
    ("netmeta", {"trial": ["ALPHA", "THETA"], "measure": ["proportion"]}, "OR", "THETA", "counts of both compared groups", "csv"),
    ("multinma", {"trial": ["ALPHA"], "endpoint": ["event-free survival"]}, None, "no estimate meets the filters", "multinma", "csv"),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "asked", "effect", "what", "why", "nearest"), REFUSED)
def test_what_a_tool_cannot_carry_is_refused_with_reason_and_the_nearest_that_can(
    tool: str, asked: dict[str, list[str]], effect: str | None, what: str, why: str, nearest: str, catalogue: Catalogue
) -> None:
    with pytest.raises(MabgraphError) as caught:
        TOOLS[tool](package(catalogue, asked, effect=effect))
    assert what in str(caught.value)
    assert why in str(caught.value)
    assert str(caught.value).endswith(f"the nearest format that can is {nearest}")


def test_an_effect_that_is_not_pooled_is_refused(real: Catalogue) -> None:
    with pytest.raises(MabgraphError, match="a difference in medians is no effect that is pooled"):
        analysis.netmeta(package(real, {"trial": ["TOWER"], "measure": ["difference-in-medians"]}))


def three(comparison: Package, counted: bool = True) -> Callable[[EvidenceSet, str | None], tuple[Contrast, ...]]:
    """Return contrasts of a study with three arms as counts give them: two groups, each compared with the third alone."""
    alpha, dexa, theta = (arm for arm in pooling.arms(comparison.comparison.sets[0]))
    arms = [replace(alpha, study="S"), replace(theta, study="S", treatment="lenalidomide"), replace(dexa, study="S")]
    joined = [from_arms((arm, arms[2]), "OR")[0] for arm in arms[:2]]
    rows = [replace(each, row=f"{arm.row} {dexa.row}") for each, arm in zip(joined, arms, strict=False)]
    return lambda compared, effect: tuple(rows if counted else [replace(each, arms=()) for each in rows])


def test_a_study_of_three_arms_has_all_contrasts_and_the_error_of_its_baseline(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    comparison = package(catalogue, {"trial": ["ALPHA", "THETA"], "measure": ["proportion"]}, effect="OR")
    monkeypatch.setattr(pooling, "set_contrasts", three(comparison))
    assert [(row["treat1"], row["treat2"]) for row in read(analysis.netmeta(comparison))] == [
        ("daratumumab", "lenalidomide"), ("daratumumab", "dexamethasone"), ("lenalidomide", "dexamethasone"),
    ]  # fmt: skip
    variance = 1 / 40 + 1 / 58
    for write, effect, error in ((analysis.multinma, "y", "se"), (analysis.gemtc, "diff", "std.err")):
        first, *others = read(write(comparison))
        assert first[effect] == "NA"
        assert float(first[error]) == pytest.approx(variance**0.5, abs=1e-11), "of the log odds of the baseline arm alone"
        assert [float(row[error]) > 0 for row in others] == [True, True]
    first, *others = read(analysis.bugsnet(comparison))
    assert (first["differences"], first["se.diffs"]) == ("NA", "NA")
    assert float(first["var.arm1"]) == pytest.approx(variance, abs=1e-11)
    assert [row["var.arm1"] for row in others] == ["NA", "NA"]
    for write in (analysis.metafor, analysis.revman):
        with pytest.raises(MabgraphError, match=r"S has 3 treatments .* not independent; the nearest format that can is netmeta"):
            write(comparison)


def test_a_study_of_three_arms_without_counts_is_refused_by_name(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    comparison = package(catalogue, {"trial": ["ALPHA", "THETA"], "measure": ["proportion"]}, effect="OR")
    monkeypatch.setattr(pooling, "set_contrasts", three(comparison, counted=False))
    with pytest.raises(MabgraphError, match="S has 3 treatments, and its contrast of daratumumab and lenalidomide is not there"):
        analysis.netmeta(comparison)
    whole = (Contrast("S", "A", "C", "HR", 0.1, 0.2), Contrast("S", "B", "C", "HR", 0.2, 0.2), Contrast("S", "A", "B", "HR", -0.1, 0.2))
    with pytest.raises(MabgraphError, match="S has 3 treatments, and the error of its C arm alone is not known"):
        basis.baselines(whole)


def test_two_sides_with_one_treatment_are_refused(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    comparison = package(catalogue, {"trial": ["ALPHA"], "measure": ["hazard-ratio"]})
    iri = comparison.rows[0]["estimate"]
    monkeypatch.setattr(pooling, "set_contrasts", lambda *_: (Contrast("S", "A", "A", "HR", 0.1, 0.2, row=iri),))
    with pytest.raises(MabgraphError, match=r"S: two of its groups have one treatment \(A\)"):
        analysis.netmeta(comparison)


def test_pairs_are_turned_into_the_direction_of_the_first() -> None:
    first, second = basis.independent_pairs([Contrast("S", "A", "B", "HR", -0.5, 0.1), Contrast("T", "B", "A", "HR", 0.4, 0.1)])
    assert (second.treatment, second.effect) == (first.treatment, -0.4)
    assert "direction changed" in second.audit


def test_contrasts_of_one_study_and_pair_have_names_of_their_own(catalogue: Catalogue) -> None:
    rows = read(analysis.netmeta(package(catalogue, {"trial": ["OMICRON"], "measure": ["hazard-ratio"]})))
    assert len({row["studlab"] for row in rows}) == len(rows) == 2
    assert all("overlapping-patients" in row["reasons"] for row in rows)


@pytest.mark.parametrize("names", [["a b", "a-b", "A_b"], ["β", "γ"], ["7+3", "x" * 80, "x" * 80 + "y"], ["=1+1", "'; DROP"]])
def test_words_are_letters_digits_and_underscores_and_stay_apart(names: list[str]) -> None:
    words = basis.safe_names(names)
    assert list(words) == names
    assert len({word.lower() for word in words.values()}) == len(names)
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", word) for word in words.values())


def test_metainsight_and_gemtc_have_plain_names_and_the_whole_ones_beside_them(real: Catalogue) -> None:
    comparison = package(real, {"drug": ["blinatumomab"], "endpoint": ["OS"], "measure": ["hazard-ratio"]})
    rows = read(analysis.gemtc(comparison))
    assert all(re.fullmatch(r"[A-Za-z0-9_]+", row["treatment"]) for row in rows)
    assert {row["treatment_name"] for row in rows} == {name for row in comparison.rows for name in (row["treatment"], row["against"])}


def test_arms_belong_to_the_result_that_they_share(real: Catalogue) -> None:
    comparison = package(real, {"trial": ["TOWER"], "endpoint": ["infection of grade 3 or higher"], "measure": ["proportion"]})
    rows = read(analysis.metainsight(comparison))
    assert len(rows) == 2
    assert len({row["T"] for row in rows}) == 2
    assert len({row["Study"] for row in rows}) == 1


@pytest.mark.engines
def test_metafor_pools_the_file_to_what_we_pool(catalogue: Catalogue, tmp_path: Any) -> None:
    comparison = package(catalogue, {"trial": ["ALPHA", "BETA", "LAMBDA"], "measure": ["hazard-ratio"]}, action=Action.pool)
    assert comparison.pooled is not None
    [ours] = comparison.pooled.synthesis.estimates
    lines = analysis.metafor(comparison).decode().splitlines()
    [[estimate, error, tau2]] = metafor.printed(
        'm <- rma(yi, sei = sei, data = x, method = "DL"); cat(m$beta, m$se, m$tau2, "\\n")', lines, tmp_path
    )
    assert (estimate, error) == pytest.approx((ours.effect, ours.error), abs=1e-6)
    assert tau2 == pytest.approx(comparison.pooled.synthesis.heterogeneity.tau2, abs=1e-6)
