"""What a caller sends costs time in proportion to its length: every field, every parameter, every name.

No time is asserted: four times the length may cost at most eight times the time, where the square would cost sixteen times. The least of
several times is taken, by the processor's clock, and what is too quick to be measured passes.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from mabgraph.api.http import conditional, fields, front, media, responses
from mabgraph.api.routes import protocol

from . import asgi
from .extent import part_of

pytestmark = [pytest.mark.sampled, pytest.mark.slow]

#: Of the pieces, each field is tried with one of so many at each address; every piece is tried with every field, and at every address.
EVERY = 8
#: How often a time is taken, at first and where the first times do not grow as they should.
TIMES, AGAIN = 1, 9
#: What is too quick to be measured (seconds of processor time).
QUICK = 0.01
MOST = 8.0
#: A head of one field and a short address keeps within the bound of the front.
LONG = front.LONGEST - 1000
PIECES = (
    "\t",
    " ",
    ",",
    ";",
    "=",
    '"',
    "\\",
    '\\"',
    "a",
    "a,",
    ";q=0.1,",
    "W/",
    '"a",',
    "/",
    "*/*,",
    "[",
    "%",
    "\xe9",
    "a\tb",
    "(",
    ":",
    "0",
)
FIELDS = (
    "accept", "accept-encoding", "accept-charset", "accept-language", "cookie", "if-none-match", "if-match", "if-modified-since", "if-range",
    "range", "content-type", "content-length", "host", "origin", "referer", "forwarded", "x-forwarded-for", "x-forwarded-host", "via",
    "authorization", "access-control-request-headers", "access-control-request-method", "user-agent", "x-anything",
)  # fmt: skip
#: Addresses that read different fields: a look-up, one that is kept, a page, a graph, a file, a query, the interface, a text.
PATHS = (
    "/v1/drugs",
    "/v1/search",
    "/",
    "/ontology",
    "/dataset.nq.gz",
    "/sparql",
    "/docs/assets/favicon.png",
    "/v1/documents/example-2020/text",
)


def least(run: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        begin = time.process_time()
        run()
        taken.append(time.process_time() - begin)
    return min(taken)


def grows(run: Callable[[int], object], length: int) -> bool:
    """Whether ``run`` costs more than in proportion to the length it is given, up to ``length``."""
    for times in (TIMES, AGAIN):
        long = least(lambda: run(length), times)
        if long <= QUICK or long <= MOST * least(lambda: run(length // 4), times):
            return False
    return True


def filled(piece: str, length: int, begin: str = "") -> str:
    return (begin + piece * (length // len(piece) + 1))[:length]


def test_what_grows_with_the_square_is_seen() -> None:
    delimiter = re.compile(r"\s*;\s*")
    assert grows(lambda length: delimiter.search("\t" * length + "y"), 10_000)
    assert not grows(lambda length: [delimiter.search("\ty" * 10) for _ in range(length)], 10_000)


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize(
    "reader",
    [
        fields.members, lambda text: fields.members(text, ";"), fields.split_parameters, fields.qualities.__wrapped__, fields.unquote, front.is_host,
        lambda text: media.acceptable_types(text, ["text/csv", "application/json"]), lambda text: conditional.matches(text, '"a"'),
        lambda text: protocol.content_type.__wrapped__(text.encode("latin-1")), lambda text: responses.wants_coding.__wrapped__(text.encode("latin-1")),
    ],
)  # fmt: skip
def test_a_reader_is_linear(reader: Callable[[str], Any], piece: str) -> None:
    def run(length: int) -> None:
        for begin in ("", "a/b;", '"'):
            try:
                reader(filled(piece, length, begin))
            except protocol.RequestRefused:
                continue

    assert not grows(run, 40_000)


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_is_read_in_linear_time(client: TestClient, name: str) -> None:
    others = [] if name == "host" else [asgi.HOST]
    for place, path in enumerate(PATHS):
        for piece in part_of(PIECES, EVERY, place + FIELDS.index(name)):

            def run(length: int, piece: str = piece, path: str = path) -> None:
                value = filled(piece, length).encode("latin-1")
                query = b"query=ASK%20%7B%7D" if path == "/sparql" else b"q=CD19" if path == "/v1/search" else b""
                reply = asgi.through(client, asgi.scope(path, query, [*others, (name.encode(), value)]))
                assert reply.status < 500

            assert not grows(run, LONG), f"{name}: {piece!r} at {path}"


def test_a_parameter_is_read_in_linear_time(client: TestClient) -> None:
    parameters = {("/sparql", name) for name in ("query", "update", "format", "timeout", "default-graph-uri", "named-graph-uri", "nothing")}
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        for parameter in methods["get"].get("parameters", ()):
            if parameter["in"] == "query":
                parameters.add((path.replace("{name}", "blinatumomab"), parameter["name"]))
    assert len(parameters) > 50
    for place, (path, name) in enumerate(sorted(parameters)):
        for piece in part_of(["a", "%22", "a ", ",", "%5C", "0", f"a&{name}="], 3, place):

            def run(length: int, name: str = name, piece: str = piece, path: str = path) -> None:
                query = f"{name}={filled(piece, length)}".replace(" ", "+").encode()
                reply = asgi.through(client, asgi.scope(path, query))
                assert reply.status < 500

            assert not grows(run, LONG), f"{name}: {piece!r} at {path}"


@pytest.mark.parametrize("path", ["/v1/drugs/", "/v1/estimates/", "/v1/drugs/blinatumomab/", "/data/", "/ontology/", "/dataset.", "/"])
def test_a_name_is_read_in_linear_time(client: TestClient, path: str) -> None:
    for piece in ("a", "/", ".", "-", " ", "é", "\\", '"', "(", "a.csv"):

        def run(length: int, piece: str = piece) -> None:
            length -= len(quote(filled(piece, length))) - length
            reply = asgi.through(client, asgi.scope(path + filled(piece, length // 3)))
            assert reply.status < 500

        assert not grows(run, LONG), f"{piece!r} at {path}"
