"""Every row of the fault matrix is a test whose name begins with the row, and none is switched off."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
LAST = {"F": 13, "N": 10, "TG": 26, "SL": 19, "D": 12, "C": 8, "I": 10}
"""The groups of rows and the number of each one's last row."""

ROWS = frozenset(f"{group}{n:02}" for group, last in LAST.items() for n in range(1, last + 1))
_NAMED = re.compile(rf"test_((?:(?:{'|'.join(LAST)})\d+_)+)", re.IGNORECASE)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def rows_of(name: str) -> frozenset[str]:
    """Return the rows that a test's name begins with: ``test_tg08_tg09_trouble_is_named`` has two."""
    found = _NAMED.match(name)
    return frozenset(found[1].upper().rstrip("_").split("_")) if found else frozenset()


def collected_from(module: ast.Module) -> Iterator[Function]:
    """Yield the functions that pytest collects from a module."""
    classes = (node for node in module.body if isinstance(node, ast.ClassDef))
    for body in (module.body, *(c.body for c in classes if c.name.startswith("Test"))):
        for node in body:
            if isinstance(node, Function) and node.name.startswith("test_"):
                yield node


def is_off(test: Function) -> bool:
    """Say whether a test is skipped wherever it is run."""
    first = test.body[1] if ast.get_docstring(test) and test.body[1:] else test.body[0]
    return any(map(_skips, test.decorator_list)) or _skips(first)


def is_off_as_a_whole(module: ast.Module) -> bool:
    """Say whether a module skips all its tests wherever it is run."""
    marks = (n.value for n in module.body if isinstance(n, ast.Assign) and _is_pytestmark(n))
    each = (m for mark in marks for m in (mark.elts if isinstance(mark, ast.List) else [mark]))
    return any(map(_skips, [*each, *(n for n in module.body if isinstance(n, ast.Expr))]))


def _is_pytestmark(assignment: ast.Assign) -> bool:
    return any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in assignment.targets)


def _skips(node: ast.AST) -> bool:
    """Recognise ``pytest.skip(...)``, ``pytest.mark.skip`` and a ``skipif`` of a constant."""
    node = node.value if isinstance(node, ast.Expr) else node
    called = node.func if isinstance(node, ast.Call) else node
    name = called.attr if isinstance(called, ast.Attribute) else ""
    if name != "skipif":
        return name == "skip"
    given = node.args[:1] if isinstance(node, ast.Call) else []
    return any(isinstance(condition, ast.Constant) and condition.value for condition in given)


def parsed(files: Iterable[Path]) -> Iterator[ast.Module]:
    for file in files:
        yield ast.parse(file.read_text("utf-8"), str(file))


def matrix(modules: Iterable[ast.Module]) -> dict[str, list[bool]]:
    """Return, for each row that any test names, whether each of its tests is on."""
    found: dict[str, list[bool]] = {}
    for module in modules:
        off = is_off_as_a_whole(module)
        for test in collected_from(module):
            for row in rows_of(test.name):
                found.setdefault(row, []).append(not off and not is_off(test))
    return found


def in_order(rows: Iterable[str]) -> list[str]:
    groups = list(LAST)
    return sorted(rows, key=lambda row: (groups.index(row.rstrip("0123456789")), row))


@pytest.fixture(scope="module")
def found() -> dict[str, list[bool]]:
    return matrix(parsed(sorted(TESTS.rglob("test_*.py"))))


def test_every_row_has_a_test(found: dict[str, list[bool]]) -> None:
    missing = in_order(ROWS - found.keys())
    assert not missing, f"no test's name begins with {', '.join(missing)}"


def test_no_test_names_a_row_that_is_none(found: dict[str, list[bool]]) -> None:
    strays = in_order(found.keys() - ROWS)
    assert not strays, f"there are no such rows: {', '.join(strays)}"


def test_no_test_of_a_row_is_switched_off(found: dict[str, list[bool]]) -> None:
    off = in_order(row for row, tests in found.items() if not all(tests))
    assert not off, f"skipped wherever they run: {', '.join(off)}"


# --- the reader of tests can fail -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "rows"),
    [
        ("def test_d01_x(): assert 1", {"D01": [True]}),
        ("async def test_tg08_tg09_x(): assert 1", {"TG08": [True], "TG09": [True]}),
        ("class TestD:\n def test_d02_x(self): assert 1", {"D02": [True]}),
        ("def test_tg99_x(): assert 1", {"TG99": [True]}),
        ("# def test_d01_x(): assert 1", {}),
        ("'''def test_d01_x(): assert 1'''", {}),
        ("def a():\n def test_d01_x(): assert 1", {}),
        ("def test_d1x_x(): assert 1", {}),
        ("def test_x_d01_x(): assert 1", {}),
        ("@pytest.mark.skip\ndef test_d01_x(): assert 1", {"D01": [False]}),
        ("@pytest.mark.skip(reason='x')\ndef test_d01_x(): assert 1", {"D01": [False]}),
        ("@pytest.mark.skipif(True, reason='x')\ndef test_d01_x(): assert 1", {"D01": [False]}),
        ("@pytest.mark.skipif(here(), reason='x')\ndef test_d01_x(): assert 1", {"D01": [True]}),
        ("def test_d01_x():\n 'Why.'\n pytest.skip('x')", {"D01": [False]}),
        ("pytest.skip('x', allow_module_level=True)\ndef test_d01_x(): ...", {"D01": [False]}),
        ("pytestmark = [pytest.mark.skip]\ndef test_d01_x(): assert 1", {"D01": [False]}),
        ("pytestmark = pytest.mark.postgres\ndef test_d01_x(): assert 1", {"D01": [True]}),
    ],
)
def test_a_row_is_proven_by_a_collected_test_that_is_on(
    source: str, rows: dict[str, list[bool]]
) -> None:
    assert matrix([ast.parse(source)]) == rows
