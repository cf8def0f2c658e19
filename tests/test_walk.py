"""The whole way of a new user, with the installed wheel and nothing else, in an empty folder: from a workspace to an answer.

Steps are functions in the order of :data:`STEPS`; each begins where the one before it ended. To lengthen the way, add a function there.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import subprocess
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from . import wheels
from .test_adding import pdf
from .test_first_paper import BLOCKS, HEAD, REST
from .test_places import ARTICLE, RECORD

#: The invented paper of the guide: a new drug, a one-sided P value, a percentage that is printed wrong.
TEXT: Final = next(block for kind, block in BLOCKS if kind == "text")
#: The beginning of its record; that the test has one side is said by ``sides``, not by the name of the test.
BEGINNING: Final = HEAD.replace("test: one-sided-log-rank-test", "test: log-rank-test, sides: one")
#: What is typed into the first review: accept (after its one open field is decided), correct by the pick-list (a wrong choice, then the
#: right one, by its letters), skip with a reason, quit. The rest is for the second one.
FIRST_KEYS: Final = (
    "d",
    "1",
    "a",
    "c group",
    "exampl",
    "1",
    "c group control",
    "c analysis surv",
    "1",
    "a",
    "n",
    "s the table is by hand",
    "q",
)
SECOND_KEYS: Final = ("d", "1", "1", "a", "n", "s the table is by hand", "q")
PAPER: Final = "invented-2024"


@dataclass(frozen=True)
class Walk:
    """A user who has the program in an environment of its own, and works in the folder ``home``."""

    python: Path
    home: Path

    def words(self, *arguments: str | Path) -> list[str]:
        """Return the command line of ``mabgraph`` with these arguments."""
        return [str(self.python), "-m", "mabgraph.api.cli.command", *map(str, arguments)]

    def environment(self) -> dict[str, str]:
        """Return the environment of the user, which knows nothing of this checkout."""
        foreign = ("PYTHON", "MABGRAPH_", "COVERAGE", "COV_")
        return {key: value for key, value in os.environ.items() if not key.startswith(foreign)} | {
            "COLUMNS": "200",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def run(self, *arguments: str | Path, code: int = 0, typed: str | None = None) -> subprocess.CompletedProcess[str]:
        """Return what ``mabgraph`` wrote, after it ended with ``code``; ``typed`` is what the user types."""
        done = subprocess.run(
            self.words(*arguments),
            cwd=self.home,
            input=typed or "",
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, f"{arguments}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr
        return done

    def ask(self, *arguments: str) -> list[dict[str, str]]:
        """Return the rows that a question is answered with."""
        return list(csv.DictReader(io.StringIO(self.run("ask", *arguments, "--format", "csv").stdout)))

    def record(self, document: str, template: str) -> None:
        """Write the record of a document, with the digest and the length that adding it wrote."""
        path = self.home / "records" / f"{document}.yaml"
        for key in ("sha256", "characters"):
            stated = re.search(rf"{key}: (\S+)", path.read_text("utf-8"))
            assert stated is not None
            template = template.replace(f"{key}: ...", f"{key}: {stated[1]}")
        path.write_text(template, "utf-8")


def begin(walk: Walk) -> None:
    """The guides are there, and a workspace is made; every later command finds it from a folder below."""
    assert "first-paper: Your first paper" in walk.run("docs").stdout
    assert walk.run("docs", "first-paper").stdout.startswith("# Your first paper")
    walk.run("init", ".")
    assert (walk.home / "mabgraph.toml").is_file()


def add_documents(walk: Walk) -> None:
    """A text, an article in JATS and a PDF become documents, each with the beginning of its record."""
    (walk.home / f"{PAPER}.txt").write_text(TEXT, "utf-8")
    (walk.home / "jats-2024.xml").write_text(ARTICLE, "utf-8")
    table = [["Outcome", "Examplimab"], ["Response", "30 (50.0)"]]
    pdf(walk.home / "pdf-2024.pdf", "An invented title.", "Of 60 patients, 30 (50.0%) responded.", table=table)
    for name in (f"{PAPER}.txt", "jats-2024.xml", "pdf-2024.pdf"):
        assert "characters; next, write" in walk.run("add", name).stdout
    assert [entry["id"] for entry in json.loads((walk.home / "documents" / "manifest.json").read_text("utf-8"))] == [
        PAPER,
        "jats-2024",
        "pdf-2024",
    ]
    assert "is to be stated" in walk.run("check", f"records/{PAPER}.yaml", code=1).stderr


def name_the_drug(walk: Walk) -> None:
    """A term that the shipped ontology has not is added; a name that a shipped term has is refused."""
    assert (
        "examplimab written"
        in walk.run("term", "drug", "examplimab", "--class", "monoclonal-antibody", "--target", "CD20", "--also", "EX-101").stdout
    )
    assert "is a name of obinutuzumab (drug) already" in walk.run("term", "drug", "Gazyva", "--class", "monoclonal-antibody", code=1).stderr


def draft(walk: Walk) -> None:
    """Rules propose rows for what the beginning of a record leaves to state; without ``--write`` nothing is written."""
    walk.record(PAPER, BEGINNING)
    path = walk.home / "records" / f"{PAPER}.yaml"
    before = path.read_bytes()
    assert "2 ready, 4 open; 1 left out, 0 known already; nothing is written" in walk.run("draft", f"records/{PAPER}.yaml").stdout
    assert path.read_bytes() == before
    assert "written: go through them with mabgraph review" in walk.run("draft", f"records/{PAPER}.yaml", "--write").stdout
    assert "nothing new: 0 ready, 0 open; 1 left out, 6 known already" in walk.run("draft", f"records/{PAPER}.yaml", "--write").stdout


def review(walk: Walk) -> None:
    """Keys decide: a row is accepted, one is corrected by the pick-list, one skipped with a reason; after quitting the review goes on."""
    path = walk.home / "records" / f"{PAPER}.yaml"
    first = walk.run("review", f"records/{PAPER}.yaml", typed="".join(f"{key}\n" for key in FIRST_KEYS)).stdout
    assert "time-to-next-treatment-median-examplimab: accepted" in first
    assert "time-to-next-treatment-median-control: accepted" in first
    assert "3 open, 1 skipped; rows of the record: 2; accepted in this session: 2" in first
    assert 'reason: "the table is by hand"' in path.read_text("utf-8")
    second = walk.run("review", f"records/{PAPER}.yaml", typed="".join(f"{key}\n" for key in SECOND_KEYS)).stdout
    assert "time-to-next-treatment-hazard-ratio-versus-control: accepted" in second
    assert "rows of the record: 3; accepted in this session: 1" in second


def write_records(walk: Walk) -> None:
    """The table is written by hand, behind the rows that were reviewed; each record is anchored and checked."""
    path = walk.home / "records" / f"{PAPER}.yaml"
    path.write_text(path.read_text("utf-8") + REST, "utf-8")
    for document in ("jats-2024", "pdf-2024"):
        template = RECORD.format(id=document, sha256="...", characters="...").replace(
            "sha256: ..., characters: ...,", "sha256: ..., characters: ..., "
        )
        walk.record(document, template.replace("id: one,", f"id: study-{document},").replace("about: [one]", f"about: [study-{document}]"))
    for document in (PAPER, "jats-2024", "pdf-2024"):
        assert "anchored and sealed" in walk.run("anchor", f"records/{document}.yaml").stdout
    assert (
        "verified at their places in the text"
        in walk.run("check", f"records/{PAPER}.yaml", "records/jats-2024.yaml", "records/pdf-2024.yaml").stdout
    )


def build(walk: Walk) -> None:
    """The dataset holds the shipped evidence and one's own; another one is not put in its place without a word."""
    assert "built: " in walk.run("build").stdout
    documents = {row["id"].rpartition("/")[2] for row in walk.ask("documents")}
    assert {PAPER, "jats-2024", "pdf-2024", "kantarjian-2017"} <= documents
    refused = walk.run("build", "--records", "records", "--ontology", "documents", code=1).stderr
    assert "give --replace" in refused


