"""Every kind of page in a browser: no finding of axe in light, dark and print, no overflow at 320 pixels, no other host, nothing inline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from .browsing import KINDS, browser, serving, window
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
#: Pages of one who may not read the texts.
OF_STRANGERS: Final = {"document by quotes": "/documents/example-2020?at=280#c280", "refused sign-in": "/sign-in?document=example-2020"}
AXE: Final = Axe()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("browsed")) as started:
        yield started


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


def findings(page: Page) -> dict[str, str]:
    """Return what axe objects to in each of the modes, with the rules and the elements."""
    objections = {}
    for mode, media in MODES.items():
        page.emulate_media(**media)
        results = AXE.run(page, options={"resultTypes": ["violations"], "runOnly": list(RULES)})
        if results.violations_count:
            objections[mode] = results.generate_report()
    page.emulate_media(**MODES["light"])
    return objections


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
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        if kind == "look-ups for programs":
            page.locator(".opblock").first.wait_for()
        assert findings(page) == {}
        assert widths(page) == [NARROW, NARROW]


def test_a_look_up_that_is_open_and_tried_out_is_accessible_and_narrow(service: Service, chromium: Browser) -> None:
    with window(chromium, service) as page:
        page.goto("/docs#/Targets/one_targets")
        page.get_by_role("button", name="Try it out").click()
        page.get_by_role("button", name="Execute").click()
        page.locator(".live-responses-table .response-col_status", has_text="200").wait_for()
        assert findings(page) == {}
        assert widths(page) == [NARROW, NARROW]


def test_what_is_wrong_is_seen(service: Service, chromium: Browser) -> None:
    """The checks fail: a picture without words, pale text in dark windows alone, a line that is too wide, another host."""
    with pytest.raises(AssertionError), window(chromium, service) as page:
        page.goto("/about")
        page.locator("h1").evaluate("each => { each.innerHTML = '<span>About</span><img src=\\'/static/none\\'>' }")
        assert set(findings(page)) == set(MODES)
        page.goto("/about")
        page.locator("h1").evaluate("each => { each.style.color = '#333' }")
        assert set(findings(page)) == {"dark"}
        page.locator("h1").evaluate("each => { each.style.width = '400px' }")
        assert widths(page)[0] > NARROW
        page.evaluate("() => { new Image().src = 'http://127.0.0.2/' }")
        return
    with window(chromium, service) as page:
        page.goto("/about")
