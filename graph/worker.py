"""A process that answers a stranger's SPARQL and can be killed: ``python -m mabgraph.graph.worker FOLDER MEGABYTES``.

It reads requests from standard input and writes answers to standard output: a line of JSON, then as many bytes as the
line says. Once the dataset is in memory it can open nothing more: no file, no connection, whatever a query asks for.
"""

from __future__ import annotations

import contextlib
import json
import re
import sys
from pathlib import Path
from typing import Any, BinaryIO, Final

import pyoxigraph as ox

from mabgraph.ingest.errors import MabgraphError

from . import dataset, store

SOLUTIONS: Final = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "text/csv": ox.QueryResultsFormat.CSV,
    "text/tab-separated-values": ox.QueryResultsFormat.TSV,
}
GRAPHS: Final = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
}

_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
#: What may hold the word without meaning it: strings, IRIs, comments, variables, the local part of a name.
_HARMLESS = re.compile(
    r"\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'"
    r"|<[^<>\"{}|^`\\\x00-\x20]*>|#[^\n\r]*|[?$]\w+|:[\w.%:-]+",
    re.DOTALL,
)


def reaches_out(text: str) -> bool:
    """Whether a query names SERVICE outside strings, IRIs, comments, variables and local names; unsure means yes.

    >>> reaches_out("SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }"), reaches_out("SELECT ?service {}")
    (True, False)
    """
    plain = _ESCAPE.sub(lambda match: chr(min(int(match[1] or match[2], 16), 0x10FFFF)), text)
    return any("service" in _HARMLESS.sub(" ", form).lower() for form in (text, plain))


def answer(held: store.Store, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return the header and body that answer ``request``: its text, its graphs, and the media types it accepts in order."""
    if reaches_out(request["query"]):
        return {"error": "refused", "detail": "SERVICE is not allowed here: no query leaves this dataset"}, b""
    try:
        graphs = {
            key: None if request.get(key) is None else [ox.NamedNode(iri) for iri in request[key]]
            for key in ("default_graphs", "named_graphs")
        }
    except ValueError as error:
        return {"error": "malformed", "detail": f"a graph is named by an absolute IRI: {error}"}, b""
    try:
        found = held.query(request["query"], **graphs)
        formats: Any = GRAPHS if isinstance(found, ox.QueryTriples) else SOLUTIONS
        media = next((media for media in request["accept"] if media in formats), None)
        if media is None:
            return {"error": "unacceptable", "detail": f"this query answers as {', '.join(formats)}"}, b""
        return {"media": media}, found.serialize(format=formats[media]) or b""
    except SyntaxError as error:
        return {"error": "malformed", "detail": str(error)}, b""
    except MemoryError:
        return {"error": "exhausted", "detail": "the query needs more memory than it may have"}, b""
    except (OSError, ValueError, RuntimeError) as error:
        return {"error": "failed", "detail": str(error)}, b""


def main(folder: Path, megabytes: int, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until the input ends."""
    held = dataset.opened_at(folder).store
    answer(held, {"query": "ASK {}", "accept": list(SOLUTIONS)})  # whatever is read on first use is read now
    _confine(megabytes, in_memory=not (folder / dataset.STORE).exists())
    _send(answers, {"ready": len(held)}, b"")
    while line := requests.readline():
        asked = json.loads(line)
        body = requests.read(asked["bytes"])
        try:
            asked["query"] = body.decode("utf-8")
            header, content = answer(held, asked)
        except UnicodeDecodeError as error:
            header, content = {"error": "malformed", "detail": f"the query is not UTF-8: {error}"}, b""
        _send(answers, header, content)


def _send(answers: BinaryIO, header: dict[str, Any], content: bytes) -> None:
    answers.write(json.dumps(header | {"bytes": len(content)}).encode() + b"\n" + content)
    answers.flush()


def _confine(megabytes: int, in_memory: bool) -> None:
    """Allow no more memory than ``megabytes`` above what is held, and, in memory, no new file or connection."""
    with contextlib.suppress(ImportError):
        import resource

        held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() if Path("/proc/self").exists() else 0
        if held:
            resource.setrlimit(resource.RLIMIT_AS, (held + megabytes * 2**20,) * 2)
        if in_memory:
            resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), int(sys.argv[2]), sys.stdin.buffer, sys.stdout.buffer)
    except MabgraphError as error:
        sys.exit(str(error))
