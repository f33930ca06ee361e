"""What an entry of the audit trail is called, in the words of the audit log wherever it is shown."""

from surveys.language.texts import template
from surveys.model import Deed

CATALOGUE = "staffing"


def deed_in_words(language: str, deed: Deed) -> str:
    """Return what was done; a delivery that was settled says as what. One of a kind no longer known is its word."""
    settled = f"act.settle.{deed.details['as']}" if "as" in deed.details else ""
    named = template(language, settled, CATALOGUE) if settled else None
    return named or template(language, f"act.{deed.act}", CATALOGUE) or deed.act
