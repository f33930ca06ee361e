"""Files of answers and results: typed, guarded against formulas, written as they come."""

import csv
import io
import json
import re
import sys
import zipfile
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pyarrow.parquet
import pytest

from bot.clock import new_id, new_token
from bot.out.files import PAGE, write_answers
from bot.out.flat import ANSWER_COLUMNS, answer_json
from bot.sheet import CSV_FIELDS
from bot.sheets.cells import guarded, guarded_id
from bot.sheets.csv_file import CsvFile
from bot.sheets.forms import Form, form_named
from bot.sheets.parquet_file import ParquetFile
from bot.sheets.results import RESULT_COLUMNS, write_results
from bot.sheets.xlsx_file import LONGEST_TEXT, MOST_ROWS, XlsxFile
from surveys.errors import InvalidInput
from surveys.model import CountRule, Typed
from surveys.ports import Storage
from surveys.reports import AnswerRow
from surveys.results import Window
from tests.journeys import tags
from tests.unit.test_digests import ROWS, table
from tests.unit.test_talking import asked

AT = datetime(2026, 11, 22, 9, 30, 1, 250000, tzinfo=UTC)


def answer(**parts: Any) -> AnswerRow:
    filled: dict[str, Any] = {
        "id": "a1", "subject_id": "s1", "invitation_id": "i1", "dimensions": tags("checkout"),
        "survey_version": 1, "day": date(2026, 11, 22), "answered_at": AT, "version": 2, "score": 2,
        "reasons": ("slow", "price"), "comment": "=1+1", "segments": {"tier": "gold"}, "confidence": -0.5,
    }  # fmt: skip
    return AnswerRow(**(filled | parts))


def as_csv(*rows: AnswerRow, bom: bool = False) -> bytes:
    out = io.BytesIO()
    file = CsvFile(out, ANSWER_COLUMNS, bom=bom)
    file.add(rows)
    file.close()
    return out.getvalue()


def records(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


# --- formulas -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+82 10", "-배송이 늦음", "@SUM(A1)", "\tx", "\rx", "\nx", "\uff1d1", "\uff0b1", "\uff0d1",
     "\uff201", "  =cmd|' /C calc'!A0", "\u3000=1", "\u200b=1", "\u2003+1", "\ufe63 1", "\u202e=1"],
)  # fmt: skip
def test_what_a_spreadsheet_might_run_is_text(text: str) -> None:
    assert guarded(text) == "'" + text
    (record,) = records(as_csv(answer(comment=text, handler=text)))
    assert (record["comment"], record["handler"]) == ("'" + text, "'" + text)
    assert sheet(as_xlsx(answer(comment=text)))[1]["comment"] == ("s", "'" + text)


