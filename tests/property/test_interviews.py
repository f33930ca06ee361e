"""Whatever happens in whatever order, an interview keeps its promises."""

from hypothesis import given
from hypothesis import strategies as st

from surveys.instruments import INSTRUMENTS
from surveys.interview import (
    Began,
    Closed,
    Doubted,
    Effect,
    Happening,
    Interview,
    Phase,
    Pressed,
    Rated,
    Recalled,
    Record,
    Reminded,
    Resume,
    Revise,
    Say,
    Script,
    Stop,
    Toast,
    Withdrawn,
    Wrote,
    step,
)

CHIPS = ("late", "damaged", "speed")
CONTROLS = "change back skip stop stop.survey stop.pause stop.all undo finish write yes.3 yes.5 pick yes. c. c.late c.damaged c.x"

steps = st.sampled_from(["ask", "remind", "why", "thanks", "?"])
values = st.one_of(
    st.integers(-1, 12).map(str), st.sampled_from(CONTROLS.split()), st.text(max_size=8)
)
bands = st.dictionaries(
    st.sampled_from(["low", "mid", "high"]), st.lists(st.sampled_from(CHIPS)).map(tuple)
)
scripts = st.builds(Script, instrument=st.sampled_from(list(INSTRUMENTS.values())), chips=bands)
messages = st.sampled_from(["", "m1", "m2"])
texts = st.builds(
    Wrote,
    text=st.text(max_size=5),
    chips=st.lists(st.sampled_from([*CHIPS, "x"])).map(tuple),
    message=messages,
)


@st.composite
def dialogues(draw: st.DrawFn) -> tuple[Script, list[Happening]]:
    script = draw(scripts)
    on_scale = st.sampled_from(script.instrument.scores)
    happening: st.SearchStrategy[Happening] = st.one_of(
        st.builds(Pressed, steps, values),
        on_scale.map(lambda score: Pressed("ask", str(score))),
        on_scale.map(Rated),
        st.builds(Rated, on_scale, message=messages, comment=st.text(max_size=5)),
        st.builds(Doubted, texts, st.one_of(st.none(), on_scale)),
        st.just(Recalled()),
        texts,
        st.sampled_from([Began(), Reminded(), Closed(), Closed(show=True), Withdrawn()]),
    )
    return script, draw(st.lists(happening, max_size=25))


def choices(effects: tuple[Effect, ...]) -> list[Record]:
    return [e for e in effects if isinstance(e, Record) and e.question != "comment"]


def numbered(effects: tuple[Effect, ...]) -> list[int]:
    return [e.seq for e in effects if isinstance(e, Say | Revise)]


# Said as often as the customer's own words call for it.
CALLED_FOR = ("notice", "noted", "confirm", "again", "why")


@given(dialogues())
def test_a_repeat_stores_no_choice_a_second_time(
    dialogue: tuple[Script, list[Happening]],
) -> None:
    script, happenings = dialogue
    now = Interview()
    for happening in happenings:
        now, _ = step(now, happening, script)
        again, effects = step(now, happening, script)
        assert choices(effects) == []
        assert (again.score, again.chip) == (now.score, now.chip)


@given(dialogues())
def test_what_is_stored_is_on_the_scale_and_is_the_state(
    dialogue: tuple[Script, list[Happening]],
) -> None:
    script, happenings = dialogue
    now, stored = Interview(), None
    for happening in happenings:
        now, effects = step(now, happening, script)
        for record in choices(effects):
            if record.question == "score":
                assert record.score is not None
                assert script.instrument.valid(record.score)
                assert record.score != stored
                stored = record.score
        assert now.score == stored


@given(dialogues())
def test_messages_are_numbered_upwards_without_a_gap(
    dialogue: tuple[Script, list[Happening]],
) -> None:
    script, happenings = dialogue
    now = Interview()
    for happening in happenings:
        before = now.seq
        now, effects = step(now, happening, script)
        assert numbered(effects) == list(range(before + 1, now.seq + 1))


@given(dialogues())
def test_after_its_end_nothing_is_stored_stopped_or_sent_anew(
    dialogue: tuple[Script, list[Happening]],
) -> None:
    script, happenings = dialogue
    now = Interview()
    for happening in happenings:
        over = now.phase in (Phase.CLOSED, Phase.WITHDRAWN)
        now, effects = step(now, happening, script)
        if over:
            assert now.phase in (Phase.CLOSED, Phase.WITHDRAWN)
            assert not [e for e in effects if not isinstance(e, Toast | Revise)]


@given(dialogues())
def test_each_message_is_said_once_but_for_notices(
    dialogue: tuple[Script, list[Happening]],
) -> None:
    script, happenings = dialogue
    now, said = Interview(), list[str]()
    for happening in happenings:
        now, effects = step(now, happening, script)
        said += [e.step for e in effects if isinstance(e, Say) and e.step not in CALLED_FOR]
    assert len(said) == len(set(said))


@given(dialogues())
def test_only_what_was_stopped_is_resumed_and_once(
    dialogue: tuple[Script, list[Happening]],
) -> None:
    script, happenings = dialogue
    now, stopped = Interview(), None
    for happening in happenings:
        now, effects = step(now, happening, script)
        for effect in effects:
            if isinstance(effect, Stop):
                stopped = effect.scope
            elif isinstance(effect, Resume):
                assert effect.scope is stopped
                stopped = None


@given(dialogues())
def test_the_same_story_ends_the_same_even_when_stored_in_between(
    dialogue: tuple[Script, list[Happening]],
) -> None:
    script, happenings = dialogue
    kept, stored = Interview(), Interview()
    for happening in happenings:
        kept, effects = step(kept, happening, script)
        stored, same = step(Interview.from_json(stored.to_json()), happening, script)
        assert (stored, same) == (kept, effects)
