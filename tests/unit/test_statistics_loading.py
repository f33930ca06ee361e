"""What each part of the statistics loads: memory and seconds that a resting server should not pay."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
HEAVY = {"scipy.linalg.interpolative", "scipy.optimize", "scipy.sparse", "scipy.stats"}
HELP = "import sys; sys.argv[1:] = ['--help']\nfrom bot.__main__ import main\ntry: main()\nexcept SystemExit: pass"
MODULES = sorted(path.stem for path in (ROOT / "surveys" / "statistics").glob("*.py"))


def loaded_by(code: str) -> frozenset[str]:
    """Return the modules that a fresh interpreter has loaded after the code."""
    told = "\nimport sys; print('\\n' + ' '.join(sys.modules))"
    ran = subprocess.run(  # noqa: S603 nobody else's input
        [sys.executable, "-c", code + told], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return frozenset(ran.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("code", ["import bot.server", HELP])
def test_a_server_and_the_commands_help_start_without_a_numerical_library(code: str) -> None:
    assert loaded_by(code).isdisjoint({"numpy", "scipy"})


def test_no_module_of_the_statistics_loads_scipy_before_a_function_needs_it() -> None:
    loaded = loaded_by(
        "\n".join(f"import surveys.statistics.{m}" for m in MODULES if m != "__init__")
    )

    assert "numpy" in loaded
    assert "scipy" not in loaded


def test_quantiles_and_p_values_load_no_more_of_scipy_than_its_special_functions() -> None:
    loaded = loaded_by("from surveys.statistics.distributions import critical_t; critical_t(.9, 3)")

    assert "scipy.special" in loaded
    assert loaded.isdisjoint(HEAVY)
