"""Published reviews: each pooled twice, by ours and by generalised least squares as a textbook has it, and held against what was printed.

The numbers are those that the reviews printed, keyed again from the tables of R's metadat (dat.senn2013, dat.hasselblad1998,
dat.dong2013, dat.gurusamy2011, dat.woods2010, dat.baker2009, dat.dogliotti2014, dat.linde2016, dat.franchini2012; pairs:
dat.hackshaw1998, dat.nielweise2007, dat.nielweise2008, dat.hart1999, dat.li2007, dat.hine1989, dat.damico2009, dat.normand1999,
dat.collins1985a, deaths; BCG is in test_pairwise.py); studies are numbered in their order there.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from itertools import groupby
from math import exp, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import t
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.meta_analysis import combine_effects

from mabgraph.graph.synthesis import studies
from mabgraph.graph.synthesis.contrasts import Contrast
from mabgraph.graph.synthesis.heterogeneity import Estimator
from mabgraph.graph.synthesis.synthesis import Plan, Synthesis, synthesise

FOLDER = Path(__file__).parent / "data" / "published"
DOCS = Path(__file__).parents[1] / "docs" / "published.md"
#: As ``pytest.approx``; in a tuple it may stand for a number.
approx: Any = pytest.approx
#: File, measure, reference, treatments, studies that say something, and those that say nothing (no event, or every patient).
NETWORKS = (
    ("senn2013", "MD", "placebo", 10, 26, 0),
    ("smoking", "OR", "no contact", 4, 24, 0),
    ("dong2013", "OR", "Placebo", 6, 38, 3),
    ("gurusamy2011", "OR", "Control", 6, 11, 3),
    ("woods2010", "OR", "Placebo", 4, 3, 0),
    ("baker2009", "OR", "Placebo", 8, 38, 1),
    ("dogliotti2014", "OR", "VKAs", 8, 19, 1),
    ("linde2016", "OR", "Placebo", 22, 93, 0),
    ("franchini2012", "MD", "Placebo", 5, 7, 0),
)


def pooled(name: str, measure: str, model: str, reference: str) -> Synthesis:
    """Return the synthesis of a published network."""
    read = studies.read(FOLDER / f"{name}.csv", measure)
    return synthesise(read.contrasts, Plan(measure, model, Estimator.dersimonian_laird, reference=reference), read.refused, read.notes)


class LeastSquares:
    """A network by generalised least squares: in each study the effects versus one arm, with their covariance.

    tau2 is that of moments: where the expected Q of the common-effect model is the one seen (Jackson, White and Riley 2012); between
    two effects versus the same arm the variance between studies counts half.
    """

    def __init__(self, contrasts: Sequence[Contrast], reference: str) -> None:
        names = {name for row in contrasts for name in (row.treatment, row.comparator)}
        self.treatments = [*sorted(names - {reference}), reference]
        self.effects: list[float] = []
        rows: list[list[float]] = []
        blocks = []
        for _, members in groupby(sorted(contrasts, key=lambda row: row.study), key=lambda row: row.study):
            pairs = {(row.treatment, row.comparator): (row.effect, row.error**2) for row in members}
            pairs |= {(second, first): (-effect, variance) for (first, second), (effect, variance) in pairs.items()}
            base, *others = sorted({name for pair in pairs for name in pair}, reverse=True)
            for other in others:
                self.effects.append(pairs[other, base][0])
                rows.append([float(name == other) - float(name == base) for name in self.treatments])
            variances = [pairs[other, base][1] for other in others]
            shared = [[(one + two - (pairs[a, b][1] if a != b else 0)) / 2 for b, two in zip(others, variances, strict=True)] for a, one in zip(others, variances, strict=True)]  # fmt: skip
            blocks.append(np.array(shared))
        size = len(self.effects)
        self.design = np.array(rows)[:, :-1]
        self.within, self.between = np.zeros((size, size)), np.zeros((size, size))
        start = 0
        for block in blocks:
            place = slice(start, start := start + len(block))
            self.within[place, place] = block
            self.between[place, place] = (np.eye(len(block)) + 1) / 2

    def fit(self, tau2: float) -> tuple[dict[str, tuple[float, float]], float]:
        """Return effect and standard error of each treatment versus the reference, and Q."""
        weights = np.linalg.inv(self.within + tau2 * self.between)
        covariance = np.linalg.inv(self.design.T @ weights @ self.design)
        values = covariance @ self.design.T @ weights @ self.effects
        off = self.effects - self.design @ values
        errors = np.sqrt(np.diag(covariance))
        return {name: (float(value), float(error)) for name, value, error in zip(self.treatments, values, errors, strict=False)}, float(
            off @ weights @ off
        )

    def moments(self) -> float:
        """Return tau2."""
        weights = np.linalg.inv(self.within)
        hat = self.design @ np.linalg.inv(self.design.T @ weights @ self.design) @ self.design.T @ weights
        left = weights @ (np.eye(len(self.effects)) - hat)
        freedom = len(self.effects) - self.design.shape[1]
        return float(max(0.0, (self.fit(0.0)[1] - freedom) / np.trace(left @ self.between)))


@pytest.mark.parametrize("model", ["common", "random"])
@pytest.mark.parametrize(("name", "measure", "reference", "treatments", "informative", "idle"), NETWORKS)
def test_two_ways_give_the_same(
    name: str, measure: str, reference: str, treatments: int, informative: int, idle: int, model: str
) -> None:  # fmt: skip
    pooling = pooled(name, measure, model, reference)
    assert (len(pooling.treatments), pooling.studies, len(pooling.refused)) == (treatments, informative, idle)
    other = LeastSquares(pooling.contrasts, reference)
    tau2 = other.moments()
    expected, _ = other.fit(tau2 if model == "random" else 0.0)
    assert pooling.heterogeneity.tau2 == approx(tau2, rel=1e-6, abs=1e-9)
    assert pooling.heterogeneity.q == approx(other.fit(0.0)[1], rel=1e-6)
    assert {one.treatment: (one.effect, one.error) for one in pooling.estimates} == {
        name: (approx(effect, rel=1e-5, abs=1e-6), approx(error, rel=1e-5)) for name, (effect, error) in expected.items()
    }


#: File, measure, studies that say something, and those that say nothing.
PAIRS = (
    ("hackshaw1998", "OR", 37, 0), ("nielweise2007", "OR", 17, 1), ("nielweise2008", "IRR", 9, 0), ("hart1999", "IRR", 6, 0),
    ("li2007", "OR", 22, 0), ("hine1989", "RD", 6, 0), ("damico2009", "OR", 16, 0), ("normand1999", "MD", 9, 0), ("collins1985", "OR", 22, 2),
)  # fmt: skip


@pytest.mark.parametrize(("name", "measure", "informative", "idle"), PAIRS)
def test_pairs_are_those_of_statsmodels(name: str, measure: str, informative: int, idle: int) -> None:
    read = studies.read(FOLDER / f"{name}.csv", measure)
    assert (len(read.contrasts), len(read.refused)) == (informative, idle)
    effects, variances = np.array([(row.effect, row.error**2) for row in read.contrasts]).T
    with np.errstate(invalid="ignore"):
        theirs = combine_effects(effects, variances, method_re="dl")
    common, random = (synthesise(read.contrasts, Plan(measure, model)).estimates[0] for model in ("common", "random"))
    assert (common.effect, common.error) == (approx(theirs.mean_effect_fe), approx(theirs.sd_eff_w_fe))
    if theirs.tau2 > 0:
        assert (random.effect, random.error) == (approx(theirs.mean_effect_re), approx(theirs.sd_eff_w_re))
    else:  # it keeps the variance below zero that the moments give; ours is none then
        assert (random.effect, random.error) == (common.effect, common.error)


#: What was seen in print, or stored by whoever ran the program: ``docs/published.md`` says where. Columns that are empty were not printed.
PRINTED = Path(__file__).parent / "data" / "printed"
#: The columns that say which analysis it is.
ANALYSIS = ("data", "form", "model", "tau2", "source")
LABELS = (*ANALYSIS, "treatment", "scale")
#: Measure and reference of each file; a pair has none.
MEASURES = {name: (measure, reference) for name, measure, reference, *_ in NETWORKS} | {
    name: (measure, None) for name, measure, *_ in PAIRS
}


def lines(name: str) -> dict[tuple[str, ...], list[dict[str, str]]]:
    """Return the lines of a file of ``data/printed`` by the analysis that they are of, in their order."""
    with (PRINTED / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        keyed = [(tuple(line.get(column, "") for column in ANALYSIS), line) for line in csv.DictReader(file)]
    return {key: [line for other, line in keyed if other == key] for key, _ in keyed}


ESTIMATES, HETEROGENEITY = lines("estimates"), lines("heterogeneity")


def pooled_deviation(row: Contrast) -> Contrast:
    """Return the mean difference with one standard deviation for both arms, as Normand (1999) has it."""
    sizes = np.array([arm.total for arm in row.arms], dtype=float)
    deviations = np.array([arm.deviation for arm in row.arms], dtype=float)
    variance = np.average(deviations**2, weights=sizes - 1)
    return replace(row, error=float(np.sqrt(variance * (1 / sizes).sum())))


#: How the printed data say what our file says: by arms, or by contrasts that are rounded; or a part of it.
FORMS: dict[str, Callable[[Contrast], Contrast | None]] = {
    "": lambda row: row,
    "contrasts to four decimals": lambda row: replace(row, effect=round(row.effect, 4), error=round(row.error, 4)),
    "pooled standard deviation": pooled_deviation,
    "studies 1 to 10": lambda row: row if int(row.study) <= 10 else None,
}


@cache
def analysed(name: str, form: str, model: str, tau2: str) -> Synthesis:
    """Return the analysis that was printed."""
    measure, reference = MEASURES[name]
    rows = (FORMS[form](row) for row in studies.read(FOLDER / f"{name}.csv", measure).contrasts)
    hartung_knapp = model == "hartung-knapp"
    plan = Plan(measure, "random" if hartung_knapp else model, Estimator(tau2 or "DL"), reference=reference, hartung_knapp=hartung_knapp)
    return synthesise([row for row in rows if row is not None], plan)


def as_printed(number: float, printed: str) -> str:
    """Return a number with as many decimals as a printed one has."""
    return f"{number:.{len(printed.partition('.')[2])}f}"


def estimated(pooling: Synthesis, line: dict[str, str]) -> dict[str, float]:
    """Return what a line of estimates is about, on its scale: the prediction interval is netmeta's, with all degrees of freedom of Q."""
    [one] = [one for one in pooling.estimates if line["treatment"] in {"", one.treatment}]
    reach = float(t.ppf(0.975, pooling.heterogeneity.df)) * sqrt((pooling.heterogeneity.tau2 or 0.0) + one.error**2)
    numbers = {
        "effect": one.effect, "lower": one.lower, "upper": one.upper,
        "predicted_lower": one.effect - reach, "predicted_upper": one.effect + reach,
    }  # fmt: skip
    scale: dict[str, Callable[[float], float]] = {"": float, "ratio": exp, "percent": lambda number: 100 * number}
    return {"error": one.error} | {column: scale[line["scale"]](number) for column, number in numbers.items()}


