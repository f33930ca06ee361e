"""What was found, and how it is told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from surveys.model import Json


class State(StrEnum):
    """``warn``: it works, and not as it should. ``fail``: a server can't work, or not safely."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found about one thing; ``mend`` says what to do about it, or is ""."""

    check: str
    state: State
    told: str
    mend: str = ""


def is_sound(findings: Sequence[Finding]) -> bool:
    """Say whether nothing failed."""
    return all(finding.state is not State.FAIL for finding in findings)


def lines(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield a line for each, and one more for what mends it."""
    for finding in findings:
        yield f"{finding.state:<7}  {finding.check}: {finding.told}"
        if finding.mend:
            yield f"{'':<7}  -> {finding.mend}"


def as_json(findings: Sequence[Finding]) -> Json:
    """Return them as plain values; names of checks and states are stable."""
    checks = [
        {"check": f.check, "state": f.state.value, "told": f.told, "mend": f.mend} for f in findings
    ]
    return {"ok": is_sound(findings), "checks": checks}
