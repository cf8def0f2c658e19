"""Questions: each file says what it asks, each example answers, values enter as terms, and faults are named."""

from __future__ import annotations

import csv
import re
import traceback
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

import pyoxigraph as ox
import pytest

from mabgraph.graph.questions import question
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.questions.names import Names
from mabgraph.graph.questions.querytext import Term
from mabgraph.graph.store import vocabulary
from mabgraph.graph.store.store import EngineStore
from mabgraph.ingest.errors import QuestionError, UnknownName

ROOT = Path(__file__).parents[1]
ALL = question.list_names()


@pytest.mark.parametrize("name", ALL)
def test_a_question_as_it_stands_is_sparql_and_answers_its_columns(name: str, example: Catalogue) -> None:
    asked = question.load(name)
    answer = example.dataset.store.query(asked.text)
    if isinstance(answer, ox.QuerySolutions):
        assert [variable.value for variable in answer.variables] == list(asked.columns)
    else:
        assert isinstance(answer, ox.QueryTriples)


@pytest.mark.parametrize("name", ALL)
def test_a_question_is_named_in_the_documentation(name: str) -> None:
    assert f"`{name}`" in (ROOT / "docs" / "questions.md").read_text("utf-8"), f"describe {name} in docs/questions.md"


@pytest.mark.parametrize("name", ["comparability", "estimates"])
def test_the_column_kind_is_described_by_its_values(name: str, example: Catalogue) -> None:
    kinds = {str(row["kind"]) for row in example.ask(name)}
    assert len(kinds) == 2
    assert all(kind in question.load(name).columns["kind"] for kind in kinds)


@pytest.mark.parametrize("name", [name for name in ALL if question.load(name).parameters])
def test_every_parameter_has_its_lines(name: str) -> None:
    asked = question.load(name)
    for parameter in asked.parameters:
        if parameter.name not in {"size", "offset", "sort", "exact"}:
            assert re.search(rf"^ *#\? {parameter.name}(=[\w,-]+)?: ", asked.text, re.MULTILINE)
        assert f"#? {parameter.name}" not in asked.fill({}), "its lines are left out when it is not given"


#: How many rows or triples each question gives over mabgraph's own dataset with no parameter.
UNFILTERED = {
    line["question"]: int(line["rows"]) for line in csv.DictReader((ROOT / "tests/data/unfiltered.csv").read_text("utf-8").splitlines())
}


