"""Truncation of tool answers to what an agent reads, with the number of items and how to get the rest.

Agents stop reading at about 25,000 tokens or fewer. A longer answer is truncated by whole items; long lists and texts beside the items
are truncated last. Every truncation is reported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, Final

from pydantic_core import to_json

from ..collections import brief

#: Limits (characters of JSON): a whole answer, its fields beside the items, and a text in an item.
LONGEST: Final = 50_000
_BESIDE_ITEMS: Final = 20_000
_TEXT: Final = 5000
#: Limits (list members, text characters) tried in this order until the fields beside the items fit.
_CUTS: Final = ((20, 2000), (5, 500), (1, 200))

Answer = dict[str, Any]


def shorten(answer: Mapping[str, Any]) -> Answer:
    """Return ``answer`` with as many items as fit, ``truncated``, and in ``more`` how to get the rest.

    ``answer`` has ``items``; pages have ``total``, ``page`` and ``page_size`` too.
    """
    items = [_shorten_item(each) for each in answer["items"]]
    beside, cut = _shorten_beside(_beside(answer, items[: _count_fitting(items, LONGEST)]))
    shown = _count_fitting(items, LONGEST - _length(beside))
    cuts = ["lists and texts beside the items are truncated"] if cut else []
    if items != answer["items"]:
        cuts.append(f"texts of more than {_TEXT:,} characters are truncated: ask for fewer items")
    while True:
        short = _page_of(beside, items, shown, cuts)
        if shown <= 1 or _length(short) <= LONGEST:
            return short
        shown -= 1  # the note on what is left out takes room, too


def _beside(answer: Mapping[str, Any], items: Sequence[Any]) -> Answer:
    """Return the fields of ``answer`` beside its items; of what rows share, what those of ``items`` refer to that can fit at all."""
    fields = {name: value for name, value in answer.items() if name != "items"}
    if "included" in fields:
        fields["included"], fields["texts"] = brief.select(fields["included"], fields["texts"], items)
    return fields


def _page_of(beside: Answer, items: Sequence[Any], shown: int, cuts: Sequence[str]) -> Answer:
    """Return the answer with the first ``shown`` of ``items``, or fewer where that makes pages continue."""
    if "page" in beside:
        shown, beside, note = _cut_page(beside, items, shown)
    else:
        note = _note_left_out(items[shown:])
    notes = [*([note] if note else []), *cuts]
    if "included" in beside:
        included, texts = brief.select(beside["included"], beside["texts"], items[:shown])
        beside = {**beside, "included": included, "texts": texts}
    return {**beside, "truncated": bool(notes), "more": "; ".join(notes) or None, "items": items[:shown]}


def _cut_page(beside: Answer, items: Sequence[Any], shown: int) -> tuple[int, Answer, str]:
    """Return the number of items shown, the fields beside them, and a note on how to go on.

    A truncated page becomes a page of a smaller size, a divisor of the requested one, so that the following pages continue from it.
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


def _note_left_out(items: Sequence[Any]) -> str:
    names = [str(each["name"]) for each in items if isinstance(each, Mapping) and "name" in each]
    if not items:
        return ""
    return f"{len(items)} items are left out: ask for {'these by themselves: ' + ', '.join(names) if names else 'less at once'}"


def _count_fitting(items: Sequence[Any], room: int) -> int:
    """Return how many of ``items`` fit into ``room`` characters: at least one, if there is one."""
    lengths = accumulate(_length(each) + 1 for each in items)
    return max(min(1, len(items)), sum(length <= room for length in lengths))


def _shorten_item(item: Any) -> Any:
    """Return an item with its long texts truncated, and its lists too if it alone is too long."""
    short = _cut(item, None, _TEXT)
    for most, text in _CUTS if _length(short) > LONGEST - _BESIDE_ITEMS else ():
        if _length(short) > LONGEST - _BESIDE_ITEMS:
            short = _cut(short, most, text)
    return short


def _shorten_beside(answer: Answer) -> tuple[Answer, bool]:
    short = answer
    for most, text in _CUTS:
        if _length(short) > _BESIDE_ITEMS:
            short = {name: _cut(value, most, text) for name, value in answer.items()}
    return short, short != answer


def _cut(value: Any, most: int | None, text: int) -> Any:
    """Return ``value`` with at most ``most`` members in each list and ``text`` characters in each text."""
    if isinstance(value, str):
        return value if len(value) <= text else value[:text] + "…"
    if isinstance(value, Mapping):
        return {name: _cut(each, most, text) for name, each in value.items()}
    return [_cut(each, most, text) for each in value[:most]] if isinstance(value, list) else value


def _length(value: Any) -> int:
    return len(to_json(value).decode())
