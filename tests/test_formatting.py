"""Formatting orders keys and breaks lines; comments, values, nodes and seals stay, and a second run changes nothing."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import yaml

from mabgraph.graph.store import vocabulary
from mabgraph.ingest import formatting, nodes, record, recordfile, seals
from mabgraph.ingest.recordfile import RecordFile

from .commandline import run

#: What is tried here takes a second and more, each.
pytestmark = pytest.mark.slow

DATA = Path(__file__).parent / "data"
EXAMPLE = DATA / "records" / "example-2020.yaml"
LONG = ", ".join(f"{letter * 50}" for letter in "abcde")


def parsed(text: str) -> RecordFile:
    return recordfile.parse(text, Path("example-2020.yaml"))


@pytest.mark.parametrize(
    ("text", "formatted"),
    [
        ("studies:\n  - label: L   # of it\n    # kind\n    type: Study\n    id: i\n",
         "studies:\n  - id: i\n    # kind\n    type: Study\n    label: L   # of it\n"),
        ("groups:\n  - {label: L, id: g}  # why\n", "groups:\n  - {id: g, label: L}  # why\n"),
        ("claims: []\nstudies: []\n", "studies: []\nclaims: []\n"),
        ("# of all\nclaims: []\n# of studies\nstudies: []\n", "# of all\n# of studies\nstudies: []\nclaims: []\n"),
        ("document:\n  title: T \t\n  id: i\n\n# end\n", "document:\n  id: i\n  title: T\n\n# end\n"),
        (f"studies:\n  - drug: [{LONG}]  # five\n    id: i\n", "studies:\n  - id: i\n    drug:\n"
         + "".join(f"      - {each}\n" for each in LONG.split(", "))[:-1] + "  # five\n"),
        (f"groups:\n  - {{id: g, label: '{LONG}'}}\n", f"groups:\n  - id: g\n    label: '{LONG}'\n"),
        (f'claims:\n  - printed:\n      - {{at: 3, quote: "{LONG}"}}\n', f'claims:\n  - printed:\n      - {{quote: "{LONG}", at: 3}}\n'),
        ("studies:\n  - lable: L\n    id: i\n", "studies:\n  - id: i\n    lable: L\n"),
        ("claims:\n  - text: >\n      two\n      lines\n    id: c\n", "claims:\n  - id: c\n    text: >\n      two\n      lines\n"),
        ('results:\n  - {group: g, endpoint: e, quote: "of 7.7 months"}  # short\n',
         'results:\n  - {group: g, endpoint: e, quote: "of 7.7 months"}  # short\n'),
        ('results:\n  - at: 3\n    # why\n    quote: "of 7.7 months"\n    printed: []\n    measure: m\n    endpoint: e\n    group: g\n',
         'results:\n  - group: g\n    endpoint: e\n    measure: m\n    # why\n    quote: "of 7.7 months"\n    at: 3\n    printed: []\n'),
        (f'results:\n  - {{quote: "{LONG}", variable: v, id: r}}\n', f'results:\n  - id: r\n    variable: v\n    quote: "{LONG}"\n'),
    ],
)  # fmt: skip
def test_a_record_is_written_by_the_rules_of_the_house(text: str, formatted: str) -> None:
    assert formatting.format_record(parsed(text)) == formatted
    assert formatting.format_record(parsed(formatted)) == formatted


@pytest.mark.parametrize(
    "path", [EXAMPLE, *(vocabulary.RECORDS / f"{name}.yaml" for name in ("thompson-2021", "kantarjian-2017"))], ids=lambda path: path.stem
)
def test_nodes_and_seal_of_a_record_in_disorder_stay_and_its_text_comes_back(path: Path) -> None:
    """Keys are shuffled; what is written is what the formatted record is."""
    rng = random.Random(7)

    def shuffled(value: object) -> object:
        if isinstance(value, dict):
            return {key: shuffled(value[key]) for key in rng.sample(list(value), len(value))}
        return [shuffled(each) for each in value] if isinstance(value, list) else value

    file = recordfile.load(path)
    torn = recordfile.parse(yaml.safe_dump(shuffled(file.data), allow_unicode=True, sort_keys=False, width=10_000), path)
    again = recordfile.parse(formatting.format_record(torn), path)
    assert list(again.data) == list(parsed(formatting.format_record(file)).data)
    assert seals.seal(again.data) == seals.seal(file.data)
    assert list(nodes.of_record(record.validate(again), again)) == list(nodes.of_record(record.validate(file), file))
    assert formatting.format_record(again) == again.text


def test_the_command_formats_and_with_check_only_says_so(tmp_path: Path) -> None:
    path = tmp_path / EXAMPLE.name
    path.write_bytes(EXAMPLE.read_bytes())
    assert run("format", path, "--check", code=1).stdout == f"{path}: would be formatted\n"
    assert path.read_bytes() == EXAMPLE.read_bytes()
    assert run("format", path).stdout == f"{path}: formatted\n"
    assert run("format", path, "--check").stdout == f"{path}: as it should be\n"
    path.write_text(path.read_text("utf-8").replace("label: Examplimab,", f"label: {LONG},"), "utf-8")
    assert "cannot be formatted without changing what it says" in run("format", path, code=1).stderr
    path.write_text(path.read_text("utf-8").replace(LONG, LONG.replace(",", "")), "utf-8")
    done = run("format", path, code=1)
    assert "characters: at most 200; write one key a line, or shorter words" in done.stderr
