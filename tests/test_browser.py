"""Pages as a browser shows them: the interface to try out lists every look-up with a sample; the start leads there."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .service import Service, running

pytestmark = pytest.mark.engines

#: How long a page is given by the browser's own clock (milliseconds), and by ours (seconds).
BUDGET = 20_000
LONGEST = 120.0


@pytest.fixture(scope="module")
def service(example_directory: Path) -> Iterator[Service]:
    with running(example_directory, processes=1) as server:
        yield server


def shown(service: Service, path: str, folder: Path) -> str:
    """Return the document of a page once its scripts have run."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no browser here: apt-get install chromium, as .ci/run does where it may")
    quiet = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update"
    options = [*quiet.split(), "--disable-sync", f"--user-data-dir={folder}", f"--virtual-time-budget={BUDGET}", "--dump-dom"]
    done = subprocess.run(
        [program, *options, f"http://127.0.0.1:{service.port}{path}"], check=True, capture_output=True, text=True, timeout=LONGEST
    )
    return done.stdout


def test_the_interface_shows_every_look_up(service: Service, tmp_path: Path) -> None:
    page = shown(service, "/docs", tmp_path)
    assert "Unable to render" not in page
    with service.client() as client:
        paths = client.get("/openapi.json").json()["paths"]
    assert set(re.findall(r'data-path="([^"]*)"', page)) == set(paths)


def test_a_look_up_is_shown_with_a_sample_and_a_name_to_try(service: Service, tmp_path: Path) -> None:
    page = shown(service, "/docs#/Targets/one_targets", tmp_path)
    with service.client() as client:
        described = client.get("/openapi.json").json()["paths"]["/v1/targets/{name}"]["get"]
    (name,) = (each["example"] for each in described["parameters"] if each["in"] == "path")
    sample = described["responses"]["200"]["content"]["application/json"]["example"]
    assert name in page
    assert sample["iri"] in page


def test_the_start_leads_to_the_interface(service: Service, tmp_path: Path) -> None:
    assert 'href="/docs"' in shown(service, "/", tmp_path)


def test_a_forest_plot_is_drawn_within_its_policy(service: Service, tmp_path: Path) -> None:
    path = "/v1/compare.forest-html?drug=blinatumomab&endpoint=overall-survival&measure=hazard-ratio"
    page = shown(service, path, tmp_path / "profile")
    assert "vega-embed" in page
    assert "mark-symbol" in page
    assert '<details open="">' in page
    assert "0.70" in page
