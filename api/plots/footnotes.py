"""Footnotes of a forest plot: long treatment names, the reasons against combining its rows, and its provenance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mabgraph.graph.compare.compare import Absent, EvidenceSet
from mabgraph.graph.compare.evidence import Evidence
from mabgraph.graph.compare.reasons import Reason
from mabgraph.graph.network.treatments import CHOICE, DRUGS

#: Longer treatment names are moved to a footnote.
LONG: Final = 48
#: The most numbered footnotes of a plot, and the most characters of all of them together.
MOST: Final = 12
LETTERS: Final = 2600
#: Reasons that are listed before the others.
_FIRST: Final = frozenset({"authors-caveat", "unresolved-discrepancy", "inconsistent-numbers", "overlapping-patients"})
UNASSESSED: Final = "Certainty of evidence and risk of bias: not assessed. A person fills them in; empty does not mean low."
DERIVED: Final = (
    "Filled mark, full line: as reported. Hollow mark, broken line: derived, not printed by a document "
    "(Clopper-Pearson from n/N at 95 %, or as the row says)."
)
ABBREVIATION: Final = "NR: not reported. A number that is not reported, masked, or printed as less or more than another is not drawn."


@dataclass(frozen=True, slots=True)
class Footnote:
    """One footnote: its text, and the estimates (IRIs) that it applies to; empty: all."""

    text: str
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Footnotes:
    """The numbered footnotes of a plot, and the unnumbered lines ``below`` them."""

    numbered: tuple[Footnote, ...]
    below: tuple[str, ...]

    @property
    def general(self) -> tuple[int, ...]:
        """The numbers of the footnotes that apply to all rows."""
        return tuple(place for place, note in enumerate(self.numbered, start=1) if not note.about)

    def marks(self, *estimates: str) -> tuple[int, ...]:
        """Return the numbers of the footnotes for ``estimates`` that do not apply to all rows."""
        return tuple(place for place, note in enumerate(self.numbered, start=1) if set(estimates) & set(note.about))


def footnotes(
    compared: EvidenceSet, about: Mapping[str, str], absent: Sequence[Absent] = (), acknowledged: Sequence[Reason] = ()
) -> Footnotes:  # fmt: skip
    """Return the footnotes of a set; ``about`` describes the dataset and query, ``absent`` are requested names
    without an estimate, ``acknowledged`` the reasons that a person acknowledged for pooling.

    If they are too many or too long, the last line counts the rest; every tabular export has them all.
    """
    everyone = {row.id for row in compared.rows}
    notes = [*_treatment_notes(compared.rows), *_reason_notes(sorted(compared.reasons, key=_sort_key), everyone)]
    notes += [*_notes_beside("caveat", compared.rows), *_notes_beside("limitation", compared.rows)]
    kept: list[Footnote] = []
    for note in notes:
        if len(kept) == MOST or sum(len(each.text) for each in [*kept, note]) > LETTERS:
            break
        kept.append(note)
    below = [
        *_omission_note(notes[len(kept) :]),
        *(f"Asked for and not here: {each.text}." for each in absent),
        DERIVED,
        ABBREVIATION,
        UNASSESSED,
    ]
    if acknowledged:
        codes = dict.fromkeys(reason.code for reason in acknowledged)
        below.append(f"Pooled although a person was told of, and acknowledged: {', '.join(codes)}.")
    below.append(f"Dataset {about['dataset'][:16]}, {about['software']}; query {about['address']}")
    return Footnotes(tuple(kept), tuple(below))


def _sort_key(reason: Reason) -> bool:
    """Sort key: authors' caveats and inconsistent numbers come before differences."""
    return reason.code not in _FIRST


def _omission_note(left: Sequence[Footnote]) -> list[str]:
    """Return a line with the number of omitted footnotes, by code."""
    codes = Counter(note.text.partition(":")[0] for note in left)
    omitted = ", ".join(code if many == 1 else f"{code} ({many})" for code, many in codes.items())
    return [f"{len(left)} more note{'s' * (len(left) > 1)} in the table of the same comparison (csv, xlsx): {omitted}."] if left else []


def _treatment_notes(rows: Sequence[Evidence]) -> list[Footnote]:
    """Return a footnote for each treatment that is a choice or has a long name, with its rows."""
    rows_by_name: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for row in rows:
        for side in row.sides:
            treatment = side.treatment
            if treatment and (treatment.kind == CHOICE or (treatment.kind == DRUGS and len(treatment.name) > LONG)):
                labels, ids = rows_by_name.setdefault(treatment.name, ({}, {}))
                labels[side.label] = ids[row.id] = None
    return [Footnote(f"{' and '.join(labels)}: {name}.", tuple(ids)) for name, (labels, ids) in rows_by_name.items()]


def _notes_beside(kind: str, rows: Sequence[Evidence]) -> list[Footnote]:
    """Return one footnote per caveat or limitation of the rows; those of whole studies are on the study."""
    ids_by_text: dict[str, list[str]] = {}
    for row in rows:
        for text in sorted(str(row.row[f"{kind}s"] or "").splitlines()):
            ids_by_text.setdefault(f"{kind}: {text.rstrip('.')}.", []).append(row.id)
    return [Footnote(text, () if len(ids) == len(rows) else tuple(ids)) for text, ids in ids_by_text.items()]


def _reason_notes(reasons: Sequence[Reason], everyone: set[str]) -> list[Footnote]:
    """Return one footnote per text of a reason; the code comes first, as a person acknowledges it."""
    rows_by_text: dict[str, list[str]] = {}
    for reason in reasons:
        rows_by_text.setdefault(f"{reason.code}: {reason.text.rstrip('.')}.", []).extend(reason.rows)
    return [Footnote(text, () if set(ids) >= everyone or not ids else tuple(dict.fromkeys(ids))) for text, ids in rows_by_text.items()]