def wrongly_typed(types: dict[str, str], rows: Iterable[dict[str, Any]]) -> set[str]:
    """Return the columns of which a value is not of the type that a header states; a decimal may be a whole number."""
    kinds: dict[str, tuple[type, ...]] = {"integer": (int,), "decimal": (int, Decimal), "any": (int, Decimal, str)}
    return {
        name for row in rows for name, value in row.items() if value is not None and not isinstance(value, kinds.get(types.get(name, ""), str))
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_a_question_as_it_stands_answers_the_whole_dataset(name: str, real: Catalogue) -> None:
    """Its time is measured by ``python -m benchmarks.questions``."""
    asked = question.load(name)
    answer: Any = real.dataset.store.query(asked.text)
    rows = asked._rows(answer) if isinstance(answer, ox.QuerySolutions) else list(answer)
    assert len(rows) == UNFILTERED[name], f"if this is right, write it into tests/data/unfiltered.csv: {name}"
    if isinstance(answer, ox.QuerySolutions):
        assert wrongly_typed(asked.types, rows) == set(), f"state the types of these columns in the header of {name}"


@pytest.mark.parametrize(
    ("types", "value"), [({}, 1), ({}, Decimal("0.5")), ({"n": "integer"}, "1"), ({"n": "integer"}, Decimal(1)), ({"n": "lines"}, 1), ({"n": "decimal"}, "0.5")]
)  # fmt: skip
def test_a_type_that_is_not_stated_is_seen(types: dict[str, str], value: object) -> None:
    assert wrongly_typed(types, [{"n": None}, {"n": value}]) == {"n"}
    assert wrongly_typed({"n": "decimal"}, [{"n": 1}, {"n": Decimal("0.5")}]) == set()


#: A question with a page, whose header is completed by each test.
THINGS = """#+ summary: "Things."
#+ parameters:
#+   kind: {type: iri, description: "their kind"}
#+ page:
PAGE
#+ columns:
#+   id: IRI
#+   label: its name
#+   total: {type: integer, description: "how many there are"}
#+ examples: []
SELECT ?id ?label ?total WHERE {
  #{ page
  #? kind: VALUES ?kind { $kind }
  #? kind: ?id a ?kind .
  ?id <e:label> ?label .
  #}
}
ORDER BY ?label ?id
"""
WITHIN = """#+   of: id
#+   carry: [label]
#+   order: "?label ?id\""""
SORTED = f"""{WITHIN}
#+   sort: {{texts: {{name: <e:label>}}, numbers: {{size: <e:size>}}}}"""
ALONE = f"""{SORTED}
#+   question: listed-things
#+   summary: "Things, and how many there are."
#+   examples: []"""


@pytest.fixture
def things() -> EngineStore:
    """Return a store of five things of two kinds; the labels descend, the sizes ascend, and the last has no size."""
    store, kind = ox.Store(), ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    for number in range(5):
        statements: dict[ox.NamedNode, Term] = {kind: ox.NamedNode(f"e:{number % 2}"), ox.NamedNode("e:label"): ox.Literal(str(9 - number))}
        if number < 4:
            statements[ox.NamedNode("e:size")] = ox.Literal(number)
        store.extend(ox.Quad(ox.NamedNode(f"e:{number}"), name, value, ox.DefaultGraph()) for name, value in statements.items())
    return EngineStore(store)


def test_the_total_and_the_page_are_of_one_pattern(tmp_path: Path, things: EngineStore) -> None:
    (tmp_path / "things.rq").write_text(THINGS.replace("PAGE", WITHIN), "utf-8")
    asked = question.load("things", tmp_path)
    assert [parameter.name for parameter in asked.parameters] == ["kind", "size", "offset"]
    page = asked.ask(things, Names(()), {"size": "2", "offset": "1", "kind": "e:0"})
    assert [(row["id"], row["total"]) for row in page] == [("e:2", 3), ("e:0", 3)]
    assert len(asked.ask(things, Names(()), {"kind": "e:1"})) == 2
    with pytest.raises(QuestionError, match="takes offset together with size"):
        asked.ask(things, Names(()), {"offset": "1"})


def test_a_page_in_two_steps_has_the_rows_of_one_query(tmp_path: Path, things: EngineStore) -> None:
    whole = THINGS.replace("PAGE", f"{WITHIN}\n#+   by: thing").replace(
        "#+ page:", '#+   thing: {type: iri, description: "one of them"}\n#+ page:'
    )
    (tmp_path / "things.rq").write_text(whole.replace("  #? kind: V", "  #? thing: VALUES ?id { $thing }\n  #? kind: V"), "utf-8")
    asked = question.load("things", tmp_path)
    cases: tuple[dict[str, str | list[str]], ...] = (
        {}, {"kind": "e:0"}, {"kind": "e:7"}, {"thing": ["e:3", "e:1"]}, {"kind": "e:1", "thing": "e:0"},
    )  # fmt: skip
    for more in cases:
        for paged in ({}, {"size": "2"}, {"size": "2", "offset": "1"}, {"size": "9", "offset": "9"}, {"size": "0"}):
            assert asked.page(things, Names(()), {**more, **paged}) == asked.ask(things, Names(()), {**more, **paged})
    assert [(row["id"], row["total"]) for row in asked.page(things, Names(()), {"size": "2", "kind": "e:0"})] == [("e:4", 3), ("e:2", 3)]


def test_a_page_in_two_steps_needs_a_parameter_and_columns(tmp_path: Path) -> None:
    whole = THINGS.replace("PAGE", f"{WITHIN}\n#+   by: kind").replace("#+   id: IRI\n", "")
    (tmp_path / "things.rq").write_text(whole, "utf-8")
    with pytest.raises(QuestionError, match=re.escape("has no line '#? kind: VALUES ?id { $kind }'")) as refused:
        question.load("things", tmp_path)
    assert "the header needs the column 'id'" in str(refused.value)
    (tmp_path / "things.rq").write_text(THINGS.replace("PAGE", f"{ALONE}\n#+   by: kind"), "utf-8")
    with pytest.raises(QuestionError, match="take 'by' out"):
        question.load("things", tmp_path)


def test_statements_of_a_thing_are_those_that_have_it_as_subject(real: Catalogue) -> None:
    asked = {"resource": "drug/blinatumomab"}
    both = real.ask("statements", asked)
    for direction in ("of", "to"):
        rows = real.ask("statements", {**asked, "direction": direction})
        assert rows == [row for row in both if row["direction"] == direction] != []


def test_a_list_alone_has_further_orders(tmp_path: Path, things: EngineStore) -> None:
    (tmp_path / "things.rq").write_text(THINGS.replace("PAGE", ALONE), "utf-8")
    assert question.list_names(tmp_path) == ("listed-things", "things")
    assert [parameter.name for parameter in question.load("things", tmp_path).parameters] == ["kind"]
    asked = question.load("listed-things", tmp_path)
    assert [parameter.name for parameter in asked.parameters] == ["kind", "sort", "size", "offset"]
    orders = {"size": "01234", "-size": "32104", "name": "43210", "-name": "01234"}
    for sort, order in orders.items():
        rows = asked.ask(things, Names(()), {"sort": sort, "size": "3", "offset": "1"})
        assert [(row["id"], row["total"]) for row in rows] == [(f"e:{number}", 5) for number in order[1:4]], sort
        assert [row["id"] for row in asked.ask(things, Names(()), {"sort": sort})] == [f"e:{number}" for number in order], sort
    assert [row["id"] for row in asked.ask(things, Names(()))] == [f"e:{number}" for number in "43210"]
    assert "sort" not in asked.fill({}), "nothing of an order that nobody asked for stays"


def test_further_orders_need_a_question_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "things.rq").write_text(THINGS.replace("PAGE", SORTED), "utf-8")
    with pytest.raises(QuestionError, match="further orders need a question of their own"):
        question.load("things", tmp_path)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("#{ page", "needs '#{ page' and '#}'"), ("#}", "needs '#{ page' and '#}'"), ("type: integer", "the type 'whole' is unknown: choose from any, decimal"),
        ("carry: [label, definition], ", "carry"),
    ],
)  # fmt: skip
def test_a_page_that_cannot_be_generated_is_refused(broken: str, message: str, tmp_path: Path) -> None:
    whole = (vocabulary.QUERIES / "schemes.rq").read_text("utf-8")
    assert broken in whole
    (tmp_path / "schemes.rq").write_text(whole.replace(broken, "type: whole" if broken == "type: integer" else ""), "utf-8")
    with pytest.raises(QuestionError, match=re.escape(message)):
        question.load("schemes", tmp_path)


