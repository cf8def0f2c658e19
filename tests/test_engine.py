"""The engine: whatever happens to a query, its caller is answered, and the next query finds a whole dataset."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from mabgraph.graph.sparql import engine as engine_module
from mabgraph.graph.sparql import forkserver, frames
from mabgraph.graph.sparql.engine import Engine, Limits, RemoteEngine, Source
from mabgraph.graph.sparql.evaluation import Query, QueryOutcome
from mabgraph.graph.store import dataset
from mabgraph.graph.store.store import EngineStore
from mabgraph.ingest.errors import BuildError

from .extent import number_of

pytestmark = pytest.mark.slow

JSON = "application/sparql-results+json"
COUNT = Query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "text/csv", None)
ENDLESS = Query("SELECT (COUNT(*) AS ?n) { " + " ".join(f"?s{i} ?p{i} ?o{i} ." for i in range(7)) + " }", JSON, None)
GREEDY = Query("SELECT * { " + " ".join(f"?s{i} ?p{i} ?o{i} ." for i in range(4)) + " } ORDER BY ?o0 ?o1 ?o2 ?o3", JSON, None)
LARGE = Query("SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?a ?c ?d { ?a ?b ?c . ?d ?e ?f } LIMIT 100000 }", "text/csv", None)
LIMITS = Limits(places=2, waiting=4, memory=200 << 20, answer=1_000_000)


@pytest.fixture
def source(example_directory: Path) -> Source:
    return Source((example_directory / dataset.CURRENT).resolve(), "version", "state")


def asking(source: Source, ask: Callable[[Engine], Awaitable[None]], limits: Limits = LIMITS) -> None:
    """Have ``ask`` ask an engine, and close it."""

    async def whole() -> None:
        engine = Engine(limits, source)
        try:
            await ask(engine)
        finally:
            await engine.close()

    asyncio.run(whole())


async def children(engine: Engine) -> list[psutil.Process]:
    assert engine.process is not None
    return psutil.Process(engine.process).children()


def test_a_fork_server_whose_service_ended_while_it_loaded_ends_without_a_traceback(source: Source) -> None:
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-P", "-m", forkserver.__name__, str(theirs.fileno())]
    with ours, theirs:
        process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stderr=subprocess.PIPE)
        frames.send(ours.fileno(), {"folder": str(source.folder), "updates": None, "memory": LIMITS.memory, "answer": LIMITS.answer})
    assert process.communicate()[1] == b""
    assert process.returncode == 0


def test_an_answer_says_which_dataset_was_asked(source: Source, example_directory: Path) -> None:
    async def ask(engine: Engine) -> None:
        outcome = await engine.ask(COUNT, 30)
        assert (outcome.version, outcome.state, outcome.media) == ("version", "state", "text/csv")
        assert outcome.body.split()[1].decode() == str(dataset.open_current(example_directory).manifest.quads)

    asking(source, ask)


def test_a_query_past_its_time_is_ended_with_its_process_alone(source: Source) -> None:
    async def ask(engine: Engine) -> None:
        await engine.start()
        others = asyncio.gather(*(engine.ask(COUNT, 30, "other") for _ in range(3)))
        outcome = await engine.ask(ENDLESS, 0.05)
        assert outcome.error == "late"
        assert "not answered within 0.05 s" in outcome.detail
        assert {each.error for each in await others} == {""}
        assert (await engine.ask(COUNT, 30)).error == ""

    asking(source, ask)


def test_memory_is_bounded_by_the_system(source: Source) -> None:
    async def ask(engine: Engine) -> None:
        outcome = await engine.ask(GREEDY, 60)
        assert outcome.error == "exhausted"
        assert "needed more than 200 MiB" in outcome.detail
        assert (await engine.ask(COUNT, 30)).error == ""

    asking(source, ask)


def test_the_limit_of_memory_is_the_one_that_is_set(source: Source) -> None:
    """What fits into more memory is answered there, and ended where less is allowed."""

    async def outcomes() -> list[str]:
        errors = []
        for memory in (8 << 20, 512 << 20):
            engine = Engine(replace(LIMITS, memory=memory), source)
            errors.append((await engine.ask(LARGE, 60)).error)
            await engine.close()
        return errors

    assert asyncio.run(outcomes()) == ["exhausted", ""]


def test_an_answer_that_is_too_long_is_refused(source: Source) -> None:
    async def ask(engine: Engine) -> None:
        wide = Query("SELECT * { ?a ?b ?c . ?d ?e ?f }", "text/csv", None)
        assert (await engine.ask(wide, 60)).error == "too-long"

    asking(source, ask)


def test_only_so_many_wait(source: Source) -> None:
    """With two places, one client has one of them: one query runs, four wait, and the others are told to come back."""

    async def ask(engine: Engine) -> None:
        outcomes = await asyncio.gather(*(engine.ask(ENDLESS, 1.0, "one") for _ in range(8)))
        errors = [each.error for each in outcomes]
        full = [each for each in outcomes if each.detail.startswith("too many queries are waiting")]
        assert len(full) == 3
        assert set(errors) <= {"busy", "late", "exhausted"}

    asking(source, ask)


def test_no_more_queries_are_evaluated_at_once_than_there_are_places(source: Source) -> None:
    """Two places, and none may wait: while two queries run, a third is told so; when one has ended, the third is answered."""

    async def ask(engine: Engine) -> None:
        await engine.start()
        running = [asyncio.create_task(engine.ask(ENDLESS, 600, client)) for client in ("one", "other")]
        await asyncio.sleep(0)
        assert (await engine.ask(COUNT, 60, "third")).detail.startswith("too many queries are waiting")
        running[0].cancel()
        await asyncio.gather(running[0], return_exceptions=True)
        assert (await engine.ask(COUNT, 60, "third")).error == ""
        running[1].cancel()
        await asyncio.gather(running[1], return_exceptions=True)

    asking(source, ask, replace(LIMITS, waiting=0))


def test_an_evaluator_that_has_grown_is_replaced_and_any_other_answers_again(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it had in memory before its first query does not count."""

    async def ask(engine: Engine) -> None:
        await engine.start()
        host = engine._host
        assert host is not None
        ready = {each.number for each in host.idle}
        assert len(ready) == LIMITS.places
        assert (await engine.ask(COUNT, 60)).error == ""
        assert {each.number for each in host.idle} == ready
        assert (await engine.ask(LARGE, 60)).error == ""
        assert len(ready - {each.number for each in host.idle}) == 1

    monkeypatch.setattr(engine_module, "GROWN", 16 << 10)
    asking(source, ask, replace(LIMITS, memory=512 << 20))


