"""Themes as staff see and change them: the commands, and the API of a running application."""

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.analyser import KiwiAnalyser
from bot.app import Outside, prepare
from storage.opening import open_storage
from surveys.errors import InvalidInput, NotFound
from surveys.language.texts import missing
from surveys.model import CountRule
from surveys.ports import UnitOfWork
from surveys.program.loading import default_program, default_program_text
from surveys.reports import ScoreChange
from surveys.service.context import Context
from surveys.service.theming import retag
from surveys.themes import dictionary
from tests.commands import Run, refuse, running_on
from tests.contract import examples as ex
from tests.e2e.deployment import deployed
from tests.sqlite import migrated

SAID: Sequence[tuple[int, str | None, str]] = (
    *((2, "late", f"배송이 너무 늦었어요 {n}") for n in range(6)),
    *((5, None, "포장이 꼼꼼해요") for _ in range(5)),
    *((1, None, "결제 오류가 났어요") for _ in range(4)),
)
PLACE = {"stage": "purchase", "touchpoint": "delivery", "survey": "delivery-csat"}


async def fill(url: str) -> None:
    """Store the answers of fifteen customers about a delivery, from yesterday."""
    async with open_storage(url) as storage:
        ctx = await prepare(storage, default_program(), Outside())

        def work(tx: UnitOfWork) -> None:
            for number, said in enumerate(SAID):
                _answer(tx, ctx, number, *said)

        await storage.write(work)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return migrated(tmp_path / "themes.sqlite3")


@pytest.fixture
def database(url: str) -> str:
    asyncio.run(fill(url))
    return url


def _answer(tx: UnitOfWork, ctx: Context, n: int, score: int, chip: str | None, text: str) -> None:
    at = ctx.now() - timedelta(days=1)
    shared = {
        "invitation_id": f"i{n}",
        "subject_id": f"s{n}",
        "dimensions": ex.dimensions(**PLACE),
        "answered_at": at,
        "day": ctx.day(at),
    }
    scored = ex.answer(f"a{n}", score=score, **shared)
    tx.answers.add(scored)
    tx.answers.add(ex.answer(f"r{n}", question="reason", score=None, choice=chip, **shared))
    tx.answers.add(ex.answer(f"c{n}", question="comment", score=None, text=text, **shared))
    tx.counts.add_scores(
        [
            ScoreChange(
                rule=CountRule.ALL,
                period="",
                day=scored.day,
                dimensions=scored.dimensions,
                score=score,
                by=1,
            )
        ]
    )
    retag(tx, ctx, f"i{n}")


@pytest.fixture
def run(database: str) -> Run:
    return running_on(database)


def test_themes_are_counted_by_band_and_a_few_are_hidden(run: Run) -> None:
    table = json.loads(run("themes", "list", "--json"))

    told = {
        row["theme"]: [row[name] for name in ("n", "low", "mid", "high", "suppressed")]
        for row in table["themes"]
    }
    assert told == {
        "delivery-delay": [6, 6, 0, 0, False],
        "packaging": [5, 0, 0, 5, False],
        "payment-error": [None, None, 0, 0, True],
    }
    assert "배송 지연 (delivery-delay)" in run("themes", "list", "--by", "touchpoint")
    assert "no themes" in run("themes", "list", "--stage", "advocacy", "--lang", "en")


def test_staff_tag_an_answer_and_their_word_outlives_a_new_run(run: Run) -> None:
    assert run("themes", "show", "a0") == "+delivery-delay      chip\n"

    run("themes", "tag", "a0", "-delivery-delay", "+price")
    assert "1" not in run("themes", "run", "--lang", "en").split()

    assert json.loads(run("themes", "show", "c0", "--json")) == [
        {"theme": "delivery-delay", "by": "staff", "meant": False},
        {"theme": "price", "by": "staff", "meant": True},
    ]


def test_a_wrong_theme_answer_or_sign_is_refused_by_name(database: str) -> None:
    assert isinstance(refuse(database, "themes", "tag", "a0", "+prise"), InvalidInput)
    assert isinstance(refuse(database, "themes", "tag", "nobody", "+price"), NotFound)
    assert isinstance(refuse(database, "themes", "show", "nobody"), NotFound)
    assert isinstance(refuse(database, "themes", "tag", "a0", "price"), SystemExit)
    assert isinstance(refuse(database, "themes", "list", "--since", "soon"), InvalidInput)


def test_a_comment_can_be_tried_out(run: Run) -> None:
    assert run("themes", "try", "배숑이 늦어요").startswith("delivery-delay")
    assert "오타로 짐작" in run("themes", "try", "배숑이 늦어요")
    assert run("themes", "try", "안녕하세요") == "찾은 주제가 없습니다\n"


