"""The SPARQL 1.1 Protocol: parses the parts of an HTTP request into a query or an update, or raises a refusal with the reason."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qs

from pydantic_core import Url
from starlette.types import Receive

from mabgraph.graph.sparql import complaints
from mabgraph.graph.sparql.evaluation import Query
from mabgraph.graph.store import formats

from ..http import fields, media, problems
from . import foreign

QUERY: Final = "application/sparql-query"
UPDATE: Final = "application/sparql-update"
FORM: Final = "application/x-www-form-urlencoded"
#: Parsed requests are cached up to this length (bytes).
REMEMBERED: Final = 10_000
#: Most parameters of one request.
MOST: Final = 5000

_GRAPHS: Final = ("default-graph-uri", "named-graph-uri")
_USING: Final = ("using-graph-uri", "using-named-graph-uri")
_OWN: Final = ("query", "update", "format", "timeout", *_GRAPHS, *_USING)
#: Other engines' names of ``format``: used if there is neither ``format`` nor a suffix, and the value is a known format.
_FORMAT_ALIASES: Final = ("output", "results")
#: Parameters whose empty values are ignored.
_EMPTY: Final = frozenset({"timeout", *_GRAPHS, *_USING})

#: The texts of a request: HTML forms send the unused one empty, and files may begin with a byte order mark.
_TEXTS: Final = frozenset({"query", "update"})


class RequestRefused(problems.ProblemError):
    """Raised when a request to the endpoint is refused: it violates the protocol, or its query cannot be evaluated."""

    def __init__(
        self, status: int, detail: str, headers: dict[str, str] | None = None, place: complaints.FaultLocation | None = None
    ) -> None:
        position = problems.PositionItem(line=place.line, column=place.column, text=place.text) if place else None
        super().__init__(problems.response(status, detail, headers, position=position), detail)


@dataclass(frozen=True, slots=True)
class SparqlRequest:
    """A parsed request: a query, an update, or neither (the service description is requested).

    ``unread`` are parameters that neither this service nor a known engine uses.
    """

    query: Query | None
    update: str | None
    using: tuple[str, ...] | None
    using_named: tuple[str, ...] | None
    seconds: float | None
    graphs: str | None
    unread: tuple[str, ...] = ()


def parse_request(url: bytes, body: bytes, kind: str, accept: bytes, suffix: str, longest: int, services: tuple[str, ...]) -> SparqlRequest:
    """Return the parsed request; ``kind`` is the content type of a POST, ``longest`` the longest text in bytes.

    :raises RequestRefused: when it violates the protocol, or no acceptable format is offered.
    """
    read = _parse_cached if len(url) + len(body) < REMEMBERED else _parse_request
    return read(url, body, kind, accept, suffix, longest, services)


def _parse_request(
    url: bytes, body: bytes, kind: str, accept: bytes, suffix: str, longest: int, services: tuple[str, ...]
) -> SparqlRequest:
    sent = parameters(url, "the address")
    if kind == FORM:
        for name, values in parameters(body, "the form").items():
            sent[name] = sent.get(name, []) + values
    elif kind in {QUERY, UPDATE}:
        sent.setdefault("query" if kind == QUERY else "update", []).append(_utf_8(body, "the body"))
    elif kind:
        raise RequestRefused(415, f"{kind}: send {QUERY}, {UPDATE} or {FORM}")
    others = _drop_empty(sent)
    texts = sent.get("query", []) + sent.get("update", [])
    if len(texts) > 1 or (kind and not texts):
        raise RequestRefused(400, f"send exactly one query or update: {len(texts)} were sent")
    if texts and len(texts[0].encode()) > longest:
        raise RequestRefused(413, f"the text is longer than {longest} bytes: make it shorter")
    solutions, graphs = _wanted_types(sent, suffix, accept)
    common = {"using": _iris(sent, _USING[0]), "using_named": _iris(sent, _USING[1]), "seconds": _seconds(sent.get("timeout"))}
    query = None
    if "query" in sent:
        _forbid(sent, _USING, "an update")
        query = Query(texts[0], solutions, graphs, _iris(sent, _GRAPHS[0]), _iris(sent, _GRAPHS[1]), services)
        if solutions is None and graphs is None:
            raise RequestRefused(406, f"offered are {', '.join([*formats.SOLUTIONS, *formats.GRAPHS])}")
    else:
        _forbid(sent, _GRAPHS, "a query")
    update = texts[0] if "update" in sent else None
    return SparqlRequest(query, update, graphs=graphs, unread=foreign.unread_names(others), **common)  # type: ignore[arg-type]


_parse_cached = lru_cache(maxsize=2000)(_parse_request)


def _drop_empty(parameters: dict[str, list[str]]) -> set[str]:
    """Remove empty values from ``parameters``, and return the names that are not ours.

    :raises RequestRefused: when an engine that uses such a parameter would return another result.
    """
    for name in _EMPTY & parameters.keys():
        parameters[name] = [value for value in parameters[name] if value]
        if not parameters[name]:
            del parameters[name]
    asked = any(value for name in _TEXTS for value in parameters.get(name, ()))
    for name in _TEXTS & parameters.keys():
        parameters[name] = [value.removeprefix("\ufeff") for value in parameters[name] if value or not asked]
        if not parameters[name]:
            del parameters[name]
    others = parameters.keys() - {*_OWN, *_FORMAT_ALIASES}
    for name in sorted(others):
        if fault := foreign.fault(name, _OWN):
            raise RequestRefused(400, fault)
    return others


def parameters(text: bytes, where: str) -> dict[str, list[str]]:
    """Return the values of each parameter.

    :raises RequestRefused: when they are not UTF-8, or too many.
    """
    address = where == "the address"
    try:
        decoded = text.decode("ascii" if address else "utf-8")
        if address and (parsed := parse_plain(decoded)) is not None:
            return parsed
        return parse_qs(decoded, keep_blank_values=True, max_num_fields=MOST, errors="strict")
    except UnicodeDecodeError as error:
        raise RequestRefused(400, f"{where} is not UTF-8: {error}") from None
    except ValueError as error:
        raise RequestRefused(400, f"{where} cannot be read: {error}") from None


def parse_plain(query: str) -> dict[str, list[str]] | None:
    """Return the same as :func:`urllib.parse.parse_qs`, six times as fast; none if the two might differ.

    They might for characters that a URL cannot hold, for escapes that are not UTF-8, and for too many parameters.
    """
    if not query.isprintable() or " " in query or "#" in query or query.count("&") >= MOST:
        return None
    values: dict[str, list[str]] = {}
    for name, value in Url(f"http://localhost/?{query}").query_params():
        if "\ufffd" in name or "\ufffd" in value:
            return None
        values.setdefault(name, []).append(value)
    return values


def _utf_8(body: bytes, where: str) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RequestRefused(400, f"{where} is not UTF-8: {error}") from None


def _forbid(sent: dict[str, list[str]], names: tuple[str, ...], whose: str) -> None:
    for name in names:
        if name in sent:
            raise RequestRefused(400, f"{name} belongs to {whose}")


def _iris(sent: dict[str, list[str]], name: str) -> tuple[str, ...] | None:
    return tuple(sent[name]) if name in sent else None


def _seconds(values: list[str] | None) -> float | None:
    if values is None:
        return None
    try:
        seconds = float(values[0])
    except ValueError:
        seconds = 0.0
    if len(values) > 1 or not 0 < seconds < float("inf"):
        raise RequestRefused(400, f"timeout={values[0][:80]!r}: give one number of seconds above 0")
    return seconds


def _wanted_types(sent: dict[str, list[str]], suffix: str, accept: bytes) -> tuple[str | None, str | None]:
    """Return the media types for rows and for graphs. Precedence: ``format``, path suffix, other engines' parameters, ``Accept``."""
    names = media.format_names(sent.get("format", ()))
    if not names and suffix:
        names = [(suffix,)]
    for parameter in _FORMAT_ALIASES:
        names = names or [each for each in media.format_names(sent.get(parameter, ())) if _types_of_names(each)]
    if not names:
        return _acceptable_types(accept)
    known = [_types_of_names(each) for each in names]
    for name, types in zip(names, known, strict=True):
        if not types:
            raise RequestRefused(400, f"format {','.join(name)[:80]!r} is not known; there are {', '.join(formats.SHORT)}")
    common = frozenset(known[0]).intersection(*known[1:])
    if not common:
        several = " and ".join(repr(",".join(name)[:80]) for name in names[:3])
        raise RequestRefused(400, f"format is given as {several}, which are not one format: give one of them")
    ordered = sorted((each for types in known for each in types), key=lambda each: each not in common)
    return next((each for each in ordered if each in formats.SOLUTIONS), None), next(
        (each for each in ordered if each in formats.GRAPHS), None
    )


