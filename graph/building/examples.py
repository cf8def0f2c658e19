"""Examples: what the headers of questions give as examples, as SPARQL that runs anywhere as it stands.

They are published in the form of SIB's sparql-examples (https://github.com/sib-swiss/sparql-examples), which its editor and
sparql-llm read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from urllib.parse import urljoin

import pyoxigraph as ox

from mabgraph.ingest.errors import UnknownName

from ..questions import question
from ..questions.names import Names
from ..questions.question import Question, Term
from ..store import store, vocabulary
from . import quads

_PREFIX: Final = re.compile(r"^PREFIX\s+(?P<prefix>[\w-]*):\s*<(?P<iri>[^>]*)>", re.MULTILINE)
_PREFIXES: Final = "id/example/prefixes"
_CONTEXT: Final[dict[str, Any]] = {
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "sh": "http://www.w3.org/ns/shacl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "ask": {"@id": "sh:ask"},
    "comment": {"@id": "rdfs:comment", "@language": "en"},
    "construct": {"@id": "sh:construct"},
    "declare": {"@id": "sh:declare"},
    "keywords": {"@id": "schema:keywords"},
    "namespace": {"@id": "sh:namespace", "@type": "xsd:anyURI"},
    "prefix": {"@id": "sh:prefix"},
    "prefixes": {"@id": "sh:prefixes", "@type": "@id"},
    "select": {"@id": "sh:select"},
    "target": {"@id": "schema:target", "@type": "@id"},
}


@dataclass(frozen=True, slots=True)
class Example:
    """One example: its question, its number among that question's (from 1), its arguments, its whole text, and the things it names (IRIs).

    ``form`` is select, construct or ask; ``unnamed`` are those of the IRIs that no name led to, which may stand nowhere.
    """

    question: Question
    number: int
    arguments: dict[str, str]
    text: str
    form: str
    things: tuple[str, ...]
    unnamed: frozenset[str]


def of_names(names: Names) -> list[Example]:
    """Return the examples of all questions, without those with names that are not among ``names``."""
    return [example for name in question.list_names() for example in _of_question(question.load(name), names)]


def describe(examples: Iterable[Example]) -> list[ox.Quad]:
    """Return what the graph of examples says about ``examples``."""
    known = list(examples)
    declared = {prefix: iri for example in known for prefix, iri in _PREFIX.findall(example.text)}
    prefixes = {"@id": _PREFIXES, "declare": [_declaration(prefix, iri) for prefix, iri in sorted(declared.items())]}
    context = {"@base": vocabulary.base(), **_CONTEXT}
    return quads.of_nodes([prefixes, *map(_node, known)], quads.graph("examples"), context)


def _of_question(asked: Question, names: Names) -> Iterator[Example]:
    for number, arguments in enumerate(asked.examples, 1):
        try:
            terms = asked.terms(names, arguments)
        except UnknownName:
            continue
        unnamed = {term.value for parameter in asked.parameters if parameter.type == "iri" for term in terms.get(parameter.name, ())}
        things = tuple(term.value for each in terms.values() for term in each if isinstance(term, ox.NamedNode))
        yield Example(asked, number, arguments, _text(asked, terms), _form(asked), things, frozenset(unnamed))


def _text(asked: Question, terms: dict[str, list[Term]]) -> str:
    lines = [line.rstrip() for line in asked.fill(terms).splitlines() if not line.startswith("#+")]
    whole = "\n".join([vocabulary.prologue(), *lines])
    return _PREFIX.sub(lambda match: f"PREFIX {match['prefix']}: <{urljoin(vocabulary.base(), match['iri'])}>", whole)


@cache
def _form(asked: Question) -> str:
    """Return the form of a question, as the engine reads it."""
    answer = store.from_quads(()).query(asked.text)
    return {ox.QuerySolutions: "select", ox.QueryTriples: "construct", ox.QueryBoolean: "ask"}[type(answer)]


def _node(example: Example) -> dict[str, Any]:
    arguments = ", ".join(f"{name} {value}" for name, value in example.arguments.items())
    return {
        "@id": f"id/example/{example.question.name}-{example.number}",
        "@type": ["sh:SPARQLExecutable", f"sh:SPARQL{example.form.title()}Executable"],
        "comment": f"{example.question.summary} With {arguments}." if arguments else example.question.summary,
        example.form: example.text,
        "keywords": [example.question.name, *example.arguments],
        "prefixes": _PREFIXES,
        "target": vocabulary.base() + "sparql",
    }


def _declaration(prefix: str, iri: str) -> dict[str, str]:
    return {"@id": f"id/example/prefix/{prefix}", "@type": "sh:PrefixDeclaration", "prefix": prefix, "namespace": iri}
