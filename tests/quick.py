"""Builds without what takes long and is tested elsewhere, for tests of the files that a build writes: an eighth of the time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from mabgraph.graph.building import build
from mabgraph.graph.shacl.shapes import Shapes


@contextmanager
def quick_builds() -> Iterator[None]:
    """Keep builds from reading shapes and from describing the dataset, for the block; they write the same files in the same order."""
    with (
        mock.patch.object(Shapes, "__init__", return_value=None),
        mock.patch.object(Shapes, "violations", return_value=[]),
        mock.patch.object(build, "describe"),
    ):
        yield


@contextmanager
def unvalidated() -> Iterator[None]:
    """Keep builds from validating, for the block; everything else is as it is."""
    with mock.patch.object(Shapes, "violations", return_value=[]):
        yield
