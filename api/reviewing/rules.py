"""The rules of a review, as the files of terms have them now: a term that is added while the review runs is known at the next request."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mabgraph.graph.building.checking import Checker
from mabgraph.graph.building.choosing import Choices
from mabgraph.ingest.errors import MabgraphError

#: A file of terms: its path, when it was changed (nanoseconds), and its length (bytes).
_Stamp = tuple[str, int, int]


class Rules:
    """The checker of rows and the choices of fields, read anew where a file of terms has changed."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """Read the shipped ontology and ``folders`` of terms that lie over it.

        :raises BuildError: when a file cannot be read as Turtle.
        """
        self._folders = tuple(folders)
        self._read_anew(self._stamps())

    @property
    def checker(self) -> Checker:
        """The checker by the terms as they are now.

        :raises BuildError: when a file cannot be read as Turtle.
        """
        self._refresh()
        return self._checker

    @property
    def choices(self) -> Choices:
        """The values that fields may have by the terms as they are now.

        :raises BuildError: when a file cannot be read as Turtle.
        """
        self._refresh()
        return self._choices

    def _refresh(self) -> None:
        stamps = self._stamps()
        if stamps != self._read:
            self._read_anew(stamps)

    def _read_anew(self, stamps: frozenset[_Stamp]) -> None:
        checker = Checker(None, self._folders)
        self._choices = Choices(checker.ontology)
        self._checker, self._read = checker, stamps

    def _stamps(self) -> frozenset[_Stamp]:
        try:
            states = ((path, path.stat()) for folder in self._folders for path in folder.glob("*.ttl"))
            return frozenset((str(path), state.st_mtime_ns, state.st_size) for path, state in states)
        except OSError as error:
            raise MabgraphError(f"{error.filename}: the terms cannot be read: {error.strerror}") from None
