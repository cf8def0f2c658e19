"""Seeded changes: does a test fail when an important line is wrong? ``python -m tests.mutants`` tries each change of ``mutants.toml``.

A change is made in a copy of the project, in a folder that is removed afterwards; nothing here is touched. The named tests are run there
until the first fails. They have to hold without any change, or a failure would show nothing. Exit code 1: a change was not caught.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Final, TypeVar

ROOT: Final = Path(__file__).parents[1]
LIST: Final = Path(__file__).with_suffix(".toml")
#: The rooms, which a copy of the project imports as ``mabgraph``, and what it holds beside them.
ROOMS: Final = ("ontology", "ingest", "graph", "queries", "api")
COPIED: Final = ("pyproject.toml", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs", "tests", "benchmarks")
#: A sample holds each change whose place in the list is a multiple of this.
EVERY: Final = 4
#: The exit code of pytest when a test failed; any other says that something else is wrong.
FAILED: Final = 1
#: How long the tests of one change may take before it counts as caught: a change can keep a loop from its end (seconds).
LONGEST: Final = 200


Outcome = TypeVar("Outcome")


class MutantError(Exception):
    """Raised when a change cannot be tried: naming it, and what to correct."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: the file, the text in it and what takes its place, and the tests of which one must fail."""

    name: str
    file: str
    text: str
    by: str
    tests: tuple[str, ...]

    def applied(self, root: Path) -> str:
        """Return the file's text with the change.

        :raises MutantError: when the file is not there, or the text does not stand in it exactly once.
        """
        path = root / self.file
        if not path.is_file():
            raise MutantError(f"{self.name}: there is no file {self.file}: correct it in {LIST.name}")
        before = path.read_text("utf-8")
        if (times := before.count(self.text)) != 1:
            raise MutantError(f"{self.name}: {self.text!r} stands {times} times in {self.file}, not once: correct it in {LIST.name}")
        return before.replace(self.text, self.by)


def mutants(text: str) -> list[Mutant]:
    """Return the changes that a list in TOML names.

    :raises MutantError: when an entry lacks a key or has another one, changes nothing, or names no test.
    """
    listed = []
    for name, entry in tomllib.loads(text).items():
        if not isinstance(entry, dict) or entry.keys() != {"file", "text", "by", "tests"}:
            raise MutantError(f"{name}: an entry has the keys file, text, by and tests")
        if not entry["tests"] or entry["text"] == entry["by"]:
            raise MutantError(f"{name}: it changes nothing, or names no test")
        listed.append(Mutant(name, entry["file"], entry["text"], entry["by"], tuple(entry["tests"])))
    return listed


def chosen(known: Sequence[Mutant], only: Sequence[str], *, sample: bool = False) -> list[Mutant]:
    """Return the changes named ``only`` (none: all), or of all a sample by the fixed rule: every fourth of the list.

    :raises MutantError: for a name that there is not.
    """
    names = [mutant.name for mutant in known]
    if unknown := [name for name in only if name not in names]:
        raise MutantError(f"there is no change {unknown[0]!r}; there are {', '.join(names)}")
    return [mutant for place, mutant in enumerate(known) if (mutant.name in only if only else not sample or place % EVERY == 0)]


@contextmanager
def copied() -> Iterator[Path]:
    """Copy the project into a folder of its own, where its rooms are imported from, for the block."""
    with tempfile.TemporaryDirectory(prefix="mabgraph-mutants-") as folder:
        root = Path(folder) / "project"
        for name in (*ROOMS, *COPIED):
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
            else:
                root.mkdir(exist_ok=True)
                shutil.copy2(ROOT / name, root / name)
        package = Path(folder) / "rooms" / "mabgraph"
        package.mkdir(parents=True)
        for room in ROOMS:
            (package / room).symlink_to(root / room)
        yield root


