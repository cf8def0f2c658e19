r"""The lexer: the tokens of a SPARQL text, by every reading that a parser of the language can take.

SPARQL's terminals overlap where a less-than sign stands: ``(1<'>'||true)`` begins with an IRI for a lexer that takes the longest match
(``<'>``) and with a comparison for a parser that knows no tokens, as the engine's. So the text is read as a set of *readings* that go on
side by side, each a place in the text, the brackets that are open there, and what came last; readings that are the same again become one.
A keyword that no reading has stands in a string, an IRI, a comment, a variable, a label or a language tag.

The terminals, from SPARQL 1.1 (19.8) with the signs that 1.2 adds::

    IRIREF            '<' ([^<>"{}|^`\]-[#x00-#x20])* '>'         (the engine reads \uXXXX and \UXXXXXXXX within)
    PNAME_NS          PN_PREFIX? ':'
    PNAME_LN          PNAME_NS PN_LOCAL
    BLANK_NODE_LABEL  '_:' ( PN_CHARS_U | [0-9] ) ((PN_CHARS|'.')* PN_CHARS)?
    VAR1, VAR2        ('?' | '$') ( PN_CHARS_U | [0-9] ) ( PN_CHARS_U | [0-9] | #xB7 | [#x300-#x36F] | [#x203F-#x2040] )*
    LANG_DIR          '@' [a-zA-Z]+ ('-' [a-zA-Z0-9]+)* ('--' [a-zA-Z]+)?
    STRING_LITERAL1   "'" ( [^#x27#x5C#xA#xD] | ECHAR )* "'"      (2: the same with '"')
    STRING_LITERAL_LONG1  "'''" ( ( "'" | "''" )? ( [^'\] | ECHAR ) )* "'''"
    ECHAR             '\' [tbnrf\"']                              (the engine reads \uXXXX and \UXXXXXXXX as well)
    PN_LOCAL          (PN_CHARS_U | ':' | [0-9] | PLX ) ((PN_CHARS | '.' | ':' | PLX)* (PN_CHARS | ':' | PLX) )?
    PLX               '%' HEX HEX | '\' [_~.-!$&'()*+,;=/?#@%]
    comment           '#' outside an IRI or string, to the end of the line

Keywords and numbers are read together with what touches them: the engine wants no space between ``1``, ``true`` or one keyword and the
next. The engine may also end a prefixed name early: at its second group of dots, and at its colon where prefix and local name together
are no IRI. Such words are told apart (:class:`Kind`), and whoever asks decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from heapq import heappop, heappush
from typing import Final

#: More readings than these side by side are followed no further.
MOST: Final = 24

_BASE: Final = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_FIRST: Final = f"[{_BASE}_0-9]"
_NEXT: Final = f"{_BASE}_0-9\u00b7\u0300-\u036f\u203f\u2040"
_CODE: Final = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_ECHAR: Final = rf"\\[tbnrf\\\"']|{_CODE}"
_PLX: Final = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"
_LONG: Final = "|".join(rf"{q * 3}[^{q}\\]*+(?:(?:{q}(?!{q * 2})|{_ECHAR})[^{q}\\]*+)*+{q * 3}" for q in "'\"")
_SHORT: Final = "|".join(rf"{q}[^{q}\\\r\n]*+(?:(?:{_ECHAR})[^{q}\\\r\n]*+)*+{q}" for q in "'\"")
#: A token by its first characters, but for the less-than sign; a run is what keywords, numbers or the name of a prefix may be in.
_TOKEN: Final = re.compile(
    rf"(?P<run>{_FIRST}[{_NEXT}.\-]*+)"
    rf"|(?P<name>[?$]{_FIRST}[{_NEXT}]*+|@[A-Za-z]++(?:-[A-Za-z0-9]++)*+(?:--[A-Za-z]++)?+)"
    rf"|(?P<open>[(\[{{])|(?P<close>[)\]}}])|(?P<colon>:)|(?P<sign>[;,.|*^=&!+\-~]++|\?)"
    rf"|(?P<long>{_LONG})|(?P<string>{_SHORT})|(?P<greater>>>?)|(?P<slash>/)"
)
#: Tokens in a row that open and close nothing and can be read in one way: names, strings, words and prefixed names.
_PLAIN: Final = re.compile(
    rf"(?:[ \t\r\n]*+(?:{_FIRST}[{_NEXT}\-]*+(?![:.])|[?$]{_FIRST}[{_NEXT}]*+|@[A-Za-z]++(?:-[A-Za-z0-9]++)*+(?!-)"
    rf"|{_LONG}|{_SHORT}|[{_BASE}][{_NEXT}.\-]*+(?<!_):(?:[{_NEXT}:\-]|{_PLX})++(?:\.++(?:[{_NEXT}:\-]|{_PLX})++)*+))++"
)
_IRI: Final = re.compile(rf"<((?:[^<>\"{{}}|^`\\\x00-\x20]|{_CODE})*+)>")
_LOCAL: Final = re.compile(rf"(?:[{_NEXT}:\-]|{_PLX})++(?:\.++(?:[{_NEXT}:\-]|{_PLX})++)*+")
_LABEL: Final = re.compile(rf"{_FIRST}[{_NEXT}\-]*+(?:\.++[{_NEXT}\-]++)*+")
_SPACE: Final = re.compile(r"[ \t\r\n]*+")
_LINE_END: Final = re.compile(r"[\r\n]|\Z")
#: A code point escape that names no character: the engine then reads a long string as an empty one and what follows.
_NO_CHARACTER: Final = re.compile(r"\\u[dD][89a-fA-F]|\\U(?:0000[dD][89a-fA-F]|(?!0000|000[1-9a-fA-F]|0010))")
#: A number or truth value at the end of a run: what a comparison can follow.
_VALUE: Final = re.compile(r"(?:[0-9]|true|false)\Z", re.IGNORECASE)
_PAIRS: Final = {")": "(", "]": "[", "}": "{", ">>": "<<"}
_SIGNS: Final = frozenset("|*^=&!+-~;,.")
#: A run that is one number or truth value; two need two characters each at least.
_ONE: Final = re.compile(r"[0-9]++(?:\.[0-9]++)?+(?:[eE][0-9]++)?+|true|false")


class Kind(Enum):
    """How sure it is that characters are a word of the language: a word, or part of a prefixed name, which may be read otherwise."""

    WORD = "word"
    PREFIX = "prefix"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters that holds what is sought: where it begins, what it is part of, and whether no bracket is open around it.

    ``sure`` is whether every reading has it; ``names`` is the IRI that follows the keyword SERVICE (and SILENT), or none where something
    else does.
    """

    start: int
    text: str
    kind: Kind
    outside: bool
    sure: bool
    names: str | None = None


