"""Windows of a sentence: the words that belong to one reading, before it and behind it, and whether they leave a doubt."""

from __future__ import annotations

import re
from typing import Final

from .reading import ReadSentence
from .readings import Placed, TextReading

#: Where the words of one of two values that are compared end.
PARTING: Final = re.compile(r"\b(?:vs\.?|versus|compared|whereas|while|and|than|but)(?!\w)|(?<!\bvs)[;.]\s")
#: Words that may stand between the name of an end point and its value without making it another one.
_PLAIN: Final = frozenset(
    "a an the of in at for was were is are be been had has with by to on as rate rates median mean estimated kaplan meier estimate "
    "estimates occurred reported observed seen noted achieved attained reached patients patient pts participants subjects who "
    "received receiving group arm cohort arms groups month months year years mo yr week weeks day days range iqr ci confidence "
    "interval hazard ratio hr odds or risk relative rr value score percentage proportion number no n sd time point points overall "
    "all treated assigned".split()
)
_COMPARED: Final = re.compile(r"[\s%)\],;(\[]*(?:[a-z]{1,8}\s*)?(?:vs\.?|versus|and|or|,)[\s(\[]*")
_WORD: Final = re.compile(r"[^\W\d_]+")
#: Words that make an event a narrower one, and sentences about other studies.
QUALIFYING: Final = re.compile(
    r"(?i)\b(?:grade|grades|gr|serious|severe|fatal|related|first|second|subsequent|infusions?|onset|early|late|any|leading|due|within|after|"
    r"follow-up|change|discontinu\w*|without|no|worsen\w*|better|higher|worse|lower|more|interrupt\w*|because|caus\w*)\b|[≥≤<>]"
)
CITING: Final = re.compile(
    r"(?i)\b(?:previous|previously|earlier|pivotal|prior (?:trial|stud)|historical|et al|other (?:trial|stud)|"
    r"phase (?:1|2|I|II) (?:trial|stud)|literature|reported (?:in|by) (?:a|an|another|the (?:trial|stud)))"
)


def body_of(reading: TextReading) -> list[Placed]:
    """Return the figures of a reading without those that may stand apart: time point, level, and N of a heading."""
    return [figure for figure in reading.figures if figure.role not in {"time", "level", "total"}] or list(reading.figures)


def start_of(reading: TextReading) -> int:
    """Return the first character of the figures of a reading."""
    return min(figure.start for figure in body_of(reading))


def end_of(reading: TextReading) -> int:
    """Return the place behind the last character of the figures of a reading."""
    return max(figure.end for figure in body_of(reading))


def window_of(sentence: ReadSentence, reading: TextReading) -> tuple[int, int, int, int]:
    """Return where the words before a reading begin, where it begins and ends, and where the words behind it end."""
    readings = sorted(sentence.readings, key=start_of)
    place = readings.index(reading)
    before = end_of(readings[place - 1]) if place else sentence.sentence.start
    after = start_of(readings[place + 1]) if place + 1 < len(readings) else sentence.sentence.end
    start, end = start_of(reading), end_of(reading)
    return min(before, start), start, end, max(after, end)


def part_before(text: str, first: int, start: int) -> int:
    """Return where the words before a value begin that are not of a value it is compared with."""
    last = first
    for match in PARTING.finditer(text, first, start):
        last = match.end()
    return last


def part_behind(text: str, end: int, last: int) -> int:
    """Return where the words behind a value end that are not of a value it is compared with."""
    match = PARTING.search(text, end, last)
    return match.start() if match else last


def is_plain(text: str, start: int, end: int, names: frozenset[str] = frozenset()) -> bool:
    """Whether nothing but plain words, signs and ``names`` stands in ``text`` from ``start`` to ``end``, which is short."""
    words = [match[0].lower() for match in _WORD.finditer(text, start, end)]
    return len(words) <= 14 and all(word in _PLAIN or word in names for word in words)


def is_compared(text: str, sentence: ReadSentence, reading: TextReading) -> bool:
    """Whether a value and one beside it are compared with nothing but "vs" between them, so that no words say whose each is."""
    readings = sorted(sentence.readings, key=start_of)
    place = readings.index(reading)
    pairs = [pair for pair in ((place - 1, place), (place, place + 1)) if pair[0] >= 0 and pair[1] < len(readings)]
    between = [text[end_of(readings[one]) : start_of(readings[other])] for one, other in pairs]
    return any(_COMPARED.fullmatch(each) for each in between)


def ordered_run(text: str, sentence: ReadSentence, reading: TextReading, behind: int = 40) -> list[TextReading]:
    """Return the readings of one measure that "respectively" behind the last of them orders, where ``reading`` is one of them."""
    readings = sorted(sentence.readings, key=start_of)
    for place, last in enumerate(readings):
        if "respectively" not in text[end_of(last) : min(end_of(last) + behind, sentence.sentence.end)]:
            continue
        run = [last]
        for each in reversed(readings[:place]):
            if each.measure != last.measure:
                break
            run.insert(0, each)
        if reading in run and len(run) > 1:
            return run
    return []
