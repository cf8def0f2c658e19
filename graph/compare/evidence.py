"""Evidence: the attributes that decide with what an estimate can be compared, read for many estimates at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from mabgraph.ingest import numerals

from ..network.declaration import Treatment
from ..network.treatments import Groups, groups_of
from ..questions.catalogue import Catalogue
from ..questions.question import Row
from ..store import vocabulary

#: The unit of analysis of almost all results.
PATIENTS: Final = "patients"
#: Kinds of evidence: an effect of one group relative to another, or the result of one group.
EFFECT: Final = "effect"
ARM: Final = "arm"
#: The endpoint whose values are follow-up times.
FOLLOWED: Final = "mabc:follow-up-time"
_MAIN: Final = ("value", "percent", "count", "lower")
#: The roles of figures that print a number of a row, where they differ from its name.
_ROLES: Final = {"value": ("value", "percent"), "interval_level": ("level",)}
#: What an estimate is of, and itself: what authors warn of about these concerns it (columns of the question ``comparability``).
_WARNED: Final = ("estimate", "study", "comparison", "group", "analysis")
#: Estimates are queried in batches of this size.
LOT: Final = 500


@dataclass(frozen=True, slots=True)
class Side:
    """One group of a result: its IRI and label, its role in the study, the groups that it is part of, and its treatment."""

    group: str
    label: str
    role: str
    within: tuple[str, ...]
    treatment: Treatment | None

    @property
    def name(self) -> str:
        """The name of the treatment, or the label of the group where its treatment is unknown."""
        return self.treatment.name if self.treatment else self.label


@dataclass(frozen=True, slots=True)
class EvidenceWarning:
    """A caveat or limitation of authors, or a discrepancy: its IRI, its kind (the local name of a concept), its text and its document."""

    id: str
    kind: str
    text: str
    document: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One estimate with the attributes for comparing it. Names of concepts are local names, such as ``randomised-controlled-trial``.

    ``sides`` is the group of a single-group result, or the intervention and the comparator of an effect. ``counterpart`` is the IRI
    of the same result of the comparison group, and ``comparison`` the comparison of both groups. ``shares`` are the
    studies that share patients with this one, ``follow_up`` the follow-up times that the sources report for it. ``row`` is the result
    row of the question ``estimates``; ``figures`` are its printed figures, the result rows of the question ``anchors``.
    """

    id: str
    label: str
    kind: str
    study: str
    study_label: str
    design: str
    reported_by: str
    document: str
    conditions: tuple[str, ...]
    shares: tuple[str, ...]
    sides: tuple[Side, ...]
    comparison: str
    counterpart: str
    side: str
    endpoint: str
    endpoint_label: str
    event: str
    measure: str
    unit: str
    time: tuple[str, str]
    analysis: str
    population: tuple[str, str]
    censoring: tuple[str, str]
    method: tuple[str, str]
    factors: tuple[str, ...]
    follow_up: tuple[str, ...]
    warnings: tuple[EvidenceWarning, ...]
    row: Row
    figures: tuple[Row, ...]

    @property
    def has_interval(self) -> bool:
        """Whether a confidence interval with its level is printed."""
        kind = self.row["interval_kind"] == "confidence interval"
        return kind and None not in (self.row["value"], self.row["lower"], self.row["upper"], self.row["interval_level"])

    @property
    def is_upside_down(self) -> bool:
        """Whether an interval is printed with its lower bound above its upper one: no order of the two is chosen for it."""
        lower, upper = self.row["lower"], self.row["upper"]
        return lower is not None and upper is not None and float(str(lower)) > float(str(upper))

    @property
    def has_counts(self) -> bool:
        """Whether the number of patients with the event and in total is printed; counts of cells or events are not independent."""
        return self.row["unit_of_analysis"] == PATIENTS and None not in (self.row["count"], self.row["total"])

    @property
    def anchor(self) -> str:
        """The place of the main number (``start-end``, or a pointer): the value, else the percentage, count or lower bound; else empty."""
        first = [figure for figure in self.figures if figure["restates"] is None]
        places = {str(figure["role"]): _place(figure) for figure in reversed(first)}
        return next((places[role] for role in _MAIN if role in places), _place(first[0]) if first else "")

    def number(self, name: str) -> Decimal | None:
        """Return a number of the row with the printed digits (0.50, where the graph holds 0.5), if it is printed in digits."""
        if self.row[name] is None:
            return None
        recorded = Decimal(str(self.row[name]))
        for role in _ROLES.get(name, (name,)):
            for figure in self.figures:
                if figure["role"] == role and figure["restates"] is None and figure["number"]:
                    printed = numerals.read(str(figure["printed"])).number
                    if printed == recorded:
                        return printed
        return recorded


def read(catalogue: Catalogue, estimates: Sequence[str]) -> tuple[Evidence, ...]:
    """Return the evidence of ``estimates`` (IRIs), in their order.

    :raises QuestionError: when one of them is no IRI.
    """
    groups = groups_of(catalogue)
    by_iri: dict[str, Evidence] = {}
    for start in range(0, len(estimates), LOT):
        asked = {"estimate": estimates[start : start + LOT]}
        results = {str(result.row["estimate"]): result for result in catalogue.results(asked["estimate"], checks=False)}
        paired = counterparts(catalogue.ask("counterparts", asked))
        described = catalogue.ask("comparability", asked)
        warned = _warnings(catalogue, described)
        for row in described:
            iri = str(row["estimate"])
            plain = _evidence(row, results[iri].row, groups, paired.get(iri))
            by_iri[iri] = replace(plain, warnings=warned[iri], figures=tuple(results[iri].figures))
    followed = _follow_up_times(catalogue, {each.study for each in by_iri.values()})
    ordered = [by_iri[iri] for iri in dict.fromkeys(estimates) if iri in by_iri]
    return tuple(replace(each, follow_up=followed.get((each.study, each.document), ())) for each in ordered)