@dataclass(frozen=True, slots=True)
class Readings:
    """What the readings of a text hold.

    ``words`` are all that were sought, in any reading, by their places; ``outer`` those outside all brackets, for each reading that
    comes to the end of the text with its brackets closed. ``prefixes`` are the IRIs that prefixes are declared as. Where no reading comes
    to the end, ``end`` is the last place one came to, else none. ``crowded`` is whether there were too many readings to follow.

    ``deepest`` is how deep brackets are nested, ``opened`` how many are opened, ``signs`` how many operators and punctuation marks there
    are, ``listed`` how many names and values follow each other within round brackets, and ``outside`` how many are outside all brackets: so
    many at most, whatever the reading. ``blank`` is whether there are blank nodes.
    """

    words: tuple[Word, ...]
    outer: tuple[tuple[Word, ...], ...]
    prefixes: frozenset[str]
    deepest: int
    opened: int
    signs: int
    listed: int
    outside: int
    blank: bool
    end: int | None
    crowded: bool

    @property
    def complete(self) -> bool:
        """Whether all readings were followed, and one came to the end of the text."""
        return self.end is None and not self.crowded


class _Last(Enum):
    """What came last, as far as it decides what can come next."""

    OTHER = 0
    OPERAND = 1
    DIVISION = 2
    NAMESPACE = 3
    SERVICE = 4
    PREFIX = 5