def scattered(pooling: Synthesis) -> dict[str, float]:
    """Return what a line of heterogeneity is about; I2 in percent."""
    whole, designs = pooling.heterogeneity, pooling.designs
    variance = whole.tau2 or 0.0
    numbers = {"q": whole.q, "df": whole.df, "variance": variance, "deviation": sqrt(variance), "i2": whole.i2 or 0.0}
    numbers |= {"i2_lower": whole.i2_lower or 0.0, "i2_upper": whole.i2_upper or 0.0}
    parts = {} if designs is None else {"within": designs.within, "between": designs.between}
    return numbers | {f"q_{name}": part.q for name, part in parts.items()} | {f"df_{name}": part.df for name, part in parts.items()}


@pytest.mark.parametrize("analysis", ESTIMATES, ids=" ".join)
def test_printed_estimates_come_out(analysis: tuple[str, ...]) -> None:
    for line in ESTIMATES[analysis]:
        ours = estimated(analysed(*analysis[:4]), line)
        printed = {column: text for column, text in line.items() if text and column not in LABELS}
        assert printed, "a line without a number holds nothing"
        assert {column: as_printed(ours[column], text) for column, text in printed.items()} == printed, line["treatment"]


@pytest.mark.parametrize("analysis", HETEROGENEITY, ids=" ".join)
def test_printed_heterogeneity_comes_out(analysis: tuple[str, ...]) -> None:
    name, form, _, tau2, _ = analysis
    [line] = HETEROGENEITY[analysis]
    ours = scattered(analysed(name, form, "random", tau2))
    printed = {column: text for column, text in line.items() if text and column not in ANALYSIS}
    assert printed, "a line without a number holds nothing"
    assert {column: as_printed(ours[column], text) for column, text in printed.items()} == printed


