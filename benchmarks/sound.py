"""Sound results: invented trials whose numbers are right, worked out with other libraries and rounded as papers round them.

Nothing in them may be called inconsistent. The statistics come from statsmodels and from ``scipy.stats``, which the checks use for Fisher's
exact test alone. The same seed gives the same results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from math import exp
from typing import Any, Final

import numpy as np
from scipy.stats import binomtest, chi2_contingency, fisher_exact, norm
from scipy.stats.contingency import odds_ratio
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.duration.survfunc import SurvfuncRight, survdiff
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from mabgraph.ingest import coherence, numerals
from mabgraph.ingest.figures import Figure
from mabgraph.ingest.outcomes import Check
from mabgraph.ingest.record import Analysis, Comparison, Group, Record, ResultSettings
from mabgraph.ingest.results import Result

LEVELS: Final = (95, 95, 95, 90, 99, 97.5)
ARMS: Final = ("treated", "control")
#: Exact intervals of larger tables take long.
LARGEST_EXACT: Final = 200
COMPARISON: Final = Comparison(id="versus", label="versus", intervention=ARMS[0], comparator=ARMS[1])
GROUPS: Final = (Group(id="all", label="all"), *(Group(id=arm, label=arm, parent="all") for arm in ARMS))
_INTERVALS: Final = ("normal", "agresti_coull", "beta", "wilson", "jeffreys", "wilsoncc", "normalcc")
_CONTRASTS: Final = {
    "diff": ("difference-in-proportions", ("wald", "agresti-caffo", "newcomb", "score")),
    "ratio": ("risk-ratio", ("log",)), "odds-ratio": ("odds-ratio", ("logit", "exact")),
}  # fmt: skip
Trial = tuple[list[Result], Analysis]


def trials(number: int, seed: int = 18) -> Iterator[Trial]:
    """Yield ``number`` trials of all kinds in turn, each with its results and their analysis."""
    generator = np.random.default_rng(seed)
    for place in range(number):
        with np.errstate(all="ignore"):  # logarithms of zero at the ends of curves
            trial = KINDS[place % len(KINDS)](generator)
        yield trial


def false_alarms(trial: Trial) -> list[Check]:
    """Return the checks that call a number of ``trial`` inconsistent."""
    results, analysis = trial
    record = Record.model_construct(analyses=(analysis,), comparisons=(COMPARISON,), groups=GROUPS, sums=())
    return [check for check in coherence.of_record(record, results) if check.outcome == "inconsistent"]


def proportions(draw: np.random.Generator) -> Trial:
    """Return a proportion with its interval by one of the usual methods, its count printed or not."""
    total, level, method = _size(draw), float(draw.choice(LEVELS)), str(draw.choice(_INTERVALS))
    count, decimals = int(draw.binomial(total, draw.beta(1, 1.5))), int(draw.integers(0, 3))
    low, high = (100 * bound for bound in _interval(count, total, 1 - level / 100, method))
    printed = {"percent": _round(100 * count / total, decimals), "total": str(total), "level": f"{level:g}",
               "lower": _round(low, decimals), "upper": _round(high, decimals)}  # fmt: skip
    if draw.random() < 0.7:
        printed["count"] = str(count)
    return [proportion(printed)], _analysis()


def proportion(printed: Mapping[str, str]) -> Result:
    """Return the response of one group, as ``printed`` by role."""
    return _result("response", "proportion", ARMS[0], **printed)


def contrasts(draw: np.random.Generator) -> Trial:
    """Return two proportions, and a difference or ratio of them with interval and P value by one of the usual tests."""
    totals = [_size(draw), _size(draw)]
    chance = draw.beta(1.5, 1.5)
    counts = [int(draw.binomial(totals[0], chance)), int(draw.binomial(totals[1], min(max(chance + draw.normal(0, 0.2), 0.02), 0.98)))]
    name = str(draw.choice(list(_CONTRASTS)))
    measure, methods = _CONTRASTS[name]
    if not all(0 < count < total for count, total in zip(counts, totals, strict=True)):
        return contrasts(draw)
    level, decimals = float(draw.choice(LEVELS)), int(draw.integers(1, 3))
    table = [[count, total - count] for count, total in zip(counts, totals, strict=True)]
    method, alpha = str(draw.choice(methods)), 1 - level / 100
    if method == "exact" and sum(totals) < LARGEST_EXACT:
        low, high = odds_ratio(table).confidence_interval(level / 100)
    else:
        method = "logit" if method == "exact" else method
        try:
            low, high = confint_proportions_2indep(counts[0], totals[0], counts[1], totals[1], compare=name, method=method, alpha=alpha)
        except ValueError:  # no root, with few patients
            return contrasts(draw)
    one, other = counts[0] / totals[0], counts[1] / totals[1]
    value = {"diff": one - other, "ratio": one / other, "odds-ratio": one / (1 - one) * (1 - other) / other}[name]
    scale = 100 if name == "diff" else 1
    arms = [
        _result("response", "proportion", arm, count=str(count), total=str(total), percent=_round(100 * count / total, decimals))
        for arm, count, total in zip(ARMS, counts, totals, strict=True)
    ]
    tests = {"fisher-exact-test": fisher_exact(table)[1], "chi-square-test": chi2_contingency(table, correction=bool(draw.integers(2)))[1]}
    test = str(draw.choice(list(tests)))
    numbers = {"value": value * scale, "lower": low * scale, "upper": high * scale}
    printed = {role: _round(number, decimals) for role, number in numbers.items()} | {"level": f"{level:g}"}
    return _with_p_value(draw, arms, printed, measure, float(tests[test]), test if draw.random() < 0.5 else None)


def survivals(draw: np.random.Generator) -> Trial:
    """Return a hazard ratio with interval and P value of log rank or Cox, and for both arms medians, probabilities and patients at risk."""
    totals, ratio = [_size(draw, 25, 250) for _ in ARMS], exp(draw.normal(-0.25, 0.4))
    arm = np.repeat([1, 0], totals)
    event = draw.exponential(np.where(arm == 1, 12 / ratio, 12))
    leaving = draw.uniform(4, 40, len(arm))
    time, status = np.minimum(event, leaving), (event <= leaving).astype(int)
    model = PHReg(time, arm[:, None], status, ties="efron").fit()
    level = float(draw.choice(LEVELS))
    half = norm.ppf(0.5 + level / 200) * model.bse[0]
    if half > 3 or min(status[arm == 1].sum(), status[arm == 0].sum()) < 5:
        return survivals(draw)
    tests = {None: model.pvalues[0], "log-rank-test": survdiff(time, status, arm)[1]}
    is_named = draw.random() < 0.5
    test = "log-rank-test" if draw.random() < 0.6 else None
    numbers = {"value": model.params[0], "lower": model.params[0] - half, "upper": model.params[0] + half}
    printed = {role: _round(exp(number), 2) for role, number in numbers.items()} | {"level": f"{level:g}"}
    arms = []
    for place, (name, size) in enumerate(zip(ARMS, totals, strict=True)):
        of_arm = arm == 1 - place
        counted = {"count": str(status[of_arm].sum()), "total": str(size)}
        arms += [_result("survival", "proportion", name, **counted), *_curve(name, time[of_arm], status[of_arm])]
    return _with_p_value(draw, arms, printed, "hazard-ratio", float(tests[test]), test if is_named else None, row="survival")


def spreads(draw: np.random.Generator) -> Trial:
    """Return mean, deviation, range, median and quartiles of one characteristic of one group."""
    size, decimals = _size(draw), int(draw.integers(0, 2))
    values = draw.normal(60, 12, size) if draw.random() < 0.5 else draw.lognormal(2, 1, size)
    ends = {"lower": _round(values.min(), decimals), "upper": _round(values.max(), decimals)}
    quartiles = {"lower": _round(np.quantile(values, 0.25), decimals), "upper": _round(np.quantile(values, 0.75), decimals)}
    median, mean = _round(np.median(values), decimals), _round(values.mean(), decimals)
    deviation = _round(values.std(ddof=1), decimals + 1)
    return [
        _result("mean", "mean", ARMS[0], interval="range", unit="years", value=mean, dispersion=deviation, **ends),
        _result("median", "median", ARMS[0], interval="interquartile-range", unit="years", value=median, **quartiles),
        _result("age", "median", ARMS[0], interval="range", unit="years", value=median, **ends),
    ], _analysis()


def arms(draw: np.random.Generator) -> Trial:
    """Return counts of two arms and of all patients, their difference, and counts without denominators."""
    totals, decimals = [_size(draw), _size(draw)], int(draw.integers(0, 2))
    counts = [int(draw.binomial(total, draw.beta(1, 2))) for total in totals]
    groups = (*zip(ARMS, counts, totals, strict=True), ("all", sum(counts), sum(totals)))
    members = [
        _result("event", "proportion", name, count=str(count), total=str(total), percent=_round(100 * count / total, decimals))
        for name, count, total in groups
    ]
    members += [
        _result(f"text-{name}", "proportion", name, count=str(count), percent=_round(100 * count / total, decimals))
        for name, count, total in groups
    ]
    shares = [float(_round(100 * count / total, decimals)) for count, total in zip(counts, totals, strict=True)]
    exact = 100 * (counts[0] / totals[0] - counts[1] / totals[1])
    value = _round(shares[0] - shares[1] if draw.random() < 0.5 else exact, decimals)
    return [*members, _result("event", "difference-in-proportions", comparison="versus", value=value)], _analysis()


def responses(draw: np.random.Generator) -> Trial:
    """Return the overall response of one group and kinds of it: apart or each with the better ones, counted or not, some left out."""
    total, decimals = _size(draw), int(draw.integers(0, 2))
    counts = [int(count) for count in draw.multinomial(total, draw.dirichlet((3, 2, 2, 1, 1)))[1:]]  # the first did not respond
    names = ("partial-response", "very-good-partial-response", "complete-response", "stringent-complete-response")
    form, is_counted = draw.choice(["apart", "complete", "all", "or-better", "partial"]), draw.random() < 0.4
    printed = dict(zip(names, counts, strict=True))
    if form in {"complete", "all"}:
        printed["complete-response"] = sum(counts[2:])
    if form == "all":
        printed["very-good-partial-response"] = sum(counts[1:])
    elif form == "or-better":
        printed |= {"very-good-partial-response-or-better": sum(counts[1:]), "complete-response-or-better": sum(counts[2:])}
    elif form == "partial":
        printed["partial-response"] = sum(counts)
    kept = {name: count for name, count in printed.items() if draw.random() < 0.8}
    if draw.random() < 0.5 and not counts[3]:
        kept.pop("stringent-complete-response", None)
    members = []
    for name, count in {"overall-response": sum(counts), **kept}.items():
        numbers = {"percent": _round(100 * count / total, decimals)} | ({"count": str(count), "total": str(total)} if is_counted else {})
        members.append(_result(name, "proportion", ARMS[0], variable=name, **numbers))
    return members, _analysis()


KINDS: Final[tuple[Callable[[np.random.Generator], Trial], ...]] = (proportions, contrasts, survivals, spreads, arms, responses)


def _curve(arm: str, time: Any, status: Any) -> Iterator[Result]:
    curve = SurvfuncRight(time, status)
    for month in (6, 12, 24):
        if month < time.max():
            shares = [1.0, *curve.surv_prob[curve.surv_times <= month]]
            share = _round(100 * shares[-1], 0)
            yield _result(f"rate-{month}", "survival-probability", arm, unit="percent", value=share, time=str(month))
            at_risk = {"count": str((time >= month).sum()), "total": str(len(time)), "time": str(month)}
            yield _result(f"at-risk-{month}", "proportion", arm, variable="patients-at-risk", **at_risk)
    median = float(curve.quantile(0.5))
    if not np.isnan(median):
        low, high = curve.quantile_ci(0.5)
        bounds = {role: _round(bound, 1) for role, bound in (("lower", low), ("upper", high)) if np.isfinite(bound)}
        yield _result("median", "median", arm, unit="months", value=_round(median, 1), **bounds)


def _with_p_value(
    draw: np.random.Generator,
    members: list[Result],
    printed: dict[str, str],
    measure: str,
    p_value: float,
    test: str | None,
    row: str = "response",
) -> Trial:
    """Return the trial with its effect; the P value is of one side in some, which the analysis declares or leaves out."""
    is_one_sided = draw.random() < 0.2
    sides = ("one" if is_one_sided else "two") if draw.random() < 0.5 else None
    number = p_value / 2 if is_one_sided else p_value
    decimals = 3 if number < 0.1 else int(draw.integers(2, 4))
    printed = printed | {"p_value": "<0.001" if number < 0.0005 else _round(number, decimals)}
    return [*members, _result(row, measure, comparison="versus", **printed)], _analysis(test, sides)


def _interval(count: int, total: int, alpha: float, method: str) -> tuple[float, float]:
    if method == "wilsoncc":
        interval = binomtest(count, total).proportion_ci(1 - alpha, method)
        return float(interval.low), float(interval.high)
    low, high = proportion_confint(count, total, alpha, method.removesuffix("cc"))
    extra = 0.5 / total if method == "normalcc" else 0.0
    return max(low - extra, 0.0), min(high + extra, 1.0)


def _analysis(test: str | None = None, sides: Any = None) -> Analysis:
    return Analysis(id="analysis", label="analysis", population="intention-to-treat", test=test, sides=sides)


def _size(draw: np.random.Generator, least: int = 8, most: int = 600) -> int:
    return int(min(max(draw.lognormal(4.2, 0.9), least), most))


def _round(number: float, decimals: int) -> str:
    text = str(Decimal(float(number)).quantize(Decimal(1).scaleb(-decimals)))
    return (
        "0" if set(text) <= {"-", "0"} else text.replace("-0." + "0" * decimals, "0." + "0" * decimals) if not text.strip("-0.") else text
    )


def _result(
    row: str, measure: str, group: str | None = None, comparison: str | None = None, *, interval: Any = None, unit: str | None = None,
    variable: str = "overall-survival", **printed: str,
) -> Result:  # fmt: skip
    stated = tuple(
        Figure(role, "", place, place + len(text), text, "", "", numerals.read(text)) for place, (role, text) in enumerate(printed.items())
    )
    settings = ResultSettings(
        measure=measure, effect=measure if comparison else None, analysis="analysis", interval=interval, unit=unit, time_unit="months"
    )
    return Result(f"{row}.{group or comparison}", row, settings, variable, group, comparison, (), stated)
