"""``plan``: how many answers a score of a wanted precision takes, or finding a difference, and how many asks that is."""

import json
from typing import Annotated

import typer

from bot.cli_language import KOREAN, Lang
from surveys.errors import InvalidInput

_CATALOGUE = "text"
_KINDS = ("nps", "csat", "ces2")
_EVEN = 50.0


def plan_command(
    *,
    instrument: Annotated[str, typer.Option(help="nps, csat or ces2")] = "nps",
    width: Annotated[
        float | None, typer.Option(help="points that the 95% interval may reach to either side")
    ] = None,
    difference: Annotated[
        float | None, typer.Option(help="points to be found in four of five comparisons")
    ] = None,
    share: Annotated[
        float, typer.Option(help="the percent expected of csat or ces2; 50 is the safest")
    ] = _EVEN,
    rate: Annotated[float, typer.Option(help="the response rate in percent")] = 100.0,
    as_json: Annotated[bool, typer.Option("--json", help="The numbers as JSON.")] = False,
    lang: Lang = KOREAN,
) -> None:
    """Say how many answers are needed: for a score so precise, or for finding such a difference."""
    from surveys.statistics.planning import whole  # noqa: PLC0415 what --help need not wait for

    _check(instrument, width, difference, share, rate)
    found = {
        name: {"points": points, "answers": answers, "asks": whole(100 * answers / rate)}
        for name, points, answers in (
            ("width", width, _for_width(instrument, share, width)),
            ("difference", difference, _for_difference(instrument, share, difference)),
        )
        if points is not None and answers is not None
    }
    if as_json:
        typer.echo(json.dumps({"instrument": instrument, **found}))
        return
    for name, each in found.items():
        told = {
            key: f"{value:g}" if key == "points" else f"{value:,}" for key, value in each.items()
        }
        typer.echo(_say(lang, f"plan.{name}", **told))


def _check(
    instrument: str, width: float | None, difference: float | None, share: float, rate: float
) -> None:
    """Raise InvalidInput for what cannot be planned with."""
    if instrument not in _KINDS:
        raise InvalidInput("instrument", f"must be one of {', '.join(_KINDS)}")
    if width is None and difference is None:
        raise InvalidInput("width", "say --width, --difference or both")
    for name, points in (("width", width), ("difference", difference)):
        if points is not None and not 0 < points <= _widest(instrument):
            raise InvalidInput(name, f"must be above 0 and at most {_widest(instrument):g} points")
    if not 0 < share < 100:  # noqa: PLR2004 percent
        raise InvalidInput("share", "must be above 0 and below 100 percent")
    if not 0 < rate <= 100:  # noqa: PLR2004 percent
        raise InvalidInput("rate", "must be above 0 and at most 100 percent")
    if difference is not None and instrument != "nps" and share - difference < 0:
        raise InvalidInput("difference", f"there are not so many points below {share:g} percent")


def _widest(instrument: str) -> float:
    return 200.0 if instrument == "nps" else 100.0


def _for_width(instrument: str, share: float, points: float | None) -> int | None:
    from surveys.statistics.planning import (  # noqa: PLC0415 what --help need not wait for
        answers_for_half_width,
        whole,
    )

    if points is None:
        return None
    return whole(answers_for_half_width(_variance(instrument, share), points / 100))


def _for_difference(instrument: str, share: float, points: float | None) -> int | None:
    """Return the answers of each of the two groups."""
    from surveys.statistics.planning import (  # noqa: PLC0415 what --help need not wait for
        answers_for_means,
        answers_for_shares,
        whole,
    )

    if points is None:
        return None
    if instrument == "nps":
        found = answers_for_means(_variance(instrument, share), points / 100)
    else:
        found = answers_for_shares(share / 100, (share - points) / 100)
    return None if found is None else whole(found)


def _variance(instrument: str, share: float) -> float:
    """Return the variance of one answer: of a score as usual, or of the share."""
    from surveys.statistics.planning import USUAL_NPS_VARIANCE  # noqa: PLC0415 what --help need not wait for

    return USUAL_NPS_VARIANCE if instrument == "nps" else share / 100 * (1 - share / 100)


def _say(language: str, key: str, **values: str) -> str:
    from surveys.language.texts import said  # noqa: PLC0415 what --help need not wait for

    return said(_CATALOGUE, language, key, **values)
