"""Confusable names: names that look alike though they are written with different characters."""

from __future__ import annotations

import unicodedata
from typing import Final

from mabgraph.ingest.characters import name_character

#: Greek and Cyrillic letters that look like Latin ones (Unicode Technical Standard 39, confusables; those used in drug names).
_LETTERS: Final = str.maketrans(
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϳοАВЕЅІЈКМНОРСТУХасеорхуѕіјһԁԛԝ’‘ʼ′`´”“″",
    "ABEZHIKMNOPTYXCjoABESIJKMHOPCTYXaceopxysijhdqw''''''\"\"\"",
)


def skeleton(name: str) -> str:
    """Return the skeleton of ``name``: equal for names that look alike or differ only in case (compare UTS 39, section 4).

    >>> skeleton("IFN‑A") == skeleton("ifn-a") == skeleton("IFN-Α")
    True
    """
    plain = unicodedata.normalize("NFKC", name).translate(_LETTERS)
    dashes = "".join("-" if unicodedata.category(sign) == "Pd" or sign == "\N{MINUS SIGN}" else sign for sign in plain)
    return unicodedata.normalize("NFC", " ".join(dashes.split()).casefold())


def describe_difference(one: str, other: str) -> str:
    """Describe how two names that look alike differ.

    >>> describe_difference("Drug", "drug"), describe_difference("IFN", "IFΝ")
    ('differ in capitals alone', 'look the same (U+004E LATIN CAPITAL LETTER N, U+039D GREEK CAPITAL LETTER NU)')
    """
    if one.casefold() == other.casefold():
        return "differ in capitals alone"
    first, second = next(((a, b) for a, b in zip(one, other, strict=False) if a.casefold() != b.casefold()), (one[-1:], other[-1:]))
    return f"look the same ({', '.join(name_character(sign) for sign in (first, second) if sign)})"
