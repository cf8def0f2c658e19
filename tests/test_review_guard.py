"""Who may ask the review in a browser: whoever has the token that was printed, on this machine, from its own pages; nobody else."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any, cast
from unittest import mock

import html5lib
import pytest
from fastapi.testclient import TestClient

from mabgraph.api.pages import templating
from mabgraph.api.reviewing import entries, service
from mabgraph.api.reviewing.application import create_review
from mabgraph.api.reviewing.desk import Desk
from mabgraph.api.reviewing.guard import HEADERS, Guard
from mabgraph.ingest.documents import Library
from mabgraph.ingest.errors import MabgraphError

from .asgi import Field, answered, scope
from .commandline import run

TOKEN, PORT = "a-token-of-these-tests", 8402
HOST = f"127.0.0.1:{PORT}"
FORM = {"content-type": "application/x-www-form-urlencoded"}


def review() -> Guard:
    """Return a review of no records."""
    return create_review(Desk(dict, lambda: Library({}), cast(Any, None)), TOKEN, PORT)


def browser(token: str | None = TOKEN) -> TestClient:
    """Return a browser that has opened the address with ``token``."""
    client = TestClient(review(), base_url=f"http://{HOST}", client=("127.0.0.1", 5000), follow_redirects=False)
    if token is not None:
        client.get(f"/?token={token}")
    return client


def test_the_token_leaves_the_address_and_is_in_no_page() -> None:
    client = browser(None)
    answer = client.get(f"/records/x?token={TOKEN}&more=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/records/x?more=1")
    cookie = answer.headers["set-cookie"].lower()
    assert TOKEN not in cookie
    assert all(each in cookie for each in ("httponly", "samesite=strict", "path=/", f"mabgraph-review-{PORT}="))
    assert "domain" not in cookie
    assert client.get("/").status_code == 200
    assert TOKEN not in client.get("/").text


@pytest.mark.parametrize("token", [None, "", "a", TOKEN + "a", TOKEN[:-1], TOKEN.upper(), "ü", "\0", "%"])
def test_without_the_token_nothing_is_shown(token: str | None) -> None:
    client = browser(None)
    answer = client.get("/", params={} if token is None else {"token": token})
    assert answer.status_code == 403
    assert "open the address" in answer.text
    assert "set-cookie" not in answer.headers
    assert client.get("/records/x").status_code == 403
    assert client.post("/records/x", headers=FORM).status_code == 403


@pytest.mark.parametrize(
    "cookie", ["", "a=b", f"mabgraph-review-{PORT}=", f"mabgraph-review-{PORT}={TOKEN}", f"mabgraph-review-1={'a' * 64}", ";" * 40_000]
)
def test_another_cookie_is_none(cookie: str) -> None:
    assert browser(None).get("/", headers={"cookie": cookie}).status_code == 403


@pytest.mark.parametrize("path", ["//evil.example/x", "/\\evil.example", "/%2f/evil.example", "///evil.example"])
def test_the_exchange_leads_to_no_other_host(path: str) -> None:
    request = scope(path, f"token={TOKEN}".encode(), [(b"host", HOST.encode())])
    headers = asyncio.run(answered(review(), request)).headers
    assert headers[b"location"].startswith(b"/")
    assert headers[b"location"][1:2] not in {b"/", b"\\"}


@pytest.mark.parametrize(
    "hosts",
    [[], ["evil.example"], [f"evil.example:{PORT}"], ["127.0.0.1"], ["127.0.0.1:80"], [f"{HOST}.evil.example"], [HOST, "evil.example"], [HOST, HOST], ["0.0.0.0:8402"]],
)  # fmt: skip
def test_another_name_of_this_machine_is_refused(hosts: list[str]) -> None:
    client = browser()
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    headers: list[Field] = [*((b"host", host.encode()) for host in hosts), (b"cookie", cookie.encode())]
    assert asyncio.run(answered(client.app, scope("/", headers=headers))).status == 421


@pytest.mark.parametrize("host", [HOST, f"localhost:{PORT}", f"LOCALHOST:{PORT}", f"[::1]:{PORT}"])
def test_its_own_names_are_answered(host: str) -> None:
    assert browser(None).get(f"/?token={TOKEN}", headers={"host": host}).status_code == 303


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "fields",
    [
        {"origin": "https://evil.example"}, {"origin": "http://127.0.0.1:8000"}, {"origin": f"https://{HOST}"}, {"origin": "null"},
        {"origin": "null", "sec-fetch-site": "cross-site"}, {"origin": "null", "sec-fetch-site": "same-site"},
        {"origin": f"http://localhost:{PORT}"},
    ],
)  # fmt: skip
def test_another_origin_is_refused(method: str, fields: dict[str, str]) -> None:
    answer = browser().request(method, "/", headers=FORM | fields)
    assert answer.status_code == 403
    assert "a page of another address sent this" in answer.text


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_a_decision_from_another_page_is_refused(site: str) -> None:
    assert browser().post("/records/x", headers=FORM | {"sec-fetch-site": site}).status_code == 403


@pytest.mark.parametrize(
    "fields", [{"origin": f"http://{HOST}", "sec-fetch-site": "same-origin"}, {"origin": "null", "sec-fetch-site": "same-origin"}, {}]
)
def test_a_form_needs_its_own_token_too(fields: dict[str, str]) -> None:
    client = browser()
    for token in ("", TOKEN, "a" * 64):
        answer = client.post("/records/x", data={"csrf": token, "because": "words <b>"}, headers=fields)
        assert answer.status_code == 403
        assert "not of this review" in answer.text
        assert "words &lt;b&gt;" in answer.text, "what was entered is shown again"
    form = client.get("/")
    assert form.status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status"),
    [
        ("PUT", "/", b"", {}, 405),
        ("DELETE", "/records/x/y", b"", {}, 405),
        ("OPTIONS", "/", b"", {}, 405),
        ("POST", "/", b"", FORM, 405),
        ("GET", "/nothing", b"", {}, 404),
        ("GET", "/records/../../etc/passwd", b"", {}, 404),
        ("GET", "/records/nothing", b"", {}, 404),
        ("GET", "/static/nothing.css", b"", {}, 404),
        ("GET", "/" + "x" * 9000, b"", {}, 414),
        ("POST", "/records/x/y", b"a=b", {"content-type": "text/plain"}, 415),
        ("POST", "/records/x/y", b"a=b", {"content-type": "application/json"}, 415),
        ("POST", "/records/x/y", b"a=" + b"b" * entries.LONGEST, FORM, 413),
        ("POST", "/records/x/y", b"a=" + b"b" * 2000, FORM, 400),
        ("POST", "/records/x/y", b"&".join([b"a=b"] * 501), FORM, 400),
        ("POST", "/records/x/y", b"a=%ff", FORM, 400),
        ("POST", "/records/x/y", b"\xff", FORM, 400),
    ],
)
def test_what_cannot_be_answered_is_a_page_that_says_so(method: str, path: str, body: bytes, headers: dict[str, str], status: int) -> None:
    answer = browser().request(method, path, content=body, headers=headers)
    assert answer.status_code == status
    html5lib.HTMLParser(strict=True).parse(answer.text)
    assert {name: answer.headers[name] for name in HEADERS} == dict(HEADERS)


def test_every_answer_is_kept_by_nobody_and_readable_by_no_other_origin() -> None:
    client = browser()
    for path in ("/", "/records/x", f"/static/{templating.assets()['review.css'].name}", f"/?token={TOKEN}"):
        headers = client.get(path).headers
        assert {name: headers[name] for name in HEADERS} == dict(HEADERS)
        assert headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in headers


def test_an_unexpected_failure_is_a_page_and_in_the_terminal(caplog: pytest.LogCaptureFixture) -> None:
    client = TestClient(review(), base_url=f"http://{HOST}", raise_server_exceptions=False)
    client.get(f"/?token={TOKEN}")
    with mock.patch.object(Desk, "lines", side_effect=ZeroDivisionError("invented")):
        answer = client.get("/")
    assert answer.status_code == 500
    assert "invented" not in answer.text
    assert {name: answer.headers[name] for name in HEADERS} == dict(HEADERS)
    assert "invented" in caplog.text


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_it_listens_on_this_machine_alone(host: str, tmp_path: Path) -> None:
    with pytest.raises(MabgraphError, match="listens on this machine alone"):
        service.check_host(host)
    assert "listens on this machine alone" in run("review", "--browser", code=1, MABGRAPH_HOST=host).stderr


def test_only_loopback_addresses_are_bound() -> None:
    sockets = service.reserve(0)
    names = [each.getsockname()[:2] for each in sockets]
    for each in sockets:
        each.close()
    assert {host for host, _ in names} <= {"127.0.0.1", "::1"}
    assert len({port for _, port in names}) == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--browser"], "there is no workspace here: mabgraph init DIR makes one"),
        ([], "which record?"),
        (["x.yaml", "--port", "1"], "--port: the review in the terminal listens on none"),
        (["x.yaml", "--browser", "--skipped"], "--skipped"),
        (["x.yaml", "--browser"], "the text of x is not in the folders of documents"),
        (["--browser", "--port", "99999"], "port"),
    ],
)
def test_what_cannot_be_started_says_why(words: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert message in run("review", *words, code=1).stderr


#: Classes of the pages of the review that are meant to look as they do on all pages.
SHARED = frozenset("home lead meta n note scroll skip steps top".split())


def test_what_the_review_calls_its_own_no_other_page_styles() -> None:
    """A class that is named on both sides by chance would take the place or the size of another page's: a label flew to the corner so."""
    folder = Path(templating.__file__).parent
    templates = "".join(path.read_text("utf-8") for path in sorted((folder / "templates" / "review").glob("*.html")))
    used = {
        name
        for value in re.findall(r'class="([^"]*)"', templates)
        for name in re.findall(r"[a-z-]+", re.sub(r"{{.*?}}|{%.*?%}", " ", value))
    }
    styled = set(re.findall(r"\.([a-z][\w-]*)", (folder / "static" / "pages.css").read_text("utf-8")))
    assert used & styled - SHARED == set(), "call it otherwise in the templates of the review, and in review.css"
    assert used >= SHARED
