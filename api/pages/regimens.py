"""What the groups of a study are given: arms and parts of them with their regimens and doses, and how many patients they have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary

from . import results
from .results import PrintedNumber, Row

#: Roles of groups that are shown at once: those of other groups are folded.
MAIN: Final = frozenset({"intervention-arm", "comparator-arm", "whole-study", "single-arm", "exposed-cohort", "unexposed-cohort"})


@dataclass(frozen=True)
class Quantity:
    """A described quantity or a dose: its name, the places of its number, sign and unit, when it is given, and of what it is."""

    label: str
    numbers: tuple[PrintedNumber, ...]
    operator: str
    unit: str
    note: str
    of: str
    drug: tuple[str, str] | None = None


@dataclass(frozen=True)
class ShownRegimen:
    """A regimen: its name, its schedule in words, its doses, what is described of it, and its options."""

    label: str
    schedule: str
    doses: tuple[Quantity, ...]
    described: tuple[Quantity, ...]
    options: tuple[str, ...]


@dataclass(frozen=True)
class ShownGroup:
    """A group: its name, its role, what is described of it, such as its number of patients, and what it is given."""

    label: str
    role: str
    described: tuple[Quantity, ...]
    regimens: tuple[str, ...]


@dataclass(frozen=True)
class Treatments:
    """What a study gives to whom: its arms, other groups, regimens, and what else the documents describe of it."""

    arms: tuple[ShownGroup, ...]
    groups: tuple[ShownGroup, ...]
    regimens: tuple[ShownRegimen, ...]
    described: tuple[Quantity, ...]


def read(catalogue: Catalogue, study: str, arms: Sequence[Row], quantities: Sequence[Row]) -> Treatments:
    """Return what ``study`` (its IRI) gives to whom, from its ``arms`` and described ``quantities``; three questions."""
    rows = catalogue.ask("doses", {"trial": study})
    labels = catalogue.labels([str(row["role"]) for row in arms if row["role"]])
    nodes = [*(str(row["dose"]) for row in rows if row["dose"]), *(str(row["value"]) for row in quantities)]
    printed = results.find_numbers(catalogue, list(dict.fromkeys(nodes)))
    described = _describe(quantities, printed)
    regimens = _regimens(rows, printed, described)
    shown = [(str(row["role"] or "").rpartition("/")[2], each) for row, each in _groups(arms, labels, rows, described)]
    named = {each.label for _, each in shown} | {each.label for each in regimens}
    return Treatments(
        tuple(each for role, each in shown if role in MAIN), tuple(each for role, each in shown if role not in MAIN), regimens,
        tuple(each for each in described if each.of not in named),
    )  # fmt: skip


def _describe(rows: Sequence[Row], printed: Mapping[str, Sequence[PrintedNumber]]) -> list[Quantity]:
    several = []
    for row in {str(row["value"]): row for row in rows}.values():
        numbers = _exact(printed.get(str(row["value"]), ()))
        several.append(
            Quantity(str(row["value_label"]), numbers, _sign(row["operator"], numbers), str(row["unit"] or ""), "", str(row["note"] or ""))
        )
    return several


def _by_name(described: Sequence[Quantity]) -> dict[str, list[Quantity]]:
    """Return described quantities by the name of what they are of: a registry record can have thousands of groups."""
    of_each: dict[str, list[Quantity]] = {}
    for each in described:
        of_each.setdefault(each.of, []).append(each)
    return of_each


def _exact(numbers: Sequence[PrintedNumber]) -> tuple[PrintedNumber, ...]:
    """Return the most exact places of the numbers that are an amount, not those of times and other details."""
    return tuple(each for each in numbers if not each.restates)


def _sign(operator: object, numbers: Sequence[PrintedNumber]) -> str:
    """Return the sign of a number where the printed characters are digits without it."""
    return str(operator) if operator and str(operator) != "=" and numbers and numbers[0].exact[:1].isdigit() else ""


def _regimens(
    rows: Sequence[Row], printed: Mapping[str, Sequence[PrintedNumber]], described: Sequence[Quantity]
) -> tuple[ShownRegimen, ...]:
    """Return the regimens, those first that are no option of another."""
    options: dict[str, list[str]] = {}
    doses: dict[str, dict[str, Quantity]] = {}
    regimens: dict[str, Row] = {}
    for row in rows:
        name = str(row["regimen"])
        regimens.setdefault(name, row)
        if row["option_of"] and str(row["label"]) not in options.setdefault(str(row["option_of"]), []):
            options[str(row["option_of"])].append(str(row["label"]))
        if row["dose"]:
            doses.setdefault(name, {}).setdefault(str(row["dose"]), _dose(row, printed))
    of_each = _by_name(described)
    ordered = sorted(regimens.items(), key=lambda item: bool(item[1]["option_of"]))
    return tuple(
        ShownRegimen(
            str(row["label"]), str(row["schedule"] or ""), tuple(doses.get(name, {}).values()),
            tuple(of_each.get(str(row["label"]), ())), tuple(options.get(name, ())),
        )
        for name, row in ordered
    )  # fmt: skip


def _dose(row: Row, printed: Mapping[str, Sequence[PrintedNumber]]) -> Quantity:
    numbers = tuple(each for each in _exact(printed.get(str(row["dose"]), ())) if "dose" in each.role or each.role == "value")
    drug = (f"/drugs/{vocabulary.local_name(str(row['drug']))}", str(row["drug_label"])) if row["drug"] else None
    return Quantity(str(row["dose_label"]), numbers, "", str(row["unit"] or ""), str(row["dose_schedule"] or ""), str(row["label"]), drug)


def _groups(
    arms: Sequence[Row], labels: Mapping[str, str], rows: Sequence[Row], described: Sequence[Quantity]
) -> list[tuple[Row, ShownGroup]]:
    """Return each group once, with its row."""
    names = {str(row["regimen"]): str(row["label"]) for row in rows}
    of_each = _by_name(described)
    regimens: dict[str, list[str]] = {}
    for row in arms:
        if row["regimen"] and (name := names.get(str(row["regimen"]))) and name not in regimens.setdefault(str(row["group"]), []):
            regimens[str(row["group"])].append(name)
    return [
        (row, ShownGroup(
            str(row["label"]), labels.get(str(row["role"]), ""), tuple(of_each.get(str(row["label"]), ())),
            tuple(regimens.get(group, ())),
        ))
        for group, row in {str(row["group"]): row for row in arms}.items()
    ]  # fmt: skip
