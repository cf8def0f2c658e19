"""The tokens of a query, and a cursor over them."""

from __future__ import annotations

import re
from typing import Final

import pyoxigraph as ox

from ..store import vocabulary
from .tree import Term, UnsupportedError

_TOKEN: Final = re.compile(
    r"""(?:\s+|\#[^\n]*)*(?:(?P<iri><[^<>"{}|^`\\\s]*>)|(?P<variable>\?\w+)|(?P<slot>\$\w+)|(?P<text>"(?:[^"\\\n]|\\["\\n])*")"""
    r"""|(?P<name>[A-Za-z]\w*:[\w-]*)|(?P<number>\d+\b)|(?P<word>[A-Za-z_]+)|(?P<sign>\|\||&&|!=|<=|>=|[{}()|/^*?;,.=!<>]))"""
)
_END: Final = re.compile(r"(?:\s+|#[^\n]*)*")
_INTEGER: Final = ox.NamedNode("http://www.w3.org/2001/XMLSchema#integer")
_ESCAPES: Final = {"n": "\n", '"': '"', "\\": "\\"}


class Cursor:
    """The place in a text up to which it was read: what stands there, and terms as they are written."""

    def __init__(self, text: str) -> None:
        """Take the text.

        :raises UnsupportedError: for characters that the questions do not have.
        """
        self._tokens: list[tuple[str, str]] = []
        self._at = 0
        self._prefixes: dict[str, str] = {}
        end = 0
        while match := _TOKEN.match(text, end):
            kind = str(match.lastgroup)
            self._tokens.append((kind, match[kind]))
            end = match.end()
        if _END.fullmatch(text, end) is None:
            raise UnsupportedError(f"not read by patterns: {text[end : end + 40].strip()!r}")

    def _term(self) -> Term:
        kind, token = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
        self._at += 1
        if kind == "iri":
            return ox.NamedNode(self._expand(token))
        if kind == "name":
            prefix, _, local = token.partition(":")
            if prefix in self._prefixes:
                return ox.NamedNode(self._prefixes[prefix] + local)
        if kind == "text":
            return ox.Literal(re.sub(r"\\(.)", lambda match: _ESCAPES[match[1]], token[1:-1]))
        if kind == "number":
            return ox.Literal(token, datatype=_INTEGER)
        if kind == "word" and token in {"true", "false"}:
            return ox.Literal(token[0] == "t")
        self._at -= 1
        raise self._refusal()

    @staticmethod
    def _expand(token: str) -> str:
        iri = token[1:-1]
        return iri if ":" in iri else vocabulary.base() + iri

    def _kind(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _sees(self, token: str) -> bool:
        if self._at >= len(self._tokens):
            return False
        kind, written = self._tokens[self._at]
        return kind in {"word", "sign"} and written == token

    def _take(self, token: str) -> bool:
        seen = self._sees(token)
        self._at += seen
        return seen

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise self._refusal()

    def _next(self, kind: str) -> str:
        if self._kind() != kind:
            raise self._refusal()
        self._at += 1
        return self._tokens[self._at - 1][1]

    def _refusal(self) -> UnsupportedError:
        around = " ".join(token for _, token in self._tokens[max(0, self._at - 3) : self._at + 3])
        return UnsupportedError(f"not read by patterns: {around!r}")
