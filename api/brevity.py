"""Brevity: answers to agents cut at what an agent reads, with how many items there are and how to go on.

Agents stop reading at some 25,000 tokens, or at fewer. An answer that is longer is cut by whole items; long lists and texts beside them
are cut last. What was cut is always said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, Final

from pydantic_core import to_json

#: The longest answer (characters of JSON), what of it is kept for all that stands beside the items, and the longest text in an item.
LONGEST: Final = 50_000
_BESIDE: Final = 20_000
_TEXT: Final = 5000
#: Lists and texts beside the items are cut to these numbers, one after the other, until they fit.
_CUTS: Final = ((20, 2000), (5, 500), (1, 200))

Answer = dict[str, Any]


def shortened(answer: Mapping[str, Any]) -> Answer:
    """Return ``answer`` with as many of its items as fit, ``truncated``, and in ``more`` how to go on where it is not all.

    ``answer`` has ``items``; pages have ``total``, ``page`` and ``page_size`` too.
    """
    beside, cut = _beside({name: value for name, value in answer.items() if name != "items"})
    items = [_item(each) for each in answer["items"]]
    shown = _shown(items, LONGEST - _length(beside))
    notes = ["lists and texts beside the items are cut"] if cut else []
    if items != answer["items"]:
        notes.append(f"texts of more than {_TEXT:,} characters are cut: ask for less of them")
    if "page" in answer:
        shown, beside, note = _paged(beside, items, shown)
    else:
        note = _left(items[shown:])
    notes = ([note] if note else []) + notes
    return {**beside, "truncated": bool(notes), "more": "; ".join(notes) or None, "items": items[:shown]}


def _paged(beside: Answer, items: Sequence[Any], shown: int) -> tuple[int, Answer, str]:
    """Return how many items of a page are shown, what stands beside them, and how to go on.

    A page that is cut is a page of fewer items: of a size that divides the one asked for, so that the pages go on from there.
    """
    size, number, total = beside["page_size"], beside["page"], beside["total"]
    if shown < len(items):
        smaller = next(each for each in range(max(1, shown), 0, -1) if size % each == 0)
        number, size, shown = (number - 1) * (size // smaller) + 1, smaller, smaller
    begin = (number - 1) * size
    note = (
        f"items {begin + 1} to {begin + shown} of {total}: go on with page={number + 1}, page_size={size}"
        if begin + shown < total and shown
        else ""
    )
    return shown, {**beside, "page": number, "page_size": size}, note


def _left(items: Sequence[Any]) -> str:
    names = [str(each["name"]) for each in items if isinstance(each, Mapping) and "name" in each]
    if not items:
        return ""
    return f"{len(items)} items are left out: ask for {'these by themselves: ' + ', '.join(names) if names else 'less at once'}"


def _shown(items: Sequence[Any], room: int) -> int:
    """Return how many of ``items`` fit into so many characters: one at least, where there is one."""
    lengths = accumulate(_length(each) + 1 for each in items)
    return max(min(1, len(items)), sum(length <= room for length in lengths))


def _item(item: Any) -> Any:
    """Return an item with its long texts cut, and where it is too long by itself, its lists too."""
    short = _cut(item, None, _TEXT)
    for most, text in _CUTS if _length(short) > LONGEST - _BESIDE else ():
        if _length(short) > LONGEST - _BESIDE:
            short = _cut(short, most, text)
    return short


def _beside(answer: Answer) -> tuple[Answer, bool]:
    short = answer
    for most, text in _CUTS:
        if _length(short) > _BESIDE:
            short = {name: _cut(value, most, text) for name, value in answer.items()}
    return short, short != answer


def _cut(value: Any, most: int | None, text: int) -> Any:
    """Return ``value`` with at most so many members in each list, and at most so many characters in each text."""
    if isinstance(value, str):
        return value if len(value) <= text else value[:text] + "…"
    if isinstance(value, Mapping):
        return {name: _cut(each, most, text) for name, each in value.items()}
    return [_cut(each, most, text) for each in value[:most]] if isinstance(value, list) else value


def _length(value: Any) -> int:
    return len(to_json(value).decode())
