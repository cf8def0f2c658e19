"""Slips and sound numbers: what the benchmark counts, and that the checks call none of its invented, sound trials wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import slips, sound

from .conftest import DATA

#: What is tried here takes a second and more, each.
pytestmark = pytest.mark.slow

EXAMPLE = DATA / "records" / "example-2020.yaml"
TRIALS = 60


@pytest.fixture(scope="module")
def text() -> slips.Text:
    return slips.Text(EXAMPLE)


def test_no_number_of_a_sound_trial_is_called_wrong() -> None:
    trials = list(sound.trials(TRIALS, seed=5))
    assert [(alarm.kind, alarm.text) for trial in trials for alarm in sound.false_alarms(trial)] == []
    assert sum(len(members) for members, _ in trials) > 2 * TRIALS


def test_a_trial_with_a_wrong_number_is() -> None:
    """One trial with its percentage off by fifty points: so the test above can fail."""
    members, analysis = next(sound.trials(1))
    [response] = members
    printed = {figure.role: figure.exact for figure in response.figures}
    wrong = sound.proportion(printed | {"percent": f"{(float(printed['percent']) + 50) % 100:.1f}"})
    assert sound.false_alarms(([wrong], analysis))


def test_the_same_seed_gives_the_same_trials() -> None:
    first, second = (list(sound.trials(5)) for _ in range(2))
    assert first == second


def test_a_slip_is_of_every_quote_that_covers_its_place(text: slips.Text) -> None:
    places = {place.kind: place for place in text.places()}
    assert text.notices([places["percent"].start], "9" if places["percent"].printed[0] != "9" else "1")
    assert not text.notices([places["percent"].start], places["percent"].printed[0]), "the same digit is no slip"
    assert slips.warnings(text.file) == text.sound, "each slip is taken back"


def test_slips_are_the_same_each_time_and_no_number_begins_with_a_zero() -> None:
    first, second = (list(slips.try_slips(EXAMPLE, 0.5)) for _ in range(2))
    assert first == second
    assert all(not slip.printed.startswith("0") or slip.place.printed.startswith("0") or len(slip.printed) == 1 for slip in first)
    assert sum(slip.noticed for slip in first) > len(first) / 4


def test_curators_words_do_not_give_a_slip_away(tmp_path: Path) -> None:
    """They would say what is printed; the numerals in them are taken out before."""
    path = tmp_path / EXAMPLE.name
    path.write_text(EXAMPLE.read_text("utf-8").replace("label: Examplimab,", "label: Examplimab of 60,"), "utf-8")
    assert slips.Text(path).file.data["groups"][0]["label"] == "Examplimab of some"


def test_the_table_names_what_nothing_is_related_to() -> None:
    place = slips.Place(1, "12", "count", True)
    lone = slips.Place(9, "3", "rate", True)
    lines = list(slips.table([slips.Slip("d", place, "92", True), slips.Slip("d", place, "13", False), slips.Slip("d", lone, "4", False)]))
    assert "| **all figures** | 3 | 33% | 2 | 50% |" in lines
    assert "| rate | 1 | 0% | 0 | – |" in lines
