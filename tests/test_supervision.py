"""The processes of a service: how they begin and end, which version they serve, what they refuse. No time limit is tried here."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from mabgraph.api.http.settings import Settings
from mabgraph.api.serving import registration, serving
from mabgraph.graph.building import build
from mabgraph.graph.sparql import confinement
from mabgraph.graph.store import dataset
from mabgraph.ingest.errors import MabgraphError

from .conftest import DATA
from .service import Service, running

pytestmark = pytest.mark.slow

#: So often the processes of a service are counted, with a request between, until all have begun.
TRIES = 5000
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


@pytest.fixture(scope="module")
def service(example_directory: Path) -> Iterator[Service]:
    """Return a service of one process."""
    with running(example_directory, processes=1) as plain:
        yield plain


def test_an_endpoint_that_is_allowed_is_asked(service: Service, example_directory: Path) -> None:
    other = f"{service.address}/sparql"
    query = f"SELECT ?n {{ SERVICE <{other}> {{ {COUNT} }} }}"
    with (
        running(example_directory, service_allowed=json.dumps([other]), processes=1) as federated,
        federated.client() as client,
        service.client() as plain,
    ):
        counted = plain.get("/sparql.csv", params={"query": COUNT}).text
        assert client.get("/sparql.csv", params={"query": query}).text == counted
        assert client.get("/sparql", params={"query": query.replace(other, "http://127.0.0.1:9/")}).status_code == 403
        assert plain.get("/sparql", params={"query": query}).status_code == 403
        assert "BasicFederatedQuery" in client.get("/sparql").text


@pytest.mark.skipif(sys.platform != "linux", reason="address space is bounded on Linux")
def test_a_service_needs_no_four_gigabytes_of_addresses(example_directory: Path) -> None:
    with running(example_directory, 7 << 19, processes=1) as small, small.client() as client:
        assert client.get("/v1/drugs").status_code == 200
        assert client.get("/sparql.csv", params={"query": COUNT}).status_code == 200


def test_a_service_that_cannot_start_says_why_and_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mabgraph.api.cli.command", "serve", "--no-build", "--port", "0"]
    for more, words in (
        (["--dataset", str(tmp_path)], "holds no dataset: run mabgraph build"),
        (["--store", "http://127.0.0.1:9/sparql", "--dataset", str(tmp_path)], "127.0.0.1:9/sparql: cannot be reached"),
    ):
        environment = os.environ | {"MABGRAPH_PROCESSES": "1"}
        done = subprocess.run([*command, *more], capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 1
        assert words in done.stderr
        assert "Traceback" not in done.stderr


def test_reload_without_a_service_says_so(tmp_path: Path) -> None:
    with pytest.raises(MabgraphError, match="no service over it is running"):
        registration.call(tmp_path)


def test_a_killed_supervisor_takes_everything_with_it(example_directory: Path) -> None:
    with running(example_directory) as served:
        processes = []
        with served.client() as client:
            for _ in range(TRIES):  # the second serving process begins while the first answers
                processes = psutil.Process(served.process.pid).children(recursive=True)
                if len(processes) >= 2 * (1 + 1 + 3):
                    break
                client.get("/health")
        assert len(processes) >= 2 * (1 + 1 + 3)
        served.process.kill()
        _, alive = psutil.wait_procs(processes, timeout=60)
        assert not alive
        with socket.socket() as free:
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that were closed linger; who listens is still seen
            free.bind(("127.0.0.1", served.port))


@pytest.mark.whole  # test_serving: a process that was killed is replaced, and all serve one version
def test_a_process_that_is_begun_later_serves_the_version_of_the_others(changing: tuple[Path, list[Path]]) -> None:
    directory, folders = changing
    first = dataset.open_current(directory).manifest.version
    with running(directory) as served:
        build.build(build.Inputs(build.records_of(DATA / "records"), folders[1]), directory)
        with served.client() as client:
            killed = client.get("/health").json()["process"]
        os.kill(killed, signal.SIGKILL)
        processes: dict[int, str] = {}
        while len(processes.keys() - {killed}) < 2:
            with served.client() as client:
                health = client.get("/health").json()
                processes[health["process"]] = health["dataset"]
        assert set(processes.values()) == {first}


def test_a_service_is_told_to_reload_by_its_signal_from_its_first_moment(example_directory: Path) -> None:
    with running(example_directory, processes=1) as served, served.client() as client:
        for _ in range(5):
            served.process.send_signal(signal.SIGHUP)
        assert client.get("/health").status_code == 200
        assert served.process.pid in registration.call(example_directory)
        assert served.process.poll() is None


@pytest.mark.whole  # of one service, the test above
def test_services_over_one_directory_are_known_apart(example_directory: Path) -> None:
    with running(example_directory, processes=1) as one, running(example_directory, processes=1) as other:
        assert {one.process.pid, other.process.pid} <= set(registration.call(example_directory))


def test_a_port_that_another_service_listens_on_is_refused(service: Service) -> None:
    with pytest.raises(MabgraphError, match="choose another with --port"):
        serving.listen("127.0.0.1", service.port)


def test_where_queries_cannot_be_confined_only_this_machine_is_served(example_directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert serving.confinement_warning(Settings(dataset=example_directory, public=True, host="0.0.0.0")) is None
    monkeypatch.setattr(confinement, "supported_promises", lambda on_disk=False: frozenset({"files"}))
    warning = serving.confinement_warning(Settings(dataset=example_directory))
    assert warning is not None
    assert "opening connections, taking all memory" in warning
    for settings in (Settings(dataset=example_directory, public=True), Settings(dataset=example_directory, host="0.0.0.0")):
        with pytest.raises(MabgraphError, match="cannot keep queries from opening connections"):
            serving.confinement_warning(settings)


def test_an_engine_that_nothing_confines_is_for_this_machine_alone() -> None:
    store = "http://127.0.0.1:9/sparql"
    assert "MABGRAPH_STORE_CONFINED" not in (warning := serving.confinement_warning(Settings(store=store)) or "")
    assert "nothing keeps the engine of --store from opening connections" in warning
    for more in ({"public": True}, {"host": "0.0.0.0"}):
        assert serving.confinement_warning(Settings(store=store, store_confined=True, **more)) is None
        with pytest.raises(MabgraphError, match="set MABGRAPH_STORE_CONFINED=true, or serve on"):
            serving.confinement_warning(Settings(store=store, **more))


def test_idle_connections_are_kept_as_long_as_clients_and_proxies_expect(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Any] = []
    monkeypatch.setattr(serving, "Server", lambda app, **settings: begun.append(settings["http1_settings"]))
    for seconds in (Settings().idle_seconds, 600):
        serving.make_server(None, "127.0.0.1", 0, seconds)
    assert [(each.header_read_timeout, each.keep_alive) for each in begun] == [(75_000, True), (600_000, True)]
    with pytest.raises(MabgraphError, match="IDLE_SECONDS"):
        Settings(idle_seconds=601)
