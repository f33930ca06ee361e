"""Stored analyses and alerts as the API and the command line give them."""

from typing import Final

from surveys.carrying import OF_ANSWERS, OF_EVENTS, OF_ONE
from surveys.errors import InvalidInput, NotFound
from surveys.language.texts import languages, said, template
from surveys.model import HANDLER, SEGMENT, Json
from surveys.ports import UnitOfWork
from surveys.service import narrowing
from surveys.service.narrowing import Where
from surveys.stored_analyses import KINDS, OF_THE_JOURNEY, Analysis

CATALOGUE: Final = "analyses"
MOST_ALERTS: Final = 200
METHODS: Final = (
    "adjusted_wald_3",
    "adjusted_wald_3_clustered",
    "wilson_clustered",
    "wilson",
    "uniform_3",
    "paired_t",
    "lmg_bootstrap",
    "relative_weights_bootstrap",
    "customer_bootstrap",
)


def overview(tx: UnitOfWork) -> dict[str, Json]:
    """Return what is stored, and as of when."""
    found = [analysis for kind in KINDS for analysis in tx.analyses.all(kind)]
    return {
        "analyses": [
            {"kind": each.kind, "stage": each.key or None, "as_of": each.as_of.isoformat()}
            for each in found
        ]
    }


def stored(tx: UnitOfWork, *, kind: str, stage: str | None, where: Where = ()) -> dict[str, Json]:
    """Return the analyses of a kind, of one stage or of all; of some filters where these were ordered.

    Raises InvalidInput for an unknown kind, one that carries no filters, and for a stage of the whole journey, NotFound
    for a stage or filters that nothing is stored of.
    """
    if kind not in KINDS:
        raise InvalidInput("kind", f"must be one of {', '.join(KINDS)}")
    if stage is not None and kind in OF_THE_JOURNEY:
        raise InvalidInput("stage", f"cannot narrow {kind}, which is about the whole journey")
    every = _narrowed(tx, kind, where) if where else tx.analyses.all(kind)
    found = [each for each in every if stage in (None, each.key)]
    if stage is not None and not found:
        raise NotFound(f"{kind} analysis of the stage", stage)
    return {
        "kind": kind,
        "analyses": [analysis.to_json() for analysis in found],
        "methods": {method: _names(method) for method in METHODS},
    }


def _narrowed(tx: UnitOfWork, kind: str, where: Where) -> list[Analysis]:
    _check_carried(kind, where)
    narrowing.check(where)
    found = narrowing.narrowed(tx, where)
    if found is None or (kind in OF_ANSWERS and kind not in found.kinds):
        raise NotFound("analysis of the filters", ", ".join(f"{n}={v}" for n, v in where))
    if kind not in found.kinds:
        raise _not_held(kind, *(name for name, _ in where))
    every = ((key, found.analysis(kind, key)) for key in sorted(found.contents[kind]))
    return [analysis for _, analysis in every if analysis is not None]


def _check_carried(kind: str, where: Where) -> None:
    if kind not in (*OF_ANSWERS, *OF_EVENTS):
        told = f"{', '.join((*OF_ANSWERS, *OF_EVENTS))} do"
        raise InvalidInput("kind", f"{kind} carries no filters; {told}")
    if len(where) > 1 and kind in (*OF_ONE, *OF_EVENTS):
        raise InvalidInput("kind", f"{kind} carries one filter at a time")
    of_answers = [n for n, _ in where if n != HANDLER and not n.startswith(SEGMENT)]
    if kind in OF_EVENTS and of_answers:
        raise _not_held(kind, *of_answers)


def _not_held(kind: str, *names: str) -> InvalidInput:
    held = f"{HANDLER} and segments that are taken from the event's data"
    return InvalidInput(
        "kind", f"{kind} is of events, which hold no {', '.join(names)}; only {held}"
    )


def newest_alerts(tx: UnitOfWork, *, limit: int) -> dict[str, Json]:
    """Return the newest alerts, newest first."""
    return {"alerts": [alert.to_json() for alert in tx.alerts.newest(limit)]}


def say(language: str, key: str, **values: str) -> str:
    """Return one of our sentences; raises KeyError for an unknown key."""
    return said(CATALOGUE, language, key, **values)


def _names(method: str) -> dict[str, str | None]:
    return {language: template(language, f"method.{method}", CATALOGUE) for language in languages()}
