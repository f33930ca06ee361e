"""The ``aftertouch`` command."""

import sys


def main() -> None:
    """Run the command line; a refusal is one line on standard error and exit code 1."""
    from bot.cli import app  # noqa: PLC0415 nothing is imported before it is needed
    from surveys.errors import SurveyError  # noqa: PLC0415

    try:
        app()
    except SurveyError as refusal:
        sys.stderr.write(f"aftertouch: {refusal}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
