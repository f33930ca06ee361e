"""The journey map and the results API over real HTTP."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from typing import get_args

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from bot.console.beside import Beside
from bot.console.journey_map import journey_map
from bot.console.routes import routes
from bot.console.words import Words
from bot.http_errors import HttpProblem
from surveys.model import FunnelCount, ScoreCount
from surveys.program import Program
from surveys.results import Query, ResultTable, result_table
from surveys.results.query import By
from surveys.stored_analyses import Analysis
from tests.journeys import FUNNEL, NOW, PROGRAM, SCORES
from tests.serving import serve

KEY = {"Authorization": "Bearer good"}


@dataclass
class Site:
    """A running console over changeable counts."""

    session: aiohttp.ClientSession
    program: Program = PROGRAM
    scores: tuple[ScoreCount, ...] = SCORES
    funnel: tuple[FunnelCount, ...] = FUNNEL

    async def get(
        self, path: str, headers: Mapping[str, str] = KEY
    ) -> tuple[int, Mapping[str, str], str]:
        async with self.session.get(path, headers=headers) as response:
            return response.status, response.headers, await response.text()

    async def results(self, query: Query) -> ResultTable:
        return result_table(query, self.program, self.scores, self.funnel, NOW)


async def require(request: Request, scope: str) -> None:
    if request.headers.get("authorization") != "Bearer good":
        raise HttpProblem(401, "Unauthorized", f"send a key with the scope {scope}")


async def admit(request: Request, scope: str) -> None:
    if request.headers.get("x-forwarded-for"):
        raise HttpProblem(403, "Forbidden", "the console is open on this machine only")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serve(app := Starlette()) as url, aiohttp.ClientSession(url) as session:
        site = Site(session)
        app.router.routes.extend(
            routes(
                read_results=site.results,
                require=require,
                admit=admit,
                program=lambda: site.program,
                demo=True,
            )
        )
        yield site


class Checker(HTMLParser):
    """Collects what a strict page must not have, and checks that tags are closed in order."""

    void = frozenset({"meta", "link", "br", "img", "hr", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.void:
            self.open.append(tag)
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self.faults.append(f"inline {name}")
            if name in {"src", "href"} and re.match(r"(https?:)?//", value or ""):
                self.faults.append(f"external {value}")
        ours = tag == "script" and (dict(attrs).get("src") or "").startswith("/console/")
        if tag in {"script", "style", "iframe"} and not ours:
            self.faults.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.void:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}>")


def faults(html: str) -> list[str]:
    checker = Checker()
    checker.feed(html)
    return [*checker.faults, *checker.open]


async def test_the_api_gives_the_query_layers_table(site: Site) -> None:
    status, _, body = await site.get("/v1/results?by=touchpoint&since=30d&channel=webchat")

    wanted = await site.results(Query(by="touchpoint", since_days=30, channel="webchat"))
    assert (status, json.loads(body)) == (200, json.loads(json.dumps(wanted.to_json())))


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("since=90", "since"),
        ("by=team", "by"),
        ("by=stage&by=stage", "by"),
        ("stage=nowhere", "stage"),
        ("rating=5", "rating"),
        ("lang=ko", "lang"),
        ("period=2026-13", "period"),
    ],
)
async def test_a_bad_query_is_400_naming_the_parameter(site: Site, query: str, named: str) -> None:
    status, headers, body = await site.get(f"/v1/results?{query}")

    assert (status, headers["content-type"]) == (400, "application/problem+json")
    assert json.loads(body)["detail"].startswith(f"{named}: ")


async def test_the_api_refuses_who_has_no_key(site: Site) -> None:
    status, _, body = await site.get("/v1/results", headers={})

    assert status == 401
    assert "results:read" in json.loads(body)["detail"]


async def test_the_page_has_a_door_of_its_own(site: Site) -> None:
    assert (await site.get("/console", headers={}))[0] == 200
    assert (await site.get("/console", headers={"X-Forwarded-For": "203.0.113.9"}))[0] == 403


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("counts", ["some", "none"])
async def test_the_page_is_well_formed_and_carries_nothing_foreign(
    site: Site, language: str, counts: str
) -> None:
    if counts == "none":
        site.scores, site.funnel = (), ()

    status, headers, html = await site.get(f"/console?lang={language}")

    assert status == 200
    assert faults(html) == []
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert f'<html lang="{language}"' in html
    assert ("견본 데이터" if language == "ko" else "Sample data") in html


async def test_every_asset_of_the_page_is_served(site: Site) -> None:
    _, _, html = await site.get("/console")

    addresses = set(re.findall(r'<(?:link|script) [^>]*(?:href|src)="([^"]+)"', html))
    assert len(addresses) == 4
    for address in addresses:
        status, headers, _ = await site.get(address)
        assert (status, headers["x-content-type-options"]) == (200, "nosniff")


@pytest.mark.parametrize(
    ("path", "accept", "language"),
    [
        ("/console", "", "ko"),
        ("/console", "fr, en-GB;q=0.8, ko;q=0.5", "en"),
        ("/console", "ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("/console", "en;q=0, fr", "ko"),
        ("/console", "en;q=high", "ko"),
        ("/console?lang=en", "ko", "en"),
    ],
)
async def test_the_link_then_the_browser_then_the_program_choose_the_language(
    site: Site, path: str, accept: str, language: str
) -> None:
    _, headers, _ = await site.get(path, headers={"Accept-Language": accept})

    assert headers["content-language"] == language


@pytest.mark.parametrize("query", ["lang=fr", "theme=neon", "since=x", "channel=fax"])
async def test_a_bad_page_address_is_400(site: Site, query: str) -> None:
    assert (await site.get(f"/console?{query}"))[0] == 400


async def test_links_carry_the_other_choices_on(site: Site) -> None:
    _, _, html = await site.get("/console?since=30d&channel=slack&lang=en&theme=dark")

    assert 'href="/console?since=90d&amp;channel=slack&amp;lang=en&amp;theme=dark"' in html
    assert 'href="/console?since=30d&amp;lang=en&amp;theme=dark"' in html
    assert 'data-theme="dark"' in html


async def test_a_stage_that_nobody_was_asked_at_names_the_missing_event(site: Site) -> None:
    site.scores = tuple(s for s in SCORES if s.dimensions.stage != "retention")
    site.funnel = tuple(f for f in FUNNEL if f.dimensions.stage != "retention")

    _, _, html = await site.get("/console?lang=ko")

    assert "이 기간에 보낸 질문이 없습니다" in html
    assert "<code>support.solved</code>" in html


async def test_an_empty_map_shows_how_to_send_the_first_event(site: Site) -> None:
    site.scores, site.funnel = (), ()

    _, _, html = await site.get("/console?lang=en")

    assert "Waiting for the first event" in html
    assert re.search(r"curl http://127\.0\.0\.1:\d+/v1/events ", html)


@pytest.mark.parametrize(
    "chosen", ["period=2027-03", "channel=slack", "from=2026-01-01&to=2026-01-02"]
)
async def test_an_empty_period_of_a_company_does_not_ask_for_its_first_event(
    site: Site, chosen: str
) -> None:
    site.scores, site.funnel = (), ()

    _, _, html = await site.get(f"/console?lang=en&{chosen}")

    assert "Nothing asked in this period" in html
    assert "Waiting for the first event" not in html
    assert '<a class="button" href="/console">' in html


async def test_three_imported_answers_are_too_few_and_not_none(site: Site) -> None:
    (first, *_) = SCORES
    imported = replace(first.dimensions, wording="old-tool", trigger="import", survey="import")
    counts = (0,) * 10 + (3,)
    site.scores, site.funnel = (ScoreCount(dimensions=imported, counts=counts),), ()

    _, _, html = await site.get("/console?lang=en")

    assert "Too few answers to show" in html
    assert "Waiting for the first event" not in html


async def test_few_answers_show_no_score_and_middling_ones_are_marked(site: Site) -> None:
    _, _, html = await site.get("/console?lang=ko")
    cards = html.partition("<table>")[0].split('<li class="card">')[1:]

    assert "표본 부족" in cards[0]
    assert not re.search(r"\d+%", cards[0])
    assert "참고용" in cards[2]
    assert "참고용" not in cards[3]


async def test_names_from_the_program_are_escaped(site: Site) -> None:
    company = PROGRAM.company.model_copy(update={"name": {"ko": "<b>&'\"", "en": "x"}})
    site.program = PROGRAM.model_copy(update={"company": company})

    _, _, html = await site.get("/console?lang=ko")

    assert "<b>&'" not in html
    assert "&lt;b&gt;&amp;" in html


async def test_a_hidden_row_hides_the_total_that_would_give_it_away(site: Site) -> None:
    stages, points = await site.results(Query()), await site.results(Query(by="touchpoint"))
    words = Words(PROGRAM, "en")

    hidden = journey_map(words, stages, points, Beside()).totals
    site.funnel = FUNNEL[1:]
    whole = journey_map(words, await site.results(Query()), points, Beside()).totals

    assert (hidden.invited, hidden.answered) == ("1,222", "402 or more")
    assert (whole.invited, whole.answered) == ("1,210", "402")
    assert hidden.rate == whole.rate != "–"
    assert (hidden.note != "", whole.note) == (True, "")


async def test_what_is_summed_in_its_place_is_what_the_stages_show(site: Site) -> None:
    site.funnel = FUNNEL[:1]
    stages, points = await site.results(Query()), await site.results(Query(by="touchpoint"))
    nothing = journey_map(Words(PROGRAM, "en"), stages, points, Beside()).totals
    assert (nothing.answered, nothing.rate) == ("–", "–")
    assert nothing.note.startswith("What was answered is hidden")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Answers and their rate leave out Awareness CES: fewer than 5"),
        ("ko", "답변과 응답률은 인지 CES를 빼고 더했습니다. 그곳은 답변이 5개 미만"),
    ],
)
async def test_a_total_that_leaves_a_stage_out_says_which_and_why(
    site: Site, language: str, said: str
) -> None:
    _, _, with_few = await site.get(f"/console?lang={language}")
    site.funnel = FUNNEL[1:]
    _, _, without = await site.get(f"/console?lang={language}")

    assert (said in with_few, said in without) == (True, False)


async def test_the_curve_and_the_card_begin_with_the_same_measure_and_name_it(site: Site) -> None:
    points = await site.results(Query(by="touchpoint"))
    stages = await site.results(Query())
    (few,) = (row for row in stages.rows if row.stage == "purchase")
    more = replace(few, instrument="nps", series="nps", distribution=None, n=(few.n or 0) + 1)
    unseen = replace(more, instrument="ces2", series="ces2", score=None, n=(few.n or 0) + 9)

    drawn = journey_map(
        Words(PROGRAM, "en"), replace(stages, rows=(unseen, few, more)), points, Beside()
    )

    card = next(card for card in drawn.stages if card.place.id == "purchase")
    (mark,) = (point.mark for point in drawn.wide.points if point.mark.label == "Purchase")
    assert [each.short for each in card.figures] == ["NPS", "CES", "CSAT"]
    assert (mark.measure, mark.score, drawn.several) == ("NPS", card.figures[0].score, True)


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_each_point_of_the_curve_names_its_measure(site: Site, language: str) -> None:
    _, _, html = await site.get(f"/console?lang={language}")
    across, down = (part.partition("</svg>")[0] for part in html.split('<svg class="curve ')[1:])

    assert re.findall(r'class="kind"[^>]*>([^<]+)<', across) == ["CSAT", "CES", "NPS"]
    assert re.findall(r'class="kind"[^>]*>([^<]+)<', down) == ["CSAT", "CES", "NPS"]


@pytest.mark.parametrize(("status", "said"), [("alarm", "Low scores surged"), ("watching", "")])
def test_a_stage_where_low_scores_pile_up_is_marked_on_the_map(status: str, said: str) -> None:
    """Not only on the stage's own page, which nobody opens who sees nothing on the map."""
    stages, points = (
        result_table(Query(by=by), PROGRAM, SCORES, FUNNEL, NOW) for by in get_args(By)
    )
    (row, *_) = (row for row in stages.rows if row.stage == "purchase")
    none = dict.fromkeys(("baseline", "design", "delay", "level", "evidence"))
    watched = {"series": row.series, "status": status, "collected": 0, "needed": 100, **none}
    content = {
        "recipe": {"since": "2026-01-01", "until": "2026-11-01"},
        "series": [watched | {"alarms": []}],
    }
    surge = Analysis(kind="surge", key="purchase", as_of=NOW, content=content, state={})
    found = Beside(analyses={("surge", "purchase"): surge})

    cards = journey_map(Words(PROGRAM, "en"), stages, points, found).stages

    alarms = {card.place.id: card.alarm for card in cards}
    assert alarms.pop("purchase") == said
    assert set(alarms.values()) == {""}
