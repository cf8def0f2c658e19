"""What the benchmarks measure with: invented trials that meet the shapes, queries that never come twice, a client that counts faults."""

from __future__ import annotations

import doctest
import json
import socketserver
import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random
from types import ModuleType

import pyoxigraph as ox
import pytest

from benchmarks import cases, load, opening, rest, runaways, stages, synthesis, synthetic, workload
from benchmarks.load import Request
from mabgraph.graph.building import build, quads
from mabgraph.graph.questions import catalogue
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.shacl.shapes import Shapes
from mabgraph.graph.store import dataset, vocabulary

from .extent import part_of

TRIALS = 25
#: What a server of the tests answers to each path.
ANSWERS = {
    "/length": b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody",
    "/chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbod\r\n1\r\ny\r\n0\r\n\r\n",
    "/longer": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbody.",
    "/failed": b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbody",
}


@pytest.fixture(scope="module")
def ontology() -> list[ox.Quad]:
    return quads.of_ontology(vocabulary.ONTOLOGY)


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    directory = tmp_path_factory.mktemp("synthetic")
    synthetic.write(directory, TRIALS)
    return catalogue.open_current(directory)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while line := self.rfile.readline():
                while self.rfile.readline().strip():
                    pass
                answer = ANSWERS.get(line.split()[1].decode())
                if answer is None:
                    return
                half = len(answer) // 2
                self.wfile.write(answer[:half])
                self.wfile.write(answer[half:])

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_a_watched_build_has_time_in_every_stage(tmp_path: Path) -> None:
    watch, record = stages.Watch(), Path(__file__).parent / "data" / "records" / "example-2020.yaml"
    with watch.watching():
        build.build(build.Inputs((record,)), tmp_path)
    assert {*watch.seconds, stages.SAMPLED} == set(stages.STAGES), (
        "a function that is watched is not called any more: correct benchmarks/stages.py"
    )
    assert all(seconds >= 0 for seconds in watch.seconds.values())


@pytest.mark.parametrize("module", [load, rest, synthesis, synthetic])
def test_examples_in_the_text_hold(module: ModuleType) -> None:
    failed, tried = doctest.testmod(module)
    assert (failed, bool(tried)) == (0, True)


def test_invented_trials_meet_the_shapes_that_records_must_meet(ontology: list[ox.Quad]) -> None:
    shapes, trials = Shapes(vocabulary.ONTOLOGY / "shapes", ontology), synthetic.Trials(ontology)
    for number in (synthetic.REPORTED - 2, synthetic.REPORTED - 1, synthetic.REPORTED):
        assert shapes.violations(trials.quads(range(number, number + 1))) == []
    printed = ox.NamedNode(vocabulary.term("printed"))
    spoilt = [quad for quad in trials.quads(range(synthetic.REPORTED, synthetic.REPORTED + 1)) if quad.predicate != printed]
    assert {violation.path for violation in shapes.violations(spoilt)} == {printed.value}


def test_a_trial_is_about_85_triples_in_a_graph_of_its_own(ontology: list[ox.Quad]) -> None:
    quads = synthetic.Trials(ontology).quads(range(1, 101))
    assert 75 * 100 < len(quads) < 95 * 100
    assert len({quad.graph_name for quad in quads}) == 100


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    versions = [synthetic.write(tmp_path / str(index), 10, seed).version for index, seed in enumerate((1, 1, 2))]
    assert versions[0] == versions[1] != versions[2]


def test_the_invented_dataset_answers_the_shipped_question(invented: Catalogue) -> None:
    rows = invented.ask("estimates", {"trial": synthetic.registration(5)})
    assert [(row["kind"], bool(row["lower"]), row["count"] is not None, bool(row["printed"])) for row in rows].count(
        ("effect estimate", True, False, True)
    ) == 1
    assert sum(row["count"] is not None and row["total"] is not None and row["value"] is not None for row in rows) == 2
    assert len(rows) == 3
    assert dataset.manifest(invented.dataset.folder.parents[1]) == invented.dataset.manifest