def _place(figure: Row) -> str:
    """Return the characters of a figure (``start-end``), or the pointer where its characters are not known."""
    return str(figure["pointer"]) if figure["start"] is None else f"{figure['start']}-{figure['end']}"


def _evidence(row: Row, numbers: Row, groups: Groups, other: Row | None) -> Evidence:
    texts = {name: "" if value is None else str(value) for name, value in row.items()}
    sides = [texts["group"]] if texts["kind"] == ARM else [texts["intervention"], texts["comparator"]]
    return Evidence(
        id=texts["estimate"], label=texts["label"], kind=texts["kind"], study=texts["study"], study_label=texts["study_label"],
        design=local_name(texts["design"]), reported_by=local_name(texts["reported_by"]), document=str(numbers["document"]),
        conditions=tuple(sorted(texts["conditions"].splitlines())), shares=tuple(sorted(texts["shares"].splitlines())),
        sides=tuple(_side(groups, group) for group in sides),
        comparison=texts["comparison"] or (str(other["comparison"]) if other else ""),
        counterpart=str(other["counterpart"]) if other else "", side=str(other["side"]) if other else "",
        endpoint=texts["endpoint"], endpoint_label=texts["endpoint_label"], event=local_name(texts["event"]),
        measure=local_name(texts["measure"]), unit=local_name(texts["unit"]),
        time=(texts["time_point"] or str(numbers["time_in_words"] or ""), local_name(texts["time_unit"])),
        analysis=texts["analysis"], population=(local_name(texts["population"]), texts["population_label"]),
        censoring=(local_name(texts["censoring"]), texts["censoring_label"]), method=(local_name(texts["method"]), texts["method_label"]),
        factors=tuple(sorted(texts["factors"].splitlines())), follow_up=(), warnings=(), row=numbers, figures=(),
    )  # fmt: skip


def _side(groups: Groups, group: str) -> Side:
    patient_group = groups.by_id[group]
    treatment = groups.treatments.get(groups.of.get(group, ""))
    return Side(group, patient_group.label, patient_group.role, tuple(groups.ancestors(group)), treatment)


def counterparts(rows: Iterable[Row]) -> dict[str, Row]:
    """Return the counterpart of each result: that of the group compared with its own, else the only candidate among subgroups."""
    candidates: dict[str, dict[str, Row]] = {}
    for row in rows:
        candidates.setdefault(str(row["estimate"]), {}).setdefault(str(row["counterpart"]), row)
    chosen = {
        iri: [row for row in others.values() if row["direct"] == "true"] or list(others.values()) for iri, others in candidates.items()
    }
    return {iri: rows[0] for iri, rows in chosen.items() if len(rows) == 1}


def _warnings(catalogue: Catalogue, rows: Iterable[Row]) -> dict[str, tuple[EvidenceWarning, ...]]:
    """Return the warnings about each estimate of ``rows``, or about its study, comparison, group or analysis, in the order of IRIs.

    They are asked for by thing: hundreds of estimates share a few studies and analyses.
    """
    things = {str(row["estimate"]): [str(row[name]) for name in _WARNED if row[name]] for row in rows}
    about: dict[str, dict[str, EvidenceWarning]] = {}
    named = list(dict.fromkeys(thing for several in things.values() for thing in several))
    for row in catalogue.ask("warnings-about", {"about": named}) if named else ():
        warning = EvidenceWarning(str(row["warning"]), local_name(str(row["kind"])), str(row["text"]), str(row["document"]))
        about.setdefault(str(row["about"]), {})[warning.id] = warning
    merged: dict[tuple[str, ...], tuple[EvidenceWarning, ...]] = {}
    for several in things.values():
        if (key := tuple(each for each in several if each in about)) not in merged:
            together = {warning.id: warning for thing in key for warning in about[thing].values()}
            merged[key] = tuple(together[iri] for iri in sorted(together))
    return {iri: merged[tuple(each for each in several if each in about)] for iri, several in things.items()}


def _follow_up_times(catalogue: Catalogue, studies: Iterable[str]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the follow-up times that each document prints of each of ``studies``, as text with units, by study and document."""
    asked = sorted(studies)
    if not asked:
        return {}
    times_by_report: dict[tuple[str, str], list[str]] = {}
    times = [str(row["estimate"]) for row in catalogue.ask("estimates-page", {"trial": asked, "endpoint": FOLLOWED})]
    for row in (result.row for result in catalogue.results(times, checks=False)):
        if row["value"] is not None:
            times_by_report.setdefault((str(row["study"]), str(row["document"])), []).append(
                " ".join(str(row[name]) for name in ("value", "unit") if row[name] is not None)
            )
    return {report: tuple(dict.fromkeys(times)) for report, times in times_by_report.items()}


def local_name(iri: object) -> str:
    """Return the local name of a concept, empty for None."""
    return vocabulary.local_name(str(iri)) if iri else ""
