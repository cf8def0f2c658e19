"""Forms of study files: the columns of each form with their accepted names, and their meaning."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

#: The columns of a form with accepted synonyms; ``#`` stands for the number of an arm.
Columns: TypeAlias = Mapping[str, tuple[str, ...]]
#: The name in the file of each column of a form.
Fields: TypeAlias = dict[str, str]

#: Effects in the format of netmeta, meta and metafor; variances in that of metafor.
EFFECTS: Final[Columns] = {"treat1": (), "treat2": (), "te": ("yi",), "sete": ("sei",)}
VARIANCES: Final[Columns] = {"treat1": (), "treat2": (), "te": ("yi",), "vi": ()}
PRINTED: Final[Columns] = {"treat1": (), "treat2": (), "value": (), "lower": (), "upper": (), "level": ()}
_TREAT: Final = ("treatment", "trt", "t")
#: One row per arm, the effect of the baseline arm NA: multinma; gemtc; BUGSnet, with a separate variance of the baseline arm.
BASELINES: Final[tuple[Columns, ...]] = (
    {"treat": _TREAT, "effect": ("y",), "error": ("se",)},
    {"treat": _TREAT, "effect": ("diff",), "error": ("std.err",)},
    {"treat": _TREAT, "effect": ("differences",), "error": ("se.diffs",), "variance": ("var.arm1",)},
)
REVMAN: Final[Columns] = {"analysis name": (), "giv mean": (), "giv se": ()}
COUNTS: Final[Columns] = {"treat": _TREAT, "event": ("events", "r", "responders"), "n": ("total", "samplesize")}
MEANS: Final[Columns] = {"treat": _TREAT, "mean": ("y",), "sd": ("std.dev",), "n": ("total", "samplesize")}
_YEARS: Final = ("exposure", "person-years", "person.years", "person_years", "personyears", "person years", "py", "e")
TIMES: Final[Columns] = {"treat": _TREAT, "event": ("events", "r", "responders"), "time": _YEARS}
_NUMBERED: Final = ("t#", "t.#")
WIDE_COUNTS: Final[Columns] = {"treat#": _NUMBERED, "event#": ("r#", "events#", "r.#"), "n#": ("total#", "n.#")}
WIDE_MEANS: Final[Columns] = {"treat#": _NUMBERED, "mean#": ("y#", "y.#"), "sd#": ("sd.#",), "n#": ("total#", "n.#")}
WIDE_TIMES: Final[Columns] = {"treat#": _NUMBERED, "event#": ("r#", "events#", "r.#"), "time#": ("exposure#", "e#", "py#")}
#: Forms with one row per arm or per study: what they contain, and the measures that can be computed from it.
ARMS: Final[tuple[tuple[Columns, str, frozenset[str]], ...]] = (
    (COUNTS, "counts", frozenset({"OR", "RR", "RD"})),
    (WIDE_COUNTS, "counts", frozenset({"OR", "RR", "RD"})),
    (MEANS, "means", frozenset({"MD"})),
    (WIDE_MEANS, "means", frozenset({"MD"})),
    (TIMES, "events and person-time", frozenset({"IRR"})),
    (WIDE_TIMES, "events and person-time", frozenset({"IRR"})),
)
FORMS: Final = (
    "study, treat1, treat2, TE, seTE (or yi, sei; yi, vi); study, treat1, treat2, value, lower, upper, level; study, treat, event, n; "
    "study, treat, event, time; study, treat, mean, sd, n; study, t1, event1, n1, t2, …; study, t1, event1, time1, t2, …; "
    "study, t1, y1, sd1, n1, t2, …; study, trt, y, se; study, treatment, diff, std.err; "
    "study, treatment, differences, se.diffs, var.arm1; RevMan's data rows"
)
#: Columns of our own files with the full names of studies and treatments whose identifiers are restricted to letters and digits.
NAMES: Final = {"study": "study_name", "treat": "treatment_name"}
_MOST_ARMS: Final = 100
_EVERY: Final = (EFFECTS, VARIANCES, PRINTED, *BASELINES, REVMAN, *(form for form, _, _ in ARMS))
#: The columns that hold numbers, with ``#`` for those of an arm.
_NUMBERS: Final = frozenset(
    re.sub("[0-9]+", "#", one)
    for form in _EVERY
    for name, others in form.items()
    if not name.startswith(("treat", "analysis"))
    for one in (name, *others)
)


def holds_numbers(column: str) -> bool:
    """Whether a column of this name, in small letters, holds numbers in some form.

    >>> holds_numbers("mean"), holds_numbers("n12"), holds_numbers("references"), holds_numbers("treat1")
    (True, True, False, False)
    """
    return re.sub("[0-9]+", "#", column) in _NUMBERS


def describe_missing(columns: frozenset[str]) -> str:
    """Return in words what the form lacks that has most of its columns in ``columns``; nothing where none has two.

    >>> describe_missing(frozenset({"study", "treat1", "treat2", "value", "lower", "upper"}))
    'level'
    """
    best = max(_EVERY, key=lambda form: (sum(_has(columns, form, name) for name in form) / len(form), len(form)))
    missing = [name for name in best if not _has(columns, best, name)]
    return ", ".join(missing).replace("#", "1") if 0 < len(missing) <= len(best) - 2 else ""


def _has(columns: frozenset[str], form: Columns, name: str) -> bool:
    return any(one.replace("#", "1") in columns for one in (name, *form[name]))


def fields(form: Columns, columns: frozenset[str], number: int = 0) -> Fields | None:
    """Return the file's name of each column of ``form`` (for arm ``number`` in forms with ``#``), or None if one is missing.

    >>> fields(EFFECTS, frozenset({"study", "treat1", "treat2", "yi", "sei"}))
    {'treat1': 'treat1', 'treat2': 'treat2', 'te': 'yi', 'sete': 'sei'}
    """
    chosen: Fields = {}
    for name, others in form.items():
        present = [written for one in (name, *others) if (written := one.replace("#", str(number))) in columns]
        if not present:
            return None
        chosen[name.rstrip("#")] = present[0]
    return chosen


def arm_fields(columns: frozenset[str], measure: str) -> tuple[list[Fields], str, bool] | None:
    """Return the fields of every arm of a row, what they contain, and whether ``measure`` can be computed; None if no form fits."""
    for form, gives, measures in sorted(ARMS, key=lambda one: measure not in one[2]):
        wide = any(name.endswith("#") for name in form)
        numbers = range(1, _MOST_ARMS) if wide else range(1)
        each = [arm for number in numbers if (arm := fields(form, columns, number)) is not None]
        if len(each) > int(wide):
            return each, gives, measure in measures
    return None


def with_full_name(arm: Fields, columns: frozenset[str]) -> Fields:
    """Return fields that read the treatment's full name, where the file has it."""
    return arm | {"treat": NAMES["treat"]} if "treat" in arm and NAMES["treat"] in columns else arm


def used_columns(each: Iterable[Fields]) -> set[str]:
    """Return the names of the columns that are read."""
    return {column for arm in each for column in arm.values()}
