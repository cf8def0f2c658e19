"""Workers: processes of a pool end with the process that started them, and there are no more of them than a system can wait for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from unittest import mock

import pytest

from mabgraph.ingest import workers
from mabgraph.ingest.errors import MabgraphError
from mabgraph.ingest.registry import judging

#: A process that starts another, names it, and waits. The other one has the same standard output.
STARTS = """
import os, sys
from mabgraph.ingest import workers
with workers.start_pool(1) as pool:
    print(pool.submit(os.getpid).result(), flush=True)
    sys.stdin.read()
"""


@pytest.mark.slow
def test_a_worker_ends_with_a_process_that_was_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", STARTS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        worker = int(process.stdout.readline())
        process.kill()
        try:
            assert process.communicate(timeout=60)[0] == b"", "the standard output is closed: nobody has it any more"
        except subprocess.TimeoutExpired:
            os.kill(worker, signal.SIGKILL)
            raise


def test_no_pool_has_more_processes_than_windows_can_wait_for() -> None:
    with mock.patch.object(workers, "ProcessPoolExecutor") as pool:
        workers.start_pool(64)
    assert pool.call_args.args == (61,)


def test_a_worker_calls_its_initialiser_first() -> None:
    """This process was started by no other of Python, so nothing ends it."""
    begun = list[int]()
    workers._begin(begun.append, (3,))
    workers._begin(None, ())
    assert begun == [3]


@pytest.mark.slow
def test_a_reader_that_was_ended_is_a_fault_with_a_remedy() -> None:
    with mock.patch.object(judging, "_judge_chunk", judging_ends), pytest.raises(MabgraphError, match="--jobs"):
        list(judging.judge_all(iter([[]]), {}, (), 2))


def judging_ends(chunk: object, wanted: object) -> None:
    """End the process that reads."""
    os._exit(1)
