"""Nothing is part of itself: not in a record, not in the ontology."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from mabgraph.ingest import record, recordfile
from mabgraph.ingest.chains import find_cycle
from mabgraph.ingest.errors import RecordError

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "tests" / "data" / "records" / "example-2020.yaml"
TEXT = EXAMPLE.read_text("utf-8")
_ABOVE = frozenset(
    {
        "http://www.w3.org/2004/02/skos/core#broader",
        "http://www.w3.org/2000/01/rdf-schema#subClassOf",
        "http://www.w3.org/2000/01/rdf-schema#subPropertyOf",
    }
)


def refused(text: str) -> str:
    """Return what is said of the record ``text``."""
    with pytest.raises(RecordError) as error:
        record.validate(recordfile.parse(text, Path(EXAMPLE.name)))
    return str(error.value)


def test_a_group_that_is_part_of_itself_is_refused() -> None:
    text = TEXT.replace("{id: examplimab,", "{id: examplimab, parent: examplimab,", 1)
    line = text[: text.index("parent: examplimab")].count("\n") + 1
    assert refused(text).startswith(f"example-2020.yaml:{line}: groups[0].parent: part of itself by parent: examplimab > examplimab: name")


def test_a_group_that_is_part_of_itself_by_others_is_refused_with_every_step() -> None:
    text = TEXT.replace("{id: examplimab,", "{id: examplimab, parent: standard-care,", 1)
    text = text.replace("{id: standard-care,", "{id: standard-care, parent: examplimab,", 1)
    assert "part of itself by parent: examplimab > standard-care > examplimab" in refused(text)


def test_a_regimen_that_is_an_option_of_itself_is_refused() -> None:
    text = TEXT.replace("  - id: examplimab-regimen\n", "  - id: examplimab-regimen\n    option_of: examplimab-regimen\n", 1)
    assert "regimens[0].option_of: part of itself by option_of: examplimab-regimen > examplimab-regimen" in refused(text)


def test_a_sum_that_holds_itself_is_refused() -> None:
    rows = "sums:\n  - {id: one, parts: [a, b], whole: c}\n  - {id: two, parts: [c, d], whole: a}\n"
    assert "sums[0].whole: part of itself by whole: c > a > c" in refused(TEXT + rows)


def test_a_study_that_shares_patients_with_itself_is_refused() -> None:
    text = TEXT.replace("  - id: example\n", "  - id: example\n    shares_patients_with: [example]\n", 1)
    assert "studies[0].shares_patients_with" in refused(text)


def test_parts_of_parts_are_no_cycle() -> None:
    text = TEXT.replace("{id: standard-care,", "{id: standard-care, parent: examplimab,", 1)
    assert record.validate(recordfile.parse(text, Path(EXAMPLE.name))).groups[1].parent == "examplimab"
    assert find_cycle({"a": ("c",), "b": ("c",), "c": ("d",)}) == ()
    assert find_cycle({str(number): (str(number + 1),) for number in range(50_000)}) == (), "long chains need no stack"


def test_nothing_in_the_ontology_is_broader_than_itself() -> None:
    links: dict[str, tuple[str, ...]] = {}
    for path in sorted((ROOT / "ontology").rglob("*.ttl")):
        for triple in ox.parse(path.read_bytes(), ox.RdfFormat.TURTLE, base_iri="https://example.org/"):
            if triple.predicate.value in _ABOVE and isinstance(triple.object, ox.NamedNode):
                name = f"{triple.predicate.value} {triple.subject.value}"
                links[name] = (*links.get(name, ()), f"{triple.predicate.value} {triple.object.value}")
    assert len(links) > 200
    assert find_cycle(links) == ()
