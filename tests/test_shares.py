"""Shares: nobody has all places while others want one, whoever has used least goes first, and nothing is lost on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

import pytest

from mabgraph.graph.sparql.shares import Full, Shares


def run(work: Coroutine[None, None, None]) -> None:
    """Run ``work``, which nothing holds up but a fault: who would wait for ever fails after a while."""
    asyncio.run(asyncio.wait_for(work, 30))


async def turn() -> None:
    """Let everything that can go on go on."""
    for _ in range(5):
        await asyncio.sleep(0)


def test_one_client_leaves_a_place_to_others() -> None:
    async def work() -> None:
        shares = Shares(3, 10)
        await shares.enter("greedy")
        await shares.enter("greedy")
        third = asyncio.create_task(shares.enter("greedy"))
        await turn()
        assert not third.done()
        await shares.enter("other")
        shares.leave("greedy", 1.0)
        await third

    run(work())


def test_whoever_has_used_least_goes_first() -> None:
    async def work() -> None:
        shares = Shares(1, 10)
        await shares.enter("greedy")
        order: list[str] = []

        async def want(client: str) -> None:
            await shares.enter(client)
            order.append(client)
            shares.leave(client, 0.1)

        tasks = [asyncio.create_task(want(client)) for client in ("greedy", "greedy", "other", "other")]
        await turn()
        shares.leave("greedy", 5.0)
        await asyncio.gather(*tasks)
        assert order == ["other", "other", "greedy", "greedy"]

    run(work())


def test_short_uses_are_not_free() -> None:
    async def work() -> None:
        shares = Shares(1, 10)
        for _ in range(100):
            await shares.enter("busy")
            waiting = asyncio.create_task(shares.enter("patient"))
            await turn()
            again = asyncio.create_task(shares.enter("busy"))
            await turn()
            shares.leave("busy", 0.0)
            await turn()
            assert waiting.done()
            assert not again.done()
            shares.leave("patient", 0.0)
            await again
            shares.leave("busy", 0.0)

    run(work())


def test_of_two_who_wait_a_short_use_counts_against_the_one_who_had_it() -> None:
    """The busy client asked first, and its use took no time at all: the other goes first."""

    async def work() -> None:
        shares = Shares(1, 10)
        await shares.enter("busy")
        again = asyncio.create_task(shares.enter("busy"))
        await turn()
        waiting = asyncio.create_task(shares.enter("patient"))
        await turn()
        shares.leave("busy", 0.0)
        await turn()
        assert (waiting.done(), again.done()) == (True, False)
        shares.leave("patient", 0.0)
        await again

    run(work())


def test_a_newcomer_takes_the_waiting_place_of_whoever_has_most() -> None:
    async def work() -> None:
        shares = Shares(1, 3)
        await shares.enter("greedy")
        crowd = [asyncio.create_task(shares.enter("greedy")) for _ in range(3)]
        await turn()
        with pytest.raises(Full):
            await shares.enter("greedy")
        newcomer = asyncio.create_task(shares.enter("other"))
        await turn()
        assert isinstance(crowd[-1].exception(), Full)
        assert not newcomer.done()
        shares.leave("greedy", 1.0)
        await newcomer
        shares.leave("other", 1.0)
        for task in crowd[:2]:
            await task
            shares.leave("greedy", 1.0)
        assert shares.waiting == 0

    run(work())


@pytest.mark.parametrize("admitted", [False, True])
def test_whoever_gives_up_gives_the_place_back(admitted: bool) -> None:
    async def work() -> None:
        shares = Shares(1, 10)
        await shares.enter("one")
        waiting = asyncio.create_task(shares.enter("other"))
        await turn()
        if admitted:
            shares.leave("one", 0.0)  # its turn is set, and it is cancelled before it takes notice
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        if not admitted:
            shares.leave("one", 0.0)
        await asyncio.wait_for(shares.enter("third"), 5)
        assert shares.waiting == 0

    run(work())


def test_none_may_wait_where_no_waiting_is_allowed() -> None:
    async def work() -> None:
        shares = Shares(1, 0)
        await shares.enter("one")
        with pytest.raises(Full):
            await shares.enter("other")

    run(work())
