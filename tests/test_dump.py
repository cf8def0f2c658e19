"""A dump: lines sorted by their characters, each once, hashed and counted as they are written."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyoxigraph as ox

from mabgraph.graph import vocabulary
from mabgraph.graph.dump import Dump

GRAPH = ox.NamedNode("urn:x:graph")
PRINTED = ox.NamedNode(vocabulary.term("printed"))
#: Characters that end a line in some reader or other, or are escaped.
CHARACTERS = '\n\r\t\v\f\x00\x1c\x1d\x1e\x85\u2028\u2029"\\é\ufffd\U0001d4b3'


def quad(text: str, predicate: ox.NamedNode = PRINTED) -> ox.Quad:
    return ox.Quad(ox.NamedNode("urn:x:a"), predicate, ox.Literal(text), GRAPH)


def test_every_statement_is_one_line_in_order(tmp_path: Path) -> None:
    quads = [quad(f"0{character}71") for character in CHARACTERS] + [quad("0.71"), quad("0.71")]
    with Dump(tmp_path / "dump.nq") as dump:
        dump.add("one", quads)
        dump.add("two", [])
    content = (tmp_path / "dump.nq").read_bytes()
    assert content.decode() == "".join(sorted({f"{each} .\n" for each in quads}))
    assert set(ox.parse(content, ox.RdfFormat.N_QUADS)) == set(quads)
    assert (dump.version(), dump.bytes) == (hashlib.sha256(content).hexdigest(), len(content))
    assert (dump.graphs["one"], dump.graphs["two"], dump.figures) == (len(CHARACTERS) + 1, 0, len(CHARACTERS) + 1)


def test_a_text_that_names_the_property_is_no_figure(tmp_path: Path) -> None:
    with Dump(tmp_path / "dump.nq") as dump:
        dump.add("one", [quad(f"a {PRINTED} b", ox.NamedNode("urn:x:p")), quad("0.71")])
    assert dump.figures == 1
