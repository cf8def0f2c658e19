"""The collections under ``/v1``: the question of each, its filters, and the fields of its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from typing import Any, Final

from pydantic_core import from_json, to_json

from mabgraph.graph.questions import identifiers, question
from mabgraph.graph.questions.arguments import Parameter
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.questions.names import KINDS
from mabgraph.graph.questions.question import Question
from mabgraph.graph.questions.results import ReadResult
from mabgraph.graph.store import vocabulary
from mabgraph.ingest.errors import QuestionError, UnknownName

from . import claims, rowfigures

#: The reason for a check status where there is no check.
NOT_CHECKED: Final = "no arithmetic applies to what is printed"
#: The key under which rows of estimates are kept, as JSON, besides their IRI.
_ROW: Final = "row"
_PAGING: Final = ("size", "offset")
#: The fields of a detail, and their columns.
_DETAIL_COLUMNS: Final = (*((name, name) for name in ("value", "note", "operator", "number", "unit")), ("label", "value_label"))

FilterValues = dict[str, list[str]]
Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Collection:
    """A collection: its path segment, the question it asks, and the parameter that selects one thing.

    ``stem`` is the IRI prefix of its things, relative to the base; ``details`` is the question for the details of one thing, ``key``
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
        """The filters of the collection: all parameters except page and order."""
        return tuple(each for each in self.question.parameters if each.name not in {*_PAGING, "sort"})

    @cached_property
    def columns(self) -> dict[str, str]:
        """The fields of a row, with descriptions."""
        if self.name == "estimates":
            return {**_KEYS, **question.load("estimates").columns, **ADDED_COLUMNS}
        own = {name: text for name, text in self.question.columns.items() if name != "total"}
        own.pop(self.key, None)
        added = {"analyses": PLACES, "discrepancies": SIDES, "claims": claims.ADDED_COLUMNS, "documents": LEDGER}
        return {**_KEYS, **own, **added.get(self.name, {})}

    @cached_property
    def types(self) -> dict[str, str]:
        """The types of fields other than text, from the header of the question."""
        added = dict.fromkeys(claims.ADDED_COLUMNS, "lines") if self.name == "claims" else {}
        return question.load("estimates" if self.name == "estimates" else self.asks).types | added

    @cached_property
    def lists(self) -> tuple[str, ...]:
        """The fields with several values."""
        return tuple(name for name, kind in self.types.items() if kind == "lines")

    def iri(self, catalogue: Catalogue, name: str) -> str:
        """Return the IRI of the thing named ``name``; of several, that whose own path has the name, so that every path leads to its thing.

        :raises UnknownName: when the name is unknown or ambiguous.
        """
        if self.one in KINDS:
            try:
                return catalogue.names.find(self.one, name)
            except UnknownName as error:
                if self.root + name in error.choices:
                    return self.root + name
                raise
        own = identifiers.canonical_iri(name)
        return own if ":" in own else vocabulary.expand_iri(self.stem + own)

    def url(self, iri: str) -> str:
        """Return the path of a thing of this collection."""
        local = iri.removeprefix(self.root)
        return f"/v1/{self.name}/{local}" if local != iri and self in COLLECTIONS else address(iri)

    @cached_property
    def root(self) -> str:
        """The IRI prefix of its things."""
        return vocabulary.expand_iri(self.stem)

    def find(self, catalogue: Catalogue, filters: FilterValues, size: int, offset: int) -> tuple[list[Row], int]:
        """Return at most ``size`` rows from ``offset`` on, and the total number of rows."""
        if self.name == "estimates":
            return _estimates(catalogue, filters, size, offset)
        if self.name == "discrepancies":
            return _discrepancies(catalogue, filters, size, offset)
        if self.name == "documents":
            return _documents(catalogue, filters, size, offset)
        if self.name == "analyses":
            return _analyses(catalogue, filters, size, offset)
        if self.name == "figures" and (named := rowfigures.find_named(catalogue, filters)) is not None:
            return [self.row(row) for row in named[offset : offset + size]], len({row["id"] for row in named})
        if not self.question.is_paged:
            rows = catalogue.ask(self.asks, filters)
            return [self.row(row) for row in rows[offset : offset + size]], len(rows)
        page, total = catalogue.page(self.asks, filters, size, offset)
        rows = [self.row(row) for row in page]
        return claims.complete(catalogue, rows) if self.name == "claims" else rows, total

    def exists(self, catalogue: Catalogue, iri: str) -> bool:
        """Whether there is a thing ``iri``, an IRI from :meth:`iri`; asks one query at most.

        What has a name in the index is listed: shapes demand of it what the list asks for, so nothing is asked.
        """
        if self.one in KINDS:
            return True
        try:
            return bool(catalogue.ask(self.asks, {self.one: iri} | ({"size": "1", "offset": "0"} if self.question.is_paged else {})))
        except (UnknownName, QuestionError):
            return False

    def row(self, row: Mapping[str, Any]) -> Row:
        """Return a row of the list from a row of the question."""
        fields = question.as_json(row)
        iri = str(fields.pop(self.key))
        if self.question.is_paged:
            fields.pop("total", None)
        several = {name: str(fields.get(name) or "").splitlines() for name in self.lists}
        return {"id": iri, "url": self.url(iri)} | fields | several


