"""Terms of one's own: written sorted and valid, refused where a name is taken or a link leads nowhere, and then known to records."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest

from mabgraph.api.cli import records
from mabgraph.graph.building import quads, terms
from mabgraph.graph.building.checking import Checker
from mabgraph.graph.building.knownterms import Known
from mabgraph.graph.building.terms import Term
from mabgraph.graph.store import vocabulary
from mabgraph.ingest.errors import BuildError

from .commandline import run
from .quick import unvalidated

#: Long lists, or much that is written.
pytestmark = pytest.mark.slow

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


def test_every_kind_is_valid_and_can_be_broader_than_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped, of_ontology = quads.of_ontology(vocabulary.ONTOLOGY), quads.of_ontology
    monkeypatch.setattr(quads, "of_ontology", lambda first, *others: [*shipped, *of_ontology(*others)])
    with unvalidated():
        for kind in terms.KINDS:
            drug_class = "monoclonal-antibody" if kind == "drug" else None
            first = terms.write_term(Term(kind, f"{kind} one", "A term of a test.", drug_class=drug_class), tmp_path)
            if kind != "target":
                narrow = Term(kind, f"{kind} two", "A narrower term.", broader=(f"{kind} one",), drug_class=drug_class)
                second = terms.write_term(narrow, tmp_path)
                assert objects(second.path, second.iri)["broader"] == {first.iri}
    assert Checker(None, (tmp_path,)).check_terms() == []
    subjects = [line for line in (tmp_path / terms.FILE).read_text("utf-8").splitlines() if line.startswith(("<", "mabc:"))]
    assert subjects == sorted(subjects)
    assert len(subjects) == 2 * len(terms.KINDS) - 1
    assert "<concept/unit-of-analysis/unit-of-analysis-one>" in subjects


@pytest.mark.parametrize("kind", ["Document kind", "document_kind", " DOCUMENT-KIND "])
def test_a_kind_is_known_in_other_spellings(tmp_path: Path, kind: str) -> None:
    with unvalidated():
        assert terms.write_term(Term(kind, "poster", "The document is a poster."), tmp_path).iri == vocabulary.concept("poster")


def test_what_is_named_twice_is_left_out_and_that_is_said(tmp_path: Path) -> None:
    with unvalidated():
        written = terms.write_term(Term("endpoint", "Time to b", "A time.", also=("time to B", "TTB", "ttb", "T.T.B.")), tmp_path)
    assert objects(written.path, written.iri)["altLabel"] == {"TTB", "T.T.B."}
    assert [each for each in written.left_out if each.startswith("the name")] == [
        "the name 'time to B': it is 'Time to b'",
        "the name 'ttb': it is 'TTB'",
    ]
    assert "whether its event is a benefit or a harm (--event-is)" in written.left_out


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
        (Term("measure", "new", "A measure."), "the nearest are comparison-measure, group-measure"),
        (Term("regimen", "R-CHOP", "A regimen."), "is no kind of term but a part of a record: write it there"),
        (Term("endpoint", "new", "A term.", drug_class="monoclonal-antibody"), "--class is not for the kind endpoint: leave it out"),
        (Term("condition", "new", "A term.", targets=("CD20",)), "--target is not for the kind condition: leave it out; it is for drug"),
        (Term("drug", "new", "A drug.", event_is="harm"), "--event-is is not for the kind drug"),
        (Term("endpoint", "TLS", "A term."), "'TLS' is a name of tumour-lysis-syndrome (adverse-events) already"),
        (Term("drug", "new", "A drug.", matches=("unii:4fr53sif3a",)), "is an identifier of blinatumomab (drug) already"),
        (Term("drug", "new", "A drug.", matches=("https://identifiers.org/drugbank:DB09052",)), "is an identifier of blinatumomab (drug)"),
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


def test_the_help_names_every_kind() -> None:
    assert records.TERM_KINDS.split(", ") == list(terms.KINDS)


def test_the_terms_of_the_guide_are_written(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[1] / "docs" / "commands.md").read_text("utf-8")
    written = [shlex.split(line) for line in guide.splitlines() if line.startswith("mabgraph term ")]
    for _, *words in written:
        run(*words, "--ontology", tmp_path)
    assert len(written) == 2
    definitions = objects(tmp_path / terms.FILE, vocabulary.resource("drug/examplimab"))["definition"]
    assert definitions == {"A bispecific T-cell engager that binds CD20 and CD3."}


def test_a_term_that_mabgraph_has_by_now_is_said_to_be_taken_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("init", tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mabgraph.toml").write_text("shipped = false\n", "utf-8")
    shutil.copy(Path(__file__).parent / "data" / "records" / "example-2020.yaml", tmp_path / "records")
    with monkeypatch.context() as before:
        before.setattr(Known, "check_free", lambda *_: None)
        with unvalidated():
            run("term", "drug", "obinutuzumab", "--class", "monoclonal-antibody", "--definition", "An antibody of one's own.")
    for command in ("check", "build"):
        refused = run(command, code=1).stderr
        assert "The definition of the drug is missing, doubled" in refused
        assert f"{tmp_path / 'ontology' / terms.FILE} defines it, too, which is a term of " in refused
        assert "drugs.ttl already: take it out there" in refused
