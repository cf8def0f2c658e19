"""A quote is placed where its characters stand or not at all; a sealed record shows every later change."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from mabgraph.ingest import anchoring, documents, quotes, recordfile, seals, verification
from mabgraph.ingest.errors import AnchorError, MabgraphError, RecordError

DATA = Path(__file__).parent / "data"
LIBRARY = documents.open_library(DATA / "documents")
TEXT = (DATA / "records" / "example-2020.yaml").read_text("utf-8")
FLOW = '{quote: "Authors warn of small numbers", at: 434}'
BLOCK = '- quote: "again as [0.7](value)"\n        at: 345\n'


def file(text: str) -> recordfile.RecordFile:
    return recordfile.parse(text, Path("example-2020.yaml"))


def changed(*pairs: tuple[str, str]) -> str:
    """Return the example with each first text of a pair, which stands in it once, replaced by the second."""
    text = TEXT
    for old, new in pairs:
        assert text.count(old) == 1, f"{old!r} does not stand once in the example"
        text = text.replace(old, new)
    return text


def unsealed(text: str) -> str:
    return text[: text.rindex("sealed:")]


def refusal(text: str, library: documents.Library = LIBRARY) -> str:
    with pytest.raises(MabgraphError) as error:
        anchoring.anchor(file(text), library)
    return str(error.value)


def test_anchored_record_is_left_as_it_is() -> None:
    assert anchoring.anchor(file(TEXT), LIBRARY) == TEXT


@pytest.mark.parametrize(
    ("written", "anchored"),
    [
        ('{quote: "Authors warn of small numbers"}', FLOW),
        ('{quote: "Authors warn of small numbers",}', FLOW.replace("}", ",}")),
        ("{quote: Authors warn of small numbers}  # why", "{quote: Authors warn of small numbers, at: 434}  # why"),
        (
            "{quote: 'Authors warn\n          of small numbers'\n        }",
            "{quote: 'Authors warn\n          of small numbers', at: 434\n        }",
        ),
        ("{at: 434, quote: Authors  warn}", '{at: 434, quote: "Authors warn"}'),
        ("quote: Authors warn of small numbers", "quote: Authors warn of small numbers\n        at: 434"),
        ("quote: Authors warn\n          of small  # why", "quote: Authors warn\n          of small\n        at: 434  # why"),
        ("# 😀 é\n        quote: Authors warn", "# 😀 é\n        quote: Authors warn\n        at: 434"),
        ('quote: "0.98; P<0.05). The hazard"', 'quote: "0.98; P<0.05). The hazard"\n        at: 302'),
        ('{quote: "CI, [0.50](lower)"}', '{quote: "CI,\\n[0.50](lower)", at: 290}'),
        ('{quote: "was  not\\nreached  with"}', '{quote: "was not reached with", at: 220}'),
        ('quote: "January 2019. A dose"  # why', 'quote: "January 2019.\\nA dose"\n        at: 378  # why'),
        ("quote: January\n          2019.\n          A dose", 'quote: "January 2019.\\nA dose"\n        at: 378'),
    ],
)
def test_place_is_filled_in_and_white_space_taken_from_the_source(written: str, anchored: str) -> None:
    """Nothing but the quote and its place is rewritten, and a second run changes nothing."""
    once = anchoring.anchor(file(unsealed(changed((FLOW, written)))), LIBRARY)
    assert unsealed(once) == unsealed(changed((FLOW, anchored)))
    assert seals.seal_fault(file(once)) is None
    assert anchoring.anchor(file(once), LIBRARY) == once


def test_all_places_are_filled_at_once_and_comments_and_formatting_stay() -> None:
    """The source of every place is the document alone: taken out, all come back as they were."""
    text = "---\n# first\n" + TEXT.replace("studies:\n", "\nstudies:   # of the trial\n\n")
    bare = "".join(line for line in text.splitlines(keepends=True) if not line.strip().startswith("at: "))
    for at in sorted(int(part.split("}")[0]) for part in text.split(", at: ")[1:]):
        bare = bare.replace(f", at: {at}", "")
    assert "at: " not in bare.replace("characters", "")
    assert anchoring.anchor(file(bare), LIBRARY) == text


def test_seal_is_replaced_where_it_stands_and_nothing_after_it_is_lost() -> None:
    seal = TEXT[TEXT.rindex(": ") + 2 :].strip()
    text = changed((f"sealed: {seal}\n", f'sealed: "{"0" * 64}"  # stamp'))
    assert anchoring.anchor(file(text), LIBRARY) == changed((f"sealed: {seal}\n", f"sealed: {seal}  # stamp"))


@pytest.mark.parametrize("at", [140, 241])
def test_place_chosen_among_several_is_kept(at: int) -> None:
    text = changed((FLOW, f'{{quote: "standard care", at: {at}}}'))
    assert unsealed(anchoring.anchor(file(text), LIBRARY)) == unsealed(text)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (FLOW, FLOW.replace("warn", "warned"), "claims[0].printed[0].quote: the quote 'Authors warned of small numbers' does not stand in the "
         "document; the nearest is 'Authors warn of small numbers' at 434: the quote has \"e\" (U+0065 LATIN SMALL LETTER E), which the document "
         "lacks, after 'Authors warn': copy its characters exactly"),
        (FLOW, FLOW.replace("Authors", "authors"), "claims[0].printed[0].quote: the quote 'authors warn of small numbers' does not stand in the "
         "document; the nearest is 'Authors warn of small numbers' at 434: expected U+0041 LATIN CAPITAL LETTER A, the quote has \"a\" "
         "(U+0061 LATIN SMALL LETTER A), at its beginning: copy its characters exactly"),
        (BLOCK, BLOCK.replace("0.7]", "0.8]"), "results[1].printed[1].quote: the quote 'again as 0.8' does not stand in the document; "
         "the nearest is 'again as 0.7' at 345: expected U+0037 DIGIT SEVEN, the quote has \"8\" (U+0038 DIGIT EIGHT), after 'again as 0.': "
         "copy its characters exactly"),
        (FLOW, FLOW.replace("434", "435"), "claims[0].printed[0].quote: the quote 'Authors warn of small numbers' is not at 435 but at 434: "
         "correct its 'at' or take it out"),
        (FLOW, '{quote: "standard care", at: 141}', "claims[0].printed[0].quote: the quote 'standard care' is not at 141 but at 140, 241: "
         "correct its 'at' or take it out"),
        (FLOW, '{quote: "standard care"}', "claims[0].printed[0].quote: the quote 'standard care' stands in 2 places: quote more words, or "
         "choose one:\n    at: 140  …1 ratio, to examplimab (60 patients) or standard care (30 patients). Median survival was 8·1…\n"
         "    at: 241  …ith examplimab and was not reached with standard care (hazard ratio for death, 0.70; 95% CI,…"),
        (FLOW, "{quote: ' Authors'}", "claims[0].printed[0].quote: the quote ' Authors' begins or ends with white space: quote the words only"),
        (FLOW, "{quote: ''}", "claims[0].printed[0].quote: the quote is empty: quote the words that print the figure"),
        (FLOW, '{quote: "[2019. ](date)\\nA dose"}', "claims[0].printed[0].quote: the mark '2019. ' begins or ends with white space: mark the "
         "figure only"),
        (BLOCK, "- quote: |-\n          again as [0.7](value)\n", "results[1].printed[1].quote: a quote is no block of lines ('|', '>'): write it "
         "between double quotes"),
        (BLOCK, "- quote: >-\n          again as [0.7](value)\n", "results[1].printed[1].quote: a quote is no block of lines ('|', '>'): write it "
         "between double quotes"),
    ],
)  # fmt: skip
def test_quote_that_has_no_one_place_is_refused(old: str, new: str, message: str) -> None:
    text = changed((old, new))
    line = text[: text.index(new)].count("\n") + 1
    assert refusal(text) == f"example-2020.yaml:{line}: {message}"


@pytest.mark.parametrize(("quote", "at"), [("A dose of [1](dose)", 392), ("[500](dose) mg", 404), ("[1.2](lower)", 582)])
def test_quote_that_cuts_a_number_is_refused_when_anchored_and_when_checked(quote: str, at: int) -> None:
    """``[1](dose)`` of "1,500 mg" stands in the document, and would state a dose that nobody printed."""
    text = changed((FLOW, f'{{quote: "{quote}", at: {at}}}'))
    message = refusal(text)
    assert f".quote: the quote '{quotes.read(quote).text}' begins or ends inside a number at {at}: …" in message
    assert message.endswith("…: quote the number whole, with its sign")
    assert message in verification.check(file(text), LIBRARY).faults


def test_every_quote_without_a_place_is_told_at_once() -> None:
    text = changed((FLOW, FLOW.replace("warn", "warned")), (BLOCK, BLOCK.replace("345", "346")))
    assert [fault.split(": ")[1] for fault in refusal(text).splitlines()] == ["results[1].printed[1].quote", "claims[0].printed[0].quote"]


def test_file_that_no_seal_can_end_is_refused() -> None:
    assert "example-2020.yaml:" in refusal(unsealed(TEXT) + "...\n")


def test_document_that_is_not_held_or_is_another_one_is_refused(tmp_path: Path) -> None:
    absent = documents.Library({})
    assert refusal(TEXT, absent) == "the text of example-2020 is not in the folders of documents: give --documents FOLDER with it"
    path = tmp_path / "example-2020.txt"
    path.write_bytes((DATA / "documents" / path.name).read_bytes().replace(b"0.70", b"0.71"))
    sha = hashlib.sha256(path.read_bytes()).hexdigest()
    recorded = hashlib.sha256((DATA / "documents" / path.name).read_bytes()).hexdigest()
    message = f"{path}: SHA-256 {sha} is not the recorded {recorded}: this is not the text that was read"
    assert refusal(TEXT, documents.Library({"example-2020": path})) == message
    shorter = changed(("characters: 594", "characters: 593"))
    assert refusal(shorter) == f"{DATA}/documents/example-2020.txt: has 594 characters, the record says 593"


def test_record_that_breaks_the_format_is_not_anchored() -> None:
    with pytest.raises(RecordError, match="unknown key 'titel'"):
        anchoring.anchor(file(changed(("title:", "titel:"))), LIBRARY)
    with pytest.raises(AnchorError):
        anchoring.anchor(file(changed((FLOW, FLOW.replace("434", "0")))), LIBRARY)


def test_check_of_a_sound_record_counts_its_figures_and_says_whether_the_text_was_seen() -> None:
    for library, seen in ((LIBRARY, True), (None, False), (documents.Library({}), False)):
        assert verification.check(file(TEXT), library) == verification.Checked("example-2020", (), 17, seen)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (changed(("The trial was small.", "The trial was large.")), "the record has changed since it was last anchored"),
        (changed(("measure: median", "measure: mean")), "the record has changed since it was last anchored"),
        (changed(("again as", "again  as")), "the record has changed since it was last anchored"),
        (TEXT[:-2] + ("0" if TEXT[-2] != "0" else "1") + "\n", "the record has changed since it was last anchored"),
        (unsealed(TEXT), "the record was never anchored"),
    ],
)
def test_later_change_is_seen_without_the_text(text: str, message: str) -> None:
    checked = verification.check(file(text), None)
    assert checked.faults == (f"example-2020.yaml: {message}: run mabgraph anchor with the document at hand",)


def test_comments_and_layout_are_not_evidence_and_do_not_break_the_seal() -> None:
    text = "# read twice\n" + TEXT.replace("at: 189}", "at: '189' }  # abstract").replace("studies:\n", "\nstudies:\n")
    assert verification.check(file(text), LIBRARY).faults == ()


@pytest.mark.parametrize(
    ("old", "new", "messages"),
    [
        (FLOW, FLOW.replace("434", "436"), ["claims[0].printed[0].at: the document has 'thors warn of small numbers.\\n' at 436, the record "
         "'Authors warn of small numbers'; it stands at 434: correct its 'at' or take it out"]),
        (BLOCK, BLOCK.replace("0.7]", "0.8]"), ["results[1].printed[1].at: the document has 'again as 0.7' at 345, the record 'again as 0.8'; "
         "the nearest is 'again as 0.7' at 345: expected U+0037 DIGIT SEVEN, the quote has \"8\" (U+0038 DIGIT EIGHT), after 'again as 0.'",
         "results[1].printed[1].quote: figure '0.8' is '0.7' at 354"]),
        (FLOW, FLOW.replace("434", "9999"), ["claims[0].printed[0].at: the document has '' at 9999, the record 'Authors warn of small numbers'; "
         "it stands at 434: correct its 'at' or take it out"]),
        (FLOW, FLOW.replace(", at: 434", ""), ["claims[0].printed[0].quote: has no place: run mabgraph anchor"]),
    ],
)  # fmt: skip
def test_check_with_the_text_reports_each_misplaced_quote(old: str, new: str, messages: list[str]) -> None:
    checked = verification.check(file(changed((old, new))), LIBRARY)
    assert checked.text_seen
    assert [fault.split(": ", 1)[1] for fault in checked.faults if ".printed[" in fault] == messages


def test_check_reports_faults_of_form_and_contradictions_instead_of_raising() -> None:
    broken = verification.check(file(changed(("title:", "titel:"), ("type: Clinical", "type: "))), LIBRARY)
    assert (broken.document, broken.figures, broken.text_seen) == ("example-2020", 0, True)  # its quotes are held against the text
    assert not verification.check(file(changed(("title:", "titel:"))), None).text_seen
    assert any("unknown key 'titel'" in fault for fault in broken.faults)
    assert any("studies[0].type: " in fault for fault in broken.faults)
    torn = verification.check(file(changed(("regimen: examplimab-regimen", "regimen: nope"))), LIBRARY)
    assert any("regimen 'nope' is no regimen of this record" in fault for fault in torn.faults)
