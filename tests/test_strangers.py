"""Strangers' texts made up from the grammar: what the guard lets through reaches nothing, and what reaches nothing is let through."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks import strangers
from benchmarks.grammar import Writer
from benchmarks.strangers import Listener, Text
from mabgraph.graph.syntax import guard

from .extent import number_of

pytestmark = [pytest.mark.sampled, pytest.mark.slow]
TEXTS = settings(
    max_examples=2000, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
chances = st.integers(0, 2**63).map(Random)


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    with strangers.listening() as heard:
        yield heard


@TEXTS
@given(chance=chances)
def test_what_is_let_through_reaches_nothing(listener: Listener, chance: Random) -> None:
    text = strangers.written(chance, listener.url)
    if guard.refusal(text.text) is None:
        before = listener.heard
        strangers.run(text)
        assert listener.heard == before


@settings(TEXTS, max_examples=number_of(500, 200))
@given(chance=chances, update=st.booleans())
def test_what_reaches_nothing_and_is_written_plainly_is_let_through(listener: Listener, chance: Random, update: bool) -> None:
    writer = Writer(chance, listener.url, live=False, odd=False)
    text = writer.update() if update else writer.query()
    assert guard.refusal(text) is None
    assert not guard.names_services(text)


def test_the_texts_do_reach_out_where_nobody_guards(listener: Listener) -> None:
    counted = strangers.tried(0, 300, unguarded=True)
    assert counted["refused texts heard"] > 20
    assert counted["requests heard"] == 0
    assert counted["let through and SPARQL"] > 20
    before = listener.heard
    assert strangers.run(Text(f"SELECT * {{ SERVICE <{listener.url}> {{ ?s ?p ?o }} }}", False, True, False, False))
    assert strangers.run(Text(f"LOAD <{listener.url}>", True, True, False, False))
    assert listener.heard == before + 2


@settings(TEXTS, max_examples=number_of(500, 200))
@given(chance=chances)
def test_whether_a_query_chooses_its_graphs_is_seen(listener: Listener, chance: Random) -> None:
    writer = Writer(chance, listener.url, live=False, odd=True)
    text = writer.query()
    if guard.refusal(text) is None and strangers.run(Text(text, False, False, True, False)):
        assert guard.names_graphs(text) is writer.chooses


def test_the_benchmark_times_every_family_at_half_a_length_and_at_the_length() -> None:
    assert [name for name, _, _ in strangers.timed(400)] == list(strangers.FAMILIES)
