"""The drawing process: limits of time, memory and number, nothing it can reach, and nothing of it that is left over."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import psutil
import pytest

from mabgraph.api.plots import renderer, scripts
from mabgraph.api.plots.renderer import Renderer, RenderingLimits
from mabgraph.api.plots.turns import Turns
from mabgraph.ingest.errors import Unavailable

pytestmark = pytest.mark.slow

#: How long a process is waited for that should have ended (seconds).
PATIENCE = 60
NUMBERS = {"values": [{"a": 1}, {"a": 2}]}
#: Draws once, says the number of the drawing process, and hangs in it where it is told to.
ALONE = """
import sys, psutil
from mabgraph.api.plots.renderer import RenderingLimits, Renderer
renderer = Renderer(RenderingLimits(seconds=float(sys.argv[2])))
renderer.run("builtins:bytes", 1)
print(psutil.Process().children()[0].pid, flush=True)
renderer.run(sys.argv[1])
sys.stdin.read()
"""


def specification(data: object) -> bytes:
    return json.dumps({"data": data, "mark": "point", "encoding": {"x": {"field": "a", "type": "quantitative"}}}).encode()


def started(one: Renderer) -> psutil.Process:
    """Return the drawing process of ``one``, once it has answered."""
    assert one.run("builtins:bytes", 3) == b"\0\0\0"
    assert one._running is not None
    return psutil.Process(one._running._popen.pid)


@pytest.fixture(scope="module")
def patient() -> Iterator[Renderer]:
    """Return a renderer that takes its time, of a process that has a secret."""
    one = Renderer(RenderingLimits(seconds=PATIENCE, memory=128 << 20))
    with mock.patch.dict(os.environ, {"MABGRAPH_UPDATE_TOKEN": "secret"}):
        yield one
    one.close()


def test_a_specification_becomes_a_picture_in_each_format(patient: Renderer) -> None:
    drawing = patient.run(renderer.SVG, specification(NUMBERS))
    assert drawing.startswith(b"<svg ")
    assert patient.run(renderer.PNG, drawing).startswith(b"\x89PNG")
    assert patient.run(renderer.PDF, drawing).startswith(b"%PDF")


def test_what_draws_is_not_loaded_where_it_is_asked() -> None:
    code = (
        "import sys, mabgraph.api.app, mabgraph.api.exports.takeaway, mabgraph.api.plots.drawing as d\n"
        "assert not {'altair', 'vl_convert'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_drawing_that_hangs_is_ended_and_the_next_is_drawn() -> None:
    one = Renderer(RenderingLimits(seconds=0.5))
    before = started(one)
    with pytest.raises(Unavailable, match=r"longer than 0\.5 s") as raised:
        one.run("signal:pause")
    assert raised.value.seconds > 0
    assert not before.is_running()
    assert started(one) != before
    one.close()


@pytest.mark.whole  # one that ends itself is tried above
def test_a_process_that_does_not_end_itself_at_the_limit_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renderer, "PATIENCE", 0.1)
    one = Renderer(RenderingLimits(seconds=PATIENCE))
    process = started(one)
    one._limits = RenderingLimits(seconds=0.1)
    with pytest.raises(Unavailable, match="longer than"):
        one.run("signal:pause")
    assert not process.is_running()


def test_a_process_that_dies_is_replaced(patient: Renderer) -> None:
    before = started(patient)
    with pytest.raises(Unavailable, match=r"ended \(3\)"):
        patient.run("os:_exit", 3)
    assert started(patient) != before


@pytest.mark.whole  # one that dies while it draws is tried above
def test_a_process_that_was_killed_between_two_drawings_is_replaced(patient: Renderer) -> None:
    before = started(patient)
    before.kill()
    psutil.wait_procs([before], PATIENCE)
    assert started(patient) != before


@pytest.mark.skipif(sys.platform != "linux", reason="the system bounds the memory of data there alone")
@pytest.mark.parametrize(
    ("function", "argument"),
    [
        pytest.param("builtins:bytearray", 1 << 30, id="in Python"),
        pytest.param(
            renderer.SVG,
            specification({"sequence": {"start": 0, "stop": 3_000_000, "as": "a"}}),
            id="in what draws",
            marks=pytest.mark.whole,
        ),
    ],
)
def test_memory_is_bounded_in_python_and_in_what_draws(function: str, argument: object, patient: Renderer) -> None:
    before = started(patient)
    with pytest.raises(Unavailable, match="more than 128 MiB"):
        patient.run(function, argument)
    assert not before.is_running()


def test_a_drawing_that_raises_says_why_and_the_process_goes_on(patient: Renderer) -> None:
    before = started(patient)
    with pytest.raises(Unavailable, match="cannot be drawn: ValueError"):
        patient.run(renderer.SVG, b"{")
    assert patient.run("builtins:bytes", 1) == b"\0"
    assert before.is_running()


@pytest.mark.skipif(sys.platform != "linux", reason="fonts of the system are read elsewhere")
@pytest.mark.parametrize(("function", "arguments"), [("os:open", (__file__, os.O_RDONLY)), ("_socket:socket", ()), ("os:pipe", ())])
def test_the_process_can_open_neither_a_file_nor_a_connection(function: str, arguments: tuple[object, ...], patient: Renderer) -> None:
    with pytest.raises(Unavailable, match="OSError"):
        patient.run(function, *arguments)


def test_data_elsewhere_is_refused(tmp_path: Path, patient: Renderer) -> None:
    (tmp_path / "a.csv").write_text("a\n7\n")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        for url in (f"http://127.0.0.1:{listening.getsockname()[1]}/a.csv", str(tmp_path / "a.csv")):
            with pytest.raises(Unavailable, match="cannot be drawn"):
                patient.run(renderer.SVG, specification({"url": url}))
        with pytest.raises(BlockingIOError):
            listening.accept()
    of_file = patient.run(renderer.SVG, specification({"url": f"file://{tmp_path}/a.csv"}))
    assert of_file == patient.run(renderer.SVG, specification({"values": []}))


def test_the_process_has_no_setting_of_the_service(patient: Renderer) -> None:
    assert "MABGRAPH_UPDATE_TOKEN" in os.environ
    assert "MABGRAPH_UPDATE_TOKEN" not in started(patient).environ()


def test_others_go_first(patient: Renderer) -> None:
    assert started(patient).nice() > psutil.Process().nice()


@pytest.mark.whole
def test_a_process_without_work_ends_and_another_is_started() -> None:
    one = Renderer(RenderingLimits(idle=0.05))
    before = started(one)
    _, still = psutil.wait_procs([before], PATIENCE)
    assert not still
    assert started(one) != before
    one.close()


def test_close_leaves_nothing(patient: Renderer) -> None:
    process = started(patient)
    patient.close()
    assert not process.is_running()
    patient.close()


@pytest.mark.parametrize(("function", "seconds"), [("builtins:bytes", "60"), ("signal:pause", "1")])
@pytest.mark.parametrize("signalled", [signal.SIGTERM, signal.SIGKILL])
def test_the_process_ends_with_the_one_that_started_it(function: str, seconds: str, signalled: signal.Signals) -> None:
    """Where it waits for work, at once; where it hangs, at the limit of time."""
    parent = subprocess.Popen([sys.executable, "-c", ALONE, function, seconds], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout is not None
        drawing = psutil.Process(int(parent.stdout.readline()))
        parent.send_signal(signalled)
        parent.wait(PATIENCE)
        _, still = psutil.wait_procs([drawing], PATIENCE)
    assert not still


def test_whoever_comes_past_the_bound_is_told_to_ask_again() -> None:
    turns = Turns("pictures", 1, 0, PATIENCE)
    with turns.turn(), pytest.raises(Unavailable, match="too many pictures are waiting already"), turns.turn():
        pass
    with turns.turn():
        pass


def test_whoever_waits_too_long_is_told_to_ask_again() -> None:
    turns = Turns("pictures", 1, 1, 0.01)
    with turns.turn(), pytest.raises(Unavailable, match="took all turns"), turns.turn():
        pass
    with turns.turn():
        pass


def test_a_place_is_free_again_after_an_error() -> None:
    turns = Turns("pictures", 1, 0, PATIENCE)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), turns.turn():
            raise ZeroDivisionError


def test_the_scripts_of_a_page_may_stand_in_one() -> None:
    bundle = scripts.bundle()
    assert "vegaEmbed" in bundle
    assert not any(end in bundle.lower() for end in scripts.ENDS)
    assert scripts.bundle() is bundle


def test_scripts_that_would_end_their_element_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = subprocess.CompletedProcess([], 0, "a</SCRIPT>b", "")
    monkeypatch.setattr(subprocess, "run", lambda *arguments, **more: ended)
    with pytest.raises(Unavailable, match="not safe in a script element"):
        scripts._build_bundle.__wrapped__()
