"""Publishing by digests: what an engine has is not sent and not read back, and no interruption leaves a digest that is not so."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pyoxigraph as ox
import pytest

from mabgraph.graph.building import description, graphdigests, quads
from mabgraph.graph.building.counts import Counts
from mabgraph.graph.building.dump import Dump
from mabgraph.graph.publish import content, destination, publication, stated
from mabgraph.graph.publish.connection import Credentials
from mabgraph.graph.publish.destination import Protocol, Target
from mabgraph.graph.publish.publication import Publication, ReadBack
from mabgraph.graph.store import dataset, vocabulary
from mabgraph.graph.store.dataset import Manifest
from mabgraph.graph.store.inventory import DIGESTS
from mabgraph.ingest.errors import BuildError

#: What the graphs of an invented dataset say, each text a statement.
FIRST: dict[str, tuple[str, ...]] = {
    "ontology": ("a", "b"),
    "paper-2020": ("one", "two", "three"),
    "checks": ("sound",),
    **{f"nct0000000{number}": ("record", f"{number}") for number in range(1, 4)},
    **{f"derived/nct0000000{number}": (f"check {number}",) for number in range(1, 4)},
}
#: A record changed, with as many statements as before.
CHANGED = FIRST | {"nct00000003": ("record", "another"), "derived/nct00000003": ("check another",)}
#: A record is gone, a paper is new.
LESS = {name: texts for name, texts in FIRST.items() if "nct00000001" not in name} | {"paper-2021": ("four",)}
#: So many more records that lots have other numbers.
MORE = FIRST | {name: (f"new {number}",) for number in range(10, 15) for name in (f"nct000000{number}", f"derived/nct000000{number}")}


def write_dataset(directory: Path, graphs: Mapping[str, tuple[str, ...]]) -> Path:
    """Return ``directory``, with a dataset of these graphs, as a build would describe it."""
    (directory / dataset.VERSIONS).mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=directory / dataset.VERSIONS))
    subject, along = ox.NamedNode("urn:thing"), ox.NamedNode("urn:says")
    with Dump(folder) as dump:
        for name, texts in graphs.items():
            dump.add(name, [ox.Quad(subject, along, ox.Literal(text), quads.graph(name)) for text in texts])
        version = dump.version()
        for name, statements in graphdigests.of_registry(dump.digests()):
            dump.add(name, statements)
        dump.add("description", description.of_dataset(Counts(), version, dump.graphs, (), dump.digests()))
    sizes = dict(sorted(dump.graphs.items()))
    inputs = {"invented": hashlib.sha256(version.encode()).hexdigest()}
    begun = Manifest(version, "1.0", inputs, dump.bytes, dump.graphs.total(), dump.figures, sizes, dump.version())
    dataset.publish(directory, folder, dataset.finish(folder, begun, {}).version)
    return directory


@pytest.fixture(scope="module")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the directories of the invented datasets."""
    home = tmp_path_factory.mktemp("published")
    return {
        name: write_dataset(home / name, graphs)
        for name, graphs in {"first": FIRST, "changed": CHANGED, "less": LESS, "more": MORE}.items()
    }