def run(root: Path, tests: Sequence[str]) -> tuple[int, str]:
    """Return the exit code of ``tests`` run in the copy ``root`` until the first fails, and what was printed."""
    rooms = root.parent / "rooms"
    # Plugins take two seconds to load, and no test is about them.
    environment = os.environ | {"PYTHONPATH": str(rooms), "TMPDIR": str(root.parent), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    program = (
        "import sys, pytest, mabgraph.graph as room; assert sys.argv[1] in list(room.__path__)[0]; sys.exit(pytest.main(sys.argv[2:]))"
    )
    options = ["-m", "not engines and not whole", "--exitfirst", "--quiet", "--no-header", "--tb=short", "-p", "no:cacheprovider"]
    command = [sys.executable, "-c", program, str(rooms), *options, *tests]
    try:
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=LONGEST, check=False)
    except subprocess.TimeoutExpired:
        return FAILED, f"not at an end after {LONGEST} s"
    return done.returncode, done.stdout + done.stderr


def is_caught(mutant: Mutant, root: Path) -> bool:
    """Whether a test fails with ``mutant`` in the copy ``root``, which is then as it was.

    :raises MutantError: when it cannot be applied, or its tests cannot be run.
    """
    path, changed = root / mutant.file, mutant.applied(root)
    before = path.read_text("utf-8")
    try:
        _write(path, changed)
        code, printed = run(root, mutant.tests)
    finally:
        _write(path, before)
    if code not in {0, FAILED}:
        raise MutantError(f"{mutant.name}: its tests cannot be run (pytest ended with {code}):\n{printed[-2000:]}")
    return code == FAILED


def tried(listed: Sequence[Mutant], jobs: int) -> dict[str, bool]:
    """Return of each change whether it is caught; so many at once, each in a copy of its own.

    :raises MutantError: when one cannot be tried, or a test fails without any change.
    """
    for mutant in listed:
        mutant.applied(ROOT)
    with ExitStack() as stack:
        roots: SimpleQueue[Path] = SimpleQueue()
        for _ in range(jobs):
            roots.put(stack.enter_context(copied()))

        def borrowed(work: Callable[[Path], Outcome]) -> Outcome:
            root = roots.get()
            try:
                return work(root)
            finally:
                roots.put(root)

        def attempt(mutant: Mutant) -> bool:
            caught = borrowed(lambda root: is_caught(mutant, root))
            print(f"{'caught' if caught else 'NOT CAUGHT':<10}  {mutant.name}  ({mutant.file})", flush=True)
            return caught

        pool = stack.enter_context(ThreadPoolExecutor(jobs))
        tests = list(dict.fromkeys(test for mutant in listed for test in mutant.tests))
        unchanged = pool.submit(borrowed, lambda root: run(root, tests))
        outcomes = list(pool.map(attempt, listed))
        code, printed = unchanged.result()
    if code:
        raise MutantError(f"the tests do not hold without any change (pytest ended with {code}):\n{printed[-4000:]}")
    return dict(zip((mutant.name for mutant in listed), outcomes, strict=True))


def _write(path: Path, text: str) -> None:
    """Write a module, and take away what Python has kept of it: that is known by size and second alone."""
    path.write_text(text, "utf-8")
    Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the changes that the arguments name; return 1 where one was not caught or could not be tried."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="try these changes alone")
    parser.add_argument("--sample", action="store_true", help=f"try every change whose place in the list is a multiple of {EVERY}")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at once (as many as there are processors)")
    options = parser.parse_args(arguments)
    try:
        outcomes = tried(chosen(mutants(LIST.read_text("utf-8")), options.only, sample=options.sample), max(1, options.jobs))
    except MutantError as error:
        print(f"mutants: {error}", file=sys.stderr)
        return 1
    missed = [name for name, caught in outcomes.items() if not caught]
    print(f"{len(outcomes) - len(missed)} of {len(outcomes)} changes caught" + (f"; NOT CAUGHT: {', '.join(missed)}" if missed else ""))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
