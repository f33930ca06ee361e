"""The ``replies`` commands: hold the reading of typed answers to labelled texts."""

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="replies",
    help="How typed answers are read as scores: Korean and English, offline.",
    no_args_is_help=True,
)

_UNUSABLE = 2


@app.command("check")
def check_command(
    file: Annotated[
        Path, typer.Argument(help="CSV (UTF-8) with the columns instrument,lang,text,expected.")
    ],
) -> None:
    """Read every text of a labelled file and print precision, recall and the misses as one JSON object.

    instrument: nps, csat or ces2 (ces for short). lang: the language of the text, ko or en.
    expected: a score of the scale, none (no rating is said) or unsure (one is meant, or may be: ask).

    precision: of the texts read as a rating, the share whose expected value is that very score.
    recall: of the texts whose expected value is a score, the share read as that very score.
    Texts expected as unsure or none that were read as the other of the two touch neither figure: they are
    among the misses and counted as unsure_missed and none_missed. Both shares are null where nothing counts.

    Exits 0 where precision is at least 0.99 and recall at least 0.92 (or nothing counts), 1 where one of
    them is lower, 2 where the file can't be used (why: on stderr, by line and column).
    """
    from surveys.replies.checking import BadLabels, check, labelled  # noqa: PLC0415 what --help need not wait for

    try:
        report = check(labelled(file.read_bytes().decode("utf-8")))
    except BadLabels as exc:
        _refuse(file, exc.faults)
    except OSError as exc:
        _refuse(file, (f"cannot be read: {exc.strerror or exc}",))
    except UnicodeDecodeError as exc:
        _refuse(file, (f"is not UTF-8: byte {exc.start + 1} is no part of a character",))
    else:
        typer.echo(json.dumps(report, ensure_ascii=False, indent=2))
        raise typer.Exit(0 if report["good"] else 1)


def _refuse(file: Path, faults: tuple[str, ...]) -> None:
    for fault in faults:
        typer.echo(f"{file}: {fault}", err=True)
    raise typer.Exit(_UNUSABLE)
