"""The program: what is asked, when and whom."""

from surveys.conditions import Condition
from surveys.journey import Stage, Texts, Touchpoint, say
from surveys.program.consents import Advertising, ConsentText
from surveys.program.contact import Budget, Cap, ContactRules
from surveys.program.document import Fault
from surveys.program.loading import (
    default_program,
    default_program_text,
    json_schema,
    lint,
    load_program,
    warnings,
)
from surveys.program.schema import (
    CASE_RESOLVED,
    REQUESTED,
    SCANNED,
    Band,
    Chip,
    Company,
    Follows,
    Program,
    Reason,
    Survey,
    Trigger,
    Variant,
)
from surveys.program.segmenting import Segment
from surveys.program.worth import Bulk, WorthAsking
from surveys.timing import QuietHours

__all__ = [
    "CASE_RESOLVED",
    "REQUESTED",
    "SCANNED",
    "Advertising",
    "Band",
    "Budget",
    "Bulk",
    "Cap",
    "Chip",
    "Company",
    "Condition",
    "ConsentText",
    "ContactRules",
    "Fault",
    "Follows",
    "Program",
    "QuietHours",
    "Reason",
    "Segment",
    "Stage",
    "Survey",
    "Texts",
    "Touchpoint",
    "Trigger",
    "Variant",
    "WorthAsking",
    "default_program",
    "default_program_text",
    "json_schema",
    "lint",
    "load_program",
    "say",
    "warnings",
]
