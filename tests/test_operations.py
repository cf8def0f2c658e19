"""The dataset of the protocol beside an update: its clauses stand where the operations have them, or the update is refused."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from mabgraph.graph.sparql import updates


def with_dataset(text: str) -> str:
    return updates._with_dataset(text, ["urn:g"], [])


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("INSERT { ?s ?p 'in' } WHERE { ?s ?p ?o }", 1),
        ("insert{?s ?p 'in'}where{?s ?p ?o}", 1),
        ('DELETE { ?s ?p \'WHERE\' } # WHERE\nINSERT { ?s ?p ex:where } #\n where#c\n{ ?s ?p ?where FILTER(\'WITH\' != """USING""") }', 1),
        (
            "INSERT DATA { <urn:a> <urn:where> 'WHERE' } ; INSERT { ?s ex:a\\#b ?o } WHERE { ?s ?p ?o } ; DELETE { ?s ?p 1 } WHERE { ?s ?p ?o }",
            2,
        ),
        ("INSERT { ?s ex:a\\'b ?o } WHERE { ?s ?p ?o FILTER(?o != 'z') }", 1),
        ("INSERT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER(1<'>'||true) }", 1),
        ("INSERT { ?s ?p ?o } WHERE { FILTER(1<')}USING'||true) }", 1),
        ("INSERT DATA { <urn:a> <urn:b> 'WHERE' }", 0),
    ],
)
def test_clauses_stand_before_every_where_of_an_operation(text: str, clauses: int) -> None:
    written = with_dataset(f"PREFIX ex: <urn:ex:> {text}")
    assert (written.count("USING <urn:g> where") + written.count("USING <urn:g> WHERE"), written.count("<urn:g>")) == (clauses, clauses)
    ox.Store().update(written)


def test_an_update_sees_the_graphs_that_are_chosen() -> None:
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode("urn:s"), ox.NamedNode("urn:p"), ox.NamedNode("urn:o"), ox.NamedNode("urn:g")))
    store.update(with_dataset("PREFIX e: <urn:> INSERT { ?s e:a\\#b 'it' } WHERE { ?s ?p ?o FILTER(1<'>'||true) }"))
    assert len(list(store.quads_for_pattern(None, None, None, ox.DefaultGraph()))) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("WITH <a:b> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", "gives its dataset"),
        ("INSERT { ?s ?p ex:a\\#b } USING <a:b> WHERE { ?s ?p ?o }", "gives its dataset"),
        ("INSERT { ?s ?p ex:a\\'b } USING <a:b> WHERE { ?s ?p 'z' }", "gives its dataset"),
        ("DELETE WHERE { ?s ?p ?o }", "takes no dataset"),
        ("DELETE #{\n WHERE { ?s ?p ?o }", "takes no dataset"),
        ("CLEAR ALL;delete\twhere{ ?s ?p ?o }", "takes no dataset"),
        ("DELETEWHERE { ?s ?p ?o }", "several ways at DELETEWHERE"),
        ("INSERT { ?s ?p ?o } USINGNAMED <a:b> WHERE { ?s ?p ?o }", "several ways at USINGNAMED"),
        ("CLEAR GRAPH with:x", "several ways at with"),
        ("CLEAR GRAPH x:where", "several ways at where"),
        ("INSERT { ?s ?p ?o } WHERE { ?s ?p ?o ", "cannot be read"),
        ("INSERT { ?s ?p \\a } WHERE { ?s ?p ?o }", "cannot be read"),
        ("INSERT {} WHERE { FILTER(1<'>1)} USING <a:b> WHERE {FILTER('z'='>1) } #'>1)}", "several ways"),
    ],
)
def test_an_update_whose_dataset_is_its_own_or_not_sure_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        with_dataset(text)
