"""Errors as they are stored: what kind and where, never what they say, since that may be a customer's words."""

import traceback
from pathlib import Path

_HOME = Path(__file__).parent.parent


def where(error: BaseException) -> str:
    """Return the error's type and the last place of ours it came through, as ``KeyError at surveys/x.py:12``."""
    kind = type(error).__name__
    ours = [
        (Path(frame.filename).relative_to(_HOME), frame.lineno)
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(_HOME) and "site-packages" not in frame.filename
    ]
    return f"{kind} at {ours[-1][0]}:{ours[-1][1]}" if ours else kind