def test_another_client_finds_a_place_beside_runaways(source: Source) -> None:
    async def ask(engine: Engine) -> None:
        await engine.start()
        runaways = [asyncio.create_task(engine.ask(GREEDY, 30, "one")) for _ in range(3)]
        await asyncio.sleep(0)
        assert (await engine.ask(COUNT, 30, "other")).error == ""
        assert not all(each.done() for each in runaways)
        for each in runaways:
            each.cancel()
        await asyncio.gather(*runaways, return_exceptions=True)

    asking(source, ask)


def test_a_caller_that_leaves_ends_its_query(source: Source) -> None:
    async def ask(engine: Engine) -> None:
        await engine.start()
        before = {each.pid for each in await children(engine)}
        running = asyncio.create_task(engine.ask(ENDLESS, 60))
        while not any(each.cpu_times().user + each.cpu_times().system > 0.05 for each in await children(engine)):
            await asyncio.sleep(0.01)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        while before <= {each.pid for each in await children(engine) if each.status() != psutil.STATUS_ZOMBIE}:
            await asyncio.sleep(0.01)
        assert (await engine.ask(COUNT, 30)).error == ""

    asking(source, ask)


def test_evaluators_and_fork_server_that_are_killed_are_replaced(source: Source) -> None:
    async def ask(engine: Engine) -> None:
        await engine.start()
        for each in await children(engine):
            os.kill(each.pid, signal.SIGKILL)
        answers = [await engine.ask(COUNT, 30) for _ in range(4)]
        assert answers[-1].error == ""
        first = engine.process
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert [(await engine.ask(COUNT, 30)).error for _ in range(4)] == [""] * 4
        assert engine.process != first

    asking(source, ask)


