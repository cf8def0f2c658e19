"""Candidates: contradictions that mabgraph computes, and the curated discrepancy that already describes each, if one does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from . import discrepancies
from .figures import Node
from .sides import Disagreeing, SideWriter, words_of

#: The least number of parts that a candidate of several shares with the discrepancy that describes it.
SHARED: Final = 2
#: How the names of parts begin whose numbers may contradict others.
_OF_NUMBERS: Final = ("estimate/", "fact/", "dose/")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A contradiction that was computed: its kind, what it is about, how it was computed, and its sides."""

    id: str
    kind: str
    subject: str
    computation: str
    between: tuple[Disagreeing, ...]
    beside: tuple[Disagreeing, ...] = ()

    @property
    def parts(self) -> frozenset[str]:
        """The names of the parts that disagree."""
        return frozenset(str(side.part["id"]) for side in self.between)

    @property
    def is_of_printings(self) -> bool:
        """Whether it is between several printings of one number: figures of one role in one part."""
        printed = [figure for side in self.between for figure in side.figures]
        return len(self.parts) == 1 and len(printed) > 1 and len({figure["role"] for figure in printed}) == 1


@dataclass(frozen=True, slots=True)
class Stated:
    """The nodes of one record by their names, and its curated discrepancies with the parts that each names, and those it is between."""

    nodes: Mapping[str, Node]
    described: Mapping[str, tuple[frozenset[str], frozenset[str]]] = field(default_factory=dict)
    opposed: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, nodes: Mapping[str, Node]) -> Stated:
        """Return what ``nodes`` state."""
        owners = {str(figure["id"]): name for name, node in nodes.items() for figure in node.get("figure", ())}
        described, opposed = {}, {}
        for name, node in nodes.items():
            if node["type"] == "Discrepancy":
                between, beside = ([*node.get(key, ())] for key in ("between", "beside"))
                described[name] = frozenset(between), frozenset(owners.get(each, each) for each in (*between, *beside))
                opposed[name] = frozenset(owners.get(each, each) for each in between)
        return cls(nodes, described, opposed)

    def describing(self, candidate: Candidate) -> str | None:
        """Return the discrepancy that describes ``candidate``: it names one of its figures and most of its parts, or all its parts.

        Two printings of one number are described only by one that is about that part alone, and words: what sets the part against
        other results says nothing of a second printing.
        """
        names = {name for side in candidate.between for name in (*side.names, str(side.part["id"]))}
        shares = {
            name: (bool(names & between), len(candidate.parts & parts)) for name, (between, parts) in self.described.items()
            if not candidate.is_of_printings or not any(each.startswith(_OF_NUMBERS) for each in self.opposed[name] - candidate.parts)
        }  # fmt: skip
        best = max(shares, key=shares.__getitem__, default=None)
        if best is None:
            return None
        is_named, shared = shares[best]
        return best if shared >= (min(SHARED, len(candidate.parts)) if is_named else len(candidate.parts)) else None

    def study_of(self, part: Node) -> str:
        """Return the label of the study that a part is of; empty if it is of none."""
        whole = self.nodes.get(str(part.get("describes", "")), part)
        name = str(whole["id"]) if str(whole.get("id", "")).startswith("study/") else str(whole.get("study", ""))
        return str(self.nodes.get(name, {}).get("label", ""))

    def subject_of(self, part: Node) -> str:
        """Return what a part is about: its study, its variable or kind of quantity, and its group."""
        thing = words_of(str(part.get("variable") or part.get("quantityKind") or part.get("definedVariable") or ""))
        group = self.nodes.get(str(part.get("group") or part.get("comparison")), {})
        return ", ".join(filter(None, (self.study_of(part), thing or str(part.get("label", "")), str(group.get("label", "")))))


def nodes(candidates: Iterable[Candidate], stated: Stated, document: str, writer: SideWriter) -> Iterator[Node]:
    """Yield the discrepancies that were computed; of those that a curator described, only that they were computed, and how."""
    computed: dict[str, list[str]] = {}
    named = Counter[str]()
    for candidate in candidates:
        if curated := stated.describing(candidate):
            computed.setdefault(curated, []).append(candidate.computation)
            continue
        named[candidate.id] += 1
        local = candidate.id if named[candidate.id] == 1 else f"{candidate.id}-{named[candidate.id]}"
        own = {
            "id": f"discrepancy/{document}.{local}", "discrepancyKind": candidate.kind, "document": f"document/{document}",
            "origin": ["computed"], "computation": _sentences([candidate.computation]),
        }  # fmt: skip
        yield discrepancies.node(own, candidate.subject, f"{candidate.computation}.", writer, candidate.between, candidate.beside)
    for curated, computations in computed.items():
        yield {"id": curated, "origin": ["computed"], "computation": _sentences(computations)}


def _sentences(computations: Sequence[str]) -> str:
    return " ".join(f"{text[:1].upper()}{text[1:]}." for text in dict.fromkeys(computations))
