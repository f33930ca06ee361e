"""surveys.analyses.cut: trends, coming back and going on of a part, and that all parts together tell of no few."""

from collections.abc import Iterator
from itertools import product
from random import Random
from typing import Any

import numpy as np
import pytest

from surveys.analyses.columns import Frame, Spot
from surveys.analyses.cut import Cut, Where
from surveys.analyses.going import conversion
from surveys.analyses.repeat import repeat
from surveys.analyses.trend import trend
from surveys.program import default_program, load_program
from surveys.program.loading import default_program_text
from surveys.stored_analyses import Version
from tests.frames import CHECKOUT, DELIVERY, NOW, RELATION, Told

PROGRAM = default_program()
TELEGRAM: Where = (("channel", "telegram"),)
K = 5


def of(frame: Frame, where: Where) -> Cut:
    return Cut.of(frame.axes, frame.groups, where)


def answered(
    told: Told, weeks_ago: int, customers: int, *group: str, spot: Spot = CHECKOUT
) -> None:
    """Let so many customers of their own answer in a week, the first of them unhappy."""
    for place in range(customers):
        who = f"{group} {spot.touchpoint} {weeks_ago} {place}"
        told.answer(who, spot, 7 * weeks_ago + 0.5, 5 if place else 1, group=group)


def weeks(told: Told, where: Where = TELEGRAM, line: int = 0) -> Any:
    frame = told.frame()
    return trend(frame, PROGRAM, "purchase", cut=of(frame, where))["series"][line]["weeks"]


def test_a_trend_is_of_the_answers_with_the_value_over_everybodys_weeks() -> None:
    told = Told(axes=("channel",))
    answered(told, 2, 30, "webchat")
    for week in (1, 0):
        answered(told, week, 20, "telegram")
        answered(told, week, 40, "webchat")

    found = weeks(told)

    assert [(p["start"], p["n"]) for p in found] == [
        ("2026-11-02", 0),
        ("2026-11-09", 20),
        ("2026-11-16", 20),
    ]
    assert found[1]["score"]["value"] == 95.0
    assert found[1]["score"]["method"] == "wilson"
    assert (found[1]["customers"], found[1]["indicative"], found[1]["suppressed"]) == (
        20,
        True,
        False,
    )


def test_a_parts_trend_has_the_marks_of_the_program() -> None:
    text = default_program_text()
    programs = (
        load_program(text, "p"),
        load_program(text.replace("after: 30m", "after: 45m", 1), "p"),
    )
    versions = tuple(
        Version(version=p.version, at=NOW.replace(month=10 + place), content=p.to_json())
        for place, p in enumerate(programs)
    )
    told = Told(axes=("channel",), versions=versions)
    answered(told, 0, 20, "telegram")
    frame = told.frame()

    own, every = (trend(frame, PROGRAM, "purchase", cut=c) for c in (of(frame, TELEGRAM), None))

    assert own["markers"] == every["markers"] != []


@pytest.mark.parametrize("channel", ["telegram", "slack"])
def test_a_week_of_few_on_one_channel_hides_the_smallest_channel_beside_it(channel: str) -> None:
    """Everybody's week less web chat and Telegram would be the three of Slack."""
    told = Told(axes=("channel",))
    for week in range(3):
        answered(told, week, 50, "webchat")
        answered(told, week, 20, "telegram")
        answered(told, week, 20 if week else 3, "slack")

    own, web = (weeks(told, (("channel", each),)) for each in (channel, "webchat"))

    assert [p["suppressed"] for p in web] == [False] * 3
    assert (own[-1]["n"], own[-1]["score"], own[-1]["customers"]) == (None, None, None)


def test_who_answers_by_two_channels_in_a_week_is_one_customer() -> None:
    """Four of Telegram are the four of Slack: hidden together they are four people."""
    told = Told(axes=("channel",))
    for channel, place in product(("telegram", "slack"), range(4)):
        told.answer(place, CHECKOUT, 0.5 if channel == "slack" else 0.6, 1, group=(channel,))
    answered(told, 0, 9, "webchat")

    for channel in ("telegram", "slack", "webchat"):
        assert weeks(told, (("channel", channel),))[-1]["n"] is None


def test_what_is_hidden_of_everybody_is_hidden_of_its_parts() -> None:
    """Nine of everybody hide the three of the week before, and are told by no channel."""
    told = Told(axes=("channel",))
    for week, customers in enumerate((20, 3, 9, 30)):
        answered(told, week, customers, "telegram")

    assert [p["suppressed"] for p in weeks(told)] == [False, True, True, False]


