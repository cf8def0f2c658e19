"""The name index: from what a person types (a label, brand, code name, gene symbol, identifier, IRI) to the resource it names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, Self

from rapidfuzz import fuzz, process

from mabgraph.ingest.errors import UnknownName

from ..store import vocabulary
from ..store.store import Store
from . import identifiers
from .nameindex import NamedThings, Written
from .spelling import normalise

#: The kinds of named resources.
KINDS: Final = ("drug", "target", "condition", "trial", "endpoint", "measure", "design", "document")

_NEAR: Final = 5
_LIKENESS: Final = 60.0
_SPELT: Final = 75.0
#: Of two texts that are so similar the shorter has this share of the letters of the longer, or more.
_SHORTEST: Final = _SPELT / (200 - _SPELT)
#: So many letters of a name are looked for.
_READ: Final = 100
#: So many names that contain what is looked for are compared, of kinds with many.
_CONTAINING: Final = 400
_TRIAL: Final = re.compile(
    r"\s*(?:the\s+)?(?P<name>.+?)(?:\s+(?:et al|and (?:colleagues|co-?workers))\.?)?(?:,?\s+\(?(?P<year>(?:19|20)\d\d)\)?)?"
    r"(?:[\s-]+(?:trial|study))?\s*",
    re.IGNORECASE,
)
#: The shortest first word of a drug's name by which it is known (characters).
_STEM: Final = 6
#: An adverse event with its grade in front: ``grade 3 neutropenia``, ``G3-4 CRS``, ``grade 3 or higher infection``.
_GRADED: Final = re.compile(
    r"(?:grades?|gr\.?|g)\s*(?P<sign>≥|>=)?\s*(?P<least>[1-5])\s*"
    r"(?P<more>\+|(?:[-–/]|or|to|and)\s*(?:[1-5]|higher|worse|above|more))?\s+(?P<event>\S.*)", re.IGNORECASE,
)  # fmt: skip
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_TWICE: Final = re.compile(r"(.+?)\s*[(\[](.+)[)\]]\s*")
#: A variable of a registry record, by its IRI or the end of it: these are too many for a list of names, and are known by their form.
_REGISTERED: Final = re.compile(r"(?:\S*variable/)?(nct[0-9]{8}[.][a-z0-9.-]+)")


class Names:
    """The names of all resources of a dataset, by kind."""

    def __init__(
        self, named: Iterable[tuple[str, str, str]], broader: Iterable[tuple[str, str]] = (), index: NamedThings | None = None
    ) -> None:
        """Take kind, IRI and name of each resource, which may have several names; and pairs of a resource and a broader one.

        An ``index`` that has them already is asked as it is.
        """
        self._index = index or NamedThings.of(named, broader)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Return the names in the file at ``path``, which a build wrote.

        :raises BuildError: when it cannot be opened.
        """
        return cls((), index=NamedThings.open(path))

    def find(self, kind: str, name: str) -> str:
        """Return the IRI of the ``kind`` called ``name``, ignoring case and hyphens; identifiers in any printed form.

        Of several things of that name it is the one whose IRI ends with it, since that is its address: ``lymphopenia``.

        :raises UnknownName: when the name is unknown (with the nearest names), or ambiguous.
        """
        iris = self.meanings(kind, name)
        if len(addressed := {iri for iri in iris if normalise(vocabulary.local_name(iri)) == normalise(name)}) == 1:
            iris = frozenset(addressed)
        if len(iris) > 1:
            choices = tuple(sorted(iris))
            locals_ = ", ".join(vocabulary.local_name(choice) for choice in choices)
            raise UnknownName(f"{shorten(name)!r} is the name of several things: {locals_}: ask for one of them", choices=choices)
        return next(iter(iris))

    def meanings(self, kind: str, name: str) -> frozenset[str]:
        """Return the IRIs of every ``kind`` called ``name``: CR is complete remission and complete response.

        :raises UnknownName: when the name is unknown, with the nearest names.
        """
        iris = self._find_exact(kind, name, normalise(name), identifiers.candidates(name))
        if not iris:
            near = self.nearest(kind, name)
            hint = f"; the nearest are {', '.join(near)}" if near else ""
            raise UnknownName(f"no {kind} is called {shorten(name)!r}{hint}", near)
        return frozenset(iris)

    def find_every_kind(self, name: str) -> dict[str, tuple[str, ...]]:
        """Return the IRIs of the things called ``name``, by kind; empty if there are none."""
        key, candidates = normalise(name), tuple(identifiers.candidates(name))
        things = {kind: tuple(sorted(self._find_exact(kind, name, key, candidates))) for kind in KINDS}
        return {kind: iris for kind, iris in things.items() if iris}

    def written_form(self, kind: str, name: str, iri: str) -> str:
        """Return how the name ``name`` of a thing is written in the dataset; by another name, the last part of its IRI."""
        return self._index.written_form(kind, normalise(name)) or vocabulary.local_name(iri)

    def _find_exact(self, kind: str, name: str, key: str, candidates: Iterable[str]) -> Collection[str]:
        """Return the IRIs of every ``kind`` called ``name``, ``key`` in folded form, ``candidates`` in those of identifiers."""
        iris: Collection[str] = self._iris_of(kind, key) or self._iris_of(kind, normalise(vocabulary.expand_curie(name)))
        if not iris and key.startswith("anti"):
            iris = self._iris_of(kind, key[4:])
        if not iris:
            iris = next(filter(None, (self._iris_of(kind, normalise(each)) for each in candidates)), ())
        if not iris and kind == "endpoint" and (registered := _REGISTERED.fullmatch(name)):
            return (vocabulary.resource(f"variable/{registered[1]}"),)
        return iris or self._in_running_text(kind, name) or (self._of_grade(name) if kind == "endpoint" else ())

    def _iris_of(self, kind: str, key: str) -> tuple[str, ...]:
        """Return the IRIs of every ``kind`` that has the name ``key`` in folded form."""
        return self._index.things(key).get(kind, ())

    def narrower(self, iri: str) -> frozenset[str]:
        """Return the IRIs of everything that is narrower than the resource ``iri``, at any depth, without itself."""
        return frozenset(closure(iri, self._index.below) - {iri})

    def siblings(self, kind: str, names: Iterable[str]) -> tuple[str, ...]:
        """Return the IRIs of what is below the same broader things as those called ``names``, then of these broader things.

        Those whose names are most similar come first.

        :raises UnknownName: when a name is unknown.
        """
        asked = [iri for name in names for iri in sorted(self.meanings(kind, name))]
        above = sorted(broad for broad, narrow in self._index.below.items() if narrow & set(asked))
        beside = {iri for broad in above for iri in self._index.below[broad]} - {*asked, *above}
        return (*_sort_by_likeness(beside, asked), *above)

    def most_alike(self, kind: str, names: Iterable[str], limit: int) -> tuple[str, ...]:
        """Return the IRIs of at most ``limit`` others of the ``kind`` whose names are most similar to ``names``, best first.

        :raises UnknownName: when a name is unknown.
        """
        asked = [iri for name in names for iri in sorted(self.meanings(kind, name))]
        if kind in self._index.large:
            keys = [normalise(vocabulary.local_name(iri)) for iri in asked]
            near = {
                iri for key in keys for other, name, _ in self._index.sharing(key) if other == kind for iri in self._iris_of(kind, name)
            }
        else:
            near = {*self._index.iris(kind)}
        return tuple(_sort_by_likeness(near - set(asked), asked)[:limit])

    def expand(self, kind: str, names: Iterable[str], *, exact: bool = False) -> list[str]:
        """Return the IRIs of every ``kind`` that has one of ``names``, then, unless ``exact``, of everything narrower; each once.

        :raises UnknownName: when a name is unknown.
        """
        meanings = [iri for name in dict.fromkeys(names) for iri in sorted(self.meanings(kind, name))]
        narrower = () if exact else (each for iri in meanings for each in sorted(self.narrower(iri)))
        return list(dict.fromkeys([*meanings, *narrower]))

    def iris(self, kind: str) -> frozenset[str]:
        """Return the IRIs of all resources of the ``kind`` that have a name."""
        return frozenset(self._index.iris(kind))

    def first_iris(self, kind: str, most: int) -> list[str]:
        """Return the first ``most`` of them, sorted."""
        return self._index.iris(kind, most)

    def _in_running_text(self, kind: str, name: str) -> Collection[str]:
        """Return what is called so in running text: a trial with that word behind it, a thing by one name and another in brackets."""
        if len(name) > identifiers.LONGEST:
            return ()
        if kind == "trial" and (match := _TRIAL.fullmatch(name)):
            return self._of_author(normalise(match["name"]), match["year"])
        if match := _TWICE.fullmatch(name):
            one, other = (frozenset(self._iris_of(kind, normalise(each))) for each in match.groups())
            return one if one == other else ()
        return self._by_stem(name) if kind == "drug" else ()

    def _of_author(self, author: str, year: str | None) -> Collection[str]:
        """Return the studies called ``author``; those of the ``year``, where studies of this author are told apart by theirs."""
        years = (each for century in ("19", "20") for each in self._index.following("trial", author, len("2017"), century))
        if year and any(map(_YEAR.fullmatch, years)):
            return self._iris_of("trial", author + year)
        return self._iris_of("trial", author)

    def _of_grade(self, name: str) -> Collection[str]:
        """Return the adverse events of a grade in the words of reports: grade 3 neutropenia, G3-4 CRS, grade ≥3 AE."""
        match = _GRADED.fullmatch(name) if len(name) <= identifiers.LONGEST else None
        if not match:
            return ()
        least = match["least"]
        behind = [f"{least}or{higher}" for higher in ("4", "5", "higher")] + [least] * (not match["more"] and not match["sign"])
        events = {vocabulary.local_name(iri) for iri in self._iris_of("endpoint", normalise(match["event"]))}
        return {iri for event in events for grade in behind for iri in self._iris_of("endpoint", normalise(f"{event} grade {grade}"))}

    def _by_stem(self, name: str) -> Collection[str]:
        """Return the drugs of whose names ``name`` is the first word: inotuzumab is inotuzumab ozogamicin."""
        stem = normalise(name)
        return self._index.of_stem(stem) if len(stem) >= _STEM else ()

    def search(self, name: str, limit: int) -> list[tuple[str, str, str, float]]:
        """Return at most ``limit`` resources with the most similar names: kind, IRI, name, similarity (0 to 100).

        Exact matches come first, then names that begin with ``name``, that contain it, and that are spelt similarly.
        """
        asked = normalise(name)[:_READ]
        matches = self._identifier_matches(name)
        ranked = sorted((-_similarity(asked, key), shown, kind, key) for kind, key, shown in self._similar_names(asked))
        several = len(matches) + limit
        for opposite, shown, kind, key in ranked:
            if len(matches) >= several:
                break
            for iri in self._iris_of(kind, key):
                matches.setdefault((kind, iri), (-opposite, shown))
        best = sorted(matches.items(), key=lambda each: (-each[1][0], each[1][1], each[0]))
        return [(kind, iri, shown, likeness) for (kind, iri), (likeness, shown) in best[:limit]]

    def _identifier_matches(self, name: str) -> dict[tuple[str, str], tuple[float, str]]:
        """Return the resources that an identifier or IRI names, by kind and IRI: similarity 100, and a name."""
        keys = [normalise(each) for each in identifiers.candidates(name)]
        return {
            (kind, iri): (100.0, self._index.written_form(kind, key) or vocabulary.local_name(iri))
            for key in keys for kind, iris in self._index.things(key).items() for iri in iris
        }  # fmt: skip

    def _similar_names(self, asked: str) -> set[Written]:
        """Return the names that contain ``asked`` (begin with it, if it has only one or two letters), and those spelt similarly.

        Of kinds with many names these are the shortest that contain it, and those spelt similarly among them that share letters with it.
        """
        similar = {*self._index.containing(asked, _CONTAINING)}
        sharing = self._index.sharing(asked, int(len(asked) * _SHORTEST), int(len(asked) / _SHORTEST) + 1)
        for kind, names in self._by_kind(sharing):
            matching = (key for key in names if asked in key) if len(asked) > 2 else (key for key in names if key.startswith(asked))
            spelt = process.extract(asked, names.keys(), scorer=fuzz.ratio, limit=4 * _NEAR, score_cutoff=_SPELT)
            chosen = (key for key, _, _ in spelt) if kind in self._index.large else (*matching, *(key for key, _, _ in spelt))
            similar |= {(kind, key, names[key]) for key in chosen}
        return similar

    def _by_kind(self, candidates: Iterable[Written]) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Yield the names of each kind as they are written, by folded name: of a kind with many those among ``candidates``."""
        for kind in KINDS:
            large = kind in self._index.large
            yield kind, {key: shown for other, key, shown in candidates if other == kind} if large else self._index.list_names(kind)

    def nearest(self, kind: str, name: str) -> tuple[str, ...]:
        """Return up to five known names that are most similar to ``name``, best first."""
        asked = normalise(name)[:_READ]
        if kind in self._index.large:
            candidates = (*self._index.containing(asked, _CONTAINING), *self._index.sharing(asked))
            names: Mapping[str, str] = {key: shown for other, key, shown in candidates if other == kind}
        else:
            names = self._index.list_names(kind)
        best = process.extract(asked, names.keys(), scorer=fuzz.WRatio, limit=4 * _NEAR, score_cutoff=_LIKENESS)
        seen: dict[frozenset[str], str] = {}
        for key, _, _ in best:
            seen.setdefault(frozenset(self._iris_of(kind, key)), names[key])
        return tuple(seen.values())[:_NEAR]


def _sort_by_likeness(iris: Iterable[str], asked: Sequence[str]) -> list[str]:
    """Return ``iris`` by the similarity of the last part of each to those of ``asked``, most similar first."""
    keys = [normalise(vocabulary.local_name(each)) for each in asked]
    likeness = {iri: max(fuzz.ratio(normalise(vocabulary.local_name(iri)), key) for key in keys) for iri in iris}
    return sorted(likeness, key=lambda iri: (-likeness[iri], iri))


def closure(start: str, steps: Mapping[str, Collection[str]]) -> set[str]:
    """Return ``start`` and everything that ``steps`` lead to from it, at any distance.

    >>> sorted(closure("a", {"a": {"b"}, "b": {"a", "c"}}))
    ['a', 'b', 'c']
    """
    reached, left = {start}, [start]
    while left:
        new = set(steps.get(left.pop(), ())) - reached
        reached |= new
        left += new
    return reached


def read(store: Store, text: str, hierarchy: str = "") -> Names:
    """Return the name index of ``store``: the query ``text`` selects kind, thing and name, ``hierarchy`` narrower and broader things."""
    return Names(rows(store, text, "kind", "thing", "name"), rows(store, hierarchy, "narrower", "broader") if hierarchy else ())


@cache
def no_names() -> Names:
    """Return an index without names, for questions that take none."""
    return Names(())


def rows(store: Store, text: str, *columns: str) -> Iterator[Any]:
    """Yield the values of ``columns`` in each row of the query ``text``."""
    answer: Any = store.query(text)
    places = [[each.value for each in answer.variables].index(column) for column in columns]
    for row in answer:
        yield tuple([row[place].value for place in places])


def _similarity(asked: str, key: str) -> float:
    """Return the similarity of two keys: 100 if equal, 90 to 95 for a prefix or substring, else the similarity of spelling."""
    if asked == key:
        return 100.0
    share = 4 * len(asked) / max(1, len(key))
    if key.startswith(asked):
        return round(94 + share, 1)
    return round(86 + share, 1) if asked in key else round(min(85.0, fuzz.ratio(asked, key)), 1)


def shorten(name: str) -> str:
    """Return the beginning of ``name`` for a message: 80 characters, and an ellipsis in place of more."""
    return name if len(name) <= 80 else name[:80] + "…"
