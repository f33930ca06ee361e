"""What is kept of an erased customer's names: hashes, by which a later event of hers is known and not stored.

A tombstone names nobody. It is a hash under a key that this deployment has drawn; it tells that whoever bears a name
was erased, and when. A new customer with an id of her own is nobody's tombstone, whatever e-mail she shares.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import blake2b
from typing import Final

from surveys.model import CustomerHint, Identifier, Person
from surveys.ports import UnitOfWork
from surveys.service.context import Context

_KEY: Final = "tombstones"
_EMAILS: Final = ("email", "email_hint")
_ID: Final = "id"


def bury(tx: UnitOfWork, ctx: Context, person: Person) -> None:
    """Remember that whoever bears one of the person's names was erased now."""
    key = tx.notes.keep(_KEY, ctx.new_token())
    names = set(tx.people.names(person.id))
    if person.external_id is not None:
        names.add(Identifier(namespace=_ID, value=person.external_id))
    for name in names:
        tx.notes.set(_stone(key, name), ctx.now().isoformat())


def buried_at(tx: UnitOfWork, names: Iterable[Identifier]) -> datetime | None:
    """Return when whoever bears one of the names was erased last; None where nobody was."""
    key = tx.notes.get(_KEY)
    written = (tx.notes.get(_stone(key, name)) for name in names) if key else ()
    return max((datetime.fromisoformat(at) for at in written if at), default=None)


def was_erased(tx: UnitOfWork, hint: CustomerHint) -> bool:
    """Say whether an event is about somebody who was erased, and has not been told of again by the company."""
    names = tuple(_decisive(hint))
    return buried_at(tx, names) is not None and not tx.people.named(names)


def _decisive(hint: CustomerHint) -> Iterator[Identifier]:
    """Yield the names by which an event means its customer: her id alone, where it says one."""
    if hint.id is not None:
        yield Identifier(namespace=_ID, value=hint.id)
        return
    yield from hint.identifiers
    for namespace in _EMAILS if hint.email else ():
        yield Identifier(namespace=namespace, value=hint.email or "")


def _stone(key: str, name: Identifier) -> str:
    namespace = _EMAILS[0] if name.namespace in _EMAILS else name.namespace
    text = f"{namespace}\x1f{name.value.casefold()}".encode()
    return f"erased:{blake2b(text, key=key.encode()[:64], digest_size=16).hexdigest()}"
