"""R with metafor, where it is installed: scripts of ours run over a CSV file, and the numbers they print."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

_START = "suppressMessages(library(metafor)); options(digits = 15)\nx <- read.csv(commandArgs(TRUE)[1], stringsAsFactors = TRUE)\n"


@cache
def installed() -> bool:
    """Whether R is here with metafor."""
    asked = ["Rscript", "-e", 'quit(status = !requireNamespace("metafor", quietly = TRUE))']
    return shutil.which("Rscript") is not None and subprocess.run(asked, check=False, capture_output=True).returncode == 0


def printed(script: str, lines: Iterable[str], folder: Path) -> list[list[float]]:
    """Return the numbers of each line that ``script`` prints; ``x`` is the data of the CSV ``lines``. Skip where there is no metafor."""
    if not installed():
        pytest.skip("R with metafor is not installed (Debian: r-base-core, r-cran-metafor)")
    (folder / "x.csv").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "x.R").write_text(_START + script, "utf-8")
    done = subprocess.run(["Rscript", folder / "x.R", folder / "x.csv"], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return [[float(word) for word in line.split()] for line in done.stdout.splitlines() if line.strip()]
