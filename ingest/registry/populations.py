"""Populations: of whom the results of a table are, in the words of the registry."""

from __future__ import annotations

from ..figures import Node
from .writer import RegistryWriter


def write(writer: RegistryWriter, local: str, title: str, *texts: str | None) -> Node:
    """Write of whom the results of a table are, in the words of the registry, as their analysis; return that, or nothing without words."""
    words = "\n".join(text.strip() for text in texts if text and text.strip())
    if not words:
        return {}
    statement: Node = {
        "type": "AnalysisStatement", "statedProperty": "population", "statedTerm": ["as-reported"], "basis": "read-by-rule",
        "label": "population: by the fields of the registry",
    }  # fmt: skip
    node: Node = {
        "type": "Analysis", "label": f"{title}: participants analysed", "study": writer.study, "population": "as-reported",
        "statement": [writer.add("statement", f"{local}.population", statement)], "description": words,
    }  # fmt: skip
    return {"analysis": writer.add("analysis", f"{local}.population", node)}
