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
            "U+00B7 MIDDLE DOT is in the document where the quote has U+002E FULL STOP",
        ),
        ("in the final analysis", "in the \ufb01nal analysis", "U+FB01 LATIN SMALL LIGATURE FI is in the document"),
        (
            "change was -1.2 points",
            "change was \u22121.2 points",
            "U+2212 MINUS SIGN is in the document where the quote has U+002D HYPHEN-MINUS",
        ),
        (
            "the medication was given",
            "the medi-\ncation was given",
            "U+002D HYPHEN-MINUS is in the document and not in the quote, after 'the medi'",
        ),
        (
            'called a "bridge"',
            "called a \u201cbridge\u201d",
            "U+201C LEFT DOUBLE QUOTATION MARK is in the document where the quote has U+0022",
        ),
        (
            "Patients were enroled in 2015",
            "Patients were enrolled in 2015",
            "U+006C LATIN SMALL LETTER L is in the document and not in the quote",
        ),
        ("in 2015. The the hazard", "in 2015. The hazard", "the quote has U+0074 LATIN SMALL LETTER T, which the document lacks"),
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
