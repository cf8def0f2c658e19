"""What the servers are asked: the queries of ``benchmarks/queries`` with constants that change from request to request."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count, cycle
from pathlib import Path
from random import Random
from typing import Final
from urllib.parse import quote

import pyoxigraph as ox
import yaml

from mabgraph.graph.building import quads
from mabgraph.graph.store import vocabulary

from . import synthetic
from .load import Request

QUERIES: Final = Path(__file__).parent / "queries"
#: How many constants a query is asked with before the first come again, with another comment: no text comes twice.
VARIATIONS: Final = 200
JSON: Final = "application/sparql-results+json"
_TEXT: Final = "http://www.w3.org/2001/XMLSchema#string"
_NUMBERS: Final = frozenset({"decimal", "integer", "nonNegativeInteger"})

_comments = count()


@dataclass(frozen=True, slots=True)
class Query:
    """A query with all its variations. Repeated, the same text comes again and again; else none comes twice."""

    name: str
    texts: tuple[str, ...]
    repeated: bool = False

    def once(self, path: str) -> Iterator[Request]:
        """Yield a request to the endpoint at ``path`` for each variation."""
        for key, text in enumerate(self.texts):
            yield Request(key, _begun(path, text) + _END)

    def requests(self, path: str, seed: int) -> Iterator[Request]:
        """Yield requests without end, the variations in an order that depends on the seed."""
        begun = [(key, _begun(path, text)) for key, text in enumerate(self.texts)]
        Random(seed).shuffle(begun)
        for key, sent in cycle(begun):
            yield Request(key, sent + _END if self.repeated else b"%b%%0A%%23%d%b" % (sent, next(_comments), _END))


_END: Final = f" HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: {JSON}\r\n\r\n".encode()


def _begun(path: str, text: str) -> bytes:
    return f"GET {path}?query={quote(text, safe='')}".encode()


def queries(trials: int) -> dict[str, Query]:
    """Return the queries over a synthetic dataset of so many trials, by name."""
    ontology, random = quads.of_ontology(vocabulary.ONTOLOGY), Random(synthetic.SEED)
    drugs = [vocabulary.resource(f"drug/{name}") for name in synthetic.instances(ontology, "Drug")]
    label = f"{vocabulary.prefixes()['rdfs']}label"
    labels = {str(quad.subject): str(quad.object) for quad in ontology if quad.predicate.value == label}
    asked = [(each, "hazard-ratio") for each in synthetic.SURVIVAL] + [(each, "proportion") for each in synthetic.RESPONSE]
    numbers = random.sample(range(1, trials + 1), min(VARIATIONS, trials))
    varied = {
        "study": [{"registration": str(ox.Literal(synthetic.registration(number)))} for number in numbers],
        "drug": [{"name": labels[f"<{drug}>"]} for drug in drugs],
        "comparison": [_compared(random.sample(drugs, 2), *random.choice(asked)) for _ in range(VARIATIONS)],
    }
    by_name = {name: Query(name, written(name, each)) for name, each in varied.items()}
    for name in ("study", "drug"):
        by_name[f"{name}, repeated"] = Query(f"{name}, repeated", by_name[name].texts[:1], repeated=True)
    return by_name


def _compared(drugs: Sequence[str], endpoint: str, measure: str) -> dict[str, str]:
    iris = {"first": drugs[0], "second": drugs[1], "endpoint": vocabulary.concept(endpoint), "measure": vocabulary.concept(measure)}
    return {key: str(ox.NamedNode(iri)) for key, iri in iris.items()}


def written(name: str, varied: Sequence[dict[str, str]]) -> tuple[str, ...]:
    """Return the text of the query file ``name`` with other constants in place of its own, which its header names."""
    lines = (QUERIES / f"{name}.rq").read_text(encoding="utf-8").splitlines()
    own: dict[str, str] = yaml.safe_load("\n".join(line[3:] for line in lines if line.startswith("#+ ")))["varied"]
    text = f"BASE <{vocabulary.base()}>\n" + "\n".join(line for line in lines if not line.startswith("#+"))
    return tuple(_replaced(text, {own[key]: constant for key, constant in constants.items()}) for constants in varied)


def _replaced(text: str, constants: dict[str, str]) -> str:
    for own, constant in constants.items():
        if own not in text:
            raise ValueError(f"the query does not have {own}: correct its header")
        text = text.replace(own, constant)
    return text


def rows(body: bytes) -> list[str]:
    """Return the rows of an answer in JSON, each as text, sorted; a number counts as its value, however it is written."""
    bindings = json.loads(body)["results"]["bindings"]
    return sorted(json.dumps({name: _term(term) for name, term in row.items()}, sort_keys=True) for row in bindings)


def _term(term: dict[str, str]) -> list[str]:
    datatype = term.get("datatype", _TEXT)
    number = datatype.rpartition("#")[2] in _NUMBERS
    value = str(Decimal(term["value"]).normalize()) if number else term["value"]
    return [term["type"].removeprefix("typed-"), value, datatype if datatype != _TEXT else "", term.get("xml:lang", "").lower()]
