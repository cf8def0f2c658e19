"""The command ``mabgraph synthesise``: studies of a CSV file pooled, and what came out as a table, as JSON or as CSV."""

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

from . import exports, printing, progress

if TYPE_CHECKING:
    from mabgraph.graph.estimates import Estimate
    from mabgraph.graph.league import League
    from mabgraph.graph.question import Row
    from mabgraph.graph.synthesis import Synthesis

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
    """What is pooled."""

    hazard_ratio = "HR"
    odds_ratio = "OR"
    risk_ratio = "RR"
    rate_ratio = "IRR"
    risk_difference = "RD"
    mean_difference = "MD"


class Model(StrEnum):
    """Whether the effects of studies vary."""

    random = "random"
    common = "common"


class Tau2(StrEnum):
    """How the variance between studies is estimated."""

    moments = "DL"
    paule_mandel = "PM"
    restricted_likelihood = "REML"


class Scores(StrEnum):
    """Which effects are good for patients."""

    smaller = "lower-is-better"
    larger = "higher-is-better"


class SynthesisFormat(StrEnum):
    """How a synthesis is printed."""

    text = "text"
    json = "json"
    csv = "csv"


def synthesise(
    file: Annotated[Path, typer.Argument(help="CSV file of the studies; docs/synthesis.md has its forms.")],
    measure: Annotated[Measure, typer.Option("--measure", help="What is pooled.")],
    reference: Annotated[str | None, typer.Option("--reference", help="Show estimates versus this treatment; else all pairs.")] = None,
    model: Annotated[Model, typer.Option("--model", help="Random or common effects.")] = Model.random,
    tau2: Annotated[Tau2, typer.Option("--tau2", help="Estimator of the variance between studies.")] = Tau2.moments,
    hartung_knapp: Annotated[bool, typer.Option("--hartung-knapp", help="Hartung-Knapp interval (one pair of treatments).")] = False,
    level: Annotated[float, typer.Option("--level", help="Level of all intervals, percent.")] = 95.0,
    p_scores: Annotated[Scores | None, typer.Option("--p-scores", help="Add P-scores; say which effects are good.")] = None,
    league: Annotated[bool, typer.Option("--league", help="Add the league table; with csv, print it alone.")] = False,
    format: Annotated[SynthesisFormat, typer.Option("--format", help="How to print it.")] = SynthesisFormat.text,
) -> None:
    """Pool the studies of a CSV file: pairwise where they compare two treatments, else as a network.

    Example: `mabgraph synthesise studies.csv --measure HR --reference Placebo`
    """
    from mabgraph.graph import studies, synthesis
    from mabgraph.graph.heterogeneity import Estimator
    from mabgraph.graph.league import Better

    reference = None if reference is None else studies.normalise_name(printing.typed(reference))
    plan = synthesis.Plan(
        measure.value, model.value, Estimator(tau2), level, reference, hartung_knapp, league, None if p_scores is None else Better(p_scores)
    )
    with progress.shown(Console(stderr=True), "pooling") as told:
        read = studies.read(file, measure.value)
        pooled = synthesis.synthesise(read.contrasts, plan, read.refused, read.notes, told)
    made = replace(pooled, against=read.against)
    if format is SynthesisFormat.json:
        print(json.dumps(made.as_json(), ensure_ascii=False, indent=1, allow_nan=False))
    elif format is SynthesisFormat.csv:
        _as_csv(made)
    else:
        typer.echo("\n".join(_text(made)))


def _as_csv(made: Synthesis) -> None:
    if made.league is None:
        exports.write_csv(list(_rows(made)), COLUMNS, sys.stdout)
    else:
        names = made.league.treatments
        cells: list[Row] = [dict(zip([made.league.orientation, *names], line, strict=True)) for line in _square(made.league)]
        exports.write_csv(cells, [made.league.orientation, *names], sys.stdout)
    for line in (*_against(made), *_told(made)):
        typer.echo(line, err=True)


def _rows(made: Synthesis) -> Iterator[dict[str, Any]]:
    for estimate in made.estimates:
        yield _row("pooled" if made.kind == "pairwise" else "network", estimate)
    for split in made.splits:
        for name in ("direct", "indirect", "difference"):
            part = getattr(split, name)
            if part is not None:
                yield _row("direct less indirect" if name == "difference" else name, part)


def _row(evidence: str, estimate: Estimate) -> dict[str, Any]:
    said = estimate.as_json()
    natural = (
        {f"natural_{name}": said["natural"][name] for name in ("effect", "lower", "upper")} if evidence != "direct less indirect" else {}
    )
    low, high = said["prediction"] or (None, None)
    return said | natural | {"evidence": evidence, "prediction_lower": low, "prediction_upper": high}


