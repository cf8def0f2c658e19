"""Invisible characters: they break XML, spreadsheets and terminals, or make different texts look the same.

These are control characters, bidirectional controls, zero-width characters, lone surrogates, and noncharacters. Ordinary
white space (tab, line feed, carriage return) is not included.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

#: C0 and C1 controls; and, as in Unicode, format characters (general category Cf, except those that Arabic displays), line and
#: paragraph separators, default ignorable code points, surrogates, and noncharacters (Unicode 16, sections 23.2 to 23.8).
UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    + "".join(chr(plane * 0x10000 + last) for plane in range(1, 17) for last in (0xFFFE, 0xFFFF))
    + "]"
)

#: What is seen, in ASCII: most of every text, and taken out of it quicker than it is searched.
_SEEN: Final = bytes([*b"\t\n\r", *range(0x20, 0x7F)])


def find_invisible(text: str) -> tuple[int, str] | None:
    r"""Return the offset and name of the first invisible character of ``text``; None if there is none.

    >>> find_invisible("drug\u200b"), find_invisible("two\tcells\n")
    ((4, 'U+200B ZERO WIDTH SPACE'), None)
    """
    rest = text.encode("utf-8", "surrogatepass").translate(None, _SEEN)
    match = UNSEEN.search(text) if rest and UNSEEN.search(rest.decode("utf-8", "surrogatepass")) else None
    return None if match is None else (match.start(), name_character(match[0]))


def name_character(character: str) -> str:
    r"""Return code point and name of a character.

    >>> name_character("\x1b"), name_character("é")
    ('U+001B CONTROL CHARACTER', 'U+00E9 LATIN SMALL LETTER E WITH ACUTE')
    """
    other = {"Cc": "CONTROL CHARACTER", "Cs": "LONE SURROGATE"}.get(unicodedata.category(character), "NO CHARACTER")
    return f"U+{ord(character):04X} {unicodedata.name(character, other)}"
