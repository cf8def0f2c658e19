"""Pages as a browser shows them: the interface to try out lists every look-up with a sample; the start leads there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from .browsing import window
from .service import Service, running

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module")
def service(example_directory: Path) -> Iterator[Service]:
    with running(example_directory, processes=1) as server:
        yield server


@pytest.fixture
def page(service: Service, chromium: Browser) -> Iterator[Page]:
    with window(chromium, service) as opened:
        yield opened


def test_the_interface_shows_every_look_up(service: Service, page: Page) -> None:
    with service.client() as client:
        paths = client.get("/openapi.json").json()["paths"]
    page.goto("/docs")
    expect(page.locator(".opblock-summary-path")).to_have_count(len(paths))
    assert "Unable to render" not in page.content()
    assert set(page.locator("[data-path]").evaluate_all("all => all.map(each => each.dataset.path)")) == set(paths)


def test_the_interface_has_groups_in_their_order(service: Service, page: Page) -> None:
    with service.client() as client:
        groups = [each["name"] for each in client.get("/openapi.json").json()["tags"]]
    page.goto("/docs")
    expect(page.locator("h3.opblock-tag > span")).to_have_text(groups)


def test_a_look_up_is_shown_with_a_sample_and_a_name_to_try(service: Service, page: Page) -> None:
    page.goto("/docs#/Targets/one_targets")
    with service.client() as client:
        described = client.get("/openapi.json").json()["paths"]["/v1/targets/{name}"]["get"]
    (name,) = (each["example"] for each in described["parameters"] if each["in"] == "path")
    sample = described["responses"]["200"]["content"]["application/json"]["example"]
    opened = page.locator("#operations-Targets-one_targets")
    expect(opened).to_contain_text(sample["iri"])
    expect(opened.locator(".parameters").get_by_label("name", exact=True)).to_have_value(name)


def test_the_start_leads_to_the_interface(page: Page) -> None:
    page.goto("/")
    assert page.locator('a[href="/docs"]').count() == 1


def test_a_forest_plot_is_drawn_within_its_policy(page: Page) -> None:
    page.goto("/v1/compare.forest-html?drug=blinatumomab&endpoint=overall-survival&measure=hazard-ratio")
    page.locator(".mark-symbol").first.wait_for()
    assert "vega-embed" in page.content()
    assert page.locator("details[open]").count() == 1
    assert "0.70" in page.content()
