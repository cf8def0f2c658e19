"""Facts: the numbers and dates that describe a study in its registration: enrolment, limits of age, and dates, actual or expected."""

from __future__ import annotations

import re
from typing import Final

from .. import numerals
from ..figures import Node
from . import pointers
from .reading import DATE
from .structs import DateStruct, Eligibility, RegistryProtocol, Status
from .writer import RegistryWriter

#: The dates of the course of a study: as it was, and as it was expected; and when one without a type was.
_DATES: Final = (
    ("start", "startDateStruct", "enrolment-start", "planned-start"),
    ("primary-completion", "primaryCompletionDateStruct", "primary-completion", "planned-primary-completion"),
    ("completion", "completionDateStruct", "study-completion", "planned-completion"),
)
#: The dates of the record; an estimated one is when it was posted, too, as far as the registry knows.
_POSTED: Final = (
    ("registration-posted", "studyFirstPostDateStruct"), ("results-posted", "resultsFirstPostDateStruct"),
)  # fmt: skip
#: Where a study that has begun, or ended, stands: a date without a type is then one that was.
_ENDED: Final = frozenset({"COMPLETED", "TERMINATED"})
_BEGUN: Final = _ENDED | {"RECRUITING", "ENROLLING_BY_INVITATION", "ACTIVE_NOT_RECRUITING", "SUSPENDED"}
_AGE: Final = re.compile(r"(?i)(\d+(?:\.\d+)?)\s*(year|month|week|day|hour|minute)s?")
_NO_LIMIT: Final = re.compile(r"(?i)\s*n/?a\b.*|\s*none\s*|\s*no limit\s*")


def write(writer: RegistryWriter, protocol: RegistryProtocol) -> None:
    """Write the facts of a study."""
    _write_enrolment(writer, protocol)
    status, eligibility = protocol.status_module or Status(), protocol.eligibility_module or Eligibility()
    for kind, key, text in (
        ("minimum-age", "minimumAge", eligibility.minimum_age), ("maximum-age", "maximumAge", eligibility.maximum_age),
    ):  # fmt: skip
        _write_age(writer, kind, pointers.join("protocolSection", "eligibilityModule", key), text)
    dates = (status.start_date_struct, status.primary_completion_date_struct, status.completion_date_struct)
    for (name, key, actual, planned), stated in zip(_DATES, dates, strict=True):
        if stated and stated.date:
            at = pointers.join("protocolSection", "statusModule", key, "date")
            is_past = (status.overall_status or "") in (_BEGUN if name == "start" else _ENDED)
            if stated.type is None and not is_past:
                writer.flag("date without a type", at, f"{stated.date[:60]!r} may be a plan or what was: it is not stated")
            else:
                _write_date(writer, planned if stated.type == "ESTIMATED" else actual, at, stated)
    posted = (status.study_first_post_date_struct, status.results_first_post_date_struct)
    for (kind, key), stated in zip(_POSTED, posted, strict=True):
        if stated and stated.date:
            _write_date(writer, kind, pointers.join("protocolSection", "statusModule", key, "date"), stated)


def _write_enrolment(writer: RegistryWriter, protocol: RegistryProtocol) -> None:
    design = protocol.design_module
    enrolment = design.enrollment_info if design else None
    at = pointers.join("protocolSection", "designModule", "enrollmentInfo", "count")
    if enrolment and enrolment.count is not None and enrolment.count < 0:
        writer.flag("impossible number", at, f"{enrolment.count} is no number of participants: it is not stated")
    elif enrolment and enrolment.count is not None:
        cell = writer.figure("quantity", at, enrolment.count, "patients")
        kind = "planned-enrolment" if enrolment.type == "ESTIMATED" else "patients-enrolled"
        writer.add("fact", f"study.{kind}", _quantity(writer, kind) | {"value": cell.number, "unit": "patients", "figure": [cell.name]})


def _write_age(writer: RegistryWriter, kind: str, at: str, text: str | None) -> None:
    if text is None or not text.strip() or _NO_LIMIT.fullmatch(text):
        return
    match = _AGE.fullmatch(text.strip())
    if match is None:
        writer.flag("unreadable number", at, f"{text[:60]!r} is no age: it is not stated")
        return
    unit = f"{match[2].lower()}s"
    cell = writer.keep("quantity", at, text, numerals.read(match[1]), unit=unit)
    writer.add("fact", f"study.{kind}", _quantity(writer, kind) | {"value": cell.number, "unit": unit, "figure": [cell.name]})


def _write_date(writer: RegistryWriter, kind: str, at: str, stated: DateStruct) -> None:
    date = str(stated.date).strip()
    if not DATE.fullmatch(date):
        writer.flag("unreadable date", at, f"{date[:60]!r} is no date as in 2020-05-07: it is not stated")
        return
    name = f"figure/{writer.document}{at.replace('/', '.')}"
    printed = {"printed": str(stated.date), "date": date, "anchoredAt": writer.anchor(at)}
    writer.append({"id": name, "type": "Figure", "role": "date"} | printed)
    node = _quantity(writer, kind) | {"date": date, "dateType": stated.type, "figure": [name]}
    writer.add("fact", f"study.{kind}", node)


def _quantity(writer: RegistryWriter, kind: str) -> Node:
    return {"type": "Quantity", "describes": writer.study, "quantityKind": kind, "document": f"document/{writer.document}"}
