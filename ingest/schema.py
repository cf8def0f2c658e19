"""The JSON Schema of records, for completion and validation in editors.

It is generated from the record types, and written to ``ingest/records/schema.json`` by
``python -m mabgraph.ingest.schema > ingest/records/schema.json``. It only assists authors: records are
validated by the types (form), by the seal and the document (figures) and by the shapes (meaning).
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any, Final

from .drafting.proposals import ShortRow
from .record import Record

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_WHOLE_NUMBER: Final = {"type": ["integer", "string"], "minimum": 0, "pattern": "^[0-9]+$"}


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a record in YAML.

    Records are parsed with every scalar as text, while an editor parses ``at: 189`` as a number: an integer may be either.
    A key has a value or is left out, so null is not allowed.

    >>> schema()["$defs"]["Quote"]["properties"]["at"]["type"]
    ['integer', 'string']
    """
    stated = Record.model_json_schema(by_alias=False)
    short = ShortRow.model_json_schema(by_alias=False)
    stated["$defs"] |= short.pop("$defs", {}) | {"ShortRow": short}
    row, short_row = ({"$ref": f"#/$defs/{name}"} for name in ("Row", "ShortRow"))
    stated["properties"]["results"]["items"] = {"if": {"required": ["quote"]}, "then": short_row, "else": row}
    return {"$schema": _DIALECT} | _simplify(stated)


def text() -> str:
    """Return the schema as the text of its file."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def _simplify(node: dict[str, Any]) -> dict[str, Any]:
    """Return a schema node, and its children, for input instead of parsed values."""
    node = {key: value for key, value in node.items() if key != "default" or value not in (None, [], {}, ())}
    choices = [choice for choice in node.pop("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        node = choices[0] | node
    elif choices:
        node["anyOf"] = [_simplify(choice) for choice in choices]
    if node.get("type") == "integer":
        node = node | _WHOLE_NUMBER
    if "description" in node:
        node["description"] = _unwrap(node["description"])
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            node[key] = _simplify(node[key])
    for key in ("properties", "$defs"):
        if key in node:
            node[key] = {name: _simplify(inner) for name, inner in node[key].items()}
    return node


def _unwrap(text: str) -> str:
    """Return ``text`` with one line per paragraph: editors wrap lines themselves."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", text.strip()))


if __name__ == "__main__":
    sys.stdout.buffer.write(text().encode())