class FakeEngine(httpx.BaseTransport):
    """An engine in this process, which counts what it is asked, and fails as it is told: before a request, in the middle, or after it."""

    def __init__(self, there: Iterable[ox.Quad] = ()) -> None:
        self.store = ox.Store()
        self.store.extend(there)
        self.asked: list[str] = []
        self.bytes_sent = self.bytes_received = 0
        self.fails_at, self.way = -1, ""
        self.change: Callable[[bytes], bytes] = lambda body: body

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        graph = request.url.params.get("graph", "").removeprefix(vocabulary.graph(""))
        fails = len(self.asked) == self.fails_at
        self.asked.append(f"{request.method} {graph}".strip())
        self.bytes_sent += len(body)
        if fails and self.way == "before":
            raise httpx.WriteError("the line was cut")
        if fails and self.way == "500":
            return httpx.Response(500, text="out of memory")
        if fails and self.way == "within" and request.method == "PUT":
            body = b"".join(body.splitlines(keepends=True)[: body.count(b"\n") // 2])
        response = self._write(request, body) if request.method in {"PUT", "DELETE"} else self._answer(parse_qs(body.decode())["query"][0])
        if fails:
            raise httpx.ReadError("the line was cut")
        self.bytes_received += len(response.content)
        return response

    def _write(self, request: httpx.Request, body: bytes) -> httpx.Response:
        graph = ox.NamedNode(request.url.params["graph"])
        self.store.remove_graph(graph)
        if request.method == "PUT":
            self.store.extend(
                ox.Quad(each.subject, each.predicate, each.object, graph) for each in ox.parse(self.change(body), ox.RdfFormat.N_TRIPLES)
            )
        return httpx.Response(204)

    def _answer(self, query: str) -> httpx.Response:
        answer = self.store.query(query, use_default_graph_as_union=True)
        if isinstance(answer, ox.QuerySolutions):
            text = answer.serialize(format=ox.QueryResultsFormat.JSON)
            return httpx.Response(200, content=text, headers={"Content-Type": "application/sparql-results+json"})
        assert isinstance(answer, ox.QueryTriples)
        return httpx.Response(
            200, content=answer.serialize(format=ox.RdfFormat.N_TRIPLES), headers={"Content-Type": "application/n-triples"}
        )

    def says(self) -> frozenset[str]:
        """Return every quad of the engine."""
        return frozenset(map(str, self.store))


def publish(directory: Path, engine: FakeEngine, read_back: ReadBack = ReadBack.sent) -> Publication:
    """Publish to ``engine``, which counts anew."""
    engine.asked, engine.bytes_sent, engine.bytes_received = [], 0, 0
    target = Target("http://engine/store", "http://engine/query", Protocol.graph_store, Credentials(), transport=engine)
    return publication.publish(directory, target, read_back=read_back)


@cache
def whole(directory: Path) -> frozenset[str]:
    """Return every quad of the dataset in ``directory``."""
    return frozenset(str(quad) for quad in ox.parse(path=dataset.current_folder(directory) / dataset.DUMP, format=ox.RdfFormat.N_QUADS))


@cache
def true_digests(directory: Path) -> frozenset[tuple[str, str, frozenset[str]]]:
    """Return the graphs of a dataset, each with its digest and its triples."""
    parts = content.graph_parts(dataset.current_folder(directory) / dataset.DUMP)
    return frozenset((graph, part.digest(), part.content()) for graph, part in parts.items())


def false_digests(engine: FakeEngine, *directories: Path) -> set[str]:
    """Return the graphs of which the lots of ``engine`` state a digest that no dataset of ``directories`` has for what it holds."""
    right, wrong = set().union(*map(true_digests, directories)), set()
    for quad in engine.store:
        if stated.is_lot(str(quad.graph_name)[1:-1]):
            graph = ox.NamedNode(str(quad.subject)[1:-1])
            there = content.canonical_triples(each.triple for each in engine.store.quads_for_pattern(None, None, None, graph))
            if (graph.value, str(quad.object)[1:-1], there) not in right:
                wrong.add(graph.value)
    return wrong


def data(says: frozenset[str]) -> frozenset[str]:
    """Return the quads of all graphs but the description, of which a part may have arrived."""
    return frozenset(each for each in says if not each.endswith("/description>"))


def has_version(engine: FakeEngine) -> bool:
    """Whether the engine has a description, which says that it has a whole dataset."""
    return engine.store.contains_named_graph(quads.graph("description"))


# --- what is asked and sent


def test_a_first_publication_sends_each_graph_once_and_reads_it_back(datasets: dict[str, Path]) -> None:
    engine = FakeEngine()
    done = publish(datasets["first"], engine)
    assert engine.says() == whole(datasets["first"])
    puts = [each.removeprefix("PUT ") for each in engine.asked if each.startswith("PUT")]
    assert sorted(puts) == sorted(done.digests) == sorted(done.sent) == sorted(done.compared)
    assert puts[-1] == "description"
    lots = {name: stated.read_digests(quad.triple for quad in engine.store.quads_for_pattern(None, None, None, quads.graph(name))) for name in puts if name.startswith(DIGESTS)}  # fmt: skip
    assert len(lots) > 1
    for lot, graphs in lots.items():
        assert all(puts.index(graph.removeprefix(vocabulary.graph(""))) < puts.index(lot) for graph in graphs), (
            "sent when its graphs are there"
        )


def test_an_unchanged_dataset_is_two_questions(datasets: dict[str, Path]) -> None:
    engine = FakeEngine()
    first = publish(datasets["first"], engine)
    again = publish(datasets["first"], engine)
    assert (again.sent, again.removed, again.compared, again.digests) == ((), (), (), first.digests)
    assert engine.asked == ["POST", "POST"], "the sizes, and the description"


def test_of_a_changed_record_its_graphs_its_lot_and_the_description_are_sent(datasets: dict[str, Path]) -> None:
    engine = FakeEngine()
    publish(datasets["first"], engine)
    done = publish(datasets["changed"], engine)
    assert engine.says() == whole(datasets["changed"])
    [lot] = (name for name in done.sent if name.startswith(DIGESTS))
    assert done.sent == ("derived/nct00000003", "nct00000003", lot, "description") == done.compared
    writes = [each for each in engine.asked if each != "POST"]
    assert writes[0] == "DELETE description"
    assert writes[1].endswith(lot), "the digests of what changes are taken back before"
    assert writes[2:] == [f"PUT {name}" for name in done.sent]


def test_of_a_dataset_with_fewer_records_nothing_of_the_others_stays(datasets: dict[str, Path]) -> None:
    engine = FakeEngine()
    publish(datasets["first"], engine)
    done = publish(datasets["less"], engine)
    assert engine.says() == whole(datasets["less"])
    assert {"nct00000001", "derived/nct00000001"} <= set(done.removed)
    assert "paper-2021" in done.sent
    assert "nct00000002" not in done.sent


def test_lots_with_other_numbers_send_no_record_again(datasets: dict[str, Path]) -> None:
    engine = FakeEngine()
    publish(datasets["first"], engine)
    done = publish(datasets["more"], engine)
    assert engine.says() == whole(datasets["more"])
    assert set(done.sent).isdisjoint(FIRST)
    back = publish(datasets["first"], engine)
    assert engine.says() == whole(datasets["first"])
    assert set(back.sent).isdisjoint(FIRST)


def test_an_engine_that_loaded_the_dump_is_sent_changes_alone(datasets: dict[str, Path]) -> None:
    """As large engines are filled: by their own loader. Whether they loaded what they were given is seen when all is read back."""
    engine = FakeEngine(ox.parse(path=dataset.current_folder(datasets["first"]) / dataset.DUMP, format=ox.RdfFormat.N_QUADS))
    assert publish(datasets["first"], engine).sent == ()
    assert publish(datasets["first"], engine, ReadBack.all).sent == ()
    assert "derived/nct00000003" in publish(datasets["changed"], engine).sent
    assert engine.says() == whole(datasets["changed"])


def test_graphs_of_others_stay(datasets: dict[str, Path]) -> None:
    engine = FakeEngine()
    others = ox.Quad(ox.NamedNode("urn:a"), ox.NamedNode("urn:b"), ox.Literal("c"), ox.NamedNode("urn:others"))
    engine.store.add(others)
    publish(datasets["first"], engine)
    publish(datasets["less"], engine)
    assert engine.says() == whole(datasets["less"]) | {str(others)}


def test_an_engine_that_an_older_version_published_to_is_compared_and_not_sent_again(datasets: dict[str, Path]) -> None:
    engine = FakeEngine()
    publish(datasets["first"], engine)
    for quad in list(engine.store.quads_for_pattern(None, ox.NamedNode(vocabulary.term("sha256")), None, None)):
        engine.store.remove(quad)
    done = publish(datasets["first"], engine)
    assert set(done.sent) == {name for name in done.digests if name.startswith(DIGESTS)} | {"description"}
    assert set(done.compared) >= FIRST.keys()
    assert engine.says() == whole(datasets["first"])


# --- what others change


def test_a_graph_that_others_made_larger_or_smaller_is_sent_again(datasets: dict[str, Path]) -> None:
    engine = FakeEngine()
    publish(datasets["first"], engine)
    more = ox.Quad(ox.NamedNode("urn:a"), ox.NamedNode("urn:b"), ox.Literal("c"), quads.graph("nct00000002"))
    engine.store.add(more)
    done = publish(datasets["first"], engine)
    assert done.sent[0] == "nct00000002"
    assert engine.says() == whole(datasets["first"])


@pytest.mark.parametrize("name", ["nct00000002", "paper-2020", "description"])
def test_a_graph_that_others_changed_is_found_when_all_are_read(name: str, datasets: dict[str, Path]) -> None:
    engine = FakeEngine()
    publish(datasets["first"], engine)
    quad = next(engine.store.quads_for_pattern(None, None, None, quads.graph(name)))
    engine.store.remove(quad)
    engine.store.add(ox.Quad(quad.subject, quad.predicate, ox.Literal("wrong"), quad.graph_name))
    trusting = publish(datasets["first"], engine)
    assert trusting.sent == (("description",) if name == "description" else ()), "the digests and sizes are those of the dataset"
    done = publish(datasets["first"], engine, ReadBack.all)
    assert (name in done.sent) is (name != "description")
    assert engine.says() == whole(datasets["first"])


# --- what fails


@pytest.mark.slow
@pytest.mark.parametrize("way", ["before", "within", "after", "500"])
@pytest.mark.parametrize(("before", "after"), [("", "first"), ("first", "changed"), ("first", "less")])
def test_a_publication_that_fails_anywhere_is_completed_by_the_next(before: str, after: str, way: str, datasets: dict[str, Path]) -> None:
    fail_at_each_request(before, after, way, datasets)


@pytest.mark.slow
@pytest.mark.parametrize(("before", "after", "way"), [("first", "more", "within"), ("more", "first", "before")])
def test_lots_that_get_other_numbers_may_fail_anywhere(before: str, after: str, way: str, datasets: dict[str, Path]) -> None:
    fail_at_each_request(before, after, way, datasets)


def fail_at_each_request(before: str, after: str, way: str, datasets: dict[str, Path]) -> None:
    """Each request fails in turn; then the same dataset is published, or the one that was there before: both are whole."""
    known = [directory for name, directory in datasets.items() if name in {before, after}]
    there: list[ox.Quad] = []
    if before:
        engine = FakeEngine()
        publish(datasets[before], engine)
        there = list(engine.store)
    undisturbed = FakeEngine(there)
    publish(datasets[after], undisturbed)
    for number in range(len(undisturbed.asked)):
        engine = FakeEngine(there)
        engine.fails_at, engine.way = number, way
        with pytest.raises(
            BuildError, match="answered 500 .*: see the engine's log: out of memory" if way == "500" else "cannot be reached"
        ):
            publish(datasets[after], engine)
        assert false_digests(engine, *known) == set()
        assert not has_version(engine) or data(engine.says()) in [data(whole(directory)) for directory in known]
        engine.fails_at = -1
        following = datasets[before or after if number % 2 else after]
        publish(following, engine)
        assert engine.says() == whole(following)


def test_what_was_sent_before_an_interruption_is_not_sent_again(datasets: dict[str, Path]) -> None:
    engine = FakeEngine()
    engine.fails_at, engine.way = 30, "before"
    with pytest.raises(BuildError, match="cannot be reached"):
        publish(datasets["more"], engine)
    there = {name.removeprefix("PUT ") for name in engine.asked[:-1] if name.startswith("PUT")}
    engine.fails_at = -1
    done = publish(datasets["more"], engine)
    assert set(done.sent) == done.digests.keys() - there
    assert set(done.compared) & FIRST.keys(), "what no lot states is read"
    assert done.compared.count("ontology") == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda body: b"".join(body.splitlines(keepends=True)[:-1]), r"the graph \S+ is not that of the dataset: 1 missing: <urn:thing>"),
        (lambda body: body + b"<urn:x> <urn:y> <urn:z> .\n", r"the graph \S+ is not that of the dataset: 1 not of the dataset: <urn:x>"),
        (
            lambda body: body.replace(b"another", b"other"),
            r"the graph derived/nct00000003 is not .*: 1 missing: .*another.*; 1 not of the dataset: ",
        ),
    ],
)
def test_an_engine_that_keeps_something_else_states_no_digest_of_it(
    change: Callable[[bytes], bytes], message: str, datasets: dict[str, Path]
) -> None:
    engine = FakeEngine()
    publish(datasets["first"], engine)
    engine.change = lambda body: change(body) if b"<urn:thing>" in body else body
    with pytest.raises(BuildError, match=message):
        publish(datasets["changed"], engine)
    assert not has_version(engine)
    assert false_digests(engine, datasets["first"], datasets["changed"]) == set()
    engine.change = lambda body: body
    publish(datasets["changed"], engine)
    assert engine.says() == whole(datasets["changed"])


def test_an_answer_about_sizes_without_end_is_refused(datasets: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeEngine()
    publish(datasets["first"], engine)
    monkeypatch.setattr(destination, "SIZES", 100)
    with pytest.raises(BuildError, match=r"does not answer the question graphs: .*the answer is longer than 100 bytes"):
        publish(datasets["first"], engine)


def test_a_dataset_that_states_no_digests_is_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one that was built before digests were stated."""
    nothing: Any = {}
    monkeypatch.setattr(Dump, "digests", lambda dump: nothing)
    directory, engine = write_dataset(tmp_path, FIRST), FakeEngine()
    first, again = (publish(directory, engine) for _ in range(2))
    assert (again.sent, set(again.compared)) == ((), set(FIRST))
    assert first.digests == again.digests
    assert all(len(digest) == 64 for digest in again.digests.values())
