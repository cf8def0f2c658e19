"""One gate: whatever a build refuses, a check of the record had refused, with file, line and remedy; records are changed in many ways."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from unittest import mock

import pytest
import yaml

from mabgraph.graph.building import build
from mabgraph.graph.building.checking import Checker
from mabgraph.graph.shacl.judge import CannotJudge
from mabgraph.graph.shacl.shapes import Shapes
from mabgraph.ingest import recordfile, seals
from mabgraph.ingest.documents import Library, open_library
from mabgraph.ingest.errors import MabgraphError

from .extent import number_of

DATA = Path(__file__).parent / "data"
TEXT: Final = (DATA / "records" / "example-2020.yaml").read_text("utf-8")
LIBRARY = open_library(DATA / "documents")
#: So many changes of each kind are tried.
TRIED = number_of(60, 6)

pytestmark = [pytest.mark.sampled, pytest.mark.slow]

Change = Callable[[random.Random, str], str]


def _lines(rng: random.Random, text: str) -> tuple[list[str], int]:
    lines = text.splitlines(keepends=True)
    return lines, rng.randrange(len(lines))


def _drop_line(rng: random.Random, text: str) -> str:
    lines, place = _lines(rng, text)
    return "".join(lines[:place] + lines[place + 1 :])


def _repeat_line(rng: random.Random, text: str) -> str:
    lines, place = _lines(rng, text)
    return "".join(lines[: place + 1] + lines[place:])


def _indent_line(rng: random.Random, text: str) -> str:
    lines, place = _lines(rng, text)
    lines[place] = rng.choice(["  ", " ", "- "]) + lines[place]
    return "".join(lines)


def _change_character(rng: random.Random, text: str) -> str:
    place = rng.randrange(len(text))
    return text[:place] + rng.choice("0189xX-–.:[](){}\"' #\u00b7\u00e9\t") + text[place + 1 :]


def _change_digit(rng: random.Random, text: str) -> str:
    place = rng.choice([match.start() for match in re.finditer(r"\d", text)])
    return text[:place] + rng.choice("0123456789") + text[place + 1 :]


def _misspell_value(rng: random.Random, text: str) -> str:
    match = rng.choice(list(re.finditer(r"(?<=: )[a-z]+(-[a-z]+)+", text)))
    at = rng.randrange(match.start(), match.end())
    return text[:at] + text[at + 1 :]


def _exchange_values(rng: random.Random, text: str) -> str:
    one, other = sorted(rng.sample(list(re.finditer(r"(?<=: )[a-zA-Z]+(-[a-z]+)*(?=\n|,)", text)), 2), key=lambda match: match.start())
    return text[: one.start()] + other[0] + text[one.end() : other.start()] + one[0] + text[other.end() :]


def _change_role(rng: random.Random, text: str) -> str:
    match = rng.choice(
        list(re.finditer(r"(?<=\.)(value|count|total|percent|dose|date)(?=[)\]])|(?<=\()(value|lower|upper|level)(?=\))", text))
    )
    role = rng.choice(
        ["value", "count", "total", "percent", "lower", "upper", "p_value", "dose", "date", "time", "population", "doi", "values"]
    )
    return text[: match.start()] + role + text[match.end() :]


def _data(text: str, edit: Callable[[Any], None]) -> str:
    data = yaml.load(text, Loader=yaml.BaseLoader)
    with suppress(TypeError, KeyError, IndexError, AttributeError):
        edit(data)
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=1000)


def _parts(data: Any) -> list[tuple[Any, Any]]:
    """Return every container with a key or index of it, all depths."""
    places: list[tuple[Any, Any]] = []
    for key, value in data.items() if isinstance(data, dict) else enumerate(data):
        places.append((data, key))
        if isinstance(value, dict | list):
            places += _parts(value)
    return places


def _drop_part(rng: random.Random, text: str) -> str:
    def edit(data: Any) -> None:
        around, key = rng.choice(_parts(data))
        del around[key]

    return _data(text, edit)


def _repeat_part(rng: random.Random, text: str) -> str:
    def edit(data: Any) -> None:
        around, key = rng.choice([(around, key) for around, key in _parts(data) if isinstance(around, list)])
        around.insert(key, around[key])

    return _data(text, edit)


def _move_part(rng: random.Random, text: str) -> str:
    def edit(data: Any) -> None:
        (one, key), (other, name) = rng.sample(_parts(data), 2)
        one[key], other[name] = other[name], one[key]

    return _data(text, edit)


def _blank_part(rng: random.Random, text: str) -> str:
    def edit(data: Any) -> None:
        around, key = rng.choice(_parts(data))
        around[key] = rng.choice(["", [], {}, "x", ["x"], {"x": "y"}])

    return _data(text, edit)


def _rename_key(rng: random.Random, text: str) -> str:
    def edit(data: Any) -> None:
        around, key = rng.choice([(around, key) for around, key in _parts(data) if isinstance(around, dict)])
        around[rng.choice(["parent", "study", "unit", "time_unit", "lable", "printed", "quote", "at", "not_reported", "also"])] = (
            around.pop(key)
        )

    return _data(text, edit)


CHANGES: Final[dict[str, Change]] = {
    name[1:]: change for name, change in list(globals().items()) if name.startswith("_") and getattr(change, "__annotations__", {}).get("rng")
    and name not in {"_lines"}
}  # fmt: skip


def refusal_of_a_build(path: Path, library: Library | None, shapes: Shapes) -> str:
    """Return why a build refuses a record, as it validates a source; empty if it does not."""
    try:
        own, computed = build.of_source(path, library)
    except MabgraphError as error:
        return str(error)
    return "; ".join(map(str, [*shapes.violations(own), *shapes.violations(computed)]))


@pytest.fixture(scope="module")
def checkers() -> Iterator[tuple[Checker, Checker, Shapes]]:
    """Return a checker with the document at hand, one without, and the shapes of a build; pySHACL, which words faults, is not asked."""
    with_text, without = Checker(LIBRARY), Checker(None)
    without.__dict__["_ready"] = with_text._ready
    with mock.patch.object(Shapes, "_judge_quads", side_effect=CannotJudge):
        yield with_text, without, with_text._ready[0]


@pytest.mark.parametrize("name", CHANGES)
def test_a_build_finds_nothing_that_a_check_did_not(tmp_path: Path, checkers: tuple[Checker, Checker, Shapes], name: str) -> None:
    with_text, without, shapes = checkers
    path = tmp_path / "example-2020.yaml"
    refused = 0
    for seed in range(TRIED):
        text = CHANGES[name](random.Random(f"{name}{seed}"), TEXT)
        path.write_text(text, "utf-8")
        if seed % 2:  # as if it were sealed again: what is wrong is not its seal
            with suppress(MabgraphError):
                path.write_text(re.sub(r"(?m)^sealed: .*$", f"sealed: {seals.seal(recordfile.load(path).data)}", text), "utf-8")
        for checker, library in ((with_text, LIBRARY), (without, None)):
            faults = checker.check(path).faults
            assert all(str(fault).startswith((str(path), "    at: ")) for fault in faults for fault in fault.splitlines()[:1]), faults
            if refusal := refusal_of_a_build(path, library, shapes):
                refused += 1
                assert faults, f"{name} {seed}: a build refuses what a check passes: {refusal}\n{text}"
    assert refused or name in {"change_digit"}, "no change of this kind is refused: it tries nothing"


def test_the_test_validates_as_a_build_does(tmp_path: Path, checkers: tuple[Checker, Checker, Shapes]) -> None:
    """A build refuses what is refused here."""
    path = tmp_path / "example-2020.yaml"
    path.write_text(TEXT.replace("measure: hazard-ratio", "measure: hazrd-ratio"), "utf-8")
    path.write_text(re.sub(r"(?m)^sealed: .*$", f"sealed: {seals.seal(recordfile.load(path).data)}", path.read_text("utf-8")), "utf-8")
    refusal = refusal_of_a_build(path, LIBRARY, checkers[2])
    with pytest.raises(MabgraphError) as error:
        build.build(build.Inputs((path,), library=LIBRARY), tmp_path / "dataset")
    assert refusal
    assert refusal in str(error.value)


def test_a_fault_of_every_stage_is_told_in_one_run(tmp_path: Path, checkers: tuple[Checker, Checker, Shapes]) -> None:
    """A key that does not exist hides nothing: places, references, terms, shapes, numbers in our words and reasons are checked beside it."""
    text = TEXT
    for old, new in (
        ("    acronym: EXAMPLE\n", "    acronim: EXAMPLE\n"),
        ("characters: 594\n", "characters: many\n"),
        ("method: cox-regression", "method: cox-regresion"),
        ("comparator: standard-care}", "comparator: standard}"),
        ("Authors warn of small", "Authors warned of small"),
        ("text: The trial was small.", "text: The trial had 12 patients."),
        ("sealed: ", "not_evidence:\n  - {reason: enrollment, pattern: '2:1'}\n  - {reason: list-number, pattern: 'zz1'}\nsealed: "),
        ("    unit: months\n    not_reported: [missing-interval]\n", "    unit: monhts\n    not_reported: [missing-interval]\n"),
    ):
        text = text.replace(old, new)
    path = tmp_path / "example-2020.yaml"
    path.write_text(text, "utf-8")
    faults = checkers[0].check(path).faults
    for words in (
        ":12: studies[0].acronim: unknown key 'acronim': correct its spelling or take it out",
        ":4: document.characters: ",
        ":35: analyses[0].method: ",
        "'cox-regresion' is not a term: the nearest are cox-regression, ",
        "add a new one with mabgraph term method 'cox regresion' --definition",
        ":33: comparisons[0] (versus-standard-care): comparator 'standard' is no group of this record",
        "claims[0].printed[0].quote: the quote 'Authors warned of small numbers' does not stand in the document; the nearest is 'Authors warn of",
        "results[0].unit: ",
        "'monhts' is not a term: the nearest are months",
        "not_evidence[0]: the reason 'enrollment' is not a term",
        "mabgraph term reason enrollment --definition",
        "not_evidence[1]: the reason 'list-number' accounts for no numeral",
    ):
        assert any(words in fault for fault in faults), (words, faults)
    assert not any("no part of this record" in fault for fault in faults), "what follows from another fault is none of its own"


def test_a_record_without_places_is_checked_in_whole(tmp_path: Path, checkers: tuple[Checker, Checker, Shapes]) -> None:
    """Before it is anchored: quotes are found in the document, and what they state is checked."""
    path = tmp_path / "example-2020.yaml"
    bare = re.sub(r"(,|\n +) ?at: \d+", "", TEXT)
    path.write_text(bare, "utf-8")
    [fault] = checkers[0].check(path).faults
    assert "run mabgraph anchor" in fault
    path.write_text(bare.replace("measure: hazard-ratio", "measure: hazrd-ratio").replace("Authors warn", "Authors warned"), "utf-8")
    faults = checkers[0].check(path).faults
    assert [word for word in ("anchor", "hazrd-ratio", "Authors warned") if not any(word in fault for fault in faults)] == []
    assert not any("has no place" in fault for fault in faults)
