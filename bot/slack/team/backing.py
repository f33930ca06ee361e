"""What stands behind the team's side of Slack: the application's parts that it reads and changes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.slack.team.figures import Figures
from bot.slack.team.inbox import InboxReader
from bot.slack.team.roster import StaffList
from surveys.model import Incoming, Receipt
from surveys.ports import Storage, UnitOfWork
from surveys.service.context import Context

Work = Callable[[UnitOfWork], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backing:
    """Everything the door needs of the application.

    Attributes:
        staff: whom the settings name.
        base: the console's public address without a slash at its end, "" where it has none.
        order: does a piece of work in one commit, and lets what was claimed before look again.
        receive: takes a customer's act, see bot.desk.
    """

    storage: Storage
    ctx: Context
    staff: StaffList
    base: str
    order: Callable[[Work], Awaitable[str | None]]
    receive: Callable[[Incoming], Awaitable[Receipt]]

    def figures(self, language: str) -> Figures:
        """Return the reader of results as of now."""
        return Figures(
            program=self.ctx.program, base=self.base, now=self.ctx.now(), language=language
        )

    def inbox(self, language: str, *, sees_customers: bool) -> InboxReader:
        """Return the reader of what waits as of now."""
        return InboxReader(
            program=self.ctx.program,
            base=self.base,
            now=self.ctx.now(),
            language=language,
            sees_customers=sees_customers,
        )