_KEYS: Final = {"id": "IRI", "url": "path at this service"}
ADDED_COLUMNS: Final = {
    "checks": "arithmetic checks of its numbers: kind, outcome and text of each",
    "check_reason": "texts of the checks that determine the status",
    "figures": "every printed number of this estimate, with its place in a document",
    "dataset": "version of the dataset",
}
#: What a discrepancy has besides the columns of its question.
SIDES: Final = {
    "sides": "what disagrees (between), and what shows it (beside): the part, its label, what is printed, the document, start and end"
}
#: What an analysis without a direction has besides the columns of its question.
PLACES: Final = {"figures": "every printed number of this result, with its place in a document"}
#: What a document has besides the columns of its question.
LEDGER: Final = {"ledger": "what accounts for its numerals: status, the reason of what is no evidence, and how many numerals"}
_SIDE_COLUMNS: Final = {
    "part": "part", "part_label": "part_label", "side": "side", "role": "role", "printed": "printed", "document": "printed_in",
    "start": "start", "end": "end",
}  # fmt: skip
DRUGS: Final = Collection("drugs", "drugs", "drug", "id/drug/", details="drug")
TARGETS: Final = Collection("targets", "targets", "target", "id/target/", details="target")
CONDITIONS: Final = Collection("conditions", "conditions", "condition", "id/condition/")
TRIALS: Final = Collection("trials", "trials", "trial", "id/study/", details="trial")
ENDPOINTS: Final = Collection("endpoints", "endpoints", "endpoint", "concept/")
ESTIMATES: Final = Collection("estimates", "estimates-page", "estimate", "id/estimate/", key="estimate")
ANALYSES: Final = Collection("analyses", "analyses", "analysis", "id/result/")
CLAIMS: Final = Collection("claims", "claims-page", "claim", "id/claim/")
DOCUMENTS: Final = Collection("documents", "documents", "document", "id/document/")
FIGURES: Final = Collection("figures", "figures-page", "figure", "id/figure/")
DISCREPANCIES: Final = Collection("discrepancies", "discrepancies-page", "discrepancy", "id/discrepancy/")
SCHEMES: Final = Collection("vocab", "schemes", "scheme", "concept/scheme/")
CONCEPTS: Final = Collection("concepts", "concepts", "concept", "concept/")
CHECKS: Final = Collection("checks", "checks", "check", "id/check/", key="check")
COLLECTIONS: Final = (
    DRUGS, TARGETS, CONDITIONS, TRIALS, ENDPOINTS, ESTIMATES, ANALYSES, CLAIMS, DOCUMENTS, FIGURES, DISCREPANCIES, SCHEMES,
)  # fmt: skip
#: Nested lists: the collection of the thing, the nested collection, and the filter that takes the thing.
NESTED: Final = (
    (DRUGS, ESTIMATES, "drug"), (DRUGS, TARGETS, "drug"), (DRUGS, TRIALS, "drug"), (DRUGS, CLAIMS, "drug"),
    (TARGETS, DRUGS, "target"), (TARGETS, ESTIMATES, "target"), (TARGETS, TRIALS, "target"),
    (CONDITIONS, TRIALS, "condition"), (CONDITIONS, ESTIMATES, "condition"),
    (TRIALS, ESTIMATES, "trial"), (TRIALS, ANALYSES, "trial"), (TRIALS, CLAIMS, "trial"), (TRIALS, DRUGS, "trial"),
    (TRIALS, ENDPOINTS, "trial"), (TRIALS, DISCREPANCIES, "trial"),
    (ENDPOINTS, ESTIMATES, "endpoint"),
    (DOCUMENTS, FIGURES, "document"), (DOCUMENTS, CLAIMS, "document"), (DOCUMENTS, ESTIMATES, "document"),
    (DOCUMENTS, ANALYSES, "document"), (DOCUMENTS, DISCREPANCIES, "document"),
    (ESTIMATES, FIGURES, "estimate"), (ESTIMATES, CHECKS, "estimate"), (ESTIMATES, DISCREPANCIES, "estimate"),
    (CLAIMS, FIGURES, "claim"),
)  # fmt: skip


