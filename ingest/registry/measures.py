"""Measures: what the numbers of a table are, by the kind of parameter and the unit; units and spreads by their registered words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from .names import fold

#: Kinds of parameter that say what a value is by themselves.
_KINDS: Final = {
    "MEAN": "mean", "MEDIAN": "median", "LEAST_SQUARES_MEAN": "least-squares-mean", "GEOMETRIC_MEAN": "geometric-mean",
    "GEOMETRIC_LEAST_SQUARES_MEAN": "geometric-least-squares-mean", "LOG_MEAN": "log-mean", "COUNT_OF_PARTICIPANTS": "count",
    "COUNT_OF_UNITS": "count-of-units",
}  # fmt: skip
#: What a number is whose kind nobody states.
NUMBER: Final = "number-as-registered"
_PEOPLE: Final = r"(?:participants?|patients?|subjects?|people|persons?)"
_PERCENT: Final = re.compile(rf"(?i)(?:%|percent(?:age)?)\s*(?:of\s+(?:(?:the|study|treated|all)\s+)*{_PEOPLE})?")
_PROBABILITY: Final = re.compile(r"(?i)(?:percent(?:age)?\s+probability|probability(?:\s+in\s+percent)?)(?:\s+of\s+[\w\s-]*survival)?")
_COUNT: Final = re.compile(rf"(?i)(?:number\s+of\s+)?{_PEOPLE}")
#: Units as the vocabulary has them, by their registered words.
_UNITS: Final = {
    "day": "days", "days": "days", "week": "weeks", "weeks": "weeks", "month": "months", "months": "months", "year": "years",
    "years": "years", "hour": "hours", "hours": "hours", "minute": "minutes", "minutes": "minutes", "cycles": "cycles",
}  # fmt: skip
_TIME: Final = re.compile(
    r"(?i)(?:at\s+)?(\d+(?:\.\d+)?)[\s-]+(days?|weeks?|months?|years?|hours?)|(days?|weeks?|months?|years?)\s+(\d+(?:\.\d+)?)"
)
_LEVEL: Final = re.compile(r"(?i)(?:confidence[_ ](?P<enum>\d+)|(?P<level>\d+(?:\.\d+)?)\s*%\s*confidence interval)")
_ENUM_LEVELS: Final = {"80": "80", "90": "90", "95": "95", "975": "97.5", "99": "99"}


@dataclass(frozen=True, slots=True)
class MeasureKind:
    """What a value is: the concept of its measure, the role of its figure, its unit as a concept, and as registered where it has none."""

    measure: str
    role: str
    unit: str | None
    unit_text: str


@dataclass(frozen=True, slots=True)
class Dispersion:
    """What spread and limits are: the kind of an interval with its level, or that of a single number."""

    interval: str | None = None
    level: str | None = None
    kind: str | None = None
    printed: str = ""


def kind_of(parameter: str | None, unit: str | None, title: str) -> MeasureKind:
    """Return what the values of a table are, of which ``parameter`` is registered as the kind and ``unit`` as the unit.

    >>> kind_of("NUMBER", "Percentage of Participants", "Response").measure, kind_of("NUMBER", "participants", "Response").role
    ('proportion', 'count')
    >>> kind_of("MEDIAN", "Months", "Overall Survival").unit, kind_of("NUMBER", "units on a scale", "Score").measure
    ('months', 'number-as-registered')
    """
    text = " ".join((unit or "").split())
    known = _UNITS.get(text.casefold())
    if parameter in _KINDS:
        measure = _KINDS[parameter]
        return MeasureKind(measure, "count", "patients", "") if measure == "count" else MeasureKind(measure, "value", *_unit(text, known))
    if _PROBABILITY.fullmatch(text) and "percent" in text.casefold() and _is_survival(f"{text} {title}"):
        return MeasureKind("survival-probability", "value", "percent", text)
    if _PERCENT.fullmatch(text):
        return MeasureKind("proportion", "value", "percent", text)
    if _COUNT.fullmatch(text):
        return MeasureKind("count", "count", "patients", "")
    return MeasureKind(NUMBER, "value", *_unit(text, known))


#: Numbers of patients or shares of them; words for who had no event, for who had one, and for who did not respond.
_COUNTED: Final = frozenset({"count", "proportion", "count-of-units"})
_ALIVE: Final = re.compile(
    r"(?i)\b(?:surviv(?:ed|ing|ors?|al (?:rates?|probability))|alive|living|(?:event|progression|relapse|disease)[\s-]free|without)\b"
)
_EVENT: Final = re.compile(r"(?i)\b(?:died|deaths?|dead|dying|events?|progress(?:ed|ion)|relaps\w+|recurr\w+|fail\w+)\b")
_NO_RESPONSE: Final = re.compile(r"(?i)\bnon-?respon\w+|\b(?:not|no|without|fail\w*|lack)\b[^.;]{0,30}\b(?:respon\w+|remission|achiev\w+)")


def is_of_title(kind: MeasureKind, endpoint: str, text: str) -> bool:
    """Whether the values of a table are of the ``endpoint`` that its title is a name of, and ``text`` describes, or may be of its contrary.

    >>> count = kind_of("COUNT_OF_PARTICIPANTS", "Participants", "Overall Survival")
    >>> is_of_title(count, "overall-survival", "Participants who died"), is_of_title(count, "overall-survival", "Participants alive")
    (False, True)
    """
    if re.search(r"(?i)\bevents?\b", kind.unit_text):
        return False
    if kind.measure not in _COUNTED:
        return True
    if endpoint.startswith(("duration-of-", "time-to-")):
        return False
    if "survival" in endpoint:
        return bool(_ALIVE.search(text)) or not _EVENT.search(text)
    return not _NO_RESPONSE.search(text)


def _unit(text: str, known: str | None) -> tuple[str | None, str]:
    if known or not text:
        return known, ""
    return ("percent" if text.casefold() in {"percent", "%", "percentage"} else None), text


def _is_survival(text: str) -> bool:
    """Whether a probability is one of survival: of survivors there may be a probability of relapse."""
    plain = re.sub(r"(?i)\b(?:event|progression|relapse|recurrence|disease|failure|metastas[ei]s)[\s-]+free\b", "", text)
    return bool(re.search(r"(?i)\bsurvival\b", text)) and not re.search(
        r"(?i)\b(?:incidence|relapse|recurrence|mortality|deaths?|fail\w*|progression|non-?)\b", plain
    )


def dispersion_of(text: str | None) -> Dispersion:
    """Return what a registered kind of dispersion is; a spread whose kind nobody states is said to be so.

    >>> dispersion_of("95% Confidence Interval"), dispersion_of("Standard Error").kind, dispersion_of("CONFIDENCE_975").level
    (Dispersion(interval='confidence-interval', level='95', kind=None, printed='95% Confidence Interval'), 'standard-error', '97.5')
    """
    words = fold((text or "").replace("_", " "))
    if match := _LEVEL.fullmatch((text or "").strip()):
        return Dispersion("confidence-interval", match["level"] or _ENUM_LEVELS.get(match["enum"]), printed=text or "")
    if "confidence" in words and not re.search(r"\b(?:not|no|range|credible|standard)\b", words):
        return Dispersion("confidence-interval")
    if words in {"full range", "range", "min max"}:
        return Dispersion("range")
    if words in {"inter quartile range", "interquartile range"}:
        return Dispersion("interquartile-range")
    kinds = {
        "standard deviation": "standard-deviation", "standard error": "standard-error", "standard error of the mean": "standard-error",
        "standard error of mean": "standard-error", "geometric coefficient of variation": "geometric-coefficient-of-variation",
        "geometric coefficient": "geometric-coefficient-of-variation",
    }  # fmt: skip
    return Dispersion(kind=kinds.get(words))


def time_of(text: str | None) -> tuple[str, str] | None:
    """Return the one time that a time frame is, as a number and a unit; none where it says more.

    >>> time_of("18 months"), time_of("Week 16"), time_of("Up to 5 years")
    (('18', 'months'), ('16', 'weeks'), None)
    """
    match = _TIME.fullmatch((text or "").strip().rstrip("."))
    if match is None:
        return None
    number, unit = (match[1], match[2]) if match[1] else (match[4], match[3])
    unit = unit.casefold()
    return number, unit if unit.endswith("s") else f"{unit}s"
