"""Links: what each study says of two treatments, from its comparisons, their results, and the patients of their groups.

What a link rests on is its ``evidence``: ``estimates`` (a result of the comparison, such as a hazard ratio), ``arms`` (the same end point
or adverse event of both sides), ``none`` (the study has results, but none of this comparison), ``planned`` (the documents that were read
give no result of the study at all). Only the first two join treatments. "Planned" is what those documents know: a trial may have
reported since.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ..questions.question import Row
from ..store import vocabulary
from .declaration import Link
from .treatments import Groups

ESTIMATES: Final = "estimates"
ARMS: Final = "arms"
NONE: Final = "none"
PLANNED: Final = "planned"
#: Evidence that joins treatments.
RESULTS: Final = (ESTIMATES, ARMS)

#: Kinds of numbers of patients in order of preference; the last is the denominator of results.
_COUNTED: Final = ("patients-randomised", "patients-in-group", "patients-treated", "patients-assessed", "")
_BOUNDS: Final = {"~": "approximately ", ">": "more than ", ">=": "at least ", "<": "fewer than ", "<=": "at most "}


class Links:
    """Joins the comparisons of a dataset to links, with their results and their numbers of patients."""

    def __init__(
        self,
        groups: Groups,
        patients: Iterable[Row],
        outcomes: Iterable[Row],
        conditions: Mapping[str, Iterable[str]],
        caveats: Iterable[Row],
        limitations: Iterable[Row],
        results: Iterable[Row],
    ) -> None:
        """Take the groups, the conditions of each study, and the rows of the questions that the other parameters are named after.

        These are ``patients``, ``outcomes``, ``study-caveats``, ``study-limitations`` and ``study-results``.
        """
        self._groups = groups
        self._caveats, self._limitations = _by_study(caveats, "caveat"), _by_study(limitations, "limitation")
        self._conditions = conditions
        self._reported = frozenset(str(row["study"]) for row in results)
        self._compared: dict[str, tuple[str, str]] = {}
        self._outcomes: defaultdict[str, list[Row]] = defaultdict(list)
        for row in outcomes:
            self._outcomes[str(row["comparison"])].append(row)
        self._counts: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
        self._planned: defaultdict[str, set[str]] = defaultdict(set)
        for row in patients:
            self._count(row)

    def of(self, comparisons: Iterable[Row]) -> list[Link]:
        """Return the links of all ``comparisons``: those of the same treatments in one study are one link."""
        together: defaultdict[tuple[str, frozenset[str]], list[Row]] = defaultdict(list)
        for row in comparisons:
            sides = str(row["intervention"]), str(row["comparator"])
            self._compared[str(row["comparison"])] = sides
            together[str(row["study"]), frozenset(self._groups.of[side] for side in sides)].append(row)
        links = [self._link(rows) for rows in together.values()]
        return sorted(links, key=lambda link: (link.study, link.intervention, link.comparator))

    def has_results(self, study: str) -> bool:
        """Whether any document gives a result of ``study``."""
        return study in self._reported

    def patients_treated(self, links: Iterable[Link]) -> dict[str, int]:
        """Return how many patients each treatment was given to in ``links`` that have results.

        A treatment is left out where one of these studies does not report it, or two of them share patients.
        """
        with_results = [link for link in links if link.evidence in RESULTS]
        overlapping = {link.study: set(link.overlapping) for link in with_results}
        compared: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for link in with_results:
            for group in {group for each in link.comparisons for group in self._compared[each]}:
                compared[self._groups.of[group]][link.study].add(group)
        patient_counts = {
            each: [self._patients(groups)[0] if overlapping[study].isdisjoint(studies) else None for study, groups in studies.items()]
            for each, studies in compared.items()
        }
        return {each: sum(filter(None, numbers)) for each, numbers in patient_counts.items() if None not in numbers}

    def _count(self, row: Row) -> None:
        kind, operator = vocabulary.local_name(str(row["kind"] or "")), str(row["operator"] or "=")
        if kind == "planned-enrolment":
            self._planned[str(row["study"])].add(f"{_BOUNDS.get(operator, '')}{row['number']}")
        elif operator == "=" and row["number"] is not None:
            self._counts[str(row["group"]), kind].add(int(row["number"]))

    def _link(self, rows: list[Row]) -> Link:
        # What the study shows comes first, so that a further report changes nothing of it.
        rows = sorted(rows, key=lambda row: row["shown"] != "true")
        first, outcomes = rows[0], [outcome for row in rows for outcome in self._results(row)]
        study, sides = str(first["study"]), {side for row in rows for side in self._compared[str(row["comparison"])]}
        estimates = sorted({str(row["estimate"]) for row in outcomes if row["group"] is None})
        arms = sorted({str(row["estimate"]) for row in outcomes if row["group"] is not None})
        planned = study not in self._reported
        patients, counted = self._patients(sides)
        checks = Counter({str(row["estimate"]): str(row["check_status"]) for row in outcomes}.values())
        return Link(
            study=study, study_name=str(first["acronym"] or first["study_label"]), registration=str(first["registration"] or ""),
            intervention=self._groups.of[str(first["intervention"])], comparator=self._groups.of[str(first["comparator"])],
            design=str(first["design"]), randomised=first["randomised"] == "true" and any(map(self._is_assigned, rows)),
            reported_by=str(first["reported_by"]), evidence=ESTIMATES if estimates else ARMS if arms else PLANNED if planned else NONE,
            comparisons=tuple(sorted(str(row["comparison"]) for row in rows)), estimates=tuple(estimates), arm_results=tuple(arms),
            endpoints=tuple(sorted({str(row["endpoint_label"]) for row in outcomes})) or (_lines(rows, "outcomes") if planned else ()),
            checks=dict(sorted(checks.items())), patients=patients, patients_counted=counted,
            planned_enrolment="; ".join(sorted(self._planned[study])) if planned else "",
            conditions=tuple(sorted(self._conditions.get(study, ()))), documents=_lines(rows, "documents"),
            overlapping=_lines(rows, "overlapping"), caveats=tuple(sorted({*_lines(rows, "caveats"), *self._caveats[study]})),
            limitations=tuple(sorted({*_lines(rows, "limitations"), *self._limitations[study]})),
        )  # fmt: skip

    def _is_assigned(self, row: Row) -> bool:
        """Whether a comparison is of whole arms, not of parts that came about after chance had assigned them."""
        return all(self._groups.by_id[str(row[side])].role != "subgroup" for side in ("intervention", "comparator"))

    def _results(self, row: Row) -> list[Row]:
        """Return the results of a comparison, and those of its groups where both have one of the same end point."""
        outcomes = self._outcomes[str(row["comparison"])]
        one, other = ({each["endpoint"] for each in outcomes if each["group"] == row[side]} for side in ("intervention", "comparator"))
        return [each for each in outcomes if each["group"] is None or each["endpoint"] in one & other]

    def _patients(self, groups: Iterable[str]) -> tuple[int | None, str]:
        """Return how many patients ``groups`` of one study have together, and what was counted.

        A group that is part of another one counts once. Documents that report the same study are not added up: where they differ, there
        is no number.
        """
        by_document: defaultdict[str, list[str]] = defaultdict(list)
        for group in self._groups.roots(groups):
            by_document[self._groups.by_id[group].document].append(group)
        totals = [total for total in map(self._sum, by_document.values()) if total[0] is not None]
        if len({number for number, _ in totals}) > 1:
            return None, "documents differ"
        return totals[0] if totals else (None, "")

    def _sum(self, groups: Sequence[str]) -> tuple[int | None, str]:
        kind, numbers = stated_numbers(self._counts, groups)
        return (sum(numbers), kind.replace("-", " ") or "denominators of results") if kind is not None else (None, "")


def stated_numbers(counts: Mapping[tuple[str, str], set[int]], groups: Sequence[str]) -> tuple[str | None, list[int]]:
    """Return the first kind of number of which each of ``groups`` has exactly one, and these numbers; None if there is no such kind.

    ``counts`` are the numbers that are printed of a group, by its IRI and the kind of number; no kind is the denominator of results.
    """
    for kind in _COUNTED:
        numbers = [counts.get((group, kind), set()) for group in groups]
        if all(len(each) == 1 for each in numbers):
            return kind, [number for each in numbers for number in each]
    return None, []


def _by_study(rows: Iterable[Row], column: str) -> defaultdict[str, set[str]]:
    """Return the texts of a column by study."""
    texts: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        texts[str(row["study"])].add(str(row[column]))
    return texts


def _lines(rows: Iterable[Row], column: str) -> tuple[str, ...]:
    return tuple(sorted({line for row in rows for line in str(row[column] or "").split("\n") if line}))
