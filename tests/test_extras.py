"""Extras: the base installation is enough for the client and the look-ups of a dataset, and each extra for what it is there for."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, cast

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from mabgraph.api.cli.command import EXTRAS as EXTRA_OF
from mabgraph.api.cli.command import app
from mabgraph.graph.building import sources
from mabgraph.ingest import extras

from .conftest import DATA
from .libraries import BASE, EXTRAS, ROOT, installed, lines_of

#: For who uses mabgraph; the others are for who works on it.
OF_USERS = sorted(set(EXTRAS) - {"bench", "dev"})
#: Where an extra is needed first: by the commands, or by who imports it. None is the base.
DOORS: dict[str, str | None] = {
    "mabgraph.api.client.client": None, "mabgraph.api.cli.command": None, "mabgraph.graph.questions.catalogue": None,
    "mabgraph.graph.building.build": "build", "mabgraph.graph.shacl.judge": "build", "mabgraph.graph.shacl.shapes": "build", "mabgraph.graph.building.quads": "build", "mabgraph.graph.building.sources": "build", "mabgraph.graph.store.following": "build",
    "mabgraph.ingest.texts.jats": "documents", "mabgraph.ingest.texts.pdf": "documents",
    "mabgraph.graph.building.part": "build", "mabgraph.graph.building.statements": "build",
    "mabgraph.graph.compare.pooling": "synthesis", "mabgraph.graph.synthesis.synthesis": "synthesis", "mabgraph.graph.synthesis.studies": "synthesis",
    "mabgraph.graph.network.network": "synthesis", "mabgraph.graph.network.reach": "synthesis", "mabgraph.api.exports.exchange": "synthesis",
    "mabgraph.api.plots.rendering": "plots", "mabgraph.api.plots.scripts": "plots", "mabgraph.api.plots.renderworker": "plots", "mabgraph.api.app": "serve", "mabgraph.api.serving.serving": "serve",
    "mabgraph.api.serving.registration": "serve", "mabgraph.api.routes.comparisons": "serve", "mabgraph.api.routes.networks": "serve", "mabgraph.api.exports.gallery": "serve",
    "mabgraph.api.agents.mcp": "agents",
}  # fmt: skip
SOURCES = {
    f"mabgraph.{'.'.join(path.relative_to(ROOT).with_suffix('').parts)}": path.read_text("utf-8")
    for room in ("ingest", "graph", "api")
    for path in (ROOT / room).rglob("*.py")
}
#: The libraries that have a module of each name.
PROVIDERS = {module: set(map(canonicalize_name, names)) for module, names in metadata.packages_distributions().items()}

# Refuses the modules named in its first argument, as if they were not installed; then runs each step: a command line, or an import.
PROGRAM = """
import contextlib, importlib, io, json, sys
refused, steps = (json.loads(argument) for argument in sys.argv[1:])

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in refused:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name.partition(".")[0])

sys.meta_path.insert(0, Finder())

def code_of(step):
    if len(step) == 1 and step[0].startswith("mabgraph."):
        importlib.import_module(step[0])
        return 0
    from mabgraph.api.cli import command
    sys.argv = ["mabgraph", *step]
    try:
        command.main()
    except SystemExit as error:
        return error.code or 0
    return 0

answers = []
for step in steps:
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = code_of(step)
        except ImportError as error:
            code = f"{type(error).__name__}: {error}"
    answers.append([code, *(stream.buffer.getvalue().decode() for stream in (out, err))])
