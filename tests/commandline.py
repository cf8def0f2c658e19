"""The command line run within the process of the tests: the entry point itself, with its arguments, environment, streams and exit code.

A process of its own costs a second for each command. What only a process shows (signals, a pipe that closes, a locale, a port that is
served) is tried with one, in ``test_command.py``, ``test_locale.py``, ``test_serving.py`` and ``test_readme.py``.
"""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from unittest import mock

from mabgraph.api.cli import command


def run(*arguments: str | Path, code: int = 0, encoding: str = "utf-8", **environment: str) -> subprocess.CompletedProcess[str]:
    """Return what ``mabgraph`` wrote, after it ended with exit code ``code``; its streams have ``encoding`` until it sets another."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding, write_through=True) for _ in range(2))
    words = ["mabgraph", *map(str, arguments)]
    with (
        mock.patch.object(sys, "argv", words),
        mock.patch.object(sys, "stdout", out),
        mock.patch.object(sys, "stderr", err),
        mock.patch.dict("os.environ", {"COLUMNS": "200"} | environment),
    ):
        ended = 0
        try:
            command.main()
        except SystemExit as end:
            ended = end.code if isinstance(end.code, int) else int(end.code is not None)
    texts = [_written(stream) for stream in (out, err)]
    done = subprocess.CompletedProcess(words, ended, *texts)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def _written(stream: io.TextIOWrapper) -> str:
    """Return what was written to a stream, as it was encoded."""
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode("utf-8")
