"""Pictures of a comparison: text as text, titles and descriptions, the same bytes again, and nothing from another host."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import altair as alt
import pytest
from jsonschema import ValidationError

from mabgraph.api.exports import comparing, pictures
from mabgraph.api.exports.package import Package
from mabgraph.api.plots import renderer
from mabgraph.api.plots.renderer import SHARED
from mabgraph.graph.compare.pooling import Action
from mabgraph.graph.questions.catalogue import Catalogue
from mabgraph.graph.store import vocabulary
from mabgraph.ingest.errors import QuestionError

from . import trials
from .test_forest import FIVE, asked

pytestmark = pytest.mark.slow

SVG = "{http://www.w3.org/2000/svg}"


class Elements(HTMLParser):
    """The names of all elements of a page, and what they fetch."""

    def __init__(self) -> None:
        """Begin with nothing found."""
        super().__init__()
        self.names: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the name of an element and its source."""
        self.names.append(tag)
        self.fetched += [value or "" for name, value in attrs if name in {"src", "href"}]


@pytest.fixture(scope="module")
def survival(real: Catalogue) -> Package:
    """Return overall survival under blinatumomab."""
    return asked(real, drug=["blinatumomab"], endpoint=["OS"], measure=["hazard-ratio"])


def test_the_drawing_has_every_label_as_text_a_title_and_a_description(survival: Package) -> None:
    root = ElementTree.fromstring(pictures.svg(survival))
    texts = " ".join(" ".join(each.itertext()) for each in root.iter(f"{SVG}text"))
    for text in ("TOWER", "Blinatumomab versus Chemotherapy", "0.71", "0.55 to 0.93", "favours Blinatumomab", "hazard ratio (log scale)"):
        assert text in texts
    assert "kantarjian-2017.overall-survival-" in texts
    assert survival.about["dataset"][:16] in texts
    assert survival.address in texts
    assert (root[0].tag, root[0].text) == (f"{SVG}title", "Overall survival: hazard ratio")
    assert root[1].tag == f"{SVG}desc"
    assert "0.66; interval 0.50 to 0.88" in (root[1].text or "")
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", "title description")
    linked = [each.get("{http://www.w3.org/1999/xlink}href") or each.get("href") for each in root.iter(f"{SVG}a")]
    assert linked == [f"/{row['estimate'].removeprefix(vocabulary.base())}" for row in survival.rows]


def test_the_specification_is_vega_lite_and_says_what_it_is_of(survival: Package) -> None:
    specification = json.loads(pictures.vega_lite(survival))
    assert specification["usermeta"]["mabgraph"] == survival.about
    marks = [row for rows in specification["datasets"].values() for row in rows if "href" in row]
    assert {row["href"] for row in marks} == {f"/{row['estimate'].removeprefix(vocabulary.base())}" for row in survival.rows}
    specification.pop("usermeta")
    assert alt.Chart.from_dict(specification).to_dict()["title"]["text"] == "Overall survival: hazard ratio"
    with pytest.raises(ValidationError):
        alt.Chart.from_dict({**specification, "layer": [{"mark": "no such mark"}]})


def test_pictures_begin_as_their_formats_do_and_are_the_same_again(survival: Package) -> None:
    for make, start in (
        (pictures.svg, b"<svg "),
        (pictures.png, b"\x89PNG"),
        (pictures.vega_lite, b"{"),
        (pictures.html, b"<!DOCTYPE"),
    ):
        picture = make(survival)
        assert picture[: len(start)].lower() == start.lower(), make
        assert make(survival) == picture, make


def test_a_page_needs_nothing_from_another_host(real: Catalogue) -> None:
    package = asked(real, drug=["blinatumomab", "inotuzumab ozogamicin"], endpoint=["complete-remission-with-full-recovery"])
    page = pictures.html(package).decode()
    elements = Elements()
    elements.feed(page)
    assert "script" in elements.names
    assert not {"link", "img", "iframe"} & set(elements.names)
    assert not elements.fetched
    assert '"editor": false' in page or '"editor":false' in page
    assert not re.search(r"@import|import\s*\(\s*[\"']https?:", page)
    assert "Complete remission with full haematologic recovery: proportion" in page
    assert "difference in proportions" in page
    assert "The same in words" in page


def test_no_text_of_a_record_is_markup_or_script_of_a_page(survival: Package, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "</script><script>alert(1)</script><!--<b>&"
    forest = pictures._forest(survival)
    lines = tuple(replace(line, study=text, group=text, estimate=text) for line in forest.lines)
    monkeypatch.setattr(pictures, "_all_forests", lambda package: ([replace(forest, title=text, lines=lines)], [text]))
    page = pictures.html(survival).decode()
    elements = Elements()
    elements.feed(page)
    assert elements.names.count("script") == 3
    assert "b" not in elements.names
    specification = re.search(r'<script type="application/json" id="specification">([^<]*)</script>', page)
    assert specification
    assert text in json.loads(specification[1])["vconcat"][0]["title"]["text"]


def test_the_fonts_of_the_drawing_process_have_every_character_of_the_plots(real: Catalogue) -> None:
    def drawn(character: str) -> bytes:
        text = f'<text x="5" y="20" font-family="Helvetica, Arial, sans-serif">{escape(character)}</text>'
        return SHARED.run(renderer.PNG, f'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">{text}</svg>'.encode())

    missing = drawn("\U0010fffd")
    characters: set[str] = set()
    for drug in ("blinatumomab", "daratumumab", "convalescent-plasma"):
        forests, _ = pictures._all_forests(asked(real, drug=[drug]))
        characters |= set("".join(json.dumps(asdict(each), ensure_ascii=False, default=str) for each in forests))
    assert len(characters) > 70
    assert not {each for each in characters if not each.isspace() and drawn(each) == missing}


def test_several_sets_are_refused_by_name(real: Catalogue) -> None:
    package = asked(real, drug=["blinatumomab", "inotuzumab ozogamicin"], endpoint=["complete-remission-with-full-recovery"])
    assert len(package.comparison.sets) > 1
    for make in (pictures.svg, pictures.png, pictures.pdf, pictures.vega_lite):
        with pytest.raises(QuestionError, match=r"proportion, percent \(single groups, 1\); difference in proportions.*use the page"):
            make(package)


def test_nothing_to_draw_is_refused(real: Catalogue) -> None:
    package = asked(real, drug=["inotuzumab ozogamicin"], endpoint=["CR"])
    for make in (pictures.svg, pictures.html):
        with pytest.raises(QuestionError, match="no estimate"):
            make(package)


def test_an_acknowledgement_is_in_every_picture_as_text(tmp_path: Path) -> None:
    catalogue = trials.opened(tmp_path, (FIVE[0], trials.TRIALS[2]))
    package = asked(catalogue, Action.pool, measure=["hazard-ratio"])
    assert package.acknowledged
    for make in (pictures.svg, pictures.vega_lite, pictures.html):
        assert f"acknowledged: {', '.join(package.acknowledged)}" in make(package).decode()
    plain = comparing.package(catalogue, {"measure": ["hazard-ratio"]}, "/v1/compare")
    assert isinstance(plain, Package)
    assert "acknowledged: " not in pictures.svg(plain).decode()


def test_a_pdf_has_its_fonts_and_its_size(survival: Package) -> None:
    document = pictures.pdf(survival)
    assert document.startswith(b"%PDF")
    assert b"/Font" in document
    assert len(document) == len(pictures.pdf(survival))