def test_values_of_a_pinned_variable_stand_in_each_optional() -> None:
    """An engine evaluates an OPTIONAL by itself: without them it looks through all estimates for each row of a page."""
    text = question.load("estimates").fill({"estimate": [ox.NamedNode("http://e/1")]})
    assert "OPTIONAL { ?estimate " not in text
    assert text.count("VALUES ?estimate { <http://e/1> }") > 25
    assert "OPTIONAL { ?estimate mab:value ?value }" in question.load("estimates").fill({})


def test_lines_of_a_parameter_hold_its_values() -> None:
    text = question.load("estimates").fill({"drug": [ox.NamedNode("http://e/1"), ox.NamedNode("http://e/2")]})
    assert "VALUES ?drug { <http://e/1> <http://e/2> }" in text
    assert "?target" not in text
    assert "$" not in text


@pytest.mark.parametrize(
    ("parameters", "values"),
    [
        ({"target": "CD19", "endpoint": "overall-survival", "measure": "hazard-ratio"}, ["0.7"]),
        ({"drug": "blinatumomab", "measure": "hazard-ratio"}, ["0.7"]),
        ({"trial": "NCT00000000", "endpoint": "OS", "measure": "median"}, ["8.1", "None"]),
        ({"endpoint": "overall-survival", "measure": ["median", "hazard-ratio"]}, ["8.1", "None", "0.7"]),
        ({"trial": "example", "measure": "proportion"}, ["50", "30"]),
        ({"target": "CD20"}, []),
    ],
)
def test_estimates_by_every_filter(parameters: dict[str, str | list[str]], values: list[str], example: Catalogue) -> None:
    assert sorted(str(row["value"]) for row in example.ask("estimates", parameters)) == sorted(values)


