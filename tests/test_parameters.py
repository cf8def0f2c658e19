"""Parameters of an address are read by a faster reader than the standard library's: it says the same, or nothing."""

from __future__ import annotations

from urllib.parse import parse_qs, quote, urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mabgraph.api.routes import protocol

#: The same trials in every run, and no deadline: a busy machine fails none.
STEADY = settings(derandomize=True, deadline=None, database=None)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def strict(query: str) -> dict[str, list[str]] | None:
    """Return what the standard library reads, nothing where it refuses."""
    try:
        return parse_qs(query, keep_blank_values=True, errors="strict")
    except ValueError:
        return None


@STEADY
@given(st.lists(st.tuples(TEXTS, TEXTS)))
def test_what_was_written_is_read(pairs: list[tuple[str, str]]) -> None:
    query = urlencode(pairs)
    assert protocol.parameters(query.encode(), "the address") == strict(query)


@STEADY
@given(st.text("abAB01%&=+;/?:@!$'()*,-._~\"<>[]{}|\\^`# \t\n"))
@example("query=%41%4&%")
@example("a=%FF")
@example("a=%EF%BF%BD")
@example("a#b=c")
@example("a=b\tc")
@example(" a=b ")
@example("&&a&=b&&")
def test_whatever_comes_is_read_as_the_standard_library_does_or_refused_as_it_does(query: str) -> None:
    try:
        parameters = protocol.parameters(query.encode(), "the address")
    except protocol.RequestRefused:
        parameters = None
    assert parameters == strict(query)


def test_most_addresses_are_read_by_the_faster_one() -> None:
    assert protocol.parse_plain("query=" + quote("SELECT * { ?s ?p 'Größe' } # 100%")) == {"query": ["SELECT * { ?s ?p 'Größe' } # 100%"]}


@pytest.mark.parametrize("query", ["a=%FF", "a=b c", "a=\x00", "a#b", "&" * protocol.MOST])
def test_what_the_two_might_differ_in_is_left_to_the_standard_library(query: str) -> None:
    assert protocol.parse_plain(query) is None


def test_too_many_parameters_are_refused() -> None:
    with pytest.raises(protocol.RequestRefused, match="cannot be read"):
        protocol.parameters(b"a&" * (protocol.MOST + 1), "the address")
