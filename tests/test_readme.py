"""The README cannot lie: its commands run, and print what it shows. ``...`` stands for anything."""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mabgraph.api.cli import command
from mabgraph.api.routes import linked, lookups
from mabgraph.ingest import figures, record

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = (ROOT / "docs/commands.md").read_text("utf-8")
ROUTES = (ROOT / "docs/rest.md").read_text("utf-8").partition("## All routes")[2]
GLOSSARY = (ROOT / "docs/glossary.md").read_text("utf-8")
BLOCKS = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
SHOWN = [
    (command.partition("\n")[0], command.partition("\n")[2])
    for block in BLOCKS
    if block.startswith("$ ")
    for command in re.split(r"^\$ ", block, flags=re.MULTILINE)
    if command
]
ASKED = [(command, expected) for command, expected in SHOWN if expected]


@pytest.fixture(scope="module")
def address(real_directory: Path) -> Iterator[str]:
    """Return the address of a service over mabgraph's own dataset."""
    arguments = ["serve", "--port", "0", "--dataset", str(real_directory)]
    environment = os.environ | {"MABGRAPH_PROCESSES": "1"}
    command = [sys.executable, "-m", "mabgraph.api.cli.command", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    try:
        match = re.search(r"127\.0\.0\.1:\d+", process.stdout.readline())
        assert match is not None
        with urllib.request.urlopen(f"http://{match[0]}/health", timeout=60):
            yield match[0]
    finally:
        process.terminate()
        process.wait(timeout=60)
        process.stdout.close()


def test_the_readme_asks_in_three_ways() -> None:
    programs = [command.split()[0] for command, _ in ASKED]
    assert programs.count("curl") == 2
    assert "mabgraph" in programs


@pytest.mark.slow
@pytest.mark.parametrize(("line", "expected"), ASKED, ids=[command[:40] for command, _ in ASKED])
def test_a_command_of_the_readme_prints_what_it_shows(line: str, expected: str, address: str, real_directory: Path) -> None:
    if line.startswith("curl") and shutil.which("curl") is None:
        pytest.skip("curl is not on this machine")
    line = line.replace("127.0.0.1:8000", address).replace("mabgraph ", f"{sys.executable} -m mabgraph.api.cli.command ", 1)
    environment = os.environ | {"MABGRAPH_DATASET": str(real_directory)}
    done = subprocess.run(line, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=120, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    expected = expected.replace("\n...", "...")
    checker = doctest.OutputChecker()
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    assert checker.check_output(expected, done.stdout, flags), f"README shows:\n{expected}\nprinted:\n{done.stdout}"


def test_every_room_is_on_the_map() -> None:
    for room in ("ontology", "ingest", "graph", "queries", "api", "tests"):
        assert f"`{room}/`" in README


def test_every_command_is_named_in_the_guide() -> None:
    names = [registered.name or registered.callback.__name__ for registered in command.app.registered_commands if registered.callback]
    assert len(names) > 8
    assert [name for name in names if f"| `mabgraph {name}` |" not in COMMANDS] == []


def test_every_route_is_named_in_the_guide() -> None:
    """A look-up by its whole path, what is found by a pattern by the part before it."""
    paths = [str(getattr(route, "path", "")) for route in [*lookups.router.routes, *lookups.lists.routes, *linked.router.routes]]
    named = {path if path.startswith("/v1") else path.partition("{")[0] for path in [*paths, "/sparql", "/docs", "/health"]}
    assert {"/v1/estimates", "/id/", "/.well-known/void"} <= named
    assert [path for path in sorted(named - {"/ontology.", "/ontology/", "/data/"}) if f"`{path}" not in ROUTES] == []


def test_every_page_is_reached_from_the_readme() -> None:
    """A guide that the README does not name is found by nobody; a link that leads nowhere is a fault."""
    linked = {target.partition("#")[0] for target in re.findall(r"\]\(([^)]+)\)", README) if "://" not in target}
    assert [target for target in sorted(linked) if not (ROOT / target).exists()] == []
    assert [page.name for page in sorted((ROOT / "docs").glob("*.md")) if f"docs/{page.name}" not in linked] == []


def _unresolved(page: Path) -> Iterator[str]:
    """Yield the links of a page that lead to no file of the repository, or to no heading of it; code is not read for links."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        if "://" not in target and (not file.exists() or (anchor and anchor not in _anchors(file))):
            yield f"{page.name}: {target}"


def _anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page, as GitHub derives them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_link_of_every_page_leads_somewhere() -> None:
    pages = [
        ROOT / name for name in ("CONTRIBUTING.md", "CHANGELOG.md", "README.md", "api/README.md", "graph/README.md", "benchmarks/README.md")
    ]
    assert [link for page in (*pages, *sorted((ROOT / "docs").rglob("*.md"))) for link in _unresolved(page)] == []


def test_a_link_that_leads_nowhere_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A page\n[one](#a-page) [two](#another) [three](page.md) [four](docs/page.md) [five](https://example.org/x) `[6](value)`\n",
        "utf-8",
    )
    assert list(_unresolved(page)) == ["page.md: #another", "page.md: docs/page.md"]


def test_the_picture_of_a_figure_shows_what_the_record_has() -> None:
    picture = (ROOT / "docs/images/figure.svg").read_text("utf-8")
    shown = "".join(ElementTree.fromstring(picture).itertext())
    results = record.load(ROOT / "ingest/records/kantarjian-2017.yaml")[0].results
    (quote, *_) = next(result.printed for result in results if result.id == "overall-survival-hazard-ratio")
    numbers = {figure.role: figure for figure in figures.read_quote(quote)}
    for role in ("value", "lower", "upper", "p_value"):
        assert numbers[role].exact in shown
    assert f"kantarjian-2017, characters {numbers['value'].start} to {numbers['value'].end}" in shown
    assert f"/v1/figures/kantarjian-2017.overall-survival-hazard-ratio.value-{numbers['value'].start}" in shown


def test_the_glossary_is_sorted_and_says_each_term_in_two_sentences_at_most() -> None:
    entries = re.findall(r"^\| \*\*([^*]+)\*\* \| (.+) \|$", GLOSSARY, re.MULTILINE)
    terms = [term for term, _ in entries]
    assert terms == sorted(terms)
    assert {"record", "mark", "seal", "ledger", "anchor", "figure", "comparability"} <= set(terms)
    assert [term for term, meaning in entries if not 1 <= len(re.findall(r"[.!?](?= [A-Z]|$)", meaning)) <= 2] == []
