"""``aftertouch import csv``: files as other tools write them, the dry run, and taking them in."""

import asyncio
import csv
import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.admin import take_import_back, take_in
from bot.cli import app
from bot.config import Settings
from bot.importing.files import encoding_of, open_table
from storage.opening import open_storage
from surveys.errors import InvalidInput
from surveys.importing import ImportedRow
from surveys.model import CountRule, ScoreCount
from surveys.service.importing import CHUNK
from tests.commands import refuse, running_on
from tests.contract.test_importing import row
from tests.e2e.process import serving
from tests.sqlite import migrated

HEADER = "응답일시,추천 점수,의견,고객번호"
LINES = (
    '2026-11-01 10:00,9,"배송이 빨라요, 정말",kim',
    "2026.11.02 오후 3:00,0,배송이 늦었어요,lee",
    "2026-11-03,10,,",
    "2026-11-03,10,,",
)
TOLD = ("--preset", "nps", "--wording", "old-nps", "--touchpoint", "delivery")
Write = Callable[..., Path]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AFTERTOUCH_DATABASE_URL", f"sqlite:///{tmp_path / 'a.sqlite3'}")
    return tmp_path


@pytest.fixture
def write(home: Path) -> Write:
    def written(*lines: str, encoding: str = "utf-8", header: str = HEADER) -> Path:
        path = home / "answers.csv"
        path.write_bytes("\n".join((header, *lines, "")).encode(encoding))
        return path

    return written


def imported(*words: str) -> Any:
    """Return the command's report."""
    result = CliRunner().invoke(app, ["import", "csv", *words, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refused(*words: str) -> BaseException | None:
    return CliRunner().invoke(app, ["import", "csv", *words]).exception


def counted(home: Path) -> tuple[ScoreCount, ...]:
    async def read() -> tuple[ScoreCount, ...]:
        async with open_storage(f"sqlite:///{home / 'a.sqlite3'}", writable=False) as storage:
            ever = (date(2000, 1, 1), date(2100, 1, 1))
            return await storage.read(lambda tx: tx.reports.scores(CountRule.ALL, *ever))

    return asyncio.run(read())


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp949", "euc-kr", "utf-16", "utf-16-le", "utf-16-be"]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_file_is_read_in_any_encoding_and_with_any_delimiter(
    write: Write, encoding: str, delimiter: str
) -> None:
    line = ["2026-11-01 10:00", "9", '"정말, 좋고; 빠른|배송",kim']
    cells = [*line[:2], '"정말, 좋고; 빠른|배송"', "kim"]
    path = write(delimiter.join(cells), encoding=encoding, header=HEADER.replace(",", delimiter))

    table = open_table(path)

    assert table.delimiter == delimiter
    assert table.headers == tuple(HEADER.split(","))
    assert list(table.rows()) == [(2, ["2026-11-01 10:00", "9", "정말, 좋고; 빠른|배송", "kim"])]


def test_the_line_that_tells_excel_the_delimiter_is_no_header(write: Write) -> None:
    table = open_table(write("date;rating", "2026-11-01;9", header="sep=;"))

    assert table.headers == ("date", "rating")
    assert list(table.rows()) == [(3, ["2026-11-01", "9"])]


def test_lines_are_numbered_as_an_editor_does_over_quoted_breaks_and_empty_lines(
    write: Write,
) -> None:
    path = write('2026-11-01,9,"a\nb\nc",kim', "", ",,,", "2026-11-02,1,x,lee")

    assert [line for line, _ in open_table(path).rows()] == [2, 7]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"1,2,3\n4,5,6\n", "line 1 is no header"),
        (b"date,score\n\xff\xfe\xfd\x80\n", "name it with --encoding"),
        (b'date,score\n2026-11-01,9\n2026-11-02,"9\n', "line 3 is no CSV"),
        (b'date\tscore\n2026-11-01\t9\n"2026"-11-02\t9\n', "line 3 is no CSV"),
    ],
)
def test_a_file_that_is_no_table_is_refused(home: Path, content: bytes, problem: str) -> None:
    path = home / "broken.csv"
    path.write_bytes(content)

    with pytest.raises(InvalidInput, match=problem):
        list(open_table(path).rows())


def test_a_file_that_is_not_there_is_refused(home: Path) -> None:
    with pytest.raises(InvalidInput, match="can't be read"):
        encoding_of(home / "nothing.csv")


