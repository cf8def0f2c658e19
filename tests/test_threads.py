"""Threads that help each other: one does all the work unless it is held up, and nothing that waits is forgotten."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from mabgraph.graph.threads import Threads

STACK = 1 << 20
#: How long anything may take here before a test fails (seconds).
LONG = 30.0


@contextmanager
def threads(number: int, patience: float = 0.0) -> Iterator[Threads]:
    made = Threads(number, patience, STACK)
    try:
        yield made
    finally:
        made.close()


class Note:
    """A task that says which thread runs it, and holds it up until it is let go."""

    def __init__(self, held: bool = False) -> None:
        self.begun, self.let = threading.Event(), threading.Event()
        self.thread = ""
        if not held:
            self.let.set()

    def __call__(self) -> None:
        self.thread = threading.current_thread().name
        self.begun.set()
        assert self.let.wait(LONG)


def until(held: Callable[[], bool]) -> None:
    """Ask again and again until ``held``; a test that waits for longer fails."""
    pause = threading.Event()
    assert any(held() or pause.wait(0.001) for _ in range(int(LONG * 1000)))


def test_one_thread_takes_what_does_not_take_long() -> None:
    with threads(4, patience=LONG) as held:
        notes = [Note() for _ in range(50)]
        for note in notes:
            held.submit(note)
        assert all(note.begun.wait(LONG) for note in notes)
        assert {note.thread for note in notes} == {"query-0"}


def test_another_thread_takes_what_waits_behind_a_long_task() -> None:
    with threads(2) as held:
        long, short = Note(held=True), Note()
        assert not held.submit(long)
        assert long.begun.wait(LONG)
        held.submit(short)
        assert short.begun.wait(LONG)
        assert (long.thread, short.thread) == ("query-0", "query-1")
        long.let.set()


def test_patience_is_had_first() -> None:
    with threads(2, patience=LONG) as held:
        long, short = Note(held=True), Note()
        held.submit(long)
        assert long.begun.wait(LONG)
        assert held.submit(short)
        assert held.relieve()
        assert not short.begun.is_set()
        long.let.set()
        assert short.begun.wait(LONG)
        assert short.thread == "query-0"


def test_what_no_thread_is_free_for_waits_until_one_is() -> None:
    with threads(2) as held:
        long = [Note(held=True), Note(held=True)]
        for note in long:
            held.submit(note)
            assert note.begun.wait(LONG)
        last = Note()
        assert held.submit(last)
        long[1].let.set()
        assert last.begun.wait(LONG)
        long[0].let.set()


def test_a_helper_that_has_helped_can_be_called_again() -> None:
    with threads(2) as held:
        long = Note(held=True)
        held.submit(long)
        assert long.begun.wait(LONG)
        for _ in range(3):
            note = Note()
            held.submit(note)
            until(lambda note=note: note.begun.is_set() or not held.relieve())  # type: ignore[misc]
            assert note.begun.wait(LONG)
            assert note.thread == "query-1"
        long.let.set()


def test_closed_threads_take_nothing_more_and_end() -> None:
    before = set(threading.enumerate())
    with threads(3) as held:
        own = set(threading.enumerate()) - before
        long, waiting = Note(held=True), Note()
        held.submit(long)
        assert long.begun.wait(LONG)
    assert len(own) == 3
    with pytest.raises(RuntimeError, match="no more"):
        held.submit(waiting)
    long.let.set()
    for thread in own:
        thread.join(LONG)
    assert not own & set(threading.enumerate())
    assert not waiting.begun.is_set()
