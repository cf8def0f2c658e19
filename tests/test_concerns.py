"""What results concern, and their classes of comparability: what is read property by property is what the questions answer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random

import pyoxigraph as ox
import pytest

from mabgraph.graph.building import lexicon, quads
from mabgraph.graph.building.concerns import Concerns
from mabgraph.graph.compare import comparability
from mabgraph.graph.compare.evidence import counterparts, local_name
from mabgraph.graph.questions import question
from mabgraph.graph.questions.names import Names
from mabgraph.graph.store import store, vocabulary
from mabgraph.ingest import record
from mabgraph.ingest.registry import conversion, reading

from . import registryrecords
from .extent import number_of

EXAMPLE = Path(__file__).parent / "data" / "records" / "example-2020.yaml"
RECORDS = [*sorted(vocabulary.RECORDS.glob("*.yaml")), EXAMPLE]
ONTOLOGY = quads.of_ontology(vocabulary.ONTOLOGY)
CONCERNS = Concerns(ONTOLOGY)
#: Changed copies of the example record that are compared, and properties that decide what results concern.
CHANGED = number_of(400, 30)
FOLLOWED = (
    "condition", "drug", "target", "dose", "regimen", "optionOf", "parentGroup", "exposure", "aboutTarget", "design", "ofStudy", "ofGroup",
    "ofVariable", "ofComparison", "intervention", "comparator", "reportOf", "groupRole", "inReport", "measure", "statedDesign", "unit",
    "reportedAs", "producedBy", "population", "method", "adjustedFor", "timePoint",
)  # fmt: skip


def of_path(path: Path) -> Sequence[ox.Quad]:
    return quads.of_record(*record.load(path))


def quad(subject: str, predicate: str, value: str) -> ox.Quad:
    return ox.Quad(ox.NamedNode(subject), ox.NamedNode(vocabulary.term(predicate)), ox.NamedNode(value), quads.graph("other"))


def answers(source: Sequence[ox.Quad]) -> set[str]:
    """Return the links of ``source`` that the questions answer: ``links``, and three from which the classes are derived."""
    asked, names = store.from_quads([*ONTOLOGY, *source]), Names(())
    links = {f"{triple}" for triple in question.load("links").construct(asked)}
    roles = {str(row["group"]): local_name(row["role"]) for row in question.load("arms").ask(asked, names)}
    paired = counterparts(question.load("counterparts").ask(asked, names))
    for row in question.load("comparability").ask(asked, names):
        of = comparability.derive_class(
            local_name(row["design"]), str(row["kind"]), str(row["estimate"]) in paired,
            [roles.get(str(row[side]), "") for side in ("group", "intervention", "comparator") if row[side] is not None],
            local_name(row["population"]), local_name(row["method"]), row["factors"] is not None,
        )  # fmt: skip
        links.add(f"<{row['estimate']}> <{vocabulary.term('comparability')}> <{of.concept}>")
    return links


def compare(source: Sequence[ox.Quad]) -> int:
    """Hold what is read of ``source`` against the answers, and return how many links there are."""
    links = CONCERNS.of(source)
    assert {each.graph_name for each in links} <= {quads.graph("links")}
    assert {f"{each.triple}" for each in links} == answers(source)
    return len(links)


@pytest.mark.slow
@pytest.mark.parametrize("path", RECORDS[:-1], ids=lambda path: path.stem)
def test_links_of_records_are_the_answers(path: Path) -> None:
    assert compare(of_path(path)) > 100


def test_links_of_the_invented_record_are_the_answers() -> None:
    assert compare(of_path(EXAMPLE)) > 10


def of_registry(content: bytes) -> Sequence[ox.Quad]:
    read = reading.read(content)
    return quads.of_registry(conversion.convert(read, lexicon.names_of(ONTOLOGY)).nodes, read.number.lower())


def test_links_of_an_invented_registry_record_are_the_answers() -> None:
    assert compare(of_registry(json.dumps(registryrecords.invented()).encode())) > 5


@pytest.mark.slow
def test_links_of_registry_records_are_the_answers() -> None:
    for path in registryrecords.sound_paths():
        assert compare(of_registry(path.read_bytes())) > 10


def test_links_of_changed_records_are_the_answers() -> None:
    """Properties lose values and get those of others, so that groups are parts of groups, and estimates of two groups."""
    random = Random(3)
    own = list(of_path(EXAMPLE))
    followed = {vocabulary.term(name) for name in FOLLOWED}
    places = [place for place, each in enumerate(own) if each.predicate.value in followed]
    subjects = sorted({str(each.subject)[1:-1] for each in own})
    seen = set[int]()
    for _ in range(CHANGED):
        changed = list(own)
        for place in random.sample(places, 3):
            one, other = own[place], own[random.choice(places)]
            match random.randrange(3):
                case 0:
                    changed[place] = other
                case 1:
                    changed[place] = ox.Quad(one.subject, other.predicate, other.object, one.graph_name)
                case _:
                    changed[place] = ox.Quad(one.subject, one.predicate, ox.NamedNode(random.choice(subjects)), one.graph_name)
        expected, links = answers(changed), {f"{each.triple}" for each in CONCERNS.of(changed)}
        assert set(filter(None, map(concern_of, links))) == set(filter(None, map(concern_of, expected)))
        classes, own_classes = classes_of(expected), classes_of(links)
        assert classes.keys() == own_classes.keys()
        assert all(own_classes[estimate] == several for estimate, several in classes.items() if len(several) == 1)
        seen.add(len(links))
    assert len(seen) > 10


def concern_of(link: str) -> str:
    return link if f"<{vocabulary.term('concerns')}>" in link else ""


def classes_of(links: Iterable[str]) -> dict[str, set[str]]:
    """Return the classes by estimate: several where a change gave it two designs or the like, which the shapes refuse."""
    classes: dict[str, set[str]] = {}
    for link in links:
        if not concern_of(link):
            classes.setdefault(link.split(" ")[0], set()).add(link)
    return classes


def test_a_source_may_state_more_of_the_ontology() -> None:
    own = of_path(EXAMPLE)
    drug = next(str(each.object)[1:-1] for each in CONCERNS.of(own) if "/drug/" in str(each.object))
    more = [*own, quad(drug, "target", vocabulary.resource("target/another"))]
    assert compare(more) > len(CONCERNS.of(own))


def test_nothing_concerns_nothing() -> None:
    assert list(CONCERNS.of([])) == []
