"""Rewrites the payloads: ``make snapshots``, then read the difference before you commit it."""

import asyncio
import sys

from tests.snapshots.files import FOLDER, cases, drawn, path_of, written


async def main() -> None:
    """Write every file that differs and remove what belongs to nothing."""
    wanted = set()
    for case in cases():
        path, text = path_of(*case), written(await drawn(*case))
        wanted.add(path)
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            sys.stdout.write(f"{path.relative_to(FOLDER)}\n")
    for path in sorted(set(FOLDER.rglob("*.json")) - wanted):
        path.unlink()
        sys.stdout.write(f"{path.relative_to(FOLDER)} removed\n")


if __name__ == "__main__":
    asyncio.run(main())
