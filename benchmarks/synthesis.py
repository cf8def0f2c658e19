"""Benchmark: what a network meta-analysis costs beside the linear algebra in it, and how that grows with the number of treatments.

An invented network of n treatments in 2 n studies is pooled, every pair split into direct and indirect evidence, and the same process
inverts a dense matrix of n by n: the least that any fit of such a network does. Processor time on one thread, medians over rounds
that take turns.

    python -m benchmarks.synthesis
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Sequence
from random import Random
from statistics import median

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from rich.console import Console
from rich.table import Table

from mabgraph.graph.synthesis.contrasts import Contrast
from mabgraph.graph.synthesis.heterogeneity import Estimator
from mabgraph.graph.synthesis.synthesis import Plan, synthesise


def network(treatments: int, studies: int, seed: int = 1) -> tuple[Contrast, ...]:
    """Return invented log hazard ratios: a tree that joins all ``treatments``, and other studies of two treatments at random.

    >>> len(network(10, 20)), len({row.treatment for row in network(10, 20)} | {row.comparator for row in network(10, 20)})
    (20, 10)
    """
    chance = Random(seed)
    pairs = [(place, chance.randrange(place)) for place in range(1, treatments)]
    pairs += [tuple(chance.sample(range(treatments), 2)) for _ in range(studies - len(pairs))]  # type: ignore[misc]
    return tuple(
        Contrast(f"S{number}", f"T{first:03}", f"T{second:03}", "HR", chance.gauss(0, 0.3), chance.uniform(0.1, 0.5))
        for number, (first, second) in enumerate(pairs)
    )


def processor_time(work: Callable[[], object]) -> float:
    """Return the seconds of processor time that ``work`` takes."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def measured(treatments: int, rounds: int, estimator: Estimator) -> tuple[float, float]:
    """Return the seconds of one synthesis and of one dense inverse of as many rows as there are treatments."""
    contrasts = network(treatments, 2 * treatments)
    matrix = np.random.default_rng(1).normal(size=(treatments, treatments)) + treatments * np.eye(treatments)
    repeats = max(1, 20_000_000 // treatments**3)
    pooled, inverse = [], []
    for _ in range(rounds):
        pooled.append(processor_time(lambda: synthesise(contrasts, Plan("HR", estimator=estimator))))
        inverse.append(processor_time(lambda: [np.linalg.inv(matrix) for _ in range(repeats)]) / repeats)
    return median(pooled), median(inverse)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure networks of several sizes, and print the times and their ratios."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--treatments", type=int, nargs="+", default=[20, 80, 160, 300, 600])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tau2", type=Estimator, choices=list(Estimator), default=Estimator.dersimonian_laird)
    chosen = parser.parse_args(arguments)
    table = Table("treatments", "synthesis, s", "per pair, µs", "one inverse, ms", "synthesis ÷ inverse")
    for treatments in chosen.treatments:
        pooled, inverse = measured(treatments, chosen.rounds, chosen.tau2)
        pairs = treatments * (treatments - 1) / 2
        table.add_row(str(treatments), f"{pooled:.3f}", f"{1e6 * pooled / pairs:.0f}", f"{1000 * inverse:.2f}", f"{pooled / inverse:.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
