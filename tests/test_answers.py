"""Validators: which of a caller's are the one that an answer has (RFC 9110, 13.1.2: compared weakly)."""

from __future__ import annotations

import pytest

from mabgraph.api.http import conditional


@pytest.mark.parametrize(
    ("header", "matched"),
    [
        ('"b"', True), ('W/"b"', True), ('"a", "b"', True), ('W/"a", W/"b"', True), (b'W/"b"', True), (' "b" ', True),
        ('"a"', False), ('W/"a"', False), ('"B"', False), ('"bb"', False), ("*", False), ("", False), (None, False), ('"a, b"', False),
    ],
)  # fmt: skip
def test_a_validator_is_matched_weakly_and_whole(header: str | bytes | None, matched: bool) -> None:
    assert conditional.matches(header, '"b"') is matched


def test_everything_that_settles_an_answer_is_in_its_validator() -> None:
    settled = [
        ("1a2b", "query", "text/csv", True),
        ("1a2c", "query", "text/csv", True),
        ("1a2b", "query", "text/csv", False),
        ("1a2b", "query text/csv", True),
    ]
    assert len({conditional.tag(*each) for each in settled}) == len(settled)
    assert conditional.tag(*settled[0]) == conditional.tag(*settled[0])
