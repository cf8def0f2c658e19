"""Printed numerals: their printed form, and the number it represents.

The printed form is data and is never rewritten; the number is a :class:`decimal.Decimal` beside it.
An ambiguous form (``0,71``; ``1.234.567``) is refused, not guessed.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import lru_cache
from typing import Final

from .errors import RecordError

#: So many numerals are kept as they were read: a document prints few that differ.
KEPT: Final = 4_096

#: Comparison signs as printed, including LaTeX, and their operators.
OPERATORS: Final = {
    "<": "<", ">": ">", "=": "=", "≤": "<=", "≥": ">=", "⩽": "<=", "⩾": ">=",
    "\\leq": "<=", "\\le": "<=", "\\geq": ">=", "\\ge": ">=", "~": "~", "≈": "~",
    "less than": "<", "fewer than": "<", "more than": ">", "over": ">", "greater than": ">", "at least": ">=", "up to": "<=",
    "at most": "<=", "approximately": "~", "about": "~",
}  # fmt: skip

#: Number words as used in trial reports ("no patients", "forty-eight percent").
_UNITS: Final = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split()
    )
} | {"no": 0, "none": 0}
_TENS: Final = {word: 10 * number for number, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}

#: The words of whole numbers of one word, and the words of what is counted off ("every fourth week"); no other module has a table of them.
WORD_NUMBERS: Final = {word: number for word, number in _UNITS.items() if word not in {"no", "none"}} | _TENS
ORDINALS: Final = {
    word: number
    for number, word in enumerate("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), 1)
}  # fmt: skip

#: Spaces that are printed between the groups of three digits of one number; an ordinary space stands between two numbers, too.
_GROUPING = "\u2009\u202f\u00a0"
#: Number words of several words: one hundred and sixteen, two thousand, twenty two.
_ONES = "|".join(word for word, number in _UNITS.items() if 0 < number < 10)
_TEENS = "|".join(word for word, number in _UNITS.items() if number >= 10)
_SMALL = rf"(?:(?:{'|'.join(_TENS)})(?:[\s-]+(?:{_ONES}))?|{_TEENS}|{_ONES})"
_HUNDREDS = rf"(?:(?:{_ONES}|a)[\s-]+hundred(?:[\s-]+(?:and[\s-]+)?{_SMALL})?|{_SMALL})"
_WORDED: Final = re.compile(rf"(?:(?P<thousands>{_HUNDREDS}|a)[\s-]+thousand(?:,?\s+(?:and\s+)?(?=\w)|$))?(?P<rest>{_HUNDREDS})?")

#: Roman numerals as printed for trial phases; read only where a figure is marked.
_ROMAN: Final = {"I": 1, "II": 2, "III": 3, "IV": 4}
_COMPOUND: Final = frozenset(f"{ten}-{unit}" for ten in _TENS for unit, number in _UNITS.items() if 0 < number < 10)
#: The number words that a ledger accounts for; "no" and "none" are ordinary words there.
WORDS: Final = frozenset(_UNITS) - {"no", "none"} | frozenset(_TENS) | _COMPOUND

#: Texts printed in place of a number, and the concept of each.
ABSENCES: Final = {
    "not reached": "not-reached", "nr": "not-reached", "n.r.": "not-reached", "not yet reached": "not-reached",
    "not estimable": "not-estimable", "ne": "not-estimable", "n.e.": "not-estimable", "not evaluable": "not-estimable",
    "could not be estimated": "not-estimable", "not calculable": "not-estimable", "not reported": "not-reported",
    "not applicable": "not-applicable", "na": "not-applicable", "n/a": "not-applicable", "n.a.": "not-applicable", "missing": "missing",
}  # fmt: skip

_MONTHS: Final = {
    name: number
    for number, name in enumerate("january february march april may june july august september october november december".split(), 1)
}

_SIGN = "(?:" + "|".join(r"\s+".join(map(re.escape, sign.split())) for sign in sorted(OPERATORS, key=len, reverse=True)) + ")"
_SYMBOL = "(?:" + "|".join(re.escape(sign) for sign in sorted(OPERATORS, key=len, reverse=True) if not sign[0].isalpha()) + ")"
_DIGITS = rf"(?:[1-9]\d{{0,2}}(?:,\d{{3}})+(?:[.·]\d+)?|[1-9]\d{{0,2}}(?:[{_GROUPING}]\d{{3}})+(?:[.·]\d+)?|\d+[.·]\d+|[.·]\d+|\d+)"
_PRINTED = re.compile(
    rf"(?P<sign>{_SIGN})?\s*(?P<minus>[-−–](?=[\d.·]))?(?:(?P<digits>{_DIGITS})\s*(?P<percent>\\?%)?|(?P<word>[A-Za-z][A-Za-z,\s-]*))",
    re.IGNORECASE,
)
#: A numeral in running text: not part of a name (CD19, T315I), nor of a longer run of digits.
_RUNNING = re.compile(rf"(?<![\w.,·])(?<![A-Za-z]-)(?:{_SYMBOL}\s*)?(?:(?<![\w.·%)\]$])[-−–](?=[\d.·]))?{_DIGITS}(?![\w]|[.,·]\d)")
#: Words that a line of the source breaks.
_BROKEN_WORD = re.compile(r"(?<=[A-Za-z]-)\s+(?=[a-z])")
_BROKEN_SIGN = re.compile(r"(?<=approxi)-\s+(?=mately)", re.IGNORECASE)
_DECIMALS = re.compile(r"[.·](\d+)")
_DATE = re.compile(r"(?:(?P<month>[A-Z][a-z]+)\s+(?:(?P<day>\d{1,2}),?\s+)?(?P<year>\d{4}))")


@dataclass(frozen=True, slots=True)
class Numeral:
    """One printed numeral: its printed form, its comparison operator, and its number or the reason for its absence.

    >>> read("<0.001").number, read("<0.001").operator
    (Decimal('0.001'), '<')
    """

    printed: str
    operator: str = "="
    number: Decimal | None = None
    absence: str | None = None
    percent: bool = False

    @property
    def decimals(self) -> int:
        """The number of printed decimal places, which is the precision of the figure.

        >>> read("0.70").decimals, read("34").decimals
        (2, 0)
        """
        return _decimals(self.printed)

    @property
    def canonical(self) -> str:
        """The number as a plain decimal without insignificant zeros; empty if no number is printed.

        >>> read("100,000").canonical, read("0.70").canonical, read("not reached").canonical
        ('100000', '0.7', '')
        """
        return "" if self.number is None else format_decimal(self.number)

    @property
    def bounds(self) -> tuple[Decimal, Decimal] | None:
        """The closed range of numbers that round to the printed one; None if no number is printed.

        >>> [str(bound) for bound in read("0.16").bounds]
        ['0.155', '0.165']
        """
        return None if self.number is None else _bounds(self.number, self.printed)

    def agrees(self, other: Numeral) -> bool:
        """Whether both can be printed forms of one number, by rounding or by a cut-off.

        >>> read("34").agrees(read("33.6")), read("34").agrees(read("33.4"))
        (True, False)
        """
        if self is other:
            return True
        if self.bounds is None or other.bounds is None:
            return self.absence == other.absence
        if self.operator != other.operator:
            return False
        coarse, fine = (self, other) if self.decimals <= other.decimals else (other, self)
        lowest, highest = coarse.bounds or (Decimal(0), Decimal(0))
        return fine.number is not None and lowest <= fine.number <= highest

    def excludes(self, other: Numeral) -> bool:
        """Whether no number can be printed as both: by rounding, and on the sides of their comparison signs.

        >>> read("<0.001").excludes(read("0.0004")), read("0.71").excludes(read("0.7")), read("0.71").excludes(read("0.72"))
        (False, False, True)
        """
        if self is other or "~" in {self.operator, other.operator} or (self.absence and other.absence):
            return False
        if self.absence or other.absence:
            return True
        if self.operator == other.operator == "=":
            return not self.agrees(other)
        (low, high), (least, most) = self.allowed, other.allowed
        return low > most or least > high

    @property
    def allowed(self) -> tuple[Decimal, Decimal]:
        """The least and the greatest number that it can stand for: by rounding, or on its side of a comparison sign.

        >>> [str(bound) for bound in read(">5").allowed]
        ['5', 'Infinity']
        """
        if self.number is None or self.bounds is None:
            return Decimal("-Infinity"), Decimal("Infinity")
        if self.operator in {"<", "<="}:
            return Decimal("-Infinity"), self.number
        return (self.number, Decimal("Infinity")) if self.operator in {">", ">="} else self.bounds


@lru_cache(maxsize=KEPT)
def _decimals(printed: str) -> int:
    match = _DECIMALS.search(printed)
    return len(match[1]) if match else 0


@lru_cache(maxsize=KEPT)
def _bounds(number: Decimal, printed: str) -> tuple[Decimal, Decimal]:
    with localcontext(prec=len(printed) + 3):
        half = Decimal(5).scaleb(-_decimals(printed) - 1)
        return number - half, number + half


def format_decimal(number: Decimal) -> str:
    """Return ``number`` as a plain decimal with all its digits: no exponent, no insignificant zeros, no rounding.

    >>> format_decimal(Decimal("1.50E+2")), format_decimal(Decimal("-0.0")), format_decimal(Decimal("0." + "1234567890" * 3))
    ('150', '0', '0.12345678901234567890123456789')
    """
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", "0"} else text


@lru_cache(maxsize=KEPT)
def read(printed: str) -> Numeral:
    """Return the numeral with the printed form ``printed``.

    Accepted are decimal points and middle dots, thousands separators, comparison signs and words, percent signs, number words
    and the usual wordings for an absent number.

    :raises RecordError: when ``printed`` is no numeral, or is ambiguous.

    >>> read("0·71").number, read("forty-eight").number, read("not reached").absence
    (Decimal('0.71'), Decimal('48'), 'not-reached')
    >>> read("III").number, read("forty-eight").number
    (Decimal('3'), Decimal('48'))
    >>> read("less than 10").operator, read("up to two").number
    ('<', Decimal('2'))
    """
    text = _BROKEN_WORD.sub("", _BROKEN_SIGN.sub("", printed.strip()))
    absence = ABSENCES.get(" ".join(text.lower().split()))
    if absence:
        return Numeral(printed, absence=absence)
    match = _PRINTED.fullmatch(text)
    word = _word(match["word"]) if match and match["word"] else None
    if match is None or (match["word"] and word is None):
        raise RecordError(f"{printed!r} is no numeral, or can be read in two ways: mark the digits of one number only")
    operator = OPERATORS[" ".join((match["sign"] or "=").lower().split())]
    if word is not None:
        return Numeral(printed, operator, Decimal(word))
    digits = re.sub(rf"[,{_GROUPING}]", "", match["digits"]).replace("·", ".")
    number = Decimal(("-" if match["minus"] else "") + digits)
    return Numeral(printed, operator, number, percent=bool(match["percent"]))


def read_date(printed: str) -> str:
    """Return an English calendar date in ISO 8601, with the printed precision.

    :raises RecordError: when ``printed`` is no such date.

    >>> read_date("January 4, 2016"), read_date("September 2015")
    ('2016-01-04', '2015-09')
    """
    match = _DATE.fullmatch(" ".join(printed.split()))
    month = _MONTHS.get(match["month"].lower()) if match else None
    if match is None or month is None:
        raise RecordError(f"{printed!r} is no date of the form 'January 4, 2016' or 'January 2014'")
    try:
        day = datetime.date(int(match["year"]), month, int(match["day"] or 1))
    except ValueError:
        raise RecordError(f"{printed!r} is no day of the calendar: mark the date as printed, or leave it out") from None
    return day.isoformat() if match["day"] else day.isoformat()[:7]


def is_worded_time(printed: str) -> bool:
    """Whether a time is printed in words alone, such as the end of a phase: what has a digit or a number word is a number with its unit.

    >>> is_worded_time("end of reinduction"), is_worded_time("day 100"), is_worded_time("two years"), is_worded_time("not reached")
    (True, False, False, False)
    """
    words = re.findall(r"[^\W_]+", printed.lower())
    numbers = any(any(each.isdigit() for each in word) or word in WORD_NUMBERS or word in ORDINALS for word in words)
    return len(words) > 1 and not numbers and " ".join(printed.lower().split()) not in ABSENCES


def scan(text: str) -> Iterator[tuple[int, int, Numeral]]:
    """Yield start, end and value of every numeral in digits in ``text``; names such as CD19 are skipped.

    Ranges and plus-minus forms yield one numeral for each number.

    >>> [numeral.canonical for _, _, numeral in scan("CD19: 28.0–39.5, 40.8 ± 17.1, <0.001")]
    ['28', '39.5', '40.8', '17.1', '0.001']
    """
    for match in _RUNNING.finditer(text):
        yield match.start(), match.end(), read(match[0])


def _word(printed: str) -> int | None:
    if printed in _ROMAN:
        return _ROMAN[printed]
    text = printed.lower()
    if text == "both":
        return 2
    if text in _UNITS:
        return _UNITS[text]
    match = _WORDED.fullmatch(text)
    if not text or match is None:
        return None
    return 1000 * _hundreds(match["thousands"] or "") + _hundreds(match["rest"] or "")


def _hundreds(text: str) -> int:
    """Return the number that words below a thousand add up to; 0 of none."""
    words = [word for word in re.split(r"[\s-]+", text) if word not in {"", "and"}]
    hundreds = 100 * (1 if words[0] == "a" else _UNITS[words[0]]) if "hundred" in words else 1 if words == ["a"] else 0
    rest = words[words.index("hundred") + 1 :] if "hundred" in words else [word for word in words if word != "a"]
    return hundreds + sum(_TENS.get(word) or _UNITS[word] for word in rest)
