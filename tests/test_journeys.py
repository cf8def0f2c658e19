"""What a reviewer does, in a browser: all by keyboard and with scripts off, and five tasks with the number of clicks that each takes."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Download, Locator, Page, expect

from .browsing import serving, window
from .service import Service

pytestmark = pytest.mark.engines

#: No page has so many stops of the Tab key.
STOPS = 400
#: The most clicks that a task may take.
MOST = 3
ON_ELEMENT = "each => each === document.activeElement"
#: Whether the element that has the focus can be seen to have it: an outline of two pixels at least, within the window.
SEEN = """each => { const style = getComputedStyle(each), box = each.getBoundingClientRect();
  return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 && box.right > 0 && box.bottom > 0 && box.left < innerWidth }"""
#: The stops of the Tab key of a page by the order of its elements.
STOPS_OF_PAGE = """() => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
  .filter(each => each.checkVisibility()).map(each => each.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("browsed")) as started:
        yield started


def press_tab_until(page: Page, target: Locator, key: str = "Tab") -> None:
    """Press ``key`` until the focus is on ``target``; it can be seen at every stop."""
    for _ in range(STOPS):
        if target.evaluate(ON_ELEMENT):
            return
        page.keyboard.press(key)
        focused = page.locator(":focus")
        assert focused.count() == 1, "the focus has left the page"
        assert focused.evaluate(SEEN), focused.evaluate("each => each.outerHTML")
    raise AssertionError(f"Tab does not reach {target}")


def skip_to_content(page: Page) -> None:
    """Take the first stop of a page, which leads past the navigation."""
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    assert page.locator(":focus").evaluate(SEEN)
    page.keyboard.press("Enter")
    assert urlsplit(page.url).fragment == "main"


def enter(page: Page, target: Locator, key: str = "Tab") -> None:
    """Go to the page of a link by keyboard."""
    press_tab_until(page, target, key)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def rows_of(download: Download) -> list[dict[str, str]]:
    with Path(download.path()).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def numbers_on_screen(page: Page) -> set[float]:
    """Return the numbers of a comparison that are links to characters."""
    return {float(each.replace("·", ".").lstrip("<=>")) for each in page.locator("main table a.n").all_inner_texts()}


def numbers_in_file(rows: list[dict[str, str]]) -> set[float]:
    """Return the numbers of the same results as a file has them: values, limits, levels, counts and P values."""
    columns = ("value", "lower", "upper", "interval_level", "p_value", "count", "total", "dispersion")
    return {float(row[column]) for row in rows for column in columns if row[column]}


def test_the_whole_journey_by_keyboard_and_without_scripts(service: Service, chromium: Browser) -> None:
    """Search, comparison, file, number in its sentence: Tab, Enter and typing alone."""
    with window(chromium, service, java_script_enabled=False) as page:
        page.goto("/")
        expect(page.get_by_role("main").get_by_role("searchbox")).to_be_focused()
        page.keyboard.type("blinatumomab overall survival hazard ratio")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        skip_to_content(page)
        enter(page, page.get_by_role("main").get_by_role("link", name="results").first)
        assert urlsplit(page.url).path == "/compare"

        skip_to_content(page)
        shown = numbers_on_screen(page)
        press_tab_until(page, page.get_by_role("main").get_by_role("link", name="csv", exact=True))
        with page.expect_download() as taken:
            page.keyboard.press("Enter")
        rows = rows_of(taken.value)
        assert {row["study_label"] for row in rows} == {"EXAMPLE", "TOWER"}
        assert len(shown) > 5
        assert numbers_in_file(rows) == shown

        number = page.get_by_role("main").get_by_role("row").filter(has_text="EXAMPLE").locator("a.n").first
        printed = number.inner_text()
        enter(page, number, "Shift+Tab")
        assert urlsplit(page.url).path == "/documents/example-2020"
        here = page.locator("article a.n.here")
        expect(here).to_have_text(printed)
        expect(here).to_be_in_viewport()
        expect(page.locator("article .text")).to_contain_text(f"death, {printed}; 95% CI")
        expect(page.get_by_label("What is read at the place")).to_contain_text("hazard ratio")


def test_a_page_that_the_browser_has_keeps_its_style(service: Service, chromium: Browser) -> None:
    """The answer 304 has the policy of the page: the browser takes it for the page that it has."""
    with window(chromium, service) as page:
        refused: list[str] = []
        page.on("requestfailed", lambda request: refused.append(request.url))
        for _ in range(2):
            page.goto("/about")
            assert page.locator(".skip").evaluate("each => getComputedStyle(each).position") == "absolute"
        assert refused == []


@pytest.mark.parametrize("path", ["/", "/compare?drug=inotuzumab+ozogamicin&endpoint=overall+survival", "/documents/example-2020?at=280"])
def test_the_focus_goes_through_a_page_in_the_order_of_its_text(service: Service, chromium: Browser, path: str) -> None:
    with window(chromium, service, java_script_enabled=False) as page:
        page.goto(path)
        expected: list[str] = page.evaluate(STOPS_OF_PAGE)
        page.locator("a.skip").focus()
        stops: list[str] = []
        for _ in expected:
            stops.append(page.evaluate("() => document.activeElement.outerHTML.slice(0, 200)"))
            page.keyboard.press("Tab")
        assert stops == expected
        assert page.locator("[tabindex]:not([tabindex='0'])").count() == 0


