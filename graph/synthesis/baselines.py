"""Study files in long format (one row per arm) with effects relative to the baseline arm, whose own effect is NA."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import sqrt

from mabgraph.ingest.errors import MabgraphError

from . import limits
from .contrasts import UNCHANGED, Contrast
from .forms import Fields
from .studyline import StudyLine


def contrasts(lines: Sequence[StudyLine], study: str, fields: Fields, measure: str) -> Iterator[Contrast]:
    """Yield the contrasts of every two arms of each study, from files in the format of multinma, gemtc and BUGSnet.

    Effects of one study share its baseline arm: the variance of that arm is their covariance (Franchini and others 2012,
    Res Synth Methods 3:142-60). The variance of the contrast of two arms is the sum of the variances of their effects minus twice it.

    :raises MabgraphError: when a study has no or several baseline rows, or a study of three or more arms has no error of its baseline.
    """
    studies: dict[str, list[StudyLine]] = {}
    for line in lines:
        studies.setdefault(line.text(study), []).append(line)
    for name, members in studies.items():
        if fault := limits.arms_fault(len(members)):
            raise MabgraphError(f"{members[0].path}, line {members[0].number}: {name}: {fault}")
        yield from _study_contrasts(name, members, fields, measure)


def _study_contrasts(name: str, members: Sequence[StudyLine], fields: Fields, measure: str) -> Iterator[Contrast]:
    first = [line for line in members if line.is_empty(fields["effect"])]
    others = [line for line in members if not line.is_empty(fields["effect"])]
    if len(first) != 1 or not others:
        why = (
            f"study {name} has {len(first)} lines of {len(members)} without an effect: its first arm has NA, each other an effect versus it"
        )
        raise (first[1] if len(first) > 1 else members[0]).refusal(fields["effect"], why)
    base = first[0].text(fields["treat"])
    effects = [
        (line.text(fields["treat"]), line.number_of(fields["effect"]), line.error_of(fields["error"], "standard error")) for line in others
    ]
    for treatment, effect, error in effects:
        yield Contrast(name, treatment, base, measure, effect, error, audit=UNCHANGED)
    if len(effects) == 1:
        return
    shared, column = _variance(first[0], fields, len(members))
    for (one, effect, error), (other, second, spread) in combinations(effects, 2):
        variance = error**2 + spread**2 - 2 * shared
        if variance <= 0:
            raise first[0].refusal(
                column, f"no arms can have it beside the errors {error:g} and {spread:g} of study {name}: see its numbers"
            )
        yield Contrast(
            name, one, other, measure, effect - second, sqrt(variance), audit="from the effects versus the baseline of its study"
        )


def _variance(line: StudyLine, fields: Fields, arms: int) -> tuple[float, str]:
    """Return the variance of the baseline arm, and the column it is from."""
    for column, power in ((fields.get("variance"), 1), (fields["error"], 2)):
        if column is not None and not line.is_empty(column):
            number = line.error_of(column, "variance or standard error")
            return float(number) ** power, column
    column = fields.get("variance", fields["error"])
    raise line.refusal(column, f"a study of {arms} arms needs the error of its first arm: without it the contrasts of the others have none")