def test_a_week_that_hides_everybodys_is_not_told_of_the_only_channel() -> None:
    """Of two weeks of nine one gives way to that of three: by touchpoints the one in which nobody answered at both."""
    told = Told(axes=("channel",))
    for week, customers in enumerate((40, 9, 9, 3)):
        answered(told, week, customers, "telegram")
    told.answer("('telegram',) checkout 2 0", DELIVERY, 14.6, 5, group=("telegram",))
    (every, *_) = trend(told.frame(), PROGRAM, "purchase")["series"]

    assert [p["suppressed"] for p in every["weeks"]] == [True, False, True, False]
    assert [p["n"] for p in weeks(told)][2] is None


def test_a_touchpoints_week_that_hides_everybodys_is_told_of_no_channel() -> None:
    """The nine of delivery give way to its three, in another week than a channel's own would."""
    told = Told(axes=("channel",))
    for week, (checkout, delivery) in enumerate(((60, 60), (12, 15), (60, 9), (20, 3))):
        answered(told, week, checkout, "telegram")
        answered(told, week, delivery, "telegram", spot=DELIVERY)
    every = trend(told.frame(), PROGRAM, "purchase")["series"]

    for line in (1, 2):
        hidden = [place for place, p in enumerate(every[line]["weeks"]) if p["suppressed"]]
        assert hidden == [0, 1, 2]
        assert {weeks(told, line=line)[place]["n"] for place in hidden} == {None}


def test_a_touchpoints_week_is_told_where_no_cell_is_small() -> None:
    told = Told(axes=("channel",))
    for week, channel, spot in product(range(4), ("telegram", "webchat"), (CHECKOUT, DELIVERY)):
        is_few = (week, channel, spot) == (3, "webchat", DELIVERY)
        answered(told, week, 2 if is_few else 20 + week, channel, spot=spot)

    whole, checkout, delivery = (weeks(told, line=line) for line in range(3))

    assert [p["suppressed"] for p in whole] == [False] * 4
    for line in (checkout, delivery):
        assert [p["n"] for p in line] == [None, 22, 21, None]


def test_a_survey_tells_no_week_that_its_touchpoints_line_hides() -> None:
    """Beside the three of delivery the short survey alone would do, but with both all of checkout were told."""
    told = Told(axes=("survey",))
    for week, (short, long, delivery) in enumerate(((40, 60, 40), (12, 60, 9), (10, 60, 3))):
        answered(told, week, short, "short")
        answered(told, week, long, "long")
        answered(told, week, delivery, "delivery", spot=DELIVERY)
    _, checkout, _ = trend(told.frame(), PROGRAM, "purchase")["series"]

    hidden = [place for place, p in enumerate(checkout["weeks"]) if p["suppressed"]]
    assert hidden
    for survey in ("short", "long"):
        own = weeks(told, (("survey", survey),))
        assert {own[place]["n"] for place in hidden} == {None}


def test_triggers_of_one_touchpoint_tell_no_few_of_it() -> None:
    """All of checkout less the one trigger's thirty are the other's three."""
    told = Told(axes=("trigger",))
    for week in range(4):
        answered(told, week, 30, "usual")
        answered(told, week, 3 if week == 1 else 12, "rare")
        answered(told, week, 20, "delivery", spot=DELIVERY)
    _, checkout, _ = trend(told.frame(), PROGRAM, "purchase")["series"]
    usual = weeks(told, (("trigger", "usual"),))

    both_told = [
        (all_["n"], own["n"])
        for all_, own in zip(checkout["weeks"], usual, strict=True)
        if None not in (all_["n"], own["n"])
    ]
    assert both_told
    assert all(whole - part >= K for whole, part in both_told)


def test_triggers_of_one_survey_tell_no_few_who_came_back() -> None:
    told = Told(axes=("survey", "trigger"))
    sizes = {("short", "usual"): 30, ("short", "rare"): 3, ("long", "other"): 20}
    for group, customers in sizes.items():
        for who, score in product(range(40), (0, 9)):
            if score or who < customers:
                told.answer(f"{group} {who} {score}", RELATION, 120, score, group=group)

    def low(where: Where) -> Any:
        frame = told.frame()
        (line,) = repeat(frame, PROGRAM, "advocacy", cut=of(frame, where))["series"]
        return line["bands"][0]["customers"]

    whole, part = low((("survey", "short"),)), low((("trigger", "usual"),))
    assert None in (whole, part) or whole - part >= K


def test_a_month_hides_what_its_results_hide() -> None:
    """Results hide three and, beside them, the smallest of the rest; a table of months could hide another."""
    told = Told(axes=("channel",))
    for back, sizes in ((130, (40, 38, 39)), (100, (3, 20, 19)), (70, (40, 38, 39))):
        for channel, customers in zip(("slack", "telegram", "webchat"), sizes, strict=True):
            for who in range(customers):
                told.answer(f"{channel} {back} {who}", CHECKOUT, back, 5, group=(channel,))
    frame = told.frame()

    def months(channel: str) -> list[int | None]:
        (line,) = trend(frame, PROGRAM, "purchase", cut=of(frame, (("channel", channel),)))[
            "series"
        ]
        return [point["n"] for point in line["months"]]

    assert 38 in months("telegram")
    assert 19 not in months("webchat")
    assert 3 not in months("slack")


