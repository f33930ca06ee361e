"""All repositories over one transaction of a SQL database."""

from datetime import datetime

from storage.sql.analyses import SqlAlerts, SqlAnalyses
from storage.sql.answers import SqlAnswers
from storage.sql.asking import SqlContactClocks, SqlDecisions, SqlInvitations
from storage.sql.belongings import SqlBelongings, SqlJoinings
from storage.sql.counting import SqlCounts
from storage.sql.forgetting import SqlForgetting
from storage.sql.house import SqlApiKeys, SqlAudit, SqlNotes, SqlPrograms
from storage.sql.intake import SqlEvents, SqlInbox
from storage.sql.outbox import SqlDeliveries
from storage.sql.overview import SqlOverview
from storage.sql.pacing import SqlPaces
from storage.sql.pasts import SqlPasts
from storage.sql.people import SqlAddresses, SqlConsents, SqlLinks, SqlPeople
from storage.sql.place import place_of
from storage.sql.program import SqlPlannedPublishes, SqlProgramDrafts, SqlProgramVersions
from storage.sql.reports import SqlReports
from storage.sql.seen_events import SqlSeenEvents
from storage.sql.session import Session
from storage.sql.staff import SqlRecurrences, SqlStaffMessages
from storage.sql.staffing import SqlLoginLinks, SqlMembers, SqlStaffSessions
from storage.sql.themes import SqlThemes
from storage.sql.verbatims import SqlVerbatims
from storage.sql.webhooks import SqlDestinations, SqlWebhooks


class SqlUnitOfWork:
    """See surveys.ports.UnitOfWork. Whoever owns the connection begins and commits."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.inbox = SqlInbox(session)
        self.events = SqlEvents(session)
        self.seen_events = SqlSeenEvents(session)
        self.people = SqlPeople(session)
        self.addresses = SqlAddresses(session)
        self.consents = SqlConsents(session)
        self.belongings = SqlBelongings(session)
        self.joinings = SqlJoinings(session)
        self.forgetting = SqlForgetting(session)
        self.links = SqlLinks(session)
        self.decisions = SqlDecisions(session)
        self.invitations = SqlInvitations(session)
        self.clocks = SqlContactClocks(session)
        self.overview = SqlOverview(session)
        self.deliveries = SqlDeliveries(session)
        self.paces = SqlPaces(session)
        self.webhooks = SqlWebhooks(session)
        self.destinations = SqlDestinations(session)
        self.staff_messages = SqlStaffMessages(session)
        self.recurrences = SqlRecurrences(session)
        self.answers = SqlAnswers(session)
        self.counts = SqlCounts(session)
        self.reports = SqlReports(session)
        self.analyses = SqlAnalyses(session)
        self.alerts = SqlAlerts(session)
        self.themes = SqlThemes(session)
        self.verbatims = SqlVerbatims(session)
        self.keys = SqlApiKeys(session)
        self.members = SqlMembers(session)
        self.staff_sessions = SqlStaffSessions(session)
        self.login_links = SqlLoginLinks(session)
        self.notes = SqlNotes(session)
        self.audit = SqlAudit(session)
        self.programs = SqlPrograms(session)
        self.program_versions = SqlProgramVersions(session)
        self.program_drafts = SqlProgramDrafts(session)
        self.planned_publishes = SqlPlannedPublishes(session)
        self.pasts = SqlPasts(session)

    def place(self) -> str | None:
        """Return what identifies the place of this database."""
        return place_of(self.session)

    def next_due(self) -> datetime | None:
        """Return when the next row wants attention."""
        parts = (
            self.inbox,
            self.invitations,
            self.deliveries,
            self.destinations,
            self.staff_messages,
            self.recurrences,
            self.planned_publishes,
        )
        moments = (part.next_due() for part in parts)
        return min((moment for moment in moments if moment), default=None)
