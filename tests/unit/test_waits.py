"""Why a message that is to be sent waits."""

import pytest

from surveys.model import Channel, DeliveryClass
from surveys.overview import Pending, WaitsFor

CLASSES = {
    "question": DeliveryClass.PROACTIVE,
    "receipt": DeliveryClass.RECEIPT,
}


def told(channel: Channel, kind: str, *, is_due: bool, was_tried: bool, is_held: bool) -> WaitsFor:
    return Pending(channel, CLASSES[kind], is_due, was_tried).waits_for(is_held=is_held)


@pytest.mark.parametrize(
    ("channel", "is_due", "was_tried", "waits_for"),
    [
        (Channel.WEBCHAT, True, False, WaitsFor.CHAT),
        (Channel.WEBCHAT, False, False, WaitsFor.TIME),
        (Channel.TELEGRAM, True, False, WaitsFor.TURN),
        (Channel.TELEGRAM, True, True, WaitsFor.TURN),
        (Channel.SLACK, False, True, WaitsFor.RETRY),
        (Channel.SLACK, False, False, WaitsFor.TIME),
    ],
)
def test_what_a_message_waits_for(
    channel: Channel, is_due: bool, was_tried: bool, waits_for: WaitsFor
) -> None:
    found = told(channel, "question", is_due=is_due, was_tried=was_tried, is_held=False)
    assert found is waits_for
    held = told(channel, "question", is_due=is_due, was_tried=was_tried, is_held=True)
    assert held is (WaitsFor.HOLD_CHAT if channel is Channel.WEBCHAT else WaitsFor.HOLD)
    receipt = told(channel, "receipt", is_due=is_due, was_tried=was_tried, is_held=True)
    assert receipt is waits_for
