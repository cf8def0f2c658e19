"""The JSON Schema of records, so that an editor completes keys and marks slips while one writes.

It is what the record types give, and is written to ``ingest/records/schema.json`` by
``python -m mabgraph.ingest.schema > ingest/records/schema.json``. It helps the writer and decides nothing: what a record
may say is decided by the types (form), the seal and the document (figures) and the shapes (sense).
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any, Final

from .record import Record

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_WHOLE_NUMBER: Final = {"type": ["integer", "string"], "minimum": 0, "pattern": "^[0-9]+$"}


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a record as it is written in YAML.

    Records are read with every scalar as text, an editor reads ``at: 189`` as a number: a whole number may be either.
    A key is given a value or left out, so nothing may be null.

    >>> schema()["$defs"]["Quote"]["properties"]["at"]["type"]
    ['integer', 'string']
    """
    return {"$schema": _DIALECT} | _written(Record.model_json_schema(by_alias=False))


def text() -> str:
    """Return the schema as the characters of its file."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def _written(node: dict[str, Any]) -> dict[str, Any]:
    """Return one schema node, and those within it, for what is written rather than for what is read from it."""
    node = {key: value for key, value in node.items() if key != "default" or value not in (None, [], {}, ())}
    choices = [choice for choice in node.pop("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        node = choices[0] | node
    elif choices:
        node["anyOf"] = [_written(choice) for choice in choices]
    if node.get("type") == "integer":
        node = node | _WHOLE_NUMBER
    if "description" in node:
        node["description"] = _unwrapped(node["description"])
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            node[key] = _written(node[key])
    for key in ("properties", "$defs"):
        if key in node:
            node[key] = {name: _written(inner) for name, inner in node[key].items()}
    return node


def _unwrapped(text: str) -> str:
    """Return ``text`` with its paragraphs on one line each: where to break them is for the editor."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", text.strip()))


if __name__ == "__main__":
    sys.stdout.buffer.write(text().encode())