@dataclass(slots=True, eq=False)
class _Open:
    """An open bracket within others, the same object for the same brackets. ``sound``: none was closed by the sign of another."""

    sign: str = ""
    outside: _Open | None = None
    depth: int = 0
    sound: bool = True
    inside: dict[str, _Open] = field(default_factory=dict)

    def opened(self, sign: str) -> _Open:
        if sign not in self.inside:
            self.inside[sign] = _Open(sign, self, self.depth + 1, self.sound)
        return self.inside[sign]

    def closed(self, sign: str) -> _Open:
        if self.sign == sign and self.outside is not None:
            return self.outside
        return self.inside.setdefault("", _Open(depth=self.depth, sound=False)) if self.sound else self


@dataclass(slots=True, eq=False)
class _Outer:
    """The words outside all brackets so far: the same sequence of words is the same object."""

    word: Word | None = None
    before: _Outer | None = None
    after: dict[int, _Outer] = field(default_factory=dict)

    def followed(self, word: Word) -> _Outer:
        return self.after.setdefault(word.start, _Outer(word, self))

    def words(self) -> Iterator[Word]:
        if self.before is not None and self.word is not None:
            chain = [self]
            while (last := chain[-1].before) is not None:
                chain.append(last)
            yield from (each.word for each in reversed(chain) if each.word is not None)


#: The brackets that are open, what came last, and the words outside all brackets.
_State = tuple[_Open, _Last, _Outer]


def read(text: str, sought: re.Pattern[str], deepest: int = 1_000_000, most: int = 1_000_000) -> Readings:
    r"""Return what the readings of ``text`` hold of the words that ``sought`` finds in a run of characters. Takes time by the length.

    Brackets nested deeper than ``deepest`` end the reading, and more than ``most`` brackets, signs and names in lists together.

    >>> readings = read("ASK { ?s ?p 'FROM', ex:a\\#b } # FROM", re.compile("ask|from", re.IGNORECASE))
    >>> [(word.text, word.outside) for word in readings.words], readings.end
    ([('ASK', True)], None)
    """
    return _Reader(text, sought, deepest, most).read()