def test_an_estimate_carries_what_a_reviewer_needs(example: Catalogue) -> None:
    row = example.ask("estimates", {"measure": "hazard-ratio"})[0]
    kept = ("printed", "lower", "upper", "interval_level", "p_value", "p_operator", "intervention", "comparator", "population", "method")
    assert [str(row[key]) for key in kept] == [
        "0.70", "0.5", "0.98", "95", "0.05", "<", "Examplimab", "Standard care", "intention-to-treat population",
        "Cox proportional-hazards regression",
    ]  # fmt: skip


def test_what_is_not_reached_is_said_and_is_no_number(example: Catalogue) -> None:
    rows = {row["group"]: row for row in example.ask("estimates", {"measure": "median"})}
    assert rows["Standard care"]["value"] is None
    assert rows["Standard care"]["absence"] == "not reached"
    assert rows["Examplimab"]["printed"] == "8·1"


@pytest.mark.parametrize("name", ["anchors", "figures"])
def test_the_figures_of_a_result_are_its_anchors(name: str, example: Catalogue) -> None:
    text = (Path(__file__).parent / "data" / "documents" / "example-2020.txt").read_text("utf-8")
    rows = example.ask(name, {"node": "estimate/example-2020.survival-hazard-ratio"})
    assert [row["printed"] for row in rows] == ["0.70", "95", "0.50", "0.98", "<0.05", "0.7"]
    for row in rows:
        assert isinstance(row["start"], int)
        assert isinstance(row["end"], int)
        assert text[row["start"] : row["end"]] == row["exact"] == row["printed"]
    assert rows[-1]["restates"] == rows[0]["figure"]


def test_a_claim_says_what_it_is_about(example: Catalogue) -> None:
    rows = example.ask("claims", {"about": "drug/blinatumomab"})
    assert [(row["kind"], row["text"]) for row in rows] == [("caveat", "The trial was small.")]


@pytest.mark.parametrize(
    ("name", "parameters", "detail", "value"),
    [
        ("drug", {"drug": "Blincyto"}, "target", "CD19"),
        ("target", {"target": "p15391"}, "drug", "blinatumomab"),
        ("trial", {"trial": "NCT00000000"}, "dose", "single dose"),
        ("trial", {"trial": "EXAMPLE"}, "quantity", "start of enrolment"),
    ],
)
def test_a_resource_by_any_name(name: str, parameters: dict[str, str], detail: str, value: str, example: Catalogue) -> None:
    labels = [row["value_label"] for row in example.ask(name, parameters) if row["detail"] == detail]
    assert value in labels


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("nothing", {}, "there is no question 'nothing'; there are analyses, analyses-count, anchors"),
        ("drug", {}, "the question drug needs drug"),
        ("drug", {"drug": ["blinatumomab", "rituximab"]}, "takes one drug"),
        ("estimates", {"dose": "9"}, "has no parameter 'dose'; it takes estimate, drug"),
        ("figures", {"node": "http://not an iri"}, "node: 'http://not an iri' is no iri"),
    ],
)
def test_a_question_that_cannot_be_asked_says_why(name: str, parameters: dict[str, str], message: str, example: Catalogue) -> None:
    with pytest.raises(QuestionError, match=message):
        example.ask(name, parameters)


