"""Every kind of page in a browser: strict HTML, no finding of axe in light, dark and print, nothing too wide, inline or of another host."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any, Final

import html5lib
import pytest
from playwright.sync_api import Browser, Page

from mabgraph.api.http import security
from mabgraph.api.pages import templating
from mabgraph.api.routes import interface

from .browsing import KINDS, serving, window
from .service import Service

pytestmark = pytest.mark.engines

#: Everything that axe knows below the level AAA: WCAG 2.2 A and AA, best practices, and what is on trial.
RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice", "experimental")
MODES: Final[dict[str, dict[str, Any]]] = {
    "light": {"color_scheme": "light", "media": "screen"},
    "dark": {"color_scheme": "dark", "media": "screen"},
    "print": {"color_scheme": "light", "media": "print"},
}
#: A window as narrow as WCAG 2.2 asks for (1.4.10), and its text twice as large (1.4.4).
NARROW: Final = 320
#: The width between the margins of a sheet of A4 (CSS pixels).
PAPER: Final = 718
#: Pages of one who may not read the texts.
OF_STRANGERS: Final = {"document by quotes": "/documents/example-2020?at=280#c280", "refused sign-in": "/sign-in?document=example-2020"}
#: What pages answer that are not as they were asked for.
STATUSES: Final = {"query with an error": 400, "bad request": 422, "not found": 404, "unknown name": 404, "refused sign-in": 401}
#: Policies of pages that are not made of templates alone.
POLICIES: Final = {"look-ups for programs": interface.POLICY, "statements": security.PAGE}
#: What a page may not have: a script or a style of its own, or attributes that are one.
INLINE: Final = re.compile(r"<script(?! src=\"/| type=\"application/ld\+json\")|<style|\son\w+=|\sstyle=")
#: Swagger UI is dark by a class, not by its style alone.
FOLLOWED: Final = """() => !document.querySelector("#swagger-ui")
  || document.documentElement.classList.contains("dark-mode") === matchMedia("(prefers-color-scheme: dark)").matches"""
AXE: Final[Any] = import_module("axe_playwright_python.sync_playwright").Axe()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("browsed")) as started:
        yield started


def show(page: Page, media: dict[str, Any]) -> None:
    """Show a page in another mode, and wait until it has followed: the look-ups follow by a script, which hears of it later."""
    page.emulate_media(**media)
    page.wait_for_function(FOLLOWED)


def findings(page: Page) -> dict[str, str]:
    """Return what axe objects to in each of the modes, with the rules and the elements."""
    objections = {}
    for mode, media in MODES.items():
        show(page, media)
        results = AXE.run(page, options={"resultTypes": ["violations"], "runOnly": list(RULES)})
        if results.violations_count:
            objections[mode] = results.generate_report()
    show(page, MODES["light"])
    return objections


def printed_width(page: Page) -> int:
    """Return how wide a page is on paper of the size that Europe prints on; what is wider is cut there."""
    show(page, MODES["print"])
    page.set_viewport_size({"width": PAPER, "height": 1050})
    width: int = page.evaluate("document.documentElement.scrollWidth")
    show(page, MODES["light"])
    return width


def widths(page: Page) -> list[int]:
    """Return how wide a page is in a narrow window, and there with text of twice the size."""
    page.set_viewport_size({"width": NARROW, "height": 640})
    return [
        page.evaluate(f"document.documentElement.style.fontSize = '{size}%'; document.documentElement.scrollWidth") for size in (100, 200)
    ]


@pytest.mark.parametrize("kind", [*KINDS, *OF_STRANGERS])
def test_a_page_is_accessible_and_narrow(service: Service, chromium: Browser, kind: str) -> None:
    with window(chromium, service, reader=kind in KINDS) as page:
        answer = page.goto(KINDS.get(kind) or OF_STRANGERS[kind])
        assert answer is not None
        # A problem is no page: nothing may run in it, axe would wait for ever.
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.status == STATUSES.get(kind, 200)
        policy = answer.headers["content-security-policy"]
        assert policy == POLICIES.get(kind, templating.POLICY)
        html5lib.HTMLParser(strict=True).parse(answer.text())
        assert kind == "statements" or not INLINE.search(answer.text())
        if kind == "look-ups for programs":
            page.locator(".opblock").first.wait_for()
        assert findings(page) == {}
        assert printed_width(page) == PAPER
        assert widths(page) == [NARROW, NARROW]


def test_a_look_up_that_is_open_and_tried_out_is_accessible_and_narrow(service: Service, chromium: Browser) -> None:
    with window(chromium, service) as page:
        page.goto("/docs#/Targets/one_targets")
        page.get_by_role("button", name="Try it out").click()
        page.get_by_role("button", name="Execute").click()
        page.locator(".live-responses-table .response-col_status", has_text="200").wait_for()
        assert findings(page) == {}
        assert widths(page) == [NARROW, NARROW]


def test_what_is_wrong_with_a_page_is_seen(service: Service, chromium: Browser) -> None:
    """The checks fail: a picture without words, pale text in dark windows alone, a line that is too wide."""
    with window(chromium, service) as page:
        page.goto("/nothing")
        page.locator("h1").evaluate("each => { each.innerHTML = '<span>Words</span><img>' }")
        assert set(findings(page)) == set(MODES)
        page.reload()
        page.locator("h1").evaluate("each => { each.style.color = '#333' }")
        assert set(findings(page)) == {"dark"}
        page.locator("h1").evaluate("each => { each.style.width = '800px' }")
        assert widths(page)[0] > NARROW
        assert printed_width(page) > PAPER


def test_another_host_is_seen(service: Service, chromium: Browser) -> None:
    def ask_another_host() -> None:
        with window(chromium, service) as page:
            page.goto(f"http://localhost:{service.port}/nothing")

    with pytest.raises(AssertionError):
        ask_another_host()


def test_the_vocabulary_is_accessible(service: Service, chromium: Browser) -> None:
    with window(chromium, service) as page:
        answer = page.goto("/ontology")
        assert answer is not None
        assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, "text/html")
        assert findings(page) == {}
