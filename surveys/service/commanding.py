"""What a customer may ask of this bot: commands, their bare words, and the buttons of the menus that follow."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from surveys.language.commands import spoken
from surveys.language.texts import languages, say
from surveys.model import (
    Address,
    Command,
    Delivery,
    DeliveryState,
    Incoming,
    Person,
    Receipt,
    Tap,
)
from surveys.ports import UnitOfWork
from surveys.service import answering, choosing, erasing, stopping
from surveys.service.context import Context
from surveys.service.notices import is_on
from surveys.service.outcomes import sent
from surveys.service.telling import DELETE, LANGUAGES, MY_DATA, PRIVACY, STOPPED, change, tell
from surveys.service.translating import translate

CONFIRM_WITHIN: Final = timedelta(hours=1)
"""How long the buttons that delete everything stand; later they ask once more."""


def spoken_command(text: str) -> Command | None:
    """Return the command that a text is: its bare word, or spelled with a slash as the notices name it."""
    said = spoken(text)
    return Command(name=said[0], argument=said[1]) if said else None


def obey(
    tx: UnitOfWork, ctx: Context, incoming: Incoming, address: Address, command: Command
) -> Receipt:
    """Do what a command says, but for starting; an unknown one is answered with what there is."""
    person = tx.people.get(address.person_id)
    assert person is not None  # noqa: S101 a foreign key says so
    match command.name:
        case "stop":
            if choosing.latest(tx, incoming, address) is not None:
                stopping.stop(tx, ctx, incoming, address, person)
        case "pause" | "unpause" as name:
            if choosing.latest(tx, incoming, address) is not None:
                _RESTS[name](tx, ctx, address, person)
        case "resume":
            recalled = answering.recall(tx, ctx, incoming, address)
            if recalled is None:
                tell(tx, ctx, address, "notice.help")
            return recalled or Receipt()
        case "lang":
            _speak(tx, ctx, address, person, command.argument.strip().lower())
        case name:
            tell(tx, ctx, address, _TOLD.get(name, "notice.help"))
    return Receipt()


_TOLD: Final[Mapping[str, str]] = {
    "privacy": PRIVACY,
    "mydata": MY_DATA,
    "delete": DELETE,
}


_RESTS: Final[Mapping[str, Callable[[UnitOfWork, Context, Address, Person], None]]] = {
    "pause": stopping.pause,
    "unpause": stopping.unpause,
}


def _speak(tx: UnitOfWork, ctx: Context, address: Address, person: Person, wanted: str) -> None:
    if wanted not in languages():
        tell(tx, ctx, address, LANGUAGES)
        return
    _switch(tx, ctx, person, wanted)
    tell(tx, ctx, address, "notice.language")


def _switch(tx: UnitOfWork, ctx: Context, person: Person, language: str) -> None:
    tx.people.save(replace(person, locale=language))
    for invitation in tx.invitations.live_of_person(person.id):
        translate(tx, ctx, invitation, language)


# --- menus ------------------------------------------------------------------------------------------


def menu_of(tx: UnitOfWork, incoming: Incoming) -> Delivery | None:
    """Return the sender's own menu of which the act is a button; the token is a claim, the sender the proof."""
    tap = incoming.act
    if not isinstance(tap, Tap) or not tap.token:
        return None
    menu = tx.deliveries.by_token(tap.token)
    address = tx.addresses.find(incoming.channel, incoming.account, incoming.user)
    if menu is None or address is None or menu.address_id != address.id:
        return None
    return menu if menu.person_id == address.person_id and is_on(menu, tap.value) else None


def press(tx: UnitOfWork, ctx: Context, incoming: Incoming, menu: Delivery, tap: Tap) -> Receipt:
    """Do what the button says; the menu then shows it. A tap that comes after a later one is history."""
    if incoming.order < float(menu.args.get("order", "-inf")):
        return Receipt()
    menu = replace(menu, args={**menu.args, "order": str(incoming.order)})
    menu = _proven(tx, ctx, menu, tap)
    return _PRESSES[menu.kind](tx, ctx, incoming, menu, tap.value)


def _proven(tx: UnitOfWork, ctx: Context, menu: Delivery, tap: Tap) -> Delivery:
    """Take the tap as proof that a menu arrived of which nobody knew."""
    unknown = menu.state in (DeliveryState.UNKNOWN, DeliveryState.PARKED)
    return sent(tx, ctx, menu, tap.message) if unknown and tap.message else menu


def _press_stop(
    tx: UnitOfWork, ctx: Context, incoming: Incoming, menu: Delivery, value: str
) -> Receipt:
    stopping.choose(tx, ctx, incoming, menu, value)
    return _saved(str(menu.args["language"]))


def _press_delete(
    tx: UnitOfWork, ctx: Context, incoming: Incoming, menu: Delivery, value: str
) -> Receipt:
    address = tx.addresses.get(menu.address_id)
    if address is None:
        return Receipt()
    if value == "erase.no":
        change(tx, ctx, menu, state="kept")
        return _saved(str(menu.args["language"]))
    if menu.args.get("state") == "kept" or ctx.now() - menu.created_at >= CONFIRM_WITHIN:
        tell(tx, ctx, address, DELETE)
        return Receipt()
    erasing.erase_at_her_word(tx, ctx, address)
    return Receipt(toast=say(str(menu.args["language"]), "toast.erased"))


def _press_language(
    tx: UnitOfWork, ctx: Context, incoming: Incoming, menu: Delivery, value: str
) -> Receipt:
    language = value.removeprefix("lang.")
    person = tx.people.get(menu.person_id)
    if person is not None:
        _switch(tx, ctx, person, language)
        change(tx, ctx, menu, state="chosen", language=language)
    return _saved(language)


def _saved(language: str) -> Receipt:
    return Receipt(toast=say(language, "toast.saved"), evident=True)


_Press = Callable[[UnitOfWork, Context, Incoming, Delivery, str], Receipt]
_PRESSES: Final[Mapping[str, _Press]] = {
    STOPPED: _press_stop,
    DELETE: _press_delete,
    LANGUAGES: _press_language,
}
