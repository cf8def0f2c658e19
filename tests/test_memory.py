"""What a dataset took in memory goes back to the system when another is served in its place."""

from __future__ import annotations

import asyncio
import ctypes
from pathlib import Path

import pytest

from mabgraph.api.http import memory
from mabgraph.api.http.settings import Settings
from mabgraph.api.http.state import State, open_catalogue
from mabgraph.graph.store import dataset


def test_memory_is_given_back_where_the_allocator_can(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(memory.give_back(), bool)
    monkeypatch.setattr(memory, "_trimmer", lambda: None)
    assert not memory.give_back()


def test_another_allocator_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    memory._trimmer.cache_clear()
    try:
        assert not memory.give_back()
    finally:
        memory._trimmer.cache_clear()


def test_it_is_given_back_after_the_dataset_was_swapped(example_directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[object] = []

    async def swap() -> None:
        settings = Settings(dataset=example_directory)
        state = State(settings, before := open_catalogue(settings))
        monkeypatch.setattr(state.engine, "replace", lambda source: asyncio.sleep(0))
        monkeypatch.setattr(state, "prepare_later", lambda: None)
        monkeypatch.setattr(memory, "give_back", lambda: served.append(state.catalogue is not before))
        await state.reload()
        state._hold.close()

    asyncio.run(swap())
    assert served == [True]


@pytest.mark.parametrize("on_disk", [False, True])
def test_what_needs_the_whole_dataset_is_prepared_where_it_is_in_memory(
    example_directory: Path, monkeypatch: pytest.MonkeyPatch, on_disk: bool
) -> None:
    monkeypatch.setattr(dataset, "is_on_disk", lambda folder: on_disk)
    settings, prepared = Settings(dataset=example_directory), list[object]()
    state = State(settings, open_catalogue(settings))
    monkeypatch.setattr(state, "_prepare", lambda current: None)
    monkeypatch.setattr(state, "_begin", prepared.append)
    state.prepare_later()
    state._hold.close()
    assert len(prepared) == (not on_disk)
