"""The review in Chromium: by keyboard alone, without scripts, in light and dark, at 320 pixels, and with no finding of axe."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mabgraph.ingest import recordfile
from mabgraph.ingest.drafting.proposals import read_proposals

from .test_review_process import PATIENCE, make_workspace, start

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module")
def review(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """Return a record, and the address of its review. A test leaves the first proposal open, or is the last one."""
    workspace = make_workspace(tmp_path_factory.mktemp("workspace"))
    with start(workspace) as (_, address):
        yield workspace / "records" / "example-2020.yaml", address


def new_page(chromium: Browser, **options: Any) -> Page:
    """Return a page that waits longer for a state than any takes, on a machine that does much else."""
    page = chromium.new_context(**options).new_page()
    page.set_default_timeout(1000 * PATIENCE)
    return page


def assert_sound(page: Page) -> None:
    """Check what is on the screen with axe, in light and in dark, and that nothing is wider than a narrow screen."""
    axe: Any = import_module("axe_playwright_python.sync_playwright")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        faults: list[dict[str, Any]] = axe.Axe().run(page).response["violations"]
        assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in faults] == []
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.set_viewport_size({"width": 1280, "height": 800})


def reach(page: Page, selector: str) -> None:
    """Press the key of tabulation until the element has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by keyboard")


def test_a_review_without_scripts(review: tuple[Path, str], chromium: Browser) -> None:
    path, address = review
    page = new_page(chromium, java_script_enabled=False)
    page.goto(address)
    page.goto(f"{address.partition('/?')[0]}/records/example-2020/ratio")
    page.fill("#because", "read wrongly")
    page.click("button[value=skip]")
    page.wait_for_url("**/responders")
    assert read_proposals(recordfile.load(path).data)[0].state == "skipped"
    page.click("button[value=undo]")
    page.wait_for_url("**/ratio")
    assert read_proposals(recordfile.load(path).data)[0].state == "open"


def test_a_review_by_keyboard_alone(review: tuple[Path, str], chromium: Browser) -> None:
    path, address = review
    page = new_page(chromium)
    page.goto(address)
    assert "token" not in page.url
    assert_sound(page)
    for selector, way in (("th a", "**/records/example-2020"), ("a.go", "**/ratio")):
        reach(page, selector)
        page.keyboard.press("Enter")
        page.wait_for_url(way)
        assert_sound(page)
    reach(page, "#comparison")
    page.keyboard.press("e")  # the label begins with it
    reach(page, "button[value=skip]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#reason-fault")
    assert_sound(page)
    assert page.input_value("#comparison") == "versus-standard-care"
    reach(page, "button[value=accept]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/responders")
    assert "ratio" in {row["id"] for row in recordfile.load(path).data["results"]}
