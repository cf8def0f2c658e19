"""Names say what they hold, functions what they do or return, and a class has a name of its own: a reader who searches for one finds one thing."""

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
#: Participles that do not end with -ed; those that are the verb too (read, set, put, cut, split) are left out.
IRREGULAR = frozenset(
    "begun bought bound broken brought built caught chosen done drawn driven fallen fed fought forgotten frozen gone hidden kept known laid led left "
    "lent lost meant met paid seen sent shown sold spent spoken sought sunk taken taught thought thrown torn understood woken won written".split()
)
#: Verbs and nouns that end with -ed all the same.
NOT_PARTICIPLES = frozenset({"bed", "embed", "exceed", "feed", "need", "proceed", "seed", "shed", "speed", "succeed"})
#: Adjectives and adverbs that say as little of what a function does or returns.
ADJECTIVES = frozenset(
    "absent active alone apart available comparable current different direct distinct empty flat local missing own plain quiet short unknown whole".split()
)
#: Words that make no verb or noun of a participle.
AROUND = frozenset({"at", "by", "for", "from", "in", "of", "to", "with"})


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


def functions_without_a_verb(source: str) -> Iterator[str]:
    """Yield the functions and methods of a module that are called by a participle or an adjective; properties are values, and may be."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.name == "__missing__":  # which Python calls so
            continue
        if any("property" in ast.unparse(each) or ast.unparse(each).endswith(".setter") for each in node.decorator_list):
            continue
        words = [word for word in node.name.strip("_").split("_") if word not in AROUND]
        if len(words) == 1 and (is_participle(words[0]) or words[0] in ADJECTIVES):
            yield f"line {node.lineno}: {node.name}"


def is_participle(word: str) -> bool:
    return word in EMPTY | IRREGULAR or (word.endswith("ed") and word not in NOT_PARTICIPLES)


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


@pytest.mark.parametrize("path", PACKAGE, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_function_is_called_by_a_verb_or_a_noun(path: Path) -> None:
    message = "begin it with a verb (describe, open_current), or name what it returns (seal_fault); a value without arguments is a property"
    assert list(functions_without_a_verb(path.read_text("utf-8"))) == [], message


@pytest.mark.parametrize(
    "name",
    ["described", "_sealed", "written", "opened_at", "unpacked", "seen_by", "__checked", "current", "_plain"],
)
def test_a_participle_is_seen(name: str) -> None:
    source = f"class C:\n    async def {name}(self): pass"
    assert list(functions_without_a_verb(source))
    assert not list(functions_without_a_verb(f"class C:\n    @cached_property\n    def {name}(self): pass"))


@pytest.mark.parametrize(
    "name", ["describe", "not_modified", "patients_treated", "of_record", "wait_closed", "embed", "has_changed", "__init__"]
)
def test_a_verb_or_a_noun_is_none(name: str) -> None:
    assert not list(functions_without_a_verb(f"def {name}(): pass"))


def test_a_class_has_a_name_of_its_own() -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in PACKAGE:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(str(path.relative_to(ROOT)))
    assert len(places) > 100
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}