def test_a_dry_run_tells_everything_and_writes_nothing(write: Write, home: Path) -> None:
    path = write(*LINES, "2026-11-03,11,,", "bald,7,,", "2026-11-04,3,x")

    told = imported(str(path), *TOLD, "--dry-run")

    assert [path.name for path in home.iterdir()] == ["answers.csv"]
    assert [(c["field"], c["header"], c["number"], c["how"]) for c in told["columns"]] == [
        ("score", "추천 점수", 2, "preset"),
        ("time", "응답일시", 1, "header"),
        ("comment", "의견", 3, "preset"),
        ("customer", "고객번호", 4, "header"),
    ]
    assert [tuple(refusal.values()) for refusal in told["refusals"]] == [
        (6, "추천 점수", "11", "is not on the scale 0-10"),
        (7, "응답일시", "bald", "is no date we can read"),
        (8, "", "", "has 3 cells, the header has 4"),
    ]
    counts = ("rows", "importable", "refused", "duplicates", "alike", "already_there")
    assert [told[name] for name in counts] == [7, 4, 3, 0, 1, None]
    assert (told["stages"], told["first_day"], told["last_day"]) == (
        {"purchase": 4},
        "2026-11-01",
        "2026-11-03",
    )


def test_the_same_file_twice_adds_nothing_and_a_longer_one_only_what_is_new(
    write: Write, home: Path
) -> None:
    path = write(*LINES)

    first, second = imported(str(path), *TOLD), imported(str(path), *TOLD)
    longer = imported(str(write(*reversed(LINES), "2026-11-05,5,,")), *TOLD)
    dry = imported(str(path), *TOLD, "--dry-run")

    stored = [each["stored"] for each in (first, second, longer)]
    assert [(each["added"], each["there"]) for each in stored] == [(4, 0), (0, 4), (1, 4)]
    assert dry["already_there"] == 5
    (scores,) = counted(home)
    assert [(s, n) for s, n in enumerate(scores.counts) if n] == [(0, 1), (5, 1), (9, 1), (10, 2)]
    assert scores.dimensions.wording == "old-nps"


def test_a_row_that_names_its_customer_or_itself_counts_once_however_often_it_stands(
    write: Write,
) -> None:
    path = write(*LINES[:2], *LINES[:2], *LINES[2:])

    told = imported(str(path), *TOLD)

    assert (told["duplicates"], told["alike"], told["stored"]["added"]) == (2, 1, 4)


def test_a_scale_that_the_file_does_not_show_must_be_stated(write: Write) -> None:
    path = str(write("2026-11-01,9,,", "2026-11-02,1,,"))

    asked = refused(path, *TOLD)
    assert isinstance(asked, InvalidInput)
    assert "from 1 to 9" in str(asked)
    assert "never rescaled" in str(refused(path, *TOLD, "--scale", "1-10"))
    dry = CliRunner().invoke(app, ["import", "csv", path, *TOLD, "--dry-run", "--json"])
    assert (dry.exit_code, "from 1 to 9" in json.loads(dry.stdout)["blocked"]) == (1, True)
    assert imported(path, *TOLD, "--scale", "0-10")["stored"]["added"] == 2


@pytest.mark.parametrize(
    ("words", "where"),
    [
        (("--wording", "std1"), "wording"),
        (("--touchpoint", "moon"), "touchpoint"),
        (("--zone", "Mars/Base"), "zone"),
        (("--dates", "yyy"), "dates"),
        (("--preset", "magic"), "preset"),
        (("--map", "score=Nope"), "score"),
        (("--instrument", "stars"), "instrument"),
        (("--encoding", "klingon"), "file"),
    ],
)
def test_a_wrong_wish_is_refused_by_its_name(
    write: Write, words: tuple[str, ...], where: str
) -> None:
    asked = refused(str(write(*LINES)), *TOLD, *words)

    assert isinstance(asked, InvalidInput)
    assert asked.where == where


def test_without_a_place_or_a_wording_nothing_is_taken_in(write: Write) -> None:
    path = str(write(*LINES))

    for words, where in (
        (("--preset", "nps", "--wording", "old"), "touchpoint"),
        (("--preset", "nps", "--touchpoint", "delivery"), "wording"),
        (("--wording", "old", "--touchpoint", "delivery"), "instrument"),
    ):
        asked = refused(path, *words)
        assert isinstance(asked, InvalidInput)
        assert asked.where == where
    assert isinstance(refused(path, *TOLD, "--map", "score"), SystemExit)
    assert isinstance(refused(path, *TOLD, "--delimiter", "ab"), SystemExit)


