"""Finds reference data that may lie beside the project; the suite passes without it."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


def shared(name: str) -> Path | None:
    """Return the path of a reference file, or None where the data is not there."""
    path = ROOT / name
    return path if path.exists() else None
