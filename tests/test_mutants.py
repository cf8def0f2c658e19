"""Seeded changes: the list names what is there, and what is wrong with it is said. Whether tests catch them, ``python -m tests.mutants`` tries."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from . import mutants
from .mutants import Mutant, MutantError

LISTED = mutants.mutants(mutants.LIST.read_text("utf-8"))
ONE = Mutant("one", "module.py", "a < b", "a <= b", ("test_module.py",))


def test_there_are_enough() -> None:
    assert len(LISTED) >= 40


def test_every_text_stands_once_in_its_file_and_every_test_is_there() -> None:
    for mutant in LISTED:
        assert mutant.applied(mutants.ROOT)
        for test in mutant.tests:
            file, _, name = test.partition("::")
            assert f"def {name}" in (mutants.ROOT / file).read_text("utf-8"), f"{mutant.name}: there is no test {test}"


def is_left_to_others(text: str, name: str) -> bool:
    """Whether the test ``name`` of a module is one that ``make mutants`` does not run."""
    return re.search(rf"^@pytest\.mark\.(?:whole|engines)\b.*\n(?:@.*\n)*def {name}\(", text, re.MULTILINE) is not None


def test_make_test_sees_every_change_that_names_a_test() -> None:
    for mutant in LISTED:
        named = [test.partition("::") for test in mutant.tests]
        assert not all(is_left_to_others((mutants.ROOT / file).read_text("utf-8"), name) for file, _, name in named if name) or any(
            not name for *_, name in named
        ), f"{mutant.name}: make mutants runs none of its tests"
    marked = "@pytest.mark.whole  # why\n@pytest.mark.parametrize('x', [1])\ndef test_a(x: int) -> None: ...\ndef test_b() -> None: ...\n"
    assert is_left_to_others(marked, "test_a")
    assert not is_left_to_others(marked, "test_b")


def test_a_change_takes_the_place_of_its_text(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("smaller = a < b\n", "utf-8")
    assert ONE.applied(tmp_path) == "smaller = a <= b\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [("smaller = b > a\n", "'a < b' stands 0 times"), ("a < b < c or a < b\n", "stands 2 times in module.py"), (None, "no file module.py")],
)
def test_a_text_that_does_not_stand_there_once_is_refused(text: str | None, message: str, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "module.py").write_text(text, "utf-8")
    with pytest.raises(MutantError, match=f"one: .*{message}"):
        ONE.applied(tmp_path)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('file = "a"\ntext = "b"\nby = "c"', "one: an entry has the keys file, text, by and tests"),
        ('file = "a"\ntext = "b"\nby = "c"\ntests = ["d"]\nwhy = "e"', "one: an entry has the keys"),
        ('file = "a"\ntext = "b"\nby = "b"\ntests = ["d"]', "one: it changes nothing"),
        ('file = "a"\ntext = "b"\nby = "c"\ntests = []', "one: it changes nothing, or names no test"),
    ],
)
def test_an_entry_that_is_none_is_refused(entry: str, message: str) -> None:
    with pytest.raises(MutantError, match=message):
        mutants.mutants(f"[one]\n{entry}\n")


def test_changes_are_chosen_by_name_or_by_the_fixed_rule() -> None:
    assert mutants.chosen(LISTED, []) == LISTED
    assert [each.name for each in mutants.chosen(LISTED, [LISTED[3].name])] == [LISTED[3].name]
    assert mutants.chosen(LISTED, [], sample=True) == LISTED[:: mutants.EVERY]
    with pytest.raises(MutantError, match="there is no change 'nonsense'"):
        mutants.chosen(LISTED, ["nonsense"])


def test_an_unknown_name_ends_the_command_with_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert mutants.main(["--only", "nonsense"]) == 1
    assert capsys.readouterr().err.startswith("mutants: there is no change 'nonsense'")


@pytest.mark.parametrize(("code", "caught"), [(mutants.FAILED, True), (0, False)])
def test_a_change_is_caught_where_a_test_fails(code: int, caught: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "module.py"
    module.write_text("a < b\n", "utf-8")
    seen: list[str] = []

    def run(root: Path, tests: tuple[str, ...]) -> tuple[int, str]:
        seen.append(module.read_text("utf-8"))
        return code, ""

    monkeypatch.setattr(mutants, "run", run)
    assert mutants.is_caught(ONE, tmp_path) is caught
    assert seen == ["a <= b\n"]
    assert module.read_text("utf-8") == "a < b\n"


def test_tests_that_cannot_be_run_are_no_catch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "module.py").write_text("a < b\n", "utf-8")
    monkeypatch.setattr(mutants, "run", lambda root, tests: (4, "no such test"))
    with pytest.raises(MutantError, match=r"one: its tests cannot be run \(pytest ended with 4\):\nno such test"):
        mutants.is_caught(ONE, tmp_path)
