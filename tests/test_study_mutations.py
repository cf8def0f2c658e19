"""Study files spoilt in every way that files are spoilt: each is pooled, or refused in words, never with another error."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from math import isfinite
from pathlib import Path

import pytest

from mabgraph.graph.synthesis import limits, studies, studyfile
from mabgraph.graph.synthesis.heterogeneity import Estimator
from mabgraph.graph.synthesis.synthesis import Plan, synthesise
from mabgraph.ingest.errors import MabgraphError

from .extent import part_of

pytestmark = pytest.mark.sampled

#: Of the changes of a file one of so many is tried.
EVERY = 3
FORMS = {
    "effects": ("HR", "study,treat1,treat2,TE,seTE\nA,x,y,-0.5,0.2\nB,y,z,0.4,0.3\nC,x,z,0.1,0.25\nD,x,y,-0.2,0.2\n"),
    "pair": ("MD", "study,treat1,treat2,TE,seTE\nA,x,y,-0.5,0.2\nB,y,x,0.4,0.3\nC,x,y,0.1,0.25\n"),
    "printed": ("HR", "study,treat1,treat2,value,lower,upper,level\nA,x,y,0.71,0.55,0.93,95\nB,x,y,0.80,0.60,1.07,97.5\n"),
    "counts": ("OR", "study,treat,event,n\nA,x,4,20\nA,y,9,21\nB,x,3,30\nB,y,5,29\nB,z,7,31\nC,y,0,10\nC,z,2,12\n"),
    "risks": ("RD", "study,t1,r1,n1,t2,r2,n2,t3,r3,n3\nA,x,4,20,y,9,21,,,\nB,x,3,30,y,5,29,z,7,31\n"),
    "rates": ("IRR", "study,treat,event,time\nA,x,10,120.5\nA,y,24,118\nB,x,3,40\nB,y,9,41.25\n"),
    "baselines": ("HR", "study,trt,y,se\nA,x,NA,0.1\nA,y,0.5,0.2\nA,z,0.25,0.25\nB,x,NA,NA\nB,y,0.4,0.3\n"),
    "means": ("MD", "study,treat,mean,sd,n\nA,x,1.5,2,20\nA,y,3,2.5,21\nB,x,1,2,20\nB,y,2,2,19\n"),
}
#: What stands in a cell where a number or a name should.
CELLS = (
    "", " ", "NA", "nan", "NaN", "inf", "-inf", "Infinity", "1e3000000", "-1e3000000", "1e400", "1e308", "-1e308", "1e300", "1e15", "1e16",
    "1e-3000000", "1e-400", "5e-324", "2.2e-308", "1e-30", "1e-13", "1e999999999999999999999", "1e-999999999999999999999", "1E+400", "0",
    "-0", "0.0", "-1", "0.5", "1e9", "1e10", "999999999", "1000000001", "9" * 39, "9" * 41, "9" * 5000, "0." + "0" * 60 + "1", "1" + "0" * 400,
    "0x10", "1_000", "1,5", "1.2.3", "--1", "+", "-", ".", "e5", "1e", "²", "½", "१२", "１２", "٣", "∞", "≤5", "<0.001", "0.95", "100", "99.99999999999999999999999",
    "50%", "1/2", "=1+1", "#N/A", "TRUE", "None", "\N{MINUS SIGN}0.5", "x" * 10_000, "\x00", "\x1b[31m", "\u202e", "\ufeff", "\u200b", "\x85", "\u2028", "\ud7ff",
    "\U000e0041", "'", '"', '"x', 'x"y', "é", "e\u0301", "X", " x ", "x\u00a0", "y", "\n", "\r", "a\nb", ";", "\t", ",", ",,,,,,", "💊",
)  # fmt: skip
#: Bytes that stand for a file, or in place of its beginning.
WHOLE = (
    b"", b"\n", b"\r\n\r\n", b"study", b"study\n", b"study\nA\n", b"study,treat1\n", b"\xff\xfe", b"\xef\xbb\xbf", b"\xef\xbb\xbf\xef\xbb\xbfstudy\n",
    b"\x00" * 1000, b"\xe9", b"study,study\nA,B\n", b"study;treat;event;n\n", b"PK\x03\x04", b"\x1f\x8b\x08", b'"', b'"study', b"study," * 2000,
    b"study,treat1,treat2,TE,seTE" + b",x" * 3 + b"\n", "study,treat1\n".encode("utf-16"), "study,treat1,treat2,TE,seTE\n".encode("utf-16-be"),
    b"study," + b"," * 5000 + b"\n", b"study,treat1,treat2,TE,seTE\n" + b"A,x,y,1,1\n" * 3, b"STUDLAB,TREAT1,TREAT2,te,sete\nA,x,y,0,1\n",
)  # fmt: skip


def outcome(path: Path, measure: str, estimator: Estimator = Estimator.dersimonian_laird) -> str:
    """Return what is said of the file: a refusal, or nothing where it is pooled to finite numbers."""
    try:
        read = studies.read(path, measure)
        pooled = synthesise(read.contrasts, Plan(measure, estimator=estimator), read.refused, read.notes)
    except MabgraphError as error:
        return worded(str(error))
    json.dumps(pooled.as_json(), allow_nan=False)
    assert all(isfinite(number) for one in pooled.estimates for number in (one.effect, one.error, one.lower, one.upper, one.p))
    return ""


def worded(message: str) -> str:
    """Return a refusal that a person can read, whatever the cell holds, and that no terminal acts on."""
    assert message.strip()
    assert len(message) < 3000
    assert not set(message) & set("\x00\x1b\u202e\u2028\x85")
    return message


def spoilt(text: str) -> Iterator[str]:
    """Yield ``text`` with each cell replaced by each of ``CELLS``, quoted and bare, and then changed at random, by a seed."""
    lines = text.splitlines()
    for row, line in enumerate(lines[:2]):
        cells = line.split(",")
        for place in range(len(cells)):
            for value in CELLS:
                changed = [*cells[:place], value, *cells[place + 1 :]]
                yield "\n".join([*lines[:row], ",".join(changed), *lines[row + 1 :]]) + "\n"
    chance = random.Random(20)
    for _ in range(100):
        characters = list(text)
        for _ in range(chance.randint(1, 6)):
            place = chance.randrange(len(characters))
            characters[place : place + chance.randint(0, 3)] = chance.choice([*CELLS, *'0123456789.,;-e\n\t"'])
        yield "".join(characters)


@pytest.mark.slow
@pytest.mark.parametrize("form", list(FORMS))
def test_a_spoilt_file_is_pooled_or_refused_in_words(form: str, tmp_path: Path) -> None:
    measure, text = FORMS[form]
    path = tmp_path / "spoilt.csv"
    path.write_text(text, "utf-8")
    assert outcome(path, measure) == ""
    refused = 0
    changes = list(spoilt(text))
    tried = part_of(list(enumerate(changes)), EVERY, list(FORMS).index(form))
    for number, changed in tried:
        path.write_bytes(changed.encode("utf-8", "surrogatepass"))
        refused += bool(outcome(path, measure, list(Estimator)[number % 3]))
    assert len(changes) > 300
    assert refused > max(200, 2 * len(tried) / 3)


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators_are_spoilt_alike(separator: str, tmp_path: Path) -> None:
    path = tmp_path / "spoilt.csv"
    measure, text = FORMS["means"]
    for changed in part_of(list(spoilt(text)), EVERY):
        path.write_bytes(changed.replace(",", separator).encode("utf-8", "surrogatepass"))
        outcome(path, measure)


@pytest.mark.parametrize("content", WHOLE, ids=lambda content: repr(content[:20]))
@pytest.mark.parametrize("measure", ["HR", "OR", "MD"])
def test_a_file_that_is_none_is_refused_in_words(content: bytes, measure: str, tmp_path: Path) -> None:
    path = tmp_path / "spoilt.csv"
    path.write_bytes(content)
    if not content.startswith((b"study,treat1,treat2,TE,seTE\nA", b"STUDLAB")):
        assert outcome(path, measure).startswith(str(path))


@pytest.mark.parametrize(
    ("form", "old", "new", "message"),
    [
        ("counts", "A,x,4,20", "A,x,4,1e3000000", "line 2, column n: '1e3000000': no study has a number of this size"),
        ("counts", "A,x,4,20", "A,x,4,1e400", "line 2, column n: '1e400': no study has a number of more than 1e+15"),
        ("counts", "A,x,4,20", "A,x,4,1e10", "line 2, column n: '1e10': no study has more than 1,000,000,000 patients"),
        ("counts", "A,x,4,20", "A,x,-4,20", "line 2, column event: '-4': no count"),
        ("effects", "0.2\n", "1e300\n", "line 2, column sete: '1e300': no study has a number of more than"),
        ("effects", "0.2\n", "1e-200\n", "line 2, column sete: '1e-200': nearer to zero than 1e-30: write 0"),
        ("effects", "0.2\n", "1e-20\n", "line 2, column sete: '1e-20': no study is so exact"),
        ("effects", "0.2\n", "1e-9\n", "study A: effect -0.5, standard error 1e-09: no study is so exact"),
        ("effects", "0.2\n", "0.2e5\n", "the standard error of study A (20000) is more than 100,000 times that of study D (0.0002)"),
        ("means", "A,x,1.5,2", "A,x,1.5e14,2", "mean 150000000000000.0, standard deviation 2.0: no study is so exact"),
        ("printed", "0.93,95", "0.93,99.99999999999999999999999", "the level of the interval is 99.99999999999999999999999: give a level"),
        ("printed", "0.93,95", "0.93,0.95", "the level of the interval is 0.95: a share of one, where percent is wanted: write 95"),
        ("printed", "0.71,0.55,0.93", "0.71,0.70999999999999999999,0.71000000000000000001", "gives a standard error of 0: it is above zero"),
        ("effects", "A,x", f"{'A' * 1300},x", "a name of 1300 characters: 1000 at most"),
        ("effects", "A,x", "A,\x1b[31mx", "line 2, character 3: U+001B CONTROL CHARACTER is not seen where it is read: take it out"),
        ("effects", "A,x", "A,x\u202e", "line 2, character 4: U+202E RIGHT-TO-LEFT OVERRIDE is not seen"),
        ("effects", "A,x", "A,\x00x", "line 2, character 3: U+0000 CONTROL CHARACTER"),
        ("effects", "seTE", "seTE," + "h" * 200, "has a name of more than 100 characters"),
        ("effects", "A,x", 'A,"x\nx",y,1,1\nA2,"x', "line 4: no CSV"),
    ],
)  # fmt: skip
def test_what_is_out_of_range_is_named_with_its_place_and_remedy(form: str, old: str, new: str, message: str, tmp_path: Path) -> None:
    measure, text = FORMS[form]
    assert old in text
    path = tmp_path / "spoilt.csv"
    changed = text.replace(old, new, 1)
    path.write_text(changed.replace("C,x,z,0.1,0.25\nD,x,y,-0.2,0.2", "D,x,y,-0.2,0.0002") if "0.2e5" in new else changed, "utf-8")
    assert message in outcome(path, measure)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"study,treat1,treat2,TE,seTE\n" + b"A,x,y,1,1\n" * 1_000_000, "larger than 8 MiB, the most that a study file may have"),
        (b"study,treat1,treat2,TE,seTE\n" + b"A,x,y,1,1\n" * (studyfile.LINES + 5), "more than 50,000 lines"),
        (b"study,treat,event,n\n" + b"".join(b"A,t%d,1,9\n" % number for number in range(2000)), "A: 2000 arms, 30 at most"),
        (
            b"study,treat1,treat2,TE,seTE\n" + b"".join(b"A,t%d,x,1,1\n" % number for number in range(500)),
            "study A: 501 arms, 30 at most",
        ),
        (
            b"study,treat1,treat2,TE,seTE\n" + b"".join(b"A%d,t%d,x,1,1\n" % (n, n) for n in range(2000)),
            "2,001 treatments in 2,000 contrasts",
        ),
        (b"study,treat1,treat2,TE,seTE\nA,x,y,1," + b"1" * 200_000 + b"\n", "no CSV"),
        (b"study" + b",c" * 1_500 + b"\n", "1501 columns, 1,000 at most"),
    ],
    ids=["bytes", "lines", "arms", "contrasts", "treatments", "cell", "columns"],
)
def test_a_file_of_any_size_is_answered_for_at_once(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    path.write_bytes(content)
    assert message in outcome(path, "OR")


@pytest.mark.parametrize("name", ["absent.csv", "", "a\x00b.csv"])
def test_what_is_no_file_is_refused_in_words(name: str, tmp_path: Path) -> None:
    assert "cannot be read" in outcome(tmp_path / name, "OR")


@pytest.mark.parametrize("level", [0.95, 0, -1, 100, 99.99999999, 1e-300, 49, float("nan"), float("inf")])
def test_a_level_that_no_interval_has_is_refused(level: float) -> None:
    assert limits.level_fault(level)
    with pytest.raises(MabgraphError, match="level"):
        synthesise((), Plan("HR", level=level))


def test_a_file_of_zero_bytes_without_end_is_not_read_to_its_end() -> None:
    endless = Path("/dev/zero")
    if not endless.exists():
        pytest.skip("no file without end here")
    assert "larger than 8 MiB" in outcome(endless, "OR")
