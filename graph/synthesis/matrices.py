"""Symmetric matrices with zero row sums: pseudo-inverses and log-volumes of one or of a stack; singular systems are refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from mabgraph.ingest.errors import MabgraphError

Array: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]


def pseudo_inverse(matrix: Array) -> Array:
    """Return the pseudo-inverse of a symmetric matrix (or stack) whose rows sum to zero and whose null space has dimension one.

    :raises MabgraphError: when the null space is larger, or the matrix is ill-conditioned.
    """
    size = matrix.shape[-1]
    scale = np.trace(matrix, axis1=-2, axis2=-1)[..., None, None] / size
    if size == 2:
        return np.asarray(matrix / (4 * scale * scale), dtype=np.float64)
    inverse = solve(np.linalg.inv, matrix + scale / size) - 1 / (scale * size)
    return np.asarray((inverse + np.swapaxes(inverse, -1, -2)) / 2, dtype=np.float64)


def solve(solver: Callable[..., Any], *matrices: Array) -> Array:
    """Return ``solver(*matrices)``.

    :raises MabgraphError: when the solution does not exist or is not finite.
    """
    try:
        solution = np.asarray(solver(*matrices), dtype=np.float64)
    except np.linalg.LinAlgError:
        solution = np.array(np.nan)
    if not np.isfinite(solution).all():
        raise MabgraphError("the standard errors of the studies differ so much that they cannot be pooled: see their units")
    return solution


def log_volume(laplacian: Array) -> Array:
    """Return the logarithm of the product of the non-zero eigenvalues of a matrix, or of each in a stack."""
    size = laplacian.shape[-1]
    scale = np.trace(laplacian, axis1=-2, axis2=-1) / size
    return np.asarray(np.linalg.slogdet(laplacian + scale[..., None, None] / size)[1] - np.log(scale), dtype=np.float64)
