"""Remedies: what a shape does not allow as a line of the record file, with the nearest known terms and the command that adds a new one."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox
from rapidfuzz import process

from mabgraph.ingest.record import Record
from mabgraph.ingest.recordfile import Path_, RecordFile

from ..store import vocabulary
from . import terms
from .knownterms import SKOS, Known

if TYPE_CHECKING:
    from ..shacl.shapes import Violation

#: The least likeness, in percent, of a name that is proposed for one that is not known.
NEAR: Final = 60
#: How the names of terms begin, after the base.
_TERMS: Final = "concept/|id/(drug|target|condition)/"
#: The schemes of the terms that a key of a record names; keys of drugs, targets and conditions are not among them.
_SCHEMES: Final = {
    "adjusted_for": ("adjustment-factors",), "censoring": ("censoring-rules",), "design": ("designs",),
    "document_kind": ("document-kinds",), "drug_class": ("drug-classes",), "endpoint_role": ("endpoint-roles",),
    "group_role": ("group-roles",), "interval_kind": ("interval-kinds",),
    "masking": ("masking",), "measure": ("measures",), "method": ("analysis-methods",), "not_reported": ("expected-statistics",),
    "phase": ("phases",), "population": ("analysis-populations",), "quantity_kind": ("quantity-kinds",),
    "reason": ("not-evidence-reasons",), "route": ("routes",), "stratified_by": ("adjustment-factors",), "test": ("statistical-tests",),
    "time_unit": ("units",), "unit": ("units",), "unit_of_analysis": ("units-of-analysis",),
    "of_variable": ("endpoints", "adverse-events", "baseline-characteristics", "study-conduct"),
    "defined_variable": ("endpoints", "adverse-events", "baseline-characteristics", "study-conduct"),
}  # fmt: skip
#: Keys of the graph that a record writes otherwise.
_WRITTEN: Final = {"of_variable": "variable", "defined_variable": "variable", "interval_kind": "interval", "produced_by": "analysis"}


class Terms:
    """The terms of an ontology, by their local names and their schemes."""

    def __init__(self, ontology: Iterable[ox.Quad]) -> None:
        """Take the quads of the ontology."""
        self.known: set[str] = set()
        self._by_kind: dict[str, set[str]] = {}
        self._names = Known(ontology)
        for quad in self._names.quads:
            if not isinstance(quad.subject, ox.NamedNode):
                continue
            iri, local = quad.subject.value, vocabulary.local_name(quad.subject.value)
            self.known.add(local)
            if thing := re.match(r"id/(\w+)/", iri.removeprefix(vocabulary.base())):
                self._by_kind.setdefault(thing[1], set()).add(local)
            if quad.predicate.value == f"{SKOS}inScheme" and isinstance(quad.object, ox.NamedNode):
                self._by_kind.setdefault(vocabulary.local_name(quad.object.value), set()).add(local)

    def explain_unknown(self, name: str, key: str) -> str:
        """Return that ``name`` is no term that ``key`` can have, with the nearest that it can, and how to add one; empty if it is one."""
        kinds = _SCHEMES.get(key, (key,) if key in {"drug", "target", "condition"} else ())
        fitting = set().union(*(self._by_kind.get(kind, ()) for kind in kinds)) if kinds else self.known
        if name in fitting:
            return ""
        if name not in self.known and (same := self._names.names_of(name)):
            return f"{name!r} is not a term but a name of {', '.join(same)}: write {' or '.join(same)}"
        near = [each for each, _, _ in process.extract(name, sorted(fitting), limit=3, score_cutoff=NEAR)]
        nearest = f"the nearest are {', '.join(near)}" if near else "no term is like it"
        other = "is not a term" if name not in self.known else f"is a term, and not of {' or '.join(kinds)}"
        return f"{name!r} {other}: {nearest}; {_remedy(name, kinds)}"

    def unknown_reasons(self, file: RecordFile, record: Record) -> Iterator[str]:
        """Yield the reasons of the ledger that are no terms."""
        for reason in dict.fromkeys(each.reason for each in record.not_evidence):
            if fault := self.explain_unknown(reason, "reason"):
                yield f"{file.where(place_of_reason(file, reason))}: the reason {fault}"


def locate(file: RecordFile, record: Record, violation: Violation, known: Terms) -> str:
    """Return a violation as one line: where in the file, the part, the remedy, and for an unknown term the nearest known ones."""
    place = _place_of(file, record, violation.focus)
    local = vocabulary.local_name(violation.path) if violation.path else ""
    key = re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", local)
    written = _WRITTEN.get(key, key)
    if written and file.has((*place, written)):
        place = (*place, written)
    value = violation.value.strip("<>")
    is_term = vocabulary.is_ours(value) and re.match(_TERMS, value.removeprefix(vocabulary.base()))
    name = vocabulary.local_name(value) if is_term else ""
    unknown = known.explain_unknown(name, key) if name and (name not in known.known or key in _SCHEMES) else ""
    return f"{file.where(place)}: {violation.message}{unknown and f' ({unknown})'}"


def place_of_reason(file: RecordFile, reason: str, pattern: str | None = None) -> Path_:
    """Return where a reason of the ledger stands in the file, the first with this ``pattern`` if one is given."""
    written = file.data.get("not_evidence")
    for place, each in enumerate(written if isinstance(written, list) else ()):
        if isinstance(each, dict) and each.get("reason") == reason and pattern in {None, each.get("pattern")}:
            return ("not_evidence", place)
    return ("not_evidence",)


def _place_of(file: RecordFile, record: Record, focus: str) -> Path_:
    """Return where the part that a node was made of stands in the file: the item with the longest id that its name begins with."""
    local = vocabulary.local_name(focus).removeprefix(f"{record.document.id}.")
    places = {str(file.value((*place, "id"))): place for place, _ in file.mappings_with("id")}
    steps = local.split(".")
    names = (".".join(steps[:count]) for count in range(len(steps), 0, -1))
    return next((places[name] for name in names if name in places), ())


def _remedy(name: str, kinds: Iterable[str]) -> str:
    """Return how a term of one of ``kinds`` is added: by a command where one can, else by hand."""
    commands = [kind for kind in terms.KINDS if kind in kinds or terms.SCHEMES.get(kind, ("",))[0] in kinds]
    words = shlex.quote(name.replace("-", " "))
    if commands:
        return f"add a new one with mabgraph term {' or '.join(commands)} {words} --definition '…'"
    schemes = " or ".join(kinds)
    return f"add a new one{f' to {schemes}' if schemes else ''} by hand, as Turtle in the workspace's folder ontology/"
