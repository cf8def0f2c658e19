"""What runs before a commit, on a pull request and in `.ci/run` are the same checks, which leave no test out; a workflow may do only what it needs."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
PYTEST = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["pytest"]["ini_options"]
MARKS = [line.partition(":")[0] for line in PYTEST["markers"]]
#: The targets by which a maintainer runs every test. `.ci/run` has its own.
TARGETS = ("test", "test-slow", "test-engines", "test-whole")
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def unpinned(workflow: str) -> list[str]:
    """Return the actions of a workflow that are not pinned to a commit."""
    return [action for action in re.findall(r"uses:\s*(\S+)", workflow) if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action)]


def test_actions_are_pinned_and_may_only_read() -> None:
    assert WORKFLOWS
    for path in WORKFLOWS:
        text = path.read_text("utf-8")
        assert unpinned(text) == []
        assert yaml.safe_load(text)["permissions"] == {"contents": "read"}
        assert "bash .ci/run" in text


def test_an_action_by_its_tag_is_seen() -> None:
    assert unpinned("- uses: actions/checkout@v4\n- uses: some/action@main") == ["actions/checkout@v4", "some/action@main"]


def test_hooks_before_a_commit_are_the_checks_of_make() -> None:
    configuration: dict[str, Any] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    hooks = [
        hook["entry"].removeprefix(".venv/bin/").replace(" --force-exclude", "")
        for repo in configuration["repos"]
        for hook in repo["hooks"]
    ]
    checks = re.search(r"^check: .*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    assert checks is not None
    assert hooks == [line.strip().removeprefix("$(BIN)/").removesuffix(" .") for line in checks[1].splitlines()]


def test_a_release_has_one_version_and_one_date_and_its_notes_are_read_in_two_minutes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    parts = re.split(r"^## \[(.+?)\](?: - (\S+))?\n", (ROOT / "CHANGELOG.md").read_text("utf-8"), flags=re.MULTILINE)
    sections = [(parts[place], parts[place + 1], parts[place + 2]) for place in range(1, len(parts), 3)]
    assert sections[0][0] == "Unreleased"
    version, date, notes = sections[1]
    assert (version, date) == (project["version"], str(cited["date-released"]))
    assert cited["version"] == version
    assert f'owl:versionInfo "{version}"' in (ROOT / "ontology" / "evidence.ttl").read_text("utf-8")
    assert len(notes.split()) <= 500
    assert all(when for _, when, _ in sections[1:])


@dataclass(frozen=True)
class Run:
    """The tests that one command of pytest runs: the files it names (none: all), those it ignores, its expression, and whether all is tried."""

    files: frozenset[str]
    ignored: frozenset[str]
    expression: str
    whole: bool

    def runs(self, file: str, marks: frozenset[str]) -> bool:
        """Whether a test of ``file`` that carries ``marks`` is run."""
        if file in self.ignored or (self.files and file not in self.files):
            return False
        return not self.expression or bool(eval(self.expression, {"__builtins__": {}}, {mark: mark in marks for mark in MARKS}))


def run_of(command: str) -> Run:
    """Return what a command of the Makefile runs."""
    head, _, tail = command.partition(" -m pytest")
    words = shlex.split(PYTEST["addopts"]) + shlex.split(tail)
    return Run(
        files=frozenset(word for word in words if word.startswith("tests/")),
        ignored=frozenset(word.removeprefix("--ignore=") for word in words if word.startswith("--ignore=")),
        expression=words[len(words) - words[::-1].index("-m")],
        whole="WHOLE_SUITE=1" in head,
    )


@cache
def runs_of(*targets: str) -> list[Run]:
    """Return what the commands run that make would begin for ``targets``; none is begun."""
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    environment = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MFLAGS", "MAKELEVEL"}}
    command = ["make", "--dry-run", *targets]
    printed = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
    return [run_of(line) for line in printed.splitlines() if " -m pytest" in line]


def left_out_or_repeated(runs: Sequence[Run]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each file and set of marks whose tests are not run exactly once; what is sampled is run in part, and once more as a whole."""
    files = {"tests/test_any.py"}.union(*(run.files | run.ignored for run in runs))
    subsets = chain.from_iterable(combinations(MARKS, size) for size in range(len(MARKS) + 1))
    for marks in map(frozenset, subsets):
        as_whole = not marks.isdisjoint({"sampled", "whole"}) and "engines" not in marks
        in_part = "whole" not in marks or "engines" in marks
        for file in sorted(files):
            times = [[run.whole for run in runs if run.runs(file, marks)].count(whole) for whole in (False, True)]
            if times != [in_part, as_whole]:
                yield file, tuple(sorted(marks))


def targets_of_ci() -> list[str]:
    """Return the targets that `.ci/run` makes and does not only report on, but the checks that are no tests and the other versions."""
    targets = re.findall(r"^make (\S+)$", (ROOT / ".ci/run").read_text("utf-8"), re.MULTILINE)
    assert {"check", "oldest", "coverage", "mutants-sample"} <= {*targets}
    return [target for target in targets if target not in {"check", "oldest", "mutants-sample"}]


@pytest.mark.parametrize("targets", [TARGETS, targets_of_ci()], ids=["by hand", "CI"])
def test_every_test_is_run_by_exactly_one_target(targets: Sequence[str]) -> None:
    assert list(left_out_or_repeated([run for target in targets for run in runs_of(target)])) == []


def test_at_the_oldest_versions_every_test_is_run_once() -> None:
    runs = runs_of("oldest-whole")
    assert {run.expression for run in runs} == {""}
    assert all(sum(run.runs(file, frozenset()) for run in runs) == 1 for file in {"tests/test_any.py"}.union(*(run.files for run in runs)))


def test_what_make_test_runs_is_what_ci_runs_at_the_oldest_versions() -> None:
    (by_hand,), (at_oldest,) = runs_of("test"), runs_of("oldest")
    assert by_hand == at_oldest


@pytest.mark.parametrize("number", range(4))
def test_a_target_that_is_not_called_is_seen(number: int) -> None:
    assert list(left_out_or_repeated([run for target in TARGETS if target != TARGETS[number] for run in runs_of(target)]))


@pytest.mark.parametrize(
    ("before", "after", "marks"),
    [
        ("slow and not engines and not whole", "slow and not sampled", ("sampled", "slow")),
        ("slow and not engines and not whole", "slow and not whole", ("engines", "slow")),
        ("--ignore=tests/test_serving.py", "", ("slow",)),
        ("engines", "engines and not slow", ("engines", "slow")),
        ("WHOLE_SUITE=1", "", ("sampled",)),
    ],
)
def test_an_expression_that_leaves_a_test_out_or_repeats_it_is_seen(before: str, after: str, marks: tuple[str, ...]) -> None:
    commands = [
        "python -m pytest",
        "python -m pytest tests/test_serving.py -m 'slow and not engines and not whole'",
        "python -m pytest --ignore=tests/test_serving.py -m 'slow and not engines and not whole'",
        "python -m pytest -m 'engines'",
        "WHOLE_SUITE=1 python -m pytest -m '(sampled or whole) and not engines'",
    ]
    assert list(left_out_or_repeated([run_of(command) for command in commands])) == []
    changed = [run_of(command.replace(f"'{before}'", f"'{after}'").replace(f"{before} ", f"{after} ")) for command in commands]
    assert marks in {seen for _, seen in left_out_or_repeated(changed)}
