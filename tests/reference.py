"""Holds the statistics to a file of worked cases: ``python -m tests.reference FILE.json``.

The file is ``{"cases": [{"id", "kind", "input", "expected", ...}]}``, each case worked by independent software
and named in its ``source``. Prints ``{"cases", "passed", "failed": [ids]}``, and on standard error why a case
failed. Exits with 0 if all passed, 1 if any failed, 2 for a file that is none.

A case passes if every expected value is computed and lies within 1e-6, absolute or relative. Null is what nothing
can be said of; an interval of two nulls is none. A kind or a value that is not computed here fails.
"""

import json
import sys
from collections.abc import Sequence
from math import isfinite
from pathlib import Path

from tests.reference_kinds import KINDS, Json, Values

TOLERANCE = 1e-6
NOT_COMPUTED = (ArithmeticError, AttributeError, KeyError, LookupError, TypeError, ValueError)


class NotReferenceFile(Exception):
    """The file is missing or not of the format; the message says what and where."""


def main(arguments: Sequence[str]) -> int:
    """Run the file named on the command line; return the exit code."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m tests.reference FILE.json\n")
        return 2
    try:
        cases = read(Path(arguments[0]))
    except NotReferenceFile as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    failures = {place: why for place, case in enumerate(cases) if (why := failure(case))}
    for place, why in failures.items():
        sys.stderr.write(f"{cases[place]['id']}: {why}\n")
    failed = [cases[place]["id"] for place in failures]
    told = {"cases": len(cases), "passed": len(cases) - len(failed), "failed": failed}
    sys.stdout.write(json.dumps(told) + "\n")
    return 1 if failed else 0


def read(path: Path) -> list[Values]:
    """Return the cases of a file; raises NotReferenceFile."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as problem:
        raise NotReferenceFile(f"{path}: {problem.strerror}") from problem
    except ValueError as problem:
        raise NotReferenceFile(f"{path}: no JSON: {problem}") from problem
    cases = content.get("cases") if isinstance(content, dict) else None
    if not isinstance(cases, list):
        raise NotReferenceFile(f'{path}: no list of "cases"')
    for number, case in enumerate(cases, 1):
        for key, kind in (("id", str | int), ("kind", str), ("input", dict), ("expected", dict)):
            if not isinstance(case, dict) or not isinstance(case.get(key), kind):
                raise NotReferenceFile(f'{path}: case {number} has no "{key}", or not of its type')
    return cases


def failure(case: Values) -> str:
    """Return why a case fails, empty if it passes."""
    compute = KINDS.get(case["kind"])
    if compute is None:
        return f"unknown kind {case['kind']}"
    try:
        got = compute(case["input"])
    except NOT_COMPUTED as problem:
        return f"not computed: {type(problem).__name__}: {problem}"
    for key, wanted in case["expected"].items():
        if key not in got:
            return f"{key} is not computed"
        if not agrees(got[key], wanted):
            return f"{key} is {got[key]!r}, expected {wanted!r}"
    return "" if case["expected"] else "expects nothing"


def agrees(got: Json, wanted: Json) -> bool:
    """Say whether a value is the expected one within the tolerance."""
    if _unknown(got) or _unknown(wanted):
        return _unknown(got) and _unknown(wanted)
    if isinstance(wanted, list):
        return (
            isinstance(got, list | tuple)
            and len(got) == len(wanted)
            and all(agrees(g, w) for g, w in zip(got, wanted, strict=True))
        )
    if isinstance(wanted, bool | str) or isinstance(got, bool | str | list | tuple):
        return type(got) is type(wanted) and got == wanted
    return bool(abs(got - wanted) <= TOLERANCE * max(1.0, abs(wanted)))


def _unknown(value: Json) -> bool:
    """Say whether nothing is known: null, no number, without end, or a list of nothing but such."""
    if isinstance(value, list | tuple):
        return len(value) > 0 and all(_unknown(part) for part in value)
    return value is None or (isinstance(value, float) and not isfinite(value))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