def _text(made: Synthesis) -> Iterator[str]:
    plan, found = made.plan, made.heterogeneity
    size = f"{made.studies} studies, {len(made.treatments)} treatments"
    yield f"{made.kind} meta-analysis of {plan.measure}, {plan.model} effects: {size}"
    yield made.orientation
    yield from _against(made)
    yield ""
    if made.weights is not None:
        yield from _aligned([("study", "effect", "error", "weight %"), *_weighed(made)])
        yield ""
    yield from _aligned([_heading(made), *(_line(estimate) for estimate in made.estimates)])
    yield ""
    yield f"Q {found.q:.2f} on {found.df} df{_p(found.p)}"
    yield f"tau2 ({found.estimator.value}) {_maybe(found.tau2)} {_span(found.tau2_lower, found.tau2_upper, '.4f')} (Q profile)"
    yield f"I2 {_maybe(found.i2, '.1f')} % {_span(found.i2_lower, found.i2_upper, '.1f')} (Higgins and Thompson)"
    yield from _inconsistent(made)
    if made.league is not None:
        yield from ("", f"League table ({made.league.orientation})")
        yield from _aligned([("", *made.league.treatments), *_square(made.league)])
    if made.scores is not None:
        yield from ("", f"P-scores ({plan.p_scores and plan.p_scores.value}): " + ", ".join(f"{k} {v:.4f}" for k, v in made.scores.items()))
    yield from ("", *_told(made))


def _against(made: Synthesis) -> Iterator[str]:
    yield from (f"against pooling, acknowledged by nobody: {reason}" for reason in made.against)


def _inconsistent(made: Synthesis) -> Iterator[str]:
    if made.designs is None:
        return
    for name in ("within", "between"):
        share = getattr(made.designs, name)
        yield f"Q {name} designs {share.q:.2f} on {share.df} df{_p(share.p)}"
    yield from ("", "Direct, indirect and network estimates, split by back-calculation (SIDE); P is of direct less indirect")
    heading = ("treatment", "comparator", "studies", "direct %", "direct", "indirect", "network", "P")
    yield from _aligned(
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
                for split in made.splits
            ),
        ]
    )
    for loop in made.loops:
        yield f"loop {', '.join(loop.treatments)} (Bucher): direct less indirect {_interval(loop.difference)}{_p(loop.difference.p)}"


def _told(made: Synthesis) -> Iterator[str]:
    """Yield what was refused, noted, and how each contrast was got, alike contrasts on one line."""
    yield from (f"refused: {line}" for line in made.refused)
    yield from (f"note: {line}" for line in dict.fromkeys(made.notes))
    audits: dict[str, dict[str, None]] = {}
    for contrast in made.contrasts:
        audits.setdefault(contrast.audit, {})[contrast.study] = None
    for audit, studies in audits.items():
        yield f"audit: {', '.join(studies) if len(studies) < 4 else f'{len(studies)} studies'}: {audit}"


def _heading(made: Synthesis) -> tuple[str, ...]:
    scale = made.estimates[0].as_json()["scale"]
    statistic = "z" if made.estimates[0].freedom is None else "t"
    ratio = () if scale == made.plan.measure else (f"{made.plan.measure} [{made.plan.level:g} % CI]",)
    predicted = ("prediction interval",) if made.estimates[0].prediction else ()
    return ("treatment", "comparator", f"{scale} [{made.plan.level:g} % CI]", "error", statistic, "P", *ratio, *predicted)


def _line(estimate: Estimate) -> tuple[str, ...]:
    ratio = (_interval(estimate, natural=True),) if estimate.is_ratio else ()
    low, high = estimate.back_transform(*estimate.prediction) if estimate.prediction else (None, None)
    predicted = (_span(low, high, ".4f"),) if estimate.prediction else ()
    test = (f"{estimate.error:.4f}", f"{estimate.statistic:.2f}", _p(estimate.p)[4:])
    return (*_pair(estimate), _interval(estimate), *test, *ratio, *predicted)


def _weighed(made: Synthesis) -> Iterator[tuple[str, ...]]:
    for row in made.contrasts:
        yield row.study, f"{row.effect:.4f}", f"{row.error:.4f}", f"{(made.weights or {})[row.study]:.1f}"


def _square(league: League) -> Iterator[tuple[str, ...]]:
    for name, row in zip(league.treatments, league.cells, strict=True):
        yield name, *("" if cell is None else _interval(cell, natural=True) for cell in row)


def _pair(estimate: Estimate) -> tuple[str, str]:
    return estimate.treatment, estimate.comparator


def _interval(estimate: Estimate, natural: bool = False) -> str:
    numbers = (estimate.effect, estimate.lower, estimate.upper)
    effect, low, high = estimate.back_transform(*numbers) if natural else numbers
    return f"{_maybe(effect)} {_span(low, high, '.4f')}"


def _span(low: float | None, high: float | None, digits: str) -> str:
    return "[not estimable]" if low is None or high is None else f"[{low:{digits}}; {high:{digits}}]"


def _maybe(number: float | None, digits: str = ".4f") -> str:
    return "not estimable" if number is None else f"{number:{digits}}"


def _p(value: float | None) -> str:
    if value is None:
        return ""
    return ", P < 0.0001" if value < 0.0001 else f", P {value:.4f}"


def _aligned(lines: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
