"""Web chat: the customer's browser pulls, so a message is sent when it is first pulled."""

from dataclasses import replace
from datetime import datetime, timedelta

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
from surveys.service.reaching import bring_along
from surveys.service.scanning import newcomer, touchpoint_of
from surveys.service.sending import Claimed, prompt_of, try_claim
from surveys.service.shadows import living
from surveys.service.talking import scanned

ACCOUNT = "web"
SESSION_LASTS = timedelta(days=90)
MOST_BUBBLES = 60
_PULL = 20


def open_link(
    tx: UnitOfWork, ctx: Context, token: str, *, key: str = "", session: str = ""
) -> Opened | None:
    """Use a one-time link: join, record consent, start or go on with a session; None whatever is wrong with it.

    ``key`` is a secret that the browser made for this link: with it the link opens again after its answer was
    lost on the way. ``session`` is what the browser holds; a link of the same customer goes on with it.
    """
    link = tx.links.find(hash_token(token))
    if link is None or link.channel is not Channel.WEBCHAT:
        return None
    linked = tx.people.get(link.person_id)
    meant = living(tx, linked).id if linked else link.person_id
    browser = _browser(tx, ctx, meant, key, session)
    address = join(
        tx,
        ctx,
        token,
        channel=Channel.WEBCHAT,
        account=ACCOUNT,
        user=browser.user if browser else _user_of(key or ctx.new_token()),
        chat="",
        locale=None,
    )
    if address is not None:
        reconsider(tx, ctx, address.person_id)
        bring_along(tx, ctx, address)
        return _opened(tx, ctx, address, session)
    again = browser is not None and browser.person_id == meant
    return _opened(tx, ctx, browser, session) if browser and again else None


def scan(
    tx: UnitOfWork, ctx: Context, code: str, scan_id: str, *, language: str, session: str = ""
) -> Opened | None:
    """Begin what a touchpoint's code begins, for the browser's customer or somebody new; None for no code of ours.

    ``scan_id`` is a secret of the browser, one for each scan: a repeat finds the same customer and counts once.
    """
    touchpoint = touchpoint_of(ctx, code)
    if touchpoint is None:
        return None
    user = _user_of(scan_id)
    address = address_of(tx, ctx, session) or tx.addresses.find(Channel.WEBCHAT, ACCOUNT, user)
    if address is None:
        address = newcomer(
            tx, ctx, Channel.WEBCHAT, account=ACCOUNT, user=user, chat="", locale=language
        )
    scanned(tx, ctx, address, touchpoint, hash_token(scan_id))
    return _opened(tx, ctx, address, session)


def _browser(
    tx: UnitOfWork, ctx: Context, person_id: str, key: str, session: str
) -> Address | None:
    """Return the browser's address where the link may take it over: its customer is the link's, or nobody known."""
    there = address_of(tx, ctx, session)
    if there is None and key:
        there = tx.addresses.find(Channel.WEBCHAT, ACCOUNT, _user_of(key))
    holder = tx.people.get(there.person_id) if there else None
    if holder is None or (holder.id != person_id and holder.external_id is not None):
        return None
    return there


def _user_of(secret: str) -> str:
    return hash_token(secret)[:32]


def _opened(tx: UnitOfWork, ctx: Context, address: Address, session: str) -> Opened:
    """Return the session, a new one unless the browser holds one of this address."""
    known = tx.links.session(hash_token(session))
    if known is None or known.address_id != address.id or known.expires_at <= ctx.now():
        session, now = ctx.new_token(), ctx.now()
        known = WebSession(
            token_hash=hash_token(session),
            address_id=address.id,
            created_at=now,
            expires_at=now + SESSION_LASTS,
        )
        tx.links.add_session(known)
    language = ctx.language_for(tx.people.get(address.person_id), address)
    return Opened(
        session=session,
        language=language,
        consent_text=consent_text(ctx.program, language),
        expires_at=known.expires_at,
    )


def address_of(tx: UnitOfWork, ctx: Context, session: str) -> Address | None:
    """Return the address of a live session."""
    found = tx.links.session(hash_token(session))
    if found is None or found.expires_at <= ctx.now():
        return None
    return tx.addresses.get(found.address_id)


def came_due(tx: UnitOfWork, after: datetime, until: datetime) -> tuple[tuple[str, str], ...]:
    """Return ``(address id, message id)`` of what browsers may pull since; see surveys.ports.Deliveries."""
    return tx.deliveries.came_due(Channel.WEBCHAT, after, until)


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