def _types_of_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the media types of ``names`` (short names, media types or aliases), in order; empty if none is known."""
    types = (*formats.SOLUTIONS, *formats.GRAPHS)
    return tuple(each for name in names for each in (formats.SHORT.get(name) or media.matching_types(name, types)))


@lru_cache(maxsize=500)
def _acceptable_types(accept: bytes) -> tuple[str | None, str | None]:
    header = accept.decode("latin-1")
    both = (media.acceptable_types(header, list(formats.SOLUTIONS)), media.acceptable_types(header, list(formats.GRAPHS)))
    return both[0][0] if both[0] else None, both[1][0] if both[1] else None


@lru_cache(maxsize=100)
def content_type(header: bytes) -> str:
    """Return the content type of a POST.

    :raises RequestRefused: when there is none, or its charset is not UTF-8.
    """
    kind, options = fields.split_parameters(header.decode("latin-1"))
    if options.get("charset", "utf-8").lower() not in {"utf-8", "utf8", "us-ascii"}:
        raise RequestRefused(415, f"charset {options['charset'][:80]!r}: send UTF-8")
    if not kind:
        raise RequestRefused(415, f"no content type: send {QUERY}, {UPDATE} or {FORM}")
    return kind.lower()


async def read_body(receive: Receive, longest: int, seconds: float) -> bytes:
    """Return the body of a request.

    :raises RequestRefused: as soon as it is longer than ``longest`` bytes, or when it has not arrived within ``seconds``.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise RequestRefused(400, "the connection was closed before the whole body had arrived")
                body += message.get("body", b"")
                if len(body) > longest:
                    raise RequestRefused(413, f"the body is longer than {longest} bytes: make it shorter", {"Connection": "close"})
                if not message.get("more_body"):
                    return bytes(body)
    except TimeoutError:
        raise RequestRefused(408, f"the body did not arrive within {seconds:g} s", {"Connection": "close"}) from None
