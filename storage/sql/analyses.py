"""What analyses read besides answers, and what they leave."""

from collections.abc import Collection

from sqlalchemy import bindparam, delete, select

from storage.sql.session import Session
from storage.sql.shapes import decoder, encoder, fields_of, insert_into, plain, table_of
from storage.sql.statements import Query, Statement
from storage.tables.analyses import AlertRow, AnalysisRow
from storage.tables.asking import InvitationRow
from storage.tables.intake import EventRow
from storage.tables.people import PersonRow
from surveys.model import TRIAL
from surveys.stored_analyses import Alert, Analysis, Ask, Happening

_analysis = table_of(AnalysisRow)
_alert = table_of(AlertRow)
_event = table_of(EventRow)
_person = table_of(PersonRow)
_invitation = table_of(InvitationRow)

_KEY = ("kind", "key")
_FIELDS = fields_of(Analysis)
_encode = encoder(_FIELDS)
_SAVE = Statement(
    insert_into(_analysis, _FIELDS).on_conflict_do_update(
        index_elements=list(_KEY),
        set_={name: bindparam(name) for name in _FIELDS if name not in _KEY},
    )
)
_KIND = select(*(_analysis.c[name] for name in _FIELDS)).where(
    _analysis.c.kind == bindparam("kind")
)
_OF_KIND = Query(_KIND.order_by(_analysis.c.key), decoder(Analysis, _FIELDS))
_ONE = Query(_KIND.where(_analysis.c.key == bindparam("key")), decoder(Analysis, _FIELDS))
_REMOVE = Statement(
    delete(_analysis).where(*(_analysis.c[name] == bindparam(name) for name in _KEY))
)
_HAPPENINGS = Query(
    select(
        _event.c.number,
        _person.c.subject_id,
        _event.c.subject,
        _event.c.type,
        _event.c.time,
        _event.c.data,
        _event.c.handler,
    )
    .where(
        _event.c.person_id == _person.c.id,
        _event.c.reversing == bindparam("reversing"),
        _event.c.number > bindparam("after"),
    )
    .order_by(_event.c.number)
    .limit(bindparam("limit")),
    decoder(Happening, fields_of(Happening)),
)
_ASKS = Query(
    select(
        _invitation.c.number,
        _invitation.c.subject_id,
        _invitation.c.stage,
        _invitation.c.sent_at,
    )
    .where(
        _invitation.c.sent_at.is_not(None),
        _invitation.c.subject_id != bindparam("nobody"),
        ~_invitation.c.trigger.startswith(TRIAL, autoescape=True),
        _invitation.c.number > bindparam("after"),
    )
    .order_by(_invitation.c.number)
    .limit(bindparam("limit")),
    decoder(Ask, fields_of(Ask)),
)


class SqlAnalyses:
    """See surveys.stored_analyses.Analyses."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, kind: str, key: str) -> Analysis | None:
        """Return the analysis."""
        return self._session.one(_ONE, kind=kind, key=key)

    def save(self, analysis: Analysis) -> None:
        """Insert or replace."""
        self._session.run(_SAVE, _encode(analysis))

    def all(self, kind: str) -> tuple[Analysis, ...]:
        """Return the kind's analyses."""
        return tuple(sorted(self._session.all(_OF_KIND, kind=kind), key=lambda each: each.key))

    def keep_only(self, kind: str, keys: Collection[str]) -> None:
        """Delete the others."""
        for analysis in self.all(kind):
            if analysis.key not in keys:
                self._session.run(_REMOVE, {"kind": kind, "key": analysis.key})

    def happenings(self, after: int, limit: int) -> tuple[Happening, ...]:
        """Return a page of events."""
        return self._session.all(_HAPPENINGS, reversing=False, after=after, limit=limit)

    def asks(self, after: int, limit: int) -> tuple[Ask, ...]:
        """Return a page of sent invitations."""
        return self._session.all(_ASKS, nobody="", after=after, limit=limit)


_ALERT = plain("alert", Alert, AlertRow)
_NEWEST = _ALERT.query(order=(_alert.c.at.desc(), _alert.c.number.desc()), limited=True, lock=False)


class SqlAlerts:
    """See surveys.stored_analyses.Alerts."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, alert: Alert) -> None:
        """Insert."""
        _ALERT.add(self._session, alert)

    def get(self, alert_id: str) -> Alert | None:
        """Return the alert."""
        return _ALERT.get(self._session, alert_id)

    def newest(self, limit: int) -> tuple[Alert, ...]:
        """Return the newest alerts."""
        return self._session.all(_NEWEST, limit=limit)
