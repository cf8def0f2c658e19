"""Places: the page and box, or the element, of the file that a text was read from, beside the characters of the text.

Adding a PDF or an article in XML writes where each line and cell of its text stands (:mod:`mabgraph.ingest.texts`). Anchoring copies the
places of the quotes into the record, so that a record has them where the document is not at hand.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from . import recordfile
from .errors import AnchorError
from .figures import Node
from .parts import LONGEST_PLACE, PLACE, FilePlace
from .recordfile import RecordFile

#: Suffix of the file of places beside a text.
SUFFIX: Final = ".places.json"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the characters from ``start`` to ``end`` of a text stand in the file that it was read from.

    ``where`` is an XPath for XML, and ``page=3&viewrect=x,y,width,height`` (RFC 8118, in points from the top left) for PDF.
    """

    start: int
    end: int
    where: str


def read_places(text: Path) -> tuple[Place, ...]:
    """Return the places in the file beside ``text``, in order; none where there is no such file.

    :raises AnchorError: when it is no list of places in order.
    """
    path = text.with_name(text.stem + SUFFIX)
    try:
        content = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise AnchorError(f"{path}: the places of a text cannot be read: {error}") from None
    try:
        places = tuple(Place(int(each["start"]), int(each["end"]), str(each["where"])) for each in json.loads(content))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise AnchorError(f"{path}: is no list of places with 'start', 'end' and 'where': add the document again: {error!r}") from None
    ordered = all(one.end <= other.start for one, other in pairwise(places))
    wrong = next((each for each in places if not (0 <= each.start < each.end and is_place(each.where))), None)
    if wrong or not ordered:
        raise AnchorError(f"{path}: {wrong or 'its places'} {'is no place' if wrong else 'are not in order'}: add the document again")
    return places


def is_place(where: str) -> bool:
    """Whether ``where`` is a page with a box, or an XPath.

    >>> is_place("page=3&viewrect=72.0,100.5,300.0,12.0"), is_place("/article/body/sec[2]/p"), is_place("page=0")
    (True, True, False)
    """
    return len(where) <= LONGEST_PLACE and re.match(PLACE, where) is not None


def overlap(places: Sequence[Place], start: int, end: int) -> Sequence[Place]:
    """Return those of ``places``, which are in order, that have characters from ``start`` to ``end``."""
    first = bisect_right(places, start, key=lambda place: place.end)
    last = first
    while last < len(places) and places[last].start < end:
        last += 1
    return places[first:last]


def describe(places: Sequence[Place]) -> Node:
    """Return where a span stands that ``places`` cover, with the keys of the context: page and box around it, or the path of the element.

    A span over several pages or elements is where it begins.

    >>> describe([Place(0, 5, "page=2&viewrect=10,20,30,10"), Place(6, 9, "page=2&viewrect=10,32,50,10")])
    {'page': '2', 'box': '10.0,20.0,50.0,22.0'}
    """
    if not places:
        return {}
    if places[0].where.startswith("/"):
        return {"elementPath": places[0].where}
    page, _, _ = places[0].where.partition("&")
    boxes = [tuple(map(float, each.where.rpartition("=")[2].split(","))) for each in places if each.where.startswith(f"{page}&")]
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    width, height = max(box[0] + box[2] for box in boxes) - left, max(box[1] + box[3] for box in boxes) - top
    return {"page": page.removeprefix("page="), "box": ",".join(f"{side:.1f}" for side in (left, top, width, height))}


def of_record(written: Iterable[FilePlace]) -> tuple[Place, ...]:
    """Return the places that a record has, in order."""
    return tuple(sorted((Place(each.at, each.to, each.where) for each in written), key=lambda place: place.start))


def add_places(node: Node, places: Sequence[Place]) -> None:
    """Add page and box, or element path, to every anchor in ``node``, by its characters."""
    if places:
        _add(node, places)


def _add(node: Node, places: Sequence[Place]) -> None:
    for value in list(node.values()):
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict):
                _add(inner, places)
    if node.get("type") == "oa:SpecificResource":
        position: Any = node["selector"][0]
        node.update(describe(overlap(places, int(position["start"]), int(position["end"]))))


def write_places(file: RecordFile, places: Sequence[Place], spans: Iterable[tuple[int, int]]) -> str:
    """Return the text of the record with those of ``places`` that cover ``spans`` of its document, under ``places`` before the seal.

    :raises RecordError: when the record is written between brackets.
    """
    used = sorted({place for start, end in spans for place in overlap(places, start, end)}, key=lambda place: place.start)
    lines = "".join(f"  - {{at: {each.start}, to: {each.end}, where: {recordfile.quote_scalar(each.where)}}}\n" for each in used)
    return recordfile.write_block(file, "places", lines, ("ledger", "sealed"))
