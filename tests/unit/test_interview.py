"""The interview as dialogues: what happens, what follows, and nothing more."""

import json
from dataclasses import replace

import pytest

from surveys.instruments import CES2, CSAT, NPS, Instrument
from surveys.interview import (
    Began,
    Closed,
    Doubted,
    Effect,
    Form,
    Given,
    Happening,
    How,
    Hushed,
    Interview,
    Phase,
    Pressed,
    Rated,
    Recalled,
    Record,
    Reminded,
    Resume,
    Revise,
    Said,
    Say,
    Scope,
    Script,
    Stop,
    Toast,
    Withdrawn,
    Wrote,
    step,
)

CHIPS = {"low": ("late", "damaged"), "mid": ("speed",), "high": ("courier",)}


class Dialogue:
    """One interview; each call is one happening, its result what follows."""

    def __init__(self, instrument: Instrument = CSAT, bands: str = "low mid high") -> None:
        chips = {band: CHIPS[band] for band in bands.split()}
        self.script = Script(instrument=instrument, chips=chips)
        self.now = Interview()

    def __call__(self, happening: Happening) -> list[Effect]:
        self.now, effects = step(self.now, happening, self.script)
        return list(effects)

    def press(self, value: str, at: str = "ask") -> list[Effect]:
        return self(Pressed(at, value))


def begun(instrument: Instrument = CSAT, bands: str = "low mid high") -> Dialogue:
    dialogue = Dialogue(instrument, bands)
    dialogue(Began())
    return dialogue


def scored(value: str = "2", bands: str = "low mid high") -> Dialogue:
    dialogue = begun(bands=bands)
    dialogue.press(value)
    return dialogue


def test_it_begins_with_the_question_once() -> None:
    dialogue = Dialogue()

    assert dialogue(Began()) == [Say("question", "ask", 1)]
    assert dialogue(Began()) == []


@pytest.mark.parametrize(
    ("instrument", "low", "high"), [(NPS, "0", "10"), (CSAT, "1", "5"), (CES2, "1", "7")]
)
def test_the_first_tap_stores_the_score_and_asks_for_the_reason(
    instrument: Instrument, low: str, high: str
) -> None:
    for value in (low, high):
        dialogue = begun(instrument)

        assert dialogue.press(value) == [
            Record("score", score=int(value)),
            Revise("chosen", "ask", 2, {"score": int(value)}),
            Toast("toast.saved"),
            Say("reason", "why", 3, {"score": int(value)}),
        ]


@pytest.mark.parametrize(
    ("instrument", "value"),
    [(NPS, "11"), (CSAT, "0"), (CSAT, "6"), (CES2, "8"), (NPS, "-1"), (NPS, "100"), (NPS, "٣")],
)
def test_a_value_off_the_scale_is_no_button_of_ours(instrument: Instrument, value: str) -> None:
    dialogue = begun(instrument)

    assert dialogue.press(value) == [Toast("toast.foreign")]
    assert dialogue.now.score is None


def test_a_double_tap_stores_nothing_more() -> None:
    dialogue = scored("2")

    assert dialogue.press("2") == [
        Revise("chosen", "ask", 4, {"score": 2}),
        Toast("toast.same"),
    ]


def test_change_shows_the_scale_again_and_the_new_score_replaces_the_old() -> None:
    dialogue = scored("1")

    assert dialogue.press("change") == [Revise("question", "ask", 4, {"score": 1})]
    assert dialogue.press("2") == [
        Record("score", score=2),
        Revise("chosen", "ask", 5, {"score": 2}),
        Toast("toast.changed"),
    ]