@pytest.mark.sampled
def test_a_query_whose_fork_server_ends_is_evaluated_by_the_next(source: Source) -> None:
    """It is killed after it was asked: whichever side sees it first, the caller is answered."""

    async def ask(engine: Engine) -> None:
        await engine.start()
        for _ in range(number_of(5, 2)):
            first = engine.process
            assert first is not None
            running = asyncio.gather(*(engine.ask(COUNT, 30, client) for client in ("one", "other")))
            await asyncio.sleep(0)
            os.kill(first, signal.SIGKILL)
            assert {each.error for each in await running} == {""}

    asking(source, ask)


def fork_servers() -> set[int]:
    """Return the numbers of the fork servers that this process has begun, of other engines too."""
    every = psutil.process_iter(["ppid", "cmdline"])
    return {each.pid for each in every if each.info["ppid"] == os.getpid() and forkserver.__name__ in (each.info["cmdline"] or ())}


def test_a_caller_that_leaves_while_processes_begin_costs_nobody_else(source: Source) -> None:
    before = fork_servers()

    async def ask(engine: Engine) -> None:
        for steps in (1, 2, 3, 5, 8, 50):
            first = asyncio.create_task(engine.ask(COUNT, 30))
            for _ in range(steps):
                await asyncio.sleep(0)
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
        assert (await engine.ask(COUNT, 30)).error == ""
        assert fork_servers() - before == {engine.process}, "one serves, and what was begun for those who left is gone"

    asking(source, ask)
    assert fork_servers() - before == set()


def test_nothing_runs_on_when_the_engine_is_closed(source: Source) -> None:
    processes: list[psutil.Process] = []

    async def ask(engine: Engine) -> None:
        await engine.start()
        running = asyncio.create_task(engine.ask(ENDLESS, 60))
        await asyncio.sleep(0)
        processes.extend(await children(engine))
        await engine.close()
        assert (await running).error in {"exhausted", "failed", "busy"}
        assert (await engine.ask(COUNT, 30)).error == "busy"

    asking(source, ask)
    assert len(processes) >= LIMITS.places
    _, alive = psutil.wait_procs(processes, timeout=30)
    assert not alive


def test_a_dataset_is_swapped_while_queries_run(source: Source) -> None:
    async def ask(engine: Engine) -> None:
        await engine.start()
        running = asyncio.create_task(engine.ask(ENDLESS, 1.0))
        await asyncio.sleep(0)
        await engine.replace(replace(source, version="next", state="other"))
        assert (await engine.ask(COUNT, 30)).version == "next"
        assert (await running).error in {"late", "exhausted"}
        assert engine.state == "other"

    asking(source, ask)


def test_what_cannot_be_opened_changes_nothing(source: Source, tmp_path: Path) -> None:
    async def ask(engine: Engine) -> None:
        await engine.start()
        with pytest.raises(BuildError, match=str(tmp_path)):
            await engine.replace(replace(source, folder=tmp_path))
        assert (await engine.ask(COUNT, 30)).version == "version"

    asking(source, ask)


def test_a_dataset_that_is_not_there_is_told(tmp_path: Path) -> None:
    async def ask(engine: Engine) -> None:
        outcome = await engine.ask(COUNT, 30)
        assert outcome.error == "busy"
        assert str(tmp_path) in outcome.detail

    asking(Source(tmp_path), ask)


class SlowStore:
    """A store that answers when it is let."""

    def __init__(self, whole: EngineStore, let: asyncio.Event, loop: asyncio.AbstractEventLoop) -> None:
        self._whole, self._let, self._loop = whole, let, loop

    def query(self, *arguments: object) -> object:
        asyncio.run_coroutine_threadsafe(self._let.wait(), self._loop).result()
        return self._whole.query(*arguments)  # type: ignore[arg-type]

    def __len__(self) -> int:
        return len(self._whole)


def test_another_engine_that_is_late_is_not_waited_for(example_directory: Path) -> None:
    async def outcomes() -> list[QueryOutcome]:
        let, store = asyncio.Event(), dataset.open_current(example_directory).store
        assert isinstance(store, EngineStore)
        engine = RemoteEngine(LIMITS, SlowStore(store, let, asyncio.get_running_loop()), "state")  # type: ignore[arg-type]
        late = await engine.ask(COUNT, 0.05)
        let.set()
        answers = [late, await engine.ask(COUNT, 30)]
        await engine.close()
        return answers

    late, whole = asyncio.run(outcomes())
    assert late.error == "late"
    assert whole.media == "text/csv"
