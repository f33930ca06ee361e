"""Which column means what: by its header in Korean or English, else by what stands in it."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from surveys.errors import InvalidInput
from surveys.importing.causes import BadCell
from surveys.importing.instants import looks_like_instant
from surveys.importing.scores import read_score, whole
from surveys.importing.serials import serial_instant
from surveys.instruments import Instrument


class Field(StrEnum):
    """What a column can mean."""

    SCORE = "score"
    TIME = "time"
    COMMENT = "comment"
    CUSTOMER = "customer"
    EMAIL = "email"
    PLACE = "place"
    LANGUAGE = "language"
    CHANNEL = "channel"
    ID = "id"


class How(StrEnum):
    """How a column was found."""

    TOLD = "told"
    PRESET = "preset"
    HEADER = "header"
    VALUES = "values"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column that means something; ``number`` counts from 0."""

    field: Field
    number: int
    header: str
    how: How


_HEADERS: Final[Mapping[Field, str]] = {
    Field.SCORE: ("score rating answer grade stars rate 점수 평점 별점 응답점수 평가점수 스코어"),
    Field.TIME: (
        "respondedat responsedate responsetime answeredat submittedat submitdate submissiondate submitted "
        "datesubmitted completedat completiontime recordeddate surveydate ratedat timestamp datetime "
        "응답일시 응답시간 응답일 응답날짜 제출일시 제출시간 제출일 참여일시 작성일시 작성일 "
        "등록일시 등록일 완료시간 평가일 타임스탬프"
    ),
    Field.COMMENT: (
        "comment comments feedback verbatim openended opinion review remark remarks ratingremark additionalcomments "
        "reason why message text tellusmore "
        "의견 코멘트 자유의견 기타의견 주관식 피드백 후기 리뷰 남길말 한마디 하고싶은말 댓글 이유 사유 내용"
    ),
    Field.CUSTOMER: (
        "customerid externalid userid enduserid clientid memberid contactid personid respondentid accountid customer user "
        "고객id 고객번호 회원번호 회원id 고객아이디 사용자id 응답자id 고객 회원 응답자"
    ),
    Field.EMAIL: "email emailaddress customeremail useremail mail 이메일 이메일주소 고객이메일 메일주소 메일",
    Field.PLACE: "touchpoint stage journeystage touch journey phase 접점 터치포인트 단계 여정단계 고객여정 여정",
    Field.LANGUAGE: "language lang locale languagecode userlanguage 언어 사용언어 언어코드",
    Field.CHANNEL: "channel source medium collector 채널 응답채널 수집경로 경로 매체",
    Field.ID: "responseid submissionid answerid surveyresponseid uuid id 응답id 응답번호 답변id 일련번호 순번 번호",
}
_OF_KIND: Final[Mapping[str, str]] = {
    "nps": "nps npsscore npsrating recommend likelihoodtorecommend 추천점수 추천의향 추천지수 추천",
    "csat": "csat csatscore satisfaction satisfied satisfactionscore 만족도 만족도점수 만족",
    "ces2": "ces cesscore effort effortscore 노력점수 노력",
}
"""What a score's column is called on one instrument alone: a column of satisfaction is no answer to NPS."""

_OTHER_TIMES: Final = "time date createdat created createddate enddate startdate 일시 날짜 시간"
"""What may be another moment than the answer's; taken where no column names that."""

_NAMES: Final = {field: tuple(words.split()) for field, words in _HEADERS.items()}
_LATER: Final = MappingProxyType({Field.TIME: tuple(_OTHER_TIMES.split())})
_NUMBERING: Final = ("id", "no", "number", "num", "seq", "index", "번호", "순번", "연번")
_NO_WORDS: Final = re.compile(
    r"name|agent|teammate|assignee|device|browser|url|이름|성명|성함|주소|담당|상담원"
)
"""Headers of what may have several words and is nobody's comment."""

_OTHER_MOMENTS: Final = re.compile(
    r"birth|order|purchas|sent|send|ship|deliver|due|expir|sign|join|update|생년|생일|주문|구매|발송|배송|만료|가입|수정"
)
"""Headers of dates that are hardly when somebody answered: they are not taken by their values."""

_IN_PARENTHESES: Final = re.compile(r"\([^)]*\)|\[[^]]*\]")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_MOST_OF: Final = 0.9
_LATIN, _HANGUL = 5, 2
"""Letters of a name that is looked for inside a longer header."""

_FURTHER: Final = 3
"""Lines of headers that may stand under the first."""

