"""Pages in a real browser: Debian's Chromium, driven by Playwright, over a service that has every kind of page.

What a page does is waited for by its state; nothing here waits for time to pass.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from mabgraph.graph.building import build

from . import datasets
from .conftest import DATA, shipped_records
from .service import Service, running

SECRET: Final = "a-secret-of-these-tests"
#: How long a state is waited for (milliseconds): far longer than any takes, on a machine that does much else.
PATIENCE: Final = 60_000
#: A page by each kind of its own; in the invented document there is a text, in the others of a checkout there are quotes.
KINDS: Final = {
    "home": "/",
    "search": "/search",
    "search with results": "/search?q=blinatumomab+overall+survival",
    "search for claims": "/search?q=infusion+reactions",
    "search without results": "/search?q=qqqqzzzz",
    "drugs": "/drugs?page=2",
    "targets": "/targets",
    "conditions": "/conditions",
    "studies": "/studies",
    "end points": "/endpoints?page=3",
    "documents": "/documents",
    "drug": "/drugs/inotuzumab-ozogamicin",
    "target": "/targets/CD22",
    "condition": "/conditions/newly-diagnosed-multiple-myeloma",
    "end point": "/endpoints/overall-survival",
    "study": "/studies/example",
    "study with all": "/studies/daratumumab-backbone-trial",
    "document": "/documents/example-2020",
    "document with a number": "/documents/example-2020?at=280#c280",
    "compare": "/compare",
    "compare with reasons": "/compare?drug=inotuzumab+ozogamicin&drug=blinatumomab&endpoint=overall+survival&measure=median",
    "compare with a refusal": "/compare?drug=blinatumomab&endpoint=overall+survival&measure=hazard-ratio&synthesise=pool",
    "compare with a pooled result": (
        "/compare?drug=blinatumomab&endpoint=overall+survival&measure=hazard-ratio&synthesise=pool&acknowledge=different-populations"
        "&acknowledge=different-comparators&acknowledge=different-censoring&acknowledge=overlapping-patients"
    ),
    "compare with a row left out": (
        "/compare?drug=inotuzumab+ozogamicin&endpoint=overall+survival&exclude=kantarjian-2017.inotuzumab-trial-survival.inotuzumab"
    ),
    "network": "/network",
    "chain": "/network/path?from=blinatumomab&to=Standard+care",
    "chain with a gap": "/network/path?from=blinatumomab&to=inotuzumab+ozogamicin",
    "disagreements": "/discrepancies?document=kantarjian-2017",
    "query": "/query",
    "query with rows": "/query?query=SELECT+%3Fs+%3Fp+%3Fo+WHERE+%7B+%3Fs+%3Fp+%3Fo+%7D+LIMIT+3",
    "query with a graph": "/query?query=CONSTRUCT+WHERE+%7B+%3Fs+%3Fp+%3Fo+%7D+LIMIT+3",
    "query with an error": "/query?query=SELECT+nothing",
    "about": "/about",
    "bad request": "/compare?unknown=1",
    "not found": "/nothing",
    "unknown name": "/drugs/blinatumoma",
    "estimate": "/estimates/example-2020.survival-hazard-ratio",
    "look-ups for programs": "/docs",
    "statements": "/data/id/drug/moxetumomab-pasudotox.html",
}


@contextmanager
def serving(folder: Path) -> Iterator[Service]:
    """Serve the shipped records and the invented one, with the text of the latter."""
    inputs = build.Inputs((*shipped_records(), *build.records_of(DATA / "records")))
    directory = datasets.copy_of(inputs, folder / "dataset")
    with running(directory, processes=1, documents=DATA / "documents", texts_token=SECRET) as service:
        yield service


@contextmanager
def browser() -> Iterator[Browser]:
    """Start the browser.

    :raises Skipped: when there is none.
    """
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no browser here: apt-get install chromium, as .ci/run does where it may")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=program, args=["--no-sandbox"]) as chromium:
        yield chromium


@contextmanager
def window(chromium: Browser, service: Service, *, reader: bool = True, **options: Any) -> Iterator[Page]:
    """Open a window onto the service, of one who may read texts unless ``reader`` is false; whatever it asks another host for fails."""
    if reader:
        options["extra_http_headers"] = {"Authorization": f"Bearer {SECRET}"}
    with ExitStack() as closing:
        context: BrowserContext = chromium.new_context(base_url=service.address, **options)
        closing.callback(context.close)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        yield page
        assert [url for url in asked if not url.startswith((f"{service.address}/", "data:"))] == []
