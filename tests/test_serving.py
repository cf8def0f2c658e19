"""The service under hostile callers: what goes past a limit is ended and answered for, everyone else is answered."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import psutil
import pytest

from mabgraph.api.serving import registration
from mabgraph.graph.building import build
from mabgraph.graph.store import dataset

from .conftest import DATA
from .extent import number_of
from .service import Service, running

pytestmark = pytest.mark.slow

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
#: The dataset joined with itself seven times: no engine finishes it.
ENDLESS = "SELECT (COUNT(*) AS ?n) { " + " ".join(f"?s{i} ?p{i} ?o{i} ." for i in range(7)) + " }"
#: The dataset joined with itself and sorted: every row is held.
GREEDY = "SELECT * { " + " ".join(f"?s{i} ?p{i} ?o{i} ." for i in range(4)) + " } ORDER BY ?o0 ?o1 ?o2 ?o3"
#: Its rows are written one after the other until the answer is too long.
LONG = "SELECT * { " + " ".join(f"?s{i} ?p{i} ?o{i} ." for i in range(4)) + " }"


@pytest.fixture(scope="module")
def service(example_directory: Path) -> Iterator[Service]:
    """Return a service with narrow limits."""
    limits = {"query_seconds": 1.5, "query_megabytes": 200, "query_places": 2, "query_waiting": 4, "result_bytes": 5_000_000}
    with running(example_directory, request_seconds=2, idle_seconds=2, reading_seconds=2, **limits) as server:
        yield server


@pytest.fixture
def client(service: Service) -> Iterator[httpx2.Client]:
    """Return a client of that service."""
    with service.client() as http_client:
        yield http_client


@pytest.mark.parametrize(
    ("query", "statuses"),
    [
        pytest.param(ENDLESS, {504}, id="cross product of everything"),
        pytest.param(GREEDY, {503}, id="more memory than there is"),
        pytest.param(LONG, {422}, id="an answer without end"),
        pytest.param(
            "SELECT * { " + " UNION ".join(f"{{ ?s <a:{i}> ?o }}" for i in range(10_000)) + " }", {200, 504}, id="10,000 branches"
        ),
        pytest.param("SELECT * { " + "OPTIONAL { ?s ?p ?o " * 900 + "}" * 900 + " }", {200, 422, 504}, id="900 nested OPTIONALs"),
        pytest.param(
            "SELECT * { ?s (<a:b>|!<a:b>)* ?o . ?o (<a:c>|!<a:c>)* ?x . ?x (^<a:b>|!<a:c>)* ?y }", {422, 503, 504}, id="deep path"
        ),
        pytest.param("SELECT * { ?s " + "/".join(["(<a:b>|!<a:b>)*"] * 300) + " ?o }", {422, 503, 504}, id="300 closures"),
        pytest.param(f'SELECT * {{ BIND(REGEX("{"a" * 5000}!", "^(a+)+$") AS ?x) }}', {200}, id="catastrophic regex"),
        pytest.param('SELECT * { BIND(REGEX("a", "((a{1000}){1000}){1000}") AS ?x) }', {200}, id="regex too large"),
        pytest.param("SELECT * { ?s ?p (" + "1 " * 200_000 + ") }", {200, 422, 503, 504}, id="a list of 200,000"),
        pytest.param("SELECT * { FILTER(" + "!" * 400_000 + "true) }", {403}, id="400,000 negations"),
        pytest.param("SELECT * { FILTER(" + "1+" * 400_000 + "1) }", {403}, id="400,000 sums"),
    ],
)
def test_a_hostile_query_is_answered_for_and_others_are_answered(service: Service, query: str, statuses: set[int]) -> None:
    others: list[int] = []
    over = threading.Event()

    def ask() -> None:
        number = 0
        with service.client() as client:
            while not others or not over.is_set():
                number += 1
                try:
                    answer = client.get("/sparql", params={"query": f"ASK {{ ?s ?p {number} }}", "timeout": "60"})
                except httpx2.RemoteProtocolError:
                    continue  # a kept connection was closed by a process that ended: the client opens another
                if "retry-after" not in answer.headers:  # a process that runs out of memory asks for another try
                    others.append(answer.status_code)

    with service.client() as hostile, ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask)
        # Memory or length is to run out before the time does, on a machine that is busy too.
        answer = hostile.post("/sparql", data={"query": query} | ({"timeout": "30"} if query in {GREEDY, LONG} else {}))
        over.set()
        asking.result()
    assert answer.status_code in statuses, answer.text[:300]
    if answer.status_code != 200:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code
    assert set(others) == {200}


def test_a_text_of_ten_megabytes_is_refused(client: httpx2.Client) -> None:
    answer = client.post("/sparql", content=b"ASK { } #" + b"x" * 10_000_000, headers={"Content-Type": "application/sparql-query"})
    assert answer.status_code == 413


def test_the_serving_process_of_a_query_without_end_goes_on(example_directory: Path) -> None:
    with running(example_directory, processes=1, query_seconds=1) as alone, alone.client() as client:
        before = client.get("/health").json()["process"]
        assert client.post("/sparql", data={"query": ENDLESS}).status_code in {503, 504}
        assert client.get("/health").json()["process"] == before


def lives(process: int) -> bool:
    """Whether there is a process of this number."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_process_that_was_killed_is_replaced(service: Service) -> None:
    with service.client() as client:
        killed = client.get("/health").json()["process"]
    os.kill(killed, signal.SIGKILL)
    seen: set[int] = set()
    while len(seen - {killed}) < 2:
        with service.client() as client:
            seen.add(client.get("/health").json()["process"])


