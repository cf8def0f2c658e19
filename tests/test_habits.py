"""What runs before a commit, on a pull request and in `.ci/run` are the same checks, and the workflow may do no more than it needs."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
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
