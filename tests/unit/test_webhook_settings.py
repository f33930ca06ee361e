"""What a config may say about outgoing webhooks; every fault names its key."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.config import load, strays
from bot.webhooks.declared import endpoints, subscriptions
from bot.webhooks.posting import Endpoint
from surveys.errors import InvalidInput
from surveys.model import Subscription, WebhookType

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
GOOD: dict[str, Any] = {
    "url": "https://crm.example.com/hook",
    "secret": SECRET,
    "events": ["answer.recorded", "delivery.parked"],
}


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "config.yaml"


def declare(file: Path, **webhooks: Any) -> Path:
    file.write_text(json.dumps({"webhooks": webhooks}), "utf-8")
    return file


def test_a_destination_is_read_with_careful_defaults(written: Path) -> None:
    settings = load({}, declare(written, crm=GOOD)).webhooks

    assert endpoints(settings) == {
        "crm": Endpoint(url=GOOD["url"], secrets=(SECRET,), allow_private=False)
    }
    types = frozenset({WebhookType.ANSWER_RECORDED, WebhookType.DELIVERY_PARKED})
    assert subscriptions(settings) == (
        Subscription(destination="crm", types=types, comments=False),
    )


def test_the_secret_may_come_from_the_environment_and_be_several(written: Path) -> None:
    rest = {name: value for name, value in GOOD.items() if name != "secret"}
    environ = {"AFTERTOUCH_WEBHOOK_CRM_SECRET": f"{SECRET}, whsec_{'A' * 32}"}
    settings = load(environ, declare(written, crm=rest)).webhooks

    assert strays(environ) == ()
    assert endpoints(settings)["crm"].secrets == (SECRET, f"whsec_{'A' * 32}")


def test_a_secret_without_a_destination_is_a_fault() -> None:
    with pytest.raises(InvalidInput, match=r"webhooks\.crm\.url: Field required"):
        load({"AFTERTOUCH_WEBHOOK_CRM_SECRET": SECRET}, None)


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"url": "http://crm.example.com/"}, "webhooks.crm.url: must begin with https://"),
    ({"url": "https://10.0.0.7/"}, "webhooks.crm.url: 10.0.0.7 is not a public address"),
    ({"url": "https://[::ffff:10.0.0.1]/"}, "webhooks.crm.url: ::ffff:"),
    ({"url": "crm"}, "webhooks.crm.url: must be an https address"),
    ({"secret": "topsecret"}, "webhooks.crm.secret: must be whsec_"),
    ({"secret": "whsec_c2hvcnQ="}, "webhooks.crm.secret: must be whsec_"),
    ({"secret": f"{SECRET},x"}, "webhooks.crm.secret: must be whsec_"),
    ({"secret": ""}, "webhooks.crm.secret: must be whsec_"),
    ({"events": []}, "webhooks.crm.events"),
    ({"events": ["answer.recorded", "answer.lost"]}, "webhooks.crm.events.1"),
    ({"retries": 3}, "webhooks.crm.retries: there is no such setting"),
    ({"allow_private": "perhaps"}, "webhooks.crm.allow_private"),
]


@pytest.mark.parametrize(("change", "named"), FAULTS)
def test_a_fault_names_its_key_and_no_secret(
    written: Path, change: dict[str, Any], named: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        load({}, declare(written, crm=GOOD | change))

    assert named in str(refused.value)
    assert SECRET not in str(refused.value)


def test_a_name_is_lower_case(written: Path) -> None:
    with pytest.raises(InvalidInput, match=r"webhooks\.CRM"):
        load({}, declare(written, CRM=GOOD))


def test_the_own_network_is_allowed_where_that_is_said(written: Path) -> None:
    near = GOOD | {"url": "http://10.0.0.7/hook", "allow_private": True}

    assert load({}, declare(written, crm=near)).webhooks["crm"].allow_private
