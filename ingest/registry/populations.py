"""Populations: of whom the results of tables are, in the words of the registry; tables with the same words have one analysis."""

from __future__ import annotations

from ..figures import Node
from .writer import RegistryWriter


class RegistryPopulations:
    """The populations of one record, by their words."""

    def __init__(self, writer: RegistryWriter) -> None:
        """Begin with none."""
        self._writer = writer
        self._by_words: dict[str, str] = {}

    def write(self, *texts: str | None) -> Node:
        """Write of whom the results of a table are, where no table before has the same words; return their analysis, if there are words."""
        words = "\n".join(text.strip() for text in texts if text and text.strip())
        if not words:
            return {}
        if words not in self._by_words:
            self._by_words[words] = self._write(f"population-{len(self._by_words)}", words)
        return {"analysis": self._by_words[words]}

    def _write(self, local: str, words: str) -> str:
        statement: Node = {
            "type": "AnalysisStatement", "statedProperty": "population", "statedTerm": ["as-reported"], "basis": "read-by-rule",
            "label": "population: by the fields of the registry",
        }  # fmt: skip
        node: Node = {
            "type": "Analysis", "label": "participants analysed", "study": self._writer.study, "population": "as-reported",
            "statement": [self._writer.add("statement", local, statement)], "description": words,
        }  # fmt: skip
        return self._writer.add("analysis", local, node)
