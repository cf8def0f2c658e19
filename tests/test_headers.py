"""Headers and directives of questions: what nothing would read is refused by file, line and remedy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mabgraph.graph.questions import paging, question
from mabgraph.graph.questions.directives import suggest
from mabgraph.graph.store import vocabulary
from mabgraph.ingest.errors import QuestionError

#: A question with every kind of key; each case changes one text in it.
WHOLE = """#+ summary: "Things."
#+ parameters:
#+   kind: {type: iri, description: "their kind", required: false, many: true}
#+   check: {type: choice, description: "checked or not", choices: {good: "", bad: ""}}
#+   least: {type: decimal, description: "least value", many: false}
#+ pin: kind
#+ page:
#+   question: listed-things
#+   summary: "Things, and how many."
#+   examples:
#+     - {check: good, size: "1"}
#+   of: id
#+   carry: [label]
#+   order: "?label ?id"
#+   sort: {texts: {name: <e:label>}, numbers: {size: <e:size>}}
#+ columns:
#+   id: IRI
#+   label: its name
#+   size: {type: decimal, description: "how large"}
#+ examples:
#+   - {check: good}
SELECT ?id ?label ?size WHERE {
  #{ page
  #? kind: VALUES ?kind { $kind }
  #? check=good: ?id <e:good> ?good .
  #? check=bad: ?id <e:bad> ?bad .
  ?id a ?kind ; <e:label> ?label .
  #}
  # a comment that is for readers
  OPTIONAL { ?kind <e:of> ?id . ?id <e:size> ?size . }
  #? least: FILTER(?size >= $least)
}
"""


def refusal(tmp_path: Path, text: str, name: str = "things") -> str:
    """Return the message of the refusal of a question with this text."""
    (tmp_path / "things.rq").write_text(text, "utf-8")
    with pytest.raises(QuestionError) as caught:
        question.load(name, tmp_path)
    return str(caught.value)


def test_the_whole_question_is_read(tmp_path: Path) -> None:
    (tmp_path / "things.rq").write_text(WHOLE, "utf-8")
    assert [each.name for each in question.load("things", tmp_path).parameters] == ["kind", "check", "least"]
    assert question.load("listed-things", tmp_path).examples == ({"check": "good", "size": "1"},)


@pytest.mark.parametrize(
    ("key", "instead", "line", "message"),
    [
        ("summary: \"Things.\"", "sumary: \"Things.\"", 1, "unknown key 'sumary': is summary meant?"),
        ("#+ pin:", "#+ pim:", 6, "unknown key 'pim': is pin meant?"),
        ("#+ page:", "#+ pages:", 8, "unknown key 'pages': is page meant?"),
        ("required: false", "require: false", 3, "unknown key 'require': is required meant?"),
        ("many: true", "colour: true", 3, "unknown key 'colour': choose from choices, description, many, required, type"),
        ("carry:", "cary:", 13, "unknown key 'cary': is carry meant?"),
        ("numbers:", "nubmers:", 15, "unknown key 'nubmers': is numbers meant?"),
        ("{type: decimal, description: \"how", "{typ: decimal, description: \"how", 19, "unknown key 'typ': is type meant?"),
        ("#+   label: its name", "#+   label: {description: a, unit: b}", 18, "unknown key 'unit': choose from description, type"),
        ("type: iri", "type: irl", 3, "the type 'irl' is unknown: is iri meant?"),
        ("{type: decimal, description: \"how", "{type: deciaml, description: \"how", 19, "the type 'deciaml' is unknown: is decimal meant?"),
        ("#+ examples:", "#+ exemples:", 21, "unknown key 'exemples': is examples meant?"),
        ("#+   label: its name", "#+   id: again", 18, "the key 'id' is written twice"),
        ("#+   summary: \"Things, and how many.\"\n", "", 8, "question, summary and examples belong together"),
        ("#+   question: listed-things\n", "", 8, "question, summary and examples belong together"),
    ],
)  # fmt: skip
def test_a_key_that_nothing_reads_is_refused_with_its_line(key: str, instead: str, line: int, message: str, tmp_path: Path) -> None:
    assert key in WHOLE
    faults = refusal(tmp_path, WHOLE.replace(key, instead, 1))
    assert message in faults
    assert f"things.rq:{line}: " in faults


@pytest.mark.parametrize(
    ("text", "instead", "message"),
    [
        ("#? kind: VALUES", "#? knid: VALUES", "things.rq:24: the parameter 'knid' is unknown: is kind meant?"),
        ("#? kind: VALUES", "#? kind VALUES", "things.rq:24: '#? kind VALUES"),
        ("#? kind: VALUES", "#?? kind: VALUES", "is no directive"),
        ("#? kind: VALUES", "# ? kind: VALUES", "is no directive"),
        ("#? kind: VALUES", "?id a ?any . #? kind: VALUES", "is no directive"),
        ("#? kind: VALUES", "#? kind:VALUES", "is no directive"),
        ("#? kind: VALUES", "#? kind: #? kind: VALUES", "is no directive"),
        ("SELECT", " #+ pin: kind\nSELECT", "is no directive"),
        ("{ $kind }", "{ $kinds }", "things.rq:24: the slot $kinds is not filled: write $kind"),
        ("$least", "$kind", "things.rq:31: the slot $kind is not filled: write $least"),
        ("?id a ?kind ;", "?id a $kind ;", "things.rq:27: the slot $kind is not filled: a slot stands in a line of its parameter"),
        ("#? check=good:", "#? check=god:", "things.rq:25: 'god' is no choice of check: is good meant?"),
        ("#? check=good:", "#? check=good,worse:", "things.rq:25: 'worse' is no choice of check: choose from bad, good"),
        ("#? check=good:", "#? check=:", "things.rq:25: '#? check=: ?id <e:good> ?good .' names no choice"),
        ("#? kind: VALUES", "#? kind=good: VALUES", "'good' is no choice of kind: there are none"),
        ("#{ page", "#{ pages", "things.rq:23: '#{ pages' is no directive"),
        ("#}", "#} page", "is no directive"),
        ("#}", "", "a page needs '#{ page' and '#}'"),
        ("  #{ page\n", "  #}\n", "a page needs '#{ page' and '#}'"),
        ("  # a comment", "  #{ page\n  #}\n  # a comment", "once each and in this order"),
        ("  #? least: FILTER(?size >= $least)\n", "", "the parameter 'least' has no line '#? least: …'"),
        ("#+ pin: kind", "#+ pin: id", "pin: the parameter 'id' is unknown"),
        ("#+ pin: kind", "#+ pin: least", "pin: no OPTIONAL begins with ?least"),
        ("of: id", "of: idd", "has no ?idd: is id meant?"),
        ("carry: [label]", "carry: [lable]", "has no ?lable: is label meant?"),
        ("carry: [label]", "carry: [label, good]", "'good' is a column of listed-things, and no column of the header"),
        ("?label ?id\"", "?lable ?id\"", "ordered by ?lable, which is neither 'of' nor carried: is label meant?"),
        ("- {check: good}", "- {chekc: good}", "an example of things has the unknown parameter 'chekc': is check meant?"),
        ("#+   question: listed-things", "#+   question: \"listed-things\"", "or not on a line of its own"),
    ],
)  # fmt: skip
def test_a_directive_that_no_query_has_is_refused(text: str, instead: str, message: str, tmp_path: Path) -> None:
    assert text in WHOLE
    assert message in refusal(tmp_path, WHOLE.replace(text, instead, 1))


def test_marks_of_a_page_need_a_page_in_the_header(tmp_path: Path) -> None:
    begin, end = WHOLE.index("#+ page:"), WHOLE.index("#+ columns:")
    assert "'#{ page' marks the pattern of a page, and the header has none" in refusal(tmp_path, WHOLE[:begin] + WHOLE[end:])


def test_an_example_of_a_page_has_known_parameters(tmp_path: Path) -> None:
    text = WHOLE.replace('size: "1"}', 'sizes: "1"}')
    assert "an example of listed-things has the unknown parameter 'sizes': is size meant?" in refusal(tmp_path, text, "listed-things")


def test_signs_within_literals_and_addresses_are_no_directives(tmp_path: Path) -> None:
    text = WHOLE.replace("# a comment", "?id <e:a #? b#?> \" #? c\", ' #{ d' . # a comment")
    (tmp_path / "things.rq").write_text(text.replace("<e:a #? b#?>", "<e:a#?>"), "utf-8")
    assert question.load("things", tmp_path).name == "things"


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """Return a folder with the templates of pages."""
    for path in (vocabulary.QUERIES / "page").iterdir():
        (tmp_path / path.name).write_text(path.read_text("utf-8"), "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "text", "instead", "message"),
    [
        ("within", "?$of", "?$off", "within.rq:2: nothing fills $off: is of meant?"),
        ("within", "ORDER BY $order", "ORDER BY ?id", "the template has no $order"),
        ("within", "LIMIT $$size", "LIMIT $size", "within.rq:11: nothing fills $size"),
        ("within", "LIMIT $$size", "LIMIT $$sise", "within.rq:11: the slot $sise is not filled: write $size"),
        ("within", "#? offset: OFFSET $$offset\n", "\n", "the parameter 'offset' has no line"),
        ("within", "#? size:", "#? sizes:", "within.rq:11: the parameter 'sizes' is unknown: is size meant?"),
        ("within", "#{ pattern", "#{ patern", "within.rq:3: nothing fills #{ patern: is pattern meant?"),
        ("within", "LIMIT $$size", "LIMIT $ size", "a '$' begins no slot"),
    ],
)  # fmt: skip
def test_a_template_of_a_page_has_exactly_its_slots(name: str, text: str, instead: str, message: str, templates: Path) -> None:
    path = templates / f"{name}.rq"
    whole = path.read_text("utf-8")
    assert text in whole
    path.write_text(whole.replace(text, instead), "utf-8")
    with pytest.raises(QuestionError, match=re.escape(message)):
        paging.expand(name, {"of": "id", "order": "?id", "variables": "?id"}, templates, pattern="?id a ?any .\n")


@pytest.mark.parametrize("name", ["within", "alone", "key"])
def test_a_value_that_a_template_has_no_slot_for_is_refused(name: str, templates: Path) -> None:
    with pytest.raises(QuestionError, match=re.escape("the template has no $colour")):
        paging.expand(name, {"colour": "red"}, templates)


def test_the_nearest_name_is_suggested_only_where_it_is_near() -> None:
    assert suggest("chek", ["check", "page"]) == "is check meant?"
    assert suggest("q", ["check", "page"]) == "choose from check, page"
    assert suggest("q", []) == "there are none"