def test_words_are_tried_out_before_they_are_in_force(
    database: str, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "own.yaml"
    own = "themes:\n  - id: eco\n    label: {ko: 친환경, en: Eco}\n    words:\n      ko: [종이봉투, WORD]\n"
    file.write_text(default_program_text() + own.replace("WORD", "재활용"), encoding="utf-8")

    assert "eco" not in run("themes", "try", "재활용이 돼서 좋아요")
    assert run("themes", "try", "재활용이 돼서 좋아요", "--program", str(file)).startswith("eco")

    file.write_text(default_program_text() + own.replace("WORD", "값, 종이!"), encoding="utf-8")
    refused = str(refuse(database, "themes", "try", "값", "--program", str(file)))
    assert "themes.0.words.ko.1: '값': 혼자 쓰기에는" in refused
    assert "themes.0.words.ko.2: '종이!'" in refused


async def test_the_api_gives_counts_words_and_tags_each_by_its_scope(url: str) -> None:
    await fill(url)
    async with deployed(url, {}) as server:
        counts = await server.get("/v1/themes?stage=purchase&by=touchpoint")
        words = await server.get("/v1/themes/examples?theme=delivery-delay&band=low&limit=2")
        anything = await server.get("/v1/themes/examples?touchpoint=delivery&stage=purchase")
        elsewhere = await server.get("/v1/themes?by=touchpoint&touchpoint=checkout")
        before = await server.get("/v1/answers/a0/themes")
        after = await server.post("/v1/answers/a0/themes", {"add": ["price"]})
        wrong = [
            (await server.get(f"/v1/themes{path}")).status
            for path in ("?compare=previous", "?since=x", "/examples?limit=x", "/examples?limit=99")
        ]
        junk = [
            (await server.post("/v1/answers/a0/themes", body)).status
            for body in ({}, {"add": "price"}, {"plus": ["price"]}, {"add": [1]})
        ]
        unknown = await server.post("/v1/answers/nobody/themes", {"add": ["price"]})
        nobody = await server.get("/v1/themes", Authorization="")
        audit = await server.app.storage.read(lambda tx: tx.audit.newest(2))

    assert [row["touchpoint"] for row in counts.body["themes"]] == ["delivery"] * 3
    assert [each["comment"][:8] for each in words.body["examples"]] == ["배송이 너무 늦"] * 2
    assert (len(anything.body["examples"]), elsewhere.body["themes"]) == (15, [])
    assert before.body == {"themes": [{"theme": "delivery-delay", "by": "chip", "meant": True}]}
    assert {tag["theme"] for tag in after.body["themes"]} == {"delivery-delay", "price"}
    assert (wrong, junk) == ([400] * 4, [400] * 4)
    assert (unknown.status, nobody.status) == (404, 401)
    assert [deed.act for deed in audit] == ["tag", "examples"]


class Token:
    def __init__(self, form: str, start: int) -> None:
        self.form, self.start = form, start


class Kiwi:
    """Takes apart as kiwipiepy does (0.24 was asked for this sentence): a form and where it begins."""

    def tokenize(self, text: str) -> list[Any]:
        assert text == "꼼꼼포장 느려서"
        parts = (("꼼꼼", 0), ("포장", 2), ("느리", 5), ("어서", 6))
        return [Token(form, start) for form, start in parts]


def test_morphemes_are_given_to_the_words_they_stand_in() -> None:
    analyser = KiwiAnalyser(Kiwi())

    assert analyser.morphemes(["꼼꼼포장", "느려서"]) == [["꼼꼼", "포장"], ["느리", "어서"]]
    assert [f.theme for f in dictionary(analyser=analyser).find("꼼꼼포장 느려서")] == ["packaging"]


def test_kiwi_itself_finds_what_is_inside_a_word_and_loses_nothing() -> None:
    kiwi = pytest.importorskip("kiwipiepy", reason="the extra nlp-ko is not installed")
    analysed, plain = dictionary(analyser=KiwiAnalyser(kiwi.Kiwi(num_workers=1))), dictionary()

    assert {found.theme for found in analysed.find("꼼꼼포장 감사합니다")} >= {"packaging"}
    for text in ("배송이 너무 늦었어요", "결제가 두 번 됐어요", "포장마차"):
        assert {f.theme for f in plain.find(text)} <= {f.theme for f in analysed.find(text)}


def test_kiwi_without_its_extra_is_refused_by_the_settings_name(database: str) -> None:
    try:
        import kiwipiepy  # noqa: F401,PLC0415
    except ImportError:
        refused = refuse(database, "themes", "try", "배송", "--analyser", "kiwi")
        assert isinstance(refused, InvalidInput)
        assert "nlp-ko" in str(refused)


def test_what_the_commands_say_is_said_in_both_languages() -> None:
    assert missing("en", "text") == ()
