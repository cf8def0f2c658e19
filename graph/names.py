"""Names: from what a person types (a label, brand, code name, gene symbol, identifier, IRI) to the one thing it names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from rapidfuzz import fuzz, process

from mabgraph.ingest.errors import UnknownName

from . import vocabulary
from .store import Store

#: The kinds of things that have names, and the class or scheme that each is found by.
KINDS: Final = ("drug", "target", "condition", "trial", "endpoint", "measure", "document")

_NEAR: Final = 5
_LIKENESS: Final = 60.0


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
        """Return the IRI of the one ``kind`` that is called ``name``, in any case and with any hyphens.

        :raises UnknownName: when nothing is called so (with the nearest names), or several things are.
        """
        things = self._things[kind]
        found = things.get(plain(name)) or (things.get(plain(name)[4:]) if plain(name).startswith("anti") else None)
        if not found:
            near = self.near(kind, name)
            hint = f"; the nearest are {', '.join(near)}" if near else ""
            raise UnknownName(f"no {kind} is called {_short(name)!r}{hint}", near)
        if len(found) > 1:
            choices = tuple(sorted(found))
            locals_ = ", ".join(vocabulary.local(choice) for choice in choices)
            raise UnknownName(f"{_short(name)!r} is the name of several things: {locals_}: ask for one of them", choices=choices)
        return next(iter(found))

    def near(self, kind: str, name: str) -> tuple[str, ...]:
        """Return at most five known names that are most like ``name``, best first."""
        best = process.extract(plain(name)[:100], self._shown[kind].keys(), scorer=fuzz.WRatio, limit=4 * _NEAR, score_cutoff=_LIKENESS)
        seen: dict[frozenset[str], str] = {}
        for key, _, _ in best:
            seen.setdefault(frozenset(self._things[kind][key]), self._shown[kind][key])
        return tuple(seen.values())[:_NEAR]


def plain(name: str) -> str:
    """Return ``name`` without case, spaces, hyphens and quotation marks: what remains identifies.

    >>> plain("Overall survival") == plain("overall-survival")
    True
    """
    return re.sub(r"[\s\-_‐‑–'’\"]+", "", name.casefold())


def read(store: Store, text: str) -> Names:
    """Return the names that the query ``text`` finds in ``store``: kind, thing and name in each row."""
    rows: Iterable[Mapping[str, object]] = store.query(text)  # type: ignore[assignment]
    return Names((str(row["kind"].value), str(row["thing"].value), str(row["name"].value)) for row in rows)  # type: ignore[attr-defined]


def _short(name: str) -> str:
    return name if len(name) <= 80 else name[:80] + "…"
