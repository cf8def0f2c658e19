"""Study files: every form reads alike, and what is wrong is refused by file, line, column, value and remedy."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from mabgraph.graph.synthesis import limits, studies
from mabgraph.ingest.errors import MabgraphError

LONG = "study,treat,event,n\nA,x,4,20\nA,y,9,21\nB,x,3,30\nB,y,5,29\n"
WIDE = "study,t1,r1,n1,t2,r2,n2,t3,r3,n3\nA,x,4,20,y,9,21,,,\nB,x,3,30,y,5,29,NA,NA,NA\n"
MEANS = "study,treat,mean,sd,n\nA,x,1,2,20\nA,y,3,2,21\n"
EFFECTS = "studlab,treat1,treat2,TE,seTE\nA,x,y,-0.5,0.2\nB,y,x,0.4,0.3\n"


def file(folder: Path, text: str | bytes) -> Path:
    """Return a file with ``text``."""
    path = folder / "studies.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_long_and_wide_arms_give_the_same_contrasts(tmp_path: Path) -> None:
    long, wide = (studies.read(file(tmp_path, text), "OR").contrasts for text in (LONG, WIDE))
    assert long == wide
    assert [row.study for row in long] == ["A", "B"]


def test_means_in_both_forms(tmp_path: Path) -> None:
    long = studies.read(file(tmp_path, MEANS), "MD").contrasts
    wide = studies.read(file(tmp_path, "study,id,t1,y1,sd1,n1,t2,y2,sd2,n2\nA,7,x,1,2,20,y,3,2,21\n"), "MD")
    assert long == wide.contrasts
    assert wide.notes == ("columns not read: id",)


@pytest.mark.parametrize(
    "text",
    [
        EFFECTS,
        "\ufeff" + EFFECTS,
        EFFECTS.replace("\n", "\r\n"),
        EFFECTS.replace(",", ";").replace(".", ","),
        EFFECTS.replace(",", "\t"),
        EFFECTS.replace("-0.5", "\N{MINUS SIGN}0.5") + ",,,,\n",
        EFFECTS.replace("studlab", "Study").replace("TE,seTE", "te,sete"),
        EFFECTS.replace("x", '"x"'),
    ],
)
def test_effects_as_programs_write_them(tmp_path: Path, text: str) -> None:
    read = studies.read(file(tmp_path, text), "OR")
    assert [(row.study, row.treatment, row.comparator, row.effect, row.error) for row in read.contrasts] == [
        ("A", "x", "y", -0.5, 0.2),
        ("B", "y", "x", 0.4, 0.3),
    ]
    assert "TE is read as ln OR of treat1 versus treat2" in read.notes
    assert ("numbers are read with a decimal comma" in read.notes) == (";" in text)


def test_printed_ratios_at_their_own_levels(tmp_path: Path) -> None:
    text = (
        "study,treat1,treat2,measure,value,lower,upper,level\nINO-VATE,InO,SoC,HR,0.750,0.560,1.005,97.5\nB,InO,SoC,hr,0.71,0.55,0.93,95\n"
    )
    first, second = studies.read(file(tmp_path, text), "HR").contrasts
    assert (first.level, second.level) == (97.5, 95)
    assert first.error == pytest.approx(0.1305, abs=5e-5)
    assert "0.750" in first.audit


def test_studies_that_say_nothing_are_left_out_aloud(tmp_path: Path) -> None:
    read = studies.read(file(tmp_path, LONG + "C,x,0,10\nC,y,0,12\n"), "OR")
    assert [row.study for row in read.contrasts] == ["A", "B"]
    assert read.refused == ("C: no arm has an event: the study says nothing on the OR; leave it out, or pool risk differences",)
    assert len(studies.read(file(tmp_path, LONG + "C,x,0,10\nC,y,0,12\n"), "RD").contrasts) == 3


@pytest.mark.parametrize(
    ("text", "measure", "message"),
    [
        (EFFECTS.replace("-0.5", "-0.5*"), "OR", "studies.csv, line 2, column te: '-0.5*': no number: write digits with a decimal point"),
        (EFFECTS.replace("-0.5", '"-0,5"'), "OR", "line 2, column te: '-0,5': no number"),
        (EFFECTS.replace("-0.5", "inf"), "OR", "line 2, column te: 'inf': no number"),
        (EFFECTS.replace("-0.5", "NA"), "OR", "line 2, column te: 'NA': a number is needed"),
        (EFFECTS.replace("-0.5", "75"), "OR", "line 2, column te: '75': no logarithm of a ratio"),
        (EFFECTS.replace("0.3", "0"), "OR", "line 3, column sete: '0': a standard error is above zero"),
        (EFFECTS.replace("B,y", "B,"), "OR", "line 3, column treat1: '': a name is needed"),
        (EFFECTS.replace("B,y,x", "B,y,X"), "OR", "'x' and 'X' differ in capitals alone"),
        (EFFECTS.replace("0.3", "0.3,1"), "OR", "line 3: 6 cells under 5 columns: make them as many (a comma in a cell needs quotes"),
        (EFFECTS.replace(",", ";").replace("-0.5", "-0,5"), "OR", "line 2, column sete: '0.2': other cells have a decimal comma"),
        (EFFECTS.replace("seTE", "TE"), "OR", "the column 'te' is there twice"),
        (EFFECTS.replace("studlab", "trial"), "OR", "the first line names no column 'study' or 'studlab'"),
        ("study," + EFFECTS.replace("\n", "\nA,", 2).removesuffix("A,"), "OR", "the columns 'study' and 'studlab' both name the study"),
        (EFFECTS.replace("seTE", "p"), "OR", "no known form; the forms are: study, treat1, treat2, TE, seTE"),
        (EFFECTS.splitlines()[0], "OR", "no study under the heading"),
        ("", "OR", "the first line names no column"),
        (EFFECTS.replace("A,x", '"A,x'), "OR", "no CSV"),
        (b"study,treat1\nM\xe9xico,x\n", "OR", "byte 14 is not UTF-8: save the file as CSV in UTF-8"),
        (EFFECTS, "SMD", "'SMD' is no measure that is pooled here"),
        (LONG.replace("9,21", "22,21"), "OR", "line 3, column event: '22': more patients with the event than the 21 of the arm"),
        (LONG.replace("9,21", "9.5,21"), "OR", "line 3, column event: '9.5': no count"),
        (LONG.replace("9,21", "-9,21"), "OR", "line 3, column event: '-9': no count"),
        (LONG.replace("9,21", "0,0"), "OR", "line 3, column n: '0': an arm has one patient or more"),
        (LONG.replace("A,y", "A,x"), "OR", "line 2: A: a contrast needs two arms with different treatments"),
        (LONG + "C,x,1,10\n", "OR", "line 6: C: a contrast needs two arms"),
        (LONG, "HR", "it gives counts, from which no HR can be computed"),
        (LONG, "MD", "it gives counts, from which no MD can be computed"),
        (MEANS, "OR", "it gives means, from which no OR can be computed"),
        (MEANS.replace("3,2,21", "3,0,21"), "MD", "line 3, column sd: '0': a standard deviation is above zero"),
        (WIDE.replace("y,9,21", "y,,21"), "OR", "line 2, column r2: '': a number is needed"),
        (
            "study,treat1,treat2,value,lower,upper,level\nA,x,y,0.7,0.8,0.9,95\n",
            "HR",
            "line 2: A, x versus y: HR 0.7 is not inside its interval",
        ),
        ("study,treat1,treat2,value,lower,upper,level\nA,x,y,0.7,0.6,0.9,\n", "HR", "line 2, column level: '': a number is needed"),
        (
            "study,measure,treat1,treat2,TE,seTE\nA,HR,x,y,0.7,0.6\n",
            "OR",
            "column measure: 'HR': OR is asked for, and one measure is never converted",
        ),
    ],
)
def test_what_is_wrong_is_refused_at_its_place(tmp_path: Path, text: str | bytes, measure: str, message: str) -> None:
    with pytest.raises(MabgraphError) as caught:
        studies.read(file(tmp_path, text), measure)
    assert message in str(caught.value)


COMPOSED, APART = "Interf\u00e9ron", "Interfe\u0301ron"
BOUNDS = "study,treat1,treat2,value,lower,upper,level\nOne,Drug,Control,{},95\n"


def test_a_name_in_two_unicode_forms_is_one_name(tmp_path: Path) -> None:
    text = EFFECTS.replace("x", COMPOSED, 1).replace("x", APART)
    first, second = studies.read(file(tmp_path, text), "OR").contrasts
    assert first.treatment == second.comparator == COMPOSED
    assert studies.normalise_name(APART) == COMPOSED


@pytest.mark.parametrize(
    ("one", "other", "how"),
    [
        ("IFN-a", "IFN\u2011a", "look the same (U+002D HYPHEN-MINUS, U+2011 NON-BREAKING HYPHEN)"),
        ("PACE", "P\u0410CE", "look the same (U+0041 LATIN CAPITAL LETTER A, U+0410 CYRILLIC CAPITAL LETTER A)"),
        ("Drug 2", "Drug \u00b2", "look the same (U+0032 DIGIT TWO, U+00B2 SUPERSCRIPT TWO)"),
        ("x's", "x\u2019s", "look the same (U+0027 APOSTROPHE, U+2019 RIGHT SINGLE QUOTATION MARK)"),
        ("Drug", "\uff24rug", "look the same"),
        ("Drug", "dRUG", "differ in capitals alone"),
    ],
)
def test_names_that_look_the_same_are_refused_by_both_spellings(tmp_path: Path, one: str, other: str, how: str) -> None:
    text = f"study,treat1,treat2,TE,seTE\nA,{one},y,-0.5,0.2\nB,{other},y,0.4,0.3\n"
    with pytest.raises(MabgraphError) as caught:
        studies.read(file(tmp_path, text), "OR")
    assert f"{one!r} and {other!r} {how}" in str(caught.value)


def test_white_space_of_any_kind_separates_words(tmp_path: Path) -> None:
    text = "study,treat1,treat2,TE,seTE\nA,Drug\u00a0A,y,-0.5,0.2\nB,Drug  A ,y,0.4,0.3\n"
    assert {row.treatment for row in studies.read(file(tmp_path, text), "OR").contrasts} == {"Drug A"}


@pytest.mark.parametrize(
    ("printed", "message"),
    [
        (
            "0.09,0.00,0.77",
            "0.00 stands for one below 0.005, from which no standard error follows: leave the study out, or give TE and seTE",
        ),
        ("0.09,0.00,0.77", "by the upper bound alone, were it of 95 %, ln HR -2.4079 with a standard error of 1.0952"),
        ("0.12,0.01,NE", "line 2, column upper: 'NE': a bound that is not printed as a number gives no standard error"),
        ("0.12,0.01,NE", "by the lower bound alone, were it of 95 %, ln HR -2.1203 with a standard error of 1.2678"),
        ("0.12,0.01,Inf", "column upper: 'Inf': a bound that is not printed"),
        ("0.12,0.01,not reached", "column upper: 'not reached': a bound that is not printed"),
        ("0.12,NR,0.77", "column lower: 'NR': a bound that is not printed"),
        ("0.12,NE,NE", "column lower: 'NE': no number"),
    ],
)
def test_a_bound_of_zero_or_none_is_refused_with_what_to_do(tmp_path: Path, printed: str, message: str) -> None:
    with pytest.raises(MabgraphError) as caught:
        studies.read(file(tmp_path, BOUNDS.format(printed)), "HR")
    assert message in str(caught.value)


CELLS = "study\ttreat\tmean\tsd\tn\nA\tx\t{}\t{}\t20\nA\ty\t{}\t{}\t21\n"


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        (("1,234", "565", "1,300", "505"), "line 2, column mean: '1,234' is 1234 or 1.234"),
        (("1.234", "565", "1.300", "505"), "line 2, column mean: '1.234' is 1234 or 1.234"),
        (("1,234", "56.5", "1,300", "50.5"), "line 2, column mean: '1,234' is 1234 or 1.234"),
        (("1,234", "56.5", "1,30", "50.5"), "line 2, column sd: '56.5': other cells have a decimal comma"),
        (("1.234,5", "565", "1300", "505"), "line 2, column mean: '1.234,5': no number"),
        (("1 234", "565", "1300", "505"), "line 2, column mean: '1 234': no number"),
        (("1'234", "565", "1300", "505"), 'line 2, column mean: "1\'234": no number'),
    ],
)
def test_a_number_that_can_be_read_in_two_ways_is_refused_with_both(tmp_path: Path, numbers: tuple[str, ...], message: str) -> None:
    with pytest.raises(MabgraphError) as caught:
        studies.read(file(tmp_path, CELLS.format(*numbers)), "MD")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "numbers", [("1,234", "0,565", "1,300", "0,505"), ("1.234", "0.565", "1.300", "0.505"), ("1,2340", "2", "1,300", "3")]
)
def test_one_number_that_is_plain_settles_the_others(tmp_path: Path, numbers: tuple[str, ...]) -> None:
    (contrast,) = studies.read(file(tmp_path, CELLS.format(*numbers)), "MD").contrasts
    assert contrast.effect == pytest.approx(1.234 - 1.3)


TIMES = "study,treat,event,time\nA,x,10,120.5\nA,y,24,118\nB,x,3,40\nB,y,9,41.25\n"


@pytest.mark.parametrize(
    "text",
    [
        TIMES,
        TIMES.replace("event,time", "r,E"),
        TIMES.replace("treat,event,time", "treatment,responders,exposure"),
        TIMES.replace("time", "person-years"),
        TIMES.replace("event,time", "event,time,n").replace("\nA,x,10,120.5", "\nA,x,10,120.5,").replace("118\n", "118,\n").replace("40\n", "40,\n").replace("41.25\n", "41.25,\n"),
        "study,t1,event1,time1,t2,event2,time2\nA,x,10,120.5,y,24,118\nB,x,3,40,y,9,41.25\n",
    ],
)  # fmt: skip
def test_events_and_person_time_in_every_form(tmp_path: Path, text: str) -> None:
    read = studies.read(file(tmp_path, text), "IRR")
    assert [(round(row.effect, 4), round(row.error, 4)) for row in read.contrasts] == [(-0.8964, 0.3764), (-1.0678, 0.6667)]


@pytest.mark.parametrize(
    ("text", "measure", "message"),
    [
        (TIMES, "OR", "it gives events and person-time, from which no OR can be computed"),
        (TIMES, "HR", "it gives events and person-time, from which no HR can be computed"),
        (LONG, "IRR", "it gives counts, from which no IRR can be computed"),
        (TIMES.replace("120.5", "0"), "IRR", "line 2, column time: '0': a time of all patients together is above zero"),
        (TIMES.replace("10,120.5", "-1,120.5"), "IRR", "line 2, column event: '-1': no count"),
    ],
)
def test_what_is_no_rate_is_refused(tmp_path: Path, text: str, measure: str, message: str) -> None:
    with pytest.raises(MabgraphError) as caught:
        studies.read(file(tmp_path, text), measure)
    assert message in str(caught.value)


BASE = "study,trt,y,se\nA,x,NA,0.1\nA,y,0.5,0.2\nA,z,0.25,0.25\nB,x,NA,NA\nB,y,0.4,0.3\n"


@pytest.mark.parametrize(
    "text",
    [
        BASE,
        BASE.replace("trt,y,se", "treatment,diff,std.err"),
        "study,treatment,differences,se.diffs,var.arm1\nA,x,NA,NA,0.01\nA,y,0.5,0.2,NA\nA,z,0.25,0.25,NA\nB,x,NA,NA,NA\nB,y,0.4,0.3,NA\n",
    ],
)
def test_effects_versus_a_baseline_as_tools_keep_them(tmp_path: Path, text: str) -> None:
    read = studies.read(file(tmp_path, text), "HR")
    assert [(row.study, row.treatment, row.comparator, row.effect, round(row.error**2, 6)) for row in read.contrasts] == [
        ("A", "y", "x", 0.5, 0.04),
        ("A", "z", "x", 0.25, 0.0625),
        ("A", "y", "z", 0.25, 0.0825),
        ("B", "y", "x", 0.4, 0.09),
    ]
    assert "is read as ln HR of each arm versus the first of its study" in read.notes[0]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("A,x,NA,0.1", "A,x,NA,NA", "line 2, column se: 'NA': a study of 3 arms needs the error of its first arm"),
        ("A,x,NA,0.1", "A,x,NA,0.5", "line 2, column se: '0.5': no arms can have it beside the errors 0.2 and 0.25 of study A"),
        ("A,x,NA,0.1", "A,x,0,0.1", "study A has 0 lines of 3 without an effect"),
        ("A,y,0.5,0.2", "A,y,NA,0.2", "line 3, column y: 'NA': study A has 2 lines of 3 without an effect"),
        ("B,y,0.4,0.3", "B,y,0.4,0", "line 6, column se: '0': a standard error is above zero"),
        ("B,y,0.4,0.3", "B,y,75,0.3", "study B: 75 is no logarithm of a ratio"),
    ],
)
def test_a_baseline_that_is_none_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(MabgraphError) as caught:
        studies.read(file(tmp_path, BASE.replace(old, new)), "HR")
    assert message in str(caught.value)


def test_effects_as_metafor_keeps_them(tmp_path: Path) -> None:
    plain, errors, variances = (
        studies.read(file(tmp_path, text), "OR").contrasts
        for text in (
            EFFECTS,
            EFFECTS.replace("studlab", "study").replace("TE,seTE", "yi,sei"),
            "study,treat1,treat2,yi,vi\nA,x,y,-0.5,0.04\nB,y,x,0.4,0.09\n",
        )
    )
    assert plain == errors
    assert [(row.effect, round(row.error, 9)) for row in variances] == [(row.effect, row.error) for row in plain]


def test_reasons_against_pooling_that_a_file_names_are_told_until_they_are_acknowledged(tmp_path: Path) -> None:
    text = "studlab,treat1,treat2,TE,seTE,reasons,acknowledged\nA,x,y,-0.5,0.2,{},{}\nB,x,y,0.4,0.3,,\n"
    read = studies.read(file(tmp_path, text.format("overlapping-patients; different-follow-up", "")), "HR")
    assert read.against == ("overlapping-patients (the same patients are, or may be, in more than one of the estimates): A",)
    assert studies.read(file(tmp_path, text.format("overlapping-patients", "overlapping-patients")), "HR").against == ()


@pytest.mark.parametrize("level", ["95%", "95 %", "95\u00a0%", "95.0", "9.5e1"])
def test_a_level_in_percent_is_read_with_its_sign(tmp_path: Path, level: str) -> None:
    (row,) = studies.read(file(tmp_path, BOUNDS.replace("95", level).format("0.71,0.55,0.93")), "HR").contrasts
    assert row.level == 95


@pytest.mark.parametrize(
    ("level", "message"),
    [
        ("0.95", "0.95: a share of one, where percent is wanted: write 95"),
        ("0.95 %", "0.95: a share of one, where percent is wanted: write 95"),
        ("one-sided 95", "'one-sided 95': of a one-sided interval: write the level of the interval between both bounds"),
        ("97.5 (1-sided)", "of a one-sided interval"),
        ("95 % CI", "'95 % CI': no number"),
    ],
)
def test_a_level_that_is_another_or_none_is_refused(tmp_path: Path, level: str, message: str) -> None:
    with pytest.raises(MabgraphError) as caught:
        studies.read(file(tmp_path, BOUNDS.replace("95", level).format("0.71,0.55,0.93")), "HR")
    assert message in str(caught.value)


@pytest.mark.parametrize("bound", ["n.e.", "N. E.", "NA (not reached)", "not estimable (NE)", "NE*", "—", "†", ">10", "≥ 99", "<0.01"])
def test_a_bound_without_a_number_is_refused_however_it_is_printed(tmp_path: Path, bound: str) -> None:
    with pytest.raises(MabgraphError) as caught:
        studies.read(file(tmp_path, BOUNDS.format(f"0.12,0.01,{bound}")), "HR")
    assert f"column upper: '{bound}': a bound that is not printed as a number gives no standard error" in str(caught.value)


@pytest.mark.parametrize(
    ("printed", "message"),
    [
        ("0.00,0.00,0.77", "a ratio is above zero; 0.00 stands for one below 0.005, whose logarithm may be any: leave the study out"),
        ("NE,NE,NE", "column value: 'NE': no number is printed there: take the study out"),
        (">10,1.2,99", "a number with > says on which side of it the true one lies, not where: take the study out"),
    ],
)
def test_a_ratio_without_a_number_is_refused_with_what_to_do(tmp_path: Path, printed: str, message: str) -> None:
    with pytest.raises(MabgraphError) as caught:
        studies.read(file(tmp_path, BOUNDS.format(printed)), "HR")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("one", "other", "how"),
    [
        ("IFN-\u03b1", "IFN-a", "look the same"),
        ("IFN-\u0391", "IFN-\u03b1", "differ in capitals alone"),
        ("IFN-\u03b2", "IFN-\u00df", "look the same"),
        ("IL-2", "lL-2", "look the same"),
        ("8\u00d710", "8x10", "look the same"),
        ("A/B", "A\u2215B", "look the same"),
        ("A\u00b7B", "A\u2022B", "look the same"),
        ("Drsg", "Dr\u0455g", "look the same"),
        ("\u0131nterferon", "interferon", "look the same"),
        ("x\u00b4s", "x's", "look the same"),
        ("\ufb01bro", "fibro", "look the same (U+FB01 LATIN SMALL LIGATURE FI, U+0066 LATIN SMALL LETTER F)"),
        ("A + B", "A+B", "differ in spaces alone"),
        ("Peg - a", "Peg-a", "differ in spaces alone"),
    ],
)
def test_names_of_other_scripts_and_signs_that_look_alike_are_refused(tmp_path: Path, one: str, other: str, how: str) -> None:
    text = f"study,treat1,treat2,TE,seTE\nA,{one},y,-0.5,0.2\nB,{other},y,0.4,0.3\n"
    with pytest.raises(MabgraphError) as caught:
        studies.read(file(tmp_path, text), "OR")
    assert f"{one!r} and {other!r} {how}" in str(caught.value)


def test_names_that_one_can_tell_apart_are_taken(tmp_path: Path) -> None:
    text = "study,treat1,treat2,TE,seTE\nA,IL-37,LL-37,-0.5,0.2\nB,IFN-a,IFN-b,0.4,0.3\nC,Arm 1,Arm 11,0.4,0.3\n"
    assert len(studies.read(file(tmp_path, text), "OR").contrasts) == 3


def test_a_risk_difference_in_percentage_points_is_refused(tmp_path: Path) -> None:
    for text in (EFFECTS.replace("-0.5,0.2", "-12.3,4"), BOUNDS.format("-12.3,-20.1,-4.5")):
        with pytest.raises(MabgraphError) as caught:
            studies.read(file(tmp_path, text), "RD")
        assert "-12.3 is no difference of risks, which are shares from 0 to 1: percentage points are divided by 100" in str(caught.value)


def test_a_measure_may_be_named_in_words(tmp_path: Path) -> None:
    for name in ("hazard-ratio", "Hazard ratio", "https://w3id.org/mabgraph/concept/hazard-ratio", "hr"):
        text = f"study,measure,treat1,treat2,TE,seTE\nA,{name},x,y,0.7,0.6\n"
        assert len(studies.read(file(tmp_path, text), "HR").contrasts) == 1
        with pytest.raises(MabgraphError):
            studies.read(file(tmp_path, text), "OR")


def test_the_rounding_of_an_effect_is_that_of_its_own_column(tmp_path: Path) -> None:
    text = "study,treat1,treat2,TE,seTE\nA,x,y,-0.5,0.371\nA,x,z,0.2,0.394\nA,y,z,0.6,0.35\n"
    assert [row.rounding for row in studies.read(file(tmp_path, text), "OR").contrasts] == pytest.approx([0.05] * 3)
    assert studies.read(file(tmp_path, text), "OR").contrasts[2].errors == pytest.approx((0.3495, 0.3505))
    variances = studies.read(file(tmp_path, text.replace("TE,seTE", "yi,vi")), "OR").contrasts[0]
    assert variances.errors == pytest.approx((0.3705**0.5, 0.3715**0.5))


def test_names_as_long_as_those_of_real_arms_are_read(tmp_path: Path) -> None:
    name = "choice of fludarabine and cytarabine with or without an anthracycline; " * 4
    assert studies.read(file(tmp_path, EFFECTS.replace("y", name)), "OR").contrasts[0].comparator == name.strip()


@pytest.mark.parametrize("column", ["references", "note"])
def test_a_column_that_is_not_read_does_not_settle_what_a_comma_is(tmp_path: Path, column: str) -> None:
    text = f"study\ttreat\tmean\tsd\tn\t{column}\nA\tx\t1,234\t565\t20\t1,5\nA\ty\t1,300\t505\t21\t2,3\n"
    with pytest.raises(MabgraphError) as caught:
        studies.read(file(tmp_path, text), "MD")
    assert "line 2, column mean: '1,234' is 1234 or 1.234" in str(caught.value)


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_a_line_that_tells_excel_the_separator_is_passed_over(tmp_path: Path, sign: str) -> None:
    text = f"sep={sign}\n" + EFFECTS.replace(",", sign)
    assert len(studies.read(file(tmp_path, text), "OR").contrasts) == 2
    with pytest.raises(MabgraphError) as caught:
        studies.read(file(tmp_path, text.replace("0.3", "0")), "OR")
    assert "line 4, column sete" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04\x14\x00\xff", "it looks like a workbook of Excel"),
        (b"\x1f\x8b\x08\xff", "it looks like a compressed file"),
        (EFFECTS.encode("utf-16"), "it looks like UTF-16"),
        ("study,treat1,treat2,value,lower,upper\nA,x,y,1,1,1\n", "of the nearest, level is missing"),
        ("study,treat,mean,n\nA,x,1,20\n", "of the nearest, sd is missing"),
    ],
)
def test_a_file_of_another_kind_is_named(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(MabgraphError) as caught:
        studies.read(file(tmp_path, content), "MD")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("cell", "remedy"),
    [("1 234,5", ": 1234.5"), ("1'234.5", ": 1234.5"), ("1\u2009234", ": 1234"), ("1,23,456", ": 123456"), ("1.234,5", ": 1234.5")],
)
def test_a_number_with_thousands_apart_is_refused_with_how_to_write_it(tmp_path: Path, cell: str, remedy: str) -> None:
    with pytest.raises(MabgraphError) as caught:
        studies.read(file(tmp_path, CELLS.format(cell, "565", "1300", "505")), "MD")
    assert f"line 2, column mean: {cell!r}: no number" in str(caught.value)
    assert str(caught.value).endswith(remedy)


@pytest.mark.parametrize(
    "written",
    [
        '"{0}, {1}"', '"{0}; {1}"', "{0}|{1}", "{0} {1}", '"{0}\n{1}"', "[{0}; {1}]", "'{0}'; '{1}'.", "{0} (agreed); {1} (agreed)",
    ],
)  # fmt: skip
@pytest.mark.parametrize("style", [str, str.upper, lambda code: code.replace("-", " "), lambda code: code.replace("-", "\u2013")])
def test_an_acknowledgement_is_read_as_people_write_it(tmp_path: Path, written: str, style: Callable[[str], str]) -> None:
    text = "studlab,treat1,treat2,TE,seTE,reasons,acknowledged\nA,x,y,-0.5,0.2,different-censoring; overlapping-patients,{}\n"
    done = written.format(style("different-censoring"), style("overlapping-patients"))
    assert studies.read(file(tmp_path, text.format(done)), "HR").against == ()


@pytest.mark.parametrize("written", ["yes", "TRUE", "all", "x", "not different-censoring", "diferent-censoring"])
def test_what_acknowledges_no_reason_is_told_with_the_reason(tmp_path: Path, written: str) -> None:
    text = f"studlab,treat1,treat2,TE,seTE,reasons,acknowledged\nA,x,y,-0.5,0.2,different-censoring,{written}\n"
    against = studies.read(file(tmp_path, text), "HR").against
    assert f"'{written}' in the column acknowledged is the code of no reason: A" in against
    assert any(line.startswith("different-censoring (") for line in against)


def test_too_many_contrasts_are_named_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CONTRASTS", 1)
    assert len(studies.read(file(tmp_path, LONG), "OR").contrasts) == 2, "what one study more would exceed"
    more = LONG + "C,x,3,30\nC,y,5,29\n"
    with pytest.raises(MabgraphError, match=re.escape("studies.csv, line 6: more than 1 contrasts before C")):
        studies.read(file(tmp_path, more), "OR")