print(json.dumps(answers))
"""


@cache
def there(extra: str | None) -> frozenset[str]:
    """Return the names of the libraries that are installed with ``extra``, or with the base alone, those that they require too."""
    return frozenset(installed([*BASE, *(lines_of(extra) if extra else ())]))


def run(extra: str | None, *steps: list[str]) -> list[tuple[Any, str, str]]:
    """Return exit code (or the error of an import), output and errors of each step, where only what ``extra`` requires is installed."""
    refused = sorted(module for module, names in PROVIDERS.items() if not names & (there(extra) | {"mabgraph"}))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(refused), json.dumps(steps)], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return [cast(tuple[Any, str, str], tuple(each)) for each in json.loads(done.stdout.splitlines()[-1])]


@cache
def imports(source: str, module: str, *, lazily: bool) -> frozenset[str]:
    """Return what ``module`` imports, with what is imported from there; ``lazily``: in its functions too. Imports for types are left out."""
    waiting: list[ast.AST] = [ast.parse(source)]
    names = set[str]()
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = ".".join(module.split(".")[: -node.level]) if node.level else ""
            name = ".".join(filter(None, [package, node.module]))
            names |= {name, *(f"{name}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += node.orelse
        elif lazily or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += ast.iter_child_nodes(node)
    return frozenset(names)


def libraries_behind(door: str, sources: Mapping[str, str], *, lazily: bool) -> dict[str, str]:
    """Return the modules of other libraries that are imported with ``door``, each with the module of ours that imports it.

    ``lazily``: with those that the functions of ``door`` itself import.
    """
    seen, waiting, libraries = {door}, [door], dict[str, str]()
    while waiting:
        module = waiting.pop()
        for name in imports(sources[module], module, lazily=lazily and module == door):
            if name in sources and name not in seen:
                seen.add(name)
                waiting.append(name)
            elif not name.startswith("mabgraph") and name.partition(".")[0] not in sys.stdlib_module_names:
                libraries.setdefault(name.partition(".")[0], module)
    return libraries


def unmet(door: str, sources: Mapping[str, str] = SOURCES) -> dict[str, str]:
    """Return the modules behind a door that no library of its extra has, each with one of ours that imports it.

    The functions of the base import the modules of extras: they are doors themselves.
    """
    libraries = libraries_behind(door, sources, lazily=DOORS[door] is not None)
    return {library: module for library, module in libraries.items() if not PROVIDERS.get(library, set()) & there(DOORS[door])}


def names_of(lines: Iterable[str]) -> set[str]:
    """Return the names of the libraries that ``lines`` require."""
    return {canonicalize_name(Requirement(line).name) for line in lines}


@pytest.mark.parametrize("door", DOORS)
def test_what_a_door_imports_is_in_its_extra(door: str) -> None:
    assert unmet(door) == {}, "import it where it is needed, or move it to another extra of pyproject.toml"


@pytest.mark.parametrize(
    ("door", "module", "source"),
    [
        ("mabgraph.api.client.client", "mabgraph.api.client.rows", "import numpy"),
        ("mabgraph.api.cli.command", "mabgraph.api.cli.progress", "from rdflib.namespace import SH"),
        ("mabgraph.api.cli.command", "mabgraph.api.cli.printing", "try:\n    import scipy.stats\nexcept ImportError:\n    pass"),
        ("mabgraph.graph.network.reach", "mabgraph.graph.network.reach", "def draw():\n    import altair"),
        ("mabgraph.api.serving.serving", "mabgraph.api.app", "from pandas import DataFrame"),
    ],
)
def test_an_import_beside_the_extra_is_seen(door: str, module: str, source: str) -> None:
    assert set(unmet(door, {**SOURCES, module: source}).values()) == {module}


def test_an_import_for_types_or_in_a_function_of_the_base_is_none() -> None:
    source = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import numpy\ndef pool():\n    import scipy"
    assert unmet("mabgraph.api.client.client", {**SOURCES, "mabgraph.api.client.rows": source}) == {}


@pytest.mark.slow
def test_the_extras_are_what_is_imported_and_no_more() -> None:
    required = names_of([*BASE, *lines_of("all")])
    nodes = [node for source in SOURCES.values() for node in ast.walk(ast.parse(source))]
    names = {
        name for node in nodes if isinstance(node, ast.Import | ast.ImportFrom) for name in imports(ast.unparse(node), "", lazily=False)
    }
    imported = {name.partition(".")[0] for name in names} & (PROVIDERS.keys() - sys.stdlib_module_names) - {"mabgraph"}
    assert {name for name in imported if not PROVIDERS[name] & there("all")} == set()
    assert required - set().union(*(PROVIDERS[name] for name in imported)) == {"fastapi-offline"}, (
        "its files are served, by the name of its package"
    )


def test_the_libraries_that_a_build_names_are_in_its_extra() -> None:
    assert set(sources.LIBRARIES) - there("build") == {"mabgraph"}


def test_all_holds_every_extra_of_users() -> None:
    assert names_of(lines_of("all")) == set().union(*(names_of(lines_of(extra)) for extra in OF_USERS))


def test_a_library_of_two_extras_has_one_range_of_versions_and_none_of_the_base_is_in_an_extra() -> None:
    listed = {line for extra in OF_USERS for line in EXTRAS[extra] if Requirement(line).name != "mabgraph"}
    assert len(listed) == len(names_of(listed))
    assert not names_of(listed) & names_of(BASE)


@pytest.mark.slow
def test_the_base_answers_questions_and_has_the_client(example_directory: Path) -> None:
    dataset = ["--dataset", str(example_directory)]
    answers = run(
        None, ["mabgraph.api.client.client"], ["mabgraph.graph.questions.catalogue"], ["--help"], ["ask"], ["ask", "drugs", "--format", "csv", *dataset],
        ["export", "figures", *dataset], ["report", "--format", "html", *dataset],
    )  # fmt: skip
    assert [code for code, _, _ in answers] == [0] * len(answers), answers
    assert "blinatumomab" in answers[4][1]
    assert answers[5][1].startswith("figure,document,")
    assert "<table" in answers[6][1]


@pytest.mark.slow
def test_every_command_names_the_extra_that_it_needs(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("[]", "utf-8")
    (tmp_path / "paper.xml").write_text("<article/>", "utf-8")
    added = [str(tmp_path / "paper.xml"), "--documents", str(tmp_path), "--records", str(tmp_path)]
    more = {
        "add": added,
        "draft": ["paper.yaml"],
        "review": [str(tmp_path / "paper.yaml")],
        "gallery": [str(tmp_path / "gallery")],
        "synthesise": ["studies.csv", "--measure", "HR"],
        "term": ["drug", "x", "--class", "monoclonal-antibody", "--ontology", str(tmp_path)],
    }
    assert EXTRA_OF.keys() < {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    for (name, extra), (code, output, errors) in zip(
        EXTRA_OF.items(), run(None, *([name, *more.get(name, [])] for name in EXTRA_OF)), strict=True
    ):
        assert (code, output) == (1, ""), name
        assert errors.startswith(f"mabgraph: mabgraph {name} needs more: pip install 'mabgraph[{extra}]' (")
        assert errors.count("\n") == 1


@pytest.mark.slow
def test_an_option_that_needs_more_than_its_command_names_its_own_extra() -> None:
    ((code, output, errors),) = run("build", ["review", "--browser"])
    assert (code, output) == (1, "")
    assert errors.startswith("mabgraph: mabgraph review --browser needs more: pip install 'mabgraph[serve]' (")


def test_the_page_of_commands_says_what_to_install() -> None:
    rows = re.findall(r"^\| `mabgraph\[(\w+)\]` \|(.*)", (ROOT / "docs" / "commands.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(extra for extra, _ in rows) == OF_USERS
    commands = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    listed = {name: extra for extra, row in rows for name in re.findall(r"`(\w+)`", row.partition("; includes")[0]) if name in commands}
    assert listed == EXTRA_OF


def test_what_is_imported_names_its_extra() -> None:
    doors = {"mabgraph.graph.building.build": "build", "mabgraph.graph.synthesis.synthesis": "synthesis", "mabgraph.api.plots.rendering": "plots",
             "mabgraph.api.app": "serve", "mabgraph.api.agents.mcp": "agents"}  # fmt: skip
    for (door, extra), (error, _, _) in zip(doors.items(), run(None, *([door] for door in doors)), strict=True):
        assert str(error).startswith(f"NotInstalled: {door} needs more: pip install 'mabgraph[{extra}]' ("), door


@pytest.mark.whole  # what its modules import is read above
def test_an_extra_is_enough_for_its_commands(example_directory: Path, tmp_path: Path) -> None:
    studies = tmp_path / "studies.csv"
    studies.write_text("study,treat1,treat2,TE,seTE\nA,x,y,-0.36,0.17\nB,x,y,-0.22,0.15\n", "utf-8")
    records = ["--no-shipped", "--records", str(DATA / "records"), "--dataset", str(tmp_path / "dataset")]
    wanted = ["drug=blinatumomab", "--dataset", str(example_directory)]
    answers = {
        "documents": run("documents", ["mabgraph.ingest.texts.jats"], ["mabgraph.ingest.texts.pdf"]),
        "build": run("build", ["build", *records], ["check", *map(str, (DATA / "records").glob("*.yaml"))]),
        "synthesis": run("synthesis", ["synthesise", str(studies), "--measure", "HR"]),
        "serve": run("serve", ["compare", *wanted, "format=csv"], ["network", "--dataset", str(example_directory), "format=graphml"]),
    }  # fmt: skip
    assert {(extra, code, errors) for extra, each in answers.items() for code, _, errors in each if code} == set()


def test_a_module_of_ours_that_is_missing_is_no_missing_extra() -> None:
    with pytest.raises(ModuleNotFoundError) as caught, extras.require("serve", "mabgraph serve"):
        raise ModuleNotFoundError("No module named 'mabgraph.api.misspelt'", name="mabgraph.api.misspelt")
    assert not isinstance(caught.value, extras.NotInstalled)


def test_the_outermost_part_is_named() -> None:
    with (
        pytest.raises(extras.NotInstalled, match=r"^mabgraph serve needs more: pip install 'mabgraph\[serve\]' \(rdflib is"),
        extras.require("serve", "mabgraph serve"),
        extras.require("build", "mabgraph.graph.building.build"),
    ):
        raise ModuleNotFoundError("No module named 'rdflib'", name="rdflib")
