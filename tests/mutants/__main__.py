"""``make mutants``: applies each mutant to a copy of the tree and runs its tests there, which must fail."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from tests.mutants.catalogue import MUTANTS, Mutant

ROOT = Path(__file__).parent.parent.parent
PARTS = ("bot", "scheduler", "storage", "surveys", "tests", "pyproject.toml")
PATIENCE = 900
"""Seconds for the tests of one mutant: a protection that is gone may let them wait for what never comes."""

_FAILED = re.compile(r"\b\d+ failed\b")


class NoMutant(Exception):
    """The catalogue and the code don't fit: nothing would be proven."""


@contextmanager
def mutated(tree: Path, mutant: Mutant) -> Iterator[None]:
    """Apply the change for as long as the context lasts. Raises NoMutant unless ``before`` is there once."""
    file = tree / mutant.file
    text = file.read_text("utf-8")
    if (count := text.count(mutant.before)) != 1:
        message = f"{mutant.name}: its text stands {count} times in {mutant.file}, not once"
        raise NoMutant(message)
    changed = text.replace(mutant.before, mutant.after)
    compile(changed, mutant.file, "exec")
    file.write_text(changed, "utf-8")
    try:
        yield
    finally:
        file.write_text(text, "utf-8")


def tests_fail(tree: Path, tests: tuple[str, ...]) -> bool:
    """Say whether a test failed. Raises NoMutant where tests could not even be run.

    Processes that a test starts elsewhere find the copy by ``PYTHONPATH``.
    """
    env = {**os.environ, "PYTHONPATH": str(tree)}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    try:
        ran = subprocess.run(  # noqa: S603 nobody else's input
            command,
            cwd=tree,
            env=env,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return True
    failed = ran.returncode == 1 and _FAILED.search(ran.stdout) is not None
    if not failed and ran.returncode != 0:
        raise NoMutant(
            f"{' '.join(tests)} could not be run:\n{ran.stdout[-2000:]}{ran.stderr[-500:]}"
        )
    return failed


def copied(folder: Path) -> Path:
    """Copy what tests need of the tree."""
    skipped = shutil.ignore_patterns("__pycache__", ".*_cache", "node_modules")
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=skipped)
        else:
            shutil.copy(source, folder / part)
    return folder


def chosen(words: list[str]) -> list[Mutant]:
    """Return the mutants whose names hold one of the words; all where there is none."""
    return [m for m in MUTANTS if not words or any(word in m.name for word in words)]


def main() -> int:
    """Print one JSON line per mutant; fail if one survives."""
    survivors = 0
    with TemporaryDirectory(prefix="aftertouch-mutants-") as folder:
        tree = copied(Path(folder))
        mutants = chosen(sys.argv[1:])
        if tests_fail(tree, tuple(dict.fromkeys(test for m in mutants for test in m.tests))):
            message = "these tests fail without any mutant"
            raise NoMutant(message)
        for mutant in mutants:
            began = monotonic()
            with mutated(tree, mutant):
                killed = tests_fail(tree, mutant.tests)
            survivors += not killed
            seconds = round(monotonic() - began, 1)
            line = {"mutant": mutant.name, "tests": mutant.tests, "killed": killed}
            print(json.dumps({**line, "seconds": seconds}), flush=True)  # noqa: T201 its output
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
