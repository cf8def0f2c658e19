"""Characters that are not seen where they are read are refused at their place: in files and in values written by their code."""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

import pytest

from mabgraph.ingest import characters, recordfile
from mabgraph.ingest.errors import RecordError
from mabgraph.ingest.visible import escape_invisible

#: Format characters that Arabic, Syriac and Kaithi show, and those that only stand in scripts of stone and notes.
_SEEN = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")


def test_no_control_format_or_broken_character_is_passed_over() -> None:
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        category = unicodedata.category(character)
        hidden = category in {"Cc", "Cf", "Cs", "Zl", "Zp"} and character not in "\t\n\r" and character not in _SEEN
        if hidden and not 0x13430 <= code <= 0x1345F:
            assert characters.find_invisible(character), f"U+{code:04X}"


@pytest.mark.parametrize("text", ["café 0·71 ≥ 10 µg – “x” α-β\u00a0mg", "a\tb\r\nc", "中文 العربية 😀"])
def test_what_is_seen_passes(text: str) -> None:
    assert characters.find_invisible(text) is None
    assert escape_invisible(text) == text


@pytest.mark.parametrize(
    ("text", "line", "name"),
    [
        ("a: 1\nb: x\x1b[31m\n", 2, "U+001B CONTROL CHARACTER"),
        ("a: \x00", 1, "U+0000 CONTROL CHARACTER"),
        ("a: 1\n\nb: x\u202e1.0\n", 3, "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("a: 1 # \u2066 a remark that turns\n", 1, "U+2066 LEFT-TO-RIGHT ISOLATE"),
        ("a: 1\nb: drug\u200b\n", 2, "U+200B ZERO WIDTH SPACE"),
        ("a: 1\nb: [c, 'd\ufeff']\n", 2, "U+FEFF ZERO WIDTH NO-BREAK SPACE"),
        ('a: 1\nb: "\\x1b[2J"\n', 2, "U+001B CONTROL CHARACTER"),
        ('a: 1\nb: "x\\u202e"\n', 2, "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ('a: 1\n"k\\0": 2\n', 2, "U+0000 CONTROL CHARACTER"),
        ("a: 1\nb: \ufffe\n", 2, "U+FFFE NO CHARACTER"),
        ("a: 1\nb: \ud800\n", 2, "U+D800 LONE SURROGATE"),
    ],
)
def test_a_record_with_what_is_not_seen_is_refused_by_line_and_name(text: str, line: int, name: str) -> None:
    with pytest.raises(RecordError) as error:
        recordfile.parse(text, Path("x.yaml"))
    assert str(error.value).startswith(f"x.yaml:{line}: {name} is not seen where it is read")
    assert "take it out" in str(error.value)


def test_a_terminal_gets_codes_in_place_of_what_it_would_act_on() -> None:
    assert escape_invisible("a\x1b[2Jb\u202ec\x9b\ud800") == "a⟨U+001B⟩[2Jb⟨U+202E⟩c⟨U+009B⟩⟨U+D800⟩"


def test_every_character_is_seen_or_not_whatever_stands_around_it() -> None:
    for code in range(0x110000):
        if characters.UNSEEN.match(chr(code)) is not None or code < 0x300:
            place = characters.find_invisible(f"a\n{chr(code)}\u00e9")
            assert (place is not None and place[0] == 2) == (characters.UNSEEN.match(chr(code)) is not None)
