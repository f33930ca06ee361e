"""Runs units of work in memory, one at a time."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from storage.memory.analyses import MemoryAlerts, MemoryAnalyses
from storage.memory.answers import MemoryAnswers
from storage.memory.asking import MemoryContactClocks, MemoryDecisions, MemoryInvitations
from storage.memory.belongings import MemoryBelongings, MemoryJoinings
from storage.memory.counting import Buckets, MemoryCounts
from storage.memory.forgetting import MemoryForgetting
from storage.memory.intake import MemoryEvents, MemoryInbox
from storage.memory.keeping import MemoryApiKeys, MemoryAudit, MemoryNotes, MemoryPrograms
from storage.memory.outbox import MemoryDeliveries
from storage.memory.overview import MemoryOverview
from storage.memory.pacing import MemoryPaces
from storage.memory.pasts import MemoryPasts
from storage.memory.people import (
    MemoryAddresses,
    MemoryConsents,
    MemoryLinks,
    MemoryPeople,
)
from storage.memory.program import (
    MemoryPlannedPublishes,
    MemoryProgramDrafts,
    MemoryProgramVersions,
)
from storage.memory.reports import MemoryReports
from storage.memory.seen_events import MemorySeenEvents
from storage.memory.staff import MemoryRecurrences, MemoryStaffMessages
from storage.memory.staffing import MemoryLoginLinks, MemoryMembers, MemoryStaffSessions
from storage.memory.table import UndoLog
from storage.memory.themes import MemoryThemes
from storage.memory.verbatims import MemoryVerbatims
from storage.memory.webhooks import MemoryDestinations, MemoryWebhooks
from surveys.ports import UnitOfWork

T = TypeVar("T")


class MemoryUnitOfWork:
    """See surveys.ports.UnitOfWork."""

    def __init__(self, log: UndoLog) -> None:
        buckets = Buckets.empty(log)
        self.inbox = MemoryInbox(log)
        self.events = MemoryEvents(log)
        self.seen_events = MemorySeenEvents(self.events)
        self.decisions = MemoryDecisions(log)
        self.people = MemoryPeople(log, self.events, self.decisions)
        self.addresses = MemoryAddresses(log)
        self.consents = MemoryConsents(log)
        self.links = MemoryLinks(log)
        self.invitations = MemoryInvitations(log)
        self.clocks = MemoryContactClocks(log)
        self.paces = MemoryPaces(log)
        self.deliveries = MemoryDeliveries(log, self.paces)
        self.webhooks = MemoryWebhooks(log)
        self.destinations = MemoryDestinations(log, self.webhooks)
        self.staff_messages = MemoryStaffMessages(log)
        self.recurrences = MemoryRecurrences(log)
        self.belongings = MemoryBelongings(
            {
                "identifier": self.people.owned,
                "address": self.addresses.owned,
                "consent": self.consents.owned,
                "event": self.events.owned,
                "decision": self.decisions.owned,
                "invitation": self.invitations.owned,
                "slot": self.clocks.owned,
                "delivery": self.deliveries.owned,
                "link": self.links.owned,
                "webhook": self.webhooks.owned,
            }
        )
        self.overview = MemoryOverview(log.tables)
        self.joinings = MemoryJoinings(log)
        self.forgetting = MemoryForgetting(log.tables)
        self.answers = MemoryAnswers(log)
        self.counts = MemoryCounts(buckets)
        self.reports = MemoryReports(buckets, self.answers)
        self.analyses = MemoryAnalyses(log)
        self.themes = MemoryThemes(log, self.answers)
        self.verbatims = MemoryVerbatims(self.reports, self.themes)
        self.alerts = MemoryAlerts(log)
        self.keys = MemoryApiKeys(log)
        self.members = MemoryMembers(log)
        self.staff_sessions = MemoryStaffSessions(log)
        self.login_links = MemoryLoginLinks(log)
        self.notes = MemoryNotes(log)
        self.audit = MemoryAudit(log)
        self.programs = MemoryPrograms(log)
        self.program_versions = MemoryProgramVersions(log)
        self.program_drafts = MemoryProgramDrafts(log)
        self.planned_publishes = MemoryPlannedPublishes(log)
        self.pasts = MemoryPasts(log)

    def place(self) -> str | None:
        """Return None: nothing outlives the process."""
        return None

    def next_due(self) -> datetime | None:
        """Return the earliest instant at which any row wants attention."""
        parts = (
            self.inbox,
            self.invitations,
            self.deliveries,
            self.destinations,
            self.staff_messages,
            self.recurrences,
            self.planned_publishes,
        )
        return min((due for part in parts if (due := part.next_due())), default=None)


class MemoryStorage:
    """See surveys.ports.Storage. Nothing is awaited inside, so no work sees another's half."""

    def __init__(self) -> None:
        self._log = UndoLog()
        self._rows = MemoryUnitOfWork(self._log)

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run the work; keep what it wrote, or nothing of it when it raises."""
        try:
            result = work(self._rows)
            self._log.keep()
        finally:
            self._log.undo()
        return result

    async def wipe(self) -> bool:
        """Do nothing: what is deleted here is gone."""
        return True

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run the work; nothing that it writes stays."""
        try:
            return work(self._rows)
        finally:
            self._log.undo()
