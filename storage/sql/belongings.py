"""Whose every row is, and who got what of whom."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, String, Table, bindparam, cast, select, update

from storage.names import name_of
from storage.sql.session import Session
from storage.sql.shapes import plain, table_of
from storage.sql.statements import Statement
from storage.tables.asking import DecisionRow, InvitationRow, SlotRow
from storage.tables.intake import EventRow
from storage.tables.outbox import DeliveryRow
from storage.tables.people import AddressRow, ConsentRow, IdentifierRow, JoiningRow, LinkRow
from storage.tables.webhooks import WebhookMessageRow
from surveys.model import Joining
from surveys.ports import Rows

_identifier = table_of(IdentifierRow)
_consent = table_of(ConsentRow)
_slot = table_of(SlotRow)
_link = table_of(LinkRow)
_invitation = table_of(InvitationRow)
_joining = table_of(JoiningRow)
_IDENTIFIER, _INVITATION = "identifier", "invitation"


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of row: the table, and the column by which a row is named."""

    table: Table
    name: ColumnElement[Any]

    def where(self, column: str) -> Statement:
        """Return a select of the names of the rows whose column has the value ``id``."""
        return Statement(select(self.name).where(self.table.c[column] == bindparam("id")))

    def give(self) -> Statement:
        """Return an update that makes one of the giver's rows the heir's."""
        hers = self.table.c.person_id == bindparam("giver_id")
        this = self.name == bindparam("name")
        return Statement(
            update(self.table).values(person_id=bindparam("heir_id")).where(hers, this)
        )


def _by_id(model: Any) -> _Kind:
    return _Kind(table_of(model), table_of(model).c.id)


_KINDS = {
    "address": _by_id(AddressRow),
    "consent": _Kind(_consent, cast(_consent.c.number, String)),
    "event": _by_id(EventRow),
    "decision": _by_id(DecisionRow),
    _INVITATION: _by_id(InvitationRow),
    "slot": _Kind(_slot, _slot.c.invitation_id),
    "delivery": _by_id(DeliveryRow),
    "link": _Kind(_link, _link.c.token_hash),
    "webhook": _by_id(WebhookMessageRow),
}
_OF = {kind: known.where("person_id") for kind, known in _KINDS.items()}
_GIVE = {kind: known.give() for kind, known in _KINDS.items() if kind != _INVITATION}
_AT = {kind: _KINDS[kind].where("address_id") for kind in ("consent", _INVITATION, "delivery")}
_ASKED = Statement(
    select(_invitation.c.decision_id, _invitation.c.event_id, _invitation.c.id).where(
        _invitation.c.address_id == bindparam("id")
    )
)
_NAMES = Statement(
    select(_identifier.c.namespace, _identifier.c.value).where(
        _identifier.c.person_id == bindparam("id")
    )
)
_GIVE_NAME = Statement(
    update(_identifier)
    .values(person_id=bindparam("heir_id"))
    .where(
        _identifier.c.namespace == bindparam("namespace"),
        _identifier.c.value == bindparam("value"),
    )
)


class SqlBelongings:
    """See surveys.ports.Belongings."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, person_id: str) -> Rows:
        """Return everything of the person."""
        names = {kind: self._column(one, person_id) for kind, one in _OF.items()}
        bearing = [name_of(*row) for row in self._session.rows(_NAMES, id=person_id)]
        return _filled({_IDENTIFIER: sorted(bearing), **names})

    def at(self, address_id: str) -> Rows:
        """Return the address with what happened there."""
        asked = list(zip(*self._session.rows(_ASKED, id=address_id), strict=True))
        decisions, events, invitations = asked or ((), (), ())
        found = {kind: self._column(one, address_id) for kind, one in _AT.items()}
        about = {"decision": sorted(decisions), "event": sorted(set(events))}
        return _filled({"address": [address_id], "slot": sorted(invitations), **about, **found})

    def give(self, rows: Rows, giver_id: str, heir_id: str) -> None:
        """Give what is the giver's."""
        people = {"giver_id": giver_id, "heir_id": heir_id}
        for kind, names in rows.items():
            for name in names if kind in _GIVE else ():
                self._session.run(_GIVE[kind], {**people, "name": name})
        for namespace, value in self._named(giver_id, rows.get(_IDENTIFIER, ())):
            named = {"namespace": namespace, "value": value}
            self._session.run(_GIVE_NAME, {**named, "heir_id": heir_id})

    def _column(self, statement: Statement, key: str) -> list[str]:
        return sorted(row[0] for row in self._session.rows(statement, id=key))

    def _named(self, person_id: str, wanted: Sequence[str]) -> Iterator[Sequence[str]]:
        for row in self._session.rows(_NAMES, id=person_id) if wanted else ():
            if name_of(*row) in wanted:
                yield row


def _filled(rows: dict[str, list[str]]) -> Rows:
    return {kind: tuple(names) for kind, names in rows.items() if names}


_JOINING = plain("joining", Joining, JoiningRow)
_NEWEST = (_joining.c.number.desc(),)
_OF_HEIR = _JOINING.query(_joining.c.heir_id == bindparam("id"), order=_NEWEST)
_OF_GIVER = _JOINING.query(_joining.c.giver_id == bindparam("id"), order=_NEWEST)


class SqlJoinings:
    """See surveys.ports.Joinings."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, joining: Joining) -> None:
        """Insert."""
        _JOINING.add(self._session, joining)

    def save(self, joining: Joining) -> None:
        """Replace."""
        _JOINING.save(self._session, joining)

    def of_heir(self, person_id: str) -> tuple[Joining, ...]:
        """Return what the person got."""
        return self._session.all(_OF_HEIR, id=person_id)

    def of_giver(self, person_id: str) -> tuple[Joining, ...]:
        """Return what the person gave."""
        return self._session.all(_OF_GIVER, id=person_id)
