"""The number of patients in the groups of an estimate, as the sources print it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..network.edges import stated_numbers
from ..questions.catalogue import Catalogue
from ..store import vocabulary
from .evidence import Evidence


def patient_counts(catalogue: Catalogue, rows: Sequence[Evidence]) -> Mapping[str, str]:
    """Return for each of ``rows`` (by IRI) the number of patients in its groups and what was counted, such as ``271 and 134 (randomised)``.

    It is the total printed with the result, else the first kind of number that every group states exactly once; rows without one are
    left out. Numbers of several studies are not summed, because the studies may share patients.
    """
    counts = _counts(catalogue, sorted({row.study for row in rows}))
    texts = {row.id: _describe(row, counts) for row in rows}
    return {iri: text for iri, text in texts.items() if text}


def _counts(catalogue: Catalogue, studies: Sequence[str]) -> Mapping[tuple[str, str], set[int]]:
    counts: dict[tuple[str, str], set[int]] = {}
    for row in catalogue.ask("patients", {"trial": studies}) if studies else ():
        if row["operator"] in {None, "="} and row["number"] is not None:
            counts.setdefault((str(row["group"]), vocabulary.local_name(str(row["kind"] or ""))), set()).add(int(row["number"]))
    return counts


def _describe(row: Evidence, counts: Mapping[tuple[str, str], set[int]]) -> str:
    if row.row["total"] is not None:
        return f"{row.row['total']} (analysed)"
    kind, numbers = stated_numbers(counts, [side.group for side in row.sides])
    if kind is None:
        return ""
    return f"{' and '.join(map(str, numbers))} ({kind.removeprefix('patients-').replace('-', ' ') or 'denominator of results'})"