def test_nobody_with_the_value_has_no_line() -> None:
    told = Told(axes=("channel",))
    answered(told, 0, 20, "webchat")
    frame = told.frame()

    assert trend(frame, PROGRAM, "purchase", cut=of(frame, TELEGRAM))["series"] == []
    assert repeat(frame, PROGRAM, "purchase", cut=of(frame, TELEGRAM))["series"] == []


CHANNELS, SPOTS, WEEKS = ("slack", "telegram", "webchat"), (CHECKOUT, DELIVERY), range(4)


@pytest.mark.parametrize("seed", range(12))
def test_all_trends_together_are_solved_for_no_week_of_few(seed: int) -> None:
    """Whatever follows by adding and subtracting from all that is told, with the sums over weeks, is of five or more."""
    chance = Random(seed)  # noqa: S311 the same tables in every run
    told = Told(axes=("channel",))
    sizes = dict.fromkeys(product(WEEKS, CHANNELS, SPOTS), 0)
    for week, channel, spot in sizes:
        sizes[week, channel, spot] = chance.choice((0, 2, 7, 12, 25, 40, 60))
        answered(told, week, sizes[week, channel, spot], channel, spot=spot)
    cells = list(sizes)
    frame = told.frame()

    known = [row for cut in (None, *CHANNELS) for row in _told(frame, cut, cells)]
    known += [
        _row(cells, range(4), channels, spots)
        for channels in (CHANNELS, *((each,) for each in CHANNELS))
        for spots in (SPOTS, *((each,) for each in SPOTS))
    ]
    for wanted, size in _small(cells, sizes):
        matrix = np.array(known)
        with_it = np.vstack([matrix, wanted])
        assert np.linalg.matrix_rank(with_it) > np.linalg.matrix_rank(matrix), size


def _told(frame: Frame, channel: str | None, cells: list[Any]) -> Iterator[list[int]]:
    """Yield for every week that is told which cells its answers are the sum of."""
    cut = of(frame, (("channel", channel),)) if channel else None
    for line in trend(frame, PROGRAM, "purchase", cut=cut)["series"]:
        spots = [spot for spot in SPOTS if line["touchpoint"] in (None, spot.touchpoint)]
        points = list(reversed(line["weeks"]))
        for week, point in enumerate(points):
            if point["n"] is not None:
                yield _row(cells, (week,), (channel,) if channel else CHANNELS, spots)


def _row(cells: list[Any], of_weeks: Any, channels: Any, spots: Any) -> list[int]:
    return [int(w in of_weeks and c in channels and s in spots) for w, c, s in cells]


def _small(cells: list[Any], sizes: Any) -> Iterator[tuple[list[int], int]]:
    """Yield what must not be known: a week's customers of a channel, a touchpoint or both, where they are few."""
    for week, channels, spots in product(
        WEEKS,
        (CHANNELS, *((each,) for each in CHANNELS)),
        (SPOTS, *((each,) for each in SPOTS)),
    ):
        size = sum(sizes[week, c, s] for c, s in product(channels, spots))
        if 0 < size < K:
            yield _row(cells, (week,), channels, spots), size


# --- coming back ----------------------------------------------------------------------------------


def came_back(told: Told, group: str, customers: int, back: int, ago: float = 120) -> None:
    for place in range(customers):
        told.answer(f"{group}{place}", RELATION, ago, 9, group=(group,))
        if place < back:
            told.event(f"{group}{place}", "order.paid", ago - 10)


def bands(told: Told, where: Where = TELEGRAM) -> Any:
    frame = told.frame()
    (series,) = repeat(frame, PROGRAM, "advocacy", cut=of(frame, where))["series"]
    return {band["band"]: band for band in series["bands"]}, series["too_recent"]


def test_who_came_back_is_counted_among_those_with_the_value() -> None:
    told = Told(axes=("channel",))
    came_back(told, "telegram", 20, 8)
    came_back(told, "webchat", 40, 2)
    came_back(told, "telegram late ", 0, 0)
    for place in range(7):
        told.answer(f"new{place}", RELATION, 40, 9, group=("telegram",))

    found, too_recent = bands(told)

    assert (found["high"]["customers"], found["high"]["returned"]) == (20, 8)
    assert (found["high"]["rate"]["value"], too_recent) == (40.0, 7)