def test_a_change_of_band_takes_the_chip_back_and_asks_for_the_reason_of_that_band() -> None:
    dialogue = scored("1")
    dialogue.press("c.late", "why")

    assert dialogue.press("5") == [
        Record("score", score=5),
        Revise("chosen", "ask", 6, {"score": 5}),
        Toast("toast.changed"),
        Record("reason"),
        Revise("reason", "why", 7, {"score": 5}),
    ]
    assert dialogue.press("c.late", "why") == [Toast("toast.foreign")]
    assert dialogue.press("c.courier", "why")[0] == Record("reason", choice="courier")


def test_a_band_without_a_reason_question_is_thanked_at_once() -> None:
    dialogue = begun(bands="low")

    assert dialogue.press("5") == [
        Record("score", score=5),
        Revise("chosen", "ask", 2, {"score": 5}),
        Toast("toast.saved"),
        Say("thanks", "thanks", 3, {"score": 5}),
    ]


def test_changing_into_a_band_without_a_reason_question_closes_the_open_one() -> None:
    dialogue = scored("1", bands="low")

    done = {"score": 5, "chip": None, "commented": False}
    assert dialogue.press("5")[3:] == [
        Revise("reason_done", "why", 5, done),
        Say("thanks", "thanks", 6, {"score": 5}),
    ]


def test_a_chip_is_stored_marked_and_thanked_for_once() -> None:
    dialogue = scored("2")

    assert dialogue.press("c.late", "why") == [
        Record("reason", choice="late"),
        Revise("reason", "why", 4, {"score": 2, "chip": "late"}),
        Say("thanks", "thanks", 5, {"score": 2}),
        Toast("toast.saved"),
    ]
    assert dialogue.press("c.late", "why") == [
        Revise("reason", "why", 6, {"score": 2, "chip": "late"}),
        Toast("toast.saved"),
    ]
    assert dialogue.press("c.damaged", "why") == [
        Record("reason", choice="damaged"),
        Revise("reason", "why", 7, {"score": 2, "chip": "damaged"}),
        Toast("toast.saved"),
    ]


def test_an_unknown_chip_and_a_chip_before_any_score_are_refused() -> None:
    assert begun().press("c.late") == [Toast("toast.foreign")]
    assert scored("2").press("c.nonsense", "why") == [Toast("toast.foreign")]


def test_a_comment_is_stored_and_ends_the_reason_question() -> None:
    dialogue = scored("2")

    assert dialogue(Wrote("too late")) == [
        Record("comment", text="too late"),
        Revise("reason_done", "why", 4, {"score": 2, "chip": None, "commented": True}),
        Say("thanks", "thanks", 5, {"score": 2}),
        Toast("toast.saved"),
    ]


def test_words_after_the_thanks_are_noted() -> None:
    dialogue = scored("2")
    dialogue(Wrote("too late"))

    assert dialogue(Wrote("and wet")) == [
        Record("comment", text="and wet"),
        Revise("reason_done", "why", 6, {"score": 2, "chip": None, "commented": True}),
        Say("noted", "noted", 7),
        Toast("toast.saved"),
    ]


def test_a_form_brings_chip_and_comment_together() -> None:
    dialogue = scored("2")

    assert dialogue(Wrote("a week", ("late", "damaged")))[:2] == [
        Record("reason", choice="late"),
        Record("comment", text="a week"),
    ]
    assert dialogue.now.chip == "late"


def test_an_empty_form_saves_nothing_and_a_strange_chip_is_not_called_saved() -> None:
    dialogue = scored("2")

    assert dialogue(Wrote("")) == []
    assert dialogue(Wrote("", ("nonsense",))) == [Toast("toast.foreign")]


def test_finish_ends_the_reason_question_without_an_answer() -> None:
    dialogue = scored("2")

    assert dialogue.press("finish", "why") == [
        Revise("reason_done", "why", 4, {"score": 2, "chip": None, "commented": False}),
        Say("thanks", "thanks", 5, {"score": 2}),
    ]


def test_finish_before_any_score_does_nothing() -> None:
    assert begun().press("finish") == []


