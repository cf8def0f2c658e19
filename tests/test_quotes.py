"""A quote taken apart gives the characters of the source and the marks in them; put together again it is the same quote."""

from __future__ import annotations

import re

import pytest

from mabgraph.ingest import quotes
from mabgraph.ingest.errors import RecordError

ROW = "Any response | 30 (50.0) | 9 (<0.1) |"
CELLS = "| [a.count] ([a.percent]) | [b.count] ([b.percent]) |"


def marks(marked: quotes.MarkedQuote) -> list[tuple[str, str, str]]:
    for mark in marked.marks:
        assert marked.text[mark.start : mark.end] == mark.printed
    return [(mark.printed, mark.name, mark.role) for mark in marked.marks]


@pytest.mark.parametrize(
    ("quote", "text", "expected"),
    [
        ("HR, [0.71](value); [95](level)% CI", "HR, 0.71; 95% CI", [("0.71", "", "value"), ("95", "", "level")]),
        ("[101](number-of-centres.quantity) centres", "101 centres", [("101", "number-of-centres", "quantity")]),
        ("[<0.001](a.p_value)[≥3](b.count)", "<0.001≥3", [("<0.001", "a", "p_value"), ("≥3", "b", "count")]),
        ("[28.0](lower)–[39.5](upper)", "28.0–39.5", [("28.0", "", "lower"), ("39.5", "", "upper")]),
        ("[not\nreached](value)", "not\nreached", [("not\nreached", "", "value")]),
        ("as shown [12] (see below)", "as shown [12] (see below)", []),
        ("no figure", "no figure", []),
    ],
)
def test_marks_taken_away_leave_the_characters_of_the_source(quote: str, text: str, expected: list[tuple[str, str, str]]) -> None:
    marked = quotes.read(quote)
    assert marked.text == text
    assert marks(marked) == expected


def test_identifiers_are_marked_but_are_no_figures() -> None:
    doi, value = quotes.read("[10.1056/x](doi) [3](value)").marks
    assert (doi.is_figure, value.is_figure) == (False, True)


@pytest.mark.parametrize(
    ("quote", "message"),
    [
        ("a" * 121, "a quote holds at most 120 characters, this one 121: split it"),
        ("[" + "1" * 121 + "](value)", "a quote holds at most 120 characters, this one 121: split it"),
        (" HR", "the quote ' HR' begins or ends with white space: quote the words only"),
        ("HR\n", "the quote 'HR\\n' begins or ends with white space: quote the words only"),
        ("", "the quote is empty: quote the words that print the figure"),
        ("x [3 ](value) y", "the mark '3 ' begins or ends with white space: mark the figure only"),
        ("[3](valeu)", "'valeu' is no role of a printed figure; the roles are citation, count, date,"),
        ("[3](a.mean)", "'mean' is no role of a printed figure; the roles are citation, count, date,"),
    ],
)
def test_quote_that_breaks_the_format_is_refused(quote: str, message: str) -> None:
    with pytest.raises(RecordError, match=re.escape(message)):
        quotes.read(quote)


@pytest.mark.parametrize(
    ("quote", "part"),
    [
        ("[1](dose),500 mg", "1"), ("1,[500](dose) mg", "500"), ("0[.71](value)", ".71"), ("0.[71](value)", "71"), ("[0.7](value)0", "0.7"),
        ("8·[1](value)", "1"), ("1[2](count)", "2"), ("by −[1.2](value)", "1.2"), ("(-[1.2](value)", "1.2"), ("[May 201](date)6", "May 201"),
    ],
)  # fmt: skip
def test_mark_of_a_part_of_a_number_is_refused(quote: str, part: str) -> None:
    with pytest.raises(RecordError, match=f"the mark {part!r} is part of a longer number in .*: mark the number whole, with its sign"):
        quotes.read(quote)


def test_limit_of_length_counts_the_source_not_the_marks() -> None:
    assert len(quotes.read("[1](value)" + "a" * 119).text) == quotes.LONGEST_QUOTE == 120


def test_context_is_at_most_thirty_two_characters_each_side() -> None:
    marked = quotes.read("a" * 40 + "[3](value)" + "b" * 40)
    assert marked.context(marked.marks[0]) == ("a" * 32, "b" * 32)
    short = quotes.read("a [3](value)")
    assert short.context(short.marks[0]) == ("a ", "")


def test_cells_name_the_figures_at_the_end_of_a_row() -> None:
    marked = quotes.read_cells(ROW, CELLS)
    assert marked.text == ROW
    assert marks(marked) == [("30", "a", "count"), ("50.0", "a", "percent"), ("9", "b", "count"), ("<0.1", "b", "percent")]


