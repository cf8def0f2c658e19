"""Analysis files: a comparison in the input formats of meta-analysis tools; every row names the estimate that it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from mabgraph.graph.compare import basis
from mabgraph.graph.compare.basis import Baseline, TrialArms
from mabgraph.graph.compare.evidence import ARM
from mabgraph.graph.synthesis.contrasts import Contrast
from mabgraph.ingest.errors import MabgraphError

from ..collections import tables
from . import provenance
from .package import Package

#: The missing value of R.
NA: Final = "NA"
#: The data rows of a RevMan data package.
REVMAN: Final = (
    "Analysis group", "Analysis number", "Analysis name", "Subgroup", "Applicability", "Study", "Study year", "GIV Mean", "GIV SE",
    "Experimental mean", "Experimental SD", "Experimental cases", "Experimental N", "Control mean", "Control SD", "Control cases",
    "Control N", "O-E", "Variance", "Weight", "Mean", "CI start", "CI end", "Footnotes",
)  # fmt: skip
_SCALE: Final = ("measure", "scale")

Row = Mapping[str, Any]


def netmeta(package: Package) -> bytes:
    """Return a file for netmeta and meta: contrasts with all pairs of a study of several arms, or arms with counts.

    :raises MabgraphError: when an estimate can be converted to neither.
    """
    return _write_for("netmeta", package, _netmeta)


def multinma(package: Package) -> bytes:
    """Return a file for multinma: effects versus a baseline whose ``y`` is NA, or arms with counts.

    :raises MabgraphError: when an estimate can be converted to neither.
    """
    return _write_for("multinma", package, _multinma)


def gemtc(package: Package) -> bytes:
    """Return a file for gemtc: effects versus a baseline whose ``diff`` is NA, or arms with responders.

    :raises MabgraphError: when an estimate can be converted to neither.
    """
    return _write_for("gemtc", package, _gemtc)


def bugsnet(package: Package) -> bytes:
    """Return a file for BUGSnet: differences versus the first arm of a study, in which they are NA.

    :raises MabgraphError: when an estimate cannot be converted.
    """
    return _write_for("BUGSnet", package, _bugsnet)


def metainsight(package: Package) -> bytes:
    """Return a file for MetaInsight: patients with the event (R) of all patients (N), arm by arm.

    :raises MabgraphError: unless every study has counts of at least two arms.
    """
    return _write_for("MetaInsight", package, _metainsight)


def metafor(package: Package) -> bytes:
    """Return a file for metafor: effects and their standard errors; all effects of one pair of treatments have the same direction.

    :raises MabgraphError: when an estimate cannot be converted, or a study has more than two arms.
    """
    return _write_for("metafor", package, _metafor)


def revman(package: Package) -> bytes:
    """Return data rows for RevMan: generic inverse variance, on the log scale for ratios, with counts where they are known.

    :raises MabgraphError: when an estimate cannot be converted, or a study has more than two arms.
    """
    return _write_for("RevMan", package, _revman)


def _write_for(tool: str, package: Package, write: Callable[[Package], bytes]) -> bytes:
    try:
        return write(package)
    except MabgraphError as error:
        raise MabgraphError(
            f"{tool} cannot carry these estimates: {error}; the nearest format that can is {_nearest_format(package)}"
        ) from None


def _nearest_format(package: Package) -> str:
    try:
        _netmeta(package)
    except MabgraphError:
        return "csv"
    return "netmeta"


def _contrasts(package: Package) -> tuple[Contrast, ...]:
    return basis.contrasts(basis.select_set(package.comparison), package.effect)


def _trials_with_counts(package: Package) -> tuple[TrialArms, ...] | None:
    """Return the arms of each study with their counts; none when the rows are effects, or an effect of the counts is requested."""
    compared = basis.select_set(package.comparison)
    return basis.trials(compared) if compared.kind == ARM and package.effect is None else None


def _netmeta(package: Package) -> bytes:
    if (trials := _trials_with_counts(package)) is not None:
        return _arms(package, trials, ("studlab", "treat", "event", "n"))
    contrasts = _contrasts(package)
    counts = ("event1", "n1", "event2", "n2") if any(each.arms for each in contrasts) else ()
    rows: list[Row] = [
        {
            "studlab": each.study,
            "treat1": each.treatment,
            "treat2": each.comparator,
            "TE": _number(each.effect),
            "seTE": _number(each.error),
        }
        | _counts(each)
        | _provenance_cells(package, each)
        for each in contrasts
    ]  # fmt: skip
    return _file(rows, ("studlab", "treat1", "treat2", "TE", "seTE", *counts, *_SCALE))


def _counts(contrast: Contrast) -> dict[str, int | None]:
    counts: dict[str, int | None] = {}
    for place, arm in enumerate(contrast.arms, 1):
        counts |= {f"event{place}": arm.events, f"n{place}": arm.total}
    return counts


def _multinma(package: Package) -> bytes:
    if (trials := _trials_with_counts(package)) is not None:
        return _arms(package, trials, ("study", "trt", "r", "n"))
    return _baselines(package, ("study", "trt", "y", "se"), _multinma_baseline)


def _multinma_baseline(study: Baseline) -> dict[str, str]:
    return {"y": NA, "se": _number(study.error)}


def _gemtc(package: Package) -> bytes:
    if (trials := _trials_with_counts(package)) is not None:
        return _arms(package, trials, ("study", "treatment", "responders", "sampleSize"), worded=True)
    return _baselines(package, ("study", "treatment", "diff", "std.err"), _gemtc_baseline, worded=True)


def _gemtc_baseline(study: Baseline) -> dict[str, str]:
    return {"diff": NA, "std.err": _number(study.error)}


def _bugsnet(package: Package) -> bytes:
    return _baselines(package, ("study", "treatment", "differences", "se.diffs", "var.arm1"), _bugsnet_baseline)


def _bugsnet_baseline(study: Baseline) -> dict[str, str]:
    return {"differences": NA, "se.diffs": NA, "var.arm1": _number(study.variance)}


def _metainsight(package: Package) -> bytes:
    return _arms(package, basis.trials(basis.select_set(package.comparison)), ("Study", "T", "R", "N"), worded=True, studies=True)


def _metafor(package: Package) -> bytes:
    pairs = basis.independent_pairs(_contrasts(package))
    rows = [
        {"study": each.study, "treat1": each.treatment, "treat2": each.comparator, "yi": _number(each.effect), "sei": _number(each.error)}
        | _provenance_cells(package, each)
        for each in pairs
    ]
    return _file(rows, ("study", "treat1", "treat2", "yi", "sei", *_SCALE))


def _revman(package: Package) -> bytes:
    """Return data rows: an analysis group for each pair of treatments, and in it an analysis for each end point."""
    pairs = basis.independent_pairs(_contrasts(package))
    groups: dict[tuple[str, str], dict[str, int]] = {}
    rows = []
    for each in pairs:
        endpoint = str(package.rows_by_iri[each.row.split()[0]]["endpoint_label"])
        numbers = groups.setdefault((each.treatment, each.comparator), {})
        number = numbers.setdefault(endpoint, len(numbers) + 1)
        cells = dict.fromkeys(REVMAN, "") | {
            "Analysis group": str(list(groups).index((each.treatment, each.comparator)) + 1), "Analysis number": str(number),
            "Analysis name": f"{endpoint}: {basis.scale(each)}", "Study": each.study, "GIV Mean": _number(each.effect),
            "GIV SE": _number(each.error), "Footnotes": provenance.as_text(package, each.row, each.audit),
        }  # fmt: skip
        for side, arm in zip(("Experimental", "Control"), each.arms, strict=False):
            cells |= {f"{side} cases": str(arm.events), f"{side} N": str(arm.total)}
        rows.append(cells)
    return tables.write(rows, REVMAN, tables.CSV, {}, {})


def _baselines(
    package: Package, columns: Sequence[str], baseline: Callable[[Baseline], dict[str, str]], worded: bool = False
) -> bytes:  # fmt: skip
    """Return one row for the baseline of each study and one for each effect versus it; ``columns`` are those of the tool, in order."""
    studies = basis.baselines(_contrasts(package))
    study, treatment, effect, error = columns[:4]
    names = _names((name for each in studies for name in (each.treatment, *(one.treatment for one in each.effects))), worded)
    rows = []
    for each in studies:
        first = {study: each.study, treatment: names[each.treatment]} | baseline(each)
        rows.append(
            dict.fromkeys(columns, NA) | first | _provenance_cells(package, each.effects[0], each.rows) | {"audit": "baseline of its study"}
        )
        for one in each.effects:
            numbers = {effect: _number(one.effect), error: _number(one.error)}
            rows.append(
                dict.fromkeys(columns, NA)
                | {study: each.study, treatment: names[one.treatment]}
                | numbers
                | _provenance_cells(package, one)
            )
    spoken = {word: name for name, word in names.items()}
    named_rows = [row | {"treatment_name": spoken[row[treatment]]} for row in rows] if worded else rows
    return _file(named_rows, (*columns, *(("treatment_name",) if worded else ()), *_SCALE))


def _arms(package: Package, trials: Sequence[TrialArms], columns: Sequence[str], worded: bool = False, studies: bool = False) -> bytes:
    study, treatment, events, total = columns
    names = _names((arm.treatment for each in trials for arm in each.arms), worded)
    study_names = _names((each.study for each in trials), studies)
    rows = [
        {
            study: study_names[each.study], treatment: names[arm.treatment], events: arm.events, total: arm.total,
            "study_name": each.study, "treatment_name": arm.treatment, **provenance.row_columns(package, arm.row, "counts as printed"),
        }
        for each in trials
        for arm in each.arms
    ]  # fmt: skip
    return _file(rows, (*columns, *(("study_name",) if studies else ()), *(("treatment_name",) if worded else ())))


def _names(names: Iterable[str], worded: bool) -> Mapping[str, str]:
    listed = list(dict.fromkeys(names))
    return basis.safe_names(listed) if worded else dict(zip(listed, listed, strict=True))


def _provenance_cells(package: Package, contrast: Contrast, estimates: str | None = None) -> dict[str, str]:
    cells = provenance.row_columns(package, contrast.row if estimates is None else estimates, contrast.audit)
    return {"measure": contrast.measure, "scale": basis.scale(contrast)} | cells


def _number(value: float | None) -> str:
    """Return a number with 12 significant digits: more than printed precision, fewer than floating-point noise."""
    return NA if value is None else format(value, ".12g")


def _file(rows: Sequence[Row], columns: Sequence[str]) -> bytes:
    return tables.write(rows, (*columns, *provenance.COLUMNS), tables.CSV, {}, {})
