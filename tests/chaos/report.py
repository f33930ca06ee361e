"""The one line that a run ends in, and what is to be said when it failed."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from surveys.model import DeliveryState
from tests.chaos.ledger import Ledger
from tests.chaos.oracle import Fault, Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one run on one database came to."""

    db: str
    seed: int
    kills: int
    seconds: float
    asks: int
    answers: int
    ledger: Ledger
    findings: Sequence[Finding]

    @property
    def failed(self) -> bool:
        """Whether anything is wrong, or too little happened to say so."""
        return bool(self.findings) or not (self.kills and self.asks and self.ledger.messages)

    def line(self) -> str:
        """Return the figures as JSON."""
        states = Counter(message.state for message in self.ledger.messages)
        wrong = Counter(finding.fault for finding in self.findings)
        return json.dumps(
            {
                "kills": self.kills,
                "db": self.db,
                "deliveries": len(self.ledger.messages),
                "duplicates": wrong[Fault.DUPLICATE],
                "lost": wrong[Fault.LOST],
                "unknown": states[DeliveryState.UNKNOWN],
                "parked": states[DeliveryState.PARKED],
                "answers_lost": wrong[Fault.ANSWER_LOST],
                "seconds": round(self.seconds, 1),
                "seed": self.seed,
                "stuck": wrong[Fault.STUCK],
                "unrecorded": wrong[Fault.UNRECORDED],
                "failed": states[DeliveryState.FAILED],
                "resent": sum(message.resends for message in self.ledger.messages),
                "cut_short": self.ledger.cut_short,
                "asks": self.asks,
                "answers": self.answers,
            }
        )

    def complaints(self) -> list[str]:
        """Return a line for each fault, beginning with how to see it again."""
        if not self.failed:
            return []
        again = f"chaos failed on {self.db}: make chaos KILLS={self.kills} SEED={self.seed} DB={self.db}"
        faults = [f"  {finding.fault}: {finding.what}" for finding in self.findings]
        return [again, *(faults or ["  nobody was killed or asked, so nothing was proven"])]
