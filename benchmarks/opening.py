"""What it costs that a dataset is opened only when every byte is what was built: beside the engine's own bulk load of the same dump.

Each measurement is a process of its own; the three take turns, and medians are given.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
SHELL: Final = ("/bin/sh", "-c", '"$@"; exit $?', "sh")


def load(directory: Path) -> None:
    """Load the dump with the engine alone, unverified."""
    import pyoxigraph as ox

    ox.Store().bulk_load(path=f"{directory}/current/dataset.nq", format=ox.RdfFormat.N_QUADS)


def open_dataset(directory: Path) -> None:
    """Open the dataset."""
    from mabgraph.graph.store import dataset

    dataset.open_current(directory)


def check(directory: Path) -> None:
    """Hold every file against its digest, as a build does before it says unchanged."""
    from mabgraph.graph.store import dataset

    dataset.verify_current(directory)


MEASURES: Final[dict[str, Callable[[Path], None]]] = {"load": load, "open": open_dataset, "check": check}


def measure(name: str, directory: str) -> None:
    """Print seconds and peak memory (MiB) of one measurement in this process; imports are done before the clock starts."""
    import resource

    import pyoxigraph  # noqa: F401

    from mabgraph.graph.store import dataset  # noqa: F401

    began = time.perf_counter()
    MEASURES[name](Path(directory))
    print(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def measured(name: str, directory: Path) -> tuple[float, float]:
    """Return seconds and peak memory (MiB) of one measurement in a process of its own."""
    command = [*SHELL, sys.executable, "-P", __file__, "measure", name, str(directory)]
    seconds, memory = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    return float(seconds), float(memory)


def table(directory: Path, rounds: int) -> list[str]:
    """Return the lines of the table for one dataset: medians, with the least and the most of the ratios."""
    taken = [{name: measured(name, directory) for name in MEASURES} for _ in range(rounds)]
    lines = []
    for name in MEASURES:
        ratios = sorted(each[name][0] / each["load"][0] for each in taken)
        seconds, memory = (median(each[name][place] for each in taken) for place in (0, 1))
        lines.append(f"{name:6} {seconds:8.3f} s  {median(ratios):5.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f}) of the load  {memory:6.0f} MiB")
    return lines


def main(arguments: Sequence[str]) -> None:
    """Measure mabgraph's own dataset and a synthetic one."""
    if arguments[:1] == ["measure"]:
        measure(*arguments[1:])
        return
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, default=10_000, help="invented trials of the synthetic dataset (default: 10,000)")
    parser.add_argument("--rounds", type=int, default=5, help="how often to measure each (default: 5)")
    chosen = parser.parse_args(arguments)

    from mabgraph.graph.building import build
    from mabgraph.graph.store import vocabulary

    from . import synthetic

    with tempfile.TemporaryDirectory(prefix="mabgraph-benchmark-") as name:
        shipped, _ = build.build(build.Inputs(build.records_of(vocabulary.RECORDS)), Path(name) / "shipped")
        invented = synthetic.write(Path(name) / "synthetic", chosen.trials)
        for what, manifest in (("shipped", shipped), ("synthetic", invented)):
            print(f"{what}: {manifest.quads:,} quads, {manifest.bytes / 2**20:.1f} MiB")
            print(*table(Path(name) / what, chosen.rounds), sep="\n", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
