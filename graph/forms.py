"""Forms: which columns a study file may have, by what names, and which of them say what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final, TypeAlias

#: The columns of a form, and the other names that each may have; ``#`` stands for the number of an arm.
Columns: TypeAlias = Mapping[str, tuple[str, ...]]
#: Which column of a file says what.
Fields: TypeAlias = dict[str, str]

#: Effects as netmeta, meta and metafor take them; variances as metafor does.
EFFECTS: Final[Columns] = {"treat1": (), "treat2": (), "te": ("yi",), "sete": ("sei",)}
VARIANCES: Final[Columns] = {"treat1": (), "treat2": (), "te": ("yi",), "vi": ()}
PRINTED: Final[Columns] = {"treat1": (), "treat2": (), "value": (), "lower": (), "upper": (), "level": ()}
_TREAT: Final = ("treatment", "trt", "t")
#: A line for each arm, the effect of the first NA: multinma; gemtc; BUGSnet, which has the variance of the first arm apart.
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
#: Forms with a line for each arm or each study: what they give, and the measures that are made of it.
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
#: Columns of our own files that say the whole names of what a tool takes as a word of letters, digits and underscores.
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


def lacking(columns: frozenset[str]) -> str:
    """Return in words what the form lacks that has most of its columns in ``columns``; nothing where none has two.

    >>> lacking(frozenset({"study", "treat1", "treat2", "value", "lower", "upper"}))
    'level'
    """
    best = max(_EVERY, key=lambda form: (sum(_has(columns, form, name) for name in form) / len(form), len(form)))
    missing = [name for name in best if not _has(columns, best, name)]
    return ", ".join(missing).replace("#", "1") if 0 < len(missing) <= len(best) - 2 else ""


def _has(columns: frozenset[str], form: Columns, name: str) -> bool:
    return any(one.replace("#", "1") in columns for one in (name, *form[name]))


def fields(form: Columns, columns: frozenset[str], number: int = 0) -> Fields | None:
    """Return which of ``columns`` says what in ``form`` (of the arm ``number``, in forms with ``#``), or none where one is missing.

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


def of_arms(columns: frozenset[str], measure: str) -> tuple[list[Fields], str, bool] | None:
    """Return the fields of every arm of a line, what they give, and whether ``measure`` is made of that; none in no form of arms."""
    for form, gives, measures in chain((one for one in ARMS if measure in one[2]), (one for one in ARMS if measure not in one[2])):
        wide = any(name.endswith("#") for name in form)
        numbers = range(1, _MOST_ARMS) if wide else range(1)
        each = [arm for number in numbers if (arm := fields(form, columns, number)) is not None]
        if len(each) > int(wide):
            return each, gives, measure in measures
    return None


def named(arm: Fields, columns: frozenset[str]) -> Fields:
    """Return fields whose treatment has its whole name, where the file has one."""
    return arm | {"treat": NAMES["treat"]} if "treat" in arm and NAMES["treat"] in columns else arm


def used(each: Iterator[Fields]) -> set[str]:
    """Return the columns that are read."""
    return {column for arm in each for column in arm.values()}
