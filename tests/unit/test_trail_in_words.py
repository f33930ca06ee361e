"""The audit log tells each entry in words: who, to whom with the page, and every detail; the stored entry stays beside."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, get_args

import pytest

from bot.console.actors import SYSTEMS, actor_in_words
from bot.console.staffing.telling import Line, Trail, parts_of
from surveys.deeds import DeedAct
from surveys.language.texts import languages
from surveys.model import Deed
from surveys.program import default_program
from surveys.staffing import AuditEntry, Member, Role

AT: Final = datetime(2026, 11, 22, 3, 30, tzinfo=UTC)
MINJI: Final = Member(
    id="m1", email="minji@example.com", name="민지", role=Role.ADMIN, created_at=AT
)
PLANNED: Final = {
    "parts": ["trigger:delivery"],
    "due": "2026-12-01T00:00+00:00",
    "author": "console",
}

DETAILS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "program_publish": (
        "4",
        {
            "changes": ["survey:delivery-csat", "contact_rules", "program"],
            "taken": [],
            "source": "console",
            "note": "봄맞이",
            "reverts": None,
        },
    ),
    "program_revert": ("5", {"changes": ["trigger:gone"], "source": "revert", "reverts": 2}),
    "program_plan": ("p1", PLANNED),
    "program_plan_published": ("p1", {**PLANNED, "version": 6, "late_seconds": 3}),
    "program_plan_refused": (
        "p1",
        {**PLANNED, "why": {"code": "moved", "parts": ["budget"], "by": "cli:ann", "number": 7}},
    ),
    "hold": ("", {"reason": "시험 <b>중단</b>"}),
    "settle": ("d1", {"as": "sent", "was": "unknown", "reason": "timeout"}),
    "retry": ("i1", {"source": "telegram"}),
    "give_up_waiting": ("", {"deliveries": 3}),
    "look": ("c1", {}),
    "request": ("c1", {"trigger": "delivery"}),
    "join": ("c1", {"from": "c2", "how": "staff"}),
    "split": ("c1", {"from": "gone", "how": "split"}),
    "erase": ("", {"rows": 12}),
    "pause": ("trigger:delivery", {}),
    "resume": ("survey:nps-90", {}),
    "login": ("m1", {"how": "password"}),
    "session_revoke": ("m1", {"sessions": 2}),
    "staff_role": ("m1", {"from": "viewer", "to": "admin"}),
    "staff_disable": ("gone", {}),
    "staff_bind": ("m1", {"issuer": "https://login.example.com"}),
    "key_create": ("k1", {"scopes": "events:write"}),
    "examples": ("", {"theme": "price", "answers": 4, "since": "2026-11-01"}),
    "tag": ("a1", {"add": ["price"], "remove": []}),
    "import": ("", {"id": "x", "file": "a.csv", "instrument": "nps", "wording": "std1", "rows": 2}),
}
"""A subject and details as they are written down, by kind of entry."""


def trail(language: str = "ko") -> Trail:
    return Trail(
        language=language,
        program=default_program(),
        people={"c1": "customer-77", "c2": "c0002"},
        staff={MINJI.id: MINJI},
    )


def told(act: Any, language: str = "ko", by: str = "console") -> Line:
    subject, details = DETAILS.get(act, ("", {}))
    deed = Deed(at=AT, by=by, act=act, subject=subject, details=details)
    return trail(language).line(AuditEntry(7, deed))


@pytest.mark.parametrize("language", languages())
def test_no_entry_shows_code_and_each_keeps_what_is_stored(language: str) -> None:
    acts = [act for group in get_args(DeedAct) for act in (get_args(group) or (group,))]
    assert set(DETAILS) <= set(acts)
    for act in acts:
        line = told(act, language)
        words = " ".join((line.by, line.act, line.subject, *line.details))
        assert not re.search(r"[\[\]{}]| '|None|trigger:|survey:|contact_rules|\w_\w", words), words
        assert json.loads(line.raw)["details"] == DETAILS.get(act, ("", {}))[1]


def test_a_publish_names_its_version_and_what_it_changed() -> None:
    line = told("program_publish")

    assert (line.act, line.subject, line.path) == (
        "프로그램 게시",
        "판 4",
        "/console/surveys/versions/4",
    )
    assert line.details == (
        "바뀐 것: 설문 이번 배송 (delivery-csat), 모두에게 같은 규칙, 회사와 여정",
        "온 곳: 콘솔",
        "메모: 봄맞이",
    )


def test_customers_and_staff_are_named_with_their_pages() -> None:
    looked, joined, role = told("look"), told("join"), told("staff_role")

    assert (looked.subject, looked.path) == ("customer-77", "/console/people/c1")
    assert joined.details == ("합쳐진 고객: c0002", "방법: 직원이 직접")
    assert (role.subject, role.path) == ("민지 (minji@example.com)", "/console/team")
    assert role.details == ("이전: 보기", "이후: 관리")
    assert told("staff_disable").subject == "이제 없는 직원"


def test_a_trigger_is_named_with_its_page_and_a_time_is_the_companys() -> None:
    paused, planned = told("pause"), told("program_plan")

    assert (paused.subject, paused.path) == (
        "트리거 배송 (delivery)",
        "/console/surveys/edit/delivery",
    )
    assert planned.details[1:] == (
        "예정 시각: 2026-12-01 09:00",
        "예약한 사람: 콘솔 (이 서버의 브라우저)",
    )


def test_a_part_of_the_system_is_no_person_and_a_person_has_her_name() -> None:
    assert told("hold", by=MINJI.named).by == "민지 (minji@example.com)"
    assert told("hold", by="start").by == "처음 설정 (시스템)"
    assert told("hold", by="cli:ann").by == "명령줄 (ann)"
    assert told("hold", by="robot:7").by == "robot:7", "whom we have no words for"
    assert told("hold", by="robot").by == "robot"
    for language in languages():
        assert not {actor_in_words(language, each) for each in SYSTEMS} & set(SYSTEMS)


def test_why_a_planned_publish_was_refused_is_told_as_the_pages_of_surveys_do() -> None:
    refused, asked = told("program_plan_refused", "en"), told("request", "en")

    assert "Command line (ann)" in refused.details[-1], refused.details
    assert "Budget" in refused.details[-1], refused.details
    assert asked.details == ("Trigger: Delivery (delivery)",)


def test_a_detail_that_nobody_knows_yet_is_told_by_its_name() -> None:
    deed = Deed(at=AT, by="console", act="hold", details={"new_kind": {"a_b": [1, True]}})

    assert trail().line(AuditEntry(1, deed)).details == ("new kind: a b 1, 예",)


def test_a_part_that_is_gone_is_called_as_it_was() -> None:
    there = default_program()
    gone = there.model_copy(update={"triggers": ()})
    deed = Deed(at=AT, by="console", act="program_revert", details={"changes": ["trigger:cart"]})
    entry = AuditEntry(7, deed)

    without = replace(trail(), program=gone).line(entry).details
    known = replace(trail(), program=gone, other=there).line(entry).details

    assert list(parts_of([entry])) == ["", "trigger:cart"]
    assert ("(cart)" in without[0], "(cart)" in known[0]) == (False, True)