@pytest.mark.slow
def test_opening_is_measured_beside_a_load(invented: Catalogue) -> None:
    lines = opening.table(invented.dataset.folder.parents[1], 1)
    assert [line.split()[0] for line in lines] == ["load", "open", "check"]
    assert "1.00 (1.00-1.00)" in lines[0]


def test_every_query_of_the_benchmark_has_answers_and_its_constants(invented: Catalogue) -> None:
    asked = workload.queries(TRIALS)
    row_counts = {name: [len(list(invented.dataset.store.query(text))) for text in query.texts] for name, query in asked.items()}  # type: ignore[arg-type]
    assert row_counts["study"] == [1] * TRIALS
    assert all(sum(counts) for name, counts in row_counts.items() if "repeated" not in name)
    assert all(len(set(query.texts)) > 1 for query in asked.values() if not query.repeated)


def test_no_request_comes_twice_unless_it_is_meant_to() -> None:
    asked = workload.queries(TRIALS)
    varied = [request.sent for request in islice(asked["study"].requests("/sparql", 0), 3 * TRIALS)]
    assert len(set(varied)) == 3 * TRIALS
    assert len({request.sent for request in islice(asked["study, repeated"].requests("/sparql", 0), 10)}) == 1


@pytest.mark.slow
def test_one_request_in_fifty_is_endless_and_what_fails_beside_it_is_counted(port: int) -> None:
    kinds = [[request.key for request in islice(runaways.mixed(Random(1), every), 500)] for every in (0, runaways.EVERY)]
    assert [each.count(runaways.RUNAWAY) for each in kinds] == [0, 10]
    assert set(kinds[0]) == {runaways.LOOK_UP, runaways.QUERY, runaways.FILE}
    measured = runaways.Measured()
    runaways.measure(port, measured, 0, 1, 0.0)  # that server knows none of the addresses
    assert (measured.asked, measured.failed, len(measured.rates), len(measured.latencies)) == (1, 1, 1, 1)
    assert set(measured.failures) <= {"look-up cut off", "query cut off", "file cut off"}


def test_a_query_without_the_constant_that_its_header_names_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workload, "QUERIES", tmp_path)
    (tmp_path / "spoilt.rq").write_text('#+ varied: {name: \'"x"\'}\nSELECT * { ?s ?p "y" }\n', encoding="utf-8")
    with pytest.raises(ValueError, match="correct its header"):
        workload.written("spoilt", [{"name": '"z"'}])


def test_every_look_up_of_the_benchmark_is_answered_by_queries(invented: Catalogue) -> None:
    every = rest.paths(invented, TRIALS)
    assert every.keys() == rest.LIMITS.keys() >= set(rest.KEPT)
    for name, addresses in every.items():
        asked = rest.texts(invented, addresses[:5])
        assert len(set(addresses)) == len(addresses) > 5
        # The first search reads the texts, and no search asks anything after it.
        assert [bool(each) for each in asked] == [index == 0 or name != "search" for index in range(len(asked))], name
    with pytest.raises(SystemExit, match="/v1/drugs/nothing: answered 404"):
        rest.texts(invented, ["/v1/drugs/nothing"])


def test_queries_alone_are_timed_at_least_once(invented: Catalogue) -> None:
    asked = rest.texts(invented, rest.paths(invented, TRIALS)["drug"][:1])
    result = rest.in_engine(invented.dataset.store.engine, asked, 0, 1)  # type: ignore[attr-defined]
    assert (result.answers, len(result.latencies)) == (1, 1)


