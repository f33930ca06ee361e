"""Rows beside another window or all other stages: differences, words, refusals and notes."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from surveys.model import Dimensions, FunnelCount, ScoreCount
from surveys.reports import Cluster
from surveys.results import Change, Query, ResultTable, Row, parse_period, parse_query
from surveys.results import display as shown
from surveys.results.build import table_of
from surveys.results.comparable import Note, Refusal, refusals, told
from surveys.results.counted import Counted, People, parts_of
from surveys.results.reading import Material
from surveys.results.windows import Window
from tests.journeys import NOW, PROGRAM, cohort, scored, tags

LOYALTY = tags("loyalty")
Scores = tuple[ScoreCount, ...]


def counted(window: Window, scores: Scores, funnel: tuple[FunnelCount, ...] = ()) -> Counted:
    return Counted(window=window, parts=parts_of(scores, funnel))


def beside(
    query: Query, now: Scores, before: Scores, programs: tuple[str, ...] = ()
) -> ResultTable:
    """Return the table of scores in the query's window and in the one it is compared with."""
    window, other = query.window(NOW.date()), query.compared(NOW.date())
    material = Material(
        counted=counted(window, now),
        before=None if other is None else counted(other, before),
        programs=tuple((each, date.fromisoformat(each)) for each in programs),
    )
    return table_of(query, PROGRAM, material, NOW)


def change(table: ResultTable, stage: str = "advocacy") -> Change:
    (found,) = (row.change for row in table.rows if row.stage == stage and row.n != 0)
    assert found is not None
    return found


def nps(low: int, mid: int, high: int, at: Dimensions = LOYALTY) -> ScoreCount:
    return scored(at, 6, low, mid, 0, high)


CLOSED = Query(period="2026-10", compare="previous")


def test_a_closed_period_beside_the_one_before_gets_a_word() -> None:
    got = change(beside(CLOSED, (nps(10, 20, 70),), (nps(40, 30, 30),)))

    assert (got.against, got.value, got.n) == ("2026-09", -10, 100)
    assert got.difference == pytest.approx(70)
    assert got.low is not None
    assert got.high is not None
    assert got.low < 70 < got.high
    assert got.p == got.p_holm
    assert (got.verdict, got.look, got.refused, got.notes) == ("better", True, (), ())
    assert shown.change_text(got) == "+70"
    assert shown.change_interval_text(got).startswith("+")


@pytest.mark.parametrize(
    ("now", "before", "word"),
    [
        ((40, 30, 30), (10, 20, 70), "worse"),
        ((30, 30, 40), (31, 30, 39), "same"),
        ((1, 2, 6), (40, 30, 30), None),
        ((10, 20, 70), (2, 2, 5), None),
    ],
)
def test_the_word_needs_ten_a_side_and_a_difference(
    now: tuple[int, int, int], before: tuple[int, int, int], word: str | None
) -> None:
    got = change(beside(CLOSED, (nps(*now),), (nps(*before),)))

    assert (got.verdict, got.p is None) == (word, word is None)
    assert got.low is not None


@pytest.mark.parametrize(
    "query",
    [
        Query(compare="previous"),
        Query(period="2026-11", compare="previous"),
        Query(days=(date(2026, 8, 1), date(2026, 8, 31)), compare="previous"),
        Query(period="2026-10", compare="2026-Q2"),
    ],
)
def test_a_window_that_is_no_closed_period_gets_an_interval_and_no_word(query: Query) -> None:
    got = change(beside(query, (nps(10, 20, 70),), (nps(40, 30, 30),)))

    assert got.difference == pytest.approx(70)
    assert (got.p, got.p_holm, got.verdict, got.look) == (None, None, None, False)
    assert (Note.RULE.value in got.notes) is (query.compare == "2026-Q2")


