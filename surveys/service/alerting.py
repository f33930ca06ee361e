"""Tells staff, and other systems, that a stage got worse: in the commit that stores the alert."""

import html
from collections.abc import Mapping
from typing import Final

from surveys.instruments import instrument
from surveys.journey import say
from surveys.language import dates
from surveys.language.josa import fill
from surveys.language.texts import template
from surveys.model import Json
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.service import announcing
from surveys.service.context import Context
from surveys.service.staff_messages import tell
from surveys.staff_messages import StaffBody
from surveys.statistics import percent_text
from surveys.stored_analyses import Alert
from surveys.timing import zone_of

CATALOGUE: Final = "analyses"


def tell_of(tx: UnitOfWork, ctx: Context, alert: Alert) -> None:
    """Let every destination of the program be told, and every webhook that wants to be; once for an alert."""
    body = body_of(ctx.program, alert)
    for destination in ctx.program.alerts.destinations:
        tell(tx, ctx, f"{alert.id}/{destination}", "alert", destination, body)
    announcing.alerted(tx, ctx, alert)


def body_of(program: Program, alert: Alert) -> StaffBody:
    """Return the alert in the company's language and in every platform's form."""
    lines = lines_of(program, alert, program.company.language)
    heading, *rest = (html.escape(line, quote=False) for line in lines)
    text = "\n".join(rest)
    blocks: tuple[Mapping[str, Json], ...] = (
        {"type": "section", "text": {"type": "mrkdwn", "text": f"*{heading}*\n{rest[0]}"}},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": rest[1]}]},
    )
    return StaffBody(text="\n".join(lines), telegram=f"<b>{heading}</b>\n{text}", blocks=blocks)


def lines_of(program: Program, alert: Alert, language: str) -> tuple[str, str, str]:
    """Say what got worse, on what evidence, and how often an alert comes for nothing."""
    company = program.company
    zone, _ = zone_of(company.zone, "UTC")
    stages = {stage.id: say(stage.label, language, company.language) for stage in program.stages}
    values = {
        "stage": stages.get(alert.stage, alert.stage),
        "instrument": instrument(alert.instrument).short,
        "bad": str(alert.bad),
        "answers": str(alert.answers),
        "since": dates.day(alert.since, zone, language, now=alert.raised_at),
        "usual": percent_text(100 * alert.usual),
        "weeks": str(program.alerts.false_alarm_weeks),
    }
    heading, evidence, foot = (
        fill(template(language, f"alert.{part}", CATALOGUE) or "", **values)
        for part in ("heading", "text", "foot")
    )
    return heading, evidence, foot