def test_write_opens_the_form_after_a_score_only() -> None:
    assert begun().press("write") == [Toast("toast.foreign")]
    assert scored("2").press("write", "why") == [Form()]


def test_a_typed_score_counts_like_a_tap() -> None:
    dialogue = begun()

    assert dialogue(Rated(5)) == begun().press("5")


def test_other_text_before_the_score_is_answered_with_the_scale() -> None:
    dialogue = begun()

    assert dialogue(Wrote("hm")) == [Say("scale_notice", "notice", 2)]
    assert dialogue(Wrote("hm hm")) == []
    dialogue.press("skip")
    assert dialogue(Wrote("hm")) == [Say("scale_notice", "notice", 4)]


def test_a_score_and_a_comment_of_one_message_are_stored_together_and_asked_no_reason() -> None:
    dialogue = begun()
    given = Given(how=How.TYPED, confidence=0.97, rule="points")

    assert dialogue(Rated(2, "m1", 1.0, "late", given)) == [
        Record("score", score=2, given=given),
        Revise("chosen", "ask", 2, {"score": 2}),
        Toast("toast.saved"),
        Record("comment", text="late"),
        Say("thanks", "thanks", 3, {"score": 2}),
    ]


def test_an_edit_of_such_a_message_changes_score_and_comment() -> None:
    dialogue = begun()
    dialogue(Rated(2, "m1", 1.0, "late"))

    effects = dialogue(Rated(3, "m1", 2.0, "a bit late"))

    assert [e for e in effects if isinstance(e, Record)] == [
        Record("score", score=3),
        Record("comment", text="a bit late", instead_of=(4, 0)),
    ]


def test_a_doubtful_score_is_asked_about_and_one_tap_confirms_it() -> None:
    dialogue = begun()

    offered = dialogue(Doubted(Wrote("sort of 4", message="m1"), 4, 0.5, "qualified"))
    confirmed = dialogue.press("yes.4")

    assert offered == [Say("confirm", "confirm", 2, {"score": 4})]
    given = Given(how=How.CONFIRMED, confidence=0.5, rule="qualified")
    assert confirmed[:3] == [
        Record("score", score=4, given=given),
        Revise("confirmed", "confirm", 3, {"score": 4}),
        Revise("chosen", "ask", 4, {"score": 4}),
    ]
    assert dialogue.press("yes.4") == [Toast("toast.same")]
    assert dialogue.press("yes.3") == dialogue.press("pick") == [Toast("toast.foreign")]


def test_choosing_again_shows_the_question_again() -> None:
    dialogue = begun()
    dialogue(Doubted(Wrote("sort of 4"), 4, 0.5, "qualified"))

    assert dialogue.press("pick") == [
        Revise("moved", "confirm", 3),
        Revise("moved", "ask", 4),
        Say("question", "again", 5),
    ]


def test_a_score_given_otherwise_settles_the_offered_one() -> None:
    dialogue = begun()
    dialogue(Doubted(Wrote("sort of 4"), 4, 0.5, "qualified"))

    assert Revise("confirmed", "confirm", 3, {"score": 2}) in dialogue.press("2")
    assert dialogue.press("yes.4") == [Toast("toast.foreign")]


def test_a_second_doubt_moves_the_confirmation_to_the_end() -> None:
    dialogue = begun()
    dialogue(Doubted(Wrote("sort of 4"), 4, 0.5, "qualified"))

    assert dialogue(Doubted(Wrote("rather 3"), 3, 0.5, "qualified")) == [
        Revise("moved", "confirm", 3),
        Say("confirm", "confirm", 4, {"score": 3}),
    ]


def test_a_doubt_with_nothing_to_suggest_shows_the_question_again_once_and_then_says_the_scale() -> (
    None
):
    dialogue = begun()

    first = dialogue(Doubted(Wrote("2 or 3"), None))
    second = dialogue(Doubted(Wrote("4 or 5"), None))

    assert first == [Revise("moved", "ask", 2), Say("question", "again", 3)]
    assert second == [Say("scale_notice", "notice", 4)]


