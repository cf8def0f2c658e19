"""Matrices whose rows add to zero: their pseudo-inverses and volumes, one or a stack of them, and what cannot be solved refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from mabgraph.ingest.errors import MabgraphError

Array: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]


def inverted(matrix: Array) -> Array:
    """Return the pseudo-inverse of a symmetric matrix (or of a stack) whose rows add to zero and that has no other null direction.

    :raises MabgraphError: when it has, or its numbers differ too much.
    """
    size = matrix.shape[-1]
    scale = np.trace(matrix, axis1=-2, axis2=-1)[..., None, None] / size
    if size == 2:
        return np.asarray(matrix / (4 * scale * scale), dtype=np.float64)
    inverse = solved(np.linalg.inv, matrix + scale / size) - 1 / (scale * size)
    return np.asarray((inverse + np.swapaxes(inverse, -1, -2)) / 2, dtype=np.float64)


def solved(solve: Callable[..., Any], *matrices: Array) -> Array:
    """Return what ``solve`` makes of ``matrices``.

    :raises MabgraphError: when there is no solution in finite numbers.
    """
    try:
        solution = np.asarray(solve(*matrices), dtype=np.float64)
    except np.linalg.LinAlgError:
        solution = np.array(np.nan)
    if not np.isfinite(solution).all():
        raise MabgraphError("the standard errors of the studies differ so much that they cannot be pooled: see their units")
    return solution


def volume_of(laplacian: Array) -> Array:
    """Return the logarithm of the product of the eigenvalues that are not zero, of a matrix or of each of a stack."""
    size = laplacian.shape[-1]
    scale = np.trace(laplacian, axis1=-2, axis2=-1) / size
    return np.asarray(np.linalg.slogdet(laplacian + scale[..., None, None] / size)[1] - np.log(scale), dtype=np.float64)
