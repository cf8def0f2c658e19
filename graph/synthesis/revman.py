"""RevMan data rows as mabgraph exports them: generic inverse variance, with the contrast in the analysis name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .contrasts import RATIOS, UNCHANGED, Contrast
from .studyline import StudyLine

#: ``overall survival: ln HR of A versus B``.
_NAME: Final = re.compile(r"(?P<endpoint>.*): (?:ln )?(?P<measure>[A-Z]+) of (?P<treatment>.+) versus (?P<comparator>.+)")


def contrasts(lines: Sequence[StudyLine], study: str, measure: str) -> tuple[Contrast, ...]:
    """Return the contrasts of the data rows.

    :raises MabgraphError: when an analysis name does not give measure and treatments exactly once, or there are several endpoints.
    """
    rows = []
    endpoints: dict[str, StudyLine] = {}
    for line in lines:
        name = line.text("analysis name")
        match = _NAME.fullmatch(name)
        if match is None or name.count(" versus ") > 1 or (f": ln {match['measure']} of " in name) != (match["measure"] in RATIOS):
            remedy = "write the analysis as 'end point: ln HR of A versus B', or give study, treat1, treat2, TE, seTE"
            raise line.refusal("analysis name", f"RevMan's rows name no treatments: {remedy}")
        if match["measure"] != measure:
            raise line.refusal("analysis name", f"{measure} is asked for, and one measure is never made into another: pool each by itself")
        endpoints.setdefault(match["endpoint"], line)
        if len(endpoints) > 1:
            raise line.refusal("analysis name", f"another end point than {next(iter(endpoints))!r}: pool each by itself")
        error = line.error_of("giv se", "standard error")
        names = (line.text(study), match["treatment"], match["comparator"])
        rows.append(Contrast(*names, measure, line.number_of("giv mean"), error, audit=UNCHANGED))
    return tuple(rows)