def test_a_doubt_after_the_score_is_a_comment_unless_it_was_the_score() -> None:
    dialogue = begun()
    dialogue(Rated(4, "m1", 1.0))

    edited = dialogue(Doubted(Wrote("2 or 3", message="m1", order=2.0), None))
    asked = dialogue(Doubted(Wrote("not 4", message="m1", order=3.0), 4, 0.5, "qualified"))
    later = dialogue(Doubted(Wrote("2 or 3", message="m2", order=4.0), None))

    assert edited == [Revise("question", "ask", 4, {"score": 4})]
    assert asked == [Say("confirm", "confirm", 5, {"score": 4})]
    assert Record("comment", text="2 or 3") in later


def test_a_dialogue_stored_before_there_were_offers_goes_on() -> None:
    stored = begun().now.to_json()
    for late in ("offer", "noticed"):
        del stored[late]

    assert Interview.from_json(stored) == begun().now


def test_text_after_a_stop_or_the_close_is_not_taken() -> None:
    stopped, closed = begun(), begun()
    stopped.press("stop.survey")
    closed(Closed())

    assert stopped(Wrote("hm")) == closed(Wrote("hm")) == [Toast("toast.closed")]


def test_a_skipped_question_can_be_answered_after_all() -> None:
    dialogue = begun()

    assert dialogue.press("skip") == [Revise("skipped", "ask", 2)]
    assert dialogue.press("skip") == []
    assert dialogue.press("change") == [Revise("question", "ask", 3, {"score": None})]
    assert dialogue.press("4")[0] == Record("score", score=4)


def test_skip_after_a_score_keeps_it() -> None:
    dialogue = scored("4")
    dialogue.press("change")

    assert dialogue.press("skip") == [Revise("chosen", "ask", 5, {"score": 4})]
    assert dialogue.now.score == 4


@pytest.mark.parametrize("scope", list(Scope))
def test_the_stop_menu_stops_that_scope_and_undo_brings_the_question_back(scope: Scope) -> None:
    dialogue = begun()

    assert dialogue.press("stop") == [Revise("menu", "ask", 2)]
    assert dialogue.press(f"stop.{scope}") == [
        Stop(scope),
        Revise("stopped", "ask", 3, {"scope": scope.value}),
    ]
    assert dialogue.press(f"stop.{scope}") == [Revise("stopped", "ask", 4, {"scope": scope.value})]
    assert dialogue.press("stop") == []
    assert dialogue.press("change") == []
    assert dialogue.press("undo") == [
        Resume(scope),
        Revise("question", "ask", 5, {"score": None}),
    ]
    assert dialogue.now.phase is Phase.ASKED


def test_another_scope_takes_the_place_of_the_first() -> None:
    dialogue = begun()
    dialogue.press("stop.pause")

    assert dialogue.press("stop.all") == [
        Resume(Scope.PAUSE),
        Stop(Scope.ALL),
        Revise("stopped", "ask", 3, {"scope": "all"}),
    ]


DONE = {"score": 4, "chip": None, "commented": False}


def test_a_stop_closes_an_open_reason_question_and_undo_opens_it_again() -> None:
    dialogue = scored("4")

    assert dialogue.press("stop.survey") == [
        Revise("reason_done", "why", 4, DONE),
        Stop(Scope.SURVEY),
        Revise("stopped", "ask", 5, {"scope": "survey"}),
    ]
    assert dialogue.press("undo") == [
        Resume(Scope.SURVEY),
        Revise("reason", "why", 6, {"score": 4, "chip": None}),
        Revise("chosen", "ask", 7, {"score": 4}),
    ]
    assert dialogue.now.phase is Phase.SCORED


