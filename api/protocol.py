"""The SPARQL 1.1 Protocol: from the parts of an HTTP request to what it asks for, or the refusal that says what is wrong."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qs

from pydantic_core import Url
from starlette.types import Receive

from mabgraph.graph import complaints, formats
from mabgraph.graph.evaluation import Query

from . import fields, foreign, media, problems

QUERY: Final = "application/sparql-query"
UPDATE: Final = "application/sparql-update"
FORM: Final = "application/x-www-form-urlencoded"
#: Requests longer than this are read anew each time (bytes).
REMEMBERED: Final = 10_000
#: Most parameters of one request.
MOST: Final = 5000

_GRAPHS: Final = ("default-graph-uri", "named-graph-uri")
_USING: Final = ("using-graph-uri", "using-named-graph-uri")
_OWN: Final = ("query", "update", "format", "timeout", *_GRAPHS, *_USING)
#: Other engines' names of ``format``: heard where there is no ``format`` and no suffix, and they name one that is known.
_OTHERWISE: Final = ("output", "results")
#: What may be given without a value, which is as good as not given.
_EMPTY: Final = frozenset({"timeout", *_GRAPHS, *_USING})


class Refusal(Exception):
    """Raised when a request cannot be answered; ``response`` says why."""

    def __init__(
        self, status: int, detail: str, headers: dict[str, str] | None = None, place: complaints.FaultLocation | None = None
    ) -> None:
        super().__init__(detail)
        position = problems.Position(line=place.line, column=place.column, text=place.text) if place else None
        self.response = problems.response(status, detail, headers, position=position)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it was understood: a query, an update, or neither (the description is wanted).

    ``unread`` are parameters that nothing here reads and no engine is known to.
    """

    query: Query | None
    update: str | None
    using: tuple[str, ...] | None
    using_named: tuple[str, ...] | None
    seconds: float | None
    graphs: str | None
    unread: tuple[str, ...] = ()


def understood(url: bytes, body: bytes, kind: str, accept: bytes, suffix: str, longest: int, services: tuple[str, ...]) -> Asked:
    """Return what a request asks for; ``kind`` is the content type of a POST, ``longest`` the longest text in bytes.

    :raises Refusal: when it breaks the protocol, or nothing it accepts is offered.
    """
    read = _remembered if len(url) + len(body) < REMEMBERED else _read
    return read(url, body, kind, accept, suffix, longest, services)


def _read(url: bytes, body: bytes, kind: str, accept: bytes, suffix: str, longest: int, services: tuple[str, ...]) -> Asked:
    given = parameters(url, "the address")
    if kind == FORM:
        for name, values in parameters(body, "the form").items():
            given[name] = given.get(name, []) + values
    elif kind in {QUERY, UPDATE}:
        given.setdefault("query" if kind == QUERY else "update", []).append(_utf_8(body, "the body"))
    elif kind:
        raise Refusal(415, f"{kind}: send {QUERY}, {UPDATE} or {FORM}")
    others = _settled(given)
    texts = given.get("query", []) + given.get("update", [])
    if len(texts) > 1 or (kind and not texts):
        raise Refusal(400, f"one query or update is needed, {len(texts)} were given")
    if texts and len(texts[0].encode()) > longest:
        raise Refusal(413, f"the text is longer than {longest} bytes: make it shorter")
    solutions, graphs = _wanted(given, suffix, accept)
    common = {"using": _iris(given, _USING[0]), "using_named": _iris(given, _USING[1]), "seconds": _seconds(given.get("timeout"))}
    query = None
    if "query" in given:
        _forbid(given, _USING, "an update")
        query = Query(texts[0], solutions, graphs, _iris(given, _GRAPHS[0]), _iris(given, _GRAPHS[1]), services)
        if solutions is None and graphs is None:
            raise Refusal(406, f"offered are {', '.join([*formats.SOLUTIONS, *formats.GRAPHS])}")
    else:
        _forbid(given, _GRAPHS, "a query")
    update = texts[0] if "update" in given else None
    return Asked(query, update, graphs=graphs, unread=foreign.unread(others), **common)  # type: ignore[arg-type]


_remembered = lru_cache(maxsize=2000)(_read)


def _settled(parameters: dict[str, list[str]]) -> set[str]:
    """Take out of ``parameters`` what is as good as not there, and return the names of those that are not ours.

    :raises Refusal: when one would change the answer if it were read.
    """
    for name in _EMPTY & parameters.keys():
        parameters[name] = [value for value in parameters[name] if value]
        if not parameters[name]:
            del parameters[name]
    others = parameters.keys() - {*_OWN, *_OTHERWISE}
    for name in sorted(others):
        if fault := foreign.fault(name, _OWN):
            raise Refusal(400, fault)
    return others


