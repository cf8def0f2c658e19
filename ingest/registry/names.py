"""Names: which drug, condition or end point a text of the registry names. Exact names state; contained ones only suggest.

A text is exact where it is a name of one thing, alone, or with an abbreviation of the same thing in brackets. Names of two things are none.
Fuzzy spelling is not used: two antibodies may differ in two letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

#: Abbreviations of up to so many letters count in the case that they are written in: "ALL" is a leukaemia, "all" is not.
SHORT: Final = 4
_MARKS: Final = re.compile("[®™©\u200b]")
_BRACKETS: Final = re.compile(r"(.+?)\s*\(([^()]+)\)")
#: Between the parts of a combination; "A/B" may be one or the other.
_BETWEEN: Final = re.compile(r"\s*(?:\+|,|;|&|\band\b|\bplus\b|\bin combination with\b|\bcombined with\b|\bwith\b)\s*", re.IGNORECASE)
#: What makes a contained name another thing: no treatment, or another molecule that begins with the same word.
_OTHERWISE: Final = re.compile(
    r"\b(?:without|no|not|non|placebo|sham|dummy|matching|anti|versus|vs|instead|after|prior|previous|pretreated|refractory|"
    r"biosimilar|vedotin|emtansine|deruxtecan|mafodotin|ozogamicin|tesirine|govitecan|pegol|conjugate|acetate|caproate)\b",
    re.IGNORECASE,
)
#: What says within two words that what is named next is not there.
_NEGATED: Final = re.compile(r"\b(?:not|no|non|without|excluding|except|never)(?: \S+){0,2}$")
#: A name without digits, which may be another drug; codes have digits.
_WORD: Final = re.compile(r"[^\d]+")
#: What names a kind of treatment, for which other names are examples.
_KIND: Final = re.compile(
    r"(?i)(?:(?:control|comparator|standard|usual|best|routine|active|supportive|available|chemo|immuno|investigator'?s?|physician'?s?|choice|of|"
    r"therapy|care|treatment|arm|group|observation|regimen|conventional|salvage|background|soc|bat|bsc|tpc)[\s-]*)+"
)
#: What is done with a drug, or looked for, and is no giving of it.
_DONE_WITH: Final = re.compile(
    r"(?i)\b(?:withdraw\w*|discontinu\w*|cessation|stop\w*|interrupt\w*|reduc\w*|taper\w*|sampl\w+|assays?|levels?|monitoring|antidotes?|"
    r"rescue|imaging|scans?|pet|tests?|radiolabel\w*|labell?ed|liposom\w*)\b"
)


def fold(text: str) -> str:
    """Return ``text`` as names are compared: without signs of trade marks, hyphens, and case (but of short names).

    >>> fold(" Progression-Free  Survival"), fold("ALL"), fold("all")
    ('progression free survival', 'ALL', 'all')
    """
    words = " ".join(_MARKS.sub("", text).replace("-", " ").split()).strip(" .,;:")
    return words if len(words) <= SHORT else words.casefold()


@dataclass(frozen=True, slots=True)
class RegistryLexicon:
    """The names of one kind of thing, folded, each with the local name of the thing; names of two things are left out."""

    names: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, labels: Iterable[tuple[str, str]], synonyms: Iterable[tuple[str, str]] = ()) -> RegistryLexicon:
        """Return the lexicon of pairs of a name and the thing that it is of; what is the label of one thing is a synonym of no other."""
        return cls(_unique(synonyms) | _unique(labels))

    def exact(self, text: str) -> str | None:
        """Return the one thing that ``text`` names, or none.

        >>> lexicon = RegistryLexicon.of([("Overall Survival", "os"), ("OS", "os"), ("PFS", "pfs")])
        >>> lexicon.exact("overall survival (OS)"), lexicon.exact("Overall Survival (PFS)"), lexicon.exact("OS at 2 years")
        ('os', None, None)
        """
        if thing := self.names.get(fold(text)):
            return thing
        if inside := _BRACKETS.fullmatch(text.strip()):
            named, short = (self.names.get(fold(part)) for part in inside.groups())
            return named if named == short else None
        return None

    def every(self, text: str) -> tuple[str, ...]:
        """Return the things that ``text`` names, where all its parts are names; none where one is not.

        >>> lexicon = RegistryLexicon.of([("Daratumumab", "d"), ("Lenalidomide", "l")])
        >>> lexicon.every("Daratumumab + lenalidomide"), lexicon.every("daratumumab and rest")
        (('d', 'l'), ())
        """
        if thing := self.exact(text):
            return (thing,)
        things = [self.exact(part) for part in _BETWEEN.split(text)]
        return tuple(dict.fromkeys(thing for thing in things if thing)) if all(things) else ()

    def every_in_full(self, text: str) -> tuple[str, ...]:
        """Return what :meth:`every` returns, but of names in full; abbreviations of a few letters name nothing.

        >>> lexicon = RegistryLexicon.of([("Gemtuzumab", "g"), ("GO", "g")])
        >>> lexicon.every_in_full("gemtuzumab"), lexicon.every_in_full("GO")
        (('g',), ())
        """
        return () if any(map(is_short, _BETWEEN.split(text))) else self.every(text)

    def find_within(self, text: str) -> tuple[str, ...]:
        """Return the things whose names are in ``text``, the longest first; none where a word beside them makes it another thing.

        >>> lexicon = RegistryLexicon.of([("Daratumumab", "d")])
        >>> lexicon.find_within("Daratumumab 16 mg/kg weekly"), lexicon.find_within("without daratumumab")
        (('d',), ())
        """
        return () if _OTHERWISE.search(text) else self.names_in(text)

    def names_in(self, text: str) -> tuple[str, ...]:
        """Return the things whose names are in ``text``, whatever stands beside them."""
        words = re.findall(r"[^\s,;:()/+]+", _MARKS.sub("", text).replace("-", " "))
        things: dict[str, None] = {}
        start = 0
        while start < len(words):
            for end in range(min(len(words), start + 6), start, -1):
                name = fold(" ".join(words[start:end]))
                if len(name) > SHORT and (thing := self.names.get(name)):
                    things[thing] = None
                    start = end - 1
                    break
            start += 1
        return tuple(things)


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the things by folded name, without names of two."""
    names: dict[str, str] = {}
    doubled: set[str] = set()
    for name, thing in pairs:
        folded = fold(name)
        if names.setdefault(folded, thing) != thing:
            doubled.add(folded)
    return {name: thing for name, thing in names.items() if name and name not in doubled}


