"""A dump: lines sorted by their characters, each once, hashed and counted as they are written."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import pyoxigraph as ox

from mabgraph.graph.building.dump import Dump
from mabgraph.graph.store import vocabulary
from mabgraph.graph.store.inventory import DUMP, GZIP, TRIG

GRAPH = ox.NamedNode("urn:x:graph")
PRINTED = ox.NamedNode(vocabulary.term("printed"))
#: Characters that end a line in some reader or other, or are escaped.
CHARACTERS = '\n\r\t\v\f\x00\x1c\x1d\x1e\x85\u2028\u2029"\\é\ufffd\U0001d4b3'


def quad(text: str, predicate: ox.NamedNode = PRINTED) -> ox.Quad:
    return ox.Quad(ox.NamedNode("urn:x:a"), predicate, ox.Literal(text), GRAPH)


def test_every_statement_is_one_line_in_order(tmp_path: Path) -> None:
    quads = [quad(f"0{character}71") for character in CHARACTERS] + [quad("0.71"), quad("0.71")]
    with Dump(tmp_path) as dump:
        dump.add("one", quads)
        dump.add("two", [])
    content = (tmp_path / DUMP).read_bytes()
    assert content.decode() == "".join(sorted({f"{each} .\n" for each in quads}))
    assert set(ox.parse(content, ox.RdfFormat.N_QUADS)) == set(quads)
    assert gzip.decompress((tmp_path / GZIP).read_bytes()) == content
    assert set(ox.parse((tmp_path / TRIG).read_bytes(), ox.RdfFormat.TRIG)) == set(quads)
    assert (dump.version(), dump.bytes) == (hashlib.sha256(content).hexdigest(), len(content))
    assert (dump.graphs["one"], dump.graphs["two"], dump.figures) == (len(CHARACTERS) + 1, 0, len(CHARACTERS) + 1)


def test_a_text_that_names_the_property_is_no_figure(tmp_path: Path) -> None:
    with Dump(tmp_path) as dump:
        dump.add("one", [quad(f"a {PRINTED} b", ox.NamedNode("urn:x:p")), quad("0.71")])
    assert dump.figures == 1


def test_the_same_graphs_are_the_same_file_of_trig_in_parts_and_at_once(tmp_path: Path) -> None:
    graphs = [ox.NamedNode(f"urn:x:{name}") for name in ("one", "two")]
    quads = [ox.Quad(ox.NamedNode(f"urn:x:{each}"), PRINTED, ox.Literal(str(each)), graph) for graph in graphs for each in range(5)]
    with Dump(tmp_path) as dump:
        for graph in graphs:
            dump.add(graph.value, [quad for quad in quads if quad.graph_name == graph])
    at_once = ox.serialize(
        ox.parse((tmp_path / DUMP).read_bytes(), ox.RdfFormat.N_QUADS), format=ox.RdfFormat.TRIG, prefixes=vocabulary.prefixes()
    )
    assert (tmp_path / TRIG).read_bytes() == at_once


def test_a_dump_of_nothing_is_whole(tmp_path: Path) -> None:
    with Dump(tmp_path) as dump:
        dump.add("one", [])
    assert [(tmp_path / name).read_bytes() for name in (DUMP, TRIG)] == [b"", b""]
    assert gzip.decompress((tmp_path / GZIP).read_bytes()) == b""
    assert (dump.bytes, dump.graphs.total()) == (0, 0)
