"""Delivery: whoever does not take a long answer is cut off, and long answers under way are bounded."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from mabgraph.api.http.delivery import PART, SHORT, Delivery, TooSlow

SCOPE: dict[str, Any] = {"type": "http", "method": "GET", "path": "/", "headers": []}


async def nothing() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


def answering(length: int) -> Any:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-length", str(length).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": bytes(length)})

    return app


def test_a_long_answer_is_sent_in_parts_and_whole() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    length = 5 * PART + 7
    asyncio.run(Delivery(answering(length), 30, 10**9)(SCOPE, nothing, send))
    bodies = sent[1:]
    assert [len(part["body"]) for part in bodies] == [PART] * 5 + [7]
    assert [part.get("more_body", False) for part in bodies] == [True] * 5 + [False]


def test_whoever_takes_no_part_in_time_is_cut_off() -> None:
    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    delivery = Delivery(answering(2 * SHORT), 0.01, 10**9)
    with pytest.raises(TooSlow):
        asyncio.run(delivery(SCOPE, nothing, send))


def test_long_answers_under_way_are_bounded_and_counted_off_again() -> None:
    async def work() -> list[int]:
        statuses: list[int] = []
        let = asyncio.Event()
        delivery = Delivery(answering(SHORT), 30, 2 * SHORT)

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
            elif statuses[-1] == 200:
                await let.wait()

        slow = [asyncio.create_task(delivery(SCOPE, nothing, send)) for _ in range(2)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await delivery(SCOPE, nothing, send)
        let.set()
        await asyncio.gather(*slow)
        await delivery(SCOPE, nothing, send)
        return statuses

    assert asyncio.run(work()) == [200, 200, 503, 200]
