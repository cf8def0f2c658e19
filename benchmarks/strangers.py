"""Benchmark: queries and updates made up from the grammar, against a listener that must hear nothing; and time against length.

    python -m benchmarks.strangers

What the guard lets through is run by the engine in this process, with nothing else around it; the services of the texts are at a listener
on this machine. As a measure of the texts themselves, those of them that the guard refuses can be run as well (``--unguarded``).
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Final

import pyoxigraph as ox

from mabgraph.graph.syntax import guard

from .grammar import Writer

#: Rows that are read of an answer.
ROWS: Final = 20
TRIPLE: Final = ox.Quad(ox.NamedNode("urn:s"), ox.NamedNode("urn:p"), ox.NamedNode("urn:o"))


class Listener:
    """Counts the requests that come to its address, and answers each."""

    def __init__(self, url: str) -> None:
        """Take the address."""
        self.url, self.heard = url, 0


@contextmanager
def listening() -> Iterator[Listener]:
    """Give a listener on the loopback address that answers queries with one row and other requests with one triple."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("application/n-triples", b"<urn:a> <urn:b> <urn:c> .")

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self._answer("application/sparql-results+json", b'{"head":{"vars":["s"]},"results":{"bindings":[{}]}}')

        def _answer(self, media: str, body: bytes) -> None:
            listener.heard += 1
            self.send_response(200)
            self.send_header("Content-Type", media)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        listener = Listener(f"http://127.0.0.1:{server.server_port}/")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield listener
        finally:
            server.shutdown()


@dataclass(frozen=True, slots=True)
class Text:
    """A text: whether it is an update, reaches out, may be read in two ways, and was changed by chance."""

    text: str
    update: bool
    live: bool
    odd: bool
    mutated: bool

    @property
    def kind(self) -> str:
        """What the text is, in words."""
        words = ("reaching out" if self.live else "harmless", "odd" if self.odd else "plain", "mutated" if self.mutated else "grammatical")
        return ", ".join(words)


def written(chance: Random, url: str) -> Text:
    """Return a text made up by ``chance``, which reaches out to ``url`` if at all."""
    live, odd, update, mutated = (chance.random() < share for share in (0.5, 0.7, 0.25, 0.4))
    writer = Writer(chance, url, live, odd)
    text = writer.update() if update else writer.query()
    return Text(writer.mutated(text) if mutated else text, update, live, odd, mutated)


def run(text: Text) -> bool:
    """Run a text in the engine; return whether it is SPARQL."""
    store = ox.Store()
    store.add(TRIPLE)
    try:
        if text.update:
            store.update(text.text, base_iri="http://b/")
        else:
            answer = store.query(text.text, base_iri="http://b/")
            if not isinstance(answer, ox.QueryBoolean):
                for _ in zip(answer, range(ROWS), strict=False):
                    pass
    except SyntaxError:
        return False
    except (OSError, RuntimeError, ValueError):
        pass
    return True


def tried(first: int, texts: int, unguarded: bool) -> Counter[str]:
    """Return what came of so many texts from the number ``first`` on."""
    counted: Counter[str] = Counter()
    with listening() as listener:
        for number in range(first, first + texts):
            text = written(Random(number), listener.url)
            refused = guard.refusal(text.text)
            counted["texts"] += 1
            counted[f"{text.kind}: texts"] += 1
            counted["refused" if refused else "let through"] += 1
            counted[f"{text.kind}: refused"] += bool(refused)
            before = listener.heard
            if refused is None:
                counted["let through and SPARQL"] += run(text)
                counted["requests heard"] += listener.heard - before
                counted["texts with a keyword that reaches out, let through"] += text.live
            elif unguarded:
                sparql = run(text)
                counted["refused and SPARQL"] += sparql
                counted["requests heard of refused texts"] += listener.heard - before
                counted["refused texts heard"] += listener.heard > before
            counted["false refusals"] += bool(refused) and not (text.live or text.odd or text.mutated)
    return counted


#: What repeated makes a text that is hard to read, behind what it begins with.
FAMILIES: Final = {
    "quotes": ("", "'"), "comparisons or IRIs with a comment": ("(", "1<#>"), "with a string": ("(1", "<'>"),
    "with a long string": ("(1", "<'''>"), "backslashes": ("ASK {", "ex:a\\#"), "tabs": ("", "\t"), "less-than signs": ("", "<"),
    "names": ("", "?x "), "words": ("", "service "), "dots": ("", "a."), "operators": ("(", "1+"), "comments": ("", "#\n"),
    "one comment": ("", "#"), "brackets": ("", "()"), "brackets within brackets": ("", "("), "IRIs": ("", "<a:b> "),
    "open string": ('"""', '""a'), "escapes": ('"""', "\\n"), "local names": ("", "e:a.b."), "labels": ("", "_:a "),
    "language tags": ("{", "'a'@a-b "), "from": ("", "from "), "escaped code points": ("'", "\\u0041"), "comparisons": ("(", "1>"),
}  # fmt: skip


def timed(length: int) -> list[tuple[str, float, float]]:
    """Return for each family the processor time of a text of half the length and of the length (seconds)."""
    taken = []
    for name, (begin, piece) in FAMILIES.items():
        seconds = []
        for size in (length // 2, length):
            text = begin + piece * ((size - len(begin) - 8) // len(piece)) + " service"
            before = time.process_time()
            guard.refusal(text)
            guard.names_graphs(text)
            guard.is_volatile(text)
            seconds.append(time.process_time() - before)
        taken.append((name, seconds[0], seconds[1]))
    return taken


def main() -> int:
    """Try the texts, time the families and print both; return 1 when a text that was let through was heard."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=50_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first text")
    parser.add_argument("--unguarded", action="store_true", help="run what the guard refuses as well, to see that the texts do reach out")
    parser.add_argument("--length", type=int, default=1_000_000, help="longest text to time (characters)")
    chosen = parser.parse_args()
    counted = tried(chosen.first, chosen.texts, chosen.unguarded)
    for name, number in counted.items():
        print(f"{number:>8} {name}")
    for name, half, whole in timed(chosen.length):
        print(f"{half:8.3f} s, {whole:8.3f} s for half of {chosen.length} characters and all: {name}")
    return int(counted["requests heard"] > 0)


if __name__ == "__main__":
    sys.exit(main())
