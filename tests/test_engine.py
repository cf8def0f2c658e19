"""The engine room: whatever happens to a query, its caller is answered."""

from __future__ import annotations

import asyncio
import logging

import pytest

from mabgraph.graph.engine import Answered, Engine, Limits, Sink


def test_an_error_that_nobody_foresaw_is_answered_and_the_threads_go_on(caplog: pytest.LogCaptureFixture) -> None:
    def broken(sink: Sink) -> Answered:
        raise KeyError("nobody foresaw this")

    async def asked() -> list[Answered]:
        engine = Engine(Limits(threads=1))
        try:
            return [await engine.run(work, 30.0) for work in (broken, lambda sink: Answered("text/plain", b"whole"))]
        finally:
            engine.close()

    with caplog.at_level(logging.CRITICAL):
        failed, whole = asyncio.run(asked())
    assert failed == Answered(error="failed", detail="KeyError: 'nobody foresaw this'")
    assert whole.body == b"whole"


def test_a_room_that_is_closed_takes_nothing_more() -> None:
    async def asked() -> Answered:
        engine = Engine(Limits())
        engine.close()
        return await engine.run(lambda sink: Answered(), 30.0)

    assert asyncio.run(asked()).error == "busy"


@pytest.mark.parametrize("held", [0.0, 0.005])
def test_short_work_passes_work_that_takes_long(held: float) -> None:
    async def asked() -> list[str]:
        engine, let = Engine(Limits(threads=2, held=held)), asyncio.Event()
        loop, ended = asyncio.get_running_loop(), list[str]()

        def long(sink: Sink) -> Answered:
            asyncio.run_coroutine_threadsafe(let.wait(), loop).result()
            return Answered("long")

        async def note(work: object) -> None:
            ended.append((await engine.run(work, 30.0)).media)  # type: ignore[arg-type]

        first = asyncio.create_task(note(long))
        await asyncio.sleep(0)
        for _ in range(3):
            await note(lambda sink: Answered("short"))
        let.set()
        await first
        engine.close()
        return ended

    assert asyncio.run(asked()) == ["short", "short", "short", "long"]