@pytest.mark.parametrize("value", ["> } DELETE", 'x" } #', "<a> <b>", "CD19> . ?s ?p ?o . <x", "\x00", "a" * 100_000])
@pytest.mark.parametrize("name", ["drug", "target", "trial", "endpoint", "measure"])
def test_no_value_becomes_query_text(name: str, value: str, example: Catalogue) -> None:
    with pytest.raises(UnknownName):
        example.ask("estimates", {name: value})


@pytest.mark.parametrize("value", ["urn:x> } #", 'urn:"', "urn:a b", "urn:<", "urn:\\u003e"])
def test_no_iri_breaks_out(value: str, example: Catalogue) -> None:
    with pytest.raises(QuestionError, match="is no iri"):
        example.ask("figures", {"node": value})


@pytest.mark.parametrize(
    ("kind", "name", "local"),
    [
        ("target", "CD19", "CD19"), ("target", "cd20", "CD20"), ("target", "MS4A1", "CD20"), ("target", "anti-CD20", "CD20"),
        ("target", "P28907", "CD38"), ("target", "hgnc:1667", "CD38"), ("drug", "MT103", "blinatumomab"), ("drug", "BLINCYTO", "blinatumomab"),
        ("drug", "L01FX07", "blinatumomab"), ("endpoint", "OS", "overall-survival"), ("endpoint", "Overall survival", "overall-survival"),
        ("measure", "HR", "hazard-ratio"), ("trial", "nct00000000", "example"), ("document", "example-2020", "example-2020"),
    ],
)  # fmt: skip
def test_a_thing_is_found_by_any_of_its_names(kind: str, name: str, local: str, example: Catalogue) -> None:
    assert vocabulary.local_name(example.names.find(kind, name)) == local


def test_an_unknown_name_answers_the_nearest(example: Catalogue) -> None:
    with pytest.raises(UnknownName, match="the nearest are blinatumomab") as caught:
        example.names.find("drug", "blinatumomap")
    assert caught.value.near[0] == "blinatumomab"


def test_a_name_of_several_things_answers_the_choices() -> None:
    names = Names([("drug", "http://e/drug/a", "Twin"), ("drug", "http://e/drug/b", "twin")])
    with pytest.raises(UnknownName, match="several things: a, b") as caught:
        names.find("drug", "TWIN")
    assert caught.value.choices == ("http://e/drug/a", "http://e/drug/b")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "#+ summary: only",
        "#+ summary: [",
        "#+ summary: x\n#+ columns: {a: b}\n#+ examples: [{}]\n#+ parameters: {p: {type: colour, description: x}}",
    ],
)
def test_a_header_that_cannot_be_read_is_named(header: str, tmp_path: Path) -> None:
    (tmp_path / "broken.rq").write_text(f"{header}\nSELECT * {{}}")
    with pytest.raises(QuestionError, match=r"broken\.rq"):
        question.load("broken", tmp_path)


def answers_in(error: BaseException) -> list[str]:
    """Return the kinds of the engine's answers that the traceback of ``error`` holds."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return [
        type(value).__name__
        for frame in frames
        for value in frame.f_locals.values()
        if isinstance(value, ox.QuerySolutions | ox.QueryTriples)
    ]


def test_an_error_of_a_question_holds_no_answer_of_the_engine(example: Catalogue) -> None:
    store = example.dataset.store
    with pytest.raises(QuestionError, match="returns no rows") as refused:
        question.load("graph-of").ask(store, example.names, {"resource": vocabulary.resource("drug/blinatumomab")})
    assert answers_in(refused.value) == []
    with pytest.raises(QuestionError, match="constructs no graph") as refused:
        list(question.load("size").construct(store))
    assert answers_in(refused.value) == []
    with mock.patch.object(question, "_value", side_effect=RuntimeError("broken")), pytest.raises(RuntimeError) as broken:
        question.load("size").ask(store, example.names)
    assert answers_in(broken.value) == []
