"""What can go wrong, as facts.

SurveyError
├── InvalidInput            somebody handed in something malformed; names where
│   ├── ProgramFault        the program file has faults; carries all of them
│   ├── NotOwned            a change of the program names parts that the other side owns
│   ├── BaseMoved           somebody else published since a change of the program was begun
│   ├── PlannedAlready      a publish of the same part waits for its time
│   └── UnfitTime           a time at which nothing can be planned
├── AlreadyStored           a unique key is taken
├── NotFound                no such row
├── NotWaiting              the row is not one that waits for an operator
├── IdentifierTaken         an identifier belongs to another customer
├── Unreadable              a stored row holds what no code of ours writes
├── TooEarly                what a customer answers is still being sent to her
├── TooMuch                 a reading over single answers took longer than it may; nothing is shown of it
├── StorageBusy             the database could not take the write in time; nothing was stored
├── SchemaMismatch          the database is newer or older than this code
├── AnotherWriter           another process owns the database file
├── ChannelMisconfigured    a channel's credentials are missing or refused
└── ChannelUnavailable      a platform could not be asked just now
"""

from datetime import datetime


class SurveyError(Exception):
    """Base of everything Aftertouch raises on purpose."""


class InvalidInput(SurveyError):
    """Something handed in is malformed. ``where`` names the place, e.g. ``data.customer.email``."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}" if where else problem)
        self.where = where
        self.problem = problem


class ProgramFault(InvalidInput):
    """The program has faults; nothing of it is applied. ``faults`` are printable lines."""

    def __init__(self, where: str, faults: tuple[str, ...]) -> None:
        super().__init__(where, "; ".join(faults))
        self.faults = faults


class NotOwned(InvalidInput):
    """A change of the program touches parts whose owner is the other side; nothing was changed."""

    def __init__(self, parts: tuple[str, ...], owner: str, problem: str) -> None:
        super().__init__("", problem)
        self.parts = parts
        self.owner = owner


class BaseMoved(InvalidInput):
    """Somebody else changed the same parts of the program since; nothing was changed. ``by`` is who was first."""

    def __init__(self, parts: tuple[str, ...], number: int, by: str, problem: str) -> None:
        super().__init__("", problem)
        self.parts = parts
        self.number = number
        self.by = by


class PlannedAlready(InvalidInput):
    """A publish that waits for its time changes the same parts; nothing was planned. ``by`` is who planned it."""

    def __init__(self, parts: tuple[str, ...], by: str, due_at: datetime) -> None:
        due = due_at.isoformat(timespec="minutes")
        super().__init__("", f"{by} planned a publish of {', '.join(parts)} for {due} already")
        self.parts = parts
        self.by = by
        self.due_at = due_at


class UnfitTime(InvalidInput):
    """Nothing can be planned for this time: it is ``unread``, ``over`` or too ``far`` away."""

    def __init__(self, code: str, wall: str) -> None:
        problems = {
            "unread": "must be a local time such as 2026-11-23T09:00",
            "over": "is over",
            "far": "is more than a year away",
        }
        super().__init__("at", f"{wall!r} {problems[code]}")
        self.code = code


class AlreadyStored(SurveyError):
    """A row with this unique key exists."""

    def __init__(self, what: str, key: str) -> None:
        super().__init__(f"{what} {key!r} is already stored")
        self.what = what
        self.key = key


class NotFound(SurveyError):
    """There is no such row."""

    def __init__(self, what: str, key: str) -> None:
        super().__init__(f"there is no {what} {key!r}")
        self.what = what
        self.key = key


class Unreadable(SurveyError):
    """A row of this id is stored and can't be read. What it holds may be anybody's words and is not told."""

    def __init__(self, what: str, key: str) -> None:
        super().__init__(f"{what} {key!r} can't be read")
        self.what = what
        self.key = key


class NotWaiting(SurveyError):
    """The row does not wait for an operator (any more); nothing was changed."""

    def __init__(self, what: str, key: str, state: str) -> None:
        super().__init__(f"{what} {key!r} is {state}: there is nothing to settle")
        self.what = what
        self.key = key
        self.state = state


class IdentifierTaken(SurveyError):
    """The identifier belongs to another customer; joining two customers is a staff decision."""

    def __init__(self, namespace: str, value: str) -> None:
        super().__init__(f"identifier {namespace}={value!r} belongs to another customer")
        self.namespace = namespace
        self.value = value


class TooEarly(SurveyError):
    """What a customer may be answering is still being sent to her. Nothing was stored; handle it again shortly."""


class TooMuch(SurveyError):
    """Reading single answers took longer than it may. A shorter window, or one segment at a time, is quick."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"the answers of this window could not be read in {seconds:g} s: "
            "choose fewer days, or one segment at a time"
        )
        self.seconds = seconds


class StorageBusy(SurveyError):
    """The database did not take the write in time. Nothing was stored; try again."""


class SchemaMismatch(SurveyError):
    """The database's schema is not the one this code knows."""


class AnotherWriter(SurveyError):
    """Another process owns this database file for writing."""


class ChannelMisconfigured(SurveyError):
    """A channel's credentials are missing or refused; says which and how to get them."""

    def __init__(self, channel: str, problem: str) -> None:
        super().__init__(f"{channel}: {problem}")
        self.channel = channel
        self.problem = problem


class ChannelUnavailable(SurveyError):
    """A platform could not be asked something just now; the same question may be answered later."""

    def __init__(self, channel: str, reason: str) -> None:
        super().__init__(f"{channel} could not be asked: {reason}")
        self.channel = channel
        self.reason = reason
