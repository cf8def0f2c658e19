"""Names say what they hold, and a class has a name of its own: a reader who searches for one finds one thing."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = sorted(path for room in ("ingest", "graph", "api") for path in (ROOT / room).rglob("*.py"))
MODULES = [*PACKAGE, *sorted(path for room in ("tests", "benchmarks") for path in (ROOT / room).rglob("*.py"))]
#: Names that say nothing of what they hold.
EMPTY = frozenset({"made", "found", "held", "said", "told", "given"})


def empty_names(source: str) -> Iterator[str]:
    """Yield the functions, parameters, variables and attributes of a module that are called by one of :data:`EMPTY`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = node.name
        elif isinstance(node, ast.arg):
            name = node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            name = node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            name = node.attr
        elif isinstance(node, ast.ExceptHandler) and node.name:
            name = node.name
        else:
            continue
        if name.strip("_") in EMPTY:
            yield f"line {node.lineno}: {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_names_say_what_they_hold(path: Path) -> None:
    assert list(empty_names(path.read_text("utf-8"))) == [], "name it by what it holds: violations, header, estimates"


@pytest.mark.parametrize(
    "source",
    ["found = 1", "def said(): pass", "def f(given): pass", "def f(*, held=1): pass", "for made in (): pass", "x = [told for told in ()]",
     "class C:\n    held: int", "def f(self): self._found = 1", "(found := 1)", "with open('a') as held: pass"],
)  # fmt: skip
def test_every_way_to_name_is_seen(source: str) -> None:
    assert list(empty_names(source))
    assert not list(empty_names(source.replace("found", "a").replace("said", "a").replace("given", "a").replace("held", "a").replace("made", "a").replace("told", "a")))  # fmt: skip


def test_a_class_has_a_name_of_its_own() -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in PACKAGE:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(str(path.relative_to(ROOT)))
    assert len(places) > 100
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}
