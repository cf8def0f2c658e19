"""The lexer: the tokens of a SPARQL text in every reading that a conforming parser can take.

SPARQL's terminals are ambiguous at a less-than sign: ``(1<'>'||true)`` begins with an IRI for a longest-match lexer
(``<'>``), and with a comparison for a scannerless parser such as the engine's. The text is therefore read nondeterministically: a set
of states advances in parallel, each with a position, the open brackets and the last token; equal states are merged.
A keyword that is in no reading is inside a string, an IRI, a comment, a variable, a label or a language tag.

Keywords and numbers are read as one run of characters: the engine requires no space between ``1``, ``true`` or a keyword and the
next. The engine may also end a prefixed name early: at its second group of dots, and at its colon if prefix and local name together
are no IRI. Such words are marked (:class:`WordKind <mabgraph.graph.syntax.readings.WordKind>`), and the caller decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from heapq import heappop, heappush
from typing import Final

from . import terminals
from .readings import Readings, Word, WordKind
from .states import Last, Open, Outer, State, compares, lists

#: The most parallel states; beyond that the reading stops.
MOST: Final = 24
#: The keywords that determine what comes next.
_KEYWORDS: Final = {"service": Last.SERVICE, "prefix": Last.PREFIX}
#: The state after each sign that may occur in a sequence of terms.
_AFTER: Final = dict.fromkeys([*terminals.SIGNS, ">"], Last.OTHER) | {"/": Last.DIVISION}
#: The brackets around patterns, where no value follows another directly.
_PATTERNS: Final = frozenset("{[")
#: The states after which any token may come.
_FREE: Final = frozenset({Last.OTHER, Last.OPERAND, Last.DIVISION})


def read(text: str, sought: re.Pattern[str], deepest: int = 1_000_000, most: int = 1_000_000) -> Readings:
    r"""Return what the readings of ``text`` contain of the words that match ``sought``. Takes linear time.

    Reading stops at brackets nested deeper than ``deepest``, and at more than ``most`` brackets, signs and list items in total.

    >>> readings = read("ASK { ?s ?p 'FROM', ex:a\\#b } # FROM", re.compile("ask|from", re.IGNORECASE))
    >>> [(word.text, word.outside) for word in readings.words], readings.end
    ([('ASK', True)], None)
    """
    return _TextReader(text, sought, deepest, most).read()


class _TextReader:
    """Reads one text from beginning to end, all readings in parallel."""

    def __init__(self, text: str, sought: re.Pattern[str], limit: int, most: int) -> None:
        self._text, self._sought, self._limit, self._most = text, sought, limit, most
        self._words: dict[tuple[int, WordKind, bool], Word] = {}
        self._named: dict[int, str] = {}
        self._asked: dict[int, int] = {}
        self._prefixes: set[str] = set()
        self._declaring: dict[int, str] = {}
        self._namespaces: set[tuple[str, str]] = set()
        self._names: dict[int, str] = {}
        self._calls: set[str] = set()
        self._deepest = self._opened = self._signs = self._listed = self._outside = 0
        self._blank, self._coded = False, "\\u" in text or "\\U" in text
        self._line, self._close_up = (0, -1), -1
        self._states: dict[int, dict[State, None]] = {}
        self._places: list[int] = []

    def read(self) -> Readings:
        places, length = self._places, len(self._text)
        self._schedule(0, [(Open(), Last.OTHER, Outer())])
        place, here, crowded = 0, dict[State, None](), False
        while places:
            place = heappop(places)
            here = self._states.pop(place)
            if place == length or self._exceeds_limits():
                break
            if len(here) + len(places) > MOST:
                crowded = True
                break
            if places or len(here) > 1 or not self._advance_single(place, *next(iter(here))):
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
            frozenset(self._namespaces),
            frozenset(self._calls),
        )

    def _exceeds_limits(self) -> bool:
        return self._deepest > self._limit or self._opened + self._signs + self._listed + self._outside > self._most

    def _advance_single(self, place: int, open_: Open, last: Last, outer: Outer) -> bool:
        """Advance in longer steps while there is a single state; return whether it advanced."""
        text, begun = self._text, place
        while place < len(text) and not self._exceeds_limits():
            sign = text[place]
            if sign in "([{":
                self._note_call(sign, place)
                open_, last, place = open_.open(sign), Last.OTHER, place + 1
                self._opened += 1
                self._blank |= sign == "["
                self._deepest = max(self._deepest, open_.depth)
            elif sign in ")]}":
                open_, last, place = open_.close(terminals.PAIRS[sign]), Last.OTHER if sign == "]" else Last.OPERAND, place + 1
            elif open_.sign == "(" and last in _FREE and (end := self._skip_terms(place, open_, last)) > place:
                last, place = _AFTER.get(text[end - 1], Last.OPERAND), end
            elif sign in terminals.SIGNS or (sign == ">" and open_.sign != "<<"):
                last, place = Last.OTHER, place + 1
                self._signs += 1
            elif open_.sign in _PATTERNS and last in _FREE and (end := self._skip_plain(place)) > place:
                self._note_last_name(place, end)
                last, place = Last.OPERAND, end
            elif open_.sign == "(" and last in _FREE and (value := terminals.STRING.match(text, place)):
                self._listed += lists(open_, last)
                last, place = Last.OPERAND, value.end()
            else:
                break
            place = self._skip_space(place)
        if place > begun:
            self._schedule(place, [(open_, last, outer)])
        return place > begun

    def _skip_terms(self, place: int, open_: Open, last: Last) -> int:
        """Return the end of a run of operators, numbers and variables in round brackets, and count them."""
        match = terminals.TERMS.match(self._text, place)
        if match is None or (last is Last.DIVISION and match[0][0] == "/"):
            return place
        first, signs = match[0][0], sum(map(match[0].count, _AFTER))
        self._signs += signs
        self._listed += len(terminals.PAIRED.findall(match[0])) + (first not in _AFTER and lists(open_, last))
        return match.end()

    def _skip_plain(self, place: int) -> int:
        """Return the end of a run of plain tokens, or ``place`` if it contains a sought word or is ambiguous."""
        if place <= self._close_up or (match := terminals.PLAIN.match(self._text, place)) is None:
            return place
        end = match.end()
        if self._sought.search(self._text, place, end) or (self._coded and terminals.NO_CHARACTER.search(self._text, place, end)):
            self._close_up = end
            return place
        return end

    def _step(self, place: int, here: Iterable[State]) -> None:
        if self._text[place] == "<":
            self._read_less_than(place, here)
        else:
            self._read_token(place, here)

    def _schedule(self, place: int, states: list[State]) -> int:
        """Schedule ``states`` at ``place``, after any space and comments; return the position."""
        if not states:
            return place
        place = self._skip_space(place)
        if place not in self._states:
            heappush(self._places, place)
            self._states[place] = {}
        self._states[place].update(dict.fromkeys(states))
        return place

    def _skip_space(self, place: int) -> int:
        text = self._text
        while True:
            place = terminals.SPACE.match(text, place).end()  # type: ignore[union-attr]
            if not text.startswith("#", place):
                return place
            if not self._line[0] <= place <= self._line[1]:
                self._line = place, terminals.LINE_END.search(text, place).start()  # type: ignore[union-attr]
            place = self._line[1]

    def _read_less_than(self, place: int, here: Iterable[State]) -> None:
        """Read an IRI, an opening ``<<``, and a comparison: all that are possible."""
        if match := terminals.IRI.match(self._text, place):
            for _, last, _ in here:
                if last is Last.NAMESPACE:
                    self._prefixes.add(match[1])
                    self._namespaces.add((self._declaring.get(place, ""), match[1]))
                elif last is Last.SERVICE:
                    self._named[self._asked[place]] = match[1]
            self._names[self._read_operand(match.end(), here)] = match[0]
        if self._text.startswith("<<", place):
            self._open(place + 2, "<<", here)
        compared = [(open_, Last.OTHER, outer) for open_, last, outer in here if compares(open_, last)]
        self._signs += bool(compared)
        self._schedule(place + 1, compared)

    def _open(self, place: int, sign: str, here: Iterable[State]) -> None:
        states = [(open_.open(sign), Last.OTHER, outer) for open_, _, outer in here]
        self._opened += 1
        self._blank |= sign == "["
        self._deepest = max(self._deepest, *(open_.depth for open_, _, _ in states))
        self._schedule(place, states)

    def _read_operand(self, place: int, here: Iterable[State]) -> int:
        self._listed += any(lists(open_, last) for open_, last, _ in here)
        self._outside += any(not open_.depth for open_, _, _ in here)
        return self._schedule(place, [(open_, Last.OPERAND, outer) for open_, _, outer in here])

    def _read_token(self, place: int, here: Iterable[State]) -> None:
        match = terminals.TOKEN.match(self._text, place)
        if match is None:
            return
        kind, end = match.lastgroup, match.end()
        if kind == "run":
            self._read_run(place, match[0], here)
        elif kind == "colon":
            self._read_local_name(place, end, here)
        elif kind == "open":
            self._note_call(match[0], place)
            self._open(end, match[0], here)
        elif kind in {"close", "greater"}:
            self._close(place, match[0], here)
        elif kind == "slash":
            self._signs += 1
            self._schedule(end, [(open_, Last.DIVISION, outer) for open_, last, outer in here if last is not Last.DIVISION])
        elif kind == "sign":
            self._signs += end - place
            self._schedule(end, [(open_, Last.OTHER, outer) for open_, _, outer in here])
        else:
            self._read_operand(end, here)
            if kind == "long" and terminals.NO_CHARACTER.search(match[0]):
                self._read_operand(place + 2, here)

    def _close(self, place: int, sign: str, here: Iterable[State]) -> None:
        self._signs += sign == ">"
        for open_, _, outer in here:
            if sign in {">", ">>"} and open_.sign != "<<":
                self._schedule(place + 1, [(open_, Last.OTHER, outer)])
            elif sign != ">":
                after = Last.OTHER if sign == "]" else Last.OPERAND
                self._schedule(place + len(sign), [(open_.close(terminals.PAIRS[sign]), after, outer)])
            else:
                self._schedule(place + 1, [(open_.close(""), Last.OTHER, outer)])

    def _read_run(self, place: int, run: str, here: Iterable[State]) -> None:
        """Read a run of keywords and numbers, a prefixed name, or a blank node label."""
        end = place + len(run)
        if self._text.startswith(":", end):
            if any(last is not Last.PREFIX for _, last, _ in here):
                here = self._record_word(place, run, WordKind.PREFIX, here)
            if run.endswith("_") and (label := terminals.LABEL.match(self._text, end + 1)):
                self._blank = True
                self._read_operand(label.end(), here)
            if run != "_":
                self._read_local_name(place, end + 1, here)
            return
        here = self._record_word(place, run, WordKind.WORD, here)
        self._count(run, here)
        last = _KEYWORDS.get(run.lower(), Last.OPERAND if terminals.VALUE.search(run) else Last.OTHER)
        asked = self._asked.get(place, place) if run.lower() == "silent" else place
        states = [(open_, before if asked != place and before is Last.SERVICE else last, outer) for open_, before, outer in here]
        after = self._schedule(end, states)
        if asked != place or last is Last.SERVICE:
            self._asked[after] = asked

    def _count(self, run: str, here: Iterable[State]) -> None:
        """Count the dots of a run, and the most list items that it can contain."""
        self._signs += run.count(".")
        if terminals.ONE.fullmatch(run):
            self._listed += any(lists(open_, last) for open_, last, _ in here)
        elif any(open_.sign == "(" for open_, _, _ in here):
            self._listed += len(run) // 2

    def _read_local_name(self, place: int, start: int, here: Iterable[State]) -> None:
        """Read the local name of a prefixed name, after its colon."""
        local = terminals.LOCAL.match(self._text, start)
        if local is None:
            after = self._schedule(start, [(open_, Last.NAMESPACE, outer) for open_, _, outer in here])
            self._declaring[after] = self._text[place : start - 1]
            self._names[after] = self._text[place:start]
        else:
            noted = self._record_word(start, local[0], WordKind.LOCAL, here)
            self._names[self._read_operand(local.end(), noted)] = self._text[place : local.end()]

    def _note_call(self, sign: str, place: int) -> None:
        """Record the name that stands directly before the opening bracket ``sign`` at ``place``, if one does in any reading."""
        if sign == "(" and place in self._names:
            self._calls.add(self._names[place])

    def _note_last_name(self, place: int, end: int) -> None:
        """Record the last token of a run of plain tokens if it is, or may be, a prefixed name."""
        chunk = self._text[place:end].split()[-1]
        if ":" in chunk:
            self._names[self._skip_space(end)] = chunk

    def _record_word(self, start: int, run: str, kind: WordKind, here: Iterable[State]) -> Iterable[State]:
        """Record the run if it matches what is sought; return the states with it among the words outside brackets."""
        if not self._sought.search(run):
            return here
        noted = []
        for open_, last, outer in here:
            outside = not open_.depth or not open_.sound
            word = self._words.setdefault((start, kind, outside), Word(start, run, kind, outside, not self._places))
            noted.append((open_, last, outer.append(word) if outside else outer))
        return noted