def parameters(text: bytes, where: str) -> dict[str, list[str]]:
    """Return the values of each parameter.

    :raises Refusal: when they are not UTF-8, or too many.
    """
    address = where == "the address"
    try:
        decoded = text.decode("ascii" if address else "utf-8")
        if address and (given := plain(decoded)) is not None:
            return given
        return parse_qs(decoded, keep_blank_values=True, max_num_fields=MOST, errors="strict")
    except UnicodeDecodeError as error:
        raise Refusal(400, f"{where} is not UTF-8: {error}") from None
    except ValueError as error:
        raise Refusal(400, f"{where} cannot be read: {error}") from None


def plain(query: str) -> dict[str, list[str]] | None:
    """Return what :func:`urllib.parse.parse_qs` does, six times as fast; none where the two might not agree.

    That is where an address cannot hold such characters, where escapes are not UTF-8, and where there are too many parameters.
    """
    if not query.isprintable() or " " in query or "#" in query or query.count("&") >= MOST:
        return None
    given: dict[str, list[str]] = {}
    for name, value in Url(f"http://localhost/?{query}").query_params():
        if "\ufffd" in name or "\ufffd" in value:
            return None
        given.setdefault(name, []).append(value)
    return given


def _utf_8(body: bytes, where: str) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal(400, f"{where} is not UTF-8: {error}") from None


def _forbid(given: dict[str, list[str]], names: tuple[str, ...], whose: str) -> None:
    for name in names:
        if name in given:
            raise Refusal(400, f"{name} belongs to {whose}")


def _iris(given: dict[str, list[str]], name: str) -> tuple[str, ...] | None:
    return tuple(given[name]) if name in given else None


def _seconds(given: list[str] | None) -> float | None:
    if given is None:
        return None
    try:
        seconds = float(given[0])
    except ValueError:
        seconds = 0.0
    if len(given) > 1 or not 0 < seconds < float("inf"):
        raise Refusal(400, f"timeout={given[0][:80]!r}: give one number of seconds above 0")
    return seconds


def _wanted(given: dict[str, list[str]], suffix: str, accept: bytes) -> tuple[str | None, str | None]:
    """Return the media types that rows and graphs are wanted in: by ``format``, over suffix, over other engines' names, over Accept."""
    names = media.called(given.get("format", ()))
    if not names and suffix:
        names = [(suffix,)]
    for parameter in _OTHERWISE:
        names = names or [each for each in media.called(given.get(parameter, ())) if _named(each)]
    if not names:
        return _accepted(accept)
    known = [_named(each) for each in names]
    for name, types in zip(names, known, strict=True):
        if not types:
            raise Refusal(400, f"format {','.join(name)[:80]!r} is not known; there are {', '.join(formats.SHORT)}")
    common = frozenset(known[0]).intersection(*known[1:])
    if not common:
        several = " and ".join(repr(",".join(name)[:80]) for name in names[:3])
        raise Refusal(400, f"format is given as {several}, which are not one format: give one of them")
    ordered = sorted((each for types in known for each in types), key=lambda each: each not in common)
    return next((each for each in ordered if each in formats.SOLUTIONS), None), next(
        (each for each in ordered if each in formats.GRAPHS), None
    )


def _named(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the media types that short names, media types or their aliases stand for, in this order; empty where none is known."""
    types = (*formats.SOLUTIONS, *formats.GRAPHS)
    return tuple(each for name in names for each in (formats.SHORT.get(name) or media.named(name, types)))


@lru_cache(maxsize=500)
def _accepted(accept: bytes) -> tuple[str | None, str | None]:
    header = accept.decode("latin-1")
    both = (media.acceptable(header, list(formats.SOLUTIONS)), media.acceptable(header, list(formats.GRAPHS)))
    return both[0][0] if both[0] else None, both[1][0] if both[1] else None


@lru_cache(maxsize=100)
def kind_of(header: bytes) -> str:
    """Return the content type of a POST.

    :raises Refusal: when there is none, or its characters are not UTF-8.
    """
    kind, options = fields.parted(header.decode("latin-1"))
    if options.get("charset", "utf-8").lower() not in {"utf-8", "utf8", "us-ascii"}:
        raise Refusal(415, f"charset {options['charset'][:80]!r}: send UTF-8")
    if not kind:
        raise Refusal(415, f"no content type: send {QUERY}, {UPDATE} or {FORM}")
    return kind.lower()


async def body_of(receive: Receive, longest: int, seconds: float) -> bytes:
    """Return the body of a request.

    :raises Refusal: as soon as it is longer than ``longest`` bytes, or when it has not arrived within ``seconds``.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Refusal(400, "the connection was closed before the whole body had arrived")
                body += message.get("body", b"")
                if len(body) > longest:
                    raise Refusal(413, f"the body is longer than {longest} bytes: make it shorter", {"Connection": "close"})
                if not message.get("more_body"):
                    return bytes(body)
    except TimeoutError:
        raise Refusal(408, f"the body did not arrive within {seconds:g} s", {"Connection": "close"}) from None
