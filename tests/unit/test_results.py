"""Result tables: what a row says, what is hidden, and how a query is read."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.errors import InvalidInput
from surveys.model import CountRule
from surveys.results import (
    Query,
    ResultTable,
    Row,
    Window,
    parse_period,
    parse_query,
    result_table,
)
from tests.journeys import FUNNEL, NOW, PROGRAM, SCORES, cohort, scored, tags


def table(query: Query | None = None) -> ResultTable:
    return result_table(query or Query(), PROGRAM, SCORES, FUNNEL, NOW)


def row(stage: str, query: Query | None = None) -> Row:
    (only,) = [row for row in table(query).rows if row.stage == stage]
    return only


def test_a_stage_row_says_everything() -> None:
    got = row("advocacy").to_json()

    assert got == {
        "stage": "advocacy",
        "touchpoint": None,
        "instrument": "nps",
        "series": "nps:0-10:up:std1",
        "wording": "std1",
        "wordings_differ": False,
        "n": 120,
        "score": pytest.approx(100 * (67 - 13) / 120),
        "ci_low": pytest.approx(31.79, abs=0.01),
        "ci_high": pytest.approx(56.02, abs=0.01),
        "ci_method": "adjusted_wald_3",
        "mean": None,
        "mean_ci_low": None,
        "mean_ci_high": None,
        "mean_ci_method": None,
        "customers": None,
        "invited": 420,
        "delivered": 410,
        "started": 0,
        "answered": 120,
        "completed": 0,
        "response_rate": pytest.approx(120 / 410),
        "distribution": [
            {"score": score, "count": count}
            for score, count in enumerate((2, 0, 1, 0, 1, 4, 5, 18, 22, 30, 37))
        ],
        "suppressed": False,
        "indicative": False,
        "imprecise": False,
        "change": None,
        "spark": [],
        "pain": None,
        "channel_mix": {"webchat": 1.0},
        "bounds": {
            "low": pytest.approx(120 / 410 * 45 - 100 * 290 / 410),
            "high": pytest.approx(120 / 410 * 45 + 100 * 290 / 410),
        },
        "weighted": None,
        "recipe": {
            "filters": {"stage": "advocacy"},
            "since": "2026-08-24",
            "until": "2026-11-21",
            "rule": "newest",
            "period": None,
            "series": "nps:0-10:up:std1",
            "program": PROGRAM.version,
            "changes": [],
            "hash": "f7c45677b5bc5b2058008f03c0aebf921a6ad3188a185cbda023f95805fd41fd",
        },
        "labels": {
            "stage": {"ko": "옹호", "en": "Advocacy"},
            "touchpoint": None,
            "instrument": {"ko": "순추천지수 NPS", "en": "Net Promoter Score (NPS)"},
        },
    }


def test_csat_and_ces_show_the_high_band_in_percent_with_the_mean_beside() -> None:
    purchase, retention = row("purchase"), row("retention")

    assert (purchase.n, purchase.score and purchase.score.value) == (270, 100 * 203 / 270)
    assert purchase.mean
    assert purchase.mean.value == pytest.approx((14 * 1 + 16 * 2 + 37 * 3 + 110 * 4 + 93 * 5) / 270)
    assert (retention.n, retention.score and retention.score.value) == (12, 50)
    assert retention.mean
    assert retention.mean.method == "uniform_3"
    assert retention.indicative


@pytest.mark.parametrize(("each", "imprecise"), [(16, True), (40, False)])
def test_a_net_promoter_score_that_may_be_twenty_points_off_says_so(
    each: int, imprecise: bool
) -> None:
    spread = (0,) * 6 + (each, 0, each // 2, 0, each)
    scores = (scored(tags("loyalty"), 0, *spread),)

    rows = result_table(Query(), PROGRAM, scores, (), NOW).rows
    (told,) = (row for row in rows if row.stage == "advocacy")

    assert told.score
    assert (told.score.half_width > 20, told.imprecise) == (imprecise, imprecise)


def test_fewer_than_five_customers_show_nothing_of_their_answers() -> None:
    got = row("awareness").to_json()

    hidden = {name for name, value in got.items() if value is None}
    assert hidden == {
        "touchpoint", "n", "score", "ci_low", "ci_high", "ci_method", "mean", "mean_ci_low",
        "mean_ci_high", "mean_ci_method", "distribution", "answered", "response_rate", "customers",
        "change", "pain", "bounds", "weighted",
    }  # fmt: skip
    assert (got["suppressed"], got["invited"], got["delivered"]) == (True, 12, 11)
    assert (got["recipe"]["hash"], got["channel_mix"]) == (None, {})


@given(
    counts=st.lists(st.integers(0, 3), min_size=5, max_size=5),
    answered=st.integers(0, 8),
    delivered=st.integers(0, 20),
)
def test_small_numbers_never_appear(counts: list[int], answered: int, delivered: int) -> None:
    scores = (scored(tags("checkout"), 1, *counts),)
    funnel = (cohort(tags("checkout"), delivered, delivered, answered),)

    got = next(
        row
        for row in result_table(Query(), PROGRAM, scores, funnel, NOW).rows
        if row.stage == "purchase"
    )

    assert got.suppressed == (sum(counts) < 5)
    assert [got.score, got.mean, got.distribution].count(None) in (0, 3)
    assert got.n is None or got.n >= 5
    assert got.answered in (None, 0) or got.answered >= 5
    assert (got.response_rate is None) == (got.answered is None or delivered == 0)


def test_stages_come_in_journey_order_and_without_data_too() -> None:
    empty = result_table(Query(), PROGRAM, (), (), NOW)

    assert [r.stage for r in empty.rows] == ["awareness", "purchase", "retention", "advocacy"]
    assert {(r.n, r.answered, r.response_rate, r.suppressed) for r in empty.rows} == {
        (None, 0, None, True)
    }


def test_touchpoints_break_the_stage_down_and_add_up() -> None:
    points = table(Query(by="touchpoint")).rows

    assert [r.touchpoint for r in points] == [
        "signup",
        "checkout",
        "delivery",
        "support",
        "loyalty",
    ]
    assert sum(r.n or 0 for r in points if r.stage == "purchase") == row("purchase").n


def test_a_new_wording_is_a_row_of_its_own() -> None:
    scores = (*SCORES, scored(tags("checkout", wording="short"), 1, 0, 0, 1, 4, 5))

    got = [
        (r.series, r.n)
        for r in result_table(Query(stage="purchase"), PROGRAM, scores, FUNNEL, NOW).rows
    ]

    assert got == [("csat:1-5:up:short", 10), ("csat:1-5:up:std1", 270)]


def test_a_filter_narrows_scores_and_cohort_alike() -> None:
    got = row("purchase", Query(channel="telegram"))

    assert (got.n, got.invited, got.delivered, got.answered) == (50, 150, 148, 50)


def test_what_left_the_program_is_shown_last_under_its_id() -> None:
    program = PROGRAM.model_copy(
        update={
            "stages": PROGRAM.stages[1:],
            "touchpoints": PROGRAM.touchpoints[1:],
            "triggers": PROGRAM.triggers[1:],
        }
    )

    rows = result_table(Query(by="touchpoint"), program, SCORES, FUNNEL, NOW).rows

    assert rows[-1].stage == "awareness"
    assert rows[-1].labels.stage == {"ko": "awareness", "en": "awareness"}
    assert rows[-1].labels.touchpoint == {"ko": "signup", "en": "signup"}


def test_the_table_says_how_it_was_made() -> None:
    got = table(Query(since_days=30, channel="webchat")).to_json()
    del got["rows"], got["recipe"], got["funnel"]

    assert got.pop("recoveries") == []
    assert got == {
        "since": "2026-10-23",
        "until": "2026-11-21",
        "by": "stage",
        "rule": "newest",
        "period": None,
        "zone": "Asia/Seoul",
        "as_of": "2026-11-20T16:30:00+00:00",
        "filters": {"channel": "webchat"},
        "totals": {
            "invited": 1072,
            "delivered": 1040,
            "started": 0,
            "answered": None,
            "completed": 0,
            "response_rate": None,
        },
        "compared": None,
        "family": [],
    }


def test_a_live_window_is_whole_days_ending_today() -> None:
    window = Query(since_days=1).window(date(2026, 3, 1))

    assert (window.rule, window.since, window.until) == (
        CountRule.NEWEST,
        date(2026, 3, 1),
        date(2026, 3, 1),
    )


@pytest.mark.parametrize(
    ("text", "rule", "since", "until"),
    [
        ("2028-02", CountRule.MONTH, date(2028, 2, 1), date(2028, 2, 29)),
        ("2026-Q4", CountRule.QUARTER, date(2026, 10, 1), date(2026, 12, 31)),
        ("2026-Q1", CountRule.QUARTER, date(2026, 1, 1), date(2026, 3, 31)),
    ],
)
def test_a_period_has_its_own_rule(text: str, rule: CountRule, since: date, until: date) -> None:
    got = parse_period(text)

    assert (got.rule, got.since, got.until, got.period) == (rule, since, until, text)


def test_a_query_is_read_from_parameters() -> None:
    assert parse_query({}) == Query(by="stage", since_days=90)
    assert parse_query({"by": "touchpoint", "since": "7d", "channel": "slack"}) == Query(
        by="touchpoint", since_days=7, channel="slack"
    )
    assert parse_query({"period": "2026-Q3"}).window(NOW.date()).rule is CountRule.QUARTER
    assert parse_query(
        {"survey": "a", "handler": "kim", "segment.tier": "gold", "segment.area": "서울"}
    ).filters == {"survey": "a", "handler": "kim", "segment.area": "서울", "segment.tier": "gold"}
    assert parse_query({"from": "2026-08-01", "to": "2026-08-31"}).window(NOW.date()) == Window(
        rule=CountRule.ALL, since=date(2026, 8, 1), until=date(2026, 8, 31)
    )


def test_the_days_before_a_live_window_count_every_answer() -> None:
    live = parse_query({"compare": "previous"}).compared(NOW.date())
    month = parse_query({"period": "2026-10", "compare": "previous"}).compared(NOW.date())

    assert live is not None
    assert month is not None
    assert (live.rule, month.rule) == (CountRule.ALL, CountRule.MONTH)


@pytest.mark.parametrize(
    ("parameters", "other"),
    [
        ({}, None),
        ({"compare": "others"}, None),
        ({"since": "30d", "compare": "previous"}, "2026-09-22..2026-10-21"),
        ({"period": "2026-01", "compare": "previous"}, "2025-12"),
        ({"period": "2026-Q1", "compare": "previous"}, "2025-Q4"),
        ({"period": "2026-Q1", "compare": "2025-Q1"}, "2025-Q1"),
        (
            {"from": "2026-08-01", "to": "2026-08-31", "compare": "previous"},
            "2026-07-01..2026-07-31",
        ),
        ({"compare": "2026-01-01..2026-01-02"}, "2026-01-01..2026-01-02"),
    ],
)
def test_a_window_is_compared_with_another(parameters: dict[str, str], other: str | None) -> None:
    window = parse_query(parameters).compared(NOW.date())

    assert (window and window.name) == other


@pytest.mark.parametrize(
    ("parameters", "where"),
    [
        ({"since": value}, "since")
        for value in ("", "90", "0d", "-1d", "9999d", "1.5d", "\uff190d", "90d\n", "all")
    ]
    + [({"period": value}, "period") for value in ("2026", "2026-13", "2026-Q5", "0000-01", "")]
    + [
        ({"by": "channel"}, "by"),
        ({"channel": "fax"}, "channel"),
        ({"instrument": "ces1"}, "instrument"),
        ({"language": "fr"}, "language"),
        ({"rating": "5"}, "rating"),
        ({"segment.A": "x"}, "segment.A"),
        ({"segment.tier": ""}, "segment.tier"),
        ({"handler": "x" * 129}, "handler"),
        ({"weights": "age"}, "weights"),
        ({"from": "2026-11-01"}, "to"),
        ({"to": "2026-11-01"}, "from"),
        ({"from": "2026-11-31", "to": "2026-12-01"}, "from"),
        ({"from": "2026-11-02", "to": "2026-11-01"}, "to"),
        ({"from": "2016-11-02", "to": "2026-12-01"}, "to"),
        ({"from": "2026-11-02", "to": "20261103"}, "to"),
        ({"period": "2026-11", "from": "2026-11-02", "to": "2026-11-03"}, "from"),
        ({"compare": "next"}, "compare"),
        ({"compare": "2026-11-02..2026-11-01"}, "compare"),
        ({"since": "90d", "period": "2026-11"}, "period"),
    ],
)
def test_a_bad_parameter_is_named(parameters: dict[str, str], where: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_query(parameters)

    assert caught.value.where == where


@pytest.mark.parametrize("name", ["stage", "touchpoint", "trigger"])
def test_an_id_that_nobody_knows_is_named(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        table(parse_query({name: "nowhere"}))

    assert caught.value.where == name


def test_today_is_the_companys_day() -> None:
    late = datetime(2026, 12, 31, 15, 0, tzinfo=UTC)

    assert result_table(Query(), PROGRAM, (), (), late).window.until == date(2027, 1, 1)
