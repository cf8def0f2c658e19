"""Printed numerals are read as the one number they print, or refused; no printed form is guessed or rewritten."""

from __future__ import annotations

import re
from decimal import Decimal, localcontext
from pathlib import Path

import pytest

from mabgraph.ingest import numerals
from mabgraph.ingest.errors import RecordError


@pytest.mark.parametrize(
    ("printed", "operator", "number"),
    [
        ("0.71", "=", "0.71"), ("0·71", "=", "0.71"), (".03", "=", "0.03"), ("·03", "=", "0.03"), ("0.70", "=", "0.7"),
        ("1,500", "=", "1500"), ("1,234,567", "=", "1234567"), ("1,234.5", "=", "1234.5"), ("376", "=", "376"), ("007", "=", "7"),
        ("<0.001", "<", "0.001"), ("< 0.05", "<", "0.05"), (">5", ">", "5"), ("=0.01", "=", "0.01"), ("≤3", "<=", "3"), ("⩾3", ">=", "3"),
        (r"\leq 0.05", "<=", "0.05"), (r"\le3", "<=", "3"), (r"\geq 3", ">=", "3"), ("~5", "~", "5"), ("≈5", "~", "5"),
        ("−1.2", "=", "-1.2"), ("–1.2", "=", "-1.2"), ("-1.2", "=", "-1.2"), ("<−1", "<", "-1"), ("less than 10", "<", "10"), ("at\nleast 3", ">=", "3"), ("Up to two", "<=", "2"), ("−0.0", "=", "0"),
        ("no", "=", "0"), ("None", "=", "0"), ("three", "=", "3"), ("nineteen", "=", "19"), ("forty", "=", "40"), ("Forty-Eight", "=", "48"),
    ],
)  # fmt: skip
def test_printed_form_is_read_as_its_number_and_kept(printed: str, operator: str, number: str) -> None:
    numeral = numerals.read(printed)
    assert (numeral.operator, numeral.canonical, numeral.printed) == (operator, number, printed)
    assert numeral.absence is None


@pytest.mark.parametrize(
    ("printed", "number"),
    [(".39", "0.39"), ("1\u2009500", "1500"), ("1\u202f234\u202f567", "1234567"), ("12\u00a0000", "12000"), ("1\u2009234.5", "1234.5"), ("0\u00b755", "0.55"),
     ("\u22120\u00b755", "-0.55"), ("\u2264 0.001", "0.001"), ("< .001", "0.001"), ("sixty-two", "62")],
)  # fmt: skip
def test_forms_of_journals_are_read(printed: str, number: str) -> None:
    assert numerals.read(printed).canonical == number


@pytest.mark.parametrize(
    "printed",
    ["1 500", "1\u200950", "12\u20095000", "0\u2009500", "1\u2009500,5", "1,500\u2009000", "0\u00b755\u00b71", "a third", "half", "a dozen", "P=.04", "0.71|1.40",
     "0.71 (0.55", "28.0\u201339.5", "twenty-first", "first", "day 100", "2:1"],
)  # fmt: skip
def test_what_is_nearly_a_number_is_refused(printed: str) -> None:
    with pytest.raises(RecordError):
        numerals.read(printed)


def test_number_words_are_in_one_table() -> None:
    """Modules that read words take them from here: in no other file of the source do three of them stand side by side."""
    root = Path(__file__).parents[1]
    table = re.compile(r"[\"' ]two[\"':,0-9 ]+three[\"':,0-9 ]+four", re.IGNORECASE)
    files = {
        path.relative_to(root).as_posix()
        for room in ("ingest", "graph", "api")
        for path in (root / room).rglob("*.py")
        if table.search(path.read_text("utf-8"))
    }
    assert files == {"ingest/numerals.py"}


