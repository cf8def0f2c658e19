"""Studies: what all reports of a study together say of it. Each report keeps what its own document says; the study shows one of them.

The order of reports is documented in ``docs/model.md``: reports in full before reports in brief, then by year, then by the id of the
document. What a study concerns is what any of its reports concerns. Lots of studies are kept by their content, so that a new record
changes the lots of its own studies only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import chain
from typing import Final

import pyoxigraph as ox

from ..shacl.triples import GroupedQuads
from ..store import vocabulary

#: The graph of what studies show.
GRAPH: Final = "studies"
#: Kinds of document that report a study in brief.
BRIEF: Final = frozenset({"conference-abstract", "label", "letter", "news-item", "press-release", "registry-record", "sponsor-page"})
#: About as many studies are in one lot.
LOT: Final = 1_000
#: What stays in the graph of a document, for it is of the study itself: where it is from, its figures, whose patients it shares.
_OWN: Final = frozenset(
    f"<{iri}>" for iri in ("http://purl.org/dc/terms/source", vocabulary.term("figure"), vocabulary.term("sharesPatientsWith"))
)
_STUDY: Final = f"<{vocabulary.resource('study/')}"
_SHOWS: Final = vocabulary.term("shows")
_KIND: Final = f"<{vocabulary.term('documentKind')}>"
_REGISTRATION: Final = f" <{vocabulary.term('registration')}> "
_NUMBER: Final = re.compile(r'"(NCT[0-9]{8})"')
_YEAR: Final = re.compile(r"(?:^|-)((?:19|20)[0-9]{2})(?:-|$)")


@dataclass(frozen=True, slots=True)
class Reported:
    """What one document says of its studies, as lines of N-Quads by the name of the study: what it states, and what that concerns."""

    document: str
    kind: str
    stated: Mapping[str, Sequence[str]]
    linked: Mapping[str, Sequence[str]]

    @property
    def rank(self) -> tuple[bool, str, str]:
        """The place of these reports among others of the same study: the first is shown."""
        return self.kind in BRIEF, year_of(self.document), self.document

    def serialise(self) -> bytes:
        """Return this as bytes, for :meth:`read`."""
        fields = {"document": self.document, "kind": self.kind, "stated": self.stated, "linked": self.linked}
        return json.dumps(fields, sort_keys=True, ensure_ascii=False).encode()

    @classmethod
    def read(cls, content: bytes) -> Reported | None:
        """Return what :meth:`serialise` gave; nothing for no bytes.

        :raises ValueError: when ``content`` is nothing that it gives.
        """
        try:
            return cls(**json.loads(content)) if content else None
        except TypeError as error:
            raise ValueError("it is not what documents say of studies") from error


@dataclass(frozen=True, slots=True)
class _Study:
    """The reports of one study, and what they concern."""

    stated: list[tuple[tuple[bool, str, str], Sequence[str]]] = field(default_factory=list)
    linked: set[str] = field(default_factory=set)


class ReportedStudies:
    """The studies of a dataset, from one record after another."""

    def __init__(self) -> None:
        """Begin with none."""
        self._studies: dict[str, _Study] = {}
        self._documents: dict[str, list[tuple[tuple[bool, str, str], str]]] = {}

    def add(self, reported: Reported | None) -> None:
        """Take what a document says of its studies."""
        if reported is None:
            return
        for name, lines in reported.stated.items():
            study = self._studies.setdefault(name, _Study())
            study.stated.append((reported.rank, lines))
            study.linked.update(reported.linked.get(name, ()))
            self._documents.setdefault(name, []).append((reported.rank, reported.document))

    def has(self, name: str) -> bool:
        """Whether a document reports the study called ``name``, such as ``study/tower``."""
        return vocabulary.resource(name) in self._studies

    def list_shared(self) -> Iterator[tuple[str, list[str]]]:
        """Yield each study that several documents report, by name, with the ids of these documents in the order of reports."""
        for name, documents in sorted(self._documents.items()):
            if len(documents) > 1:
                yield name, [document for _, document in sorted(documents)]

    def by_registration(self) -> dict[str, str]:
        """Return the studies by their numbers of ClinicalTrials.gov, as names such as ``study/tower``; a number of two is left out."""
        numbers: dict[str, set[str]] = {}
        for name, study in self._studies.items():
            for _, lines in study.stated:
                for line in lines:
                    if _REGISTRATION in line and (number := _NUMBER.search(line)):
                        numbers.setdefault(number[1], set()).add(f"study/{vocabulary.local_name(name)}")
        return {number: names.pop() for number, names in numbers.items() if len(names) == 1}

    def lots(self) -> Iterator[tuple[list[str], list[str]]]:
        """Yield lots of studies: the lines that they show, and the lines of what they concern, each sorted."""
        number = 1 << (len(self._studies) // LOT).bit_length()
        lots: dict[int, list[_Study]] = {}
        for name, study in self._studies.items():
            place = int.from_bytes(blake2b(name.encode(), digest_size=4).digest(), "big") % number
            lots.setdefault(place, []).append(study)
        for _, members in sorted(lots.items()):
            shown = chain.from_iterable(min(study.stated, key=lambda each: each[0])[1] for study in members)
            yield sorted(shown), sorted(chain.from_iterable(study.linked for study in members))


def year_of(document: str) -> str:
    """Return the year in the id of a document; one without comes after all others.

    >>> year_of("kantarjian-2017"), year_of("tower-2019-abstract"), year_of("tower-registry")
    ('2017', '2019', 'none')
    """
    years = _YEAR.findall(document)
    return years[-1] if years else "none"


def separate(document: str, own: Sequence[ox.Quad], links: Sequence[ox.Quad]) -> tuple[GroupedQuads, GroupedQuads, Reported]:
    """Return the quads of a record and its links without those about studies, and what these say."""
    stating, linking = (each if isinstance(each, GroupedQuads) else GroupedQuads.of(each) for each in (own, links))
    kinds = (value for pairs in stating.pairs.values() for along, value in pairs if along == _KIND)
    rest, stated = _without_studies(stating, vocabulary.graph(GRAPH), _OWN)
    unlinked, linked = _without_studies(linking, linking.graph, ())
    for study, lines in stated.items():
        report = vocabulary.resource(f"report/{document}.{vocabulary.local_name(study)}")
        lines.append(f"<{study}> <{_SHOWS}> <{report}> <{vocabulary.graph(GRAPH)}> .")
    return rest, unlinked, Reported(document, vocabulary.local_name(next(kinds, "")[1:-1]), stated, linked)


def quads_of(lines: Iterable[str]) -> GroupedQuads:
    """Return the quads of lines of N-Quads, all of one graph."""
    return GroupedQuads.of_lines("".join(f"{line}\n" for line in lines).encode())


def _without_studies(quads: GroupedQuads, graph: str, staying: Collection[str]) -> tuple[GroupedQuads, dict[str, list[str]]]:
    """Return ``quads`` without the statements about studies but those ``staying``, and these as lines, which name the ``graph``."""
    rest, about = dict(quads.pairs), dict[str, list[str]]()
    for study in [subject for subject in rest if subject.startswith(_STUDY)]:
        pairs = rest.pop(study)
        if kept := [pair for pair in pairs if pair[0] in staying]:
            rest[study] = kept
        if lines := sorted({f"{study} {along} {value} <{graph}> ." for along, value in pairs if along not in staying}):
            about[study[1:-1]] = lines
    return GroupedQuads(quads.graph, rest, {}), about
