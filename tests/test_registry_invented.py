"""The invented registry records that are measured with: of the registry's mix, read without a fault, and the same for one seed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.registrystudies import WITH_RESULTS, RegistryStudies, nct
from mabgraph.ingest.registry import files, reading

STUDIES = 300


@pytest.fixture(scope="module")
def studies() -> list[bytes]:
    invented = RegistryStudies()
    return [json.dumps(invented.study(number)).encode() for number in range(STUDIES)]


def test_invented_records_are_read(studies: list[bytes]) -> None:
    for number, content in enumerate(studies):
        assert reading.read(content, nct(number)).study.protocol_section.identification_module.nct_id == nct(number)


def test_invented_records_have_the_mix_of_the_registry(studies: list[bytes]) -> None:
    reported = [content for content in studies if b'"resultsSection"' in content]
    assert 0.7 * WITH_RESULTS < len(reported) / STUDIES < 1.3 * WITH_RESULTS
    lengths = sorted(len(json.dumps(json.loads(content)["resultsSection"])) for content in reported)
    assert lengths[-1] > 10 * lengths[0]


def test_a_seed_gives_the_same_zip(tmp_path: Path) -> None:
    one, other, third = (tmp_path / f"{name}.zip" for name in ("one", "other", "third"))
    RegistryStudies(seed=1).write(one, 5)
    RegistryStudies(seed=1).write(other, 5)
    RegistryStudies(seed=2).write(third, 5)
    contents = [[each.content for each in files.units([path])] for path in (one, other, third)]
    assert contents[0] == contents[1] != contents[2]
