"""Wording: the numbers of an estimate as text, as a document prints them; what is worked out has as many digits as a reader needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from . import footnotes
from .evidence import EFFECT, Evidence

NOT_REPORTED: Final = "not reported"
#: Where a denominator or a count alone is missing, in a column that is too narrow for words.
ABBREVIATED: Final = "NR"
CONFIDENCE: Final = "confidence interval"
#: A printed line break, with the hyphen that a break within a word leaves.
_BREAK: Final = re.compile(r"-\s*\n\s*")


def written(number: float, percent: bool = False) -> str:
    """Return a number that was worked out, with as many digits as a reader of a plot needs; ``percent`` with one.

    >>> written(0.7044), written(12.345), written(0.0123), written(123.4), written(0.0, percent=True)
    ('0.70', '12.3', '0.012', '123', '0.0')
    """
    if percent:
        return f"{number:.1f}"
    size = abs(number)
    return f"{number:.3f}" if 0 < size < 0.1 else f"{number:.2f}" if size < 10 else f"{number:.1f}" if size < 100 else f"{number:.0f}"


def text_of(row: Mapping[str, Any], role: str) -> str:
    r"""Return how the number ``role`` of an estimate is printed, or nothing; what a document breaks over lines is on one.

    >>> text_of({"figures": [{"role": "value", "printed": "not\n\nestimable", "restates": None}], "value": None}, "value")
    'not estimable'
    """
    found = sorted((each for each in row["figures"] or () if each["role"] == role), key=lambda each: each.get("restates") is not None)
    text = str(found[0]["printed"]) if found else "" if row.get(role) is None else str(row[role])
    return " ".join(_BREAK.sub("", text).split())


def number_of(row: Mapping[str, Any], role: str) -> str:
    """Return the number ``role`` of an estimate in figures, where a document prints it in words too; else what it prints instead of one."""
    return text_of(row, role) if row.get(role) is None else f"{float(row[role]):g}"


def estimate(row: Evidence, printed: Mapping[str, Any]) -> str:
    """Return the value of an estimate as it is printed, or what is printed instead of one."""
    text = " ".join(_BREAK.sub("", str(printed["printed"] or "")).split())
    if row.row["absence"]:
        absence = str(printed["absence"])
        return absence if not text or text == absence else f"{text} ({absence})"
    if not text and row.measure == "count":
        text = text_of(printed, "count")
    return text or NOT_REPORTED


def interval(row: Evidence, printed: Mapping[str, Any], level: str) -> str:
    """Return the interval of an estimate as it is printed, its level and its kind where they are not those of the column."""
    bounds = [text_of(printed, name) or NOT_REPORTED for name in ("lower", "upper")]
    if bounds == [NOT_REPORTED, NOT_REPORTED]:
        return NOT_REPORTED
    text, kind = " to ".join(bounds), row.row["interval_kind"]
    if kind != CONFIDENCE:
        return f"{text} ({kind or 'kind not reported'})"
    level_of = own(printed)
    return text if level_of == level else f"{text} ({level_of + ' % CI' if level_of else 'level not reported'})"


def own(printed: Mapping[str, Any]) -> str:
    """Return the level of the interval of an estimate in percent, or nothing."""
    return "" if printed["interval_level"] is None else f"{float(printed['interval_level']):g}"


def group_of(row: Evidence) -> str:
    """Return the groups of an estimate as their study names them, with the treatment where the name does not say it."""
    if row.kind == EFFECT:
        return " versus ".join(side.label for side in row.sides)
    side = row.sides[0]
    said = side.named.lower() in side.label.lower() or len(side.named) > footnotes.LONG
    return side.label if said else f"{side.label} ({side.named})"


def counts(row: Evidence, printed: Mapping[str, Any]) -> str:
    """Return the patients with the event of all patients, or all patients alone, of the result of one group."""
    if row.kind == EFFECT:
        return ""
    count, total = (number_of(printed, name) for name in ("count", "total"))
    if row.measure != "proportion" or not (count or total):
        return total
    return f"{count or ABBREVIATED}/{total or ABBREVIATED}"
