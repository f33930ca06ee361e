"""The mutants fit the code: each changes what stands there once, and names tests that exist."""

from pathlib import Path

import pytest

from tests.mutants.__main__ import NoMutant, mutated
from tests.mutants.catalogue import MUTANTS, Mutant

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_each_mutant_fits_the_code_and_is_taken_back(mutant: Mutant, tmp_path: Path) -> None:
    copy = tmp_path / mutant.file
    copy.parent.mkdir(parents=True)
    text = (ROOT / mutant.file).read_text("utf-8")
    copy.write_text(text, "utf-8")

    with mutated(tmp_path, mutant):
        assert copy.read_text("utf-8") != text
    assert copy.read_text("utf-8") == text


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_each_mutant_names_tests_that_exist(mutant: Mutant) -> None:
    for named in mutant.tests:
        file, _, test = named.partition("::")
        assert f"def {test.partition('[')[0]}" in (ROOT / file).read_text("utf-8"), named


def test_a_change_that_no_longer_fits_is_refused(tmp_path: Path) -> None:
    (tmp_path / "part.py").write_text("one = 1\n")
    gone = Mutant(name="gone", file="part.py", before="two", after="three", tests=())

    with pytest.raises(NoMutant, match=r"stands 0 times in part\.py"), mutated(tmp_path, gone):
        pass
