"""What the shortcuts come to: a form, and a deed that asks for a question and says what the rules made of it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.slack.incoming import slack_user
from bot.slack.team.backing import Backing
from bot.slack.team.commands import Deed
from bot.slack.team.forms import Askable, ask_form, create_form, told_form
from bot.slack.team.links import console_link
from bot.slack.team.reading import CREATE, Actor, Called, Written
from bot.slack.team.roster import Known, Rank
from bot.slack.team.texts import say
from surveys.conditions import evaluate, paths
from surveys.errors import NotFound
from surveys.instruments import instrument
from surveys.journey import say as choose
from surveys.language.dates import moment
from surveys.model import Address, Channel, Json, Verdict, VerdictKind
from surveys.ports import UnitOfWork
from surveys.program import Trigger
from surveys.service.holding import is_held
from surveys.service.reasons import rule_in_words
from surveys.service.requesting import Requested, request
from surveys.timing import zone_of

_STILL_TO_COME = (VerdictKind.HELD, VerdictKind.RELEASED, VerdictKind.OUTRANKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcuts:
    """One person's shortcuts, in front of one workspace."""

    backing: Backing
    known: Known
    by: Actor
    account: str

    async def form(self, called: Called) -> Json:
        """Return what a shortcut opens; a sentence where there is nothing she may do there."""
        if called.what == CREATE:
            return self._creating()
        if self.known.rank is not Rank.OPERATOR or called.on is None:
            return told_form("ask.title", self._refusal(), self._language)
        on = called.on
        if await self.backing.storage.read(lambda tx: self._address(tx, on)) is None:
            return told_form("ask.title", self._say("ask.unknown"), self._language)
        askable = [*self._askable()]
        if not askable:
            return told_form("ask.title", self._say("ask.nothing"), self._language)
        return ask_form(askable, on, self._language)

    def asks(self, trigger_id: str, on: Written | None) -> Deed:
        """Return the deed that asks for a question; it raises NotFound where trigger or customer are gone."""

        def deed(tx: UnitOfWork) -> str:
            address = self._address(tx, on) if on else None
            if on is None or address is None:
                raise NotFound("customer", "of the message")
            occasion = f"slack:{self.account}/{on.channel}/{on.ts}"
            by = f"slack:{self.by.user}"
            found = request(tx, self.backing.ctx, address, trigger_id, occasion, by)
            return " ".join(self._outcome(tx, found))

        return deed

    def _creating(self) -> Json:
        language, rank = self._language, self.known.rank
        if rank is Rank.NOBODY:
            return told_form("new.title", self._refusal(), language)
        console = console_link(self.backing.base)
        if not console:
            return told_form("new.title", self._say("new.no_address"), language)
        blank = f"{console}/surveys/new" if rank is Rank.OPERATOR else ""
        return create_form(f"{console}/templates", blank, language)

    def _refusal(self) -> str:
        if self.known.rank is Rank.NOBODY:
            return self._say("refused" if self.known.certain else "uncertain")
        return self._say("operators_only")

    def _address(self, tx: UnitOfWork, on: Written) -> Address | None:
        """Return the address of a message's author; None where a bot wrote it, or somebody we don't know."""
        if on.author is None:
            return None
        user = slack_user(on.author.team, on.author.user, self.account)
        return tx.addresses.find(Channel.SLACK, self.account, user)

    # --- what may be asked for ------------------------------------------------------------------------

    def _askable(self) -> Iterator[Askable]:
        triggers = self.backing.ctx.program.on_request
        names = {trigger.id: self._name(trigger) for trigger in triggers}
        seen = Counter(names.values())
        for trigger in triggers:
            name = names[trigger.id]
            named = f"{name} ({trigger.id})" if seen[name] > 1 else name
            yield Askable(id=trigger.id, name=named, unfit=self._unfit(trigger))

    def _name(self, trigger: Trigger) -> str:
        program = self.backing.ctx.program
        place = choose(
            program.touchpoint(trigger.touchpoint).label, self._language, program.company.language
        )
        return f"{place} · {instrument(program.survey(trigger.survey).instrument).short}"

    def _unfit(self, trigger: Trigger) -> str:
        """Say which data a trigger looks at that a request does not have, where it would not be asked for that."""
        if trigger.where is None or evaluate(trigger.where, {}).holds:
            return ""
        return self._say("ask.unfit", fields=_fields(trigger))

    # --- what came of it ------------------------------------------------------------------------------

    def _outcome(self, tx: UnitOfWork, found: Requested) -> Iterator[str]:
        if not found.is_new:
            yield self._say("asked.again")
        yield self._verdict(found.trigger, found.verdict)
        if is_held(tx):
            yield self._say("hold.stands")

    def _verdict(self, trigger: Trigger, verdict: Verdict | None) -> str:
        name = self._name(trigger)
        if verdict is None:
            return self._say("asked.not", survey=name, rule=self._rule("erased"))
        if verdict.kind is VerdictKind.ASKED:
            return self._say("asked.done", survey=name, at=self._moment(verdict.at))
        if verdict.kind in _STILL_TO_COME:
            return self._to_come(name, verdict)
        if verdict.rule == "condition":
            return self._say("asked.unfit", survey=name, fields=_fields(trigger))
        return self._say("asked.not", survey=name, rule=self._rule(verdict.rule))

    def _to_come(self, name: str, verdict: Verdict) -> str:
        rule = self._rule(verdict.rule)
        for key, told in (("not_before", "asked.until"), ("ask_by", "asked.waits")):
            until = verdict.values.get(key)
            if isinstance(until, str):
                at = self._moment(datetime.fromisoformat(until))
                return self._say(told, survey=name, at=at, rule=rule)
        return self._say("asked.now", survey=name)

    def _moment(self, at: datetime) -> str:
        zone, _ = zone_of(self.backing.ctx.program.company.zone, "UTC")
        return moment(at, zone, self._language, now=self.backing.ctx.now())

    def _rule(self, rule: str) -> str:
        return rule_in_words(rule, self.backing.ctx.program, self._language)

    @property
    def _language(self) -> str:
        return self.known.language

    def _say(self, key: str, **values: str) -> str:
        return say(self._language, key, **values)


def _fields(trigger: Trigger) -> str:
    """Return the fields that a trigger's condition looks at."""
    return ", ".join(".".join(path) for path in paths(trigger.where)) if trigger.where else ""
