"""Seals of records: the SHA-256 of everything that a record says.

A seal lets a build trust the offsets where the text of a document is not at hand, and makes any later change visible: evidence is changed
only with the source at hand.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from . import shortrows
from .recordfile import RecordFile

_UNSEALED: Final = frozenset({"sealed", "proposals"})


def seal(data: dict[str, Any]) -> str:
    """Return the seal of a record's values: SHA-256 of their canonical JSON.

    The seal itself is left out, and proposals, which state nothing. Short rows count as they are read: a rule that reads one in another
    way breaks the seal.
    """
    expanded, _ = shortrows.expand_values(data)
    sealed_values = {key: value for key, value in expanded.items() if key not in _UNSEALED}
    return hashlib.sha256(json.dumps(sealed_values, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def seal_fault(file: RecordFile) -> str | None:
    """Return what is wrong with the record's seal, or none when it holds."""
    if file.data.get("sealed") == seal(file.data):
        return None
    word = "has changed since it was last anchored" if file.data.get("sealed") else "was never anchored"
    return f"{file.path}: the record {word}: run mabgraph anchor with the document at hand"
