"""What staff ask about identity: who is meant, where she can be reached, who is who."""

from surveys.errors import NotFound
from surveys.model import Address, Channel, Identifier, Json, Person
from surveys.ports import UnitOfWork
from surveys.service.context import Context
from surveys.service.joining import join_people, split
from surveys.service.shadows import living

_BY_HAND = "staff"


def find_person(tx: UnitOfWork, query: str) -> Person:
    """Return whom an id of the company's, an e-mail, ``namespace=value`` or an id of ours names; raises NotFound."""
    namespace, equals, value = query.partition("=")
    names = [Identifier(namespace="id", value=query)]
    if "@" in query:
        names.append(Identifier(namespace="email", value=query.strip().casefold()))
    if equals:
        names.append(Identifier(namespace=namespace, value=value))
    found = next(iter(tx.people.named(names)), None) or tx.people.get(query)
    if found is None:
        raise NotFound("customer", query[:100])
    return living(tx, found)


def find_chat(tx: UnitOfWork, query: str) -> Address:
    """Return the chat that ``channel:account:user`` or an id of ours names; raises NotFound."""
    channel, _, rest = query.partition(":")
    account, _, user = rest.partition(":")
    found = tx.addresses.get(query)
    if found is None and channel in tuple(Channel):
        found = tx.addresses.find(Channel(channel), account, user)
    if found is None:
        raise NotFound("chat", query[:100])
    return found


def describe(tx: UnitOfWork, person: Person) -> dict[str, Json]:
    """Return a person with her chats and what was joined, as plain JSON."""
    return {
        "person": person.id,
        "id": person.external_id,
        "names": [f"{name.namespace}={name.value}" for name in tx.people.names(person.id)],
        "preferred_channel": person.preferred_channel,
        "opted_out": person.opted_out_at is not None,
        "chats": [
            {
                "chat": f"{a.channel.value}:{a.account}:{a.user}",
                "reachable": a.reachable,
                "since": a.created_at.isoformat(),
            }
            for a in tx.addresses.of_person(person.id)
        ],
        "joined": [
            {"person": j.giver_id, "how": j.how, "by": j.by, "at": j.at.isoformat()}
            for j in tx.joinings.of_heir(person.id)
            if j.undone_at is None and j.how != "split"
        ],
    }


def join_by_hand(tx: UnitOfWork, ctx: Context, kept: str, given: str, by: str) -> Person:
    """Make two people one; the first is kept. Raises NotFound, InvalidInput."""
    first, second = find_person(tx, kept), find_person(tx, given)
    return join_people(tx, ctx, first, second, how=_BY_HAND, by=by)


def split_by_hand(tx: UnitOfWork, ctx: Context, chat: str, by: str) -> Person:
    """Take a chat away from the person it is attached to; return whose it is now. Raises NotFound."""
    return split(tx, ctx, find_chat(tx, chat), by=by)
