"""What every use case is given: time, ids, randomness and the program."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random  # noqa: TID251 the type of the injected source

from surveys.errors import NotFound
from surveys.instruments import instrument
from surveys.interview import Script
from surveys.language.texts import pick
from surveys.model import Address, Invitation, Person, Subscription
from surveys.pacing import Pacing
from surveys.ports import Clock, UnitOfWork
from surveys.program import Program, Survey
from surveys.service.live import LiveProgram
from surveys.themes import Analyser, Dictionary, dictionary
from surveys.timing import day_of, zone_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The outside of a use case.

    Attributes:
        live: the program in force.
        salt: the deployment's secret for sampling.
        new_id: makes row ids. new_token: makes 22-character base64url tokens of 128 random bits.
        rng: spreads retries.
        pacing: how fast each platform may be written to.
        subscriptions: which other systems are told of what.
        base: how customers reach this server, without a slash at its end; "" where they can't.
        known: programs already read back, by version.
        analyser: takes Korean words apart, where there is one.
        dictionaries: the live program's themes, once they have been made.
    """

    clock: Clock
    live: LiveProgram
    salt: str
    new_id: Callable[[], str]
    new_token: Callable[[], str]
    rng: Random
    pacing: Pacing = field(default_factory=Pacing)
    subscriptions: tuple[Subscription, ...] = ()
    base: str = ""
    known: dict[str, Program] = field(default_factory=dict)
    analyser: Analyser | None = None
    dictionaries: dict[str, Dictionary] = field(default_factory=dict)

    @property
    def program(self) -> Program:
        """The program in force; one and the same through a whole unit of work."""
        return self.live.program

    def now(self) -> datetime:
        """Return the current time."""
        return self.clock.now()

    def day(self, at: datetime) -> date:
        """Return the day of an instant in the company's zone."""
        zone, _ = zone_of(self.program.company.zone, "UTC")
        return day_of(at, zone)

    def program_of(self, tx: UnitOfWork, version: str) -> Program:
        """Return a program version that was live once; raises NotFound."""
        if version == self.program.version:
            return self.program
        if version not in self.known:
            stored = tx.programs.get(version)
            if stored is None:
                raise NotFound("program version", version)
            self.known[version] = Program.from_json(stored)
        return self.known[version]

    @property
    def themes(self) -> Dictionary:
        """The words by which the live program's themes are found."""
        version = self.program.version
        if version not in self.dictionaries:
            self.dictionaries.clear()
            self.dictionaries[version] = dictionary(self.program.themes, self.analyser)
        return self.dictionaries[version]

    def survey_of(self, tx: UnitOfWork, invitation: Invitation) -> Survey:
        """Return the survey version that the invitation pins."""
        return (
            self.program_of(tx, invitation.program_version)
            .survey(invitation.survey)
            .worded(invitation.wording)
        )

    def script_of(self, tx: UnitOfWork, invitation: Invitation) -> Script:
        """Return what the interview of this invitation needs to know of its survey."""
        survey = self.survey_of(tx, invitation)
        chips: dict[str, tuple[str, ...]] = {
            band: tuple(c.id for c in reason.chips) for band, reason in survey.reasons.items()
        }
        return Script(instrument=instrument(survey.instrument), chips=chips)

    def language_for(self, person: Person | None, address: Address | None = None) -> str:
        """Return the customer's language: her own, else her client's, else the company's."""
        own = (person.locale if person else None) or (address.locale if address else None)
        return pick(own, self.program.company.language)
