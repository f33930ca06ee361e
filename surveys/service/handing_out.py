"""Single answers that leave: who took which along is written down before the first of them does."""

from surveys.model import Deed
from surveys.ports import UnitOfWork
from surveys.service.context import Context


def note_export(tx: UnitOfWork, ctx: Context, what: str, by: str) -> None:
    """Leave an audit entry of a file of answers; ``what`` is its format and days."""
    tx.audit.add(Deed(at=ctx.now(), by=by, act="export_answers", details={"what": what}))
