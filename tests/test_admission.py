"""Admission: a bounded number at once, a bounded wait, and a place for each caller while others wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from mabgraph.api.collections import tables
from mabgraph.api.http import admission
from mabgraph.api.http.admission import Admission, Busy, Gate
from mabgraph.api.http.settings import Settings

from . import asgi


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 60))


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_who_comes_when_all_places_are_taken_waits_for_one() -> None:
    async def test() -> None:
        gate = Gate(2, 10, 60)
        await gate.enter("a")
        await gate.enter("a")
        third = asyncio.create_task(gate.enter("b"))
        await settled()
        assert not third.done()
        gate.leave("a")
        await third
        gate.leave("a")
        gate.leave("b")
        await gate.enter("c")

    run(test)


def test_a_caller_with_many_waits_for_one_with_few() -> None:
    async def test() -> None:
        gate = Gate(4, 100, 60)
        order: list[str] = []

        async def work(caller: str) -> None:
            await gate.enter(caller)
            order.append(caller)

        for _ in range(4):
            await gate.enter("many")
        tasks = [asyncio.create_task(work("many")) for _ in range(20)]
        await settled()
        tasks += [asyncio.create_task(work(caller)) for caller in ("few", "few", "other")]
        await settled()
        for _ in range(3):
            gate.leave("many")
            await settled()
        assert order == ["few", "other", "many"]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    run(test)


def test_too_many_who_wait_are_refused_and_one_caller_does_not_take_the_whole_queue() -> None:
    async def test() -> None:
        gate = Gate(1, 4, 60)
        await gate.enter("a")
        mine = [asyncio.create_task(gate.enter("a")) for _ in range(4)]
        await settled()
        refused = [task for task in mine if task.done()]
        assert refused
        assert all(isinstance(task.exception(), Busy) for task in refused)
        other = asyncio.create_task(gate.enter("b"))
        await settled()
        assert not other.done()
        gate.leave("a")
        await settled()
        gate.leave("a")
        await other
        for task in mine:
            task.cancel()
        await asyncio.gather(*mine, return_exceptions=True)

    run(test)


def test_a_wait_is_bounded_and_leaves_nothing_behind() -> None:
    async def test() -> None:
        gate = Gate(1, 10, 0.001)
        await gate.enter("a")
        for _ in range(3):
            with pytest.raises(Busy):
                await gate.enter("b")
        gate.leave("a")
        await gate.enter("b")
        gate.leave("b")
        assert (gate._inside.total(), len(gate._queues)) == (0, 0)

    run(test)


def test_who_goes_away_while_waiting_takes_no_place() -> None:
    async def test() -> None:
        gate = Gate(1, 10, 60)
        await gate.enter("a")
        gone, stays = asyncio.create_task(gate.enter("b")), asyncio.create_task(gate.enter("c"))
        await settled()
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        gate.leave("a")
        await stays
        gate.leave("c")
        first, second = asyncio.create_task(gate.enter("a")), asyncio.create_task(gate.enter("b"))
        await settled()
        gate.leave("a")
        second.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        if not second.cancelled():
            gate.leave("b")
        assert (gate._inside.total(), len(gate._queues)) == (0, 0)

    run(test)


class Slow:
    """An application whose answers begin when they are let, and end later."""

    def __init__(self) -> None:
        """Let none begin."""
        self.inside = 0
        self.most = 0
        self.may_begin, self.may_end = asyncio.Event(), asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        self.inside += 1
        self.most = max(self.most, self.inside)
        await self.may_begin.wait()
        self.inside -= 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await self.may_end.wait()
        await send({"type": "http.response.body", "body": b"done"})


@pytest.mark.parametrize(
    ("path", "query", "most"),
    [("/v1/drugs", b"", 3), ("/v1/compare.zip", b"drug=a", 1), ("/v1/drugs", b"format=xlsx", 1), ("/v1/drugs.xlsx", b"", 1), ("/v1/network.svg", b"", 1)],
)  # fmt: skip
def test_each_kind_of_work_has_its_places(path: str, query: bytes, most: int) -> None:
    async def test() -> None:
        slow = Slow()
        app = Admission(slow, Settings(lookups=3, lookups_waiting=20, exports=1, exports_waiting=20))
        asked = [asyncio.create_task(asgi.answered(app, asgi.scope(path, query, client=(f"10.0.0.{number}", 1)))) for number in range(9)]
        await settled()
        assert slow.inside == most
        free = [asyncio.create_task(asgi.answered(app, asgi.scope(other))) for other in ("/health", "/sparql")]
        await settled()
        assert slow.inside == most + 2
        slow.may_begin.set()
        for _ in range(20):
            await settled()
        assert slow.inside == 0, "who reads slowly holds up nobody"
        slow.may_end.set()
        assert {reply.status for reply in await asyncio.gather(*asked, *free)} == {200}

    run(test)


def test_who_finds_no_place_is_told_when_to_ask_again() -> None:
    async def test() -> None:
        slow = Slow()
        app = Admission(slow, Settings(lookups=1, lookups_waiting=0))
        first = asyncio.create_task(asgi.answered(app, asgi.scope("/v1/drugs")))
        await settled()
        reply = await asgi.answered(app, asgi.scope("/v1/drugs"))
        assert (reply.status, reply.headers[b"retry-after"], reply.headers[b"content-type"]) == (503, b"2", b"application/problem+json")
        slow.may_begin.set()
        slow.may_end.set()
        assert (await first).status == 200
        assert (await asgi.answered(app, asgi.scope("/v1/drugs"))).status == 200

    run(test)


def test_a_fault_gives_its_place_back() -> None:
    async def fail(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError

    async def test() -> None:
        app = Admission(fail, Settings(lookups=1, lookups_waiting=0))
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await asgi.answered(app, asgi.scope("/v1/drugs"))

    run(test)


def test_what_is_heavy() -> None:
    for path in ("/v1/compare", "/v1/compare.csv", "/v1/network/path", "/v1/drugs.xlsx", "/v1/vocab/measures.xlsx"):
        assert admission.is_heavy({"path": path, "query_string": b"", "headers": []})
    media = tables.XLSX.encode()
    for query, headers in ((b"format=XLSX", []), (b"format=" + media, []), (b"", [(b"accept", media + b", */*;q=0.1")])):
        assert admission.is_heavy({"path": "/v1/drugs", "query_string": query, "headers": headers})
    for path in ("/v1/drugs", "/", "/dataset.nq.gz", "/v1/trials/xlsx"):
        assert not admission.is_heavy({"path": path, "query_string": b"format=csv", "headers": [(b"accept", b"text/csv, */*")]})
