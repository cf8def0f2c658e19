"""Settings: every one that cannot be used is one line with its name, its value and the remedy; of a secret nothing is shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mabgraph.api.http.settings import OTHERS, Settings
from mabgraph.ingest.errors import MabgraphError

from .commandline import run

SECRET = "this-must-never-be-printed-anywhere"
NUMBERS = ("", " ", "many", "1e400", "nan", "inf", "-inf", "-1", "0x10", "1,5", "９９９９９９９９９９９９９９９", "9" * 5000)
WRONG = {
    "dataset": ["", "  ", __file__, "a\x1bb", "\u202e"],
    "store": ["", "nonsense", "ftp://localhost/", "http://", "http://[", "http://localhost:99999999/", "http://local host/", "file:///etc/passwd"],
    "store_confined": ["", "perhaps", "2"],
    "documents": ["", "/no/such/folder", __file__],
    "records": ["", "/no/such/folder", __file__],
    "registry": ["", "  ", __file__, "a\x1bb", "\u202e"],
    "jobs": ["0", "65", "-1", "1.5", "two", ""],
    "ontology": ["", "/no/such/folder", __file__],
    "shipped": ["", "perhaps", "2"],
    "texts_token": ["", "short", "é" * 20, "a" * 20 + " ", "a" * 20 + "\n"],
    "texts_open": ["", "perhaps", "2", "open"],
    "host": ["", " ", "a b", "http://localhost", "localhost:80", "a..b", "a" * 64, "bücher\u202e", "x" * 300, "[::1]", "-"],
    "port": [*NUMBERS, "65536", "80.5"],
    "processes": [*NUMBERS, "0", "65", "1.5"],
    "request_seconds": [*NUMBERS, "0", "86401"],
    "query_seconds": [*NUMBERS, "0", "121", "86401"],
    "query_seconds_most": [*NUMBERS, "0", "1", "86401"],
    "public": ["", "perhaps", "2"],
    "idle_seconds": [*NUMBERS, "0", "601"],
    "reading_seconds": [*NUMBERS, "0", "86401"],
    "silent_seconds": [*NUMBERS, "4", "86401"],
    "query_places": [*NUMBERS, "0", "65"],
    "sending_megabytes": [*NUMBERS, "0", "1048577"],
    "picture_seconds": [*NUMBERS, "0", "86401"],
    "picture_megabytes": [*NUMBERS, "63", "1048577"],
    "picture_waiting": [*NUMBERS, "1001"],
    "picture_idle": [*NUMBERS, "0", "86401"],
    "archive_seconds": [*NUMBERS, "0", "86401"],
    "archives": [*NUMBERS, "0", "17"],
    "archives_waiting": [*NUMBERS, "17"],
    "query_waiting": [*NUMBERS, "1000001"],
    "query_megabytes": [*NUMBERS, "15", "1048577"],
    "query_bytes": [*NUMBERS, "0"],
    "result_bytes": [*NUMBERS, "0"],
    "cache_megabytes": [*NUMBERS, "1048577"],
    "lookups": [*NUMBERS, "0", "1001"],
    "lookups_waiting": [*NUMBERS, "1000001"],
    "exports": [*NUMBERS, "0", "65"],
    "exports_waiting": [*NUMBERS, "1000001"],
    "waiting_seconds": [*NUMBERS, "0", "86401"],
    "access_log": ["", "perhaps", "2"],
    "service_allowed": ["[", "[1]", "{}", "nonsense", '["nonsense"]', "http://a.example/ nonsense", "[[" * 5000],
    "update_token": ["", " zqx", "a\x00", "é", "a\u200b"],
}  # fmt: skip


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("MABGRAPH_")]:
        monkeypatch.delenv(name)


def test_every_setting_has_wrong_values() -> None:
    assert set(WRONG) == set(Settings.model_fields)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values if "\0" not in value])
def test_a_wrong_variable_is_one_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv("MABGRAPH_UPDATE_TOKEN", SECRET)
    monkeypatch.setenv("MABGRAPH_TEXTS_TOKEN", SECRET)
    monkeypatch.setenv(f"MABGRAPH_{name.upper()}", value)
    with pytest.raises(MabgraphError) as refused:
        Settings()
    text = str(refused.value)
    assert f"MABGRAPH_{name.upper()}" in text
    assert text.isprintable()
    assert len(text) < 400
    assert SECRET[-8:] not in text
    if "token" in name:
        assert not value.strip() or value not in text
    elif "together" not in text and "above MABGRAPH_QUERY_SECONDS_MOST" not in text:
        assert repr(value[:10])[1:-1] in text
        assert ": give " in text


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_wrong_option_is_named_as_one(name: str, value: str) -> None:
    with pytest.raises(MabgraphError) as refused:
        Settings(**{name: value})
    assert f"MABGRAPH_{name.upper()}" in str(refused.value)
    assert str(refused.value).isprintable()


def test_several_wrong_ones_have_a_line_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MABGRAPH_PORT", "many")
    monkeypatch.setenv("MABGRAPH_PROCESSES", "0")
    with pytest.raises(MabgraphError) as refused:
        Settings()
    assert len(str(refused.value).splitlines()) == 2


def test_the_words_say_what_to_give(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MABGRAPH_PORT", "65536")
    with pytest.raises(
        MabgraphError, match=r"^MABGRAPH_PORT: '65536' cannot be used: give a whole number from 0 up to 65535 \(port to listen on\)$"
    ):
        Settings()
    monkeypatch.delenv("MABGRAPH_PORT")
    monkeypatch.setenv("MABGRAPH_STORE", "http://me:word@")
    with pytest.raises(MabgraphError, match="'http://…@'"):
        Settings()


@pytest.mark.parametrize(
    ("name", "near"), [("MABGRAPH_UPDATE_TOKN", "UPDATE_TOKEN"), ("MABGRAPH_PORTS", "PORT"), ("mabgraph_hosts", "HOST"), ("MABGRAPH_", "")]
)
def test_a_variable_that_is_no_setting_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, near: str) -> None:
    monkeypatch.setenv(name, SECRET)
    with pytest.raises(MabgraphError, match=f"{name} is not a setting: the nearest is MABGRAPH_{near}") as refused:
        Settings()
    assert SECRET not in str(refused.value)


def test_variables_that_are_read_elsewhere_are_none_of_its_business(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OTHERS:
        monkeypatch.setenv(name, "a")
    assert Settings().port == 8000


def test_good_values(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    good = {
        "DATASET": str(tmp_path), "STORE": "http://me:word@localhost:7878/query", "DOCUMENTS": str(tmp_path), "TEXTS_TOKEN": SECRET, "TEXTS_OPEN": "1",
        "HOST": "::1", "PORT": "0", "SERVICE_ALLOWED": "http://a.example/sparql https://b.example/", "UPDATE_TOKEN": "a token of the tests",
    }  # fmt: skip
    for name, value in good.items():
        monkeypatch.setenv(f"MABGRAPH_{name}", value)
    assert Settings().service_allowed == ("http://a.example/sparql", "https://b.example/")
    monkeypatch.setenv("MABGRAPH_SERVICE_ALLOWED", '["http://a.example/sparql"]')
    assert Settings().service_allowed == ("http://a.example/sparql",)
    for host in ("0.0.0.0", "localhost", "a-b.example.", "fe80::1"):
        assert Settings(host=host).host == host


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        (["--port", "many"], {}, "--port (MABGRAPH_PORT): 'many' cannot be used"),
        (["--port", "-1"], {}, "--port (MABGRAPH_PORT): '-1' cannot be used"),
        (["--host", "a b"], {}, "--host (MABGRAPH_HOST): 'a b'"),
        ([], {"MABGRAPH_PORT": "\udcff"}, "MABGRAPH_PORT: '\\udcff' cannot be used"),
        ([], {"MABGRAPH_UPDATE_TOKEN": SECRET, "MABGRAPH_QUERY_SECONDS": "500"}, "MABGRAPH_QUERY_SECONDS (500) is above"),
        ([], {"MABGRAPH_PROT": "1"}, "MABGRAPH_PROT is not a setting: the nearest is MABGRAPH_PORT"),
    ],
)  # fmt: skip
def test_the_command_says_so_in_one_line(arguments: list[str], environment: dict[str, str], words: str) -> None:
    done = run("serve", "--no-build", *arguments, code=1, **environment)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("mabgraph: ")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert SECRET[-8:] not in done.stderr