@pytest.mark.parametrize("text", ["", "좋아요 = 최고", "5-4", "a@b", "'quoted", "<b>"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert guarded(text) == text


@pytest.mark.parametrize("id_", ["-Ci7hOX_a-bcdEFG", "-Ci7hOX_a-bcdEFG012345"])
def test_an_id_of_ours_joins_with_the_api_whatever_it_begins_with(id_: str) -> None:
    row = answer(id=id_, subject_id=id_, invitation_id=id_, comment=id_)
    told = answer_json(row)
    (record,) = records(as_csv(row))
    for name in ("id", "subject_id", "invitation_id"):
        assert record[name] == told[name] == id_
        assert sheet(as_xlsx(row))[1][name] == ("s", id_)
    assert record["comment"] == f"'{id_}"


def test_what_is_no_id_of_ours_is_guarded_in_an_ids_column_too() -> None:
    for text in (
        "=HYPERLINK(1)",
        "-1",
        "-cmd|' /C calc'!A0",
        "@Ci7hOX_a-bcdEFG",
        "-Ci7hOX_a-bcdEFG\n",
    ):
        assert guarded_id(text) == f"'{text}"
    for text in (new_id(), new_token(), f"-{new_id()[1:]}"):
        assert guarded_id(text) == text


# --- CSV ------------------------------------------------------------------------------------------


def test_csv_has_a_header_and_one_line_for_each_answer() -> None:
    (record,) = records(as_csv(answer(comment='말, "따옴표"\n둘째 줄')))
    assert [*record] == [column.name for column in ANSWER_COLUMNS]
    wanted = {
        "id": "a1", "answered_at": "2026-11-22T09:30:01.250000+00:00", "day": "2026-11-22",
        "stage": "purchase", "score": "2", "band": "low", "choice": "", "reasons": "slow|price",
        "comment": '말, "따옴표"\n둘째 줄', "segments": '{"tier":"gold"}', "confidence": "-0.5",
        "imported": "false",
    }  # fmt: skip
    assert {name: record[name] for name in wanted} == wanted


def test_a_cell_that_another_program_would_part_is_quoted() -> None:
    parted = as_csv(answer(comment="good;=1+1"), answer(comment="fine"))

    first, second = parted.decode().splitlines()[1:]
    assert (first[:5], second[:3]) == ('"a1",', "a1,")
    assert '"good;=1+1"' in first
    assert [record["comment"] for record in records(parted)] == ["good;=1+1", "fine"]


def test_what_begins_with_a_control_is_guarded() -> None:
    assert [guarded(text) for text in ("\x00=1", "\x0b@x")] == ["'\x00=1", "'\x0b@x"]


def test_a_mark_tells_excel_that_it_is_utf_8() -> None:
    assert as_csv(bom=True).startswith(b"\xef\xbb\xbfid,")
    assert as_csv().startswith(b"id,")


# --- XLSX -----------------------------------------------------------------------------------------


def as_xlsx(*rows: AnswerRow, most_rows: int = MOST_ROWS) -> bytes:
    out = io.BytesIO()
    file = XlsxFile(out, ANSWER_COLUMNS, name="answers", most_rows=most_rows)
    file.add(rows)
    file.close()
    return out.getvalue()


_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheet(data: bytes, number: int = 1) -> list[dict[str, tuple[str, str]]]:
    """Return the rows of a sheet: for each header the kind of its cell (s text, n number, b yes or no) and what it says."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        root = ET.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))  # noqa: S314 our own file
    rows = [_cells(row) for row in root.iter(f"{_MAIN}row")]
    heads = {place: text for place, (_, text) in rows[0].items()}
    return [{heads[place]: each for place, each in row.items()} for row in rows]


def _cells(row: ET.Element) -> dict[str, tuple[str, str]]:
    cells = {}
    for each in row.iter(f"{_MAIN}c"):
        kind = "s" if each.get("t") == "inlineStr" else each.get("t", "n")
        assert each.find(f"{_MAIN}f") is None, "a formula"
        cells[str(each.get("r")).rstrip("0123456789")] = (
            kind,
            "".join(each.itertext()).replace("_x000D_", "\r"),
        )
    return cells


def test_numbers_are_numbers_and_days_are_days() -> None:
    (row,) = sheet(as_xlsx(answer()))[1:]
    assert row["score"] == ("n", "2")
    assert row["confidence"] == ("n", "-0.5")
    assert row["imported"] == ("b", "0")
    assert row["day"] == ("n", str((date(2026, 11, 22) - date(1899, 12, 30)).days))
    assert row["answered_at"][0] == "n"
    assert row["id"] == ("s", "a1")
    assert "choice" not in row


def test_text_longer_than_a_cell_is_cut_and_addresses_are_no_links() -> None:
    (row,) = sheet(as_xlsx(answer(comment="http://example.com/" + "a" * 40_000)))[1:]
    assert (row["comment"][0], len(row["comment"][1])) == ("s", LONGEST_TEXT)


def test_a_full_sheet_goes_on_in_the_next() -> None:
    data = as_xlsx(*(answer(id=f"a{n}") for n in range(5)), most_rows=3)
    ids = [[row["id"][1] for row in sheet(data, number)[1:]] for number in (1, 2, 3)]
    assert ids == [["a0", "a1"], ["a2", "a3"], ["a4"]]


def test_instants_say_that_they_are_utc() -> None:
    with zipfile.ZipFile(io.BytesIO(as_xlsx(answer()))) as book:
        assert "hh:mm:ss &quot;UTC&quot;" in book.read("xl/styles.xml").decode()


# --- Parquet --------------------------------------------------------------------------------------


def test_parquet_keeps_types_and_lists_and_guards_nothing() -> None:
    out = io.BytesIO()
    file = ParquetFile(out, ANSWER_COLUMNS)
    file.add([answer()])
    file.add([answer(id="a2", reasons=(), confidence=None)])
    file.close()
    first, second = pyarrow.parquet.read_table(io.BytesIO(out.getvalue())).to_pylist()
    assert (first["answered_at"], first["day"], first["score"]) == (AT, date(2026, 11, 22), 2)
    assert (first["reasons"], first["comment"]) == (["slow", "price"], "=1+1")
    assert json.loads(first["segments"]) == {"tier": "gold"}
    assert (second["id"], second["reasons"], second["confidence"]) == ("a2", [], None)


def test_without_the_extra_parquet_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InvalidInput, match=r"aftertouch\[export\]"):
        ParquetFile(io.BytesIO(), ANSWER_COLUMNS)


# --- what is in them ------------------------------------------------------------------------------


def test_every_file_says_what_the_api_says() -> None:
    assert [*answer_json(answer())] == [column.name for column in ANSWER_COLUMNS]
    assert tuple(column.name for column in RESULT_COLUMNS) == CSV_FIELDS


async def test_answers_of_the_days_come_oldest_first(storage: Storage) -> None:
    world, phone = await asked(storage)
    await phone.taps("1")
    await phone.reads()
    await phone.acts(Typed(text="=HYPERLINK(1)"))
    day = world.ctx.day(world.clock.now())
    window = Window(rule=CountRule.ALL, since=day, until=day)
    out = io.BytesIO()

    assert await write_answers(storage, window, out, Form.CSV, bom=True) == 1
    (record,) = records(out.getvalue())
    assert (record["score"], record["comment"]) == ("1", "'=HYPERLINK(1)")
    assert "kim" not in out.getvalue().decode()
    nothing = Window(rule=CountRule.ALL, since=date(2020, 1, 1), until=date(2020, 1, 2))
    assert await write_answers(storage, nothing, io.BytesIO(), Form.PARQUET) == 0


class Many:
    """See surveys.ports.Storage; reads pages of made-up answers and knows how large they were."""

    def __init__(self, count: int) -> None:
        self.left, self.largest = count, 0

    async def read(self, work: Any) -> Any:
        return work(self)

    @property
    def reports(self) -> "Many":
        return self

    def answer_rows(
        self, since: date, until: date, after: Any, limit: int
    ) -> tuple[AnswerRow, ...]:
        size = min(limit, self.left)
        self.left -= size
        self.largest = max(self.largest, size)
        return (answer(),) * size


async def test_no_more_than_a_page_is_read_at_once() -> None:
    many: Any = Many(2 * PAGE + 1)
    window = Window(rule=CountRule.ALL, since=date(2026, 1, 1), until=date(2026, 12, 31))
    assert await write_answers(many, window, io.BytesIO(), Form.CSV) == 2 * PAGE + 1
    assert (many.largest, many.left) == (PAGE, 0)


@pytest.mark.parametrize("form", [*Form])
def test_hidden_results_are_hidden_in_files_too(form: Form) -> None:
    out = io.BytesIO()
    assert write_results(table(*ROWS), out, form) == len(ROWS)
    told = rows_of(form, out.getvalue())
    shown, hidden = told[0], told[2]
    assert (float(shown["score"]), float(shown["n"])) == (22.4, 180)
    for name in ("n", "score", "ci_low", "mean", "distribution"):
        assert hidden.get(name) in (None, "")


def rows_of(form: Form, data: bytes) -> list[Mapping[str, Any]]:
    if form is Form.CSV:
        return [*records(data)]
    if form is Form.XLSX:
        return [{name: text for name, (_, text) in row.items()} for row in sheet(data)[1:]]
    found: list[Mapping[str, Any]] = pyarrow.parquet.read_table(io.BytesIO(data)).to_pylist()
    return found


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(InvalidInput, match="format"):
        form_named("pdf")


# --- documents ------------------------------------------------------------------------------------


def test_every_column_of_answers_and_results_is_documented_and_no_other() -> None:
    document = Path(__file__).parents[2].joinpath("docs", "columns.md").read_text("utf-8")
    _, answers, results = document.split("\n## ")

    for columns, said in ((ANSWER_COLUMNS, answers), (RESULT_COLUMNS, results)):
        assert re.findall(r"^\| `(\w+)` \|", said, re.MULTILINE) == [c.name for c in columns]
