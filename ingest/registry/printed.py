"""Printed: what the characters of a number of the registry are read as, and why there is none where they are no number.

The reason of a missing number is what its comment says of it. Of a value that is what no clause says of its limits or its spread alone; of
a limit, what is said of limits, if anything is. "Not reached" is never the default, and other things may be "not reached", too.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from .. import numerals
from ..errors import RecordError
from ..numerals import Numeral

#: What stands in place of a number; "NR" is "not reached" or "not reported".
_ABSENT: Final = frozenset({"na", "n/a", "n.a.", "not available", "not applicable", "nr", "n.r.", "-", "--"})
UNREADABLE: Final = "unreadable"
#: The roles of whole numbers: none is a percentage, and a comma is between thousands. Elsewhere one comma may be a decimal one.
_WHOLE: Final = frozenset({"count", "total", "quantity"})
#: Between these, and at 0, are the numbers of any measurement, also their products and ratios as floating-point numbers. A longer row of
#: digits was put together from several, and arithmetic over it ends in infinity.
_SMALLEST, _LARGEST = Decimal("1e-150"), Decimal("1e150")
_ONE_COMMA: Final = re.compile(r"\D*\d{1,3},\d{3}\D*")

_REACHED: Final = re.compile(r"(?i)\bnot\s+(?:yet\s+)?(?:been\s+)?reached\b|\bwas\s+never\s+reached\b")
_ESTIMABLE: Final = re.compile(
    r"(?i)\bnot\s+(?:be\s+)?(?:estimable|evaluable|calculable|calculated|estimated|computed|determined)\b|\bcould\s+not\s+be\b|"
    r"\binsufficient\b|\btoo\s+few\b|\binestimable\b"
)
_MEASURED: Final = re.compile(
    r"(?i)\bnot\s+(?:measured|collected|assessed|analy[sz]ed|performed|done|tested|available|obtained|recorded|captured)\b|"
    r"\bno\s+(?:\w+\s+)?(?:data|patients?|participants?|subjects?|samples?|measurements?|assessments?|observations?|results?)\b"
)
_APPLICABLE: Final = re.compile(r"(?i)\bnot\s+applicable\b|\bdoes\s+not\s+apply\b")
#: Nobody who was lost, and nothing that was filled in, is no missing measurement.
_NO_LOSS: Final = re.compile(r"(?i)\b(?:excluded|lost|withdr\w+|discontinu\w+|missing|censored|imputed|differ\w*)\b")
#: What else may be "not reached": none of it is a value that was not; of the second, where no median is named before.
_ELSE: Final = re.compile(
    r"(?i)\b(?:sample\s+size|enrol\w*|accrual|recruitment|target|number\s+of|steady[\s-]+state|significan\w+|maximum\s+tolerated|MTD|dose)\b|"
    r"\bother\s+(?:arm|group)"
)
_OTHER_SUBJECT: Final = re.compile(
    r"(?i)\b(?:(?:weeks?|days?|months?|years?|visit)\s+\d+|\d+[\s-](?:weeks?|days?|months?|years?)|visits?|time\s?points?|milestones?|"
    r"follow[\s-]?up|end\s?points?|criteri(?:on|a)|thresholds?|plateau|peak|cmax|goals?|objectives?|levels?|remission|"
    r"(?<!duration of )(?<!time to )response|participants?|patients?|subjects?|quartiles?|percentiles?)\b|\b(?:have|has|had|did)\s*$"
)
_BY_PEOPLE: Final = re.compile(r"(?i)\s*by\s+(?:any|all|most|the|these)?\s*(?:participants?|patients?|subjects?)\b")
_MEDIAN: Final = re.compile(r"(?i)\bmedians?\b")
#: What a clause is about: limits, the spread, or the value with them.
_LIMITS: Final = re.compile(r"(?i)\b(?:limits?|bounds?|confidence|intervals?|CI|[LU]CL)\b")
_SPREADS: Final = re.compile(
    r"\b(?i:standard\s+(?:deviation|error)s?|dispersion|spread|coefficient\s+of\s+variation|ranges?)\b|\b(?:SDs?|SEM?|CV)\b"
)
_VALUES: Final = re.compile(r"(?i)\b(?:medians?|means?|values?|(?<!to )estimates?|rates?|both)\b")
_SIDES: Final = {"lower": re.compile(r"(?i)\b(?:lower|LCL)\b"), "upper": re.compile(r"(?i)\b(?:upper|UCL)\b")}
_CLAUSES: Final = re.compile(r"[.;]\s+|\n")


def read_printed(printed: str, comment: str | None = None, role: str = "value") -> tuple[Numeral | None, str]:
    """Return the numeral that is printed, or none and the concept of the reason; ``role`` is that of its figure.

    >>> read_printed("< 0.001")[0].operator, read_printed("0,001"), read_printed("NA", "Median not reached")
    ('<', (None, 'unreadable'), (None, 'not-reached'))
    >>> read_printed("1,234"), read_printed("1,234", role="total")[0].canonical, read_printed("5%", role="p_value")
    ((None, 'unreadable'), '1234', (None, 'unreadable'))
    >>> read_printed("NA", "Not measured in this arm"), read_printed("NA")
    ((None, 'not-measured'), (None, 'not-reported'))
    """
    text = " ".join(printed.split())
    if text.casefold() in _ABSENT or not text:
        return None, reason_of(comment or "", role)
    try:
        numeral = numerals.read(text)
    except RecordError:
        return None, UNREADABLE
    if numeral.absence:
        return None, numeral.absence
    digits = [each for each in text if each.isdigit()]
    if numeral.number is None or not digits or not "".join(digits).isascii():
        return None, UNREADABLE
    if numeral.number and not _SMALLEST < abs(numeral.number) < _LARGEST:
        return None, UNREADABLE
    if (role not in _WHOLE and _ONE_COMMA.fullmatch(text)) or (numeral.percent and role in _WHOLE | {"p_value"}):
        return None, UNREADABLE
    return numeral, ""


def reason_of(comment: str, role: str = "value") -> str:
    """Return the concept of why the number of this role is missing, by the words of its comment; not reported where they do not say.

    >>> reason_of("Median not reached; upper limit not estimable"), reason_of("Median not reached; upper limit not estimable", "upper")
    ('not-reached', 'not-estimable')
    >>> reason_of("Week 24 was not reached"), reason_of("The sample size was not reached"), reason_of("95% CI could not be calculated")
    ('not-reported', 'not-reported', 'not-reported')
    """
    clauses = _clauses_about(comment, role)
    if comment.strip(" .") == "NR" or any(map(_is_not_reached, clauses)):
        return "not-reached"
    if any(map(_ESTIMABLE.search, clauses)):
        return "not-estimable"
    if any(_MEASURED.search(each) and not _NO_LOSS.search(each) for each in clauses):
        return "not-measured"
    return "not-applicable" if any(map(_APPLICABLE.search, clauses)) else "not-reported"


def _clauses_about(comment: str, role: str) -> list[str]:
    """Return the clauses of a comment that say something of the number of this role."""
    clauses = _CLAUSES.split(comment)
    if role in _SIDES and (of_limits := [each for each in clauses if _LIMITS.search(each)]):
        other = _SIDES["upper" if role == "lower" else "lower"]
        return [each for each in of_limits if _SIDES[role].search(each) or not other.search(each)]
    if role == "dispersion" and (own := [each for each in clauses if _SPREADS.search(each)]):
        return own
    return [each for each in clauses if not (_LIMITS.search(each) or _SPREADS.search(each)) or _VALUES.search(each)]


def _is_not_reached(clause: str) -> bool:
    """Whether a clause says that a value, and nothing else, was not reached."""
    match = _REACHED.search(clause)
    if match is None or _ELSE.search(clause):
        return False
    return bool(_MEDIAN.search(clause)) or not (_OTHER_SUBJECT.search(clause[: match.start()]) or _BY_PEOPLE.match(clause, match.end()))
