"""What holds for the tree as a whole: packaging, what an import loads, size, words."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions, version
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "scheduler", "storage", "surveys")
SOURCES = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
SDKS = ("telegram", "slack_bolt", "slack_sdk", "sqlalchemy", "sqlmodel", "starlette", "aiohttp")
LONGEST = 400
LONG_FOR_A_REASON = {
    "surveys/model.py": "every value of the domain, read as one list",
    "surveys/ports.py": "every port of the domain, read as one contract",
    "surveys/interview.py": "one state machine; apart, its halves would call each other",
    "storage/migrations/versions/0001_first.py": "a released migration is never cut up",
}
BANNED = (
    "TODO",
    "FIXME",
    "XXX:",
    *("".join(host) for host in (("pypi", ".org"), ("python", "hosted"), ("npm", "js."))),
    "/work/",
    "unittest.mock",
    "MagicMock",
)


@pytest.mark.parametrize("package", PACKAGES)
def test_each_of_the_four_names_is_ours_alone(package: str) -> None:
    """Another distribution with a package of this name would be merged into ours without a word."""
    owners = set(packages_distributions().get(package, ()))  # an editable install lists none

    assert owners <= {"aftertouch"}
    found = find_spec(package)
    assert found is not None
    assert found.origin == str(ROOT / package / "__init__.py")


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from this tree, unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    with ZipFile(built) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


@pytest.fixture(scope="module")
def wheel(unpacked: Path) -> frozenset[str]:
    """The names of the files in the wheel."""
    files = (path for path in unpacked.rglob("*") if path.is_file())
    return frozenset(path.relative_to(unpacked).as_posix() for path in files)


def test_the_wheel_holds_the_four_packages_and_nothing_else(wheel: frozenset[str]) -> None:
    tops = {name.partition("/")[0] for name in wheel}
    own = f"aftertouch-{PROJECT['project']['version']}.dist-info"

    assert tops == {*PACKAGES, own}


def test_the_wheel_holds_every_tracked_file_of_the_packages(wheel: frozenset[str]) -> None:
    tracked = {path for path in _tracked() if path.startswith(tuple(f"{p}/" for p in PACKAGES))}

    assert tracked <= wheel
    kinds = {Path(name).suffix for name in tracked}
    assert kinds >= {".py", ".html", ".css", ".js", ".svg", ".yaml", ".po", ".mo"}
    assert "storage/migrations/versions/0001_first.py" in wheel


def test_the_wheel_runs_without_the_tree(unpacked: Path, tmp_path: Path) -> None:
    """Making a key reads the program, and creates the tables by the migrations."""
    code = "import bot.__main__ as m; print(m.__file__); m.main()"
    ran = subprocess.run(  # noqa: S603 nobody else's input
        [sys.executable, "-c", code, "key", "create", "--scope", "results:read"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        check=True,
    )

    where, key = ran.stdout.split()
    assert where == str(unpacked / "bot" / "__main__.py")
    assert key.startswith("sk_")


def test_the_domain_loads_no_sdk_web_or_database_library() -> None:
    loaded = _loaded_by("import surveys.service.talking, surveys.service.webchat, surveys.results")

    assert loaded.isdisjoint(SDKS)


def test_the_commands_help_loads_no_sdk_web_or_database_library() -> None:
    said = "import sys; sys.argv[1:] = ['--help']\nfrom bot.__main__ import main\ntry: main()\nexcept SystemExit: pass"

    assert _loaded_by(said).isdisjoint(SDKS)


def test_the_version_stands_in_one_place() -> None:
    assert version("aftertouch") == PROJECT["project"]["version"]
    assert not [p for p in SOURCES if "__version__" in p.read_text("utf-8")]


def test_every_dependency_is_imported_and_every_import_is_a_dependency() -> None:
    """A dependency enters with its first use, and leaves with its last; so does one that an extra brings."""
    extras = PROJECT["project"]["optional-dependencies"].values()
    lines = (*PROJECT["project"]["dependencies"], *(line for extra in extras for line in extra))
    declared = {_distribution(line) for line in lines}
    owners = packages_distributions()
    foreign = _imported() - set(sys.stdlib_module_names) - set(PACKAGES)
    used = {_distribution(owners.get(name, [name])[0]) for name in foreign}
    without_import = {"tzdata"}  # zoneinfo's data where the system has none
    brought_by_another = {"pydantic-core"}

    assert declared - without_import == used - brought_by_another


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_locks_pin_every_release_by_hash_and_name_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    entries = text.replace("\\\n", "").splitlines()

    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)
    assert "//" not in text
    assert "--index" not in text
    named = {_distribution(entry) for entry in entries}
    assert {_distribution(line) for line in PROJECT["project"]["dependencies"]} <= named


def test_the_production_lock_is_part_of_the_development_lock() -> None:
    pins, more = (
        {
            line.split(" ")[0]
            for line in (ROOT / name).read_text("utf-8").splitlines()
            if "==" in line
        }
        for name in ("requirements.lock", "requirements-dev.lock")
    )

    assert pins <= more


def test_a_module_can_be_read_in_one_sitting() -> None:
    long = {
        str(path.relative_to(ROOT))
        for path in SOURCES
        if len(path.read_text("utf-8").splitlines()) > LONGEST
    }

    assert long <= LONG_FOR_A_REASON.keys()


def test_no_tracked_file_holds_a_banned_word() -> None:
    found = [
        (path, word)
        for path in _tracked()
        if not path.endswith((".mo", ".lock", "test_architecture.py"))
        for text in [(ROOT / path).read_text("utf-8")]
        for word in BANNED
        if word in text
    ]

    assert found == []


@pytest.mark.parametrize("po", sorted(ROOT.glob("*/*/locale/*/LC_MESSAGES/*.po")), ids=str)
def test_texts_are_compiled_from_what_is_written(po: Path) -> None:
    """After an edit: make messages."""
    with po.open("rb") as written, po.with_suffix(".mo").open("rb") as compiled:
        assert _texts(read_mo(compiled)) == _texts(read_po(written))


@pytest.mark.parametrize("record", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=str)
def test_a_decision_names_what_enforces_it(record: Path) -> None:
    enforced = record.read_text("utf-8").partition("Enforced by")[2]
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", enforced)

    assert named
    for path, test in named:
        assert f"def {test}" in (ROOT / path).read_text("utf-8"), f"{path}::{test}"


def _texts(catalog: Catalog) -> dict[object, object]:
    return {message.id: message.string for message in catalog if message.id and message.string}


def _tracked() -> list[str]:
    git = shutil.which("git")
    assert git is not None
    listed = subprocess.run(  # noqa: S603 nobody else's input
        [git, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def _loaded_by(code: str) -> frozenset[str]:
    """Return the top-level modules that a fresh interpreter has loaded after the code."""
    told = (
        "\nimport sys; print('\\n' + ' '.join(sorted({n.partition('.')[0] for n in sys.modules})))"
    )
    ran = subprocess.run(  # noqa: S603 nobody else's input
        [sys.executable, "-c", code + told], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return frozenset(ran.stdout.splitlines()[-1].split())


def _imported() -> frozenset[str]:
    trees = (ast.parse(path.read_text("utf-8")) for path in SOURCES)
    return frozenset(name for tree in trees for name in _names(tree))


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def _distribution(requirement: str) -> str:
    """Return the distribution's name at the start of a requirement."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name is not None
    return re.sub(r"[-_.]+", "-", name[0]).lower()
