"""Search: the things that a few words name, several at once, and the texts that have the words; and what can be asked of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Final

from . import question
from .catalogue import Catalogue
from .spelling import normalise
from .texts import STOP, split_words

#: The longest name that is looked for within a search (words).
LONGEST_NAME: Final = 12
#: So many words of a search are read as names.
MOST_WORDS: Final = 40
#: So many runs of words that are no names are held against similar names, and so many of those are given for each.
_RUNS: Final = 3
_SIMILAR: Final = 5
#: So many ways of reading names of several things are tried.
_READINGS: Final = 6
#: What is asked of several names at once.
ASKED: Final = "estimates-page"
_AROUND: Final = ",;:.?!()[]\"'“”‘’"


@dataclass(frozen=True, slots=True)
class Match:
    """A thing or text: its kind, IRI and name, the words of the search that it has, the similarity of its name (0 to 100), its passage."""

    kind: str
    iri: str
    name: str
    words: str
    likeness: float | None = None
    text: str | None = None
    document: str | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """Filters by which the things that were searched for together have rows, and how many."""

    filters: Mapping[str, tuple[str, ...]]
    total: int


@dataclass(frozen=True, slots=True)
class Findings:
    """What a search comes to: matches, best first; what to ask of several; and the words that nothing has."""

    matches: tuple[Match, ...]
    asks: tuple[Asking, ...]
    unmatched: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """Words that are a name: of what, by kind."""

    words: str
    things: Mapping[str, Sequence[str]]


def search(catalogue: Catalogue, query: str, limit: int) -> Findings:
    """Return at most ``limit`` things and texts for ``query``: exact names first, then similar names, then texts.

    Of several names in one search each is looked for. Texts have at least a third of the places, if there are as many.
    """
    query = "".join(each if each.isprintable() else " " for each in query).strip()
    words = [word for word in query.split() if word.strip(_AROUND)][:MOST_WORDS]
    if not words:
        return Findings((), (), ())
    parts, rest = split(catalogue, words)
    named = list(_name_matches(catalogue, query, parts, rest, limit))
    texts = [
        Match(match.text.kind, match.text.thing, match.text.name, " ".join(match.words), None, match.passage, match.text.document)
        for match in catalogue.texts.search(query, limit)
    ]
    kept = named[: limit - min(len(texts), limit // 3)]
    known = {(match.kind, match.iri) for match in kept}
    matches = (*kept, *(each for each in texts if (each.kind, each.iri) not in known))[:limit]
    matched = {word.casefold() for match in (*named, *texts) for word in match.words.split()}
    unmatched = (word for run in rest for word in run if not _is_anywhere(catalogue, word, matched))
    return Findings(matches, tuple(_asks(catalogue, parts)), tuple(dict.fromkeys(unmatched)))


def _is_anywhere(catalogue: Catalogue, word: str, matched: Collection[str]) -> bool:
    """Whether all that a word of a search consists of is in what matched, or in any text."""
    return all(part.casefold() in matched or catalogue.texts.search(part, 1) for part in split_words(word).values())


def split(catalogue: Catalogue, words: Sequence[str]) -> tuple[list[_Part], list[list[str]]]:
    """Return the names within ``words``, the longest from the left on, and the runs of words between them that are no names.

    A word such as "all" is a name only as it is written: ALL.
    """
    parts: list[_Part] = []
    rest: list[list[str]] = [[]]
    start = 0
    while start < len(words):
        for length in range(min(LONGEST_NAME, len(words) - start), 0, -1):
            phrase = " ".join(words[start : start + length]).strip(_AROUND)
            if (length > 1 or phrase.lower() not in STOP or phrase.isupper()) and (things := catalogue.names.find_every_kind(phrase)):
                parts.append(_Part(phrase, things))
                rest.append([])
                start += length
                break
        else:
            rest[-1].append(words[start].strip(_AROUND))
            start += 1
    return parts, [run for run in rest if any(split_words(word) for word in run)]


def _name_matches(catalogue: Catalogue, query: str, parts: Sequence[_Part], rest: Sequence[Sequence[str]], limit: int) -> Iterator[Match]:
    """Yield the things with exact names, then those with similar ones, each once."""
    whole = [Match(kind, iri, name, query, likeness) for kind, iri, name, likeness in catalogue.names.search(query, limit)]
    exact = [
        Match(kind, iri, catalogue.names.written_form(kind, part.words, iri), part.words, 100.0)
        for part in parts for kind, iris in part.things.items() for iri in iris
    ]  # fmt: skip
    runs = [" ".join(run) for run in rest if list(run) != query.split()] if parts else []
    similar = [
        Match(kind, iri, name, run, likeness) for run in runs[:_RUNS] for kind, iri, name, likeness in catalogue.names.search(run, _SIMILAR)
    ]
    yielded: set[tuple[str, str]] = set()
    for match in (*(each for each in whole if each.likeness == 100.0), *exact, *whole, *similar):
        if (match.kind, match.iri) not in yielded:
            yielded.add((match.kind, match.iri))
            yield match


def _asks(catalogue: Catalogue, parts: Sequence[_Part]) -> Iterator[Asking]:
    """Yield the filters under which several names together have estimates, in each way in which the names can be read."""
    filters = {each.name for each in question.load(ASKED).parameters if each.is_filter}
    several = {normalise(part.words): part for part in reversed(parts)}
    readings = [[(kind, part.words) for kind in part.things if kind in filters] for part in reversed(several.values())]
    readings = [reading for reading in readings if reading]
    if len(readings) < 2:
        return
    for reading in islice(product(*readings), _READINGS):
        chosen: dict[str, tuple[str, ...]] = {}
        for kind, words in reading:
            chosen[kind] = (*chosen.get(kind, ()), words)
        total = catalogue.page(ASKED, chosen, 1)[1]
        if total:
            yield Asking(chosen, total)