def test_words_are_corrected_for_all_rows() -> None:
    """A drop of 16 points is one row's verdict alone, and one of two equal ones' no more: Holm doubles the p."""
    now = tuple(csat(each, 50, 50) for each in ("checkout", "delivery"))
    before = tuple(csat(each, 66, 34) for each in ("checkout", "delivery"))

    alone = change(beside(CLOSED, now[:1], before[:1]), "purchase")
    two = beside(replace(CLOSED, by="touchpoint"), now, before)
    changes = {row.touchpoint: row.change for row in two.rows}

    first = changes["checkout"]
    assert first is not None
    assert alone.p == alone.p_holm == first.p
    assert first.p is not None
    assert first.p_holm == pytest.approx(2 * first.p)
    assert 0.025 > first.p > 0.01
    assert (alone.verdict, first.verdict, first.look) == ("worse", "worse", True)
    assert changes["support"] == Change(against="2026-09", refused=("few",))


def test_a_row_can_be_worth_a_look_without_a_word() -> None:
    still = csat("delivery", 50, 50)
    now, before = csat("checkout", 54, 46), csat("checkout", 68, 32)

    got = beside(replace(CLOSED, by="touchpoint"), (now, still), (before, still))
    found = next(row.change for row in got.rows if row.touchpoint == "checkout")

    assert found is not None
    assert found.p_holm is not None
    assert found.p_holm > 0.05
    assert (found.verdict, found.look) == ("same", True)


FILTERED = (
    {"touchpoint": "checkout"},
    {"survey": "checkout-csat"},
    {"trigger": "checkout"},
    {"touchpoint": "checkout", "trigger": "checkout", "stage": "purchase"},
    {"stage": "purchase", "by": "touchpoint"},
    {"instrument": "csat", "by": "touchpoint"},
    {"survey": "checkout-csat", "by": "touchpoint"},
)


@pytest.mark.parametrize("compare", ["previous", "others"])
@pytest.mark.parametrize("filters", FILTERED)
def test_a_filter_changes_no_verdict(filters: dict[str, str], compare: str) -> None:
    """Checkout's drop alone would be a word; among all rows it is none, whatever is filtered."""
    still = (csat("delivery", 55, 45), csat("support", 55, 45), nps(30, 30, 40))
    now, before = (csat("checkout", 53, 47), *still), (csat("checkout", 68, 32), *still)
    whole = beside(replace(CLOSED, by="touchpoint", compare=compare), now, before)
    told = beside(parse_query({"period": "2026-10", "compare": compare, **filters}), now, before)

    expected = next(row.change for row in whole.rows if row.touchpoint == "checkout")
    got = next(row.change for row in told.rows if row.touchpoint in (None, "checkout"))
    assert got == expected
    assert got is not None
    assert got.p is not None
    assert got.p_holm is not None
    assert got.verdict == "same"
    assert compare == "others" or got.p < 0.05 < got.p_holm
    assert [each.p for each in told.family] == [each.p for each in whole.family]


@pytest.mark.parametrize("name", ["stage", "instrument"])
def test_a_stage_alone_has_the_verdict_it_has_among_all(name: str) -> None:
    now = (csat("checkout", 53, 47), nps(30, 30, 40))
    before = (csat("checkout", 68, 32), nps(30, 30, 40))
    picked = {"stage": "purchase", "instrument": "csat"}[name]
    one = beside(replace(CLOSED, **{name: picked}), now, before)  # type: ignore[arg-type] # a filter

    assert {row.instrument for row in one.rows} == {"csat"}
    assert change(one, "purchase") == change(beside(CLOSED, now, before), "purchase")
    assert len(one.family) == 2


def csat(trigger: str, high: int, low: int, **which: str) -> ScoreCount:
    return scored(tags(trigger, **which), 2, low, 0, high)


@pytest.mark.parametrize(
    ("series", "others", "causes"),
    [
        ("csat:1-5:up:std2", ["csat:1-5:up:std1"], ("wording",)),
        ("csat:1-5:up:std2", ["csat:1-7:up:std2", "csat:1-7:down:std1"], ("scale",)),
        ("csat:1-5:up:std2", ["csat:1-5:down:std1"], ("polarity", "wording")),
        ("csat:1-5:up:std2", ["nps:0-10:up:std1"], ("instrument",)),
        ("csat:1-5:up:std2", ["csat:1-5:up:std1", "nps:0-10:up:std2"], ("wording",)),
        ("csat:1-5:up:std2", [], ("few",)),
    ],
)
def test_another_question_is_no_other_result(
    series: str, others: list[str], causes: tuple[str, ...]
) -> None:
    assert refusals(series, others) == causes


