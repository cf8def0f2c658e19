"""Resources: which collections there are under ``/v1``, which question each asks, what it can be filtered by, what its rows hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final

from mabgraph.graph import identifiers, question, vocabulary
from mabgraph.graph.arguments import Parameter
from mabgraph.graph.catalogue import Catalogue
from mabgraph.graph.names import KINDS
from mabgraph.graph.question import Question

#: Estimates are asked for in lots of this many.
LOT: Final = 100
_PAGING: Final = ("size", "offset")
#: What is told of a detail, and the columns that it is in.
_TOLD: Final = (*((name, name) for name in ("value", "note", "operator", "number", "unit")), ("label", "value_label"))

Given = dict[str, list[str]]
Found = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Collection:
    """One collection: the name in its address, the question it asks, and the parameter that names one thing of it.

    ``stem`` is what IRIs of its things begin with, below the base; ``details`` is the question that tells more of one thing, ``key``
    the column of its IRI.
    """

    name: str
    asks: str
    one: str
    stem: str
    details: str | None = None
    key: str = "id"

    @property
    def question(self) -> Question:
        """The question that takes the filters."""
        return question.load(self.asks)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What the collection can be filtered by, but the page and the order."""
        return tuple(each for each in self.question.parameters if each.name not in {*_PAGING, "sort"})

    @cached_property
    def columns(self) -> dict[str, str]:
        """The fields of a row and what each holds."""
        if self.name == "estimates":
            return {**_KEYS, **question.load("estimates").columns, **AROUND}
        own = {name: text for name, text in self.question.columns.items() if name != "total"}
        own.pop(self.key, None)
        return {**_KEYS, **own}

    @cached_property
    def types(self) -> dict[str, str]:
        """The types of fields that are not text, as the header of the question states them."""
        return question.load("estimates" if self.name == "estimates" else self.asks).types

    @cached_property
    def lists(self) -> tuple[str, ...]:
        """The fields that hold several values."""
        return tuple(name for name, kind in self.types.items() if kind == "lines")

    def iri(self, catalogue: Catalogue, name: str) -> str:
        """Return the IRI of the thing that ``name`` names.

        :raises UnknownName: when nothing is called so, or several things are.
        """
        if self.one in KINDS:
            return catalogue.names.find(self.one, name)
        own = identifiers.canonical_iri(name)
        return own if ":" in own else vocabulary.expand_iri(self.stem + own)

    def url(self, iri: str) -> str:
        """Return the address of a thing of this collection."""
        local = iri.removeprefix(self.root)
        return f"/v1/{self.name}/{local}" if local != iri and self in COLLECTIONS else address(iri)

    @cached_property
    def root(self) -> str:
        """What IRIs of its things begin with."""
        return vocabulary.expand_iri(self.stem)

    def find(self, catalogue: Catalogue, given: Given, size: int, offset: int) -> tuple[list[Found], int]:
        """Return the rows from ``offset`` on, at most ``size``, and how many there are in all."""
        if self.name == "estimates":
            return _estimates(catalogue, given, size, offset)
        if not self.question.is_paged:
            rows = catalogue.ask(self.asks, given)
            return [self._row(row) for row in rows[offset : offset + size]], len(rows)
        rows, total = catalogue.page(self.asks, given, size, offset)
        return [self._row(row) for row in rows], total

    def _row(self, row: Mapping[str, Any]) -> Found:
        said = question.as_json(row)
        iri = str(said.pop(self.key))
        if self.question.is_paged:
            said.pop("total", None)
        several = {name: str(said.get(name) or "").splitlines() for name in self.lists}
        return {"id": iri, "url": self.url(iri)} | said | several


_KEYS: Final = {"id": "IRI", "url": "where to go on, below this service"}
AROUND: Final = {
    "checks": "arithmetic that its numbers were held against: kind, outcome and text of each check",
    "check_reason": "what arithmetic says that settles the status",
    "figures": "every place where a number of this estimate is printed",
    "dataset": "version of the dataset",
}
DRUGS: Final = Collection("drugs", "drugs", "drug", "id/drug/", details="drug")
TARGETS: Final = Collection("targets", "targets", "target", "id/target/", details="target")
CONDITIONS: Final = Collection("conditions", "conditions", "condition", "id/condition/")
TRIALS: Final = Collection("trials", "trials", "trial", "id/study/", details="trial")
ENDPOINTS: Final = Collection("endpoints", "endpoints", "endpoint", "concept/")
ESTIMATES: Final = Collection("estimates", "estimates-page", "estimate", "id/estimate/", key="estimate")
CLAIMS: Final = Collection("claims", "claims-page", "claim", "id/claim/")
DOCUMENTS: Final = Collection("documents", "documents", "document", "id/document/")
FIGURES: Final = Collection("figures", "figures-page", "figure", "id/figure/")
DISCREPANCIES: Final = Collection("discrepancies", "discrepancies-page", "discrepancy", "id/discrepancy/")
SCHEMES: Final = Collection("vocab", "schemes", "scheme", "concept/scheme/")
CONCEPTS: Final = Collection("concepts", "concepts", "concept", "concept/")
CHECKS: Final = Collection("checks", "checks", "check", "id/check/", key="check")
COLLECTIONS: Final = (
    DRUGS, TARGETS, CONDITIONS, TRIALS, ENDPOINTS, ESTIMATES, CLAIMS, DOCUMENTS, FIGURES, DISCREPANCIES, SCHEMES,
)  # fmt: skip
#: What is below one thing: its collection, the collection below, and the filter that the thing is.
NESTED: Final = (
    (DRUGS, ESTIMATES, "drug"), (DRUGS, TARGETS, "drug"), (DRUGS, TRIALS, "drug"), (DRUGS, CLAIMS, "drug"),
    (TARGETS, DRUGS, "target"), (TARGETS, ESTIMATES, "target"), (TARGETS, TRIALS, "target"),
    (CONDITIONS, TRIALS, "condition"), (CONDITIONS, ESTIMATES, "condition"),
    (TRIALS, ESTIMATES, "trial"), (TRIALS, CLAIMS, "trial"), (TRIALS, DRUGS, "trial"), (TRIALS, ENDPOINTS, "trial"),
    (ENDPOINTS, ESTIMATES, "endpoint"),
    (DOCUMENTS, FIGURES, "document"), (DOCUMENTS, CLAIMS, "document"), (DOCUMENTS, ESTIMATES, "document"),
    (DOCUMENTS, DISCREPANCIES, "document"),
    (ESTIMATES, FIGURES, "estimate"), (ESTIMATES, CHECKS, "estimate"),
)  # fmt: skip