def ask(walk: Walk) -> None:
    """Answers have the new drug by its other name, the one-sided test, the printed error, and places in PDF and XML."""
    medians = walk.ask("estimates", "drug=EX-101", "endpoint=TTNT", "measure=median")
    assert {(row["group"], row["printed"]) for row in medians} == {("Examplimab plus bendamustine", "19.4"), ("Bendamustine", "11.6")}
    (ratio,) = walk.ask("estimates", "drug=EX-101", "endpoint=TTNT", "measure=hazard-ratio")
    assert (ratio["printed"], ratio["lower"], ratio["upper"], ratio["p_value"], ratio["check_status"]) == (
        "0.62",
        "0.44",
        "0.87",
        "0.003",
        "consistent",
    )
    (wrong,) = walk.ask("estimates", f"document={PAPER}", "check=inconsistent")
    assert (wrong["endpoint_label"], wrong["printed"]) == ("neutropenia", "43.4")
    sides = walk.ask("discrepancies", f"document={PAPER}")
    assert {(row["origin"], row["role"], row["printed"]) for row in sides} == {
        ("computed", "total", "90"),
        ("computed", "count", "31"),
        ("computed", "percent", "43.4"),
    }
    places = walk.ask("anchors", "node=estimate/pdf-2024.again")
    assert {(place["page"], place["element_path"]) for place in places} == {("2", "")}
    assert all(re.fullmatch(r"([0-9.]+,){3}[0-9.]+", place["box"]) for place in places)
    (path,) = {place["element_path"] for place in walk.ask("anchors", "node=estimate/jats-2024.again")}
    assert path == "/article/body/sec/table-wrap/table/tr[2]/td[2]"


