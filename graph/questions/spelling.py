"""Spelling: what does not tell names apart is folded, the same way in what is asked for and in what is stored.

Names are folded when a dataset is opened, each once, so it is done by the C code of strings where that can be: a name in ASCII needs no
compatible form, and an expression runs only on a name that has the letters it begins with.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from mabgraph.ingest import numerals

#: What does not tell names apart: spaces, hyphens, quotation marks, signs of registration, what has no width.
_IDLE: Final = re.compile(r"[\s\-_‐‑‒–—−'’\"®™©\u00ad\u200b-\u200d\u2060\ufeff]+")
_IDLE_ASCII: Final = {code: None for code in range(128) if _IDLE.match(chr(code))}
#: Signs of registration, which a compatible form would turn into letters.
_MARKS: Final = re.compile("[®™©]")
#: Number words that names are written with, and their digits.
WORDS: Final = {word: str(number) for word, number in numerals.WORD_NUMBERS.items() if number} | {"hundred": "100"}
_KNOWN: Final = frozenset(WORDS)
#: A number word, or two for one number: thirty-nine.
_WORD: Final = re.compile(
    rf"\b(?:(?P<tens>(?:twen|thir|for|fif|six|seven|eigh|nine)ty)[\s-](?P<ones>{'|'.join(list(WORDS)[:9])})|{'|'.join(WORDS)})\b"
)
_SEPARATORS: Final = {code: " " for code in range(128) if re.match(r"\W", chr(code))}
#: British spellings and the American ones: ``haematologic``, ``tumour``, ``randomised``. Each begins with what it replaces.
_DIGRAPH: Final = re.compile(r"[ao]e(?:(?<=[a-z]..)|(?<=\b..)(?=[a-z]{3}))")
_OUR: Final = re.compile(r"our(?<=[a-z]{2}our)(?=s?\b)")
_ISE: Final = re.compile(r"is(?<=[a-z]{3}is)(?=(?:e|ed|es|ing|ation|ations)\b)")
_YSE: Final = re.compile(r"ys(?<=[a-z]{2}ys)(?=(?:e|ed|es|ing)\b)")
_TRE: Final = re.compile(r"(?P<letter>[tb])re(?<=[a-z]{3}re)(?=s?\b)")


def normalise(name: str) -> str:
    """Return ``name`` without what does not tell names apart: what remains identifies.

    That is case, width, spaces, hyphens, quotation marks, signs of registration, British or American spelling, and number words or digits.

    >>> normalise("Overall survival") == normalise("overall-survival"), normalise("BLINCYTO®") == normalise("Blincyto")
    (True, True)
    >>> normalise("grade three") == normalise("grade 3"), normalise("haematologic") == normalise("hematologic")
    (True, True)
    >>> normalise("eighteen to thirty-nine years") == normalise("18 to 39 years")
    True
    """
    if name.isascii():
        return fold(name.lower()).translate(_IDLE_ASCII)
    folded = fold(unicodedata.normalize("NFKC", _MARKS.sub("", name)).casefold())
    return _IDLE.sub("", unicodedata.normalize("NFKC", _IDLE.sub("", folded)).casefold())


def fold(text: str) -> str:
    """Return ``text``, which is in small letters, in American spelling and with digits for number words; words stay words.

    >>> fold("randomised to sixteen mg/kg: haematologic response, tumours")
    'randomized to 16 mg/kg: hematologic response, tumors'
    >>> fold("titres analysed in two centres")
    'titers analyzed in 2 centers'
    """
    if not (text.isascii() and _KNOWN.isdisjoint(text.translate(_SEPARATORS).split())):
        text = _WORD.sub(_digits, text)
    if "ae" in text or "oe" in text:
        text = _DIGRAPH.sub("e", text)
    if "our" in text:
        text = _OUR.sub("or", text)
    if "is" in text:
        text = _ISE.sub("iz", text)
    if "ys" in text:
        text = _YSE.sub("yz", text)
    if "tre" in text or "bre" in text:
        text = _TRE.sub(r"\g<letter>er", text)
    return text


def _digits(word: re.Match[str]) -> str:
    return str(int(WORDS[word["tens"]]) + int(WORDS[word["ones"]])) if word["tens"] else WORDS[word[0]]
