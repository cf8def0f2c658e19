"""Sight: which statements a question can see at all, by the IRIs that its text names; a store of these alone gives the same answer.

It holds for questions whose every property, and every class of a thing, is written in them: as itself, or as a value of a variable.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final
from urllib.parse import urljoin

from ..questions import question
from ..store import vocabulary
from .statements import TYPE

_PREFIX: Final = re.compile(r"PREFIX\s+(\w+):\s*<([^>]*)>")
_TERM: Final = re.compile(r"<(?P<iri>[^<>\s]*)>|\b(?P<prefix>[a-z]+):(?P<local>[\w-]+)")


@cache
def of_questions(*names: str) -> frozenset[str]:
    """Return the IRIs that the questions called ``names`` write, with that of ``a``."""
    return frozenset({TYPE}.union(*map(_of_question, names)))


def _of_question(name: str) -> set[str]:
    """Return the IRIs that the text of a question writes, those of conditional lines too."""
    text = "\n".join(line for line in question.load(name).text.splitlines() if not line.startswith("#+"))
    spaces = dict(_PREFIX.findall(text))
    written = (
        match["iri"] if match["prefix"] is None else spaces.get(match["prefix"], "") + match["local"] for match in _TERM.finditer(text)
    )
    return {urljoin(vocabulary.base(), iri) for iri in written}