def test_a_stop_and_its_undo_leave_a_finished_reason_question_alone() -> None:
    dialogue = scored("4")
    dialogue.press("finish", "why")

    assert dialogue.press("stop.survey") == [
        Stop(Scope.SURVEY),
        Revise("stopped", "ask", 6, {"scope": "survey"}),
    ]
    assert dialogue.press("undo") == [
        Resume(Scope.SURVEY),
        Revise("chosen", "ask", 7, {"score": 4}),
    ]


def test_who_stops_everything_elsewhere_is_asked_for_no_reason_any_more() -> None:
    dialogue = scored("4")

    assert dialogue(Hushed()) == [Revise("reason_done", "why", 4, DONE)]
    assert dialogue(Hushed()) == begun()(Hushed()) == []
    late = dialogue.press("c.courier", "why")
    assert [type(effect) for effect in late] == [Record, Revise, Toast]


def test_a_question_called_back_is_asked_anew_and_its_earlier_message_closed() -> None:
    dialogue = begun()

    assert dialogue(Recalled()) == [Revise("moved", "ask", 2), Say("question", "again", 3)]
    assert dialogue(Recalled()) == [Revise("moved", "again", 4), Say("question", "again", 5)]
    assert dialogue.press("4", "again")[1] == Revise("chosen", "again", 6, {"score": 4})


def test_a_reason_question_called_back_is_asked_anew() -> None:
    dialogue = scored("4")

    assert dialogue(Recalled()) == [
        Revise("reason_done", "why", 4, DONE),
        Say("reason", "why", 5, {"score": 4}),
    ]
    dialogue.press("finish", "why")
    assert dialogue(Recalled()) == []


def test_an_edit_of_the_message_that_gave_the_score_changes_it() -> None:
    dialogue = begun()
    dialogue(Rated(4, "m1", 1.0))

    assert dialogue(Rated(2, "m1", 2.0))[0] == Record("score", score=2)
    assert dialogue.now.rated_in == "m1"


def test_an_edit_of_a_part_of_the_comment_takes_its_place() -> None:
    dialogue = scored("4")
    for number, text in enumerate(("하나", "둘", "셋"), 1):
        dialogue(Wrote(text, message=f"m{number}", order=float(number)))

    edit = Wrote("두울", message="m2", order=4.0)
    recorded, told = dialogue(edit)
    assert recorded == Record("comment", text="두울", instead_of=(1, 2))
    assert (isinstance(told, Say) and told.kind) == "edited"
    assert dialogue.now.said == (Said("m1", 1.0, 2), Said("m2", 4.0, 2), Said("m3", 3.0, 1))
    assert dialogue(edit) == dialogue(replace(edit, text="둘", order=3.5)) == []


def test_a_text_that_overtook_the_score_is_its_comment() -> None:
    dialogue = begun()
    dialogue(Wrote("빨라요", message="m2", order=2.0))

    effects = dialogue(Rated(4, "m1", 1.0))
    assert [e for e in effects if isinstance(e, Record)] == [
        Record("score", score=4),
        Record("comment", text="빨라요"),
    ]
    assert (dialogue.now.early, dialogue.now.thanked) == (None, True)


def test_a_text_before_the_score_is_no_comment() -> None:
    dialogue = begun()
    dialogue(Wrote("hm", order=1.0))

    effects = dialogue(Pressed("ask", "4", 2.0))
    assert [e for e in effects if isinstance(e, Record)] == [Record("score", score=4)]
    assert dialogue.now.early is None


def test_undo_without_a_stop_only_shows_the_question() -> None:
    assert begun().press("undo") == [Revise("question", "ask", 2, {"score": None})]


def test_back_leaves_the_menu() -> None:
    dialogue = begun()
    dialogue.press("stop")

    assert dialogue.press("back") == [Revise("question", "ask", 3, {"score": None})]