def test_too_many_queries_at_once_are_told_to_come_back(service: Service) -> None:
    """Of one client's queries one runs and four wait in each process; the reason says that too many wait."""

    def ask(number: int) -> httpx2.Response:
        with service.client() as client:
            return client.post("/sparql", data={"query": ENDLESS, "timeout": "1", "format": "csv", "infer": str(number)})

    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(ask, range(24)))
    assert {answer.status_code for answer in answers} <= {503, 504}
    assert all(answer.headers["retry-after"] == "5" for answer in answers if answer.status_code == 503)
    assert sum("too many queries are waiting" in answer.json()["detail"] for answer in answers) >= 24 - 2 * (1 + 4)
    with service.client() as client:
        assert client.get("/sparql", params={"query": COUNT}).status_code == 200


@pytest.mark.whole  # a hundred are kept open below
def test_five_hundred_connections_are_answered(example_directory: Path) -> None:
    with running(example_directory, query_waiting=600) as wide:
        connections = [socket.create_connection(("127.0.0.1", wide.port), timeout=60) for _ in range(500)]
        try:
            for number, connection in enumerate(connections):
                connection.sendall(f"GET /sparql.csv?query=ASK%20%7B%20?s%20?p%20{number}%7D HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert {connection.recv(15) for connection in connections} == {b"HTTP/1.1 200 OK"}
        finally:
            for connection in connections:
                connection.close()


def test_slow_callers_hold_up_nobody_and_are_closed(service: Service, client: httpx2.Client) -> None:
    slow = [socket.create_connection(("127.0.0.1", service.port), timeout=60) for _ in range(100)]
    try:
        for index, connection in enumerate(slow):
            if index % 2:
                connection.sendall(b"GET /sparql HTTP/1.1\r\nHost: x\r\nX-Slow")
            else:
                connection.sendall(
                    b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: 9\r\n\r\nASK"
                )
        assert client.get("/sparql", params={"query": COUNT}).status_code == 200
        # A head that is late closes the connection; a body that is late is told.
        assert {connection.recv(12) for connection in slow} == {b"", b"HTTP/1.1 408"}
    finally:
        for connection in slow:
            connection.close()


def test_headers_without_end_are_refused(service: Service) -> None:
    with socket.create_connection(("127.0.0.1", service.port), timeout=60) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n")
        try:
            for _ in range(40):
                connection.sendall(b"X-More: " + b"x" * 10_000 + b"\r\n")
            assert connection.recv(12) in {b"HTTP/1.1 431", b"HTTP/1.1 400"}
        except (ConnectionResetError, BrokenPipeError):
            pass  # it was closed while more was sent


@pytest.mark.parametrize("length", [20_000, 65_400])
def test_a_long_address_is_told_what_to_do(client: httpx2.Client, length: int) -> None:
    for path in ("/sparql?query=", "/v1/estimates?drug="):
        answer = client.get(path + "a" * (length - len(path)))
        assert (answer.status_code, answer.headers["content-type"]) == (414, "application/problem+json")
        assert "send a query by POST" in answer.json()["detail"]
    answer = client.get("/health", headers={"X-Long": "a" * length})
    assert (answer.status_code, answer.headers["content-type"]) == (431, "application/problem+json")


def test_what_is_no_request_is_refused_and_others_are_answered(service: Service, client: httpx2.Client) -> None:
    with socket.create_connection(("127.0.0.1", service.port), timeout=60) as connection:
        connection.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 400"
    assert client.get("/health").status_code == 200


@pytest.mark.sampled
def test_a_dataset_is_swapped_under_load(changing: tuple[Path, list[Path]]) -> None:
    """No request fails while the dataset is swapped, and none sees half of each: the number of quads is that of the version named."""
    directory, folders = changing
    sizes = {(manifest := dataset.open_current(directory).manifest).version: manifest.quads}
    seen: list[tuple[str, int]] = []
    over = threading.Event()

    with running(directory) as served:

        def ask(number: int) -> None:
            with served.client() as client:
                while not over.is_set():
                    number += 100
                    answer = client.get("/sparql.csv", params={"query": f"{COUNT} #{number}"})
                    assert answer.status_code == 200
                    seen.append((answer.headers["mabgraph-dataset"], int(answer.text.split()[1])))

        with ThreadPoolExecutor(4) as pool:
            asking = [pool.submit(ask, number) for number in range(4)]
            try:
                for folder in (folders[1], folders[0], folders[1])[: number_of(3, 2)]:
                    manifest, _ = build.build(build.Inputs(build.records_of(DATA / "records"), folder), directory)
                    sizes[manifest.version] = manifest.quads
                    assert registration.call(directory) == [served.process.pid]
                    while {version for version, _ in seen[-40:]} != {manifest.version}:
                        assert not any(future.done() for future in asking), [future.exception() for future in asking if future.done()]
            finally:
                over.set()
            for future in asking:
                future.result()
    assert len(sizes) == 2
    assert {version for version, _ in seen} == set(sizes)
    assert all(sizes[version] == quads for version, quads in seen)


def test_kept_connections_are_spread_over_the_processes(service: Service) -> None:
    clients = [service.client() for _ in range(40)]
    try:
        assert len({client.get("/health").json()["process"] for client in clients}) == 2
    finally:
        for client in clients:
            client.close()


@pytest.mark.whole  # one that was killed is replaced above
def test_a_process_that_stands_still_is_replaced(example_directory: Path) -> None:
    with running(example_directory, silent_seconds=5) as served:
        with served.client() as client:
            still = client.get("/health").json()["process"]
        os.kill(still, signal.SIGSTOP)
        psutil.wait_procs([psutil.Process(still)], timeout=60)
        assert not lives(still)
        seen: set[int] = set()
        while len(seen) < 2:
            with served.client() as client:
                seen.add(client.get("/health").json()["process"])
