"""Reads a study file, in any of the common forms, as contrasts of one measure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from math import log, sqrt
from pathlib import Path
from typing import Final

from mabgraph.ingest.errors import MabgraphError

from . import baselines, forms, limits, revman, studyfile
from .codes import ADVISORY, CODES
from .contrasts import RATIOS, UNCHANGED, Arm, Contrast, from_arms, from_interval, measure_fault, one_bound_remedy, uninformative_reason
from .likeness import describe_difference, likeness, likeness_in_type
from .studyfile import StudyTable
from .studyline import COMPARED, StudyLine, quote_value

#: Forms with an effect and both of its treatments in one row; and all forms of contrasts, in the order in which they are tried.
_PAIRED: Final = (forms.EFFECTS, forms.VARIANCES)
_CONTRASTS: Final = (*_PAIRED, forms.PRINTED, forms.REVMAN, *forms.BASELINES)
#: The largest plausible logarithm of a ratio.
_LARGEST: Final = 20.0
#: Other names of the measures, as programs and people write them.
_CALLED: Final = {
    "HAZARD RATIO": "HR", "ODDS RATIO": "OR", "RISK RATIO": "RR", "RELATIVE RISK": "RR", "RATE RATIO": "IRR", "INCIDENCE RATE RATIO": "IRR",
    "RISK DIFFERENCE": "RD", "MEAN DIFFERENCE": "MD",
}  # fmt: skip
_CODE: Final = re.compile("|".join(CODES))
_LISTED: Final = re.compile(f"(?:{_CODE.pattern})(?:-(?:{_CODE.pattern}))*")
#: The columns that a message names.
_FEW: Final = 40


@dataclass(frozen=True)
class Studies:
    """The contrasts of a file; the studies that are uninformative on the measure, with reasons; and notes on how the file was read.

    ``against`` are reasons against pooling in the file that nobody has acknowledged.
    """

    contrasts: tuple[Contrast, ...]
    refused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    against: tuple[str, ...] = ()


def read(path: Path, measure: str) -> Studies:
    """Read the CSV file ``path`` as contrasts of ``measure`` (HR, OR, RR, IRR, RD or MD).

    Effects (``TE``) are treat1 versus treat2, natural logarithms for ratios, as analysis programs write them;
    a printed ratio with its interval is in ``value``, ``lower``, ``upper``, ``level``. A column ``measure`` must agree with
    the requested measure.

    :raises MabgraphError: when the form of the file is unknown, or a value is invalid: with file, line, column and value.
    """
    if fault := measure_fault(measure):
        raise MabgraphError(fault)
    table = studyfile.read(path)
    columns = frozenset(name.lower() for name in table.columns)
    study = _study_column(table, columns)
    _check_measure(table, measure)
    known = _read_contrasts(table, columns, study, measure) or _read_arms(table, columns, study, measure)
    return replace(known, notes=(*table.notes, *known.notes), against=_reasons_against(table, study))


def _read_contrasts(table: StudyTable, columns: frozenset[str], study: str, measure: str) -> Studies | None:
    """Return the studies of a file of contrasts, or None if it is none."""
    known = [(form, chosen) for form in _CONTRASTS if (chosen := forms.fields(form, columns)) is not None]
    if not known:
        return None
    form, fields = known[0]
    fields = forms.with_full_name(fields, columns)
    if form is forms.REVMAN:
        contrasts = revman.contrasts(table.lines, study, measure)
    elif form in forms.BASELINES:
        contrasts = tuple(baselines.contrasts(table.lines, study, fields, measure))
    elif form is forms.PRINTED:
        contrasts = tuple(_printed_contrast(line, study, measure) for line in table.lines)
    else:
        halves = _halves(table, fields)
        contrasts = tuple(_effect_contrast(line, study, fields, measure, halves) for line in table.lines)
    _check_logarithms(table, contrasts, measure)
    _check_spelling(table, [(row.study, name) for row in contrasts for name in (row.treatment, row.comparator)])
    effect = fields.get("te") or fields.get("effect") or fields.get("giv mean")
    column = "TE" if effect == "te" else next((name for name in table.columns if name.lower() == effect), "")
    versus = "treat1 versus treat2" if form in _PAIRED else "each arm versus the first of its study" if "effect" in fields else ""
    scale = f"{'ln ' if measure in RATIOS else ''}{measure}"
    how = f"{column} is read as {scale}{f' of {versus}' if versus else ''}" if column else ""
    return Studies(contrasts, (), tuple(filter(None, (how, _unread_columns(table, {study, "measure", *fields.values()})))))


def _check_logarithms(table: StudyTable, contrasts: tuple[Contrast, ...], measure: str) -> None:
    """Refuse an effect that is on another scale: a ratio where its logarithm is wanted, percent where a share is."""
    for row in contrasts:
        if measure == "RD" and abs(row.effect) > 1:
            raise MabgraphError(
                f"{table.path}: study {row.study}: {row.effect:g} is no difference of risks, which are shares from 0 to 1: percentage "
                "points are divided by 100, interval or error as well"
            )
        if measure in RATIOS and abs(row.effect) > _LARGEST:
            raise MabgraphError(
                f"{table.path}: study {row.study}: {row.effect:g} is no logarithm of a ratio: effects are ln {measure}; give the {measure} "
                "itself as value, lower, upper, level"
            )


def _reasons_against(table: StudyTable, study: str) -> tuple[str, ...]:
    """Return the reasons against pooling in the file, with their studies, except acknowledged and advisory ones."""
    codes: dict[str, dict[str, None]] = {}
    for line in table.lines:
        acknowledged = _split_codes(line, "acknowledged")
        done = {code for code in acknowledged if code in CODES} | ADVISORY
        for other in (each for each in acknowledged if each not in CODES):
            codes.setdefault(f"{quote_value(other)} in the column acknowledged is the code of no reason", {})[line.cells.get(study, "")] = (
                None
            )
        for code in _split_codes(line, "reasons"):
            if code not in done:
                codes.setdefault(code, {})[line.cells.get(study, "")] = None
    meant = {code: f"{code} ({CODES[code][0]})" if code in CODES else code for code in codes}
    return tuple(f"{meant[code]}: {_abbreviate(list(labels))}" for code, labels in codes.items())


def _split_codes(line: StudyLine, column: str) -> list[str]:
    """Return the codes that a cell lists, however they are set apart and written; what is no code as it stands.

    RevMan's rows have no column for them: there they are in the footnotes, ``reasons: …; audit: …``.
    """
    noted = re.search(rf"(?:\A|; ){column}: (.*?)(?=; [a-z]+: |\Z)", line.cells.get("footnotes", ""), re.DOTALL)
    written = ("" if line.is_empty(column) else line.cells[column]) or (noted[1] if noted else "")
    codes: list[str] = []
    for part in re.split(r"[;,|\n]", written):
        plain = re.sub(r"[\W_]+", "-", re.sub(r"\([^()]*\)", " ", part.lower())).strip("-")
        codes += _CODE.findall(plain) if _LISTED.fullmatch(plain) else [part.strip()] if part.strip() else []
    return codes


def normalise_name(written: str) -> str:
    r"""Return a name as it is read from a study file: in Unicode's composed form (NFC), words separated by single spaces.

    >>> normalise_name("Interfe\u0301ron  alfa") == "Interf\xe9ron alfa"
    True
    """
    return " ".join(unicodedata.normalize("NFC", written).split())


def _study_column(table: StudyTable, columns: frozenset[str]) -> str:
    present = [name for name in studyfile.STUDY if name in columns]
    if len(present) > 1:
        raise MabgraphError(f"{table.path}: the columns 'study' and 'studlab' both name the study: keep one")
    return forms.NAMES["study"] if forms.NAMES["study"] in columns else present[0]


def _check_measure(table: StudyTable, measure: str) -> None:
    for line in table.lines:
        if "measure" in line.cells and _measure_of(line.text("measure")) != measure:
            raise line.refusal("measure", f"{measure} is asked for, and one measure is never converted into another: pool each by itself")


def _measure_of(written: str) -> str:
    """Return the measure that is written, by its letters, its name or its IRI here.

    >>> _measure_of("hr"), _measure_of("hazard-ratio"), _measure_of("lnRR")
    ('HR', 'HR', 'LNRR')
    """
    name = " ".join(re.split(r"[\s_-]+", written.rpartition("/")[2].upper()))
    return _CALLED.get(name, name)


def _halves(table: StudyTable, fields: forms.Fields) -> tuple[float, float]:
    """Return how far an effect and its error may be off by rounding: by the most decimals in each of their columns."""
    columns = fields["te"], fields.get("sete") or fields["vi"]
    decimals = [[line.decimals(column) for column in columns] for line in table.lines]
    effect, error = (0.5 * 10.0 ** -max(each) for each in zip(*decimals, strict=True))
    return effect, error


def _effect_contrast(line: StudyLine, study: str, fields: forms.Fields, measure: str, halves: tuple[float, float]) -> Contrast:
    column = fields.get("sete") or fields["vi"]
    half, spread = halves
    error = line.error_of(column, "standard error" if "sete" in fields else "variance")
    errors = max(error - spread, 0.0), error + spread
    if "sete" not in fields:
        error, errors = sqrt(error), (sqrt(errors[0]), sqrt(errors[1]))
    effect = line.number_of(fields["te"])
    if measure in RATIOS and abs(effect) > _LARGEST:
        why = f"no logarithm of a ratio: TE is ln {measure}; give the {measure} itself as value, lower, upper, level"
        raise line.refusal(fields["te"], why)
    names = line.text(study), line.text("treat1"), line.text("treat2")
    return Contrast(*names, measure, effect, error, audit=UNCHANGED, rounding=half, errors=errors)


def _printed_contrast(line: StudyLine, study: str, measure: str) -> Contrast:
    names = line.text(study), line.text("treat1"), line.text("treat2")
    _check_open_bound(line, measure)
    value, lower, upper = (line.decimal(name) for name in ("value", "lower", "upper"))
    level = line.percent("level")
    try:
        return from_interval(*names, measure, value, lower, upper, level)
    except MabgraphError as error:
        raise _locate(line, error) from None


def _check_open_bound(line: StudyLine, measure: str) -> None:
    """Refuse a bound that is printed as a word, such as NE or infinity, or as beyond a number, and say what the other gives."""
    for column, other in (("lower", "upper"), ("upper", "lower")):
        if not _is_open(line.cells[column]) or _is_open(line.cells["value"]) or _is_open(line.cells[other]):
            continue
        value, bound = line.decimal("value"), line.decimal(other)
        if measure not in RATIOS or min(value, bound) > 0:
            effect, end = (log(number) if measure in RATIOS else float(number) for number in (value, bound))
            scale = f"ln {measure}" if measure in RATIOS else measure
            remedy = one_bound_remedy(scale, effect, end - effect, other)
            raise line.refusal(column, f"a bound that is not printed as a number gives no standard error: {remedy}")


def _is_open(written: str) -> bool:
    """Whether what is printed in place of a number has no digit, or says that the number lies beyond one.

    >>> _is_open("NA (not reached)"), _is_open("n.e."), _is_open(">99"), _is_open("0.00")
    (True, True, True, False)
    """
    return not any(sign.isdigit() for sign in written) or COMPARED.search(written) is not None


def _read_arms(table: StudyTable, columns: frozenset[str], study: str, measure: str) -> Studies:
    form = forms.arm_fields(columns, measure)
    if form is None:
        lacking = f"; of the nearest, {missing} is missing" if (missing := forms.describe_missing(columns)) else ""
        raise MabgraphError(f"{table.path}: columns {_abbreviate(table.columns)}: no known form; the forms are: {forms.FORMS}{lacking}")
    each, gives, fits = form
    if not fits:
        raise MabgraphError(
            f"{table.path}: it gives {gives}, from which no {measure} can be computed: ask for another, or give TE and seTE"
        )
    each = [forms.with_full_name(one, columns) for one in each]
    arms: dict[str, list[tuple[StudyLine, Arm]]] = {}
    for line in table.lines:
        for arm in _arms(line, each, study):
            arms.setdefault(arm.study, []).append((line, arm))
    _check_spelling(table, [(name, arm.treatment) for name, members in arms.items() for _, arm in members])
    return _contrasts_of_arms(arms, measure, tuple(filter(None, (_unread_columns(table, {study, "measure", *forms.used_columns(each)}),))))


def _arms(line: StudyLine, fields: list[forms.Fields], study: str) -> Iterator[Arm]:
    for place, field in zip(count(1), fields, strict=False):
        if place > 2 and all(line.is_empty(column) for column in field.values()):
            continue
        arm = Arm(line.text(study), line.text(field["treat"]))
        if "time" in field:
            yield replace(arm, events=line.count(field["event"]), time=line.error_of(field["time"], "time of all patients together"))
            continue
        arm = replace(arm, total=line.count(field["n"]))
        if arm.total == 0:
            raise line.refusal(field["n"], "an arm has one patient or more: leave an arm without patients out")
        if "event" in field:
            events = line.count(field["event"])
            if events > (arm.total or 0):
                raise line.refusal(field["event"], f"more patients with the event than the {arm.total} of the arm: see what is printed")
            yield replace(arm, events=events)
        else:
            yield replace(arm, mean=line.number_of(field["mean"]), deviation=line.error_of(field["sd"], "standard deviation"))


def _contrasts_of_arms(arms: dict[str, list[tuple[StudyLine, Arm]]], measure: str, notes: tuple[str, ...]) -> Studies:
    contrasts: list[Contrast] = []
    refused = []
    for name, members in arms.items():
        study_arms = [arm for _, arm in members]
        if fault := limits.arms_fault(len(study_arms)):
            raise _locate(members[0][0], MabgraphError(f"{name}: {fault}"))
        if len(contrasts) > limits.CONTRASTS:
            why = f"more than {limits.CONTRASTS:,} contrasts before {name}: are the columns the right ones?"
            raise _locate(members[0][0], MabgraphError(why))
        if reason := uninformative_reason(study_arms, measure):
            refused.append(f"{name}: {reason}")
            continue
        try:
            contrasts += from_arms(study_arms, measure)
        except MabgraphError as error:
            raise _locate(members[0][0], error) from None
    return Studies(tuple(contrasts), tuple(refused), notes)


def _locate(line: StudyLine, error: MabgraphError) -> MabgraphError:
    """Return ``error`` with file and line."""
    return MabgraphError(f"{line.path}, line {line.number}: {error}")


def _check_spelling(table: StudyTable, names: list[tuple[str, str]]) -> None:
    """Refuse names that differ in nothing but capitals or spaces, or that look the same."""
    for place in (0, 1):
        seen: dict[str, str] = {}
        for name in dict.fromkeys(one[place] for one in names):
            for key in (likeness(name), f"{likeness_in_type(name)} in type"):
                if (first := seen.setdefault(key, name)) == name:
                    continue
                raise MabgraphError(f"{table.path}: {first!r} and {name!r} {describe_difference(first, name)}: write them in one way")


def _unread_columns(table: StudyTable, used: set[str]) -> str:
    idle = [name for name in table.columns if name and name.lower() not in used]
    return f"columns not read: {_abbreviate(idle)}" if idle else ""


def _abbreviate(names: Sequence[str]) -> str:
    """Return ``names`` as a list in words, shortened if it is long."""
    return ", ".join(names) if len(names) <= _FEW else f"{', '.join(names[:_FEW])} and {len(names) - _FEW} more"
