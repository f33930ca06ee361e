"""Publishes the Home tab: a skeleton at once, then what belongs there; an older publication never wins over a newer."""

import asyncio
from dataclasses import dataclass
from typing import Final

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.incoming import slack_user
from bot.slack.outcomes import TROUBLE, of_failure
from bot.slack.team.backing import Backing
from bot.slack.team.home import CustomerHome, customer_view, skeleton, staff_view, trial_form
from bot.slack.team.reading import Actor
from bot.slack.team.roster import Known, Rank
from surveys.journey import say as choose
from surveys.model import Channel, Json
from surveys.ports import UnitOfWork

DEADLINE: Final = 10.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """Shows Home tabs and forms to the people of one workspace."""

    client: AsyncWebClient
    backing: Backing

    async def home(
        self, by: Actor, account: str, known: Known, shown: str | None, *, deleting: bool = False
    ) -> None:
        """Publish somebody's Home tab over the one of the hash ``shown``; None publishes over any."""
        published = await self._put(
            by.user, skeleton(self._company(known.language), known.language), shown
        )
        if published is None:
            return
        content = await self._content(by, account, known, deleting=deleting)
        await self._put(by.user, content, published)

    async def form(self, trigger: str, known: Known) -> None:
        """Open the form that sends a test; a trigger lives three seconds."""
        program = self.backing.ctx.program
        language, default = known.language, program.company.language
        surveys = [(s.id, choose(s.about, language, default)) for s in program.surveys]
        await self.open(trigger, trial_form(surveys, language))

    async def open(self, trigger: str, view: Json) -> None:
        """Open a form; where that fails there is nobody to tell, and whoever waits for it acts again."""
        try:
            async with asyncio.timeout(DEADLINE):
                await self.client.views_open(trigger_id=trigger, view=view)
        except TROUBLE as problem:
            _log.info("a form was not shown", reason=of_failure(problem).reason)

    async def _put(self, user: str, view: Json, shown: str | None) -> str | None:
        """Publish; return the hash of what stands there now, "" where Slack names none, None where it refused."""
        try:
            async with asyncio.timeout(DEADLINE):
                answer = await self.client.views_publish(
                    user_id=user, view=view, hash=shown or None
                )
        except TROUBLE as problem:
            _log.info("the home tab was not published", reason=of_failure(problem).reason)
            return None
        published = answer.get("view")
        return str(published.get("hash") or "") if isinstance(published, dict) else ""

    async def _content(self, by: Actor, account: str, known: Known, *, deleting: bool) -> Json:
        if known.rank is not Rank.NOBODY:
            figures, operates = self.backing.figures(known.language), known.rank is Rank.OPERATOR
            read = self.backing.storage.read
            return staff_view(await read(lambda tx: figures.home(tx, operates=operates)))
        user = slack_user(by.team, by.user, account)
        own = await self.backing.storage.read(
            lambda tx: self._own(tx, account, user, known, deleting=deleting)
        )
        return customer_view(own)

    def _own(
        self, tx: UnitOfWork, account: str, user: str, known: Known, *, deleting: bool
    ) -> CustomerHome:
        """Read a customer's settings; of somebody we don't know there are none yet."""
        ctx = self.backing.ctx
        address = tx.addresses.find(Channel.SLACK, account, user)
        person = tx.people.get(address.person_id) if address else None
        language = ctx.language_for(person, address) if address else known.language
        return CustomerHome(
            company=self._company(language),
            language=language,
            zone=(person.timezone if person else None) or ctx.program.company.zone,
            now=ctx.now(),
            stopped=person is not None and person.opted_out_at is not None,
            paused_until=person.paused_until if person else None,
            asked_to_delete=deleting,
        )

    def _company(self, language: str) -> str:
        company = self.backing.ctx.program.company
        return choose(company.name, language, company.language)
