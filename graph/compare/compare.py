"""Comparisons: estimates side by side, with their classes, in sets of one measure, with the reasons against combining a set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mabgraph.ingest.errors import QuestionError

from ..questions.catalogue import Catalogue
from . import comparability, evidence, reasons
from .comparability import Comparability
from .evidence import ARM, Evidence
from .reasons import Reason

#: The most estimates in one comparison.
MOST: Final = 500
_WORST: Final = list(Comparability)
#: The filters by name; an absence is reported for each name that no estimate matches.
_THINGS: Final = ("drug", "target", "trial")


@dataclass(frozen=True, slots=True)
class EvidenceSet:
    """Estimates of one kind, measure, unit and unit of analysis, which a reader might combine. ``reasons`` say what speaks against it."""

    kind: str
    measure: str
    unit: str
    rows: tuple[Evidence, ...]
    comparability: Comparability
    reasons: tuple[Reason, ...]

    @property
    def name(self) -> str:
        """What the estimates measure, in words: such as ``hazard ratio`` or ``proportion, percent``, of what, if it is not patients."""
        counted = str(self.rows[0].row["unit_of_analysis"])
        of = "" if counted == evidence.PATIENTS else counted if counted.startswith("unit") else f"of {counted}"
        return ", ".join(filter(None, (self.measure.replace("-", " "), self.unit.replace("-", " "), of)))


@dataclass(frozen=True, slots=True)
class Absent:
    """A requested name that no estimate matches: ``kind`` is drug, target or trial, ``name`` the name as requested."""

    kind: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class EvidenceComparison:
    """The filters and all estimates that match them; no row is dropped, and rows are not ordered by effect size."""

    asked: Mapping[str, tuple[str, ...]]
    rows: tuple[Evidence, ...]
    sets: tuple[EvidenceSet, ...]
    cautions: tuple[Reason, ...]
    absent: tuple[Absent, ...]

    @property
    def classes(self) -> dict[str, Comparability]:
        """The class of each estimate by its IRI."""
        return {row.id: comparability.classify(row) for row in self.rows}


def compare(catalogue: Catalogue, filters: Mapping[str, str | Sequence[str]], excluded: Sequence[str] = ()) -> EvidenceComparison:
    """Return the comparison of all estimates that match ``filters`` (those of the question ``estimates-page``) but those ``excluded``.

    :raises QuestionError: for an unknown filter, when more than :data:`MOST` estimates match, or an excluded IRI is none of them.
    :raises UnknownName: when a name is unknown or ambiguous.
    """
    asked = {name: (value,) if isinstance(value, str) else tuple(value) for name, value in filters.items()}
    page, total = catalogue.page("estimates-page", asked, MOST)
    if total > MOST:
        raise QuestionError(f"{total} estimates meet the filters, and at most {MOST} are compared: name a drug, a trial or an endpoint")
    matching = [str(row["estimate"]) for row in page]
    if others := [iri for iri in excluded if iri not in matching]:
        raise QuestionError(f"exclude: {others[0][:200]} is none of the {total} estimates that meet the filters; leave it out")
    rows = evidence.read(catalogue, [iri for iri in matching if iri not in excluded])
    cautions = _cautions(catalogue, asked, rows)
    return EvidenceComparison(asked, rows, _sets(rows, cautions), cautions, _absences(catalogue, asked, total))


def _sets(rows: Sequence[Evidence], cautions: Sequence[Reason]) -> tuple[EvidenceSet, ...]:
    """Return ``rows`` grouped by kind, measure, unit and what they count, in their order."""
    members_by_kind: dict[tuple[str, str, str, str], list[Evidence]] = {}
    for row in rows:
        members_by_kind.setdefault((row.kind, row.measure, row.unit, str(row.row["unit_of_analysis"])), []).append(row)
    return tuple(
        EvidenceSet(kind, measure, unit, tuple(members), _class(members), reasons.find_reasons(members, cautions))
        for (kind, measure, unit, _), members in members_by_kind.items()
    )


def _class(rows: Sequence[Evidence]) -> Comparability:
    """Return the class of a set: the weakest class of its rows; results of single groups from several studies are cross-trial."""
    if len({row.study for row in rows}) > 1 and any(row.kind == ARM for row in rows):
        return Comparability.across
    return max((comparability.classify(row) for row in rows), key=_WORST.index)


def _cautions(catalogue: Catalogue, asked: Mapping[str, tuple[str, ...]], rows: Sequence[Evidence]) -> tuple[Reason, ...]:
    """Return the authors' caveats against comparing the requested drugs, or the studies of the rows and of these drugs."""
    drugs = catalogue.names.expand("drug", asked.get("drug", ()), exact=True)
    trials = catalogue.ask("trials", {"drug": drugs}) if len(drugs) > 1 else []
    studies = list(dict.fromkeys([*(row.study for row in rows), *(str(row["id"]) for row in trials)]))
    if len(drugs) < 2 and len(studies) < 2:
        return ()
    cautions = []
    for row in catalogue.ask("cautions", {"about": [*drugs, *studies]}):
        about = set(str(row["about"]).splitlines())
        if len(about & set(drugs)) > 1 or len(about & set(studies)) > 1:
            warned = tuple(each.id for each in rows if each.study in about)
            cautions.append(Reason("authors-caveat", str(row["text"]), warned, (str(row["caution"]),)))
    return tuple(cautions)


def _count_estimates(catalogue: Catalogue, asked: Mapping[str, tuple[str, ...]]) -> int:
    return catalogue.page("estimates-page", asked, 1)[1]


def _absences(catalogue: Catalogue, asked: Mapping[str, tuple[str, ...]], total: int) -> tuple[Absent, ...]:
    """Return the requested drugs, targets and trials that no estimate matches; readers see them as "not reported"."""
    absences = []
    for kind in _THINGS:
        names = asked.get(kind, ())
        for name in names:
            if not (total if len(names) == 1 else _count_estimates(catalogue, {**asked, kind: (name,)})):
                absences.append(Absent(kind, name, f"{name}: the documents read so far report no such estimate"))
    return tuple(absences)
