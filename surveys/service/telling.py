"""Short messages that belong to no survey: what answers a command, and menus that change when they are tapped.

A menu is a message with buttons of its own. Its row holds what it shows now (``args``); a tap on it changes the row
and queues an edit of the message. Its token stands in the row, too: a menu is found by it.
"""

from dataclasses import replace
from typing import Final

from surveys.model import Address, Delivery, DeliveryClass, DeliveryState
from surveys.ports import UnitOfWork
from surveys.service.context import Context
from surveys.service.effects import REPLY_WITHIN

STOPPED: Final = "notice.stopped"
DELETE: Final = "notice.delete"
LANGUAGES: Final = "notice.languages"
MY_DATA: Final = "notice.mydata"
ERASED: Final = "notice.erased"
PRIVACY: Final = "notice.privacy"
_MENUS: Final = frozenset({STOPPED, DELETE, LANGUAGES, MY_DATA})
_OWED: Final = frozenset(
    {STOPPED, DELETE, MY_DATA, ERASED, "notice.restarted", PRIVACY, "notice.language"}
)


def tell(tx: UnitOfWork, ctx: Context, address: Address, key: str, **values: str) -> Delivery:
    """Queue a message that answers the customer's own act; what she has a right to know never expires."""
    now = ctx.now()
    owed = key in _OWED
    delivery_id = ctx.new_id()
    told = Delivery(
        id=delivery_id,
        key=f"{address.id}/{key}/{delivery_id}",
        person_id=address.person_id,
        address_id=address.id,
        channel=address.channel,
        delivery_class=DeliveryClass.RECEIPT if owed else DeliveryClass.REPLY,
        kind=key,
        state=DeliveryState.PENDING,
        created_at=now,
        due_at=now,
        args={"language": language_at(tx, ctx, address), **values},
        token=ctx.new_token() if key in _MENUS else None,
        expires_at=None if owed else now + REPLY_WITHIN,
    )
    tx.deliveries.add(told)
    return told


def change(tx: UnitOfWork, ctx: Context, menu: Delivery, **values: str) -> None:
    """Let a menu show something else."""
    now = ctx.now()
    changed = replace(menu, args={**menu.args, **values}, seq=menu.seq + 1)
    tx.deliveries.save(changed)
    edit = replace(
        changed,
        id=ctx.new_id(),
        key=f"{menu.key}/{changed.seq}",
        delivery_class=DeliveryClass.EDIT,
        state=DeliveryState.PENDING,
        created_at=now,
        due_at=now,
        target_id=menu.id,
        expires_at=None,
        fence=0,
        attempts=0,
        started_at=None,
        sent_at=None,
        ref=None,
        reason=None,
        resends=0,
    )
    tx.deliveries.add(edit)


def language_at(tx: UnitOfWork, ctx: Context, address: Address) -> str:
    """Return the language in which somebody is written to at her address."""
    return ctx.language_for(tx.people.get(address.person_id), address)
