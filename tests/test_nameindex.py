"""The index of names answers what dictionaries of all names answer (:mod:`tests.plainnames`), in memory or in a file, of few or of many."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from mabgraph.graph.building.namespool import NameSpool
from mabgraph.graph.questions import indexing, names, question
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.questions.nameindex import NamedThings
from mabgraph.graph.questions.names import KINDS, Names
from mabgraph.graph.store import dataset, vocabulary
from mabgraph.ingest.errors import BuildError, UnknownName

from .plainnames import PlainNames

Rows = list[tuple[str, str, str]]
SYLLABLES = "da ra tu mu mab bli na pom ali do mi de cyc lo phos le na ver to clax ve ne iso car fil zo mib".split()
WORDS = "safety efficacy open label dose finding elderly first line maintenance relapsed refractory myeloma leukemia randomized".split()
#: What people type that is no name, or not only one.
TYPED = (
    "", " ", "-", "a", "x1", "ab", "MS4A1", "anti-CD20", "hgnc:1667", "MONDO_0004967", "the TOWER trial", "Topp et al. 2015", "grade 3 neutropenia",
    "G3-4 anemia", "grade 5 chocolate", "Inotuzumab", "overall survival (OS)", "CR", "blood", "myeloma", "nct09990001.primary.1", "\0", "\ud800",
    'quote " in it', "NCT02013167", "ClinicalTrials.gov: NCT 02013167", "survivial", "blinatunomab", "daratumumb", "x" * 300, "^ab*", "AND OR NOT", "%_",
)  # fmt: skip


def misspelt(name: str, random: Random) -> str:
    """Return ``name`` with one letter left out, doubled, or two in the other order."""
    place = random.randrange(max(1, len(name) - 1))
    return random.choice(
        [
            name[:place] + name[place + 1 :],
            name[:place] + name[place : place + 1] + name[place:],
            name[:place] + name[place : place + 2][::-1] + name[place + 2 :],
        ]
    )


def invented(number: int) -> tuple[Rows, list[tuple[str, str]]]:
    """Return names of invented things in the order of a query, and which are below which: many trials and documents, few drugs."""
    random, rows = Random(number), list[tuple[str, str, str]]()
    for each in range(number):
        trial, acronym = f"NCT{random.randrange(10**8):08d}", "".join(random.sample("ABCDEFGHIKLMNOPRST", 5)) + f"-{random.randrange(9)}"
        title = " ".join(random.choices(WORDS, k=random.randint(4, 12)))
        rows += [
            ("trial", vocabulary.resource(f"study/{trial.lower()}"), name)
            for name in sorted({trial, acronym, title, f"Author {1990 + each % 30}"})
        ]
        rows.append(("document", vocabulary.resource(f"document/{trial.lower()}"), title))
    for each in range(number // 8):
        drug = "".join(random.choices(SYLLABLES, k=4)) + random.choice(["", " vedotin", "-cqyz"])
        rows += [("drug", vocabulary.resource(f"drug/{drug.replace(' ', '-')}"), name) for name in sorted({drug, f"XY-{each}"})]
    below = [(vocabulary.resource(f"drug/{each}"), vocabulary.resource(f"drug/{each // 2}")) for each in range(1, 20)]
    return sorted(rows), below


def outcome(ask: Callable[..., Any], *values: Any) -> Any:
    """Return what is answered, or the words of the error."""
    try:
        answer = ask(*values)
    except UnknownName as error:
        return str(error)
    return sorted(answer) if isinstance(answer, frozenset) else answer


def differences(index: Names, plain: PlainNames, typed: list[str]) -> Iterator[tuple[Any, ...]]:
    """Yield where two indices answer differently."""
    for name in typed:
        pairs = [(index.search(name, 10), plain.search(name, 10)), (index.find_every_kind(name), plain.find_every_kind(name))]
        for kind in KINDS:
            pairs += [
                (outcome(getattr(index, how), kind, name), outcome(getattr(plain, how), kind, name))
                for how in ("find", "meanings", "nearest")
            ]
            pairs += [(outcome(index.expand, kind, [name]), outcome(plain.expand, kind, [name]))]
            pairs += [(outcome(index.siblings, kind, [name]), outcome(plain.siblings, kind, [name]))]
            pairs += [(outcome(index.most_alike, kind, [name], 5), outcome(plain.most_alike, kind, [name], 5))]
            pairs += [(index.written_form(kind, name, "urn:a/b"), plain.written_form(kind, name, "urn:a/b"))]
        yield from ((name, *pair) for pair in pairs if pair[0] != pair[1])


def typed_of(rows: Rows, number: int) -> list[str]:
    """Return names of ``rows``, the same misspelt, the beginnings and middles of some, and IRIs."""
    random = Random(7)
    chosen = random.sample(rows, number)
    own = [name for _, _, name in chosen]
    return [
        *TYPED, *own, *(misspelt(name, random) for name in own), *(name[:5] for name in own), *(name[3:9] for name in own),
        *(iri for _, iri, _ in chosen[::4]), *(vocabulary.local_name(iri) for _, iri, _ in chosen[::4]),
    ]  # fmt: skip


def of_dataset(real: Catalogue) -> tuple[Rows, list[tuple[str, str]]]:
    """Return the names of a dataset, and what is below what."""
    texts = [question.load(name).text for name in ("names", "hierarchy")]
    return list(names.rows(real.dataset.store, texts[0], "kind", "thing", "name")), list(
        names.rows(real.dataset.store, texts[1], "narrower", "broader")
    )


@pytest.mark.slow
def test_names_of_the_dataset_are_answered_as_by_dictionaries(real: Catalogue) -> None:
    rows, below = of_dataset(real)
    assert len(rows) > 2000
    assert indexing.NAMES in real.dataset.manifest.files
    assert list(differences(real.names, PlainNames(rows, below), typed_of(rows, 6))) == []


@pytest.mark.slow
def test_invented_names_are_answered_as_by_dictionaries(tmp_path: Path) -> None:
    rows, below = invented(150)
    indexing.write(tmp_path / "names", rows, below)
    plain, typed = PlainNames(rows, below), typed_of(rows, 8)
    assert list(differences(Names.open(tmp_path / "names"), plain, typed)) == []
    assert NamedThings.open(tmp_path / "names").dump() == Names(rows, below)._index.dump()
    assert Names(rows, below).iris("drug") == plain.iris("drug")
    assert Names(rows, below).first_iris("drug", 3) == sorted(plain.iris("drug"))[:3]


def test_of_many_names_what_is_exact_or_within_is_the_same_and_what_is_misspelt_is_among_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where names are many, those that share no letters of three in a row with what is misspelt are not compared."""
    monkeypatch.setattr(indexing, "FEW", 100)
    rows, below = invented(400)
    index, plain = Names(rows, below), PlainNames(rows, below)
    assert index._index.large == {"trial", "document"}
    random, wrong, distant = Random(3), 0, 0
    for kind, iri, name in random.sample(rows, 60):
        assert index.find_every_kind(name) == plain.find_every_kind(name)
        assert outcome(index.find, kind, name) == outcome(plain.find, kind, name)
        for part in (name, name[:6], name[2:8], name[:2]):
            first, other = index.search(part, 10), plain.search(part, 10)
            assert [each for each in first if each[3] > 86] == [each for each in other if each[3] > 86], part
        typed = name[:2] + misspelt(name[2:], random)
        wrong += plain.search(typed, 3) != index.search(typed, 3)
        assert (kind, iri) in {each[:2] for each in index.search(typed, 40)} or (kind, iri) not in {
            each[:2] for each in plain.search(typed, 40)
        }
        distant += plain.nearest(kind, typed)[:1] != index.nearest(kind, typed)[:1]
    assert max(wrong, distant) <= 3


