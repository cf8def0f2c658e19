"""Studies: what a study file says, in any of the forms people keep, as contrasts of one measure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from math import log
from pathlib import Path
from typing import Final, TypeAlias

from mabgraph.ingest.errors import MabgraphError

from . import limits, studyfile
from .contrasts import MEASURES, RATIOS, Arm, Contrast, of_arms, of_interval, one_bound, uninformative
from .likeness import difference, likeness
from .studyfile import Table
from .studyline import Line

_Fields: TypeAlias = dict[str, str]
_Columns: TypeAlias = dict[str, tuple[str, ...]]

#: The columns of each form, and the other names that each may have; ``#`` stands for the number of an arm.
_EFFECTS: Final[_Columns] = {"treat1": (), "treat2": (), "te": (), "sete": ()}
_PRINTED: Final[_Columns] = {"treat1": (), "treat2": (), "value": (), "lower": (), "upper": (), "level": ()}
_COUNTS: Final[_Columns] = {"treat": ("treatment",), "event": ("events",), "n": ("total",)}
_MEANS: Final[_Columns] = {"treat": ("treatment",), "mean": ("y",), "sd": (), "n": ("total",)}
_WIDE_COUNTS: Final[_Columns] = {"treat#": ("t#",), "event#": ("r#", "events#"), "n#": ("total#",)}
_WIDE_MEANS: Final[_Columns] = {"treat#": ("t#",), "mean#": ("y#",), "sd#": (), "n#": ("total#",)}
#: No ratio of a study is as large as its exponential.
_LARGEST: Final = 20.0
#: What is printed in place of a bound.
_OPEN: Final = frozenset(
    ("", "not estimable", "not evaluable", "not reached", "not reported", "not calculable", "not available", "could not be estimated")
) | frozenset("ne nr na n/a nc ni inf infinity ∞ nan - – — . .. ... … unbounded undefined".split())
#: The columns that a message names.
_FEW: Final = 40
FORMS: Final = (
    "study, treat1, treat2, TE, seTE; study, treat1, treat2, value, lower, upper, level; study, treat, event, n; "
    "study, treat, mean, sd, n; study, t1, event1, n1, t2, …; study, t1, y1, sd1, n1, t2, …"
)


@dataclass(frozen=True)
class Studies:
    """The contrasts of a file; the studies that say nothing on the measure, each with its reason; and how the file was read."""

    contrasts: tuple[Contrast, ...]
    refused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read(path: Path, measure: str) -> Studies:
    """Return what the CSV file ``path`` says on ``measure`` (HR, OR, RR, RD or MD).

    Effects (``TE``) are of treat1 versus treat2, natural logarithms where the measure is a ratio, as analysis programs write them;
    a printed ratio with its interval is given as ``value``, ``lower``, ``upper``, ``level``. A column ``measure`` is held against
    the measure that is asked for.

    :raises MabgraphError: when the file is in no known form, or a value in it cannot be used: by file, line, column and value.
    """
    if measure not in MEASURES:
        raise MabgraphError(f"{measure!r} is no measure that is pooled here: give one of {', '.join(MEASURES)}")
    table = studyfile.read(path)
    columns = {name.lower() for name in table.columns}
    study = _study(table, columns)
    _measured(table, measure)
    for form, reader in ((_EFFECTS, _effects), (_PRINTED, _printed)):
        if set(form) <= columns:
            contrasts = tuple(reader(line, study, measure) for line in table.lines)
            _spelled(table, [(row.study, name) for row in contrasts for name in (row.treatment, row.comparator)])
            told = f"TE is read as {'ln ' if measure in RATIOS else ''}{measure} of treat1 versus treat2" if form is _EFFECTS else ""
            return Studies(contrasts, (), (*table.notes, *filter(None, (told, _unread(table, {study, "measure", *form})))))
    return _of_arms(table, columns, study, measure)


def name_of(written: str) -> str:
    r"""Return a name as those of a study file are read: in Unicode's composed form, its words apart by one space.

    >>> name_of("Interfe\u0301ron  alfa") == "Interf\xe9ron alfa"
    True
    """
    return " ".join(unicodedata.normalize("NFC", written).split())


def _study(table: Table, columns: set[str]) -> str:
    found = [name for name in studyfile.STUDY if name in columns]
    if len(found) > 1:
        raise MabgraphError(f"{table.path}: the columns 'study' and 'studlab' both name the study: keep one")
    return found[0]


def _measured(table: Table, measure: str) -> None:
    for line in table.lines:
        if "measure" in line.cells and line.text("measure").upper() != measure:
            raise line.refused("measure", f"{measure} is asked for, and one measure is never made into another: pool each by itself")


def _effects(line: Line, study: str, measure: str) -> Contrast:
    error = line.error_of("sete", "standard error")
    effect = line.number_of("te")
    if measure in RATIOS and abs(effect) > _LARGEST:
        raise line.refused("te", f"no logarithm of a ratio: TE is ln {measure}; give the {measure} itself as value, lower, upper, level")
    audit = "effect and standard error as given"
    return Contrast(line.text(study), line.text("treat1"), line.text("treat2"), measure, effect, error, audit=audit)


def _printed(line: Line, study: str, measure: str) -> Contrast:
    names = line.text(study), line.text("treat1"), line.text("treat2")
    _open(line, measure)
    value, lower, upper, level = (line.decimal(name) for name in ("value", "lower", "upper", "level"))
    try:
        return of_interval(*names, measure, value, lower, upper, level)
    except MabgraphError as error:
        raise _placed(line, error) from None


def _open(line: Line, measure: str) -> None:
    """Refuse a bound that is printed as a word, such as NE or infinity, and say what can be done with the other."""
    for column, other in (("lower", "upper"), ("upper", "lower")):
        if line.cells[column].lower().strip("+-") not in _OPEN or line.empty("value") or line.cells[other].lower() in _OPEN:
            continue
        value, bound = line.decimal("value"), line.decimal(other)
        if measure not in RATIOS or min(value, bound) > 0:
            effect, end = (log(number) if measure in RATIOS else float(number) for number in (value, bound))
            scale = f"ln {measure}" if measure in RATIOS else measure
            remedy = one_bound(scale, effect, end - effect, other)
            raise line.refused(column, f"a bound that is not printed as a number gives no standard error: {remedy}")


def _of_arms(table: Table, columns: set[str], study: str, measure: str) -> Studies:
    forms = (_COUNTS, _WIDE_COUNTS) if measure != "MD" else (_MEANS, _WIDE_MEANS)
    for form in (*forms, _MEANS, _WIDE_MEANS, _COUNTS, _WIDE_COUNTS):
        numbers = range(1, 100) if "treat#" in form else range(1)
        fields = [found for number in numbers if (found := _fields(form, columns, str(number))) is not None]
        if len(fields) > int("treat#" in form):
            break
    else:
        raise MabgraphError(f"{table.path}: columns {_few(table.columns)}: no known form; the forms are: {FORMS}")
    if form not in forms or measure == "HR":
        given = "counts" if "event" in form or "event#" in form else "means"
        raise MabgraphError(f"{table.path}: it gives {given}, of which no {measure} is made: ask for another measure, or give TE and seTE")
    arms: dict[str, list[tuple[Line, Arm]]] = {}
    for line in table.lines:
        for arm in _arms(line, fields, study):
            arms.setdefault(arm.study, []).append((line, arm))
    _spelled(table, [(name, arm.treatment) for name, members in arms.items() for _, arm in members])
    used = {study, "measure", *(column for one in fields for column in one.values())}
    return _pooled(table, arms, measure, tuple(filter(None, (_unread(table, used),))))


def _fields(form: _Columns, columns: set[str], number: str) -> _Fields | None:
    """Return which column of the file has which part of an arm, or none where one is missing."""
    found: _Fields = {}
    for name, others in form.items():
        known = [written for one in (name, *others) if (written := one.replace("#", number)) in columns]
        if not known:
            return None
        found[name.rstrip("#")] = known[0]
    return found


def _arms(line: Line, fields: list[_Fields], study: str) -> Iterator[Arm]:
    for place, field in zip(count(1), fields, strict=False):
        if place > 2 and all(line.empty(column) for column in field.values()):
            continue
        arm = Arm(line.text(study), line.text(field["treat"]), total=line.count(field["n"]))
        if arm.total == 0:
            raise line.refused(field["n"], "an arm has one patient or more: leave an arm without patients out")
        if "event" in field:
            events = line.count(field["event"])
            if events > (arm.total or 0):
                raise line.refused(field["event"], f"more patients with the event than the {arm.total} of the arm: see what is printed")
            yield replace(arm, events=events)
        else:
            yield replace(arm, mean=line.number_of(field["mean"]), deviation=line.error_of(field["sd"], "standard deviation"))


def _pooled(table: Table, arms: dict[str, list[tuple[Line, Arm]]], measure: str, notes: tuple[str, ...]) -> Studies:
    contrasts: list[Contrast] = []
    refused = []
    for name, members in arms.items():
        given = [arm for _, arm in members]
        if len(given) > limits.ARMS or len(contrasts) > limits.CONTRASTS:
            why = f"{len(given)} arms, {limits.ARMS} at most: label different studies apart"
            raise _placed(members[0][0], MabgraphError(f"{name}: {why}"))
        if reason := uninformative(given, measure):
            refused.append(f"{name}: {reason}")
            continue
        try:
            contrasts += of_arms(given, measure)
        except MabgraphError as error:
            raise _placed(members[0][0], error) from None
    return Studies(tuple(contrasts), tuple(refused), (*table.notes, *notes))


def _placed(line: Line, error: MabgraphError) -> MabgraphError:
    """Return ``error`` with the line it is of."""
    return MabgraphError(f"{line.path}, line {line.number}: {error}")


def _spelled(table: Table, names: list[tuple[str, str]]) -> None:
    """Refuse names that differ in nothing but capitals, or that look the same."""
    for place in (0, 1):
        seen: dict[str, str] = {}
        for name in dict.fromkeys(one[place] for one in names):
            first = seen.setdefault(likeness(name), name)
            if first != name:
                raise MabgraphError(f"{table.path}: {first!r} and {name!r} {difference(first, name)}: write them in one way")


def _unread(table: Table, used: set[str]) -> str:
    idle = [name for name in table.columns if name and name.lower() not in used]
    return f"columns not read: {_few(idle)}" if idle else ""


def _few(names: Sequence[str]) -> str:
    """Return ``names`` in words; of very many, how many more there are."""
    return ", ".join(names) if len(names) <= _FEW else f"{', '.join(names[:_FEW])} and {len(names) - _FEW} more"
