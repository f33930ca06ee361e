"""The pages of stages and touchpoints over real HTTP, over real answers and analyses."""

import csv
import io
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from functools import partial
from html import unescape
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from bot.analyses.analyst import analyse
from bot.console.browsing import Admit
from bot.http_errors import HttpProblem
from surveys.results import Query, run
from surveys.results.display import score_text
from surveys.service import narrowing
from tests.integration.test_console import faults
from tests.town import BAD_WORDS, NOW, REGION, console, filled, town_world
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

OCTOBER = "period=2026-10&lang=en"
Get = Callable[..., Awaitable[tuple[int, str]]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town() -> World:
    return await filled(town_world())


@pytest_asyncio.fixture(loop_scope="module")
async def get(town: World) -> AsyncIterator[Get]:
    async with console(town) as url, aiohttp.ClientSession(url) as session:

        async def page(path: str, **more: Any) -> tuple[int, str]:
            async with session.get(path, **more) as response:
                return response.status, await response.text()

        yield page


async def at(world: World, path: str, admit: Admit | None = None) -> str:
    """Return a page of a console of its own."""
    async with (
        console(world, admit=admit) as url,
        aiohttp.ClientSession(url) as session,
        session.get(path) as response,
    ):
        return await response.text()


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", html.partition("<main")[2])))


@pytest.mark.parametrize("place", ["stages/purchase", "touchpoints/delivery", "stages/awareness"])
@pytest.mark.parametrize("language", ["ko", "en"])
async def test_a_page_is_well_formed_and_carries_nothing_foreign(
    get: Get, place: str, language: str
) -> None:
    status, html = await get(f"/console/{place}?lang={language}&period=2026-10")

    assert status == 200
    assert faults(html) == []


async def test_the_score_is_shown_with_all_that_it_needs(get: Get) -> None:
    _, body = await get("/v1/results?by=touchpoint&touchpoint=delivery&period=2026-10")
    (row,) = json.loads(body)["rows"]
    _, html = await get(f"/console/touchpoints/delivery?{OCTOBER}")
    said = text_of(html)

    assert f'<p class="score">{round(row["score"])}%</p>' in html
    for shown in (
        f"95% interval {round(row['ci_low'])} – {round(row['ci_high'])}% Wilson interval",
        f"Customers {row['n']}",
        f"Response rate {round(100 * row['response_rate'])}%",
        "Channel mix Telegram",
        "2026-10-01 – 2026-10-31",
        "against 2026-09",
    ):
        assert shown in said


async def test_a_figure_from_a_job_says_when_it_was_worked_out(get: Get) -> None:
    _, html = await get(f"/console/stages/purchase?{OCTOBER}")

    panels = re.split(r'<div class="card panel', html)
    jobs = ["Trend", "Reasons", "Watch for surges", "Score and coming back", "The same people"]
    jobs += ["On to the next stage", "Back to the same stage", "What goes along", "Importance and"]
    for title in jobs:
        (panel,) = [panel for panel in panels if re.search(rf"<h3>\s*{title}", panel)]
        assert "Worked out as of 2026-11-22 12:00" in panel, title


async def test_what_was_never_analysed_says_how_to_analyse_it() -> None:
    html = await at(town_world(), "/console/stages/purchase?lang=ko")

    assert (
        html.count("아직 계산하지 않았습니다. 다음 명령으로 계산합니다: <code>aftertouch analyse")
        == 9
    )


async def test_a_change_of_the_program_is_marked_on_the_trend(get: Get) -> None:
    _, html = await get("/console/touchpoints/delivery?lang=en")

    assert '<line class="change"' in html
    assert "▲1 2026-10-10 12:00 Share asked: checkout, delivery" in text_of(html)


async def test_a_verdict_is_told_only_where_the_query_layer_gives_one(get: Get) -> None:
    _, closed = await get(f"/console/touchpoints/delivery?{OCTOBER}")
    _, live = await get("/console/touchpoints/delivery?since=30d&lang=en")

    assert "▼" in text_of(closed).partition("Channel mix")[0]
    assert "worse" in closed
    told = text_of(live).partition("Channel mix")[0]
    assert "against 2026-09" in told
    assert not re.search("[▲▼]|worse|better", told)


async def test_a_rating_takes_score_interval_and_trend_away(get: Get) -> None:
    _, html = await get(f"/console/touchpoints/delivery?{OCTOBER}&rating=low")

    assert "A rating filter is on" in html
    assert '<svg class="trend"' not in html
    assert not re.search(r'<p class="score">\d', html)
    assert set(re.findall(r'<li class="card (\w+)">', html)) == {"low"}


async def test_a_split_links_to_each_of_its_values(get: Get) -> None:
    _, html = await get(f"/console/stages/purchase?{OCTOBER}&split=segment.region")

    values = re.findall(r'href="([^"]*segment\.region=(\w+))">(\w+)</a>', html)
    assert {value for _, value, _ in values} == {"seoul", "busan"}
    status, narrowed = await get(unescape(values[0][0]))
    assert status == 200
    assert "Region: <b>" in narrowed


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_the_matrix_shows_each_stage_in_each_channel_as_its_filter_does(
    get: Get, town: World, language: str
) -> None:
    _, journey = await get(f"/console?period=2026-10&lang={language}")
    link = unescape(re.findall(r'href="(/console/channels[^"]*)"', journey)[0])

    status, html = await get(link)

    assert (status, faults(html)) == (200, [])
    table = re.findall(r'<table class="matrix[^"]*">.*?</table>', html, re.DOTALL)[0]
    rows = [text_of(f"<main>{row}") for row in re.findall(r"<tr.*?</tr>", table, re.DOTALL)]
    names = {"ko": ("텔레그램", "웹 채팅"), "en": ("Telegram", "Web chat")}[language]
    told = dict(zip(names, ("telegram", "webchat"), strict=True))
    assert [next((n for n in told if n in row), "") for row in rows] == ["", "", *told]
    for row, channel in zip(rows[2:], told.values(), strict=True):
        query = Query(period="2026-10", channel=channel)
        found = await town.storage.read(partial(run, program=town.program, query=query, now=NOW))
        scores = [f" {score_text(each)} : " for each in found.rows if each.score]
        assert len(scores) > 1
        assert all(score in row for score in scores)


async def test_customers_words_are_text_and_only_for_who_may_read_answers(town: World) -> None:
    async def admit(_: Any, scope: str) -> None:
        if scope == "answers:read":
            raise HttpProblem(403, "Forbidden", "the key lacks the scope answers:read")

    path = f"/console/touchpoints/delivery?{OCTOBER}"
    read, closed = await at(town, path), await at(town, path, admit=admit)

    assert BAD_WORDS not in read
    assert BAD_WORDS in unescape(read)
    assert "사흘" not in closed
    assert "<code>answers:read</code>" in closed


async def test_words_are_narrowed_by_the_pages_filters_and_by_a_theme(get: Get) -> None:
    _, late = await get(f"/console/touchpoints/delivery?{OCTOBER}&about=delivery-delay")
    _, slack = await get(f"/console/touchpoints/delivery?{OCTOBER}&channel=slack")

    assert set(re.findall(r'<li class="card (\w+)">', late)) == {"low"}
    assert "Nobody wrote anything that fits these filters" in slack


async def test_what_is_shown_can_be_had_as_csv(get: Get) -> None:
    _, html = await get(f"/console/touchpoints/delivery?{OCTOBER}&channel=telegram&rating=low")
    (address,) = re.findall(r'<a class="button" href="([^"]+)"', html)
    _, body = await get(
        "/v1/results?by=touchpoint&touchpoint=delivery&period=2026-10&channel=telegram"
    )

    status, text = await get(unescape(address))

    (wanted,) = json.loads(body)["rows"]
    (line,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert status == 200
    assert text.startswith("\ufeff")
    assert (line["touchpoint"], int(line["n"])) == ("delivery", wanted["n"])
    assert float(line["score"]) == wanted["score"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/console/stages/nowhere", 404),
        ("/console/touchpoints/nowhere", 404),
        ("/console/stages/purchase?stage=purchase", 400),
        ("/console/stages/purchase?touchpoint=nowhere", 400),
        ("/console/stages/purchase?rating=11", 400),
        ("/console/stages/purchase?grain=days", 400),
        ("/console/stages/purchase?split=series", 400),
        ("/console/results.csv?since=x", 400),
    ],
)
async def test_an_address_that_is_wrong_is_refused(get: Get, path: str, status: int) -> None:
    assert (await get(path))[0] == status


MISTYPED = (
    ("/console?period=2026-13", 400, "period): ‘2026-13’", "2026-Q4 같은 분기"),
    (
        "/console?period=2026-13&lang=en",
        400,
        "(period): nothing can be shown for “2026-13”",
        "a month",
    ),
    ("/console?lang=xx&theme=pink", 400, "lang: ‘xx’", "쓸 수 있는 값: ko, en"),
    (
        "/console?channel=fax&lang=en",
        400,
        "Channel (channel)",
        "It may be: import, slack, telegram",
    ),
    ("/console?since=5d&since=6d&lang=en", 400, "since: can be given only once.", ""),
    ("/console?colour=red&lang=en", 400, "colour: this page knows no such parameter.", ""),
    ("/console?since=5d&period=2026-10&lang=en", 400, "one period only", ""),
    ("/console?from=2026-10-01", 400, "from과 to는 함께 써야 합니다.", ""),
    ("/console/stages/nowhere?lang=en", 404, "“nowhere”: neither the program", ""),
    ("/console/touchpoints/nowhere", 404, "‘nowhere’: 프로그램에도", ""),
)
TITLES = {
    (400, True): "This address cannot be read",
    (400, False): "읽을 수 없는 주소입니다",
    (404, True): "There is no such page",
    (404, False): "없는 페이지입니다",
    (403, True): "You may not see this",
    (403, False): "권한이 더 필요합니다",
}


async def test_a_mistyped_address_is_told_to_people_on_a_page_that_leads_back(get: Get) -> None:
    for path, status, said, hint in MISTYPED:
        found, html = await get(path, headers={"Accept": "text/html,*/*;q=0.8"})

        assert (found, faults(html)) == (status, []), path
        assert f"<h2>{TITLES[status, 'lang=en' in path]}</h2>" in html
        assert re.search(r'<a class="button" href="/console(\?lang=en)?">', html)
        assert said in text_of(html), path
        assert hint in text_of(html), path
        plain = json.loads((await get(path))[1])
        assert plain["status"] == status
        assert plain["detail"] not in text_of(html)


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_who_lacks_a_right_is_told_so_on_a_page(town: World, language: str) -> None:
    async def admit(_: Any, __: str) -> None:
        raise HttpProblem(403, "Forbidden", "this needs the role operator")

    async with (
        console(town, admit=admit) as url,
        aiohttp.ClientSession(url) as session,
        session.get(f"/console?lang={language}", headers={"Accept": "text/html"}) as response,
    ):
        html = await response.text()
        assert (response.status, faults(html)) == (403, [])
        assert f"<h2>{TITLES[403, language == 'en']}</h2>" in html


async def test_who_is_not_let_in_is_told_nothing_of_the_company(town: World) -> None:
    async def admit(_: Any, __: str) -> None:
        raise HttpProblem(401, "Unauthorized", "send a key")

    async with (
        console(town, admit=admit) as url,
        aiohttp.ClientSession(url) as session,
        session.get("/console", headers={"Accept": "text/html"}, allow_redirects=False) as response,
    ):
        assert (response.status, await response.text()) == (303, "")
        assert response.headers["Location"] == "/console/login?next=%2Fconsole"


async def test_a_touchpoint_says_which_of_its_panels_tell_of_the_whole_stage(get: Get) -> None:
    _, touchpoint = await get(f"/console/touchpoints/delivery?{OCTOBER}")
    _, stage = await get(f"/console/stages/purchase?{OCTOBER}")

    titles = re.findall(r"<h3>([^<]*) <small>whole stage: Purchase</small></h3>", touchpoint)
    assert titles == [
        "Watch for surges",
        "Score and coming back",
        "The same people, stage to stage",
        "On to the next stage",
        "Back to the same stage",
    ]
    assert "whole stage" not in stage


async def test_reasons_say_beside_their_title_of_which_days_they_are(get: Get) -> None:
    _, html = await get(f"/console/touchpoints/delivery?{OCTOBER}")

    assert "Reasons 2025-11-22 – 2026-11-22 n " in text_of(html)


@pytest.mark.parametrize(("language", "word"), [("en", "worse"), ("ko", "나빠짐")])
async def test_the_map_shows_what_changed_at_each_touchpoint(
    get: Get, language: str, word: str
) -> None:
    path = f"?period=2026-10&compare=previous&lang={language}"
    _, own = await get(f"/console/touchpoints/delivery{path}")
    (change,) = re.findall(r'<p class="change worse">\s*(<b>.*?</b> <b class="word">.*?</b>)', own)
    _, html = await get(f"/console{path}")

    (line,) = re.findall(
        r'<li class="firm">(?:(?!</li>).)*touchpoints/delivery.*?</li>', html, re.DOTALL
    )
    assert word in change
    assert change in line


async def test_a_form_leads_to_a_short_address(town: World) -> None:
    path = "/console/stages/purchase?since=30d&when=2026-10&channel=&compare=others&lang=en"
    async with (
        console(town) as url,
        aiohttp.ClientSession(url) as session,
        session.get(path, allow_redirects=False) as response,
    ):
        led = response.headers["location"]

    assert led == "/console/stages/purchase?period=2026-10&compare=others&lang=en"


async def test_analyses_of_a_filtered_page_carry_its_filter_or_say_that_they_do_not(
    town: World,
) -> None:
    """Customers of Busan are every third; what is said of them is counted over their own answers."""
    where = (("segment.region", "busan"),)
    path = "/console/stages/purchase?lang=en&segment.region=busan"
    before = await at(town, path)
    await town.write(lambda tx: narrowing.order(tx, town.ctx, where, "staff:mina"))
    waiting = await at(town, path)
    await analyse(town.storage, town.ctx, (), wanted=(where,))
    after = await at(town, path)

    ours = ["Reasons", "What goes along", "Importance and", "The same people", "Trend"]
    ours += ["Score and coming back"]
    others = ["Watch for surges", "On to the next stage", "Back to the same stage"]
    for html, own in ((before, others + ours), (waiting, others + ours), (after, others)):
        panels = re.split(r'<div class="card panel', html)
        for title in (*others, *ours):
            (panel,) = [panel for panel in panels if re.search(rf"<h3>\s*{title}", panel)]
            assert ("of all answers, whatever the filters" in panel) is (title in own), title
        themes = html.partition('id="themes-title"')[2].partition("</section>")[0]
        assert "of all answers" not in themes
        assert '<th scope="row">' in themes
    assert "Being worked out" not in before
    assert "Being worked out" in waiting
    assert "as of 2026-11-22 12:00; they are worked out again" in after
    assert f"<small>n {await busan(town)}</small>" in after
    assert faults(after) == []


@pytest.mark.parametrize(
    ("source", "told", "is_of_all"),
    [
        ("data.region", "customers whose first event at the stage had their values", False),
        ("customer.region", "events do not hold these filters’ values", True),
    ],
)
async def test_who_went_on_follows_only_what_events_hold_and_else_says_why(
    town: World, source: str, told: str, *, is_of_all: bool
) -> None:
    region = REGION.model_copy(update={"source": source})
    program = town.program.model_copy(update={"segments": (region,)})
    here = World(town.storage, program)
    here.clock.at = NOW
    where = (("segment.region", "seoul"),)
    await here.write(lambda tx: narrowing.order(tx, here.ctx, where, "staff:mina"))
    await analyse(here.storage, here.ctx, (), wanted=(where,))

    for page in ("/console", "/console/stages/purchase"):
        html = await at(here, f"{page}?lang=en&segment.region=seoul")
        for title in ("On to the next stage", "Back to the same stage"):
            (panel,) = (p for p in html.split('<div class="card panel') if f">{title}<" in p)
            assert told in unescape(panel), panel
            assert ("of all answers, whatever the filters" in panel) is is_of_all, panel


async def busan(town: World) -> int:
    """Count who of Busan answered at the stage, from the answers themselves."""
    days = (NOW.date() - timedelta(days=365), NOW.date())
    rows = await town.storage.read(lambda tx: tx.reports.answer_rows(*days, None, 9999))
    return len(
        {
            row.subject_id
            for row in rows
            if row.dimensions.stage == "purchase" and row.segments["region"] == "busan"
        }
    )


async def test_a_page_under_too_many_filters_says_how_many_analyses_carry(get: Get) -> None:
    _, html = await get(
        "/console/stages/purchase?lang=en&segment.region=busan&channel=telegram&language=ko"
    )

    assert "Analyses carry two filters at most." in text_of(html)
    assert "Work this out" not in html
