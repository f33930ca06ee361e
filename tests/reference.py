"""Holds the statistics to a file of worked cases: ``python -m tests.reference FILE.json``.

The file is ``{"cases": [{"id", "kind", "input", "expected", ...}]}``, each case worked by independent software
and named in its ``source``. Prints ``{"cases", "passed", "failed": [ids]}``, and on standard error why a case
failed. Exits with 0 if all passed, 1 if any failed, 2 for a file that is none.

A case passes if every expected value is computed and lies within 1e-6, absolute or relative; whole numbers are
counts, and exact. Null is what nothing can be said of; an interval of two nulls is none. A kind or a value that is
not computed here fails, and so does a case that is none: it is named by its id, or else its place, ``case 3``.
"""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.reference_inputs import Json, Values, unknown
from tests.reference_kinds import KINDS

TOLERANCE = 1e-6
R_SEARCH = 2**-13
"""How far from the root R's ``power.t.test`` and ``power.prop.test`` may stop: ``.Machine$double.eps^0.25``."""
SEARCHED = {"n_t", "n_per_group"}
NOT_COMPUTED = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)
_SHAPE = (("id", str | int), ("kind", str), ("input", dict), ("expected", dict))


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
    names = [name(case, number) for number, case in enumerate(cases, 1)]
    for shared in (name for name, times in Counter(names).items() if times > 1):
        sys.stderr.write(f"{shared}: the id of more than one case\n")
    failed = []
    for case, called in zip(cases, names, strict=True):
        if why := failure(case):
            sys.stderr.write(f"{called}: {why}\n")
            failed.append(called)
    told = {"cases": len(cases), "passed": len(cases) - len(failed), "failed": failed}
    sys.stdout.write(json.dumps(told) + "\n")
    return 1 if failed else 0


def read(path: Path) -> list[Json]:
    """Return the cases of a file, whatever they are; raises NotReferenceFile."""
    try:
        content = json.loads(path.read_bytes())
    except OSError as problem:
        raise NotReferenceFile(f"{path}: {problem.strerror}") from problem
    except (ValueError, RecursionError) as problem:
        raise NotReferenceFile(f"{path}: no JSON: {problem}") from problem
    cases = content.get("cases") if isinstance(content, dict) else None
    if not isinstance(cases, list):
        raise NotReferenceFile(f'{path}: no list of "cases"')
    return cases


def name(case: Json, number: int) -> str | int:
    """Return what a case is called by: its id, or else its place in the file."""
    called = case.get("id") if isinstance(case, dict) else None
    if isinstance(called, bool) or not isinstance(called, str | int) or called == "":
        return f"case {number}"
    return called


def failure(case: Json) -> str:
    """Return why a case fails, empty if it passes."""
    if why := misshapen(case):
        return why
    compute = KINDS.get(case["kind"])
    if compute is None:
        return f"unknown kind {case['kind']}"
    try:
        return difference(compute(case["input"]), case["expected"])
    except NOT_COMPUTED as problem:
        return f"not computed: {type(problem).__name__}: {problem}"


def difference(got: Values, expected: Values) -> str:
    """Return the first of the expected values that is another or not computed, empty if none."""
    for key, wanted in expected.items():
        if key not in got:
            return f"{key} is not computed"
        if not agrees(got[key], wanted, R_SEARCH if key in SEARCHED else 0):
            return f"{key} is {got[key]!r}, expected {wanted!r}"
    return "" if expected else "expects nothing"


def misshapen(case: Json) -> str:
    """Return what a case lacks to be one, empty if nothing."""
    for key, kind in _SHAPE:
        if not isinstance(case, dict) or not isinstance(case.get(key), kind):
            return f'has no "{key}", or not of its type'
    return ""


def agrees(got: Json, wanted: Json, apart: float = 0) -> bool:
    """Say whether a value is the expected one within the tolerance, or so far ``apart``."""
    if isinstance(got, list | tuple) and not got:
        return wanted in ([], {}, None)
    if unknown(got) or unknown(wanted):
        return unknown(got) and unknown(wanted)
    if isinstance(got, list | tuple):
        if isinstance(wanted, list) and len(got) == len(wanted):
            return all(agrees(g, w, apart) for g, w in zip(got, wanted, strict=True))
        return len(got) == 1 and agrees(got[0], wanted, apart)
    return _same(got, wanted, apart)


def _same(got: Json, wanted: Json, apart: float) -> bool:
    if isinstance(got, bool) or type(wanted) not in (int, float):
        return type(got) is type(wanted) and bool(got == wanted)
    if isinstance(got, int) and isinstance(wanted, int):
        return got == wanted
    return bool(abs(got - wanted) <= max(apart, TOLERANCE * max(1.0, abs(wanted))))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
