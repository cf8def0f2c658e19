"""Visible text: escapes characters that readers cannot see and that break programs.

Controls end strings and move cursors, bidirectional controls reorder digits, zero-width characters hide in names, and
noncharacters break XML. None of them is part of what a document prints.
"""

from __future__ import annotations

from typing import Any

from .characters import UNSEEN, find_invisible


def escape_invisible(text: str) -> str:
    """Return ``text`` with invisible characters as code points; tabs and line breaks stay.

    >>> escape_invisible("0.7" + chr(0x202e) + "1" + chr(0))
    '0.7⟨U+202E⟩1⟨U+0000⟩'
    """
    if _is_seen(text):
        return text
    return UNSEEN.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", text)


def escape_invisible_in(value: Any) -> Any:
    """Return ``value`` with :func:`escape_invisible` applied to every text in it, including keys."""
    if isinstance(value, str):
        return escape_invisible(value)
    if isinstance(value, dict):
        return {escape_invisible_in(key): escape_invisible_in(each) for key, each in value.items()}
    return [escape_invisible_in(each) for each in value] if isinstance(value, list | tuple) else value


def escape_json(json: str) -> str:
    r"""Return JSON of the same values with every invisible character escaped.

    >>> escape_json('["' + chr(0x202e) + '"]')
    '["\\u202e"]'
    """
    if _is_seen(json):
        return json
    return UNSEEN.sub(lambda match: _escape(ord(match[0])), json)


def _is_seen(text: str) -> bool:
    """Whether every character is visible; most texts pass a fast check."""
    return (text.isascii() and text.isprintable()) or find_invisible(text) is None


def _escape(number: int) -> str:
    """Return the JSON escape of a code point: beyond the first plane, a surrogate pair (RFC 8259, 7)."""
    if number <= 0xFFFF:
        return f"\\u{number:04x}"
    return f"\\u{0xD800 + ((number - 0x10000) >> 10):04x}\\u{0xDC00 + ((number - 0x10000) & 0x3FF):04x}"
