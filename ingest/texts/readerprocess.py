"""Reading PDF and XML in a process of its own, which is ended when it takes too long, and may use so much memory and no more.

A file from elsewhere can be made, or damaged, so that reading it never ends, or fills the memory; then adding it fails with a message.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Final

from ..errors import AnchorError, MabgraphError
from ..places import Place
from .plain import ReadText

#: Longest time that reading a file may take (seconds), and the memory that it may use (MiB).
SECONDS: Final = 600.0
MEGABYTES: Final = 3072
#: What the process runs: with the same search path of modules, whatever was put into it.
_PROGRAM: Final = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from mabgraph.ingest.texts.readerprocess import main; main()"
_REMEDY: Final = "save it anew with another program, or add its parts one by one"


def read_apart(path: Path, kind: str, seconds: float = SECONDS, megabytes: int = MEGABYTES) -> ReadText:
    """Return the text of a file of ``kind`` (pdf or jats), read in a process of its own.

    :raises AnchorError: when it cannot be read, or not within ``seconds`` and ``megabytes``.
    """
    words = [sys.executable, "-c", _PROGRAM, json.dumps(sys.path), kind, str(megabytes), str(path.absolute()), str(path)]
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise AnchorError(f"{path}: cannot be read within {seconds:g} s: {_REMEDY}") from None
    except OSError as error:
        raise AnchorError(f"{path}: no process can be started to read it: {error.strerror or error}") from None
    try:
        outcome = json.loads(done.stdout)
        if "error" in outcome:
            raise AnchorError(str(outcome["error"]))
        places = tuple(Place(*place) for place in outcome["places"])
        return ReadText(outcome["text"], places, outcome["title"], outcome["doi"], tuple(outcome["notes"]))
    except (ValueError, KeyError, TypeError):
        words_of_process = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2][:200]
        cause = words_of_process or f"the process that reads it ended ({_describe_end(done.returncode)})"
        raise AnchorError(f"{path}: cannot be read: {cause}; it may be damaged: {_REMEDY}") from None


def main() -> None:
    """Read the file that the command line names, and print what it holds, or the fault, as JSON."""
    _, kind, megabytes, file, shown = sys.argv[1:]
    limit_memory(int(megabytes) << 20)
    try:
        if kind == "pdf":
            from .pdf import read_pdf as read
        else:
            from .jats import read_jats as read
        content = read(Path(file))
        outcome = asdict(content) | {"places": [(place.start, place.end, place.where) for place in content.places]}
    except MabgraphError as error:
        outcome = {"error": str(error).replace(file, shown)}
    except (MemoryError, RecursionError):
        outcome = {"error": f"{shown}: cannot be read within {megabytes} MiB of memory: {_REMEDY}"}
    sys.stdout.buffer.write(json.dumps(outcome).encode())


def limit_memory(most: int) -> None:
    """Let this process use at most so many bytes more for data, where the system can do that."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _describe_end(code: int) -> str:
    """Return how a process ended, in words.

    >>> _describe_end(3), _describe_end(-11)
    ('code 3', 'SIGSEGV')
    """
    with suppress(ValueError):
        if code < 0:
            return signal.Signals(-code).name
    return f"code {code}"
