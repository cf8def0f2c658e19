"""Python's collector waits while a record is read, and goes on afterwards, whatever happened."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from mabgraph.graph.building import build
from mabgraph.graph.store.garbage import pause_collection
from mabgraph.ingest.errors import RecordError


def test_the_collector_waits_until_the_block_ends() -> None:
    with pause_collection():
        assert not gc.isenabled()
        with pause_collection():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_the_collector_goes_on_after_a_record_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(RecordError):
        build.of_source(tmp_path / "absent.yaml", None)
    assert gc.isenabled()


def test_the_collector_stays_off_where_it_was_off() -> None:
    gc.disable()
    try:
        with pause_collection():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