Test = Callable[[str], bool]
_NEEDED: Final = (Field.SCORE, Field.TIME)


def guess_columns(
    headers: Sequence[str],
    sample: Sequence[Sequence[str]],
    told: Mapping[Field, str],
    named: Mapping[Field, Sequence[str]],
    kind: Instrument,
) -> tuple[Column, ...]:
    """Return the columns found, by field: as told, by the preset's names, by headers, then by values.

    ``told`` names a header or a column's number from 1; ``-`` says that there is none. Lines of words at the top of
    the sample are further headers. Raises InvalidInput for a column that isn't there, or where score or time is not found.
    """
    under = further_headers(sample)
    guess = _Guess(headers, sample[:under], sample[under:], told, kind)
    guess.by_name(named, How.PRESET)
    guess.by_name(
        _NAMES | {Field.SCORE: (*_NAMES[Field.SCORE], *_OF_KIND[kind.id].split())}, How.HEADER
    )
    guess.by_part()
    guess.by_name(_LATER, How.HEADER)
    guess.by_values()
    columns = {field: column for field, column in guess.found.items() if column is not None}
    for field in _NEEDED:
        if field not in columns:
            known = ", ".join(repr(header) for header in headers)
            raise InvalidInput(
                field.value,
                f"no one column looks like it; name it with --map {field.value}=COLUMN: {known}",
            )
    return tuple(columns[field] for field in Field if field in columns)


def further_headers(rows: Sequence[Sequence[str]]) -> int:
    """Return how many rows at the top hold words alone, as second lines of headers do, before one with data."""
    for number, row in enumerate(rows[: _FURTHER + 1]):
        if any(_is_data(cell) for cell in row):
            return number
    return 0


def _is_data(cell: str) -> bool:
    return bool(
        whole(cell) is not None or _EMAIL.fullmatch(cell.strip()) or looks_like_instant(cell)
    )


def plain(header: str) -> str:
    """Return a header without case, spaces and marks: ``Created At (UTC)`` is ``createdatutc``."""
    folded = unicodedata.normalize("NFKC", header).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


