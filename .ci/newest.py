"""Run the suite in this environment, which is not locked, and sum up: what failed, and which libraries differ from the lock.

It runs what ``make test`` runs: everything is tried at the oldest and at the locked versions. The summary is printed last and written to
``report.txt`` in the environment.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements" / "dev.txt"


def differing() -> Iterator[str]:
    """Yield each locked library with its version in the lock and its version here, where they are not the same."""
    for line in LOCK.read_text("utf-8").splitlines():
        if "==" not in line:
            continue
        requirement = Requirement(line.removesuffix("\\"))
        if requirement.marker is None or requirement.marker.evaluate():
            locked = next(iter(requirement.specifier)).version
            try:
                here = metadata.version(requirement.name)
            except metadata.PackageNotFoundError:
                here = "nothing"
            if here != locked:
                yield f"{requirement.name} {locked} -> {here}"


def failed(arguments: list[str]) -> list[str]:
    """Run the tests, show what they print, and return the lines that name what failed."""
    command = [sys.executable, "-m", "pytest", *arguments]
    lines = []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, encoding="utf-8", errors="replace") as running:
        assert running.stdout is not None
        for line in running.stdout:
            print(line, end="", flush=True)
            if line.startswith(("FAILED ", "ERROR ")):
                lines.append(line.rstrip())
    return lines or ([f"pytest {' '.join(arguments)} ended with status {running.returncode}"] if running.returncode else [])


def main() -> int:
    """Print and write the summary; return 1 where something failed."""
    differ = list(differing())
    failures = failed(["--numprocesses", "auto", "--dist", "loadfile"])
    summary = [
        f"newest versions, Python {sys.version.split()[0]}: "
        f"{f'FAILED, {len(failures)} in all' if failures else 'all tests of make test hold'}",
        *failures,
        "libraries that differ from the lock:" if differ else "every library is as in the lock",
        *differ,
    ]
    report = "\n".join(summary) + "\n"
    (Path(sys.prefix) / "report.txt").write_text(report, encoding="utf-8")
    print(report, end="")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