@pytest.mark.parametrize(
    ("row", "cells", "expected"),
    [
        ("Change | −1.2 |", "[a.value] |", [("−1.2", "a", "value")]),
        ("Change | −5 (−7–−3) |", "[a.value] ([a.lower]–[a.upper]) |", [("−5", "a", "value"), ("−7", "a", "lower"), ("−3", "a", "upper")]),
        ("Range | 28-39 |", "[a.lower]-[a.upper] |", [("28", "a", "lower"), ("39", "a", "upper")]),
        ("Year 2020 | 1,130 |", "[a.count] |", [("1,130", "a", "count")]),
    ],
)
def test_cells_take_a_number_whole_with_its_sign(row: str, cells: str, expected: list[tuple[str, str, str]]) -> None:
    assert marks(quotes.read_cells(row, cells)) == expected


@pytest.mark.parametrize(
    "row", [f"{ROW} 7", "Any response | 30 (50.0) |", "Any response | 30 [50.0] | 9 (0.1) |", "Any | x (50.0) | 9 (0.1) |"]
)
def test_row_that_does_not_end_like_its_cells_is_refused(row: str) -> None:
    with pytest.raises(
        RecordError, match=re.escape(f"the row {row!r} does not end like the table's cells {CELLS!r}: give the row its own")
    ):
        quotes.read_cells(row, CELLS)


def test_cells_with_an_unknown_role_are_refused() -> None:
    with pytest.raises(RecordError, match="'n' is no role of a printed figure"):
        quotes.read_cells(ROW, CELLS.replace("b.count", "b.n"))


@pytest.mark.parametrize(
    ("text", "document", "places"),
    [
        ("b c", "a b c", [(2, "b c")]),
        ("a b", "a\nb, a  \r\n b, a\u00a0b, ab", [(0, "a\nb"), (5, "a  \r\n b"), (14, "a\u00a0b")]),
        ("a  b", "a b", [(0, "a b")]),
        ("aa", "aaaa", [(0, "aa"), (1, "aa"), (2, "aa")]),
        ("1.5 (", "115 ( 1.5 (", [(6, "1.5 (")]),
        ("0.7", "0.70", [(0, "0.7")]),
        ("A", "a", []),
    ],
)
def test_quote_is_found_wherever_its_words_stand_however_they_are_spaced(text: str, document: str, places: list[tuple[int, str]]) -> None:
    assert list(quotes.find(text, document)) == places


def test_quote_takes_the_white_space_of_the_source_inside_marks_and_out() -> None:
    quote, exact = "was [not reached](a.value) by [May 2016](date), so", "was\nnot\r\nreached  by\nMay\t2016, so"
    respaced = quotes.respace(quote, exact)
    assert respaced == "was\n[not\r\nreached](a.value)  by\n[May\t2016](date), so"
    assert quotes.read(respaced).text == exact
    assert quotes.respace(respaced, exact) == respaced


def test_marks_move_from_the_quote_to_the_document() -> None:
    document = "In all, HR 0.71 was printed."
    marked = quotes.read("HR [0.71](value)")
    (mark,) = quotes.shift(marked.marks, document.index(marked.text))
    assert document[mark.start : mark.end] == mark.printed


TWO_EFFECTS = "Age | 0.71 (0.55–0.93) | .012 | 1.40 (1.1–1.8) | <.001 |"
OF_TWO = "[a.value] ([a.lower]–[a.upper]) | [a.p_value] | [b.value] ([b.lower]–[b.upper]) | [b.p_value] |"


def test_two_effects_of_one_row_are_told_apart_by_their_columns() -> None:
    marks = quotes.read_cells(TWO_EFFECTS, OF_TWO).marks
    assert [(mark.name, mark.role, mark.printed) for mark in marks] == [
        ("a", "value", "0.71"), ("a", "lower", "0.55"), ("a", "upper", "0.93"), ("a", "p_value", ".012"),
        ("b", "value", "1.40"), ("b", "lower", "1.1"), ("b", "upper", "1.8"), ("b", "p_value", "<.001"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "row",
    ["Age | 0.71 (0.55–0.93) | .012 | 1.40 (1.1) | <.001 |", "Age | 0.71 (0.55–0.93) | | 1.40 (1.1–1.8) | <.001 |", "Age | 0.71 (0.55–0.93) | NEW | 1.40 (1.1–1.8) | <.001 |",
     "Age | 0.71 (0.55–0.93) | .012 | 1.40 (1.1–1.8) | <.001 | 7 |"],
)  # fmt: skip
def test_a_row_that_prints_other_cells_is_refused(row: str) -> None:
    with pytest.raises(RecordError, match="does not end like the table's cells"):
        quotes.read_cells(row, OF_TWO)


@pytest.mark.parametrize(("text", "mark"), [("1\u2009500 mg", "1"), ("1\u2009500 mg", "500"), ("12\u202f000", "12")])
def test_a_number_in_groups_is_marked_whole(text: str, mark: str) -> None:
    with pytest.raises(RecordError, match="part of a longer number"):
        quotes.read(text.replace(mark, f"[{mark}](count)", 1))