@pytest.mark.slow
def test_lots_of_lines_give_the_names_of_all_together(real: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    """A study has its kind from one record, and names from the reports of others."""
    monkeypatch.setattr("mabgraph.graph.building.namespool.LOT", 0)
    lines = b"".join(line + b"\n" for line in (real.dataset.folder / dataset.DUMP).read_bytes().splitlines())
    with NameSpool() as spool:
        spool.add(lines)
        assert len(list(spool._lots())) == 65
        rows, below = (
            sorted(spool.rows(name, *columns))
            for name, *columns in (("names", "kind", "thing", "name"), ("hierarchy", "narrower", "broader"))
        )
    assert [rows, below] == [sorted(each) for each in of_dataset(real)]


def test_a_file_that_is_no_index_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "names").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    with pytest.raises(BuildError, match=r"names: the names cannot be .*: run mabgraph build"):
        Names.open(tmp_path / "names").find("drug", "a")
    with pytest.raises(BuildError, match="the names cannot be opened"):
        NamedThings.open(tmp_path / "none")
    with pytest.raises(BuildError, match="the names cannot be written"):
        indexing.write(tmp_path / "none" / "names", [], [])


def test_no_more_than_a_bounded_number_of_keys_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mabgraph.graph.questions.nameindex.RECENT", 10)
    index = NamedThings.of([("drug", vocabulary.resource("drug/a"), "A")], [])
    for number in range(40):
        assert index.things(f"unknown{number}") == {}
        assert index.things("y" * 200 + str(number)) == {}
    assert len(index._recent) <= 10
    assert all(len(key) < 100 for key in index._recent)


def test_the_database_of_a_file_cannot_be_written(tmp_path: Path) -> None:
    indexing.write(tmp_path / "names", [("drug", vocabulary.resource("drug/a"), "A")], [])
    before = (tmp_path / "names").read_bytes()
    index = NamedThings.open(tmp_path / "names")
    with pytest.raises(sqlite3.OperationalError):
        index._database.execute("DELETE FROM key")
    assert (tmp_path / "names").read_bytes() == before