def test_what_differs_in_print_is_seen() -> None:
    """Last digits of a paper that metafor does not reproduce either, where metafor's iteration ends, arms against rounded contrasts."""
    both = [analysed(f"nielweise{year}", "", "random", "REML") for year in (2007, 2008)]
    catheters, rates = (estimated(pooling, {"treatment": "", "scale": "ratio"}) for pooling in both)
    stay, diabetes = analysed("normand1999", "", "random", "REML"), analysed("senn2013", "", "random", "DL")
    printed = {
        "0.244": catheters["error"], "0.62": catheters["upper"], "0.223": rates["error"], "1.04": rates["upper"],
        "684.646153": scattered(stay)["variance"], "96.99": scattered(diabetes)["q"],
    }  # fmt: skip
    assert [as_printed(ours, text) for text, ours in printed.items()] == ["0.243", "0.60", "0.227", "1.05", "684.646152", "96.98"]


def test_the_fixed_effect_of_li_is_printed_by_mantel_and_haenszel() -> None:
    """Printed are 0.99 (0.94 to 1.04): inverse variance, the one way here, gives an upper bound of 1.05."""
    rows = studies.read(FOLDER / "li2007.csv", "OR").contrasts
    counts = [np.array([[arm.events, arm.total] for arm in row.arms], dtype=float) for row in rows]
    tables = [np.array([[ill, total - ill] for ill, total in both]) for both in counts]
    theirs = StratifiedTable(tables)
    assert [f"{number:.2f}" for number in (theirs.oddsratio_pooled, *theirs.oddsratio_pooled_confint())] == ["0.99", "0.94", "1.04"]
    ours = estimated(analysed("li2007", "", "common", ""), {"treatment": "", "scale": "ratio"})
    assert [f"{ours[column]:.2f}" for column in ("effect", "lower", "upper")] == ["0.99", "0.94", "1.05"]


