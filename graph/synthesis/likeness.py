"""Confusable names: names that look alike though they are written with different characters."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from mabgraph.ingest.characters import name_character

#: Letters of other scripts that look like Latin ones, and signs that look like those of ASCII (Unicode Technical Standard 39, confusables;
#: those that names of drugs and what is pasted from documents have).
_ALIKE: Final = {
    "a": "αаɑ", "b": "Ь", "c": "сϲ", "d": "ԁ", "e": "еҽ℮", "g": "ɡց", "h": "һհ", "i": "іιıɩ", "j": "јϳ", "k": "κк", "l": "ӏ", "n": "ոռ",
    "o": "оοօσ", "p": "рρ", "q": "ԛզ", "s": "ѕ", "u": "υս", "v": "νѵ", "w": "ԝա", "x": "хχ×✕", "y": "уγү",
    "A": "ΑА", "B": "ΒВ", "C": "СϹ", "D": "ÐƉĐ", "E": "ΕЕ", "G": "Ԍ", "H": "ΗН", "I": "ΙІӀİ", "J": "Ј", "K": "ΚК", "M": "ΜМ", "N": "Ν",
    "O": "ΟОՕ", "P": "ΡР", "Q": "Ԛ", "S": "ЅՏ", "T": "ΤТ", "U": "Ս", "V": "Ѵ", "W": "Ԝ", "X": "ΧХ", "Y": "ΥҮ", "Z": "Ζ", "ß": "βϐ",
    "'": "’‘ʼʹ′`´ˈ", '"': "”“„″˝", "-": "−⁃˗➖ー─ᐨ", "/": "∕⁄╱⧸", "·": "•‧∙⋅●・", ",": "‚،", ":": "ː˸∶꞉", "*": "∗⁎", "+": "➕", "|": "ǀ∣❘",
    "~": "∼˜",
}  # fmt: skip
_LETTERS: Final = {ord(other): sign for sign, others in _ALIKE.items() for other in others}
#: Capital i, and what else is a bare stroke in type without serifs, as the small letter l.
_STROKES: Final = str.maketrans("I|", "ll")


def likeness(name: str) -> str:
    """Return what all names that look like ``name``, or differ in capitals or in spaces beside signs alone, have in common.

    >>> likeness("IFN‑A") == likeness("ifn-a") == likeness("IFN-Α") == likeness("IFN-α"), likeness("A + B") == likeness("a+b")
    (True, True)
    """
    return unicodedata.normalize("NFC", _simplify(name).casefold())


def likeness_in_type(name: str) -> str:
    """Return what all names have in common that look like ``name`` where capital i and small L are one stroke.

    >>> likeness_in_type("IL-2") == likeness_in_type("lL-2"), likeness_in_type("IL-37") == likeness_in_type("LL-37")
    (True, False)
    """
    return _simplify(name).translate(_STROKES)


def _simplify(name: str) -> str:
    """Return ``name`` in the letters and signs that it looks to be written in, without spaces beside signs."""
    plain = unicodedata.normalize("NFKC", name.translate({ord("´"): "'", ord("˜"): "~"})).translate(_LETTERS)
    plain = unicodedata.normalize("NFC", plain)
    dashes = "".join("-" if unicodedata.category(sign) == "Pd" else sign for sign in plain)
    return re.sub(r" ?([^\w\s]) ?", r"\1", " ".join(dashes.split()))


def describe_difference(one: str, other: str) -> str:
    """Describe how two names that look alike differ.

    >>> describe_difference("Drug", "drug"), describe_difference("IFN", "IFΝ"), describe_difference("A+B", "A + B")
    ('differ in capitals alone', 'look the same (U+004E LATIN CAPITAL LETTER N, U+039D GREEK CAPITAL LETTER NU)', 'differ in spaces alone')
    """
    if "".join(one.split()) == "".join(other.split()):
        return "differ in spaces alone"
    if one.lower() == other.lower():
        return "differ in capitals alone"
    first, second = next(((a, b) for a, b in zip(one, other, strict=False) if a.lower() != b.lower()), (one[-1:], other[-1:]))
    return f"look the same ({', '.join(name_character(sign) for sign in (first, second) if sign)})"
