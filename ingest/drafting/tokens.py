"""Tokens of running text: numbers, words, texts for an absent number, and signs, each with its place in the document.

One regular expression reads one token at a time and never goes back, so that the time it takes grows with the length of the text alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from .. import numerals
from ..errors import RecordError

#: ``bad`` is a number that can be read in two ways, such as ``0,71`` or ``1.234.567``.
Kind = Literal["number", "absent", "numberword", "word", "percent", "dash", "open", "close", "sign", "plusminus", "operator", "bad"]

_DIGITS: Final = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:[.·]\d+)?|\d+[.·]\d+|[.·]\d+|\d+")
_TOKEN: Final = re.compile(
    r"(?P<absent>not\s+(?:yet\s+)?reached|not\s+estimable|not\s+evaluable|not\s+calculable|could\s+not\s+be\s+estimated"
    r"|N\.R\.|N\.E\.|(?:NR|NE|NA)(?![\w-]))"
    r"|(?P<digits>(?<![\w.·])[.·]?\d(?:[.,·]?\d)*)(?P<tail>\w*)"
    r"|(?P<plusminus>±|\\pm\b|\+/[-−–])"
    r"|(?P<percent>\\?%|per\s?cent\b)"
    r"|(?P<operator>[<>=≤≥⩽⩾≈~]|\\[lg]eq?\b)"
    r"|(?P<versus>vs\.?(?!\w)|C\.\s?I\.)"
    r"|(?P<reference>\^\(?\d[\d,–-]*\)?)"
    r"|(?P<word>[^\W\d_](?:\w|[-‑'’](?=[^\W\d_])|-(?=\d+(?![.,·]?\d)))*)"
    r"|(?P<dash>[-−–—‒‑])|(?P<open>[(\[])|(?P<close>[)\]])|(?P<sign>[^\s$\\{}*])|(?P<skip>\s+|.)",
    re.DOTALL,
)
#: A sign that stands before a number and belongs to it.
_MINUS: Final = frozenset("-−–")
#: Behind these a dash joins two numbers; behind all else it is a minus sign.
_JOINED: Final = frozenset({"number", "percent", "absent", "numberword", "bad", "close", "word"})


@dataclass(frozen=True, slots=True)
class TextToken:
    """One token: its kind, its characters and where they stand in the document. A name such as CD19 is a word."""

    kind: Kind
    start: int
    end: int
    text: str

    @property
    def lower(self) -> str:
        """The characters in small letters, white space as one space; ``vs.`` is ``vs``."""
        return " ".join(self.text.lower().split()).removesuffix(".") if self.kind == "word" else self.text.lower()

    def is_word(self, *words: str) -> bool:
        """Whether the token is one of ``words``, which are in small letters."""
        return self.kind == "word" and self.lower in words

    def is_sign(self, *signs: str) -> bool:
        """Whether the token is one of ``signs``."""
        return self.text in signs and self.kind in {"sign", "operator"}


def tokenize(text: str, start: int, end: int) -> list[TextToken]:
    """Return the tokens of ``text`` from ``start`` to ``end``, with their places in ``text``.

    >>> [(token.kind, token.text) for token in tokenize("−8.6 points (95% CI, -13.4 to 0,71)", 0, 35) if token.kind != "sign"][:6]
    [('number', '−8.6'), ('word', 'points'), ('open', '('), ('number', '95'), ('percent', '%'), ('word', 'CI')]
    """
    tokens: list[TextToken] = []
    for match in _TOKEN.finditer(text, start, end):
        kind = str(match.lastgroup)
        if kind == "reference" and tokens and tokens[-1].kind == "number" and tokens[-1].end == match.start():
            tokens[-1] = TextToken("bad", tokens[-1].start, tokens[-1].end, tokens[-1].text)  # a power, or a note: 10^9
        if kind in {"skip", "reference"}:
            continue
        begin, finish = match.span()
        if kind == "tail":
            kind = _number_kind(match["digits"], match["tail"])
            if kind == "number" and _is_minus(tokens, begin, text):
                begin = tokens.pop().start
            if kind == "number" and _continues(tokens, begin, match["digits"], text):
                tokens[-1] = TextToken("bad", tokens[-1].start, tokens[-1].end, tokens[-1].text)
                kind = "bad"
        elif kind == "versus":
            kind = "word"
        elif kind == "word" and match[0].lower() in numerals.WORDS:
            kind = "numberword"
        tokens.append(TextToken(kind, begin, finish, text[begin:finish]))  # type: ignore[arg-type]
    return tokens


def number_of(token: TextToken) -> numerals.Numeral | None:
    """Return the numeral of a token, or none where it has none."""
    if token.kind not in {"number", "absent", "numberword"}:
        return None
    try:
        return numerals.read(token.text)
    except RecordError:
        return None


def _number_kind(digits: str, tail: str) -> str:
    if tail:
        return "word"
    return "number" if _DIGITS.fullmatch(digits) else "bad"


def _is_minus(tokens: list[TextToken], begin: int, text: str) -> bool:
    """Whether the last token is a dash that is the minus sign of the number at ``begin``."""
    if not tokens or tokens[-1].text not in _MINUS or tokens[-1].end != begin:
        return False
    before = tokens[-2] if len(tokens) > 1 else None
    if before is None or before.kind not in _JOINED:
        return True
    return before.kind == "word" and before.end < tokens[-1].start


def _continues(tokens: list[TextToken], begin: int, digits: str, text: str) -> bool:
    """Whether a number may go on with ``digits`` behind one space, as in ``1 208``."""
    if not tokens or tokens[-1].kind != "number" or begin - tokens[-1].end != 1 or text[begin - 1] not in " \u00a0\u2009\u202f":
        return False
    return len(re.split(r"[.·]", digits)[0]) == 3 and tokens[-1].text.lstrip("-−–").isdigit() and len(tokens[-1].text) <= 3