def details(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[dict[str, str]]]:
    """Return what a question about one thing tells, by kind of detail; what is not known is left out."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        said = {key: str(each) for key, column in _TOLD if (each := row.get(column)) is not None}
        found.setdefault(str(row["detail"]), []).append(said)
    return found


def expanded(name: str, values: Sequence[object]) -> list[str]:
    """Return the values of a filter as text; where it names things by IRI, their local names are made IRIs."""
    named = next((each for each in (*COLLECTIONS, CONCEPTS) if each.one == name and name not in KINDS), None)
    texts = [str(value) if named is None else identifiers.canonical_iri(str(value)) for value in values]
    return texts if named is None else [text if ":" in text or "/" in text else vocabulary.expand_iri(named.stem + text) for text in texts]


def address(iri: str) -> str:
    """Return where this service tells of the thing ``iri``: below ``/v1`` where it is in a collection; the IRI itself if it is not ours."""
    base = vocabulary.base()
    if not iri.startswith(base):
        return iri
    collection = _roots().get(iri[: iri.find("/", len(base) + len("id/")) + 1])
    if collection is not None:
        return collection.url(iri)
    return f"/v1/vocab/{iri.removeprefix(SCHEMES.root)}" if iri.startswith(SCHEMES.root) else f"/{iri.removeprefix(base)}"


@cache
def _roots() -> dict[str, Collection]:
    return {collection.root: collection for collection in COLLECTIONS if collection.stem.startswith("id/")}


def _estimates(catalogue: Catalogue, given: Given, size: int, offset: int) -> tuple[list[Found], int]:
    """Return a page of estimates: which they are, then what is known of them, the places of their figures and their checks."""
    page, total = catalogue.page("estimates-page", given, size, offset)
    iris = [str(row["estimate"]) for row in page]
    found = estimates(catalogue, iris)
    return [found[iri] for iri in iris], total


def estimates(catalogue: Catalogue, iris: Sequence[str]) -> dict[str, Found]:
    """Return the rows of estimates by their IRIs, with the places of their figures and their checks."""
    found: dict[str, Found] = {}
    for start in range(0, len(iris), LOT):
        lot = iris[start : start + LOT]
        found |= assembled(catalogue, catalogue.ask("estimates", {"estimate": lot}), catalogue.ask("anchors", {"node": lot}))
    return found


def assembled(catalogue: Catalogue, rows: Sequence[question.Row], anchors: Sequence[question.Row]) -> dict[str, Found]:
    """Return estimates by their IRIs from the answers of ``estimates`` and ``anchors`` about them, with their checks."""
    iris = [str(row["estimate"]) for row in rows]
    figures, checks = _by("node", anchors), _by("estimate", catalogue.ask("checks", {"estimate": iris}) if iris else ())
    return {iri: _estimate(row, figures.get(iri, []), checks.get(iri, []), catalogue.version) for iri, row in zip(iris, rows, strict=True)}


def _estimate(row: question.Row, figures: list[Found], checks: list[Found], version: str) -> Found:
    iri, status = str(row["estimate"]), row["check_status"]
    reasons = [str(check["text"]) for check in checks if check["outcome"] == status]
    several = {name: sorted(str(row[name] or "").splitlines()) for name in ESTIMATES.lists}
    said = [{key: check[key] for key in ("kind", "outcome", "text")} for check in checks]
    return {
        **question.as_json(row), **several, "check_reason": "; ".join(reasons) or "no arithmetic applies to what is printed",
        "checks": said, "figures": figures, "id": iri, "url": ESTIMATES.url(iri), "dataset": version,
    }  # fmt: skip


def _by(key: str, rows: Sequence[question.Row]) -> dict[str, list[Found]]:
    found: dict[str, list[Found]] = {}
    for row in rows:
        said = {name: value for name, value in question.as_json(row).items() if value is not None and name != key}
        found.setdefault(str(row[key]), []).append(said)
    return found