def test_a_new_wording_is_not_compared_with_the_old_one() -> None:
    now = (csat("checkout", 60, 40, wording="short"), csat("checkout", 50, 50))
    got = beside(CLOSED, now, (csat("checkout", 47, 53),))

    by_wording = {row.wording: row.change for row in got.rows if row.stage == "purchase"}

    assert by_wording["short"] == Change(against="2026-09", refused=("wording",))
    assert by_wording["std1"] is not None
    assert by_wording["std1"].difference == pytest.approx(3)


def test_too_few_on_either_side_are_not_compared() -> None:
    few = Change(against="2026-09", refused=("few",))

    assert change(beside(CLOSED, (nps(1, 1, 2),), (nps(40, 30, 30),))) == few
    assert change(beside(CLOSED, (nps(40, 30, 30),), (nps(1, 1, 2),))) == few
    assert change(beside(CLOSED, (nps(40, 30, 30),), ())) == few
    assert shown.change_text(few) == shown.change_interval_text(few) == shown.UNKNOWN
    assert shown.change_text(None) == shown.UNKNOWN


def test_what_else_changed_is_noted() -> None:
    en = Dimensions(**{**fields(LOYALTY), "language": "en", "channel": "telegram"})
    before = (nps(10, 20, 70),)

    same = change(beside(CLOSED, (nps(10, 20, 70),), before, ("2026-08-30", "2026-11-01")))
    moved = change(beside(CLOSED, (nps(10, 20, 50), nps(5, 5, 10, en)), before, ("2026-10-01",)))
    shift = change(beside(CLOSED, (nps(10, 20, 61), nps(1, 2, 6, en)), before))

    assert same.notes == ()
    assert moved.notes == ("channel_mix", "language_mix", "program")
    assert shift.notes == ()


def fields(dimensions: Dimensions) -> dict[str, str]:
    return {name: getattr(dimensions, name) for name in Dimensions.__dataclass_fields__}


def test_a_stage_beside_all_others_shares_no_answer_with_them() -> None:
    """Only the same question is taken together, and only rows that are shown."""
    scores = (csat("checkout", 60, 40), csat("delivery", 30, 70), nps(30, 30, 40))
    got = beside(Query(by="touchpoint", period="2026-10", compare="others"), scores, ())

    changes = {row.touchpoint: row.change for row in got.rows}

    checkout = changes["checkout"]
    assert checkout is not None
    assert (checkout.against, checkout.n, checkout.value) == ("others", 100, 30)
    assert checkout.difference == pytest.approx(30)
    assert checkout.verdict == "better"
    assert changes["loyalty"] == Change(against="others", refused=("instrument",))
    assert changes["signup"] == Change(against="others", refused=("few",))


def test_every_cause_has_a_text_in_each_language() -> None:
    texts = {
        (code.value, language): told(code.value, language)
        for code in (*Refusal, *Note)
        for language in ("ko", "en")
    }

    assert len(set(texts.values())) == len(texts)
    with pytest.raises(KeyError):
        told("weather", "en")


def cluster(customers: int, **by_score: int) -> Cluster:
    counts = [by_score.get(f"s{score}", 0) for score in range(11)]
    a, b, c, d, e, f, g, h, i, j, k = counts
    key = ("advocacy", "nps", "0-10", "up", "std1")
    return Cluster(key=key, counts=(a, b, c, d, e, f, g, h, i, j, k), customers=customers)


def often(*clusters: Cluster) -> Row:
    """Return the row of customers who answered more than once, beside itself."""
    query = parse_query({"from": "2026-08-01", "to": "2026-08-31", "compare": "previous"})
    totals = [sum(c.customers * c.counts[score] for c in clusters) for score in range(11)]
    scores = (scored(LOYALTY, 0, *totals),)
    other = parse_period("2026-07")
    material = Material(
        counted=Counted(
            window=query.window(NOW.date()),
            parts=parts_of(scores, ()),
            people=People(cells=clusters, rows=clusters),
        ),
        before=Counted(
            window=Window(rule=query.window(NOW.date()).rule, since=other.since, until=other.until),
            parts=parts_of(scores, ()),
            people=People(cells=clusters, rows=clusters),
        ),
    )
    (row,) = (r for r in table_of(query, PROGRAM, material, NOW).rows if r.stage == "advocacy")
    return row