def test_who_answered_first_by_another_channel_counts_there() -> None:
    """What she does in the ninety days after puts her in no other group."""
    told = Told(axes=("channel",))
    came_back(told, "telegram", 20, 8)
    came_back(told, "webchat", 40, 10)
    for place in range(10):
        told.answer(f"webchat{place}", RELATION, 100, 9, group=("telegram",))

    assert bands(told)[0]["high"]["customers"] == 20


def test_a_band_of_few_on_one_channel_is_not_everybodys_less_the_others() -> None:
    told = Told(axes=("channel",))
    for channel in ("telegram", "slack", "webchat"):
        came_back(told, channel, 30, 5)
    for place in range(3):
        told.answer(f"sad{place}", RELATION, 120, 0, group=("slack",))
    for place in range(20):
        told.answer(f"sadder{place}", RELATION, 120, 0, group=("webchat",))
        told.answer(f"saddest{place}", RELATION, 120, 0, group=("telegram",))

    low = {name: bands(told, (("channel", name),))[0]["low"] for name in CHANNELS}

    assert sorted(name for name, band in low.items() if band["suppressed"]) in (
        ["slack", "telegram"],
        ["slack", "webchat"],
    )


def test_too_recent_of_few_is_not_told() -> None:
    told = Told(axes=("channel",))
    came_back(told, "telegram", 20, 8)
    came_back(told, "webchat", 40, 2)
    for place in range(20):
        channel = "telegram" if place < 2 else "webchat"
        told.answer(f"new{place}", RELATION, 40, 9, group=(channel,))

    assert (bands(told)[1], bands(told, (("channel", "webchat"),))[1]) == (None, None)


# --- going on -------------------------------------------------------------------------------------

KOREA: Where = (("segment.country", "kr"),)


def went_on(told: Told, country: str, customers: int, on: int, ago: float = 200) -> None:
    for place in range(customers):
        who = f"{country}{place} {ago}"
        told.event(who, "order.paid", ago, "checkout", group=(country,))
        if place < on:
            told.event(who, "support.solved", ago - 9, "support", group=("elsewhere",))
            told.event(who, "order.paid", ago - 8, "checkout", group=("elsewhere",))


def rates(told: Told, where: Where = KOREA, days: int = 30) -> tuple[Any, Any]:
    frame = told.frame()
    found = conversion(frame, PROGRAM, cut=of(frame, where))
    (step,) = (s for s in found["steps"] if (s["from"], s["days"]) == ("purchase", days))
    (kept,) = (s for s in found["retention"] if (s["stage"], s["days"]) == ("purchase", days))
    return step, kept


def test_who_went_on_and_came_back_are_of_those_whose_first_event_had_the_value() -> None:
    told = Told(axes=("segment.country",))
    went_on(told, "kr", 40, 10)
    went_on(told, "jp", 60, 45)

    step, kept = rates(told)

    assert (step["customers"], step["converted"], step["rate"]["value"]) == (40, 10, 25.0)
    assert (kept["customers"], kept["returned"], step["too_recent"]) == (40, 10, 0)


@pytest.mark.parametrize(
    ("ago", "days", "hidden"), [(200, 90, True), (200, 30, True), (60, 90, False)]
)
def test_few_of_one_age_and_value_hide_what_they_would_be_the_difference_of(
    ago: float, days: int, *, hidden: bool
) -> None:
    """Three of Japan came so long ago; Korea beside them is the only other country."""
    told = Told(axes=("segment.country",))
    for age in (200, 60):
        went_on(told, "kr", 40, 10, age)
        went_on(told, "jp", 3 if age == ago else 60, 2, age)

    step, kept = rates(told, days=days)

    assert (step["suppressed"], kept["suppressed"]) == (hidden, hidden)
    assert (step["customers"] is None) is hidden


def test_too_recent_of_few_of_a_value_is_told_of_none() -> None:
    told = Told(axes=("segment.country",))
    for country, recent in (("kr", 2), ("jp", 30)):
        went_on(told, country, 40, 10)
        went_on(told, country, recent, 0, 5)

    found = {name: rates(told, (("segment.country", name),))[0] for name in ("kr", "jp")}

    assert [found[name]["too_recent"] for name in ("kr", "jp")] == [None, None]
    assert found["kr"]["customers"] == 40


def test_what_is_hidden_of_everybodys_ages_is_hidden_of_a_value_that_has_none_of_it() -> None:
    told = Told(axes=("segment.country",))
    went_on(told, "kr", 40, 10)
    for ago in (200, 60, 5):
        went_on(told, "jp", 40 if ago == 200 else 3, 2, ago)

    (month, _), (quarter, _) = (rates(told, days=days) for days in (30, 90))

    assert (month["customers"], month["too_recent"]) == (None, None)
    assert (quarter["customers"], quarter["too_recent"]) == (40, 0)