@pytest.mark.parametrize(
    ("name", "fresh", "verdict"),
    [
        ("drug", 2.69, "met"), ("drug", 2.71, "missed"), ("estimates of a drug", 3.99, "met"), ("estimates of a drug", 4.01, "missed"),
        ("search", 4.99, "met"), ("search", 5.01, "missed"),
    ],
)  # fmt: skip
def test_a_limit_of_a_look_up_can_be_missed(name: str, fresh: float, verdict: str) -> None:
    assert rest.Measured(name, 2, 1000, fresh=[2.4, fresh, 9.0], constant=[0.5] * 3, engine=[2.0] * 3).verdict == verdict


def test_what_varies_more_than_its_limit_is_not_judged() -> None:
    assert rest.Measured("drug", 2, 1000, fresh=[2.2, 2.6, 2.6], constant=[0.5] * 3, engine=[2.0] * 3).verdict == "unclear"


@pytest.mark.parametrize(("ours", "met"), [([60.0, 100.0, 10.0], True), ([59.0, 10.0, 100.0], False)])
def test_a_rate_of_what_is_kept_can_be_too_low(ours: list[float], met: bool) -> None:
    assert rest.Kept("drug", 8, ours, [100.0] * 3).met is met


def body(*rows: dict[str, dict[str, str]]) -> bytes:
    return json.dumps({"head": {}, "results": {"bindings": rows}}).encode()


def test_answers_are_compared_by_their_rows_and_the_values_of_numbers() -> None:
    decimal = "http://www.w3.org/2001/XMLSchema#decimal"
    first = {"x": {"type": "literal", "value": "0.70", "datatype": decimal}}
    same = {"x": {"type": "literal", "value": "0.7", "datatype": decimal}}
    text = {"x": {"type": "literal", "value": "0.7"}}
    other = {"x": {"type": "literal", "value": "0.7", "xml:lang": "en"}}
    assert workload.rows(body(first, text)) == workload.rows(body(text, same))
    assert workload.rows(body(first)) != workload.rows(body(text))
    assert workload.rows(body(text)) != workload.rows(body(other))
    assert workload.rows(body(text)) != workload.rows(body(text, text))


def requests(*paths: str) -> Iterator[Request]:
    return iter([Request(0, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()) for path in paths])


@pytest.mark.slow
@pytest.mark.sampled
@pytest.mark.parametrize(("path", "failures"), part_of([("/length", 0), ("/longer", 1), ("/failed", 1), ("/chunks", 0), ("/closed", 1)], 3))
def test_the_client_counts_answers_and_failures(port: int, path: str, failures: int) -> None:
    result = load.measured(port, requests("/length", "/chunks", path), 1, 60, {0: 4})
    assert (result.answers, result.failures, len(result.latencies)) == (3, failures, 3 - failures)
    assert result.rate > 0


@pytest.mark.slow
def test_the_client_sends_nothing_after_its_time_and_one_request_at_least(port: int) -> None:
    assert load.measured(port, requests("/length", "/length"), 1, 0, {}).answers == 1
    assert load.collected(port, requests("/chunks", "/length"), 0)[0].body == b"body"


def test_a_case_is_run_where_it_stands_and_told_beside_what_it_was(tmp_path: Path) -> None:
    for name, script in (("01-a", 'cat file; echo "$URL|$DATASET"'), ("02-b", "echo wrong >&2; exit 1"), ("03-c", "echo " + "x" * 900)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.sh").write_text(script)
        (tmp_path / name / "file").write_text("beside\n")
    after = cases.outcomes(tmp_path, "http://x", tmp_path, [])
    assert after["01-a"] == f"beside http://x|{tmp_path}"
    assert after["02-b"] == "wrong"
    assert list(cases.outcomes(tmp_path, "http://x", tmp_path, ["02"])) == ["02-b"]
    lines = cases.table(after, {"01-a": "nothing"}).splitlines()
    assert lines[2] == f"| 01-a | nothing | beside http://x\\|{tmp_path} |"
    assert lines[3] == "| 02-b | – | wrong |"
    assert len(lines[4]) < 450
