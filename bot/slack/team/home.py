"""The Home tab: what waits and how the stages stand for staff, her own settings for a customer.

A Home tab holds at most 100 blocks (docs.slack.dev, views.publish); tables and charts are for messages.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.slack.layout import Block, plain
from bot.slack.team.blocks import FIELD_MAX, HEADER_MAX, actions, button, link, section, small
from bot.slack.team.board import Line
from bot.slack.team.texts import say
from surveys.language.dates import day
from surveys.language.texts import languages
from surveys.model import Json
from surveys.pausing import Pause
from surveys.service.holding import OLDER_COPY
from surveys.service.operating import Standing
from surveys.timing import zone_of

MOST_STAGES: Final = 40
MOST_PAUSES: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffHome:
    """What staff see: ``stages`` hold one line each, ``url`` leads to the console or is empty."""

    company: str
    standing: Standing
    alerts: int
    pauses: tuple[Pause, ...]
    stages: tuple[Line, ...]
    window: str
    url: str
    operates: bool
    language: str

    @property
    def attention(self) -> int:
        """How many things wait for somebody to look at them."""
        return self.standing.waiting + self.alerts + bool(self.standing.hold)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerHome:
    """What a customer sees of her own settings. ``asked_to_delete``: she is to say yes in the conversation."""

    company: str
    language: str
    zone: str
    now: datetime
    stopped: bool = False
    paused_until: datetime | None = None
    asked_to_delete: bool = False


def skeleton(company: str, language: str) -> Json:
    """Return the tab while its content is looked up."""
    return _view([_header(company), section(say(language, "home.loading"))])


def staff_view(home: StaffHome) -> Json:
    """Return the staff's page."""
    return _view([*_attention(home), {"type": "divider"}, *_stages(home), *_deeds(home)])


def customer_view(home: CustomerHome) -> Json:
    """Return a customer's page: how things stand, and what she can change."""
    return _view([_header(home.company), *_state(home), *_choices(home)])


def trial_form(surveys: Sequence[tuple[str, str]], language: str) -> Json:
    """Return the form that sends a test; ``surveys`` are ids and names."""
    options = [{"text": plain(name, 75), "value": survey} for survey, name in surveys[:100]]
    element = {"type": "static_select", "action_id": "v", "options": options}
    return {
        "type": "modal",
        "callback_id": "team.test",
        "title": plain(say(language, "home.test"), 24),
        "submit": plain(say(language, "home.send"), 24),
        "close": plain(say(language, "home.close"), 24),
        "blocks": [
            section(say(language, "test.form")),
            {
                "type": "input",
                "block_id": "survey",
                "label": plain(say(language, "test.survey"), 75),
                "element": element,
            },
        ],
    }


def _view(blocks: list[Block]) -> Json:
    return {"type": "home", "blocks": blocks}


def _header(text: str) -> Block:
    return {"type": "header", "text": plain(text, HEADER_MAX)}


# --- staff ----------------------------------------------------------------------------------------


def _attention(home: StaffHome) -> Iterator[Block]:
    language, standing = home.language, home.standing
    yield _header(say(language, "home.title", company=home.company))
    key = "home.attention" if home.attention else "home.nothing"
    yield section(say(language, key, count=str(home.attention)))
    parts = {
        "home.unknown": standing.unknown + standing.parked,
        "home.letters": standing.dead_letters,
        "home.alerts": home.alerts,
    }
    told = [say(language, key, count=str(count)) for key, count in parts.items() if count]
    if told:
        yield small(" · ".join(told))
    if standing.hold:
        reason = standing.hold.reason
        reason = say(language, "hold.older_copy") if reason == OLDER_COPY else reason
        yield section(say(language, "home.held", by=standing.hold.by, reason=reason or "–"))
    for pause in home.pauses[:MOST_PAUSES]:
        yield small(say(language, f"home.paused.{pause.of}", name=pause.id, by=pause.by))


def _stages(home: StaffHome) -> Iterator[Block]:
    for each in home.stages[:MOST_STAGES]:
        fields = [
            plain(f"{each.place}\n{each.metric}", FIELD_MAX),
            plain(each.told(), FIELD_MAX),
        ]
        yield {"type": "section", "fields": fields}
    yield small(home.window)


def _deeds(home: StaffHome) -> Iterator[Block]:
    language = home.language
    yield actions(
        *([button("try", say(language, "home.test"))] if home.operates else []),
        *([link(say(language, "open"), home.url)] if home.url else []),
        button("refresh", say(language, "home.refresh")),
    )


# --- customers ------------------------------------------------------------------------------------


def _state(home: CustomerHome) -> Iterator[Block]:
    language = home.language
    yield section(say(language, "me.what", company=home.company))
    if home.stopped:
        yield section(say(language, "me.stopped"))
    elif home.paused_until is not None and home.paused_until > home.now:
        zone, _ = zone_of(home.zone, "UTC")
        until = day(home.paused_until, zone, language, now=home.now)
        yield section(say(language, "me.paused", day=until))
    else:
        yield section(say(language, "me.asked"))
    if home.asked_to_delete:
        yield section(say(language, "me.deleting"))


def _choices(home: CustomerHome) -> Iterator[Block]:
    language = home.language
    paused = home.paused_until is not None and home.paused_until > home.now
    yield actions(
        *(
            button(f"me.lang.{each}", say(each, "me.language"))
            for each in languages()
            if each != language
        )
    )
    asks = ["start"] if home.stopped else ["unpause" if paused else "pause", "stop"]
    yield actions(*(button(f"me.{each}", say(language, f"me.{each}")) for each in asks))
    yield actions(button("me.delete", say(language, "me.delete")))
    yield small(say(language, "me.note"))
