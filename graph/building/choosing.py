"""Choices of a reviewer: which values a field of a row or of a part of a record may have, the nearest names first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, get_args

import pyoxigraph as ox
from rapidfuzz import fuzz, process

from mabgraph.ingest.drafting.proposals import Proposal, ProposedRow
from mabgraph.ingest.recordfile import RecordFile

from ..questions.spelling import normalise
from ..store import vocabulary
from .knownterms import RDFS, SKOS

#: The fields whose values are ids of the record, and the key that lists them.
PARTS: Final[Mapping[str, str]] = {
    "group": "groups", "comparison": "comparisons", "analysis": "analyses", "intervention": "groups", "comparator": "groups",
    "parent": "groups", "study": "studies", "regimen": "regimens",
}  # fmt: skip
#: The fields whose values are terms of the ontology, and the schemes that they are of.
SCHEMES: Final[Mapping[str, tuple[str, ...]]] = {
    "variable": ("endpoints", "adverse-events", "baseline-characteristics", "study-conduct"), "measure": ("measures",),
    "effect": ("measures",), "unit": ("units",), "effect_unit": ("units",), "time_unit": ("units",),
    "unit_of_analysis": ("units-of-analysis",), "not_reported": ("expected-statistics",), "population": ("analysis-populations",),
    "method": ("analysis-methods",), "test": ("statistical-tests",), "censoring": ("censoring-rules",), "group_role": ("group-roles",),
    "design": ("designs",),
}  # fmt: skip
#: Units of time; the shape of time units names the same.
TIMES: Final = ("cycles", "days", "hours", "minutes", "months", "weeks", "years")
#: The kinds of intervals that a row may have.
INTERVALS: Final[tuple[str, ...]] = get_args(get_args(ProposedRow.model_fields["interval"].annotation)[0])
#: The least likeness, in percent, with which a name is offered for what was typed.
NEAR: Final = 60


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a field may have: its name in the record, its label, and other names by which it is found."""

    name: str
    label: str
    also: tuple[str, ...] = field(default=(), compare=False)


class Choices:
    """The values that fields may have: parts of a record, and terms of an ontology."""

    def __init__(self, ontology: Iterable[ox.Quad]) -> None:
        """Take the quads of the ontology."""
        labels: dict[str, str] = {}
        others: dict[str, list[str]] = {}
        schemes: dict[str, list[str]] = {}
        for quad in ontology:
            subject, value = (str(getattr(term, "value", "")) for term in (quad.subject, quad.object))
            if quad.predicate.value in {f"{RDFS}label", f"{SKOS}prefLabel"}:
                labels[subject] = value
            elif quad.predicate.value == f"{SKOS}altLabel":
                others.setdefault(subject, []).append(value)
            elif quad.predicate.value == f"{SKOS}inScheme":
                schemes.setdefault(vocabulary.local_name(value), []).append(subject)
        self._terms = {
            scheme: tuple(sorted((self._choice(iri, labels, others) for iri in iris), key=lambda choice: choice.name))
            for scheme, iris in schemes.items()
        }

    @staticmethod
    def _choice(iri: str, labels: Mapping[str, str], others: Mapping[str, Sequence[str]]) -> Choice:
        name = vocabulary.local_name(iri)
        return Choice(name, labels.get(iri, name), tuple(sorted(others.get(iri, ()))))

    def terms(self, name: str) -> tuple[Choice, ...]:
        """Return the values that the field ``name`` may have by the ontology; nothing for one whose values are parts of the record."""
        if name == "interval":
            return tuple(Choice(kind, kind.replace("-", " ")) for kind in INTERVALS)
        choices = tuple(choice for scheme in SCHEMES.get(name, ()) for choice in self._terms.get(scheme, ()))
        return tuple(choice for choice in choices if choice.name in TIMES) if name == "time_unit" else choices

    def values_of(self, name: str, file: RecordFile, proposal: Proposal | None = None) -> list[Choice]:
        """Return the values that the field ``name`` may have, the likeliest first.

        First come the candidates of a proposal, then the value that it has, what rows of the record have already, and all others by name.
        """
        known = list(parts_of(file, PARTS[name])) if name in PARTS else list(self.terms(name))
        likely: list[str] = []
        if proposal is not None:
            likely += (candidate for each in proposal.undecided if each.field == name for candidate in each.candidates)
            current = getattr(proposal.row, name, None)
            likely += [current] if isinstance(current, str) else []
        if name not in PARTS:
            likely += _list_used(name, file)
        order = {value: place for place, value in reversed(list(enumerate(likely)))}
        return sorted(known, key=lambda choice: order.get(choice.name, len(likely)))


def parts_of(file: RecordFile, key: str) -> Iterator[Choice]:
    """Yield the parts of the record under ``key`` that have an id, in its order."""
    for part in _mappings(file.data.get(key)):
        if isinstance(part.get("id"), str):
            yield Choice(part["id"], str(part.get("label") or part["id"]))


def narrow(choices: Sequence[Choice], typed: str) -> list[Choice]:
    """Return the choices that ``typed`` may mean, the nearest first.

    First that of exactly this name; then those with a name that begins with it, then with a word that does, then that contain it; then
    those that are spelled like it.
    """
    wanted = normalise(typed)
    if not wanted:
        return list(choices)
    ranked: list[tuple[int, int, Choice]] = []
    for place, choice in enumerate(choices):
        names = (choice.name, choice.label, *choice.also)
        rank = min(_rank(wanted, name, own=index < 2) for index, name in enumerate(names))
        if rank < _UNLIKE:
            ranked.append((rank, place, choice))
    if ranked:
        return [choice for _, _, choice in sorted(ranked, key=lambda each: each[:2])]
    spelled = {(place, name): normalise(name) for place, choice in enumerate(choices) for name in (choice.name, choice.label, *choice.also)}
    near = process.extract(wanted, spelled, scorer=fuzz.WRatio, limit=12, score_cutoff=NEAR)
    return [choices[place] for place in dict.fromkeys(key[0] for _, _, key in near)]


#: The rank of a name that has nothing of what was typed.
_UNLIKE: Final = 9


def _rank(wanted: str, name: str, *, own: bool) -> int:
    """Return how far ``name`` is from what is ``wanted``, 0 for the same; names of others' are behind those of its own."""
    folded = normalise(name)
    if wanted == folded:
        return 0 if own else 1
    if folded.startswith(wanted):
        return 2 if own else 3
    words = [normalise(word) for word in name.replace("-", " ").split()]
    if any(word.startswith(wanted) for word in words):
        return 4 if own else 5
    initials = "".join(word[:1] for word in words)
    if len(wanted) > 1 and initials.startswith(wanted):
        return 6
    return (7 if own else 8) if wanted in folded else _UNLIKE


def _list_used(name: str, file: RecordFile) -> list[str]:
    """Return the values of a field in rows of the record, the most frequent first."""
    counts: dict[str, int] = {}
    for key in ("results", "tables"):
        for item in _mappings(file.data.get(key)):
            for row in (item, *_mappings(item.get("rows"))):
                if isinstance(value := row.get(name), str):
                    counts[value] = counts.get(value, 0) + 1
    return sorted(counts, key=lambda value: -counts[value])


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
