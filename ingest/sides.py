"""What the sides of a discrepancy print and where, in words: ``table 1 prints 3 % (characters 15473–15474), the text 4 % (…)``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, groupby, pairwise
from typing import Final

from . import numerals
from .figures import Node
from .record import Record

#: Characters between figures that are named by one stretch of the document.
TOGETHER: Final = 200
#: Figures that a label names; the text of a discrepancy names all.
LABELLED: Final = 6
#: Units as they are printed; others are written in words.
_UNITS: Final = {
    "percent": "%", "milligrams": "mg", "milligrams-per-kilogram": "mg/kg", "millilitres": "ml", "millilitres-per-hour": "ml/h",
    "grams-per-decilitre": "g/dl", "grams-per-litre": "g/l", "micrograms-per-day": "µg/day", "patients": "",
    "billions-of-cells-per-litre": "× 10^9/l", "cells-per-microlitre": "per microlitre",
}  # fmt: skip
_NUMBER_WORDS: Final = {word: str(number) for word, number in numerals.WORD_NUMBERS.items() if 1 <= number <= 5}
_NUMBER_WORD: Final = re.compile(rf"\b({'|'.join(_NUMBER_WORDS)})\b")
#: Where the first clause of a text ends; "P. Shah" goes on.
_CLAUSE: Final = re.compile(r"[;:] |(?<=[a-z0-9])\. |\.$")
_SENTENCE: Final = re.compile(r"(?<=[a-z0-9])\. |\.$")
#: Roles that say of which time, level or spread a number is; they are left out where a whole part disagrees.
_MINOR: Final = frozenset({"time", "level", "dispersion"})


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the document that is not running text, such as a table or the abstract: its name and its characters."""

    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Disagreeing:
    """A part of a record that disagrees: by some of its ``figures``, or, without any, as a whole."""

    part: Node
    figures: tuple[Node, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the figures, or that of the whole part."""
        return tuple(str(figure["id"]) for figure in self.figures) or (str(self.part["id"]),)


@dataclass(frozen=True, slots=True)
class _Printed:
    """What one side prints: the name of its section, the numbers in words, what they are of, and their places."""

    where: str
    also: str
    form: str
    of: tuple[str, ...]
    places: tuple[tuple[int, int], ...]


class SideWriter:
    """Writes what sides print; ``nodes`` are those of the record, from which groups have their labels."""

    def __init__(self, record: Record, nodes: Mapping[str, Node]) -> None:
        self._sections, self._nodes, self._document = sections(record), nodes, record.document.id

    def label(self, subject: str, sides: Sequence[Disagreeing], words: str) -> str:
        """Return the name of a discrepancy: its subject, what each side prints, and the first of ``words`` where words disagree."""
        printed = self._read(sides)
        numbers = self._sentence(printed[:LABELLED], has_places=False)
        more = f" and {len(printed) - LABELLED} more" if len(printed) > LABELLED else ""
        clause = "" if len(printed) > 1 and not any(_is_of_words(side) for side in sides) else _CLAUSE.split(words, maxsplit=1)[0]
        first = clause if numbers else _SENTENCE.split(words, maxsplit=1)[0]
        return f"{subject}: {'; '.join(filter(None, (numbers + more, first)))}"

    def text(self, subject: str, sides: Sequence[Disagreeing], words: str) -> str:
        """Return the subject, what each side prints and where, ``words`` about it, and where the words of the document stand."""
        numbers = self._sentence(self._read(sides), has_places=True)
        quoted = self._words(sides)
        about = f"{numbers}. {words[:1].upper()}{words[1:]}" if numbers else words
        return f"{subject}: {about}{quoted and f' Words: {quoted}.'} Document: {self._document}."

    def sentence(self, sides: Sequence[Disagreeing], *, has_places: bool) -> str:
        """Return what sides print, section after section, with the places where it stands or without."""
        return self._sentence(self._read(sides), has_places=has_places)

    def where(self, start: int) -> str:
        """Return the name of the section at ``start``; running text is "the text"."""
        label = next((section.label for section in self._sections if section.start <= start < section.end), "text")
        return label if label.startswith("table") else f"the {label}"

    def section_of(self, figure: Node) -> str:
        """Return the name of the section in which a figure is printed."""
        return self.where(_place(figure)[0])

    def _read(self, sides: Sequence[Disagreeing]) -> list[_Printed]:
        by_part: dict[tuple[str, int], list[Node]] = {}
        parts = {str(side.part["id"]): side.part for side in sides}
        for side in sides:
            if not _is_of_words(side):
                own = side.figures or [
                    each for each in side.part.get("figure", ()) if each["role"] not in _MINOR and "restates" not in each
                ]
                for figure in own:
                    _add_beside(by_part, str(side.part["id"]), figure)
        return [self._of_part(parts[name], figures) for (name, _), figures in by_part.items()]

    def _of_part(self, part: Node, figures: Sequence[Node]) -> _Printed:
        first = [figure for figure in figures if "restates" not in figure] or figures
        group = self._nodes.get(str(part.get("group") or part.get("comparison") or part.get("describes")), {})
        thing = words_of(str(part.get("variable") or part.get("quantityKind") or "")) or str(part.get("label", ""))
        analysis = self._nodes.get(str(part.get("analysis")), {})
        where = self.where(_place(first[0])[0])
        also = [place for place in dict.fromkeys(self.where(_place(figure)[0]) for figure in figures) if place != where]
        numbers = form({str(figure["role"]): figure for figure in reversed(first)})
        of = (thing, str(group.get("label", "")), str(analysis.get("label", "")))
        return _Printed(where, " and ".join(also), numbers, of, tuple(sorted(map(_place, figures))))

    def _sentence(self, printed: Sequence[_Printed], *, has_places: bool) -> str:
        differing = _differing_facets([each.of for each in printed])
        by_section: dict[str, list[_Printed]] = {}
        for each in printed:
            by_section.setdefault(each.where, []).append(each)
        is_long = any(len(several) > 1 for several in by_section.values())
        clauses: list[str] = []
        for where, several in by_section.items():
            forms = dict.fromkeys(f"{each.form}{_qualify(each, differing)}" for each in several)
            places = tuple(sorted({place for each in several for place in each.places}))
            verb = "" if clauses and not is_long else " prints"
            clauses.append(f"{where}{verb} {', '.join(forms)}{f' (characters {stretches(places)})' if has_places else ''}")
        return ("; " if is_long else ", ").join(clauses)

    def _words(self, sides: Sequence[Disagreeing]) -> str:
        places = sorted({_place(target) for side in sides if _is_of_words(side) for target in _targets(side.part)})
        clauses = []
        for where, members in groupby(places, key=lambda place: self.where(place[0])):
            clauses.append(f"{where}, characters {stretches(tuple(members))}")
        return "; ".join(clauses)


def sections(record: Record) -> list[Section]:
    """Return the sections of the record's document; each ends with the last character of the quote that it ends with."""
    ends = ((each, len(each.end.read_marks().text)) for each in record.sections)
    return [Section(each.label, each.start.at or 0, (each.end.at or 0) + length) for each, length in ends]


def words_of(slug: str) -> str:
    """Return a local name as words; grades are digits.

    >>> words_of("neutropenia-grade-three-or-higher")
    'neutropenia grade 3 or higher'
    """
    words = slug.replace("-", " ")
    return _NUMBER_WORD.sub(lambda match: _NUMBER_WORDS[match[0]], words) if "grade" in words else words


def form(roles: Mapping[str, Node]) -> str:
    """Return the figures of one part, by role, in the form in which results are printed: ``39 of 143 (27.3 %)``."""
    value, percent = (_with_unit(roles[role]) if role in roles else "" for role in ("value", "percent"))
    if {"lower", "upper"} <= roles.keys():
        bounds = f"{_numeral(roles['lower'])} to {_with_unit(roles['upper'])}"
        percent = percent and f"{percent}; {bounds}"
        value = f"{value} ({bounds})" if value else "" if percent else bounds
    count = " of ".join(_numeral(roles[role]) for role in ("count", "total") if role in roles)
    count = f"a total of {count}" if "total" in roles and "count" not in roles else count
    proportion = f"{count} ({percent})" if count and percent else count or percent
    rest = [f"P {_numeral(roles['p_value'])}"] if "p_value" in roles else []
    rest += [f"level {_with_unit(roles['level'])}"] if roles.keys() == {"level"} else []
    rest += [_with_unit(roles[role]) for role in ("dose", "quantity", "time", "date", "dispersion") if role in roles]
    single = [] if {"lower", "upper"} <= roles.keys() else [_with_unit(roles[role]) for role in ("lower", "upper") if role in roles]
    return ", ".join(filter(None, (value, *single, proportion, *rest)))


def stretches(places: Sequence[tuple[int, int]]) -> str:
    """Return places as stretches of the document, with those close to each other as one.

    >>> stretches([(10, 12), (15, 19), (900, 903)])
    '10–19, 900–903'
    """
    breaks = [number for number, (one, other) in enumerate(pairwise(places), 1) if other[0] - one[1] > TOGETHER]
    runs = [places[start:end] for start, end in pairwise([0, *breaks, len(places)])]
    return ", ".join(f"{run[0][0]}–{max(end for _, end in run)}" for run in runs if run)


def is_other(one: Node, other: Node) -> bool:
    """Whether two figures print two numbers, or dates: no rounding and no comparison sign makes them one."""
    for key in ("date", "timeInWords"):
        if key in one or key in other:
            return one.get(key) != other.get(key)
    return numeral_of(one).excludes(numeral_of(other))


def place_kind(writer: SideWriter, one: Node, other: Node) -> str:
    """Return the kind of the contradiction of two figures of one thing: of a table and another place, or without an explanation."""
    places = {writer.section_of(figure) for figure in (one, other)}
    return "text-against-table" if len(places) == 2 and any(place.startswith("table") for place in places) else "unexplained"


def numeral_of(figure: Node) -> numerals.Numeral:
    """Return what a figure prints."""
    return numerals.read(str(figure["printed"]))


def _add_beside(by_part: dict[tuple[str, int], list[Node]], name: str, figure: Node) -> None:
    """Add a figure of the part ``name`` to those of it that print no other number for its role."""
    for number in count():
        beside = by_part.setdefault((name, number), [])
        if not any(figure.get("restates") == each["id"] and is_other(each, figure) for each in beside):
            beside.append(figure)
            return


def _is_of_words(side: Disagreeing) -> bool:
    """Whether the words of a claim or definition disagree, not a figure."""
    return not side.figures and "anchoredAt" in side.part


def _differing_facets(of: Sequence[tuple[str, ...]]) -> tuple[bool, ...]:
    """Return which facets tell the parts apart: what is measured, whose it is; the analysis only where these do not."""
    differing = [len({each[facet] for each in of}) > 1 for facet in range(3)] if of else [False] * 3
    return differing[0], differing[1], differing[2] and len({each[:2] for each in of}) < len(set(of))


def _qualify(printed: _Printed, differing: Sequence[bool]) -> str:
    named = ", ".join(text for text, differs in zip(printed.of, differing, strict=True) if differs and text)
    return f" ({'; '.join(filter(None, (named, printed.also and f'also in {printed.also}')))})" if named or printed.also else ""


def _with_unit(figure: Node) -> str:
    unit = "" if figure.get("absence") else str(figure.get("unit", ""))
    return f"{_numeral(figure)} {_UNITS.get(unit, words_of(unit))}".rstrip()


def _numeral(figure: Node) -> str:
    return " ".join(str(figure["printed"]).split())


def _targets(part: Node) -> Iterator[Node]:
    for target in part.get("anchoredAt", ()):
        yield {"anchoredAt": target}


def _place(anchored: Node) -> tuple[int, int]:
    position = anchored["anchoredAt"]["selector"][0]
    return int(position["start"]), int(position["end"])
