"""What the config file set up, as the console's settings show it: nothing secret is in it."""

import os

from bot.channels import Channels
from bot.config import Settings
from bot.console.people.settings import Examined, Installed
from bot.doctor.examining import examine
from bot.webhooks.door import place
from surveys.ports import Clock


def installed(settings: Settings, channels: Channels, clock: Clock) -> Installed:
    """Return it; ``health`` and ``examine`` look anew each time."""

    async def look(language: str) -> tuple[Examined, ...]:
        return tuple(
            Examined(
                check=each.check,
                label=each.label.said(language),
                state=each.state.value,
                told=each.told.said(language),
                mend=each.mend.said(language) if each.mend else "",
            )
            for each in await examine(settings, os.environ, clock)
        )

    return Installed(
        health=channels.health,
        hooks={name: hook.vendor or "" for name, hook in settings.hooks.items()},
        receivers={name: place(hook.url) for name, hook in settings.webhooks.items()},
        keeping=settings.retention.keeping,
        base=settings.base,
        examine=look,
    )
