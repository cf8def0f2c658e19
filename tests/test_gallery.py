"""The gallery and the commands that make files without a server: every file is made, the page leads to each, refusals are said."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner, Result

from mabgraph.api.cli.command import app
from mabgraph.api.exports import gallery
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.ingest.errors import MabgraphError, QuestionError, UnknownName

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shown(real: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path]]:
    """Return the folder of a gallery of the first examples, and its files."""
    folder = tmp_path_factory.mktemp("gallery") / "made"
    return folder, gallery.write(real, folder, gallery.EXAMPLES)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


def test_the_page_leads_to_every_file_and_to_none_that_is_not_there(shown: tuple[Path, list[Path]]) -> None:
    folder, files = shown
    page = (folder / gallery.PAGE).read_text("utf-8")
    linked = set(re.findall(r'(?:href|src)="([^"#]+)"', page))
    assert {(folder / name).resolve() for name in linked} == {path.resolve() for path in files} - {(folder / gallery.PAGE).resolve()}
    assert all(path.stat().st_size for path in files)
    assert not re.search(r"https?://", re.sub(r"<p><code>[^<]*</code></p>|<li>.*?</li>", "", page))


def test_the_start_page_serves_the_gallery(real_client: TestClient) -> None:
    """The worked comparisons of the start page are those of the gallery; each is there as a page, and as data under its old address."""
    start = real_client.get("/", headers={"Accept": "text/html"}).text
    linked = {unescape(each) for each in re.findall(r'href="(/compare\?[^"]*)"', start)}
    assert {f"/compare?{each.query}" for each in gallery.EXAMPLES} <= linked
    for each in gallery.EXAMPLES:
        assert each.question in unescape(start)
        page, data = real_client.get(f"/compare?{each.query}"), real_client.get(each.address)
        assert (page.status_code, data.status_code) == (200, 200)
        assert f"{len(data.json()['items'])} results" in unescape(page.text)


def test_every_example_is_on_the_page_with_its_class_and_what_the_guard_says(shown: tuple[Path, list[Path]]) -> None:
    page = (shown[0] / gallery.PAGE).read_text("utf-8")
    for example in gallery.EXAMPLES:
        section = page.partition(f'id="{example.name}"')[2].partition("<h2")[0]
        assert "<strong>" in section
        assert "Pooled?" in section
        assert "acknowledg" in section
    assert "should not be compared between their trials" in page
    assert "Not reported" in page


def test_the_gallery_can_be_made_again(shown: tuple[Path, list[Path]], real: Catalogue) -> None:
    before = {path: path.read_bytes() for path in shown[1] if path.suffix == ".zip"}
    one = gallery.EXAMPLES[2]
    gallery.write(real, shown[0], [one])
    assert before[shown[0] / one.name / "comparison.zip"] == (shown[0] / one.name / "comparison.zip").read_bytes()


def test_an_example_that_cannot_be_asked_is_named(real: Catalogue, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="no drug is called 'nope'"):
        gallery.write(real, tmp_path, [replace(gallery.EXAMPLES[0], query="drug=nope")])
    with pytest.raises(MabgraphError, match="to pool these estimates is refused"):
        gallery.write(real, tmp_path, [replace(gallery.EXAMPLES[1], query="drug=blinatumomab&synthesise=pool")])
    with pytest.raises(MabgraphError, match="effect is given 2 times: give it once"):
        gallery.parameters("effect=RR&effect=OR")


def test_a_comparison_is_written_to_a_file(real_directory: Path, tmp_path: Path) -> None:
    asked = ["drug=blinatumomab", "endpoint=overall survival", "measure=hazard-ratio", "--dataset", str(real_directory)]
    done = run("compare", *asked, "format=zip", "-o", tmp_path / "a.zip")
    assert (done.exit_code, done.output) == (0, "")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert "comparison.csv" in archive.namelist()
    plain = run("compare", *asked)
    assert [row["treatment"] for row in csv.DictReader(io.StringIO(plain.stdout))] == ["blinatumomab", "blinatumomab"]


@pytest.mark.parametrize(
    ("parameters", "kind", "message"),
    [
        (["drug"], QuestionError, "'drug': write parameters as name=value, such as drug=blinatumomab"),
        (["nope=1"], QuestionError, "nope: unknown parameter; the parameters are "),
        (["drug=blinatumomab", "format=doc"], QuestionError, "format 'doc': choose from json, csv"),
        (["drug=nope"], UnknownName, "no drug is called 'nope'"),
        (
            ["trial=TOWER", "endpoint=OS", "measure=hazard-ratio", "synthesise=pool"],
            MabgraphError,
            r"refused \(different-censoring.*\n  diff",
        ),
    ],
)
def test_what_cannot_be_compared_is_said(parameters: list[str], kind: type[Exception], message: str, real_directory: Path) -> None:
    done = run("compare", *parameters, "--dataset", real_directory)
    assert isinstance(done.exception, kind)
    assert re.search(message, str(done.exception))


def test_the_network_is_written_to_a_file(real_directory: Path, tmp_path: Path) -> None:
    assert run("network", "target=CD38", "format=svg", "--dataset", real_directory, "-o", tmp_path / "n.svg").exit_code == 0
    assert "daratumumab" in (tmp_path / "n.svg").read_text("utf-8")
    for parameter, message in (("form=svg", "form: the parameters are drug"), ("format=doc", "format 'doc': choose from json, graphml")):
        assert message in str(run("network", parameter, "--dataset", real_directory).exception)


@pytest.mark.whole  # the gallery itself is read above
def test_the_command_makes_the_gallery(real_directory: Path, tmp_path: Path) -> None:
    done = run("gallery", tmp_path / "g", "--dataset", real_directory)
    assert re.fullmatch(r".*index\.html: \d+ files\n", done.output)