def row_of_docs(analysis: tuple[str, ...]) -> str:
    """Return the row of ``docs/published.md`` on an analysis: its first line as printed, and ours with one more digit."""
    name, form, model, tau2, source = analysis
    line = ESTIMATES[analysis][0]
    ours = estimated(analysed(*analysis[:4]), line)
    pattern = dict.fromkeys(("effect", "upper", "predicted_upper"), "{}")
    pattern |= {"error": "error {}", "lower": "{} to", "predicted_lower": "predicted {} to"}
    columns = [column for column in line if column in pattern and line[column]]
    printed = " ".join(pattern[column].format(line[column]) for column in columns)
    exact = " ".join(pattern[column].format(as_printed(ours[column], f"{line[column]}0")) for column in columns)
    what = ", ".join(filter(None, (line["treatment"], line["scale"])))
    figures = sum(bool(one[column]) for one in ESTIMATES[analysis] for column in pattern)
    cells = (name, form, f"{model} {tau2}".strip(), what, printed, exact, figures, source)
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def test_the_page_says_what_was_printed_where_and_what_comes_out() -> None:
    page = DOCS.read_text("utf-8").splitlines()
    assert [line for line in page if line.startswith(tuple(f"| {name} |" for name in MEASURES))] == [*map(row_of_docs, ESTIMATES)]
    sources = {source for *_, source in (*ESTIMATES, *HETEROGENEITY)}
    assert sources == {line.split(" | ")[0].removeprefix("| ") for line in page if line.count(" | ") == 2} - {"name"}
    counts = [
        sum(bool(text) for group in groups.values() for line in group for column, text in line.items() if column not in LABELS)
        for groups in (ESTIMATES, HETEROGENEITY)
    ]
    assert "{} of estimates, {} of".format(*counts) in " ".join(page)
