"""The nearest place of a quote that does not stand in its document: named with the first character that differs."""

from __future__ import annotations

import pytest

from mabgraph.ingest.nearest import nearest

TEXT = (
    "Patients were enrolled in 2015. The hazard ratio for death was 0\u00b771 (95% CI, 0\u00b755 to 0\u00b793) in the \ufb01nal analysis.\n"
    "The change was \u22121.2 points, and the medi-\ncation was given over 3\u20094 weeks; it was called a \u201cbridge\u201d."
)


@pytest.mark.parametrize(
    ("quote", "exact", "difference"),
    [
        (
            "ratio for death was 0.71",
            "ratio for death was 0\u00b771",
            'expected U+00B7 MIDDLE DOT, the quote has "." (U+002E FULL STOP)',
        ),
        ("in the final analysis", "in the \ufb01nal analysis", "expected U+FB01 LATIN SMALL LIGATURE FI, "),
        (
            "change was -1.2 points",
            "change was \u22121.2 points",
            'expected U+2212 MINUS SIGN, the quote has "-" (U+002D HYPHEN-MINUS)',
        ),
        (
            "the medication was given",
            "the medi-\ncation was given",
            "expected U+002D HYPHEN-MINUS, which the quote lacks, after 'the medi'",
        ),
        (
            'called a "bridge"',
            "called a \u201cbridge\u201d",
            'expected U+201C LEFT DOUBLE QUOTATION MARK, the quote has """ (U+0022',
        ),
        (
            "Patients were enroled in 2015",
            "Patients were enrolled in 2015",
            "expected U+006C LATIN SMALL LETTER L, which the quote lacks",
        ),
        ("in 2015. The the hazard", "in 2015. The hazard", 'the quote has "t" (U+0074 LATIN SMALL LETTER T), which the document lacks'),
    ],
)
def test_the_first_character_that_differs_is_named(quote: str, exact: str, difference: str) -> None:
    near = nearest(quote, TEXT)
    assert near is not None
    assert TEXT[near.start : near.start + len(near.exact)] == near.exact
    assert near.exact.strip() == exact
    assert difference in near.difference


@pytest.mark.parametrize("quote", ["nothing of the kind is printed anywhere", "zzzzzz"])
def test_what_is_like_nothing_has_no_nearest_place(quote: str) -> None:
    assert nearest(quote, TEXT) is None


def test_a_document_shorter_than_the_quote() -> None:
    assert nearest("much longer than that", "short") is None


@pytest.mark.parametrize(
    ("quote", "document", "difference"),
    [
        ("caf\u00e9 in Lyon", "the cafe\u0301 in Lyon", "expected U+0065 U+0301 (LATIN SMALL LETTER E, COMBINING ACUTE ACCENT), the quote has "
         "\"\u00e9\" (U+00E9 LATIN SMALL LETTER E WITH ACUTE) (the same letter, composed otherwise), after 'caf'"),
        ("cafe\u0301 in Lyon", "the caf\u00e9 in Lyon", "expected U+00E9 LATIN SMALL LETTER E WITH ACUTE, the quote has \"e\u0301\" "
         "(U+0065 U+0301 (LATIN SMALL LETTER E, COMBINING ACUTE ACCENT)) (the same letter, composed otherwise), after 'caf'"),
        ("cafe in Lyon", "the caf\u00e9 in Lyon", "expected U+00E9 LATIN SMALL LETTER E WITH ACUTE, the quote has \"e\""),
        ("the efficacy was", "that the e\ufb03cacy was", "expected U+FB03 LATIN SMALL LIGATURE FFI, the quote has \"f\""),
        ("of soft hyphens", "rows of soft hy\u00adphens", "expected U+00AD SOFT HYPHEN, which the quote lacks, after 'of soft hy'; no record can "
         "hold this character: quote the words beside it"),
        ("non-recipients of", "the non\u2010recipients of", "expected U+2010 HYPHEN, the quote has \"-\" (U+002D HYPHEN-MINUS), after 'non'"),
        ("in 1,000 patients", "seen in 1\u2009000 patients", "expected U+2009 THIN SPACE, the quote has \",\""),
        ("28.0-39.5 months", "(28.0\u201339.5 months)", "expected U+2013 EN DASH, the quote has \"-\""),
        ("dose of 5 \u00b5g", "a dose of 5 \u03bcg", "expected U+03BC GREEK SMALL LETTER MU, the quote has \"\u00b5\" (U+00B5 MICRO SIGN)"),
        ("the same words again", "the same words", None),
    ],
)  # fmt: skip
def test_what_looks_alike_is_compared_alike_and_described_as_it_is(quote: str, document: str, difference: str | None) -> None:
    near = nearest(quote, document)
    if difference is None:
        assert near is None
        return
    assert near is not None
    assert document[near.start : near.start + len(near.exact)] == near.exact
    assert difference in near.difference


def test_of_two_places_the_one_that_looks_the_same_is_nearest() -> None:
    near = nearest("HR 0.71 in arm A", "HR 0.77 in arm A and later HR 0\u00b771 in arm A")
    assert near is not None
    assert near.exact == "HR 0\u00b771 in arm A"
