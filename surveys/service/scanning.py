"""A touchpoint's QR code: whoever scans it has come to us and asks to be asked.

Walk of one scan: the code names its touchpoint, and only we can make one; the customer has read the consent text
and pressed Start; her chat has an address, made now where it is her first; the consent is written down; the scan is
stored as an event ``touchpoint.scanned.<touchpoint>`` and decided about like every other (surveys.service.asking).
"""

from base64 import urlsafe_b64encode
from dataclasses import replace
from hashlib import blake2b
from hmac import compare_digest

from surveys.journey import Touchpoint
from surveys.model import (
    Address,
    Channel,
    CustomerHint,
    Event,
    Identifier,
    Person,
)
from surveys.ports import UnitOfWork
from surveys.program import SCANNED
from surveys.service import announcing, ledger
from surveys.service.asking import accept
from surveys.service.context import Context

SOURCE = "aftertouch/qr"
_MARK = "q"
_CLEAR = "clear"


def code_of(salt: str, touchpoint_id: str) -> str:
    """Return the code of a touchpoint: 23 characters ``A-Za-z0-9_-``, the same for good in this deployment.

    ``salt`` is the deployment's secret: without it nobody makes a code that is taken.
    """
    made = blake2b(
        touchpoint_id.encode(),
        key=salt.encode()[:64],
        digest_size=16,
        person=b"touchpoint code",
    )
    return _MARK + urlsafe_b64encode(made.digest()).rstrip(b"=").decode()


def touchpoint_of(ctx: Context, code: str) -> Touchpoint | None:
    """Return the touchpoint whose code it is; None for a forged code, or where nothing is asked any more."""
    given = code.encode(errors="replace")
    for touchpoint in ctx.program.touchpoints:
        ours = compare_digest(code_of(ctx.salt, touchpoint.id).encode(), given)
        if ours and ctx.program.triggers_on(f"{SCANNED}{touchpoint.id}"):
            return touchpoint
    return None


def scan(
    tx: UnitOfWork,
    ctx: Context,
    address: Address,
    touchpoint: Touchpoint,
    scan_id: str,
    *,
    is_newest: bool,
) -> bool | None:
    """Begin the touchpoint's survey; return whether it begins now, None for a scan handled before.

    Pressing Start is the customer's own and later act: it is a consent, and ends an earlier opt-out. Where it is
    not her newest one, what she chose since stands.
    """
    if tx.inbox.find(f"event:{SOURCE}", scan_id) is not None:
        return None
    person = tx.people.get(address.person_id)
    assert person is not None  # noqa: S101 a foreign key says so
    if is_newest:
        _consent(tx, ctx, address, person, scan_id)
    kind = f"{SCANNED}{touchpoint.id}"
    event = Event(
        source=SOURCE,
        id=scan_id,
        type=kind,
        subject=scan_id,
        time=ctx.now(),
        customer=meaning(tx, person),
    )
    accept(tx, ctx, event)
    found = [tx.invitations.find(t.id, person.id, scan_id) for t in ctx.program.triggers_on(kind)]
    asks = [ask for ask in found if ask is not None]
    for ask in asks:  # in the chat that the scan led to, whichever else she has
        tx.invitations.save(replace(ask, address_id=address.id))
    return any(ask.hold_rule == _CLEAR for ask in asks)


def newcomer(
    tx: UnitOfWork,
    ctx: Context,
    channel: Channel,
    *,
    account: str,
    user: str,
    chat: str,
    locale: str | None,
) -> Address:
    """Return a new address, of somebody whom nobody has told us of."""
    now = ctx.now()
    person = Person(id=ctx.new_id(), subject_id=ctx.new_id(), created_at=now, locale=locale)
    tx.people.add(person)
    address = Address(
        id=ctx.new_id(),
        person_id=person.id,
        channel=channel,
        account=account,
        user=user,
        chat=chat,
        created_at=now,
        locale=locale,
    )
    tx.addresses.add(address)
    return address


def meaning(tx: UnitOfWork, person: Person) -> CustomerHint:
    """Name the person by a name that is hers alone, so that the event means her."""
    name = Identifier(namespace="person", value=person.id)
    tx.people.name(person.id, name)
    return CustomerHint(id=person.external_id, identifiers=(name,))


def _consent(tx: UnitOfWork, ctx: Context, address: Address, person: Person, scan_id: str) -> None:
    if not address.reachable:
        tx.addresses.save(replace(address, reachable=True))
    if person.opted_out_at is not None:
        tx.people.save(replace(person, opted_out_at=None, paused_until=None))
        announcing.opted(tx, ctx, person, out=False, source="qr")
    scanned = blake2b(scan_id.encode(), digest_size=16).hexdigest()
    proof = ledger.Proof(id=f"scan:{scanned}", channel=address.channel)
    ledger.grant(tx, ctx, person, address=address, source="qr", proof=proof)
