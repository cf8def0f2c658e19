"""The command ``mabgraph synthesise``: a meta-analysis of the studies in a CSV file, printed as text, JSON or CSV."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from . import csvwriter, printing, progress

if TYPE_CHECKING:
    from mabgraph.graph.questions.question import Row
    from mabgraph.graph.synthesis.estimates import Estimate
    from mabgraph.graph.synthesis.league import League
    from mabgraph.graph.synthesis.synthesis import Synthesis

#: The columns of an analysis as CSV, in order.
COLUMNS = (
    "evidence",
    "treatment",
    "comparator",
    "measure",
    "scale",
    "effect",
    "error",
    "lower",
    "upper",
    "level",
    "test",
    "statistic",
    "p",
    "natural_effect",
    "natural_lower",
    "natural_upper",
    "prediction_lower",
    "prediction_upper",
)


class Measure(StrEnum):
    """The effect measure."""

    hazard_ratio = "HR"
    odds_ratio = "OR"
    risk_ratio = "RR"
    rate_ratio = "IRR"
    risk_difference = "RD"
    mean_difference = "MD"


class Model(StrEnum):
    """The model of effects across studies."""

    random = "random"
    common = "common"


class Tau2(StrEnum):
    """The estimator of the between-study variance."""

    moments = "DL"
    paule_mandel = "PM"
    restricted_likelihood = "REML"


class Scores(StrEnum):
    """Which effects are better for patients."""

    smaller = "lower-is-better"
    larger = "higher-is-better"


class SynthesisFormat(StrEnum):
    """Output format of a synthesis."""

    text = "text"
    json = "json"
    csv = "csv"


def synthesise(
    file: Annotated[Path, typer.Argument(help="CSV file of the studies; formats: docs/synthesis.md.")],
    measure: Annotated[Measure, typer.Option("--measure", help="Effect measure.")],
    reference: Annotated[str | None, typer.Option("--reference", help="Show estimates versus this treatment; else all pairs.")] = None,
    model: Annotated[Model, typer.Option("--model", help="Random or common effects.")] = Model.random,
    tau2: Annotated[Tau2, typer.Option("--tau2", help="Estimator of the between-study variance.")] = Tau2.moments,
    hartung_knapp: Annotated[bool, typer.Option("--hartung-knapp", help="Hartung-Knapp interval (one pair of treatments).")] = False,
    level: Annotated[float, typer.Option("--level", help="Level of all intervals, percent.")] = 95.0,
    p_scores: Annotated[Scores | None, typer.Option("--p-scores", help="Add P-scores; says which effects are better.")] = None,
    league: Annotated[bool, typer.Option("--league", help="Add the league table; with csv, print it alone.")] = False,
    format: Annotated[SynthesisFormat, typer.Option("--format", help="Output format.")] = SynthesisFormat.text,
) -> None:
    """Pool the studies of a CSV file: pairwise for two treatments, as a network for more.

    Example: `mabgraph synthesise studies.csv --measure HR --reference Placebo`
    """
    from mabgraph.graph.synthesis import studies, synthesis
    from mabgraph.graph.synthesis.heterogeneity import Estimator
    from mabgraph.graph.synthesis.league import Better

    reference = None if reference is None else studies.normalise_name(printing.decode_argument(reference))
    plan = synthesis.Plan(
        measure.value, model.value, Estimator(tau2), level, reference, hartung_knapp, league, None if p_scores is None else Better(p_scores)
    )
    with progress.show(Console(stderr=True), "pooling") as report_progress:
        read = studies.read(file, measure.value)
        pooled = synthesis.synthesise(read.contrasts, plan, read.refused, read.notes, report_progress)
    analysis = replace(pooled, against=read.against)
    if format is SynthesisFormat.json:
        print(json.dumps(analysis.as_json(), ensure_ascii=False, indent=1, allow_nan=False))
    elif format is SynthesisFormat.csv:
        _as_csv(analysis)
    else:
        typer.echo("\n".join(_text(analysis)))


def _as_csv(synthesis: Synthesis) -> None:
    if synthesis.league is None:
        csvwriter.write_csv(list(_rows(synthesis)), COLUMNS, sys.stdout)
    else:
        names = synthesis.league.treatments
        cells: list[Row] = [dict(zip([synthesis.league.orientation, *names], line, strict=True)) for line in _league_rows(synthesis.league)]
        csvwriter.write_csv(cells, [synthesis.league.orientation, *names], sys.stdout)
    for line in (*_reason_lines(synthesis), *_note_lines(synthesis)):
        typer.echo(line, err=True)


def _rows(synthesis: Synthesis) -> Iterator[dict[str, Any]]:
    for estimate in synthesis.estimates:
        yield _row("pooled" if synthesis.kind == "pairwise" else "network", estimate)
    for split in synthesis.splits:
        for name in ("direct", "indirect", "difference"):
            part = getattr(split, name)
            if part is not None:
                yield _row("direct less indirect" if name == "difference" else name, part)


def _row(evidence: str, estimate: Estimate) -> dict[str, Any]:
    fields = estimate.as_json()
    natural = (
        {f"natural_{name}": fields["natural"][name] for name in ("effect", "lower", "upper")} if evidence != "direct less indirect" else {}
    )
    low, high = fields["prediction"] or (None, None)
    return fields | natural | {"evidence": evidence, "prediction_lower": low, "prediction_upper": high}


def _text(synthesis: Synthesis) -> Iterator[str]:
    plan, heterogeneity = synthesis.plan, synthesis.heterogeneity
    size = f"{synthesis.studies} studies, {len(synthesis.treatments)} treatments"
    yield f"{synthesis.kind} meta-analysis of {plan.measure}, {plan.model} effects: {size}"
    yield synthesis.orientation
    yield from _reason_lines(synthesis)
    yield ""
    if synthesis.weights is not None:
        yield from _align([("study", "effect", "error", "weight %"), *_weight_rows(synthesis)])
        yield ""
    yield from _align([_heading(synthesis), *(_line(estimate) for estimate in synthesis.estimates)])
    yield ""
    yield f"Q {heterogeneity.q:.2f} on {heterogeneity.df} df{_p(heterogeneity.p)}"
    tau2_interval = _span(heterogeneity.tau2_lower, heterogeneity.tau2_upper, ".4f")
    yield f"tau2 ({heterogeneity.estimator.value}) {_number(heterogeneity.tau2)} {tau2_interval} (Q profile)"
    i2_interval = _span(heterogeneity.i2_lower, heterogeneity.i2_upper, ".1f")
    yield f"I2 {_number(heterogeneity.i2, '.1f')} % {i2_interval} (Higgins and Thompson)"
    yield from _inconsistency_lines(synthesis)
    if synthesis.league is not None:
        yield from ("", f"League table ({synthesis.league.orientation})")
        yield from _align([("", *synthesis.league.treatments), *_league_rows(synthesis.league)])
    if synthesis.scores is not None:
        yield from (
            "",
            f"P-scores ({plan.p_scores and plan.p_scores.value}): " + ", ".join(f"{k} {v:.4f}" for k, v in synthesis.scores.items()),
        )
    yield from ("", *_note_lines(synthesis))


def _reason_lines(synthesis: Synthesis) -> Iterator[str]:
    yield from (f"against pooling, not acknowledged: {reason}" for reason in synthesis.against)


def _inconsistency_lines(synthesis: Synthesis) -> Iterator[str]:
    if synthesis.designs is None:
        return
    for name in ("within", "between"):
        share = getattr(synthesis.designs, name)
        yield f"Q {name} designs {share.q:.2f} on {share.df} df{_p(share.p)}"
    yield from ("", "Direct, indirect and network estimates, split by back-calculation (SIDE); P is of direct less indirect")
    heading = ("treatment", "comparator", "studies", "direct %", "direct", "indirect", "network", "P")
    yield from _align(
        [
            heading,
            *(
                [
                    *_pair(split.network),
                    str(split.studies),
                    f"{split.proportion:.0%}",
                    *("" if part is None else _interval(part) for part in (split.direct, split.indirect, split.network)),
                    "" if split.difference is None else f"{split.difference.p:.3f}",
                ]
                for split in synthesis.splits
            ),
        ]
    )
    for loop in synthesis.loops:
        yield f"loop {', '.join(loop.treatments)} (Bucher): direct less indirect {_interval(loop.difference)}{_p(loop.difference.p)}"


def _note_lines(synthesis: Synthesis) -> Iterator[str]:
    """Yield refusals, notes, and the derivation of contrasts; contrasts with the same derivation share a line."""
    yield from (f"refused: {line}" for line in synthesis.refused)
    yield from (f"note: {line}" for line in dict.fromkeys(synthesis.notes))
    audits: dict[str, dict[str, None]] = {}
    for contrast in synthesis.contrasts:
        audits.setdefault(contrast.audit, {})[contrast.study] = None
    for audit, studies in audits.items():
        yield f"audit: {', '.join(studies) if len(studies) < 4 else f'{len(studies)} studies'}: {audit}"


def _heading(synthesis: Synthesis) -> tuple[str, ...]:
    scale = synthesis.estimates[0].as_json()["scale"]
    statistic = "z" if synthesis.estimates[0].freedom is None else "t"
    ratio = () if scale == synthesis.plan.measure else (f"{synthesis.plan.measure} [{synthesis.plan.level:g} % CI]",)
    predicted = ("prediction interval",) if synthesis.estimates[0].prediction else ()
    return ("treatment", "comparator", f"{scale} [{synthesis.plan.level:g} % CI]", "error", statistic, "P", *ratio, *predicted)


def _line(estimate: Estimate) -> tuple[str, ...]:
    ratio = (_interval(estimate, natural=True),) if estimate.is_ratio else ()
    low, high = estimate.back_transform(*estimate.prediction) if estimate.prediction else (None, None)
    predicted = (_span(low, high, ".4f"),) if estimate.prediction else ()
    test = (f"{estimate.error:.4f}", f"{estimate.statistic:.2f}", _p(estimate.p)[4:])
    return (*_pair(estimate), _interval(estimate), *test, *ratio, *predicted)


def _weight_rows(synthesis: Synthesis) -> Iterator[tuple[str, ...]]:
    for row in synthesis.contrasts:
        yield row.study, f"{row.effect:.4f}", f"{row.error:.4f}", f"{(synthesis.weights or {})[row.study]:.1f}"


def _league_rows(league: League) -> Iterator[tuple[str, ...]]:
    for name, row in zip(league.treatments, league.cells, strict=True):
        yield name, *("" if cell is None else _interval(cell, natural=True) for cell in row)


def _pair(estimate: Estimate) -> tuple[str, str]:
    return estimate.treatment, estimate.comparator


def _interval(estimate: Estimate, natural: bool = False) -> str:
    numbers = (estimate.effect, estimate.lower, estimate.upper)
    effect, low, high = estimate.back_transform(*numbers) if natural else numbers
    return f"{_number(effect)} {_span(low, high, '.4f')}"


def _span(low: float | None, high: float | None, digits: str) -> str:
    return "[not estimable]" if low is None or high is None else f"[{low:{digits}}; {high:{digits}}]"


def _number(number: float | None, digits: str = ".4f") -> str:
    return "not estimable" if number is None else f"{number:{digits}}"


def _p(value: float | None) -> str:
    if value is None:
        return ""
    return ", P < 0.0001" if value < 0.0001 else f", P {value:.4f}"


def _align(lines: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