def test_a_column_of_places_and_a_zone_and_an_order_of_dates_are_heeded(
    write: Write, home: Path
) -> None:
    header = "date;score;touchpoint;language;channel"
    path = write(
        "03/11/2026 23:30;0;배송;Korean;email", "13/11/2026;10;checkout;en;", header=header
    )
    words = ("--instrument", "nps", "--wording", "old", "--zone", "Europe/London")

    told = imported(str(path), *words)

    assert (told["dates"], told["first_day"], told["last_day"]) == (
        "dmy",
        "2026-11-04",
        "2026-11-13",
    )
    tags = [each.dimensions for each in counted(home)]
    assert {(t.touchpoint, t.language, t.channel) for t in tags} == {
        ("delivery", "ko", "email"),
        ("checkout", "en", "import"),
    }


def test_the_report_is_told_in_the_staffs_language(write: Write) -> None:
    path = str(write(*LINES, "2026-11-03,11,,"))

    def words(*more: str) -> str:
        return CliRunner().invoke(app, ["import", "csv", path, *TOLD, *more]).stdout

    assert "6행 [추천 점수]: 0-10 척도를 벗어났습니다" in words("--dry-run")
    assert "line 6 [추천 점수]: is not on the scale 0-10" in words("--dry-run", "--lang", "en")
    assert "아무것도 저장하지 않았습니다. 이미 있는 답변: ?" in words("--dry-run")
    assert "4 added · 0 were there" in words("--lang", "en")


def test_why_nothing_can_be_taken_in_yet_is_told_in_the_staffs_language(write: Write) -> None:
    path = str(write("2026-11-01,9,,"))

    result = CliRunner().invoke(app, ["import", "csv", path, *TOLD, "--dry-run"])

    assert (result.exit_code, "9부터 9까지라서 0-10 척도(nps)로" in result.stdout) == (1, True)


@pytest.mark.parametrize("header", [HEADER, HEADER.replace("응답일시", "설문 응답일시(KST)")])
def test_a_column_of_spreadsheet_days_is_read_and_called_a_guess(write: Write, header: str) -> None:
    path = str(write("45800.5,9,좋아요,kim", "45799,0,,lee", ",10,,", header=header))

    told = imported(path, *TOLD, "--scale", "0-10")
    words = CliRunner().invoke(app, ["import", "csv", path, *TOLD, "--dry-run"]).stdout

    assert (told["serial_dates"], told["first_day"], told["last_day"]) == (
        True,
        "2025-05-22",
        "2025-05-23",
    )
    assert (told["importable"], told["refusals"][0]["reason"]) == (2, "is empty")
    assert "짐작해" in words


def test_a_spreadsheet_day_among_other_dates_is_refused_by_its_name(write: Write) -> None:
    told = imported(str(write(*LINES, "45800.5,3,,")), *TOLD, "--dry-run")

    assert not told["serial_dates"]
    assert "the number that Excel keeps for a date" in told["refusals"][0]["reason"]


@pytest.mark.parametrize("dry", [("--dry-run",), ()])
def test_a_file_of_which_nothing_can_be_taken_in_is_no_success(
    write: Write, dry: tuple[str, ...]
) -> None:
    path = str(write("soon,9,,", "later,0,,"))

    result = CliRunner().invoke(app, ["import", "csv", path, *TOLD, *dry, "--json"])

    told = json.loads(result.stdout)
    assert (result.exit_code, told["importable"], told["refused"]) == (1, 0, 2)


def test_columns_that_mean_nothing_to_us_are_named(write: Write) -> None:
    path = str(write("2026-11-01,0,,kim,a,b", "2026-11-01,10,,kim,a,b", header=f"{HEADER},팀,"))

    told = imported(path, *TOLD, "--dry-run")
    words = CliRunner().invoke(app, ["import", "csv", path, *TOLD, "--dry-run"]).stdout

    assert told["ignored"] == ["팀", ""]
    assert "읽지 않은 열: 팀, ''" in words


