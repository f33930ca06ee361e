"""The language that a command answers in: ``--lang``, else ``AFTERTOUCH_LANG``, else Korean."""

from typing import Annotated

import typer


def _known(language: str) -> str:
    from surveys.language.texts import languages  # noqa: PLC0415 what --help need not wait for

    if language not in languages():
        message = f"must be one of {', '.join(languages())}"
        raise typer.BadParameter(message)
    return language


Lang = Annotated[
    str,
    typer.Option(
        "--lang", envvar="AFTERTOUCH_LANG", callback=_known, help="ko or en.", show_envvar=False
    ),
]
KOREAN = "ko"
