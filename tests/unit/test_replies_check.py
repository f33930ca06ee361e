"""The reading of typed answers is held to labelled texts, ours in the suite, anybody's by the command."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from surveys.replies.checking import PRECISION, RECALL, BadLabels, check, labelled

OURS = Path(__file__).parent.parent / "replies"
HEAD = "instrument,lang,text,expected\n"


@pytest.mark.parametrize("language", ["ko", "en"])
def test_our_labelled_texts_are_read_as_they_should_be(language: str) -> None:
    rows = labelled((OURS / f"{language}.csv").read_text("utf-8"))
    report = check(rows)

    assert len(rows) >= 600
    for part in (report, *report["by_instrument"].values()):
        assert part["precision"] >= PRECISION
        assert part["recall"] >= RECALL


def test_a_report_tells_wrong_scores_from_missed_ones_and_both_from_the_rest() -> None:
    rows = labelled(
        HEAD + "nps,ko,9점,9\nnps,ko,8점,9\nces,en,qwerty,7\ncsat,ko,👍,none\ncsat,ko,hm,none\n"
    )
    report = check(rows)

    assert report["counts"] == {
        "texts": 5,
        "expected_rated": 3,
        "read_as_rating": 2,
        "right_rating": 1,
        "unsure_missed": 0,
        "none_missed": 1,
    }
    assert (report["precision"], report["recall"], report["good"]) == (0.5, 0.3333, False)
    assert [(m["line"], m["instrument"], m["expected"], m["got"]) for m in report["misses"]] == [
        (3, "nps", "9", "8"),
        (4, "ces2", "7", "none"),
        (5, "csat", "none", "unsure"),
    ]
    assert report["by_lang"]["en"]["precision"] is None


def test_a_byte_order_mark_crlf_and_breaks_inside_a_text_are_fine() -> None:
    rows = labelled(
        '\ufeffinstrument,lang,text,expected\r\nnps,ko,"9점\r\n빨라요",9\r\n\r\nnps,en,8,8\r\n'
    )

    assert [(row.line, row.text, row.expected) for row in rows] == [
        (2, "9점\r\n빨라요", "9"),
        (5, "8", "8"),
    ]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (
            "text,expected\n",
            "line 1: no column instrument, lang; needed: instrument,lang,text,expected",
        ),
        (
            HEAD + "npx,ko,a,none\n",
            "line 2, column instrument: 'npx' is none of nps, csat, ces2, ces",
        ),
        (HEAD + "nps,xx,a,none\n", "line 2, column lang: 'xx' is none of ko, en"),
        (
            HEAD + "csat,ko,a,6\n",
            "line 2, column expected: '6' is no score of the scale, unsure or none",
        ),
        (HEAD + "csat,ko,a\n", "line 2: no value for column expected"),
        (HEAD + '\ncsat,ko,"a\n', "line 3: unexpected end of data"),
    ],
)
def test_a_bad_file_is_refused_by_line_and_column(content: str, fault: str) -> None:
    with pytest.raises(BadLabels) as refused:
        labelled(content)

    assert refused.value.faults == (fault,)


def test_the_command_prints_one_json_object_and_tells_by_its_exit_how_it_went(
    tmp_path: Path,
) -> None:
    good, poor, bad = (tmp_path / name for name in ("good.csv", "poor.csv", "bad.csv"))
    good.write_text(HEAD + "nps,ko,9점,9\n", "utf-8")
    poor.write_text(HEAD + "nps,ko,9점,8\n", "utf-8")
    bad.write_bytes(HEAD.encode() + b"nps,ko,\xff,8\n")
    ran = [CliRunner().invoke(app, ["replies", "check", str(path)]) for path in (good, poor, bad)]

    assert [each.exit_code for each in ran] == [0, 1, 2]
    assert json.loads(ran[0].stdout)["misses"] == []
    assert json.loads(ran[1].stdout)["misses"][0]["rule"] == "points"
    assert ran[2].stderr == f"{bad}: is not UTF-8: byte 38 is no part of a character\n"
    assert CliRunner().invoke(app, ["replies", "check", str(tmp_path / "no.csv")]).exit_code == 2