class _Guess:
    """What has been found out about a file's columns; a field that was told stays as told."""

    def __init__(
        self,
        headers: Sequence[str],
        under: Sequence[Sequence[str]],
        sample: Sequence[Sequence[str]],
        told: Mapping[Field, str],
        kind: Instrument,
    ) -> None:
        self._headers = headers
        self._names = [_all_names(n, header, under) for n, header in enumerate(headers)]
        self._sample = sample
        self._kind = kind
        self.found: dict[Field, Column | None] = {
            field: self._as_told(field, name) for field, name in told.items()
        }

    def by_name(self, names: Mapping[Field, Sequence[str]], how: How) -> None:
        """Add the columns whose header is one of the names, the first of them first.

        Two that may be the score are none, and so are two columns of dates with the same name.
        """
        for field in Field:
            fitting = [number for name in names.get(field, ()) for number in self._called(name)]
            if field is Field.TIME:
                fitting = self._with_instants(fitting)
                alike = [n for n in fitting if self._names[n] == self._names[fitting[0]]]
                fitting = fitting if len(set(alike)) == 1 else []
            alone = field is not Field.SCORE or len(set(fitting)) == 1
            if field not in self.found and fitting and alone:
                self._add(field, fitting[0], how)

    def by_part(self) -> None:
        """Add columns whose header holds a name, whose cells agree with it, and which are alone in that."""
        tests = self._tests() | {
            Field.COMMENT: lambda cell: whole(cell) is None and not looks_like_instant(cell),
            Field.TIME: _is_instant,
        }
        for field in (Field.SCORE, Field.TIME, Field.COMMENT):
            of_kind = _OF_KIND[self._kind.id].split() if field is Field.SCORE else ()
            names = [name for name in (*_NAMES[field], *of_kind) if _is_long(name)]
            fitting = [
                number
                for number, cells in self._free().items()
                if any(name in said for name in names for said in self._names[number])
                and _mostly(cells, tests[field])
            ]
            self._add_if_alone(field, fitting, How.HEADER)

    def by_values(self) -> None:
        """Add columns that alone look like what is still missing: instants, scores, addresses, sentences."""
        for field, test in self._tests().items():
            fitting = [
                number
                for number, cells in self._free().items()
                if cells and _mostly(cells, test) and self._may_be(field, number, cells)
            ]
            self._add_if_alone(field, fitting, How.VALUES)

    def _as_told(self, field: Field, name: str) -> Column | None:
        if name == "-":
            return None
        return self._column(field, _number(self._headers, field, name), How.TOLD)

    def _called(self, name: str) -> Iterator[int]:
        taken = self._taken()
        for number, said in enumerate(self._names):
            if number not in taken and plain(name) in said:
                yield number

    def _with_instants(self, numbers: Sequence[int]) -> list[int]:
        """Return the columns that hold instants; all of them where none does, so that its cells are refused by name."""
        cells = self._free()
        holding = [n for n in numbers if cells[n] and _mostly(cells[n], _is_instant)]
        return holding or list(numbers)

    def _may_be(self, field: Field, number: int, cells: Sequence[str]) -> bool:
        """Say whether values alone may tell this column: what is counted up, called a number, or a name may not."""
        said = self._names[number]
        if field is Field.TIME:
            return not any(_OTHER_MOMENTS.search(name) for name in said)
        if field is Field.SCORE:
            return not any(name.endswith(_NUMBERING) for name in said) and not _counts_up(cells)
        return field is not Field.COMMENT or not any(_NO_WORDS.search(name) for name in said)

    def _add_if_alone(self, field: Field, numbers: Sequence[int], how: How) -> None:
        if field not in self.found and len(numbers) == 1:
            self._add(field, numbers[0], how)

    def _add(self, field: Field, number: int, how: How) -> None:
        self.found[field] = self._column(field, number, how)

    def _column(self, field: Field, number: int, how: How) -> Column:
        return Column(field=field, number=number, header=self._headers[number], how=how)

    def _taken(self) -> frozenset[int]:
        return frozenset(column.number for column in self.found.values() if column)

    def _free(self) -> dict[int, list[str]]:
        """Return what stands in the columns that mean nothing yet, by number, without empty cells."""
        taken = self._taken()
        return {
            number: [
                row[number].strip()
                for row in self._sample
                if number < len(row) and row[number].strip()
            ]
            for number in range(len(self._headers))
            if number not in taken
        }

    def _tests(self) -> dict[Field, Test]:
        """Return what a cell of a field looks like. A bare number may be a telephone's as well as an instant."""
        return {
            Field.TIME: lambda cell: not cell.isdecimal() and looks_like_instant(cell),
            Field.EMAIL: lambda cell: _EMAIL.fullmatch(cell) is not None,
            Field.SCORE: lambda cell: _is_score(cell, self._kind),
            Field.COMMENT: lambda cell: len(cell.split()) > 1 and not _is_data(cell),
        }


def _number(headers: Sequence[str], field: Field, name: str) -> int:
    exact = [n for n, header in enumerate(headers) if header.strip() == name.strip()]
    alike = exact or [n for n, header in enumerate(headers) if plain(header) == plain(name) != ""]
    if not alike and name.isascii() and name.isdecimal() and 1 <= int(name) <= len(headers):
        return int(name) - 1
    if len(alike) != 1:
        what = "several columns are" if alike else "no column is"
        known = ", ".join(repr(header) for header in headers)
        raise InvalidInput(field.value, f"{what} called {name!r}; there are: {known}")
    return alike[0]


def _all_names(number: int, header: str, under: Sequence[Sequence[str]]) -> frozenset[str]:
    """Return what each line of headers calls a column, and that without what stands in parentheses."""
    lines = [header, *(row[number] for row in under if number < len(row))]
    names = {plain(line) for line in lines} | {
        plain(_IN_PARENTHESES.sub("", line)) for line in lines
    }
    return frozenset(names - {""})


def _is_long(name: str) -> bool:
    return len(name) >= (_LATIN if name.isascii() else _HANGUL)


def _is_instant(cell: str) -> bool:
    return looks_like_instant(cell) or serial_instant(cell, UTC) is not None


def _is_score(cell: str, kind: Instrument) -> bool:
    try:
        read_score(cell, kind)
    except BadCell:
        return False
    return True


def _counts_up(cells: Sequence[str]) -> bool:
    """Say whether cells are numbers, each one more than the one before, as rows are numbered."""
    numbers = [whole(cell) for cell in cells]
    told = [number for number in numbers if number is not None]
    return len(told) == len(numbers) > 2 and all(b - a == 1 for a, b in pairwise(told))  # noqa: PLR2004 two may chance to


def _mostly(cells: Sequence[str], test: Test) -> bool:
    return sum(map(test, cells)) >= _MOST_OF * len(cells)