def test_an_import_is_taken_back_by_its_name_once_it_has_been_tried(
    write: Write, home: Path
) -> None:
    path = write(*LINES)
    done = imported(str(path), *TOLD)
    undo = ["import", "undo", done["import"]]

    tried = CliRunner().invoke(app, [*undo, "--dry-run", "--lang", "en"])
    assert (tried.exit_code, "4 answers would go." in tried.stdout) == (0, True)
    assert len(counted(home)) > 0
    gone = CliRunner().invoke(app, [*undo, "--json"])
    assert json.loads(gone.stdout) == {"import": done["import"], "dry_run": False, "answers": 4}
    assert counted(home) == ()
    again = CliRunner().invoke(app, undo)
    assert (again.exit_code, "들어온 답변이 없습니다" in again.stdout) == (1, True)
    assert imported(str(path), *TOLD)["stored"]["added"] == 4


def test_what_is_above_the_header_and_how_scores_and_times_were_read_is_told(write: Write) -> None:
    header = "2026년 3월 만족도 조사 결과\n\n참여번호,참여일시,배송 만족도를 선택해 주세요"
    rows = (
        "1,2026.03.05 14:13,매우 만족",
        "2,2026.03.06 14:13,1점 (매우 불만족)",
        "3,13/03/2026,5",
    )
    path = str(write(*rows, header=header, encoding="cp949"))
    words = ("--instrument", "csat", "--wording", "naver", "--touchpoint", "delivery", "--dry-run")

    told = imported(path, *words)
    printed = CliRunner().invoke(app, ["import", "csv", path, *words]).stdout

    assert (told["header_line"], told["zone"]) == (3, {"name": "Asia/Seoul", "how": "company"})
    assert [(each["cell"], each["score"]) for each in told["worded"]] == [
        ("매우 만족", 5),
        ("1점 (매우 불만족)", 1),
    ]
    for said in (
        "머리글은 3행",
        "일-월-연 순서로",
        "회사 시간대인 Asia/Seoul",
        "매우 만족 → 5 (1)",
    ):
        assert said in printed


def test_a_file_of_which_many_scores_are_beyond_the_scale_is_of_another_one(write: Write) -> None:
    path = str(write(*(f"2026-11-01,{score},," for score in range(11))))
    words = ("--preset", "csat", "--wording", "old", "--touchpoint", "delivery", "--map", "score=2")

    asked = refused(path, *words)

    assert isinstance(asked, InvalidInput)
    assert "6 of 11 scores are not on 1-5" in str(asked)
    assert imported(path, *words, "--scale", "1-5")["stored"]["added"] == 5


def test_every_refused_row_is_written_with_its_reason_to_a_file_that_runs_nothing(
    write: Write, home: Path
) -> None:
    path = str(write(*LINES, *(["2026-11-03,x,=1+1,kim"] * 150)))
    rest = home / "rest.csv"

    told = imported(path, *TOLD, "--dry-run", "--refused", str(rest))

    rows = list(csv.reader(rest.read_text("utf-8-sig").splitlines()))
    assert (told["refused"], len(told["refusals"]), len(rows)) == (150, 100, 151)
    assert rows[0][:4] == ["line", "column", "reason", "응답일시"]
    assert (rows[150][:2], rows[150][5]) == (["155", "추천 점수"], "'=1+1")


def test_the_file_of_refused_rows_never_takes_the_place_of_the_one_that_is_read(
    write: Write, home: Path
) -> None:
    path = write(*LINES)
    before = path.read_bytes()

    for other, problem in ((path, "is the file that is read"), (home / "no" / "x.csv", "written")):
        asked = refused(str(path), *TOLD, "--refused", str(other))
        assert isinstance(asked, InvalidInput)
        assert (asked.where, problem in str(asked)) == ("refused", True)
    assert path.read_bytes() == before


def test_what_tools_put_around_cells_is_no_part_of_them(write: Write) -> None:
    path = str(write('\ufeff2026-11-01,="10",좋아요,kim', '="2026-11-02",\u200b0,,'))

    told = imported(path, *TOLD, "--dry-run")

    assert (told["importable"], told["scores"]) == (2, {"0": 1, "10": 1})


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"PK\x03\x04" + b"\x00" * 99, "workbook of Excel"),
        (b"<html><table>", "HTML"),
        ("date,score,comment\n2026-03-05,5,とても良い\n".encode("shift_jis"), "Korean"),
        ("date,score\n2026-03-05,5\n2026-03-06,좋\n".encode() + b"\xff\xff", "line 4"),
    ],
)
def test_what_is_no_text_or_no_korean_is_told_by_what_it_is(
    home: Path, content: bytes, problem: str
) -> None:
    path = home / "other.csv"
    path.write_bytes(content)

    with pytest.raises(InvalidInput, match=problem):
        open_table(path)


