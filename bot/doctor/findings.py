"""What was found, and how it is told."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.setup_texts import say
from surveys.model import Json


class State(StrEnum):
    """``warn``: it works, and not as it should. ``fail``: a server can't work, or not safely."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence of ours by its key, ``doctor.<key>``, and what fills it."""

    key: str
    values: Mapping[str, str]

    def said(self, language: str) -> str:
        """Return the sentence."""
        return say(language, f"doctor.{self.key}", **self.values)


def words(key: str, **values: str) -> Words:
    """Return a sentence of ours."""
    return Words(key, values)


def raw(text: str) -> Words:
    """Return somebody else's sentence as it is, such as a refusal's."""
    return Words("raw", {"text": text})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found about one thing; ``mend`` says what to do about it, wherever it is not ``ok``."""

    check: str
    state: State
    told: Words
    mend: Words | None = None

    @property
    def label(self) -> Words:
        """What the thing is called."""
        return words(f"check.{self.check}")


def left_out(check: str, why: str) -> Finding:
    """Return that a check could not be made before another one is mended."""
    told, mend = words("left_out", who=why), words("left_out.mend", who=why)
    return Finding(check=check, state=State.UNKNOWN, told=told, mend=mend)


def is_sound(findings: Sequence[Finding]) -> bool:
    """Say whether nothing failed."""
    return all(finding.state is not State.FAIL for finding in findings)


def lines(findings: Sequence[Finding], language: str) -> Iterator[str]:
    """Yield a line for each, and one more for what mends it."""
    for finding in findings:
        yield f"{finding.state:<7}  {finding.check}: {finding.told.said(language)}"
        if finding.mend is not None:
            yield f"{'':<7}  -> {finding.mend.said(language)}"


def as_json(findings: Sequence[Finding], language: str) -> Json:
    """Return them as plain values; names of checks and states are stable, sentences are in the language."""
    checks = [
        {
            "check": finding.check,
            "state": finding.state.value,
            "told": finding.told.said(language),
            "mend": finding.mend.said(language) if finding.mend else "",
        }
        for finding in findings
    ]
    return {"ok": is_sound(findings), "checks": checks}
