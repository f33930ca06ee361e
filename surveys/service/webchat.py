"""Web chat: the customer's browser pulls, so a message is sent when it is first pulled."""

from dataclasses import replace
from datetime import timedelta

from surveys.model import (
    Address,
    Bubble,
    Channel,
    Delivery,
    DeliveryState,
    Opened,
    WebSession,
)
from surveys.ports import UnitOfWork
from surveys.rendering import consent_text
from surveys.service.asking import reconsider
from surveys.service.context import Context
from surveys.service.holding import goes_out
from surveys.service.outcomes import sent
from surveys.service.people import hash_token, join
from surveys.service.sending import Claimed, prompt_of, try_claim

ACCOUNT = "web"
SESSION_LASTS = timedelta(days=90)
MOST_BUBBLES = 60
_PULL = 20


def open_link(tx: UnitOfWork, ctx: Context, token: str) -> Opened | None:
    """Use a one-time link: join, record consent, start a session; None whatever is wrong with it."""
    session = ctx.new_token()
    now = ctx.now()
    address = join(
        tx,
        ctx,
        token,
        channel=Channel.WEBCHAT,
        account=ACCOUNT,
        user=hash_token(session)[:32],
        chat="",
        locale=None,
    )
    if address is None:
        return None
    expires_at = now + SESSION_LASTS
    tx.links.add_session(
        WebSession(
            token_hash=hash_token(session),
            address_id=address.id,
            created_at=now,
            expires_at=expires_at,
        )
    )
    reconsider(tx, ctx, address.person_id)
    language = ctx.language_for(tx.people.get(address.person_id), address)
    return Opened(
        session=session,
        language=language,
        consent_text=consent_text(ctx.program, language),
        expires_at=expires_at,
    )


def address_of(tx: UnitOfWork, ctx: Context, session: str) -> Address | None:
    """Return the address of a live session."""
    found = tx.links.session(hash_token(session))
    if found is None or found.expires_at <= ctx.now():
        return None
    return tx.addresses.get(found.address_id)


def waiting(tx: UnitOfWork, ctx: Context, address: Address) -> bool:
    """Say, read-only, whether a pull would change anything."""
    return bool(tx.deliveries.pullable(address.id, ctx.now(), 1, only=goes_out(tx)))


def pull(tx: UnitOfWork, ctx: Context, address: Address) -> None:
    """Claim what is due for this browser and mark it sent: handing it over is the delivery."""
    for delivery in tx.deliveries.pullable(address.id, ctx.now(), _PULL, only=goes_out(tx)):
        claimed = try_claim(tx, ctx, delivery)
        if isinstance(claimed, Claimed):
            sent(tx, ctx, claimed.delivery, {"id": claimed.delivery.target_id or delivery.id})


def transcript(tx: UnitOfWork, ctx: Context, address: Address) -> tuple[Bubble, ...]:
    """Return the messages of this browser as they now stand, oldest first."""
    told = tx.deliveries.of_address(address.id, MOST_BUBBLES)
    newest_edit: dict[str, Delivery] = {}
    for delivery in sorted(told, key=lambda d: d.seq):
        if delivery.target_id is not None:
            newest_edit[delivery.target_id] = delivery
    return tuple(
        _bubble(tx, ctx, delivery, newest_edit.get(delivery.id))
        for delivery in told
        if delivery.target_id is None and delivery.state is DeliveryState.SENT
    )


def _bubble(tx: UnitOfWork, ctx: Context, delivery: Delivery, edit: Delivery | None) -> Bubble:
    shown = delivery if edit is None else replace(edit, token=edit.token or delivery.token)
    invitation = tx.invitations.get(delivery.invitation_id) if delivery.invitation_id else None
    prompt = prompt_of(tx, ctx, shown, invitation)
    return Bubble(id=delivery.id, prompt=prompt, at=delivery.sent_at or delivery.created_at)
