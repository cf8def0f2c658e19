"""Names: from what a person types (a label, brand, code name, gene symbol, identifier, IRI) to the one thing it names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

from rapidfuzz import fuzz, process

from mabgraph.ingest.errors import UnknownName

from . import identifiers, vocabulary
from .store import Store

#: The kinds of things that have names, and the class or scheme that each is found by.
KINDS: Final = ("drug", "target", "condition", "trial", "endpoint", "measure", "design", "document")

_NEAR: Final = 5
_LIKENESS: Final = 60.0
_SPELT: Final = 75.0
#: What does not tell names apart: spaces, hyphens, quotation marks, signs of registration, what has no width.
_IDLE: Final = re.compile(r"[\s\-_‐‑‒–—−'’\"®™©\u00ad\u200b-\u200d\u2060\ufeff]+")
_TRIAL: Final = re.compile(r"(?i)\s*(?:the\s+)?(.+?)(?:[\s-]+(?:trial|study))?\s*")
_TWICE: Final = re.compile(r"(.+?)\s*[(\[](.+)[)\]]\s*")


class Names:
    """The names of everything in one dataset, by kind."""

    def __init__(self, named: Iterable[tuple[str, str, str]]) -> None:
        """Take kind, IRI and name of each thing; a thing may have any number of names."""
        self._things: dict[str, dict[str, set[str]]] = {kind: {} for kind in KINDS}
        self._shown: dict[str, dict[str, str]] = {kind: {} for kind in KINDS}
        for kind, iri, name in named:
            for written in (name, iri, vocabulary.local(iri)):
                key = plain(written)
                self._things[kind].setdefault(key, set()).add(iri)
                if written != iri:
                    self._shown[kind].setdefault(key, written)

    def find(self, kind: str, name: str) -> str:
        """Return the IRI of the one ``kind`` that is called ``name``, in any case and with any hyphens; identifiers as they are printed.

        :raises UnknownName: when nothing is called so (with the nearest names), or several things are.
        """
        things = self._things[kind]
        found = things.get(plain(name)) or things.get(plain(vocabulary.expanded(name)))
        if not found and plain(name).startswith("anti"):
            found = things.get(plain(name)[4:])
        if not found:
            found = next((things[key] for each in identifiers.candidates(name) if (key := plain(each)) in things), None)
        if not found:
            found = self._said_otherwise(kind, name)
        if not found:
            near = self.near(kind, name)
            hint = f"; the nearest are {', '.join(near)}" if near else ""
            raise UnknownName(f"no {kind} is called {_short(name)!r}{hint}", near)
        if len(found) > 1:
            choices = tuple(sorted(found))
            locals_ = ", ".join(vocabulary.local(choice) for choice in choices)
            raise UnknownName(f"{_short(name)!r} is the name of several things: {locals_}: ask for one of them", choices=choices)
        return next(iter(found))

    def _said_otherwise(self, kind: str, name: str) -> set[str]:
        """Return what is called so in running text: a trial with that word behind it, a thing by one name and another in brackets."""
        things = self._things[kind]
        if len(name) > identifiers.LONGEST:
            return set()
        if kind == "trial" and (match := _TRIAL.fullmatch(name)):
            return things.get(plain(match[1]), set())
        if match := _TWICE.fullmatch(name):
            one, other = (things.get(plain(each), set()) for each in match.groups())
            return one if one == other else set()
        return set()

    def search(self, name: str, limit: int) -> list[tuple[str, str, str, float]]:
        """Return at most ``limit`` things of any kind whose names are most like ``name``: kind, IRI, the name, likeness (0 to 100).

        The same name comes first, then names that begin with it, that hold it, and that are like it.
        """
        asked = plain(name)[:100]
        found: dict[tuple[str, str], tuple[float, str]] = self._identified(name)
        for kind, names in self._shown.items():
            for key in self._like(asked, names):
                likeness = _likeness(asked, key)
                for iri in self._things[kind][key]:
                    if likeness > found.get((kind, iri), (0.0, ""))[0]:
                        found[kind, iri] = (likeness, names[key])
        best = sorted(found.items(), key=lambda each: (-each[1][0], each[1][1], each[0]))
        return [(kind, iri, shown, likeness) for (kind, iri), (likeness, shown) in best[:limit]]

    def _identified(self, name: str) -> dict[tuple[str, str], tuple[float, str]]:
        """Return what an identifier or IRI names, by kind and IRI: its likeness, which is that of the same name, and a name of it."""
        keys = [plain(each) for each in identifiers.candidates(name)]
        return {
            (kind, iri): (100.0, self._shown[kind].get(key) or vocabulary.local(iri))
            for kind, things in self._things.items() for key in keys for iri in things.get(key, ())
        }  # fmt: skip

    def _like(self, asked: str, names: Mapping[str, str]) -> set[str]:
        """Return the names that hold ``asked`` (that begin with it where it is only one or two letters), and those spelt much like it."""
        spelt = process.extract(asked, names.keys(), scorer=fuzz.ratio, limit=4 * _NEAR, score_cutoff=_SPELT)
        held = (key for key in names if asked in key) if len(asked) > 2 else (key for key in names if key.startswith(asked))
        return {*held, *(key for key, _, _ in spelt)}

    def near(self, kind: str, name: str) -> tuple[str, ...]:
        """Return at most five known names that are most like ``name``, best first."""
        best = process.extract(plain(name)[:100], self._shown[kind].keys(), scorer=fuzz.WRatio, limit=4 * _NEAR, score_cutoff=_LIKENESS)
        seen: dict[frozenset[str], str] = {}
        for key, _, _ in best:
            seen.setdefault(frozenset(self._things[kind][key]), self._shown[kind][key])
        return tuple(seen.values())[:_NEAR]


def plain(name: str) -> str:
    """Return ``name`` without case, width, spaces, hyphens, quotation marks and signs of registration: what remains identifies.

    >>> plain("Overall survival") == plain("overall-survival"), plain("BLINCYTO®") == plain("Blincyto")
    (True, True)
    """
    return _IDLE.sub("", unicodedata.normalize("NFKC", _IDLE.sub("", name)).casefold())


def read(store: Store, text: str) -> Names:
    """Return the names that the query ``text`` finds in ``store``: kind, thing and name in each row."""
    rows: Iterable[Mapping[str, object]] = store.query(text)  # type: ignore[assignment]
    return Names((str(row["kind"].value), str(row["thing"].value), str(row["name"].value)) for row in rows)  # type: ignore[attr-defined]


def _likeness(asked: str, key: str) -> float:
    """Return how much alike two plain names are: 100 for the same, 90 to 95 where one begins or holds the other, else their spelling."""
    if asked == key:
        return 100.0
    share = 4 * len(asked) / max(1, len(key))
    if key.startswith(asked):
        return round(94 + share, 1)
    return round(86 + share, 1) if asked in key else round(min(85.0, fuzz.ratio(asked, key)), 1)


def _short(name: str) -> str:
    return name if len(name) <= 80 else name[:80] + "…"
