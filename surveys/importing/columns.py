"""Which column means what: by its header in Korean or English, else by what stands in it."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from enum import StrEnum
from typing import Final

from surveys.errors import InvalidInput
from surveys.importing.instants import looks_like_instant
from surveys.importing.scores import whole
from surveys.importing.serials import serial_instant


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
    Field.SCORE: (
        "score rating nps csat ces npsscore csatscore cesscore npsrating answer grade satisfaction stars rate "
        "점수 평점 별점 만족도 추천점수 추천의향 만족도점수 응답점수 평가점수 스코어 노력점수 추천지수"
    ),
    Field.TIME: (
        "respondedat responsedate responsetime answeredat submittedat submitdate submissiondate submitted "
        "completedat completiontime recordeddate surveydate timestamp datetime time date createdat created "
        "createddate enddate startdate 응답일시 응답시간 응답일 응답날짜 제출일시 제출시간 제출일 작성일시 작성일 "
        "등록일시 등록일 완료시간 평가일 타임스탬프 일시 날짜 시간"
    ),
    Field.COMMENT: (
        "comment comments feedback verbatim openended opinion review remarks additionalcomments reason message text "
        "의견 코멘트 자유의견 기타의견 주관식 피드백 후기 리뷰 남길말 한마디 하고싶은말 댓글 이유 사유 내용"
    ),
    Field.CUSTOMER: (
        "customerid externalid userid clientid memberid contactid personid respondentid accountid customer user "
        "고객id 고객번호 회원번호 회원id 고객아이디 사용자id 응답자id 고객 회원 응답자"
    ),
    Field.EMAIL: "email emailaddress customeremail useremail mail 이메일 이메일주소 고객이메일 메일주소 메일",
    Field.PLACE: "touchpoint stage journeystage touch journey phase 접점 터치포인트 단계 여정단계 고객여정 여정",
    Field.LANGUAGE: "language lang locale languagecode userlanguage 언어 사용언어 언어코드",
    Field.CHANNEL: "channel source medium collector 채널 응답채널 수집경로 경로 매체",
    Field.ID: "responseid submissionid answerid surveyresponseid uuid id 응답id 응답번호 답변id 일련번호 순번 번호",
}
_NAMES: Final = {field: tuple(words.split()) for field, words in _HEADERS.items()}
_IN_PARENTHESES: Final = re.compile(r"\([^)]*\)|\[[^]]*\]")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_MOST_OF: Final = 0.9
_LATIN, _HANGUL = 5, 2
"""Letters of a name that is looked for inside a longer header."""

Test = Callable[[str], bool]
_NEEDED: Final = (Field.SCORE, Field.TIME)


def guess_columns(
    headers: Sequence[str],
    sample: Sequence[Sequence[str]],
    told: Mapping[Field, str],
    named: Mapping[Field, Sequence[str]],
    highest: int,
) -> tuple[Column, ...]:
    """Return the columns found, by field: as told, by the preset's names, by headers, then by values.

    ``told`` names a header or a column's number from 1; ``-`` says that there is none. ``highest`` is the top of the
    scale. Raises InvalidInput for a column that isn't there, or where score or time is not found.
    """
    found = dict(_told(headers, told))
    _add(found, headers, named, How.PRESET, told)
    _add(found, headers, _NAMES, How.HEADER, told)
    for column in _by_part_of_header(headers, sample, found, highest):
        if column.field not in told:
            found.setdefault(column.field, column)
    for column in _by_values(headers, sample, found, highest):
        if column.field not in told:
            found.setdefault(column.field, column)
    columns = {field: column for field, column in found.items() if column is not None}
    for field in _NEEDED:
        if field not in columns:
            known = ", ".join(repr(header) for header in headers)
            raise InvalidInput(
                field.value, f"no column looks like it; name one with --map: {known}"
            )
    return tuple(columns[field] for field in Field if field in columns)


def plain(header: str) -> str:
    """Return a header without case, spaces and marks: ``Created At (UTC)`` is ``createdatutc``."""
    folded = unicodedata.normalize("NFKC", header).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def _told(
    headers: Sequence[str], told: Mapping[Field, str]
) -> Iterator[tuple[Field, Column | None]]:
    for field, name in told.items():
        number = None if name == "-" else _number(headers, field, name)
        yield (
            field,
            None
            if number is None
            else Column(field=field, number=number, header=headers[number], how=How.TOLD),
        )


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


def _add(
    found: dict[Field, Column | None],
    headers: Sequence[str],
    names: Mapping[Field, Sequence[str]],
    how: How,
    told: Mapping[Field, str],
) -> None:
    """Add the column whose header is the first of the names; two that may be the score are none."""
    for field in Field:
        taken = {column.number for column in found.values() if column}
        fitting = [
            number
            for name in names.get(field, ())
            for number, header in enumerate(headers)
            if number not in taken and plain(name) in _plain_names(header)
        ]
        alone = field is not Field.SCORE or len(set(fitting)) == 1
        if field not in found and field not in told and fitting and alone:
            number = fitting[0]
            found[field] = Column(field=field, number=number, header=headers[number], how=how)


def _plain_names(header: str) -> frozenset[str]:
    """Return the header, and the header without what stands in parentheses: ``Created At (UTC)``."""
    return frozenset({plain(header), plain(_IN_PARENTHESES.sub("", header))} - {""})


def _by_part_of_header(
    headers: Sequence[str],
    sample: Sequence[Sequence[str]],
    found: Mapping[Field, Column | None],
    highest: int,
) -> Iterator[Column]:
    """Yield columns whose header holds a name, whose cells agree with it, and which are alone in that."""
    cells = _cells(headers, sample, found)
    tests = _tests(highest) | {
        Field.COMMENT: lambda cell: whole(cell) is None,
        Field.TIME: lambda cell: looks_like_instant(cell) or serial_instant(cell, UTC) is not None,
    }
    for field in (Field.SCORE, Field.TIME, Field.COMMENT):
        names = [
            name for name in _NAMES[field] if len(name) >= (_LATIN if name.isascii() else _HANGUL)
        ]
        fitting = [
            number
            for number, them in cells.items()
            if any(name in plain(headers[number]) for name in names) and _mostly(them, tests[field])
        ]
        if field not in found and len(fitting) == 1:
            number = fitting[0]
            del cells[number]
            yield Column(field=field, number=number, header=headers[number], how=How.HEADER)


def _by_values(
    headers: Sequence[str],
    sample: Sequence[Sequence[str]],
    found: Mapping[Field, Column | None],
    highest: int,
) -> Iterator[Column]:
    """Yield columns that alone look like what is still missing: instants, scores, addresses, sentences."""
    cells = _cells(headers, sample, found)
    for field, test in _tests(highest).items():
        fitting = [n for n, them in cells.items() if them and _mostly(them, test)]
        if field not in found and len(fitting) == 1:
            number = fitting[0]
            del cells[number]
            yield Column(field=field, number=number, header=headers[number], how=How.VALUES)


def _cells(
    headers: Sequence[str], sample: Sequence[Sequence[str]], found: Mapping[Field, Column | None]
) -> dict[int, list[str]]:
    """Return what stands in the columns that mean nothing yet, by number, without empty cells."""
    taken = {column.number for column in found.values() if column}
    return {
        number: [row[number].strip() for row in sample if number < len(row) and row[number].strip()]
        for number in range(len(headers))
        if number not in taken
    }


def _tests(highest: int) -> dict[Field, Test]:
    """Return what a cell of a field looks like."""
    return {
        Field.TIME: looks_like_instant,
        Field.EMAIL: lambda cell: _EMAIL.fullmatch(cell) is not None,
        Field.SCORE: lambda cell: (score := whole(cell)) is not None and 0 <= score <= highest,
        Field.COMMENT: lambda cell: len(cell.split()) > 1 and not cell.isdecimal(),
    }


def _mostly(cells: Sequence[str], test: Test) -> bool:
    return sum(map(test, cells)) >= _MOST_OF * len(cells)
