"""The judge of the real-kill runs finds each fault it is there for, and nothing where all is well."""

from dataclasses import replace

import pytest

from surveys.model import Channel, DeliveryState
from tests.chaos.ledger import Ledger, Message
from tests.chaos.oracle import Fault, Promise, judge
from tests.chaos.posts import Post

ASK = Message(
    id="d1",
    channel=Channel.TELEGRAM,
    chat="7",
    mark="token1",
    step="ask",
    kind="question",
    state=DeliveryState.SENT,
    reason=None,
    resends=0,
    event_id="event-1",
)
POSTED = Post(channel=Channel.TELEGRAM, chat="7", mark="token1", step="ask")
PROMISE = Promise(
    event_id="event-1", channel=Channel.TELEGRAM, chat="7", accepted=True, told={"score": 5}
)


def ledger(*messages: Message, score: int | None = 5) -> Ledger:
    answers = {} if score is None else {("event-1", "score"): score}
    return Ledger(messages=messages, answers=answers, edits={}, cut_short=0)


def faults(posts: list[Post], books: Ledger, promise: Promise = PROMISE) -> list[Fault]:
    return [finding.fault for finding in judge(posts, books, [promise])]


def test_nothing_is_found_where_all_is_well() -> None:
    assert faults([POSTED], ledger(ASK)) == []


def test_a_second_post_is_a_duplicate() -> None:
    assert faults([POSTED, POSTED], ledger(ASK)) == [Fault.DUPLICATE]


def test_a_recorded_resend_excuses_a_second_post_in_a_dialogue_and_never_of_an_ask() -> None:
    why = replace(ASK, id="d2", mark="token2", step="why", resends=1)
    posted = replace(POSTED, mark="token2", step="why")

    assert faults([POSTED, posted, posted], ledger(ASK, why)) == []
    assert faults([POSTED, *[posted] * 3], ledger(ASK, why)) == [Fault.DUPLICATE]
    assert faults([POSTED, POSTED], ledger(replace(ASK, resends=1))) == [Fault.DUPLICATE]


def test_slack_tells_deliveries_by_our_key_though_the_chat_has_two_names() -> None:
    ask = replace(ASK, channel=Channel.SLACK, chat="U7", mark="d1")
    posted = replace(POSTED, channel=Channel.SLACK, chat="D0U7", mark="d1")

    assert faults([posted], ledger(ask)) == []
    assert faults([posted, posted], ledger(ask)) == [Fault.DUPLICATE]


def test_nothing_excuses_a_second_post_where_the_history_tells() -> None:
    why = replace(ASK, channel=Channel.SLACK, mark="d1", step="why", resends=1)
    posted = replace(POSTED, channel=Channel.SLACK, mark="d1", step="why")

    assert faults([posted, posted], ledger(why), replace(PROMISE, accepted=False)) == [
        Fault.DUPLICATE
    ]


def test_two_questions_for_one_event_are_a_duplicate_though_the_ledger_has_both() -> None:
    other = replace(ASK, id="d2", mark="token2")
    posts = [POSTED, replace(POSTED, mark="token2")]

    assert faults(posts, ledger(ASK, other)) == [Fault.DUPLICATE]


def test_a_post_that_nobody_meant_to_send_is_unrecorded() -> None:
    stray = replace(POSTED, mark="token9", step="")

    assert faults([POSTED, stray], ledger(ASK)) == [Fault.UNRECORDED]


def test_an_accepted_event_without_an_ask_is_lost_and_a_refused_one_is_not() -> None:
    silent = replace(PROMISE, told={})

    assert faults([], ledger(), silent) == [Fault.LOST]
    assert faults([], ledger(), replace(silent, accepted=False)) == []


def test_what_is_called_sent_and_was_never_seen_is_lost() -> None:
    assert faults([], ledger(ASK)) == [Fault.LOST]


@pytest.mark.parametrize("state", [DeliveryState.UNKNOWN, DeliveryState.PARKED])
def test_what_nobody_knows_may_have_been_seen_or_not(state: DeliveryState) -> None:
    assert faults([], ledger(replace(ASK, state=state))) == []
    assert faults([POSTED], ledger(replace(ASK, state=state))) == []


@pytest.mark.parametrize("state", [DeliveryState.PENDING, DeliveryState.SENDING])
def test_what_is_under_way_in_the_end_is_stuck(state: DeliveryState) -> None:
    assert faults([POSTED], ledger(replace(ASK, state=state))) == [Fault.STUCK]
    assert faults([POSTED], replace(ledger(ASK), edits={state: 1})) == [Fault.STUCK]


@pytest.mark.parametrize("stored", [None, 4])
def test_an_acknowledged_answer_that_is_not_stored_as_given_is_lost(stored: int | None) -> None:
    assert faults([POSTED], ledger(ASK, score=stored)) == [Fault.ANSWER_LOST]
