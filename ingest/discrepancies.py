"""Discrepancies: what disagrees, which is figures or whole parts, and which results are therefore disputed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from .figures import Node


@dataclass(frozen=True, slots=True)
class Disagreeing:
    """A part of a record that disagrees: by some of its ``figures``, or, without any, as a whole."""

    part: Node
    figures: tuple[Node, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the figures, or that of the whole part."""
        return tuple(str(figure["id"]) for figure in self.figures) or (str(self.part["id"]),)


def select(part: Node, role: str, starts: Collection[str] = ()) -> Disagreeing:
    """Return the side of ``part`` with its figures of one ``role``, and those that begin at one of ``starts``."""
    figures = (figure for figure in part.get("figure", ()) if figure["role"] == role or _start(figure) in starts)
    return Disagreeing(part, tuple(figures))


def node(own: Node, document: str, between: Sequence[Disagreeing], beside: Sequence[Disagreeing] = ()) -> Node:
    """Return the node of a discrepancy with the fields ``own``: the results ``between`` whose sides it is are disputed."""
    disputed = dict.fromkeys(str(side.part["id"]) for side in between if str(side.part["id"]).startswith("estimate/"))
    lists = {"between": list(_names(between)), "beside": list(_names(beside)), "disputes": list(disputed)}
    return own | {"type": "Discrepancy", "document": document} | {key: names for key, names in lists.items() if names}


def _names(sides: Sequence[Disagreeing]) -> Iterator[str]:
    yield from dict.fromkeys(name for side in sides for name in side.names)


def _start(figure: Node) -> str:
    return str(figure["anchoredAt"]["selector"][0]["start"])
