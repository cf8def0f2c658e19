"""Folding of names: the fast way gives what the plain way gives, for every name of the dataset and for any text."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mabgraph.graph.questions import names, question, spelling
from mabgraph.graph.questions.catalogue import Catalogue

#: The same trials in every run, and no deadline: a busy machine fails none.
STEADY = settings(derandomize=True, deadline=None, database=None)
IDLE = re.compile(r"[\s\-_‐‑‒–—−'’\"®™©\u00ad\u200b-\u200d\u2060\ufeff]+")
MARKS = re.compile("[®™©]")
WORD = re.compile(rf"\b(?:{'|'.join(spelling.WORDS)})\b")
TENS = [word for word in spelling.WORDS if word.endswith("ty")]
BOTH = re.compile(rf"\b({'|'.join(TENS)})[\s-]({'|'.join(list(spelling.WORDS)[:9])})\b")
SPELLINGS = (
    (re.compile(r"(?<=[a-z])[ao]e|\b[ao]e(?=[a-z]{3})"), "e"),
    (re.compile(r"(?<=[a-z]{2})our(?=s?\b)"), "or"),
    (re.compile(r"(?<=[a-z]{3})is(?=(?:e|ed|es|ing|ation|ations)\b)"), "iz"),
    (re.compile(r"(?<=[a-z]{2})ys(?=(?:e|ed|es|ing)\b)"), "yz"),
    (re.compile(r"(?<=[a-z]{2})([tb])re(?=s?\b)"), r"\1er"),
)
#: Pieces that the expressions look for, with what stands around them.
PIECES = (
    *spelling.WORDS, "ae", "oe", "our", "ours", "is", "ise", "ised", "isation", "yse", "ysed", "tre", "bres", "haematologic", "tumour", "aether", "oedema", "three-four", "thirty-nine", "ninety one",
    "a", "ab", "abc", "z", " ", "-", "_", "'", '"', "/", ".", "(", ")", "1", "®", "™", "é", "ß", "ﬁ", "Ａ", "\u00ad", "\u200b", "\t", "\x1c", "\n",
)  # fmt: skip


def plain(name: str) -> str:
    """Return what ``spelling.normalise`` does, step by step."""
    text = unicodedata.normalize("NFKC", MARKS.sub("", name)).casefold()
    text = BOTH.sub(lambda words: spelling.WORDS[words[1]][0] + spelling.WORDS[words[2]], text)
    text = WORD.sub(lambda word: spelling.WORDS[word[0]], text)
    for british, american in SPELLINGS:
        text = british.sub(american, text)
    return IDLE.sub("", unicodedata.normalize("NFKC", IDLE.sub("", text)).casefold())


@STEADY
@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join) | st.text(max_size=40))
@example("Aetiology of the OEDEMA")
@example("randomised\nrandomised")
@example("grade_three")
def test_any_text_is_folded_as_step_by_step(text: str) -> None:
    assert spelling.normalise(text) == plain(text)
    assert spelling.normalise(text.upper()) == plain(text.upper())


def test_every_name_and_text_of_the_dataset_is_folded_as_step_by_step(real: Catalogue) -> None:
    written = {str(value) for row in real.ask("names") for value in row.values()} | {str(row["text"]) for row in real.ask("claims")}
    assert len(written) > 1500
    assert [text for text in written if spelling.normalise(text) != plain(text)] == []


def test_a_query_that_selects_its_columns_in_another_order_is_read_by_name(real: Catalogue) -> None:
    text = question.load("names").text.replace("?kind ?thing ?name WHERE", "?name ?thing ?kind WHERE")
    assert names.read(real.dataset.store, text).iris("drug") == real.names.iris("drug")


@STEADY
@given(st.lists(st.sampled_from((*PIECES, "/")), max_size=8).map("".join), st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_what_a_slash_divides_is_folded_apart(space: str, local: str) -> None:
    assert spelling.normalise(f"{space}/{local}") == spelling.normalise(f"{space}/") + spelling.normalise(local)


def test_every_thing_is_known_by_its_iri(real: Catalogue) -> None:
    for kind in names.KINDS:
        for iri in real.names.iris(kind):
            assert real.names.find(kind, iri) == real.names.find(kind, iri.upper()) == iri


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tumour", "tumor"),
        ("grade three", "Grade 3"),
        ("randomised", "randomized"),
        ("single-centre", "single-center"),
        ("titres", "titers"),
        ("analysed", "analyzed"),
    ],
)
def test_what_does_not_tell_names_apart_is_folded(one: str, other: str) -> None:
    assert spelling.normalise(one) == spelling.normalise(other)
