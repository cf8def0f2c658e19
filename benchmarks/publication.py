"""What a publication costs: requests and bytes of a first one, of one without a change, and of one with a change, as shares of the first.

::

    python -m benchmarks.publication FIRST SECOND --to http://127.0.0.1:7878/store

FIRST and SECOND are directories of datasets, such as one of 1,000 invented registry records (``benchmarks.registrystudies``) and the same
with one of them changed. The engine should be empty. Processor time is that of this program, without the engine's.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from mabgraph.graph.publish import publication
from mabgraph.graph.publish.destination import Target
from mabgraph.graph.publish.publication import ReadBack


class Counting(httpx.BaseTransport):
    """Carries requests, and counts them and the bytes of their bodies and answers."""

    def __init__(self) -> None:
        self._inner = httpx.HTTPTransport()
        self.requests = self.sent = self.received = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one request."""
        self.requests += 1
        self.sent += int(request.headers.get("Content-Length", 0))
        response = self._inner.handle_request(request)
        stream = response.stream
        assert isinstance(stream, httpx.SyncByteStream)
        return httpx.Response(response.status_code, headers=response.headers, stream=_Counted(stream, self), extensions=response.extensions)

    def close(self) -> None:
        """Keep the connections for the next publication."""


class _Counted(httpx.SyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream, counting: Counting) -> None:
        self._stream, self._counting = stream, counting

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream:
            self._counting.received += len(chunk)
            yield chunk

    def close(self) -> None:
        self._stream.close()


@dataclass(frozen=True, slots=True)
class Cost:
    """What one publication cost: requests, bytes each way, processor and wall time in seconds, graphs sent and read back."""

    requests: int
    sent: int
    received: int
    processor: float
    wall: float
    graphs: int
    compared: int


def publish(directory: Path, target: Target, read_back: ReadBack = ReadBack.sent) -> Cost:
    """Publish the dataset in ``directory``, and return what it cost."""
    counting = Counting()
    processor, wall = time.process_time(), time.perf_counter()
    done = publication.publish(directory, replace(target, transport=counting), read_back=read_back)
    spent = time.process_time() - processor, time.perf_counter() - wall
    return Cost(counting.requests, counting.sent, counting.received, *spent, len(done.sent), len(done.compared))


def main() -> None:
    """Publish as the command line asks, and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("--to", required=True)
    parser.add_argument("--query")
    asked = parser.parse_args()
    target = Target.from_url(asked.to, asked.query)
    rows = [
        ("first", publish(asked.first, target)),
        ("unchanged", publish(asked.first, target)),
        ("changed", publish(asked.second, target)),
        ("changed back", publish(asked.first, target)),
        ("unchanged, all read back", publish(asked.first, target, ReadBack.all)),
    ]
    whole = rows[0][1]
    print("| publication | graphs sent | read back | requests | MB sent | MB received | bytes of the first | processor s | wall s |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, cost in rows:
        share = (cost.sent + cost.received) / (whole.sent + whole.received)
        numbers = f"{cost.graphs} | {cost.compared} | {cost.requests} | {cost.sent / 1e6:.2f} | {cost.received / 1e6:.2f}"
        print(f"| {name} | {numbers} | {share:.2%} | {cost.processor:.1f} | {cost.wall:.1f} |")


if __name__ == "__main__":
    main()
