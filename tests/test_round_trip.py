"""What is written for analysis tools is read again: the same effects and errors, or a refusal that says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from mabgraph.api.exports import analysis, takeaway
from mabgraph.graph.compare import pooling
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.synthesis import studies
from mabgraph.graph.synthesis.contrasts import Contrast
from mabgraph.graph.synthesis.synthesis import Plan, synthesise
from mabgraph.ingest.errors import MabgraphError

from . import trials
from .test_analysis import COUNTS, RATIOS, TOOLS, package


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """Return the catalogue of the invented trials."""
    return trials.opened(tmp_path_factory.mktemp("trials"))


def again(body: bytes, folder: Path, measure: str) -> studies.Studies:
    """Return what the file says when it is read."""
    (folder / "again.csv").write_bytes(body)
    return studies.read(folder / "again.csv", measure)


def numbers(contrasts: tuple[Contrast, ...]) -> list[tuple[str, frozenset[str], float, float]]:
    """Return study, treatments, size of the effect and error of each contrast."""
    return sorted(
        (row.study, frozenset((row.treatment, row.comparator)), round(abs(row.effect), 9), round(row.error, 9)) for row in contrasts
    )


@pytest.mark.parametrize("tool", [name for name in TOOLS if name != "metainsight"])
def test_effects_are_read_again(tool: str, catalogue: Catalogue, tmp_path: Path) -> None:
    comparison = package(catalogue, RATIOS)
    read = again(TOOLS[tool](comparison), tmp_path, "HR")
    [compared] = comparison.comparison.sets
    contrasts = pooling.set_contrasts(compared)
    assert numbers(read.contrasts) == numbers(contrasts)
    one, other = (synthesise(each, Plan("HR")).estimates for each in (read.contrasts, contrasts))
    assert [(row.treatment, round(row.effect, 9)) for row in one] == [(row.treatment, round(row.effect, 9)) for row in other]


@pytest.mark.parametrize("tool", ["netmeta", "multinma", "gemtc", "metainsight"])
@pytest.mark.parametrize("measure", ["OR", "RR", "RD"])
def test_counts_are_read_again(tool: str, measure: str, catalogue: Catalogue, tmp_path: Path) -> None:
    counts = package(catalogue, COUNTS)
    read = again(TOOLS[tool](counts), tmp_path, measure)
    [compared] = counts.comparison.sets
    assert numbers(read.contrasts) == numbers(pooling.set_contrasts(compared, measure))


@pytest.mark.parametrize("tool", ["netmeta", "multinma", "gemtc", "bugsnet", "metafor", "revman"])
def test_effects_of_counts_are_read_again(tool: str, catalogue: Catalogue, tmp_path: Path) -> None:
    counts = package(catalogue, COUNTS, effect="RR")
    read = again(TOOLS[tool](counts), tmp_path, "RR")
    [compared] = counts.comparison.sets
    assert [one[2:] for one in numbers(read.contrasts)] == [one[2:] for one in numbers(pooling.set_contrasts(compared, "RR"))]


def test_reasons_against_pooling_come_back_with_them(catalogue: Catalogue, tmp_path: Path) -> None:
    read = again(analysis.netmeta(package(catalogue, RATIOS)), tmp_path, "HR")
    assert any(reason.startswith("different-") for reason in read.against)
    assert synthesise(read.contrasts, Plan("HR")).against == ()


@pytest.mark.parametrize("form", [name for name in takeaway.FORMATS if name not in TOOLS and not name.startswith(("forest", "zip"))])
def test_every_other_format_is_refused_in_words(form: str, catalogue: Catalogue, tmp_path: Path) -> None:
    body = takeaway.FORMATS[form].write(package(catalogue, {} if form.startswith("network") else RATIOS))
    with pytest.raises(MabgraphError, match=r"again\.csv"):
        again(body, tmp_path, "HR")