def test_a_file_of_wide_characters_with_decimal_commas_is_read(write: Write) -> None:
    path = write("05.03.2026 14:13;5,0;gut", "06.03.2026 14:13;1,00;schlecht, sehr",
                 header="date;score;comment", encoding="utf-32")  # fmt: skip
    words = ("--instrument", "csat", "--wording", "old", "--touchpoint", "delivery")

    assert imported(str(path), *words, "--dry-run")["scores"] == {"1": 1, "5": 1}


async def test_an_import_that_breaks_off_goes_on_when_it_is_done_again(home: Path) -> None:
    rows = [row(str(number), 9) for number in range(2 * CHUNK + 1)]

    def breaking() -> Iterator[ImportedRow]:
        yield from rows[: CHUNK + 1]
        raise OSError("the disk is gone")

    settings = Settings(database_url=f"sqlite:///{home / 'a.sqlite3'}")
    with pytest.raises(OSError, match="gone"):
        await take_in(settings, breaking(), {}, "old", lambda _: None)
    stored = await take_in(settings, rows, {}, "old", lambda _: None)

    assert (stored.there, stored.added) == (CHUNK, CHUNK + 1)
    (scores,) = await asyncio.to_thread(counted, home)
    assert sum(scores.counts) == len(rows)


async def test_taking_an_import_back_that_breaks_off_goes_on_when_it_is_done_again(
    home: Path,
) -> None:
    def breaking(_: int) -> None:
        raise OSError("the disk is gone")

    settings = Settings(database_url=f"sqlite:///{home / 'a.sqlite3'}")
    rows = [row(str(number), 9) for number in range(2 * CHUNK + 1)]
    await take_in(settings, rows, {}, "old", lambda _: None)
    with pytest.raises(OSError, match="gone"):
        await take_import_back(settings, "old", breaking, dry_run=False)
    left = await take_import_back(settings, "old", lambda _: None, dry_run=False)

    assert 0 < left < len(rows)
    assert await asyncio.to_thread(counted, home) == ()


def test_an_import_begun_anew_is_the_same_import(write: Write, home: Path) -> None:
    path = str(write(*LINES))
    first, again = imported(path, *TOLD), imported(path, *TOLD)
    other = imported(path, *TOLD, "--wording", "other")

    place = imported(path, *TOLD, "--touchpoint", "checkout")

    assert first["import"] == again["import"]
    assert len({each["import"] for each in (first, other, place)}) == 3
    gone = CliRunner().invoke(app, ["import", "undo", again["import"], "--json"])
    assert json.loads(gone.stdout)["answers"] == 4


async def test_a_running_server_takes_files_and_tags_in(tmp_path: Path) -> None:
    """The commands find that another process owns the database, and ask it."""
    url = migrated(tmp_path / "a.sqlite3")
    path = tmp_path / "answers.csv"
    path.write_text("\n".join((HEADER, *LINES)), "utf-8")

    async def does(*words: str) -> str:
        return await asyncio.to_thread(running_on(url), *words)

    async with serving(tmp_path):
        first = await does("import", "csv", str(path), *TOLD, "--json")
        again = await does("import", "csv", str(path), *TOLD, "--json")
        run = await does("themes", "run", "--lang", "en")
        answer = await _an_answer(url)
        tagged = await does("themes", "tag", answer, "+price", "--json")
        wrong = await asyncio.to_thread(refuse, url, "themes", "tag", answer, "+prise")
        undone = await does("import", "undo", json.loads(first)["import"], "--json")

    assert json.loads(first)["stored"]["added"] == 4
    assert json.loads(again)["stored"] == {"added": 0, "there": 4, "erased": 0, "known": 0}
    assert run == "0 answers have other tags now\n"
    assert {"theme": "price", "by": "staff", "meant": True} in json.loads(tagged)
    assert "there is no theme 'prise'" in str(wrong)
    assert json.loads(undone)["answers"] == 4


async def _an_answer(url: str) -> str:
    async with open_storage(url, writable=False) as storage:
        page = await storage.read(lambda tx: tx.themes.said("", 1))
        scored = await storage.read(lambda tx: tx.answers.get(page[0], "score"))
    assert scored is not None
    return scored.id