class _Reader:
    """Reads one text from its beginning to its end, all readings at once."""

    def __init__(self, text: str, sought: re.Pattern[str], limit: int, most: int) -> None:
        self._text, self._sought, self._limit, self._most = text, sought, limit, most
        self._words: dict[tuple[int, Kind, bool], Word] = {}
        self._named: dict[int, str] = {}
        self._service = 0
        self._prefixes: set[str] = set()
        self._deepest = self._opened = self._signs = self._listed = self._outside = 0
        self._blank, self._coded = False, "\\u" in text or "\\U" in text
        self._line_end = self._close_up = -1
        self._states: dict[int, dict[_State, None]] = {}
        self._places: list[int] = []

    def read(self) -> Readings:
        places, length = self._places, len(self._text)
        self._go(0, [(_Open(), _Last.OTHER, _Outer())])
        place, here, crowded = 0, dict[_State, None](), False
        while places:
            place = heappop(places)
            here = self._states.pop(place)
            if place == length or self._beyond():
                break
            if len(here) + len(places) > MOST:
                crowded = True
                break
            if places or len(here) > 1 or not self._alone(place, *next(iter(here))):
                self._step(place, here)
        ends = here if place == length else {}
        outer = {id(words): words for open_, _, words in ends if open_.sound and not open_.depth}
        words = sorted(self._words.values(), key=lambda word: word.start)
        return Readings(
            tuple(replace(word, names=self._named.get(word.start)) for word in words),
            tuple(tuple(each.words()) for each in outer.values()),
            frozenset(self._prefixes),
            self._deepest,
            self._opened,
            self._signs,
            self._listed,
            self._outside,
            self._blank,
            None if ends else place,
            crowded,
        )

    def _beyond(self) -> bool:
        return self._deepest > self._limit or self._opened + self._signs + self._listed + self._outside > self._most

    def _alone(self, place: int, open_: _Open, last: _Last, outer: _Outer) -> bool:
        """Go on as long as there is one reading, by longer steps; return whether it went on at all."""
        text, begun = self._text, place
        while place < len(text) and not self._beyond():
            sign = text[place]
            if sign in "([{":
                open_, last, place = open_.opened(sign), _Last.OTHER, place + 1
                self._opened += 1
                self._blank |= sign == "["
                self._deepest = max(self._deepest, open_.depth)
            elif sign in ")]}":
                open_, last, place = open_.closed(_PAIRS[sign]), _Last.OTHER if sign == "]" else _Last.OPERAND, place + 1
            elif sign in _SIGNS or (sign == ">" and open_.sign != "<<"):
                last, place = _Last.OTHER, place + 1
                self._signs += 1
            elif open_.sign in "{[" and open_.depth and place > self._close_up and last in _FREE and (plain := _PLAIN.match(text, place)):
                if self._sought.search(text, place, plain.end()) or (self._coded and _NO_CHARACTER.search(text, place, plain.end())):
                    self._close_up = plain.end()
                    break
                last, place = _Last.OPERAND, plain.end()
            else:
                break
            place = self._behind_space(place)
        if place > begun:
            self._go(place, [(open_, last, outer)])
        return place > begun

    def _step(self, place: int, here: Iterable[_State]) -> None:
        if self._text[place] == "<":
            self._less(place, here)
        else:
            self._token(place, here)

    def _go(self, place: int, states: list[_State]) -> None:
        """Have ``states`` go on at ``place``, or behind the space and comments there."""
        if not states:
            return
        place = self._behind_space(place)
        if place not in self._states:
            heappush(self._places, place)
            self._states[place] = {}
        self._states[place].update(dict.fromkeys(states))

    def _behind_space(self, place: int) -> int:
        text = self._text
        while True:
            place = _SPACE.match(text, place).end()  # type: ignore[union-attr]
            if not text.startswith("#", place):
                return place
            if place > self._line_end:
                self._line_end = _LINE_END.search(text, place).start()  # type: ignore[union-attr]
            place = self._line_end

    def _less(self, place: int, here: Iterable[_State]) -> None:
        """Read an IRI, the sign that opens a triple, and a comparison: whatever is possible."""
        if match := _IRI.match(self._text, place):
            for _, last, _ in here:
                if last is _Last.NAMESPACE:
                    self._prefixes.add(match[1])
                elif last is _Last.SERVICE:
                    self._named[self._service] = match[1]
            self._operand(match.end(), here)
        if self._text.startswith("<<", place):
            self._open(place + 2, "<<", here)
        compared = [(open_, _Last.OTHER, outer) for open_, last, outer in here if _compares(open_, last)]
        self._signs += bool(compared)
        self._go(place + 1, compared)

    def _open(self, place: int, sign: str, here: Iterable[_State]) -> None:
        states = [(open_.opened(sign), _Last.OTHER, outer) for open_, _, outer in here]
        self._opened += 1
        self._blank |= sign == "["
        self._deepest = max(self._deepest, *(open_.depth for open_, _, _ in states))
        self._go(place, states)

    def _operand(self, place: int, here: Iterable[_State]) -> None:
        self._listed += any(_lists(open_, last) for open_, last, _ in here)
        self._outside += any(not open_.depth for open_, _, _ in here)
        self._go(place, [(open_, _Last.OPERAND, outer) for open_, _, outer in here])

    def _token(self, place: int, here: Iterable[_State]) -> None:
        match = _TOKEN.match(self._text, place)
        if match is None:
            return
        kind, end = match.lastgroup, match.end()
        if kind == "run":
            self._run(place, match[0], here)
        elif kind == "colon":
            self._local(place, end, here)
        elif kind == "open":
            self._open(end, match[0], here)
        elif kind in {"close", "greater"}:
            self._close(place, match[0], here)
        elif kind == "slash":
            self._signs += 1
            self._go(end, [(open_, _Last.DIVISION, outer) for open_, last, outer in here if last is not _Last.DIVISION])
        elif kind == "sign":
            self._signs += end - place
            self._go(end, [(open_, _Last.OTHER, outer) for open_, _, outer in here])
        else:
            self._operand(end, here)
            if kind == "long" and _NO_CHARACTER.search(match[0]):
                self._operand(place + 2, here)

    def _close(self, place: int, sign: str, here: Iterable[_State]) -> None:
        self._signs += sign == ">"
        for open_, _, outer in here:
            if sign in {">", ">>"} and open_.sign != "<<":
                self._go(place + 1, [(open_, _Last.OTHER, outer)])
            elif sign != ">":
                after = _Last.OTHER if sign == "]" else _Last.OPERAND
                self._go(place + len(sign), [(open_.closed(_PAIRS[sign]), after, outer)])
            else:
                self._go(place + 1, [(open_.closed(""), _Last.OTHER, outer)])

    def _run(self, place: int, run: str, here: Iterable[_State]) -> None:
        """Read keywords and numbers, or a prefixed name, or the label of a blank node."""
        end = place + len(run)
        if self._text.startswith(":", end):
            if any(last is not _Last.PREFIX for _, last, _ in here):
                here = self._noted(place, run, Kind.PREFIX, here)
            if run.endswith("_") and (label := _LABEL.match(self._text, end + 1)):
                self._blank = True
                self._operand(label.end(), here)
            if run != "_":
                self._local(place, end + 1, here)
            return
        here = self._noted(place, run, Kind.WORD, here)
        small = run.lower()
        if small == "service":
            self._service, last = place, _Last.SERVICE
        elif small == "prefix":
            last = _Last.PREFIX
        else:
            last = _Last.OPERAND if _VALUE.search(run) else _Last.OTHER
        self._signs += run.count(".")
        if not _ONE.fullmatch(run):
            self._listed += len(run) // 2 if any(open_.sign == "(" for open_, _, _ in here) else 0
        else:
            self._listed += any(_lists(open_, before) for open_, before, _ in here)
        silent = small == "silent"
        self._go(end, [(open_, before if silent and before is _Last.SERVICE else last, outer) for open_, before, outer in here])

    def _local(self, place: int, start: int, here: Iterable[_State]) -> None:
        """Read what is behind the colon of a prefixed name that begins at ``place``."""
        local = _LOCAL.match(self._text, start)
        if local is None:
            self._go(start, [(open_, _Last.NAMESPACE, outer) for open_, _, outer in here])
        else:
            noted = self._noted(start, local[0], Kind.LOCAL, here)
            self._operand(local.end(), noted)

    def _noted(self, start: int, run: str, kind: Kind, here: Iterable[_State]) -> Iterable[_State]:
        """Note the run where it holds what is sought; return the states with it among the words outside brackets."""
        if not self._sought.search(run):
            return here
        noted = []
        for open_, last, outer in here:
            outside = not open_.depth or not open_.sound
            word = self._words.setdefault((start, kind, outside), Word(start, run, kind, outside, not self._places))
            noted.append((open_, last, outer.followed(word) if outside else outer))
        return noted


#: What may come before any token.
_FREE: Final = frozenset({_Last.OTHER, _Last.OPERAND, _Last.DIVISION})


def _lists(open_: _Open, last: _Last) -> bool:
    """Whether what comes next follows another name or value directly in round brackets."""
    return open_.sign == "(" and last in {_Last.OPERAND, _Last.NAMESPACE}


def _compares(open_: _Open, last: _Last) -> bool:
    """Whether a less-than sign can be a comparison: directly in round brackets, after a value."""
    return last in {_Last.OPERAND, _Last.NAMESPACE} and (open_.sign == "(" or not open_.sound)
