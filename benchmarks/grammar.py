"""Queries and updates made up from the grammar of SPARQL 1.1 and 1.2, by chance that can be repeated, to try the guard with.

Every place that takes a term, a string, space or a keyword takes every kind of escape, quoting, comment, case and missing space, and what
looks like a keyword there. In a text that is *live* stands a keyword that reaches out. The pieces are in ``grammar.toml``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Final, TypeVar

T = TypeVar("T")

#: The pieces, by their names.
PIECES: Final[dict[str, list[str]]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
#: Space between tokens, for texts on one line and for others.
SPACES: Final = ((" ",), (" ", "  ", "\t"), (" ", "\n", "\t", "\r\n", "# SERVICE\n", "#'\n", '#"""\r', "#<\n", "#{inside}\n"))
#: How deep patterns and expressions are nested at most.
DEEPEST: Final = 4


class Writer:
    """Writes texts that reach out to ``url`` where they are live, and do not where they are not."""

    def __init__(self, chance: Random, url: str, live: bool, odd: bool) -> None:
        """Take chance, and whether texts reach out; ``odd`` ones may be such that two parsers read them in two ways."""
        self._chance, self._url, self._live, self._odd = chance, url, live, odd
        self._depth = self._names = 0
        #: Whether the query gives its own dataset.
        self.chooses = False
        self._spaces = self._any(SPACES)
        self._broken = self._any([*PIECES["broken"], ""]) if odd else ""
        self._fields: dict[str, Callable[[], str]] = {
            "group": lambda: self._group(self._live), "live": lambda: self._group(True), "plain": lambda: self._group(False),
            "value": self._value, "paren": lambda: f"({self._value()})", "term": lambda: self._one("terms"), "deep": self._deep,
            "list": lambda: f"({self._space()}{self._one('terms')} {self._one('terms')})", "verb": lambda: self._one("verbs"),
            "iri": lambda: self._one("iris"), "name": self._name, "string": self._string, "data": self._data, "fresh": self._fresh,
            "from": self._from, "var": lambda: self._one("variables"), "url": lambda: self._url,
        }  # fmt: skip

    def query(self) -> str:
        """Return a query."""
        return f"{self._prologue()}{self._space()}{self._one('queries')}"

    def update(self) -> str:
        """Return an update of one or more operations."""
        operations = [self._one("operations") for _ in range(self._chance.randint(1, 3))]
        if self._live:
            operations.insert(self._chance.randint(0, len(operations)), self._one("reaching"))
        return f"{self._prologue()}{self._space()}{f'{self._space()};{self._space()}'.join(operations)}"

    def mutated(self, text: str) -> str:
        """Return ``text`` with one to four pieces spliced in or over it."""
        for _ in range(self._chance.randint(1, 4)):
            at = self._chance.randint(0, len(text))
            text = text[:at] + self._any(PIECES["splices"]) + text[at + self._any((0, 0, 0, 1, 2)) :]
        return text

    def _any(self, choices: Sequence[T]) -> T:
        return self._chance.choice(choices)

    def _one(self, *names: str) -> str:
        """Return one of the pieces with these names, written."""
        return self._filled(self._any([piece for name in names for piece in PIECES[name]]))

    def _some(self, name: str, most: int) -> list[str]:
        """Return up to so many of the pieces with this name, as they are."""
        return [self._any(PIECES[name]).format(url=self._url) for _ in range(self._chance.randint(0, most))]

    def _filled(self, form: str) -> str:
        """Return ``form`` with its fields written, and space of any kind where it has a blank."""
        written = []
        for number, piece in enumerate(form.replace("{{", "\0").replace("}}", "\1").replace("{", "\2").replace("}", "\2").split("\2")):
            words = piece.replace("\0", "{").replace("\1", "}").split(" ")
            written.append(self._fields[piece]() if number % 2 else self._joined(words))
        return "".join(written)

    def _joined(self, words: list[str]) -> str:
        """Return ``words`` with space between; none now and then where a sign is at either side."""
        joined = [self._cased(words[0])]
        for before, word in pairwise(words):
            needed = before[-1:].isalnum() or word[:1].isalnum() or not before or not word
            joined += [self._space(needed), self._cased(word)]
        return "".join(joined)

    def _cased(self, word: str) -> str:
        return self._any((word, word, word.lower(), word.title())) if word.isupper() else word

    def _space(self, needed: bool = False) -> str:
        if not needed and self._chance.random() < 0.2:
            return ""
        space = self._any(self._spaces)
        return space.replace("{inside}", "".join(self._some("inside", 3)).replace("\n", " ").replace("\r", " "))

    def _from(self) -> str:
        clause = self._one("from")
        self.chooses |= bool(clause)
        return clause

    def _fresh(self) -> str:
        self._names += 1
        return f"{self._any(('n', 'service', 'load', 'from', 'now'))}{self._names}"

    def _prologue(self) -> str:
        declared = [*PIECES["prefixes"], *filter(None, [self._broken])]
        return self._space(True).join(each.format(url=self._url) for each in declared) + " "

    def _group(self, live: bool) -> str:
        """Return a group of patterns, with a SERVICE in it or in a group within it where it is wanted."""
        self._depth += 1
        form = "OPTIONAL {{ %s }}" if live and self._chance.random() < 0.8 else "%s"
        choices = PIECES["patterns"][: 9 if self._depth >= DEEPEST - 1 else None]
        parts = [self._filled(form % self._any(choices)) for _ in range(self._chance.randint(0, 3))]
        if live:
            near = self._depth >= DEEPEST - 1 or self._chance.random() < 0.6
            parts.insert(self._chance.randint(0, len(parts)), self._one("services" if near else "around"))
            if self._odd and self._chance.random() < 0.4:
                parts = [self._one("before"), *parts, self._one("behind")]
        self._depth -= 1
        return f"{{{self._space()}{self._any((' ', '.', chr(10))).join(parts)}{self._space()}}}"

    def _name(self) -> str:
        """Return a prefixed name."""
        local = "".join(self._some("local" if self._odd else "plain_local", 3)).lstrip(".-·")
        return self._any(["ex:", "e:", "e1:", ":", *self._broken.split()[1:2]]) + local

    def _string(self) -> str:
        quote = self._any(("'", '"', "'''", '"""'))
        pieces = [piece for piece in self._some("inside", 4) if self._odd or piece[:2] not in {"\\u", "\\U"}]
        if len(quote) == 3:
            text = "".join(pieces) + self._any(("", "\n", "x\n"))
            text = text.replace(quote, "").replace(quote, "").rstrip(quote[0] + "\\")
        else:
            text = "".join(piece if piece.startswith("\\") else piece.replace(quote, "\\" + quote) for piece in pieces)
        return quote + text + quote

    def _deep(self) -> str:
        """Return a list, a blank node or a triple, or a plain value where it would be too deep."""
        if self._depth >= DEEPEST:
            return "1"
        self._depth += 1
        text = self._one("deep")
        self._depth -= 1
        return text

    def _data(self) -> str:
        return self._space(True).join(self._one("data") for _ in range(self._chance.randint(0, 4)))

    def _value(self) -> str:
        """Return an expression."""
        if self._depth > DEEPEST:
            return self._any(("1", "?s", "true", self._string()))
        self._depth += 1
        text = self._one("plain_values", *(("values",) if self._odd else ()))
        self._depth -= 1
        return text