def test_where_every_answer_counts_few_customers_are_hidden_however_often_they_answered() -> None:
    assert often(cluster(4, s9=10)).suppressed
    row = often(cluster(3, s9=2, s10=1), cluster(4, s3=2))

    assert (row.n, row.customers, row.indicative) == (17, 7, True)
    assert row.score is not None
    assert (row.score.low, row.score.high, row.score.method) == (-100, 100, "whole_scale")


def test_answers_of_the_same_customers_widen_interval_and_change() -> None:
    alike = often(cluster(10, s9=4), cluster(10, s3=4))
    apart = often(cluster(20, s9=2, s3=2))

    assert alike.score is not None
    assert apart.score is not None
    assert alike.score.value == apart.score.value == 0
    assert alike.score.half_width > 1.5 * apart.score.half_width
    assert alike.change is not None
    assert apart.change is not None
    assert alike.change.method == "adjusted_wald_3_clustered"
    assert alike.change.high is not None
    assert apart.change.high is not None
    assert alike.change.high > 1.5 * apart.change.high
    assert alike.change.p is None


def test_weights_stand_beside_the_plain_score() -> None:
    scores = (csat("checkout", 90, 10), csat("checkout", 10, 40, channel="telegram"))
    funnel = (
        cohort(tags("checkout"), 200, 200, 100),
        cohort(tags("checkout", "telegram"), 200, 200, 50),
    )
    query = Query(weights="response")
    material = Material(counted=counted(query.window(NOW.date()), scores, funnel))

    row = next(r for r in table_of(query, PROGRAM, material, NOW).rows if r.stage == "purchase")

    assert row.score is not None
    assert row.weighted is not None
    assert row.score.value == pytest.approx(100 * 100 / 150)
    assert row.weighted.value == pytest.approx(100 * (0.9 * 200 + 0.2 * 200) / 400)
    assert (row.weighted.collapsed, row.weighted.trimmed) == ((), False)
    assert shown.weighted_text(row) == "55%"
    assert shown.weighted_interval_text(row).endswith("%")
    assert shown.bounds_text(row) == "25 – 88%"


def test_nothing_is_weighted_where_nobody_counts_the_asks() -> None:
    query = Query(weights="response", stage="purchase")
    material = Material(counted=counted(query.window(NOW.date()), (csat("checkout", 90, 10),)))

    (row,) = table_of(query, PROGRAM, material, NOW).rows

    assert (row.weighted, row.bounds) == (None, None)
    assert shown.weighted_text(row) == shown.weighted_interval_text(row) == shown.UNKNOWN
    assert shown.bounds_text(row) == shown.UNKNOWN


@pytest.mark.parametrize(
    "picked", [{"by": "touchpoint"}, {"survey": "loyalty-nps"}, {"touchpoint": "loyalty"}]
)
def test_a_stage_and_its_only_touchpoint_say_the_same_word(picked: dict[str, str]) -> None:
    """Advocacy is one of two stages, and loyalty one of three touchpoints: its p is corrected for two."""
    still = (csat("checkout", 55, 45), csat("delivery", 55, 45))
    now, before = (nps(40, 30, 30), *still), (nps(26, 30, 44), *still)
    asked = {"period": "2026-10", "compare": "previous"}

    stages = beside(parse_query(asked), now, before)
    places = beside(parse_query(asked | picked), now, before)

    word = change(stages)
    assert change(places) == word
    assert word.p is not None
    assert (word.verdict, word.p_holm) == ("worse", 2 * word.p)
    assert [member.among for member in stages.family] == ["stage"] * 2
    assert Counter(member.among for member in places.family) == {"stage": 2, "place": 2}


def test_a_touchpoint_with_part_of_its_stage_is_judged_among_touchpoints() -> None:
    now, before = (csat("checkout", 53, 47), csat("delivery", 6, 4)), (csat("checkout", 68, 32),)

    got = beside(replace(CLOSED, by="touchpoint"), now, before)

    assert [(m.filters["touchpoint"], m.among) for m in got.family] == [("checkout", "place")]