def test_a_score_after_a_stop_counts_and_leaves_the_stop_in_force() -> None:
    dialogue = begun()
    dialogue.press("stop.all")

    effects = dialogue.press("5")
    assert effects[0] == Record("score", score=5)
    assert not any(isinstance(effect, Resume) for effect in effects)
    assert Resume(Scope.ALL) not in dialogue.press("stop.survey")


def test_a_reminder_closes_the_earlier_keyboard_and_asks_again() -> None:
    dialogue = begun()

    assert dialogue(Reminded()) == [Revise("moved", "ask", 2), Say("question", "remind", 3)]
    assert dialogue(Reminded()) == []


def test_a_tap_on_the_earlier_keyboard_still_counts_after_a_reminder() -> None:
    dialogue = begun()
    dialogue(Reminded())

    assert dialogue.press("5", "ask")[:2] == [
        Record("score", score=5),
        Revise("chosen", "remind", 4, {"score": 5}),
    ]


@pytest.mark.parametrize("value", ["5", "skip", "stop.survey"])
def test_nobody_who_reacted_is_reminded(value: str) -> None:
    dialogue = begun()
    dialogue.press(value)

    assert dialogue(Reminded()) == []


def test_a_late_tap_on_a_closed_survey_says_so_and_stores_nothing() -> None:
    dialogue = begun()
    assert dialogue(Closed()) == []

    assert dialogue.press("5") == [Toast("toast.closed"), Revise("closed", "ask", 2)]
    assert dialogue.press("5", "remind") == [Toast("toast.closed")]
    assert dialogue(Rated(5)) == [Toast("toast.closed")]


def test_a_late_tap_on_an_answered_survey_leaves_its_message_alone() -> None:
    dialogue = scored("4")
    dialogue(Closed())

    assert dialogue.press("5") == [Toast("toast.closed")]
    assert dialogue.now.score == 4


def test_closing_shows_itself_where_that_costs_nothing() -> None:
    unanswered, answered = begun(), scored("4")

    assert unanswered(Closed(show=True)) == [Revise("closed", "ask", 2)]
    assert unanswered(Closed(show=True)) == []
    assert answered(Closed(show=True)) == []


def test_a_reversal_takes_back_an_unanswered_question() -> None:
    dialogue = begun()

    assert dialogue(Withdrawn()) == [Revise("withdrawn", "ask", 2)]
    assert dialogue(Withdrawn()) == []
    assert dialogue.press("5") == [Toast("toast.closed"), Revise("withdrawn", "ask", 3)]


def test_a_reversal_leaves_an_answer_alone_and_what_never_began() -> None:
    assert scored("4")(Withdrawn()) == []
    assert Dialogue()(Withdrawn()) == []


def test_nothing_counts_before_the_question_went_out() -> None:
    dialogue = Dialogue()

    assert dialogue.press("5") == [Toast("toast.foreign")]
    assert dialogue(Rated(5)) == [Toast("toast.closed")]
    assert dialogue(Wrote("hm")) == [Toast("toast.closed")]
    assert dialogue(Reminded()) == []


@pytest.mark.parametrize("value", ["", "nonsense", "c.", "1:2", "undo.all"])
def test_a_value_that_is_no_button_is_answered_politely(value: str) -> None:
    assert begun().press(value) == [Toast("toast.foreign")]


def test_the_state_survives_being_stored_as_json() -> None:
    dialogue = scored("2")
    dialogue.press("c.late", "why")
    dialogue.press("stop.pause")

    dialogue.press("undo")
    dialogue(Wrote("hm", ("late",), "m1", 7.0))

    stored = json.loads(json.dumps(dialogue.now.to_json()))
    assert Interview.from_json(stored) == dialogue.now
    early = step(begun().now, Wrote("hm", ("late",), "m1", 7.0), dialogue.script)[0]
    assert Interview.from_json(json.loads(json.dumps(early.to_json()))) == early
    assert Interview.from_json(None) == Interview()
    assert Interview.from_json(replace(dialogue.now, stopped=None).to_json()).stopped is None