SIGNS = {
    "<": ["<", "less than", "fewer than"],
    ">": [">", "more than", "over", "greater than"],
    "<=": ["≤", "⩽", r"\le", r"\leq", "up to", "at most"],
    ">=": ["≥", "⩾", r"\ge", r"\geq", "at least"],
    "~": ["~", "≈", "approximately", "about"],
    "=": ["="],
}


def test_every_sign_and_word_of_comparison_is_its_operator() -> None:
    assert {sign for signs in SIGNS.values() for sign in signs} == set(numerals.OPERATORS)
    for operator, signs in SIGNS.items():
        assert {numerals.read(f"{sign} 5").operator for sign in signs} == {operator}
        assert {numerals.read(f"{sign} 5").number for sign in signs} == {Decimal(5)}


@pytest.mark.parametrize("printed", ["33.6%", r"33.6\%", "33.6 %"])
def test_percent_sign_is_noted(printed: str) -> None:
    assert (numerals.read(printed).number, numerals.read(printed).percent) == (Decimal("33.6"), True)
    assert not numerals.read("33.6").percent


@pytest.mark.parametrize(
    ("printed", "absence"),
    [("not reached", "not-reached"), ("Not\n reached", "not-reached"), ("NR", "not-reached"), ("NE", "not-estimable"),
     ("not estimable", "not-estimable"), ("not reported", "not-reported"), ("NA", "not-applicable"), ("missing", "missing"), ("not evaluable", "not-estimable"), ("n.e.", "not-estimable"), ("N/A", "not-applicable")],
)  # fmt: skip
def test_wording_for_an_absent_number_is_an_absence(printed: str, absence: str) -> None:
    numeral = numerals.read(printed)
    assert (numeral.absence, numeral.number, numeral.canonical, numeral.bounds) == (absence, None, "", None)


@pytest.mark.parametrize(
    ("printed", "number"),
    [("one hundred sixteen", 116), ("One hundred and sixteen", 116), ("one\nhundred", 100), ("a hundred", 100), ("a thousand", 1000), ("twenty two", 22),
     ("two thousand one hundred and five", 2105), ("ninety-nine thousand, nine hundred ninety-nine", 99_999), ("more than one hundred", 100)],
)  # fmt: skip
def test_number_words_of_several_words_are_read(printed: str, number: int) -> None:
    assert numerals.read(printed).number == number


@pytest.mark.parametrize(
    "printed",
    ["0,71", "0,710", "1.234.567", "12,34", "1,234,56", "1,2345", "", " ", "abc", "1 2", "1–2", "1.", "<", "+1", "--1", "1e5", "5 mg",
     "P<0.05", "twenty-", "twenty-ten", "twenty-zero", "hundred", "thousand", "one hundred and", "one thousand and", "a", "and", "twelve hundred", "one hundred,", "½", "²"],
)  # fmt: skip
def test_form_that_is_no_numeral_or_reads_two_ways_is_refused(printed: str) -> None:
    with pytest.raises(RecordError, match="is no numeral, or can be read in two ways: mark the digits of one number only") as error:
        numerals.read(printed)
    assert str(error.value).startswith(repr(printed))


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("34", "33.6", True), ("34", "33.4", False), ("33", "33.4", True), ("0.7", "0.70", True), ("0.7", "0.71", True), ("0.7", "0.65", True),
        ("0.7", "0.75", True), ("0.70", "0.71", False), ("0.7", "0.76", False), ("−1.2", "-1.24", True), ("1.2", "−1.2", False),
        ("1,500", "1500", True), ("0·70", "0.7", True), ("three", "3", True), ("33.6%", "33.6", True), ("<0.05", "<0.050", True),
        ("<0.05", "0.05", False), ("<0.05", "<0.04", False), ("not reached", "NR", True), ("not reached", "5", False),
        ("not reached", "not estimable", False),
    ],
)  # fmt: skip
def test_two_printings_agree_by_rounding_whichever_comes_first(one: str, other: str, agree: bool) -> None:
    assert numerals.read(one).agrees(numerals.read(other)) is agree
    assert numerals.read(other).agrees(numerals.read(one)) is agree


