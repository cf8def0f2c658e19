"""Terms of one's own: written sorted and valid, refused where a name is taken or a link leads nowhere, and then known to records."""

from __future__ import annotations

import shlex
from pathlib import Path

import pyoxigraph as ox
import pytest

from mabgraph.graph.building import terms
from mabgraph.graph.building.checking import Checker
from mabgraph.graph.building.terms import Term
from mabgraph.graph.store import vocabulary
from mabgraph.ingest.errors import BuildError

from .commandline import run

DRUG = Term(
    "drug",
    "examplimab",
    drug_class="monoclonal-antibody",
    targets=("CD20", "CD3"),
    also=("Examplo", "EX-101"),
    matches=("unii:AAAAAAAAAA",),
)


def objects(path: Path, subject: str) -> dict[str, set[str]]:
    """Return the objects of a subject by the local names of its predicates."""
    stated: dict[str, set[str]] = {}
    for triple in ox.parse(path.read_bytes(), ox.RdfFormat.TURTLE, base_iri=vocabulary.base()):
        if getattr(triple.subject, "value", "") == subject:
            name = triple.predicate.value.rpartition("/")[2].rpartition("#")[2]
            stated.setdefault(name, set()).add(getattr(triple.object, "value", ""))
    return stated


def test_a_drug_has_class_targets_names_identifiers_and_a_definition_made_of_them(tmp_path: Path) -> None:
    written = terms.write_term(DRUG, tmp_path)
    stated = objects(written.path, written.iri)
    assert written.iri == vocabulary.resource("drug/examplimab")
    assert stated["label"] == {"examplimab"}
    assert stated["altLabel"] == {"Examplo", "EX-101"}
    assert stated["target"] == {vocabulary.resource("target/CD20"), vocabulary.resource("target/CD3")}
    assert stated["identifier"] == {"unii:AAAAAAAAAA"}
    assert stated["definition"] == {"A monoclonal antibody that binds CD20 and CD3."}
    assert written.left_out == ("a definition of your own; it was made of class and targets",)
    assert Checker(None, (tmp_path,)).check_terms() == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind in terms.KINDS if kind != "drug"])
def test_every_kind_is_valid_and_can_be_broader_than_another(tmp_path: Path, kind: str) -> None:
    first = terms.write_term(Term(kind, "Invented first", "A term of a test."), tmp_path)
    if kind != "target":
        second = terms.write_term(Term(kind, "invented second", "A narrower term.", broader=("invented first",)), tmp_path)
        assert objects(second.path, second.iri)["broader"] == {first.iri}
    assert Checker(None, (tmp_path,)).check_terms() == []


def test_blocks_stay_sorted_and_what_is_written_by_hand_stays(tmp_path: Path) -> None:
    terms.write_term(Term("endpoint", "time to b", "One."), tmp_path)
    path = tmp_path / terms.FILE
    path.write_text(path.read_text("utf-8").replace("mabc:time-to-b\n", "# Our note.\nmabc:time-to-b\n"), "utf-8")
    terms.write_term(Term("endpoint", "time to c", "Three."), tmp_path)
    terms.write_term(Term("endpoint", "time to a", "Two."), tmp_path)
    text = path.read_text("utf-8")
    assert [line for line in text.splitlines() if line.startswith(("mabc:", "# Our"))] == [
        "mabc:time-to-a",
        "# Our note.",
        "mabc:time-to-b",
        "mabc:time-to-c",
    ]
    assert text.count("@prefix") == 4


def test_a_term_that_would_stand_within_a_text_is_refused(tmp_path: Path) -> None:
    terms.write_term(Term("endpoint", "time to b", "One."), tmp_path)
    path = tmp_path / terms.FILE
    path.write_text(path.read_text("utf-8").replace('"One."@en', '"""One.\n\nzz of it."""@en'), "utf-8")
    before = path.read_bytes()
    with pytest.raises(BuildError, match="within a text with an empty line"):
        terms.write_term(Term("endpoint", "time to c", "Two."), tmp_path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("term", "words"),
    [
        (Term("drug", "Blincyto", drug_class="monoclonal-antibody"), "'Blincyto' is a name of blinatumomab (drug) already"),
        (Term("drug", "new", drug_class="monoclonal-antibody", also=("AMG103",)), "'AMG103' is a name of blinatumomab (drug) already"),
        (Term("endpoint", "O S", "A term."), "'O S' is a name of overall-survival (endpoints) already"),
        (Term("drug", "new", drug_class="monoclonal antibodyy"), "the nearest are"),
        (Term("drug", "new", drug_class="monoclonal-antibody", targets=("CD999x",)), "'CD999x' is not among the terms of kind target"),
        (Term("drug", "new"), "new: has no definition"),
        (Term("drug", "new", "A drug."), "The class of the drug is missing or unknown"),
        (Term("medicine", "new", "A drug."), "'medicine' is no kind of term: choose one of drug, target"),
        (Term("target", "日本", "A protein."), "gives no address"),
        (Term("target", "β-x", "A protein."), "gives no address"),
        (Term("endpoint", "overall: survival", "A term."), "'overall-survival' is the address of a term already"),
        (Term("drug", "new", drug_class="monoclonal-antibody", matches=("no identifier",)), "'no identifier' is no identifier"),
        (Term("endpoint", "new", "A term.", event_is="trouble"), "'trouble' is not among the terms of kind event-meanings"),
    ],
    ids=lambda value: value.name if isinstance(value, Term) else "",
)
def test_what_cannot_be_a_term_is_refused_and_nothing_is_written(tmp_path: Path, term: Term, words: str) -> None:
    with pytest.raises(BuildError) as refused:
        terms.write_term(term, tmp_path)
    assert words in str(refused.value)
    assert not (tmp_path / terms.FILE).exists()


def test_text_is_text_in_turtle(tmp_path: Path) -> None:
    text = 'A "quoted" name \\ with\na line; a mab:Drug . <x>'
    written = terms.write_term(Term("condition", "odd", text, also=('O"dd',)), tmp_path)
    stated = objects(written.path, written.iri)
    assert stated["definition"] == {" ".join(text.split())}
    assert stated["altLabel"] == {'O"dd'}


def test_the_command_writes_into_the_workspace_and_says_what_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("init", tmp_path)
    monkeypatch.chdir(tmp_path)
    done = run("term", "drug", "examplimab", "--class", "monoclonal-antibody", "--also", "Examplo,EX-101", "--also", "EX101b")
    assert 'skos:altLabel "EX101b"@en' in done.stdout
    assert "left out: targets (--target)" in done.stderr
    assert (tmp_path / "ontology" / terms.FILE).is_file()
    assert "is a name of examplimab (drug) already" in run("term", "drug", "Examplo", "--class", "monoclonal-antibody", code=1).stderr
    monkeypatch.chdir(tmp_path.parent)
    assert "run mabgraph init" in run("term", "drug", "other", "--class", "monoclonal-antibody", code=1).stderr


def test_the_terms_of_the_guide_are_written(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[1] / "docs" / "commands.md").read_text("utf-8")
    written = [shlex.split(line) for line in guide.splitlines() if line.startswith("mabgraph term ")]
    for _, *words in written:
        run(*words, "--ontology", tmp_path)
    assert len(written) == 2
    definitions = objects(tmp_path / terms.FILE, vocabulary.resource("drug/examplimab"))["definition"]
    assert definitions == {"A bispecific T-cell engager that binds CD20 and CD3."}