def details(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[dict[str, str]]]:
    """Return the details of one thing by kind; unbound fields are left out."""
    details_by_kind: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        detail = {key: str(each) for key, column in _DETAIL_COLUMNS if (each := row.get(column)) is not None}
        details_by_kind.setdefault(str(row["detail"]), []).append(detail)
    return details_by_kind


def expand(name: str, values: Sequence[object]) -> list[str]:
    """Return the values of a filter as text; local names of things that are identified by IRI are expanded to IRIs."""
    named = next((each for each in (*COLLECTIONS, CONCEPTS) if each.one == name and name not in KINDS), None)
    texts = [str(value) if named is None else identifiers.canonical_iri(str(value)) for value in values]
    return texts if named is None else [text if ":" in text or "/" in text else vocabulary.expand_iri(named.stem + text) for text in texts]


def address(iri: str) -> str:
    """Return the path of the thing ``iri`` at this service: under ``/v1`` if it is in a collection; the IRI itself if it is not ours."""
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


def _estimates(catalogue: Catalogue, filters: FilterValues, size: int, offset: int) -> tuple[list[Row], int]:
    """Return a page of estimates: first their IRIs, then their columns, figures and checks; those that are named are not looked for."""
    if catalogue.kept is not None and filters.keys() - {question.EXACT.name} == {ESTIMATES.one}:
        named = question.load("estimates").terms(catalogue.names, {ESTIMATES.one: filters[ESTIMATES.one]})[ESTIMATES.one]
        rows = sorted(estimates(catalogue, [term.value for term in named]).values(), key=_order)
        return rows[offset : offset + size], len(rows)
    page, total = catalogue.page("estimates-page", filters, size, offset)
    iris = [str(row["estimate"]) for row in page]
    rows_by_iri = estimates(catalogue, iris)
    return [rows_by_iri[iri] for iri in iris], total