@pytest.mark.parametrize("printed", ["0.123456789012345678901234567890123", "1,234,567,890,123,456,789,012,345,678,901.25", "3" * 110])
def test_no_digit_of_a_long_number_is_rounded_away(printed: str) -> None:
    numeral = numerals.read(printed)
    assert numeral.canonical == printed.replace(",", "")
    assert numeral.bounds is not None
    half = Decimal("0." + "0" * numeral.decimals + "5")
    with localcontext(prec=200):
        assert numeral.bounds == (Decimal(numeral.canonical) - half, Decimal(numeral.canonical) + half)


@pytest.mark.parametrize(
    ("number", "plain"),
    [("100000", "100000"), ("1E+5", "100000"), ("0.70", "0.7"), ("-0.00", "0"), ("0E-7", "0"), ("1E-7", "0.0000001"), ("-1.20", "-1.2")],
)
def test_canonical_number_is_plain_and_stable(number: str, plain: str) -> None:
    assert numerals.format_decimal(Decimal(number)) == plain
    assert numerals.read(plain).canonical == plain


@pytest.mark.parametrize("thousandths", [0, 1, 10, 999, 1_000, 34_500, 1_500_000, 1_234_567])
def test_number_survives_every_way_of_printing_it(thousandths: int) -> None:
    number = Decimal(thousandths) / 1000
    for printed in (f"{number:f}", f"{number:,f}", f"{number:,f}".replace(".", "·"), f"{number:.3f}", f"{number:,.3f}%"):
        assert numerals.read(printed).number == number
    assert numerals.read(f"−{number:,f}").number == -number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("28.0–39.5, 40.8 ± 17.1", ["28.0", "39.5", "40.8", "17.1"]), ("33.6%–50%", ["33.6", "50"]), ("6 to 12", ["6", "12"]), ("2:1", ["2", "1"]),
        ("<0.001 and ≥3 (1,500).", ["<0.001", "≥3", "1,500"]), (r"\leq 0.05", [r"\leq 0.05"]), ("0·71.", ["0·71"]), ("(−1.2–41.2)", ["−1.2", "41.2"]),
        ("−5 or (-3)", ["−5", "-3"]), ("phase 3", ["3"]), ("CD19, T315I, IL-6, COVID-19, x2", []), ("1.5.2 and 12,34", []), ("no numeral", []),
    ],
)  # fmt: skip
def test_scan_finds_each_number_of_running_text_and_passes_over_names(text: str, expected: list[str]) -> None:
    seen = list(numerals.scan(text))
    assert [numeral.printed for _, _, numeral in seen] == expected
    assert [text[start:end] for start, end, _ in seen] == expected


@pytest.mark.parametrize(
    ("printed", "date"),
    [
        ("January 4, 2016", "2016-01-04"),
        ("January\n4 2016", "2016-01-04"),
        ("September 2015", "2015-09"),
        ("February 29, 2016", "2016-02-29"),
    ],
)
def test_date_is_read_to_the_precision_printed(printed: str, date: str) -> None:
    assert numerals.read_date(printed) == date


@pytest.mark.parametrize("printed", ["2015", "4 January 2016", "Foo 2015", "01/04/2016", "January 2015 to May 2016", ""])
def test_other_forms_of_date_are_refused(printed: str) -> None:
    with pytest.raises(RecordError, match="is no date of the form 'January 4, 2016' or 'January 2014'"):
        numerals.read_date(printed)


@pytest.mark.parametrize("printed", ["January 32, 2015", "January 0, 2015", "February 30, 2016", "February 29, 2015"])
def test_day_that_no_calendar_has_is_refused(printed: str) -> None:
    with pytest.raises(RecordError, match=f"'{printed}' is no day of the calendar: mark the date as printed, or leave it out"):
        numerals.read_date(printed)
