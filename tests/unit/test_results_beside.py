"""What stands beside a row's score: reasons, weeks, bounds, and shares of customers who answered often."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

import pytest

from surveys.model import Dimensions, Side
from surveys.program import Program
from surveys.reports import Cluster, Repeated
from surveys.results import Query, ResultTable, Row, WeekPoint, parse_period, parse_query
from surveys.results import display as shown
from surveys.results.build import table_of
from surveys.results.counted import Counted, Part, People, parts_of
from surveys.results.reading import Material
from surveys.results.weeks import Weeks, mondays
from surveys.themes.tags import ThemeCount
from tests.journeys import FUNNEL, NOW, PROGRAM, SCORES, cohort, scored, tags
from tests.naming import each_another
from tests.programs import standard

CHECKOUT = tags("checkout")
TODAY = NOW.astimezone(ZoneInfo(PROGRAM.company.zone)).date()


def named(theme: str, *counts: int, at: Dimensions = CHECKOUT) -> ThemeCount:
    """Return how many answers of 1, 2, ... named a theme."""
    return ThemeCount(dimensions=at, theme=theme, counts=(0, *counts, *[0] * (10 - len(counts))))


def purchase(themes: tuple[ThemeCount, ...], program: Program = PROGRAM) -> Row:
    query = Query(by="touchpoint")
    counted = Counted(window=query.window(NOW.date()), parts=parts_of(SCORES, FUNNEL))
    table = table_of(query, program, Material(counted=counted, themes=each_another(themes)), NOW)
    return next(row for row in table.rows if row.touchpoint == "checkout")


def test_the_top_trouble_is_what_most_of_the_low_band_named() -> None:
    got = purchase((named("price", 3, 3, 0, 20), named("delay", 2, 5), named("wrong", 0, 2)))

    assert got.pain is not None
    assert got.pain.to_json() == {
        "id": "delay",
        "label": {"ko": "delay", "en": "delay"},
        "count": 7,
    }


@pytest.mark.parametrize(
    "themes",
    [(), (named("price", 4, 0), named("delay", 0, 4)), (named("price", 9, at=tags("delivery")),)],
)
def test_a_trouble_of_fewer_than_five_is_none(themes: tuple[ThemeCount, ...]) -> None:
    assert purchase(themes).pain is None


def test_a_hidden_row_has_no_trouble_either() -> None:
    query = Query(stage="awareness")
    counted = Counted(window=query.window(NOW.date()), parts=parts_of(SCORES, FUNNEL))
    themes = (named("price", 9, 9, at=tags("signup")), named("price", 9, 9))

    (row,) = table_of(
        query, PROGRAM, Material(counted=counted, themes=each_another(themes)), NOW
    ).rows

    assert row.suppressed
    assert row.pain is None


def test_a_trouble_is_called_as_the_reason_that_was_tapped() -> None:
    counted = Counted(
        window=Query().window(NOW.date()), parts=parts_of((scored(CHECKOUT, 1, 9, 9, 9),), ())
    )
    themes = (named("too-much", 9), named("nobody-knows", 8))
    own = table_of(Query(), standard(), Material(counted=counted, themes=each_another(themes)), NOW)
    bare = table_of(
        Query(), standard(), Material(counted=counted, themes=each_another(themes[1:])), NOW
    )

    labels = [next(row.pain.label for row in table.rows if row.pain)["en"] for table in (own, bare)]

    assert labels == ["Too much to fill in", "nobody-knows"]


@pytest.mark.parametrize(
    ("touchpoint", "reason", "said"),
    [
        ("checkout", "methods", "Missing payment method"),
        ("cart", "search", "Couldn't find what I wanted"),
        ("delivery", "notice", "Not kept informed"),
        ("subscription", "delivery", "Delivery schedule"),
        ("support", "speed", "Speed of the reply"),
        ("signup", "methods", "Missing payment method"),
    ],
)
@pytest.mark.parametrize("by", ["stage", "touchpoint"])
def test_a_trouble_is_called_as_those_who_were_unhappy_there_read_it(
    by: Literal["stage", "touchpoint"], touchpoint: str, reason: str, said: str
) -> None:
    """The same id is a merit below a high score, and something else in another survey."""
    stage = standard().touchpoint(touchpoint).stage
    query, here = Query(by=by), replace(CHECKOUT, stage=stage, touchpoint=touchpoint)
    counted = Counted(
        window=query.window(NOW.date()), parts=parts_of((scored(here, 1, 9, 9, 9),), ())
    )
    themes = each_another((named(reason, 9, at=here),))

    table = table_of(query, standard(), Material(counted=counted, themes=themes), NOW)

    assert [row.pain.label["en"] for row in table.rows if row.pain] == [said]


def weekly(*counts: tuple[str, str, int], repeated: Iterable[Repeated] = ()) -> ResultTable:
    """Return the table of so many best scores in a week from a trigger, of which some customers gave several."""
    parts: dict[Dimensions, tuple[Part, ...]] = {}
    for week, trigger, n in counts:
        part = Part(tags(trigger), (week,), scored(tags(trigger), 5, n).counts)
        parts[part.dimensions] = (*parts.get(part.dimensions, ()), part)
    weeks = Weeks.of(parts, repeated)
    counted = Counted(window=Query().window(TODAY), parts=parts_of(SCORES, FUNNEL))
    query = Query(by="touchpoint", stage="purchase")
    return table_of(query, PROGRAM, Material(counted=counted, weeks=weeks), NOW)


def test_twelve_mondays_end_with_this_weeks() -> None:
    got = mondays(date(2026, 11, 22))

    assert (got[0], got[-1], len(got)) == (date(2026, 8, 31), date(2026, 11, 16), 12)
    assert mondays(date(2026, 11, 16))[-1] == date(2026, 11, 16)


@pytest.mark.parametrize(
    ("period", "last"),
    [
        ("2026-09", "2026-09-27"),
        ("2026-05", "2026-05-31"),
        ("2026-Q2", "2026-06-28"),
        ("2026-11", "2026-11-22"),
        ("2027-01", "2026-11-22"),
    ],
    ids=["ends on a Wednesday", "ends on a Sunday", "a quarter", "still running", "to come"],
)
def test_of_days_that_are_over_the_last_week_is_whole(period: str, last: str) -> None:
    assert parse_period(period).weeks_until(date(2026, 11, 22)) == date.fromisoformat(last)


def test_of_days_until_today_the_last_week_is_this_one() -> None:
    assert Query().window(TODAY).weeks_until(TODAY) == TODAY


def test_weeks_of_touchpoints_hide_each_other() -> None:
    weeks = [
        (week, trigger, n)
        for week, (checkout, delivery) in {
            "2026-10-26": (30, 40),
            "2026-11-02": (3, 40),
            "2026-11-09": (30, 40),
        }.items()
        for trigger, n in (("checkout", checkout), ("delivery", delivery))
    ]

    checkout, delivery = weekly(*weeks).rows

    assert [point.n for point in checkout.spark[-4:-1]] == [None, None, 30]
    assert [point.n for point in delivery.spark[-4:-1]] == [None, None, 40]
    assert checkout.spark[-2].value == 100


def test_a_week_of_which_one_customer_gave_most_answers_is_hidden() -> None:
    week = "2026-11-09"
    counts = ((week, "checkout", 8), (week, "delivery", 40))
    often = Repeated(tags("checkout"), date.fromisoformat(week), "ann", 5)
    one_less = Repeated(tags("checkout"), date.fromisoformat(week), "ann", 4)

    checkout, delivery = weekly(*counts, repeated=[often]).rows
    assert checkout.spark[-2].n is None
    assert delivery.spark[-2].n is None, "beside the stage's it would tell"

    checkout, delivery = weekly(*counts, repeated=[one_less]).rows
    assert (checkout.spark[-2].n, delivery.spark[-2].n) == (8, 40)


def test_a_sparkline_keeps_the_whole_scale() -> None:
    def point(value: float | None) -> WeekPoint:
        return WeekPoint(week=date(2026, 11, 2), value=value, n=None if value is None else 9)

    values = (-100.0, 0.0, None, 50.0, 100.0)

    assert shown.spark_text("nps", map(point, values)) == "▁▅·▆█"
    assert shown.spark_text("csat", map(point, (0.0, None, 86.0, 88.0, 100.0))) == "▁·▇▇█"


def test_the_silent_can_move_a_score_by_as_much_as_they_are() -> None:
    counted = Counted(
        window=Query().window(NOW.date()),
        parts=parts_of((scored(tags("loyalty"), 9, 10),), (cohort(tags("loyalty"), 100, 100, 10),)),
    )
    rows = table_of(Query(), PROGRAM, Material(counted=counted), NOW).rows
    (row,) = (row for row in rows if row.n)

    assert row.bounds is not None
    assert (row.bounds.low, row.bounds.high) == pytest.approx((-80, 100))


def of_customers(*clusters: tuple[int, dict[int, int]]) -> Row:
    """Return the row of customers who each answered like this, in a window where every answer counts."""
    query = parse_query({"from": "2026-08-01", "to": "2026-08-31", "stage": "purchase"})
    key = ("purchase", "csat", "1-5", "up", "std1")
    found = tuple(
        Cluster(key=key, counts=scored(CHECKOUT, 0, *_counts(each)).counts, customers=n)
        for n, each in clusters
    )
    sums = [sum(c.counts[score] * c.customers for c in found) for score in range(11)]
    counted = Counted(
        window=query.window(NOW.date()),
        parts=parts_of((scored(CHECKOUT, 0, *sums),), ()),
        people=People(cells=found, rows=found),
    )
    (row,) = table_of(query, PROGRAM, Material(counted=counted), NOW).rows
    return row


def _counts(each: dict[int, int]) -> list[int]:
    return [each.get(score, 0) for score in range(11)]


def test_shares_and_means_of_the_same_customers_widen_too() -> None:
    alike = of_customers((10, {5: 4}), (10, {2: 4}))
    apart = of_customers((20, {5: 2, 2: 2}))

    assert (alike.n, alike.customers) == (80, 20)
    for wide, narrow in ((alike.score, apart.score), (alike.mean, apart.mean)):
        assert wide is not None
        assert narrow is not None
        assert wide.value == narrow.value
        assert wide.half_width > 1.5 * narrow.half_width


def test_fewer_than_eight_customers_say_nothing_about_the_others() -> None:
    got = of_customers((3, {5: 4}), (4, {2: 4}))

    assert got.score is not None
    assert got.mean is not None
    assert (got.score.low, got.score.high) == (0, 100)
    assert (got.mean.low, got.mean.high, got.mean.method) == (1, 5, "whole_scale")


def test_a_side_is_read_from_the_query() -> None:
    query = parse_query({"segment.tier": "gold", "handler": "minji"})

    assert [Side(*each) for each in query.sides.items()] == [
        Side("tier", "gold"),
        Side("handler", "minji"),
    ]
