"""The chambers of ``graph`` and ``api``: in which order they stand, who may import whom, and which of them a dataset depends on."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mabgraph.graph.building import snapshot

ROOT = Path(__file__).parents[1]
ROOMS = ("graph", "api")
#: Modules by their dotted names without ``mabgraph``.
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): path for room in (*ROOMS, "ingest") for path in sorted((ROOT / room).rglob("*.py"))
}  # fmt: skip


def order(room: str) -> list[str]:
    """Return the chambers of ``room`` as the table of its README has them: each may import those before it."""
    return re.findall(r"^\| `([a-z]+)(?:/|\.py)` \|", (ROOT / room / "README.md").read_text("utf-8"), re.MULTILINE)


def imports(source: str, module: str) -> Iterator[str]:
    """Yield the dotted names (without ``mabgraph``) that ``source``, the text of ``module``, imports from rooms."""
    package = module.split(".")[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.removeprefix("mabgraph.") for alias in node.names if alias.name.startswith("mabgraph."))
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else []
            parts = [*above, *(node.module or "").split(".")] if node.module else above
            if node.level or parts[0] == "mabgraph":
                yield from (".".join([*parts, alias.name]).removeprefix("mabgraph.") for alias in node.names)


def chamber(module: str) -> tuple[str, str]:
    """Return the room and the chamber of a module."""
    room, name, *_ = module.split(".")
    return room, name


def backward(source: str, module: str) -> list[str]:
    """Return the imports of ``source`` that lead to a later chamber of the room than that of ``module``."""
    room, own = chamber(module)
    place = {name: number for number, name in enumerate(order(room))}
    others = [name for name in imports(source, module) if name.startswith(f"{room}.")]
    return [name for name in others if place[chamber(name)[1]] > place[own]]


@pytest.mark.parametrize("room", ROOMS)
def test_the_readme_of_a_room_lists_its_chambers(room: str) -> None:
    present = {chamber(module)[1] for module in MODULES if module.startswith(f"{room}.")}
    assert set(order(room)) == present, f"write a line for each chamber into {room}/README.md"
    assert len(order(room)) == len(present)


@pytest.mark.parametrize("module", [name for name in MODULES if not name.startswith("ingest.")])
def test_no_import_leads_to_a_later_chamber(module: str) -> None:
    room = chamber(module)[0]
    assert not backward(MODULES[module].read_text("utf-8"), module), f"the order of chambers is in {room}/README.md"


@pytest.mark.parametrize(
    "source",
    [
        "from ..building import quads",
        "from ..building.quads import of_record",
        "from .. import building",
        "from mabgraph.graph.building import quads",
        "from mabgraph.graph import building",
        "import mabgraph.graph.building.quads",
        "def late() -> None:\n    from ..building import quads",
    ],
)
def test_the_order_sees_every_way_to_import(source: str) -> None:
    assert backward(source, "graph.store.store")
    assert not backward(source, "graph.building.build")


def test_the_synthesis_of_studies_knows_nothing_of_the_graph() -> None:
    for module, path in MODULES.items():
        if chamber(module) == ("graph", "synthesis"):
            others = [name for name in imports(path.read_text("utf-8"), module) if chamber(name) != ("graph", "synthesis")]
            assert all(name.startswith("ingest.") for name in others), f"{module} imports {others}"


def build_modules() -> set[str]:
    """Return the modules that the build imports, those that these import too."""
    reached, ahead = set[str](), ["graph.building.build"]
    while ahead:
        module = ahead.pop()
        if module in MODULES and module not in reached:
            reached.add(module)
            names = list(imports(MODULES[module].read_text("utf-8"), module))
            ahead += [*names, *(name.rpartition(".")[0] for name in names)]
    return reached


def test_the_digest_of_the_inputs_covers_every_module_of_the_build() -> None:
    names = {f"software/{MODULES[module].relative_to(ROOT).as_posix()}" for module in build_modules()}
    assert names <= snapshot.LOADED.keys(), "add the chamber to SHAPING in graph/building/snapshot.py"


def test_the_digest_of_the_inputs_covers_no_chamber_that_shapes_no_dataset() -> None:
    shaping = {chamber(module)[1] for module in build_modules() if module.startswith("graph.")}
    assert set(snapshot.SHAPING) == shaping
    covered = {name.split("/")[1] for name in snapshot.LOADED} | {
        "/".join(name.split("/")[1:3]) for name in snapshot.LOADED if "/graph/" in name
    }
    assert covered == {"ingest", "graph", "queries", "ontology", *(f"graph/{name}" for name in snapshot.SHAPING)}


@pytest.mark.parametrize(
    ("path", "counts"), [("graph/building/quads.py", True), ("api/plots/forest.py", False), ("graph/sparql/engine.py", False)]
)
def test_a_changed_module_makes_a_dataset_stale_where_it_shapes_one(path: str, counts: bool) -> None:
    digest = hashlib.sha256((ROOT / path).read_bytes()).hexdigest()
    assert (snapshot.LOADED.get(f"software/{path}") == digest) is counts