@dataclass(frozen=True, slots=True)
class RegistryNames:
    """The lexicons of the ontology that registry records are read with."""

    drugs: RegistryLexicon = RegistryLexicon()
    conditions: RegistryLexicon = RegistryLexicon()
    endpoints: RegistryLexicon = RegistryLexicon()
    events: RegistryLexicon = RegistryLexicon()


def drugs_of_intervention(drugs: RegistryLexicon, name: str, other_names: Iterable[str]) -> tuple[str, ...]:
    """Return the drugs that an intervention is: by its name, else by another name where its own has nothing that speaks against it.

    An abbreviation states where another name is in full. Other names that are words unknown here may be those of other drugs.

    >>> drugs = RegistryLexicon.of([("daratumumab", "d"), ("Darzalex", "d")])
    >>> drugs_of_intervention(drugs, "DARA", ["Darzalex"]), drugs_of_intervention(drugs, "Placebo for dara", ["Darzalex"])
    (('d',), ())
    """
    listed = list(other_names)
    others = {thing: other for other in sorted(listed, key=len) if (thing := drugs.exact(other))}
    if stated := drugs.every(name):
        in_full = {thing for thing, other in others.items() if not is_short(other)}
        return stated if drugs.every_in_full(name) or in_full.issuperset(stated) else ()
    if any(map(_OTHERWISE.search, (name, *listed))) or any(map(_DONE_WITH.search, (name, *listed))) or _KIND.fullmatch(name.strip()):
        return ()
    if len(others) != 1 or is_short(next(iter(others.values()))):
        return ()
    words = [fold(other) for other in others.values()] + [known for known, thing in drugs.names.items() if thing in others]
    if any(word in fold(name) for word in words if len(word) > SHORT):
        return ()  # "[89Zr]daratumumab"
    unknown = [other for other in listed if not drugs.exact(other)]
    return () if any(map(_WORD.fullmatch, unknown)) else tuple(others)


def has_name(text: str, name: str) -> bool:
    """Whether ``text`` has the folded ``name`` in it, and not to say that it is none.

    >>> has_name("Refractory Multiple Myeloma", "multiple myeloma"), has_name("Without any multiple myeloma", "multiple myeloma")
    (True, False)
    """
    before, name_there, _ = f" {fold(text)} ".partition(f" {name} ")
    return bool(name_there) and not _NEGATED.search(before)


def is_short(text: str) -> bool:
    """Whether a name is an abbreviation of a few letters, which may be of other things: "CP" is convalescent plasma and chemotherapy.

    >>> is_short("CP"), is_short("HA22"), is_short("Darzalex")
    (True, False, False)
    """
    return len(fold(text)) <= SHORT and fold(text).isalpha()