def _discrepancies(catalogue: Catalogue, filters: FilterValues, size: int, offset: int) -> tuple[list[Row], int]:
    """Return a page of discrepancies, each with its sides."""
    page, total = catalogue.page(DISCREPANCIES.asks, filters, size, offset)
    iris = [str(row["id"]) for row in page]
    sides: dict[str, dict[tuple[Any, ...], Row]] = {}
    for row in catalogue.ask("discrepancies", {"discrepancy": iris}) if iris else ():
        side = {name: row[column] for name, column in _SIDE_COLUMNS.items() if row[column] is not None}
        sides.setdefault(str(row["discrepancy"]), {})[tuple(side.values())] = side
    return [DISCREPANCIES.row(row) | {"sides": list(sides.get(str(row["id"]), {}).values())} for row in page], total


def _documents(catalogue: Catalogue, filters: FilterValues, size: int, offset: int) -> tuple[list[Row], int]:
    """Return a page of documents, each with its ledger, where its record has one."""
    page, total = catalogue.page(DOCUMENTS.asks, filters, size, offset)
    names = [vocabulary.local_name(str(row["id"])) for row in page if row["numerals"] is not None]
    ledgers = _group_by("document", catalogue.ask("ledger", {"document": names}) if names else ())
    rows = [DOCUMENTS.row(row) for row in page]
    return [row | {"ledger": ledgers.get(vocabulary.local_name(row["id"]))} for row in rows], total


def _analyses(catalogue: Catalogue, filters: FilterValues, size: int, offset: int) -> tuple[list[Row], int]:
    """Return a page of analyses without a direction, each with its figures."""
    page, total = catalogue.page(ANALYSES.asks, filters, size, offset)
    iris = [str(row["id"]) for row in page]
    figures = _group_by("node", catalogue.ask("anchors", {"node": iris}) if iris else ())
    rows = [ANALYSES.row(row) for row in page]
    return [row | {"groups": sorted(row["groups"]), "figures": figures.get(row["id"], [])} for row in rows], total


def estimates(catalogue: Catalogue, iris: Sequence[str]) -> dict[str, Row]:
    """Return the rows of estimates by IRI, with their figures and checks."""
    kept, rows = catalogue.kept, dict[str, Row]()
    for iri in iris:
        if kept is not None and (packed := kept.get((_ROW, iri))) is not None:
            rows[iri] = from_json(packed)
    results = catalogue.results([iri for iri in iris if iri not in rows])
    times = Counter(result.row["estimate"] for result in results)
    for result in results:
        row = rows[str(result.row["estimate"])] = _estimate(result, catalogue.version)
        if kept is not None and times[result.row["estimate"]] == 1:
            packed = to_json(row)
            kept.put((_ROW, row["id"]), packed, len(packed) + 2 * len(row["id"]))
    return rows


def _order(row: Row) -> tuple[str, str, str]:
    """Return what lists of estimates are ordered by."""
    return str(row["study_label"]), str(row["endpoint_label"]), str(row["id"])


def _estimate(result: ReadResult, version: str) -> Row:
    row, checks = result.row, result.checks
    iri, status = str(row["estimate"]), row["check_status"]
    figures = [_shown_figure(figure) for figure in result.figures]
    several = {name: sorted(str(row[name] or "").splitlines()) for name in ESTIMATES.lists}
    reasons = several["discrepancies"] if status == "disputed" else [str(check["text"]) for check in checks if check["outcome"] == status]
    check_items = [{key: check[key] for key in ("kind", "outcome", "text")} for check in checks]
    return {
        **question.as_json(row), **several, "check_reason": "; ".join(reasons) or NOT_CHECKED,
        "checks": check_items, "figures": figures, "id": iri, "url": ESTIMATES.url(iri), "dataset": version,
    }  # fmt: skip


def _shown_figure(figure: question.Row) -> Row:
    shown = {name: float(value) if type(value) is Decimal else value for name, value in figure.items() if value is not None}
    del shown["node"]
    return shown


def _group_by(key: str, rows: Sequence[question.Row]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        fields = {name: value for name, value in question.as_json(row).items() if value is not None and name != key}
        groups.setdefault(str(row[key]), []).append(fields)
    return groups