def serve(walk: Walk) -> None:
    """The service over the workspace answers as the command line does."""
    process = subprocess.Popen(
        walk.words("serve", "--port", "0"), cwd=walk.home / "records", env=walk.environment() | {"MABGRAPH_PROCESSES": "1"},
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        address = re.search(r"127\.0\.0\.1:\d+", process.stdout.readline())
        assert address is not None
        with urllib.request.urlopen(f"http://{address[0]}/v1/estimates?drug=EX-101&measure=hazard-ratio", timeout=60) as answer:
            (row,) = json.load(answer)["items"]
        assert (row["printed"], row["p_value"]) == ("0.62", 0.003)
    finally:
        process.terminate()
        process.wait(timeout=60)
        process.stdout.close()


def compare(walk: Walk) -> None:
    """Estimates of the workspace are compared with the reasons; the P value is held against the interval with the side it has."""
    output = walk.run("compare", "drug=EX-101", "endpoint=TTNT", "measure=hazard-ratio", "format=csv").stdout
    (row,) = csv.DictReader(io.StringIO(output))
    assert (row["printed"], row["treatment"], row["against"], row["comparability"]) == (
        "0.62",
        "examplimab",
        "Bendamustine",
        "within-trial randomised",
    )
    assert "on one side" in row["check_reason"]


#: The way, in order.
STEPS: Final[tuple[Callable[[Walk], None], ...]] = (
    begin, add_documents, name_the_drug, draft, review, write_records, build, ask, serve, compare,
)  # fmt: skip


def state_of(folder: Path) -> dict[str, str]:
    """Return the digest of every file below ``folder``."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*")) if path.is_file()
    }


@pytest.mark.whole
def test_the_way_from_an_empty_folder_to_an_answer(tmp_path: Path) -> None:
    """Folders of the program are read-only; for a superuser, to whom they are not, nothing in them has changed at the end."""
    python = wheels.install(wheels.build(tmp_path), tmp_path / "environment", ["serve", "documents"])
    program = wheels.packages_of(tmp_path / "environment") / "mabgraph"
    folders = [program, *(path for path in program.rglob("*") if path.is_dir())]
    before = state_of(program)
    walk = Walk(python, tmp_path / "home")
    walk.home.mkdir()
    try:
        for folder in folders:
            folder.chmod(0o555)
        for step in STEPS:
            step(walk)
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert state_of(program) == before
