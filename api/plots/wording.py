"""Texts for the numbers of an estimate: as printed by the document, or, if derived, rounded for readers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from mabgraph.graph.compare.evidence import EFFECT, Evidence

from . import footnotes

NOT_REPORTED: Final = "not reported"
#: Abbreviation of "not reported" in columns too narrow for words.
ABBREVIATED: Final = "NR"
CONFIDENCE: Final = "confidence interval"
#: What is added to an interval whose bounds are printed in the wrong order: they are not exchanged, since either may be the error.
UPSIDE_DOWN: Final = " (upside down as printed)"
#: A printed line break with the hyphen of a broken word.
_BREAK: Final = re.compile(r"-\s*\n\s*")


def format_number(number: float, percent: bool = False) -> str:
    """Return a derived number as text, rounded for readers of a plot; ``percent`` with one decimal place.

    >>> format_number(0.7044), format_number(12.345), format_number(0.0123), format_number(123.4), format_number(0.0, percent=True)
    ('0.70', '12.3', '0.012', '123', '0.0')
    """
    if percent:
        return f"{number:.1f}"
    size = abs(number)
    return f"{number:.3f}" if 0 < size < 0.1 else f"{number:.2f}" if size < 10 else f"{number:.1f}" if size < 100 else f"{number:.0f}"


def text_of(row: Mapping[str, Any], role: str) -> str:
    r"""Return the number ``role`` of an estimate as printed, or empty; line breaks of the document are removed.

    >>> text_of({"figures": [{"role": "value", "printed": "not\n\nestimable", "restates": None}], "value": None}, "value")
    'not estimable'
    """
    figures = sorted((each for each in row["figures"] or () if each["role"] == role), key=lambda each: each.get("restates") is not None)
    text = str(figures[0]["printed"]) if figures else "" if row.get(role) is None else str(row[role])
    return " ".join(_BREAK.sub("", text).split())


def number_of(row: Mapping[str, Any], role: str) -> str:
    """Return the number ``role`` of an estimate in digits, even if it is printed in words; else the text printed instead."""
    return text_of(row, role) if row.get(role) is None else f"{float(row[role]):g}"


def estimate(row: Evidence, printed: Mapping[str, Any]) -> str:
    """Return the value of an estimate as printed, or the text printed instead."""
    text = " ".join(_BREAK.sub("", str(printed["printed"] or "")).split())
    if row.row["absence"]:
        absence = str(printed["absence"])
        return absence if not text or text == absence else f"{text} ({absence})"
    if not text and row.measure == "count":
        text = text_of(printed, "count")
    return text or NOT_REPORTED


def interval(row: Evidence, printed: Mapping[str, Any], level: str) -> str:
    """Return the interval of an estimate as printed, with level and kind where they differ from the column's."""
    bounds = [text_of(printed, name) or NOT_REPORTED for name in ("lower", "upper")]
    if bounds == [NOT_REPORTED, NOT_REPORTED]:
        return NOT_REPORTED
    text, kind = " to ".join(bounds), row.row["interval_kind"]
    text += order_note(printed)
    if kind != CONFIDENCE:
        return f"{text} ({kind or 'kind not reported'})"
    level_of = own_level(printed)
    return text if level_of == level else f"{text} ({level_of + ' % CI' if level_of else 'level not reported'})"


def order_note(row: Mapping[str, Any]) -> str:
    """Return a remark on an interval whose lower bound is printed above its upper one; empty for any other.

    >>> order_note({"lower": 0.93, "upper": 0.55}), order_note({"lower": 0.55, "upper": None})
    (' (upside down as printed)', '')
    """
    lower, upper = row.get("lower"), row.get("upper")
    return UPSIDE_DOWN if lower is not None and upper is not None and float(lower) > float(upper) else ""


def own_level(printed: Mapping[str, Any]) -> str:
    """Return the level of an estimate's interval in percent, or empty."""
    return "" if printed["interval_level"] is None else f"{float(printed['interval_level']):g}"


def group_label(row: Evidence) -> str:
    """Return the group labels of an estimate, with the treatment where the label does not contain it."""
    if row.kind == EFFECT:
        return " versus ".join(side.label for side in row.sides)
    side = row.sides[0]
    is_named = side.name.lower() in side.label.lower() or len(side.name) > footnotes.LONG
    return side.label if is_named else f"{side.label} ({side.name})"


def counts(row: Evidence, printed: Mapping[str, Any]) -> str:
    """Return the number with the event and the total, or the total alone, of a single-group result."""
    if row.kind == EFFECT:
        return ""
    count, total = (number_of(printed, name) for name in ("count", "total"))
    if row.measure != "proportion" or not (count or total):
        return total
    return f"{count or ABBREVIATED}/{total or ABBREVIATED}"
