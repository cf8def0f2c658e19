"""The vocabulary: base IRI, prefixes and terms, all from ``ontology/context.jsonld``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

#: The data folders, located relative to this file, whether installed or not.
ONTOLOGY: Final = Path(__file__).parents[2] / "ontology"
QUERIES: Final = Path(__file__).parents[2] / "queries"
RECORDS: Final = Path(__file__).parents[2] / "ingest" / "records"


@cache
def context() -> dict[str, Any]:
    """Return the JSON-LD context of records."""
    loaded: dict[str, Any] = json.loads((ONTOLOGY / "context.jsonld").read_text(encoding="utf-8"))["@context"]
    return loaded


@cache
def base() -> str:
    """Return the base of all our IRIs, with its trailing slash.

    >>> base().endswith("/")
    True
    """
    return str(context()["@base"]).removesuffix("id/")


def prologue() -> str:
    """Return the BASE declaration of a query."""
    return f"BASE <{base()}>"


def resource(name: str) -> str:
    """Return the IRI of a resource such as ``drug/blinatumomab``.

    >>> resource("drug/blinatumomab").removeprefix(base())
    'id/drug/blinatumomab'
    """
    return f"{base()}id/{name}"


def expand_iri(name: str) -> str:
    """Return the IRI for ``name``: an IRI, a CURIE, one relative to the base, or the name of a resource.

    >>> expand_iri("concept/hazard-ratio") == concept("hazard-ratio"), expand_iri("drug/blinatumomab") == resource("drug/blinatumomab")
    (True, True)
    """
    if ":" in name:
        return expand_curie(name)
    return base() + name if name.startswith(("concept/", "ontology/", "id/")) else resource(name)


def is_ours(iri: str) -> bool:
    """Whether ``iri`` begins with the base.

    >>> is_ours(resource("drug/blinatumomab")), is_ours("http://example.org/")
    (True, False)
    """
    return iri.startswith(base())


def expand_curie(name: str) -> str:
    """Return the IRI for a CURIE with a prefix of the context; other names unchanged.

    >>> expand_curie("mabc:hazard-ratio") == concept("hazard-ratio"), expand_curie("hgnc:1633")
    (True, 'hgnc:1633')
    """
    prefix, _, local_name = name.partition(":")
    return prefixes()[prefix] + local_name if prefix in prefixes() else name


def concept(name: str) -> str:
    """Return the IRI of a controlled value such as ``hazard-ratio``."""
    return f"{base()}concept/{name}"


def graph(name: str) -> str:
    """Return the IRI of the named graph of a source (its document's id), or of one of the dataset's own."""
    return resource(f"graph/{name}")


def term(name: str) -> str:
    """Return the IRI of a class or property of the ontology such as ``Figure``."""
    return f"{base()}ontology/{name}"


@cache
def prefixes() -> dict[str, str]:
    """Return the prefixes of the context and their namespaces."""
    return prefixes_of(context())


def prefixes_of(context: Mapping[str, Any]) -> dict[str, str]:
    """Return the prefixes of a JSON-LD ``context`` and their namespaces.

    >>> prefixes_of({"@base": "http://example.org/", "ex": "http://example.org/a#", "id": "@id"})
    {'ex': 'http://example.org/a#'}
    """
    return {key: iri for key, iri in context.items() if isinstance(iri, str) and key[:1] != "@" and iri.endswith(("/", "#"))}


def local_name(iri: str) -> str:
    """Return the last part of an IRI, as a person would type it.

    >>> local_name(resource("drug/blinatumomab")), local_name(concept("hazard-ratio"))
    ('blinatumomab', 'hazard-ratio')
    """
    return iri.rsplit("/", 1)[-1]
