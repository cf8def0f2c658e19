"""Discrepancies: nodes that say what disagrees, which is figures or whole parts, and which results are therefore disputed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from . import figures
from .errors import RecordError
from .figures import Node
from .parts import Item, Printed
from .sides import Disagreeing, SideWriter


def resolve(
    reference: str, names_of: Callable[[str], Sequence[str]], items: Mapping[str, Item], nodes: Mapping[str, Node]
) -> list[Disagreeing]:
    """Return what a reference of a discrepancy names: whole parts, or figures of parts by their role or the name of their mark.

    ``names_of`` returns the names of the parts with a local id, ``items`` are the parts of the record by local id.

    :raises RecordError: when there is no such part, or it has no such figure.
    """
    if whole := names_of(reference):
        return [Disagreeing(nodes[name]) for name in whole]
    stem, _, mark = reference.rpartition(".")
    parts, item = [nodes[name] for name in names_of(stem)], items.get(stem)
    if not parts:
        raise RecordError(f"{reference!r}: no part of this record")
    marked = figures.read_quotes(item.printed) if isinstance(item, Printed) else ()
    places = {str(figure.start) for figure in marked if figure.name == mark}
    sides = [side for part in parts if (side := _select(part, mark, places)).figures]
    if not sides:
        roles = {str(figure["role"]) for part in parts for figure in part.get("figure", ())}
        known = ", ".join(sorted(roles | {each.name for each in marked} - {""})) or "none"
        raise RecordError(f"{reference!r}: {stem} has no figure {mark!r}; it has {known}")
    return sides


def node(
    own: Node, subject: str, words: str, writer: SideWriter, between: Sequence[Disagreeing], beside: Sequence[Disagreeing] = ()
) -> Node:
    """Return the node of a discrepancy with the fields ``own``: the results ``between`` whose sides it is are disputed.

    It is named by its ``subject`` and the numbers of its sides; its text says where they are printed, and ``words`` about them.
    """
    disputed = dict.fromkeys(str(side.part["id"]) for side in between if str(side.part["id"]).startswith("estimate/"))
    lists = {"between": list(_names(between)), "beside": list(_names(beside)), "disputes": list(disputed)}
    named = {"type": "Discrepancy", "label": writer.label(subject, between, words), "text": writer.text(subject, between, words)}
    return own | named | {key: names for key, names in lists.items() if names}


def _select(part: Node, role: str, starts: Collection[str]) -> Disagreeing:
    """Return the side of ``part`` with its figures of one ``role``, and those that begin at one of ``starts``."""
    chosen = (figure for figure in part.get("figure", ()) if figure["role"] == role or _start(figure) in starts)
    return Disagreeing(part, tuple(chosen))


def _names(sides: Sequence[Disagreeing]) -> Iterator[str]:
    yield from dict.fromkeys(name for side in sides for name in side.names)


def _start(figure: Node) -> str:
    return str(figure["anchoredAt"]["selector"][0]["start"])
