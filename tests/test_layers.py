"""The layer rule: who may import whom, absolute and relative imports both looked at; and what stands where."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {"ingest": set[str](), "graph": {"ingest"}, "api": {"graph", "ingest"}}
NEVER = {
    "ingest": {"rdflib", "pyoxigraph", "pyshacl", "fastapi", "starlette", "granian"},
    "graph": {"fastapi", "starlette", "granian", "typer"},
    "api": {"pyoxigraph", "rdflib", "pyshacl"},
}
MODULES = sorted(path for room in MAY_IMPORT for path in (ROOT / room).rglob("*.py"))


def imported(source: str, package: str) -> set[str]:
    """Return what ``source``, a module of ``package``, imports: rooms as ``mabgraph.room``, libraries by their name."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parts = ["mabgraph", *package.split(".")]
            above = "" if node.level == 0 else ".".join(parts[: len(parts) + 1 - node.level])
            module = ".".join(filter(None, [above, node.module]))
            names |= {f"{module}.{alias.name}" for alias in node.names} if module == "mabgraph" else {module}
    return {".".join(name.split(".")[:2]) if name.startswith("mabgraph") else name.split(".")[0] for name in names}


def broken(source: str, package: str) -> set[str]:
    """Return the imports of ``source`` that a module of ``package`` (a room, or ``room.chamber``) may not have."""
    room = package.partition(".")[0]
    rooms = {f"mabgraph.{other}" for other in MAY_IMPORT if other != room and other not in MAY_IMPORT[room]}
    return imported(source, package) & (rooms | NEVER[room])


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_its_room_may(path: Path) -> None:
    package = ".".join(path.relative_to(ROOT).parts[:-1])
    assert not broken(path.read_text(encoding="utf-8"), package), f"{path}: see the table of rooms in CONTRIBUTING.md"


@pytest.mark.parametrize(
    ("package", "source"),
    [
        ("ingest", "import rdflib.namespace"),
        ("ingest", "from mabgraph.graph.store import store"),
        ("ingest", "from mabgraph import api"),
        ("ingest", "from ..graph import store"),
        ("graph", "from .. import api"),
        ("graph.store", "from ... import api"),
        ("graph.store", "from ...api import app"),
        ("graph", "import mabgraph.api.app"),
        ("api", "import pyoxigraph as ox"),
    ],
)
def test_the_rule_sees_every_way_to_import(package: str, source: str) -> None:
    assert broken(source, package)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_one_noun_of_readable_size(path: Path) -> None:
    assert path.stem.isalpha() or path.name == "__init__.py"
    assert path.stem not in {"utils", "helpers", "common", "core", "manager"}
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 330, "split the module: ten minutes must do to read it"


def test_the_base_stands_in_the_context_alone() -> None:
    context = (ROOT / "ontology" / "context.jsonld").read_text(encoding="utf-8")
    base = json.loads(context)["@context"]["@base"].removesuffix("id/")
    rooms = [path for room in ("ontology", "ingest", "graph", "queries", "api") for path in (ROOT / room).rglob("*") if path.is_file()]
    holders = {path.name for path in rooms if path.suffix != ".pyc" and base in path.read_text(encoding="utf-8")}
    assert holders == {"context.jsonld"}


def test_no_query_text_lives_in_python() -> None:
    for path in MODULES:
        strings = [node.value for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Constant)]
        texts = [text for text in strings if isinstance(text, str) and "WHERE {" in text]
        assert not texts, f"{path}: questions live in queries/"


def forged_signatures(source: str) -> set[int]:
    """Return the lines of ``source`` that name the signature of a function, to set it or to go around what it states."""
    return {
        node.lineno
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.Attribute) and node.attr == "__signature__")
        or (isinstance(node, ast.Constant) and node.value == "__signature__")
    }


def test_no_signature_is_forged() -> None:
    lines = {str(path.relative_to(ROOT)): forged_signatures(path.read_text("utf-8")) for path in MODULES}
    assert {path: several for path, several in lines.items() if several} == {}, "declare the parameters, or a model of them"


@pytest.mark.parametrize("source", ["f.__signature__ = s", "setattr(f, '__signature__', s)", "f.__dict__['__signature__'] = s"])
def test_a_forged_signature_is_seen(source: str) -> None:
    assert forged_signatures(source) == {1}
    assert not forged_signatures('"""A signature."""\nsignature(f)')
