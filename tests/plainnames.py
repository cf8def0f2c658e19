"""Names looked up in dictionaries, each compared with what is asked for: what the index of names answers is held against this."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from rapidfuzz import fuzz, process

from mabgraph.graph.questions import identifiers
from mabgraph.graph.questions.names import KINDS, closure, shorten
from mabgraph.graph.questions.spelling import normalise
from mabgraph.graph.store import vocabulary
from mabgraph.ingest.errors import UnknownName

_NEAR: Final = 5
_LIKENESS: Final = 60.0
_SPELT: Final = 75.0
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
_GAP: Final = re.compile(r"[\s-]+")
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_TWICE: Final = re.compile(r"(.+?)\s*[(\[](.+)[)\]]\s*")
#: A variable of a registry record, by its IRI or the end of it: these are too many for a list of names, and are known by their form.
_REGISTERED: Final = re.compile(r"(?:\S*variable/)?(nct[0-9]{8}[.][a-z0-9.-]+)")


class PlainNames:
    """The names of all resources, by kind."""

    def __init__(self, named: Iterable[tuple[str, str, str]], broader: Iterable[tuple[str, str]] = ()) -> None:
        """Take kind, IRI and name of each resource, which may have several names; and pairs of a resource and a broader one."""
        self._narrower: dict[str, set[str]] = {}
        for narrow, broad in broader:
            self._narrower.setdefault(broad, set()).add(narrow)
        # Tuples, not sets: almost every name is that of one thing, and the collector of cycles looks at each set again and again.
        self._things: dict[str, dict[str, tuple[str, ...]]] = {kind: {} for kind in KINDS}
        self._shown: dict[str, dict[str, str]] = {kind: {} for kind in KINDS}
        self._stems: dict[str, set[str]] = {}
        known: dict[tuple[str, str], None] = {}
        for kind, iri, name in named:
            self._add(kind, normalise(name), iri, name)
            known[kind, iri] = None
        spaces: dict[str, str] = {}
        for kind, iri in known:
            local = vocabulary.local_name(iri)
            key, space = normalise(local), iri.removesuffix(local)
            self._add(kind, key, iri, local)
            # The parts of an IRI before and behind a slash are folded apart: the first is that of thousands of things.
            self._add(kind, (spaces.get(space) or spaces.setdefault(space, normalise(space))) + key, iri)

    def _add(self, kind: str, key: str, iri: str, written: str | None = None) -> None:
        things = self._things[kind]
        if iri not in (known := things.get(key, ())):
            things[key] = (*known, iri)
        if written is not None:
            self._shown[kind].setdefault(key, written)
        if written is not None and kind == "drug" and (stem := normalise(_GAP.split(written, 1)[0])) != key and key.startswith(stem):
            self._stems.setdefault(stem, set()).add(iri)

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
        key, candidates = normalise(name), identifiers.candidates(name)
        things = {kind: tuple(sorted(self._find_exact(kind, name, key, candidates))) for kind in KINDS}
        return {kind: iris for kind, iris in things.items() if iris}

    def written_form(self, kind: str, name: str, iri: str) -> str:
        """Return how the name ``name`` of a thing is written in the dataset; by another name, the last part of its IRI."""
        return self._shown[kind].get(normalise(name)) or vocabulary.local_name(iri)

    def _find_exact(self, kind: str, name: str, key: str, candidates: Iterable[str]) -> Collection[str]:
        """Return the IRIs of every ``kind`` called ``name``, ``key`` in folded form, ``candidates`` in those of identifiers."""
        things = self._things[kind]
        iris: Collection[str] | None = things.get(key) or things.get(normalise(vocabulary.expand_curie(name)))
        if not iris and key.startswith("anti"):
            iris = things.get(key[4:])
        if not iris:
            iris = next((things[other] for each in candidates if (other := normalise(each)) in things), None)
        if not iris and kind == "endpoint" and (registered := _REGISTERED.fullmatch(name)):
            return (vocabulary.resource(f"variable/{registered[1]}"),)
        return iris or self._in_running_text(kind, name) or (self._of_grade(name) if kind == "endpoint" else ())

    def narrower(self, iri: str) -> frozenset[str]:
        """Return the IRIs of everything that is narrower than the resource ``iri``, at any depth, without itself."""
        return frozenset(closure(iri, self._narrower) - {iri})

    def siblings(self, kind: str, names: Iterable[str]) -> tuple[str, ...]:
        """Return the IRIs of what is below the same broader things as those called ``names``, then of these broader things.

        Those whose names are most similar come first.

        :raises UnknownName: when a name is unknown.
        """
        asked = [iri for name in names for iri in sorted(self.meanings(kind, name))]
        above = sorted(broad for broad, narrow in self._narrower.items() if narrow & set(asked))
        beside = {iri for broad in above for iri in self._narrower[broad]} - {*asked, *above}
        return (*_sort_by_likeness(beside, asked), *above)

    def most_alike(self, kind: str, names: Iterable[str], limit: int) -> tuple[str, ...]:
        """Return the IRIs of at most ``limit`` others of the ``kind`` whose names are most similar to ``names``, best first.

        :raises UnknownName: when a name is unknown.
        """
        asked = [iri for name in names for iri in sorted(self.meanings(kind, name))]
        return tuple(_sort_by_likeness(self.iris(kind) - set(asked), asked)[:limit])

    def expand(self, kind: str, names: Iterable[str], *, exact: bool = False) -> list[str]:
        """Return the IRIs of every ``kind`` that has one of ``names``, then, unless ``exact``, of everything narrower; each once.

        :raises UnknownName: when a name is unknown.
        """
        meanings = [iri for name in dict.fromkeys(names) for iri in sorted(self.meanings(kind, name))]
        narrower = () if exact else (each for iri in meanings for each in sorted(self.narrower(iri)))
        return list(dict.fromkeys([*meanings, *narrower]))

    def iris(self, kind: str) -> frozenset[str]:
        """Return the IRIs of all resources of the ``kind`` that have a name."""
        return frozenset(iri for iris in self._things[kind].values() for iri in iris)

    def _in_running_text(self, kind: str, name: str) -> Collection[str]:
        """Return what is called so in running text: a trial with that word behind it, a thing by one name and another in brackets."""
        things = self._things[kind]
        if len(name) > identifiers.LONGEST:
            return ()
        if kind == "trial" and (match := _TRIAL.fullmatch(name)):
            return self._of_author(normalise(match["name"]), match["year"])
        if match := _TWICE.fullmatch(name):
            one, other = (frozenset(things.get(normalise(each), ())) for each in match.groups())
            return one if one == other else ()
        return self._by_stem(name) if kind == "drug" else ()

    def _of_author(self, author: str, year: str | None) -> Collection[str]:
        """Return the studies called ``author``; those of the ``year``, where studies of this author are told apart by theirs."""
        things = self._things["trial"]
        if year and any(each.startswith(author) and _YEAR.fullmatch(each[len(author) :]) for each in things):
            return things.get(author + year, ())
        return things.get(author, ())

    def _of_grade(self, name: str) -> Collection[str]:
        """Return the adverse events of a grade in the words of reports: grade 3 neutropenia, G3-4 CRS, grade ≥3 AE."""
        match = _GRADED.fullmatch(name) if len(name) <= identifiers.LONGEST else None
        if not match:
            return ()
        things = self._things["endpoint"]
        least = match["least"]
        behind = [f"{least}or{higher}" for higher in ("4", "5", "higher")] + [least] * (not match["more"] and not match["sign"])
        events = {vocabulary.local_name(iri) for iri in things.get(normalise(match["event"]), ())}
        return {iri for event in events for grade in behind for iri in things.get(normalise(f"{event} grade {grade}"), ())}

    def _by_stem(self, name: str) -> Collection[str]:
        """Return the drugs of whose names ``name`` is the first word: inotuzumab is inotuzumab ozogamicin."""
        stem = normalise(name)
        return self._stems.get(stem, ()) if len(stem) >= _STEM else ()

    def search(self, name: str, limit: int) -> list[tuple[str, str, str, float]]:
        """Return at most ``limit`` resources with the most similar names: kind, IRI, name, similarity (0 to 100).

        Exact matches come first, then names that begin with ``name``, that contain it, and that are spelt similarly.
        """
        asked = normalise(name)[:100]
        matches: dict[tuple[str, str], tuple[float, str]] = self._identifier_matches(name)
        for kind, names in self._shown.items():
            for key in sorted(self._similar_names(asked, names), key=names.__getitem__):
                likeness = _similarity(asked, key)
                for iri in self._things[kind][key]:
                    if likeness > matches.get((kind, iri), (0.0, ""))[0]:
                        matches[kind, iri] = (likeness, names[key])
        best = sorted(matches.items(), key=lambda each: (-each[1][0], each[1][1], each[0]))
        return [(kind, iri, shown, likeness) for (kind, iri), (likeness, shown) in best[:limit]]

    def _identifier_matches(self, name: str) -> dict[tuple[str, str], tuple[float, str]]:
        """Return the resources that an identifier or IRI names, by kind and IRI: similarity 100, and a name."""
        keys = [normalise(each) for each in identifiers.candidates(name)]
        return {
            (kind, iri): (100.0, self._shown[kind].get(key) or vocabulary.local_name(iri))
            for kind, things in self._things.items() for key in keys for iri in things.get(key, ())
        }  # fmt: skip

    def _similar_names(self, asked: str, names: Mapping[str, str]) -> set[str]:
        """Return the names that contain ``asked`` (begin with it, if it has only one or two letters), and those spelt similarly."""
        spelt = process.extract(asked, names.keys(), scorer=fuzz.ratio, limit=4 * _NEAR, score_cutoff=_SPELT)
        matching = (key for key in names if asked in key) if len(asked) > 2 else (key for key in names if key.startswith(asked))
        return {*matching, *(key for key, _, _ in spelt)}

    def nearest(self, kind: str, name: str) -> tuple[str, ...]:
        """Return up to five known names that are most similar to ``name``, best first."""
        best = process.extract(normalise(name)[:100], self._shown[kind].keys(), scorer=fuzz.WRatio, limit=4 * _NEAR, score_cutoff=_LIKENESS)
        seen: dict[frozenset[str], str] = {}
        for key, _, _ in best:
            seen.setdefault(frozenset(self._things[kind][key]), self._shown[kind][key])
        return tuple(seen.values())[:_NEAR]


def _sort_by_likeness(iris: Iterable[str], asked: Sequence[str]) -> list[str]:
    """Return ``iris`` by the similarity of the last part of each to those of ``asked``, most similar first."""
    keys = [normalise(vocabulary.local_name(each)) for each in asked]
    likeness = {iri: max(fuzz.ratio(normalise(vocabulary.local_name(iri)), key) for key in keys) for iri in iris}
    return sorted(likeness, key=lambda iri: (-likeness[iri], iri))


def _similarity(asked: str, key: str) -> float:
    """Return the similarity of two keys: 100 if equal, 90 to 95 for a prefix or substring, else the similarity of spelling."""
    if asked == key:
        return 100.0
    share = 4 * len(asked) / max(1, len(key))
    if key.startswith(asked):
        return round(94 + share, 1)
    return round(86 + share, 1) if asked in key else round(min(85.0, fuzz.ratio(asked, key)), 1)