def test_a_stop_that_cannot_be_seen_fails(service: Service, chromium: Browser) -> None:
    with window(chromium, service) as page:
        page.goto("/about")
        page.locator("a").first.evaluate("each => { each.style.outline = 'none' }")
        with pytest.raises(AssertionError):
            press_tab_until(page, page.locator("footer a").first)


def test_the_keys_n_and_p_lead_from_number_to_number(service: Service, chromium: Browser) -> None:
    with window(chromium, service) as page:
        page.goto("/documents/example-2020")
        first, second = (page.locator("article a.n").nth(place) for place in (0, 1))
        for key, target in (("n", first), ("n", second), ("p", first)):
            address = target.get_attribute("href")
            page.keyboard.press(key)
            page.wait_for_url(f"**{address}")
            expect(page.locator("article a.n.here")).to_be_in_viewport()
        page.get_by_role("searchbox").first.focus()
        page.keyboard.type("n")
        expect(page.get_by_role("searchbox").first).to_have_value("n")
        page.wait_for_url(f"**{first.get_attribute('href')}")


@dataclass
class Reviewer:
    """One who types searches and clicks, with the clicks counted; submitting a search is one."""

    page: Page
    clicks: int = 0

    def search(self, words: str) -> None:
        self.page.goto("/")
        self.page.get_by_role("main").get_by_role("searchbox").fill(words)
        self.click(self.page.get_by_role("main").get_by_role("button", name="Search"))

    def click(self, target: Locator) -> None:
        assert self.clicks < MOST, f"a fourth click: on {target}"
        self.clicks += 1
        target.click()

    def link(self, name: str) -> Locator:
        """Return the first link of the page's content with words."""
        return self.page.get_by_role("main").get_by_role("link", name=name).first


@pytest.fixture
def reviewer(service: Service, chromium: Browser) -> Iterator[Reviewer]:
    with window(chromium, service) as page:
        yield Reviewer(page)


def find_survival(reviewer: Reviewer) -> None:
    reviewer.search("blinatumomab overall survival")
    reviewer.click(reviewer.link("results"))
    expect(reviewer.page.get_by_role("heading", level=1)).to_have_text("Compare")


def test_overall_survival_of_blinatumomab_takes_two_clicks(reviewer: Reviewer) -> None:
    find_survival(reviewer)
    row = reviewer.page.get_by_role("row").filter(has_text="TOWER").filter(has_text="0.71")
    expect(row.first).to_contain_text("0.55")
    expect(row.first).to_contain_text("0.93")
    assert reviewer.clicks == 2


def test_the_number_in_the_paper_takes_three(reviewer: Reviewer) -> None:
    find_survival(reviewer)
    number = reviewer.page.get_by_role("row").filter(has_text="TOWER").get_by_role("link", name="0.71", exact=True)
    reviewer.click(number.first)
    expect(reviewer.page.locator("article a.n.here")).to_have_text("0.71")
    expect(reviewer.page.locator("article").get_by_text("hazard ratio for death, 0.71").first).to_be_in_viewport()
    assert reviewer.clicks == 3


def test_a_comparison_and_why_it_is_not_pooled_takes_two(reviewer: Reviewer) -> None:
    reviewer.search("blinatumomab inotuzumab overall survival")
    reviewer.click(reviewer.link("results"))
    content = reviewer.page.get_by_role("main")
    expect(content.get_by_role("row").filter(has_text="Inotuzumab").first).to_be_visible()
    expect(content.get_by_role("row").filter(has_text="TOWER").first).to_be_visible()
    expect(content.get_by_role("heading", name="Why this is not one question").first).to_be_visible()
    expect(content.get_by_role("listitem").filter(has_text="different conditions").first).to_be_visible()
    assert reviewer.clicks == 2


def test_what_is_planned_for_daratumumab_takes_two(reviewer: Reviewer) -> None:
    reviewer.search("daratumumab")
    reviewer.click(reviewer.page.get_by_role("main").get_by_role("link", name="daratumumab", exact=True))
    expect(reviewer.page.get_by_role("heading", level=1)).to_have_text("daratumumab")
    for study in ("CASSIOPEIA", "ALCYONE", "MAIA"):
        expect(reviewer.link(study)).to_be_visible()
    assert reviewer.clicks == 2


def test_a_file_for_metafor_takes_three(reviewer: Reviewer) -> None:
    reviewer.search("blinatumomab overall survival hazard ratio")
    reviewer.click(reviewer.link("results"))
    with reviewer.page.expect_download() as taken:
        reviewer.click(reviewer.link("metafor"))
    rows = rows_of(taken.value)
    assert rows
    assert "yi" in rows[0]
    assert reviewer.clicks == 3


def test_a_mark_of_a_forest_plot_leads_to_its_estimate(service: Service, chromium: Browser) -> None:
    """The mark is clicked at its middle, within the policy of the page, which has no access to the service but may lead there."""
    with window(chromium, service) as page:
        page.goto("/v1/compare.forest-html?drug=blinatumomab&endpoint=overall-survival&measure=hazard-ratio")
        page.locator("#plot path[aria-label*='0.70']").first.click()
        expect(page).to_have_url(re.compile(r"/estimates/example-2020\.survival-hazard-ratio$"))
        expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_characters_that_a_fragment_names_are_shown(service: Service, chromium: Browser) -> None:
    with window(chromium, service) as page:
        page.goto("/documents/example-2020#char=280,284")
        expect(page).to_have_url(re.compile(r"/documents/example-2020\?at=280#c280$"))
        expect(page.get_by_role("heading", name="characters 280–284")).to_be_visible()
