"""What the config declares, as the parts that send and the domain want it."""

from collections.abc import Mapping

from bot.config import WebhookSettings, secrets_of
from bot.webhooks.posting import Endpoint
from surveys.model import Subscription


def endpoints(declared: Mapping[str, WebhookSettings]) -> dict[str, Endpoint]:
    """Return where each destination is, by name."""
    return {
        name: Endpoint(
            url=webhook.url,
            secrets=secrets_of(webhook.secret),
            allow_private=webhook.allow_private,
        )
        for name, webhook in declared.items()
    }


def subscriptions(declared: Mapping[str, WebhookSettings]) -> tuple[Subscription, ...]:
    """Return what each destination is told."""
    return tuple(
        Subscription(destination=name, types=webhook.events, comments=webhook.comments)
        for name, webhook in declared.items()
    )
